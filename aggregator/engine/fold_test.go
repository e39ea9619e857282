package engine_test

import (
	"errors"
	"strings"
	"testing"

	"sotto/aggregator/engine"
)

var workers = []engine.Incarnation{{1}, {2}}

func commit(worker, seg, supersedes byte, count uint64, items ...byte) *engine.Commit {
	c := &engine.Commit{Worker: workers[worker], Segment: segment(seg), Count: count}
	if supersedes > 0 {
		c.Supersedes = segment(supersedes).ID
	}
	for _, i := range items {
		c.Items = append(c.Items, engine.Item{ID: id(i), Digest: engine.Digest{seg, i}})
	}
	return c
}

func withSide(c *engine.Commit, n byte) *engine.Commit {
	c.Side = segment(n)
	return c
}

func TestFoldChecksRules(t *testing.T) {
	before := []engine.Event{commit(0, 1, 0, 2, 1, 2), withSide(commit(1, 2, 0, 1, 3), 30), nil, commit(0, 3, 1, 3, 4)}
	for _, c := range []struct {
		name   string
		events []engine.Event
		want   string // in the error; none if empty
	}{
		{"nothing more", nil, ""},
		{"another commit", []engine.Event{commit(1, 4, 2, 2, 9)}, ""},
		{"freeze, result", []engine.Event{&engine.Freeze{}, nil, &engine.Result{Segment: segment(9), Count: 4}}, ""},
		{"item again, by another worker", []engine.Event{commit(1, 4, 2, 2, 1)}, "committed again"},
		{"item again, by the same worker", []engine.Event{commit(0, 4, 3, 5, 4, 5)}, "committed again"},
		{"item twice in a commit", []engine.Event{commit(0, 4, 3, 5, 5, 5)}, "not above"},
		{"segment again", []engine.Event{commit(0, 1, 3, 4, 5)}, "committed twice"},
		{"side segment again", []engine.Event{withSide(commit(0, 4, 3, 4, 5), 30)}, "committed twice"},
		{"side segment is the segment", []engine.Event{withSide(commit(0, 4, 3, 4, 5), 4)}, "committed twice"},
		{"supersedes another worker's", []engine.Event{commit(0, 4, 2, 4, 5)}, "supersedes"},
		{"supersedes a dead one", []engine.Event{commit(0, 4, 1, 4, 5)}, "supersedes"},
		{"supersedes none of its own", []engine.Event{commit(0, 4, 0, 4, 5)}, "supersedes"},
		{"new worker supersedes", []engine.Event{&engine.Commit{Worker: engine.Incarnation{3}, Segment: segment(4), Supersedes: segment(3).ID, Count: 4,
			Items: []engine.Item{{ID: id(5)}}}}, "none that is live"},
		{"count too high", []engine.Event{commit(0, 4, 3, 5, 5)}, "counts"},
		{"count too low", []engine.Event{commit(0, 4, 3, 3, 5)}, "counts"},
		{"no items", []engine.Event{commit(0, 4, 3, 3)}, "0 items"},
		{"commit after the freeze", []engine.Event{&engine.Freeze{}, commit(0, 4, 3, 4, 5)}, "after the freeze"},
		{"freeze twice", []engine.Event{&engine.Freeze{}, &engine.Freeze{}}, "after the freeze"},
		{"result before the freeze", []engine.Event{&engine.Result{Segment: segment(9), Count: 4}}, "before the freeze"},
		{"result twice", []engine.Event{&engine.Freeze{}, &engine.Result{Segment: segment(9), Count: 4}, &engine.Result{Segment: segment(9), Count: 4}}, "after the result"},
		{"result of other items", []engine.Event{&engine.Freeze{}, &engine.Result{Segment: segment(9), Count: 5}}, "counts"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var f engine.Fold
			head := engine.Head{}
			all := append(append([]engine.Event{}, before...), c.events...)
			var err error
			for i, e := range all {
				head.Sequence, head.Position = head.Sequence+1, head.Position+3
				if err = f.Apply(head, e); err != nil && i < len(all)-1 {
					t.Fatalf("event %d: %v", i, err)
				}
			}
			if c.want == "" && err != nil {
				t.Errorf("got %v", err)
			}
			if c.want != "" && (!errors.Is(err, engine.ErrViolation) || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %v with %q", err, engine.ErrViolation, c.want)
			}
		})
	}
}

func TestFold(t *testing.T) {
	var f engine.Fold
	for i, e := range []engine.Event{commit(0, 1, 0, 2, 1, 2), withSide(commit(1, 2, 0, 1, 3), 30), commit(0, 3, 1, 3, 4), &engine.Freeze{}, &engine.Result{Segment: segment(8), Count: 4}} {
		if err := f.Apply(engine.Head{Sequence: uint64(i + 1), Position: uint64(i + 5)}, e); err != nil {
			t.Fatal(err)
		}
	}
	if r, ok := f.Receipt(id(3)); !ok || r.Record.Sequence != 2 || r.Digest != (engine.Digest{2, 3}) {
		t.Errorf("receipt %+v, %v", r, ok)
	}
	if _, ok := f.Receipt(id(5)); ok {
		t.Error("an item that nobody has committed has a receipt")
	}
	live := map[engine.SegmentID]uint64{}
	for _, l := range f.Live() {
		live[l.Segment.ID] = l.Count
	}
	if len(live) != 2 || live[segment(2).ID] != 1 || live[segment(3).ID] != 3 || f.Count() != 4 || f.Receipts() != 4 {
		t.Errorf("live segments %v, %d items, %d receipts", live, f.Count(), f.Receipts())
	}
	n := 0
	for range f.All {
		n++
	}
	if n != 4 {
		t.Errorf("%d receipts, want 4", n)
	}
	if s := f.Side(); len(s) != 1 || s[0] != segment(30) {
		t.Errorf("side segments %v", s)
	}
	ids := []engine.SegmentID{}
	for _, n := range []byte{1, 2, 3, 8, 9, 30} {
		ids = append(ids, segment(n).ID)
	}
	if o := f.Orphans(ids); len(o) != 2 || o[0] != segment(1).ID || o[1] != segment(9).ID {
		t.Errorf("orphans %v", o)
	}
	if !f.Frozen() || f.Result() == nil || f.Head().Sequence != 5 {
		t.Errorf("frozen %v, result %v, head %s", f.Frozen(), f.Result(), f.Head())
	}
	for _, h := range []engine.Head{{Sequence: 7, Position: 20}, {Sequence: 5, Position: 20}, {Sequence: 6, Position: 9}} {
		if err := f.Apply(h, nil); !errors.Is(err, engine.ErrCorrupt) {
			t.Errorf("record %s: %v, want %v", h, err, engine.ErrCorrupt)
		}
	}
}
