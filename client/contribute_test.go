package client_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"sotto/chain"
	"sotto/client"
	"sotto/internal/edge"
	"sotto/internal/simulate"
	"sotto/proto"
	"sotto/round"
	"sotto/update"
)

// aggregator is one end of the wire: it offers a round, takes whatever comes and signs a receipt for it. A test changes what it says.
type aggregator struct {
	proto.UnimplementedAggregatorServer
	round *simulate.Round
	phase proto.Phase
	model []byte

	offer   func(s *round.SignedDescriptor)
	receipt func(r *round.Receipt) *ecdsa.PrivateKey // returns the key that signs
	refuse  error
	stop    func() // ends the call of the client; nothing more is taken of its upload

	fails func(upload int) error // instead of a receipt for the upload of that number, from 1, which was taken whole

	uploads []*client.Upload
}

func (a *aggregator) State(context.Context, *proto.StateRequest) (*proto.StateResponse, error) {
	open := a.round.Opening
	if a.offer != nil {
		a.offer(&open)
	}
	return &proto.StateResponse{Phase: a.phase, Round: open.Descriptor.Round, CanonicalDescriptor: round.Encode(&open),
		CanonicalKeyList: round.Encode(a.round.Setup.Committee.Keys)}, nil
}

func (a *aggregator) Fetch(_ *proto.FetchRequest, stream grpc.ServerStreamingServer[proto.FetchResponse]) error {
	return edge.Send(stream, a.model)
}

func (a *aggregator) Contribute(stream grpc.ClientStreamingServer[proto.ContributeRequest, proto.ContributeResponse]) error {
	m, err := stream.Recv()
	if err != nil {
		return err
	}
	u := new(client.Upload)
	if err := round.Decode("submission", m.GetCanonicalSubmission(), round.MaxHeaderBytes, &u.Submission); err != nil {
		return err
	}
	if a.stop != nil {
		a.stop()
		<-stream.Context().Done()
		return stream.Context().Err()
	}
	if a.refuse != nil {
		return edge.Status(a.refuse)
	}
	for {
		m, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if n := len(m.GetChunk()); n == 0 || n > round.ChunkBytes {
			return fmt.Errorf("chunk of %d bytes", n)
		}
		u.Ciphertext = append(u.Ciphertext, m.GetChunk()...)
	}
	a.uploads = append(a.uploads, u)
	if a.fails != nil {
		if err := a.fails(len(a.uploads)); err != nil {
			return edge.Status(err)
		}
	}
	d := &a.round.Opening.Descriptor
	c := u.Submission.Signed.Contribution
	r := round.Receipt{Descriptor: c.Descriptor, Round: c.Round, Leaf: c.Leaf, Contributor: c.Contributor, Digest: u.Digest(d.Domain()), AcceptedAt: 1}
	key := a.round.Setup.Aggregator
	if a.receipt != nil {
		key = a.receipt(&r)
	}
	signed, err := r.Sign(d.Domain(), key)
	if err != nil {
		return err
	}
	return stream.SendAndClose(&proto.ContributeResponse{CanonicalReceipt: round.Encode(&signed)})
}

