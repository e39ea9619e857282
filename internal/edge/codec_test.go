package edge_test

import (
	"bytes"
	"slices"
	"testing"

	"google.golang.org/grpc/mem"
	pb "google.golang.org/protobuf/proto"

	"sotto/internal/edge"
	"sotto/proto"
	"sotto/round"
)

// ledger is a buffer pool that knows what is on loan.
type ledger struct{ loans int }

func (l *ledger) Get(n int) *[]byte {
	l.loans++
	b := make([]byte, n)
	return &b
}

func (l *ledger) Put(b *[]byte) {
	clear(*b) // whoever still looks at it sees it
	l.loans--
}

// frames cuts a message into pieces of so many bytes, as gRPC's frames do. Large ones are on loan from the pool.
func frames(pool mem.BufferPool, message []byte, size int) (data mem.BufferSlice) {
	for piece := range slices.Chunk(message, size) {
		data = append(data, mem.Copy(piece, pool))
	}
	return data
}

func chunkRequest(chunk []byte) *proto.ContributeRequest {
	return &proto.ContributeRequest{Part: &proto.ContributeRequest_Chunk{Chunk: chunk}}
}

func submissionRequest(submission []byte) *proto.ContributeRequest {
	return &proto.ContributeRequest{Part: &proto.ContributeRequest_CanonicalSubmission{CanonicalSubmission: submission}}
}

func marshal(t testing.TB, m pb.Message) []byte {
	t.Helper()
	b, err := pb.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// pattern returns bytes none of which says where it stands by itself.
func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i % 251)
	}
	return b
}

// A part is on the wire what the protobuf message is.
func TestPartIsTheProtobufMessage(t *testing.T) {
	for _, c := range []struct {
		name string
		part *edge.Part
		want *proto.ContributeRequest
	}{
		{"nothing", &edge.Part{}, &proto.ContributeRequest{}},
		{"submission", &edge.Part{Kind: edge.SubmissionPart, Submission: pattern(1000)}, submissionRequest(pattern(1000))},
		{"empty submission", &edge.Part{Kind: edge.SubmissionPart}, submissionRequest(nil)},
		{"chunk", edge.NewChunk(pattern(round.ChunkBytes)), chunkRequest(pattern(round.ChunkBytes))},
		{"short chunk", edge.NewChunk(pattern(1)), chunkRequest(pattern(1))},
		{"empty chunk", edge.NewChunk(nil), chunkRequest(nil)},
	} {
		data, err := edge.Codec.Marshal(c.part)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := data.Materialize(), marshal(t, c.want); !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes on the wire, want %d equal ones", c.name, len(got), len(want))
		}
	}
}

// Messages of any shape mean the same to a part as to the protobuf message, and give back what they borrow.
func TestPartReadsWhatProtobufReads(t *testing.T) {
	chunk := pattern(round.ChunkBytes)
	wire := marshal(t, chunkRequest(chunk))
	for _, c := range []struct {
		name    string
		message []byte
	}{
		{"chunk", wire},
		{"last chunk", marshal(t, chunkRequest(chunk[:3000]))},
		{"empty chunk", []byte{0x12, 0}},
		{"length in more bytes than it needs", append([]byte{0x12, 0x83, 0x80, 0x00}, 1, 2, 3)},
		{"tag in more bytes than it needs", append([]byte{0x92, 0x00, 3}, 1, 2, 3)},
		{"submission", marshal(t, submissionRequest(chunk[:100_000]))},
		{"nothing", nil},
		{"chunk after a submission", append(marshal(t, submissionRequest(chunk[:5000])), wire...)},
		{"submission after a chunk", append(wire[:len(wire):len(wire)], marshal(t, submissionRequest(chunk[:5000]))...)},
		{"two chunks", append(marshal(t, chunkRequest(chunk[:5000])), wire...)},
		{"field that is not known", append(wire[:len(wire):len(wire)], 0x18, 7)},
		{"cut off", wire[:len(wire)-1]},
		{"cut off in the length", wire[:2]},
		{"tag alone", wire[:1]},
		{"goes on", append(wire[:len(wire):len(wire)], 0)},
		{"length of 2^64 and more", append([]byte{0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}, 1, 2, 3)},
		{"length of 2^64 − 1", append([]byte{0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}, 1, 2, 3)},
		{"chunk that is a number", []byte{0x10, 7}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, size := range []int{1, 3, 4, 1500, 16<<10 - 5, 16 << 10, 1 << 20} {
				compare(t, c.message, size)
			}
		})
	}
}

