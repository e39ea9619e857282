package committee_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"sotto/committee"
	"sotto/internal/edge"
	"sotto/proto"
	"sotto/round"
)

// server is a board and a source of objects over gRPC, as far as a member sees them.
type server struct {
	proto.UnimplementedBoardServer
	proto.UnimplementedAggregatorServer
	fetch *fetcher

	mu      sync.Mutex
	records []round.Record
	changed chan struct{} // closed when there are records, or the connections are cut
	cut     int           // how often all connections were cut
	follows []*proto.FollowRequest
	refuse  []error // answers to the next posts
	posts   chan committee.Post
}

func serve(t *testing.T, f *fetcher, records []round.Record) (*server, *grpc.ClientConn) {
	s := &server{fetch: f, records: slices.Clone(records), changed: make(chan struct{}), posts: make(chan committee.Post, 100)}
	listener := bufconn.Listen(1 << 20)
	g := grpc.NewServer()
	proto.RegisterBoardServer(g, s)
	proto.RegisterAggregatorServer(g, s)
	done := make(chan struct{})
	go func() { defer close(done); _ = g.Serve(listener) }()
	conn, err := grpc.NewClient("passthrough:board", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(); g.Stop(); <-done })
	return s, conn
}

func (s *server) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
	close(s.changed)
	s.changed = make(chan struct{})
}

// append adds records as they are.
func (s *server) append(records ...round.Record) {
	s.change(func() { s.records = append(s.records, records...) })
}

func (s *server) Follow(r *proto.FollowRequest, stream grpc.ServerStreamingServer[proto.FollowResponse]) error {
	s.mu.Lock()
	s.follows = append(s.follows, r)
	cut := s.cut
	s.mu.Unlock()
	for from := r.GetFrom(); ; {
		s.mu.Lock()
		var due []round.Record
		for _, record := range s.records {
			if record.Sequence >= from && (record.To == 0 || uint32(record.To) == r.GetMember()) {
				due = append(due, record)
				from = record.Sequence + 1
			}
		}
		changed, over := s.changed, s.cut != cut
		s.mu.Unlock()
		if over {
			return status.Error(codes.Unavailable, "cut")
		}
		for i := range due {
			if err := stream.Send(&proto.FollowResponse{CanonicalRecord: round.Encode(&due[i])}); err != nil {
				return err
			}
		}
		select {
		case <-changed:
		case <-stream.Context().Done():
			return stream.Context().Err()
		}
	}
}

func (s *server) Post(_ context.Context, r *proto.PostRequest) (*proto.PostResponse, error) {
	s.mu.Lock()
	var err error
	if len(s.refuse) > 0 {
		err, s.refuse = s.refuse[0], s.refuse[1:]
	}
	s.mu.Unlock()
	if err != nil {
		return nil, edge.Status(err)
	}
	s.posts <- committee.Post{Kind: round.Kind(r.GetKind()), Body: r.GetCanonicalBody()}
	return &proto.PostResponse{}, nil
}

func (s *server) Fetch(r *proto.FetchRequest, stream grpc.ServerStreamingServer[proto.FetchResponse]) error {
	switch o := r.GetObject().(type) {
	case *proto.FetchRequest_Candidate:
		return edge.Send(stream, s.fetch.candidate)
	case *proto.FetchRequest_Model:
		if b, ok := s.fetch.models[round.Hash(o.Model)]; ok {
			return edge.Send(stream, b)
		}
	case *proto.FetchRequest_Rewards:
		if rewards, ok := s.fetch.rewards[o.Rewards]; ok {
			return edge.Send(stream, round.Encode(rewards))
		}
	}
	return edge.Status(round.Refuse(round.ReasonNotFound, "no such object", ""))
}

func (s *server) next(t *testing.T) committee.Post {
	t.Helper()
	select {
	case p := <-s.posts:
		return p
	case <-time.After(20 * time.Second):
		t.Fatal("no post for 20 s")
		return committee.Post{}
	}
}

