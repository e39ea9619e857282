package committee

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"sotto/round"
)

// tape is a storage that fails when told to. What was written and not synced is in cache; a power failure keeps some first bytes of it.
type tape struct {
	disk, cache []byte
	ops, failAt int
	keep        int // bytes that a failing write leaves in the cache
}

var errTape = errors.New("tape is torn")

func (s *tape) fails() bool { s.ops++; return s.failAt != 0 && s.ops >= s.failAt }

func (s *tape) contents() ([]byte, error) { return append(bytes.Clone(s.disk), s.cache...), nil }

func (s *tape) write(b []byte) error {
	if s.fails() {
		s.cache = append(s.cache, b[:min(s.keep, len(b))]...)
		return errTape
	}
	s.cache = append(s.cache, b...)
	return nil
}

func (s *tape) sync() error {
	if s.fails() {
		return errTape
	}
	s.disk, s.cache = append(s.disk, s.cache...), nil
	return nil
}

func (s *tape) truncate(size int64) error {
	if s.fails() {
		return errTape
	}
	s.disk = append(bytes.Clone(s.disk), s.cache...)[:size]
	s.cache = nil
	return nil
}

func (s *tape) close() error { return nil }

// after returns what a power failure leaves if it keeps that many bytes of the cache.
func (s *tape) after(kept int) *tape {
	return &tape{disk: append(bytes.Clone(s.disk), s.cache[:min(kept, len(s.cache))]...)}
}

