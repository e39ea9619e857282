package simulate

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"

	"sotto/aggregator"
	"sotto/audit"
	"sotto/chain"
	"sotto/client"
	"sotto/committee"
	"sotto/crypto/tbls"
	"sotto/round"
)

// The roles can't tell the simulated chain from a client of the real one.
var _ interface {
	aggregator.Chain
	audit.Chain
	client.Chain
	client.CertificateSource
	committee.Chain
} = (*Chain)(nil)

// endorse makes everything that makes a committee's key count.
func endorse(t *testing.T, c *Chain, next *Committee) (round.Committee, chain.Endorsement) {
	t.Helper()
	onChain, err := next.OnChain()
	if err != nil {
		t.Fatal(err)
	}
	e := chain.Endorsement{}
	if e.Possession, err = next.Sign(round.PossessionMessage(c.registry, next.Epoch, onChain.Key)); err != nil {
		t.Fatal(err)
	}
	for i, m := range next.Members {
		confirmation := round.Confirmation{Epoch: next.Epoch, Member: uint8(i + 1), Transcript: onChain.DKG, Key: onChain.Key, KeyList: onChain.KeyList}
		signed, err := confirmation.Sign(c.registry, m.Identity, nil)
		if err != nil {
			t.Fatal(err)
		}
		e.Confirmations = append(e.Confirmations, signed.Signature)
	}
	return onChain, e
}

// TestChainTakesWhatTheContractsTake refuses committees as the contract Registry does.
func TestChainTakesWhatTheContractsTake(t *testing.T) {
	ctx := context.Background()
	form := func(epoch uint64) *Committee {
		c, err := NewCommittee(epoch, 4)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	first, second := form(1), form(2)
	c := NewChain(ModelID, round.Hash{1})
	a, e := endorse(t, c, first)
	install := func(change func(a *round.Committee, e *chain.Endorsement)) error {
		a, e := a, e
		a.Members, e.Confirmations = slices.Clone(a.Members), slices.Clone(e.Confirmations)
		change(&a, &e)
		_, err := c.InstallCommittee(ctx, nil, a, e)
		return err
	}
	if install(func(*round.Committee, *chain.Endorsement) {}) == nil {
		t.Error("a committee was installed that nobody has nominated")
	}
	c.Nominate(first.Keys.Identities())
	for name, change := range map[string]func(a *round.Committee, e *chain.Endorsement){
		"another epoch":          func(a *round.Committee, _ *chain.Endorsement) { a.Epoch++ },
		"another key":            func(a *round.Committee, _ *chain.Endorsement) { b, _ := endorse(t, c, second); a.Key = b.Key },
		"another transcript":     func(a *round.Committee, _ *chain.Endorsement) { a.DKG[0] ^= 1 },
		"another key list":       func(a *round.Committee, _ *chain.Endorsement) { a.KeyList[0] ^= 1 },
		"other keys of a member": func(a *round.Committee, _ *chain.Endorsement) { a.Members[2].HPKE[0] ^= 1 },
		"members in other places": func(a *round.Committee, _ *chain.Endorsement) {
			a.Members[0], a.Members[1] = a.Members[1], a.Members[0]
		},
		"a silent member":      func(_ *round.Committee, e *chain.Endorsement) { e.Confirmations = e.Confirmations[:3] },
		"a confirmation twice": func(_ *round.Committee, e *chain.Endorsement) { e.Confirmations[1] = e.Confirmations[0] },
		"no possession":        func(_ *round.Committee, e *chain.Endorsement) { e.Possession[47] ^= 1 },
	} {
		if install(change) == nil {
			t.Errorf("a committee with %s was installed", name)
		}
	}
	if err := install(func(*round.Committee, *chain.Endorsement) {}); err != nil {
		t.Fatal(err)
	}
	if install(func(*round.Committee, *chain.Endorsement) {}) == nil {
		t.Error("a first committee was installed twice")
	}

	b, e2 := endorse(t, c, second)
	handover := func(by *Committee, last uint64, head round.Hash) tbls.Signature {
		s, err := by.Sign(round.RotationMessage(c.registry, 2, last, head, b.Key, b.KeyList))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for name, old := range map[string]tbls.Signature{
		"by itself": handover(second, 0, c.head.Hash), "at another head": handover(first, 0, round.Hash{1}), "after another round": handover(first, 1, c.head.Hash),
	} {
		if _, err := c.RotateCommittee(ctx, nil, b, e2, old); !errors.Is(err, chain.ErrSignature) {
			t.Errorf("a handing over %s: got %v", name, err)
		}
	}
	if _, err := c.RotateCommittee(ctx, nil, b, e, handover(first, 0, c.head.Hash)); err == nil {
		t.Error("a committee was installed with the endorsement of another")
	}
	if _, err := c.RotateCommittee(ctx, nil, b, e2, handover(first, 0, c.head.Hash)); err != nil || c.head.Epoch != 2 {
		t.Errorf("rotation: %v, epoch %d", err, c.head.Epoch)
	}
	if _, err := c.Committee(ctx, 3); !errors.Is(err, chain.ErrNoCommittee) {
		t.Errorf("committee of an epoch to come: got %v", err)
	}
}

func TestChainRemembersRegistrations(t *testing.T) {
	ctx := context.Background()
	c := NewChain(ModelID, round.Hash{1})
	x, y := common.Address{1}, common.Address{2}
	at := func() round.Block { b, _ := c.Finalised(ctx); return b }
	empty := at()
	c.Register(y, x)
	both := at()
	c.Leave(y)
	one := at()
	for _, v := range []struct {
		block round.Block
		want  []common.Address
	}{{empty, nil}, {both, []common.Address{x, y}}, {one, []common.Address{x}}} {
		if got, err := c.RegisteredAt(ctx, v.block); err != nil || !slices.Equal(got, v.want) {
			t.Errorf("at block %d: got %v (%v), want %v", v.block.Number, got, err, v.want)
		}
	}
	both.Hash[0] ^= 1
	if _, err := c.RegisteredAt(ctx, both); !errors.Is(err, chain.ErrReorg) {
		t.Errorf("at a block that is not on the chain: got %v", err)
	}
}
