package simulate

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"

	"sotto/chain"
	"sotto/crypto/tbls"
	"sotto/round"
)

// Chain is a chain with the contracts on it, in memory. It checks what the contracts check, in their order and with the errors of
// [chain.Client], whose methods it has where the roles need them. A block is mined for every transaction; all blocks are final.
type Chain struct {
	mu sync.Mutex

	rounds, registry round.Domain
	head             round.Head
	registrations    []registration
	nominees         []common.Address
	committees       []round.Committee // of the epochs from 1 on
	certificates     []chain.Finalized
	deposits         map[uint64]round.Amount
}

// registration is an account that came or left.
type registration struct {
	block   uint64
	account common.Address
	left    bool
}

// ChainID is the chain id of every simulated chain.
const ChainID = 31337

// NewChain returns a chain with a deployment that begins with the model file of the given hash.
func NewChain(modelID, firstModel round.Hash) *Chain {
	c := &Chain{
		rounds:   round.Domain{ChainID: ChainID, Contract: common.Address{19: 1}},
		registry: round.Domain{ChainID: ChainID, Contract: common.Address{19: 2}},
		deposits: map[uint64]round.Amount{},
	}
	c.head = round.Head{Hash: round.GenesisHead(c.rounds, modelID, firstModel), Model: firstModel}
	c.mine()
	return c
}

// clone returns a chain with the same past.
func (c *Chain) clone() *Chain {
	defer c.lock()()
	return &Chain{
		rounds: c.rounds, registry: c.registry, head: c.head, registrations: slices.Clone(c.registrations), nominees: slices.Clone(c.nominees),
		committees: slices.Clone(c.committees), certificates: slices.Clone(c.certificates), deposits: maps.Clone(c.deposits),
	}
}

// mine adds a block. The caller holds the lock.
func (c *Chain) mine() {
	c.head.Block.Number++
	c.head.Block.Hash = blockHash(c.head.Block.Number)
}

func blockHash(number uint64) round.Hash {
	return round.Hash(crypto.Keccak256Hash(binary.BigEndian.AppendUint64([]byte("simulated block "), number)))
}

func (c *Chain) lock() func() {
	c.mu.Lock()
	return c.mu.Unlock
}

// Rounds returns the domain of rounds.
func (c *Chain) Rounds() round.Domain { return c.rounds }

// Registry returns the domain of committees.
func (c *Chain) Registry() round.Domain { return c.registry }

// Head returns the newest state.
func (c *Chain) Head(context.Context) (round.Head, error) {
	defer c.lock()()
	return c.head, nil
}

// Finalised returns the newest final block.
func (c *Chain) Finalised(context.Context) (round.Block, error) {
	defer c.lock()()
	return c.head.Block, nil
}

// BlockHash returns the hash of a block.
func (c *Chain) BlockHash(_ context.Context, number uint64) (round.Hash, error) {
	defer c.lock()()
	if number > c.head.Block.Number {
		return round.Hash{}, fmt.Errorf("no block %d", number)
	}
	return blockHash(number), nil
}

func amount(v uint64) round.Amount { return round.AmountOf(uint256.NewInt(v)) }

// Register registers contributors.
func (c *Chain) Register(accounts ...common.Address) {
	defer c.lock()()
	c.mine()
	for _, a := range accounts {
		c.registrations = append(c.registrations, registration{c.head.Block.Number, a, false})
	}
}

// Leave ends the registration of contributors.
func (c *Chain) Leave(accounts ...common.Address) {
	defer c.lock()()
	c.mine()
	for _, a := range accounts {
		c.registrations = append(c.registrations, registration{c.head.Block.Number, a, true})
	}
}

// RegisteredAt returns the accounts that are registered as of a block, sorted.
func (c *Chain) RegisteredAt(_ context.Context, b round.Block) ([]common.Address, error) {
	defer c.lock()()
	if b.Number > c.head.Block.Number || b.Hash != blockHash(b.Number) {
		return nil, fmt.Errorf("block %d: %w", b.Number, chain.ErrReorg)
	}
	accounts := map[common.Address]bool{}
	for _, r := range c.registrations {
		if r.block <= b.Number {
			accounts[r.account] = !r.left
		}
	}
	var registered []common.Address
	for a, in := range accounts {
		if in {
			registered = append(registered, a)
		}
	}
	slices.SortFunc(registered, common.Address.Cmp)
	return registered, nil
}

