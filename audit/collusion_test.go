package audit_test

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"sotto/audit"
	"sotto/client"
	"sotto/crypto/ringsis"
	"sotto/crypto/sharing"
	"sotto/internal/simulate"
	"sotto/round"
)

// collusion is a transcript that the aggregator, all members and all contributors have made together so that it breaks one rule and is
// otherwise as consistent as they can make it. Each step of the round may go wrong.
type collusion struct {
	name  string
	check audit.Check
	also  []audit.Check // a second line of defence that would have held

	rules     simulate.Rules
	counts    []int // contributors of each leaf; 3 and 3 if nil
	described func(t *testing.T, r *simulate.Round)
	opened    func(t *testing.T, r *simulate.Round)
	uploaded  func(t *testing.T, r *simulate.Round)
	manifest  func(t *testing.T, r *simulate.Round, m *round.Manifest)
	closed    func(t *testing.T, r *simulate.Round)
	released  func(t *testing.T, r *simulate.Round)
	finished  func(t *testing.T, tr *round.Transcript)
}

var collusions = []collusion{
	{name: "for another chain", check: audit.CheckDescriptor, described: describe(func(d *round.Descriptor) { d.ChainID++ })},
	{name: "for another contract", check: audit.CheckDescriptor, described: describe(func(d *round.Descriptor) { d.Contract[0] ^= 1 })},

	{name: "after another head", check: audit.CheckHead, described: describe(func(d *round.Descriptor) { d.PreviousHead[0] ^= 1 })},
	{name: "a skipped round that is not mentioned", check: audit.CheckHead, described: describe(func(d *round.Descriptor) { d.Round++ })},
	{name: "a round for the second time", check: audit.CheckHead, described: describe(func(d *round.Descriptor) { d.Round-- })},

	{name: "another key list", check: audit.CheckCommittee, described: func(t *testing.T, r *simulate.Round) {
		c := *r.Setup.Committee
		c.Keys, c.Members = slices.Clone(c.Keys), slices.Clone(c.Members)
		c.Members[3].Envelope = must(sharing.GenerateEnvelopeKey())(t)
		c.Keys[3].HPKE = c.Members[3].Envelope.Public().Bytes()
		r.Setup.Committee, r.Opening.Descriptor.KeyList = &c, c.Keys.Hash()
	}},
	{name: "another epoch", check: audit.CheckCommittee, described: describe(func(d *round.Descriptor) { d.Epoch++ })},

	{name: "another base model", check: audit.CheckBaseModel, described: func(t *testing.T, r *simulate.Round) {
		r.Setup.Model = must(simulate.NewSetup(4, 0, simulate.NewModel(parameters)))(t).Model
		r.Opening.Descriptor.BaseModel = sha256.Sum256(r.Setup.Model)
	}},

	{name: "opened by another committee", check: audit.CheckDescriptorSignature, opened: func(t *testing.T, r *simulate.Round) {
		r.Opening.Signature = must(must(simulate.CommitteeOf(7))(t).Sign(r.Opening.Descriptor.Message()))(t)
	}},
	{name: "opened with the identity for a signature", check: audit.CheckDescriptorSignature, opened: func(t *testing.T, r *simulate.Round) {
		r.Opening.Signature = [48]byte{0xc0}
	}},

	{name: "a cohort below the minimum", check: audit.CheckManifest, rules: simulate.Rules{Cohort: 7}},
	{name: "a node below the minimum", check: audit.CheckManifest, counts: []int{1, 5}, rules: simulate.Rules{KMax: 5}, manifest: func(t *testing.T, _ *simulate.Round, m *round.Manifest) {
		if !slices.Equal(m.Dropped, []uint16{0}) {
			t.Fatalf("leaves %v are dropped, want leaf 0", m.Dropped)
		}
		m.Dropped, m.Released = nil, []round.Node{{First: 0, Span: 1, Contributors: 1}, {First: 1, Span: 1, Contributors: 5}}
	}},
	{name: "a node above the maximum", check: audit.CheckManifest, also: []audit.Check{audit.CheckDigitSums}, rules: simulate.Rules{KMax: 5}, manifest: func(_ *testing.T, _ *simulate.Round, m *round.Manifest) {
		m.Released = []round.Node{{First: 0, Span: 2, Contributors: 6}}
	}},
	{name: "another merging", check: audit.CheckManifest, manifest: func(_ *testing.T, _ *simulate.Round, m *round.Manifest) {
		m.Released = []round.Node{{First: 0, Span: 2, Contributors: 6}}
	}},
	{name: "a leaf dropped at will", check: audit.CheckManifest, manifest: func(_ *testing.T, _ *simulate.Round, m *round.Manifest) {
		m.Released, m.Dropped = m.Released[1:], []uint16{0}
	}},
	{name: "a contributor twice", check: audit.CheckManifest, uploaded: func(t *testing.T, r *simulate.Round) {
		must(r.Contribute(r.Drawn(0)[0], numbers(seeded(t), parameters, 8)))(t)
	}},

	{name: "closed by another committee", check: audit.CheckManifestSignature, closed: func(t *testing.T, r *simulate.Round) {
		r.Closing.Signature = must(must(simulate.CommitteeOf(7))(t).Sign(r.Closing.Manifest.Message(&r.Opening.Descriptor)))(t)
	}},
	{name: "the signature of the opening for that of the closing", check: audit.CheckManifestSignature, closed: func(_ *testing.T, r *simulate.Round) {
		r.Closing.Signature = r.Opening.Signature
	}},

	{name: "an unregistered contributor", check: audit.CheckContributions, uploaded: func(t *testing.T, r *simulate.Round) {
		must(r.Contribute(must(crypto.GenerateKey())(t), numbers(seeded(t), parameters, 8)))(t)
	}},
	{name: "a contribution that its contributor has not signed", check: audit.CheckContributions, uploaded: func(t *testing.T, r *simulate.Round) {
		u := r.Uploads[0]
		u.Submission.Signed.Signature = must(u.Submission.Signed.Contribution.Sign(r.Opening.Descriptor.Domain(), must(crypto.GenerateKey())(t)))(t)
	}},
	{name: "a contribution from another round", check: audit.CheckContributions, uploaded: contribution(func(c *round.Contribution) { c.Descriptor[0] ^= 1 })},
	{name: "a contribution for another round number", check: audit.CheckContributions, uploaded: contribution(func(c *round.Contribution) { c.Round-- })},
	{name: "a contribution from another model", check: audit.CheckContributions, uploaded: contribution(func(c *round.Contribution) { c.BaseModel[0] ^= 1 })},
	{name: "a contribution in another leaf", check: audit.CheckContributions, uploaded: func(t *testing.T, r *simulate.Round) {
		u := r.Uploads[0]
		moved(t, r, u, func(c *round.Contribution) { c.Leaf ^= 1 }, keyOf(t, r, u.Submission.Signed.Contribution.Contributor))
	}},
	{name: "a contribution under another identity", check: audit.CheckContributions, uploaded: func(t *testing.T, r *simulate.Round) {
		u := r.Uploads[0]
		other := r.Drawn(0)[len(r.Drawn(0))-1]
		moved(t, r, u, func(c *round.Contribution) { c.Contributor = crypto.PubkeyToAddress(other.PublicKey) }, keyOf(t, r, u.Submission.Signed.Contribution.Contributor))
	}},

	{name: "another hash and ciphertext than the signed ones", check: audit.CheckRingHashes, uploaded: func(t *testing.T, r *simulate.Round) {
		u := r.Uploads[0]
		other := must(r.Contribute(keyOf(t, r, u.Submission.Signed.Contribution.Contributor), numbers(seeded(t), parameters, 8)))(t)
		r.Uploads = r.Uploads[:len(r.Uploads)-1]
		u.Ciphertext, u.Submission.Envelopes, u.Submission.RingHash = other.Ciphertext, other.Submission.Envelopes, other.Submission.RingHash
	}},

	{name: "a release by somebody else", check: audit.CheckReleases, released: release(func(t *testing.T, r *simulate.Round, s *round.SignedRelease) {
		*s = must(s.Release.Sign(r.Opening.Descriptor.Domain(), must(crypto.GenerateKey())(t)))(t)
	})},
	{name: "a release for another manifest", check: audit.CheckReleases, released: release(func(t *testing.T, r *simulate.Round, s *round.SignedRelease) {
		s.Release.Manifest[0] ^= 1
		*s = must(s.Release.Sign(r.Opening.Descriptor.Domain(), r.Setup.Committee.Members[0].Identity))(t)
	})},
	{name: "a release of another epoch", check: audit.CheckReleases, released: release(func(t *testing.T, r *simulate.Round, s *round.SignedRelease) {
		s.Release.Epoch++
		*s = must(s.Release.Sign(r.Opening.Descriptor.Domain(), r.Setup.Committee.Members[0].Identity))(t)
	})},

	{name: "other rewards before the round", check: audit.CheckPreviousRewards, closed: func(_ *testing.T, r *simulate.Round) {
		r.Setup.Rewards = slices.Clone(r.Setup.Rewards)
		r.Setup.Rewards[0].Cumulative[31] ^= 1
	}},

	// A hash over more than digits binds nothing: the same ciphertext has many sums of digits modulo 2^p.
	{name: "a sum that no digits add up to", check: audit.CheckDigitSums, uploaded: func(t *testing.T, r *simulate.Round) {
		u := r.Uploads[0]
		d := &r.Opening.Descriptor
		digits, key, _ := opened(t, r, u.Ciphertext)
		digits[0] += 10 << d.Scheme.DigitBits
		u.Submission.RingHash = must(key.SumDigits(digits))(t).Bytes()
		u.Submission.Signed.Contribution.RingHash = sha256.Sum256(u.Submission.RingHash)
		check(t, simulate.Sign(d, u, keyOf(t, r, u.Submission.Signed.Contribution.Contributor)))
	}, closed: altered(func(d *round.Descriptor, sums []uint64) { sums[0] += 10 << d.Scheme.DigitBits })},

	// The noise does not see a change by whole slots.
	{name: "an altered sum", check: audit.CheckHomomorphicHash, closed: altered(func(d *round.Descriptor, sums []uint64) {
		// One less in a slot of a coefficient whose lowest digit sum holds that much: it stays in range.
		const from = parameters / 4
		less := uint64(1) << (int(d.Scheme.WireBits) - int(d.Scheme.Slots)*15 + 3)
		for x := from * int(d.Scheme.Digits); x < len(sums); x += int(d.Scheme.Digits) {
			if sums[x] >= less {
				sums[x] -= less
				return
			}
		}
	})},
	{name: "a sum without a contribution that the manifest lists", check: audit.CheckHomomorphicHash, closed: func(t *testing.T, r *simulate.Round) {
		m, entries := r.Closing, r.Entries
		r.Uploads = r.Uploads[1:]
		check(t, r.CloseWith(r.Manifest()))
		r.Closing, r.Entries = m, entries
	}},
	{name: "a sum of another contribution in the place of one that the manifest lists", check: audit.CheckHomomorphicHash, closed: func(t *testing.T, r *simulate.Round) {
		u, m, entries := r.Uploads[0], r.Closing, r.Entries
		other := must(r.Contribute(keyOf(t, r, u.Submission.Signed.Contribution.Contributor), numbers(seeded(t), parameters, 8)))(t)
		r.Uploads = r.Uploads[:len(r.Uploads)-1]
		u.Ciphertext, u.Submission.Envelopes = other.Ciphertext, other.Submission.Envelopes
		check(t, r.CloseWith(&m.Manifest))
		r.Closing, r.Entries = m, entries
	}},

	{name: "a failed node that is not mentioned", check: audit.CheckOpening, also: nothingElse, uploaded: func(t *testing.T, r *simulate.Round) { spoil(t, r, 0) },
		finished: func(_ *testing.T, tr *round.Transcript) { tr.Failed = nil }},
	{name: "a node that is said to have failed", check: audit.CheckOpening, also: nothingElse, finished: func(_ *testing.T, tr *round.Transcript) { tr.Failed = []uint16{0} }},
	{name: "an honest member that is said to disagree", check: audit.CheckOpening, also: nothingElse, finished: func(_ *testing.T, tr *round.Transcript) {
		tr.Disagreements = []round.Disagreement{{Node: 1, Member: 3}}
	}},
	{name: "other opened sums", check: audit.CheckAggregate, also: nothingElse, finished: func(_ *testing.T, tr *round.Transcript) { tr.Aggregate.Nodes[0].Sums[0] ^= 1 }},
	{name: "another model", check: audit.CheckModel, also: nothingElse, finished: func(_ *testing.T, tr *round.Transcript) { tr.Model[0] ^= 1 }},
	{name: "higher rewards", check: audit.CheckRewards, also: nothingElse, finished: func(_ *testing.T, tr *round.Transcript) {
		tr.Rewards = slices.Clone(tr.Rewards)
		tr.Rewards[0].Cumulative[31]++
	}},
	{name: "a certificate of another model", check: audit.CheckCertificate, also: nothingElse, finished: func(_ *testing.T, tr *round.Transcript) { tr.Certificate.Model[0] ^= 1 }},
	{name: "a certificate of higher rewards", check: audit.CheckCertificate, also: nothingElse, finished: func(_ *testing.T, tr *round.Transcript) { tr.Certificate.PoolTotal[31]++ }},
}

