package audit_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"sotto/audit"
	"sotto/chain"
	"sotto/crypto/kahe"
	"sotto/crypto/sharing"
	"sotto/internal/simulate"
	"sotto/round"
)

// closedRound returns a round of one leaf with six contributors and what they sent in clear.
func closedRound(t testing.TB, members int, uploaded func(r *simulate.Round)) (*simulate.Round, [][]uint32) {
	t.Helper()
	return closedRoundOf(t, members, simulate.Rules{Reward: reward}, uploaded)
}

func closedRoundOf(t testing.TB, members int, rules simulate.Rules, uploaded func(r *simulate.Round)) (*simulate.Round, [][]uint32) {
	t.Helper()
	s := setup(t, members, 10)
	r := must(s.Begin(rules))(t)
	var sent [][]uint32
	rnd := seeded(t)
	check(t, r.Fill([]int{6}, func(int) []uint32 {
		sent = append(sent, numbers(rnd, parameters, 8))
		return slices.Clone(sent[len(sent)-1])
	}))
	if uploaded != nil {
		uploaded(r)
	}
	check(t, r.Close())
	return r, sent
}

func sumOf(sent [][]uint32) []uint64 {
	sums := make([]uint64, len(sent[0]))
	for _, values := range sent {
		for i, v := range values {
			sums[i] += uint64(v)
		}
	}
	return sums
}

// wantOpened fails the test unless the only node has opened to the exact sum and its disagreeing members are the given ones.
func wantOpened(t *testing.T, o *audit.Outcome, sent [][]uint32, disagreeing ...int) {
	t.Helper()
	n := o.Nodes[0]
	if !n.Opened {
		t.Fatalf("the node failed: %v", n.Err)
	}
	if !slices.Equal(n.Sums, sumOf(sent)) {
		t.Error("the opened sum is not the sum of what was sent")
	}
	if !slices.Equal(n.Disagreeing, disagreeing) {
		t.Errorf("members %v disagree, want %v", n.Disagreeing, disagreeing)
	}
}

// wantNothing fails the test unless no node has opened and the round came to nothing, visibly.
func wantNothing(t *testing.T, r *simulate.Round, o *audit.Outcome) {
	t.Helper()
	c := o.Transcript.Certificate
	if c.NodesOpened != 0 || c.Contributors != 0 || int(c.NodesDropped) != len(o.Nodes) {
		t.Errorf("certificate of %d contributors with %d nodes opened and %d dropped", c.Contributors, c.NodesOpened, c.NodesDropped)
	}
	if c.Model != r.Opening.Descriptor.BaseModel || !bytes.Equal(o.Model, r.Setup.Model) {
		t.Error("the model has changed")
	}
	if c.RewardsRoot != r.Setup.Rewards.Root() || c.PoolTotal != r.Setup.Rewards.Total(1) {
		t.Error("rewards were given")
	}
	if want := r.Closing.Manifest.DroppedLeaves([]uint16{0}); c.DroppedLeaves != want {
		t.Errorf("dropped leaves %x, want %x", c.DroppedLeaves, want)
	}
}

func TestRoundInWhichNoNodeOpens(t *testing.T) {
	r, _ := closedRound(t, 4, func(r *simulate.Round) { spoil(t, r, 0) })
	check(t, r.ReleaseAll())
	o := must(r.Finish())(t)
	if !errors.Is(o.Nodes[0].Err, sharing.ErrNodeFailed) {
		t.Errorf("the node's error is %v", o.Nodes[0].Err)
	}
	wantNothing(t, r, o)
	check(t, verify(t, r, o.Transcript))
	must(r.Certify(o))(t)
	_, err := audit.Round(t.Context(), r.Setup.Chain, r.Setup, simulate.ModelID, r.Opening.Descriptor.Round)
	check(t, err)

	// The next round begins from the same model and opens.
	next := must(r.Setup.Begin(simulate.Rules{Reward: reward}))(t)
	if next.Opening.Descriptor.BaseModel != r.Opening.Descriptor.BaseModel {
		t.Error("the next round begins from another model")
	}
	rnd := seeded(t)
	check(t, next.Fill([]int{4}, func(int) []uint32 { return numbers(rnd, parameters, 8) }))
	o, _, err = next.Play()
	check(t, err)
	if !o.Nodes[0].Opened {
		t.Errorf("the next round's node failed: %v", o.Nodes[0].Err)
	}
}

