package engine

import (
	"fmt"
	"slices"
)

// A Receipt says where an item counts.
type Receipt struct {
	Item
	Record Head // the commit's place in the log
}

// Live is a segment that is part of the sum.
type Live struct {
	Segment Segment
	Worker  Incarnation
	Count   uint64
}

// A Fold is what the records of a log come to: which items count, and which segments hold their sum. It checks every record against all
// before it. The zero Fold is that of an empty log. It is not safe for concurrent use.
type Fold struct {
	head     Head
	receipts map[ItemID]Receipt
	live     map[Incarnation]Live
	used     map[SegmentID]bool
	side     []Segment
	frozen   bool
	result   *Result
}

// Apply takes the record at h, which must come right after the one before. Errors: [ErrCorrupt] for a gap, [ErrViolation], whose text
// names the rule. After an error the fold is of no use.
func (f *Fold) Apply(h Head, e Event) error {
	if h.Sequence != f.head.Sequence+1 || h.Position <= f.head.Position {
		return fmt.Errorf("%w log: record %s after record %s", ErrCorrupt, h, f.head)
	}
	if f.receipts == nil {
		f.receipts, f.live, f.used = make(map[ItemID]Receipt), make(map[Incarnation]Live), make(map[SegmentID]bool)
	}
	var err error
	switch e := e.(type) {
	case *Commit:
		err = f.commit(h, e)
	case *Freeze:
		err = f.freeze()
	case *Result:
		err = f.finish(e)
	}
	if err != nil {
		return fmt.Errorf("record %d: %w: %w", h.Sequence, ErrViolation, err)
	}
	f.head = h
	return nil
}

func (f *Fold) commit(h Head, c *Commit) error {
	if err := checkEvent(c); err != nil {
		return err
	}
	before, has := f.live[c.Worker]
	switch {
	case f.frozen:
		return fmt.Errorf("commit of %d items by worker %s after the freeze", len(c.Items), c.Worker)
	case f.used[c.Segment.ID]:
		return fmt.Errorf("segment %s is committed twice", c.Segment.ID)
	case has && c.Supersedes != before.Segment.ID:
		return fmt.Errorf("worker %s supersedes segment %s, its live one is %s", c.Worker, c.Supersedes, before.Segment.ID)
	case !has && !c.Supersedes.IsZero():
		return fmt.Errorf("worker %s supersedes segment %s and has none that is live", c.Worker, c.Supersedes)
	case !c.Side.IsZero() && (f.used[c.Side.ID] || c.Side.ID == c.Segment.ID):
		return fmt.Errorf("side segment %s is committed twice", c.Side.ID)
	case c.Count != before.Count+uint64(len(c.Items)):
		return fmt.Errorf("segment %s counts %d items, want %d and %d", c.Segment.ID, c.Count, before.Count, len(c.Items))
	}
	for _, i := range c.Items {
		if r, ok := f.receipts[i.ID]; ok {
			return fmt.Errorf("item %s is committed again, by worker %s, after record %d", i.ID, c.Worker, r.Record.Sequence)
		}
	}
	for _, i := range c.Items {
		f.receipts[i.ID] = Receipt{Item: i, Record: h}
	}
	f.live[c.Worker] = Live{Segment: c.Segment, Worker: c.Worker, Count: c.Count}
	f.used[c.Segment.ID] = true
	if !c.Side.IsZero() {
		f.used[c.Side.ID] = true
		f.side = append(f.side, c.Side)
	}
	return nil
}

func (f *Fold) freeze() error {
	if f.frozen {
		return fmt.Errorf("freeze after the freeze")
	}
	f.frozen = true
	return nil
}

func (f *Fold) finish(r *Result) error {
	switch {
	case !f.frozen:
		return fmt.Errorf("result before the freeze")
	case f.result != nil:
		return fmt.Errorf("result after the result")
	case r.Count != uint64(len(f.receipts)) || r.Count != f.Count():
		return fmt.Errorf("result counts %d items, %d have receipts and %d are in live segments", r.Count, len(f.receipts), f.Count())
	}
	f.result = r
	return nil
}

// Head returns the place of the newest record.
func (f *Fold) Head() Head { return f.head }

// Frozen reports whether nothing commits any more.
func (f *Fold) Frozen() bool { return f.frozen }

// Result returns the result, or nil before there is one.
func (f *Fold) Result() *Result { return f.result }

// Receipt returns where an item counts.
func (f *Fold) Receipt(id ItemID) (Receipt, bool) {
	r, ok := f.receipts[id]
	return r, ok
}

// Receipts returns the number of items that count.
func (f *Fold) Receipts() int { return len(f.receipts) }

// All calls yield with every receipt, in no order.
func (f *Fold) All(yield func(Receipt) bool) {
	for _, r := range f.receipts {
		if !yield(r) {
			return
		}
	}
}

// Live returns the segments whose sum is the group's, in no order.
func (f *Fold) Live() []Live {
	live := make([]Live, 0, len(f.live))
	for _, l := range f.live {
		live = append(live, l)
	}
	return live
}

// Side returns the side segments, in the log's order.
func (f *Fold) Side() []Segment { return slices.Clone(f.side) }

// Count returns the number of items in the live segments, which is that of receipts.
func (f *Fold) Count() (n uint64) {
	for _, l := range f.live {
		n += l.Count
	}
	return n
}

// Orphans returns those of the given segments that hold nothing that counts. They may be dropped once nothing is written any more.
func (f *Fold) Orphans(ids []SegmentID) (orphans []SegmentID) {
	needed := make(map[SegmentID]bool)
	for _, l := range f.live {
		needed[l.Segment.ID] = true
	}
	for _, s := range f.side {
		needed[s.ID] = true
	}
	if f.result != nil {
		needed[f.result.Segment.ID] = true
	}
	for _, id := range ids {
		if !needed[id] {
			orphans = append(orphans, id)
		}
	}
	return orphans
}

// committed reports whether a commit names the segment.
func (f *Fold) committed(id SegmentID) bool { return f.used[id] }
