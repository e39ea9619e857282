package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sotto/aggregator/engine"
)

// small is an embedded engine that takes little disk.
func small(dir string) engine.Config {
	return engine.Config{Dir: dir, MaxStore: 256 << 20, Reserve: 1 << 20, Timeout: 2 * time.Second, Patience: 10 * time.Second, Poll: 50 * time.Millisecond}
}

func openEngine(t testing.TB, c engine.Config) *engine.Engine {
	t.Helper()
	e, err := engine.Open(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

func openLog(t testing.TB, e *engine.Engine, name string) *engine.Log {
	t.Helper()
	l, err := e.Log(t.Context(), 0, name)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func readAll(t testing.TB, l *engine.Log, after engine.Head) (entries []engine.Entry) {
	t.Helper()
	for e, err := range l.Read(t.Context(), after) {
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, e)
	}
	return entries
}

func TestLogKeepsRecords(t *testing.T) {
	dir := t.TempDir()
	e := openEngine(t, small(dir))
	l := openLog(t, e, "r1")
	other := openLog(t, e, "r2")
	var head, otherHead engine.Head
	var want [][]byte
	for i := range 20 {
		record := bytes.Repeat([]byte{byte(i)}, i*i*100)
		h, err := l.Append(t.Context(), head, record)
		if err != nil {
			t.Fatal(err)
		}
		if h.Sequence != uint64(i+1) || h.Position <= head.Position {
			t.Fatalf("record %d is at %s after %s", i+1, h, head)
		}
		head, want = h, append(want, record)
		if otherHead, err = other.Append(t.Context(), otherHead, []byte("other")); err != nil {
			t.Fatal(err)
		}
	}
	largest := bytes.Repeat([]byte{7}, engine.MaxRecordBytes)
	if _, err := l.Append(t.Context(), head, append(largest, 0)); !errors.Is(err, engine.ErrTooLarge) {
		t.Fatalf("record of %d bytes: %v, want %v", len(largest)+1, err, engine.ErrTooLarge)
	}
	head, err := l.Append(t.Context(), head, largest)
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, largest)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}

	l = openLog(t, openEngine(t, small(dir)), "r1")
	if got, err := l.Head(t.Context()); err != nil || got != head {
		t.Fatalf("head after reopening is %s, %v, want %s", got, err, head)
	}
	entries := readAll(t, l, engine.Head{})
	if len(entries) != len(want) {
		t.Fatalf("got %d records, want %d", len(entries), len(want))
	}
	for i, e := range entries {
		if !bytes.Equal(e.Record, want[i]) {
			t.Errorf("record %d has %d bytes, want %d", i+1, len(e.Record), len(want[i]))
		}
	}
	if entries[20].Head != head {
		t.Errorf("last record is at %s, want %s", entries[20].Head, head)
	}
	if rest := readAll(t, l, entries[17].Head); len(rest) != 3 || !bytes.Equal(rest[0].Record, want[18]) {
		t.Errorf("got %d records after the 18th, want 3", len(rest))
	}
}

// Many writers at one log: each record has exactly one predecessor, and each writer that was refused finds what came between.
func TestAppendIsCompareAndSet(t *testing.T) {
	e := openEngine(t, small(t.TempDir()))
	const writers, each = 8, 10
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			l := openLog(t, e, "r1")
			var head engine.Head
			for i := range each {
				for {
					_, err := l.Append(t.Context(), head, fmt.Appendf(nil, "%d/%d", w, i))
					if err != nil && !errors.Is(err, engine.ErrConflict) {
						t.Error(err)
						return
					}
					for e, readErr := range l.Read(t.Context(), head) {
						if readErr != nil {
							t.Error(readErr)
							return
						}
						head = e.Head
					}
					if err == nil {
						break
					}
				}
			}
		})
	}
	wg.Wait()
	seen := map[string]bool{}
	for _, e := range readAll(t, openLog(t, e, "r1"), engine.Head{}) {
		if seen[string(e.Record)] {
			t.Errorf("record %q is there twice", e.Record)
		}
		seen[string(e.Record)] = true
	}
	if len(seen) != writers*each {
		t.Errorf("got %d records, want %d", len(seen), writers*each)
	}
}

