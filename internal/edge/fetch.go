package edge

import (
	"context"
	"errors"
	"fmt"
	"io"

	"google.golang.org/grpc"

	"sotto/proto"
	"sotto/round"
)

// pieceBytes is how much of an object one message carries.
const pieceBytes = round.ChunkBytes

// Send streams an object.
func Send(stream grpc.ServerStreamingServer[proto.FetchResponse], object []byte) error {
	total := uint64(len(object))
	for first := true; first || len(object) > 0; first = false {
		n := min(len(object), pieceBytes)
		if err := stream.Send(&proto.FetchResponse{Total: total, Data: object[:n]}); err != nil {
			return err
		}
		object = object[n:]
	}
	return nil
}

// Fetch asks for an object of at most limit bytes. Memory grows with what arrives, not with what the server announces.
func Fetch(ctx context.Context, client proto.AggregatorClient, request *proto.FetchRequest, limit uint64) ([]byte, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := client.Fetch(ctx, request)
	if err != nil {
		return nil, Refusal(err)
	}
	var object []byte
	for {
		m, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("object ended after %d bytes, before what was announced", len(object))
		}
		if err != nil {
			return nil, Refusal(err)
		}
		if m.GetTotal() > limit {
			return nil, fmt.Errorf("object of %d bytes is %w: at most %d", m.GetTotal(), round.ErrTooLarge, limit)
		}
		if uint64(len(object)+len(m.GetData())) > m.GetTotal() {
			return nil, fmt.Errorf("object of %d announced bytes goes on after them", m.GetTotal())
		}
		object = append(object, m.GetData()...)
		if uint64(len(object)) == m.GetTotal() {
			return object, nil
		}
	}
}
