package chain

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"sotto/chain/contracts/rounds"
	"sotto/crypto/tbls"
	"sotto/round"
)

// Head is the chain's newest word on a deployment.
type Head = round.Head

// Head returns the newest state. It is of the newest block, which is not final: compare with [Client.Finalised] where that matters.
func (c *Client) Head(ctx context.Context) (Head, error) {
	header, err := c.head(ctx)
	if err != nil {
		return Head{}, err
	}
	a, q := c.network.Contracts, query{ctx: ctx, client: c, at: header.Hash()}
	h := Head{
		Round: ask(&q, a.Rounds, roundsABI.PackLastRound(), roundsABI.UnpackLastRound),
		Count: ask(&q, a.Rounds, roundsABI.PackCount(), roundsABI.UnpackCount),
		Hash:  ask(&q, a.Rounds, roundsABI.PackHead(), roundsABI.UnpackHead),
		Model: ask(&q, a.Rounds, roundsABI.PackModel(), roundsABI.UnpackModel),
		Epoch: ask(&q, a.Registry, registryABI.PackEpoch(), registryABI.UnpackEpoch),
		Block: round.Block{Number: header.Number.Uint64(), Hash: round.Hash(header.Hash())},
	}
	// The contract keeps two roots and overwrites the older one.
	if h.Count > 0 {
		h.RewardsRoot = ask(&q, a.Rewards, rewardsABI.PackRoots(bigUint(h.Count%2)), rewardsABI.UnpackRoots)
	}
	if h.Count > 1 {
		h.PreviousRoot = ask(&q, a.Rewards, rewardsABI.PackRoots(bigUint((h.Count-1)%2)), rewardsABI.UnpackRoots)
	}
	if q.err != nil {
		return Head{}, fmt.Errorf("head: %w", q.err)
	}
	return h, nil
}

// Finalized is a round whose certificate is on chain.
type Finalized struct {
	Certificate round.Certificate
	Head        round.Hash                  // the head after it
	Signature   [tbls.EVMSignatureSize]byte // the committee's, in the form of EIP-2537
	Tx          common.Hash
	Block       uint64
	GasUsed     uint64
}

// Finalize puts a round's certificate on chain. Anybody may send it. Errors: [ErrRoundNotNew], [ErrWrongHead], [ErrWrongEpoch],
// [ErrSignature], [ErrPoolOverdrawn].
func (c *Client) Finalize(ctx context.Context, from *Account, certificate *round.Certificate, signature tbls.Signature) (Receipt, error) {
	sig, err := tbls.EVMSignature(signature)
	if err != nil {
		return Receipt{}, fmt.Errorf("finalising round %d: %w", certificate.Round, err)
	}
	r, err := c.send(ctx, from, call{to: &c.network.Contracts.Rounds, data: roundsABI.PackFinalize(toContract(certificate), sig[:])})
	if err != nil {
		return Receipt{}, fmt.Errorf("finalising round %d: %w", certificate.Round, err)
	}
	return r, nil
}

// Certificate returns the certificate of a round, or [ErrNotFinalized] if the chain has none: the round is to come, or it was
// skipped.
func (c *Client) Certificate(ctx context.Context, number uint64) (Finalized, error) {
	head, err := c.Head(ctx)
	if err != nil {
		return Finalized{}, err
	}
	logs, err := c.roundLogs(ctx, head.Block.Number, []common.Hash{uintTopic(number)})
	if err != nil {
		return Finalized{}, fmt.Errorf("certificate of round %d: %w", number, err)
	}
	switch {
	case len(logs) == 1:
		return c.finalized(ctx, &logs[0])
	case len(logs) > 1:
		return Finalized{}, fmt.Errorf("certificate of round %d: %d events, want 1", number, len(logs))
	case head.Round == 0:
		return Finalized{}, hint(fmt.Errorf("round %d: %w", number, ErrNotFinalized), "no round is finalised yet")
	case number < head.Round:
		return Finalized{}, hint(fmt.Errorf("round %d: %w", number, ErrNotFinalized), "it was skipped")
	default:
		return Finalized{}, hint(fmt.Errorf("round %d: %w", number, ErrNotFinalized), fmt.Sprintf("the last finalised round is %d", head.Round))
	}
}

