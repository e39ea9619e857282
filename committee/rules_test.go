package committee_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"sotto/committee"
	"sotto/round"
)

// row is something that member 1 refuses.
type row struct {
	name  string
	rule  string   // "what: rule"
	is    error    // what the refusal wraps, nil for nothing in particular
	text  string   // what the refusal says
	again bool     // the same record may pass later
	also  []string // later rules that the same input breaks
	// record prepares the world and returns the record.
	record func(w *world) round.Record
}

// bitten are the rules that a test has switched off and on.
var bitten = map[string]bool{}

// TestMain fails a run of all tests if there is a rule that no test has shown to keep something out.
func TestMain(m *testing.M) {
	code := m.Run()
	if f := flag.Lookup("test.run"); code == 0 && f.Value.String() == "" && flag.Lookup("test.fuzz").Value.String() == "" {
		for _, rule := range committee.Rules() {
			if !bitten[rule] {
				fmt.Printf("no test shows what the rule %q keeps out\n", rule)
				code = 1
			}
		}
	}
	os.Exit(code)
}

// refuses hands member 1 the record of each row, which must be refused for the row's rule, and again with that rule switched off: then it
// must be accepted, or the rule would keep nothing out.
func refuses(t *testing.T, rows []row, accepted func(w *world, posts []committee.Post) bool) {
	refusesIn(t, func(t testing.TB) *world { return newCommittee(t, 4) }, rows, accepted)
}

func refusesIn(t *testing.T, begin func(t testing.TB) *world, rows []row, accepted func(w *world, posts []committee.Post) bool) {
	for _, row := range rows {
		bitten[row.rule] = true
		t.Run(strings.ReplaceAll(row.rule+" "+row.name, " ", "_"), func(t *testing.T) {
			w := begin(t)
			record := row.record(w)
			m := w.member(1)
			posts, err := m.Handle(t.Context(), record)
			refusedBy(t, err, row.rule, row.is, row.text)
			if refused := new(committee.Refused); errors.As(err, &refused) && refused.Again.IsZero() == row.again {
				t.Errorf("may pass again at %v, want that to be %t", refused.Again, row.again)
			}
			if len(posts) > 0 || accepted(w, nil) {
				t.Fatalf("refused, and did %d posts", len(posts))
			}
			m.Without(append(row.also, row.rule)...)
			posts, err = m.Handle(t.Context(), record)
			if err != nil {
				t.Fatalf("without the rule: %v, want no refusal", err)
			}
			if !accepted(w, posts) {
				t.Fatalf("without the rule: not accepted")
			}
		})
	}
}

func refusedBy(t testing.TB, err error, rule string, is error, text string) {
	t.Helper()
	var refused *committee.Refused
	if !errors.As(err, &refused) {
		t.Fatalf("got %v, want a refusal by %q", err, rule)
	}
	if got := refused.What + ": " + refused.Rule; got != rule {
		t.Fatalf("refused by %q (%v), want %q", got, err, rule)
	}
	if is != nil && !errors.Is(err, is) {
		t.Errorf("got %v, want one that is %q", err, is)
	}
	if !strings.Contains(err.Error(), text) {
		t.Errorf("got %q, want it to say %q", err, text)
	}
}

// signed reports whether posts hold one signature share of a purpose.
func signed(purpose round.Purpose) func(w *world, posts []committee.Post) bool {
	return func(w *world, posts []committee.Post) bool {
		return len(posts) == 1 && posts[0].Kind == round.KindShare && decode[round.SignatureShare](w.t, posts[0]).Purpose == purpose
	}
}

// proposing returns a record that proposes the next round's descriptor as edit makes it.
func proposing(edit func(w *world, d *round.Descriptor)) func(w *world) round.Record {
	return func(w *world) round.Record {
		d := w.descriptor()
		edit(w, d)
		return w.append(round.KindPropose, 0, d.Round, d)
	}
}

// next makes d the descriptor of the round after a skipped one.
func next(w *world, d *round.Descriptor) {
	d.Round++
	d.Aborted++
	d.Deadline = uint64(w.clock.Add(time.Minute).UnixMilli())
}

// limited gives all members another policy.
func limited(edit func(p *committee.Policy)) func(w *world) round.Record {
	return func(w *world) round.Record {
		edit(&w.policy)
		w.restart(1)
		d := w.descriptor()
		return w.append(round.KindPropose, 0, d.Round, d)
	}
}

