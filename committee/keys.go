package committee

import (
	"crypto/ecdsa"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/gofrs/flock"

	"sotto/chain"
	"sotto/crypto/sharing"
	"sotto/crypto/tbls"
	"sotto/round"
)

// Files of a member's directory. The keys of an epoch are in epoch-E.keys from its hello on; what a key generation gave in
// epoch-E-attempt-A.share.
const (
	IdentityFile = "identity.json" // Web3 keystore
	journalFile  = "journal"
	lockFile     = "lock"

	keysSuffix   = ".keys"
	shareSuffix  = ".share"
	maxFileBytes = 256 << 10 // a share file with ten members' keys takes about 30 KB
)

// ErrLocked says that another process uses the directory.
var ErrLocked = errors.New("directory is in use by another process")

// Directory is a member's identity, keys and journal. One process at a time may have it open.
type Directory struct {
	files    files
	identity *ecdsa.PrivateKey
	journal  *journal
	unlock   func() error
}

// Init makes a member's directory with a new identity, a standard Ethereum keystore under passphrase, and an empty journal. It refuses a
// directory that has an identity. light selects the light scrypt setting, for demonstrations and tests.
func Init(dir, passphrase string, light bool) (common.Address, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return common.Address{}, err
	}
	unlock, err := lock(dir)
	if err != nil {
		return common.Address{}, err
	}
	defer unlock()
	account, err := chain.NewKeystoreFile(filepath.Join(dir, IdentityFile), passphrase, light)
	if err != nil {
		return common.Address{}, err
	}
	j, err := loadJournal(folder(dir))
	if err != nil {
		return common.Address{}, err
	}
	return account.Address(), j.close()
}

// Open opens a member's directory. Errors: [ErrLocked], [chain.ErrPassphrase], [ErrJournalCorrupt]. A journal that is missing is made
// anew, and keys from before are then not used any more.
func Open(dir, passphrase string) (*Directory, error) {
	unlock, err := lock(dir)
	if err != nil {
		return nil, err
	}
	d, err := open(dir, passphrase, unlock)
	if err != nil {
		return nil, errors.Join(err, unlock())
	}
	return d, nil
}

func open(dir, passphrase string, unlock func() error) (*Directory, error) {
	text, err := folder(dir).read(IdentityFile)
	if err != nil {
		return nil, err
	}
	key, err := keystore.DecryptKey(text, passphrase)
	if errors.Is(err, keystore.ErrDecrypt) {
		return nil, fmt.Errorf("member's identity in %s: %w", dir, chain.ErrPassphrase)
	}
	if err != nil {
		return nil, fmt.Errorf("member's identity in %s: %v", dir, err)
	}
	return newDirectory(folder(dir), key.PrivateKey, unlock)
}

func lock(dir string) (unlock func() error, err error) {
	l := flock.New(filepath.Join(dir, lockFile), flock.SetPermissions(0o600))
	ok, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w", dir, err)
	}
	if !ok {
		return nil, fmt.Errorf("%s: %w", dir, ErrLocked)
	}
	return l.Unlock, nil
}

func newDirectory(f files, identity *ecdsa.PrivateKey, unlock func() error) (*Directory, error) {
	if err := sweep(f); err != nil {
		return nil, err
	}
	j, err := loadJournal(f)
	if err != nil {
		return nil, err
	}
	return &Directory{f, identity, j, unlock}, nil
}

// Address returns the member's identity.
func (d *Directory) Address() common.Address { return crypto.PubkeyToAddress(d.identity.PublicKey) }

// Close releases the directory.
func (d *Directory) Close() error { return errors.Join(d.journal.close(), d.unlock()) }

// LogValue keeps the secrets out of logs.
func (d *Directory) LogValue() slog.Value { return slog.StringValue("member's directory (secret)") }

// epochKeys are what a member makes before a key generation.
type epochKeys struct {
	epoch    uint64
	journal  [16]byte // id of the journal that they were made beside
	envelope *sharing.EnvelopeKey
	dkg      tbls.DKGSecret
}

func (k *epochKeys) public(identity common.Address) round.MemberKeys {
	return round.MemberKeys{Identity: identity, HPKE: k.envelope.Public().Bytes(), DKG: k.dkg.Public()}
}

