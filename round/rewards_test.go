package round_test

import (
	"crypto/sha256"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"sotto/round"
)

func hash(b []byte) [32]byte { return sha256.Sum256(b) }

func amount(v uint64) round.Amount { return round.AmountOf(uint256.NewInt(v)) }

func TestAwardSplitsEqually(t *testing.T) {
	a, b, c := address(t, 1), address(t, 2), address(t, 3)
	reward := round.Reward{Rule: round.RewardEqual, Pool: 1, Share: amount(100)}
	r, err := round.Rewards{}.Award(reward, []common.Address{a, b, c})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Total(1); got != amount(99) {
		t.Errorf("100 split in three awards %s, want 99", got)
	}
	if r, err = r.Award(reward, []common.Address{b}); err != nil {
		t.Fatal(err)
	}
	for account, want := range map[common.Address]uint64{a: 33, b: 133, c: 33} {
		if o, ok := r.Of(1, account); !ok || o.Cumulative != amount(want) {
			t.Errorf("account %s is owed %s, want %d", account, o.Cumulative, want)
		}
	}
	if err := r.Validate(); err != nil {
		t.Errorf("order: %v", err)
	}
	if _, ok := r.Of(2, a); ok {
		t.Error("an account is owed from a pool that paid nothing")
	}
	tree := r.Tree()
	for _, o := range r {
		proof, err := tree.ProofOf(o)
		if err != nil {
			t.Fatal(err)
		}
		if len(proof) == 0 || len(proof) > 2 {
			t.Errorf("proof of %d hashes among three leaves", len(proof))
		}
	}
	inflated := r[0]
	inflated.Cumulative = amount(34 + 1000)
	if _, err := tree.ProofOf(inflated); err == nil {
		t.Error("a proof was made for an inflated amount")
	}
}

func TestAwardEdges(t *testing.T) {
	a := address(t, 1)
	before := round.Rewards{{Pool: 1, Account: a, Cumulative: amount(5)}}
	for _, c := range []struct {
		rule     string
		reward   round.Reward
		accounts []common.Address
	}{
		{"no rule", round.Reward{}, []common.Address{a}},
		{"nobody", round.Reward{Rule: round.RewardEqual, Pool: 1, Share: amount(10)}, nil},
		{"less than one unit each", round.Reward{Rule: round.RewardEqual, Pool: 1, Share: amount(1)}, []common.Address{a, address(t, 2)}},
	} {
		if got, err := before.Award(c.reward, c.accounts); err != nil || got.Root() != before.Root() {
			t.Errorf("%s: rewards changed (%v)", c.rule, err)
		}
	}
	if _, err := before.Award(round.Reward{Rule: round.RewardEqual, Pool: 1, Share: amount(10)}, []common.Address{a, a}); err == nil {
		t.Error("an account was rewarded twice in one round")
	}
	huge := round.Rewards{{Pool: 1, Account: a, Cumulative: round.AmountOf(new(uint256.Int).Not(uint256.NewInt(0)))}}
	if _, err := huge.Award(round.Reward{Rule: round.RewardEqual, Pool: 1, Share: amount(1)}, []common.Address{a}); err == nil {
		t.Error("an overflow was accepted")
	}
	if (round.Rewards{}).Root() != (round.Hash{}) {
		t.Error("the root of no rewards is not zero")
	}
	for _, bad := range []round.Rewards{{before[0], before[0]}, {{Pool: 1, Account: a}}} {
		if bad.Validate() == nil {
			t.Errorf("rewards %v were accepted", bad)
		}
	}
}

func TestTokens(t *testing.T) {
	for text, want := range map[string]string{"12.5": "12.5", "1": "1", "0.00001": "0", "1000000": "1000000", ".25": "0.25"} {
		a, err := round.ParseTokens(text)
		if err != nil || a.Tokens() != want {
			t.Errorf("%q reads as %s tokens (%v), want %s", text, a.Tokens(), err, want)
		}
	}
	for _, bad := range []string{"-1", "1e5", "x", "1.2.3", "0.0000000000000000001"} {
		if a, err := round.ParseTokens(bad); err == nil {
			t.Errorf("%q reads as %s", bad, a)
		}
	}
}
