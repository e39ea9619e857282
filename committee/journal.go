package committee

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"sync"
	"time"

	"sotto/round"
)

// act is what a journal entry is about: something that a member says, or takes as said, at most once.
type act uint8

const (
	actDescriptor   act = iota + 1 // signed or taken part in: one per round
	actManifest                    // signed or released for: one per round
	actRelease                     // of all nodes that it could: one per round
	actCertificate                 // signed: one per round
	actRotation                    // signed over to a next key: one per epoch
	actConfirmation                // of a key generation's result: one per epoch and attempt
	actSession                     // dealt in a key generation: one per epoch and attempt, never resumed
	actLost                        // the journal was found wanting: nothing more is signed in the epoch
	actEnd
)

var actNames = [...]string{"", "descriptor", "manifest", "release", "certificate", "rotation", "confirmation", "session", "loss"}

func (a act) String() string {
	if a == 0 || a >= actEnd {
		return fmt.Sprintf("act %d", uint8(a))
	}
	return actNames[a]
}

// What a journal refuses because it has another digest in the same place. All wrap [ErrConflict]; a member that gets one says nothing.
var (
	ErrConflict = errors.New("journal has another one")

	ErrDescriptorSigned = fmt.Errorf("a descriptor of this round was signed: %w", ErrConflict)
	ErrManifestSigned   = fmt.Errorf("a manifest of this round was signed: %w", ErrConflict)
	ErrReleased         = fmt.Errorf("key shares of this round were released: %w", ErrConflict)
	ErrCertificate      = fmt.Errorf("a certificate of this round was signed: %w", ErrConflict)
	ErrRotated          = fmt.Errorf("a next committee was signed for in this epoch: %w", ErrConflict)
	ErrConfirmed        = fmt.Errorf("a result of this key generation was confirmed: %w", ErrConflict)
	ErrSession          = fmt.Errorf("another key generation was joined under this number: %w", ErrConflict)
)

var conflicts = [actEnd]error{
	actDescriptor: ErrDescriptorSigned, actManifest: ErrManifestSigned, actRelease: ErrReleased, actCertificate: ErrCertificate,
	actRotation: ErrRotated, actConfirmation: ErrConfirmed, actSession: ErrSession, actLost: ErrConflict,
}

var (
	// ErrJournal says that the journal could not be written or synced. What is on disk is unknown then, so the member must stop; the next
	// start reads what is there.
	ErrJournal = errors.New("journal cannot be written")

	// ErrJournalCorrupt says that a journal is damaged elsewhere than at its end. An operator may move it away; the member then signs
	// nothing until the next epoch.
	ErrJournalCorrupt = errors.New("journal is damaged")
)

// entry is one line of the journal.
type entry struct {
	act    act
	epoch  uint64
	round  uint64 // the attempt for confirmations and sessions, 0 for rotations and losses
	until  uint64 // of a descriptor: the Unix time in milliseconds from which its round may be skipped
	digest round.Hash
}

// slot is what an entry is the only one of. Rounds are numbered across epochs, attempts anew in each.
type slot struct {
	act          act
	epoch, round uint64
}

func (e entry) slot() slot {
	if e.act <= actCertificate {
		return slot{e.act, 0, e.round}
	}
	return slot{e.act, e.epoch, e.round}
}

func (e entry) skipTime() time.Time { return time.UnixMilli(int64(e.until)) }

