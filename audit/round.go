package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"

	"sotto/chain"
	"sotto/crypto/tbls"
	"sotto/round"
)

// Chain is what an auditor reads from the chain.
type Chain interface {
	Rounds() round.Domain
	Certificate(ctx context.Context, number uint64) (chain.Finalized, error)
	Committee(ctx context.Context, epoch uint64) (round.Committee, error)
	RegisteredAt(ctx context.Context, block round.Block) ([]common.Address, error)
}

// Source brings the public data of rounds. It is trusted for nothing.
type Source interface {
	FetchTranscript(ctx context.Context, number uint64) (*round.CertifiedRound, error)
	FetchModel(ctx context.Context, hash round.Hash, parameters uint64) ([]byte, error)
	FetchRewards(ctx context.Context, number uint64) (round.Rewards, error)
}

// Round audits a certified round: it fetches the transcript, the base model and the rewards before the round, verifies all of it against
// the chain, and checks that the chain's certificate is the one that follows. modelID is the deployment's.
func Round(ctx context.Context, c Chain, source Source, modelID round.Hash, number uint64) (*Outcome, error) {
	onChain, err := c.Certificate(ctx, number)
	if err != nil {
		return nil, err
	}
	certified, err := source.FetchTranscript(ctx, number)
	if err != nil {
		return nil, err
	}
	t := &certified.Transcript
	d := &t.Opening.Descriptor
	if err := d.Validate(); err != nil {
		return nil, failed(CheckDescriptor, err)
	}
	if d.Round != number || d.Digest() != onChain.Certificate.Descriptor {
		return nil, failedf(CheckDescriptor, "of round %d with digest %s, the chain's certificate names %s", d.Round, d.Digest().Short(), onChain.Certificate.Descriptor.Short())
	}
	if d.Model != modelID {
		return nil, failedf(CheckDescriptor, "for model %s, the deployment is for %s", d.Model.Short(), modelID.Short())
	}
	ref, err := reference(ctx, c, &onChain, d, modelID)
	if err != nil {
		return nil, err
	}
	previous := round.Rewards{}
	if ref.LastRound > 0 {
		if previous, err = source.FetchRewards(ctx, ref.LastRound); err != nil {
			return nil, err
		}
	}
	base, err := source.FetchModel(ctx, ref.Model, d.Parameters)
	if err != nil {
		return nil, err
	}
	outcome, err := Verify(ref, t, base, previous)
	if err != nil {
		return nil, err
	}
	return outcome, matchChain(ref, certified, &onChain)
}

// reference builds what the chain said before the round. The contract accepted the certificate only on top of the head that it names, and
// that head is either the one of the round before or commits to the first model.
func reference(ctx context.Context, c Chain, onChain *chain.Finalized, d *round.Descriptor, modelID round.Hash) (Reference, error) {
	ref := Reference{Domain: c.Rounds(), Head: onChain.Certificate.PreviousHead}
	if d.Round <= uint64(d.Aborted) {
		return ref, failedf(CheckHead, "round %d with %d skipped before it", d.Round, d.Aborted)
	}
	ref.LastRound = d.Round - uint64(d.Aborted) - 1
	if ref.LastRound == 0 {
		ref.Model = d.BaseModel
		if got := round.GenesisHead(ref.Domain, modelID, ref.Model); got != ref.Head {
			return ref, failedf(CheckBaseModel, "%s is not the deployment's first model", d.BaseModel.Short())
		}
	} else {
		before, err := c.Certificate(ctx, ref.LastRound)
		if errors.Is(err, chain.ErrNotFinalized) {
			return ref, failedf(CheckHead, "follows round %d, which the chain has no certificate of", ref.LastRound)
		}
		if err != nil {
			return ref, err
		}
		if before.Head != ref.Head {
			return ref, failedf(CheckHead, "follows head %s, round %d left %s", ref.Head.Short(), ref.LastRound, before.Head.Short())
		}
		ref.Model, ref.RewardsRoot = before.Certificate.Model, before.Certificate.RewardsRoot
	}
	var err error
	if ref.Committee, err = c.Committee(ctx, onChain.Certificate.Epoch); err != nil {
		return ref, err
	}
	if ref.Registered, err = c.RegisteredAt(ctx, d.Registry); err != nil {
		return ref, failed(CheckDescriptor, fmt.Errorf("registry block %d: %w", d.Registry.Number, err))
	}
	return ref, nil
}

// matchChain checks that the chain's certificate and signature are the transcript's.
func matchChain(ref Reference, certified *round.CertifiedRound, onChain *chain.Finalized) error {
	certificate := &certified.Transcript.Certificate
	if onChain.Certificate != *certificate {
		return failedf(CheckChain, "the chain's certificate of round %d differs from the transcript's", certificate.Round)
	}
	key, err := groupKey(ref)
	if err != nil {
		return err
	}
	if err := tbls.Verify(key, certificate.Message(ref.Domain), tbls.Signature(certified.Signature)); err != nil {
		return failedf(CheckChain, "certificate signature: %v", err)
	}
	signature, err := tbls.EVMSignature(tbls.Signature(certified.Signature))
	if err != nil || !bytes.Equal(signature[:], onChain.Signature[:]) {
		return failedf(CheckChain, "the chain's signature of round %d differs from the transcript's", certificate.Round)
	}
	return nil
}
