package client

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/ethereum/go-ethereum/crypto"
	"google.golang.org/grpc"

	"sotto/audit"
	"sotto/internal/edge"
	"sotto/proto"
	"sotto/round"
	"sotto/update"
)

// Train makes a contributor's own model from the base model, and says on how many examples. Base and trained may be larger than memory:
// the base is a file, and the trained model may be one. It must come back soon after ctx is cancelled.
type Train func(ctx context.Context, base *update.File) (trained update.Values, examples int, err error)

// InMemory returns a Train for models that fit into memory, base and trained.
func InMemory(train func(ctx context.Context, base update.Model) (trained update.Model, examples int, err error)) Train {
	return func(ctx context.Context, base *update.File) (update.Values, int, error) {
		model, err := base.Model()
		if err != nil {
			return nil, 0, err
		}
		return train(ctx, model)
	}
}

// Options of one contribution.
type Options struct {
	// Round is the round to contribute to, 0 for the open one.
	Round uint64
	// Base is the base model that the round must have, zero for any.
	Base round.Hash
	// Again allows a contribution from a base model that an earlier one, which may be known as part of a sum, was made from.
	Again bool
	// Progress is told about each step as it begins, and again and again while one of those that take long goes on. It is not called
	// twice at a time, but from more than one goroutine. It may be nil.
	Progress func(Step, Result)
	// Waiting is told why the aggregator could not be reached or had no room, and when it is tried again. It may be nil.
	Waiting func(err error, pause time.Duration)
}

// Step names what a contribution is at.
type Step string

// Steps, in their order.
const (
	StepOpen    Step = "open"    // the round is checked; Result.Round, Leaf and Parameters are known
	StepFetch   Step = "fetch"   // Fetched grows
	StepTrained Step = "trained" // Examples is known
	StepSeal    Step = "seal"    // Sealed grows
	StepSealed  Step = "sealed"  // Clipped and the sizes are known
	StepUpload  Step = "upload"  // Sent grows
	StepReceipt Step = "receipt" // Receipt is known
)

// Result is what came of a contribution.
type Result struct {
	Round      uint64
	Leaf       uint16
	Parameters int
	Fetched    int // bytes of the base model
	Examples   int
	Sealed     int // values encrypted so far
	Clipped    int // coordinates that exceeded the clip

	CiphertextBytes int
	EnvelopeBytes   int // of all members together
	HashBytes       int
	Sent            int // bytes of the messages sent so far, framing excluded

	Receipt round.SignedReceipt
	Earlier bool // the receipt is for an earlier upload of this contributor to this round, which is the one that counts
}