var descriptorRows = []row{
	{name: "version", rule: "descriptor: well-formed", text: "version 2, want 1", record: proposing(func(_ *world, d *round.Descriptor) { d.Version = 2 })},
	{name: "chain", rule: "descriptor: deployment", text: "chain 1 ", record: proposing(func(_ *world, d *round.Descriptor) { d.ChainID = 1 })},
	{name: "contract", rule: "descriptor: deployment", text: "want 1337", record: proposing(func(_ *world, d *round.Descriptor) { d.Contract = common.Address{9} })},
	{name: "certified", rule: "descriptor: round not over", is: committee.ErrOver, text: "round 1, the chain's last one is 1", also: []string{"descriptor: round number"},
		record: proposing(func(w *world, d *round.Descriptor) { w.chain.head.Round = 1 })},
	{name: "skipped", rule: "descriptor: round not over", is: committee.ErrOver, text: "round 1, round 2 was signed after it",
		record: proposing(func(w *world, d *round.Descriptor) {
			later := *d
			next(w, &later)
			w.tell(round.KindPropose, 0, 2, &later)
		})},
	{name: "another", rule: "descriptor: previous head", text: "head 0x09", record: proposing(func(_ *world, d *round.Descriptor) { d.PreviousHead = round.Hash{9} })},
	{name: "of a later round", rule: "descriptor: previous head", text: "want 0x", again: true, also: []string{"descriptor: round number"},
		record: proposing(func(_ *world, d *round.Descriptor) { d.PreviousHead, d.Round = round.Hash{9}, 2 })},
	{name: "gap", rule: "descriptor: round number", text: "round 3 with 1 skipped after round 0, want round 2",
		record: proposing(func(_ *world, d *round.Descriptor) { d.Round, d.Aborted = 3, 1 })},
	{name: "too many", rule: "descriptor: aborts", text: "2 rounds skipped in a row, at most 1",
		record: func(w *world) round.Record {
			w.policy.Aborts = 1
			w.restart(1)
			return proposing(func(_ *world, d *round.Descriptor) { d.Round, d.Aborted = 3, 2 })(w)
		}},
	{name: "another", rule: "descriptor: model id", text: "model id 0x09000000", record: proposing(func(_ *world, d *round.Descriptor) { d.Model = round.Hash{9} })},
	{name: "another", rule: "descriptor: base model", text: "base model 0x09000000", record: proposing(func(_ *world, d *round.Descriptor) { d.BaseModel = round.Hash{9} })},
	{name: "another", rule: "descriptor: aggregator", text: "receipts by 0x09", record: proposing(func(_ *world, d *round.Descriptor) { d.Aggregator = common.Address{9} })},
	{name: "another", rule: "descriptor: epoch", text: "epoch 2, the chain is in epoch 1", record: proposing(func(_ *world, d *round.Descriptor) { d.Epoch = 2 })},
	{name: "another", rule: "descriptor: key list", text: "key list 0x09000000", record: proposing(func(_ *world, d *round.Descriptor) { d.KeyList = round.Hash{9} })},
	{name: "size", rule: "descriptor: key list", text: "7 members, the chain has 4", record: proposing(func(_ *world, d *round.Descriptor) { d.Members = 7 })},
	{name: "not final", rule: "descriptor: registry block", text: "block 65 is not final, the newest final one is 64", again: true,
		// Its age is negative, hence huge.
		also:   []string{"descriptor: registry age"},
		record: proposing(func(_ *world, d *round.Descriptor) { d.Registry = round.Block{Number: 65, Hash: blockHash(65)} })},
	{name: "hash", rule: "descriptor: registry block", text: "block hash 0x09000000", record: proposing(func(_ *world, d *round.Descriptor) { d.Registry.Hash = round.Hash{9} })},
	{name: "old", rule: "descriptor: registry age", text: "block 64 is 1025 blocks behind the newest final one, at most 1024",
		record: proposing(func(w *world, d *round.Descriptor) { w.chain.finalised += 1025 })},
	{name: "set", rule: "descriptor: limits", text: "parameter set testInsecure, this member allows [A45 B90 C180]", record: limited(func(p *committee.Policy) { p.Sets = nil })},
	{name: "node", rule: "descriptor: limits", text: "smallest node of 2 contributors, this member wants at least 3", record: limited(func(p *committee.Policy) { p.GMin = 3 })},
	{name: "cohort", rule: "descriptor: limits", text: "smallest cohort of 2 contributors, this member wants at least 3", record: limited(func(p *committee.Policy) { p.Cohort = 3 })},
	{name: "largest node", rule: "descriptor: limits", text: "largest node of 16 contributors, this member allows 8", record: limited(func(p *committee.Policy) { p.KMax = 8 })},
	{name: "model", rule: "descriptor: limits", text: "model of 24 parameters, this member allows 23", record: limited(func(p *committee.Policy) { p.Parameters = 23 })},
	{name: "long", rule: "descriptor: round time", text: "deadline in 720h0m1s, at most 720h0m0s",
		record: proposing(func(w *world, d *round.Descriptor) {
			d.Deadline = uint64(w.clock.Add(round.MaxRoundTime + time.Second).UnixMilli())
		})},
	{name: "passed", rule: "descriptor: deadline", text: "deadline was 0s ago", record: proposing(func(w *world, d *round.Descriptor) { d.Deadline = uint64(w.clock.UnixMilli()) })},
	{name: "still time", rule: "descriptor: previous round over", text: "round 1 has neither a certificate nor run out of time, for another 1ms", again: true,
		record: proposing(func(w *world, d *round.Descriptor) {
			w.tell(round.KindPropose, 0, 1, d)
			w.clock = d.SkipTime().Add(-time.Millisecond)
			next(w, d)
		})},
	{name: "denied", rule: "descriptor: disclosed", text: "denies that contributions from this model may be known",
		record: proposing(func(w *world, d *round.Descriptor) {
			s := w.open(d)
			w.tell(round.KindClose, 0, 1, w.manifest(s, w.contributions(s)))
			w.clock = d.SkipTime()
			next(w, d)
		})},
	{name: "denied of a manifest of others", rule: "descriptor: disclosed", text: "denies",
		record: proposing(func(w *world, d *round.Descriptor) {
			s := w.open(d)
			w.tell(round.KindClosed, 0, 1, w.closing(s, w.manifest(s, w.contributions(s))))
			w.clock = d.SkipTime()
			next(w, d)
		})},
}

func TestDescriptorRules(t *testing.T) { refuses(t, descriptorRows, signed(round.PurposeDescriptor)) }