// Nominate names the members of the next committee.
func (c *Chain) Nominate(members []common.Address) {
	defer c.lock()()
	c.mine()
	c.nominees = slices.Clone(members)
}

// Nominees returns who was nominated last.
func (c *Chain) Nominees(context.Context) ([]common.Address, error) {
	defer c.lock()()
	return slices.Clone(c.nominees), nil
}

// Committee returns the committee of an epoch.
func (c *Chain) Committee(_ context.Context, epoch uint64) (round.Committee, error) {
	defer c.lock()()
	if epoch == 0 || epoch > uint64(len(c.committees)) {
		return round.Committee{}, fmt.Errorf("committee of epoch %d: %w", epoch, chain.ErrNoCommittee)
	}
	return c.committees[epoch-1], nil
}

// Appoint puts a committee in office without asking for signatures, for tests that are about something else.
func (c *Chain) Appoint(committee round.Committee) {
	defer c.lock()()
	c.install(committee)
}

func (c *Chain) install(committee round.Committee) chain.Receipt {
	c.mine()
	committee.Members = slices.Clone(committee.Members)
	c.committees = append(c.committees, committee)
	c.head.Epoch = committee.Epoch
	return c.receipt()
}

func (c *Chain) receipt() chain.Receipt {
	return chain.Receipt{Tx: common.Hash(crypto.Keccak256Hash(c.head.Block.Hash[:])), Block: c.head.Block.Number, GasUsed: 1}
}

// InstallCommittee installs the first committee, which has to be the nominated one.
func (c *Chain) InstallCommittee(_ context.Context, _ *chain.Account, committee round.Committee, e chain.Endorsement) (chain.Receipt, error) {
	defer c.lock()()
	if c.head.Epoch != 0 {
		return chain.Receipt{}, fmt.Errorf("committee of epoch %d exists", c.head.Epoch)
	}
	if len(committee.Members) != len(c.nominees) {
		return chain.Receipt{}, fmt.Errorf("committee of %d members, %d were nominated", len(committee.Members), len(c.nominees))
	}
	for i, m := range committee.Members {
		if m.Identity != c.nominees[i] {
			return chain.Receipt{}, fmt.Errorf("member %d is %s, %s was nominated", i+1, m.Identity, c.nominees[i])
		}
	}
	if err := c.endorsed(&committee, e); err != nil {
		return chain.Receipt{}, err
	}
	return c.install(committee), nil
}

// RotateCommittee installs the next committee under the signature of the current one.
func (c *Chain) RotateCommittee(_ context.Context, _ *chain.Account, committee round.Committee, e chain.Endorsement, old tbls.Signature) (chain.Receipt, error) {
	defer c.lock()()
	if c.head.Epoch == 0 {
		return chain.Receipt{}, chain.ErrNoCommittee
	}
	key, err := tbls.ParseEVMPublicKey(c.committees[c.head.Epoch-1].Key[:])
	if err != nil {
		return chain.Receipt{}, err
	}
	message := round.RotationMessage(c.registry, committee.Epoch, c.head.Round, c.head.Hash, committee.Key, committee.KeyList)
	if err := tbls.Verify(key, message, old); err != nil {
		return chain.Receipt{}, fmt.Errorf("rotation: %w", chain.ErrSignature)
	}
	if err := c.endorsed(&committee, e); err != nil {
		return chain.Receipt{}, err
	}
	return c.install(committee), nil
}