// Contribute takes part in the open round once, as the account of key.
//
// Base model and ciphertext wait on disk, without a name (see [Spool]); the model's values go through memory a few blocks at a time, and
// the update never goes anywhere else. Both find room before anything is trained, or an error wraps [ErrNoRoom]. Apart from that nothing
// is written before the journal's entry, and nothing is sent before that is on disk. Cancelling ctx at any time leaves nothing half-done:
// called again, it contributes once. When the aggregator doesn't answer, or says that it has no room, the step is made again, with pauses,
// for as long as [Client.Patience] and the round's deadline allow; an upload is sent again as it is. Errors to act on: [*CheckError] when
// the round is not what the chain says or not what the policy accepts, [*AgainError] when an earlier contribution stands in the way,
// [*round.Refusal] from the aggregator.
func (c *Client) Contribute(ctx context.Context, key *ecdsa.PrivateKey, train Train, o Options) (*Result, error) {
	var rc *roundCheck
	err := c.persist(ctx, time.Time{}, o.Waiting, func() (err error) {
		rc, err = c.openRound(ctx, key, o.Round)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := rc.run(); err != nil {
		return nil, err
	}
	d := &rc.open.Descriptor
	if o.Base != (round.Hash{}) && d.BaseModel != o.Base {
		return nil, round.Refuse(round.ReasonWrongModel, fmt.Sprintf("round %d starts from model %s, not from %s", d.Round, d.BaseModel.Short(), o.Base.Short()),
			"fetch the base model and train from it")
	}
	if err := c.Journal.mayContribute(d, rc.address, rc.head.Round); err != nil && !o.Again {
		return nil, err
	}
	r := &Result{Round: d.Round, Leaf: round.LeafOf(rc.open.Beacon(), rc.address, d.Leaves), Parameters: int(d.Parameters)}
	o.report(StepOpen, r)

	ciphertext, err := c.ciphertextSpool(ctx, d)
	if err != nil {
		return nil, err
	}
	defer ciphertext.Close()
	var baseFile *Spool
	drop := func() {
		if baseFile != nil {
			baseFile.Close()
		}
	}
	defer drop()
	var base *update.File
	err = c.persist(ctx, d.DeadlineTime(), o.Waiting, func() (err error) {
		drop() // what an attempt before has left
		if baseFile, err = NewSpool(ctx, c.Spool, int64(modelLimit(d.Parameters))); err != nil {
			return err
		}
		base, err = c.fetchBase(ctx, d, baseFile, func(fetched int) { r.Fetched = fetched; o.report(StepFetch, r) })
		return err
	})
	if err != nil {
		return nil, err
	}
	trained, examples, err := train(ctx, base)
	if err != nil {
		return nil, fmt.Errorf("training: %w", err)
	}
	r.Examples = examples
	o.report(StepTrained, r)

	submission, err := seal(ctx, rc, key, trained, base, ciphertext, r, func() { o.report(StepSeal, r) })
	if err != nil {
		return nil, err
	}
	r.measure(submission, int(ciphertext.Size()))
	o.report(StepSealed, r)

	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := c.Journal.add(entryFor(d, rc.address, c.Clock(), o.Again)); err != nil {
		return nil, err
	}
	err = c.persist(ctx, d.DeadlineTime(), o.Waiting, func() (err error) {
		r.Receipt, err = c.Submit(ctx, submission, io.NewSectionReader(ciphertext, 0, ciphertext.Size()), func(sent int) { r.Sent = sent; o.report(StepUpload, r) })
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := checkReceipt(d, submission, &r.Receipt, r); err != nil {
		return nil, err
	}
	o.report(StepReceipt, r)
	return r, nil
}

func (o *Options) report(s Step, r *Result) {
	if o.Progress != nil {
		o.Progress(s, *r)
	}
}

func (r *Result) measure(s *round.Submission, ciphertextBytes int) {
	r.CiphertextBytes, r.HashBytes = ciphertextBytes, len(s.RingHash)
	for _, e := range s.Envelopes {
		r.EnvelopeBytes += len(e)
	}
}

// openRound gathers what the checks look at: the round from the aggregator, everything else from the chain.
func (c *Client) openRound(ctx context.Context, key *ecdsa.PrivateKey, number uint64) (*roundCheck, error) {
	state, err := c.State(ctx)
	if err != nil {
		return nil, err
	}
	if number != 0 && number != state.Round {
		return nil, round.Refuse(round.ReasonRoundClosed, fmt.Sprintf("round %d is not open", number), openHint(state))
	}
	if state.Open == nil || state.Phase != proto.Phase_PHASE_OPEN {
		return nil, round.Refuse(round.ReasonNoRound, "no round is open", openHint(state))
	}
	rc := &roundCheck{pins: c.Pins, policy: c.Policy, address: crypto.PubkeyToAddress(key.PublicKey), now: c.Clock(), open: state.Open, keys: state.Keys}
	if err := state.Open.Descriptor.Validate(); err != nil {
		return nil, &CheckError{state.Round, "well-formed", err}
	}
	if rc.head, err = c.Chain.Head(ctx); err != nil {
		return nil, err
	}
	if rc.committee, err = c.Chain.Committee(ctx, rc.head.Epoch); err != nil {
		return nil, err
	}
	// The chain refuses a block that it does not know by this hash.
	if rc.registered, err = c.Chain.RegisteredAt(ctx, state.Open.Descriptor.Registry); err != nil {
		return nil, &CheckError{state.Round, "registry block", err}
	}
	return rc, c.lookUpPool(ctx, rc)
}

// lookUpPool finds out what the round's pool holds and has awarded. The aggregator brings the list of awards, which must be the one under
// the chain's root.
func (c *Client) lookUpPool(ctx context.Context, rc *roundCheck) (err error) {
	reward := rc.open.Descriptor.Reward
	if reward.Rule == round.RewardNone {
		return nil
	}
	if rc.deposits, err = c.Chain.Deposits(ctx, reward.Pool); err != nil || rc.head.RewardsRoot == (round.Hash{}) {
		return err
	}
	tree, err := c.provenRewards(ctx, rc.head)
	if err != nil {
		return err
	}
	rc.awarded = tree.Total(reward.Pool)
	return nil
}

func openHint(s *State) string {
	switch s.Phase {
	case proto.Phase_PHASE_OPEN:
		return fmt.Sprintf("the open round is %d", s.Round)
	case proto.Phase_PHASE_CLOSED, proto.Phase_PHASE_FINISHING:
		return fmt.Sprintf("round %d is being finished; the next one opens after it", s.Round)
	case proto.Phase_PHASE_CERTIFIED, proto.Phase_PHASE_SKIPPED:
		return fmt.Sprintf("round %d is over; wait for the next one", s.Round)
	}
	return "wait until the committee has opened one"
}

// ciphertextSpool makes a spool of the ciphertext's size.
func (c *Client) ciphertextSpool(ctx context.Context, d *round.Descriptor) (*Spool, error) {
	enc, _, err := d.Crypto()
	if err != nil {
		return nil, err
	}
	return NewSpool(ctx, c.Spool, int64(enc.CiphertextBytes(d.Values())))
}

// fetchBase fetches the base model into a spool. fetched is told the bytes fetched so far.
func (c *Client) fetchBase(ctx context.Context, d *round.Descriptor, s *Spool, fetched func(bytes int)) (*update.File, error) {
	if err := c.FetchModelTo(ctx, d.BaseModel, d.Parameters, &counter{s, fetched, 0}); err != nil {
		return nil, err
	}
	base, err := update.OpenFile(s, s.Size(), update.DefaultLimits())
	if err != nil {
		return nil, err
	}
	if n := base.Parameters(); uint64(n) != d.Parameters {
		return nil, &CheckError{d.Round, "base model", fmt.Errorf("model has %d parameters, the descriptor says %d", n, d.Parameters)}
	}
	return base, nil
}

// counter tells how much was written to another writer.
type counter struct {
	io.Writer
	tell    func(bytes int)
	written int
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	c.written += n
	c.tell(c.written)
	return n, err
}

// seal quantises the update that makes trained of base and seals it. progress is called as r.Sealed grows.
func seal(ctx context.Context, rc *roundCheck, key *ecdsa.PrivateKey, trained, base update.Values, ciphertext io.Writer, r *Result, progress func()) (*round.Submission, error) {
	change, err := update.NewReader(trained, base)
	if err != nil {
		return nil, err
	}
	d := &rc.open.Descriptor
	encoder, err := audit.MeanRule(d).NewEncoder(change.Parameters(), change.Read, r.Examples, audit.Quantiser(d), update.NewSource())
	if err != nil {
		return nil, err
	}
	defer encoder.Wipe()
	submission, err := SealStream(rc.open, rc.keys, key, func(values []uint32) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := encoder.Read(values); err != nil {
			return err
		}
		r.Sealed += len(values)
		progress()
		return nil
	}, ciphertext)
	r.Clipped = encoder.Clipped()
	return submission, err
}

// Submit sends a submission with its ciphertext and returns the aggregator's receipt, unverified. sent is told the bytes sent so far; it
// may be nil.
func (c *Client) Submit(ctx context.Context, s *round.Submission, ciphertext io.Reader, sent func(bytes int)) (round.SignedReceipt, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := c.aggregator.Contribute(ctx, grpc.ForceCodecV2(edge.Codec))
	if err != nil {
		return round.SignedReceipt{}, edge.Refusal(err)
	}
	header := round.Encode(s)
	total := len(header)
	err = stream.Send(&proto.ContributeRequest{Part: &proto.ContributeRequest_CanonicalSubmission{CanonicalSubmission: header}})
	for err == nil {
		chunk, readErr := edge.ReadChunk(ciphertext)
		n := chunk.Chunk.Len()
		if n > 0 {
			err = stream.SendMsg(chunk)
		}
		chunk.Free()
		if err == nil && n > 0 && sent != nil {
			total += n
			sent(total)
		}
		if errors.Is(readErr, io.EOF) {
			break
		}
		if readErr != nil {
			return round.SignedReceipt{}, fmt.Errorf("reading the ciphertext: %w", readErr)
		}
	}
	// An end of stream while sending means that the aggregator has answered; the answer says why.
	if err != nil && !errors.Is(err, io.EOF) {
		return round.SignedReceipt{}, edge.Refusal(err)
	}
	m, err := stream.CloseAndRecv()
	if err != nil {
		return round.SignedReceipt{}, edge.Refusal(err)
	}
	var receipt round.SignedReceipt
	return receipt, round.Decode("receipt", m.GetCanonicalReceipt(), round.MaxHeaderBytes, &receipt)
}

// checkReceipt checks that the receipt is the aggregator's for this contributor in this round, and notes whether it is for this upload.
func checkReceipt(d *round.Descriptor, sent *round.Submission, s *round.SignedReceipt, r *Result) error {
	if err := s.Verify(d.Domain(), d.Aggregator); err != nil {
		return err
	}
	c := &sent.Signed.Contribution
	if s.Receipt.Descriptor != c.Descriptor || s.Receipt.Round != c.Round || s.Receipt.Leaf != c.Leaf || s.Receipt.Contributor != c.Contributor {
		return fmt.Errorf("the aggregator's receipt is for %s in round %d, not for this contribution", s.Receipt.Contributor, s.Receipt.Round)
	}
	r.Earlier = s.Receipt.Digest != c.Digest(d.Domain())
	return nil
}
