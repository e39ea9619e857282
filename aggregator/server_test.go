package aggregator

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"sotto/internal/edge"
	"sotto/proto"
	"sotto/round"
)

// wire is an aggregator behind real sockets.
type wire struct {
	*bench
	server     *Server
	address    string
	pin        [32]byte
	conn       *grpc.ClientConn
	aggregator proto.AggregatorClient
	board      proto.BoardClient
}

func newWire(t *testing.T, b *bench, change ...func(s *Server)) *wire {
	t.Helper()
	certificate, pin, err := edge.LoadOrCreateTLS(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{bench: b, server: NewServer(b.Aggregator, certificate), address: l.Addr().String(), pin: pin}
	for _, f := range change {
		f(w.server)
	}
	served := make(chan error, 1)
	go func() { served <- w.server.Serve(l) }()
	if w.conn, err = edge.Dial(w.address, pin); err != nil {
		t.Fatal(err)
	}
	w.aggregator, w.board = proto.NewAggregatorClient(w.conn), proto.NewBoardClient(w.conn)
	t.Cleanup(func() {
		w.conn.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		w.server.Stop(ctx)
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return w
}

// send uploads a header and chunks, and returns the answer.
func (w *wire) send(ctx context.Context, parts ...*proto.ContributeRequest) (*round.SignedReceipt, error) {
	stream, err := w.aggregator.Contribute(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range parts {
		if err := stream.Send(p); errors.Is(err, io.EOF) {
			break // the aggregator has answered
		} else if err != nil {
			return nil, err
		}
	}
	m, err := stream.CloseAndRecv()
	if err != nil {
		return nil, err
	}
	r := new(round.SignedReceipt)
	return r, round.Decode("receipt", m.GetCanonicalReceipt(), 1<<10, r)
}

func headerPart(header []byte) *proto.ContributeRequest {
	return &proto.ContributeRequest{Part: &proto.ContributeRequest_CanonicalSubmission{CanonicalSubmission: header}}
}

func chunkPart(chunk []byte) *proto.ContributeRequest {
	return &proto.ContributeRequest{Part: &proto.ContributeRequest_Chunk{Chunk: chunk}}
}

func (u *testUpload) parts() []*proto.ContributeRequest {
	parts := []*proto.ContributeRequest{headerPart(u.header())}
	for c := range slices.Chunk(u.ciphertext, round.ChunkBytes) {
		parts = append(parts, chunkPart(c))
	}
	return parts
}

// A whole round over TLS on loopback: members follow and post, contributors upload, everything is fetched and checked.
func TestServerRound(t *testing.T) {
	b := newBench(t, 4, func(c *Config) {
		c.Now, c.Rounds, c.Round.Time, c.Timeouts.Poll = time.Now, 1, 30*time.Second, 10*time.Millisecond
	})
	w := newWire(t, b)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var members sync.WaitGroup
	for i, m := range b.members {
		m.board = w.board
		members.Go(func() {
			stream, err := w.board.Follow(ctx, &proto.FollowRequest{From: 1, Member: uint32(i + 1)})
			if err != nil {
				t.Error(err)
				return
			}
			last, envelopes := uint64(0), 0
			for {
				response, err := stream.Recv()
				if status.Code(err) == codes.Unavailable || status.Code(err) == codes.Canceled {
					break
				}
				if err != nil {
					t.Error(err)
					break
				}
				var r round.Record
				if err := round.Decode("record", response.GetCanonicalRecord(), round.MaxManifestBytes, &r); err != nil {
					t.Error(err)
				}
				if r.Sequence <= last || r.Kind >= ownKinds || r.To != 0 && int(r.To) != i+1 {
					t.Errorf("member %d got record %d of kind %s to %d after %d", i+1, r.Sequence, r.Kind, r.To, last)
				}
				if last = r.Sequence; r.Kind == round.KindEnvelope {
					envelopes++
				}
				m.handle(b, r)
			}
			if envelopes != 4 || len(m.postErrors) > 0 {
				t.Errorf("member %d got %d envelopes, want 4; errors: %v", i+1, envelopes, m.postErrors)
			}
		})
	}
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()

	var open round.SignedDescriptor
	for open.Descriptor.Round == 0 {
		m, err := w.aggregator.State(ctx, &proto.StateRequest{})
		if err != nil {
			t.Fatal(err)
		}
		var keys round.KeyList
		if err := round.Decode("key list", m.GetCanonicalKeyList(), round.MaxKeyListBytes, &keys); err != nil || len(keys) != 4 {
			t.Fatalf("key list of %d members (%v)", len(keys), err)
		}
		if m.GetPhase() != proto.Phase_PHASE_OPEN {
			time.Sleep(time.Duration(min(m.GetRetryAfterMs(), 20)) * time.Millisecond)
			continue
		}
		if err := round.Decode("descriptor", m.GetCanonicalDescriptor(), round.MaxDescriptorBytes, &open); err != nil {
			t.Fatal(err)
		}
	}
	for _, k := range b.keys {
		u := b.seal(&open, k)
		receipt, err := w.send(ctx, u.parts()...)
		if err != nil {
			t.Fatal(err)
		}
		if receipt.Receipt.Digest != u.submission.Signed.Contribution.Digest(roundsDomain) || receipt.Verify(roundsDomain, b.account.Address()) != nil {
			t.Fatalf("got %+v", receipt)
		}
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	m, err := w.aggregator.State(ctx, &proto.StateRequest{})
	if err != nil || m.GetPhase() != proto.Phase_PHASE_CERTIFIED || m.GetRound() != 1 || len(m.GetCanonicalDescriptor()) == 0 {
		t.Fatalf("got %v (%v)", m, err)
	}

	fetch := func(request *proto.FetchRequest) []byte {
		t.Helper()
		object, err := edge.Fetch(ctx, w.aggregator, request, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		return object
	}
	head := b.ledger.head
	if got := round.Hash(sha256.Sum256(fetch(&proto.FetchRequest{Object: &proto.FetchRequest_Model{Model: head.Model[:]}}))); got != head.Model {
		t.Fatalf("model has hash %s, want %s", got, head.Model)
	}
	var c round.CertifiedRound
	if err := round.Decode("transcript", fetch(&proto.FetchRequest{Object: &proto.FetchRequest_Transcript{Transcript: 1}}), 1<<20, &c); err != nil || c.Transcript.Certificate.Head(roundsDomain) != head.Hash {
		t.Fatalf("transcript leads to head %s (%v), want %s", c.Transcript.Certificate.Head(roundsDomain), err, head.Hash)
	}
	var manifest round.SignedManifest
	if err := round.Decode("manifest", fetch(&proto.FetchRequest{Object: &proto.FetchRequest_Manifest{Manifest: 1}}), 1<<20, &manifest); err != nil || len(manifest.Manifest.Entries) != 4 {
		t.Fatalf("manifest of %d entries (%v), want 4", len(manifest.Manifest.Entries), err)
	}
	var tree round.Rewards
	if err := round.Decode("rewards", fetch(&proto.FetchRequest{Object: &proto.FetchRequest_Rewards{Rewards: 1}}), 1<<20, &tree); err != nil || tree.Root() != head.RewardsRoot {
		t.Fatalf("rewards have root %s (%v), want %s", tree.Root(), err, head.RewardsRoot)
	}
	ctxStop, stopped := context.WithTimeout(context.Background(), 5*time.Second)
	defer stopped()
	w.server.Stop(ctxStop) // ends those who follow
	members.Wait()
}

// Refusals arrive with their reason and hint, under the gRPC code that belongs to the reason.
func TestServerRefusals(t *testing.T) {
	b := newBench(t, 4)
	w := newWire(t, b)
	ctx := t.Context()
	o := b.open()
	u := b.seal(o, b.keys[0])
	stranger := b.seal(o, newKey(t))
	old := b.seal(o, b.keys[0], func(u *testUpload) { u.submission.Signed.Contribution.Round = 0 })

	get := func(request *proto.FetchRequest) error {
		_, err := edge.Fetch(ctx, w.aggregator, request, 1<<20)
		return err
	}
	post := func(kind uint32, body []byte) error {
		_, err := w.board.Post(ctx, &proto.PostRequest{Kind: kind, CanonicalBody: body})
		return err
	}
	upload := func(parts ...*proto.ContributeRequest) error {
		_, err := w.send(ctx, parts...)
		return err
	}
	for _, c := range []struct {
		name   string
		err    error
		code   codes.Code // 0 where the edge has turned it into a refusal already
		reason round.Reason
		text   string
		hint   string
	}{
		{"unregistered", upload(stranger.parts()...), codes.PermissionDenied, round.ReasonNotRegistered, "", "register; a registration counts from the first round that opens after its block is final"},
		{"closed round", upload(old.parts()...), codes.FailedPrecondition, round.ReasonRoundClosed, "round 0 is closed", "the open round is 1"},
		{"chunk first", upload(chunkPart(u.ciphertext)), codes.InvalidArgument, round.ReasonMalformed, "malformed contribution: upload without a header", "send the submission first"},
		{"nothing", upload(&proto.ContributeRequest{}), codes.InvalidArgument, round.ReasonMalformed, "malformed contribution: upload without a header", "send the submission first"},
		{"header twice", upload(headerPart(u.header()), headerPart(u.header())), codes.InvalidArgument, round.ReasonMalformed, "malformed contribution: a second header, want a chunk", ""},
		{"malformed header", upload(headerPart([]byte{1, 2})), codes.InvalidArgument, round.ReasonMalformed, "", ""},
		{"post of the aggregator's", post(uint32(round.KindOpen), nil), codes.InvalidArgument, round.ReasonMalformed, "open records are not for members to post", "members post hello, packet, confirmation, share and release"},
		{"post of an own kind", post(uint32(kindAccepted), nil), codes.InvalidArgument, round.ReasonMalformed, "kind 131 records are not for members to post", ""},
		{"post of a large kind", post(1<<20, nil), codes.InvalidArgument, round.ReasonMalformed, "kind 1048576 records are not for members to post", ""},
		{"malformed post", post(uint32(round.KindShare), []byte{1}), codes.InvalidArgument, round.ReasonMalformed, "", ""},
		{"unknown model", get(&proto.FetchRequest{Object: &proto.FetchRequest_Model{Model: modelID[:]}}), 0, round.ReasonNotFound, "no model " + modelID.String(), ""},
		{"short hash", get(&proto.FetchRequest{Object: &proto.FetchRequest_Model{Model: modelID[:3]}}), 0, round.ReasonMalformed, "model by a hash of 3 bytes, want 32", ""},
		{"unknown description", get(&proto.FetchRequest{Object: &proto.FetchRequest_Description{Description: modelID[:]}}), 0, round.ReasonNotFound, "no description of model " + modelID.String(), ""},
		{"unknown transcript", get(&proto.FetchRequest{Object: &proto.FetchRequest_Transcript{Transcript: 1}}), 0, round.ReasonNotFound, "no transcript of round 1", ""},
		{"unknown manifest", get(&proto.FetchRequest{Object: &proto.FetchRequest_Manifest{Manifest: 1}}), 0, round.ReasonNotFound, "no signed manifest of round 1", ""},
		{"unknown rewards", get(&proto.FetchRequest{Object: &proto.FetchRequest_Rewards{Rewards: 1}}), 0, round.ReasonNotFound, "no reward tree of round 1", ""},
		{"unknown candidate", get(&proto.FetchRequest{Object: &proto.FetchRequest_Candidate{Candidate: 1}}), 0, round.ReasonNotFound, "no candidate of round 1", "the transcript of a certified round is fetched as such"},
		{"nothing asked for", get(&proto.FetchRequest{}), 0, round.ReasonMalformed, "nothing was asked for", "ask for a model, transcript, manifest, candidate, description or rewards"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := status.Code(c.err); c.code != 0 && got != c.code {
				t.Fatalf("got code %s (%v), want %s", got, c.err, c.code)
			}
			var r *round.Refusal
			if err := edge.Refusal(c.err); !errors.As(err, &r) {
				t.Fatalf("got %v, want a refusal", err)
			}
			if r.Reason != c.reason || c.text != "" && r.Text != c.text || c.hint != "" && r.Hint != c.hint {
				t.Fatalf("got %s: %s (%s), want %s: %s (%s)", r.Reason, r.Text, r.Hint, c.reason, c.text, c.hint)
			}
		})
	}
	// More than a message may have does not reach us.
	if err := upload(headerPart(u.header()), chunkPart(make([]byte, round.MaxMessageBytes+1))); status.Code(err) != codes.ResourceExhausted {
		t.Fatalf("got %v, want that the message is too large", err)
	}
	stream, err := w.board.Follow(ctx, &proto.FollowRequest{From: 1, Member: 11})
	if err == nil {
		_, err = stream.Recv()
	}
	if round.ReasonOf(edge.Refusal(err)) != round.ReasonMalformed {
		t.Fatalf("got %v, want that there is no member 11", err)
	}
	stream, err = w.board.Follow(ctx, &proto.FollowRequest{From: b.Log().Head() + 2, Member: 1})
	if err == nil {
		_, err = stream.Recv()
	}
	head := b.Log().Head()
	refusal(t, edge.Refusal(err), round.ReasonNotFound, fmt.Sprintf("the board has no record %d, its newest is %d", head+2, head), "it was begun anew; read it from its first record")
	if b.Snapshot().Accepted != 0 {
		t.Fatal("something was accepted")
	}
	if err := b.store.SaveDescription(modelID, []byte(`{"name":"digits"}`)); err != nil {
		t.Fatal(err)
	}
	if got, err := edge.Fetch(ctx, w.aggregator, &proto.FetchRequest{Object: &proto.FetchRequest_Description{Description: modelID[:]}}, 100); err != nil || string(got) != `{"name":"digits"}` {
		t.Fatalf("got %q (%v)", got, err)
	}
}

// An upload that the client breaks off, or that stalls, leaves nothing and frees its place.
func TestServerCutOff(t *testing.T) {
	b := newBench(t, 3)
	largeModel(t, b)
	w := newWire(t, b, func(s *Server) { s.chunkTime = 100 * time.Millisecond })
	o := b.open()
	u := b.seal(o, b.keys[0])
	parts := u.parts()
	free := func() {
		t.Helper()
		for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
			b.uploads.mu.Lock()
			n := b.uploads.count
			b.uploads.mu.Unlock()
			if n == 0 && len(w.server.contributing) == 0 {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%d uploads hold memory, %d streams a place", n, len(w.server.contributing))
			}
		}
		if s := b.Snapshot(); s.Accepted != 0 || b.digits(0) != nil {
			t.Fatal("the upload has left something")
		}
	}
	// The client goes away.
	ctx, cancel := context.WithCancel(t.Context())
	stream, err := w.aggregator.Contribute(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range parts[:3] {
		if err := stream.Send(p); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	free()
	// It stays and says nothing.
	if stream, err = w.aggregator.Contribute(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(parts[0]); err != nil {
		t.Fatal(err)
	}
	var answer proto.ContributeResponse
	err = edge.Refusal(stream.RecvMsg(&answer))
	refusal(t, err, round.ReasonCutOff, "nothing came for 100ms", "send it again")
	free()
	// It ends early.
	_, err = w.send(t.Context(), parts[:3]...)
	refusal(t, edge.Refusal(err), round.ReasonCutOff, fmt.Sprintf("upload of %s ended after 524288 bytes, want %d", addressOf(b.keys[0]), len(u.ciphertext)), "send it again")
	free()
	// And then all of it.
	if _, err := w.send(t.Context(), parts...); err != nil {
		t.Fatal(err)
	}
	if b.Snapshot().Accepted != 1 {
		t.Fatal("the upload was not accepted")
	}
	// A second time the receipt comes before the ciphertext has gone.
	if _, err := w.send(t.Context(), u.parts()...); err != nil {
		t.Fatal(err)
	}
}

// Many contributors at the same time.
func TestServerConcurrent(t *testing.T) {
	b := newBench(t, 16)
	w := newWire(t, b)
	o := b.open()
	var wg sync.WaitGroup
	for _, k := range b.keys {
		u := b.seal(o, k)
		wg.Go(func() {
			if _, err := w.send(t.Context(), u.parts()...); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := b.Snapshot().Accepted; n != len(b.keys) {
		t.Fatalf("%d contributions, want %d", n, len(b.keys))
	}
	b.run()
	if len(happened[RoundCertified](b)) != 1 {
		t.Fatal("the round is not certified")
	}
}

// Followers get what is there, then what comes; each its own; and an end when the server stops.
func TestServerFollow(t *testing.T) {
	b := newBench(t, 3)
	w := newWire(t, b)
	o := b.open()
	follow := func(from uint64, member uint32) func() (*round.Record, error) {
		stream, err := w.board.Follow(t.Context(), &proto.FollowRequest{From: from, Member: member})
		if err != nil {
			t.Fatal(err)
		}
		return func() (*round.Record, error) {
			m, err := stream.Recv()
			if err != nil {
				return nil, err
			}
			r := new(round.Record)
			return r, round.Decode("record", m.GetCanonicalRecord(), round.MaxManifestBytes, r)
		}
	}
	two, everybody := follow(1, 2), follow(0, 0)
	kinds := func(next func() (*round.Record, error), n int) (kinds []string) {
		for range n {
			r, err := next()
			if err != nil {
				t.Fatal(err)
			}
			kinds = append(kinds, r.Kind.String())
		}
		return kinds
	}
	want := []string{"installed", "propose", "share", "share", "share", "share", "open"}
	if got := kinds(two, len(want)); !slices.Equal(got, want) {
		t.Fatalf("member 2 got %v, want %v", got, want)
	}
	if got := kinds(everybody, len(want)); !slices.Equal(got, want) {
		t.Fatalf("everybody got %v, want %v", got, want)
	}
	rest := b.Log().Head()
	b.contribute(o, b.keys[0])
	late := follow(rest+1, 2)
	r, err := late()
	if err != nil || r.Kind != round.KindEnvelope || r.To != 2 || r.Sequence != rest+1 {
		t.Fatalf("got %+v (%v)", r, err)
	}
	errs := make(chan error, 1)
	go func() {
		for {
			if r, err := everybody(); err != nil {
				errs <- err
				return
			} else if r.To != 0 {
				errs <- fmt.Errorf("everybody got a record to member %d", r.To)
				return
			}
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	begun := time.Now()
	w.server.Stop(ctx)
	if err := <-errs; status.Code(err) != codes.Unavailable || time.Since(begun) > 4*time.Second {
		t.Fatalf("got %v after %s, want that the server stops", err, time.Since(begun))
	}
}

// There is room for so many calls of each sort.
func TestServerSlots(t *testing.T) {
	b := newBench(t, 3)
	w := newWire(t, b, func(s *Server) {
		s.following, s.fetching, s.posting, s.contributing = make(slots, 1), make(slots), make(slots), make(slots)
	})
	o := b.open()
	first, err := w.board.Follow(t.Context(), &proto.FollowRequest{From: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := first.Recv(); err != nil {
		t.Fatal(err)
	}
	second, err := w.board.Follow(t.Context(), &proto.FollowRequest{From: 1})
	if err == nil {
		_, err = second.Recv()
	}
	refusal(t, edge.Refusal(err), round.ReasonBusy, "1 others are following, which is all there is room for", "try again in 2 s")
	_, err = edge.Fetch(t.Context(), w.aggregator, &proto.FetchRequest{}, 1)
	refusal(t, err, round.ReasonBusy, "0 others are fetching, which is all there is room for", "try again in 2 s")
	_, err = w.board.Post(t.Context(), &proto.PostRequest{})
	refusal(t, edge.Refusal(err), round.ReasonBusy, "0 others are posting, which is all there is room for", "try again in 2 s")
	if got := status.Code(err); got != codes.ResourceExhausted {
		t.Fatalf("got code %s", got)
	}
	_, err = w.send(t.Context(), b.seal(o, b.keys[0]).parts()...)
	refusal(t, edge.Refusal(err), round.ReasonBusy, "0 others are contributing, which is all there is room for", "try again in 2 s")
}

// The health service says what is so, and a client that pins another key does not speak to us.
func TestServerHealth(t *testing.T) {
	b := newBench(t, 3)
	w := newWire(t, b)
	health := healthpb.NewHealthClient(w.conn)
	for _, service := range []string{"", "sotto.v1.Aggregator", "sotto.v1.Board"} {
		r, err := health.Check(t.Context(), &healthpb.HealthCheckRequest{Service: service})
		if err != nil || r.GetStatus() != healthpb.HealthCheckResponse_SERVING {
			t.Fatalf("%q: got %v (%v)", service, r, err)
		}
	}
	watch, err := health.Watch(t.Context(), &healthpb.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := watch.Recv(); err != nil {
		t.Fatal(err)
	}
	other, err := edge.Dial(w.address, [32]byte{1})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := proto.NewAggregatorClient(other).State(t.Context(), &proto.StateRequest{}); err == nil || !strings.Contains(err.Error(), "pinned TLS key") {
		t.Fatalf("got %v, want that the key is not the pinned one", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond) // the watch does not end by itself
	defer cancel()
	w.server.Stop(ctx)
	if r, err := watch.Recv(); err != nil || r.GetStatus() != healthpb.HealthCheckResponse_NOT_SERVING {
		t.Fatalf("got %v (%v)", r, err)
	}
}

func TestWithin(t *testing.T) {
	if err := within(time.Minute, func() error { return io.EOF }); !errors.Is(err, io.EOF) {
		t.Fatalf("got %v", err)
	}
	done := make(chan struct{})
	defer close(done)
	if err := within(time.Millisecond, func() error { <-done; return nil }); status.Code(err) != codes.DeadlineExceeded {
		t.Fatalf("got %v, want that it took too long", err)
	}
}

// Phases as clients see them.
func TestPhases(t *testing.T) {
	want := []proto.Phase{proto.Phase_PHASE_WAITING, proto.Phase_PHASE_WAITING, proto.Phase_PHASE_OPEN, proto.Phase_PHASE_CLOSED, proto.Phase_PHASE_CLOSED,
		proto.Phase_PHASE_FINISHING, proto.Phase_PHASE_FINISHING, proto.Phase_PHASE_CERTIFIED, proto.Phase_PHASE_SKIPPED}
	for p, w := range want {
		if got := phaseOf(Phase(p)); got != w || retryAfter(Phase(p)) > 60_000 {
			t.Fatalf("%s is %s, want %s", Phase(p), got, w)
		}
	}
	if got := Phase(99).String(); got != "phase 99" {
		t.Fatalf("got %s", got)
	}
}