func TestAppendRefusesStaleHead(t *testing.T) {
	l := openLog(t, openEngine(t, small(t.TempDir())), "r1")
	first, err := l.Append(t.Context(), engine.Head{}, []byte("first"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Append(t.Context(), engine.Head{}, []byte("first")); !errors.Is(err, engine.ErrConflict) {
		t.Errorf("equal record at a stale head: %v, want %v", err, engine.ErrConflict)
	}
	if _, err := l.Append(t.Context(), first, []byte("second")); err != nil {
		t.Error(err)
	}
}

func TestFollow(t *testing.T) {
	e := openEngine(t, small(t.TempDir()))
	l := openLog(t, e, "r1")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	const records = 30
	done := make(chan error, 1)
	go func() {
		n := 0
		for entry, err := range openLog(t, e, "r1").Follow(ctx, engine.Head{}) {
			if err != nil {
				done <- err
				return
			}
			if n++; entry.Head.Sequence != uint64(n) || string(entry.Record) != fmt.Sprint(n) {
				done <- fmt.Errorf("record %d is %q at %s", n, entry.Record, entry.Head)
				return
			}
			if n == records {
				done <- nil
				return
			}
		}
	}()
	var head engine.Head
	for i := range records {
		h, err := l.Append(ctx, head, fmt.Append(nil, i+1))
		if err != nil {
			t.Fatal(err)
		}
		head = h
		if i%10 == 0 {
			time.Sleep(20 * time.Millisecond)
		}
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}

	// A follower ends with its context, and with its engine.
	short, stop := context.WithTimeout(ctx, 20*time.Millisecond)
	defer stop()
	for _, err := range l.Follow(short, head) {
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("following ends with %v, want %v", err, context.DeadlineExceeded)
		}
	}
	if err := e.Ready(ctx); err != nil {
		t.Error(err)
	}
	time.AfterFunc(20*time.Millisecond, func() { e.Close() })
	for _, err := range l.Follow(ctx, head) {
		if !errors.Is(err, engine.ErrClosed) {
			t.Errorf("following a closed engine ends with %v, want %v", err, engine.ErrClosed)
		}
	}
	if err := e.Ready(ctx); !errors.Is(err, engine.ErrClosed) {
		t.Errorf("readiness of a closed engine: %v, want %v", err, engine.ErrClosed)
	}
	if _, err := l.Append(ctx, head, nil); !errors.Is(err, engine.ErrClosed) {
		t.Errorf("appending to a closed engine: %v, want %v", err, engine.ErrClosed)
	}
}

// An engine that has less than was seen, like one restored from an older copy, is not served from.
func TestHeadWentBack(t *testing.T) {
	dir := t.TempDir()
	e := openEngine(t, small(dir))
	l := openLog(t, e, "r1")
	var heads []engine.Head
	head := engine.Head{}
	for i := range 4 {
		if i == 2 { // the copy
			e.Close()
			copyTree(t, dir, filepath.Join(dir, "..", "copy"))
			e = openEngine(t, small(dir))
			l = openLog(t, e, "r1")
		}
		h, err := l.Append(t.Context(), head, fmt.Append(nil, i))
		if err != nil {
			t.Fatal(err)
		}
		head, heads = h, append(heads, h)
	}
	e.Close()

	old := openEngine(t, small(filepath.Join(dir, "..", "copy")))
	l = openLog(t, old, "r1")
	for _, err := range l.Read(t.Context(), heads[3]) {
		if !errors.Is(err, engine.ErrHeadWentBack) {
			t.Errorf("reading after a lost head: %v, want %v", err, engine.ErrHeadWentBack)
		}
	}
	if _, err := l.Append(t.Context(), heads[3], nil); !errors.Is(err, engine.ErrHeadWentBack) {
		t.Errorf("appending after a lost head: %v, want %v", err, engine.ErrHeadWentBack)
	}
	if _, err := l.Head(t.Context()); err != nil {
		t.Errorf("head of a log of which nobody knows more: %v", err)
	}
	l.Know(heads[2])
	if _, err := l.Head(t.Context()); !errors.Is(err, engine.ErrHeadWentBack) {
		t.Errorf("head behind a known one: %v, want %v", err, engine.ErrHeadWentBack)
	}
	last := error(nil)
	for _, err := range l.Read(t.Context(), engine.Head{}) {
		last = err
	}
	if !errors.Is(last, engine.ErrHeadWentBack) {
		t.Errorf("reading all of a log that is behind a known head: %v, want %v", last, engine.ErrHeadWentBack)
	}

	// Grown again, it is another log: whoever has seen the first one notices.
	l = openLog(t, old, "r1")
	head = heads[1]
	for range 3 {
		h, err := l.Append(t.Context(), head, []byte("other"))
		if err != nil {
			t.Fatal(err)
		}
		head = h
	}
	for _, seen := range []engine.Head{heads[2], heads[3]} {
		_, last = l.Append(t.Context(), seen, nil)
		if errors.Is(last, engine.ErrConflict) {
			for _, err := range l.Read(t.Context(), seen) {
				last = err
			}
		}
		if !errors.Is(last, engine.ErrCorrupt) {
			t.Errorf("a forked log after record %d: %v, want %v", seen.Sequence, last, engine.ErrCorrupt)
		}
	}
}

func TestBrokenChain(t *testing.T) {
	e := openEngine(t, small(t.TempDir()))
	l := openLog(t, e, "r1")
	head := engine.Head{}
	for i := range 3 {
		h, err := l.Append(t.Context(), head, fmt.Append(nil, i))
		if err != nil {
			t.Fatal(err)
		}
		head = h
	}
	wrong := head
	wrong.Hash[5] ^= 1
	for name, message := range map[string][]byte{
		"gap":                    engine.SealRecord(engine.Head{Sequence: 7, Hash: head.Hash}, [16]byte{}, nil),
		"repetition":             engine.SealRecord(engine.Head{Sequence: 2, Hash: head.Hash}, [16]byte{}, nil),
		"other predecessor":      engine.SealRecord(wrong, [16]byte{}, nil),
		"other bytes":            append(engine.SealRecord(head, [16]byte{}, []byte("record")), '!'),
		"no header":              []byte("record"),
		"other version":          append([]byte{9}, engine.SealRecord(head, [16]byte{}, nil)[1:]...),
		"predecessor of nothing": engine.SealRecord(engine.Head{}, [16]byte{}, nil),
	} {
		t.Run(name, func(t *testing.T) {
			log := strings.ReplaceAll(name, " ", "-")
			l := openLog(t, e, log)
			first, err := l.Append(t.Context(), engine.Head{}, []byte("first"))
			if err != nil {
				t.Fatal(err)
			}
			if err := e.Publish("log.0."+log, nil, message); err != nil {
				t.Fatal(err)
			}
			var last error
			for _, err := range l.Read(t.Context(), first) {
				last = err
			}
			if !errors.Is(last, engine.ErrCorrupt) {
				t.Errorf("reading: %v, want %v", last, engine.ErrCorrupt)
			}
		})
	}
	if got := readAll(t, l, engine.Head{}); len(got) != 3 {
		t.Errorf("got %d records, want 3", len(got))
	}
}

func TestSeries(t *testing.T) {
	e := openEngine(t, small(t.TempDir()))
	for _, series := range []uint32{0, 1, 7} {
		l, err := e.Log(t.Context(), series, "r1")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.Append(t.Context(), engine.Head{}, fmt.Append(nil, series)); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.DropSeries(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if err := e.DropSeries(t.Context(), 1); err != nil {
		t.Fatalf("dropping a series again: %v", err)
	}
	for series, want := range map[uint32]int{0: 1, 1: 0, 7: 1} {
		l, err := e.Log(t.Context(), series, "r1")
		if err != nil {
			t.Fatal(err)
		}
		if got := readAll(t, l, engine.Head{}); len(got) != want {
			t.Errorf("series %d has %d records, want %d", series, len(got), want)
		}
	}
	for _, name := range []string{"", "a.b", "*", ">", "Ä", "A", string(make([]byte, 65))} {
		if _, err := e.Log(t.Context(), 0, name); err == nil {
			t.Errorf("log %q was opened", name)
		}
		if _, err := e.Segments(name); err == nil {
			t.Errorf("segments of %q were opened", name)
		}
	}
}

func TestOneProcessAtATime(t *testing.T) {
	dir := t.TempDir()
	e := openEngine(t, small(dir))
	if _, err := engine.Open(t.Context(), small(dir)); !errors.Is(err, engine.ErrLocked) {
		t.Errorf("opening a directory twice: %v, want %v", err, engine.ErrLocked)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
	openEngine(t, small(dir))
}

// Lost requests and lost answers: a record is appended once, whoever hears of it.
func TestAppendOutlastsLoss(t *testing.T) {
	for _, c := range []struct {
		name  string
		times int  // in a row
		sent  bool // the answer gets lost, not the request
		want  error
	}{
		{"one request", 1, false, nil},
		{"one answer", 1, true, nil},
		{"five requests", 5, false, nil},
		{"five answers", 5, true, nil},
		{"all requests", 1 << 30, false, engine.ErrUnavailable},
		{"all answers", 1 << 30, true, engine.ErrUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			lost, losing := 0, false
			config := small(t.TempDir())
			config.Patience = 300 * time.Millisecond
			e := openEngine(t, engine.WithLoss(config, func(subject string, sent bool) bool {
				// With the answers to appends, those to the reads that look for the record must get lost, or it is found at once.
				if !losing || sent != c.sent || lost == c.times {
					return false
				}
				lost++
				return true
			}))
			l := openLog(t, e, "r1")
			head, err := l.Append(t.Context(), engine.Head{}, []byte("first"))
			if err != nil {
				t.Fatal(err)
			}
			losing = true
			got, err := l.Append(t.Context(), head, []byte("second"))
			losing = false
			if !errors.Is(err, c.want) || c.want == engine.ErrUnavailable && errors.Is(err, engine.ErrUnknown) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			entries := readAll(t, l, engine.Head{})
			want := 2
			if c.want == engine.ErrUnavailable {
				want = 1
			}
			if len(entries) != want {
				t.Fatalf("%d records, want %d", len(entries), want)
			}
			if c.want == nil && entries[1].Head != got {
				t.Errorf("appended at %s, found at %s", got, entries[1].Head)
			}
		})
	}
}

// An attempt that comes late, when another one has landed, is refused: so is one at the head of a rival's record.
func TestLateAttempt(t *testing.T) {
	e := openEngine(t, small(t.TempDir()))
	l := openLog(t, e, "r1")
	head, err := l.Append(t.Context(), engine.Head{}, []byte("first"))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second comes to the same head as the first
		if err := e.Publish("log.0.r1", map[string]string{"Nats-Expected-Last-Subject-Sequence": fmt.Sprint(head.Position)}, engine.SealRecord(head, [16]byte{1}, []byte("second"))); err != nil {
			t.Fatal(err)
		}
	}
	if got := readAll(t, l, engine.Head{}); len(got) != 2 {
		t.Errorf("%d records, want 2", len(got))
	}
}
