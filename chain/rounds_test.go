package chain_test

import (
	"slices"
	"testing"

	"sotto/chain"
	"sotto/chain/chaintest"
	"sotto/crypto/tbls"
	"sotto/round"
)

func TestFinalize(t *testing.T) {
	d, c := deployWithCommittee(t)
	start := must[chain.Head](t)(d.Client.Head(t.Context()))
	if start.Round != 0 || start.Count != 0 || start.Hash == (round.Hash{}) || start.RewardsRoot != (round.Hash{}) || start.PreviousRoot != (round.Hash{}) {
		t.Errorf("head before the first round: %+v", start)
	}
	_, err := d.Client.Certificate(t.Context(), 1)
	refused(t, err, chain.ErrNotFinalized, "round 1")
	if got := must[[]chain.Finalized](t)(d.Client.Certificates(t.Context(), 0)); len(got) != 0 {
		t.Errorf("%d certificates before the first round", len(got))
	}

	var want []round.Certificate
	for _, number := range []uint64{1, 2, 5} { // rounds 3 and 4 are skipped
		cert := certificate(t, d)
		cert.Round = number
		cert.RewardsRoot = hash(t, string(rune(number)))
		r := must[chain.Receipt](t)(d.Finalize(t.Context(), c, &cert))
		want = append(want, cert)

		head := must[chain.Head](t)(d.Client.Head(t.Context()))
		previous := round.Hash{}
		if len(want) > 1 {
			previous = want[len(want)-2].RewardsRoot
		}
		if head.Round != number || head.Count != uint64(len(want)) || head.Hash != cert.Head(d.Client.Rounds()) || head.Model != cert.Model ||
			head.RewardsRoot != cert.RewardsRoot || head.PreviousRoot != previous || head.Block.Number != r.Block {
			t.Errorf("head after round %d: %+v", number, head)
		}
		got := must[chain.Finalized](t)(d.Client.Certificate(t.Context(), number))
		if got.Certificate != cert || got.Head != head.Hash || got.Tx != r.Tx || got.Block != r.Block || got.GasUsed != r.GasUsed {
			t.Errorf("round %d on chain: %+v, want %+v", number, got, cert)
		}
		signature, err := c.Sign(cert.Message(d.Client.Rounds()))
		if err != nil {
			t.Fatal(err)
		}
		if evm, err := tbls.EVMSignature(signature); err != nil || got.Signature != evm {
			t.Errorf("signature of round %d is not the committee's: %v", number, err)
		}
	}
	for from, n := range map[uint64]int{0: 3, 1: 3, 2: 2, 3: 1, 5: 1, 6: 0} {
		got := must[[]chain.Finalized](t)(d.Client.Certificates(t.Context(), from))
		var certs []round.Certificate
		for _, f := range got {
			certs = append(certs, f.Certificate)
		}
		if !slices.Equal(certs, want[3-n:]) {
			t.Errorf("%d certificates from round %d on, want %d", len(certs), from, n)
		}
	}
	_, err = d.Client.Certificate(t.Context(), 4)
	refused(t, err, chain.ErrNotFinalized, "round 4")
	if got := chain.HintOf(err); got != "it was skipped" {
		t.Errorf("hint %q", got)
	}
	_, err = d.Client.Certificate(t.Context(), 6)
	refused(t, err, chain.ErrNotFinalized, "round 6")
	if got := chain.HintOf(err); got != "the last finalised round is 5" {
		t.Errorf("hint %q", got)
	}
}