// nothingElse is the last check, which compares the whole transcript.
var nothingElse = []audit.Check{audit.CheckTranscript}

func describe(f func(*round.Descriptor)) func(*testing.T, *simulate.Round) {
	return func(_ *testing.T, r *simulate.Round) { f(&r.Opening.Descriptor) }
}

// contribution changes what a contributor signs.
func contribution(f func(*round.Contribution)) func(*testing.T, *simulate.Round) {
	return func(t *testing.T, r *simulate.Round) {
		u := r.Uploads[0]
		f(&u.Submission.Signed.Contribution)
		check(t, simulate.Sign(&r.Opening.Descriptor, u, keyOf(t, r, u.Submission.Signed.Contribution.Contributor)))
	}
}

// moved changes who a contribution is from or where it is, with new envelopes that open there.
func moved(t *testing.T, r *simulate.Round, u *client.Upload, f func(*round.Contribution), key *ecdsa.PrivateKey) {
	t.Helper()
	d := &r.Opening.Descriptor
	enc, _, err := d.Crypto()
	check(t, err)
	params := must(d.Sharing())(t)
	c := &u.Submission.Signed.Contribution
	before := *c
	f(c)
	for i, e := range u.Submission.Envelopes {
		m := &r.Setup.Committee.Members[i]
		where := sharing.Context{Descriptor: before.Descriptor, Contributor: before.Contributor, Member: uint8(i + 1), Leaf: uint32(before.Leaf)}
		share := must(sharing.OpenEnvelope(params, m.Envelope, where, e, enc.N()))(t)
		where.Contributor, where.Leaf = c.Contributor, uint32(c.Leaf)
		u.Submission.Envelopes[i] = must(sharing.Seal(m.Envelope.Public(), where, sharing.EncodeShare(params, share)))(t)
	}
	check(t, simulate.Sign(d, u, key))
}