// following waits for the n-th connection, from 1, and returns what it asked for.
func (s *server) following(t *testing.T, n int) *proto.FollowRequest {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		s.mu.Lock()
		count := len(s.follows)
		s.mu.Unlock()
		if count >= n {
			return s.follows[n-1]
		}
		select {
		case <-deadline:
			t.Fatalf("%d connections after 20 s, want %d", count, n)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// sleeper runs member 1 of a world over gRPC, from a copy of its disk.
type sleeper struct {
	member *committee.Member
	disk   *committee.Memory
	log    *lockedBuffer
	stop   func() error
}

func (w *world) run(t *testing.T, conn *grpc.ClientConn) *sleeper {
	t.Helper()
	s := &sleeper{disk: w.disks[0].Clone(), log: new(lockedBuffer)}
	dir, err := s.disk.Open()
	if err != nil {
		t.Fatal(err)
	}
	s.member, err = committee.New(committee.Config{
		Directory: dir, Chain: &w.chain, Clock: func() time.Time { return w.clock }, Policy: w.policy, Rounds: roundsDomain, Registry: registryDomain,
		Model: modelID, Aggregator: address(aggregatorKey), Poll: 10 * time.Millisecond,
		Log: slog.New(slog.NewJSONHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.member.Run(ctx, conn) }()
	s.stop = sync.OnceValue(func() error {
		cancel()
		select {
		case err := <-done:
			return err
		case <-time.After(20 * time.Second):
			return errors.New("does not stop")
		}
	})
	t.Cleanup(func() {
		if err := s.stop(); err != nil && !errors.Is(err, committee.ErrJournal) {
			t.Error(err)
		}
	})
	return s
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// TestRun runs one member of four over gRPC through a round, with the connection cut in the middle and refused posts, and looks at its log.
func TestRun(t *testing.T) {
	w := newCommittee(t, 4)
	sent := 0
	s, conn := serve(t, &w.fetch, nil)
	flush := func() {
		s.append(w.log[sent:]...)
		sent = len(w.log)
	}
	flush()
	m := w.run(t, conn)
	if f := s.following(t, 1); f.GetFrom() != 1 || f.GetMember() != 1 {
		t.Errorf("follows as member %d from record %d, want member 1 from 1", f.GetMember(), f.GetFrom())
	}
	expect := func(purpose round.Purpose) {
		t.Helper()
		p := s.next(t)
		if p.Kind != round.KindShare || decode[round.SignatureShare](t, p).Purpose != purpose {
			t.Fatalf("posts a %v, want a share over the %v", p.Kind, purpose)
		}
	}
	d := w.descriptor()
	d.Leaves = 1
	s.mu.Lock()
	s.refuse = []error{status.Error(codes.Unavailable, "down"), round.Refuse(round.ReasonBusy, "busy", "")}
	s.mu.Unlock()
	opening := w.open(d) // the member in the world that has the number of the running one answers to nobody
	flush()
	expect(round.PurposeDescriptor)

	last := w.log[len(w.log)-1].Sequence
	waitFor(t, func() bool { return m.member.Status().Round == 1 })
	s.change(func() { s.cut++ })
	if f := s.following(t, 2); f.GetFrom() != last {
		t.Errorf("goes on from record %d, want the last one it had, %d", f.GetFrom(), last)
	}

	uploads := w.contributions(opening)
	manifest := w.manifest(opening, uploads)
	w.tell(round.KindClose, 0, 1, manifest)
	flush()
	expect(round.PurposeManifest)
	c := w.closing(opening, manifest)
	posts := w.tell(round.KindClosed, 0, 1, c)
	flush()
	if p := s.next(t); p.Kind != round.KindRelease || string(p.Body) != string(posts[0].Body) {
		t.Fatalf("posts a %v, want the release of node 0", p.Kind)
	}
	w.relay(posts, 1)
	o := w.finish(opening, c, uploads, releasesOf(t, posts))
	w.tell(round.KindFinish, 0, 1, w.lay(o.Transcript))
	s.mu.Lock()
	s.refuse = []error{round.Refuse(round.ReasonRoundClosed, "too late", "")} // dropped, and said in the log
	s.mu.Unlock()
	flush()
	waitFor(t, func() bool { return strings.Contains(m.log.String(), "the board refused a share: ROUND_CLOSED") })
	s.append(round.Record{Sequence: uint64(len(w.log) + 1), Kind: round.KindPropose, Round: 1, Body: []byte{1}})
	waitFor(t, func() bool { return strings.Contains(m.log.String(), `refused propose, rule \"well-formed\"`) })
	if err := m.stop(); err != nil {
		t.Errorf("stopped with %v, want nil", err)
	}
	checkLog(t, m.log.String())
}

func waitFor(t *testing.T, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !condition(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited for 20 s")
		}
	}
}

// checkLog looks for attributes other than those of the vocabulary, and for anything that names a party.
func checkLog(t *testing.T, log string) {
	t.Helper()
	for _, line := range strings.Split(strings.TrimSpace(log), "\n") {
		for _, attribute := range regexp.MustCompile(`"([a-zA-Z]+)":`).FindAllStringSubmatch(line, -1) {
			if !slices.Contains([]string{"time", "level", "msg", "round", "member"}, attribute[1]) {
				t.Errorf("log has attribute %q: %s", attribute[1], line)
			}
		}
		if regexp.MustCompile(`0x[0-9a-fA-F]{6}`).MatchString(line) {
			t.Errorf("log has an address or a digest: %s", line)
		}
	}
}

// TestRunOtherBoard: a board that was started anew is read from its first record; one that has the last record is not.
func TestRunOtherBoard(t *testing.T) {
	w := newCommittee(t, 4)
	s, conn := serve(t, &w.fetch, w.log)
	m := w.run(t, conn)
	last := uint64(len(w.log))
	waitFor(t, func() bool { return m.member.Status().Sequence == last })
	other := round.Record{Sequence: last, Kind: round.KindSkip, Round: 9, Body: round.Encode(&round.Skipped{Round: 9})}
	s.change(func() {
		s.records = []round.Record{{Sequence: 1, Kind: round.KindSkip, Round: 8, Body: round.Encode(&round.Skipped{Round: 8})}, other}
		s.cut++
	})
	if f := s.following(t, 2); f.GetFrom() != last {
		t.Errorf("goes on from record %d, want %d", f.GetFrom(), last)
	}
	if f := s.following(t, 3); f.GetFrom() != 1 {
		t.Errorf("reads another board from record %d, want 1", f.GetFrom())
	}
	waitFor(t, func() bool { return strings.Contains(m.log.String(), "reading the board from its first record") })
}

// TestRunKeyGeneration: a member without a number follows what is for everybody, and begins to follow as itself once it has one.
func TestRunKeyGeneration(t *testing.T) {
	w := newWorld(t, 4)
	s, conn := serve(t, &w.fetch, nil)
	m := w.run(t, conn)
	w.members[0] = nil
	hello := s.next(t)
	for range 3 { // again until it stands on the board
		if p := s.next(t); p.Kind != round.KindHello || string(p.Body) != string(hello.Body) {
			t.Fatalf("posts a %v, want the same hello", p.Kind)
		}
	}
	if f := s.following(t, 1); f.GetMember() != 0 {
		t.Errorf("follows as member %d before there is a committee, want 0", f.GetMember())
	}
	sent := 0
	flush := func() {
		s.append(w.log[sent:]...)
		sent = len(w.log)
	}
	own := func(kind round.Kind) committee.Post {
		t.Helper()
		for {
			if p := s.next(t); p.Kind == kind {
				return p
			}
		}
	}
	w.tell(hello.Kind, 0, 0, hello.Body)
	session := &round.Session{Epoch: 1, Attempt: 1, Hellos: w.hellos()}
	posts := w.tell(round.KindSession, 0, 0, session)
	flush()
	w.relay(append(posts, own(round.KindPacket)), 0)
	posts = w.tell(round.KindPhase, 0, 0, &round.PhaseEnd{Epoch: 1, Attempt: 1, Phase: round.PhaseDeal})
	flush()
	w.relay(append(posts, own(round.KindPacket)), 0)
	posts = w.tell(round.KindPhase, 0, 0, &round.PhaseEnd{Epoch: 1, Attempt: 1, Phase: round.PhaseResponse})
	flush()
	w.relay(append(posts, own(round.KindConfirmation), own(round.KindShare)), 0)
	c := decode[round.SignedConfirmation](t, posts[0])
	list := session.KeyList()
	w.install(round.Committee{Epoch: 1, Key: c.Confirmation.Key, KeyList: list.Hash(), Members: list.Hashes(), DKG: c.Confirmation.Transcript},
		round.Installed{Epoch: 1, Keys: list, Group: c.Group})
	flush()
	if f := s.following(t, 2); f.GetMember() != 1 {
		t.Errorf("follows as member %d once the committee is in office, want 1", f.GetMember())
	}
	if err := m.stop(); err != nil {
		t.Error(err)
	}
	checkLog(t, m.log.String())
}

// TestRunBrokenJournal: a member whose disk fails stops.
func TestRunBrokenJournal(t *testing.T) {
	w := newCommittee(t, 4)
	s, conn := serve(t, &w.fetch, w.log)
	m := w.run(t, conn)
	waitFor(t, func() bool { return m.member.Status().Sequence == uint64(len(w.log)) })
	m.disk.Fail(&committee.Fault{At: 1})
	d := w.descriptor()
	s.append(w.append(round.KindPropose, 0, 1, d))
	waitFor(t, func() bool { return strings.Contains(m.log.String(), "the journal cannot be written, stopping") })
	if err := m.stop(); !errors.Is(err, committee.ErrJournal) {
		t.Errorf("stopped with %v, want %v", err, committee.ErrJournal)
	}
}

// TestRunPatience: a manifest that comes a moment before the deadline by this member's clock is signed then.
func TestRunPatience(t *testing.T) {
	w := newCommittee(t, 4)
	s, conn := serve(t, &w.fetch, w.log)
	opening := w.open(w.descriptor())
	uploads := w.contributions(opening)[:5]
	w.append(round.KindClose, 0, 1, w.manifest(opening, uploads))
	began := time.Now()
	real := opening.Descriptor.DeadlineTime().Add(-300 * time.Millisecond)
	dir, err := w.disks[0].Clone().Open() // it has signed the descriptor
	if err != nil {
		t.Fatal(err)
	}
	member, err := committee.New(committee.Config{
		Directory: dir, Chain: &w.chain, Clock: func() time.Time { return real.Add(time.Since(began)) }, Policy: w.policy, Rounds: roundsDomain,
		Registry: registryDomain, Model: modelID, Aggregator: address(aggregatorKey), Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- member.Run(ctx, conn) }()
	s.append(w.log[len(s.records):]...)
	for {
		p := s.next(t)
		if p.Kind == round.KindShare && decode[round.SignatureShare](t, p).Purpose == round.PurposeManifest {
			break
		}
	}
	if now := real.Add(time.Since(began)); now.Before(opening.Descriptor.DeadlineTime()) {
		t.Errorf("signed %s before the deadline", opening.Descriptor.DeadlineTime().Sub(now))
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestFetch fetches everything that a member fetches.
func TestFetch(t *testing.T) {
	f := &fetcher{candidate: []byte("transcript"), models: map[round.Hash][]byte{{1}: []byte("model")}, rewards: map[uint64]round.Rewards{
		4: {{Pool: 1, Account: common.Address{1}, Cumulative: round.Amount{31: 1}}}}}
	_, conn := serve(t, f, nil)
	r := committee.Remote(conn)
	if b, err := r.Candidate(t.Context(), 1, 100); err != nil || string(b) != "transcript" {
		t.Errorf("transcript %q, %v", b, err)
	}
	if _, err := r.Candidate(t.Context(), 1, 9); !errors.Is(err, round.ErrTooLarge) {
		t.Errorf("got %v, want %v", err, round.ErrTooLarge)
	}
	if b, err := r.Model(t.Context(), round.Hash{1}, 100); err != nil || string(b) != "model" {
		t.Errorf("model %q, %v", b, err)
	}
	if _, err := r.Model(t.Context(), round.Hash{2}, 100); round.ReasonOf(err) != round.ReasonNotFound {
		t.Errorf("got %v, want %v", err, round.ReasonNotFound)
	}
	if rewards, err := r.Rewards(t.Context(), 4); err != nil || !slices.Equal(rewards, f.rewards[4]) {
		t.Errorf("rewards %v, %v", rewards, err)
	}
	if _, err := r.Rewards(t.Context(), 5); round.ReasonOf(err) != round.ReasonNotFound {
		t.Errorf("got %v, want %v", err, round.ReasonNotFound)
	}
}

// TestPrintable: an access token in the address of the chain's node does not reach the log.
func TestPrintable(t *testing.T) {
	err := fmt.Errorf("head: %w", &url.Error{Op: "Post", URL: "https://node.example/v3/token", Err: errors.New("connection refused")})
	if got, want := committee.Printable(err), "the chain's node does not answer: connection refused"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
