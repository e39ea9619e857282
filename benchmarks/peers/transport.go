package peers

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync/atomic"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"

	"sotto/internal/edge"
	"sotto/round"
)

// The peers' transport is Sotto's, gRPC over TLS 1.3 with the options of package edge and chunks of the same size, but for the codec:
// frames are raw bytes, without protobuf around them. That is the fastest way to take bytes in with gRPC that we know, so the floor is one.

// chunkBytes is the size of a frame.
const chunkBytes = round.ChunkBytes

// frame is one message of a stream.
type frame struct{ data mem.BufferSlice }

// rawCodec hands frames over as they are.
type rawCodec struct{}

func (rawCodec) Name() string { return "sotto-raw" }

func (rawCodec) Marshal(v any) (mem.BufferSlice, error) {
	f, ok := v.(*frame)
	if !ok {
		return nil, fmt.Errorf("raw codec: %T, want a frame", v)
	}
	return f.data, nil
}

func (rawCodec) Unmarshal(data mem.BufferSlice, v any) error {
	f, ok := v.(*frame)
	if !ok {
		return fmt.Errorf("raw codec: %T, want a frame", v)
	}
	data.Ref()
	f.data = data
	return nil
}

const service = "sotto.benchmark.Ingest"

// What the service does: it takes contributions, and hands out the model that is trained from.
var (
	contributing = grpc.StreamDesc{StreamName: "Contribute", ClientStreams: true}
	fetching     = grpc.StreamDesc{StreamName: "Fetch", ServerStreams: true}
)

// ingester takes one contribution off a stream and adds it to the sum. It must read it to its end.
type ingester interface {
	ingest(r io.Reader) error
}

// door is a gRPC server that contributions come in through.
type door struct {
	dir        string
	server     *grpc.Server
	invitation Invitation
	model      atomic.Pointer[[]byte]
}

// newDoor serves on a free port of this machine. public goes into the invitation.
func newDoor(in ingester, public []byte) (*door, error) {
	dir, err := os.MkdirTemp("", "sotto-benchmark-")
	if err != nil {
		return nil, err
	}
	certificate, pin, err := edge.LoadOrCreateTLS(dir)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	d := &door{dir: dir, invitation: Invitation{Pin: pin, Public: public}}
	d.server = d.newServer(in, certificate)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	d.invitation.Address = l.Addr().String()
	go d.server.Serve(l) // ends with Stop
	return d, nil
}

func (d *door) newServer(in ingester, certificate tls.Certificate) *grpc.Server {
	take, give := contributing, fetching
	take.Handler = func(_ any, stream grpc.ServerStream) error {
		r := &streamReader{stream: stream}
		defer r.close()
		if err := in.ingest(r); err != nil {
			return status.Error(codes.InvalidArgument, err.Error())
		}
		if _, err := r.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			return status.Error(codes.InvalidArgument, "contribution goes on after its end")
		}
		return stream.SendMsg(&frame{})
	}
	give.Handler = func(_ any, stream grpc.ServerStream) error {
		if err := stream.RecvMsg(new(frame)); err != nil {
			return err
		}
		return sendFrames(stream, *d.model.Load())
	}
	options := append(edge.ServerOptions(certificate, round.MaxMessageBytes), grpc.ForceServerCodecV2(rawCodec{}))
	server := grpc.NewServer(options...)
	server.RegisterService(&grpc.ServiceDesc{ServiceName: service, HandlerType: (*any)(nil), Streams: []grpc.StreamDesc{take, give}}, nil)
	return server
}

// sendFrames sends a message in frames.
func sendFrames(stream interface{ SendMsg(any) error }, message []byte) error {
	for len(message) > 0 {
		n := min(len(message), chunkBytes)
		if err := stream.SendMsg(&frame{mem.BufferSlice{mem.SliceBuffer(message[:n])}}); err != nil {
			return err
		}
		message = message[n:]
	}
	return nil
}

// serve hands the model out from now on.
func (d *door) serve(model []byte) { d.model.Store(&model) }

func (d *door) Invitation() Invitation { return d.invitation }

func (d *door) Close() error {
	d.server.Stop()
	return os.RemoveAll(d.dir)
}

// streamReader reads the frames of a stream as one sequence of bytes.
type streamReader struct {
	stream interface{ RecvMsg(any) error }
	rest   *mem.Reader
}

func (r *streamReader) Read(p []byte) (int, error) {
	for r.rest == nil || r.rest.Remaining() == 0 {
		r.close()
		var f frame
		if err := r.stream.RecvMsg(&f); err != nil {
			return 0, err
		}
		r.rest = f.data.Reader()
		f.data.Free()
	}
	return r.rest.Read(p)
}

func (r *streamReader) close() {
	if r.rest != nil {
		r.rest.Close()
		r.rest = nil
	}
}

// sender sends contributions to a door.
type sender struct {
	conn    *grpc.ClientConn
	message []byte // made last
}

func (s *sender) join(inv Invitation) (err error) {
	s.conn, err = edge.Dial(inv.Address, inv.Pin)
	return err
}

func (s *sender) Send(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := s.open(ctx, &contributing)
	if err != nil {
		return err
	}
	err = sendFrames(stream, s.message)
	// An end of stream while sending means that there is an answer already, which says why.
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if err := stream.CloseSend(); err != nil {
		return err
	}
	var answer frame
	if err := stream.RecvMsg(&answer); err != nil {
		return err
	}
	answer.data.Free()
	return nil
}

func (s *sender) open(ctx context.Context, what *grpc.StreamDesc) (grpc.ClientStream, error) {
	return s.conn.NewStream(ctx, what, "/"+service+"/"+what.StreamName, grpc.ForceCodecV2(rawCodec{}))
}

// fetch returns the model that is handed out.
func (s *sender) fetch(ctx context.Context) ([]byte, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := s.open(ctx, &fetching)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(stream.SendMsg(&frame{}), stream.CloseSend()); err != nil {
		return nil, err
	}
	r := &streamReader{stream: stream}
	defer r.close()
	return io.ReadAll(r)
}

func (s *sender) Close() error {
	if s.conn == nil {
		return nil
	}
	return s.conn.Close()
}

// Accounts is empty where contributors need none.
func (s *sender) Accounts() []byte { return nil }
