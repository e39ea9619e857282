package aggregator

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"sotto/crypto/tbls"
	"sotto/round"
)

// tape is one round, record by record, with a record of every kind.
type tape struct {
	b       *bench
	setup   []round.Record          // up to the committee
	records []round.Record          // of round 1, up to the first quorum of certificate shares
	one     map[string]round.Record // a valid record of each sort, by name
}

// sorts of records about rounds, in the order in which they become valid.
var sorts = []string{"propose", "descriptor share", "open", "accepted", "frozen", "close", "manifest share", "closed", "release", "finished", "certificate share", "certified", "skipped"}

func (tp *tape) add(sort string, r round.Record) { tp.one[sort] = r }

// record makes a record as the aggregator would.
func record(kind round.Kind, number uint64, body any) round.Record {
	to := uint8(0)
	if kind >= ownKinds {
		to = nobody
	}
	return round.Record{Sequence: 1 << 40, Kind: kind, To: to, Round: number, Body: round.Encode(body)}
}

func newTape(t *testing.T) *tape {
	t.Helper()
	b := newBench(t, 4)
	for _, m := range b.members {
		m.refuses = round.PurposeCertificate
	}
	b.contribute(b.open(), b.keys...)
	b.run()
	b.phase(PhaseFinished)
	tp := &tape{b: b, one: map[string]round.Record{}}
	for _, r := range b.Log().Read(0, 1000) {
		if r.Round == 0 {
			tp.setup = append(tp.setup, r)
			continue
		}
		tp.records = append(tp.records, r)
		sort := kindName(r.Kind)
		if r.Kind == round.KindShare {
			sort = mustDecode[round.SignatureShare](t, r).Purpose.String() + " share"
		}
		r.Sequence = 1 << 40
		tp.add(sort, r)
	}
	p := b.state.round
	message := p.certificate.Message(roundsDomain)
	var given []tbls.SignatureShare
	for _, m := range b.members {
		s := m.share(round.PurposeCertificate, 1, 1, message)
		given = append(given, tbls.SignatureShare{Member: int(s.Member), Signature: s.Signature})
		tp.add("certificate share", record(round.KindShare, 1, s))
	}
	signature, _, err := tbls.Combine(b.members[0].keys[1].group, message, given)
	if err != nil {
		t.Fatal(err)
	}
	tp.add("certified", record(kindCertified, 1, &certified{Certified: round.Certified{Round: 1, Signature: signature}, Head: p.certificate.Head(roundsDomain), Model: p.certificate.Model}))
	return tp
}

// at returns the state of round 1 in a phase.
func (tp *tape) at(t *testing.T, phase Phase) *State {
	t.Helper()
	s := NewState(registryDomain, roundsDomain)
	apply := func(records ...round.Record) {
		for _, r := range records {
			r.Sequence = s.sequence + 1
			if err := s.Apply(r); err != nil {
				t.Fatalf("%s: %v", kindName(r.Kind), err)
			}
		}
	}
	apply(tp.setup...)
	for _, r := range tp.records {
		if phase == PhaseNone || s.round != nil && s.round.phase == phase {
			return s
		}
		apply(r)
	}
	switch phase {
	case PhaseCertified:
		apply(tp.one["certified"])
	case PhaseSkipped:
		apply(tp.skip(s.round.phase))
	}
	return s
}

// skip is a valid skip of a round in a phase.
func (tp *tape) skip(phase Phase) round.Record {
	return record(kindSkipped, 1, &skipped{Round: 1, Until: 5, Disclosed: phase >= PhaseClosing && phase <= PhaseFinished, Reason: "test"})
}

