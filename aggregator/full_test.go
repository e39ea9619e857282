package aggregator

import (
	"errors"
	"io"
	"path/filepath"
	"testing"

	"sotto/aggregator/engine"
	"sotto/round"
)

// filler is segments that fill the engine's room.
type filler struct {
	t    testing.TB
	bulk engine.Bulk
	kept []engine.SegmentID
}

func (f *filler) fill() {
	f.t.Helper()
	for size := 4 << 20; ; {
		s, err := f.bulk.Write(f.t.Context(), func(w io.Writer) error { _, err := w.Write(make([]byte, size)); return err })
		if errors.Is(err, engine.ErrFull) {
			if size /= 4; size < 1000 {
				return
			}
			continue
		}
		if err != nil {
			f.t.Fatal(err)
		}
		f.kept = append(f.kept, s.ID)
	}
}

func (f *filler) drop() {
	f.t.Helper()
	if err := f.bulk.DropAll(f.t.Context()); err != nil {
		f.t.Fatal(err)
	}
}

// TestDiskFull fills the room of the engine during a round, twice: uploads are refused until there is room again, what was acknowledged is there,
// and so is the round.
func TestDiskFull(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "engine")
	kept, err := engine.Open(t.Context(), engine.Config{Dir: dir, MaxStore: 64 << 20, Reserve: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kept.Close() })
	bulk, err := kept.Bulk("filler")
	if err != nil {
		t.Fatal(err)
	}
	full := &filler{t: t, bulk: bulk}
	b := newBench(t, 4, func(c *Config) { c.Engine, c.Rounds = kept, 1 })
	o := b.open()
	b.contribute(o, b.keys[:2]...)

	full.fill()
	if len(full.kept) < 5 {
		t.Fatalf("the engine was full with %d segments", len(full.kept))
	}
	u := b.seal(o, b.keys[2])
	for range 2 {
		_, err := b.Contribute(u.header(), u.chunks())
		refusal(t, err, round.ReasonBusy, "the aggregator has no room on its disk", "try again in 60 s")
		if !errors.Is(err, engine.ErrFull) || round.RetryAfter(err) == 0 {
			t.Errorf("got %v, want %v and a time to come back at", err, engine.ErrFull)
		}
	}
	if kept.Ready(t.Context()) == nil {
		t.Error("an engine without room is ready")
	}
	if n := b.Snapshot().Accepted; n != 2 {
		t.Errorf("%d contributions are in the sum, want the 2 that were acknowledged", n)
	}
	// A receipt that was given stands, also while nothing else does.
	again := b.seal(o, b.keys[0])
	if _, err := b.Contribute(again.header(), again.chunks()); err != nil {
		t.Errorf("a contributor who has a receipt: %v", err)
	}

	full.drop()
	if _, err := b.Contribute(u.header(), u.chunks()); err != nil {
		t.Fatalf("with room again: %v", err)
	}
	full.fill()
	b.clock.advance(b.config.Round.Time + 1)
	// The transcript has no room.
	if _, err := b.tryRun(); !errors.Is(err, engine.ErrFull) {
		t.Fatalf("finishing the round without room: got %v, want %v", err, engine.ErrFull)
	}
	b.phase(PhaseReleasing)
	b.start() // nothing of this rests on what is in memory
	full.drop()
	if done := b.run(); !done {
		t.Errorf("round is %s, want certified", b.Snapshot().Phase)
	}
	b.phase(PhaseCertified)
	var certified round.CertifiedRound
	if err := b.store.load(numberFile(transcripts, 1), round.MaxTranscriptBytes, &certified); err != nil {
		t.Fatal(err)
	}
	if n := len(certified.Transcript.Closing.Manifest.Entries); n != 3 {
		t.Errorf("the manifest has %d entries, want 3", n)
	}
}
