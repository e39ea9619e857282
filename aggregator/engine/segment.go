package engine

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	mrand "math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	// ChunkBytes is the size of a segment's chunks, but for the last: with its headers it fits a server's default limit of 1 MiB.
	ChunkBytes = 1000 << 10
	// window is how many chunks of one segment are under way.
	window = 16
	// maxWindow is how many chunks of all segments are under way to one copy; servers keep at most 128 MiB waiting for a stream.
	maxWindow = 4 * window

	chunkHeader = "Sotto-Chunk"
)

// A SegmentID names a segment. It is drawn at random for every attempt at writing one and used once. The zero SegmentID names none.
type SegmentID struct {
	Slot   uint16 // of the stream that holds it
	Unique [16]byte
}

// IsZero reports whether id names no segment.
func (id SegmentID) IsZero() bool { return id == SegmentID{} }

func (id SegmentID) String() string { return fmt.Sprintf("%d-%x", id.Slot, id.Unique) }

// ParseSegmentID reads what [SegmentID.String] writes.
func ParseSegmentID(s string) (id SegmentID, err error) {
	slot, unique, _ := strings.Cut(s, "-")
	n, err := strconv.ParseUint(slot, 10, 16)
	if err == nil && len(unique) == 2*len(id.Unique) {
		_, err = hex.Decode(id.Unique[:], []byte(unique))
	}
	id.Slot = uint16(n)
	if err != nil || id.String() != s {
		return SegmentID{}, fmt.Errorf("segment id %q, want slot-32 hexadecimal digits", s)
	}
	return id, nil
}

// A Segment is immutable bytes that a log's records name.
type Segment struct {
	ID     SegmentID
	Size   int64
	SHA256 [32]byte
}

// IsZero reports whether s is no segment.
func (s Segment) IsZero() bool { return s == Segment{} }

func (s Segment) chunks() int { return int((s.Size + ChunkBytes - 1) / ChunkBytes) }

// Segments are the segments of one group, such as a round. It is safe for concurrent use.
type Segments struct {
	engine *Engine
	group  string
}

// Segments returns the segments of a group, whose name has 1 to 64 characters a-z, 0-9, - and _.
func (e *Engine) Segments(group string) (*Segments, error) {
	if err := checkName(group); err != nil {
		return nil, err
	}
	return &Segments{engine: e, group: group}, nil
}

func checkName(name string) error {
	if len(name) < 1 || len(name) > 64 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
		return fmt.Errorf("name %q, want 1 to 64 characters a-z, 0-9, - and _", name)
	}
	return nil
}

func (s *Segments) subject(id SegmentID, copy int) string {
	return fmt.Sprintf("seg.%d.%d.%s.%x", id.Slot, copy, s.group, id.Unique)
}

// Put writes all of r as a new segment and returns it once every chunk is durable: on the disk (embedded) or on the disks of a majority
// of the servers (external), where each holds a copy in a stream of its own.
//
// Nothing of a chunk is tried again. A copy that fails is left out; when less than a majority is left, the segment counts as never
// written, what is there of it is dropped in the background, and another Put writes under another id. Errors: [ErrUnavailable],
// [ErrFull], ctx's, r's.
func (s *Segments) Put(ctx context.Context, r io.Reader) (Segment, error) {
	return s.Write(ctx, func(w io.Writer) error {
		_, err := io.CopyBuffer(struct{ io.Writer }{w}, r, make([]byte, 256<<10))
		return err
	})
}

// Write is [Segments.Put] of what content writes.
func (s *Segments) Write(ctx context.Context, content func(w io.Writer) error) (Segment, error) {
	begun := time.Now()
	segment, err := s.write(ctx, content)
	s.engine.config.Observe(Operation{Name: "put", Duration: time.Since(begun), Bytes: segment.Size, Attempts: 1, Err: err})
	return segment, err
}