// TestOpeningRules hands the same descriptors over with the committee's signature: a member takes part in no round that it would not sign
// for, as far as time has not changed the answer.
func TestOpeningRules(t *testing.T) {
	rows := []row{{name: "another message", rule: "opening: signature", text: "invalid signature", record: func(w *world) round.Record {
		d := w.descriptor()
		other := *d
		other.GMin = 3
		return w.append(round.KindOpen, 0, 1, &round.SignedDescriptor{Descriptor: *d, Signature: w.sign(other.Message())})
	}}}
	for _, r := range descriptorRows {
		if r.rule == "descriptor: deadline" || r.rule == "descriptor: registry age" || strings.Contains(r.name, "denied") {
			continue
		}
		toOpening := func(rule string) string { return strings.Replace(rule, "descriptor:", "opening:", 1) }
		proposal := r.record
		also := []string{}
		for _, a := range r.also {
			also = append(also, toOpening(a))
		}
		rows = append(rows, row{name: r.name, rule: toOpening(r.rule), is: r.is, text: r.text, again: r.again, also: also, record: func(w *world) round.Record {
			record := proposal(w)
			var d round.Descriptor
			if err := round.Decode("descriptor", record.Body, round.MaxDescriptorBytes, &d); err != nil {
				w.t.Fatal(err)
			}
			// The member may have been started anew and not looked at the chain yet.
			if _, err := w.member(1).Poll(w.t.Context()); err != nil {
				w.t.Fatal(err)
			}
			return w.append(round.KindOpen, 0, d.Round, w.opening(&d))
		}})
	}
	refuses(t, rows, func(w *world, _ []committee.Post) bool { return w.member(1).Status().Round != 0 })
}

// TestOpenLate: a member that was away when the round was proposed takes part, also after its deadline.
func TestOpenLate(t *testing.T) {
	w := newCommittee(t, 4)
	s := w.opening(w.descriptor())
	w.clock = s.Descriptor.DeadlineTime()
	w.chain.finalised += round.MaxRegistryAge + 1
	w.tell(round.KindOpen, 0, 1, s)
	if got := w.member(1).Status().Round; got != 1 {
		t.Errorf("takes part in round %d, want 1", got)
	}
	uploads := w.contributions(s)
	if posts := w.tell(round.KindClose, 0, 1, w.manifest(s, uploads)); len(posts) != 4 {
		t.Errorf("%d shares over the manifest, want 4", len(posts))
	}
}

// TestDisclosed: the honest descriptor after a skipped round is signed.
func TestDisclosed(t *testing.T) {
	w := newCommittee(t, 4)
	d := w.descriptor()
	s := w.open(d)
	w.tell(round.KindClose, 0, 1, w.manifest(s, w.contributions(s)))
	w.tell(round.KindSkip, 0, 1, &round.Skipped{Round: 1, Reason: "no quorum"})
	w.clock = d.SkipTime()
	next(w, d)
	d.Disclosed = true
	if posts := w.tell(round.KindPropose, 0, 2, d); len(posts) != 4 {
		t.Errorf("%d shares, want 4", len(posts))
	}
}

// sealing returns a record that brings member 1 a sealed share in an open round, as edit makes it.
func sealing(edit func(w *world, s *round.SignedDescriptor, u *upload) *round.SealedShare) func(w *world) round.Record {
	return func(w *world) round.Record {
		s := w.open(w.descriptor())
		u := w.contribute(s, 0, nil)
		return w.append(round.KindEnvelope, 1, 1, edit(w, s, u))
	}
}

func TestEnvelopeRules(t *testing.T) {
	const rule = "envelope: contribution"
	kept := func(w *world, _ []committee.Post) bool { return w.member(1).Status().Envelopes == 1 }
	refuses(t, []row{
		{name: "of another round", rule: rule, text: "names descriptor", record: func(w *world) round.Record {
			d := w.descriptor()
			old := w.contribute(w.open(d), 0, nil)
			w.clock = d.SkipTime()
			next(w, d)
			w.open(d)
			// The envelope is replayed; what it says of the round is what its contributor signed.
			old.signed.Contribution.Round = 2
			return w.append(round.KindEnvelope, 1, 2, old.sealed(1))
		}},
		{name: "for another model", rule: rule, text: "trained from model 0x09", record: sealing(func(w *world, s *round.SignedDescriptor, u *upload) *round.SealedShare {
			u.signed.Contribution.BaseModel = round.Hash{9}
			w.resign(u, 0)
			return u.sealed(1)
		})},
		{name: "in another leaf", rule: rule, text: "this round draws it into", record: sealing(func(w *world, s *round.SignedDescriptor, u *upload) *round.SealedShare {
			u.signed.Contribution.Leaf ^= 1
			w.resign(u, 0)
			return u.sealed(1)
		})},
		{name: "of another contributor", rule: rule, text: "signature does not verify", record: sealing(func(w *world, s *round.SignedDescriptor, u *upload) *round.SealedShare {
			c := &u.signed.Contribution
			c.Contributor = address(w.people[1])
			c.Leaf = round.LeafOf(s.Beacon(), c.Contributor, s.Descriptor.Leaves)
			return u.sealed(1)
		})},
		{name: "stranger", rule: "envelope: registered", text: "not registered at block 64", record: func(w *world) round.Record {
			w.chain.registered = w.chain.registered[1:]
			return sealing(func(w *world, s *round.SignedDescriptor, u *upload) *round.SealedShare { return u.sealed(1) })(w)
		}},
		{name: "count", rule: "envelope: signed envelope", text: "3 envelope digests, want 4", record: sealing(func(w *world, s *round.SignedDescriptor, u *upload) *round.SealedShare {
			u.digests = u.digests[:3]
			return u.sealed(1)
		})},
		{name: "digests", rule: "envelope: signed envelope", text: "not the signed ones", record: sealing(func(w *world, s *round.SignedDescriptor, u *upload) *round.SealedShare {
			u.digests[2][0] ^= 1
			return u.sealed(1)
		})},
		{name: "of another member", rule: "envelope: signed envelope", text: "envelope 0x", record: sealing(func(w *world, s *round.SignedDescriptor, u *upload) *round.SealedShare {
			return u.sealed(2)
		})},
	}, kept)
}