// release changes the first release of member 1.
func release(f func(*testing.T, *simulate.Round, *round.SignedRelease)) func(*testing.T, *simulate.Round) {
	return func(t *testing.T, r *simulate.Round) { f(t, r, &r.Releases[0]) }
}

// altered changes the digit sums of the first node.
func altered(f func(d *round.Descriptor, sums []uint64)) func(*testing.T, *simulate.Round) {
	return func(t *testing.T, r *simulate.Round) {
		d := &r.Opening.Descriptor
		enc, hash, err := d.Crypto()
		check(t, err)
		sums := must(hash.DecodeSums(r.DigitSums[0], enc.Coefficients(d.Values())))(t)
		f(d, sums)
		r.DigitSums[0] = must(hash.EncodeSums(sums))(t)
	}
}

// opened returns the digits of a ciphertext and the key that hashes them.
func opened(t *testing.T, r *simulate.Round, ciphertext []byte) ([]uint64, *ringsis.Key, ringsis.Params) {
	t.Helper()
	d := &r.Opening.Descriptor
	enc, hash, err := d.Crypto()
	check(t, err)
	n := enc.Coefficients(d.Values())
	digits := make([]uint64, n*hash.Digits())
	check(t, hash.AddDigits(digits, ciphertext))
	return digits, must(ringsis.NewKey(r.Opening.Beacon(), hash, n))(t), hash
}

