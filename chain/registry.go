package chain

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"

	"sotto/chain/contracts/registry"
	"sotto/crypto/tbls"
	"sotto/round"
)

// Stake returns what registering costs until the account leaves.
func (c *Client) Stake(ctx context.Context) (round.Amount, error) {
	v, err := read(ctx, c, c.network.Contracts.Registry, registryABI.PackStake(), registryABI.UnpackStake)
	if err != nil {
		return round.Amount{}, fmt.Errorf("stake: %w", err)
	}
	return amount(v), nil
}

// IsRegistered reports whether an account may contribute, as of the newest block.
func (c *Client) IsRegistered(ctx context.Context, account common.Address) (bool, error) {
	v, err := read(ctx, c, c.network.Contracts.Registry, registryABI.PackIsRegistered(account), registryABI.UnpackIsRegistered)
	if err != nil {
		return false, fmt.Errorf("registration of %s: %w", account, err)
	}
	return v, nil
}

// Register registers the account as a contributor and takes its stake, in one transaction. It counts in rounds whose registry
// block is not before the receipt's. Errors: [ErrAlreadyRegistered], [ErrFunds].
func (c *Client) Register(ctx context.Context, from *Account) (Receipt, error) {
	stake, err := c.Stake(ctx)
	if err != nil {
		return Receipt{}, err
	}
	p, err := c.permit(ctx, from, c.network.Contracts.Registry, stake.Big())
	if err != nil {
		return Receipt{}, fmt.Errorf("registering %s: %w", from, err)
	}
	return c.registry(ctx, from, "registering "+from.Address().Hex(), registryABI.PackRegisterWithPermit(p.deadline, p.v, p.r, p.s))
}

// RequestExit ends the account's registration; the stake can be withdrawn after the contract's delay.
func (c *Client) RequestExit(ctx context.Context, from *Account) (Receipt, error) {
	return c.registry(ctx, from, "leaving", registryABI.PackRequestExit())
}

// Withdraw returns the stake of an account that has left. Errors: [ErrTooEarly].
func (c *Client) Withdraw(ctx context.Context, from *Account) (Receipt, error) {
	return c.registry(ctx, from, "withdrawing the stake", registryABI.PackWithdraw())
}

// Nominees returns the members that the owner nominated last, in order; none before the first nomination.
func (c *Client) Nominees(ctx context.Context) ([]common.Address, error) {
	v, err := read(ctx, c, c.network.Contracts.Registry, registryABI.PackNominated(), registryABI.UnpackNominated)
	if err != nil {
		return nil, fmt.Errorf("nominees: %w", err)
	}
	return v, nil
}

// Nominate names the members of the next committee. Only the owner of the registry can.
func (c *Client) Nominate(ctx context.Context, from *Account, members []common.Address) (Receipt, error) {
	return c.registry(ctx, from, "nominating", registryABI.PackNominate(members))
}

// Committee returns the committee of an epoch, or [ErrNoCommittee]. The group key and the members' keys come from the event that
// the contract holds the hashes of.
func (c *Client) Committee(ctx context.Context, epoch uint64) (round.Committee, error) {
	committee, err := c.committee(ctx, epoch)
	if err != nil {
		return round.Committee{}, fmt.Errorf("committee of epoch %d: %w", epoch, err)
	}
	return committee, nil
}

func (c *Client) committee(ctx context.Context, epoch uint64) (round.Committee, error) {
	address := c.network.Contracts.Registry
	stored, err := read(ctx, c, address, registryABI.PackCommittee(epoch), registryABI.UnpackCommittee)
	if err != nil {
		return round.Committee{}, err
	}
	contract := registryABI.GetABI()
	logs, err := c.logs(ctx, address, stored.Installed, stored.Installed,
		[]common.Hash{contract.Events["CommitteeInstalled"].ID}, []common.Hash{uintTopic(epoch)})
	if err != nil {
		return round.Committee{}, err
	}
	if len(logs) != 1 {
		return round.Committee{}, fmt.Errorf("%d events in block %d, want 1", len(logs), stored.Installed)
	}
	event, err := registryABI.UnpackCommitteeInstalledEvent(&logs[0])
	if err != nil {
		return round.Committee{}, fmt.Errorf("malformed event: %w", err)
	}
	if len(event.GroupKey) != tbls.EVMPublicKeySize || crypto.Keccak256Hash(event.GroupKey) != stored.GroupKeyHash {
		return round.Committee{}, errors.New("the event's group key is not the one that the contract holds the hash of")
	}
	committee := round.Committee{Epoch: epoch, Key: [tbls.EVMPublicKeySize]byte(event.GroupKey), KeyList: stored.KeyListHash, DKG: event.Transcript}
	for _, m := range event.Members {
		committee.Members = append(committee.Members, round.MemberKeyHashes{Identity: m.Identity, HPKE: m.HpkeKeyHash, DKG: m.DkgKeyHash})
	}
	if round.KeyListHash(committee.Members) != committee.KeyList {
		return round.Committee{}, errors.New("the event's members are not those that the contract holds the hash of")
	}
	return committee, nil
}

func uintTopic(v uint64) (topic common.Hash) { return common.BigToHash(bigUint(v)) }

