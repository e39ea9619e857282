package chain

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"sotto/round"
)

// Receipt is a transaction that was mined.
type Receipt struct {
	Tx      common.Hash
	Block   uint64
	GasUsed uint64

	logs []*types.Log
	made common.Address // the contract that it made
}

const (
	// maxGas is the most that a transaction may ask for since Osaka (EIP-7825).
	maxGas = 1 << 24
	// Receipts are asked for at growing intervals: a local chain mines in milliseconds, a public one in twelve seconds.
	firstPoll, lastPoll = 2 * time.Millisecond, time.Second
	// maxPollFailures is how often in a row a receipt's poll may fail: the transaction is out, and giving it up has its price.
	maxPollFailures = 5
	// maxSendAttempts bounds how often a transaction is numbered anew because the account was also used elsewhere.
	maxSendAttempts = 20
)

// sender numbers the transactions of one account.
type sender struct {
	mu      sync.Mutex
	next    uint64 // the number after the last one sent, as long as some are in flight
	flights int    // sent and not waited for to the end
}

// call is a transaction to be: what to do, and where; a zero address makes a contract.
type call struct {
	to    *common.Address
	value *big.Int // wei
	data  []byte
}

// send signs, sends and waits until the transaction is mined. A call that a contract would refuse is not sent. When ctx ends
// while waiting, the transaction may still be mined.
func (c *Client) send(ctx context.Context, from *Account, tx call) (Receipt, error) {
	address := from.Address()
	msg := ethereum.CallMsg{From: address, To: tx.to, Value: tx.value, Data: tx.data}
	gas, err := c.eth.EstimateGas(ctx, msg)
	if err != nil {
		return Receipt{}, c.explain(ctx, decodeRevert(err), address, tx, 0)
	}
	if gas > maxGas {
		return Receipt{}, fmt.Errorf("transaction needs %d gas, want at most %d", gas, maxGas)
	}
	gas = min(gas+gas/5, maxGas) // the state may change before the transaction is mined
	tip, err := c.eth.SuggestGasTipCap(ctx)
	if err != nil {
		return Receipt{}, fmt.Errorf("fees: %w", err)
	}
	head, err := c.head(ctx)
	if err != nil {
		return Receipt{}, err
	}
	fee := new(big.Int).Mul(head.BaseFee, big.NewInt(2)) // lasts for six full blocks
	fee.Add(fee, tip)

	s := c.sender(address)
	hash, err := s.send(ctx, c, from, &types.DynamicFeeTx{
		ChainID: c.chainID, To: tx.to, Value: tx.value, Data: tx.data, Gas: gas, GasTipCap: tip, GasFeeCap: fee,
	})
	if err != nil {
		return Receipt{}, c.explain(ctx, err, address, tx, gas)
	}
	defer s.landed()
	receipt, err := c.wait(ctx, hash)
	if err != nil {
		return Receipt{}, fmt.Errorf("waiting for transaction %s: %w", hash, err)
	}
	if receipt.Status != types.ReceiptStatusSuccessful {
		// Something happened between the estimate and the block. Asking again tells what, if it is still so.
		if _, err := c.eth.CallContract(ctx, msg, receipt.BlockNumber); err != nil {
			return Receipt{}, fmt.Errorf("transaction %s failed in block %v: %w", hash, receipt.BlockNumber, decodeRevert(err))
		}
		return Receipt{}, fmt.Errorf("transaction %s failed in block %v with %d of %d gas used", hash, receipt.BlockNumber, receipt.GasUsed, gas)
	}
	return Receipt{Tx: hash, Block: receipt.BlockNumber.Uint64(), GasUsed: receipt.GasUsed, logs: receipt.Logs, made: receipt.ContractAddress}, nil
}

func (c *Client) sender(address common.Address) *sender {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, ok := c.senders[address]
	if !ok {
		s = new(sender)
		c.senders[address] = s
	}
	return s
}

// send numbers, signs and sends tx. Transactions of one account go out one after another, each with the next number.
func (s *sender) send(ctx context.Context, c *Client, from *Account, tx *types.DynamicFeeTx) (common.Hash, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	least := uint64(0)
	if s.flights > 0 {
		least = s.next // the node's count may lag behind what it, or another one behind the same URL, was sent
	}
	for attempt := 1; ; attempt++ {
		nonce, err := c.eth.PendingNonceAt(ctx, from.Address())
		if err != nil {
			return common.Hash{}, fmt.Errorf("number of the next transaction: %w", err)
		}
		tx.Nonce = max(nonce, least)
		signed, err := types.SignNewTx(from.key, types.LatestSignerForChainID(c.chainID), tx)
		if err != nil {
			return common.Hash{}, fmt.Errorf("signing the transaction failed: %v", err)
		}
		err = c.eth.SendTransaction(ctx, signed)
		if err == nil {
			s.next = tx.Nonce + 1
			s.flights++
			return signed.Hash(), nil
		}
		taken := numberTaken(err) // somebody else sends for this account, too
		if attempt == maxSendAttempts || !taken && !c.canPay(ctx, err, from.Address(), tx) {
			return common.Hash{}, fmt.Errorf("sending the transaction: %w", err)
		}
		if taken {
			least = tx.Nonce + 1
		}
		if err := sleep(ctx, rand.N(time.Duration(attempt)*firstPoll)); err != nil {
			return common.Hash{}, err
		}
	}
}