// TestWrongReleases lets members lie: up to f are found out, more cost the node. What opens is never wrong.
func TestWrongReleases(t *testing.T) {
	for _, c := range []struct {
		members int
		liars   []int
		down    []int
		opens   bool
	}{
		{members: 4},
		{members: 4, liars: []int{1}, opens: true},
		{members: 4, liars: []int{4}, opens: true},
		{members: 4, liars: []int{1, 2}},
		{members: 4, down: []int{2}, opens: true},
		{members: 4, liars: []int{3}, down: []int{2}},
		{members: 4, down: []int{1, 2}},
		{members: 7, liars: []int{2, 6}, opens: true},
		{members: 7, liars: []int{2}, down: []int{7}, opens: true},
		{members: 7, liars: []int{2, 3, 4}},
		{members: 10, liars: []int{1, 5, 10}, opens: true},
	} {
		for kMax, modulus := range map[int]uint64{255: 65521, 256: 1<<31 - 1} {
			r, sent := closedRoundOf(t, c.members, simulate.Rules{Reward: reward, KMax: kMax}, nil)
			if got := must(r.Opening.Descriptor.Sharing())(t).Modulus(); got != modulus {
				t.Fatalf("K_max = %d: keys are shared over a field of %d elements, want %d", kMax, got, modulus)
			}
			for member := 1; member <= c.members; member++ {
				if !slices.Contains(c.down, member) {
					check(t, r.Release(member))
				}
			}
			for _, liar := range c.liars {
				check(t, r.Lie(liar, 0))
			}
			o := must(r.Finish())(t)
			if c.opens || c.liars == nil && c.down == nil {
				wantOpened(t, o, sent, c.liars...)
			} else {
				wantNothing(t, r, o)
			}
			check(t, verify(t, r, o.Transcript))
		}
	}
}

// TestResidualNoiseDecides shows what the check of the residual noise keeps out: key shares of another secret than the one that was
// encrypted with. They lie on polynomials, all members agree, and the key sum is in range; nothing else tells that it is not the sum's.
func TestResidualNoiseDecides(t *testing.T) {
	r, _ := closedRound(t, 4, func(r *simulate.Round) { spoil(t, r, 0) })
	check(t, r.ReleaseAll())
	d := &r.Opening.Descriptor
	enc, hash, err := d.Crypto()
	check(t, err)
	sum := must(hash.Recompose(must(hash.DecodeSums(r.DigitSums[0], enc.Coefficients(d.Values())))(t)))(t)
	params := must(d.Sharing())(t)
	var releases []sharing.Release
	for _, s := range r.Releases {
		releases = append(releases, sharing.Release{Member: int(s.Release.Member), Values: must(sharing.DecodeShare(params, s.Release.Shares, enc.N()))(t)})
	}
	combine := func(check func(S []int64) error) (sharing.Result, error) {
		return sharing.Combine(params, releases, enc.N(), 6*kahe.SecretBound, check)
	}
	noise := func(S []int64) error {
		_, residual, err := kahe.Open(enc, r.Opening.Beacon(), S, sum, d.Values(), 6)
		if !errors.Is(err, kahe.ErrNoise) || residual.SumSquares.Cmp(residual.Bound) <= 0 {
			t.Errorf("noise of %v with a bound of %v: got %v", residual.SumSquares, residual.Bound, err)
		}
		return err
	}
	if _, err := combine(noise); !errors.Is(err, sharing.ErrNodeFailed) {
		t.Errorf("with the check: got %v, want a failed node", err)
	}
	result, err := combine(func([]int64) error { return nil })
	if err != nil || len(result.Disagreeing) != 0 {
		t.Errorf("without the check: got %v, and members %v disagree; want a key sum that nobody objects to", err, result.Disagreeing)
	}
}

