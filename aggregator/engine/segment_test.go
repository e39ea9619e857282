package engine_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"sotto/aggregator/engine"
)

func openSegments(t testing.TB, e *engine.Engine, group string) *engine.Segments {
	t.Helper()
	s, err := e.Segments(group)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func noise(seed uint64, n int) []byte {
	b := make([]byte, n)
	var key [32]byte
	key[0], key[1] = byte(seed), byte(seed>>8)
	rand.NewChaCha8(key).Read(b)
	return b
}

func list(t testing.TB, s *engine.Segments) []engine.SegmentID {
	t.Helper()
	ids, err := s.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// eventually waits for what happens in the background.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not after 10 s: %s", what)
		}
	}
}

func TestSegments(t *testing.T) {
	dir := t.TempDir()
	e := openEngine(t, small(dir))
	s, other := openSegments(t, e, "r1"), openSegments(t, e, "r2")
	sizes := []int{0, 1, engine.ChunkBytes - 1, engine.ChunkBytes, engine.ChunkBytes + 1, 40*engine.ChunkBytes + 17}
	var segments []engine.Segment
	for i, size := range sizes {
		content := noise(uint64(i), size)
		got, err := s.Put(t.Context(), bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		if got.Size != int64(size) || got.SHA256 != sha256.Sum256(content) {
			t.Errorf("segment of %d bytes: got %d bytes, hash %x", size, got.Size, got.SHA256)
		}
		segments = append(segments, got)
	}
	if _, err := other.Put(t.Context(), bytes.NewReader(noise(9, 99))); err != nil {
		t.Fatal(err)
	}
	if got := list(t, s); len(got) != len(sizes)-1 { // nothing is stored of the empty one
		t.Errorf("%d segments are there, want %d", len(got), len(sizes)-1)
	}
	e.Close()
	e = openEngine(t, small(dir))
	s, other = openSegments(t, e, "r1"), openSegments(t, e, "r2")

	var wg sync.WaitGroup
	for i, size := range sizes {
		wg.Go(func() {
			got, err := s.GetBytes(t.Context(), segments[i], 1<<30)
			if err != nil || !bytes.Equal(got, noise(uint64(i), size)) {
				t.Errorf("segment of %d bytes: got %d bytes, %v", size, len(got), err)
			}
		})
	}
	wg.Wait()
	if _, err := s.GetBytes(t.Context(), segments[5], 1<<20); !errors.Is(err, engine.ErrTooLarge) {
		t.Errorf("segment above the limit: %v, want %v", err, engine.ErrTooLarge)
	}
	if err := other.Get(t.Context(), segments[3], io.Discard); !errors.Is(err, engine.ErrMissing) {
		t.Errorf("segment of another group: %v, want %v", err, engine.ErrMissing)
	}
	for _, id := range list(t, s)[:2] {
		for range 2 {
			if err := s.Drop(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := list(t, s); len(got) != len(sizes)-3 {
		t.Errorf("%d segments are there after dropping two, want %d", len(got), len(sizes)-3)
	}
	if err := s.DropAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := list(t, s); len(got) != 0 {
		t.Errorf("%d segments are there after dropping all", len(got))
	}
	if got := list(t, other); len(got) != 1 {
		t.Errorf("%d segments of the other group are there, want 1", len(got))
	}
	if err := s.Get(t.Context(), segments[5], io.Discard); !errors.Is(err, engine.ErrMissing) {
		t.Errorf("dropped segment: %v, want %v", err, engine.ErrMissing)
	}
}

// A put that ends early, at any chunk and for any reason, leaves nothing that could be taken for a segment, and soon nothing at all.
func TestInterruptedPut(t *testing.T) {
	const chunks = 20
	content := noise(1, chunks*engine.ChunkBytes)
	failed := errors.New("reader failed")
	for _, cut := range []string{"reader", "context"} {
		t.Run(cut, func(t *testing.T) {
			e := openEngine(t, small(t.TempDir()))
			s := openSegments(t, e, "r1")
			for at := range chunks {
				ctx, cancel := context.WithCancel(t.Context())
				rest := io.Reader(readerFunc(func([]byte) (int, error) { return 0, failed }))
				want := failed
				if cut == "context" {
					rest, want = readerFunc(func(b []byte) (int, error) { cancel(); return copy(b, content[at*engine.ChunkBytes:]), nil }), context.Canceled
				}
				got, err := s.Put(ctx, io.MultiReader(bytes.NewReader(content[:at*engine.ChunkBytes]), rest))
				cancel()
				if !errors.Is(err, want) || !got.IsZero() {
					t.Fatalf("put cut at chunk %d: %v, %v, want %v", at, got, err, want)
				}
			}
			eventually(t, "no chunks are left", func() bool { return len(list(t, s)) == 0 })
			if segment, err := s.Put(t.Context(), bytes.NewReader(content)); err != nil || s.Get(t.Context(), segment, io.Discard) != nil {
				t.Errorf("put after interrupted ones: %v", err)
			}
		})
	}
	t.Run("connection", func(t *testing.T) {
		c := small(t.TempDir())
		c.Timeout = 300 * time.Millisecond
		for _, at := range []int{0, 1, 15, 16, 19} {
			e := openEngine(t, c)
			s := openSegments(t, e, "r1")
			rest := readerFunc(func(b []byte) (int, error) { e.CloseData(); return copy(b, content[at*engine.ChunkBytes:]), nil })
			if _, err := s.Put(t.Context(), io.MultiReader(bytes.NewReader(content[:at*engine.ChunkBytes]), rest)); !errors.Is(err, engine.ErrClosed) && !errors.Is(err, engine.ErrUnavailable) {
				t.Errorf("put with its connection cut at chunk %d: %v", at, err)
			}
			e.Close()
		}
	})
}

type readerFunc func(b []byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

func TestDamagedSegment(t *testing.T) {
	e := openEngine(t, small(t.TempDir()))
	s := openSegments(t, e, "r1")
	content := noise(1, 2*engine.ChunkBytes+100)
	segment := engine.Segment{Size: int64(len(content)), SHA256: sha256.Sum256(content)}
	chunk := func(i int) []byte { return content[i*engine.ChunkBytes : min((i+1)*engine.ChunkBytes, len(content))] }
	flipped := slices.Clone(chunk(1))
	flipped[77]++
	type part struct {
		index string
		data  []byte
	}
	for i, c := range []struct {
		name  string
		parts []part
		want  error
	}{
		{"whole", []part{{"0", chunk(0)}, {"1", chunk(1)}, {"2", chunk(2)}}, nil},
		{"in another order", []part{{"2", chunk(2)}, {"0", chunk(0)}, {"1", chunk(1)}}, nil},
		{"flipped bit", []part{{"0", chunk(0)}, {"1", flipped}, {"2", chunk(2)}}, engine.ErrCorrupt},
		{"exchanged", []part{{"1", chunk(0)}, {"0", chunk(1)}, {"2", chunk(2)}}, engine.ErrCorrupt},
		{"short chunk", []part{{"0", chunk(0)}, {"1", chunk(1)[1:]}, {"2", chunk(2)}}, engine.ErrCorrupt},
		{"long last chunk", []part{{"0", chunk(0)}, {"1", chunk(1)}, {"2", chunk(1)}}, engine.ErrCorrupt},
		{"chunk twice", []part{{"0", chunk(0)}, {"0", chunk(0)}, {"1", chunk(1)}, {"2", chunk(2)}}, engine.ErrCorrupt},
		{"chunk twice, later", []part{{"0", chunk(0)}, {"2", chunk(2)}, {"2", chunk(2)}}, engine.ErrCorrupt},
		{"index beyond", []part{{"0", chunk(0)}, {"3", chunk(1)}}, engine.ErrCorrupt},
		{"no index", []part{{"", chunk(0)}}, engine.ErrCorrupt},
		{"negative index", []part{{"-1", chunk(0)}}, engine.ErrCorrupt},
		{"first chunk missing", []part{{"1", chunk(1)}, {"2", chunk(2)}}, engine.ErrMissing},
		{"last chunk missing", []part{{"0", chunk(0)}, {"1", chunk(1)}}, engine.ErrMissing},
		{"nothing there", nil, engine.ErrMissing},
	} {
		t.Run(c.name, func(t *testing.T) {
			segment.ID = engine.SegmentID{Unique: [16]byte{byte(i + 1)}}
			for _, p := range c.parts {
				if err := e.Publish(s.Subject(segment.ID, 0), map[string]string{"Sotto-Chunk": p.index}, p.data); err != nil {
					t.Fatal(err)
				}
			}
			got, err := s.GetBytes(t.Context(), segment, 1<<30)
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if c.want == nil && !bytes.Equal(got, content) {
				t.Errorf("got other bytes")
			}
		})
	}
}

// A bit that the disk has flipped is noticed, in segments and in logs.
func TestFlippedBitOnDisk(t *testing.T) {
	dir := t.TempDir()
	e := openEngine(t, small(dir))
	s, l := openSegments(t, e, "r1"), openLog(t, e, "r1")
	content := bytes.Repeat([]byte("here is the segment "), 200_000)
	segment, err := s.Put(t.Context(), bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	var heads [4]engine.Head
	for i := range 3 {
		if heads[i+1], err = l.Append(t.Context(), heads[i], []byte("here is the record")); err != nil {
			t.Fatal(err)
		}
	}
	e.Close()
	flip(t, dir, []byte("here is the segment"), 60_000)
	flip(t, dir, []byte("here is the record"), 1)

	e = openEngine(t, small(dir))
	s, l = openSegments(t, e, "r1"), openLog(t, e, "r1")
	if err := s.Get(t.Context(), segment, io.Discard); !errors.Is(err, engine.ErrCorrupt) && !errors.Is(err, engine.ErrMissing) {
		t.Errorf("reading a segment with a flipped bit: %v", err)
	}
	l.Know(heads[3])
	var last error
	for _, err := range l.Read(t.Context(), engine.Head{}) {
		last = err
	}
	if !errors.Is(last, engine.ErrCorrupt) && !errors.Is(last, engine.ErrHeadWentBack) {
		t.Errorf("reading a log with a flipped bit: %v", last)
	}
}

// flip flips a bit in the n-th place where the bytes stand in a file below dir.
func flip(t *testing.T, dir string, what []byte, n int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		at := -1
		for range n + 1 {
			i := bytes.Index(b[at+1:], what)
			if i < 0 {
				return nil
			}
			at += 1 + i
		}
		b[at+3] ^= 4
		if err := os.WriteFile(path, b, 0o600); err != nil {
			return err
		}
		return filepath.SkipAll
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSegmentID(t *testing.T) {
	id := engine.SegmentID{Slot: 12, Unique: [16]byte{1, 2, 15: 3}}
	if got, err := engine.ParseSegmentID(id.String()); err != nil || got != id {
		t.Errorf("%s is read as %s, %v", id, got, err)
	}
	for _, s := range []string{"", "-", "1", "1-00", "70000-" + fmt.Sprintf("%032x", 1), "1-" + fmt.Sprintf("%032X", 10), "01-" + fmt.Sprintf("%032x", 1), id.String() + "0"} {
		if got, err := engine.ParseSegmentID(s); err == nil {
			t.Errorf("%q is read as %s", s, got)
		}
	}
}

// More puts at one time than the window has places, and one that never ends beside them.
func TestManyPuts(t *testing.T) {
	e := openEngine(t, small(t.TempDir()))
	s := openSegments(t, e, "r1")
	ctx, cancel := context.WithCancel(t.Context())
	stuck := make(chan error, 1)
	held, release := io.Pipe()
	go func() {
		_, err := s.Put(ctx, held)
		stuck <- err
	}()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			content := noise(uint64(i), 12*engine.ChunkBytes+i)
			segment, err := s.Put(t.Context(), bytes.NewReader(content))
			if err != nil {
				t.Error(err)
				return
			}
			if got, err := s.GetBytes(t.Context(), segment, 1<<30); err != nil || !bytes.Equal(got, content) {
				t.Errorf("segment %d: got %d bytes, %v", i, len(got), err)
			}
		})
	}
	wg.Wait()
	cancel()
	release.CloseWithError(context.Canceled)
	if err := <-stuck; !errors.Is(err, context.Canceled) {
		t.Errorf("put that was cancelled: %v", err)
	}
}

// What has no room is refused, and what is there stays; with room again, everything goes on.
func TestFullStore(t *testing.T) {
	c := small(t.TempDir())
	c.MaxStore = 64 << 20
	e := openEngine(t, c)
	s, l := openSegments(t, e, "r1"), openLog(t, e, "r1")
	var segments []engine.Segment
	var err error
	for i := 0; i < 20 && err == nil; i++ {
		var segment engine.Segment
		if segment, err = s.Put(t.Context(), bytes.NewReader(noise(uint64(i), 6<<20))); err == nil {
			segments = append(segments, segment)
		}
	}
	if !errors.Is(err, engine.ErrFull) {
		t.Fatalf("%d segments of 6 MiB in 64 MiB: %v, want %v", len(segments), err, engine.ErrFull)
	}
	if err := e.Ready(t.Context()); !errors.Is(err, engine.ErrFull) {
		t.Errorf("readiness of a full engine: %v, want %v", err, engine.ErrFull)
	}
	if len(segments) < 6 {
		t.Errorf("%d segments of 6 MiB found room in 64 MiB, want at least 6", len(segments))
	}
	head, err := l.Append(t.Context(), engine.Head{}, noise(1, 1<<20))
	if err != nil {
		t.Errorf("segments have crowded out the log: %v", err)
	}
	for i, segment := range segments {
		if got, err := s.GetBytes(t.Context(), segment, 1<<30); err != nil || !bytes.Equal(got, noise(uint64(i), 6<<20)) {
			t.Errorf("segment %d after the store was full: %v", i, err)
		}
	}
	for _, segment := range segments[:2] {
		if err := s.Drop(t.Context(), segment.ID); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Put(t.Context(), bytes.NewReader(noise(1, 6<<20))); err != nil {
		t.Errorf("put after making room: %v", err)
	}
	if _, err := l.Append(t.Context(), head, nil); err != nil {
		t.Error(err)
	}
}
