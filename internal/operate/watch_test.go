package operate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sotto/chain"
	"sotto/crypto/tbls"
	"sotto/internal/edge"
	"sotto/proto"
	"sotto/round"
)

// fakeChain answers everything with err.
type fakeChain struct {
	err  error
	hang chan struct{} // Head waits for it, if not nil
}

func (f *fakeChain) Rounds() round.Domain   { return round.Domain{ChainID: 1} }
func (f *fakeChain) Registry() round.Domain { return round.Domain{ChainID: 2} }
func (f *fakeChain) Head(context.Context) (round.Head, error) {
	if f.hang != nil {
		<-f.hang
	}
	return round.Head{Round: 3}, f.err
}
func (f *fakeChain) Finalised(context.Context) (round.Block, error) {
	return round.Block{Number: 4}, f.err
}
func (f *fakeChain) BlockHash(_ context.Context, number uint64) (round.Hash, error) {
	return round.Hash{byte(number)}, f.err
}
func (f *fakeChain) RegisteredAt(_ context.Context, b round.Block) ([]common.Address, error) {
	return make([]common.Address, b.Number), f.err
}
func (f *fakeChain) Nominees(context.Context) ([]common.Address, error) {
	return make([]common.Address, 4), f.err
}
func (f *fakeChain) Committee(_ context.Context, epoch uint64) (round.Committee, error) {
	return round.Committee{Epoch: epoch}, f.err
}
func (f *fakeChain) Deposits(context.Context, uint64) (round.Amount, error) {
	return round.Amount{1}, f.err
}
func (f *fakeChain) InstallCommittee(_ context.Context, _ *chain.Account, _ round.Committee, _ chain.Endorsement) (chain.Receipt, error) {
	return chain.Receipt{GasUsed: 1}, f.err
}
func (f *fakeChain) RotateCommittee(_ context.Context, _ *chain.Account, _ round.Committee, _ chain.Endorsement, _ tbls.Signature) (chain.Receipt, error) {
	return chain.Receipt{GasUsed: 2}, f.err
}
func (f *fakeChain) Finalize(_ context.Context, _ *chain.Account, _ *round.Certificate, _ tbls.Signature) (chain.Receipt, error) {
	return chain.Receipt{GasUsed: 3}, f.err
}

