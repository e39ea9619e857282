package committee

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"sotto/chain"
)

// Inspection is what [Inspect] finds in a member's directory.
type Inspection struct {
	Identity common.Address // zero if the keystore cannot be read
	Proven   bool           // the passphrase opens the keystore, and the key in it is the identity's

	Journal int            // bytes, 0 if it is missing or damaged
	CutOff  int            // bytes at its end that a crash has cut off, which the next start drops
	Entries map[string]int // by what they are about
	Epochs  []EpochFiles   // that there are keys, shares or entries of, ascending

	Refusals []string // what the member will not say any more, by its journal
	Problems []string // why the member would not start, or would sign nothing in the newest epoch
}

// EpochFiles is what a directory has of one epoch.
type EpochFiles struct {
	Epoch    uint64
	Keys     bool     // that the journal knows of
	Attempts []uint32 // key generations that it has a share from, made beside this journal
	Lost     bool     // the journal was found wanting; nothing more is signed
}

// Inspect reads a member's directory as [Open] does and changes nothing in it but the lock that it holds meanwhile. passphrase may be nil: the identity is then the one that
// the keystore names. Errors: [ErrLocked] while a member uses the directory. What is wrong with the directory is in Problems.
func Inspect(dir string, passphrase *string, now time.Time) (*Inspection, error) {
	if _, err := os.Stat(dir); err != nil {
		return nil, err
	}
	unlock, err := lock(dir)
	if err != nil {
		return nil, err
	}
	defer unlock()
	i := &Inspection{Entries: map[string]int{}}
	if err := i.modes(dir); err != nil {
		return nil, err
	}
	i.identity(dir, passphrase)
	j := i.journal(dir)
	if err := i.epochs(folder(dir), j); err != nil {
		return nil, err
	}
	if j != nil {
		i.refusals(j, now)
	}
	return i, nil
}

func (i *Inspection) problem(format string, args ...any) {
	i.Problems = append(i.Problems, fmt.Sprintf(format, args...))
}

// modes looks for files that others on the machine may read.
func (i *Inspection) modes(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil || runtime.GOOS == "windows" {
		return err
	}
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), temporary)
		if _, _, secret := parseName(name); !secret && name != IdentityFile && name != journalFile {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		if mode := info.Mode().Perm(); mode&0o077 != 0 {
			i.problem("%s has mode %#o, want 0600: others on this machine may read or write it", e.Name(), mode)
		}
	}
	return nil
}

func (i *Inspection) identity(dir string, passphrase *string) {
	text, err := folder(dir).read(IdentityFile)
	if err != nil {
		i.problem("identity: %v", err)
		return
	}
	var stored struct {
		Address string `json:"address"`
	}
	if err := json.Unmarshal(text, &stored); err != nil || !common.IsHexAddress(stored.Address) {
		i.problem("identity: %s is no keystore file", IdentityFile)
		return
	}
	i.Identity = common.HexToAddress(stored.Address)
	if passphrase == nil {
		return
	}
	account, err := chain.LoadKey(filepath.Join(dir, IdentityFile), *passphrase)
	switch {
	case err != nil:
		i.problem("identity: %v", err)
	case account.Address() != i.Identity:
		i.problem("identity: the keystore names %s and holds the key of %s", i.Identity, account.Address())
	default:
		i.Proven = true
	}
}

// unchanged is a journal that is read and not repaired.
type unchanged struct {
	content []byte
	size    int64 // after the repair
}

func (u *unchanged) contents() ([]byte, error) { return u.content, nil }
func (u *unchanged) write([]byte) error        { return errors.New("journal is inspected, not written") }
func (u *unchanged) sync() error               { return nil }
func (u *unchanged) truncate(size int64) error { u.size = size; return nil }
func (u *unchanged) close() error              { return nil }

