package disk

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// Both ways make room and leave zeros; more than any disk has is refused, and a cancelled call ends.
func TestReserve(t *testing.T) {
	for name, way := range map[string]func(context.Context, *os.File, int64) error{"asking": Reserve, "writing": reserveByWriting} {
		f, err := os.Create(filepath.Join(t.TempDir(), "file"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		const size = 3<<20 + 17
		if err := way(t.Context(), f, size); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		content, err := io.ReadAll(f)
		if err != nil || !bytes.Equal(content, make([]byte, size)) {
			t.Errorf("%s: %d bytes (%v), want %d zeros", name, len(content), err, size)
		}
	}
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := reserveByWriting(cancelled, f, 1<<40); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	limited, stop := context.WithCancel(t.Context())
	defer stop()
	if err := reserve(limited, f, 1<<60); err == nil {
		t.Error("an exabyte was reserved")
	}
}
