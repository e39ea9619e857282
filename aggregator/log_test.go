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
	if err := l.Append(5, round.Record{Kind: round.KindSkip}); err != nil {
		t.Fatal(err)
	}
	err := l.Append(5, round.Record{})
	if !errors.Is(err, ErrHead) {
		t.Fatalf("got %v, want ErrHead", err)
	}
	wantError(t, err, "log has grown: its head is 6, the writer has seen 5")
	if got := l.Read(0, 10); len(got) != 1 || got[0].Sequence != 6 || l.Head() != 6 {
		t.Fatalf("got %v and head %d", got, l.Head())
	}
}

// Writers that race for the same place: one wins each.
func TestLogCompareAndSet(t *testing.T) {
	l := NewLog(0)
	const writers, each = 8, 50
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := 0; i < each; {
				head := l.Head()
				err := l.Append(head, round.Record{Round: uint64(w)})
				switch {
				case err == nil:
					i++
				case !errors.Is(err, ErrHead):
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for i, r := range l.Read(0, 1000) {
		if r.Sequence != uint64(i+1) {
			t.Fatalf("record %d has number %d", i, r.Sequence)
		}
	}
	if l.Head() != writers*each {
		t.Fatalf("head is %d, want %d", l.Head(), writers*each)
	}
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
		if err := l.Append(uint64(i), round.Record{}); err != nil {
			t.Fatal(err)
		}
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
	if err := l.Append(0, round.Record{}); err != nil {
		t.Fatal(err)
	}
	if err := l.Wait(context.Background(), 1); err != nil {
		t.Fatal(err)
	}
}

// Dropping leaves gaps for those who come late and takes nothing from those who read.
func TestLogDrop(t *testing.T) {
	l := NewLog(0)
	for i := range uint64(10) {
		if err := l.Append(i, round.Record{Round: i % 2}); err != nil {
			t.Fatal(err)
		}
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