func keyOf(t *testing.T, r *simulate.Round, who common.Address) *ecdsa.PrivateKey {
	t.Helper()
	for _, key := range r.Setup.Contributors {
		if crypto.PubkeyToAddress(key.PublicKey) == who {
			return key
		}
	}
	t.Fatalf("%s is no contributor", who)
	return nil
}

// transcript plays the collusion.
func (c *collusion) transcript(t *testing.T) (audit.Reference, *simulate.Round, *audit.Outcome) {
	t.Helper()
	s := setup(t, 4, 60)
	rules := c.rules
	rules.Leaves = 2
	r := &simulate.Round{Setup: s, Opening: round.SignedDescriptor{Descriptor: must(s.Describe(rules))(t)}}
	do := func(step func(*testing.T, *simulate.Round)) {
		if step != nil {
			step(t, r)
		}
	}
	ref := must(r.Reference())(t)
	do(c.described)
	r = must(s.Open(r.Opening.Descriptor))(t)
	ref.Registered = r.Registered
	do(c.opened)
	counts, rnd := c.counts, seeded(t)
	if counts == nil {
		counts = []int{3, 3}
	}
	check(t, r.Fill(counts, func(int) []uint32 { return numbers(rnd, parameters, 8) }))
	do(c.uploaded)
	m := r.Manifest()
	if c.manifest != nil {
		c.manifest(t, r, m)
	}
	check(t, r.CloseWith(m))
	do(c.closed)
	check(t, r.ReleaseAll())
	do(c.released)
	o := must(audit.FinishWithout(r.Input(), append(c.also, c.check)...))(t)
	if c.finished != nil {
		c.finished(t, o.Transcript)
	}
	return ref, r, o
}