// TestSecondContribution: the first one counts. Without the rule the second would take its place, and the member sign for that.
func TestSecondContribution(t *testing.T) {
	const rule = "envelope: one per contributor"
	bitten[rule] = true
	for _, without := range []bool{false, true} {
		w := newCommittee(t, 4)
		s := w.open(w.descriptor())
		w.clock = s.Descriptor.DeadlineTime()
		first, second, other := w.contribute(s, 0, nil), w.contribute(s, 0, nil), w.contribute(s, 1, nil)
		w.deliver(first, other)
		m := w.member(1)
		if without {
			m.Without(rule)
		}
		_, err := m.Handle(t.Context(), w.append(round.KindEnvelope, 1, 1, second.sealed(1)))
		if !without {
			refusedBy(t, err, rule, nil, "who has another one")
		}
		// The first one again is no second one.
		if _, err := m.Handle(t.Context(), w.append(round.KindEnvelope, 1, 1, first.sealed(1))); err != nil && !without {
			t.Error(err)
		}
		w.tell(round.KindEnvelope, 1, 1, other.sealed(1))
		if without {
			w.tell(round.KindEnvelope, 1, 1, second.sealed(1))
		}
		posts, err := m.Handle(t.Context(), w.append(round.KindClose, 0, 1, w.manifest(s, []*upload{second, other})))
		if without && (err != nil || len(posts) != 1) {
			t.Errorf("without the rule: %d posts and %v, want a share", len(posts), err)
		}
		if !without {
			refusedBy(t, err, "manifest: known entries", nil, "this member has")
		}
		_, err = m.Handle(t.Context(), w.append(round.KindEnvelope, 2, 1, first.sealed(2)))
		refusedBy(t, err, "envelope: addressee", nil, "to member 2, this is not it")
	}
}

// listing returns a record that closes a round in which everybody has contributed, with the manifest as edit makes it.
func listing(edit func(w *world, s *round.SignedDescriptor, uploads []*upload) *round.Manifest) func(w *world) round.Record {
	return func(w *world) round.Record {
		s := w.open(w.descriptor())
		w.clock = s.Descriptor.DeadlineTime()
		return w.append(round.KindClose, 0, 1, edit(w, s, w.contributions(s)))
	}
}

// descriptorWith opens a round whose descriptor edit has changed.
func descriptorWith(edit func(d *round.Descriptor)) func(w *world) *round.SignedDescriptor {
	return func(w *world) *round.SignedDescriptor {
		d := w.descriptor()
		edit(d)
		return w.open(d)
	}
}

func TestManifestRules(t *testing.T) {
	const rule = "manifest: merging rule"
	refuses(t, []row{
		{name: "other round", rule: rule, text: "names descriptor", record: listing(func(w *world, s *round.SignedDescriptor, u []*upload) *round.Manifest {
			m := w.manifest(s, u)
			m.Descriptor = round.Hash{9}
			return m
		})},
		{name: "cohort", rule: rule, text: "manifest of 2 contributors, the smallest cohort is 3", record: func(w *world) round.Record {
			s := descriptorWith(func(d *round.Descriptor) { d.Cohort = 3 })(w)
			w.clock = s.Descriptor.DeadlineTime()
			return w.append(round.KindClose, 0, 1, w.manifest(s, w.contributions(s)[:2]))
		}},
		{name: "node below its minimum", rule: rule, text: "merging gives", record: func(w *world) round.Record {
			// Six contributors in two leaves with at least four in a node: one of the leaves has fewer than that.
			s := descriptorWith(func(d *round.Descriptor) { d.GMin, d.Cohort = 4, 4 })(w)
			w.clock = s.Descriptor.DeadlineTime()
			uploads := w.contributions(s)
			m := w.manifest(s, uploads)
			m.Released, m.Dropped = apart(m, 2), nil
			return w.append(round.KindClose, 0, 1, m)
		}},
		{name: "node above its maximum", rule: rule, text: "merging gives", record: func(w *world) round.Record {
			s := descriptorWith(func(d *round.Descriptor) { d.KMax = 5 })(w)
			w.clock = s.Descriptor.DeadlineTime()
			m := w.manifest(s, w.contributions(s))
			m.Released, m.Dropped = []round.Node{{First: 0, Span: 2, Contributors: 6}}, nil
			return w.append(round.KindClose, 0, 1, m)
		}},
		{name: "another merging", rule: rule, text: "merging gives", record: func(w *world) round.Record {
			s := descriptorWith(func(d *round.Descriptor) { d.Leaves = 1 })(w)
			w.clock = s.Descriptor.DeadlineTime()
			m := w.manifest(s, w.contributions(s))
			m.Released, m.Dropped = nil, []uint16{0}
			return w.append(round.KindClose, 0, 1, m)
		}},
		{name: "duplicate", rule: rule, text: "is not after the one before it", record: listing(func(w *world, s *round.SignedDescriptor, u []*upload) *round.Manifest {
			return w.manifest(s, append(u, u[0]))
		})},
		{name: "unsorted", rule: rule, text: "is not after the one before it", record: listing(func(w *world, s *round.SignedDescriptor, u []*upload) *round.Manifest {
			m := w.manifest(s, u)
			slices.Reverse(m.Entries)
			return m
		})},
		{name: "before it", rule: "manifest: deadline", text: "deadline is in 1s, and 5 of 6 registered contributors are in", again: true, record: func(w *world) round.Record {
			s := w.open(w.descriptor())
			w.clock = s.Descriptor.DeadlineTime().Add(-time.Second)
			return w.append(round.KindClose, 0, 1, w.manifest(s, w.contributions(s)[:5]))
		}},
		{name: "stranger", rule: "manifest: registered", text: "not registered at block 64", record: func(w *world) round.Record {
			w.chain.registered = w.chain.registered[1:]
			for _, m := range w.members {
				m.Without("envelope: registered")
			}
			return listing(func(w *world, s *round.SignedDescriptor, u []*upload) *round.Manifest { return w.manifest(s, u) })(w)
		}},
		{name: "extra", rule: "manifest: known entries", text: "its envelope has not reached this member", record: func(w *world) round.Record {
			s := w.open(w.descriptor())
			w.clock = s.Descriptor.DeadlineTime()
			uploads := []*upload{w.contribute(s, 0, nil)} // which nobody gets an envelope of
			for i := 1; i < contributors; i++ {
				uploads = append(uploads, w.contribute(s, i, nil))
				w.deliver(uploads[i])
			}
			return w.append(round.KindClose, 0, 1, w.manifest(s, uploads))
		}},
		{name: "another upload", rule: "manifest: known entries", text: "this member has", record: listing(func(w *world, s *round.SignedDescriptor, u []*upload) *round.Manifest {
			return w.manifest(s, append(u[1:], w.contribute(s, 0, nil)))
		})},
		{name: "altered", rule: "manifest: known entries", text: "this member has", record: listing(func(w *world, s *round.SignedDescriptor, u []*upload) *round.Manifest {
			m := w.manifest(s, u)
			m.Entries[2].Digest[0] ^= 1
			return m
		})},
		{name: "another leaf", rule: "manifest: known entries", text: "it was drawn into", record: listing(func(w *world, s *round.SignedDescriptor, u []*upload) *round.Manifest {
			var entries []round.Entry
			for i, upload := range u {
				e := upload.entry()
				if i == 0 {
					e.Leaf ^= 1
				}
				entries = append(entries, e)
			}
			return round.NewManifest(&s.Descriptor, entries)
		})},
		{name: "missing", rule: "manifest: no receipt missing", is: committee.ErrOmitted, record: listing(func(w *world, s *round.SignedDescriptor, u []*upload) *round.Manifest {
			if err := w.member(1).AddReceipt(u[0].receipt(w.t)); err != nil {
				w.t.Fatal(err)
			}
			return w.manifest(s, u[1:])
		})},
		{name: "two receipts", rule: "manifest: no receipt missing", is: committee.ErrOmitted, record: listing(func(w *world, s *round.SignedDescriptor, u []*upload) *round.Manifest {
			for _, u := range []*upload{u[0], w.contribute(s, 0, nil)} {
				if err := w.member(1).AddReceipt(u.receipt(w.t)); err != nil {
					w.t.Fatal(err)
				}
			}
			return w.manifest(s, u)
		})},
		{name: "skipped", rule: "manifest: round not over", is: committee.ErrOver, text: "round 1, round 2 was signed after it", record: listing(func(w *world, s *round.SignedDescriptor, u []*upload) *round.Manifest {
			d := s.Descriptor
			w.clock = d.SkipTime()
			next(w, &d)
			w.tell(round.KindPropose, 0, 2, &d)
			return w.manifest(s, u)
		})},
		{name: "certified", rule: "manifest: round not over", is: committee.ErrOver, text: "round 1, the chain's last one is 1", record: listing(func(w *world, s *round.SignedDescriptor, u []*upload) *round.Manifest {
			w.chain.head.Round = 1
			return w.manifest(s, u)
		})},
	}, signed(round.PurposeManifest))
}