// Certificates returns the certificates of all finalised rounds from the given one on, in order.
func (c *Client) Certificates(ctx context.Context, from uint64) ([]Finalized, error) {
	head, err := c.head(ctx)
	if err != nil {
		return nil, err
	}
	logs, err := c.roundLogs(ctx, head.Number.Uint64())
	if err != nil {
		return nil, fmt.Errorf("certificates: %w", err)
	}
	var all []Finalized
	for i := range logs {
		if len(logs[i].Topics) == 2 && logs[i].Topics[1].Big().Cmp(bigUint(from)) < 0 {
			continue
		}
		f, err := c.finalized(ctx, &logs[i])
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

func (c *Client) roundLogs(ctx context.Context, last uint64, topics ...[]common.Hash) ([]types.Log, error) {
	contract := roundsABI.GetABI()
	return c.logs(ctx, c.network.Contracts.Rounds, c.network.DeployedAt, last, append([][]common.Hash{{contract.Events["RoundFinalized"].ID}}, topics...)...)
}

// finalized decodes an event and checks that its certificate leads to its head.
func (c *Client) finalized(ctx context.Context, log *types.Log) (Finalized, error) {
	event, err := roundsABI.UnpackRoundFinalizedEvent(log)
	if err == nil && len(log.Data) == 0 { // which the bindings take for an event without fields
		err = errors.New("no data")
	}
	if err != nil {
		return Finalized{}, fmt.Errorf("certificate in transaction %s is malformed: %w", log.TxHash, err)
	}
	if len(event.Signature) != tbls.EVMSignatureSize {
		return Finalized{}, fmt.Errorf("certificate in transaction %s has a signature of %d bytes, want %d", log.TxHash, len(event.Signature), tbls.EVMSignatureSize)
	}
	receipt, err := c.eth.TransactionReceipt(ctx, log.TxHash)
	if err != nil {
		return Finalized{}, fmt.Errorf("transaction %s: %w", log.TxHash, err)
	}
	f := Finalized{
		Certificate: fromContract(event.Certificate),
		Head:        event.Head,
		Signature:   [tbls.EVMSignatureSize]byte(event.Signature),
		Tx:          log.TxHash,
		Block:       log.BlockNumber,
		GasUsed:     receipt.GasUsed,
	}
	if head := f.Certificate.Head(c.Rounds()); head != f.Head || event.Round != f.Certificate.Round {
		return Finalized{}, fmt.Errorf("certificate in transaction %s leads to head %v, the chain says %v", log.TxHash, head, f.Head)
	}
	return f, nil
}

func toContract(c *round.Certificate) rounds.RoundsCertificate {
	return rounds.RoundsCertificate{
		Epoch:             c.Epoch,
		Round:             c.Round,
		PreviousHead:      c.PreviousHead,
		Descriptor:        c.Descriptor,
		Manifest:          c.Manifest,
		ParticipationRoot: c.ParticipationRoot,
		DroppedLeaves:     new(big.Int).SetBytes(c.DroppedLeaves[:]),
		Aggregate:         c.Aggregate,
		Model:             c.Model,
		RewardsRoot:       c.RewardsRoot,
		Pool:              c.Pool,
		PoolTotal:         c.PoolTotal.Big(),
		Contributors:      c.Contributors,
		NodesOpened:       c.NodesOpened,
		NodesDropped:      c.NodesDropped,
	}
}

func fromContract(c rounds.RoundsCertificate) round.Certificate {
	return round.Certificate{
		Epoch:             c.Epoch,
		Round:             c.Round,
		PreviousHead:      c.PreviousHead,
		Descriptor:        c.Descriptor,
		Manifest:          c.Manifest,
		ParticipationRoot: c.ParticipationRoot,
		DroppedLeaves:     amount(c.DroppedLeaves),
		Aggregate:         c.Aggregate,
		Model:             c.Model,
		RewardsRoot:       c.RewardsRoot,
		Pool:              c.Pool,
		PoolTotal:         amount(c.PoolTotal),
		Contributors:      c.Contributors,
		NodesOpened:       c.NodesOpened,
		NodesDropped:      c.NodesDropped,
	}
}
