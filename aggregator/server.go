package aggregator

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"

	"sotto/internal/edge"
	"sotto/proto"
	"sotto/round"
)

// Bounds of the edge. What one call may take in bytes stands in package round.
const (
	maxContributing = 512 // streams that send an upload; each may hold a header and a chunk, about 450 KB, before its turn comes
	maxFollowing    = 64  // streams that follow the board: ten members of two committees, and whoever watches
	maxFetching     = 64  // streams that fetch an object
	maxPosting      = 16  // posts that are being checked; one takes a few milliseconds

	chunkTime   = 30 * time.Second // for the next message of an upload: 9 KB/s
	sendTime    = time.Minute      // for one message that we send, and more for long ones:
	sendRate    = 32 << 10         // bytes a second that whoever reads from us keeps up with
	recordsOnce = 64               // records of the board that are read at one time
)

// Server is the gRPC edge of an aggregator: it translates, bounds and calls.
type Server struct {
	proto.UnimplementedAggregatorServer
	proto.UnimplementedBoardServer

	aggregator *Aggregator
	grpc       *grpc.Server
	health     *health.Server
	stopping   context.Context // ends when the server stops, and with it those who follow
	stop       context.CancelFunc

	contributing, following, fetching, posting slots

	chunkTime time.Duration // for the next message of an upload
}

// slots are places for calls of one sort.
type slots chan struct{}

// take takes a place, which the caller frees by calling done, or refuses.
func (s slots) take(what string) (done func(), err error) {
	select {
	case s <- struct{}{}:
		return func() { <-s }, nil
	default:
		return nil, round.Refuse(round.ReasonBusy, fmt.Sprintf("%d others are %s, which is all there is room for", cap(s), what), "try again in 2 s")
	}
}

// NewServer returns the edge of an aggregator. certificate is the TLS key that clients pin.
func NewServer(a *Aggregator, certificate tls.Certificate) *Server {
	s := &Server{aggregator: a, health: health.NewServer(), grpc: grpc.NewServer(edge.ServerOptions(certificate, round.MaxMessageBytes)...),
		contributing: make(slots, maxContributing), following: make(slots, maxFollowing), fetching: make(slots, maxFetching), posting: make(slots, maxPosting),
		chunkTime: chunkTime}
	s.stopping, s.stop = context.WithCancel(context.Background())
	proto.RegisterAggregatorServer(s.grpc, s)
	proto.RegisterBoardServer(s.grpc, s)
	healthpb.RegisterHealthServer(s.grpc, s.health)
	return s
}

// Serve answers calls on l until the server is stopped.
func (s *Server) Serve(l net.Listener) error {
	for _, service := range []string{"", proto.Aggregator_ServiceDesc.ServiceName, proto.Board_ServiceDesc.ServiceName} {
		s.health.SetServingStatus(service, healthpb.HealthCheckResponse_SERVING)
	}
	return s.grpc.Serve(l)
}

// Stop says so to the health service, ends the streams that follow the board, and waits until ctx ends for the other calls. What is still
// running then is cut off; an upload cut off leaves nothing.
func (s *Server) Stop(ctx context.Context) {
	s.health.Shutdown()
	s.stop()
	stopped := make(chan struct{})
	go func() {
		s.grpc.GracefulStop()
		close(stopped)
	}()
	select {
	case <-stopped:
	case <-ctx.Done():
		s.grpc.Stop()
		<-stopped
	}
}

// State implements proto.AggregatorServer.
func (s *Server) State(context.Context, *proto.StateRequest) (*proto.StateResponse, error) {
	at := s.aggregator.Snapshot()
	m := &proto.StateResponse{Phase: phaseOf(at.Phase), Round: at.Round, Accepted: uint32(at.Accepted), RetryAfterMs: retryAfter(at.Phase)}
	if at.Opening != nil {
		m.CanonicalDescriptor = round.Encode(at.Opening)
	}
	if len(at.Keys) > 0 {
		m.CanonicalKeyList = round.Encode(at.Keys)
	}
	return m, nil
}

func phaseOf(p Phase) proto.Phase {
	switch p {
	case PhaseOpen:
		return proto.Phase_PHASE_OPEN
	case PhaseFrozen, PhaseClosing:
		return proto.Phase_PHASE_CLOSED
	case PhaseReleasing, PhaseFinished:
		return proto.Phase_PHASE_FINISHING
	case PhaseCertified:
		return proto.Phase_PHASE_CERTIFIED
	case PhaseSkipped:
		return proto.Phase_PHASE_SKIPPED
	}
	return proto.Phase_PHASE_WAITING
}

