// Package chaintest is a deployment on a local chain, with a committee whose members all live in one process: for tests and for
// measuring gas. Everything in it is real but the parties' independence.
package chaintest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"

	"sotto/chain"
	"sotto/internal/localchain"
	"sotto/round"
)

// Deployment is a local chain with the contracts on it.
type Deployment struct {
	Local  *localchain.Chain
	Client *chain.Client
	Owner  *chain.Account // owns the registry and holds all ether and tokens
}

// Delays of the registry, short enough to skip.
const (
	ReplacementDelay = 7 * 24 * time.Hour
	ExitDelay        = 24 * time.Hour
)

// Deploy starts a local chain and deploys the contracts with a stake of 100 tokens.
func Deploy(ctx context.Context, cfg localchain.Config) (_ *Deployment, err error) {
	d := new(Deployment)
	if d.Local, err = localchain.Start(cfg); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.Close())
		}
	}()
	d.Owner = chain.NewAccount(d.Local.Faucet())
	network, _, err := chain.Deploy(ctx, chain.Network{RPC: d.Local.URL(), ChainID: d.Local.ChainID().Uint64()}, d.Owner, chain.DeployConfig{
		Stake:            Tokens(100),
		Model:            chain.Model{ID: sha256.Sum256([]byte("a model")), Name: "a-model"},
		FirstModel:       sha256.Sum256([]byte("its first weights")),
		ReplacementDelay: ReplacementDelay,
		ExitDelay:        ExitDelay,
	})
	if err != nil {
		return nil, err
	}
	d.Client, err = chain.Dial(ctx, network)
	return d, err
}

// Close ends the client and the chain.
func (d *Deployment) Close() error {
	if d.Client != nil {
		d.Client.Close()
	}
	return d.Local.Close()
}

// Tokens returns an amount of whole tokens.
func Tokens(n uint64) round.Amount {
	return round.AmountOf(new(uint256.Int).Mul(uint256.NewInt(n), uint256.NewInt(1e18)))
}

// Account makes an account with an ether and the given number of tokens.
func (d *Deployment) Account(ctx context.Context, tokens uint64) (*chain.Account, error) {
	key, err := crypto.GenerateKey()
	if err != nil {
		return nil, err
	}
	account := chain.NewAccount(key)
	if _, err := d.Client.Transfer(ctx, d.Owner, account.Address(), Tokens(1)); err != nil { // ether has 18 decimals, too
		return nil, err
	}
	if tokens > 0 {
		_, err = d.Client.TransferToken(ctx, d.Owner, account.Address(), Tokens(tokens))
	}
	return account, err
}

// Install nominates and installs the first committee.
func (d *Deployment) Install(ctx context.Context, c *Committee) (chain.Receipt, error) {
	if _, err := d.Client.Nominate(ctx, d.Owner, c.Identities()); err != nil {
		return chain.Receipt{}, err
	}
	committee, err := c.OnChain()
	if err != nil {
		return chain.Receipt{}, err
	}
	endorsement, err := c.Endorse(d.Client.Registry())
	if err != nil {
		return chain.Receipt{}, err
	}
	return d.Client.InstallCommittee(ctx, d.Owner, committee, endorsement)
}

// Rotate installs the next committee under the signature of the current one.
func (d *Deployment) Rotate(ctx context.Context, old, next *Committee) (chain.Receipt, error) {
	committee, err := next.OnChain()
	if err != nil {
		return chain.Receipt{}, err
	}
	endorsement, err := next.Endorse(d.Client.Registry())
	if err != nil {
		return chain.Receipt{}, err
	}
	head, err := d.Client.Head(ctx)
	if err != nil {
		return chain.Receipt{}, err
	}
	signature, err := old.Sign(round.RotationMessage(d.Client.Registry(), next.Epoch, head.Round, head.Hash, committee.Key, committee.KeyList))
	if err != nil {
		return chain.Receipt{}, err
	}
	return d.Client.RotateCommittee(ctx, d.Owner, committee, endorsement, signature)
}

// Certificate returns a certificate that follows the chain's head. Its hashes stand for nothing; the caller sets the rewards.
func (d *Deployment) Certificate(ctx context.Context, contributors int) (round.Certificate, error) {
	head, err := d.Client.Head(ctx)
	if err != nil {
		return round.Certificate{}, err
	}
	hash := func(what string) round.Hash {
		return sha256.Sum256(fmt.Appendf(nil, "%s of round %d", what, head.Round+1))
	}
	return round.Certificate{
		Epoch:             head.Epoch,
		Round:             head.Round + 1,
		PreviousHead:      head.Hash,
		Descriptor:        hash("descriptor"),
		Manifest:          hash("manifest"),
		ParticipationRoot: hash("participation"),
		DroppedLeaves:     [32]byte{31: 0b10},
		Aggregate:         hash("aggregate"),
		Model:             hash("model"),
		RewardsRoot:       head.RewardsRoot,
		Contributors:      uint32(contributors),
		NodesOpened:       3,
		NodesDropped:      1,
	}, nil
}

// Finalize signs a certificate and puts it on chain.
func (d *Deployment) Finalize(ctx context.Context, by *Committee, certificate *round.Certificate) (chain.Receipt, error) {
	signature, err := by.Sign(certificate.Message(d.Client.Rounds()))
	if err != nil {
		return chain.Receipt{}, err
	}
	return d.Client.Finalize(ctx, d.Owner, certificate, signature)
}