func (s *Segments) write(ctx context.Context, content func(w io.Writer) error) (Segment, error) {
	e := s.engine
	if !e.janitor.enter() {
		return Segment{}, fmt.Errorf("engine is %w", ErrClosed)
	}
	ctx, cancel := e.limited(ctx)
	defer cancel()
	p := &putting{segments: s, ctx: ctx, hash: sha256.New(), chunk: make([]byte, 0, ChunkBytes), inbox: nats.NewInbox(),
		acks: make(chan *nats.Msg, 2*window*len(e.copies)), id: SegmentID{Slot: uint16(e.slot)}}
	rand.Read(p.id.Unique[:])
	for number, c := range e.copies {
		p.copies = append(p.copies, &putCopy{store: c, stream: segmentStream(e.slot, number), subject: s.subject(p.id, number)})
	}
	sub, err := e.data.ChanSubscribe(p.inbox+".*.*", p.acks)
	if err != nil {
		err = p.fault(err)
	} else {
		err = p.run(content)
	}
	if err != nil {
		go func() {
			defer e.janitor.leave()
			p.abandon(sub)
		}()
		return Segment{}, fmt.Errorf("writing a segment of %s: %w", s.group, err)
	}
	sub.Unsubscribe()
	e.janitor.leave()
	return Segment{ID: p.id, Size: p.size, SHA256: [32]byte(p.hash.Sum(nil))}, nil
}

// copyStore is what the engine knows of one copy of all segments, over all puts.
type copyStore struct {
	window  chan struct{} // a place for each chunk under way
	acked   atomic.Int64  // when the last chunk was acknowledged, Unix time in nanoseconds
	suspect atomic.Int64  // until when puts leave the copy out, if they can, because it has failed
}

// suspicion is how long a copy that has failed is left out: with a server down, each put would wait for it.
const suspicion = 10 * time.Second

// putting is one segment on its way. One goroutine sends chunks and takes acknowledgements.
type putting struct {
	segments *Segments
	id       SegmentID
	ctx      context.Context
	inbox    string
	acks     chan *nats.Msg
	copies   []*putCopy

	chunk []byte // not yet sent
	index int    // chunks sent
	size  int64
	hash  hash.Hash
}

// putCopy is one copy of a segment on its way.
type putCopy struct {
	store           *copyStore
	stream, subject string
	underWay        int       // chunks not acknowledged
	since           time.Time // when the last one was sent or acknowledged
	failed          error     // why it is left out
}

func (p *putting) run(content func(w io.Writer) error) error {
	if err := p.choose(); err != nil {
		return err
	}
	if err := content(p); err != nil {
		return err
	}
	if len(p.chunk) > 0 {
		if err := p.send(); err != nil {
			return err
		}
	}
	for _, c := range p.copies {
		for c.failed == nil && c.underWay > 0 {
			if err := p.await(); err != nil {
				return err
			}
		}
	}
	return nil
}

// choose leaves out copies that have failed lately, if a majority is left.
func (p *putting) choose() error {
	var suspects []*putCopy
	for _, c := range p.copies {
		if time.Now().UnixNano() < c.store.suspect.Load() {
			suspects = append(suspects, c)
		}
	}
	if len(p.copies)-len(suspects) < majority(len(p.copies)) {
		return nil
	}
	for _, c := range suspects {
		c.failed = fmt.Errorf("%w: it has failed lately", ErrUnavailable)
	}
	return nil
}

func majority(n int) int { return n/2 + 1 }

// fail leaves a copy out, and returns an error when too few are left.
func (p *putting) fail(c *putCopy, err error) error {
	if p.ctx.Err() != nil {
		return context.Cause(p.ctx)
	}
	if c.failed == nil {
		c.failed = err
		c.release()
		if !errors.Is(err, ErrFull) && len(p.copies) > 1 {
			c.store.suspect.Store(time.Now().Add(suspicion).UnixNano())
			p.segments.engine.config.Logger.Warn("a copy of a segment failed", "stream", c.stream, "error", err)
		}
	}
	failed, full, all := 0, 0, []error{}
	for _, c := range p.copies {
		if c.failed != nil {
			failed++
			all = append(all, c.failed)
		}
		if errors.Is(c.failed, ErrFull) {
			full++
		}
	}
	spare := len(p.copies) - majority(len(p.copies))
	switch {
	case failed <= spare:
		return nil
	case len(p.copies) == 1:
		return err
	case full > spare:
		return fmt.Errorf("%w: %v", ErrFull, errors.Join(all...))
	}
	return fmt.Errorf("%w: %d of %d copies failed: %v", ErrUnavailable, failed, len(p.copies), errors.Join(all...))
}

// release gives back the places of what is under way.
func (c *putCopy) release() {
	for ; c.underWay > 0; c.underWay-- {
		<-c.store.window
	}
}

