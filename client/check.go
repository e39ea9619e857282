package client

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"sotto/crypto/tbls"
	"sotto/round"
)

// Chain is what a contributor asks the chain for. The chain is the contributor's own window: nothing of it comes from the aggregator.
type Chain interface {
	Head(ctx context.Context) (round.Head, error)
	Committee(ctx context.Context, epoch uint64) (round.Committee, error)
	RegisteredAt(ctx context.Context, block round.Block) ([]common.Address, error)
	Deposits(ctx context.Context, pool uint64) (round.Amount, error)
}

// Policy is what a contributor accepts of a round.
type Policy struct {
	GMin    uint32        // fewest contributors of a released node
	Cohort  uint32        // fewest contributors of a round
	MaxBits uint8         // most bits of a quantised value
	MaxClip float32       // largest C
	MaxWait time.Duration // furthest deadline
	Sets    []uint8       // parameter sets
}

// DefaultPolicy returns what a contributor accepts who has chosen nothing.
func DefaultPolicy() Policy {
	return Policy{GMin: 3, Cohort: 3, MaxBits: 16, MaxClip: 16, MaxWait: 31 * 24 * time.Hour, Sets: []uint8{1, 2, 3}}
}

// Pins are what a contributor's configuration says before it listens to anybody.
type Pins struct {
	Domain     round.Domain   // chain and contract Rounds
	Model      round.Hash     // model id
	Aggregator common.Address // signs receipts
}

// check is one condition that an open round must meet before anything is trained for it.
type check struct {
	name string
	fail func(r *roundCheck) error
}

// roundCheck is what the checks look at.
type roundCheck struct {
	pins    Pins
	policy  Policy
	address common.Address
	now     time.Time

	open       *round.SignedDescriptor
	keys       round.KeyList
	head       round.Head
	committee  round.Committee
	registered []common.Address
	deposits   round.Amount // ever paid into the pool that pays for the round
	awarded    round.Amount // ever awarded from it
}