// apart releases each leaf as a node of its own.
func apart(m *round.Manifest, leaves uint16) (nodes []round.Node) {
	for leaf := range leaves {
		n := round.Node{First: leaf, Span: 1}
		for _, e := range m.Entries {
			if e.Leaf == leaf {
				n.Contributors++
			}
		}
		nodes = append(nodes, n)
	}
	return nodes
}

// TestEarlyManifest: with all registered contributors in, a manifest is signed before the deadline.
func TestEarlyManifest(t *testing.T) {
	w := newCommittee(t, 4)
	s := w.open(w.descriptor())
	if posts := w.tell(round.KindClose, 0, 1, w.manifest(s, w.contributions(s))); len(posts) != 4 {
		t.Errorf("%d shares, want 4", len(posts))
	}
}

func TestReceipts(t *testing.T) {
	w := newCommittee(t, 4)
	m := w.member(1)
	s := w.open(w.descriptor())
	uploads := w.contributions(s)
	good := uploads[0].receipt(t)
	old := good.Receipt
	old.Descriptor = round.Hash{9}
	past, err := old.Sign(roundsDomain, aggregatorKey)
	if err != nil {
		t.Fatal(err)
	}
	refusedBy(t, m.AddReceipt(past), "receipt: round open", committee.ErrOver, "round 1, the open one is 1")
	forged := good
	forged.Receipt.Digest[0] ^= 1
	refusedBy(t, m.AddReceipt(forged), "receipt: signature", round.ErrSignature, "")
	stranger := good.Receipt
	stranger.Contributor = common.Address{9}
	signed, err := stranger.Sign(roundsDomain, aggregatorKey)
	if err != nil {
		t.Fatal(err)
	}
	refusedBy(t, m.AddReceipt(signed), "receipt: registered", nil, "not registered")
	for range 2 {
		if err := m.AddReceipt(good); err != nil {
			t.Fatal(err)
		}
	}
	w.clock = s.Descriptor.DeadlineTime()
	w.tell(round.KindClose, 0, 1, w.manifest(s, uploads[:5]))
	w.tell(round.KindClosed, 0, 1, w.closing(s, w.manifest(s, uploads[:5])))
	if err := m.AddReceipt(good); err != nil {
		t.Errorf("receipt of a listed contribution after the close: %v", err)
	}
	if err := m.AddReceipt(uploads[5].receipt(t)); !errors.Is(err, committee.ErrOmitted) {
		t.Errorf("receipt of an omitted contribution after the close: got %v, want %v", err, committee.ErrOmitted)
	}
}