// Every call goes through, with what it was asked and what it answers, and is counted under its name.
func TestChainCalls(t *testing.T) {
	registry := prometheus.NewRegistry()
	f := &fakeChain{}
	c := NewChain(registry, f, time.Minute)
	ctx := t.Context()
	all := func() (errs []error) {
		note := func(call string, ok bool, err error) {
			if !ok {
				t.Errorf("%s: the answer was changed", call)
			}
			errs = append(errs, err)
		}
		head, err := c.Head(ctx)
		note("head", head.Round == 3, err)
		block, err := c.Finalised(ctx)
		note("finalised", block.Number == 4, err)
		hash, err := c.BlockHash(ctx, 9)
		note("block_hash", hash == round.Hash{9}, err)
		list, err := c.RegisteredAt(ctx, round.Block{Number: 5})
		note("registered_at", len(list) == 5, err)
		list, err = c.Nominees(ctx)
		note("nominees", len(list) == 4, err)
		committee, err := c.Committee(ctx, 6)
		note("committee", committee.Epoch == 6, err)
		amount, err := c.Deposits(ctx, 1)
		note("deposits", amount == round.Amount{1}, err)
		receipt, err := c.InstallCommittee(ctx, nil, round.Committee{}, chain.Endorsement{})
		note("install", receipt.GasUsed == 1, err)
		receipt, err = c.RotateCommittee(ctx, nil, round.Committee{}, chain.Endorsement{}, tbls.Signature{})
		note("rotate", receipt.GasUsed == 2, err)
		receipt, err = c.Finalize(ctx, nil, nil, tbls.Signature{})
		note("finalize", receipt.GasUsed == 3, err)
		return errs
	}
	calls := []string{"head", "finalised", "block_hash", "registered_at", "nominees", "committee", "deposits", "install", "rotate", "finalize"}
	for _, e := range []struct {
		err    error
		result string
	}{{nil, "ok"}, {errors.New("http://user:token@node is away"), "error"}, {&chain.Revert{Name: "X"}, "refused"}, {chain.ErrNoCommittee, "refused"}, {context.DeadlineExceeded, "error"}} {
		f.err = e.err
		before := samples(t, registry)
		for _, err := range all() {
			if !errors.Is(err, e.err) {
				t.Errorf("got %v, want %v", err, e.err)
			}
		}
		after := samples(t, registry)
		for _, call := range calls {
			name := `sotto_chain_calls_total{call="` + call + `",result="` + e.result + `"}`
			if after[name] != before[name]+1 {
				t.Errorf("%s is %v, want one more than %v", name, after[name], before[name])
			}
			name = `sotto_chain_call_seconds{call="` + call + `"}_count`
			if after[name] != before[name]+1 {
				t.Errorf("%s is %v, want one more than %v", name, after[name], before[name])
			}
		}
	}
	if c.Rounds() != f.Rounds() || c.Registry() != f.Registry() {
		t.Error("domains differ")
	}
	// A call that the daemon gave up is nobody's fault.
	gone, cancel := context.WithCancel(ctx)
	cancel()
	f.err = context.Canceled
	before := samples(t, registry)
	if _, err := c.Head(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	for name, v := range samples(t, registry) {
		if v != before[name] {
			t.Errorf("%s has changed", name)
		}
	}
}

// The URL of the chain's node is in no error that a role may log, and the error is still what it was.
func TestChainErrors(t *testing.T) {
	const address = "https://node.example/v3/secret-token?x=\"1\""
	refused := errors.New("connection refused")
	f := &fakeChain{err: fmt.Errorf("reading the head: %w", &url.Error{Op: "Post", URL: address, Err: refused})}
	c := NewChain(prometheus.NewRegistry(), f, time.Minute)
	_, err := c.Head(t.Context())
	if err == nil || err.Error() != "reading the head: Post to the chain's node: connection refused" || !errors.Is(err, refused) {
		t.Errorf("got %v", err)
	}
	f.err = fmt.Errorf("asking %s: %w", address, f.err)
	if _, err := c.Head(t.Context()); err == nil || strings.Contains(err.Error(), "secret-token") {
		t.Errorf("got %v", err)
	}
	f.err = refused
	if _, err := c.Head(t.Context()); err != refused {
		t.Errorf("got %v, want it untouched", err)
	}
}

// The chain is away once it has not answered for the patience, from the first failure or from a question that has no answer; and never
// for want of questions.
func TestChainCheck(t *testing.T) {
	f := &fakeChain{}
	c := NewChain(prometheus.NewRegistry(), f, 30*time.Second)
	now := time.Unix(1_700_000_000, 0)
	c.now = func() time.Time { return now }
	c.answered = now
	ready := func(want bool, words string) {
		t.Helper()
		saw, err := c.Check().Look()
		if err != nil {
			saw = err.Error()
		}
		if (err == nil) != want || !strings.Contains(saw, words) || strings.Contains(saw, "token") {
			t.Errorf("got %q (%v), want %t and %q", saw, err, want, words)
		}
	}
	head := func(err error) {
		f.err = err
		_, _ = c.Head(t.Context())
	}
	now = now.Add(time.Hour)
	ready(true, "1h0m0s ago") // nobody has asked
	head(errors.New("http://user:token@node is away"))
	now = now.Add(20 * time.Second)
	head(errors.New("still away"))
	now = now.Add(10 * time.Second)
	ready(true, "")
	now = now.Add(time.Second)
	ready(false, "has not answered for 31s")
	head(&chain.Revert{})
	ready(true, "answered 0s ago")

	f.hang, f.err = make(chan struct{}), nil
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = c.Head(t.Context())
	}()
	for waiting := false; !waiting; time.Sleep(time.Millisecond) {
		c.mu.Lock()
		waiting = len(c.asked) == 1
		c.mu.Unlock()
	}
	c.mu.Lock() // the goroutine above reads the clock, too
	now = now.Add(31 * time.Second)
	c.mu.Unlock()
	ready(false, "has not answered for 31s")
	close(f.hang)
	<-done
	ready(true, "answered 0s ago")
}

// fakeConn is a connection whose calls and streams end as tests say.
type fakeConn struct {
	err    error
	stream *fakeStream
}

func (f *fakeConn) Invoke(context.Context, string, any, any, ...grpc.CallOption) error { return f.err }
func (f *fakeConn) NewStream(context.Context, *grpc.StreamDesc, string, ...grpc.CallOption) (grpc.ClientStream, error) {
	return f.stream, f.err
}

type fakeStream struct {
	grpc.ClientStream
	err error
}

