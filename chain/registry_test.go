package chain_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"sotto/chain"
	"sotto/chain/chaintest"
	"sotto/round"
)

func TestRegister(t *testing.T) {
	d := deploy(t)
	a := account(t, d, 250)
	if got := must[round.Amount](t)(d.Client.Stake(t.Context())); got != chaintest.Tokens(100) {
		t.Errorf("stake %v", got)
	}
	if must[bool](t)(d.Client.IsRegistered(t.Context(), a.Address())) {
		t.Error("registered before registering")
	}
	r := must[chain.Receipt](t)(d.Client.Register(t.Context(), a))
	if r.GasUsed == 0 || r.Block == 0 || r.Tx == (common.Hash{}) {
		t.Errorf("receipt %+v", r)
	}
	if !must[bool](t)(d.Client.IsRegistered(t.Context(), a.Address())) {
		t.Error("not registered after registering")
	}
	if got := must[round.Amount](t)(d.Client.TokenBalance(t.Context(), a.Address())); got != chaintest.Tokens(150) {
		t.Errorf("%v tokens left, want 150", got.Tokens())
	}
	_, err := d.Client.Register(t.Context(), a)
	refused(t, err, chain.ErrAlreadyRegistered, "registered already")
	if chain.HintOf(err) == "" {
		t.Error("no hint")
	}

	_, err = d.Client.Register(t.Context(), account(t, d, 99))
	refused(t, err, chain.ErrFunds, "has 99 tokens, want 100")

	must[chain.Receipt](t)(d.Client.RequestExit(t.Context(), a))
	if must[bool](t)(d.Client.IsRegistered(t.Context(), a.Address())) {
		t.Error("registered after leaving")
	}
	_, err = d.Client.RequestExit(t.Context(), a)
	refused(t, err, chain.ErrNotRegistered, "is not registered")
	_, err = d.Client.Withdraw(t.Context(), a)
	refused(t, err, chain.ErrTooEarly, "or later")
	if err := d.Local.Skip(chaintest.ExitDelay); err != nil {
		t.Fatal(err)
	}
	must[chain.Receipt](t)(d.Client.Withdraw(t.Context(), a))
	if got := must[round.Amount](t)(d.Client.TokenBalance(t.Context(), a.Address())); got != chaintest.Tokens(250) {
		t.Errorf("%v tokens after withdrawing, want 250", got.Tokens())
	}
	must[chain.Receipt](t)(d.Client.Register(t.Context(), a))
}

func block(t *testing.T, d *chaintest.Deployment, number uint64) round.Block {
	t.Helper()
	return round.Block{Number: number, Hash: must[round.Hash](t)(d.Client.BlockHash(t.Context(), number))}
}

func sorted(accounts ...*chain.Account) []common.Address {
	out := []common.Address{}
	for _, a := range accounts {
		out = append(out, a.Address())
	}
	slices.SortFunc(out, func(a, b common.Address) int { return bytes.Compare(a[:], b[:]) })
	return out
}

