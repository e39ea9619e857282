package aggregator

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"sync"

	"sotto/round"
)

// A Log is what followers read: the records of the engine's log that somebody still needs, in memory, in the engine's order. Every
// replica numbers them alike: by the volume and the place in it. Readers keep their place by number; the log knows nothing of them, so
// a slow one holds nobody up and misses nothing. A Log is safe for concurrent use.
type Log struct {
	mu      sync.Mutex
	records []round.Record // ascending, never changed in place
	head    uint64
	grown   chan struct{} // closed when the log grows
}

// NewLog returns an empty log whose first record has the number after+1.
func NewLog(after uint64) *Log {
	return &Log{head: after, grown: make(chan struct{})}
}

// Head returns the number of the newest record.
func (l *Log) Head() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.head
}

// Append appends a record, whose number must be above all before.
func (l *Log) Append(r round.Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.Sequence <= l.head {
		panic(fmt.Sprintf("aggregator: internal error: record %d is appended after record %d", r.Sequence, l.head))
	}
	l.head = r.Sequence
	l.records = append(l.records, r)
	close(l.grown)
	l.grown = make(chan struct{})
}

// Read returns at most most records from number from on, without those that were dropped. Bodies are shared and must not be changed.
func (l *Log) Read(from uint64, most int) []round.Record {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := sort.Search(len(l.records), func(i int) bool { return l.records[i].Sequence >= from })
	return slices.Clone(l.records[first:min(len(l.records), first+most)])
}

// Wait returns when the log has a record with the number from or a later one, or when ctx ends.
func (l *Log) Wait(ctx context.Context, from uint64) error {
	for {
		l.mu.Lock()
		head, grown := l.head, l.grown
		l.mu.Unlock()
		if head >= from {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-grown:
		}
	}
}

// Drop forgets the records that obsolete picks.
func (l *Log) Drop(obsolete func(r *round.Record) bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	kept := make([]round.Record, 0, len(l.records))
	for i := range l.records {
		if !obsolete(&l.records[i]) {
			kept = append(kept, l.records[i])
		}
	}
	l.records = kept
}
