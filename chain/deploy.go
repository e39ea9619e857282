package chain

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"sotto/chain/contracts/registry"
	"sotto/chain/contracts/rewards"
	"sotto/chain/contracts/rounds"
	"sotto/chain/contracts/sottotoken"
	"sotto/round"
)

// DeployConfig is what a deployment can never change afterwards.
type DeployConfig struct {
	Holder           common.Address // gets the whole supply of tokens; zero: who deploys
	Owner            common.Address // nominates the first committee and replaces a lost one; zero: who deploys
	Stake            round.Amount   // what a contributor puts down
	Model            Model
	FirstModel       round.Hash    // SHA-256 of the model file that the first round starts from
	ReplacementDelay time.Duration // between announcing and installing a committee without the old one's signature
	ExitDelay        time.Duration // between leaving and getting the stake back
}

// Deploy makes the four contracts and returns n with their addresses. n needs its RPC and ChainID only. The account must send
// nothing else meanwhile: the contracts name one another, by addresses that follow from the account's count of transactions.
// It also returns the gas that all of it took.
func Deploy(ctx context.Context, n Network, from *Account, cfg DeployConfig) (Network, uint64, error) {
	if cfg.Holder == (common.Address{}) {
		cfg.Holder = from.Address()
	}
	if cfg.Owner == (common.Address{}) {
		cfg.Owner = from.Address()
	}
	if cfg.Model.ID == (round.Hash{}) || cfg.FirstModel == (round.Hash{}) {
		return n, 0, errors.New("deploying: model id or first model is zero")
	}
	if cfg.ReplacementDelay < 0 || cfg.ExitDelay < 0 {
		return n, 0, errors.New("deploying: a delay is negative")
	}
	n.Contracts, n.DeployedAt, n.Model = Contracts{}, 0, Model{}
	c, err := dial(ctx, n)
	if err != nil {
		return n, 0, err
	}
	defer c.Close()

	first, err := c.eth.PendingNonceAt(ctx, from.Address())
	if err != nil {
		return n, 0, fmt.Errorf("deploying: %w", err)
	}
	var addresses [4]common.Address
	for i := range addresses {
		addresses[i] = crypto.CreateAddress(from.Address(), first+uint64(i))
	}
	a := Contracts{addresses[0], addresses[1], addresses[2], addresses[3]}
	gas := uint64(0)
	for _, contract := range []struct {
		name        string
		address     common.Address
		bin         string
		constructor []byte
	}{
		{"SottoToken", a.Token, sottotoken.SottoTokenMetaData.Bin, tokenABI.PackConstructor(cfg.Holder)},
		{"Registry", a.Registry, registry.RegistryMetaData.Bin, registryABI.PackConstructor(a.Token, cfg.Stake.Big(), cfg.Owner, a.Rounds,
			uint64(cfg.ReplacementDelay/time.Second), uint64(cfg.ExitDelay/time.Second))},
		{"Rounds", a.Rounds, rounds.RoundsMetaData.Bin, roundsABI.PackConstructor(a.Registry, a.Rewards, cfg.Model.ID, cfg.FirstModel)},
		{"Rewards", a.Rewards, rewards.RewardsMetaData.Bin, rewardsABI.PackConstructor(a.Token, a.Rounds)},
	} {
		r, err := c.send(ctx, from, call{data: append(common.FromHex(contract.bin), contract.constructor...)})
		if err == nil && r.made != contract.address {
			err = fmt.Errorf("it was made at %s, want %s", r.made, contract.address)
		}
		if err != nil {
			err = fmt.Errorf("deploying %s: %w", contract.name, err)
			if errors.Is(err, ErrFunds) {
				return n, gas, err
			}
			return n, gas, hint(err, "deploy again, from an account that sends nothing else meanwhile")
		}
		gas += r.GasUsed
		if contract.address == a.Token {
			n.DeployedAt = r.Block
		}
	}
	n.Contracts, n.Model = a, cfg.Model
	return n, gas, nil
}
