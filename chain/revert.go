package chain

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/holiman/uint256"

	"sotto/chain/contracts/registry"
	"sotto/chain/contracts/rewards"
	"sotto/chain/contracts/rounds"
	"sotto/chain/contracts/sottotoken"
	"sotto/round"
)

// Revert is the refusal of a contract.
type Revert struct {
	Name string         // the Solidity error, "" if it is none of ours
	Args map[string]any // its arguments by name
	Text string
	Hint string

	sentinel error
}

func (r *Revert) Error() string { return r.Text }

// Is makes errors.Is find the sentinel that stands for the Solidity error.
func (r *Revert) Is(target error) bool { return r.sentinel != nil && target == r.sentinel }

// refusal is a Solidity error in words. {name} stands for an argument, {name:tokens} for an amount in whole tokens and
// {name:time} for a time in seconds since 1970.
type refusal struct {
	text     string
	hint     string
	sentinel error
}

// refusals has a row for each error of the contracts that their callers can run into. The others print by name.
var refusals = map[string]refusal{
	// Registry
	"AlreadyRegistered": {"{account} is registered already, or is leaving and has not withdrawn its stake", "there is nothing to do, unless it left: then withdraw the stake first", ErrAlreadyRegistered},
	"NotRegistered":     {"{account} is not registered", "register it first", ErrNotRegistered},
	"NotLeaving":        {"{account} has not asked to leave", "request the exit first", nil},
	"TooEarly":          {"too early: the chain's time is {time:time}, want {from:time} or later", "wait, then send it again", ErrTooEarly},
	"CommitteeSize":     {"a committee of {got} members, want 4, 7 or 10", "", nil},
	"NoIdentity":        {"member {member} has the zero address", "", nil},
	"DuplicateIdentity": {"{identity} is in the committee twice", "every member needs an account of its own", nil},
	"NotNominated":      {"member {member} is {got}, want the nominated {want}", "the first committee is the one that the owner nominated, in the same order", nil},
	"NominatedSize":     {"a committee of {got} members, want the {want} who were nominated", "", nil},
	"CommitteeExists":   {"the committee of epoch {epoch} is installed already", "the next one needs its signature: rotate the committee", nil},
	"NoCommittee":       {"there is no committee yet", "nominate members and let them generate their key", ErrNoCommittee},
	"NoSuchEpoch":       {"there is no committee of epoch {epoch}; the current epoch is {current}", "", ErrNoCommittee},
	"ConfirmationCount": {"{got} confirmations, want {want}, one of each member", "", nil},
	"WrongConfirmation": {"the confirmation of member {member} was signed by {got}, want {want}", "the members saw different key generations, or a confirmation is for another committee", ErrSignature},
	"NotScheduled":      {"proposal {got} is not scheduled; {want} is", "schedule the replacement first", nil},
	"NotWritten":        {"the committee key could not be stored", "", nil},

	"OwnableUnauthorizedAccount": {"{account} is not the owner of the registry", "only the account that `sottod deploy` made the owner can do this", nil},

	// Signatures
	"SignatureLength":             {"signature of {got} bytes, want {want}", "", ErrSignature},
	"KeyLength":                   {"committee key of {got} bytes, want {want}", "", nil},
	"IdentitySignature":           {"the signature is the identity", "", ErrSignature},
	"IdentityKey":                 {"the committee key is the identity", "", nil},
	"InvalidPoint":                {"the signature or the key is no point of its group", "", ErrSignature},
	"InvalidSignature":            {"the committee's signature does not belong to this message and key", "it may be for another chain, contract, round or committee", ErrSignature},
	"PrecompileMissing":           {"the chain lacks a precompile for BLS12-381", "the contracts need a chain with the Prague rules (EIP-2537)", nil},
	"ECDSAInvalidSignature":       {"a member's signature is malformed", "", ErrSignature},
	"ECDSAInvalidSignatureLength": {"a member's signature has {length} bytes, want 65", "", ErrSignature},
	"ECDSAInvalidSignatureS":      {"a member's signature has a high s", "", ErrSignature},

	// Rounds
	"WrongEpoch":  {"epoch {got}, want {want}", "the committee was rotated, or this is for a committee that is not next", ErrWrongEpoch},
	"RoundNotNew": {"round {round} is not after round {last}, the last finalised", "its certificate is on chain already, or a later round was finalised first", ErrRoundNotNew},
	"WrongHead":   {"the certificate follows head {got}, want {want}", "another round was finalised in between", ErrWrongHead},

	// Rewards
	"WrongModel":       {"model {got}, want {want}", "this deployment trains one model only", nil},
	"NoSuchPool":       {"there is no pool {pool}; the last one is {last}", "create the pool first", nil},
	"NothingDeposited": {"a deposit of 0", "", nil},
	"PoolOverdrawn":    {"pool {pool} has awarded {total:tokens} tokens in all, but only {deposited:tokens} were deposited", "the sponsor has to deposit more", ErrPoolOverdrawn},
	"NotInTree":        {"the claim of {account} to {cumulative:tokens} tokens of pool {pool} is in neither of the last two reward trees", "make the proof from the newest round's transcript", ErrNotInTree},
	"NothingToClaim":   {"{account} was paid {paid:tokens} tokens of pool {pool} already, want more than that in a claim, got {cumulative:tokens}", "there is nothing to do until the next round is finalised", ErrNothingToClaim},
	"PoolEmpty":        {"pool {pool} has {left:tokens} tokens left, want {amount:tokens}", "the sponsor has to deposit more", ErrPoolOverdrawn},

	// Token
	"ERC20InsufficientBalance":   {"{sender} has {balance:tokens} tokens, want {needed:tokens}", "send it tokens", ErrFunds},
	"ERC20InsufficientAllowance": {"{spender} may take {allowance:tokens} tokens, want {needed:tokens}", "allow it to take the tokens", ErrFunds},
	"ERC20InvalidReceiver":       {"tokens cannot be sent to {receiver}", "", nil},
	"SafeERC20FailedOperation":   {"the token {token} refused the transfer", "", nil},

	"SafeCastOverflowedUintDowncast": {"{value} does not fit into {bits} bits", "", nil},
}

