package chain

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"
)

// maxSpan is the number of blocks that a node is asked to search at once. A node that finds it too many is asked for fewer.
const maxSpan = 10_000

// logs returns what a contract logged under the given topics in the blocks first to last, in order.
func (c *Client) logs(ctx context.Context, contract common.Address, first, last uint64, topics ...[]common.Hash) ([]types.Log, error) {
	var all []types.Log
	for span := c.span; first <= last; {
		end := min(last, first+span-1)
		part, err := c.eth.FilterLogs(ctx, ethereum.FilterQuery{
			FromBlock: new(big.Int).SetUint64(first),
			ToBlock:   new(big.Int).SetUint64(end),
			Addresses: []common.Address{contract},
			Topics:    topics,
		})
		var refused rpc.Error // the node answered, so what it minds may be the number of blocks
		if errors.As(err, &refused) && span > 1 {
			span = (span + 1) / 2
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("events in blocks %d to %d: %w", first, end, err)
		}
		for _, log := range part {
			if log.Removed || log.Address != contract || log.BlockNumber < first || log.BlockNumber > end {
				return nil, fmt.Errorf("events in blocks %d to %d: the node returned one of block %d that was not asked for", first, end, log.BlockNumber)
			}
		}
		all = append(all, part...)
		first = end + 1
	}
	return all, nil
}
