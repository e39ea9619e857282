package localchain

import (
	"context"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/core"
)

// Mine makes n blocks, with whatever transactions wait, and returns the number of the new head.
func (c *Chain) Mine(ctx context.Context, n int) (uint64, error) {
	if n < 0 || n > maxMine {
		return 0, fmt.Errorf("cannot mine %d blocks at once, want 0 to %d", n, maxMine)
	}
	head := c.head()
	for range n {
		if err := ctx.Err(); err != nil {
			return head, err
		}
		if err := c.seal(0); err != nil {
			return head, err
		}
		head = c.head()
	}
	return head, nil
}

// MineToFinality mines until the head is final and returns the head's number: a multiple of 32, not below what was the head.
func (c *Chain) MineToFinality(ctx context.Context) (uint64, error) {
	head := c.head()
	final := (head + EpochLength - 1) / EpochLength * EpochLength
	for ; head < final; head = c.head() {
		if err := ctx.Err(); err != nil {
			return head, err
		}
		if err := c.seal(0); err != nil {
			return head, err
		}
	}
	return final, nil
}

// Skip mines one block whose time is at least d after the last one's: for tests of what takes days. Transactions that wait
// are mined first.
func (c *Chain) Skip(d time.Duration) error {
	if c.waiting() > 0 {
		if err := c.seal(0); err != nil {
			return err
		}
	}
	return c.seal(d)
}

// Rewind makes an earlier block the head again, as if the blocks after it had never been, and forgets the transactions that
// wait: for tests of what happens when a chain changes its mind. Blocks that are final do not stop it.
func (c *Chain) Rewind(number uint64) error {
	c.sealing.Lock()
	defer c.sealing.Unlock()
	if c.closed {
		return ErrClosed
	}
	block := c.backend.BlockChain().GetBlockByNumber(number)
	if block == nil {
		return fmt.Errorf("cannot rewind to block %d, the head is %d", number, c.head())
	}
	c.beacon.Rollback()
	if err := c.beacon.Fork(block.Hash()); err != nil {
		return fmt.Errorf("rewinding to block %d: %w", number, err)
	}
	// The pool takes back the transactions of the blocks that are gone; wait until it has, then clear it.
	if err := c.backend.TxPool().Sync(); err != nil {
		return fmt.Errorf("rewinding to block %d: %w", number, err)
	}
	c.beacon.Rollback()
	return nil
}

func (c *Chain) head() uint64 { return c.backend.BlockChain().CurrentBlock().Number.Uint64() }

// waiting returns the number of transactions that a block could take now.
func (c *Chain) waiting() int {
	n, _ := c.backend.TxPool().Stats()
	return n
}

// seal makes one block: d after the last one, or now if d is 0.
func (c *Chain) seal(d time.Duration) error {
	c.sealing.Lock()
	defer c.sealing.Unlock()
	if c.closed {
		return ErrClosed
	}
	before := c.head()
	if d == 0 {
		c.beacon.Commit()
	} else if err := c.beacon.AdjustTime(d); err != nil {
		return fmt.Errorf("mining a block: %w", err)
	}
	// Commit logs its error instead of returning it.
	if after := c.head(); after != before+1 {
		return fmt.Errorf("mining block %d failed: the head is %d", before+1, after)
	}
	return nil
}

// startMiner starts the goroutines that make blocks by themselves: one empties the pool's feed, which must never block since
// sealing waits for the pool, the other seals.
func (c *Chain) startMiner(period, finalizeAfter time.Duration) {
	events := make(chan core.NewTxsEvent, 16)
	wake := make(chan struct{}, 1)
	sub := c.backend.TxPool().SubscribeTransactions(events, true)
	c.miners.Go(func() {
		defer sub.Unsubscribe()
		for {
			select {
			case <-c.quit:
				return
			case <-events:
				select {
				case wake <- struct{}{}:
				default:
				}
			}
		}
	})
	c.miners.Go(func() { c.mine(wake, period, finalizeAfter) })
}

func (c *Chain) mine(wake <-chan struct{}, period, finalizeAfter time.Duration) {
	var tick <-chan time.Time
	if period > 0 {
		ticker := time.NewTicker(period)
		defer ticker.Stop()
		tick, wake = ticker.C, nil
	}
	quiet := time.NewTimer(time.Hour)
	quiet.Stop()
	for {
		select {
		case <-c.quit:
			return
		case <-tick:
			c.report(c.seal(0))
		case <-wake:
			// A transaction that no block takes (it pays less than the base fee) stays in the pool: stop at the first
			// block that leaves the pool as it was.
			for left := c.waiting(); left > 0; {
				c.report(c.seal(0))
				now := c.waiting()
				if now == left {
					break
				}
				left = now
			}
		case <-quiet.C:
			_, err := c.MineToFinality(context.Background())
			c.report(err)
		}
		if finalizeAfter > 0 && c.head()%EpochLength != 0 {
			quiet.Reset(finalizeAfter)
		}
	}
}

// devAPI is the JSON-RPC namespace "dev".
type devAPI struct{ chain *Chain }

// Mine is dev_mine.
func (a *devAPI) Mine(ctx context.Context, n int) (uint64, error) { return a.chain.Mine(ctx, n) }

// MineToFinality is dev_mineToFinality.
func (a *devAPI) MineToFinality(ctx context.Context) (uint64, error) {
	return a.chain.MineToFinality(ctx)
}