// abandon drops what was sent of a segment, after waiting a while for what is under way: it could come after the drop and stay.
func (p *putting) abandon(sub *nats.Subscription) {
	e := p.segments.engine
	timeout := time.NewTimer(e.config.Timeout)
	defer timeout.Stop()
	for waiting := true; waiting; {
		waiting = false
		for _, c := range p.copies {
			waiting = waiting || c.underWay > 0
		}
		if !waiting {
			break
		}
		select {
		case m := <-p.acks:
			if c := p.of(m); c != nil && c.underWay > 0 {
				c.underWay--
				<-c.store.window
			}
		case <-timeout.C:
			waiting = false
		case <-e.closing.Done():
			waiting = false
		}
	}
	for _, c := range p.copies {
		c.release()
	}
	if sub != nil {
		sub.Unsubscribe()
	}
	if p.index > 0 {
		p.segments.Discard(p.id)
	}
}

// Write cuts what it gets into chunks.
func (p *putting) Write(b []byte) (written int, err error) {
	for len(b) > 0 {
		n := min(len(b), ChunkBytes-len(p.chunk))
		p.chunk = append(p.chunk, b[:n]...)
		b, written = b[n:], written+n
		if len(p.chunk) == ChunkBytes {
			if err := p.send(); err != nil {
				return written, err
			}
		}
	}
	return written, nil
}

// send sends the chunk to every copy, when its windows have a place for it.
func (p *putting) send() error {
	e := p.segments.engine
	if err := e.segmentRoom(); err != nil {
		return err
	}
	p.hash.Write(p.chunk)
	p.index, p.size = p.index+1, p.size+int64(len(p.chunk))
	index := strconv.Itoa(p.index - 1)
	for number, c := range p.copies {
		if err := p.place(c); err != nil {
			return err
		}
		if c.failed != nil {
			continue
		}
		e.config.kill("chunk: before")
		err := e.data.PublishMsg(&nats.Msg{Subject: c.subject, Reply: p.inbox + "." + strconv.Itoa(number) + "." + index, Data: p.chunk,
			Header: nats.Header{"Nats-Expected-Stream": {c.stream}, chunkHeader: {index}}})
		e.config.kill("chunk: after")
		if err != nil {
			if err := p.fail(c, p.fault(err)); err != nil {
				return err
			}
		}
	}
	p.chunk = p.chunk[:0]
	return nil
}

// place waits for a place for a chunk, or until the copy fails.
func (p *putting) place(c *putCopy) error {
	for c.failed == nil && c.underWay == window {
		if err := p.await(); err != nil {
			return err
		}
	}
	for c.failed == nil {
		select {
		case c.store.window <- struct{}{}:
			c.underWay++
			c.since = time.Now()
			return nil
		case m := <-p.acks:
			if err := p.take(m); err != nil {
				return err
			}
		case <-p.ctx.Done():
			return context.Cause(p.ctx)
		}
	}
	return nil
}

// await takes one acknowledgement. A copy fails when it has acknowledged nothing, to whichever put, for the time-out, or for twice as
// long if the segment can't do without it: on a slow disk, what was sent before comes first.
func (p *putting) await() error {
	live := 0
	for _, c := range p.copies {
		if c.failed == nil {
			live++
		}
	}
	patience := p.segments.engine.config.Timeout
	if live == majority(len(p.copies)) {
		patience *= 2
	}
	var next *putCopy
	var deadline time.Time
	for _, c := range p.copies {
		since := c.since
		if acked := time.Unix(0, c.store.acked.Load()); acked.After(since) {
			since = acked
		}
		if end := since.Add(patience); c.failed == nil && c.underWay > 0 && (next == nil || end.Before(deadline)) {
			next, deadline = c, end
		}
	}
	timeout := time.NewTimer(time.Until(deadline))
	defer timeout.Stop()
	select {
	case m := <-p.acks:
		return p.take(m)
	case <-p.ctx.Done():
		return context.Cause(p.ctx)
	case <-timeout.C:
		if time.Unix(0, next.store.acked.Load()).Add(patience).After(time.Now()) {
			return nil
		}
		return p.fail(next, p.fault(nats.ErrTimeout))
	}
}

// of returns the copy that an answer is about.
func (p *putting) of(m *nats.Msg) *putCopy {
	number, _, _ := strings.Cut(strings.TrimPrefix(m.Subject, p.inbox+"."), ".")
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 || n >= len(p.copies) {
		return nil
	}
	return p.copies[n]
}

