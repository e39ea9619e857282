package client_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"sotto/client"
	"sotto/crypto/kahe"
	"sotto/internal/simulate"
	"sotto/round"
)

const parameters = 600

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// newRound returns an open round of a deployment with ten contributors.
func newRound(t testing.TB) *simulate.Round {
	t.Helper()
	s, err := simulate.NewSetup(4, 10, simulate.NewModel(parameters))
	check(t, err)
	r, err := s.Begin(simulate.Rules{GMin: 3})
	check(t, err)
	return r
}

func policy() client.Policy {
	p := client.DefaultPolicy()
	p.Sets = append(p.Sets, uint8(kahe.TestInsecure))
	return p
}

func pins(s *simulate.Setup) client.Pins {
	return client.Pins{Domain: s.Chain.Rounds(), Model: simulate.ModelID, Aggregator: crypto.PubkeyToAddress(s.Aggregator.PublicKey)}
}

// fixture is a round check that passes, and means to break it.
type fixture struct {
	client.RoundCheck
	t     *testing.T
	round *simulate.Round
}

func newFixture(t *testing.T) *fixture {
	r := newRound(t)
	head, err := r.Setup.Chain.Head(context.Background())
	check(t, err)
	committee, err := r.Setup.Chain.Committee(context.Background(), head.Epoch)
	check(t, err)
	return &fixture{t: t, round: r, RoundCheck: client.RoundCheck{
		Pins: pins(r.Setup), Policy: policy(), Address: crypto.PubkeyToAddress(r.Setup.Contributors[0].PublicKey), Now: simulate.Now,
		Open: r.Opening, Keys: slices.Clone(r.Setup.Committee.Keys), Head: head, Committee: committee, Registered: r.Registered,
	}}
}

// describe changes the descriptor, which the committee signs in spite of it.
func (f *fixture) describe(change func(d *round.Descriptor)) {
	f.t.Helper()
	change(&f.Open.Descriptor)
	signature, err := f.round.Setup.Committee.Sign(f.Open.Descriptor.Message())
	check(f.t, err)
	f.Open.Signature = signature
}

// TestEveryCheckBites offers a contributor rounds that are wrong in one thing: each is refused by the check for that thing, and passes when
// the check is left out.
func TestEveryCheckBites(t *testing.T) {
	describe := func(change func(d *round.Descriptor)) func(f *fixture) {
		return func(f *fixture) { f.describe(change) }
	}
	cases := []struct {
		check, name string
		change      func(f *fixture)
	}{
		{"well-formed", "another version", describe(func(d *round.Descriptor) { d.Version++ })},
		{"well-formed", "leaves that are no power of two", describe(func(d *round.Descriptor) { d.Leaves = 3 })},
		{"well-formed", "too many skipped rounds", describe(func(d *round.Descriptor) { d.Aborted, d.Round = round.MaxAborts+1, d.Round+round.MaxAborts+1 })},
		{"deployment", "another chain", func(f *fixture) { f.Pins.Domain.ChainID++ }},
		{"deployment", "another contract", describe(func(d *round.Descriptor) { d.Contract[0] ^= 1 })},
		{"model id", "another model", describe(func(d *round.Descriptor) { d.Model[0] ^= 1 })},
		{"aggregator", "another signer of receipts", describe(func(d *round.Descriptor) { d.Aggregator[0] ^= 1 })},
		{"epoch", "a later epoch", describe(func(d *round.Descriptor) { d.Epoch++ })},
		{"epoch", "a committee that has been replaced", func(f *fixture) { f.Head.Epoch++ }},
		{"committee signature", "another committee's", func(f *fixture) {
			other, err := simulate.CommitteeOf(7)
			check(t, err)
			f.Open.Signature, err = other.Sign(f.Open.Descriptor.Message())
			check(t, err)
		}},
		{"committee signature", "a changed descriptor", func(f *fixture) { f.Open.Descriptor.Grace++ }},
		{"committee signature", "the identity", func(f *fixture) { f.Open.Signature = [48]byte{0xc0} }},
		{"committee signature", "an identity key", func(f *fixture) { f.Committee.Key, f.Open.Signature = [256]byte{}, [48]byte{0xc0} }},
		{"head", "another head", describe(func(d *round.Descriptor) { d.PreviousHead[0] ^= 1 })},
		{"head", "a head that the chain has left", func(f *fixture) { f.Head.Hash[0] ^= 1 }},
		{"head", "a round that is over", func(f *fixture) { f.Head.Round++ }},
		{"head", "a skipped round that is not mentioned", describe(func(d *round.Descriptor) { d.Round++ })},
		{"base model", "another model file", describe(func(d *round.Descriptor) { d.BaseModel[0] ^= 1 })},
		{"key list", "another list in the descriptor", func(f *fixture) {
			f.Keys[3].HPKE = slices.Clone(f.Keys[0].HPKE)
			f.describe(func(d *round.Descriptor) { d.KeyList = f.Keys.Hash() })
		}},
		{"key list", "another list served", func(f *fixture) { f.Keys[3].HPKE = slices.Clone(f.Keys[0].HPKE) }},
		{"key list", "members in another order", func(f *fixture) { f.Keys[0], f.Keys[1] = f.Keys[1], f.Keys[0] }},
		{"key list", "a member too few", func(f *fixture) { f.Keys = f.Keys[:3] }},
		{"deadline", "over", func(f *fixture) { f.Now = f.Open.Descriptor.DeadlineTime() }},
		{"deadline", "too far", func(f *fixture) { f.Now = f.Open.Descriptor.DeadlineTime().Add(-f.Policy.MaxWait - time.Second) }},
		{"own limits", "small nodes", describe(func(d *round.Descriptor) { d.GMin = 2 })},
		{"own limits", "a small cohort", func(f *fixture) { f.Policy.Cohort = 4 }},
		{"own limits", "wide values", func(f *fixture) { f.Policy.MaxBits = 7 }},
		{"own limits", "a wide clip", describe(func(d *round.Descriptor) { d.Clip = math.Float32bits(17) })},
		{"own limits", "a set that is not allowed", func(f *fixture) { f.Policy.Sets = []uint8{uint8(kahe.B90)} }},
		{"reward", "an empty pool", describe(func(d *round.Descriptor) {
			d.Reward = round.Reward{Rule: round.RewardEqual, Pool: 9, Share: round.Amount{31: 1}}
		})},
		{"reward", "a pool that has awarded everything", func(f *fixture) {
			f.describe(func(d *round.Descriptor) {
				d.Reward = round.Reward{Rule: round.RewardEqual, Pool: 9, Share: round.Amount{31: 10}}
			})
			f.Deposits, f.Awarded = round.Amount{31: 100}, round.Amount{31: 91}
		}},
		{"registration", "somebody else", func(f *fixture) { f.Address = common.Address{1} }},
		{"registration", "nobody", func(f *fixture) { f.Registered = nil }},
	}
	check(t, newFixture(t).Run())
	bitten := map[string]bool{}
	for _, c := range cases {
		bitten[c.check] = true
		f := newFixture(t)
		c.change(f)
		var e *client.CheckError
		if err := f.Run(); !errors.As(err, &e) || e.Check != c.check || e.Round != f.Open.Descriptor.Round {
			t.Errorf("%s, %s: got %v", c.check, c.name, err)
		}
		if err := f.Run(c.check); err != nil {
			t.Errorf("%s, %s: without the check got %v", c.check, c.name, err)
		}
	}
	for _, name := range client.CheckNames() {
		if !bitten[name] {
			t.Errorf("nothing shows what check %q is for", name)
		}
	}
}