// TestInconsistentShares lets a contributor deal shares that do not belong together.
func TestInconsistentShares(t *testing.T) {
	deal := func(members ...int) func(r *simulate.Round) {
		return func(r *simulate.Round) {
			u, key := r.Uploads[2], r.Drawn(0)[2]
			for _, member := range members {
				other := must(r.Contribute(key, make([]uint32, parameters)))(t)
				r.Uploads = r.Uploads[:len(r.Uploads)-1]
				u.Submission.Envelopes[member-1] = other.Submission.Envelopes[member-1]
			}
			check(t, simulate.Sign(&r.Opening.Descriptor, u, key))
		}
	}
	for _, c := range []struct {
		members, wrong []int
		opens          bool
	}{{make([]int, 4), []int{2}, true}, {make([]int, 4), []int{2, 3}, false}, {make([]int, 7), []int{1, 7}, true}, {make([]int, 7), []int{1, 4, 7}, false}} {
		r, sent := closedRound(t, len(c.members), deal(c.wrong...))
		check(t, r.ReleaseAll())
		o := must(r.Finish())(t)
		if c.opens {
			wantOpened(t, o, sent, c.wrong...) // honest members: a hint and no evidence
		} else {
			wantNothing(t, r, o)
		}
		check(t, verify(t, r, o.Transcript))
	}
}

// TestEnvelopesOpenInTheirPlaceOnly replays envelopes: into another round, another leaf, under another identity, to another member. The
// member abstains; f of them abstaining do no harm, and more cost the node of the contributor who did it.
func TestEnvelopesOpenInTheirPlaceOnly(t *testing.T) {
	s := setup(t, 4, 60)
	before := must(s.Begin(simulate.Rules{Leaves: 2}))(t)
	rnd := seeded(t)
	values := func(int) []uint32 { return numbers(rnd, parameters, 8) }
	check(t, before.Fill([]int{3, 3}, values))
	r := must(s.Begin(simulate.Rules{Leaves: 2, Aborted: 1}))(t) // the round before is skipped
	check(t, r.Fill([]int{4, 4}, values))
	first := r.Uploads[0]
	d := &r.Opening.Descriptor
	enc, _, err := d.Crypto()
	check(t, err)
	params := must(d.Sharing())(t)
	c := first.Submission.Signed.Contribution
	where := sharing.Context{Descriptor: d.Digest(), Contributor: c.Contributor, Member: 1, Leaf: uint32(c.Leaf)}
	open := func(where sharing.Context, envelope []byte) error {
		_, err := sharing.OpenEnvelope(params, s.Committee.Members[0].Envelope, where, envelope, enc.N())
		return err
	}
	check(t, open(where, first.Submission.Envelopes[0]))
	for name, change := range map[string]func(w *sharing.Context){
		"round":    func(w *sharing.Context) { w.Descriptor = before.Opening.Descriptor.Digest() },
		"leaf":     func(w *sharing.Context) { w.Leaf ^= 1 },
		"identity": func(w *sharing.Context) { w.Contributor = r.Uploads[1].Submission.Signed.Contribution.Contributor },
		"member":   func(w *sharing.Context) { w.Member = 2 },
	} {
		w := where
		change(&w)
		if err := open(w, first.Submission.Envelopes[0]); !errors.Is(err, sharing.ErrEnvelope) {
			t.Errorf("an envelope opens in another %s: %v", name, err)
		}
	}

	// In a round: a contributor sends the envelopes of another one.
	key := r.Drawn(0)[1]
	r.Uploads[1].Submission.Envelopes = first.Submission.Envelopes
	check(t, simulate.Sign(d, r.Uploads[1], key))
	check(t, r.Close())
	check(t, r.ReleaseAll())
	for _, release := range r.Releases {
		if release.Release.Node == 0 {
			t.Errorf("member %d has released a node with an envelope that is not for it", release.Release.Member)
		}
	}
	o := must(r.Finish())(t)
	if o.Nodes[0].Opened || !o.Nodes[1].Opened {
		t.Errorf("nodes are open: %t and %t, want only the second", o.Nodes[0].Opened, o.Nodes[1].Opened)
	}
	if !errors.Is(o.Nodes[0].Err, sharing.ErrTooFewReleases) {
		t.Errorf("the first node's error is %v", o.Nodes[0].Err)
	}
	check(t, verify(t, r, o.Transcript))
}