// endorsed checks what makes a committee's key count.
func (c *Chain) endorsed(committee *round.Committee, e chain.Endorsement) error {
	if committee.Epoch != c.head.Epoch+1 {
		return fmt.Errorf("%w: %d, want %d", chain.ErrWrongEpoch, committee.Epoch, c.head.Epoch+1)
	}
	if n := len(committee.Members); n != 4 && n != 7 && n != 10 || len(e.Confirmations) != n {
		return fmt.Errorf("committee of %d members with %d confirmations", n, len(e.Confirmations))
	}
	if round.KeyListHash(committee.Members) != committee.KeyList {
		return errors.New("key list hash is not of the members")
	}
	key, err := tbls.ParseEVMPublicKey(committee.Key[:])
	if err != nil {
		return err
	}
	if err := tbls.Verify(key, round.PossessionMessage(c.registry, committee.Epoch, committee.Key), e.Possession); err != nil {
		return fmt.Errorf("possession: %w", chain.ErrSignature)
	}
	for i, m := range committee.Members {
		confirmation := round.SignedConfirmation{Signature: e.Confirmations[i], Confirmation: round.Confirmation{
			Epoch: committee.Epoch, Member: uint8(i + 1), Transcript: committee.DKG, Key: committee.Key, KeyList: committee.KeyList}}
		if err := confirmation.Verify(c.registry, m.Identity); err != nil {
			return err
		}
	}
	return nil
}

// Deposit puts an amount into a pool.
func (c *Chain) Deposit(pool uint64, amount round.Amount) {
	defer c.lock()()
	c.mine()
	sum := c.deposits[pool]
	c.deposits[pool] = round.AmountOf(sum.Int().Add(sum.Int(), amount.Int()))
}

// Deposits returns what was ever paid into a pool.
func (c *Chain) Deposits(_ context.Context, pool uint64) (round.Amount, error) {
	defer c.lock()()
	return c.deposits[pool], nil
}

// Finalize takes a round's certificate.
func (c *Chain) Finalize(_ context.Context, _ *chain.Account, certificate *round.Certificate, signature tbls.Signature) (chain.Receipt, error) {
	defer c.lock()()
	fail := func(err error) (chain.Receipt, error) {
		return chain.Receipt{}, fmt.Errorf("finalising round %d: %w", certificate.Round, err)
	}
	switch {
	case c.head.Epoch == 0:
		return fail(chain.ErrNoCommittee)
	case certificate.Epoch != c.head.Epoch:
		return fail(chain.ErrWrongEpoch)
	case certificate.Round <= c.head.Round:
		return fail(chain.ErrRoundNotNew)
	case certificate.PreviousHead != c.head.Hash:
		return fail(chain.ErrWrongHead)
	}
	key, err := tbls.ParseEVMPublicKey(c.committees[c.head.Epoch-1].Key[:])
	if err != nil {
		return fail(err)
	}
	if err := tbls.Verify(key, certificate.Message(c.rounds), signature); err != nil {
		return fail(chain.ErrSignature)
	}
	if deposited := c.deposits[certificate.Pool]; certificate.PoolTotal.Int().Gt(deposited.Int()) {
		return fail(chain.ErrPoolOverdrawn)
	}
	encoded, err := tbls.EVMSignature(signature)
	if err != nil {
		return fail(err)
	}
	c.mine()
	c.head.Round, c.head.Hash, c.head.Model = certificate.Round, certificate.Head(c.rounds), certificate.Model
	c.head.Count++
	c.head.RewardsRoot, c.head.PreviousRoot = certificate.RewardsRoot, c.head.RewardsRoot
	receipt := c.receipt()
	c.certificates = append(c.certificates, chain.Finalized{Certificate: *certificate, Head: c.head.Hash, Signature: encoded,
		Tx: receipt.Tx, Block: receipt.Block, GasUsed: receipt.GasUsed})
	return receipt, nil
}

// Certificate returns the certificate of a round.
func (c *Chain) Certificate(_ context.Context, number uint64) (chain.Finalized, error) {
	defer c.lock()()
	for _, f := range c.certificates {
		if f.Certificate.Round == number {
			return f, nil
		}
	}
	return chain.Finalized{}, fmt.Errorf("round %d: %w", number, chain.ErrNotFinalized)
}

// Certificates returns the certificates of all finalised rounds from the given one on, in order.
func (c *Chain) Certificates(_ context.Context, from uint64) ([]chain.Finalized, error) {
	defer c.lock()()
	var all []chain.Finalized
	for _, f := range c.certificates {
		if f.Certificate.Round >= from {
			all = append(all, f)
		}
	}
	return all, nil
}