func TestRegisteredAt(t *testing.T) {
	d := deploy(t)
	a, b, c := account(t, d, 100), account(t, d, 100), account(t, d, 100)
	before := block(t, d, d.Client.Network().DeployedAt)
	check := func(b round.Block, want []common.Address) {
		t.Helper()
		// A client that has read everything and one that reads afresh agree.
		fresh := must[*chain.Client](t)(chain.Dial(t.Context(), d.Client.Network()))
		defer fresh.Close()
		for name, client := range map[string]*chain.Client{"cached": d.Client, "fresh": fresh} {
			got, err := client.RegisteredAt(t.Context(), b)
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%s: at block %d %v, %v, want %v", name, b.Number, got, err, want)
			}
		}
	}
	check(before, sorted())
	b1 := block(t, d, must[chain.Receipt](t)(d.Client.Register(t.Context(), a)).Block)
	check(b1, sorted(a))
	b2 := block(t, d, must[chain.Receipt](t)(d.Client.Register(t.Context(), b)).Block)
	b3 := block(t, d, must[chain.Receipt](t)(d.Client.Register(t.Context(), c)).Block)
	b4 := block(t, d, must[chain.Receipt](t)(d.Client.RequestExit(t.Context(), b)).Block)
	check(b4, sorted(a, c))
	check(b3, sorted(a, b, c))
	check(b2, sorted(a, b))
	check(b1, sorted(a))
	check(before, sorted())

	wrong := b3
	wrong.Hash[0]++
	_, err := d.Client.RegisteredAt(t.Context(), wrong)
	refused(t, err, chain.ErrReorg, "is not on the chain")
	_, err = d.Client.RegisteredAt(t.Context(), round.Block{Number: 1 << 40})
	refused(t, err, chain.ErrReorg, "is not on the chain")

	// The chain changes its mind: b's and c's registrations never happened, and b registers later.
	if err := d.Local.Rewind(b1.Number); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Local.Mine(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	_, err = d.Client.RegisteredAt(t.Context(), b3)
	refused(t, err, chain.ErrReorg, "is not on the chain")
	check(block(t, d, b3.Number), sorted(a))
	b5 := block(t, d, must[chain.Receipt](t)(d.Client.Register(t.Context(), b)).Block)
	check(b5, sorted(a, b))
	check(b1, sorted(a))
}

// TestManyBlocks has events further apart than a node is asked to search at once, and a node that wants to search even less.
func TestManyBlocks(t *testing.T) {
	d := deploy(t)
	a, b := account(t, d, 100), account(t, d, 100)
	must[chain.Receipt](t)(d.Client.Register(t.Context(), a))
	if _, err := d.Local.Mine(t.Context(), 200); err != nil {
		t.Fatal(err)
	}
	last := block(t, d, must[chain.Receipt](t)(d.Client.Register(t.Context(), b)).Block)

	const most = 7
	searches, refusals := 0, 0
	client := through(t, d, func(method string, params json.RawMessage, answer func() string) string {
		if method != "eth_getLogs" {
			return answer()
		}
		searches++
		var query []struct{ FromBlock, ToBlock hexutil.Uint64 }
		if err := json.Unmarshal(params, &query); err != nil {
			t.Error(err)
		}
		if query[0].ToBlock-query[0].FromBlock < most {
			return answer()
		}
		refusals++
		return `"error":{"code":-32005,"message":"query exceeds the range"}`
	})
	client.SetSpan(50)
	got, err := client.RegisteredAt(t.Context(), last)
	if err != nil || !slices.Equal(got, sorted(a, b)) {
		t.Errorf("got %v, %v, want %v", got, err, sorted(a, b))
	}
	if refusals == 0 || searches < 200/most {
		t.Errorf("%d searches, %d refused", searches, refusals)
	}
}

func TestCommittee(t *testing.T) {
	for _, n := range []int{4, 7, 10} {
		d := deploy(t)
		_, err := d.Client.Committee(t.Context(), 1)
		refused(t, err, chain.ErrNoCommittee, "epoch 1")
		if got := must[[]common.Address](t)(d.Client.Nominees(t.Context())); len(got) != 0 {
			t.Errorf("nominees %v before the nomination", got)
		}
		first := committee(t, 1, n)
		must[chain.Receipt](t)(d.Install(t.Context(), first))
		if got := must[[]common.Address](t)(d.Client.Nominees(t.Context())); !slices.Equal(got, first.Identities()) {
			t.Errorf("nominees %v, want %v", got, first.Identities())
		}
		got := must[round.Committee](t)(d.Client.Committee(t.Context(), 1))
		want := must[round.Committee](t)(first.OnChain())
		if got.Epoch != 1 || got.Key != want.Key || got.KeyList != want.KeyList || got.DKG != want.DKG || !slices.Equal(got.Members, want.Members) {
			t.Errorf("committee of %d:\n got %+v\nwant %+v", n, got, want)
		}
		if got.Member(first.Identities()[0]) != 1 || got.Member(first.Identities()[n-1]) != n {
			t.Error("members are not numbered 1…n")
		}
		if head := must[chain.Head](t)(d.Client.Head(t.Context())); head.Epoch != 1 {
			t.Errorf("epoch %d, want 1", head.Epoch)
		}
	}
}