// newClient returns a client of a new aggregator with an open round, and the account that it contributes with.
func newClient(t *testing.T) (*client.Client, *aggregator, *ecdsa.PrivateKey) {
	t.Helper()
	r := newRound(t)
	a := &aggregator{round: r, phase: proto.Phase_PHASE_OPEN, model: r.Setup.Model}
	listener := bufconn.Listen(1 << 20)
	server := grpc.NewServer(grpc.MaxRecvMsgSize(round.MaxMessageBytes))
	proto.RegisterAggregatorServer(server, a)
	go server.Serve(listener)
	t.Cleanup(server.Stop)
	conn, err := grpc.NewClient("passthrough:///memory", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	check(t, err)
	t.Cleanup(func() { conn.Close() })
	c := client.New(conn, r.Setup.Chain, pins(r.Setup), journal(t, filepath.Join(t.TempDir(), "journal")))
	c.Policy, c.Clock = policy(), func() time.Time { return simulate.Now }
	return c, a, r.Setup.Contributors[0]
}

// train makes every parameter larger by a quarter.
var train = client.InMemory(func(_ context.Context, base update.Model) (update.Model, int, error) {
	values := base.Flatten()
	for i := range values {
		values[i] += 0.25
	}
	m, err := base.WithValues(values)
	return m, 7, err
})

func TestContribute(t *testing.T) {
	c, a, key := newClient(t)
	var steps []client.Step
	result, err := c.Contribute(t.Context(), key, train, client.Options{Progress: func(s client.Step, r client.Result) {
		if s == client.StepSealed && c.Journal.Entries() != 0 || s == client.StepUpload && c.Journal.Entries() != 1 {
			t.Errorf("at step %s the journal has %d entries", s, c.Journal.Entries())
		}
		if len(steps) == 0 || steps[len(steps)-1] != s {
			steps = append(steps, s)
		}
	}})
	check(t, err)
	if want := []client.Step{client.StepOpen, client.StepFetch, client.StepTrained, client.StepSeal, client.StepSealed, client.StepUpload, client.StepReceipt}; !slices.Equal(steps, want) {
		t.Errorf("steps %v, want %v", steps, want)
	}
	d := &a.round.Opening.Descriptor
	_, hash, err := d.Crypto()
	check(t, err)
	if result.Round != 1 || result.Parameters != parameters || result.Examples != 7 || result.Clipped != 0 || result.Earlier ||
		result.CiphertextBytes != len(a.uploads[0].Ciphertext) || result.HashBytes != hash.HashBytes() {
		t.Errorf("result %+v", result)
	}
	// What came over the wire is a contribution, and the round opens to what was trained.
	check(t, a.uploads[0].Submission.Check(&a.round.Opening, d.Digest(), len(a.uploads[0].Submission.Envelopes[0]), hash.HashBytes()))
	for _, other := range a.round.Setup.Contributors[1:3] {
		c.Journal = journal(t, filepath.Join(t.TempDir(), "journal"))
		_, err := c.Contribute(t.Context(), other, train, client.Options{})
		check(t, err)
	}
	a.round.Uploads = a.uploads
	o, _, err := a.round.Play()
	check(t, err)
	if o.Transcript.Certificate.Contributors != 3 {
		t.Fatalf("%d contributors, want 3", o.Transcript.Certificate.Contributors)
	}
	for i, sum := range o.Nodes[0].Sums {
		// 0.25 of a clip of 1 is 31.75 of 127 steps, rounded at random.
		if sum < 3*(128+31) || sum > 3*(128+32) {
			t.Fatalf("sum %d of value %d, want %d to %d", sum, i, 3*(128+31), 3*(128+32))
		}
	}
}

// TestContributeRefusesOfferedRound changes what the aggregator offers: nothing is trained for it, written or sent.
func TestContributeRefusesOfferedRound(t *testing.T) {
	for _, v := range []struct {
		name   string
		change func(c *client.Client, a *aggregator)
		check  string
		reason round.Reason
	}{
		{"registry block that is not on the chain", func(_ *client.Client, a *aggregator) {
			a.offer = func(s *round.SignedDescriptor) { s.Descriptor.Registry.Hash[0] ^= 1 }
		}, "registry block", ""},
		{"registry block that is to come", func(_ *client.Client, a *aggregator) {
			a.offer = func(s *round.SignedDescriptor) { s.Descriptor.Registry.Number += 1000 }
		}, "registry block", ""},
		{"registry block that the committee has not signed", func(_ *client.Client, a *aggregator) {
			a.offer = func(s *round.SignedDescriptor) {
				s.Descriptor.Registry.Number--
				hash, err := a.round.Setup.Chain.BlockHash(context.Background(), s.Descriptor.Registry.Number)
				if err != nil {
					panic(err)
				}
				s.Descriptor.Registry.Hash = hash
			}
		}, "committee signature", ""},
		{"malformed", func(_ *client.Client, a *aggregator) {
			a.offer = func(s *round.SignedDescriptor) { s.Descriptor.Leaves = 3 }
		}, "well-formed", ""},
		{"another base model", func(_ *client.Client, a *aggregator) {
			a.offer = func(s *round.SignedDescriptor) { s.Descriptor.BaseModel[0] ^= 1 }
		}, "committee signature", ""},
		{"a chain that has moved on", func(c *client.Client, a *aggregator) {
			c.Chain = ahead{a.round.Setup.Chain}
		}, "head", ""},
		{"late", func(c *client.Client, _ *aggregator) {
			c.Clock = func() time.Time { return simulate.Now.Add(2 * time.Hour) }
		}, "deadline", ""},
		{"closed", func(_ *client.Client, a *aggregator) { a.phase = proto.Phase_PHASE_CLOSED }, "", round.ReasonNoRound},
		{"model file with another hash", func(_ *client.Client, a *aggregator) { a.model = append(slices.Clone(a.model), ' ') }, "", ""},
		{"model file that is too large", func(_ *client.Client, a *aggregator) { a.model = make([]byte, 4*parameters+1<<20+1) }, "", ""},
	} {
		c, a, key := newClient(t)
		v.change(c, a)
		trained := false
		_, err := c.Contribute(t.Context(), key, func(ctx context.Context, base *update.File) (update.Values, int, error) {
			trained = true
			return train(ctx, base)
		}, client.Options{})
		var e *client.CheckError
		if err == nil || v.check != "" && (!errors.As(err, &e) || e.Check != v.check) || round.ReasonOf(err) != v.reason {
			t.Errorf("%s: got %v, want check %q and reason %q", v.name, err, v.check, v.reason)
		}
		if trained || c.Journal.Entries() != 0 || len(a.uploads) != 0 {
			t.Errorf("%s: trained %t, %d journal entries, %d uploads", v.name, trained, c.Journal.Entries(), len(a.uploads))
		}
	}
	c, _, key := newClient(t)
	if _, err := c.Contribute(t.Context(), key, train, client.Options{Round: 7}); round.ReasonOf(err) != round.ReasonRoundClosed {
		t.Errorf("a round that is not open: got %v", err)
	}
	stranger, err := crypto.GenerateKey()
	check(t, err)
	if _, err := c.Contribute(t.Context(), stranger, train, client.Options{}); round.ReasonOf(err) != round.ReasonNotRegistered {
		t.Errorf("an account that is not registered: got %v", err)
	}
}

// ahead is a chain on which the offered round was certified meanwhile.
type ahead struct{ *simulate.Chain }

func (c ahead) Head(ctx context.Context) (round.Head, error) {
	h, err := c.Chain.Head(ctx)
	h.Round++
	return h, err
}

// TestContributeOnceFromAModel contributes to two rounds from one base model: the second update would give away the difference.
func TestContributeOnceFromAModel(t *testing.T) {
	c, a, key := newClient(t)
	_, err := c.Contribute(t.Context(), key, train, client.Options{})
	check(t, err)

	// Again in the same round: only one counts, and it may be sent after a crash of either side.
	_, err = c.Contribute(t.Context(), key, train, client.Options{})
	check(t, err)

	// The round is skipped after it had closed.
	s := a.round.Setup
	d, err := s.Describe(simulate.Rules{GMin: 3, Aborted: 1})
	check(t, err)
	d.Disclosed = true
	a.round, err = s.Open(d)
	check(t, err)
	var again *client.AgainError
	if _, err := c.Contribute(t.Context(), key, train, client.Options{}); !errors.As(err, &again) || again.Round != 1 {
		t.Fatalf("a second contribution from the same model: got %v", err)
	}
	if len(a.uploads) != 2 {
		t.Errorf("%d uploads, want 2", len(a.uploads))
	}
	if _, err := c.Contribute(t.Context(), key, train, client.Options{Again: true}); err != nil {
		t.Errorf("asked for again: %v", err)
	}
	// Somebody else on the same machine is not held to it.
	if _, err := c.Contribute(t.Context(), s.Contributors[1], train, client.Options{}); err != nil {
		t.Errorf("another contributor: %v", err)
	}
}

func TestContributeCancelled(t *testing.T) {
	c, a, key := newClient(t)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := c.Contribute(ctx, key, func(ctx context.Context, base *update.File) (update.Values, int, error) {
		cancel()
		return nil, 0, ctx.Err()
	}, client.Options{})
	if !errors.Is(err, context.Canceled) || c.Journal.Entries() != 0 || len(a.uploads) != 0 {
		t.Errorf("cancelled in training: %v, %d journal entries, %d uploads", err, c.Journal.Entries(), len(a.uploads))
	}
	ctx, cancel = context.WithCancel(t.Context())
	_, err = c.Contribute(ctx, key, train, client.Options{Progress: func(s client.Step, _ client.Result) {
		if s == client.StepSealed {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || c.Journal.Entries() != 0 || len(a.uploads) != 0 {
		t.Errorf("cancelled after sealing: %v, %d journal entries, %d uploads", err, c.Journal.Entries(), len(a.uploads))
	}
	ctx, cancel = context.WithCancel(t.Context())
	a.stop = cancel
	c.Spool = t.TempDir()
	_, err = c.Contribute(ctx, key, train, client.Options{})
	a.stop = nil
	if err == nil || len(a.uploads) != 0 || c.Journal.Entries() != 1 || entries(t, c.Spool) != 0 {
		t.Errorf("cancelled in the upload: %v, %d journal entries, %d uploads", err, c.Journal.Entries(), len(a.uploads))
	}
	if _, err := c.Contribute(t.Context(), key, train, client.Options{}); err != nil || len(a.uploads) != 1 {
		t.Errorf("run again: %v, %d uploads", err, len(a.uploads))
	}
}

// TestContributeCancelledAtEachStep cancels when a step before the upload is reported for the first time, and finds nothing left of it.
// Called again, it contributes once.
func TestContributeCancelledAtEachStep(t *testing.T) {
	for _, step := range []client.Step{client.StepOpen, client.StepFetch, client.StepTrained, client.StepSeal, client.StepSealed} {
		c, a, key := newClient(t)
		c.Spool = t.TempDir()
		ctx, cancel := context.WithCancel(t.Context())
		_, err := c.Contribute(ctx, key, train, client.Options{Progress: func(s client.Step, _ client.Result) {
			if s == step {
				cancel()
			}
		}})
		if !errors.Is(err, context.Canceled) && status.Code(err) != codes.Canceled {
			t.Errorf("%s: got error %v", step, err)
		}
		if n := entries(t, c.Spool); n != 0 || c.Journal.Entries() != 0 || len(a.uploads) != 0 {
			t.Errorf("%s: %d files, %d journal entries, %d uploads", step, n, c.Journal.Entries(), len(a.uploads))
		}
		if _, err := c.Contribute(t.Context(), key, train, client.Options{}); err != nil || len(a.uploads) != 1 || entries(t, c.Spool) != 0 {
			t.Errorf("%s: run again: %v, %d uploads", step, err, len(a.uploads))
		}
	}
}

// TestContributeFromFiles contributes a trained model that is in a file, by hand of somebody else's program.
func TestContributeFromFiles(t *testing.T) {
	c, a, key := newClient(t)
	path := filepath.Join(t.TempDir(), "trained.safetensors")
	_, err := c.Contribute(t.Context(), key, func(ctx context.Context, base *update.File) (update.Values, int, error) {
		model, err := base.Model()
		check(t, err)
		values := model.Flatten()
		for i := range values {
			values[i] += float32(i%3) - 1 // of the clip, which is 1
		}
		trained, err := model.WithValues(values)
		check(t, err)
		var file bytes.Buffer
		check(t, update.WriteModel(&file, trained))
		check(t, os.WriteFile(path, file.Bytes(), 0o600))
		opened, err := os.Open(path)
		check(t, err)
		t.Cleanup(func() { opened.Close() })
		f, err := update.OpenFile(opened, int64(file.Len()), update.DefaultLimits())
		return f, 1, err
	}, client.Options{})
	check(t, err)
	for _, other := range a.round.Setup.Contributors[1:3] {
		c.Journal = journal(t, filepath.Join(t.TempDir(), "journal"))
		_, err := c.Contribute(t.Context(), other, client.InMemory(func(_ context.Context, base update.Model) (update.Model, int, error) { return base, 1, nil }), client.Options{})
		check(t, err)
	}
	a.round.Uploads = a.uploads
	o, _, err := a.round.Play()
	check(t, err)
	for i, sum := range o.Nodes[0].Sums {
		// Of the float32 differences some miss the clip by a hair, and are rounded at random.
		if want := uint64(3*128 + 127*(i%3-1)); sum+1 < want || sum > want+1 {
			t.Fatalf("sum %d of value %d, want %d", sum, i, want)
		}
	}
}

// TestContributeNeedsRoom has no folder to spool to: nothing is fetched or trained.
func TestContributeNeedsRoom(t *testing.T) {
	c, a, key := newClient(t)
	c.Spool = filepath.Join(t.TempDir(), "file")
	check(t, os.WriteFile(c.Spool, nil, 0o600))
	_, err := c.Contribute(t.Context(), key, func(context.Context, *update.File) (update.Values, int, error) {
		t.Error("trained")
		return nil, 0, nil
	}, client.Options{Progress: func(s client.Step, _ client.Result) {
		if s != client.StepOpen {
			t.Errorf("step %s", s)
		}
	}})
	if err == nil || c.Journal.Entries() != 0 || len(a.uploads) != 0 {
		t.Errorf("%v, %d journal entries, %d uploads", err, c.Journal.Entries(), len(a.uploads))
	}
}

func TestContributeNeedsItsJournal(t *testing.T) {
	c, a, key := newClient(t)
	folder := filepath.Join(t.TempDir(), "folder")
	c.Journal = journal(t, filepath.Join(folder, "journal"))
	check(t, os.WriteFile(folder, nil, 0o600))
	if _, err := c.Contribute(t.Context(), key, train, client.Options{}); err == nil || len(a.uploads) != 0 {
		t.Errorf("without a journal: %v, %d uploads", err, len(a.uploads))
	}
}

func TestContributeChecksReceipt(t *testing.T) {
	c, a, key := newClient(t)
	stranger, err := crypto.GenerateKey()
	check(t, err)
	honest := a.round.Setup.Aggregator
	for name, receipt := range map[string]func(r *round.Receipt) *ecdsa.PrivateKey{
		"signed by somebody else": func(r *round.Receipt) *ecdsa.PrivateKey { return stranger },
		"of another round":        func(r *round.Receipt) *ecdsa.PrivateKey { r.Round++; return honest },
		"of another descriptor":   func(r *round.Receipt) *ecdsa.PrivateKey { r.Descriptor[0] ^= 1; return honest },
		"for somebody else":       func(r *round.Receipt) *ecdsa.PrivateKey { r.Contributor = common.Address{1}; return honest },
		"in another leaf":         func(r *round.Receipt) *ecdsa.PrivateKey { r.Leaf++; return honest },
	} {
		a.receipt = receipt
		if _, err := c.Contribute(t.Context(), key, train, client.Options{}); err == nil {
			t.Errorf("a receipt %s was accepted", name)
		}
	}
	a.receipt = func(r *round.Receipt) *ecdsa.PrivateKey { r.Digest[0] ^= 1; return honest }
	if result, err := c.Contribute(t.Context(), key, train, client.Options{}); err != nil || !result.Earlier {
		t.Errorf("a receipt for an earlier upload: %v", err)
	}
	a.receipt, a.refuse = nil, round.Refuse(round.ReasonLeafFull, "leaf 0 is full", "wait")
	var refusal *round.Refusal
	if _, err := c.Contribute(t.Context(), key, train, client.Options{}); !errors.As(err, &refusal) || refusal.Reason != round.ReasonLeafFull || refusal.Hint != "wait" {
		t.Errorf("refused by the aggregator: %v", err)
	}
}

// TestReceiptOnChain follows a receipt to the certificate.
func TestReceiptOnChain(t *testing.T) {
	r := newRound(t)
	d := &r.Opening.Descriptor
	for _, key := range r.Setup.Contributors[:4] {
		_, err := r.Contribute(key, make([]uint32, parameters))
		check(t, err)
	}
	u := r.Uploads[2]
	receipt, err := round.Receipt{Descriptor: d.Digest(), Round: d.Round, Contributor: u.Submission.Signed.Contribution.Contributor, Digest: u.Digest(d.Domain())}.
		Sign(d.Domain(), r.Setup.Aggregator)
	check(t, err)
	left := receipt
	left.Receipt.Digest[0] ^= 1
	left, err = left.Receipt.Sign(d.Domain(), r.Setup.Aggregator)
	check(t, err)
	_, _, err = r.Play()
	check(t, err)

	c, a, _ := newClient(t)
	c.Pins = pins(r.Setup)
	a.model = round.Encode(&r.Closing)
	in, err := c.CheckReceipt(t.Context(), r.Setup.Chain, &receipt)
	check(t, err)
	if !in.InModel || in.Certificate.Round != d.Round {
		t.Errorf("inclusion %+v", in)
	}
	if _, err := c.CheckReceipt(t.Context(), r.Setup.Chain, &left); !errors.Is(err, client.ErrNotInManifest) {
		t.Errorf("a receipt that the manifest breaks: got %v", err)
	}
	forged := receipt
	forged.Signature[0] ^= 1
	if _, err := c.CheckReceipt(t.Context(), r.Setup.Chain, &forged); !errors.Is(err, round.ErrSignature) {
		t.Errorf("a forged receipt: got %v", err)
	}
	altered := r.Closing
	altered.Manifest.Entries = slices.Delete(slices.Clone(altered.Manifest.Entries), 0, 1)
	a.model = round.Encode(&altered)
	if _, err := c.CheckReceipt(t.Context(), r.Setup.Chain, &receipt); err == nil || errors.Is(err, client.ErrNotInManifest) {
		t.Errorf("a manifest that is not the certified one: got %v", err)
	}
	receipt.Receipt.Round = 9
	receipt, err = receipt.Receipt.Sign(d.Domain(), r.Setup.Aggregator)
	check(t, err)
	if _, err := c.CheckReceipt(t.Context(), r.Setup.Chain, &receipt); !errors.Is(err, chain.ErrNotFinalized) {
		t.Errorf("a receipt of a round without a certificate: got %v", err)
	}

	path := filepath.Join(t.TempDir(), "round-9.receipt")
	check(t, client.SaveReceipt(path, &receipt))
	if client.SaveReceipt(path, &receipt) == nil {
		t.Error("a receipt was overwritten")
	}
	text, err := os.ReadFile(path)
	check(t, err)
	if read, err := round.ParseReceipt(text); err != nil || *read != receipt {
		t.Errorf("the saved receipt reads as %+v (%v)", read, err)
	}
}