// Every sort of record in every phase: accepted, or refused with the rule that it breaks.
func TestRoundPhases(t *testing.T) {
	tp := newTape(t)
	wanted := map[string]Phase{"descriptor share": PhaseProposed, "open": PhaseProposed, "accepted": PhaseOpen, "frozen": PhaseOpen, "close": PhaseFrozen,
		"manifest share": PhaseClosing, "closed": PhaseClosing, "release": PhaseReleasing, "finished": PhaseReleasing, "certificate share": PhaseFinished, "certified": PhaseFinished}
	expect := func(sort string, phase Phase) string {
		over, none := phase == PhaseCertified || phase == PhaseSkipped, phase == PhaseNone
		purpose, isShare := map[string]string{"descriptor share": "descriptor", "manifest share": "manifest", "certificate share": "certificate"}[sort]
		want := wanted[sort]
		switch {
		case sort == "skipped" && over:
			return "round 1 is skipped after round 1"
		case sort == "skipped":
			return ""
		case sort == "propose" && none:
			return ""
		case sort == "propose" && over:
			if phase == PhaseCertified {
				return "descriptor of round 1 with 0 skipped, want round 2 with 0"
			}
			return "descriptor of round 1 with 0 skipped, want round 2 with 1"
		case sort == "propose":
			return "round 1 is proposed while round 1 is in progress"
		case sort == "certified" && phase == PhaseCertified:
			return "round 1 is certified after round 1"
		case sort == "certified" && (over || none):
			return "" // it stands for a round that is not in this log
		case isShare && none:
			return "signature share over the " + purpose + " for round 1, which was not proposed"
		case isShare && over:
			return "signature share over the " + purpose + " for round 1, which is over"
		case isShare && phase < want:
			return "signature share over the " + purpose + " of round 1, which has none yet"
		case isShare && phase > want && sort != "certificate share":
			return "record is on the board already" // the state has seen it
		case sort == "release" && none:
			return "release for round 1, which was not proposed"
		case sort == "release" && over:
			return "release for round 1, which is over"
		case sort == "release" && phase < want:
			return "release for round 1 before its manifest is signed"
		case sort == "release" && phase > want:
			return "record is on the board already"
		case none || over:
			return sort + " record of round 1, which is not in progress"
		case phase != want:
			return fmt.Sprintf("%s record of round 1, which is %s, want %s", sort, phase, want)
		}
		return ""
	}
	for phase := PhaseNone; phase <= PhaseSkipped; phase++ {
		s := tp.at(t, phase)
		for _, sort := range sorts {
			t.Run(fmt.Sprintf("%s/%s", phase, sort), func(t *testing.T) {
				r := tp.one[sort]
				if sort == "skipped" {
					r = tp.skip(phase)
				}
				_, err := s.prepare(&r)
				want := expect(sort, phase)
				if want == "" {
					want = "<nil>"
				}
				wantError(t, err, want)
			})
		}
	}
}

// A record that is refused changes nothing.
func TestRoundRefusedChangesNothing(t *testing.T) {
	tp := newTape(t)
	s := tp.at(t, PhaseOpen)
	before := fmt.Sprintf("%+v %+v", s, s.round)
	for _, sort := range sorts {
		if r := tp.one[sort]; sort != "accepted" && sort != "frozen" && sort != "skipped" {
			if err := s.Apply(r); err == nil {
				t.Fatalf("%s was taken in phase open", sort)
			}
		}
	}
	if after := fmt.Sprintf("%+v %+v", s, s.round); after != before {
		t.Fatalf("state was\n%s, is\n%s", before, after)
	}
}

