package client

import (
	"context"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"sotto/round"
)

// RewardSource is what rewards are looked up with on chain.
type RewardSource interface {
	Head(ctx context.Context) (round.Head, error)
	Claimed(ctx context.Context, pool uint64, account common.Address) (round.Amount, error)
}

// Claimable is what an account may claim from one pool.
type Claimable struct {
	round.Owed
	Claimed round.Amount // so far
	Proof   []round.Hash // that Owed is under the chain's rewards root
}

// Open returns what a claim pays out now.
func (c *Claimable) Open() round.Amount {
	return round.AmountOf(new(uint256.Int).Sub(c.Cumulative.Int(), c.Claimed.Int()))
}

// provenRewards returns the reward tree that the chain has the root of.
func (c *Client) provenRewards(ctx context.Context, head round.Head) (round.Rewards, error) {
	tree, err := c.FetchRewards(ctx, head.Round)
	if err != nil {
		return nil, err
	}
	if err := tree.Validate(); err != nil {
		return nil, err
	}
	if got := tree.Root(); got != head.RewardsRoot {
		return nil, fmt.Errorf("the aggregator sent rewards with root %s, the chain says %s", got.Short(), head.RewardsRoot.Short())
	}
	return tree, nil
}

// Rewards returns what accounts were awarded from all pools, with the proofs that a claim needs; without accounts, everybody's. The tree
// comes from the aggregator and must be the one under the chain's root.
func (c *Client) Rewards(ctx context.Context, source RewardSource, accounts ...common.Address) ([]Claimable, error) {
	head, err := source.Head(ctx)
	if err != nil {
		return nil, err
	}
	if head.RewardsRoot == (round.Hash{}) {
		return nil, nil
	}
	tree, err := c.provenRewards(ctx, head)
	if err != nil {
		return nil, err
	}
	merkle := tree.Tree()
	wanted := make(map[common.Address]bool, len(accounts))
	for _, a := range accounts {
		wanted[a] = true
	}
	var out []Claimable
	for _, owed := range tree {
		if len(accounts) > 0 && !wanted[owed.Account] {
			continue
		}
		claimed, err := source.Claimed(ctx, owed.Pool, owed.Account)
		if err != nil {
			return nil, err
		}
		proof, err := merkle.ProofOf(owed)
		if err != nil {
			return nil, err
		}
		out = append(out, Claimable{owed, claimed, proof})
	}
	return out, nil
}