// TestChainHoldsTheCertificate audits rounds whose transcript is right in itself and not the one that was certified, and certificates that
// the chain does not take.
func TestChainHoldsTheCertificate(t *testing.T) {
	r, _ := closedRound(t, 4, nil)
	check(t, r.ReleaseAll())
	o := must(r.Finish())(t)
	all := r.Releases
	r.Releases = all[:3]
	other := must(r.Finish())(t)
	check(t, verify(t, r, other.Transcript)) // three releases are enough
	r.Releases = all
	c := o.Transcript.Certificate
	domain := r.Setup.Chain.Rounds()
	sign := func(by *simulate.Committee, d round.Domain, c round.Certificate) [48]byte {
		return must(by.Sign(c.Message(d)))(t)
	}
	finalize := func(c round.Certificate, signature [48]byte) error {
		_, err := r.Setup.Chain.Finalize(t.Context(), nil, &c, signature)
		return err
	}
	with := func(change func(c *round.Certificate)) round.Certificate {
		changed := c
		change(&changed)
		return changed
	}
	committee := r.Setup.Committee
	for name, v := range map[string]struct {
		certificate round.Certificate
		signature   [48]byte
		want        error
	}{
		"for another chain":         {c, sign(committee, round.Domain{ChainID: domain.ChainID + 1, Contract: domain.Contract}, c), chain.ErrSignature},
		"for another contract":      {c, sign(committee, round.Domain{ChainID: domain.ChainID}, c), chain.ErrSignature},
		"by another key":            {c, sign(must(simulate.CommitteeOf(7))(t), domain, c), chain.ErrSignature},
		"altered model":             {with(func(c *round.Certificate) { c.Model[0] ^= 1 }), sign(committee, domain, c), chain.ErrSignature},
		"altered rewards":           {with(func(c *round.Certificate) { c.RewardsRoot[0] ^= 1 }), sign(committee, domain, c), chain.ErrSignature},
		"identity for a signature":  {c, [48]byte{0xc0}, chain.ErrSignature},
		"another head":              {with(func(c *round.Certificate) { c.PreviousHead[0] ^= 1 }), sign(committee, domain, c), chain.ErrWrongHead},
		"another epoch":             {with(func(c *round.Certificate) { c.Epoch++ }), sign(committee, domain, c), chain.ErrWrongEpoch},
		"the round before":          {with(func(c *round.Certificate) { c.Round-- }), sign(committee, domain, c), chain.ErrRoundNotNew},
		"more than was deposited":   {with(func(c *round.Certificate) { c.PoolTotal = amount(1_000_001) }), [48]byte{}, chain.ErrPoolOverdrawn},
		"signature of the manifest": {c, r.Closing.Signature, chain.ErrSignature},
	} {
		if v.want == chain.ErrPoolOverdrawn {
			v.signature = sign(committee, domain, v.certificate)
		}
		if err := finalize(v.certificate, v.signature); !errors.Is(err, v.want) {
			t.Errorf("certificate, %s: got %v, want %v", name, err, v.want)
		}
	}
	certified := must(r.Certify(o))(t)
	if err := finalize(c, certified.Signature); !errors.Is(err, chain.ErrRoundNotNew) {
		t.Errorf("certificate, replayed: got %v", err)
	}

	number := c.Round
	audited := func(s audit.Source, model round.Hash) error {
		_, err := audit.Round(t.Context(), r.Setup.Chain, s, model, number)
		return err
	}
	check(t, audited(r.Setup, simulate.ModelID))
	signed := &round.CertifiedRound{Transcript: *other.Transcript, Signature: sign(committee, domain, other.Transcript.Certificate)}
	wantCheck(t, "another transcript, signed", audited(tamperedSource{r.Setup, signed}, simulate.ModelID), audit.CheckChain)
	signed = &round.CertifiedRound{Transcript: *o.Transcript, Signature: sign(must(simulate.CommitteeOf(7))(t), domain, c)}
	wantCheck(t, "another committee's signature", audited(tamperedSource{r.Setup, signed}, simulate.ModelID), audit.CheckChain)
	wantCheck(t, "another model id", audited(r.Setup, round.Hash{1}), audit.CheckDescriptor)
	wantCheck(t, "the transcript of the round before", audited(tamperedSource{r.Setup, must(r.Setup.FetchTranscript(t.Context(), 1))(t)}, simulate.ModelID), audit.CheckDescriptor)
	if _, err := audit.Round(t.Context(), r.Setup.Chain, r.Setup, simulate.ModelID, number+1); !errors.Is(err, chain.ErrNotFinalized) {
		t.Errorf("audit of a round without a certificate: got %v", err)
	}
}

