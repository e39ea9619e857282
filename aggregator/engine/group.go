package engine

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// Sum is what items add up to. One goroutine at a time uses it.
type Sum[T any] interface {
	// Add adds an item, all of it; or it returns an error and adds nothing.
	Add(item T) error
	// Subtract takes away exactly what Add has added of an item.
	Subtract(item T) error
	// Write writes the sum, equal bytes for equal sums. It may be called several times.
	Write(w io.Writer) error
	// Shows reports whether the sum shows an item: some part of it is the sum of one. A segment with such a sum is erased when it is superseded,
	// and not only dropped.
	Shows() bool
}

// GroupConfig says what a group commits, and how.
type GroupConfig[T any, S Sum[T]] struct {
	Log      Journal
	Segments Bulk
	New      func() S     // returns a sum of nothing
	Logger   *slog.Logger // told of waits; nil for none

	Side func(w io.Writer, items []T) error // writes what is kept of a commit's items beside the sum; may be nil

	Encode  func(c *Commit) ([]byte, error)    // a record; [EncodeEvent] if nil
	Decode  func(record []byte) (Event, error) // what a record means to the group; [DecodeEvent] if nil
	Record  func(e Entry) error                // told of every record in the log's order, before anything is decided after it; may be nil
	Check   func(items []T) []error            // after the newest record, says of each item why it must not be committed, or nil; may be nil
	Observe func(c Committed)                  // told of every commit; may be nil

	// Coming returns how many items wait in [Group.Submit] or are on their way there. A commit waits for them, at most as long as the last
	// one took: it writes the sum once, however many items it has. It may be nil.
	Coming func() int

	MaxItems int           // of one commit; [MaxItems] if 0
	Spacing  time.Duration // between the beginnings of commits, to spare disks when many wait; 0 for none
}

// Committed is one commit, for metrics.
type Committed struct {
	Items     int
	Bytes     int64         // of the segment
	SideBytes int64         // of the side segment
	Waited    time.Duration // of its first item, from Submit to the acknowledgement
	Writing   time.Duration // of segments
	Appending time.Duration // of the record
	Segments  int           // written until one was committed
}

// A Group commits items of many callers together: it adds them to a running sum, writes the sum as a segment, appends one record that names
// segment and items, and only then lets the callers know. It may compete with groups of the same log in other processes; each item id
// counts once over all of them.
//
// [Group.Submit] and the accessors are safe for concurrent use. One call of [Group.Run] must be running.
type Group[T any, S Sum[T]] struct {
	config GroupConfig[T, S]
	worker Incarnation
	unsafe string // a protection that a test leaves out

	mu      sync.Mutex
	fold    Fold
	delta   []*waiting[T]          // what came since the last commit began
	pending map[ItemID]*waiting[T] // in the delta or in the commit under way
	swapped chan struct{}          // closed when the delta is taken
	stopped error

	arrived chan struct{} // has something when the delta may

	// Of Run alone while anything is pending.
	total S    // what the worker has committed and, during a commit, the commit's items
	shows bool // the worker's live segment shows an item
}

// waiting is an item whose callers wait.
type waiting[T any] struct {
	item    Item
	value   T
	since   time.Time
	done    chan struct{}
	receipt Receipt
	err     error
}