func TestInstallRefuses(t *testing.T) {
	d := deploy(t)
	first, other := committee(t, 1, 4), committee(t, 1, 4)
	outsider := account(t, d, 0)
	_, err := d.Client.Nominate(t.Context(), outsider, first.Identities())
	refused(t, err, nil, "is not the owner")
	_, err = d.Client.Nominate(t.Context(), d.Owner, first.Identities()[:3])
	refused(t, err, nil, "a committee of 3 members, want 4, 7 or 10")
	must[chain.Receipt](t)(d.Client.Nominate(t.Context(), d.Owner, first.Identities()))

	install := func(change func(*round.Committee, *chain.Endorsement)) error {
		t.Helper()
		c := must[round.Committee](t)(first.OnChain())
		e := must[chain.Endorsement](t)(first.Endorse(d.Client.Registry()))
		c.Members = slices.Clone(c.Members)
		change(&c, &e)
		_, err := d.Client.InstallCommittee(t.Context(), d.Owner, c, e)
		return err
	}
	othersOnChain := must[round.Committee](t)(other.OnChain())
	othersEndorsement := must[chain.Endorsement](t)(other.Endorse(d.Client.Registry()))
	elsewhere := d.Client.Registry()
	elsewhere.ChainID++
	refused(t, install(func(c *round.Committee, _ *chain.Endorsement) { *c = othersOnChain }), nil, "want the nominated")
	refused(t, install(func(c *round.Committee, _ *chain.Endorsement) { c.Epoch = 2 }), chain.ErrWrongEpoch, "epoch 2, want 1")
	refused(t, install(func(c *round.Committee, _ *chain.Endorsement) { c.KeyList[0]++ }), nil, "key list hash")
	refused(t, install(func(_ *round.Committee, e *chain.Endorsement) { e.Confirmations = e.Confirmations[:3] }), nil, "3 confirmations, want 4")
	refused(t, install(func(_ *round.Committee, e *chain.Endorsement) {
		e.Confirmations[1], e.Confirmations[2] = e.Confirmations[2], e.Confirmations[1]
	}), chain.ErrSignature, "confirmation of member 2")
	refused(t, install(func(c *round.Committee, _ *chain.Endorsement) { c.DKG[0]++ }), chain.ErrSignature, "confirmation of member 1")
	refused(t, install(func(_ *round.Committee, e *chain.Endorsement) { e.Possession = othersEndorsement.Possession }), chain.ErrSignature, "does not belong")
	refused(t, install(func(_ *round.Committee, e *chain.Endorsement) {
		*e = must[chain.Endorsement](t)(first.Endorse(elsewhere))
	}), chain.ErrSignature, "confirmation of member 1")
	if err := install(func(*round.Committee, *chain.Endorsement) {}); err != nil {
		t.Fatal(err)
	}
	refused(t, install(func(*round.Committee, *chain.Endorsement) {}), nil, "installed already")
}

