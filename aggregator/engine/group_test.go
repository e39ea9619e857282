package engine_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sotto/aggregator/engine"
)

type config = engine.GroupConfig[[]uint64, *vector]

func TestGroup(t *testing.T) {
	dir := t.TempDir()
	e := openEngine(t, small(dir))
	var mu sync.Mutex
	commits, records := 0, 0
	g := newGroup(t, e, "r1", func(c *config) {
		c.MaxItems = 16
		c.Observe = func(c engine.Committed) {
			mu.Lock()
			defer mu.Unlock()
			commits++
			if c.Items < 1 || c.Items > 16 || c.Bytes != words.Load()*8 || c.SideBytes != int64(32*c.Items) || c.Segments != 2 {
				t.Errorf("commit %+v", c)
			}
		}
		c.Side = func(w io.Writer, items [][]uint64) error {
			_, err := w.Write(make([]byte, 32*len(items)))
			return err
		}
		c.Record = func(engine.Entry) error { records++; return nil }
	})
	const items = 100
	acked := map[engine.ItemID]engine.Digest{}
	var wg sync.WaitGroup
	for i := range items {
		wg.Go(func() {
			d := draw()
			r, err := submit(t.Context(), g, id(byte(i)), d)
			if err != nil || r.ID != id(byte(i)) || r.Digest != d || r.Record.Sequence == 0 {
				t.Errorf("item %d: %+v, %v", i, r, err)
			}
			mu.Lock()
			defer mu.Unlock()
			acked[id(byte(i))] = d
		})
	}
	wg.Wait()
	if n := mustCheck(t, e, "r1", acked); n != items {
		t.Errorf("%d items count, want %d", n, items)
	}
	if commits < items/16 || commits != records {
		t.Errorf("%d commits, %d records", commits, records)
	}
	// Another upload of somebody who counts changes nothing.
	if r, err := submit(t.Context(), g, id(1), draw()); err != nil || r.Digest != acked[id(1)] {
		t.Errorf("uploading again: %+v, %v", r, err)
	}
	// Superseded segments are gone soon: what stays is the live one and what goes with each commit.
	s := openSegments(t, e, "r1")
	eventually(t, "superseded segments are gone", func() bool { return len(list(t, s)) == commits+1 })

	// A restarted worker is another one, and goes on beside what is there.
	e.Close()
	e = openEngine(t, small(dir))
	g = newGroup(t, e, "r1")
	for i := range 5 {
		d := draw()
		r, err := submit(t.Context(), g, id(byte(98+i)), d)
		if err != nil {
			t.Fatal(err)
		}
		if want, ok := acked[id(byte(98+i))]; ok && r.Digest != want {
			t.Errorf("item %d counts as %x…, was acknowledged as %x…", 98+i, r.Digest[:4], want[:4])
		}
		acked[r.ID] = r.Digest
	}
	if err := finish(t.Context(), e, "r1"); err != nil {
		t.Fatal(err)
	}
	if n := mustCheck(t, e, "r1", acked); n != items+3 {
		t.Errorf("%d items count, want %d", n, items+3)
	}
	if _, err := submit(t.Context(), g, id(200), draw()); !errors.Is(err, engine.ErrFrozen) {
		t.Errorf("after the freeze: %v, want %v", err, engine.ErrFrozen)
	}
	if r, err := submit(t.Context(), g, id(1), draw()); err != nil || r.Digest != acked[id(1)] {
		t.Errorf("asking again after the freeze: %+v, %v", r, err)
	}
	mustCheck(t, e, "r1", acked)

	// What nothing names any more is found.
	orphan, err := openSegments(t, e, "r1").Put(t.Context(), bytes.NewReader([]byte("left over")))
	if err != nil {
		t.Fatal(err)
	}
	g.View(func(f *engine.Fold) {
		if o := f.Orphans(list(t, openSegments(t, e, "r1"))); len(o) > 2 || len(o) < 1 {
			t.Errorf("orphans %v, want %v and at most the segment that the result has made needless", o, orphan.ID)
		}
	})
}

// Two workers on one engine get different bytes of the same contributors at the same time: each contributor counts once, with the bytes of
// one of them, and both say which.
func TestTwoWorkers(t *testing.T) {
	e := openEngine(t, small(t.TempDir()))
	const contributors = 60
	groups := []*group{newGroup(t, e, "r1"), newGroup(t, e, "r1")}
	var mu sync.Mutex
	acked := map[engine.ItemID]engine.Digest{}
	var wg sync.WaitGroup
	for i := range contributors {
		for _, g := range groups {
			wg.Go(func() {
				r, err := submit(t.Context(), g, id(byte(i)), draw())
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				if d, ok := acked[r.ID]; ok && d != r.Digest {
					t.Errorf("item %d has two receipts: %x…, %x…", i, d[:4], r.Digest[:4])
				}
				acked[r.ID] = r.Digest
			})
		}
	}
	wg.Wait()
	if err := finish(t.Context(), e, "r1"); err != nil {
		t.Fatal(err)
	}
	if n := mustCheck(t, e, "r1", acked); n != contributors {
		t.Errorf("%d items count, want %d", n, contributors)
	}
}