// The rules of each record, one by one.
func TestRoundRules(t *testing.T) {
	tp := newTape(t)
	b := tp.b
	real := b.state.round
	descriptor := func(change func(d *round.Descriptor)) round.Record {
		d := *mustDecode[round.Descriptor](t, tp.one["propose"])
		change(&d)
		return record(round.KindPropose, d.Round, &d)
	}
	share := func(change func(s *round.SignatureShare)) round.Record {
		s := *mustDecode[round.SignatureShare](t, tp.one["descriptor share"])
		change(&s)
		return record(round.KindShare, s.Round, &s)
	}
	acceptedBy := func(change func(a *accepted)) round.Record {
		a := *mustDecode[accepted](t, tp.one["accepted"])
		change(&a)
		return record(kindAccepted, 1, &a)
	}
	manifest := func(change func(m *round.Manifest)) round.Record {
		m := *mustDecode[round.Manifest](t, tp.one["close"])
		m.Entries = slices.Clone(m.Entries)
		change(&m)
		return record(round.KindClose, 1, &m)
	}
	release := func(key int, change func(r *round.Release)) round.Record {
		r := mustDecode[round.SignedRelease](t, tp.one["release"]).Release
		change(&r)
		signed, err := r.Sign(roundsDomain, b.members[key-1].identity)
		if err != nil {
			t.Fatal(err)
		}
		return record(round.KindRelease, r.Round, &signed)
	}
	finish := func(change func(f *finished)) round.Record {
		f := *mustDecode[finished](t, tp.one["finished"])
		change(&f)
		return record(kindFinished, 1, &f)
	}
	certify := func(change func(c *certified)) round.Record {
		c := *mustDecode[certified](t, tp.one["certified"])
		change(&c)
		return record(kindCertified, c.Certified.Round, &c)
	}
	d := &real.descriptor
	contributor := mustDecode[accepted](t, tp.one["accepted"]).Signed.Contribution
	who := contributor.Contributor
	other := round.Hash{1}
	lastReleaser := int(mustDecode[round.SignedRelease](t, tp.one["release"]).Release.Member)

	for _, c := range []struct {
		name  string
		phase Phase
		r     round.Record
		want  string
	}{
		{"unknown kind", PhaseOpen, record(99, 1, &frozen{1}), "kind 99 records do not belong in the log"},
		{"kind zero", PhaseOpen, record(0, 1, &frozen{1}), "kind 0 records do not belong in the log"},
		{"envelope", PhaseOpen, record(round.KindEnvelope, 1, &frozen{1}), "envelope records do not belong in the log"},
		{"trailing bytes", PhaseOpen, round.Record{Sequence: 1 << 40, Kind: kindFrozen, To: nobody, Round: 1, Body: append(round.Encode(&frozen{1}), 0)}, "malformed frozen: rlp: input contains more than one value"},
		{"old number", PhaseOpen, round.Record{Sequence: 1, Kind: kindFrozen}, "record 1 after record "},
		{"second beginning", PhaseOpen, record(kindBegun, 0, &begun{}), "volume begins while round 1 is in progress"},
		{"beginning with another state", PhaseNone, record(kindBegun, 0, &begun{}), "volume begins with another state than the one before it ended with"},
		{"round outside", PhaseOpen, round.Record{Sequence: 1 << 40, Kind: kindFrozen, To: nobody, Round: 2, Body: round.Encode(&frozen{1})}, "frozen record of round 2 to member 255, want round 1 and member 255"},
		{"addressee outside", PhaseOpen, round.Record{Sequence: 1 << 40, Kind: kindFrozen, To: 3, Round: 1, Body: round.Encode(&frozen{1})}, "frozen record of round 1 to member 3, want round 1 and member 255"},

		{"descriptor version", PhaseNone, descriptor(func(d *round.Descriptor) { d.Version = 2 }), "descriptor of protocol version 2, want 1"},
		{"descriptor chain", PhaseNone, descriptor(func(d *round.Descriptor) { d.ChainID = 1 }), fmt.Sprintf("descriptor is for chain 1 and contract %s, want 1337 and %s", d.Contract, d.Contract)},
		{"descriptor round", PhaseNone, descriptor(func(d *round.Descriptor) { d.Round = 2 }), "descriptor of round 2 with 0 skipped, want round 1 with 0"},
		{"descriptor aborted", PhaseNone, descriptor(func(d *round.Descriptor) { d.Aborted = 1 }), "descriptor of round 1 with 1 skipped, want round 1 with 0"},
		{"descriptor head", PhaseNone, descriptor(func(d *round.Descriptor) { d.PreviousHead = other }), fmt.Sprintf("descriptor follows head %s, want %s", other.Short(), d.PreviousHead.Short())},
		{"descriptor model", PhaseNone, descriptor(func(d *round.Descriptor) { d.BaseModel = other }), fmt.Sprintf("descriptor is for base model %s, want %s", other.Short(), d.BaseModel.Short())},
		{"descriptor epoch", PhaseNone, descriptor(func(d *round.Descriptor) { d.Epoch = 2 }), "descriptor of epoch 2 with 4 members, want epoch 1 with 4"},
		{"descriptor members", PhaseNone, descriptor(func(d *round.Descriptor) { d.Members = 7 }), "descriptor of epoch 1 with 7 members, want epoch 1 with 4"},
		{"descriptor key list", PhaseNone, descriptor(func(d *round.Descriptor) { d.KeyList = other }), fmt.Sprintf("descriptor names key list %s, want %s", other.Short(), d.KeyList.Short())},

		{"share purpose", PhaseProposed, share(func(s *round.SignatureShare) { s.Purpose = 9 }), "signature share for purpose 9, want 1 to 5"},
		{"share epoch", PhaseProposed, share(func(s *round.SignatureShare) { s.Epoch = 2 }), "signature share of epoch 2 for round 1 of epoch 1"},
		{"share member 0", PhaseProposed, share(func(s *round.SignatureShare) { s.Member = 0 }), "signature share of member 0 in a committee of 4"},
		{"share member 5", PhaseProposed, share(func(s *round.SignatureShare) { s.Member = 5 }), "signature share of member 5 in a committee of 4"},
		{"share of another", PhaseProposed, share(func(s *round.SignatureShare) { s.Member = s.Member%4 + 1 }), fmt.Sprintf("share over the descriptor: signature share of member %d: invalid signature", mustDecode[round.SignatureShare](t, tp.one["descriptor share"]).Member%4+1)},
		{"share outside", PhaseProposed, round.Record{Sequence: 1 << 40, Kind: round.KindShare, Round: 3, Body: tp.one["descriptor share"].Body}, "signature share over the descriptor of round 1 in a record of round 3"},
		{"share that is not needed", PhaseOpen, record(round.KindShare, 1, b.members[3].share(round.PurposeDescriptor, 1, 1, d.Message())), "record is on the board already"},
		{"share that is not needed, wrong", PhaseOpen, record(round.KindShare, 1, b.members[3].share(round.PurposeDescriptor, 1, 1, []byte("x"))), "share over the descriptor: signature share of member 4: invalid signature"},

		{"opening of another descriptor", PhaseProposed, record(round.KindOpen, 1, func() any { o := real.opening; o.Descriptor.Clip++; return &o }()), "round 1 is opened with another descriptor than the proposed one"},
		{"opening unsigned", PhaseProposed, record(round.KindOpen, 1, &round.SignedDescriptor{Descriptor: *d, Signature: real.closing.Signature}), "descriptor of round 1: invalid signature"},

		{"contribution descriptor", PhaseOpen, acceptedBy(func(a *accepted) { a.Signed.Contribution.Descriptor = other }), fmt.Sprintf("contribution of %s is for another descriptor or model than those of round 1", who)},
		{"contribution model", PhaseOpen, acceptedBy(func(a *accepted) { a.Signed.Contribution.BaseModel = other }), fmt.Sprintf("contribution of %s is for another descriptor or model than those of round 1", who)},
		{"contribution leaf", PhaseOpen, acceptedBy(func(a *accepted) { a.Signed.Contribution.Leaf ^= 1 }), fmt.Sprintf("contribution of %s is in leaf %d, which it was not drawn into", who, contributor.Leaf^1)},
		{"contribution envelopes", PhaseOpen, acceptedBy(func(a *accepted) { a.Envelopes = a.Envelopes[1:] }), fmt.Sprintf("contribution of %s with 3 envelopes and 4 digests, want 4", who)},
		{"contribution receipt", PhaseOpen, acceptedBy(func(a *accepted) { a.Receipt.Receipt.Digest = other }), fmt.Sprintf("receipt for another contribution than that of %s", who)},

		{"manifest shorter", PhaseFrozen, manifest(func(m *round.Manifest) { *m = *round.NewManifest(d, m.Entries[1:]) }), "manifest of 3 entries, 4 contributions were accepted"},
		{"manifest altered", PhaseFrozen, manifest(func(m *round.Manifest) { m.Entries[0].Digest = other }), fmt.Sprintf("manifest entry of %s is not what was accepted", real.closing.Manifest.Entries[0].Contributor)},
		{"manifest of another", PhaseFrozen, manifest(func(m *round.Manifest) { m.Entries[0].Contributor[19] ^= 1; *m = *round.NewManifest(d, m.Entries) }), "manifest entry of "},
		{"manifest nodes", PhaseFrozen, manifest(func(m *round.Manifest) { m.Released[0].Contributors-- }), "manifest releases "},

		{"closing of another manifest", PhaseClosing, record(round.KindClosed, 1, func() any { c := real.closing; c.Manifest.Dropped = []uint16{1}; return &c }()), "round 1 is closed with another manifest than the proposed one"},
		{"closing unsigned", PhaseClosing, record(round.KindClosed, 1, func() any { c := real.closing; c.Signature = real.opening.Signature; return &c }()), "manifest of round 1: invalid signature"},

		{"release member 0", PhaseReleasing, release(1, func(r *round.Release) { r.Member = 0 }), "release of member 0 in a committee of 4"},
		{"release member 5", PhaseReleasing, release(1, func(r *round.Release) { r.Member = 5 }), "release of member 5 in a committee of 4"},
		{"release of another", PhaseReleasing, release(lastReleaser%4+1, func(r *round.Release) {}), fmt.Sprintf("release of member %d: signature does not verify for %s", lastReleaser, b.members[lastReleaser-1].address())},
		{"release manifest", PhaseReleasing, release(lastReleaser, func(r *round.Release) { r.Manifest = other }), fmt.Sprintf("release of member %d is for another round or manifest", lastReleaser)},
		{"release node", PhaseReleasing, release(lastReleaser, func(r *round.Release) { r.Node = 9 }), fmt.Sprintf("release of member %d is for node 9 of %d", lastReleaser, len(real.releases))},
		{"release shape", PhaseReleasing, release(lastReleaser, func(r *round.Release) { r.Shares = r.Shares[1:] }), fmt.Sprintf("release of member %d: malformed share: 255 bytes, want 256", lastReleaser)},
		{"release again", PhaseFinished, release(lastReleaser, func(r *round.Release) { r.Shares = slices.Clone(r.Shares); r.Shares[0] ^= 1 }), fmt.Sprintf("member %d has signed another release of node %d of round 1", lastReleaser, len(real.releases)-1)},

		{"certificate epoch", PhaseReleasing, finish(func(f *finished) { f.Certificate.Epoch = 2 }), "certificate of round 1 is for another epoch, head, descriptor or manifest"},
		{"certificate manifest", PhaseReleasing, finish(func(f *finished) { f.Certificate.Manifest = other }), "certificate of round 1 is for another epoch, head, descriptor or manifest"},
		{"certificate unsigned", PhaseFinished, certify(func(c *certified) { c.Certified.Signature = real.opening.Signature }), "certificate of round 1: invalid signature"},
		{"certificate head", PhaseFinished, certify(func(c *certified) { c.Head = other }), "certificate of round 1 leads to head "},
		{"certificate of another round", PhaseFinished, certify(func(c *certified) { c.Certified.Round = 2 }), "certified record of round 2, which is not in progress"},

		{"skip of another round", PhaseOpen, record(kindSkipped, 2, &skipped{Round: 2}), "round 2 is skipped while round 1 is in progress"},
		{"skip that hides a manifest", PhaseReleasing, record(kindSkipped, 1, &skipped{Round: 1}), "round 1, which is releasing, is skipped with false for its contributions being disclosed"},
		{"skip that invents a manifest", PhaseOpen, record(kindSkipped, 1, &skipped{Round: 1, Disclosed: true}), "round 1, which is open, is skipped with true for its contributions being disclosed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := tp.at(t, c.phase)
			r := c.r
			_, err := s.prepare(&r)
			if err == nil {
				t.Fatalf("was taken, want %s", c.want)
			}
			got := err.Error()
			if len(c.want) < len(got) && c.want[len(c.want)-1] == ' ' {
				got = got[:len(c.want)]
			}
			if got != c.want {
				t.Fatalf("got error\n%s, want\n%s", err, c.want)
			}
		})
	}
}