// take takes the answer to one chunk. Which chunk's it is does not matter: the copy is there when all chunks are.
func (p *putting) take(m *nats.Msg) error {
	c := p.of(m)
	if c == nil || c.failed != nil || c.underWay == 0 {
		return nil // too late
	}
	c.underWay--
	<-c.store.window
	c.since = time.Now()
	if m.Header.Get("Status") == "503" {
		return p.fail(c, p.fault(nats.ErrNoResponders))
	}
	var ack struct {
		Stream string   `json:"stream"`
		Seq    uint64   `json:"seq"`
		Error  *refusal `json:"error"`
	}
	err := json.Unmarshal(m.Data, &ack)
	if err == nil && ack.Error != nil {
		return p.fail(c, unavailable(ack.Error.sort()))
	}
	if err != nil || ack.Stream != c.stream || ack.Seq == 0 {
		return p.fail(c, fmt.Errorf("acknowledgement %q of a chunk", m.Data))
	}
	p.segments.engine.strikes.Store(0)
	c.store.acked.Store(time.Now().UnixNano())
	p.segments.engine.config.kill("chunk: acknowledged")
	return nil
}

// fault makes an error of the connection one that callers can tell apart.
func (p *putting) fault(err error) error {
	err = p.segments.engine.sortFault(p.ctx, p.segments.engine.data, err)
	if p.ctx.Err() != nil {
		return context.Cause(p.ctx)
	}
	return unavailable(err)
}

// unavailable is for callers that don't try again.
func unavailable(err error) error {
	var t *transient
	if errors.As(err, &t) {
		return fmt.Errorf("%w: %v", ErrUnavailable, t.err)
	}
	return err
}

// Get writes a segment to w, in order, and returns nil if all of it was there and its hash is right; what w got before an error is void. It
// holds at most 2×16 chunks. What one copy lacks is read from another.
//
// Errors: [ErrMissing] when the segment or a part of it is not there; [ErrCorrupt] when it is not what was written; [ErrUnavailable]; ctx's; w's.
func (s *Segments) Get(ctx context.Context, segment Segment, w io.Writer) error {
	begun := time.Now()
	g := &getting{segments: s, segment: segment, w: w, hash: sha256.New(), copy: mrand.IntN(len(s.engine.copies))}
	attempts, err := g.run(ctx)
	if err == nil {
		if got := [32]byte(g.hash.Sum(nil)); got != segment.SHA256 {
			err = g.bad("its hash is %x…, want %x…", got[:4], segment.SHA256[:4])
		}
	}
	s.engine.config.Observe(Operation{Name: "get", Duration: time.Since(begun), Bytes: segment.Size, Attempts: attempts, Err: err})
	return err
}

// getting is one segment being read, over all attempts and copies.
type getting struct {
	segments *Segments
	segment  Segment
	w        io.Writer
	hash     hash.Hash
	index    int // chunks written

	copy     int            // that is being read
	waiting  map[int][]byte // chunks of it that came before their turn
	position uint64         // in its stream, of the next chunk
	written  int            // chunks that were written when its turn came
	gone     error          // what a copy lacks for good
}

// run reads until the segment is whole. Patience counts anew with every round of copies.
func (g *getting) run(ctx context.Context) (attempts int, err error) {
	for g.turn(); g.index < g.segment.chunks() && err == nil; {
		n := 0
		n, err = g.segments.engine.patiently(ctx, "reading a segment of "+g.segments.group, g.round)
		attempts = max(attempts, n)
	}
	if g.gone != nil && errors.Is(err, ErrUnavailable) {
		err = g.gone
	}
	return attempts, err
}

// round asks one copy after another until one has something.
func (g *getting) round(ctx context.Context) error {
	var fault error
	for range g.segments.engine.copies {
		before := g.index
		err := g.batch(ctx)
		var t *transient
		switch {
		case err == nil, g.index > before:
			return nil
		case errors.As(err, new(*writeError)):
			return err
		case errors.As(err, &t):
			fault = err
		default:
			g.gone = err
		}
		g.copy = (g.copy + 1) % len(g.segments.engine.copies)
		g.turn()
	}
	if fault != nil {
		return fault
	}
	return g.gone
}

