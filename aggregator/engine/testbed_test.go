package engine_test

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	mrand "math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sotto/aggregator/engine"
)

func TestMain(m *testing.M) {
	if role := roles[os.Getenv(roleVariable)]; role != nil {
		if err := role(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func copyTree(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// words is how many numbers an upload has, and the sum. The long chaos test has more.
var words atomic.Int64

func init() { words.Store(4096) }

// payload returns an upload's numbers, which follow from its digest: whoever knows a log's receipts can tell what the sum must be.
func payload(d engine.Digest) []uint64 {
	r := mrand.NewChaCha8(d)
	v := make([]uint64, words.Load())
	for i := range v {
		v[i] = r.Uint64()
	}
	return v
}

func draw() (d engine.Digest) {
	rand.Read(d[:])
	return d
}

// vector is the sum of uploads, modulo 2^64.
type vector struct {
	mu sync.Mutex
	v  []uint64
}

func newVector() *vector { return &vector{v: make([]uint64, words.Load())} }

func (s *vector) Add(item []uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(item) != len(s.v) {
		return fmt.Errorf("%d numbers, want %d", len(item), len(s.v))
	}
	for i, x := range item {
		s.v[i] += x
	}
	return nil
}

func (s *vector) Subtract(item []uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, x := range item {
		s.v[i] -= x
	}
	return nil
}

func (s *vector) Shows() bool { return false }

func (s *vector) Write(w io.Writer) error {
	b := make([]byte, 0, 8*len(s.v))
	for _, x := range s.v {
		b = binary.LittleEndian.AppendUint64(b, x)
	}
	_, err := w.Write(b)
	return err
}

func (s *vector) read(b []byte) error {
	if len(b) != 8*len(s.v) {
		return fmt.Errorf("sum of %d bytes, want %d", len(b), 8*len(s.v))
	}
	v := make([]uint64, len(s.v))
	for i := range v {
		v[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	return s.Add(v)
}

type group = engine.Group[[]uint64, *vector]

// newGroup returns a group that adds vectors, and runs it until the test ends.
func newGroup(t testing.TB, e *engine.Engine, log string, change ...func(*engine.GroupConfig[[]uint64, *vector])) *group {
	t.Helper()
	g, err := startGroup(t.Context(), e, log, change...)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func startGroup(ctx context.Context, e *engine.Engine, log string, change ...func(*engine.GroupConfig[[]uint64, *vector])) (*group, error) {
	l, err := e.Log(ctx, 0, log)
	if err != nil {
		return nil, err
	}
	s, err := e.Segments(log)
	if err != nil {
		return nil, err
	}
	c := engine.GroupConfig[[]uint64, *vector]{Log: l, Segments: s, New: newVector}
	for _, f := range change {
		f(&c)
	}
	g, err := engine.NewGroup(ctx, c)
	if err == nil {
		go g.Run(ctx)
	}
	return g, err
}

func submit(ctx context.Context, g *group, id engine.ItemID, d engine.Digest) (engine.Receipt, error) {
	return g.Submit(ctx, id, d, payload(d))
}

// check reads a log and its segments as a stranger would, and returns what is wrong with them: the assertions about what was
// acknowledged, counted, summed and stored. It shares nothing with the engine's own checks but the codec.
func check(ctx context.Context, e *engine.Engine, log string, acked map[engine.ItemID]engine.Digest) (wrong []string, receipts int) {
	bad := func(format string, v ...any) { wrong = append(wrong, fmt.Sprintf(format, v...)) }
	l, err := e.Log(ctx, 0, log)
	if err != nil {
		return []string{err.Error()}, 0
	}
	s, err := e.Segments(log)
	if err != nil {
		return []string{err.Error()}, 0
	}
	records, err := l.Raw(ctx)
	if err != nil {
		bad("reading: %v", err)
	}
	counted := map[engine.ItemID]engine.Digest{}
	live := map[engine.Incarnation]*engine.Commit{}
	var side []engine.Segment
	var frozen bool
	var result *engine.Result
	previous := [32]byte{}
	for i, r := range records {
		if r.Sequence != uint64(i+1) || r.Previous != previous {
			bad("chain: record %d is at place %d, previous %x… want %x…", r.Sequence, i+1, r.Previous[:4], previous[:4])
		}
		previous = r.Hash
		event, err := engine.DecodeEvent(r.Record)
		if err != nil {
			bad("record %d: %v", i+1, err)
		}
		switch event := event.(type) {
		case *engine.Commit:
			if frozen {
				bad("record %d: commit after the freeze", i+1)
			}
			for _, item := range event.Items {
				if _, ok := counted[item.ID]; ok {
					bad("record %d: item %s has two receipts", i+1, item.ID)
				}
				counted[item.ID] = item.Digest
			}
			live[event.Worker] = event
			if !event.Side.IsZero() {
				side = append(side, event.Side)
			}
		case *engine.Freeze:
			frozen = true
		case *engine.Result:
			if result != nil || !frozen {
				bad("record %d: result in the wrong place", i+1)
			}
			result = event
		}
	}
	for id, d := range acked {
		if got, ok := counted[id]; !ok {
			bad("item %s was acknowledged and is lost", id)
		} else if got != d {
			bad("item %s was acknowledged as %x…, its receipt says %x…", id, d[:4], got[:4])
		}
	}
	want, got, n := newVector(), newVector(), uint64(0)
	for _, d := range counted {
		want.Add(payload(d))
	}
	for _, c := range live {
		n += c.Count
		b, err := s.GetBytes(ctx, c.Segment, 1<<30)
		if err != nil {
			bad("live %v", err)
		} else if err := got.read(b); err != nil {
			bad("live segment %s: %v", c.Segment.ID, err)
		}
	}
	if n != uint64(len(counted)) {
		bad("%d items in live segments, %d have receipts", n, len(counted))
	}
	for i := range want.v {
		if want.v[i] != got.v[i] {
			bad("the sum of live segments is not the sum over receipts, from number %d on", i)
			break
		}
	}
	for _, c := range side {
		if err := s.Get(ctx, c, io.Discard); err != nil {
			bad("side %v", err)
		}
	}
	if result != nil {
		final := newVector()
		if b, err := s.GetBytes(ctx, result.Segment, 1<<30); err != nil {
			bad("result: %v", err)
		} else if err := final.read(b); err != nil {
			bad("result: %v", err)
		} else {
			for i := range want.v {
				if want.v[i] != final.v[i] {
					bad("the published sum is not the sum over receipts, from number %d on", i)
					break
				}
			}
		}
		if result.Count != uint64(len(counted)) {
			bad("the result counts %d items, %d have receipts", result.Count, len(counted))
		}
	}
	// The engine's own reader must come to the same verdict about the log.
	if err := fold(ctx, l, &engine.Fold{}); err != nil {
		bad("fold: %v", err)
	}
	return wrong, len(counted)
}

// fold folds a log.
func fold(ctx context.Context, l *engine.Log, f *engine.Fold) error {
	for e, err := range l.Read(ctx, f.Head()) {
		if err != nil {
			return err
		}
		event, err := engine.DecodeEvent(e.Record)
		if err != nil {
			return err
		}
		if err := f.Apply(e.Head, event); err != nil {
			return err
		}
	}
	return nil
}

func mustCheck(t testing.TB, e *engine.Engine, log string, acked map[engine.ItemID]engine.Digest) (receipts int) {
	t.Helper()
	wrong, receipts := check(t.Context(), e, log, acked)
	for i, w := range wrong {
		if i == 10 {
			t.Errorf("and %d more", len(wrong)-i)
			break
		}
		t.Error(w)
	}
	return receipts
}

// finish freezes a log and publishes its sum, as any replica may.
func finish(ctx context.Context, e *engine.Engine, log string) error {
	l, err := e.Log(ctx, 0, log)
	if err != nil {
		return err
	}
	s, err := e.Segments(log)
	if err != nil {
		return err
	}
	var f engine.Fold
	// event appends after the newest record, until done.
	event := func(done func() bool, next func() (engine.Event, error)) error {
		for {
			if err := fold(ctx, l, &f); err != nil || done() {
				return err
			}
			e, err := next()
			if err != nil {
				return err
			}
			_, err = l.Append(ctx, f.Head(), engine.EncodeEvent(e))
			if err != nil && !errors.Is(err, engine.ErrConflict) && !errors.Is(err, engine.ErrUnknown) && !errors.Is(err, engine.ErrUnavailable) {
				return err
			}
		}
	}
	if err := event(f.Frozen, func() (engine.Event, error) { return &engine.Freeze{}, nil }); err != nil {
		return err
	}
	return event(func() bool { return f.Result() != nil }, func() (engine.Event, error) {
		sum := newVector()
		for _, live := range f.Live() {
			b, err := s.GetBytes(ctx, live.Segment, 1<<30)
			if err != nil {
				return nil, err
			}
			if err := sum.read(b); err != nil {
				return nil, err
			}
		}
		segment, err := s.Write(ctx, sum.Write)
		for errors.Is(err, engine.ErrUnavailable) {
			time.Sleep(100 * time.Millisecond)
			segment, err = s.Write(ctx, sum.Write)
		}
		return &engine.Result{Segment: segment, Count: uint64(f.Receipts())}, err
	})
}
