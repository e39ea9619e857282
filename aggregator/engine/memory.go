package engine

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"sync"
)

// Memory is a [Backend] in memory, for tests, simulations and measurements: what it holds outlives its users and ends with the process. It is
// safe for concurrent use.
type Memory struct {
	// Volatile leaves segments out, for one user that never comes back: the floor that durable engines are measured against.
	Volatile bool

	mu       sync.Mutex
	logs     map[uint32]map[string]*memoryLog
	segments map[string]map[SegmentID][]byte
}

type memoryLog struct {
	memory *Memory
	series uint32
	name   string

	entries []Entry
	grown   chan struct{} // closed when the log grows
}

// NewMemory returns an empty engine.
func NewMemory() *Memory {
	return &Memory{logs: make(map[uint32]map[string]*memoryLog), segments: make(map[string]map[SegmentID][]byte)}
}

// Clone returns an engine that holds the same, as a copy of a disk does.
func (m *Memory) Clone() *Memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := NewMemory()
	c.Volatile = m.Volatile
	for series, logs := range m.logs {
		c.logs[series] = make(map[string]*memoryLog)
		for name, l := range logs {
			c.logs[series][name] = &memoryLog{memory: c, series: series, name: name, entries: slices.Clone(l.entries), grown: make(chan struct{})}
		}
	}
	for group, segments := range m.segments {
		c.segments[group] = maps.Clone(segments)
	}
	return c
}

// Journal implements [Backend].
func (m *Memory) Journal(_ context.Context, series uint32, name string) (Journal, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.logs[series] == nil {
		m.logs[series] = make(map[string]*memoryLog)
	}
	l := m.logs[series][name]
	if l == nil {
		l = &memoryLog{memory: m, series: series, name: name, grown: make(chan struct{})}
		m.logs[series][name] = l
	}
	return l, nil
}

// Series implements [Backend].
func (m *Memory) Series(context.Context) (series []uint32, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for number := range m.logs {
		series = append(series, number)
	}
	slices.Sort(series)
	return series, nil
}

// DropSeries implements [Backend].
func (m *Memory) DropSeries(_ context.Context, series uint32) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, l := range m.logs[series] {
		l.entries = nil // who still has it open finds nothing
	}
	delete(m.logs, series)
	return nil
}

// Shared implements [Backend].
func (m *Memory) Shared() bool { return false }

// Ready implements [Backend].
func (m *Memory) Ready(context.Context) error { return nil }

// Bulk implements [Backend].
func (m *Memory) Bulk(group string) (Bulk, error) {
	if err := checkName(group); err != nil {
		return nil, err
	}
	return &memoryBulk{m, group}, nil
}

func (l *memoryLog) Name() string { return l.name }

func (l *memoryLog) head() Head {
	if len(l.entries) == 0 {
		return Head{}
	}
	return l.entries[len(l.entries)-1].Head
}

func (l *memoryLog) Head(context.Context) (Head, error) {
	l.memory.mu.Lock()
	defer l.memory.mu.Unlock()
	return l.head(), nil
}

func (l *memoryLog) Append(_ context.Context, expected Head, record []byte) (Head, error) {
	if len(record) > MaxRecordBytes {
		return Head{}, fmt.Errorf("record of %d bytes is %w: at most %d", len(record), ErrTooLarge, MaxRecordBytes)
	}
	l.memory.mu.Lock()
	defer l.memory.mu.Unlock()
	if head := l.head(); expected != head {
		return Head{}, fmt.Errorf("%w: %s has record %d, the writer has seen %d", ErrConflict, l.name, head.Sequence, expected.Sequence)
	}
	h, _ := seal(expected, [16]byte{}, record)
	head := Head{Sequence: h.sequence, Position: h.sequence, Hash: h.hash(l.series, l.name)}
	l.entries = append(l.entries, Entry{Head: head, Record: bytes.Clone(record)})
	close(l.grown)
	l.grown = make(chan struct{})
	return head, nil
}

// after returns the entries after a head, and what is closed when there are more.
func (l *memoryLog) after(head Head) ([]Entry, chan struct{}, error) {
	l.memory.mu.Lock()
	defer l.memory.mu.Unlock()
	if head.Sequence > uint64(len(l.entries)) {
		return nil, nil, fmt.Errorf("%w: %s has record %d, record %s was seen", ErrHeadWentBack, l.name, len(l.entries), head)
	}
	return slices.Clone(l.entries[head.Sequence:]), l.grown, nil
}

func (l *memoryLog) Read(_ context.Context, after Head) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for {
			entries, _, err := l.after(after)
			if err != nil {
				yield(Entry{}, err)
				return
			}
			if len(entries) == 0 {
				return
			}
			for _, e := range entries {
				if !yield(e, nil) {
					return
				}
				after = e.Head
			}
		}
	}
}

func (l *memoryLog) Follow(ctx context.Context, after Head) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for {
			entries, grown, err := l.after(after)
			if err != nil {
				yield(Entry{}, err)
				return
			}
			for _, e := range entries {
				if !yield(e, nil) {
					return
				}
				after = e.Head
			}
			if len(entries) > 0 {
				continue
			}
			select {
			case <-ctx.Done():
				yield(Entry{}, ctx.Err())
				return
			case <-grown:
			}
		}
	}
}

// memoryBulk are the segments of a group.
type memoryBulk struct {
	memory *Memory
	group  string
}

func (b *memoryBulk) Volatile() bool { return b.memory.Volatile }

func (b *memoryBulk) Write(_ context.Context, content func(w io.Writer) error) (Segment, error) {
	var s Segment
	rand.Read(s.ID.Unique[:])
	if b.memory.Volatile {
		return s, nil
	}
	var w bytes.Buffer
	if err := content(&w); err != nil {
		return Segment{}, err
	}
	s.Size, s.SHA256 = int64(w.Len()), sha256.Sum256(w.Bytes())
	b.memory.mu.Lock()
	defer b.memory.mu.Unlock()
	if b.memory.segments[b.group] == nil {
		b.memory.segments[b.group] = make(map[SegmentID][]byte)
	}
	b.memory.segments[b.group][s.ID] = w.Bytes()
	return s, nil
}

func (b *memoryBulk) Get(_ context.Context, segment Segment, w io.Writer) error {
	b.memory.mu.Lock()
	content, ok := b.memory.segments[b.group][segment.ID]
	b.memory.mu.Unlock()
	if !ok {
		return fmt.Errorf("%w: %s", ErrMissing, segment.ID)
	}
	_, err := w.Write(content)
	return err
}

func (b *memoryBulk) Discard(id SegmentID) {
	b.memory.mu.Lock()
	defer b.memory.mu.Unlock()
	delete(b.memory.segments[b.group], id)
}

func (b *memoryBulk) Expunge(id SegmentID) { b.Discard(id) }

func (b *memoryBulk) DropAll(context.Context) error {
	b.memory.mu.Lock()
	defer b.memory.mu.Unlock()
	delete(b.memory.segments, b.group)
	return nil
}