// turn begins with a copy, after what was written from another one.
func (g *getting) turn() {
	g.waiting, g.position, g.written = make(map[int][]byte), 1, g.index
}

// writeError is an error of the reader's own.
type writeError struct{ err error }

func (w *writeError) Error() string { return w.err.Error() }
func (w *writeError) Unwrap() error { return w.err }

func (g *getting) bad(format string, v ...any) error {
	return fmt.Errorf("segment %s of %s is %w: %s", g.segment.ID, g.segments.group, ErrCorrupt, fmt.Sprintf(format, v...))
}

// batch asks for a window of chunks.
func (g *getting) batch(ctx context.Context) error {
	e := g.segments.engine
	inbox := nats.NewInbox()
	answers := make(chan *nats.Msg, 2*window)
	sub, err := e.data.ChanSubscribe(inbox, answers)
	if err != nil {
		return e.sortFault(ctx, e.data, err)
	}
	defer sub.Unsubscribe()
	request := fmt.Sprintf(`{"seq":%d,"next_by_subj":%q,"batch":%d,"max_bytes":%d}`, g.position, g.segments.subject(g.segment.ID, g.copy), window, window*ChunkBytes)
	if err := e.data.PublishRequest("$JS.API.DIRECT.GET."+segmentStream(int(g.segment.ID.Slot), g.copy), inbox, []byte(request)); err != nil {
		return e.sortFault(ctx, e.data, err)
	}
	timeout := time.NewTimer(e.config.Timeout)
	defer timeout.Stop()
	for last := ""; ; {
		select {
		case <-ctx.Done():
			return &transient{err: ctx.Err()}
		case <-timeout.C:
			return e.sortFault(ctx, e.data, nats.ErrTimeout)
		case m := <-answers:
			e.strikes.Store(0)
			timeout.Reset(e.config.Timeout)
			switch status := m.Header.Get("Status"); status {
			case "":
				// Each answer names the position of the one before it; a reconnection may have cost some.
				if before := m.Header.Get("Nats-Last-Sequence"); last != "" && before != last || last == "" && before != "0" {
					return &transient{err: fmt.Errorf("answers up to position %s got lost", before)}
				}
				last = m.Header.Get("Nats-Sequence")
				if err := g.take(m); err != nil {
					return err
				}
			case "204": // end of the batch
				return nil
			case "404":
				return fmt.Errorf("segment %s of %s: %w: %d of %d chunks are there", g.segment.ID, g.segments.group, ErrMissing, g.index+len(g.waiting), g.segment.chunks())
			case "503":
				return e.sortFault(ctx, e.data, nats.ErrNoResponders)
			default:
				return fmt.Errorf("answer %s %s to a read of segment %s", status, m.Header.Get("Description"), g.segment.ID)
			}
		}
	}
}

// take puts a chunk into its place.
func (g *getting) take(m *nats.Msg) error {
	position, err := strconv.ParseUint(m.Header.Get("Nats-Sequence"), 10, 64)
	if err != nil || position < g.position {
		return g.bad("a chunk at position %q", m.Header.Get("Nats-Sequence"))
	}
	n := g.segment.chunks()
	index, err := strconv.Atoi(m.Header.Get(chunkHeader))
	if err != nil || index < 0 || index >= n {
		return g.bad("chunk %q of %d", m.Header.Get(chunkHeader), n)
	}
	want := ChunkBytes
	if index == n-1 {
		want = int(g.segment.Size - int64(n-1)*ChunkBytes)
	}
	switch {
	case len(m.Data) != want:
		return g.bad("chunk %d has %d bytes, want %d", index, len(m.Data), want)
	case index < g.written: // from another copy
		g.position = position + 1
		return nil
	case index < g.index || g.waiting[index] != nil:
		return g.bad("chunk %d is there twice", index)
	case index > g.index+window:
		return g.bad("chunk %d comes after chunk %d", index, g.index-1)
	}
	g.position, g.waiting[index] = position+1, m.Data
	for chunk := g.waiting[g.index]; chunk != nil; chunk = g.waiting[g.index] {
		g.hash.Write(chunk)
		if _, err := g.w.Write(chunk); err != nil {
			return &writeError{err}
		}
		delete(g.waiting, g.index)
		g.index++
	}
	return nil
}