// compare reads a message as a part and as protobuf. The part is used before, so that nothing of that may be left.
func compare(t *testing.T, message []byte, size int) {
	t.Helper()
	var pool ledger
	var part edge.Part
	for _, earlier := range []pb.Message{submissionRequest([]byte("earlier")), chunkRequest(pattern(3000))} {
		data := frames(&pool, marshal(t, earlier), 1500)
		if err := edge.Codec.Unmarshal(data, &part); err != nil {
			t.Fatal(err)
		}
		data.Free()
	}
	data := frames(&pool, message, size)
	err := edge.Codec.Unmarshal(data, &part)
	data.Free() // as gRPC does
	var want proto.ContributeRequest
	if refused := pb.Unmarshal(message, &want); (err != nil) != (refused != nil) {
		t.Fatalf("in pieces of %d: got %v, protobuf says %v", size, err, refused)
	}
	if err != nil {
		want.Reset() // what protobuf has read before the error is not used
	}
	kind, submission, chunk := edge.NoPart, []byte(nil), []byte(nil)
	switch p := want.GetPart().(type) {
	case *proto.ContributeRequest_CanonicalSubmission:
		kind, submission = edge.SubmissionPart, p.CanonicalSubmission
	case *proto.ContributeRequest_Chunk:
		kind, chunk = edge.ChunkPart, p.Chunk
	}
	if part.Kind != kind || !bytes.Equal(part.Submission, submission) || !bytes.Equal(part.Chunk.Materialize(), chunk) {
		t.Fatalf("in pieces of %d: got a part of kind %d with %d and %d bytes, want kind %d with %d and %d", size,
			part.Kind, len(part.Submission), part.Chunk.Len(), kind, len(submission), len(chunk))
	}
	if n := len(part.Chunk); n > 64 {
		t.Fatalf("in pieces of %d: the chunk is held in %d pieces, want at most 64", size, n)
	}
	part.Free()
	part.Free() // there is nothing any more that could be freed twice
	if pool.loans != 0 {
		t.Fatalf("in pieces of %d: %d buffers are still on loan", size, pool.loans)
	}
}

// Bytes of any kind are read as protobuf reads them.
func FuzzPart(f *testing.F) {
	for _, m := range []*proto.ContributeRequest{chunkRequest(pattern(1500)), chunkRequest(nil), submissionRequest(pattern(100)), {}} {
		f.Add(marshal(f, m), uint16(1100))
	}
	f.Add([]byte{0x12, 0x83, 0x80, 0x00, 1, 2, 3}, uint16(1))
	f.Add([]byte{0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}, uint16(3))
	f.Fuzz(func(t *testing.T, message []byte, size uint16) {
		compare(t, message, 1+int(size))
	})
}

// Other messages are protobuf's.
func TestCodecOfOtherMessages(t *testing.T) {
	want := &proto.StateResponse{Round: 7, CanonicalDescriptor: pattern(3000)}
	data, err := edge.Codec.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data.Materialize(), marshal(t, want)) {
		t.Fatal("other bytes on the wire than protobuf's")
	}
	var got proto.StateResponse
	if err := edge.Codec.Unmarshal(data, &got); err != nil || !pb.Equal(&got, want) {
		t.Fatalf("got %v (%v), want %v", &got, err, want)
	}
	if edge.Codec.Name() != "proto" {
		t.Fatalf("codec %q, want proto", edge.Codec.Name())
	}
}

// received is a message with a chunk as gRPC hands it over: the pieces that frames of 16 KiB leave after the message's own header.
func received(t testing.TB) mem.BufferSlice {
	message := append(make([]byte, 5), marshal(t, chunkRequest(pattern(round.ChunkBytes)))...)
	pieces := slices.Collect(slices.Chunk(message, 16<<10))
	pieces[0] = pieces[0][5:]
	var data mem.BufferSlice
	for _, p := range pieces {
		data = append(data, mem.Copy(p, mem.DefaultBufferPool()))
	}
	return data
}

func TestReceivingAChunkAllocatesNothing(t *testing.T) {
	data, part, ciphertext := received(t), new(edge.Part), make([]byte, round.ChunkBytes)
	if n := testing.AllocsPerRun(200, func() {
		if err := edge.Codec.Unmarshal(data, part); err != nil {
			t.Fatal(err)
		}
		part.Chunk.CopyTo(ciphertext)
		part.Free()
	}); n != 0 {
		t.Errorf("%v allocations for each chunk, want none", n)
	}
	if !bytes.Equal(ciphertext, pattern(round.ChunkBytes)) {
		t.Error("another chunk was received")
	}
}

// BenchmarkReceive decodes a chunk and brings it to where it belongs: as a part, and as a protobuf message.
func BenchmarkReceive(b *testing.B) {
	data, ciphertext := received(b), make([]byte, round.ChunkBytes)
	b.Run("part", func(b *testing.B) {
		b.SetBytes(round.ChunkBytes)
		b.ReportAllocs()
		var part edge.Part
		for b.Loop() {
			if err := edge.Codec.Unmarshal(data, &part); err != nil {
				b.Fatal(err)
			}
			part.Chunk.CopyTo(ciphertext)
			part.Free()
		}
	})
	b.Run("protobuf", func(b *testing.B) {
		b.SetBytes(round.ChunkBytes)
		b.ReportAllocs()
		for b.Loop() {
			var m proto.ContributeRequest
			if err := edge.Codec.Unmarshal(data, &m); err != nil {
				b.Fatal(err)
			}
			copy(ciphertext, m.GetChunk())
		}
	})
}