// TestChecksBite shows of each check what it alone keeps from passing: a transcript that even a whole committee in league with everybody
// else does not get past, and that passes if the check is left out.
func TestChecksBite(t *testing.T) {
	bitten := map[audit.Check]bool{audit.CheckTranscript: true, audit.CheckChain: true} // compares what the others leave; TestRound
	for i := range collusions {
		c := &collusions[i]
		bitten[c.check] = true
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ref, r, o := c.transcript(t)
			_, err := audit.Verify(ref, o.Transcript, r.Setup.Model, r.Setup.Rewards)
			wantCheck(t, "with the check", err, c.check)
			if _, err := audit.VerifyWithout(ref, o.Transcript, r.Setup.Model, r.Setup.Rewards, append(c.also, c.check)...); err != nil {
				t.Errorf("without the check: %v", err)
			}
		})
	}
	for _, c := range audit.Checks {
		if !bitten[c] {
			t.Errorf("nothing shows what check %q is for", c)
		}
	}
}

// TestHonestRoundAmongCollusions shows that the rounds above are otherwise right.
func TestHonestRoundAmongCollusions(t *testing.T) {
	ref, r, o := (&collusion{}).transcript(t)
	_, err := audit.Verify(ref, o.Transcript, r.Setup.Model, r.Setup.Rewards)
	check(t, err)
}