// TestEarlyReceipts: receipts that come before the round, as after a restart, count once it is open, and their number is bounded.
func TestEarlyReceipts(t *testing.T) {
	w := newCommittee(t, 4)
	d := w.descriptor()
	s := w.opening(d)
	w.tell(round.KindPropose, 0, 1, d)
	m := w.member(1)
	u := w.contribute(s, 0, nil)
	for range 2 {
		if err := m.AddReceipt(u.receipt(t)); err != nil {
			t.Fatal(err)
		}
	}
	stranger := u.receipt(t).Receipt
	stranger.Contributor = common.Address{9}
	signed, err := stranger.Sign(roundsDomain, aggregatorKey)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.AddReceipt(signed); err != nil {
		t.Fatal(err)
	}
	w.tell(round.KindOpen, 0, 1, s)
	w.deliver(u)
	var uploads []*upload
	for i := 1; i < contributors; i++ {
		uploads = append(uploads, w.contribute(s, i, nil))
		w.deliver(uploads[i-1])
	}
	w.clock = d.DeadlineTime()
	_, err = m.Handle(t.Context(), w.append(round.KindClose, 0, 1, w.manifest(s, uploads)))
	refusedBy(t, err, "manifest: no receipt missing", committee.ErrOmitted, "")
	if posts, err := m.Handle(t.Context(), w.append(round.KindClose, 0, 1, w.manifest(s, append(uploads, u)))); err != nil || len(posts) != 1 {
		t.Errorf("%d posts and %v for the whole manifest, want a share", len(posts), err)
	}

	m.FillEarly(7)
	later := u.receipt(t).Receipt
	later.Descriptor = round.Hash{9}
	for number, want := range map[uint64]string{7: "receipt: room", 8: ""} {
		later.Round = number
		signed, err := later.Sign(roundsDomain, aggregatorKey)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.AddReceipt(signed); want != "" {
			refusedBy(t, err, want, nil, "wait already")
		} else if err != nil {
			t.Error(err)
		}
	}
}

func released(_ *world, posts []committee.Post) bool {
	return len(posts) > 0 && !slices.ContainsFunc(posts, func(p committee.Post) bool { return p.Kind != round.KindRelease })
}

// concluding returns a record that says that a manifest is signed, as edit makes it.
func concluding(edit func(w *world, s *round.SignedDescriptor, uploads []*upload) *round.SignedManifest) func(w *world) round.Record {
	return func(w *world) round.Record {
		s := w.open(w.descriptor())
		w.clock = s.Descriptor.DeadlineTime()
		return w.append(round.KindClosed, 0, 1, edit(w, s, w.contributions(s)))
	}
}

func TestReleaseRules(t *testing.T) {
	refuses(t, []row{
		{name: "unsigned", rule: "release: signed manifest", text: "malformed signature", record: concluding(func(w *world, s *round.SignedDescriptor, u []*upload) *round.SignedManifest {
			return &round.SignedManifest{Manifest: *w.manifest(s, u)}
		})},
		{name: "signed by one member", rule: "release: signed manifest", text: "invalid signature", record: concluding(func(w *world, s *round.SignedDescriptor, u []*upload) *round.SignedManifest {
			m := w.manifest(s, u)
			posts := w.tell(round.KindClose, 0, 1, m)
			return &round.SignedManifest{Manifest: *m, Signature: decode[round.SignatureShare](w.t, posts[0]).Signature}
		})},
		{name: "signature of another", rule: "release: signed manifest", text: "invalid signature", record: concluding(func(w *world, s *round.SignedDescriptor, u []*upload) *round.SignedManifest {
			c := w.closing(s, w.manifest(s, u))
			c.Manifest = *w.manifest(s, u[1:])
			return c
		})},
		{name: "rules", rule: "release: merging rule", text: "merging gives", record: concluding(func(w *world, s *round.SignedDescriptor, u []*upload) *round.SignedManifest {
			m := w.manifest(s, u)
			m.Released = append([]round.Node{}, m.Released...)
			m.Released[0].Contributors++
			return w.closing(s, m)
		})},
		{name: "skipped", rule: "release: round not over", is: committee.ErrOver, text: "round 2 was signed after it", record: concluding(func(w *world, s *round.SignedDescriptor, u []*upload) *round.SignedManifest {
			d := s.Descriptor
			w.clock = d.SkipTime()
			next(w, &d)
			w.tell(round.KindPropose, 0, 2, &d)
			return w.closing(s, w.manifest(s, u))
		})},
	}, released)
}

// TestAbstain: a member abstains for the nodes of envelopes that do not open, have the wrong size or have not reached it, and for these only.
func TestAbstain(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(u *upload)
		keep  bool // the envelope is delivered
	}{
		{"opens in no context", func(u *upload) { u.envelopes[0][20] ^= 1 }, true},
		{"sealed to another member", func(u *upload) { u.envelopes[0] = u.envelopes[1] }, true},
		{"too short", func(u *upload) { u.envelopes[0] = u.envelopes[0][1:] }, true},
		{"not delivered", func(*upload) {}, false},
	}
	for _, test := range tests {
		w := newCommittee(t, 4)
		s := descriptorWith(func(d *round.Descriptor) { d.Leaves = 1 })(w)
		w.clock = s.Descriptor.DeadlineTime()
		var uploads []*upload
		for i := range w.people {
			u := w.contribute(s, i, func(u *upload) {
				if i == 0 {
					test.spoil(u)
				}
			})
			for j := range w.members {
				if i != 0 || j != 0 || test.keep {
					w.tell(round.KindEnvelope, uint8(j+1), 1, u.sealed(j+1))
				}
			}
			uploads = append(uploads, u)
		}
		posts := w.tell(round.KindClosed, 0, 1, w.closing(s, w.manifest(s, uploads)))
		for _, r := range releasesOf(t, posts) {
			if r.Release.Member == 1 {
				t.Errorf("%s: released node %d", test.name, r.Release.Node)
			}
		}
		if len(posts) != 3 {
			t.Errorf("%s: %d releases, want those of the three others", test.name, len(posts))
		}
	}
}