// journal reads the journal, and returns nil if there is none to be relied on.
func (i *Inspection) journal(dir string) *journal {
	f, err := os.Open(folder(dir).path(journalFile))
	if errors.Is(err, fs.ErrNotExist) {
		i.problem("journal is missing: the next start begins another one, and what was made beside the old one is not used any more. " +
			"If this member was ever in a committee, it then signs nothing until the next epoch")
		return nil
	}
	var content []byte
	if err == nil {
		content, err = file{f}.contents()
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		i.problem("journal: %v", err)
		return nil
	}
	kept := &unchanged{content: content, size: int64(len(content))}
	j, err := openJournal(kept)
	if err != nil {
		i.problem("%v", err)
		return nil
	}
	i.Journal, i.CutOff = int(kept.size), len(content)-int(kept.size)
	for _, e := range j.entries {
		i.Entries[e.act.String()]++
	}
	return j
}

// epochs looks at the keys and shares, and at what the journal says of their epochs.
func (i *Inspection) epochs(f files, j *journal) error {
	names, err := f.list()
	if err != nil {
		return err
	}
	found := map[uint64]*EpochFiles{}
	of := func(epoch uint64) *EpochFiles {
		if found[epoch] == nil {
			found[epoch] = &EpochFiles{Epoch: epoch}
		}
		return found[epoch]
	}
	d := &Directory{files: f}
	for _, name := range names {
		epoch, attempt, ok := parseName(name)
		if !ok {
			continue
		}
		var made [16]byte
		if strings.HasSuffix(name, keysSuffix) {
			k, err := d.keys(epoch)
			if err != nil {
				i.problem("%v", err)
				continue
			}
			made = k.journal
			k.envelope.Destroy()
		} else {
			s, err := d.share(epoch, attempt)
			if err != nil {
				i.problem("%v", err)
				continue
			}
			made = s.journal
		}
		switch e := of(epoch); {
		case j == nil:
		case made != j.id:
			i.problem("%s was made beside another journal: it is not used, so the member signs nothing in epoch %d if it is in that committee", name, epoch)
		case strings.HasSuffix(name, keysSuffix):
			e.Keys = true
		default:
			e.Attempts = append(e.Attempts, attempt)
		}
	}
	if j != nil {
		for _, e := range j.entries {
			if e.act == actLost {
				of(e.epoch).Lost = true
			}
		}
	}
	for _, e := range found {
		slices.Sort(e.Attempts)
		i.Epochs = append(i.Epochs, *e)
	}
	slices.SortFunc(i.Epochs, func(a, b EpochFiles) int { return cmp.Compare(a.Epoch, b.Epoch) })
	if n := len(i.Epochs); n > 0 && i.Epochs[n-1].Lost {
		i.problem("the journal was found wanting in epoch %d: the member signs nothing until the next one", i.Epochs[n-1].Epoch)
	}
	return nil
}

// refusals says what the journal keeps the member from saying.
func (i *Inspection) refusals(j *journal, now time.Time) {
	refuse := func(format string, args ...any) { i.Refusals = append(i.Refusals, fmt.Sprintf(format, args...)) }
	if l := j.latest; l.act != 0 {
		refuse("everything of rounds before %d, and any other descriptor of round %d", l.round, l.round)
		for _, a := range []act{actManifest, actRelease, actCertificate} {
			if j.has(a, l.round) {
				refuse("any other %s of round %d", a, l.round)
			}
		}
		if until := l.skipTime(); now.Before(until) {
			refuse("a descriptor of a round after %d, before that one is certified or it is %s", l.round, until.UTC().Format(time.RFC3339))
		}
	}
	var generated uint64 // newest epoch of a key generation
	var handed, lost []uint64
	for _, e := range j.entries {
		switch e.act {
		case actSession:
			generated = max(generated, e.epoch)
		case actRotation:
			handed = append(handed, e.epoch)
		case actLost:
			lost = append(lost, e.epoch)
		}
	}
	for _, epoch := range slices.Sorted(slices.Values(handed)) {
		refuse("to hand epoch %d over to another committee than the one it has signed for", epoch)
	}
	for _, epoch := range slices.Sorted(slices.Values(lost)) {
		refuse("everything in epoch %d", epoch)
	}
	if generated > 0 {
		refuse("to take part again in the key generations for epoch %d that it has joined: %d so far", generated, j.sessions(generated))
	}
}