// TestFinalizeRefuses shows for each rule that the contract enforces it, and that the certificate is fine but for that.
func TestFinalizeRefuses(t *testing.T) {
	d, c := deployWithCommittee(t)
	first := certificate(t, d)
	must[chain.Receipt](t)(d.Finalize(t.Context(), c, &first))
	other := committee(t, 1, 4)
	rounds := d.Client.Rounds()

	t.Run("replayed", func(t *testing.T) {
		_, err := d.Finalize(t.Context(), c, &first)
		refused(t, err, chain.ErrRoundNotNew, "round 1 is not after round 1")
	})
	for name, test := range map[string]struct {
		by     *chaintest.Committee
		change func(*round.Certificate)
		domain round.Domain
		want   error
		text   string
	}{
		"replayed under a new number": {c, func(x *round.Certificate) { *x = first; x.Round = 2 }, rounds, chain.ErrWrongHead, "follows head"},
		"another head":                {c, func(x *round.Certificate) { x.PreviousHead[0]++ }, rounds, chain.ErrWrongHead, "follows head"},
		"the epoch before":            {c, func(x *round.Certificate) { x.Epoch = 0 }, rounds, chain.ErrWrongEpoch, "epoch 0, want 1"},
		"the epoch to come":           {c, func(x *round.Certificate) { x.Epoch = 2 }, rounds, chain.ErrWrongEpoch, "epoch 2, want 1"},
		"another committee's key":     {other, func(*round.Certificate) {}, rounds, chain.ErrSignature, "does not belong"},
		"for another chain":           {c, func(*round.Certificate) {}, round.Domain{ChainID: rounds.ChainID + 1, Contract: rounds.Contract}, chain.ErrSignature, "does not belong"},
		"for another contract":        {c, func(*round.Certificate) {}, d.Client.Registry(), chain.ErrSignature, "does not belong"},
		"more than was deposited":     {c, func(x *round.Certificate) { x.Pool, x.PoolTotal = 1, chaintest.Tokens(2) }, rounds, chain.ErrPoolOverdrawn, "pool 1 has awarded 2 tokens in all, but only 0"},
	} {
		t.Run(name, func(t *testing.T) {
			cert := certificate(t, d)
			test.change(&cert)
			signature, err := test.by.Sign(cert.Message(test.domain))
			if err != nil {
				t.Fatal(err)
			}
			_, err = d.Client.Finalize(t.Context(), d.Owner, &cert, signature)
			refused(t, err, test.want, test.text)
			if chain.HintOf(err) == "" {
				t.Errorf("%v has no hint", err)
			}
		})
	}
	t.Run("one field changed after signing", func(t *testing.T) {
		cert := certificate(t, d)
		signature, err := c.Sign(cert.Message(rounds))
		if err != nil {
			t.Fatal(err)
		}
		for name, change := range map[string]func(*round.Certificate){
			"descriptor":    func(x *round.Certificate) { x.Descriptor[0]++ },
			"manifest":      func(x *round.Certificate) { x.Manifest[0]++ },
			"participation": func(x *round.Certificate) { x.ParticipationRoot[0]++ },
			"dropped":       func(x *round.Certificate) { x.DroppedLeaves[31]++ },
			"aggregate":     func(x *round.Certificate) { x.Aggregate[0]++ },
			"model":         func(x *round.Certificate) { x.Model[0]++ },
			"rewards":       func(x *round.Certificate) { x.RewardsRoot[0]++ },
			"pool":          func(x *round.Certificate) { x.Pool++ },
			"round":         func(x *round.Certificate) { x.Round++ },
			"contributors":  func(x *round.Certificate) { x.Contributors++ },
			"opened":        func(x *round.Certificate) { x.NodesOpened++ },
			"dropped nodes": func(x *round.Certificate) { x.NodesDropped++ },
		} {
			changed := cert
			change(&changed)
			_, err := d.Client.Finalize(t.Context(), d.Owner, &changed, signature)
			if err == nil {
				t.Fatalf("%s changed: accepted", name)
			}
			refused(t, err, chain.ErrSignature, "does not belong")
		}
		if _, err := d.Client.Finalize(t.Context(), d.Owner, &cert, signature); err != nil {
			t.Errorf("unchanged: %v", err)
		}
	})
	t.Run("identity signature", func(t *testing.T) {
		cert := certificate(t, d)
		_, err := d.Client.Finalize(t.Context(), d.Owner, &cert, tbls.Signature{0xc0}) // the compressed identity
		refused(t, err, nil, "identity")
	})
}

func TestFinalizeBeforeTheCommittee(t *testing.T) {
	d := deploy(t)
	c := committee(t, 1, 4)
	cert := certificate(t, d)
	_, err := d.Finalize(t.Context(), c, &cert)
	refused(t, err, chain.ErrNoCommittee, "no committee yet")
}