// Two uploads of one contributor to one worker are one item, whichever was first.
func TestSimultaneousUploads(t *testing.T) {
	e := openEngine(t, small(t.TempDir()))
	g := newGroup(t, e, "r1", func(c *config) { c.Spacing = 20 * time.Millisecond })
	var wg sync.WaitGroup
	var mu sync.Mutex
	got := map[engine.Digest]int{}
	for range 10 {
		wg.Go(func() {
			r, err := submit(t.Context(), g, id(1), draw())
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			got[r.Digest]++
		})
	}
	wg.Wait()
	if len(got) != 1 {
		t.Errorf("one contributor has receipts for %d uploads", len(got))
	}
	mustCheck(t, e, "r1", nil)
}

// A commit waits for items that are on their way, as long as the last commit took and no longer.
func TestGroupWaitsForWhatIsComing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const took = time.Second
		ctx, stop := context.WithCancel(t.Context())
		memory := engine.NewMemory()
		log, err := memory.Journal(ctx, 0, "r1")
		if err != nil {
			t.Fatal(err)
		}
		bulk, err := memory.Bulk("r1")
		if err != nil {
			t.Fatal(err)
		}
		var coming atomic.Int64
		var commits []engine.Committed
		g, err := engine.NewGroup(ctx, config{Log: log, Segments: bulk, New: newVector, Coming: func() int { return int(coming.Load()) },
			Side:    func(io.Writer, [][]uint64) error { time.Sleep(took); return nil },
			Observe: func(c engine.Committed) { commits = append(commits, c) }})
		if err != nil {
			t.Fatal(err)
		}
		running := make(chan error)
		go func() { running <- g.Run(ctx) }()
		items := byte(0)
		upload := func(n, underWay int, apart time.Duration) time.Duration {
			coming.Store(int64(underWay))
			begun := time.Now()
			var wg sync.WaitGroup
			for range n {
				items++
				item := id(items)
				wg.Go(func() {
					if _, err := submit(ctx, g, item, draw()); err != nil {
						t.Error(err)
					}
				})
				time.Sleep(apart)
			}
			wg.Wait()
			return time.Since(begun)
		}
		for _, c := range []struct {
			name        string
			n, underWay int
			apart       time.Duration
			atOnce      []int
			least, most time.Duration
		}{
			{"the first", 1, 5, 0, []int{1}, took, took},
			{"alone", 1, 1, 0, []int{1}, took, took},
			{"three", 3, 3, took / 4, []int{3}, took * 3 / 2, took * 3 / 2},
			{"one that does not come", 1, 2, 0, []int{1}, 2 * took, 2 * took},
			{"one that comes too late", 2, 2, took * 3 / 2, []int{1, 1}, 0, 4 * took},
		} {
			commits = nil
			passed := upload(c.n, c.underWay, c.apart)
			synctest.Wait() // until the commit is told of
			var sizes []int
			for _, c := range commits {
				sizes = append(sizes, c.Items)
			}
			if !slices.Equal(sizes, c.atOnce) || passed < c.least || passed > c.most+10*time.Millisecond {
				t.Errorf("%s: commits of %v items in %s, want %v in %s to %s", c.name, sizes, passed, c.atOnce, c.least, c.most)
			}
		}
		stop()
		<-running
	})
}

