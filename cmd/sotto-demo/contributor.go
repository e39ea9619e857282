package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"google.golang.org/grpc"

	"sotto/audit"
	"sotto/chain"
	"sotto/client"
	"sotto/client/train"
	"sotto/internal/edge"
	"sotto/proto"
	"sotto/round"
	"sotto/update"
)

// behaviour is what a contributor does in a round.
type behaviour int

const (
	honest     behaviour = iota
	cutOff               // is cut off in the middle of its upload
	wrongHash            // sends a homomorphic hash that is not the ciphertext's: refused at the door
	wrongShare           // shares the key of another encryption: its node does not open
)

// contributor is one person with data.
type contributor struct {
	number  int
	account *chain.Account
	client  *client.Client
	conn    *grpc.ClientConn
	data    train.Dataset
	spec    train.ModelSpec
	trainer *train.Trainer
	seed    uint64

	progress func(client.Step, client.Result) // told what its client does; may be nil
	waiting  func(error, time.Duration)       // told when its client waits for the aggregator; may be nil
}

// part is what a contributor did in a round.
type part struct {
	number  int
	update  []float32 // the difference that training made; what plain averaging would get
	result  client.Result
	refused round.Reason // why the contribution was refused, "" if it was not
	err     error        // what else went wrong
}

// train makes the contributor's own model and keeps the difference for the comparison with plain averaging.
func (c *contributor) train(number uint64, p *part, working chan struct{}) func(context.Context, update.Model) (update.Model, int, error) {
	return func(ctx context.Context, base update.Model) (update.Model, int, error) {
		// As many train at once as there are processors: on laptops of their own they would not wait for one another.
		select {
		case working <- struct{}{}:
			defer func() { <-working }()
		case <-ctx.Done():
			return update.Model{}, 0, ctx.Err()
		}
		trained, stats, err := c.trainer.Train(ctx, base, c.data, train.Options{Seed: c.seed*1000 + number})
		if err != nil {
			return update.Model{}, 0, err
		}
		p.update, err = update.Difference(trained, base)
		return trained, stats.Rows, err
	}
}

// contribute takes part in a round the way that behave says.
func (c *contributor) contribute(ctx context.Context, number uint64, behave behaviour, working chan struct{}) *part {
	p := &part{number: c.number}
	var err error
	if behave == honest {
		var r *client.Result
		if r, err = c.client.Contribute(ctx, c.account.Key(), client.InMemory(c.train(number, p, working)), client.Options{Round: number, Progress: c.progress, Waiting: c.waiting}); err == nil {
			p.result = *r
		}
	} else {
		err = c.misbehave(ctx, number, behave, p, working)
	}
	if reason := round.ReasonOf(err); reason != "" {
		p.refused = reason
	} else {
		p.err = err
	}
	return p
}

// misbehave does what an honest client never does, with the honest client's building blocks.
func (c *contributor) misbehave(ctx context.Context, number uint64, behave behaviour, p *part, working chan struct{}) error {
	state, err := c.client.State(ctx)
	if err != nil {
		return err
	}
	if state.Open == nil {
		return errors.New("no round is open")
	}
	d := &state.Open.Descriptor
	file, err := c.client.FetchModel(ctx, d.BaseModel, d.Parameters)
	if err != nil {
		return err
	}
	base, err := parseModel(file)
	if err != nil {
		return err
	}
	if _, _, err := c.train(number, p, working)(ctx, base); err != nil {
		return err
	}
	values, _, err := audit.MeanRule(d).Encode(p.update, c.data.Rows(), audit.Quantiser(d), update.NewSource())
	if err != nil {
		return err
	}
	upload, err := client.Seal(state.Open, state.Keys, c.account.Key(), values)
	if err != nil {
		return err
	}
	switch behave {
	case cutOff:
		return c.cutOff(ctx, upload)
	case wrongHash:
		upload.Submission.RingHash[0] ^= 1
	case wrongShare:
		other, err := client.Seal(state.Open, state.Keys, c.account.Key(), values)
		if err != nil {
			return err
		}
		upload.Submission.Envelopes = other.Submission.Envelopes
	}
	signed := &upload.Submission.Signed
	signed.Contribution.RingHash = sha256.Sum256(upload.Submission.RingHash)
	signed.Contribution.Envelopes = round.EnvelopesDigest(round.EnvelopeDigests(upload.Submission.Envelopes))
	if signed.Signature, err = signed.Contribution.Sign(d.Domain(), c.account.Key()); err != nil {
		return err
	}
	_, err = c.client.Submit(ctx, &upload.Submission, bytes.NewReader(upload.Ciphertext), nil)
	return err
}

// cutOff sends the header and half of the first chunk, and then nothing more, as a laptop whose lid is closed.
func (c *contributor) cutOff(ctx context.Context, upload *client.Upload) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := proto.NewAggregatorClient(c.conn).Contribute(ctx)
	if err != nil {
		return edge.Refusal(err)
	}
	header := round.Encode(&upload.Submission)
	if err := stream.Send(&proto.ContributeRequest{Part: &proto.ContributeRequest_CanonicalSubmission{CanonicalSubmission: header}}); err != nil {
		return err
	}
	half := upload.Ciphertext[:min(len(upload.Ciphertext), round.ChunkBytes)/2]
	if err := stream.Send(&proto.ContributeRequest{Part: &proto.ContributeRequest_Chunk{Chunk: half}}); err != nil {
		return err
	}
	// The bytes are on their way; the connection ends under them.
	time.Sleep(20 * time.Millisecond)
	return nil
}

// cast says who does what in a round: the victims change from round to round, drawn from the seed.
func (o *options) cast(number uint64) []behaviour {
	roles := make([]behaviour, o.contributors)
	order := rand.New(rand.NewPCG(o.seed, number)).Perm(o.contributors)
	for i, who := range order[:o.drop+o.malformed] {
		switch {
		case i < o.drop:
			roles[who] = cutOff
		case (i-o.drop)%2 == 0:
			roles[who] = wrongHash
		default:
			roles[who] = wrongShare
		}
	}
	return roles
}

// contributeAll lets everybody take part in a round and returns what they did.
func (n *network) contributeAll(ctx context.Context, number uint64) []*part {
	roles := n.options.cast(number)
	parts := make([]*part, len(n.contributors))
	working := make(chan struct{}, n.processors)
	var group sync.WaitGroup
	for i, c := range n.contributors {
		group.Go(func() {
			parts[i] = c.contribute(ctx, number, roles[i], working)
			n.progress.contributed(parts[i], len(n.contributors))
		})
	}
	group.Wait()
	return parts
}

// failure returns the first thing that went wrong for a contributor who did what it should.
func failure(parts []*part, roles []behaviour) error {
	for i, p := range parts {
		if roles[i] == honest && (p.err != nil || p.refused != "") {
			return fmt.Errorf("contributor %d: %v %w", p.number, p.refused, errors.Join(p.err))
		}
	}
	return nil
}