func (f *fakeStream) RecvMsg(any) error { return f.err }

// A member follows the board while it has a stream of it, and is without it from the moment when the last one ends.
func TestBoard(t *testing.T) {
	registry := prometheus.NewRegistry()
	conn := &fakeConn{stream: &fakeStream{}}
	b := NewBoard(registry, conn, 30*time.Second)
	now := time.Unix(1_700_000_000, 0)
	b.now = func() time.Time { return now }
	b.lost = now
	ready := func(want bool, words string) {
		t.Helper()
		saw, err := b.Check().Look()
		if err != nil {
			saw = err.Error()
		}
		connected := samples(t, registry)["sotto_member_board_connected"] == 1
		if (err == nil) != want || !strings.Contains(saw, words) || connected != strings.Contains(saw, "following") {
			t.Errorf("got %q (%v), connected %t, want %t and %q", saw, err, connected, want, words)
		}
	}
	follow := func() (grpc.ClientStream, context.CancelFunc) {
		ctx, cancel := context.WithCancel(t.Context())
		s, err := b.NewStream(ctx, nil, proto.Board_Follow_FullMethodName)
		if err != nil {
			t.Fatal(err)
		}
		return s, cancel
	}
	ready(true, "connecting to the board for 0s")
	now = now.Add(31 * time.Second)
	ready(false, "without the board for 31s")

	s, cancel := follow()
	ready(true, "following the board, no record yet")
	if err := s.RecvMsg(nil); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Hour)
	ready(true, "following the board, newest record 1h0m0s ago")
	if got := samples(t, registry); got["sotto_member_board_records_total"] != 1 || got["sotto_member_board_last_record_timestamp_seconds"] != 1_700_000_031 {
		t.Errorf("got %v", got)
	}
	conn.stream.err = io.EOF
	if err := s.RecvMsg(nil); !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	cancel() // ends nothing that has not ended
	ready(true, "connecting to the board for 0s")

	// Whoever leaves a stream without looking at it again has left it.
	conn.stream.err = nil
	_, cancel = follow()
	cancel()
	for samples(t, registry)["sotto_member_board_connected"] == 1 {
		time.Sleep(time.Millisecond)
	}
	now = now.Add(31 * time.Second)
	ready(false, "without the board for 31s")

	// Other streams are none of the board, and one that fails is none at all.
	if s, err := b.NewStream(t.Context(), nil, proto.Aggregator_Fetch_FullMethodName); err != nil || s != grpc.ClientStream(conn.stream) {
		t.Errorf("got %v, %v", s, err)
	}
	conn.err = status.Error(codes.Unavailable, "down")
	if _, err := b.NewStream(t.Context(), nil, proto.Board_Follow_FullMethodName); err == nil {
		t.Error("a stream without a connection")
	}
	ready(false, "without the board")
}

// Posts are counted by kind and by what became of them.
func TestBoardPosts(t *testing.T) {
	for _, c := range []struct {
		kind round.Kind
		err  error
		want string
	}{
		{round.KindHello, nil, `{kind="hello",result="accepted"}`},
		{round.KindRelease, edge.Status(round.Refuse(round.ReasonDuplicate, "again", "")), `{kind="release",result="refused"}`},
		{round.KindShare, status.Error(codes.Unavailable, "down"), `{kind="share",result="error"}`},
		{round.KindPropose, nil, `{kind="other",result="accepted"}`},
	} {
		registry := prometheus.NewRegistry()
		b := NewBoard(registry, &fakeConn{err: c.err}, time.Minute)
		if err := b.Invoke(t.Context(), proto.Board_Post_FullMethodName, &proto.PostRequest{Kind: uint32(c.kind)}, nil); !errors.Is(err, c.err) {
			t.Errorf("got %v, want %v", err, c.err)
		}
		if err := b.Invoke(t.Context(), proto.Aggregator_State_FullMethodName, &proto.StateRequest{}, nil); !errors.Is(err, c.err) {
			t.Errorf("got %v, want %v", err, c.err)
		}
		posts := 0.0
		for name, v := range samples(t, registry) {
			if strings.HasPrefix(name, "sotto_member_posts_total") {
				posts += v
			}
		}
		if got := samples(t, registry)["sotto_member_posts_total"+c.want]; got != 1 || posts != 1 {
			t.Errorf("%v of %v posts are %s, want the one", got, posts, c.want)
		}
	}
}
