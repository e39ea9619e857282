package committee

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"sotto/chain"
	"sotto/round"
)

func TestDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "member")
	address, err := Init(dir, "secret words", true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Init(dir, "secret words", true); err == nil || !strings.Contains(err.Error(), "exists and is not overwritten") {
		t.Errorf("second Init: %v, want a refusal", err)
	}
	if _, err := Open(dir, "other words"); !errors.Is(err, chain.ErrPassphrase) {
		t.Errorf("got %v, want %v", err, chain.ErrPassphrase)
	}
	d, err := Open(dir, "secret words")
	if err != nil {
		t.Fatal(err)
	}
	if d.Address() != address {
		t.Errorf("identity %s, want %s", d.Address(), address)
	}
	if _, err := Open(dir, "secret words"); !errors.Is(err, ErrLocked) {
		t.Errorf("got %v, want %v", err, ErrLocked)
	}
	if _, err := d.keys(3); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want %v", err, fs.ErrNotExist)
	}
	keys, err := d.makeKeys(3)
	if err != nil {
		t.Fatal(err)
	}
	e := entry{act: actDescriptor, round: 1, digest: digest(1)}
	if err := d.journal.once(e); err != nil {
		t.Fatal(err)
	}
	// A crash leaves half of a record behind.
	f, err := os.OpenFile(filepath.Join(dir, journalFile), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(e.encode()[:20]); err != nil {
		t.Fatal(err)
	}
	f.Close()
	// A crash leaves half of a file behind, which holds secrets.
	if err := os.WriteFile(filepath.Join(dir, keysName(4)+temporary), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}

	if d, err = Open(dir, "secret words"); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	again, err := d.makeKeys(3)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := round.Digest(again.public(address)), round.Digest(keys.public(address)); got != want {
		t.Error("keys of the epoch changed")
	}
	if _, ok := d.journal.find(e.slot()); !ok {
		t.Error("journal entry is gone")
	}
	if info, err := os.Stat(filepath.Join(dir, journalFile)); err != nil || info.Size() != int64(headerBytes+recordBytes) {
		t.Errorf("journal has %v bytes, want its header and one record", info)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range entries {
		info, err := f.Info()
		if err != nil {
			t.Fatal(err)
		}
		if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %o, want 600", f.Name(), info.Mode().Perm())
		}
		if strings.HasSuffix(f.Name(), temporary) {
			t.Errorf("%s is still there", f.Name())
		}
	}
	if err := d.files.create(keysName(3), []byte("other")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("overwriting keys: %v, want %v", err, fs.ErrExist)
	}
	if err := d.destroyEpoch(3); err != nil {
		t.Fatal(err)
	}
	if _, err := d.keys(3); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("destroyed keys: %v, want %v", err, fs.ErrNotExist)
	}
	if err := d.files.destroy(keysName(3)); err != nil {
		t.Errorf("destroying what is gone: %v", err)
	}
}

// TestDestroyOverwrites looks through another link at what destroy leaves of a file.
func TestDestroyOverwrites(t *testing.T) {
	dir := t.TempDir()
	d := folder(dir)
	if err := d.create("epoch-1.keys", []byte("very secret")); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Link(filepath.Join(dir, "epoch-1.keys"), link); err != nil {
		t.Skip(err)
	}
	if err := d.destroy("epoch-1.keys"); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(link)
	if err != nil || len(b) != len("very secret") || !zeros(b) {
		t.Errorf("left %q, %v", b, err)
	}
}

func TestKeyNames(t *testing.T) {
	for _, name := range []string{"epoch-1.keys", "epoch-18446744073709551615.keys", "epoch-2-attempt-3.share"} {
		if _, _, ok := parseName(name); !ok {
			t.Errorf("%s is not taken for a key file", name)
		}
	}
	for _, name := range []string{"identity.json", "journal", "epoch-01.keys", "epoch-1.keys.tmp", "epoch-.keys", "epoch-1-attempt-.share", "epoch-1.share", "epoch-1-attempt-2.keys"} {
		if _, _, ok := parseName(name); ok {
			t.Errorf("%s is taken for a key file", name)
		}
	}
}

// TestMalformedKeys: what is wrong with a key file is said without its contents.
func TestMalformedKeys(t *testing.T) {
	d, err := NewMemory(nil).Open()
	if err != nil {
		t.Fatal(err)
	}
	const secret = "c0ffee"
	for i, text := range []string{
		secret, `{"envelope_secret": ` + secret + `}`, `{"envelope_secret": "` + secret + `"}`,
		fmt.Sprintf(`{"epoch":3,"journal":"%032d","envelope_secret":"%s","dkg_secret":"00"}`, 0, secret),
	} {
		for _, name := range []string{keysName(uint64(i)), shareName(uint64(i), 1)} {
			if err := d.files.create(name, []byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		_, err := d.keys(uint64(i))
		_, err2 := d.share(uint64(i), 1)
		for _, err := range []error{err, err2} {
			if err == nil || !strings.HasPrefix(err.Error(), "malformed epoch-") || strings.Contains(err.Error(), secret) {
				t.Errorf("%s: got %v", text, err)
			}
		}
	}
}

// TestSecretsDoNotPrint logs and prints what holds secrets.
func TestSecretsDoNotPrint(t *testing.T) {
	d, err := NewMemory(nil).Open()
	if err != nil {
		t.Fatal(err)
	}
	k, err := d.makeKeys(1)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := k.envelope.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	slog.New(slog.NewTextHandler(&out, nil)).Info("keys", "keys", k, "directory", d)
	fmt.Fprintf(&out, "%v %+v %#v", k, k, k)
	for _, s := range []string{fmt.Sprintf("%x", secret), fmt.Sprintf("%x", k.dkg.Marshal()), fmt.Sprint(secret)[1:20]} {
		if strings.Contains(out.String(), s) {
			t.Errorf("output shows a secret")
		}
	}
}