// Contributions: nobody twice, no leaf beyond its limit.
func TestRoundAccepted(t *testing.T) {
	tp := newTape(t)
	s := tp.at(t, PhaseOpen)
	r := tp.one["accepted"]
	who := mustDecode[accepted](t, r).Signed.Contribution
	if err := s.Apply(r); err != nil {
		t.Fatal(err)
	}
	r.Sequence++
	wantError(t, s.Apply(r), fmt.Sprintf("contribution of %s is in round 1 already", who.Contributor))
	delete(s.round.entries, who.Contributor)
	s.round.leaves[who.Leaf] = s.round.descriptor.KMax
	wantError(t, s.Apply(r), fmt.Sprintf("leaf %d of round 1 is full", who.Leaf))
}

// Two different signed releases are evidence, with both of them in it.
func TestRoundEquivocation(t *testing.T) {
	tp := newTape(t)
	s := tp.at(t, PhaseFinished)
	first := mustDecode[round.SignedRelease](t, tp.one["release"])
	second := first.Release
	second.Shares = slices.Clone(second.Shares)
	second.Shares[3] ^= 4
	signed, err := second.Sign(roundsDomain, tp.b.members[second.Member-1].identity)
	if err != nil {
		t.Fatal(err)
	}
	err = s.Apply(record(round.KindRelease, 1, &signed))
	var e *Equivocation
	if !errors.As(err, &e) || round.ReasonOf(err) != round.ReasonDuplicate {
		t.Fatalf("got %v, want an equivocation", err)
	}
	if e.Member != second.Member || e.Round != 1 || e.Kind != round.KindRelease || !slices.Equal(e.First, tp.one["release"].Body) || !slices.Equal(e.Second, round.Encode(&signed)) {
		t.Fatalf("got %+v", e)
	}
}