// Endorsement is what makes a committee's key count: the key's own signature and those of all its members.
type Endorsement struct {
	Possession    tbls.Signature    // over round.PossessionMessage, by the new key
	Confirmations []round.Signature // over round.Confirmation, of the members 1…n in order
}

// InstallCommittee installs the first committee. Errors: [ErrSignature], [ErrWrongEpoch].
func (c *Client) InstallCommittee(ctx context.Context, from *Account, committee round.Committee, e Endorsement) (Receipt, error) {
	p, possession, confirmations, err := proposal(committee, e)
	if err != nil {
		return Receipt{}, fmt.Errorf("installing the committee: %w", err)
	}
	return c.registry(ctx, from, "installing the committee", registryABI.PackInstallCommittee(p, possession, confirmations))
}

// RotateCommittee installs the next committee under the signature of the current one, over round.RotationMessage with the
// chain's head. Errors: [ErrSignature], also if a round was finalised since it was signed; [ErrWrongEpoch].
func (c *Client) RotateCommittee(ctx context.Context, from *Account, committee round.Committee, e Endorsement, old tbls.Signature) (Receipt, error) {
	p, possession, confirmations, err := proposal(committee, e)
	if err != nil {
		return Receipt{}, fmt.Errorf("rotating the committee: %w", err)
	}
	signature, err := tbls.EVMSignature(old)
	if err != nil {
		return Receipt{}, fmt.Errorf("rotating the committee: %w", err)
	}
	return c.registry(ctx, from, "rotating the committee", registryABI.PackRotateCommittee(p, possession, confirmations, signature[:]))
}

// ScheduleReplacement announces a committee that the owner will install without the current one's signature, and returns the
// time from which that is possible.
func (c *Client) ScheduleReplacement(ctx context.Context, from *Account, committee round.Committee) (time.Time, Receipt, error) {
	const doing = "scheduling the replacement"
	address := c.network.Contracts.Registry
	hash, err := read(ctx, c, address, registryABI.PackProposalHash(proposalOf(committee)), registryABI.UnpackProposalHash)
	if err != nil {
		return time.Time{}, Receipt{}, fmt.Errorf("%s: %w", doing, err)
	}
	r, err := c.registry(ctx, from, doing, registryABI.PackScheduleReplacement(hash))
	if err != nil {
		return time.Time{}, Receipt{}, err
	}
	event, err := logged(r, address, registryABI.UnpackReplacementScheduledEvent)
	if err != nil {
		return time.Time{}, r, fmt.Errorf("%s: %w", doing, err)
	}
	return time.Unix(event.From.Int64(), 0), r, nil
}

// ExecuteReplacement installs the committee that was announced, after the delay. Errors: [ErrTooEarly], [ErrSignature].
func (c *Client) ExecuteReplacement(ctx context.Context, from *Account, committee round.Committee, e Endorsement) (Receipt, error) {
	p, possession, confirmations, err := proposal(committee, e)
	if err != nil {
		return Receipt{}, fmt.Errorf("executing the replacement: %w", err)
	}
	return c.registry(ctx, from, "executing the replacement", registryABI.PackExecuteReplacement(p, possession, confirmations))
}

// CancelReplacement takes the announcement back.
func (c *Client) CancelReplacement(ctx context.Context, from *Account) (Receipt, error) {
	return c.registry(ctx, from, "cancelling the replacement", registryABI.PackCancelReplacement())
}

func proposalOf(committee round.Committee) registry.RegistryProposal {
	p := registry.RegistryProposal{Epoch: committee.Epoch, GroupKey: committee.Key[:], Transcript: committee.DKG}
	for _, m := range committee.Members {
		p.Members = append(p.Members, registry.RegistryMemberKeys{Identity: m.Identity, HpkeKeyHash: m.HPKE, DkgKeyHash: m.DKG})
	}
	return p
}

func proposal(committee round.Committee, e Endorsement) (p registry.RegistryProposal, possession []byte, confirmations [][]byte, err error) {
	if list := round.KeyListHash(committee.Members); list != committee.KeyList {
		return p, nil, nil, fmt.Errorf("key list hash is %v, want %v, the hash of its members", committee.KeyList, list)
	}
	signature, err := tbls.EVMSignature(e.Possession)
	if err != nil {
		return p, nil, nil, err
	}
	for _, confirmation := range e.Confirmations {
		confirmations = append(confirmations, confirmation[:])
	}
	return proposalOf(committee), signature[:], confirmations, nil
}

// registry sends a call to the contract Registry.
func (c *Client) registry(ctx context.Context, from *Account, doing string, data []byte) (Receipt, error) {
	r, err := c.send(ctx, from, call{to: &c.network.Contracts.Registry, data: data})
	if err != nil {
		return Receipt{}, fmt.Errorf("%s: %w", doing, err)
	}
	return r, nil
}

// logged returns the first event of a kind that a contract logged in a transaction.
func logged[E any](r Receipt, contract common.Address, unpack func(*types.Log) (*E, error)) (*E, error) {
	for _, log := range r.logs {
		if log.Address != contract || len(log.Data) == 0 { // the bindings take no data for an event without fields
			continue
		}
		if event, err := unpack(log); err == nil {
			return event, nil
		}
	}
	return nil, fmt.Errorf("transaction %s lacks its event", r.Tx)
}
