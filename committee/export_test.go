package committee

import (
	"bytes"
	"errors"
	"maps"

	"sotto/crypto/tbls"
	"sotto/round"
)

// Without switches off a rule, named "what: rule" as in a [Refused], so that a test can show what it keeps out.
func (m *Member) Without(rules ...string) {
	if m.without == nil {
		m.without = map[string]bool{}
	}
	for _, r := range rules {
		m.without[r] = true
	}
}

// Share returns the member's share of the committee's key.
func (m *Member) Share() tbls.SecretShare { return m.office.share.share }

// Group returns the group key.
func (m *Member) Group() tbls.GroupKey { return m.office.share.group }

// KeyList returns the keys of the committee in office.
func (m *Member) KeyList() round.KeyList { return m.office.share.list }

// Generating returns the number of bytes that the member keeps of the key generation under way.
func (m *Member) Generating() (size int) {
	if m.forms != nil {
		for _, p := range m.forms.packets {
			size += len(p)
		}
	}
	return size
}

// OwnWords returns how many slots the member remembers messages and doubts for.
func (m *Member) OwnWords() (messages, doubts int) { return len(m.own.messages), len(m.own.doubtful) }

// Rules returns the names of all rules that have one, "what: rule".
func Rules() []string {
	var all []string
	all = append(all, names("descriptor", descriptorChecks)...)
	all = append(all, names("descriptor", signingChecks)...)
	all = append(all, names("opening", openingChecks)...)
	all = append(all, names("envelope", envelopeChecks)...)
	all = append(all, names("manifest", manifestChecks)...)
	all = append(all, names("release", releaseChecks)...)
	all = append(all, names("certificate", transcriptChecks)...)
	all = append(all, names("key generation", sessionChecks)...)
	return append(all, names("rotation", rotationChecks)...)
}

func names[S any](what string, checks []check[S]) (all []string) {
	for _, c := range checks {
		all = append(all, what+": "+c.name)
	}
	return all
}

// Clone returns a copy of the directory as it would be found after a crash.
func (m *Memory) Clone() *Memory {
	c := NewMemory(m.identity)
	for name, b := range m.files {
		c.files[name] = bytes.Clone(b)
	}
	return c
}

// Files returns the contents by name.
func (m *Memory) Files() map[string][]byte { return maps.Clone(m.files) }

// LoseJournal removes the journal, as an operator might.
func (m *Memory) LoseJournal() { delete(m.files, journalFile) }

// TakeJournal replaces the journal by another directory's.
func (m *Memory) TakeJournal(from *Memory) {
	m.files[journalFile] = bytes.Clone(from.files[journalFile])
}

// EmptyJournal removes all records, so that the member keeps its keys and forgets what it said. It stands for a member without a journal.
func (m *Memory) EmptyJournal() { m.files[journalFile] = m.files[journalFile][:headerBytes] }

// A Fault makes a directory fail.
type Fault struct {
	At   int // the operation that fails, from 1
	Keep int // bytes of it that reach the disk all the same
	Ops  int // operations so far
}

var ErrDisk = errors.New("disk is broken")

// Fail lets the directory fail as f says from now on. All operations after the failing one fail as well.
func (m *Memory) Fail(f *Fault) { m.fault = f.next }

func (f *Fault) next(size int) (keep int, err error) {
	f.Ops++
	if f.At == 0 || f.Ops < f.At {
		return size, nil
	}
	if f.Ops == f.At {
		return min(size, f.Keep), ErrDisk
	}
	return 0, ErrDisk
}