// epochShare is what a member has from a key generation.
type epochShare struct {
	epoch      uint64
	attempt    uint32
	journal    [16]byte
	share      tbls.SecretShare
	group      tbls.GroupKey
	list       round.KeyList
	transcript round.Hash
}

func (s *epochShare) key() ([256]byte, error) { return tbls.EVMPublicKey(s.group.Public()) }

// keysText and shareText are the files' JSON. Secrets are in hexadecimal.
type keysText struct {
	Epoch    uint64 `json:"epoch"`
	Journal  string `json:"journal"`
	Envelope string `json:"envelope_secret"`
	DKG      string `json:"dkg_secret"`
}

type shareText struct {
	Epoch      uint64     `json:"epoch"`
	Attempt    uint32     `json:"attempt"`
	Journal    string     `json:"journal"`
	Share      string     `json:"share_secret"`
	Group      string     `json:"group"`
	List       string     `json:"key_list"`
	Transcript round.Hash `json:"transcript"`
}

func keysName(epoch uint64) string { return fmt.Sprintf("epoch-%d%s", epoch, keysSuffix) }

func shareName(epoch uint64, attempt uint32) string {
	return fmt.Sprintf("epoch-%d-attempt-%d%s", epoch, attempt, shareSuffix)
}

// parseName returns the epoch of a key file, and the attempt, 0 in the name of a file of keys.
func parseName(name string) (epoch uint64, attempt uint32, ok bool) {
	switch {
	case strings.HasSuffix(name, keysSuffix):
		if n, err := fmt.Sscanf(name, "epoch-%d", &epoch); err == nil && n == 1 && name == keysName(epoch) {
			return epoch, 0, true
		}
	case strings.HasSuffix(name, shareSuffix):
		if n, err := fmt.Sscanf(name, "epoch-%d-attempt-%d", &epoch, &attempt); err == nil && n == 2 && name == shareName(epoch, attempt) {
			return epoch, attempt, true
		}
	}
	return 0, 0, false
}

// keys returns the keys of an epoch, or an error that is fs.ErrNotExist.
func (d *Directory) keys(epoch uint64) (*epochKeys, error) {
	var t keysText
	if err := d.readJSON(keysName(epoch), &t); err != nil {
		return nil, err
	}
	k := &epochKeys{epoch: t.Epoch}
	var secret, dkg []byte
	err := errors.Join(unhex(t.Journal, k.journal[:]), unhexInto(t.Envelope, &secret), unhexInto(t.DKG, &dkg))
	defer clear(secret)
	defer clear(dkg)
	if err == nil {
		k.envelope, err = sharing.ParseEnvelopeKey(secret)
	}
	if err == nil {
		k.dkg, err = tbls.ParseDKGSecret(dkg)
	}
	if err == nil && k.epoch != epoch {
		err = fmt.Errorf("keys of epoch %d", k.epoch)
	}
	if err != nil {
		return nil, fmt.Errorf("malformed %s: %v", keysName(epoch), err)
	}
	return k, nil
}

// makeKeys returns the keys of an epoch, drawing them if there are none that the journal knows of. They are on disk when it returns.
func (d *Directory) makeKeys(epoch uint64) (*epochKeys, error) {
	k, err := d.keys(epoch)
	if err == nil && k.journal == d.journal.id {
		return k, nil
	}
	if err == nil {
		err = d.destroyEpoch(epoch) // made beside a journal that is lost
	} else if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err != nil {
		return nil, err
	}
	k = &epochKeys{epoch: epoch, journal: d.journal.id}
	if k.envelope, err = sharing.GenerateEnvelopeKey(); err != nil {
		return nil, err
	}
	k.dkg, _ = tbls.GenerateDKGKey()
	secret, err := k.envelope.Bytes()
	if err != nil {
		return nil, err
	}
	defer clear(secret)
	dkg := k.dkg.Marshal()
	defer clear(dkg)
	return k, d.createJSON(keysName(epoch), keysText{epoch, hex.EncodeToString(k.journal[:]), hex.EncodeToString(secret), hex.EncodeToString(dkg)})
}

