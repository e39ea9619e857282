package aggregator

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/mem"

	"sotto/internal/edge"
	"sotto/proto"
	"sotto/round"
)

// arriving is a stream of messages, each in frames as gRPC reads them.
type arriving struct {
	grpc.ServerStream
	ctx      context.Context
	messages [][]byte
	frames   func(message []byte) mem.BufferSlice
	end      error // after the last, io.EOF if it is nil
	came     atomic.Int32
}

func (a *arriving) Context() context.Context { return a.ctx }

func (a *arriving) RecvMsg(m any) error {
	if len(a.messages) == 0 {
		return cmp.Or(a.end, io.EOF)
	}
	data := a.frames(a.messages[0])
	defer data.Free() // as gRPC does
	a.messages = a.messages[1:]
	defer a.came.Add(1)
	return edge.Codec.Unmarshal(data, m)
}

// messagesOf returns the protobuf messages that the chunks of a ciphertext arrive in.
func messagesOf(t testing.TB, ciphertext []byte) (messages [][]byte) {
	t.Helper()
	for chunk := range slices.Chunk(ciphertext, round.ChunkBytes) {
		messages = append(messages, messageOf(t, &proto.ContributeRequest{Part: &proto.ContributeRequest_Chunk{Chunk: chunk}}))
	}
	return messages
}

func messageOf(t testing.TB, m *proto.ContributeRequest) []byte {
	t.Helper()
	data, err := edge.Codec.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	defer data.Free()
	return data.Materialize()
}

// framesOf cuts a message into frames of 16 KiB from a pool.
func framesOf(pool mem.BufferPool, message []byte) (frames mem.BufferSlice) {
	for f := range slices.Chunk(message, 16<<10) {
		frames = append(frames, mem.Copy(f, pool))
	}
	return frames
}

// cached returns the frames of messages that it has made before.
func cached(messages [][]byte) func(message []byte) mem.BufferSlice {
	made := map[*byte]mem.BufferSlice{}
	for _, m := range messages {
		made[&m[0]] = framesOf(mem.DefaultBufferPool(), m)
	}
	return func(message []byte) mem.BufferSlice {
		frames := made[&message[0]]
		frames.Ref()
		return frames
	}
}

// From the frames to the ciphertext and its root, another chunk allocates nothing.
func TestChunkAllocatesNothing(t *testing.T) {
	perUpload := func(chunks int) float64 {
		ciphertext := make([]byte, chunks*round.ChunkBytes)
		for i := range ciphertext {
			ciphertext[i] = byte(i % 251)
		}
		w := &working{size: len(ciphertext), buffers: new(sync.Pool)}
		want, messages := round.CiphertextRoot(ciphertext), messagesOf(t, ciphertext)
		frames := cached(messages)
		return testing.AllocsPerRun(20, func() {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			parts := receive(&arriving{ctx: ctx, messages: messages, frames: frames}, time.Minute)
			defer parts.free()
			u := &upload{round: w}
			defer func() { w.release(u.ciphertext) }()
			if err := u.receive(parts.chunk); err != nil {
				t.Fatal(err)
			}
			if u.root != want || !bytes.Equal(u.ciphertext, ciphertext) {
				t.Fatal("another ciphertext was received")
			}
		})
	}
	few, many := perUpload(2), perUpload(34)
	if each := (many - few) / 32; each > 0.5 { // the collector may empty a pool meanwhile
		t.Errorf("%.1f allocations for each chunk (%v for 2, %v for 34), want none", each, few, many)
	}
}

// loans is a pool that counts what it has lent.
type loans struct{ atomic.Int32 }

func (l *loans) Get(n int) *[]byte {
	l.Add(1)
	b := make([]byte, n)
	return &b
}

func (l *loans) Put(*[]byte) { l.Add(-1) }

