package chain_test

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"

	"sotto/chain"
	"sotto/chain/chaintest"
	"sotto/round"
)

// award finalises a round after which accounts are owed what rewards says, all from pool 1.
func award(t *testing.T, d *chaintest.Deployment, c *chaintest.Committee, rewards round.Rewards) {
	t.Helper()
	cert := certificate(t, d)
	cert.RewardsRoot, cert.Pool, cert.PoolTotal = rewards.Root(), 1, rewards.Total(1)
	must[chain.Receipt](t)(d.Finalize(t.Context(), c, &cert))
}

func claim(t *testing.T, rewards round.Rewards, account common.Address) chain.Claim {
	t.Helper()
	owed, ok := rewards.Of(1, account)
	if !ok {
		t.Fatalf("%v is owed nothing", account)
	}
	return chain.Claim{Owed: owed, Proof: must[[]round.Hash](t)(rewards.Tree().ProofOf(owed))}
}

func fund(t *testing.T, d *chaintest.Deployment, tokens uint64) {
	t.Helper()
	if pool, _, err := d.Client.CreatePool(t.Context(), d.Owner); err != nil || pool != 1 {
		t.Fatalf("pool %d, %v", pool, err)
	}
	must[chain.Receipt](t)(d.Client.Deposit(t.Context(), d.Owner, 1, chaintest.Tokens(tokens)))
}

func TestPools(t *testing.T) {
	d := deploy(t)
	sponsor := account(t, d, 50)
	_, err := d.Client.Deposit(t.Context(), sponsor, 1, chaintest.Tokens(1))
	refused(t, err, nil, "there is no pool 1; the last one is 0")
	for want := uint64(1); want <= 2; want++ {
		if pool, r, err := d.Client.CreatePool(t.Context(), sponsor); err != nil || pool != want || r.GasUsed == 0 {
			t.Errorf("pool %d, %v, want %d", pool, err, want)
		}
	}
	must[chain.Receipt](t)(d.Client.Deposit(t.Context(), sponsor, 2, chaintest.Tokens(20)))
	must[chain.Receipt](t)(d.Client.Deposit(t.Context(), sponsor, 2, chaintest.Tokens(5)))
	for pool, want := range map[uint64]uint64{1: 0, 2: 25, 3: 0} {
		if got := must[round.Amount](t)(d.Client.Deposits(t.Context(), pool)); got != chaintest.Tokens(want) {
			t.Errorf("pool %d has %v tokens, want %d", pool, got.Tokens(), want)
		}
	}
	if got := must[uint64](t)(d.Client.Pools(t.Context())); got != 2 {
		t.Errorf("%d pools, want 2", got)
	}
	_, err = d.Client.Deposit(t.Context(), sponsor, 2, chaintest.Tokens(26))
	refused(t, err, chain.ErrFunds, "has 25 tokens, want 26")
	_, err = d.Client.Deposit(t.Context(), sponsor, 2, round.Amount{})
	refused(t, err, nil, "a deposit of 0")
}

