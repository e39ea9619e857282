package chain

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"sync"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"

	"sotto/chain/contracts/registry"
	"sotto/chain/contracts/rewards"
	"sotto/chain/contracts/rounds"
	"sotto/chain/contracts/sottotoken"
	"sotto/round"
)

// The generated bindings only encode and decode, so one of each serves every client.
var (
	tokenABI    = sottotoken.NewSottoToken()
	registryABI = registry.NewRegistry()
	roundsABI   = rounds.NewRounds()
	rewardsABI  = rewards.NewRewards()
)

// Client speaks to one deployment. Its methods may be called concurrently.
type Client struct {
	network Network
	eth     *ethclient.Client
	chainID *big.Int
	span    uint64 // blocks that the node is asked to search at once

	mu      sync.Mutex
	senders map[common.Address]*sender

	registrations registrations
}

// Dial connects to the node and the contracts that n names. It returns [ErrNotDeployed], [ErrWrongChain] or [ErrNoContract] if
// they are not what n says.
func Dial(ctx context.Context, n Network) (*Client, error) {
	if err := n.RequireContracts(); err != nil {
		return nil, err
	}
	c, err := dial(ctx, n)
	if err != nil {
		return nil, err
	}
	if err := c.checkContracts(ctx); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// dial connects to the node and checks its chain id.
func dial(ctx context.Context, n Network) (*Client, error) {
	if err := n.Validate(); err != nil {
		return nil, fmt.Errorf("network: %w", err)
	}
	eth, err := ethclient.DialContext(ctx, n.RPC)
	if err != nil {
		return nil, hint(fmt.Errorf("no Ethereum node at %s: %w", n.RPC, err), "is the node running? `sotto-demo devchain` starts a local one")
	}
	id, err := eth.ChainID(ctx)
	if err != nil {
		eth.Close()
		return nil, hint(fmt.Errorf("no Ethereum node at %s: %w", n.RPC, err), "is the node running? `sotto-demo devchain` starts a local one")
	}
	if !id.IsUint64() || id.Uint64() != n.ChainID {
		eth.Close()
		return nil, hint(fmt.Errorf("%w: the node at %s has chain id %v, want %d", ErrWrongChain, n.RPC, id, n.ChainID), "network.json belongs to another chain, or its rpc does")
	}
	return &Client{network: n, eth: eth, chainID: id, span: maxSpan, senders: map[common.Address]*sender{}}, nil
}

// checkContracts looks for code at the addresses and checks that the contracts name one another.
func (c *Client) checkContracts(ctx context.Context) error {
	a := c.network.Contracts
	for _, contract := range []struct {
		name    string
		address common.Address
	}{{"SottoToken", a.Token}, {"Registry", a.Registry}, {"Rounds", a.Rounds}, {"Rewards", a.Rewards}} {
		code, err := c.eth.CodeAt(ctx, contract.address, nil)
		if err != nil {
			return fmt.Errorf("looking for contract %s: %w", contract.name, err)
		}
		if len(code) == 0 {
			return hint(fmt.Errorf("%s %s: %w", contract.name, contract.address, ErrNoContract),
				"network.json is of another deployment, or the chain was started afresh: then run `sottod deploy` again")
		}
	}
	q := query{ctx: ctx, client: c}
	got := Contracts{
		Token:    ask(&q, a.Registry, registryABI.PackToken(), registryABI.UnpackToken),
		Registry: ask(&q, a.Rounds, roundsABI.PackRegistry(), roundsABI.UnpackRegistry),
		Rounds:   ask(&q, a.Registry, registryABI.PackRounds(), registryABI.UnpackRounds),
		Rewards:  ask(&q, a.Rounds, roundsABI.PackRewards(), roundsABI.UnpackRewards),
	}
	model := round.Hash(ask(&q, a.Rounds, roundsABI.PackModelId(), roundsABI.UnpackModelId))
	if q.err != nil {
		return hint(fmt.Errorf("the contracts are not Sotto's: %w", q.err), "ask for the deployment's network.json")
	}
	if got != a {
		return hint(fmt.Errorf("the contracts are of different deployments: they name %v, want %v", got, a), "ask for the deployment's network.json")
	}
	if model != c.network.Model.ID {
		return hint(fmt.Errorf("the contracts train model %v, want %v", model, c.network.Model.ID), "ask for the deployment's network.json")
	}
	return nil
}

// Close ends the connection.
func (c *Client) Close() { c.eth.Close() }

// Network returns what the client was dialled with.
func (c *Client) Network() Network { return c.network }

// Rounds returns the domain that everything about rounds is signed for.
func (c *Client) Rounds() round.Domain { return c.network.Rounds() }

// Registry returns the domain that everything about committees is signed for.
func (c *Client) Registry() round.Domain { return c.network.Registry() }

// read calls a contract at the newest block and decodes the answer.
func read[T any](ctx context.Context, c *Client, contract common.Address, data []byte, unpack func([]byte) (T, error)) (T, error) {
	q := query{ctx: ctx, client: c}
	return ask(&q, contract, data, unpack), q.err
}

// query reads several things and keeps the first error.
type query struct {
	ctx    context.Context
	client *Client
	at     common.Hash // the block to read at; zero: the newest at each time
	err    error
}

// ask calls a contract and decodes the answer. After an error it returns zeros.
func ask[T any](q *query, contract common.Address, data []byte, unpack func([]byte) (T, error)) (value T) {
	if q.err == nil {
		eth := q.client.eth
		bound := bind.NewBoundContract(contract, abi.ABI{}, eth, eth, eth)
		value, q.err = bind.Call(bound, &bind.CallOpts{Context: q.ctx, BlockHash: q.at}, data, unpack)
		q.err = decodeRevert(q.err)
	}
	return value
}

// head returns the newest block.
func (c *Client) head(ctx context.Context) (*types.Header, error) {
	header, err := c.eth.HeaderByNumber(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("newest block: %w", err)
	}
	return header, nil
}

// Finalised returns the newest block that the chain will not take back.
func (c *Client) Finalised(ctx context.Context) (round.Block, error) {
	header, err := c.eth.HeaderByNumber(ctx, big.NewInt(int64(rpc.FinalizedBlockNumber)))
	if err != nil {
		return round.Block{}, fmt.Errorf("finalised block: %w", err)
	}
	return round.Block{Number: header.Number.Uint64(), Hash: round.Hash(header.Hash())}, nil
}

// BlockHash returns the hash of the block with the given number, or [ErrReorg] if the chain is not that long.
func (c *Client) BlockHash(ctx context.Context, number uint64) (round.Hash, error) {
	header, err := c.eth.HeaderByNumber(ctx, new(big.Int).SetUint64(number))
	if errors.Is(err, ethereum.NotFound) {
		return round.Hash{}, fmt.Errorf("block %d: %w", number, ErrReorg)
	}
	if err != nil {
		return round.Hash{}, fmt.Errorf("block %d: %w", number, err)
	}
	return round.Hash(header.Hash()), nil
}

// checkBlock returns [ErrReorg] unless b is on the chain.
func (c *Client) checkBlock(ctx context.Context, b round.Block) error {
	hash, err := c.BlockHash(ctx, b.Number)
	if err != nil {
		return err
	}
	if hash != b.Hash {
		return fmt.Errorf("block %d with hash %v: %w, which has %v", b.Number, b.Hash, ErrReorg, hash)
	}
	return nil
}

// Balance returns what an account has in ether, in wei.
func (c *Client) Balance(ctx context.Context, account common.Address) (round.Amount, error) {
	wei, err := c.eth.BalanceAt(ctx, account, nil)
	if err != nil {
		return round.Amount{}, fmt.Errorf("balance of %s: %w", account, err)
	}
	return amount(wei), nil
}

// amount converts what the chain holds in 256 bits.
func amount(v *big.Int) (a round.Amount) {
	v.FillBytes(a[:])
	return a
}

func bigUint(v uint64) *big.Int { return new(big.Int).SetUint64(v) }
