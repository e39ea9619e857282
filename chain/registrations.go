package chain

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/ethereum/go-ethereum/common"

	"sotto/round"
)

// registrations is what a client knows of who came and left: every change in the blocks from the deployment to its last one.
type registrations struct {
	mu      sync.Mutex
	known   bool
	last    round.Block
	changes []change // in the chain's order
}

type change struct {
	block      uint64
	account    common.Address
	registered bool
}

// RegisteredAt returns the accounts that are registered as of block b, that block included, sorted. It returns [ErrReorg] if b
// is not on the chain. The first call reads the events since the deployment, later ones those since.
func (c *Client) RegisteredAt(ctx context.Context, b round.Block) ([]common.Address, error) {
	r := &c.registrations
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := c.checkBlock(ctx, b); err != nil {
		return nil, fmt.Errorf("registered contributors: %w", err)
	}
	if r.known {
		// What was read belongs to a chain that may have been replaced since.
		if hash, err := c.BlockHash(ctx, r.last.Number); err != nil || hash != r.last.Hash {
			r.known, r.changes = false, nil
		}
	}
	if !r.known || r.last.Number < b.Number {
		if err := c.readRegistrations(ctx, b); err != nil {
			return nil, fmt.Errorf("registered contributors: %w", err)
		}
	}
	registered := map[common.Address]bool{}
	for _, change := range r.changes {
		if change.block > b.Number {
			break
		}
		if change.registered {
			registered[change.account] = true
		} else {
			delete(registered, change.account)
		}
	}
	accounts := make([]common.Address, 0, len(registered))
	for account := range registered {
		accounts = append(accounts, account)
	}
	slices.SortFunc(accounts, func(a, b common.Address) int { return bytes.Compare(a[:], b[:]) })
	return accounts, nil
}

// readRegistrations reads the events up to b. Unless b is still on the chain afterwards, it keeps nothing.
func (c *Client) readRegistrations(ctx context.Context, b round.Block) error {
	r := &c.registrations
	first := c.network.DeployedAt
	if r.known {
		first = r.last.Number + 1
	}
	contract := registryABI.GetABI()
	came, left := contract.Events["ContributorRegistered"].ID, contract.Events["ContributorLeft"].ID
	logs, err := c.logs(ctx, c.network.Contracts.Registry, first, b.Number, []common.Hash{came, left})
	if err != nil {
		return err
	}
	if err := c.checkBlock(ctx, b); err != nil {
		return err
	}
	for _, log := range logs {
		if len(log.Topics) != 2 {
			return fmt.Errorf("event of transaction %s has %d topics, want 2", log.TxHash, len(log.Topics))
		}
		r.changes = append(r.changes, change{log.BlockNumber, common.BytesToAddress(log.Topics[1][:]), log.Topics[0] == came})
	}
	r.known, r.last = true, b
	return nil
}