// TestIdentityKey lets the chain have the identity for the committee's key, under which the identity signs everything.
func TestIdentityKey(t *testing.T) {
	r, _ := closedRound(t, 4, nil)
	check(t, r.ReleaseAll())
	o := must(r.Finish())(t)
	ref := must(r.Reference())(t)
	ref.Committee.Key = [256]byte{}
	_, err := audit.Verify(ref, o.Transcript, r.Setup.Model, r.Setup.Rewards)
	wantCheck(t, "identity key", err, audit.CheckCommittee)
	o.Transcript.Opening.Signature = [48]byte{0xc0}
	wantCheck(t, "identity signature", verify(t, r, o.Transcript), audit.CheckDescriptorSignature)
}

// TestTrailingBytes adds bytes to what is read.
func TestTrailingBytes(t *testing.T) {
	r, _ := closedRound(t, 4, nil)
	check(t, r.ReleaseAll())
	o := must(r.Finish())(t)
	for name, v := range map[string]struct{ value, into any }{
		"transcript": {o.Transcript, new(round.Transcript)}, "descriptor": {&r.Opening, new(round.SignedDescriptor)}, "manifest": {&r.Closing, new(round.SignedManifest)},
		"release": {&r.Releases[0], new(round.SignedRelease)}, "submission": {&r.Uploads[0].Submission, new(round.Submission)}, "rewards": {&r.Setup.Rewards, new(round.Rewards)},
	} {
		encoded := round.Encode(v.value)
		check(t, round.Decode(name, encoded, len(encoded), v.into))
		if round.Decode(name, append(slices.Clone(encoded), 0), len(encoded)+1, v.into) == nil {
			t.Errorf("%s with a trailing byte was accepted", name)
		}
		if err := round.Decode(name, encoded, len(encoded)-1, v.into); !errors.Is(err, round.ErrTooLarge) {
			t.Errorf("%s above its limit: got %v", name, err)
		}
	}
	for i := range o.Transcript.DigitSums {
		altered := clone(t, o.Transcript)
		altered.DigitSums[i] = append(altered.DigitSums[i], 0)
		wantCheck(t, "trailing byte after digit sums", verify(t, r, altered), audit.CheckDigitSums)
	}
}