func TestClaims(t *testing.T) {
	d, c := deployWithCommittee(t)
	fund(t, d, 100)
	reward := round.Reward{Rule: round.RewardEqual, Pool: 1, Share: chaintest.Tokens(6)}
	accounts := []*chain.Account{account(t, d, 0), account(t, d, 0), account(t, d, 0)}
	addresses := sorted(accounts...)
	a, b := accounts[0], accounts[1]

	rewards := must[round.Rewards](t)(round.Rewards(nil).Award(reward, addresses))
	inTime := claim(t, rewards, a.Address())
	_, _, err := d.Client.Claim(t.Context(), a, inTime)
	refused(t, err, chain.ErrNotInTree, "in neither of the last two reward trees")
	award(t, d, c, rewards)

	// a claims after each round, b only at the end; one claim covers all rounds.
	paid, _, err := d.Client.Claim(t.Context(), a, inTime)
	if err != nil || paid != (chain.Payment{Pool: 1, Account: a.Address(), Amount: chaintest.Tokens(2)}) {
		t.Errorf("paid %+v, %v, want 2 tokens", paid, err)
	}
	_, _, err = d.Client.Claim(t.Context(), a, inTime)
	refused(t, err, chain.ErrNothingToClaim, "was paid 2 tokens of pool 1 already")

	first := claim(t, rewards, b.Address())
	rewards = must[round.Rewards](t)(rewards.Award(reward, addresses))
	award(t, d, c, rewards)
	t.Run("refused", func(t *testing.T) {
		for name, change := range map[string]func(*chain.Claim){
			"inflated":        func(x *chain.Claim) { x.Cumulative = chaintest.Tokens(5) },
			"another pool":    func(x *chain.Claim) { x.Pool = 2 },
			"another account": func(x *chain.Claim) { x.Account = d.Owner.Address() },
			"no proof":        func(x *chain.Claim) { x.Proof = nil },
			"shorter proof":   func(x *chain.Claim) { x.Proof = x.Proof[1:] },
			"longer proof":    func(x *chain.Claim) { x.Proof = append(x.Proof, round.Hash{}) },
		} {
			bad := claim(t, rewards, b.Address())
			change(&bad)
			_, _, err := d.Client.Claim(t.Context(), b, bad)
			if err == nil {
				t.Fatalf("%s: accepted", name)
			}
			refused(t, err, chain.ErrNotInTree, "in neither of the last two reward trees")
		}
	})
	// A proof under the root before the newest is still good, and pays what that root says.
	if paid, _, err := d.Client.Claim(t.Context(), b, first); err != nil || paid.Amount != chaintest.Tokens(2) {
		t.Errorf("paid %+v, %v, want 2 tokens", paid, err)
	}
	// Anybody may send a claim; the money goes to the account in it.
	if paid, _, err := d.Client.Claim(t.Context(), a, claim(t, rewards, b.Address())); err != nil || paid.Account != b.Address() || paid.Amount != chaintest.Tokens(2) {
		t.Errorf("paid %+v, %v, want 2 tokens", paid, err)
	}
	for account, want := range map[*chain.Account]uint64{a: 2, b: 4, accounts[2]: 0} {
		balance := must[round.Amount](t)(d.Client.TokenBalance(t.Context(), account.Address()))
		claimed := must[round.Amount](t)(d.Client.Claimed(t.Context(), 1, account.Address()))
		if balance != chaintest.Tokens(want) || claimed != balance {
			t.Errorf("%v has %v tokens, was paid %v, want %d", account, balance.Tokens(), claimed.Tokens(), want)
		}
	}
	if got := must[round.Amount](t)(d.Client.Paid(t.Context(), 1)); got != chaintest.Tokens(6) {
		t.Errorf("the pool has paid %v tokens, want 6", got.Tokens())
	}

	// Two rounds later a claim under the first root is out of date.
	rewards = must[round.Rewards](t)(rewards.Award(reward, addresses))
	award(t, d, c, rewards)
	_, _, err = d.Client.Claim(t.Context(), a, inTime)
	refused(t, err, chain.ErrNotInTree, "in neither of the last two reward trees")
}

func TestClaimMany(t *testing.T) {
	d, c := deployWithCommittee(t)
	fund(t, d, 1000)
	var addresses []common.Address
	for i := range 20 {
		addresses = append(addresses, common.Address{1, byte(i)})
	}
	reward := round.Reward{Rule: round.RewardEqual, Pool: 1, Share: chaintest.Tokens(20)}
	rewards := must[round.Rewards](t)(round.Rewards(nil).Award(reward, addresses))
	award(t, d, c, rewards)
	var claims []chain.Claim
	for _, address := range addresses {
		claims = append(claims, claim(t, rewards, address))
	}
	// One was sent before; the list passes over it.
	if _, _, err := d.Client.Claim(t.Context(), d.Owner, claims[3]); err != nil {
		t.Fatal(err)
	}
	bad := append([]chain.Claim{}, claims...)
	bad[7].Cumulative = chaintest.Tokens(2)
	_, _, err := d.Client.ClaimMany(t.Context(), d.Owner, bad)
	refused(t, err, chain.ErrNotInTree, addresses[7].Hex())

	paid, r, err := d.Client.ClaimMany(t.Context(), d.Owner, claims)
	if err != nil || len(paid) != 19 || r.GasUsed == 0 {
		t.Fatalf("%d paid, %v, want 19", len(paid), err)
	}
	for _, p := range paid {
		if p.Amount != chaintest.Tokens(1) || p.Account == addresses[3] {
			t.Errorf("paid %+v", p)
		}
	}
	for _, address := range addresses {
		if got := must[round.Amount](t)(d.Client.TokenBalance(t.Context(), address)); got != chaintest.Tokens(1) {
			t.Errorf("%v has %v tokens, want 1", address, got.Tokens())
		}
	}
	// All of them a second time: nothing to pay, and no error.
	if paid, _, err := d.Client.ClaimMany(t.Context(), d.Owner, claims); err != nil || len(paid) != 0 {
		t.Errorf("%d paid again, %v", len(paid), err)
	}
	for _, n := range []int{0, chain.MaxClaims + 1} {
		_, _, err := d.Client.ClaimMany(t.Context(), d.Owner, make([]chain.Claim, n))
		refused(t, err, nil, "want 1 to 128")
	}
}