// NewGroup reads the log and returns a group on it, a new worker.
func NewGroup[T any, S Sum[T]](ctx context.Context, config GroupConfig[T, S]) (*Group[T, S], error) {
	if config.Encode == nil {
		config.Encode = func(c *Commit) ([]byte, error) { return EncodeEvent(c), nil }
	}
	if config.Decode == nil {
		config.Decode = DecodeEvent
	}
	if config.Record == nil {
		config.Record = func(Entry) error { return nil }
	}
	if config.Check == nil {
		config.Check = func(items []T) []error { return make([]error, len(items)) }
	}
	if config.Observe == nil {
		config.Observe = func(Committed) {}
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	orDefault(&config.MaxItems, MaxItems)
	if config.MaxItems < 1 || config.MaxItems > MaxItems {
		return nil, fmt.Errorf("commits of %d items, want 1 to %d", config.MaxItems, MaxItems)
	}
	g := &Group[T, S]{config: config, pending: make(map[ItemID]*waiting[T]), swapped: make(chan struct{}), arrived: make(chan struct{}, 1)}
	if l, ok := config.Log.(*Log); ok {
		g.unsafe = l.engine.config.unsafe
	}
	rand.Read(g.worker[:])
	g.total = config.New()
	_, err := g.read(ctx)
	return g, err
}

// Worker returns the worker's incarnation.
func (g *Group[T, S]) Worker() Incarnation { return g.worker }

// View calls f with what the log comes to as far as the group has read it. f must not keep it.
func (g *Group[T, S]) View(f func(f *Fold)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	f(&g.fold)
}

// Submit adds an item and returns its receipt once it is committed. An item whose id counts already gets that receipt, which may
// name another digest; one whose id is waiting gets what that one gets. Errors: [ErrFrozen], [ErrFull], [GroupConfig.Check]'s and Add's mean that
// the item does not count; with ctx's and [ErrClosed] it may come to count.
func (g *Group[T, S]) Submit(ctx context.Context, id ItemID, digest Digest, value T) (Receipt, error) {
	w, err := g.enter(ctx, id, digest, value)
	if err != nil {
		return Receipt{}, err
	}
	select {
	case <-w.done:
		return w.receipt, w.err
	case <-ctx.Done():
		return Receipt{}, fmt.Errorf("item %s is not committed yet: %w", id, ctx.Err())
	}
}

// enter returns the item to wait for.
func (g *Group[T, S]) enter(ctx context.Context, id ItemID, digest Digest, value T) (*waiting[T], error) {
	for {
		g.mu.Lock()
		if g.stopped != nil {
			defer g.mu.Unlock()
			return nil, g.stopped
		}
		if r, ok := g.fold.Receipt(id); ok {
			defer g.mu.Unlock()
			w := &waiting[T]{receipt: r, done: make(chan struct{})}
			close(w.done)
			return w, nil
		}
		if w := g.pending[id]; w != nil {
			defer g.mu.Unlock()
			return w, nil
		}
		if g.fold.Frozen() {
			defer g.mu.Unlock()
			return nil, fmt.Errorf("log %s is %w", g.config.Log.Name(), ErrFrozen)
		}
		if len(g.delta) < g.config.MaxItems {
			defer g.mu.Unlock()
			w := &waiting[T]{item: Item{ID: id, Digest: digest}, value: value, since: time.Now(), done: make(chan struct{})}
			g.pending[id] = w
			g.delta = append(g.delta, w)
			select {
			case g.arrived <- struct{}{}:
			default:
			}
			return w, nil
		}
		swapped := g.swapped
		g.mu.Unlock()
		select {
		case <-swapped:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Total waits until nothing is under way and returns the sum of what this worker has committed, for engines whose segments are volatile. Nobody
// may submit any more.
func (g *Group[T, S]) Total(ctx context.Context) (total S, err error) {
	for {
		g.mu.Lock()
		var w *waiting[T]
		for _, w = range g.pending {
			break
		}
		g.mu.Unlock()
		if w == nil {
			return g.total, nil
		}
		select {
		case <-w.done:
		case <-ctx.Done():
			return total, ctx.Err()
		}
	}
}

// answer lets an item's callers know. The caller holds the lock.
func (g *Group[T, S]) answer(w *waiting[T], r Receipt, err error) {
	w.receipt, w.err = r, err
	if g.pending[w.item.ID] == w {
		delete(g.pending, w.item.ID)
	}
	select {
	case <-w.done: // told before, where a test has left out the waiting
	default:
		close(w.done)
	}
}

// Run commits until ctx ends or the log can't be relied on any more: [ErrHeadWentBack], [ErrCorrupt], [ErrViolation] and errors of the
// config's functions. It outlasts engines that are unavailable. At its end all that wait get [ErrClosed] or that error.
func (g *Group[T, S]) Run(ctx context.Context) error {
	err := g.run(ctx)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stopped = fmt.Errorf("group is %w: %w", ErrClosed, err)
	for _, w := range g.pending {
		g.answer(w, Receipt{}, g.stopped)
	}
	close(g.swapped)
	g.swapped = make(chan struct{})
	return err
}

func (g *Group[T, S]) run(ctx context.Context) error {
	took := time.Duration(0) // by the last commit
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-g.arrived:
		}
		if err := g.gather(ctx, min(took, maxGathering)); err != nil {
			return err
		}
		begun := time.Now()
		next := begun.Add(g.config.Spacing)
		if d := g.swap(); len(d) > 0 {
			if err := g.commit(ctx, d); err != nil {
				return err
			}
			took = time.Since(begun)
		}
		if err := sleep(ctx, time.Until(next)); err != nil {
			return err
		}
	}
}

// maxGathering bounds how long a commit waits for items that are on their way, after one that an engine in trouble has held up.
const maxGathering = 5 * time.Second

// gather waits for items that are on their way, but not for longer than patience.
func (g *Group[T, S]) gather(ctx context.Context, patience time.Duration) error {
	if g.config.Coming == nil || patience <= 0 {
		return nil
	}
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	look := time.NewTicker(time.Millisecond) // what was on its way may come to nothing
	defer look.Stop()
	for {
		g.mu.Lock()
		here := len(g.delta)
		g.mu.Unlock()
		if here >= min(g.config.Coming(), g.config.MaxItems) {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timeout.C:
			return nil
		case <-look.C:
		}
	}
}

// swap takes the delta.
func (g *Group[T, S]) swap() []*waiting[T] {
	g.mu.Lock()
	defer g.mu.Unlock()
	d := g.delta
	g.delta = nil
	close(g.swapped)
	g.swapped = make(chan struct{})
	return d
}

// committing is one commit on its way.
type committing[T any] struct {
	items     []*waiting[T] // those that are left
	added     bool          // they are in the sum
	shows     bool          // the segment shows an item
	commit    *Commit
	started   time.Time
	appending time.Duration
	segments  int
	limbo     bool // an append may still land
}

// commit brings items into the log. Its error means that the group can't go on.
func (g *Group[T, S]) commit(ctx context.Context, items []*waiting[T]) error {
	c := &committing[T]{items: items, started: time.Now()}
	if _, err := g.catchUp(ctx); err != nil {
		return err
	}
	if _, err := g.settle(c); err != nil {
		return err
	}
	if g.unsafe == withoutWaiting {
		g.refuse(c, nil)
	}
	g.add(c)
	// The sum holds items that are not committed: each way on commits them or takes them away.
	for len(c.items) > 0 {
		full, err := g.write(ctx, c)
		if err == nil && full == nil {
			full, err = g.append(ctx, c)
		}
		if err != nil {
			return err
		}
		if full != nil {
			g.discard(c)
			return g.giveUp(c, full)
		}
	}
	return nil
}

// add adds the items to the sum. One that can't be added is refused.
func (g *Group[T, S]) add(c *committing[T]) {
	c.items = slices.DeleteFunc(c.items, func(w *waiting[T]) bool {
		err := g.total.Add(w.value)
		if err != nil {
			g.mu.Lock()
			g.answer(w, Receipt{}, fmt.Errorf("adding item %s: %w", w.item.ID, err))
			g.mu.Unlock()
		}
		return err != nil
	})
	c.added = true
}

// write writes the sum as a segment, and what goes beside it. full is why there is no room.
func (g *Group[T, S]) write(ctx context.Context, c *committing[T]) (full, err error) {
	values := make([]T, len(c.items))
	c.commit = &Commit{Worker: g.worker, Items: make([]Item, len(c.items))}
	for i, w := range c.items {
		values[i], c.commit.Items[i] = w.value, w.item
	}
	sortItems(c.commit.Items)
	g.View(func(f *Fold) {
		before := f.live[g.worker]
		c.commit.Supersedes, c.commit.Count = before.Segment.ID, before.Count+uint64(len(c.items))
	})
	put := func(content func(w io.Writer) error) (s Segment, err error) {
		err = g.persist(ctx, func() (err error) {
			c.segments++
			s, err = g.config.Segments.Write(ctx, content)
			return err
		})
		return s, err
	}
	if g.config.Side != nil {
		c.commit.Side, err = put(func(w io.Writer) error { return g.config.Side(w, values) })
	}
	if err == nil {
		c.shows = g.total.Shows()
		c.commit.Segment, err = put(g.total.Write)
	}
	if errors.Is(err, ErrFull) {
		return err, nil
	}
	return nil, err
}

// persist repeats what the engine is unavailable for, as long as it takes.
func (g *Group[T, S]) persist(ctx context.Context, do func() error) error {
	var p pauses
	for {
		err := do()
		if err == nil || ctx.Err() != nil || !errors.Is(err, ErrUnavailable) {
			return err
		}
		g.config.Logger.Warn("the engine is unavailable; contributions wait", "log", g.config.Log.Name(), "error", err)
		if err := p.wait(ctx); err != nil {
			return err
		}
	}
}

// append appends the record, if it must with others' records before it. It returns with the items acknowledged; or with some of them
// removed, so that the segment is void; or with full, why there is no room for the record.
func (g *Group[T, S]) append(ctx context.Context, c *committing[T]) (full, err error) {
	record, err := g.config.Encode(c.commit)
	if err != nil {
		return nil, fmt.Errorf("encoding a commit: %w", err)
	}
	begun := time.Now()
	defer func() { c.appending += time.Since(begun) }()
	var p pauses
	for {
		var head Head
		g.View(func(f *Fold) { head = f.Head() })
		h, err := g.config.Log.Append(ctx, head, record)
		if err == nil {
			if err := g.take(Entry{Head: h, Record: record}, c.commit); err != nil {
				return nil, err
			}
			g.acknowledge(c, begun)
			return nil, nil
		}
		if errors.Is(err, ErrUnavailable) {
			g.config.Logger.Warn("the engine does not take a commit; contributions wait", "log", g.config.Log.Name(), "error", err)
		}
		switch {
		case errors.Is(err, ErrConflict), errors.Is(err, ErrUnavailable) && !errors.Is(err, ErrUnknown):
		case errors.Is(err, ErrHeadWentBack), errors.Is(err, ErrCorrupt):
			return nil, err
		case errors.Is(err, ErrUnknown):
			c.limbo = true
		case errors.Is(err, ErrFull) && !c.limbo:
			return err, nil
		case !errors.Is(err, ErrFull):
			return nil, err
		}
		grown, err := g.catchUp(ctx)
		if err != nil {
			return nil, err
		}
		if grown {
			c.limbo = false // something follows the head that was seen: either our record or another one, for good
			committed := false
			g.View(func(f *Fold) { committed = f.committed(c.commit.Segment.ID) })
			if committed {
				g.acknowledge(c, begun)
				return nil, nil
			}
			removed, err := g.settle(c)
			if err != nil {
				return nil, err
			}
			if removed {
				g.discard(c)
				return nil, nil
			}
			continue // at the new head, at once: who waits falls behind
		}
		if err := p.wait(ctx); err != nil {
			return nil, err
		}
	}
}

// acknowledge lets the callers of a commit's items know, and drops the segment that it supersedes.
func (g *Group[T, S]) acknowledge(c *committing[T], begun time.Time) {
	done := Committed{Items: len(c.items), Bytes: c.commit.Segment.Size, SideBytes: c.commit.Side.Size, Segments: c.segments,
		Writing: begun.Sub(c.started), Appending: c.appending + time.Since(begun)}
	g.mu.Lock()
	for _, w := range c.items {
		done.Waited = max(done.Waited, time.Since(w.since))
		r, _ := g.fold.Receipt(w.item.ID)
		g.answer(w, r, nil)
	}
	g.mu.Unlock()
	c.items = nil
	if !c.commit.Supersedes.IsZero() {
		g.drop(c.commit.Supersedes, g.shows)
	}
	g.shows = c.shows
	g.config.Observe(done)
}

// settle removes items that must not be committed: those that have a receipt, all after the freeze, and those that Check refuses. It takes
// them out of the sum and lets their callers know.
func (g *Group[T, S]) settle(c *committing[T]) (removed bool, err error) {
	values := make([]T, len(c.items))
	for i, w := range c.items {
		values[i] = w.value
	}
	reasons := g.config.Check(values)
	if len(reasons) != len(values) {
		return false, fmt.Errorf("check of %d items gave %d answers", len(values), len(reasons))
	}
	var kept, gone []*waiting[T]
	var receipts []Receipt
	var whys []error
	g.View(func(f *Fold) {
		for i, w := range c.items {
			r, counts := f.Receipt(w.item.ID)
			why := reasons[i]
			switch {
			case counts:
				why = nil
			case f.Frozen():
				why = fmt.Errorf("log %s is %w", g.config.Log.Name(), ErrFrozen)
			case why == nil:
				kept = append(kept, w)
				continue
			}
			gone, receipts, whys = append(gone, w), append(receipts, r), append(whys, why)
		}
	})
	for i, w := range gone {
		if c.added {
			if err := g.total.Subtract(w.value); err != nil {
				return false, fmt.Errorf("subtracting item %s: %w", w.item.ID, err)
			}
		}
		g.mu.Lock()
		g.answer(w, receipts[i], whys[i])
		g.mu.Unlock()
	}
	c.items = kept
	return len(gone) > 0, nil
}

// giveUp takes a commit's items out of the sum again and refuses them.
func (g *Group[T, S]) giveUp(c *committing[T], why error) error {
	for _, w := range c.items {
		if err := g.total.Subtract(w.value); err != nil {
			return fmt.Errorf("subtracting item %s: %w", w.item.ID, err)
		}
	}
	g.refuse(c, why)
	c.items = nil
	return nil
}

func (g *Group[T, S]) refuse(c *committing[T], why error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, w := range c.items {
		g.answer(w, Receipt{Item: w.item}, why)
	}
}

// discard drops what was written for a commit that does not come about.
func (g *Group[T, S]) discard(c *committing[T]) {
	if c.commit.Segment.Size > 0 {
		g.drop(c.commit.Segment.ID, c.shows)
	}
	if c.commit.Side.Size > 0 {
		g.drop(c.commit.Side.ID, false)
	}
}

// drop drops a segment that is not needed any more.
func (g *Group[T, S]) drop(id SegmentID, shows bool) {
	if shows {
		g.config.Segments.Expunge(id)
	} else {
		g.config.Segments.Discard(id)
	}
}

// catchUp is read for as long as it takes.
func (g *Group[T, S]) catchUp(ctx context.Context) (grown bool, err error) {
	err = g.persist(ctx, func() error {
		more, err := g.read(ctx)
		grown = grown || more
		return err
	})
	return grown, err
}

// read takes what is new in the log.
func (g *Group[T, S]) read(ctx context.Context) (grown bool, err error) {
	var head Head
	g.View(func(f *Fold) { head = f.Head() })
	for e, err := range g.config.Log.Read(ctx, head) {
		if err != nil {
			return grown, err
		}
		event, err := g.config.Decode(bytes.Clone(e.Record))
		if err != nil {
			return grown, fmt.Errorf("record %d of %s: %w: %w", e.Head.Sequence, g.config.Log.Name(), ErrViolation, err)
		}
		if err := g.take(e, event); err != nil {
			return grown, err
		}
		grown = true
	}
	return grown, nil
}

// take takes the log's next record. Whoever is told of records knows of it before anybody gets a receipt that it gives.
func (g *Group[T, S]) take(e Entry, event Event) error {
	if err := g.config.Record(e); err != nil {
		return fmt.Errorf("record %d of %s: %w", e.Head.Sequence, g.config.Log.Name(), err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.fold.Apply(e.Head, event); err != nil {
		return fmt.Errorf("log %s: %w", g.config.Log.Name(), err)
	}
	return nil
}