func TestRotation(t *testing.T) {
	d, first := deployWithCommittee(t)
	second := committee(t, 2, 7)
	stranger := committee(t, 1, 4)

	_, err := d.Rotate(t.Context(), stranger, second)
	refused(t, err, chain.ErrSignature, "does not belong")
	_, err = d.Rotate(t.Context(), first, committee(t, 3, 4))
	refused(t, err, chain.ErrWrongEpoch, "epoch 3, want 2")

	// The old committee's signature is bound to the head: it is void once a round is finalised.
	registry := d.Client.Registry()
	next := must[round.Committee](t)(second.OnChain())
	endorsement := must[chain.Endorsement](t)(second.Endorse(registry))
	before := must[chain.Head](t)(d.Client.Head(t.Context()))
	stale, err := first.Sign(round.RotationMessage(registry, 2, before.Round, before.Hash, next.Key, next.KeyList))
	if err != nil {
		t.Fatal(err)
	}
	cert := certificate(t, d)
	must[chain.Receipt](t)(d.Finalize(t.Context(), first, &cert))
	_, err = d.Client.RotateCommittee(t.Context(), d.Owner, next, endorsement, stale)
	refused(t, err, chain.ErrSignature, "does not belong")

	must[chain.Receipt](t)(d.Rotate(t.Context(), first, second))
	head := must[chain.Head](t)(d.Client.Head(t.Context()))
	if head.Epoch != 2 {
		t.Errorf("epoch %d, want 2", head.Epoch)
	}
	if got := must[round.Committee](t)(d.Client.Committee(t.Context(), 2)); got.Key != next.Key || len(got.Members) != 7 {
		t.Errorf("committee %+v", got)
	}
	if got := must[round.Committee](t)(d.Client.Committee(t.Context(), 1)); len(got.Members) != 4 {
		t.Errorf("the committee of epoch 1 is gone: %+v", got)
	}

	// From now on only the new committee certifies.
	cert = certificate(t, d)
	_, err = d.Finalize(t.Context(), first, &cert)
	refused(t, err, chain.ErrSignature, "does not belong")
	old := cert
	old.Epoch = 1
	_, err = d.Finalize(t.Context(), first, &old)
	refused(t, err, chain.ErrWrongEpoch, "epoch 1, want 2")
	must[chain.Receipt](t)(d.Finalize(t.Context(), second, &cert))
}

func TestReplacement(t *testing.T) {
	d, _ := deployWithCommittee(t)
	second := committee(t, 2, 4)
	proposal := must[round.Committee](t)(second.OnChain())
	endorsement := must[chain.Endorsement](t)(second.Endorse(d.Client.Registry()))

	_, err := d.Client.ExecuteReplacement(t.Context(), d.Owner, proposal, endorsement)
	refused(t, err, nil, "is not scheduled")
	_, _, err = d.Client.ScheduleReplacement(t.Context(), account(t, d, 0), proposal)
	refused(t, err, nil, "is not the owner")

	now := time.Now()
	from, _, err := d.Client.ScheduleReplacement(t.Context(), d.Owner, proposal)
	if err != nil {
		t.Fatal(err)
	}
	if wait := from.Sub(now); wait < chaintest.ReplacementDelay-time.Minute || wait > chaintest.ReplacementDelay+time.Minute {
		t.Errorf("possible after %v, want %v", wait, chaintest.ReplacementDelay)
	}
	_, err = d.Client.ExecuteReplacement(t.Context(), d.Owner, proposal, endorsement)
	refused(t, err, chain.ErrTooEarly, from.UTC().Format(time.RFC3339))

	must[chain.Receipt](t)(d.Client.CancelReplacement(t.Context(), d.Owner))
	if err := d.Local.Skip(chaintest.ReplacementDelay + time.Second); err != nil {
		t.Fatal(err)
	}
	_, err = d.Client.ExecuteReplacement(t.Context(), d.Owner, proposal, endorsement)
	refused(t, err, nil, "is not scheduled")

	if _, _, err := d.Client.ScheduleReplacement(t.Context(), d.Owner, proposal); err != nil {
		t.Fatal(err)
	}
	if err := d.Local.Skip(chaintest.ReplacementDelay + time.Second); err != nil {
		t.Fatal(err)
	}
	must[chain.Receipt](t)(d.Client.ExecuteReplacement(t.Context(), d.Owner, proposal, endorsement))
	if head := must[chain.Head](t)(d.Client.Head(t.Context())); head.Epoch != 2 {
		t.Errorf("epoch %d, want 2", head.Epoch)
	}
}