// A skipped round is remembered until the next certificate: how many, whether contributions are disclosed, and how long to wait.
func TestRoundSkipped(t *testing.T) {
	tp := newTape(t)
	s := tp.at(t, PhaseSkipped)
	if s.aborted() != 1 || !s.disclosed || s.notBefore != 5 || s.over != PhaseSkipped {
		t.Fatalf("got %+v", s)
	}
	s.sequence = 0
	d := *mustDecode[round.Descriptor](t, tp.one["propose"])
	d.Round, d.Aborted = 2, 1
	r := record(round.KindPropose, 2, &d)
	_, err := s.prepare(&r)
	wantError(t, err, "descriptor says false of disclosed contributions, want true")
	d.Disclosed = true
	r = record(round.KindPropose, 2, &d)
	if err := s.Apply(r); err != nil {
		t.Fatal(err)
	}
	// The skipped round turns out to be certified after all, once round 2 is over.
	s.sequence = 0
	if err := s.Apply(record(kindSkipped, 2, &skipped{Round: 2, Until: 9})); err != nil {
		t.Fatal(err)
	}
	s.sequence = 0
	if err := s.Apply(tp.one["certified"]); err != nil {
		t.Fatal(err)
	}
	if s.certified != 1 || s.last != 2 || s.disclosed || s.notBefore != 9 {
		t.Fatalf("got %+v", s)
	}
}

