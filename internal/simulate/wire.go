package simulate

import (
	"context"
	"fmt"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	pb "google.golang.org/protobuf/proto"

	"sotto/aggregator"
	"sotto/internal/edge"
	"sotto/proto"
	"sotto/round"
)

// wire is a connection to the aggregator without a network between: messages are handed to its gRPC edge directly, a call at a time. It
// implements grpc.ClientConnInterface.
type wire struct {
	server func() *aggregator.Server // the one that is up, or nil
	// cut ends an upload after so many messages, as if the sender had gone; 0 for never.
	cut int
}

var errDown = status.Error(codes.Unavailable, "aggregator is down")

// Invoke implements grpc.ClientConnInterface.
func (w wire) Invoke(ctx context.Context, method string, args, reply any, _ ...grpc.CallOption) error {
	s := w.server()
	if s == nil {
		return errDown
	}
	var answer pb.Message
	var err error
	switch method {
	case proto.Aggregator_State_FullMethodName:
		answer, err = s.State(ctx, args.(*proto.StateRequest))
	case proto.Board_Post_FullMethodName:
		answer, err = s.Post(ctx, args.(*proto.PostRequest))
	default:
		return status.Errorf(codes.Unimplemented, "method %s", method)
	}
	if err == nil {
		pb.Merge(reply.(pb.Message), answer)
	}
	return err
}

// NewStream implements grpc.ClientConnInterface.
func (w wire) NewStream(ctx context.Context, _ *grpc.StreamDesc, method string, _ ...grpc.CallOption) (grpc.ClientStream, error) {
	s := w.server()
	if s == nil {
		return nil, errDown
	}
	c := &call{ctx: ctx, cut: w.cut}
	switch method {
	case proto.Aggregator_Contribute_FullMethodName:
		c.serve = func() error {
			return s.Contribute(&grpc.GenericServerStream[proto.ContributeRequest, proto.ContributeResponse]{ServerStream: serverEnd{c}})
		}
	case proto.Aggregator_Fetch_FullMethodName:
		c.serve = func() error {
			var request proto.FetchRequest
			if err := (serverEnd{c}).RecvMsg(&request); err != nil {
				return err
			}
			return s.Fetch(&request, &grpc.GenericServerStream[proto.FetchRequest, proto.FetchResponse]{ServerStream: serverEnd{c}})
		}
	default:
		return nil, status.Errorf(codes.Unimplemented, "method %s", method)
	}
	return c, nil
}

// call is a stream: all messages of the client go first, then the server answers.
type call struct {
	ctx    context.Context
	cut    int
	serve  func() error
	sent   messages
	served bool
	answer messages
	err    error
}

func (c *call) Header() (metadata.MD, error) { return nil, nil }
func (c *call) Trailer() metadata.MD         { return nil }
func (c *call) CloseSend() error             { return nil }
func (c *call) Context() context.Context     { return c.ctx }

func (c *call) SendMsg(m any) error { return c.sent.add(m) }

func (c *call) RecvMsg(m any) error {
	if !c.served {
		c.served = true
		// The server's end lives as long as its handler, which ends what waits for it.
		ctx, end := context.WithCancel(c.ctx)
		c.ctx = ctx
		c.err = c.serve()
		end()
	}
	if len(c.answer) == 0 && c.err != nil {
		return c.err
	}
	return c.answer.next(m)
}

// messages are on their way, as they are on the wire.
type messages [][]byte

func (q *messages) add(m any) error {
	data, err := edge.Codec.Marshal(m)
	if err != nil {
		return err
	}
	*q = append(*q, data.Materialize())
	data.Free()
	return nil
}

// next takes the first message, or returns io.EOF if there is none.
func (q *messages) next(m any) error {
	if len(*q) == 0 {
		return io.EOF
	}
	first := (*q)[0]
	*q = (*q)[1:]
	return edge.Codec.Unmarshal(mem.BufferSlice{mem.SliceBuffer(first)}, m)
}

// serverEnd is the other end of a call.
type serverEnd struct{ *call }

func (e serverEnd) SetHeader(metadata.MD) error  { return nil }
func (e serverEnd) SendHeader(metadata.MD) error { return nil }
func (e serverEnd) SetTrailer(metadata.MD)       {}

func (e serverEnd) SendMsg(m any) error { return e.answer.add(m) }

func (e serverEnd) RecvMsg(m any) error {
	if e.cut > 0 {
		if e.cut--; e.cut == 0 {
			return status.Error(codes.Canceled, "client is gone")
		}
	}
	return e.sent.next(m)
}

// fetcher brings a member what is too large for the board.
type fetcher struct{ client proto.AggregatorClient }

// Candidate implements committee.Fetcher.
func (f fetcher) Candidate(ctx context.Context, number, limit uint64) ([]byte, error) {
	return edge.Fetch(ctx, f.client, &proto.FetchRequest{Object: &proto.FetchRequest_Candidate{Candidate: number}}, limit)
}

// Model implements committee.Fetcher.
func (f fetcher) Model(ctx context.Context, hash round.Hash, limit uint64) ([]byte, error) {
	return edge.Fetch(ctx, f.client, &proto.FetchRequest{Object: &proto.FetchRequest_Model{Model: hash[:]}}, limit)
}

// Rewards implements committee.Fetcher.
func (f fetcher) Rewards(ctx context.Context, number uint64) (round.Rewards, error) {
	b, err := edge.Fetch(ctx, f.client, &proto.FetchRequest{Object: &proto.FetchRequest_Rewards{Rewards: number}}, round.MaxManifestBytes)
	if err != nil {
		return nil, err
	}
	var r round.Rewards
	if err := round.Decode("rewards", b, round.MaxManifestBytes, &r); err != nil {
		return nil, fmt.Errorf("rewards after round %d: %w", number, err)
	}
	return r, nil
}