// Erase overwrites and removes all copies of a segment. [ErrUnavailable] when a copy can't be reached and may stay.
func (s *Segments) Erase(ctx context.Context, id SegmentID) error {
	var errs []error
	for number := range s.engine.copies {
		errs = append(errs, s.engine.erase(ctx, segmentStream(int(id.Slot), number), s.subject(id, number)))
	}
	return errors.Join(errs...)
}

// erase overwrites the messages of a subject, one by one. A purge takes them out of the stream and leaves their bytes in its files until
// the server has other uses for the room.
func (e *Engine) erase(ctx context.Context, stream, subject string) error {
	begun, bytes := time.Now(), int64(0)
	attempts, err := e.patiently(ctx, "erasing "+subject, func(ctx context.Context) error {
		for {
			b, err := e.ask(ctx, e.control, &nats.Msg{Subject: "$JS.API.STREAM.MSG.GET." + stream, Data: fmt.Appendf(nil, `{"seq":1,"next_by_subj":%q}`, subject)})
			if refusedWith(err, codeNoMessage) {
				return nil
			}
			if err != nil {
				return err
			}
			var answer struct {
				Message *stored `json:"message"`
			}
			if err := json.Unmarshal(b, &answer); err != nil || answer.Message == nil {
				return fmt.Errorf("answer to a read of %s holds no message: %v", subject, err)
			}
			bytes += int64(len(answer.Message.Data))
			e.config.kill("erase: before")
			if _, err := e.ask(ctx, e.control, &nats.Msg{Subject: "$JS.API.STREAM.MSG.DELETE." + stream, Data: fmt.Appendf(nil, `{"seq":%d}`, answer.Message.Sequence)}); err != nil {
				return err
			}
			e.config.kill("erase: after")
		}
	})
	e.config.Observe(Operation{Name: "drop", Duration: time.Since(begun), Bytes: bytes, Attempts: attempts, Err: err})
	return err
}

// Drop removes all copies of a segment. One that is not there is no error. [ErrUnavailable] when a copy can't be reached and may stay.
func (s *Segments) Drop(ctx context.Context, id SegmentID) error {
	var errs []error
	for number := range s.engine.copies {
		errs = append(errs, s.engine.purge(ctx, segmentStream(int(id.Slot), number), s.subject(id, number)))
	}
	return errors.Join(errs...)
}

// DropAll removes all segments of the group. Nobody may write any more. It is to be repeated after [ErrUnavailable].
func (s *Segments) DropAll(ctx context.Context) error {
	var errs []error
	for slot := range s.engine.config.Slots {
		for number := range s.engine.copies {
			errs = append(errs, s.engine.purge(ctx, segmentStream(slot, number), fmt.Sprintf("seg.%d.%d.%s.*", slot, number, s.group)))
		}
	}
	return errors.Join(errs...)
}

// purge removes the messages of a subject. Its patience is short: a server that is down must not hold up what others can do.
func (e *Engine) purge(ctx context.Context, stream, subject string) error {
	begun := time.Now()
	limited, cancel := context.WithTimeout(ctx, 2*e.config.Timeout)
	defer cancel()
	attempts, err := e.patiently(limited, "dropping "+subject, func(ctx context.Context) error {
		e.config.kill("drop: before")
		_, err := e.ask(ctx, e.control, &nats.Msg{Subject: "$JS.API.STREAM.PURGE." + stream, Data: fmt.Appendf(nil, `{"filter":%q}`, subject)})
		e.config.kill("drop: after")
		return err
	})
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		err = fmt.Errorf("%w: %v", ErrUnavailable, err)
	}
	e.config.Observe(Operation{Name: "drop", Duration: time.Since(begun), Attempts: attempts, Err: err})
	return err
}

// Discard drops a segment in the background, as well as that goes: what stays is an orphan, found by [Segments.List].
func (s *Segments) Discard(id SegmentID) {
	s.engine.janitor.add(func(ctx context.Context) error { return s.Drop(ctx, id) })
}

// Expunge erases a segment in the background, as Discard drops one ([Segments.Erase]).
func (s *Segments) Expunge(id SegmentID) {
	s.engine.janitor.add(func(ctx context.Context) error {
		if err := s.Erase(ctx, id); err != nil {
			return errors.Join(err, s.Drop(ctx, id))
		}
		return nil
	})
}