// What members see of the aggregator's own records.
func TestRelayed(t *testing.T) {
	tp := newTape(t)
	a := mustDecode[accepted](t, tp.one["accepted"])
	for member := range uint8(6) {
		got, ok := Relayed(tp.one["accepted"], member)
		if ok != (member >= 1 && member <= 4) {
			t.Fatalf("member %d: relayed is %t", member, ok)
		}
		if !ok {
			continue
		}
		s := mustDecode[round.SealedShare](t, got)
		if got.Kind != round.KindEnvelope || got.To != member || got.Round != 1 || !slices.Equal(s.Envelope, a.Envelopes[member-1]) || s.Signed != a.Signed || !slices.Equal(s.Digests, a.Digests) {
			t.Fatalf("member %d got %+v", member, got)
		}
	}
	for sort, kind := range map[string]round.Kind{"finished": round.KindFinish, "certified": round.KindCertified, "open": round.KindOpen} {
		if got, ok := Relayed(tp.one[sort], 0); !ok || got.Kind != kind || got.To != 0 || got.Round != 1 {
			t.Fatalf("%s is relayed as %+v (%t)", sort, got, ok)
		}
	}
	if got, ok := Relayed(tp.skip(PhaseOpen), 2); !ok || *mustDecode[round.Skipped](t, got) != (round.Skipped{Round: 1, Reason: "test"}) {
		t.Fatalf("skip is relayed as %+v (%t)", got, ok)
	}
	if got, ok := Relayed(tp.setup[0], 2); !ok || got.Kind != round.KindInstalled || mustDecode[round.Installed](t, got).Epoch != 1 {
		t.Fatalf("begun is relayed as %+v (%t)", got, ok)
	}
	for _, r := range []round.Record{tp.one["frozen"], record(kindBegun, 0, &begun{}), record(kindForming, 0, &forming{}), record(kindAbandoned, 0, &abandoned{}), {Kind: round.KindOpen, To: 3}} {
		if got, ok := Relayed(r, 2); ok {
			t.Fatalf("%s is relayed as %+v", kindName(r.Kind), got)
		}
	}
}