func TestReleaseRecords(t *testing.T) {
	w := newCommittee(t, 4)
	s := w.open(w.descriptor())
	uploads := w.contributions(s)
	c := w.closing(s, w.manifest(s, uploads))
	hand := func(edit func(r *round.Release), j int) error {
		good := round.Release{Descriptor: s.Descriptor.Digest(), Manifest: c.Manifest.Digest(), Round: 1, Epoch: 1, Member: 2, Shares: make([]byte, 256)}
		edit(&good)
		signed, err := good.Sign(roundsDomain, key("member", j))
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.member(1).Handle(t.Context(), w.append(round.KindRelease, 0, 1, &signed))
		return err
	}
	refusedBy(t, hand(func(*round.Release) {}, 2), "release: signed manifest", nil, "no signature yet")
	w.tell(round.KindClosed, 0, 1, c)
	if err := hand(func(*round.Release) {}, 2); err != nil {
		t.Errorf("good release: %v", err)
	}
	refusedBy(t, hand(func(*round.Release) {}, 3), "release: signature", nil, "release of member 2")
	refusedBy(t, hand(func(r *round.Release) { r.Member = 5 }, 3), "release: member", nil, "member 5 of 4")
	refusedBy(t, hand(func(r *round.Release) { r.Node = 9 }, 2), "release: signature", nil, "node 9 of")
	refusedBy(t, hand(func(r *round.Release) { r.Manifest = round.Hash{9} }, 2), "release: signature", nil, "another round or manifest")
	refusedBy(t, hand(func(r *round.Release) { r.Shares = r.Shares[1:] }, 2), "release: well-formed", nil, "255 bytes, want 256")
}

// full is a round that is ready to be finished.
type full struct {
	s       *round.SignedDescriptor
	c       *round.SignedManifest
	uploads []*upload
	posts   []committee.Post // releases
}

func (w *world) closed(d *round.Descriptor) full {
	w.t.Helper()
	f := full{s: w.open(d)}
	w.clock = d.DeadlineTime()
	f.uploads = w.contributions(f.s)
	f.c = w.closing(f.s, w.manifest(f.s, f.uploads))
	f.posts = w.tell(round.KindClosed, 0, d.Round, f.c)
	return f
}

// finishing returns a record that announces the transcript of a round with one node, as edit makes it.
func finishing(edit func(w *world, f *full) *round.Finished) func(w *world) round.Record {
	return func(w *world) round.Record {
		d := w.descriptor()
		d.Leaves = 1
		f := w.closed(d)
		w.relay(f.posts, 1)
		return w.append(round.KindFinish, 0, 1, edit(w, &f))
	}
}

func (w *world) transcript(f *full) *round.Transcript {
	return w.finish(f.s, f.c, f.uploads, releasesOf(w.t, f.posts)).Transcript
}

func TestCertificateRules(t *testing.T) {
	refuses(t, []row{
		{name: "another", rule: "certificate: announced transcript", text: "want 0x09", record: finishing(func(w *world, f *full) *round.Finished {
			w.transcript(f)
			return &round.Finished{Round: 1, Transcript: round.Hash{9}}
		})},
		{name: "another manifest", rule: "certificate: signed descriptor and manifest", text: "manifest 0x",
			also: []string{"certificate: own release", "certificate: nodes that open"},
			record: finishing(func(w *world, f *full) *round.Finished {
				f.c, f.uploads = w.closing(f.s, w.manifest(f.s, f.uploads[1:])), f.uploads[1:]
				f.posts = nil
				return w.lay(w.transcript(f))
			})},
		{name: "another descriptor", rule: "certificate: signed descriptor and manifest", text: "descriptor 0x", also: []string{"certificate: own release", "certificate: nodes that open"},
			record: finishing(func(w *world, f *full) *round.Finished {
				d := f.s.Descriptor
				d.GMin, d.Cohort = 3, 3
				g := &full{s: w.opening(&d)}
				for i := range w.people {
					g.uploads = append(g.uploads, w.contribute(g.s, i, nil))
				}
				g.c = w.closing(g.s, w.manifest(g.s, g.uploads))
				return w.lay(w.transcript(g))
			})},
		{name: "model", rule: "certificate: audit", text: "model: ", record: finishing(func(w *world, f *full) *round.Finished {
			t := w.transcript(f)
			t.Model[0] ^= 1
			return w.lay(t)
		})},
		{name: "certificate", rule: "certificate: audit", text: "certificate: ", record: finishing(func(w *world, f *full) *round.Finished {
			t := w.transcript(f)
			t.Certificate.RewardsRoot[0] ^= 1
			return w.lay(t)
		})},
		{name: "sum", rule: "certificate: audit", text: "homomorphic hash: ", record: finishing(func(w *world, f *full) *round.Finished {
			t := w.transcript(f)
			t.DigitSums[0][0] ^= 1
			return w.lay(t)
		})},
		{name: "of this member", rule: "certificate: own release", text: "release of node 0 by this member, 1, is not in it",
			also: []string{"certificate: nodes that open"},
			record: finishing(func(w *world, f *full) *round.Finished {
				f.posts = f.posts[1:3]
				return w.lay(w.transcript(f))
			})},
		{name: "dropped", rule: "certificate: nodes that open", text: "leaf 0 was dropped and opens with the releases that this member knows",
			record: finishing(func(w *world, f *full) *round.Finished {
				f.posts = f.posts[:2]
				return w.lay(w.transcript(f))
			})},
		{name: "dropped by a member that says two things", rule: "certificate: nodes that open", text: "leaf 0 was dropped",
			record: finishing(func(w *world, f *full) *round.Finished {
				// Two malicious members, one more than a committee of 4 tolerates, give the aggregator other releases than the board.
				for i := range 2 {
					r := decode[round.SignedRelease](w.t, f.posts[i+1]).Release
					r.Shares = make([]byte, len(r.Shares))
					signed, err := r.Sign(roundsDomain, key("member", i+2))
					if err != nil {
						w.t.Fatal(err)
					}
					f.posts[i+1] = committee.Post{Kind: round.KindRelease, Body: round.Encode(&signed)}
				}
				return w.lay(w.transcript(f))
			})},
		{name: "skipped", rule: "certificate: round not over", is: committee.ErrOver, text: "round 2 was signed after it",
			record: finishing(func(w *world, f *full) *round.Finished {
				d := f.s.Descriptor
				w.clock = d.SkipTime()
				next(w, &d)
				d.Disclosed = true
				w.tell(round.KindPropose, 0, 2, &d)
				return w.lay(w.transcript(f))
			})},
	}, signed(round.PurposeCertificate))
}