// checks are made in this order (docs/protocol.md §2.2). The aggregator brings the descriptor; everything that it is held against comes
// from the contributor's configuration, its clock and the chain.
var checks = []check{
	{"well-formed", func(r *roundCheck) error { return r.open.Descriptor.Validate() }},
	{"deployment", func(r *roundCheck) error {
		if got := r.open.Descriptor.Domain(); got != r.pins.Domain {
			return fmt.Errorf("descriptor is for chain %d and contract %s, network.json says %d and %s", got.ChainID, got.Contract, r.pins.Domain.ChainID, r.pins.Domain.Contract)
		}
		return nil
	}},
	{"model id", func(r *roundCheck) error {
		return same("model id", r.open.Descriptor.Model, r.pins.Model, "network.json")
	}},
	{"aggregator", func(r *roundCheck) error {
		if got := r.open.Descriptor.Aggregator; got != r.pins.Aggregator {
			return fmt.Errorf("descriptor names aggregator %s, network.json says %s", got, r.pins.Aggregator)
		}
		return nil
	}},
	{"epoch", func(r *roundCheck) error {
		if got := r.open.Descriptor.Epoch; got != r.head.Epoch || r.committee.Epoch != got {
			return fmt.Errorf("descriptor is of epoch %d, the chain is in epoch %d", got, r.head.Epoch)
		}
		return nil
	}},
	{"committee signature", func(r *roundCheck) error {
		key, err := tbls.ParseEVMPublicKey(r.committee.Key[:])
		if err != nil {
			return fmt.Errorf("the chain's committee key: %v", err)
		}
		return tbls.Verify(key, r.open.Descriptor.Message(), tbls.Signature(r.open.Signature))
	}},
	{"head", func(r *roundCheck) error {
		d := &r.open.Descriptor
		if d.Round != r.head.Round+uint64(d.Aborted)+1 {
			return fmt.Errorf("descriptor is of round %d with %d skipped, the chain's last round is %d", d.Round, d.Aborted, r.head.Round)
		}
		return same("previous head", d.PreviousHead, r.head.Hash, "the chain")
	}},
	{"base model", func(r *roundCheck) error {
		return same("base model", r.open.Descriptor.BaseModel, r.head.Model, "the chain")
	}},
	{"key list", func(r *roundCheck) error {
		if err := same("key list", r.open.Descriptor.KeyList, r.committee.KeyList, "the chain"); err != nil {
			return err
		}
		return same("served key list", r.keys.Hash(), r.committee.KeyList, "the chain")
	}},
	{"deadline", func(r *roundCheck) error {
		switch wait := r.open.Descriptor.DeadlineTime().Sub(r.now); {
		case wait <= 0:
			return fmt.Errorf("round %d is closed: its deadline was %s ago", r.open.Descriptor.Round, (-wait).Round(time.Second))
		case wait > r.policy.MaxWait:
			return fmt.Errorf("deadline is in %s, at most %s is accepted", wait.Round(time.Second), r.policy.MaxWait)
		}
		return nil
	}},
	{"own limits", func(r *roundCheck) error {
		d, p := &r.open.Descriptor, r.policy
		switch {
		case d.GMin < p.GMin:
			return fmt.Errorf("released nodes may have only %d contributors, at least %d are wanted", d.GMin, p.GMin)
		case d.Cohort < p.Cohort:
			return fmt.Errorf("the round may have only %d contributors, at least %d are wanted", d.Cohort, p.Cohort)
		case d.Scheme.Bits > p.MaxBits:
			return fmt.Errorf("values of %d bits, at most %d are accepted", d.Scheme.Bits, p.MaxBits)
		case !(d.ClipValue() <= p.MaxClip):
			return fmt.Errorf("clip %v, at most %v is accepted", d.ClipValue(), p.MaxClip)
		case !slices.Contains(p.Sets, d.Scheme.Set):
			return fmt.Errorf("parameter set %d, accepted are %v", d.Scheme.Set, p.Sets)
		}
		return nil
	}},
	{"reward", func(r *roundCheck) error {
		reward := r.open.Descriptor.Reward
		if reward.Rule == round.RewardNone {
			return nil
		}
		if owed, overflow := r.awarded.Int().AddOverflow(r.awarded.Int(), reward.Share.Int()); overflow || owed.Gt(r.deposits.Int()) {
			return fmt.Errorf("pool %d holds %s tokens and has awarded %s: it cannot pay the %s of this round", reward.Pool, r.deposits.Tokens(), r.awarded.Tokens(), reward.Share.Tokens())
		}
		return nil
	}},
	{"registration", func(r *roundCheck) error {
		if _, found := slices.BinarySearchFunc(r.registered, r.address, common.Address.Cmp); !found {
			return round.Refuse(round.ReasonNotRegistered,
				fmt.Sprintf("%s is not registered at block %d, which round %d goes by", r.address, r.open.Descriptor.Registry.Number, r.open.Descriptor.Round),
				"run `sotto register`; a registration counts from the first round that opens after its block is final")
		}
		return nil
	}},
}

func same(what string, got, want round.Hash, source string) error {
	if got != want {
		return fmt.Errorf("descriptor's %s is %s, %s says %s", what, got.Short(), source, want.Short())
	}
	return nil
}

// CheckError says why a contributor does not take part in a round that the aggregator offers.
type CheckError struct {
	Round uint64
	Check string
	Err   error
}

func (e *CheckError) Error() string {
	return fmt.Sprintf("not contributing to round %d: %s: %v", e.Round, e.Check, e.Err)
}

// Unwrap returns the reason.
func (e *CheckError) Unwrap() error { return e.Err }

// run makes all checks but those named in except, which only tests use, to show what each of them keeps out.
func (r *roundCheck) run(except ...string) error {
	for _, c := range checks {
		if slices.Contains(except, c.name) {
			continue
		}
		if err := c.fail(r); err != nil {
			return &CheckError{r.open.Descriptor.Round, c.name, err}
		}
	}
	return nil
}