// retryAfter returns after how many milliseconds another look is worth while.
func retryAfter(p Phase) uint32 {
	switch p {
	case PhaseOpen, PhaseNone, PhaseSkipped:
		return 1000
	}
	return 250
}

// Contribute implements proto.AggregatorServer.
func (s *Server) Contribute(stream grpc.ClientStreamingServer[proto.ContributeRequest, proto.ContributeResponse]) error {
	done, err := s.contributing.take("contributing")
	if err != nil {
		return s.turnAway(err, 0)
	}
	defer done()
	parts := receive(stream, s.chunkTime)
	defer parts.free()
	header, err := parts.next()
	if err != nil {
		return edge.Status(err)
	}
	if header.Kind != edge.SubmissionPart {
		return edge.Status(round.Refuse(round.ReasonMalformed, "malformed contribution: upload without a header", "send the submission first"))
	}
	receipt, err := s.aggregator.Contribute(header.Submission, parts.chunk)
	if err != nil {
		return edge.Status(err)
	}
	return stream.SendAndClose(&proto.ContributeResponse{CanonicalReceipt: round.Encode(&receipt)})
}

// incoming are the parts of an upload as they come.
type incoming struct {
	stream   grpc.ServerStream
	received chan received
	patience time.Duration
	timer    *time.Timer
	lent     *edge.Part // what next has returned last
}

type received struct {
	part *edge.Part
	err  error
}