// TestLateRelease: a node that opened without this member's release is no reason to refuse.
func TestLateRelease(t *testing.T) {
	w := newCommittee(t, 4)
	record := finishing(func(w *world, f *full) *round.Finished {
		f.posts = f.posts[1:]
		return w.lay(w.transcript(f))
	})(w)
	posts, err := w.member(1).Handle(t.Context(), record)
	if err != nil || !signed(round.PurposeCertificate)(w, posts) {
		t.Errorf("%d posts and %v, want a share over the certificate", len(posts), err)
	}
}

// TestCertificateUnavailable: what the aggregator does not have is refused; what does not arrive is tried again.
func TestCertificateUnavailable(t *testing.T) {
	w := newCommittee(t, 4)
	record := finishing(func(w *world, f *full) *round.Finished { return w.lay(w.transcript(f)) })(w)
	models := w.fetch.models
	w.fetch.models = nil
	_, err := w.member(1).Handle(t.Context(), record)
	refusedBy(t, err, "certificate: available base model", nil, "no such model")
	w.fetch.models = models
	w.fetch.candidate = append(w.fetch.candidate, 0)
	_, err = w.member(1).Handle(t.Context(), record)
	refusedBy(t, err, "certificate: well-formed", nil, "malformed transcript")
	w.fetch.candidate = w.fetch.candidate[:len(w.fetch.candidate)-1]
	w.fetch.err = errors.New("connection lost")
	if _, err := w.member(1).Handle(t.Context(), record); err == nil || errors.As(err, new(*committee.Refused)) {
		t.Errorf("got %v, want a failure that is no refusal", err)
	}
	w.fetch.err = nil
	if posts, err := w.member(1).Handle(t.Context(), record); err != nil || len(posts) != 1 {
		t.Errorf("%d posts and %v after the trouble, want a share", len(posts), err)
	}
}

// TestNoNodeOpens: a round in which no node opens is certified with the base model and nothing else.
func TestNoNodeOpens(t *testing.T) {
	w := newCommittee(t, 4)
	w.alter = map[int]func(int, []uint32){}
	for j := 3; j <= 4; j++ {
		w.alter[j] = func(_ int, shares []uint32) { shares[0] ^= 1 }
		w.restart(j)
	}
	d := w.descriptor()
	d.Leaves = 1
	f := w.closed(d)
	w.relay(f.posts, 1)
	o := w.finish(f.s, f.c, f.uploads, releasesOf(t, f.posts))
	if o.Nodes[0].Opened || o.Transcript.Certificate.Model != d.BaseModel || o.Transcript.Certificate.Contributors != 0 {
		t.Fatalf("a node opened from the releases of two liars among four: %+v", o.Nodes[0])
	}
	if posts := w.tell(round.KindFinish, 0, 1, w.lay(o.Transcript)); len(posts) != 4 {
		t.Errorf("%d shares, want 4", len(posts))
	}
}

// TestLyingMember: with one liar among four the node opens and the liar is named; the others certify.
func TestLyingMember(t *testing.T) {
	w := newCommittee(t, 4)
	w.alter = map[int]func(int, []uint32){3: func(_ int, shares []uint32) {
		for i := range shares {
			shares[i] = uint32(i)
		}
	}}
	w.restart(3)
	d := w.descriptor()
	d.Leaves = 1
	f := w.closed(d)
	w.relay(f.posts, 1)
	o := w.finish(f.s, f.c, f.uploads, releasesOf(t, f.posts))
	if want := []round.Disagreement{{Node: 0, Member: 3}}; !slices.Equal(o.Transcript.Disagreements, want) {
		t.Fatalf("disagreements %v, want %v", o.Transcript.Disagreements, want)
	}
	if posts := w.tell(round.KindFinish, 0, 1, w.lay(o.Transcript)); len(posts) != 4 {
		t.Errorf("%d shares, want 4", len(posts))
	}
}

// TestChainFailure: a chain that fails is no refusal, and the record passes once it is back.
func TestChainFailure(t *testing.T) {
	w := newCommittee(t, 4)
	d := w.descriptor()
	w.chain.err = errors.New("node is down")
	record := w.append(round.KindPropose, 0, 1, d)
	if posts, err := w.member(1).Handle(t.Context(), record); len(posts) > 0 || err == nil || errors.As(err, new(*committee.Refused)) {
		t.Fatalf("%d posts and %v, want a failure that is no refusal", len(posts), err)
	}
	w.chain.err = nil
	if posts, err := w.member(1).Handle(t.Context(), record); len(posts) != 1 || err != nil {
		t.Fatalf("%d posts and %v, want a share", len(posts), err)
	}
}

// TestCertifiedEarly: the end of a round is believed when the chain has it.
func TestCertifiedEarly(t *testing.T) {
	w := newCommittee(t, 4)
	w.open(w.descriptor())
	_, err := w.member(1).Handle(t.Context(), w.append(round.KindCertified, 0, 1, &round.Certified{Round: 1}))
	refusedBy(t, err, "end of round: on chain", nil, "the chain's last round is 0, want 1")
	if got := w.member(1).Status().Round; got != 1 {
		t.Errorf("takes part in round %d, want 1", got)
	}
}