// The journal's file (docs/protocol.md, member's journal), integers big-endian:
//
//	header   "sotto journal 1\n" ‖ id (16 bytes) ‖ CRC-32C of what precedes
//	record   length of the payload (4 bytes, always 57) ‖ CRC-32C of the payload ‖ payload
//	payload  act (1) ‖ epoch (8) ‖ round (8) ‖ until (8) ‖ digest (32)
//
// All records have one length, so that a damaged length cannot make the rest of the file look like a record that was cut off.
const (
	journalMagic    = "sotto journal 1\n"
	headerBytes     = len(journalMagic) + 16 + 4
	payloadBytes    = 1 + 3*8 + 32
	recordBytes     = 8 + payloadBytes
	maxJournalBytes = 256 << 20 // a million rounds
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (e entry) encode() []byte {
	b := make([]byte, 8, recordBytes)
	b = append(b, byte(e.act))
	for _, v := range []uint64{e.epoch, e.round, e.until} {
		b = binary.BigEndian.AppendUint64(b, v)
	}
	b = append(b, e.digest[:]...)
	binary.BigEndian.PutUint32(b, payloadBytes)
	binary.BigEndian.PutUint32(b[4:], crc32.Checksum(b[8:], castagnoli))
	return b
}

func decodeEntry(b []byte) (entry, error) {
	payload := b[8:]
	if n := binary.BigEndian.Uint32(b); n != payloadBytes {
		return entry{}, fmt.Errorf("length %d, want %d", n, payloadBytes)
	}
	if crc32.Checksum(payload, castagnoli) != binary.BigEndian.Uint32(b[4:]) {
		return entry{}, errors.New("checksum does not match")
	}
	e := entry{act: act(payload[0]), digest: round.Hash(payload[25:])}
	for i, v := range []*uint64{&e.epoch, &e.round, &e.until} {
		*v = binary.BigEndian.Uint64(payload[1+8*i:])
	}
	if e.act == 0 || e.act >= actEnd {
		return entry{}, fmt.Errorf("unknown act %d", payload[0])
	}
	return e, nil
}

// journal is a member's memory of what it said: append-only, and synced before anything leaves the member.
type journal struct {
	id [16]byte // names this file; keys that were made beside another journal are not used

	mu      sync.Mutex
	file    storage
	entries map[slot]entry
	latest  entry // the descriptor of the highest round, zero for none
	broken  error
}

// newJournal returns the contents of an empty journal.
func newJournal() []byte {
	b := []byte(journalMagic)
	var id [16]byte
	rand.Read(id[:])
	b = append(b, id[:]...)
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// openJournal reads a journal. A record that a crash cut off at the end is dropped: it was not synced, so nothing was said.
func openJournal(file storage) (*journal, error) {
	b, err := file.contents()
	if err != nil {
		return nil, err
	}
	if len(b) > maxJournalBytes {
		return nil, fmt.Errorf("journal has more than %d bytes", maxJournalBytes)
	}
	if len(b) < headerBytes || string(b[:len(journalMagic)]) != journalMagic ||
		crc32.Checksum(b[:headerBytes-4], castagnoli) != binary.BigEndian.Uint32(b[headerBytes-4:]) {
		return nil, fmt.Errorf("%w: it does not begin like one", ErrJournalCorrupt)
	}
	j := &journal{id: [16]byte(b[len(journalMagic):]), file: file, entries: map[slot]entry{}}
	at := headerBytes
	for ; len(b)-at >= recordBytes && !zeros(b[at:]); at += recordBytes {
		e, err := decodeEntry(b[at : at+recordBytes])
		if err != nil {
			return nil, fmt.Errorf("%w: record at byte %d: %v", ErrJournalCorrupt, at, err)
		}
		if old, ok := j.entries[e.slot()]; ok && old.digest != e.digest {
			return nil, fmt.Errorf("%w: record at byte %d is a second %s of round %d", ErrJournalCorrupt, at, e.act, e.round)
		}
		j.record(e)
	}
	if at < len(b) {
		if err := file.truncate(int64(at)); err != nil {
			return nil, fmt.Errorf("dropping the journal's cut-off end: %w", err)
		}
	}
	// A record may have been read from the machine's cache that its writer did not live to sync.
	if err := file.sync(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrJournal, err)
	}
	return j, nil
}

// zeros reports whether b is what some file systems leave where a write did not reach the disk.
func zeros(b []byte) bool { return len(bytes.TrimLeft(b, "\x00")) == 0 }

func (j *journal) record(e entry) {
	j.entries[e.slot()] = e
	if e.act == actDescriptor && e.round > j.latest.round {
		j.latest = e
	}
}

// once makes sure that e is on disk, and the only one of its slot. It returns nil for an entry that is there already, a conflict's error
// if another is, and [ErrJournal] if the disk fails, now or ever before.
func (j *journal) once(e entry) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken != nil {
		return j.broken
	}
	if old, ok := j.entries[e.slot()]; ok {
		if old.digest != e.digest {
			return fmt.Errorf("%w: %s, not %s", conflicts[e.act], old.digest.Short(), e.digest.Short())
		}
		return nil
	}
	err := j.file.write(e.encode())
	if err == nil {
		err = j.file.sync()
	}
	if err != nil {
		// Part of the record may be there, and may reach the disk later. Only a fresh look can tell.
		j.broken = fmt.Errorf("%w: %w", ErrJournal, err)
		return j.broken
	}
	j.record(e)
	return nil
}

// find returns the entry of a slot.
func (j *journal) find(s slot) (entry, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	e, ok := j.entries[s]
	return e, ok
}

// has reports whether the journal has an entry about a round.
func (j *journal) has(a act, round uint64) bool {
	_, ok := j.find(slot{a, 0, round})
	return ok
}

// latestDescriptor returns the entry of the highest round that the member signed or took part in, zero for none.
func (j *journal) latestDescriptor() entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.latest
}

// sessions returns how many key generations were joined for an epoch.
func (j *journal) sessions(epoch uint64) (count int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for s := range j.entries {
		if s.act == actSession && s.epoch == epoch {
			count++
		}
	}
	return count
}

func (j *journal) close() error { return j.file.close() }

// loadJournal opens the journal of a directory and makes it if there is none.
func loadJournal(f files) (*journal, error) {
	file, err := f.appendTo(journalFile)
	if errors.Is(err, fs.ErrNotExist) {
		if err := f.create(journalFile, newJournal()); err != nil {
			return nil, err
		}
		file, err = f.appendTo(journalFile)
	}
	if err != nil {
		return nil, err
	}
	j, err := openJournal(file)
	if err != nil {
		return nil, errors.Join(err, file.close())
	}
	return j, nil
}

// manifestBetween reports whether a manifest was signed, or released for, of a round after one and before another.
func (j *journal) manifestBetween(after, before uint64) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	for s := range j.entries {
		if s.act == actManifest && s.round > after && s.round < before {
			return true
		}
	}
	return false
}
