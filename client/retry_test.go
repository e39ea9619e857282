package client_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"

	"sotto/client"
	"sotto/internal/edge"
	"sotto/proto"
	"sotto/round"
)

var errGone = status.Error(codes.Unavailable, "error reading from server: EOF")

// TestUploadIsSentAgain loses the answers to two uploads that the aggregator may have counted: the same bytes are sent again, and the journal
// has one entry for all of them.
func TestUploadIsSentAgain(t *testing.T) {
	for _, failure := range []error{errGone, round.Refuse(round.ReasonBusy, "no room", "come back"), round.Refuse(round.ReasonCutOff, "it ended", "send it again")} {
		c, a, key := newClient(t)
		a.fails = func(upload int) error {
			if upload < 3 {
				return failure
			}
			return nil
		}
		var pauses []time.Duration
		result, err := c.Contribute(t.Context(), key, train, client.Options{Waiting: func(err error, pause time.Duration) { pauses = append(pauses, pause) }})
		if err != nil || result.Earlier || result.Sent == 0 {
			t.Fatalf("%v: %+v, %v", failure, result, err)
		}
		d := a.round.Opening.Descriptor.Domain()
		if len(a.uploads) != 3 || a.uploads[0].Digest(d) != a.uploads[2].Digest(d) || string(a.uploads[0].Ciphertext) != string(a.uploads[2].Ciphertext) {
			t.Errorf("%v: %d uploads, want the same one three times", failure, len(a.uploads))
		}
		if len(pauses) != 2 || pauses[1] <= pauses[0] {
			t.Errorf("%v: pauses %v, want two that grow", failure, pauses)
		}
		if c.Journal.Entries() != 1 {
			t.Errorf("%v: %d entries in the journal, want 1", failure, c.Journal.Entries())
		}
	}
}

// TestRetryWaitsAsTold comes back no sooner than the refusal says.
func TestRetryWaitsAsTold(t *testing.T) {
	c, a, key := newClient(t)
	var told, came time.Time
	a.fails = func(upload int) error {
		if upload == 1 {
			told = time.Now()
			return round.Refuse(round.ReasonBusy, "256 uploads are under way, at most 256", "try again in 1 s")
		}
		came = time.Now()
		return nil
	}
	if _, err := c.Contribute(t.Context(), key, train, client.Options{}); err != nil || came.Sub(told) < time.Second {
		t.Errorf("came back after %s, want a second: %v", came.Sub(told), err)
	}
}

// TestRetryEnds: with the patience, with the round's deadline, with the context, and at once where another attempt would get the same answer.
func TestRetryEnds(t *testing.T) {
	for _, v := range []struct {
		name    string
		change  func(c *client.Client, a *aggregator, cancel func())
		failure error
		uploads int
	}{
		{"no patience", func(c *client.Client, a *aggregator, _ func()) { c.Patience = 0 }, errGone, 1},
		{"patience for one more", func(c *client.Client, a *aggregator, _ func()) { c.Patience = 500 * time.Millisecond }, errGone, 2},
		{"told to wait for longer than the patience", func(c *client.Client, a *aggregator, _ func()) { c.Patience = 30 * time.Second },
			round.Refuse(round.ReasonBusy, "full", "try again in 60 s"), 1},
		{"the deadline", func(c *client.Client, a *aggregator, _ func()) {
			deadline, now := a.round.Opening.Descriptor.DeadlineTime(), c.Clock()
			c.Clock = func() time.Time {
				if len(a.uploads) > 0 {
					return deadline.Add(-100 * time.Millisecond)
				}
				return now
			}
		}, errGone, 1},
		{"cancelled", func(_ *client.Client, a *aggregator, cancel func()) {
			a.fails = func(int) error { time.AfterFunc(100*time.Millisecond, cancel); return errGone }
		}, nil, 1},
		{"refused for good", func(*client.Client, *aggregator, func()) {}, round.Refuse(round.ReasonLeafFull, "leaf 0 is full", "wait for the next round"), 1},
		{"an error of the aggregator's", func(*client.Client, *aggregator, func()) {}, status.Error(codes.Internal, "internal error"), 1},
	} {
		c, a, key := newClient(t)
		a.fails = func(int) error { return v.failure }
		ctx, cancel := context.WithCancel(t.Context())
		v.change(c, a, cancel)
		begun := time.Now()
		_, err := c.Contribute(ctx, key, train, client.Options{})
		cancel()
		if err == nil || len(a.uploads) != v.uploads || time.Since(begun) > 5*time.Second {
			t.Errorf("%s: %d uploads in %s, want %d and an error: %v", v.name, len(a.uploads), time.Since(begun), v.uploads, err)
		}
	}
}

// TestAggregatorIsWaitedFor starts the server only after the contributor has asked for it.
func TestAggregatorIsWaitedFor(t *testing.T) {
	certificate, pin, err := edge.LoadOrCreateTLS(t.TempDir())
	check(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	address := listener.Addr().String()
	listener.Close()
	_, a, key := newClient(t)
	dial := func(pin [32]byte) *client.Client {
		conn, err := edge.Dial(address, pin)
		check(t, err)
		t.Cleanup(func() { conn.Close() })
		like, _, _ := newClient(t)
		c := client.New(conn, a.round.Setup.Chain, pins(a.round.Setup), like.Journal)
		c.Policy, c.Clock = like.Policy, like.Clock
		return c
	}
	waited := 0
	_, err = dial(pin).Contribute(t.Context(), key, train, client.Options{Waiting: func(err error, _ time.Duration) {
		if waited++; waited == 2 {
			listener, err := net.Listen("tcp", address)
			check(t, err)
			server := grpc.NewServer(grpc.Creds(credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{certificate}})),
				grpc.MaxRecvMsgSize(round.MaxMessageBytes))
			proto.RegisterAggregatorServer(server, a)
			go server.Serve(listener)
			t.Cleanup(server.Stop)
		}
	}})
	if err != nil || waited < 2 || len(a.uploads) != 1 {
		t.Fatalf("after %d pauses %d uploads: %v", waited, len(a.uploads), err)
	}
	// Another server under the address will be another one the next time, too.
	pin[0] ^= 1
	_, err = dial(pin).Contribute(t.Context(), key, train, client.Options{Waiting: func(error, time.Duration) { t.Error("waits for a server with another key") }})
	if err == nil || errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), edge.ErrPinned.Error()) {
		t.Errorf("a server with another key: %v", err)
	}
}
