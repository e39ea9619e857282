// Package client is the contributor: it looks at the open round, trains on data that stays here, encrypts the update and sends one
// message (docs/protocol.md §2.2, docs/life-of-a-contribution.md). [Client.Contribute] is the whole of it, one step a line.
//
// It trusts nobody: what the aggregator says is held against the chain before anything is trained. What leaves the machine is an
// encrypted update, a hash of the ciphertext, and key shares sealed to the committee; the model's difference, the data and the
// one-time key do not. Training and quantising are not constant-time; whoever can time this process can read its memory.
package client

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"google.golang.org/grpc"

	"sotto/client/train"
	"sotto/internal/edge"
	"sotto/proto"
	"sotto/round"
)

// A Client speaks to one aggregator for one deployment.
type Client struct {
	Chain   Chain
	Pins    Pins
	Policy  Policy
	Clock   func() time.Time
	Journal *Journal
	Spool   string // folder in which base model and ciphertext wait, without a name (see [Spool])
	// Patience is how long [Client.Contribute] tries again what fails because the aggregator doesn't answer or has no room; 0 for not at all.
	Patience time.Duration

	aggregator proto.AggregatorClient
}

// New returns a client over a connection to the aggregator ([edge.Dial]). It spools beside the journal: where the system keeps temporary
// files may be memory.
func New(conn grpc.ClientConnInterface, chain Chain, pins Pins, journal *Journal) *Client {
	c := &Client{Chain: chain, Pins: pins, Policy: DefaultPolicy(), Clock: time.Now, Journal: journal, Patience: DefaultPatience, Spool: os.TempDir(),
		aggregator: proto.NewAggregatorClient(conn)}
	if journal != nil {
		c.Spool = filepath.Dir(journal.path)
	}
	return c
}

// State is what the aggregator says of the round it works on. Nothing of it is verified.
type State struct {
	Phase      proto.Phase
	Round      uint64
	Open       *round.SignedDescriptor // nil before the round is open
	Keys       round.KeyList           // empty before there is a committee
	Accepted   uint32
	RetryAfter time.Duration
}

// State asks the aggregator where its round stands.
func (c *Client) State(ctx context.Context) (*State, error) {
	m, err := c.aggregator.State(ctx, &proto.StateRequest{})
	if err != nil {
		return nil, edge.Refusal(err)
	}
	s := &State{Phase: m.GetPhase(), Round: m.GetRound(), Accepted: m.GetAccepted(),
		RetryAfter: min(time.Minute, time.Duration(m.GetRetryAfterMs())*time.Millisecond)}
	if b := m.GetCanonicalDescriptor(); len(b) > 0 {
		s.Open = new(round.SignedDescriptor)
		if err := round.Decode("descriptor", b, round.MaxDescriptorBytes, s.Open); err != nil {
			return nil, err
		}
	}
	if b := m.GetCanonicalKeyList(); len(b) > 0 {
		if err := round.Decode("key list", b, round.MaxKeyListBytes, &s.Keys); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// FetchModel returns the model file with the given hash.
func (c *Client) FetchModel(ctx context.Context, hash round.Hash, parameters uint64) ([]byte, error) {
	var file bytes.Buffer
	if err := c.FetchModelTo(ctx, hash, parameters, &file); err != nil {
		return nil, err
	}
	return file.Bytes(), nil
}

// FetchModelTo writes the model file with the given hash to w. What was written before an error is of no use.
func (c *Client) FetchModelTo(ctx context.Context, hash round.Hash, parameters uint64, w io.Writer) error {
	sum := sha256.New()
	err := edge.FetchTo(ctx, c.aggregator, &proto.FetchRequest{Object: &proto.FetchRequest_Model{Model: hash[:]}}, modelLimit(parameters), io.MultiWriter(sum, w))
	if err != nil {
		return fmt.Errorf("fetching model %s: %w", hash.Short(), err)
	}
	if got := round.Hash(sum.Sum(nil)); got != hash {
		return fmt.Errorf("the aggregator sent a model with hash %s for %s", got.Short(), hash.Short())
	}
	return nil
}

// modelLimit bounds a model file: the values, and a header for their names and shapes.
func modelLimit(parameters uint64) uint64 { return min(4*parameters+1<<20, round.MaxModelBytes) }

// FetchSpec returns the description of the pinned model.
func (c *Client) FetchSpec(ctx context.Context) (train.ModelSpec, error) {
	b, err := edge.Fetch(ctx, c.aggregator, &proto.FetchRequest{Object: &proto.FetchRequest_Description{Description: c.Pins.Model[:]}}, 1<<20)
	if err != nil {
		return train.ModelSpec{}, fmt.Errorf("fetching the model's description: %w", err)
	}
	spec, err := train.ReadSpec(bytes.NewReader(b))
	if err != nil {
		return train.ModelSpec{}, fmt.Errorf("the model's description: %w", err)
	}
	if got := round.Hash(spec.ID()); got != c.Pins.Model {
		return train.ModelSpec{}, fmt.Errorf("the aggregator sent the description of model %s, network.json says %s", got.Short(), c.Pins.Model.Short())
	}
	return spec, nil
}

// FetchManifest returns the signed manifest of a round, unverified.
func (c *Client) FetchManifest(ctx context.Context, number uint64) (*round.SignedManifest, error) {
	b, err := edge.Fetch(ctx, c.aggregator, &proto.FetchRequest{Object: &proto.FetchRequest_Manifest{Manifest: number}}, round.MaxManifestBytes)
	if err != nil {
		return nil, fmt.Errorf("fetching the manifest of round %d: %w", number, err)
	}
	m := new(round.SignedManifest)
	return m, round.Decode("manifest", b, round.MaxManifestBytes, m)
}

// FetchRewards returns the reward tree after a certified round, unverified.
func (c *Client) FetchRewards(ctx context.Context, number uint64) (round.Rewards, error) {
	b, err := edge.Fetch(ctx, c.aggregator, &proto.FetchRequest{Object: &proto.FetchRequest_Rewards{Rewards: number}}, round.MaxManifestBytes)
	if err != nil {
		return nil, fmt.Errorf("fetching the rewards after round %d: %w", number, err)
	}
	var r round.Rewards
	return r, round.Decode("rewards", b, round.MaxManifestBytes, &r)
}

// FetchTranscript returns the transcript of a certified round, unverified.
func (c *Client) FetchTranscript(ctx context.Context, number uint64) (*round.CertifiedRound, error) {
	b, err := edge.Fetch(ctx, c.aggregator, &proto.FetchRequest{Object: &proto.FetchRequest_Transcript{Transcript: number}}, round.MaxTranscriptBytes)
	if err != nil {
		return nil, fmt.Errorf("fetching the transcript of round %d: %w", number, err)
	}
	t := new(round.CertifiedRound)
	return t, round.Decode("transcript", b, round.MaxTranscriptBytes, t)
}
