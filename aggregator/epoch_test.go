package aggregator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"sotto/crypto/tbls"
	"sotto/round"
)

// newFormingBench returns an aggregator without a committee, and so many nominees.
func newFormingBench(t *testing.T, nominees, contributors int) *bench {
	t.Helper()
	b := newBareBench(t, contributors)
	for range nominees {
		b.members = append(b.members, newMember(t))
	}
	b.nominateAll()
	b.start()
	return b
}

func (b *bench) nominateAll() {
	b.ledger.nominees = nil
	for _, m := range b.members {
		b.ledger.nominees = append(b.ledger.nominees, m.address())
	}
}

// From nominees to a committee on chain, over the board alone, and a round with it.
func TestFormCommittee(t *testing.T) {
	for _, n := range []int{4, 7} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			b := newFormingBench(t, n, 3)
			o := b.open()
			if o.Descriptor.Epoch != 1 || int(o.Descriptor.Members) != n {
				t.Fatalf("round is of epoch %d with %d members", o.Descriptor.Epoch, o.Descriptor.Members)
			}
			installed := happened[CommitteeInstalled](b)
			if len(installed) != 1 || installed[0] != (CommitteeInstalled{1, n, 500_000}) {
				t.Fatalf("got %+v", installed)
			}
			// What the key generation said is dropped once the committee is in office.
			for _, r := range b.Log().Read(0, 1000) {
				if r.Kind == round.KindPacket || r.Kind == round.KindHello || r.Kind == round.KindSession {
					t.Fatalf("the log still has a %s record", r.Kind)
				}
			}
			b.contribute(o, b.keys...)
			b.run()
			if len(happened[RoundCertified](b)) != 1 {
				t.Fatal("the round is not certified")
			}
		})
	}
}

// A nominee that stays away costs attempts and nothing else; each attempt has a number of its own, also after a restart.
func TestFormCommitteeLate(t *testing.T) {
	b := newFormingBench(t, 4, 3)
	b.members[2].down = true
	b.run()
	if s := b.state.forming; s == nil || s.attempt != 0 {
		t.Fatalf("got %+v, want no attempt before all have said hello", s)
	}
	b.members[2].down = false
	b.members[2].follow(b) // says hello and nothing else
	b.members[2].down = true
	b.run()
	if f := b.state.forming; f.attempt != 1 || f.ended != 0 {
		t.Fatalf("attempt %d has ended phase %d, want attempt 1 in phase deal", f.attempt, f.ended)
	}
	b.fold()
	b.clock.advance(20 * time.Second)
	b.run()
	if f := b.state.forming; f.attempt != 2 {
		t.Fatalf("attempt %d, want 2 after the time for a phase", f.attempt)
	}
	b.fold()

	b.start() // in the middle of a key generation, which goes on
	b.members[2].down = false
	b.run()
	if got := happened[CommitteeInstalled](b); len(got) != 1 || b.state.attempted != (attempt{1, 2}) {
		t.Fatalf("got %v after attempt %+v, want attempt 2", got, b.state.attempted)
	}
}

