package edge

import (
	"encoding/binary"
	"errors"
	"io"

	"google.golang.org/grpc/encoding"
	protocodec "google.golang.org/grpc/encoding/proto" // registers the protobuf codec, too
	"google.golang.org/grpc/mem"

	"sotto/proto"
	"sotto/round"
)

// A Part is one message of an upload, a proto.ContributeRequest on the wire. It is sent and received in place of one
// (grpc.ClientStream.SendMsg, grpc.ServerStream.RecvMsg) over connections with [Codec], so that the bytes of a chunk are not copied on
// their way: what is sent lies in the ciphertext, what is received lies where the transport has read it.
//
// A Part can be received into again and again. What it holds of the transport's memory is given back by [Part.Free], and by receiving
// into it.
type Part struct {
	Kind       PartKind
	Submission []byte
	Chunk      mem.BufferSlice
}

// PartKind says which part of an upload a message carries.
type PartKind int

// Kinds of parts; NoPart is of a message that is well-formed and has none.
const (
	NoPart PartKind = iota
	SubmissionPart
	ChunkPart
)

// NewChunk returns a part with a chunk, which must not be changed until the call has ended.
func NewChunk(chunk []byte) *Part {
	return &Part{Kind: ChunkPart, Chunk: mem.BufferSlice{mem.SliceBuffer(chunk)}}
}

// chunks lends memory for chunks on their way out, which the transport gives back when they are gone.
var chunks = mem.NewTieredBufferPool(round.ChunkBytes)

// ReadChunk reads the next chunk of an upload, of round.ChunkBytes or what is left; with the last one comes io.EOF. The caller frees it
// when it is sent.
func ReadChunk(r io.Reader) (*Part, error) {
	b := chunks.Get(round.ChunkBytes)
	n, err := io.ReadFull(r, *b)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	*b = (*b)[:n]
	return &Part{Kind: ChunkPart, Chunk: mem.BufferSlice{mem.NewBuffer(b, chunks)}}, err
}

// Free gives the transport's memory back and leaves the part empty.
func (p *Part) Free() {
	p.Chunk.Free()
	clear(p.Chunk)
	p.Kind, p.Submission, p.Chunk = NoPart, nil, p.Chunk[:0]
}

// Codec is gRPC's protobuf codec, but for values of type *[Part].
var Codec encoding.CodecV2 = codec{encoding.GetCodecV2(protocodec.Name)}

type codec struct{ protobuf encoding.CodecV2 }

// Name says that on the wire all of it is protobuf.
func (c codec) Name() string { return c.protobuf.Name() }

// Marshal implements encoding.CodecV2.
func (c codec) Marshal(v any) (mem.BufferSlice, error) {
	p, ok := v.(*Part)
	if !ok {
		return c.protobuf.Marshal(v)
	}
	switch p.Kind {
	case ChunkPart:
		prefix := binary.AppendUvarint(append(make([]byte, 0, maxPrefix), chunkTag), uint64(p.Chunk.Len()))
		p.Chunk.Ref()
		return append(mem.BufferSlice{mem.SliceBuffer(prefix)}, p.Chunk...), nil
	case SubmissionPart:
		return c.protobuf.Marshal(&proto.ContributeRequest{Part: &proto.ContributeRequest_CanonicalSubmission{CanonicalSubmission: p.Submission}})
	}
	return c.protobuf.Marshal(&proto.ContributeRequest{})
}

// Unmarshal implements encoding.CodecV2. It accepts for a *[Part] what it accepts for a *proto.ContributeRequest, to the same effect.
func (c codec) Unmarshal(data mem.BufferSlice, v any) error {
	p, ok := v.(*Part)
	if !ok {
		return c.protobuf.Unmarshal(data, v)
	}
	p.Free()
	if prefix := chunkPrefix(data); prefix > 0 && len(data) <= maxBuffers {
		p.Kind, p.Chunk = ChunkPart, appendFrom(p.Chunk, data, prefix)
		return nil
	}
	var m proto.ContributeRequest
	if err := c.protobuf.Unmarshal(data, &m); err != nil {
		return err
	}
	switch part := m.GetPart().(type) {
	case *proto.ContributeRequest_CanonicalSubmission:
		p.Kind, p.Submission = SubmissionPart, part.CanonicalSubmission
	case *proto.ContributeRequest_Chunk:
		p.Kind, p.Chunk = ChunkPart, append(p.Chunk, mem.SliceBuffer(part.Chunk))
	}
	return nil
}

const (
	// chunkTag begins the field chunk of a proto.ContributeRequest: number 2, of bytes that come after their length.
	chunkTag = 2<<3 | 2
	// maxPrefix is the most bytes of a tag and a length.
	maxPrefix = 1 + binary.MaxVarintLen64
	// maxBuffers is in how many pieces a chunk is held. gRPC's frames of 16 KiB make 18 of one; a sender of a few bytes at a time would
	// have us hold much more than it sends, so its chunks are put together.
	maxBuffers = 64
)

// chunkPrefix returns how many bytes of a proto.ContributeRequest come before its chunk, or 0 if it is not just a chunk.
func chunkPrefix(data mem.BufferSlice) int {
	var head [maxPrefix]byte
	n := data.CopyTo(head[:])
	if n == 0 || head[0] != chunkTag {
		return 0
	}
	length, used := binary.Uvarint(head[1:n])
	if used <= 0 || length != uint64(data.Len()-1-used) {
		return 0
	}
	return 1 + used
}

// appendFrom appends references to what data holds after so many bytes.
func appendFrom(dst, data mem.BufferSlice, skip int) mem.BufferSlice {
	for _, b := range data {
		n := b.Len()
		switch {
		case skip >= n:
			skip -= n
			continue
		case skip > 0:
			b = b.Slice(skip, n)
			skip = 0
		default:
			b.Ref()
		}
		dst = append(dst, b)
	}
	return dst
}
