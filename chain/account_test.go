package chain_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/crypto"

	"sotto/chain"
)

func TestKeystoreFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "alice.json")
	const passphrase = "correct horse battery staple"
	account, err := chain.NewKeystoreFile(path, passphrase, true)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v, want 0600", info.Mode(), err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// Any Ethereum tool can read it.
	key, err := keystore.DecryptKey(text, passphrase)
	if err != nil || key.Address != account.Address() || !key.PrivateKey.Equal(account.Key()) || key.Id.Version() != 4 {
		t.Errorf("keystore of %v: %v", account, err)
	}
	loaded, err := chain.LoadKey(path, passphrase)
	if err != nil || !loaded.Key().Equal(account.Key()) {
		t.Errorf("loaded %v, %v, want %v", loaded, err, account)
	}

	_, err = chain.LoadKey(path, passphrase+"!")
	refused(t, err, chain.ErrPassphrase, "alice.json")
	if strings.Contains(err.Error(), passphrase) {
		t.Errorf("the error shows the passphrase: %v", err)
	}
	_, err = chain.NewKeystoreFile(path, passphrase, true)
	refused(t, err, nil, "is not overwritten")
	if after, err := os.ReadFile(path); err != nil || string(after) != string(text) {
		t.Errorf("the file changed: %v", err)
	}
	_, err = chain.LoadKey(path+"x", passphrase)
	refused(t, err, os.ErrNotExist, "alice.jsonx")
}

// TestKeystoreFilesFromElsewhere reads the two examples of the Web3 secret storage definition.
func TestKeystoreFilesFromElsewhere(t *testing.T) {
	const (
		secret = "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d"
		pbkdf2 = `{"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"6087dab2f9fdbbfaddc31a909735c1e6"},"ciphertext":"5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46","kdf":"pbkdf2","kdfparams":{"c":262144,"dklen":32,"prf":"hmac-sha256","salt":"ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"},"mac":"517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"},"id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3}`
		scrypt = `{"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"83dbcc02d8ccb40e466191a123791e0e"},"ciphertext":"d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c","kdf":"scrypt","kdfparams":{"dklen":32,"n":262144,"p":8,"r":1,"salt":"ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19"},"mac":"2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097"},"id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3}`
	)
	for name, text := range map[string]string{"pbkdf2": pbkdf2, "scrypt": scrypt} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		account, err := chain.LoadKey(path, "testpassword")
		if err != nil || hex.EncodeToString(crypto.FromECDSA(account.Key())) != secret {
			t.Errorf("%s: %v, %v", name, account, err)
		}
	}
}

func TestKeystoreRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key.json")
	if _, err := chain.NewKeystoreFile(path, "", true); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	type object = map[string]any
	for name, change := range map[string]func(file, crypto, params object){
		"version 1":        func(file, _, _ object) { file["version"] = "1" },
		"version 4":        func(file, _, _ object) { file["version"] = 4 },
		"no crypto":        func(file, _, _ object) { delete(file, "crypto") },
		"iv short":         func(_, crypto, _ object) { crypto["cipherparams"] = object{"iv": "00"} },
		"unknown kdf":      func(_, crypto, _ object) { crypto["kdf"] = "md5" },
		"another cipher":   func(_, crypto, _ object) { crypto["cipher"] = "rot13" },
		"no salt":          func(_, _, params object) { delete(params, "salt") },
		"salt not hex":     func(_, _, params object) { params["salt"] = "xyz" },
		"dklen 16":         func(_, _, params object) { params["dklen"] = 16 },
		"dklen text":       func(_, _, params object) { params["dklen"] = "32" },
		"n text":           func(_, _, params object) { params["n"] = "many" },
		"n no power":       func(_, _, params object) { params["n"] = 5 },
		"a terabyte":       func(_, _, params object) { params["n"] = 1 << 30 },
		"r huge":           func(_, _, params object) { params["r"] = 1e300 },
		"p huge":           func(_, _, params object) { params["p"] = 1 << 40 },
		"pbkdf2, no count": func(_, crypto, _ object) { crypto["kdf"] = "pbkdf2" },
		"pbkdf2, no prf":   func(_, crypto, params object) { crypto["kdf"], params["c"] = "pbkdf2", 1 },
	} {
		t.Run(name, func(t *testing.T) {
			var file object
			if err := json.Unmarshal(text, &file); err != nil {
				t.Fatal(err)
			}
			inner := file["crypto"].(object)
			change(file, inner, inner["kdfparams"].(object))
			changed, err := json.Marshal(file)
			if err != nil {
				t.Fatal(err)
			}
			bad := filepath.Join(t.TempDir(), "bad.json")
			if err := os.WriteFile(bad, changed, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err = chain.LoadKey(bad, "")
			refused(t, err, nil, "malformed")
		})
	}
	big := filepath.Join(t.TempDir(), "big.json")
	if err := os.WriteFile(big, make([]byte, 64<<10+1), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = chain.LoadKey(big, "")
	refused(t, err, nil, "more than 65536 bytes")
}

func TestRawKey(t *testing.T) {
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "faucet.key")
	if err := crypto.SaveECDSA(path, key); err != nil {
		t.Fatal(err)
	}
	if account, err := chain.LoadRawKey(path); err != nil || !account.Key().Equal(key) {
		t.Errorf("loaded %v, %v", account, err)
	}
	secret := strings.Repeat("zz", 32)
	if err := os.WriteFile(path, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = chain.LoadRawKey(path)
	refused(t, err, nil, "64 hexadecimal digits")
	if strings.Contains(err.Error(), "zz") {
		t.Errorf("the error shows the file: %v", err)
	}
}

// TestAccountPrintsAddress prints an account in every way there is and looks for its key.
func TestAccountPrintsAddress(t *testing.T) {
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	account := chain.NewAccount(key)
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x", "%q"} {
		fmt.Fprintf(&out, verb+"\n", account)
		fmt.Fprintf(&out, verb+"\n", struct{ A *chain.Account }{account})
	}
	text, err := json.Marshal(account)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(text)
	slog.New(slog.NewTextHandler(&out, nil)).Info("", "account", account)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("", "account", account)
	if got := strings.Count(out.String(), account.Address().Hex()); got != 17 {
		t.Errorf("%d addresses, want 17, in\n%s", got, out.String())
	}
	raw := crypto.FromECDSA(key)
	d := new(big.Int).SetBytes(raw)
	for _, form := range []string{d.String(), d.Text(16), fmt.Sprintf("%X", d), fmt.Sprint(raw)} {
		if strings.Contains(out.String(), form) {
			t.Errorf("the key shows in\n%s", out.String())
		}
	}
}
