package aggregator

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"sotto/round"
)

func TestLogAppend(t *testing.T) {
	l := NewLog(5)
	l.Append(round.Record{Sequence: 6, Kind: round.KindSkip})
	l.Append(round.Record{Sequence: 9, Kind: round.KindSkip})
	if got := l.Read(0, 10); len(got) != 2 || got[1].Sequence != 9 || l.Head() != 9 {
		t.Fatalf("got %v and head %d", got, l.Head())
	}
	defer func() {
		if recover() == nil {
			t.Fatal("a record was appended behind the newest")
		}
	}()
	l.Append(round.Record{Sequence: 9})
}

// Followers see every record once and in order, whatever their pace, and nobody waits for a slow one.
func TestLogFollowers(t *testing.T) {
	l := NewLog(0)
	const records = 300
	var wg sync.WaitGroup
	for f := range 4 {
		wg.Go(func() {
			from := uint64(1)
			for from <= records {
				if err := l.Wait(context.Background(), from); err != nil {
					t.Error(err)
				}
				for _, r := range l.Read(from, 1+f*7) {
					if r.Sequence != from {
						t.Errorf("follower %d got record %d, want %d", f, r.Sequence, from)
					}
					from++
				}
			}
		})
	}
	// One that never reads.
	stalled, cancel := context.WithCancel(context.Background())
	wg.Go(func() {
		if err := l.Wait(stalled, records+1); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want that the context was cancelled", err)
		}
	})
	for i := range records {
		l.Append(round.Record{Sequence: uint64(i) + 1})
	}
	cancel()
	wg.Wait()
}

func TestLogWait(t *testing.T) {
	l := NewLog(0)
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	if err := l.Wait(ctx, 1); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v, want that the time was over", err)
	}
	l.Append(round.Record{Sequence: 1})
	if err := l.Wait(context.Background(), 1); err != nil {
		t.Fatal(err)
	}
}

// Dropping leaves gaps for those who come late and takes nothing from those who read.
func TestLogDrop(t *testing.T) {
	l := NewLog(0)
	for i := range uint64(10) {
		l.Append(round.Record{Sequence: i + 1, Round: i % 2})
	}
	before := l.Read(1, 3)
	l.Drop(func(r *round.Record) bool { return r.Round == 1 })
	if got := l.Read(1, 3); fmt.Sprint(got[0].Sequence, got[1].Sequence, got[2].Sequence) != "1 3 5" {
		t.Fatalf("got %v", got)
	}
	if before[1].Sequence != 2 || l.Head() != 10 {
		t.Fatalf("got %v and head %d", before, l.Head())
	}
}
