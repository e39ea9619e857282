package committee

import (
	"bytes"
	"crypto/ecdsa"
	"errors"
	"maps"

	"google.golang.org/grpc"

	"sotto/crypto/tbls"
	"sotto/proto"
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

// JoinSessions journals attempts 1 … count at a key generation.
func (m *Memory) JoinSessions(epoch uint64, count int) error {
	d, err := m.Open()
	for i := 1; err == nil && i <= count; i++ {
		err = d.journal.once(entry{act: actSession, epoch: epoch, round: uint64(i)})
	}
	return err
}

// FillEarly fills the place for receipts of rounds that are not open yet.
func (m *Member) FillEarly(number uint64) {
	for i := range maxEarly {
		m.early = append(m.early, round.Receipt{Round: number, AcceptedAt: uint64(i)})
	}
}

// Remote returns the fetcher of a running member.
func Remote(conn grpc.ClientConnInterface) Fetcher { return remote{proto.NewAggregatorClient(conn)} }

// Printable returns what a running member logs of a failure.
func Printable(err error) string { return printable(err) }

// OpenFolder opens a member's directory on disk. cross is told of every step of every write, before it is made and after.
func OpenFolder(dir string, identity *ecdsa.PrivateKey, cross func(step string)) (*Directory, error) {
	return newDirectory(crossedFolder{folder(dir), cross}, identity, func() error { return nil })
}

type crossedFolder struct {
	folder
	cross func(string)
}

func (f crossedFolder) create(name string, data []byte) error {
	f.cross("create: before")
	err := f.folder.create(name, data)
	f.cross("create: after")
	return err
}

func (f crossedFolder) appendTo(name string) (storage, error) {
	s, err := f.folder.appendTo(name)
	return crossedStorage{s, f.cross}, err
}

type crossedStorage struct {
	storage
	cross func(string)
}

func (s crossedStorage) write(b []byte) error {
	s.cross("write: before")
	err := s.storage.write(b[:len(b)/2])
	s.cross("write: half")
	err = errors.Join(err, s.storage.write(b[len(b)/2:]))
	s.cross("write: after")
	return err
}

func (s crossedStorage) sync() error {
	err := s.storage.sync()
	s.cross("sync: after")
	return err
}