// List returns the ids of all segments of the group of which something is there, in no order. Those that no record names are orphans; they may
// be dropped when nobody writes any more. [ErrUnavailable] when more copies than a minority can't be reached.
func (s *Segments) List(ctx context.Context) ([]SegmentID, error) {
	found := make(map[SegmentID]bool)
	for slot := range s.engine.config.Slots {
		var errs []error
		for number := range s.engine.copies {
			if err := s.list(ctx, slot, number, found); err != nil {
				errs = append(errs, err)
			}
		}
		if len(s.engine.copies)-len(errs) < majority(len(s.engine.copies)) {
			return nil, errors.Join(errs...)
		}
	}
	return slices.Collect(maps.Keys(found)), nil
}

func (s *Segments) list(ctx context.Context, slot, number int, found map[SegmentID]bool) error {
	e, prefix := s.engine, fmt.Sprintf("seg.%d.%d.%s.", slot, number, s.group)
	limited, cancel := context.WithTimeout(ctx, 2*e.config.Timeout)
	defer cancel()
	for offset := 0; ; {
		var answer struct {
			Total int `json:"total"`
			State struct {
				Subjects map[string]uint64 `json:"subjects"`
			} `json:"state"`
		}
		_, err := e.patiently(limited, "listing segments of "+s.group, func(ctx context.Context) error {
			b, err := e.ask(ctx, e.control, &nats.Msg{Subject: "$JS.API.STREAM.INFO." + segmentStream(slot, number), Data: fmt.Appendf(nil, `{"subjects_filter":%q,"offset":%d}`, prefix+"*", offset)})
			if err != nil {
				return err
			}
			return json.Unmarshal(b, &answer)
		})
		if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
			err = fmt.Errorf("%w: %v", ErrUnavailable, err)
		}
		if err != nil {
			return err
		}
		for subject := range answer.State.Subjects {
			id, err := ParseSegmentID(fmt.Sprintf("%d-%s", slot, strings.TrimPrefix(subject, prefix)))
			if err != nil {
				return fmt.Errorf("subject %s: %w", subject, err)
			}
			found[id] = true
		}
		if offset += len(answer.State.Subjects); len(answer.State.Subjects) == 0 || offset >= answer.Total {
			return nil
		}
	}
}

// janitor drops segments in the background, one at a time.
type janitor struct {
	mu      sync.Mutex
	pending []func(ctx context.Context) error
	wake    chan struct{}
	done    chan struct{}
	closed  bool
	puts    sync.WaitGroup // under way, which may have something to drop
}

// maxPending bounds what waits for being dropped; beyond it, segments stay as orphans.
const maxPending = 10_000

func (j *janitor) start(e *Engine) {
	j.wake, j.done = make(chan struct{}, 1), make(chan struct{})
	go func() {
		defer close(j.done)
		for {
			select {
			case <-e.closing.Done():
				return
			case <-j.wake:
			}
			for next := j.next(); next != nil; next = j.next() {
				if err := next(e.closing); err != nil && e.closing.Err() == nil {
					e.config.Logger.Warn("a segment that is not needed any more stays until its round is over", "error", err)
				}
			}
		}
	}()
}

func (j *janitor) next() func(ctx context.Context) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.pending) == 0 {
		return nil
	}
	next := j.pending[0]
	j.pending = slices.Delete(j.pending, 0, 1)
	return next
}

func (j *janitor) add(drop func(ctx context.Context) error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.pending) < maxPending {
		j.pending = append(j.pending, drop)
	}
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

// enter begins a put, unless the engine is closed.
func (j *janitor) enter() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.closed {
		j.puts.Add(1)
	}
	return !j.closed
}

func (j *janitor) leave() { j.puts.Done() }

// wait lets no put begin any more and waits for what is under way.
func (j *janitor) wait() {
	j.mu.Lock()
	j.closed = true
	j.mu.Unlock()
	j.puts.Wait()
	if j.done != nil {
		<-j.done
	}
}

// GetBytes is [Segments.Get] into memory, for segments of at most limit bytes.
func (s *Segments) GetBytes(ctx context.Context, segment Segment, limit int64) ([]byte, error) {
	if segment.Size > limit {
		return nil, fmt.Errorf("segment of %d bytes is %w: at most %d", segment.Size, ErrTooLarge, limit)
	}
	b := bytes.NewBuffer(make([]byte, 0, segment.Size))
	err := s.Get(ctx, segment, b)
	return b.Bytes(), err
}