// landed notes that a transaction is no longer waited for.
func (s *sender) landed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flights--
}

// numberTaken reports whether a node refused a transaction because the account has sent another one with its number. JSON-RPC
// has no code for this; the texts are those of go-ethereum, which other nodes keep to.
func numberTaken(err error) bool {
	for _, text := range []string{"nonce too low", "replacement transaction underpriced", "already known"} {
		if strings.Contains(err.Error(), text) {
			return true
		}
	}
	return false
}

// canPay reports whether a node refused a transaction for lack of funds that are there: its pool is a moment behind the chain.
func (c *Client) canPay(ctx context.Context, refusal error, from common.Address, tx *types.DynamicFeeTx) bool {
	if !strings.Contains(refusal.Error(), "insufficient funds") {
		return false
	}
	balance, err := c.eth.BalanceAt(ctx, from, nil)
	return err == nil && balance.Cmp(types.NewTx(tx).Cost()) >= 0
}

// wait polls until the transaction is mined.
func (c *Client) wait(ctx context.Context, hash common.Hash) (*types.Receipt, error) {
	failures := 0
	for pause := firstPoll; ; pause = min(pause*3/2, lastPoll) {
		receipt, err := c.mined(ctx, hash)
		if err == nil {
			return receipt, nil
		}
		// A node says either that there is no receipt yet, or that it has not indexed the transaction yet.
		if errors.Is(err, ethereum.NotFound) || strings.Contains(err.Error(), "indexing") {
			failures = 0
		} else if failures++; failures > maxPollFailures {
			return nil, err
		}
		if err := sleep(ctx, pause); err != nil {
			return nil, err
		}
	}
}

// mined returns the receipt, or ethereum.NotFound. A node can have a receipt a moment before it takes the block for its newest;
// then it is not found yet, so that reads after a write see what it did.
func (c *Client) mined(ctx context.Context, hash common.Hash) (*types.Receipt, error) {
	receipt, err := c.eth.TransactionReceipt(ctx, hash)
	if err != nil {
		return nil, err
	}
	head, err := c.eth.BlockNumber(ctx)
	if err == nil && head < receipt.BlockNumber.Uint64() {
		err = ethereum.NotFound
	}
	return receipt, err
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// explain adds what an account has if a transaction failed because it cannot pay.
func (c *Client) explain(ctx context.Context, err error, from common.Address, tx call, gas uint64) error {
	if !strings.Contains(err.Error(), "insufficient funds") && !strings.Contains(err.Error(), "gas required exceeds allowance") {
		return err
	}
	have, balanceErr := c.Balance(ctx, from)
	if balanceErr != nil {
		return err
	}
	want := "enough"
	if tx.value != nil && tx.value.Sign() > 0 {
		want = amount(tx.value).Tokens()
	}
	fees := ""
	if gas > 0 {
		fees = fmt.Sprintf(" for %d gas", gas)
	}
	return hint(fmt.Errorf("%w: %s has %s ether, want %s and the fees%s", ErrFunds, from, have.Tokens(), want, fees), "send it ether for the fees")
}

// Transfer sends wei from one account to another.
func (c *Client) Transfer(ctx context.Context, from *Account, to common.Address, wei round.Amount) (Receipt, error) {
	r, err := c.send(ctx, from, call{to: &to, value: wei.Big()})
	if err != nil {
		return Receipt{}, fmt.Errorf("sending ether to %s: %w", to, err)
	}
	return r, nil
}

// MineToFinality asks a development chain to make its newest block final, and returns the number of the finalised block. It
// returns [ErrNotLocal] if the node cannot do that, as no public one can: wait instead ([Client.WaitFinal]).
func (c *Client) MineToFinality(ctx context.Context) (uint64, error) {
	var block uint64
	err := c.eth.Client().CallContext(ctx, &block, "dev_mineToFinality")
	var unknown interface{ ErrorCode() int }
	const methodNotFound = -32601 // JSON-RPC 2.0
	if errors.As(err, &unknown) && unknown.ErrorCode() == methodNotFound {
		return 0, fmt.Errorf("chain %v: %w", c.chainID, ErrNotLocal)
	}
	return block, err
}

// WaitFinal waits until the block with the given number is final, or ctx ends.
func (c *Client) WaitFinal(ctx context.Context, number uint64) error {
	for pause := firstPoll; ; pause = min(pause*3/2, lastPoll) {
		final, err := c.Finalised(ctx)
		if err != nil || final.Number >= number {
			return err
		}
		if err := sleep(ctx, pause); err != nil {
			return fmt.Errorf("waiting for block %d to be final, which block %d is: %w", number, final.Number, err)
		}
	}
}
