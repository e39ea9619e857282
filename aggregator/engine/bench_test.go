package engine_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"sync/atomic"
	"testing"

	"sotto/aggregator/engine"
)

// both runs a benchmark on one embedded engine and on three servers of this machine.
func both(b *testing.B, run func(b *testing.B, e *engine.Engine)) {
	b.Run("embedded", func(b *testing.B) {
		c := engine.Config{Dir: b.TempDir(), MaxStore: 16 << 30}
		run(b, openEngine(b, c))
	})
	b.Run("3servers", func(b *testing.B) {
		run(b, openEngine(b, newCluster(b).engine()))
	})
}

func BenchmarkAppend(b *testing.B) {
	both(b, func(b *testing.B, e *engine.Engine) {
		for _, size := range []int{100, 64 << 10} {
			b.Run(fmt.Sprintf("%dB", size), func(b *testing.B) {
				l := openLog(b, e, fmt.Sprintf("%d-%d", size, b.N))
				record := noise(1, size)
				head := engine.Head{}
				b.SetBytes(int64(size))
				for b.Loop() {
					h, err := l.Append(b.Context(), head, record)
					if err != nil {
						b.Fatal(err)
					}
					head = h
				}
			})
		}
	})
}

func BenchmarkRead(b *testing.B) {
	both(b, func(b *testing.B, e *engine.Engine) {
		l := openLog(b, e, "r1")
		head := engine.Head{}
		const records = 200
		for range records {
			h, err := l.Append(b.Context(), head, noise(1, 10_000))
			if err != nil {
				b.Fatal(err)
			}
			head = h
		}
		for b.Loop() {
			if n := len(readAll(b, l, engine.Head{})); n != records {
				b.Fatal(n)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*records), "µs/record")
	})
}

func BenchmarkSegment(b *testing.B) {
	both(b, func(b *testing.B, e *engine.Engine) {
		s := openSegments(b, e, "r1")
		sizes := []int{1 << 20, 32 << 20, 256 << 20}
		if !e.Embedded() {
			sizes = sizes[:2]
		}
		for _, size := range sizes {
			content := noise(1, size)
			b.Run(fmt.Sprintf("put/%dMB", size>>20), func(b *testing.B) {
				b.SetBytes(int64(size))
				for b.Loop() {
					segment, err := s.Put(b.Context(), bytes.NewReader(content))
					if err != nil {
						b.Fatal(err)
					}
					b.StopTimer()
					if err := s.Drop(b.Context(), segment.ID); err != nil {
						b.Fatal(err)
					}
					b.StartTimer()
				}
			})
			b.Run(fmt.Sprintf("get/%dMB", size>>20), func(b *testing.B) {
				segment, err := s.Put(b.Context(), bytes.NewReader(content))
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(int64(size))
				for b.Loop() {
					if err := s.Get(b.Context(), segment, io.Discard); err != nil {
						b.Fatal(err)
					}
				}
				if err := s.Drop(b.Context(), segment.ID); err != nil {
					b.Fatal(err)
				}
			})
		}
	})
}

// BenchmarkGroupCommit submits items of 256 KiB, 64 at a time, and waits for their receipts.
func BenchmarkGroupCommit(b *testing.B) {
	words.Store(32768)
	defer words.Store(4096)
	both(b, func(b *testing.B, e *engine.Engine) {
		round := 0
		b.Run("256KiB", func(b *testing.B) {
			round++
			commitGroups(b, e, fmt.Sprint("r", round))
		})
	})
}

func commitGroups(b *testing.B, e *engine.Engine, log string) {
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	var commits atomic.Int64
	g, err := startGroup(ctx, e, log, func(c *config) {
		c.Observe = func(c engine.Committed) { commits.Add(1) }
	})
	if err != nil {
		b.Fatal(err)
	}
	value := payload(draw())
	var n atomic.Uint64
	b.SetBytes(8 * words.Load())
	b.SetParallelism(32)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			var id engine.ItemID
			binary.BigEndian.PutUint64(id[:], n.Add(1))
			if _, err := g.Submit(ctx, id, draw(), value); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/float64(commits.Load()), "items/commit")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(commits.Load()), "ms/commit")
}