// receive begins to receive an upload, of which the next message must come within patience.
func receive(stream grpc.ServerStream, patience time.Duration) *incoming {
	in := &incoming{stream: stream, received: make(chan received), patience: patience, timer: time.NewTimer(patience)}
	go func() { // ends with the stream, at the latest when the handler returns
		var parts [2]edge.Part // one is lent while the other is received
		for i := 0; ; i ^= 1 {
			part := &parts[i]
			err := stream.RecvMsg(part)
			select {
			case in.received <- received{part, err}:
			case <-stream.Context().Done():
				part.Free()
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return in
}

// next returns the next part, or fails when none comes in time. The part is lent until next or free is called.
func (in *incoming) next() (*edge.Part, error) {
	in.free()
	in.timer.Reset(in.patience)
	select {
	case r := <-in.received:
		if r.err != nil {
			return nil, r.err
		}
		in.lent = r.part
		return r.part, nil
	case <-in.stream.Context().Done():
		return nil, in.stream.Context().Err()
	case <-in.timer.C:
		return nil, round.Refuse(round.ReasonCutOff, fmt.Sprintf("nothing came for %s", in.patience), "send it again")
	}
}

// chunk returns the next part's chunk.
func (in *incoming) chunk() (mem.BufferSlice, error) {
	part, err := in.next()
	if err != nil {
		return nil, err
	}
	if part.Kind != edge.ChunkPart {
		return nil, round.Refuse(round.ReasonMalformed, "malformed contribution: a second header, want a chunk", "")
	}
	return part.Chunk, nil
}

// free takes back what is lent.
func (in *incoming) free() {
	in.timer.Stop()
	if in.lent != nil {
		in.lent.Free()
		in.lent = nil
	}
}

// Fetch implements proto.AggregatorServer.
func (s *Server) Fetch(request *proto.FetchRequest, stream grpc.ServerStreamingServer[proto.FetchResponse]) error {
	done, err := s.fetching.take("fetching")
	if err != nil {
		return edge.Status(err)
	}
	defer done()
	object, size, err := s.aggregator.object(stream.Context(), request)
	if err != nil {
		return edge.Status(err)
	}
	return edge.Status(within(sendTime+time.Duration(size/sendRate)*time.Second, func() error {
		defer object.Close()
		return sendObject(stream, object, size)
	}))
}

// sendObject streams an object in pieces.
func sendObject(stream grpc.ServerStreamingServer[proto.FetchResponse], object io.Reader, size int64) error {
	for left := size; ; {
		piece := make([]byte, min(left, round.ChunkBytes))
		if _, err := io.ReadFull(object, piece); err != nil {
			return err
		}
		if err := stream.Send(&proto.FetchResponse{Total: uint64(size), Data: piece}); err != nil {
			return err
		}
		if left -= int64(len(piece)); left == 0 {
			return nil
		}
	}
}

// within runs send, which ends with the stream, for at most so long.
func within(d time.Duration, send func() error) error {
	sent := make(chan error, 1)
	go func() { sent <- send() }()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case err := <-sent:
		return err
	case <-timer.C:
		return status.Error(codes.DeadlineExceeded, fmt.Sprintf("receiver has taken more than %s", d))
	}
}

// object opens a public object.
func (a *Aggregator) object(ctx context.Context, request *proto.FetchRequest) (io.ReadCloser, int64, error) {
	byHash := func(folder, what string, h []byte) (io.ReadCloser, int64, error) {
		if len(h) != len(round.Hash{}) {
			return nil, 0, round.Refuse(round.ReasonMalformed, fmt.Sprintf("%s by a hash of %d bytes, want %d", what, len(h), len(round.Hash{})), "")
		}
		return a.store.open(hashFile(folder, round.Hash(h)), fmt.Sprintf("no %s %s", what, round.Hash(h)))
	}
	byRound := func(folder, what string, number uint64) (io.ReadCloser, int64, error) {
		return a.store.open(numberFile(folder, number), fmt.Sprintf("no %s of round %d", what, number))
	}
	switch o := request.GetObject().(type) {
	case *proto.FetchRequest_Model:
		return byHash(models, "model", o.Model)
	case *proto.FetchRequest_Description:
		return byHash(descriptions, "description of model", o.Description)
	case *proto.FetchRequest_Transcript:
		// The file is there before the chain has the certificate; readers check it against the chain.
		return byRound(transcripts, "transcript", o.Transcript)
	case *proto.FetchRequest_Manifest:
		return byRound(manifests, "signed manifest", o.Manifest)
	case *proto.FetchRequest_Rewards:
		return byRound(rewards, "reward tree", o.Rewards)
	case *proto.FetchRequest_Candidate:
		candidate, err := a.candidateOf(ctx, o.Candidate)
		return io.NopCloser(bytes.NewReader(candidate)), int64(len(candidate)), err
	}
	return nil, 0, round.Refuse(round.ReasonMalformed, "nothing was asked for", "ask for a model, transcript, manifest, candidate, description or rewards")
}

// Post implements proto.BoardServer.
func (s *Server) Post(ctx context.Context, m *proto.PostRequest) (*proto.PostResponse, error) {
	done, err := s.posting.take("posting")
	if err != nil {
		return nil, s.turnAway(err, round.Kind(m.GetKind()))
	}
	defer done()
	if m.GetKind() >= uint32(ownKinds) {
		return nil, edge.Status(round.Refuse(round.ReasonMalformed, fmt.Sprintf("kind %d records are not for members to post", m.GetKind()), ""))
	}
	if err := s.aggregator.Post(ctx, round.Kind(m.GetKind()), m.GetCanonicalBody()); err != nil {
		return nil, edge.Status(err)
	}
	return &proto.PostResponse{}, nil
}

// reach waits until the board has reached the record before from, which the caller has seen: another replica may be ahead of this one.
func (s *Server) reach(ctx context.Context, from uint64) error {
	log := s.aggregator.Log()
	if from <= log.Head()+1 {
		return nil
	}
	short, cancel := context.WithTimeout(ctx, s.aggregator.behind())
	defer cancel()
	if err := log.Wait(short, from-1); err != nil {
		return round.Refuse(round.ReasonNotFound, fmt.Sprintf("the board has no record %d, its newest is %d", from, log.Head()), "it was begun anew; read it from its first record")
	}
	return nil
}

// Follow implements proto.BoardServer.
func (s *Server) Follow(request *proto.FollowRequest, stream grpc.ServerStreamingServer[proto.FollowResponse]) error {
	if request.GetMember() > 10 {
		return edge.Status(round.Refuse(round.ReasonMalformed, fmt.Sprintf("member %d, want 0 to 10", request.GetMember()), ""))
	}
	done, err := s.following.take("following")
	if err != nil {
		return edge.Status(err)
	}
	defer done()
	ctx, cancel := context.WithCancel(stream.Context())
	defer cancel()
	defer context.AfterFunc(s.stopping, cancel)()
	log, from, member := s.aggregator.Log(), request.GetFrom(), uint8(request.GetMember())
	if err := s.reach(ctx, from); err != nil {
		return edge.Status(err)
	}
	for {
		if err := log.Wait(ctx, from); err != nil {
			if s.stopping.Err() != nil {
				return status.Error(codes.Unavailable, "aggregator is stopping")
			}
			return edge.Status(err)
		}
		for _, r := range log.Read(from, recordsOnce) {
			from = r.Sequence + 1
			relayed, ok := Relayed(r, member)
			if !ok {
				continue
			}
			m := &proto.FollowResponse{CanonicalRecord: round.Encode(&relayed)}
			if err := within(sendTime+time.Duration(len(relayed.Body)/sendRate)*time.Second, func() error { return stream.Send(m) }); err != nil {
				return edge.Status(err)
			}
		}
	}
}