// contractErrors are the Solidity errors of all contracts by selector: one contract's refusal comes through another.
var contractErrors = func() map[[4]byte]abi.Error {
	all := map[[4]byte]abi.Error{}
	for _, a := range []abi.ABI{
		registry.NewRegistry().GetABI(), rounds.NewRounds().GetABI(), rewards.NewRewards().GetABI(), sottotoken.NewSottoToken().GetABI(),
	} {
		for _, e := range a.Errors {
			all[[4]byte(e.ID[:4])] = e
		}
	}
	return all
}()

// decodeRevert turns the error of a call that a contract reverted into a [*Revert]. It returns other errors as they are.
func decodeRevert(err error) error {
	data, ok := revertData(err)
	if !ok {
		return err
	}
	return newRevert(data)
}

// revertData returns the bytes that a node attached to err.
func revertData(err error) ([]byte, bool) {
	var dataError rpc.DataError
	if !errors.As(err, &dataError) {
		return nil, false
	}
	text, ok := dataError.ErrorData().(string)
	if !ok {
		return nil, false
	}
	data, err := hexutil.Decode(text)
	return data, err == nil
}

func newRevert(data []byte) *Revert {
	if reason, err := abi.UnpackRevert(data); err == nil {
		return &Revert{Text: fmt.Sprintf("the contract refused: %s", reason)}
	}
	if len(data) < 4 {
		return &Revert{Text: "the contract refused without a reason"}
	}
	e, ok := contractErrors[[4]byte(data[:4])]
	if !ok {
		return &Revert{Text: fmt.Sprintf("the contract refused with an unknown error 0x%x", data[:4])}
	}
	args := map[string]any{}
	if err := e.Inputs.UnpackIntoMap(args, data[4:]); err != nil {
		return &Revert{Name: e.Name, Text: fmt.Sprintf("the contract refused with a malformed %s", e.Name)}
	}
	r, ok := refusals[e.Name]
	if !ok {
		names := make([]string, len(e.Inputs))
		for i, input := range e.Inputs {
			names[i] = input.Name + " {" + input.Name + "}"
		}
		r.text = fmt.Sprintf("the contract refused: %s(%s)", e.Name, strings.Join(names, ", "))
	}
	return &Revert{Name: e.Name, Args: args, Text: fill(r.text, args), Hint: r.hint, sentinel: r.sentinel}
}

// fill puts arguments in the places of their names.
func fill(text string, args map[string]any) string {
	var pairs []string
	for name, value := range args {
		pairs = append(pairs, "{"+name+"}", show(value))
		if n := number(value); n != nil {
			pairs = append(pairs, "{"+name+":tokens}", tokens(n))
			if n.IsInt64() {
				pairs = append(pairs, "{"+name+":time}", time.Unix(n.Int64(), 0).UTC().Format(time.RFC3339))
			}
		}
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

func show(value any) string {
	switch v := value.(type) {
	case common.Address:
		return v.Hex()
	case [32]byte:
		return round.Hash(v).String()
	default:
		return fmt.Sprint(v)
	}
}

func number(value any) *big.Int {
	switch v := value.(type) {
	case *big.Int:
		return v
	case uint64:
		return new(big.Int).SetUint64(v)
	default:
		return nil
	}
}

func tokens(v *big.Int) string {
	n, overflow := uint256.FromBig(v)
	if overflow {
		return v.String()
	}
	return round.AmountOf(n).Tokens()
}
