package chain

import (
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

// Account is a key in memory. It prints as its address, whatever prints it.
type Account struct{ key *ecdsa.PrivateKey }

// NewAccount returns the account of a key.
func NewAccount(key *ecdsa.PrivateKey) *Account { return &Account{key} }

// Address returns the account's address.
func (a *Account) Address() common.Address { return crypto.PubkeyToAddress(a.key.PublicKey) }

// Key returns the private key, for the signatures of package round.
func (a *Account) Key() *ecdsa.PrivateKey { return a.key }

// Format implements fmt.Formatter: the address under every verb.
func (a *Account) Format(f fmt.State, _ rune) { io.WriteString(f, a.Address().Hex()) }

// LogValue implements slog.LogValuer.
func (a *Account) LogValue() slog.Value { return slog.StringValue(a.Address().Hex()) }

// MarshalText implements encoding.TextMarshaler.
func (a *Account) MarshalText() ([]byte, error) { return []byte(a.Address().Hex()), nil }

// ErrPassphrase says that a passphrase does not open a keystore file; the caller asks for another.
var ErrPassphrase = errors.New("wrong passphrase")

// maxKeystoreBytes bounds a keystore file; one takes 491 bytes.
const maxKeystoreBytes = 64 << 10

// NewKeystoreFile makes a key and writes it to path as a Web3 keystore (version 3, scrypt), mode 0600. It never overwrites a
// file. light takes 4 MB and a few milliseconds to open instead of 256 MB and a second: for demonstrations and tests.
func NewKeystoreFile(path, passphrase string, light bool) (*Account, error) {
	private, err := crypto.GenerateKey()
	if err != nil {
		return nil, err
	}
	n, p := keystore.StandardScryptN, keystore.StandardScryptP
	if light {
		n, p = keystore.LightScryptN, keystore.LightScryptP
	}
	key := &keystore.Key{Address: crypto.PubkeyToAddress(private.PublicKey), PrivateKey: private}
	rand.Read(key.Id[:])
	key.Id[6], key.Id[8] = key.Id[6]&0x0f|0x40, key.Id[8]&0x3f|0x80 // a random UUID, RFC 9562
	text, err := keystore.EncryptKey(key, passphrase, n, p)
	if err != nil {
		return nil, err
	}
	if err := writeSecret(path, append(text, '\n')); err != nil {
		return nil, err
	}
	return NewAccount(private), nil
}

// writeSecret creates path with mode 0600; it fails if there is anything at path.
func writeSecret(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return hint(fmt.Errorf("key file %q exists and is not overwritten", path), "choose another name, or use the key that is there")
	}
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		os.Remove(path) // half a key is of no use
		return err
	}
	return nil
}

// LoadKey opens a Web3 keystore file (version 3, scrypt or PBKDF2). It returns [ErrPassphrase] if that is what is wrong.
func LoadKey(path, passphrase string) (*Account, error) {
	text, err := readKeyFile(path)
	if err != nil {
		return nil, err
	}
	if err := checkKeystore(text); err != nil {
		return nil, fmt.Errorf("key file %q is malformed: %w", path, err)
	}
	key, err := keystore.DecryptKey(text, passphrase)
	if errors.Is(err, keystore.ErrDecrypt) {
		return nil, fmt.Errorf("key file %q: %w", path, ErrPassphrase)
	}
	if err != nil {
		return nil, fmt.Errorf("key file %q is malformed: %w", path, err)
	}
	return NewAccount(key.PrivateKey), nil
}

// LoadRawKey reads a private key in 64 hexadecimal digits, without passphrase: the local chain's faucet.
func LoadRawKey(path string) (*Account, error) {
	if _, err := readKeyFile(path); err != nil {
		return nil, err
	}
	key, err := crypto.LoadECDSA(path)
	if err != nil {
		// The library's error may quote the file.
		return nil, fmt.Errorf("key file %q is malformed: want 64 hexadecimal digits", path)
	}
	return NewAccount(key), nil
}

func readKeyFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxKeystoreBytes+1))
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	if len(text) > maxKeystoreBytes {
		return nil, fmt.Errorf("key file %q has more than %d bytes", path, maxKeystoreBytes)
	}
	return text, nil
}

// checkKeystore refuses what would make the library panic or take all memory: it trusts the file's numbers.
func checkKeystore(text []byte) error {
	var file struct {
		Version int
		Crypto  struct {
			KDF          string
			CipherParams struct{ IV string }
			KDFParams    map[string]any
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return errors.New("not a keystore of version 3") // the library's error may quote the file
	}
	if file.Version != 3 {
		return fmt.Errorf("version %d, want 3", file.Version)
	}
	if iv, err := hex.DecodeString(file.Crypto.CipherParams.IV); err != nil || len(iv) != 16 {
		return errors.New("iv is not 16 bytes in hexadecimal")
	}
	if _, ok := file.Crypto.KDFParams["salt"].(string); !ok {
		return errors.New("no salt")
	}
	number := func(name string) float64 {
		x, _ := file.Crypto.KDFParams[name].(float64)
		return x
	}
	if number("dklen") != 32 {
		return errors.New("dklen is not 32")
	}
	switch file.Crypto.KDF {
	case "scrypt":
		const maxMemory = 1 << 30
		n, r, p := number("n"), number("r"), number("p")
		if n < 2 || r < 1 || p < 1 || p > 1<<10 || 128*n*r > maxMemory {
			return fmt.Errorf("scrypt with n = %v, r = %v, p = %v, want at most 1 GiB of memory", n, r, p)
		}
	case "pbkdf2":
		const maxIterations = 1 << 26
		if c := number("c"); c < 1 || c > maxIterations {
			return fmt.Errorf("pbkdf2 with c = %v, want 1 to %d", c, maxIterations)
		}
		if _, ok := file.Crypto.KDFParams["prf"].(string); !ok {
			return errors.New("no prf")
		}
	default:
		return fmt.Errorf("kdf is %q, want scrypt or pbkdf2", file.Crypto.KDF)
	}
	return nil
}
