package edge

import (
	"bytes"
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
	var object bytes.Buffer
	if err := FetchTo(ctx, client, request, limit, &object); err != nil {
		return nil, err
	}
	return object.Bytes(), nil
}

// FetchTo asks for an object of at most limit bytes and writes it to w as it arrives. What was written before an error is of no use.
func FetchTo(ctx context.Context, client proto.AggregatorClient, request *proto.FetchRequest, limit uint64, w io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := client.Fetch(ctx, request)
	if err != nil {
		return Refusal(err)
	}
	for written := uint64(0); ; {
		m, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("object ended after %d bytes, before what was announced", written)
		}
		if err != nil {
			return Refusal(err)
		}
		if m.GetTotal() > limit {
			return fmt.Errorf("object of %d bytes is %w: at most %d", m.GetTotal(), round.ErrTooLarge, limit)
		}
		if len(m.GetData()) == 0 && m.GetTotal() > 0 {
			return fmt.Errorf("object of %d bytes comes in empty pieces", m.GetTotal()) // which could go on for ever
		}
		if written += uint64(len(m.GetData())); written > m.GetTotal() {
			return fmt.Errorf("object of %d announced bytes goes on after them", m.GetTotal())
		}
		if _, err := w.Write(m.GetData()); err != nil {
			return err
		}
		if written == m.GetTotal() {
			return nil
		}
	}
}