// saveShare puts what a key generation gave on disk.
func (d *Directory) saveShare(s *epochShare) error {
	secret := s.share.Marshal()
	defer clear(secret)
	return d.createJSON(shareName(s.epoch, s.attempt), shareText{
		s.epoch, s.attempt, hex.EncodeToString(s.journal[:]), hex.EncodeToString(secret),
		hex.EncodeToString(s.group.Marshal()), hex.EncodeToString(round.Encode(s.list)), s.transcript,
	})
}

// share returns what a key generation gave, or an error that is fs.ErrNotExist.
func (d *Directory) share(epoch uint64, attempt uint32) (*epochShare, error) {
	name := shareName(epoch, attempt)
	var t shareText
	if err := d.readJSON(name, &t); err != nil {
		return nil, err
	}
	s := &epochShare{epoch: t.Epoch, attempt: t.Attempt, transcript: t.Transcript}
	var secret, group, list []byte
	err := errors.Join(unhex(t.Journal, s.journal[:]), unhexInto(t.Share, &secret), unhexInto(t.Group, &group), unhexInto(t.List, &list))
	defer clear(secret)
	if err == nil {
		s.share, err = tbls.ParseSecretShare(secret)
	}
	if err == nil {
		s.group, err = tbls.ParseGroupKey(group)
	}
	if err == nil {
		err = s.group.CheckSecret(s.share)
	}
	if err == nil {
		err = round.Decode("key list", list, round.MaxKeyListBytes, &s.list)
	}
	if err == nil && (s.epoch != epoch || s.attempt != attempt) {
		err = fmt.Errorf("share of epoch %d, attempt %d", s.epoch, s.attempt)
	}
	if err != nil {
		return nil, fmt.Errorf("malformed %s: %v", name, err)
	}
	return s, nil
}

// shareOf returns the share of the committee that the chain has, of whatever attempt, or an error that is fs.ErrNotExist.
func (d *Directory) shareOf(c *round.Committee) (*epochShare, error) {
	names, err := d.files.list()
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		epoch, attempt, ok := parseName(name)
		if !ok || epoch != c.Epoch || !strings.HasSuffix(name, shareSuffix) {
			continue
		}
		s, err := d.share(epoch, attempt)
		if err != nil {
			return nil, err
		}
		if key, err := s.key(); err == nil && key == c.Key {
			return s, nil
		}
	}
	return nil, fmt.Errorf("no key share of epoch %d: %w", c.Epoch, fs.ErrNotExist)
}

// destroyBefore destroys the keys and shares of all epochs before the one of c, and of that one what is of no use: all without a share of
// c, and what other attempts at the key generation gave.
func (d *Directory) destroyBefore(c *round.Committee, share *epochShare) error {
	return d.destroy(func(epoch uint64, attempt uint32) bool {
		return epoch < c.Epoch || epoch == c.Epoch && (share == nil || attempt != 0 && attempt != share.attempt)
	})
}

func (d *Directory) destroyEpoch(epoch uint64) error {
	return d.destroy(func(e uint64, _ uint32) bool { return e == epoch })
}

func (d *Directory) destroy(which func(epoch uint64, attempt uint32) bool) error {
	names, err := d.files.list()
	if err != nil {
		return err
	}
	for _, name := range names {
		if epoch, attempt, ok := parseName(name); ok && which(epoch, attempt) {
			if err := d.files.destroy(name); err != nil {
				return fmt.Errorf("destroying %s: %w", name, err)
			}
		}
	}
	return nil
}

func (d *Directory) readJSON(name string, v any) error {
	text, err := d.files.read(name)
	if err != nil {
		return err
	}
	defer clear(text)
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("malformed %s: not the JSON of a key file", name) // the decoder's words may quote a secret
	}
	return nil
}

func (d *Directory) createJSON(name string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	defer clear(text)
	return d.files.create(name, text)
}

var errHex = errors.New("not hexadecimal, or of the wrong length")

func unhex(s string, dst []byte) error {
	if len(s) != 2*len(dst) {
		return errHex
	}
	if _, err := hex.Decode(dst, []byte(s)); err != nil {
		return errHex
	}
	return nil
}

func unhexInto(s string, dst *[]byte) error {
	*dst = make([]byte, len(s)/2)
	return unhex(s, *dst)
}