func TestGroupRefuses(t *testing.T) {
	c := small(t.TempDir())
	e := openEngine(t, c)
	refused := errors.New("leaf is full")
	g := newGroup(t, e, "r1", func(c *config) {
		c.Check = func(items [][]uint64) []error {
			errs := make([]error, len(items))
			for i, v := range items {
				if v[0]%2 == 1 {
					errs[i] = refused
				}
			}
			return errs
		}
	})
	acked := map[engine.ItemID]engine.Digest{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	odd := 0
	for i := range 40 {
		d := draw()
		if payload(d)[0]%2 == 1 {
			odd++
		}
		wg.Go(func() {
			r, err := submit(t.Context(), g, id(byte(i)), d)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				acked[r.ID] = r.Digest
			} else if !errors.Is(err, refused) {
				t.Errorf("item %d: %v, want %v", i, err, refused)
			}
		})
	}
	wg.Wait()
	if len(acked) != 40-odd {
		t.Errorf("%d items were acknowledged, want %d", len(acked), 40-odd)
	}
	if n := mustCheck(t, e, "r1", acked); n != len(acked) {
		t.Errorf("%d items count, want %d", n, len(acked))
	}
	if _, err := g.Submit(t.Context(), id(100), draw(), []uint64{2}); err == nil || errors.Is(err, engine.ErrClosed) {
		t.Errorf("item that can't be added: %v", err)
	}
	d := draw()
	for payload(d)[0]%2 == 1 {
		d = draw()
	}
	if _, err := submit(t.Context(), g, id(100), d); err != nil {
		t.Errorf("after an item that could not be added: %v", err)
	}
	acked[id(100)] = d
	mustCheck(t, e, "r1", acked)
}

// An engine without room refuses items and keeps what is there; the sum has nothing of the refused ones when there is room again.
func TestGroupOnFullStore(t *testing.T) {
	words.Store(1 << 20) // 8 MiB
	defer words.Store(4096)
	c := small(t.TempDir())
	c.MaxStore = 64 << 20
	e := openEngine(t, c)
	g := newGroup(t, e, "r1")
	acked := map[engine.ItemID]engine.Digest{}
	put := func(n byte) error {
		r, err := submit(t.Context(), g, id(n), draw())
		if err == nil {
			acked[r.ID] = r.Digest
		}
		return err
	}
	if err := put(1); err != nil {
		t.Fatal(err)
	}
	s := openSegments(t, e, "filler")
	for err := error(nil); !errors.Is(err, engine.ErrFull); {
		if _, err = s.Put(t.Context(), bytes.NewReader(noise(1, 3<<20))); err != nil && !errors.Is(err, engine.ErrFull) {
			t.Fatal(err)
		}
	}
	for n := range byte(3) {
		if err := put(10 + n); !errors.Is(err, engine.ErrFull) {
			t.Errorf("item on a full engine: %v, want %v", err, engine.ErrFull)
		}
	}
	if err := s.DropAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "there is room again", func() bool { return put(20) == nil })
	if n := mustCheck(t, e, "r1", acked); n != 2 {
		t.Errorf("%d items count, want 2", n)
	}
}

func TestGroupEnds(t *testing.T) {
	e := openEngine(t, small(t.TempDir()))
	ctx, cancel := context.WithCancel(t.Context())
	g, err := startGroup(ctx, e, "r1", func(c *config) { c.Spacing = time.Hour })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := submit(t.Context(), g, id(1), draw()); err != nil {
		t.Fatal(err)
	}
	short, stop := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer stop()
	if _, err := submit(short, g, id(2), draw()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("caller that did not wait: %v, want %v", err, context.DeadlineExceeded)
	}
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err := submit(t.Context(), g, id(3), draw()); !errors.Is(err, engine.ErrClosed) {
		t.Errorf("caller of a group that ended: %v, want %v", err, engine.ErrClosed)
	}
	if _, err := submit(t.Context(), g, id(4), draw()); !errors.Is(err, engine.ErrClosed) {
		t.Errorf("caller of an ended group: %v, want %v", err, engine.ErrClosed)
	}
	if n := mustCheck(t, e, "r1", nil); n != 1 {
		t.Errorf("%d items count, want 1", n)
	}
}

// A record that breaks the rules stops every group that reads it, with nothing committed after it.
func TestGroupStopsAtViolation(t *testing.T) {
	e := openEngine(t, small(t.TempDir()))
	l := openLog(t, e, "r1")
	g := newGroup(t, e, "r1")
	d := draw()
	r, err := submit(t.Context(), g, id(1), d)
	if err != nil {
		t.Fatal(err)
	}
	again := &engine.Commit{Worker: engine.Incarnation{1}, Segment: segment(1), Count: 1, Items: []engine.Item{{ID: id(1), Digest: d}}}
	if _, err := l.Append(t.Context(), r.Record, engine.EncodeEvent(again)); err != nil {
		t.Fatal(err)
	}
	if _, err := submit(t.Context(), g, id(2), draw()); !errors.Is(err, engine.ErrViolation) || !errors.Is(err, engine.ErrClosed) {
		t.Errorf("after a violation: %v, want %v", err, engine.ErrViolation)
	}
	if _, err := startGroup(t.Context(), e, "r1"); !errors.Is(err, engine.ErrViolation) {
		t.Errorf("group on a log with a violation: %v, want %v", err, engine.ErrViolation)
	}
}