// However an upload ends, the memory of each chunk is freed, and freed once: a buffer panics when it is freed again.
func TestChunksAreFreed(t *testing.T) {
	ciphertext := make([]byte, 5*round.ChunkBytes)
	for _, c := range []struct {
		name   string
		taken  int // chunks before the door looks no further
		cancel bool
		end    error
		second bool // another submission comes after the chunks
	}{
		{name: "whole", taken: 6},
		{name: "refused at the header", taken: 0},
		{name: "refused at a chunk", taken: 2},
		{name: "cancelled", taken: 2, cancel: true},
		{name: "broken", taken: 6, end: errors.New("connection reset")},
		{name: "second header", taken: 6, second: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var pool loans
			messages := messagesOf(t, ciphertext)
			if c.second {
				messages = append(messages, messageOf(t, &proto.ContributeRequest{Part: &proto.ContributeRequest_CanonicalSubmission{CanonicalSubmission: make([]byte, 5000)}}))
			}
			ctx, cancel := context.WithCancel(t.Context())
			stream := &arriving{ctx: ctx, messages: messages, end: c.end,
				frames: func(message []byte) mem.BufferSlice { return framesOf(&pool, message) }}
			parts := receive(stream, time.Minute)
			for i := range c.taken {
				chunk, err := parts.chunk()
				if i < len(ciphertext)/round.ChunkBytes {
					if err != nil || chunk.Len() != round.ChunkBytes {
						t.Fatalf("chunk %d: %d bytes (%v), want %d", i, chunk.Len(), err, round.ChunkBytes)
					}
				} else if err == nil || c.end != nil && err != c.end || c.second && round.ReasonOf(err) != round.ReasonMalformed {
					t.Fatalf("after the last chunk: %v", err)
				}
			}
			deadline := time.Now().Add(5 * time.Second)
			for int(stream.came.Load()) < min(c.taken+1, len(messages)) && time.Now().Before(deadline) {
				time.Sleep(time.Millisecond) // until one more has come, which nobody takes
			}
			if c.cancel {
				cancel()
			}
			parts.free()
			parts.free()
			cancel() // as gRPC does when the handler has returned
			for ; pool.Load() != 0; time.Sleep(time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("%d buffers are still on loan", pool.Load())
				}
			}
		})
	}
}

// Memory of an upload is the next one's.
func TestUploadsReuseMemory(t *testing.T) {
	w := &working{size: 1000, buffers: new(sync.Pool)}
	last := append(w.buffer(), 1, 2, 3)
	w.release(last)
	w.release(nil) // of an upload that ended before its first chunk
	reused := false
	for range 100 { // under the race detector pools lose things on purpose
		b := w.buffer()
		if len(b) != 0 || cap(b) != 1000 {
			t.Fatalf("memory for %d bytes with %d in it, want 1000 and none", cap(b), len(b))
		}
		reused = reused || &b[:1][0] == &last[0]
		last = b[:1]
		w.release(b)
	}
	if !reused {
		t.Error("memory is not reused")
	}
}

// BenchmarkDoor takes a ciphertext of three chunks from the frames to the sum, without the header, the receipt and the log.
func BenchmarkDoor(b *testing.B) {
	bench := newBench(b, 3)
	largeModel(b, bench)
	sealed := bench.seal(bench.open(), bench.keys[0])
	messages := messagesOf(b, sealed.ciphertext)
	frames := cached(messages)
	var total *sums
	b.SetBytes(int64(len(sealed.ciphertext)))
	b.ReportAllocs()
	for b.Loop() {
		u, err := bench.admit(sealed.header())
		if err != nil {
			b.Fatal(err)
		}
		ctx, cancel := context.WithCancel(b.Context())
		parts := receive(&arriving{ctx: ctx, messages: messages, frames: frames}, time.Minute)
		if err := u.receive(parts.chunk); err != nil {
			b.Fatal(err)
		}
		if err := u.run(ciphertextChecks); err != nil {
			b.Fatal(err)
		}
		if total == nil {
			total = u.round.newSums()
		}
		if err := total.Add(u); err != nil {
			b.Fatal(err)
		}
		u.round.release(u.ciphertext)
		parts.free()
		cancel()
	}
}
