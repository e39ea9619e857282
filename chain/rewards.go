package chain

import (
	"context"
	"fmt"

	"github.com/ethereum/go-ethereum/common"

	"sotto/chain/contracts/rewards"
	"sotto/round"
)

// MaxClaims is the most claims that one transaction carries: a first claim takes about 102,000 gas.
const MaxClaims = 128

// Claim is what an account is owed in all, with the proof that it is in a reward tree that the chain holds the root of.
type Claim struct {
	round.Owed
	Proof []round.Hash // round.MerkleTree.ProofOf
}

// Payment is what a claim was paid.
type Payment struct {
	Pool    uint64
	Account common.Address
	Amount  round.Amount
}

// Pools returns the number of pools; they are numbered from 1.
func (c *Client) Pools(ctx context.Context) (uint64, error) {
	v, err := read(ctx, c, c.network.Contracts.Rewards, rewardsABI.PackPoolCount(), rewardsABI.UnpackPoolCount)
	if err != nil {
		return 0, fmt.Errorf("pools: %w", err)
	}
	return v, nil
}

// Deposits returns all that was ever deposited in a pool, 0 for a pool that does not exist.
func (c *Client) Deposits(ctx context.Context, pool uint64) (round.Amount, error) {
	v, err := read(ctx, c, c.network.Contracts.Rewards, rewardsABI.PackDeposits(pool), rewardsABI.UnpackDeposits)
	if err != nil {
		return round.Amount{}, fmt.Errorf("deposits of pool %d: %w", pool, err)
	}
	return amount(v), nil
}

// Paid returns all that was ever paid from a pool.
func (c *Client) Paid(ctx context.Context, pool uint64) (round.Amount, error) {
	v, err := read(ctx, c, c.network.Contracts.Rewards, rewardsABI.PackPaid(pool), rewardsABI.UnpackPaid)
	if err != nil {
		return round.Amount{}, fmt.Errorf("payments of pool %d: %w", pool, err)
	}
	return amount(v), nil
}

// Claimed returns all that an account was ever paid from a pool.
func (c *Client) Claimed(ctx context.Context, pool uint64, account common.Address) (round.Amount, error) {
	v, err := read(ctx, c, c.network.Contracts.Rewards, rewardsABI.PackClaimed(pool, account), rewardsABI.UnpackClaimed)
	if err != nil {
		return round.Amount{}, fmt.Errorf("payments of pool %d to %s: %w", pool, account, err)
	}
	return amount(v), nil
}

// CreatePool opens a pool for the deployment's model and returns its number.
func (c *Client) CreatePool(ctx context.Context, from *Account) (uint64, Receipt, error) {
	const doing = "creating a pool"
	r, err := c.rewards(ctx, from, doing, rewardsABI.PackCreatePool(c.network.Model.ID))
	if err != nil {
		return 0, Receipt{}, err
	}
	event, err := logged(r, c.network.Contracts.Rewards, rewardsABI.UnpackPoolCreatedEvent)
	if err != nil {
		return 0, r, fmt.Errorf("%s: %w", doing, err)
	}
	return event.Pool, r, nil
}

// Deposit moves tokens from the account to a pool, in one transaction. They stay there until they are claimed. Errors: [ErrFunds].
func (c *Client) Deposit(ctx context.Context, from *Account, pool uint64, tokens round.Amount) (Receipt, error) {
	doing := fmt.Sprintf("depositing in pool %d", pool)
	p, err := c.permit(ctx, from, c.network.Contracts.Rewards, tokens.Big())
	if err != nil {
		return Receipt{}, fmt.Errorf("%s: %w", doing, err)
	}
	return c.rewards(ctx, from, doing, rewardsABI.PackDepositWithPermit(pool, tokens.Big(), p.deadline, p.v, p.r, p.s))
}

// Claim pays the account in the claim what it has not been paid yet. Anybody may send it. Errors: [ErrNotInTree],
// [ErrNothingToClaim].
func (c *Client) Claim(ctx context.Context, from *Account, claim Claim) (Payment, Receipt, error) {
	doing := fmt.Sprintf("claiming from pool %d for %s", claim.Pool, claim.Account)
	r, err := c.rewards(ctx, from, doing, rewardsABI.PackClaim(claim.Pool, claim.Account, claim.Cumulative.Big(), proof(claim)))
	if err != nil {
		return Payment{}, Receipt{}, err
	}
	event, err := logged(r, c.network.Contracts.Rewards, rewardsABI.UnpackClaimedEvent)
	if err != nil {
		return Payment{}, r, fmt.Errorf("%s: %w", doing, err)
	}
	return Payment{event.Pool, event.Account, amount(event.Amount)}, r, nil
}

// ClaimMany pays up to [MaxClaims] claims in one transaction and returns what was paid; claims that were paid before are passed
// over. One claim that is in no tree refuses them all: [ErrNotInTree].
func (c *Client) ClaimMany(ctx context.Context, from *Account, claims []Claim) ([]Payment, Receipt, error) {
	doing := fmt.Sprintf("sending %d claims", len(claims))
	if len(claims) == 0 || len(claims) > MaxClaims {
		return nil, Receipt{}, fmt.Errorf("%s: want 1 to %d in a transaction", doing, MaxClaims)
	}
	list := make([]rewards.RewardsClaim, len(claims))
	for i, claim := range claims {
		list[i] = rewards.RewardsClaim{Pool: claim.Pool, Account: claim.Account, Cumulative: claim.Cumulative.Big(), Proof: proof(claim)}
	}
	r, err := c.rewards(ctx, from, doing, rewardsABI.PackClaimMany(list))
	if err != nil {
		return nil, Receipt{}, err
	}
	var paid []Payment
	for _, log := range r.logs {
		if log.Address != c.network.Contracts.Rewards || len(log.Data) == 0 {
			continue
		}
		event, err := rewardsABI.UnpackClaimedEvent(log)
		if err != nil {
			return nil, r, fmt.Errorf("%s: malformed event: %w", doing, err)
		}
		paid = append(paid, Payment{event.Pool, event.Account, amount(event.Amount)})
	}
	return paid, r, nil
}

func proof(claim Claim) [][32]byte {
	out := make([][32]byte, len(claim.Proof))
	for i, h := range claim.Proof {
		out[i] = h
	}
	return out
}

// rewards sends a call to the contract Rewards.
func (c *Client) rewards(ctx context.Context, from *Account, doing string, data []byte) (Receipt, error) {
	r, err := c.send(ctx, from, call{to: &c.network.Contracts.Rewards, data: data})
	if err != nil {
		return Receipt{}, fmt.Errorf("%s: %w", doing, err)
	}
	return r, nil
}