func newTape(t testing.TB, entries ...entry) *tape {
	t.Helper()
	s := &tape{disk: newJournal()}
	j := reopen(t, s)
	for _, e := range entries {
		if err := j.once(e); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func reopen(t testing.TB, s *tape) *journal {
	t.Helper()
	j, err := openJournal(s)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func digest(b byte) round.Hash { return round.Hash{b} }

// life is what a member journals in a round, and around one.
var life = []entry{
	{act: actSession, epoch: 1, round: 1, digest: digest(1)},
	{act: actConfirmation, epoch: 1, round: 1, digest: digest(2)},
	{act: actDescriptor, epoch: 1, round: 1, until: 1234, digest: digest(3)},
	{act: actManifest, epoch: 1, round: 1, digest: digest(4)},
	{act: actRelease, epoch: 1, round: 1, digest: digest(5)},
	{act: actCertificate, epoch: 1, round: 1, digest: digest(6)},
	{act: actRotation, epoch: 2, round: 1, digest: digest(7)},
}

func TestOnce(t *testing.T) {
	sentinels := map[act]error{actSession: ErrSession, actConfirmation: ErrConfirmed, actDescriptor: ErrDescriptorSigned, actManifest: ErrManifestSigned,
		actRelease: ErrReleased, actCertificate: ErrCertificate, actRotation: ErrRotated}
	s := newTape(t, life...)
	for _, j := range []*journal{reopen(t, s), reopen(t, &tape{disk: s.disk})} {
		size := len(s.disk)
		for _, e := range life {
			if err := j.once(e); err != nil {
				t.Errorf("%v again: %v", e.act, err)
			}
			other := e
			other.digest[9] ^= 1
			if err := j.once(other); !errors.Is(err, sentinels[e.act]) || !errors.Is(err, ErrConflict) {
				t.Errorf("another %v: got %v, want %v", e.act, err, sentinels[e.act])
			}
			// Rounds are numbered across epochs: another epoch is no other round.
			other.epoch += 5
			if err := j.once(other); (e.act <= actCertificate) != errors.Is(err, ErrConflict) {
				t.Errorf("another %v in another epoch: %v", e.act, err)
			}
		}
		// The three of other epochs are new, the first time.
		if got := len(s.disk) - size; got != 3*recordBytes && got != 0 {
			t.Errorf("%d bytes were written, want 3 records", got)
		}
		if got := j.latestDescriptor(); got != life[2] {
			t.Errorf("latest descriptor %+v, want %+v", got, life[2])
		}
		if count := j.sessions(1); count != 1 {
			t.Errorf("%d sessions, want one", count)
		}
		if !j.manifestBetween(0, 2) || j.manifestBetween(1, 2) || j.manifestBetween(0, 1) {
			t.Error("manifest of round 1 is not found between rounds 0 and 2 alone")
		}
	}
}

// TestJournalFailures lets each write and each sync fail, with each number of bytes that may have reached the disk, and starts the member
// again. What the journal has taken is there, what it has refused is there as a whole or not at all, and a second digest is refused for
// whatever is there.
func TestJournalFailures(t *testing.T) {
	clean := newTape(t, life...)
	ops := clean.ops
	if want := 1 + 2*len(life); ops != want {
		t.Fatalf("%d writes and syncs, want %d", ops, want)
	}
	for at := 2; at <= ops; at++ { // the first one belongs to opening
		for kept := range recordBytes + 1 {
			s := &tape{disk: newJournal(), failAt: at, keep: kept}
			j := reopen(t, s)
			var taken []entry
			var failed entry
			for _, e := range life {
				err := j.once(e)
				if err == nil {
					taken = append(taken, e)
					continue
				}
				if !errors.Is(err, ErrJournal) || !errors.Is(err, errTape) {
					t.Fatalf("operation %d: got %v, want %v", at, err, ErrJournal)
				}
				if failed == (entry{}) {
					failed = e
				}
			}
			// A broken journal takes nothing any more, not even what it has.
			if err := j.once(life[0]); !errors.Is(err, ErrJournal) {
				t.Fatalf("operation %d: after the failure got %v, want %v", at, err, ErrJournal)
			}
			again := reopen(t, s.after(kept))
			for _, e := range taken {
				if got, ok := again.find(e.slot()); !ok || got != e {
					t.Fatalf("operation %d, %d bytes: %v is gone", at, kept, e.act)
				}
			}
			if got, ok := again.find(failed.slot()); ok && got != failed {
				t.Fatalf("operation %d, %d bytes: %+v came back as %+v", at, kept, failed, got)
			}
			if got := len(again.entries); got != len(taken) && got != len(taken)+1 {
				t.Fatalf("operation %d, %d bytes: %d entries, took %d", at, kept, got, len(taken))
			}
			for _, e := range life {
				_, there := again.find(e.slot())
				other := e
				other.digest[9] ^= 1
				if err := again.once(other); there != errors.Is(err, ErrConflict) {
					t.Fatalf("operation %d, %d bytes: another %v gives %v", at, kept, e.act, err)
				}
			}
		}
	}
}

// TestJournalEveryByte cuts the journal off at every byte. It opens with the records that are whole, and goes on from there.
func TestJournalEveryByte(t *testing.T) {
	whole := newTape(t, life...).disk
	for size := range len(whole) + 1 {
		s := &tape{disk: bytes.Clone(whole[:size])}
		j, err := openJournal(s)
		if size < headerBytes {
			if !errors.Is(err, ErrJournalCorrupt) {
				t.Fatalf("%d bytes: got %v, want %v", size, err, ErrJournalCorrupt)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%d bytes: %v", size, err)
		}
		complete := (size - headerBytes) / recordBytes
		if len(j.entries) != complete {
			t.Fatalf("%d bytes: %d entries, want %d", size, len(j.entries), complete)
		}
		for _, e := range life {
			if err := j.once(e); err != nil {
				t.Fatalf("%d bytes: %v", size, err)
			}
		}
		if !bytes.Equal(s.disk, whole) {
			t.Fatalf("%d bytes: the journal does not go on where it was cut off", size)
		}
		reopen(t, s)
	}
	for _, zeros := range []int{1, 7, 8, recordBytes, 3*recordBytes + 5} {
		s := &tape{disk: append(bytes.Clone(whole), make([]byte, zeros)...)}
		if j := reopen(t, s); len(j.entries) != len(life) || !bytes.Equal(s.disk, whole) {
			t.Errorf("%d zero bytes at the end: %d entries and %d bytes, want %d and %d", zeros, len(j.entries), len(s.disk), len(life), len(whole))
		}
	}
}

// TestJournalCorrupt flips every bit of a journal: damage is never taken for a record that was cut off.
func TestJournalCorrupt(t *testing.T) {
	whole := newTape(t, life...).disk
	for i := range 8 * len(whole) {
		damaged := bytes.Clone(whole)
		damaged[i/8] ^= 1 << (i % 8)
		if _, err := openJournal(&tape{disk: damaged}); !errors.Is(err, ErrJournalCorrupt) {
			t.Fatalf("bit %d: got %v, want %v", i, err, ErrJournalCorrupt)
		}
	}
	second := life[2]
	second.digest[0] ^= 1
	unknown := life[2]
	unknown.act = actEnd
	for _, e := range []entry{second, unknown} {
		if _, err := openJournal(&tape{disk: append(bytes.Clone(whole), e.encode()...)}); !errors.Is(err, ErrJournalCorrupt) {
			t.Errorf("record %+v: got %v, want %v", e, err, ErrJournalCorrupt)
		}
	}
}

// TestJournalOpening: a journal that cannot be repaired or synced at the start is not used.
func TestJournalOpening(t *testing.T) {
	whole := newTape(t, life...).disk
	for at := 1; at <= 2; at++ {
		s := &tape{disk: append(bytes.Clone(whole), 0, 0, 0), failAt: at}
		if _, err := openJournal(s); !errors.Is(err, errTape) {
			t.Errorf("operation %d: got %v, want %v", at, err, errTape)
		}
	}
}

// TestJournalFormat pins the bytes of docs/protocol.md.
func TestJournalFormat(t *testing.T) {
	e := entry{act: actManifest, epoch: 2, round: 3, until: 4, digest: digest(5)}
	want := "000000397de8b6db" + "02" + "0000000000000002" + "0000000000000003" + "0000000000000004" + "05" + fmt.Sprintf("%062d", 0)
	if got := fmt.Sprintf("%x", e.encode()); got != want {
		t.Errorf("record is %s, want %s", got, want)
	}
	got, err := decodeEntry(e.encode())
	if err != nil || got != e {
		t.Errorf("decoded %+v, %v", got, err)
	}
	if h := newJournal(); len(h) != 36 || string(h[:16]) != "sotto journal 1\n" {
		t.Errorf("header is %x", h)
	}
}

func FuzzJournal(f *testing.F) {
	whole := newTape(f, life...).disk
	f.Add(whole)
	f.Add(whole[:headerBytes+recordBytes+3])
	f.Add(append(bytes.Clone(whole), make([]byte, 70)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := &tape{disk: bytes.Clone(b)}
		j, err := openJournal(s)
		if err != nil {
			return
		}
		if !bytes.HasPrefix(b, s.disk) {
			t.Fatal("opening changed what it kept")
		}
		again, err := openJournal(&tape{disk: s.disk})
		if err != nil || len(again.entries) != len(j.entries) {
			t.Fatalf("a second look finds %v", err)
		}
	})
}