// A board whose members confirm different things begins anew at once.
func TestFormCommitteeSplit(t *testing.T) {
	b := newFormingBench(t, 4, 0)
	b.members[0].refuses = round.PurposePossession
	b.run()
	if b.state.committee == nil {
		t.Fatal("no committee with the possession shares of a quorum")
	}
	b = newFormingBench(t, 4, 0)
	liar := b.members[3] // confirms another transcript
	confirmed := 0
	for confirmed < 3 {
		if _, _, err := b.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, m := range b.members {
			if m != liar || b.state.forming == nil || b.state.forming.ended < round.PhaseResponse {
				m.follow(b)
			}
		}
		confirmed = 0
		if f := b.state.forming; f != nil {
			for _, c := range f.confirmations {
				if c != nil {
					confirmed++
				}
			}
		}
	}
	f := b.state.forming
	c := f.confirmations[0].Confirmation
	c.Member, c.Transcript = 4, round.Hash{9}
	signed, err := c.Sign(registryDomain, liar.identity, f.confirmations[0].Group)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Post(context.Background(), round.KindConfirmation, round.Encode(&signed)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	if f := b.state.forming; f.attempt != 2 {
		t.Fatalf("attempt %d, want 2", f.attempt)
	}
}

// A committee hands over to the next one between two rounds; the members of both may overlap.
func TestRotation(t *testing.T) {
	b := newBench(t, 3)
	b.open()
	first := slices.Clone(b.members)
	newcomers := []*member{newMember(t), newMember(t)}
	b.members = append(b.members, newcomers...)
	b.ledger.nominate(first[0].address(), newcomers[0].address(), newcomers[1].address(), first[1].address())
	b.clock.advance(time.Second)
	b.run()
	if f := b.state.forming; f == nil || slices.Contains(f.hellos, nil) || f.attempt != 0 {
		t.Fatalf("got %+v, want all hellos and no attempt during a round", f)
	}
	b.contribute(b.Snapshot().Opening, b.keys...)
	o := b.open()
	if o.Descriptor.Epoch != 2 || o.Descriptor.Round != 2 || b.ledger.head.Epoch != 2 {
		t.Fatalf("round %d is of epoch %d", o.Descriptor.Round, o.Descriptor.Epoch)
	}
	b.contribute(o, b.keys...)
	b.run()
	if got := happened[RoundCertified](b); len(got) != 2 || got[1].Certificate.Epoch != 2 {
		t.Fatalf("got %+v", got)
	}
	b.fold()

	// A restart finds the committee in its file.
	b.start()
	if c := b.state.committee; c == nil || c.epoch != 2 {
		t.Fatalf("got %+v, want the committee of epoch 2", c)
	}
}

// Nominees that stay silent hold up no round: one attempt between two rounds, then the committee in office goes on.
func TestRotationStuck(t *testing.T) {
	b := newBench(t, 3)
	o := b.open()
	newcomers := []*member{newMember(t), newMember(t), newMember(t), newMember(t)}
	b.members = append(b.members, newcomers...)
	b.ledger.nominate(newcomers[0].address(), newcomers[1].address(), newcomers[2].address(), newcomers[3].address())
	b.clock.advance(time.Second)
	b.run()
	newcomers[3].down = true
	b.contribute(o, b.keys...)
	b.run()
	if f := b.state.forming; b.state.round != nil || f.attempt != 1 {
		t.Fatalf("got %+v, want an attempt and no round", f)
	}
	b.fold()
	b.clock.advance(20 * time.Second)
	o = b.open()
	if o.Descriptor.Round != 2 || o.Descriptor.Epoch != 1 || b.state.forming.session != nil {
		t.Fatalf("round %d of epoch %d", o.Descriptor.Round, o.Descriptor.Epoch)
	}
	b.fold()
	newcomers[3].down = false
	b.contribute(o, b.keys...)
	if o = b.open(); o.Descriptor.Epoch != 2 {
		t.Fatalf("round %d is of epoch %d, want 2", o.Descriptor.Round, o.Descriptor.Epoch)
	}
}

// If the old committee is lost, its successor is installed by the owner; the aggregator sees it on chain.
func TestReplacement(t *testing.T) {
	b := newBench(t, 3)
	b.run()
	for _, m := range b.members {
		m.down = true
	}
	newcomers := []*member{newMember(t), newMember(t), newMember(t), newMember(t)}
	b.members = append(b.members, newcomers...)
	b.ledger.nominate(newcomers[0].address(), newcomers[1].address(), newcomers[2].address(), newcomers[3].address())
	for range 2 { // the first time, round 2 is proposed before the new members have said hello
		b.clock.advance(2 * time.Minute)
		b.run()
	}
	f := b.state.forming
	if f.agreed() == nil {
		t.Fatalf("got %+v, want that all new members have confirmed", f)
	}
	c := round.Committee{Epoch: 2, Key: f.agreed().Key, KeyList: f.agreed().KeyList, Members: f.keys.Hashes(), DKG: f.agreed().Transcript}
	b.ledger.set(func(l *ledger) { l.committees[2], l.head.Epoch = c, 2 })
	if o := b.open(); o.Descriptor.Epoch != 2 || o.Descriptor.Aborted != 2 {
		t.Fatalf("got %+v", o.Descriptor)
	}
}

// The rules of each record about committees.
func TestEpochRules(t *testing.T) {
	b := newFormingBench(t, 4, 0)
	alien, alienKey := newMember(t), newKey(t)
	alien.freshKeys(1, 1)
	post := func(kind round.Kind, body any) error { return b.Post(context.Background(), kind, round.Encode(body)) }
	apply := func(kind round.Kind, body any) error { return b.say(context.Background(), kind, 0, body) }
	for i, m := range b.members {
		m.freshKeys(1, i+1)
	}
	m := b.members

	err := post(round.KindHello, m[0].hello(1))
	refusal(t, err, round.ReasonBusy, "hello for epoch 1, whose committee is not being formed yet", "try again once the chain names its members")
	wantError(t, apply(kindForming, &forming{2, b.ledger.nominees}), "committee of epoch 2 is formed, want epoch 1")
	wantError(t, apply(kindForming, &forming{1, b.ledger.nominees[1:]}), "committee of 3 members is formed, want 4, 7 or 10")
	double := slices.Clone(b.ledger.nominees)
	double[1] = double[0]
	wantError(t, apply(kindForming, &forming{1, double}), fmt.Sprintf("committee has %s twice", double[0]))
	wantError(t, apply(round.KindSession, &round.Session{Epoch: 1, Attempt: 1}), "key generation for epoch 1, whose committee is not being formed")
	if err := apply(kindForming, &forming{1, b.ledger.nominees}); err != nil {
		t.Fatal(err)
	}

	// Hellos.
	hello := func(h round.Hello, key *member) *round.SignedHello {
		s, err := h.Sign(registryDomain, key.identity)
		if err != nil {
			t.Fatal(err)
		}
		return &s
	}
	good := m[0].hello(1).Hello
	refusal(t, post(round.KindHello, hello(round.Hello{Epoch: 2, Member: 1, Keys: good.Keys}, m[0])), round.ReasonWrongRound, "hello for epoch 2, the committee being formed is of epoch 1", "")
	refusal(t, post(round.KindHello, hello(round.Hello{Epoch: 1, Member: 5, Keys: good.Keys}, m[0])), round.ReasonNotAMember, "hello of member 5 in a committee of 4", "")
	refusal(t, post(round.KindHello, hello(round.Hello{Epoch: 1, Member: 0, Keys: good.Keys}, m[0])), round.ReasonNotAMember, "hello of member 0 in a committee of 4", "")
	refusal(t, post(round.KindHello, hello(round.Hello{Epoch: 1, Member: 2, Keys: good.Keys}, m[0])), round.ReasonNotAMember,
		fmt.Sprintf("hello of %s as member 2, which the chain says is %s", m[0].address(), m[1].address()), "a member's number is its place in the list of nominees on chain, from 1")
	refusal(t, post(round.KindHello, hello(good, alien)), round.ReasonBadSignature, fmt.Sprintf("hello of member 1: signature does not verify for %s", m[0].address()), "")
	bad := good
	bad.Keys.HPKE = bad.Keys.HPKE[1:]
	refusal(t, post(round.KindHello, hello(bad, m[0])), round.ReasonMalformed, "hello of member 1: malformed envelope key: 1215 bytes, want 1216", "")
	bad = good
	bad.Keys.DKG = [96]byte{}
	if err := post(round.KindHello, hello(bad, m[0])); round.ReasonOf(err) != round.ReasonMalformed {
		t.Fatalf("got %v, want that the key is malformed", err)
	}
	for _, x := range m[:3] {
		if err := post(round.KindHello, x.hello(1)); err != nil {
			t.Fatal(err)
		}
	}
	bad = m[3].hello(1).Hello
	bad.Keys.DKG = good.Keys.DKG
	refusal(t, post(round.KindHello, hello(bad, m[3])), round.ReasonDuplicate, "hello of member 4 has a key of member 1", "every member draws its own keys")
	wantError(t, apply(round.KindSession, &round.Session{Epoch: 1, Attempt: 1, Hellos: []round.SignedHello{*m[0].hello(1)}}), "key generation among 1 members, want 4")
	all := func() (hellos []round.SignedHello) {
		for _, x := range m {
			hellos = append(hellos, *x.hello(1))
		}
		return hellos
	}
	wantError(t, apply(round.KindSession, &round.Session{Epoch: 1, Attempt: 1, Hellos: all()}), "key generation with another hello of member 4 than the newest")
	if err := post(round.KindHello, m[3].hello(1)); err != nil {
		t.Fatal(err)
	}
	head := b.Log().Head()
	if err := post(round.KindHello, m[3].hello(1)); err != nil || b.Log().Head() != head {
		t.Fatalf("a repeat: %v, log grew by %d", err, b.Log().Head()-head)
	}
	// A member that has lost its files announces others; the old ones do not come back.
	old := m[3].hello(1)
	delete(m[3].keys, 1)
	m[3].freshKeys(1, 4)
	if err := post(round.KindHello, m[3].hello(1)); err != nil {
		t.Fatal(err)
	}
	if err := post(round.KindHello, old); err != nil || b.state.forming.hellos[3].Hello.Keys.DKG != m[3].public(1).DKG {
		t.Fatalf("an old hello came back (%v)", err)
	}
	b.fold()

	// Packets before and in an attempt.
	deal := func(x *member, attempt uint32) *round.SignedPacket {
		return x.packet(1, attempt, round.PhaseDeal, []byte("deal"))
	}
	refusal(t, post(round.KindPacket, deal(m[0], 1)), round.ReasonWrongRound, "key generation packet for attempt 1, the newest is 0", "")
	wantError(t, apply(round.KindPhase, &round.PhaseEnd{Epoch: 1, Attempt: 1, Phase: 1}), "phase of attempt 1 for epoch 1 ends, which is not under way")
	wantError(t, apply(kindAbandoned, &abandoned{1, 1}), "attempt 1 for epoch 1 is abandoned, which is not under way")
	if err := apply(round.KindSession, &round.Session{Epoch: 1, Attempt: 3, Hellos: all()}); err != nil {
		t.Fatal(err)
	}
	wantError(t, apply(round.KindSession, &round.Session{Epoch: 1, Attempt: 3, Hellos: all()}), "key generation for epoch 1 with attempt 3 after attempt 3")
	refusal(t, post(round.KindPacket, deal(m[0], 2)), round.ReasonWrongRound, "key generation packet for attempt 2, the newest is 3", "")
	refusal(t, post(round.KindPacket, m[0].packet(1, 3, 4, nil)), round.ReasonMalformed, "key generation packet of phase 4, want 1 to 3", "")
	refusal(t, post(round.KindPacket, m[0].packet(1, 3, round.PhaseResponse, nil)), round.ReasonRoundClosed, "key generation packet of phase 2 in phase 1", "")
	if err := post(round.KindPacket, deal(m[0], 3)); round.ReasonOf(err) != round.ReasonMalformed {
		t.Fatalf("got %v, want that the packet is malformed", err)
	}
	stolen := deal(m[0], 3)
	stolen.Packet.Member = 2
	refusal(t, post(round.KindPacket, stolen), round.ReasonBadSignature, fmt.Sprintf("key generation packet of member 2: signature does not verify for %s", m[1].address()), "")

	// The attempt goes on, with everybody's real part.
	for _, x := range m {
		x.at = 0
	}
	for b.state.forming.ended < round.PhaseDeal {
		for _, x := range m {
			x.follow(b)
		}
		if _, _, err := b.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	first := b.state.forming.packets[0][0]
	second := m[0].packet(1, 3, round.PhaseDeal, []byte("another"))
	err = post(round.KindPacket, second)
	refusal(t, err, round.ReasonDuplicate, "member 1 has signed another key generation packet of phase 1", "the first one counts")
	var e *Equivocation
	if !errors.As(err, &e) || !slices.Equal(e.First, round.Encode(first)) {
		t.Fatalf("got %v, want evidence", err)
	}
	if err := post(round.KindPacket, first); err != nil {
		t.Fatalf("a repeat after the phase: %v", err)
	}
	c := round.Confirmation{Epoch: 1, Attempt: 3, Member: 1, KeyList: b.state.forming.keys.Hash()}
	confirm := func(c round.Confirmation, group []byte) error {
		s, err := c.Sign(registryDomain, m[0].identity, group)
		if err != nil {
			t.Fatal(err)
		}
		return post(round.KindConfirmation, &s)
	}
	refusal(t, confirm(c, nil), round.ReasonWrongRound, "confirmation of member 1 before the responses are in", "")
	refusal(t, post(round.KindShare, &round.SignatureShare{Purpose: round.PurposePossession, Epoch: 1, Member: 1}), round.ReasonWrongRound, "signature share over the possession of member 1 before its confirmation", "")
	refusal(t, post(round.KindShare, &round.SignatureShare{Purpose: round.PurposePossession, Epoch: 1, Round: 2, Member: 1}), round.ReasonMalformed, "signature share over the possession in round 2, want 0", "")
	refusal(t, post(round.KindShare, &round.SignatureShare{Purpose: round.PurposeRotation, Epoch: 1, Member: 1}), round.ReasonWrongRound, "signature share over the rotation from epoch 1, which is not in office", "")
	wantError(t, apply(round.KindPhase, &round.PhaseEnd{Epoch: 1, Attempt: 3, Phase: 3}), "phase 3 of a key generation ends after phase 1")
	b.fold()
	for b.state.forming.ended < round.PhaseResponse {
		for _, x := range m {
			if x != m[0] || b.state.forming.packets[1][0] == nil {
				x.follow(b)
			}
		}
		if _, _, err := b.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	other := c
	other.KeyList = round.Hash{1}
	if err := confirm(other, nil); round.ReasonOf(err) != round.ReasonDoesNotVerify {
		t.Fatalf("got %v, want that the key list does not verify", err)
	}
	_, results := dkg()
	refusal(t, confirm(c, results[0].Group.Marshal()), round.ReasonDoesNotVerify, "confirmation of member 1: group key has another public key than the one stated", "")
	s, err := c.Sign(registryDomain, alienKey, nil)
	if err != nil {
		t.Fatal(err)
	}
	refusal(t, post(round.KindConfirmation, &s), round.ReasonBadSignature, fmt.Sprintf("confirmation of member 1: signature does not verify for %s", m[0].address()), "")

	for _, x := range m {
		x.follow(b)
	}
	b.fold()
	agreed := b.state.forming.agreed()
	if agreed == nil {
		t.Fatalf("got %+v, want that all have confirmed", b.state.forming)
	}
	again := *agreed
	again.Member, again.Transcript = 1, round.Hash{7}
	refusal(t, confirm(again, b.state.forming.confirmations[0].Group), round.ReasonDuplicate, "member 1 has signed another confirmation", "the first one counts")
	wantError(t, apply(kindForming, &forming{1, b.ledger.nominees}), "members of epoch 1 are replaced after they have confirmed their key")
	wantError(t, apply(kindAbandoned, &abandoned{1, 3}), "attempt 3 for epoch 1 is abandoned after all members have confirmed it")
	wantError(t, apply(round.KindSession, &round.Session{Epoch: 1, Attempt: 4, Hellos: all()}), "another key generation for epoch 1 after all members have confirmed one")
	wrong := m[1].share(round.PurposePossession, 1, 0, []byte("something else"))
	refusal(t, post(round.KindShare, wrong), round.ReasonBadSignature, "share over the possession: signature share of member 2: invalid signature", "sign what is on the board with this epoch's key")
	_, _, installed := newMembers(t)
	wantError(t, apply(round.KindInstalled, &installed), "committee of epoch 1 is not the one that was formed")
	installed.Keys = installed.Keys[1:]
	wantError(t, apply(round.KindInstalled, &installed), "committee of epoch 1 with 3 members and a group key of 4")

	b.run()
	if b.state.committee == nil {
		t.Fatal("the committee is not in office")
	}
	installed.Epoch = 1
	wantError(t, apply(round.KindInstalled, &installed), "committee of epoch 1 is installed, want epoch 2")
	refusal(t, post(round.KindHello, m[0].hello(1)), round.ReasonWrongRound, "hello for epoch 1, which has its committee", "")
	refusal(t, post(round.KindShare, m[0].share(round.PurposeRotation, 1, 0, []byte("x"))), round.ReasonWrongRound, "signature share over the rotation before all new members have confirmed their key", "")
}

// A group key with other public shares than the real ones is not taken for the committee's, whoever brings it first.
func TestForgedGroup(t *testing.T) {
	_, results := dkg()
	encoded := results[0].Group.Marshal()
	_, other := dkg2(t)
	forged := slices.Clone(encoded)
	copy(forged[2+tbls.PublicKeySize:], other[2+tbls.PublicKeySize:]) // the same key, other shares
	key, err := tbls.EVMPublicKey(results[0].Group.Public())
	if err != nil {
		t.Fatal(err)
	}
	f := &formation{groups: map[string]tbls.GroupKey{}, possession: shares{}}
	for i := range 4 {
		group := encoded
		if i == 0 {
			group = forged
		}
		g, err := parseGroup(group, key, 4)
		if err != nil {
			t.Fatal(err)
		}
		f.groups[string(group)] = g
		f.confirmations = append(f.confirmations, &round.SignedConfirmation{Confirmation: round.Confirmation{Member: uint8(i + 1), Key: key}, Group: group})
	}
	message := []byte("possession")
	for i, r := range results {
		s := tbls.SignShare(r.Share, message)
		if err := tbls.VerifyShare(f.groups[string(f.confirmations[i].Group)], message, s); (err == nil) != (i > 0) {
			t.Fatalf("member %d: %v", i+1, err)
		} else if err == nil {
			f.possession[uint8(s.Member)] = s.Signature
		}
	}
	got, _, proof, ok := f.proven()
	if !ok || !slices.Equal(got, encoded) || len(proof) != 3 {
		t.Fatalf("got %d shares (%t)", len(proof), ok)
	}
	delete(f.possession, 4)
	if _, _, _, ok := f.proven(); ok {
		t.Fatal("two members are no quorum")
	}
}

// dkg2 returns the group key of another committee.
func dkg2(t *testing.T) ([]*member, []byte) {
	t.Helper()
	b := newFormingBench(t, 4, 0)
	b.run()
	return b.members, b.state.committee.encoded
}