// Half of all requests and answers get lost: every item counts once, and who was told so was told right.
func TestGroupOutlastsLoss(t *testing.T) {
	var losing atomic.Bool
	c := small(t.TempDir())
	c.Patience = 50 * time.Millisecond // so that whole operations fail, with outcomes unknown
	e := openEngine(t, engine.WithLoss(c, func(string, bool) bool { return losing.Load() && rand.IntN(2) == 0 }))
	groups := []*group{newGroup(t, e, "r1"), newGroup(t, e, "r1")}
	losing.Store(true)
	var mu sync.Mutex
	acked := map[engine.ItemID]engine.Digest{}
	var wg sync.WaitGroup
	for i := range 40 {
		for _, g := range groups {
			wg.Go(func() {
				r, err := submit(t.Context(), g, id(byte(i)), draw())
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				if d, ok := acked[r.ID]; ok && d != r.Digest {
					t.Errorf("item %d has two receipts", i)
				}
				acked[r.ID] = r.Digest
			})
		}
	}
	wg.Wait()
	losing.Store(false)
	if n := mustCheck(t, e, "r1", acked); n != 40 {
		t.Errorf("%d items count, want 40", n)
	}
}

// With a protection left out, the same checks report what it keeps away.
func TestCheckerCanFail(t *testing.T) {
	t.Run("append without comparing", func(t *testing.T) {
		e := openEngine(t, engine.Without(small(t.TempDir()), engine.WithoutCompare))
		groups := []*group{}
		for range 3 {
			groups = append(groups, newGroup(t, e, "r1"))
		}
		var wg sync.WaitGroup
		for i := range 30 {
			for _, g := range groups {
				wg.Go(func() {
					ctx, cancel := context.WithTimeout(t.Context(), time.Second)
					defer cancel()
					submit(ctx, g, id(byte(i)), draw()) // groups stop as soon as they read what happened
				})
			}
		}
		wg.Wait()
		wrong, _ := check(t.Context(), e, "r1", nil)
		for _, want := range []string{"chain:", "two receipts", "not the sum over receipts", "fold:"} {
			if !contains(wrong, want) {
				t.Errorf("checker does not report %q, only %q", want, wrong)
			}
		}
	})
	t.Run("fold alone", func(t *testing.T) {
		var f engine.Fold
		for i, e := range []engine.Event{commit(0, 1, 0, 1, 1), commit(1, 2, 0, 1, 1)} {
			if err := f.Apply(engine.Head{Sequence: uint64(i + 1), Position: uint64(i + 1)}, e); (err != nil) != (i == 1) {
				t.Errorf("event %d: %v", i, err)
			}
		}
	})
}

func contains(list []string, part string) bool {
	for _, s := range list {
		if bytes.Contains([]byte(s), []byte(part)) {
			return true
		}
	}
	return false
}

func TestConfigIsChecked(t *testing.T) {
	tls := engine.TLSFiles{CA: "ca", Cert: "cert", Key: "key"}
	nowhere := []string{"nats://127.0.0.1:1"}
	for name, c := range map[string]engine.Config{
		"neither":              {},
		"both":                 {Dir: "d", Servers: nowhere},
		"no TLS":               {Servers: nowhere},
		"not a URL":            {Servers: []string{"127.0.0.1"}, TLS: tls},
		"other scheme":         {Servers: []string{"http://127.0.0.1:1"}, TLS: tls},
		"monitor":              {Servers: nowhere, TLS: tls, Monitors: []string{"127.0.0.1"}},
		"one replica":          {Servers: nowhere, TLS: tls, Replicas: 1},
		"four replicas":        {Servers: nowhere, TLS: tls, Replicas: 4},
		"missing files":        {Servers: nowhere, TLS: tls},
		"store of servers":     {Servers: nowhere, TLS: tls, MaxStore: 1 << 30},
		"tiny store":           {Dir: "d", MaxStore: 1000},
		"negative":             {Dir: "d", Timeout: -1},
		"replicas of embedded": {Dir: "d", Replicas: 3},
		"TLS of embedded":      {Dir: "d", TLS: tls},
		"too many slots":       {Servers: nowhere, TLS: tls, Slots: 5000},
		"endless grace":        {Servers: nowhere, TLS: tls, Grace: time.Hour},
	} {
		if c.Dir != "" {
			c.Dir = t.TempDir()
		}
		if e, err := engine.Open(t.Context(), c); err == nil {
			e.Close()
			t.Errorf("%s: opened", name)
		}
	}
	if _, err := engine.NewGroup(t.Context(), config{MaxItems: engine.MaxItems + 1}); err == nil {
		t.Error("group with commits that don't fit a record")
	}
}
