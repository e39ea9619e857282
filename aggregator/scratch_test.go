//go:build unix

package aggregator

import (
	"os"
	"testing"

	"google.golang.org/grpc/mem"

	"sotto/round"
)

// An upload for which there is no memory is received on disk, counts like any other, and leaves nothing.
func TestDoorScratch(t *testing.T) {
	b := newBench(t, 4, func(c *Config) { c.Limits = Limits{UploadBytes: 1 << 20, ScratchBytes: 400} })
	o := b.open()
	b.uploads.bytes = 1<<20 - 1 // others take the memory
	during := 0
	for i, key := range b.keys[:3] {
		u := b.seal(o, key)
		next := u.chunks()
		receipt, err := b.Contribute(u.header(), func() (mem.BufferSlice, error) {
			m := b.Measures()
			if during++; m.ScratchBytes != int64(len(u.ciphertext)) || m.UploadBytes != 1<<20-1 {
				t.Errorf("contribution %d: %d bytes on disk and %d in memory", i, m.ScratchBytes, m.UploadBytes)
			}
			return next()
		})
		if err != nil || receipt.Receipt.Digest != u.submission.Signed.Contribution.Digest(roundsDomain) {
			t.Fatalf("got %v", err)
		}
	}
	left, err := os.ReadDir(b.store.scratch())
	if err != nil || len(left) > 0 || during == 0 || b.uploads.scratch != 0 {
		t.Fatalf("%d files left (%v), %d bytes counted", len(left), err, b.uploads.scratch)
	}
	b.uploads.bytes = 0
	b.contribute(o, b.keys[3])
	b.run()
	if c := happened[RoundCertified](b); len(c) != 1 || c[0].Certificate.Contributors != 4 {
		t.Fatalf("got %+v, want all four in the sum", c)
	}
}

// Neither memory nor room for a file: the contributor is told to come back.
func TestDoorScratchFull(t *testing.T) {
	b := newBench(t, 3, func(c *Config) { c.Limits = Limits{UploadBytes: 1 << 20, ScratchBytes: 200} })
	o := b.open()
	b.uploads.bytes = 1 << 20
	b.uploads.scratch = 100
	u := b.seal(o, b.keys[0])
	_, err := b.Contribute(u.header(), u.chunks())
	refusal(t, err, round.ReasonBusy, "uploads of 1048676 bytes are under way, at most 1048776", "try again in 2 s")
	b.uploads.scratch = 0
	if err := os.Remove(b.store.scratch()); err != nil {
		t.Fatal(err)
	}
	_, err = b.Contribute(u.header(), u.chunks())
	if round.ReasonOf(err) != round.ReasonBusy || b.uploads.scratch != 0 || b.uploads.count != 0 {
		t.Fatalf("got %v with %d bytes counted, want busy", err, b.uploads.scratch)
	}
	if _, err := newScratch(t.TempDir(), 1<<50); err == nil {
		t.Fatal("a petabyte was reserved")
	}
}
