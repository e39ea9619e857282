package aggregator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"sync"

	"sotto/round"
)

// ErrHead says that a log has grown since its writer looked: the writer reads what is new and decides again.
var ErrHead = errors.New("log has grown")

// A Log is a sequence of records, numbered without gaps as they are appended. A record is appended only by a writer that has seen every
// record before it, so that whoever folds the log can rely on each record having been checked against the whole of what precedes it.
// Readers keep their place by number; the log knows nothing of them, so a slow one holds nobody up and misses nothing.
//
// This log is in memory. Records that nobody needs any more are dropped, which leaves gaps. A Log is safe for concurrent use.
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

// Append appends r with the number head+1, if head is the newest record's. Otherwise it returns [ErrHead].
func (l *Log) Append(head uint64, r round.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if head != l.head {
		return fmt.Errorf("%w: its head is %d, the writer has seen %d", ErrHead, l.head, head)
	}
	l.head++
	r.Sequence = l.head
	l.records = append(l.records, r)
	close(l.grown)
	l.grown = make(chan struct{})
	return nil
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
