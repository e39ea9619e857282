package committee_test

import (
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"sotto/committee"
	"sotto/crypto/tbls"
	"sotto/round"
)

// starting returns a record that begins a key generation for the chain's nominees, as edit makes it.
func starting(edit func(w *world, s *round.Session)) func(w *world) round.Record {
	return func(w *world) round.Record {
		s := &round.Session{Epoch: w.chain.head.Epoch + 1, Attempt: 1, Hellos: w.hellos()}
		edit(w, s)
		return w.append(round.KindSession, 0, 0, s)
	}
}

// rehello signs a hello as edit makes it.
func rehello(w *world, h *round.SignedHello, j int, edit func(h *round.Hello)) {
	hello := h.Hello
	edit(&hello)
	var err error
	if *h, err = hello.Sign(registryDomain, key("member", j)); err != nil {
		w.t.Fatal(err)
	}
}

func dealt(_ *world, posts []committee.Post) bool {
	return len(posts) == 1 && posts[0].Kind == round.KindPacket
}

func TestSessionRules(t *testing.T) {
	fresh := func(t testing.TB) *world { return newWorld(t, 4) }
	refusesIn(t, fresh, []row{
		{name: "order", rule: "key generation: nominees", text: "not the chain's 4 nominees in their order", record: starting(func(w *world, s *round.Session) {
			w.chain.nominees = slices.Clone(w.chain.nominees)
			w.chain.nominees[2], w.chain.nominees[3] = w.chain.nominees[3], w.chain.nominees[2]
		})},
		{name: "forged", rule: "key generation: hellos", text: "hello of member 3", record: starting(func(w *world, s *round.Session) { s.Hellos[2].Signature[5] ^= 1 })},
		{name: "number", rule: "key generation: hellos", text: "hello 3 is of member 4 for epoch 1", record: starting(func(w *world, s *round.Session) {
			rehello(w, &s.Hellos[2], 3, func(h *round.Hello) { h.Member = 4 })
		})},
		{name: "envelope key", rule: "key generation: keys", text: "member 3: malformed envelope key", record: starting(func(w *world, s *round.Session) {
			rehello(w, &s.Hellos[2], 3, func(h *round.Hello) { h.Keys.HPKE = h.Keys.HPKE[1:] })
		})},
		{name: "replaced", rule: "key generation: own keys", text: "not the one that it has keys for", record: starting(func(w *world, s *round.Session) {
			rehello(w, &s.Hellos[0], 1, func(h *round.Hello) { h.Keys.HPKE = s.Hellos[1].Hello.Keys.HPKE })
		})},
		{name: "zero", rule: "key generation: attempt", text: "attempt 0", record: starting(func(w *world, s *round.Session) { s.Attempt = 0 })},
		{name: "too many", rule: "key generation: attempt", text: "has joined 1000 for epoch 1, a person has to look", record: func(w *world) round.Record {
			if err := w.disks[0].JoinSessions(1, 1000); err != nil {
				w.t.Fatal(err)
			}
			w.restart(1)
			return starting(func(w *world, s *round.Session) { s.Attempt = 1001 })(w)
		}},
	}, dealt)
	refuses(t, []row{
		{name: "over", rule: "key generation: epoch", is: committee.ErrOver, text: "epoch 1, the next one is 2", record: func(w *world) round.Record {
			i := slices.IndexFunc(w.log, func(r round.Record) bool { return r.Kind == round.KindSession })
			var s round.Session
			if err := round.Decode("session", w.log[i].Body, round.MaxRecordBytes, &s); err != nil {
				w.t.Fatal(err)
			}
			s.Attempt = 2
			return w.append(round.KindSession, 0, 0, &s)
		}},
	}, dealt)
	w := newWorld(t, 4)
	s := &round.Session{Epoch: 3, Attempt: 1, Hellos: w.hellos()}
	_, err := w.member(1).Handle(t.Context(), w.append(round.KindSession, 0, 0, s))
	refusedBy(t, err, "key generation: epoch", nil, "epoch 3, the next one is 1")
	s.Epoch = 1
	rehello(w, &s.Hellos[1], 2, func(h *round.Hello) { h.Keys.DKG = [96]byte{} })
	_, err = w.member(1).Handle(t.Context(), w.append(round.KindSession, 0, 0, s))
	refusedBy(t, err, "key generation: keys", nil, "member 2: malformed key generation key")
}

// succeed nominates members 1, 2, 3 and 5 of a world of five and runs their key generation up to the last confirmation.
func succeed(w *world, attempt uint32) (last round.Record, c round.Committee, i round.Installed) {
	w.t.Helper()
	w.chain.nominees = []common.Address{address(key("member", 1)), address(key("member", 2)), address(key("member", 3)), address(key("member", 5))}
	c, i, confirmations := w.generate(attempt)
	w.relay(confirmations[:6], 0)
	w.relay(confirmations[7:], 0)
	return w.append(round.KindConfirmation, 0, 0, confirmations[6].Body), c, i
}

// newFive returns a world whose committee of four is in office, with a fifth member that waits.
func newFive(t testing.TB) *world {
	w := newCommittee(t, 4)
	w.disks = append(w.disks, committee.NewMemory(key("member", 5)))
	w.members = append(w.members, nil)
	w.restart(5)
	return w
}

func TestRotationRules(t *testing.T) {
	refusesIn(t, newFive, []row{
		{name: "changed", rule: "rotation: nominees", text: "the chain names other nominees by now", record: func(w *world) round.Record {
			last, _, _ := succeed(w, 1)
			w.chain.nominees = w.chain.nominees[1:]
			return last
		}},
		{name: "open", rule: "rotation: between rounds", text: "round 1 is under way", again: true, record: func(w *world) round.Record {
			last, _, _ := succeed(w, 1)
			d := w.descriptor()
			if _, err := w.member(1).Handle(w.t.Context(), w.append(round.KindPropose, 0, 1, d)); err != nil {
				w.t.Fatal(err)
			}
			return last
		}},
	}, signed(round.PurposeRotation))
}

// TestRotation hands over to another committee, which then runs a round, and shows when the old keys are destroyed.
func TestRotation(t *testing.T) {
	w := newFive(t)
	last, c, installed := succeed(w, 1)
	message := round.RotationMessage(registryDomain, 2, 0, w.chain.head.Hash, c.Key, c.KeyList)
	for j := 1; j <= 5; j++ {
		posts, err := w.member(j).Handle(t.Context(), last)
		if err != nil {
			t.Fatalf("member %d: %v", j, err)
		}
		if j == 5 {
			if len(posts) != 0 {
				t.Errorf("member 5 is not in office and said %d things", len(posts))
			}
			continue
		}
		if len(posts) != 1 {
			t.Fatalf("member %d: %d posts, want a share over the rotation", j, len(posts))
		}
		s := decode[round.SignatureShare](t, posts[0])
		if s.Purpose != round.PurposeRotation || s.Epoch != 1 || s.Round != 0 || int(s.Member) != j {
			t.Errorf("share of member %d: %v of epoch %d, round %d, member %d", j, s.Purpose, s.Epoch, s.Round, s.Member)
		}
		if err := tbls.VerifyShare(w.member(j).Group(), message, tbls.SignatureShare{Member: j, Signature: s.Signature}); err != nil {
			t.Error(err)
		}
		if posts, err := w.member(j).Poll(t.Context()); err != nil || len(posts) != 0 {
			t.Errorf("member %d says %d more things at the same head, and %v", j, len(posts), err)
		}
	}
	// If a round was finished in between the signature is void, and another one is needed over the new head.
	w.chain.head.Round, w.chain.head.Hash = 1, round.Hash{7}
	if posts := w.tell(round.KindCertified, 0, 1, &round.Certified{Round: 1}); len(posts) != 4 {
		t.Errorf("%d shares over the rotation at the next head, want 4", len(posts))
	}
	w.install(c, installed)
	if got := w.member(4).Status(); got.Member != 0 || got.Epoch != 2 || got.Mute != nil {
		t.Errorf("the member that left: %+v", got)
	}
	if got := w.member(5).Status(); got.Member != 4 || got.Epoch != 2 || got.Mute != nil || got.Generating != 0 {
		t.Errorf("the member that joined: %+v", got)
	}

	keysOf := func(j int, epoch string) bool {
		for name := range w.disks[j-1].Files() {
			if strings.HasPrefix(name, "epoch-"+epoch+"-") || strings.HasPrefix(name, "epoch-"+epoch+".") {
				return true
			}
		}
		return false
	}
	poll := func() {
		for _, m := range w.members {
			if posts, err := m.Poll(t.Context()); err != nil || len(posts) != 0 {
				t.Fatalf("%d posts and %v, want nothing", len(posts), err)
			}
		}
	}
	poll()
	for j := 1; j <= 4; j++ {
		if !keysOf(j, "1") {
			t.Errorf("member %d destroyed its keys before the rotation is final", j)
		}
	}
	w.chain.finalised = w.chain.head.Block.Number
	poll()
	for j := 1; j <= 5; j++ {
		if keysOf(j, "1") {
			t.Errorf("member %d has keys of epoch 1 when epoch 2 is final", j)
		}
		if want := j != 4; keysOf(j, "2") != want {
			t.Errorf("member %d has keys of epoch 2: %t, want %t", j, !want, want)
		}
	}

	d := w.descriptor()
	d.Round = 2
	if posts := w.tell(round.KindPropose, 0, 2, d); len(posts) != 4 {
		t.Errorf("%d shares of the new committee, want 4", len(posts))
	}
}

// TestForkedInstallation: old keys stay while the block in which the member saw the new committee turns out not to be on the chain.
func TestForkedInstallation(t *testing.T) {
	w := newFive(t)
	last, c, installed := succeed(w, 1)
	w.tell(last.Kind, 0, 0, last.Body)
	w.install(c, installed)
	w.chain.head.Block.Hash = round.Hash{9} // a fork that nobody will build on
	w.restart(1)
	m := w.member(1)
	poll := func() bool {
		t.Helper()
		if _, err := m.Poll(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, there := w.disks[0].Files()["epoch-1.keys"]
		return there
	}
	poll()
	w.chain.head.Block = round.Block{Number: 80, Hash: blockHash(80)}
	w.chain.finalised = 75
	for range 2 {
		if !poll() {
			t.Fatal("destroyed keys of epoch 1 for a block that is not on the chain")
		}
	}
	w.chain.finalised = 80
	if poll() {
		t.Error("has keys of epoch 1 when epoch 2 is final")
	}
}

// TestReorganisation: the chain goes back to the old committee before the rotation is final, and that one goes on.
func TestReorganisation(t *testing.T) {
	w := newFive(t)
	old := w.chain.head
	last, c, installed := succeed(w, 1)
	w.tell(last.Kind, 0, 0, last.Body)
	w.install(c, installed)
	w.chain.head = old
	d := w.descriptor()
	if posts := w.tell(round.KindPropose, 0, 1, d); len(posts) != 4 {
		t.Errorf("%d shares of the old committee, want 4", len(posts))
	}
}

// TestDifferentConfirmations: a board that told members different things gets no rotation.
func TestDifferentConfirmations(t *testing.T) {
	w := newFive(t)
	last, c, _ := succeed(w, 1)
	forged := round.Confirmation{Epoch: 2, Attempt: 1, Member: 4, Transcript: round.Hash{9}, Key: c.Key, KeyList: c.KeyList}
	signed, err := forged.Sign(registryDomain, key("member", 5), w.members[0].Group().Marshal())
	if err != nil {
		t.Fatal(err)
	}
	for j := 1; j <= 4; j++ {
		if posts, err := w.member(j).Handle(t.Context(), w.append(round.KindConfirmation, 0, 0, &signed)); err != nil || len(posts) != 0 {
			t.Errorf("member %d: %d posts and %v, want none", j, len(posts), err)
		}
		_, err := w.member(j).Handle(t.Context(), last)
		refusedBy(t, err, "confirmation: one per member", nil, "a second one by member 4")
	}
	forged.KeyList = round.Hash{9}
	signed, err = forged.Sign(registryDomain, key("member", 5), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.member(1).Handle(t.Context(), w.append(round.KindConfirmation, 0, 0, &signed))
	refusedBy(t, err, "confirmation: key list", nil, "want 0x")
	signed.Signature[7] ^= 1
	_, err = w.member(1).Handle(t.Context(), w.append(round.KindConfirmation, 0, 0, &signed))
	refusedBy(t, err, "confirmation: signature", nil, "confirmation of member 4")
}

// TestRestartInKeyGeneration: a member that crashes after its deal stays out of the attempt, and takes part in the next.
func TestRestartInKeyGeneration(t *testing.T) {
	w := newWorld(t, 4)
	s := &round.Session{Epoch: 1, Attempt: 1, Hellos: w.hellos()}
	if posts := w.tell(round.KindSession, 0, 0, s); len(posts) != 4 {
		t.Fatalf("%d deals, want 4", len(posts))
	}
	record := w.log[len(w.log)-1]
	again, err := w.member(2).Handle(t.Context(), record)
	if err != nil || len(again) != 1 {
		t.Fatalf("the same record again: %d posts and %v, want the same deal", len(again), err)
	}
	w.restart(1)
	_, err = w.member(1).Handle(t.Context(), record)
	refusedBy(t, err, "key generation: no repetition", committee.ErrSessionLost, "epoch 1, attempt 1")
	c, i, confirmations := w.generate(2)
	w.relay(confirmations, 0)
	w.install(c, i)
	w.restart(1)
	w.replay(1)
	if got := w.member(1).Status(); got.Member != 1 || got.Mute != nil {
		t.Errorf("after all this: %+v", got)
	}
}

// TestRestartAfterKeyGeneration: a member that crashes between saving its share and saying so says it after the restart, the same way.
func TestRestartAfterKeyGeneration(t *testing.T) {
	w := newWorld(t, 4)
	_, _, confirmations := w.generate(1)
	w.restart(1)
	var said []committee.Post
	for _, p := range w.replay(1) {
		if p.Kind == round.KindConfirmation || p.Kind == round.KindShare {
			said = append(said, p)
		}
	}
	if len(said) != 2 || string(said[0].Body) != string(confirmations[0].Body) || string(said[1].Body) != string(confirmations[1].Body) {
		t.Errorf("%d posts after the restart, want the same confirmation and proof of possession", len(said))
	}
}

// TestWithheldDeal: the board keeps a deal from one member, which complains. The dealer justifies itself, and no attempt like this ends
// with everybody's confirmation.
func TestWithheldDeal(t *testing.T) {
	w := newWorld(t, 4)
	s := &round.Session{Epoch: 1, Attempt: 1, Hellos: w.hellos()}
	deals := w.tell(round.KindSession, 0, 0, s)
	for i, p := range deals {
		r := w.append(p.Kind, 0, 0, p.Body)
		for j := 1; j <= 4; j++ {
			if i == 2 && j == 4 {
				continue // member 3's deal does not reach member 4
			}
			if _, err := w.member(j).Handle(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.relay(w.tell(round.KindPhase, 0, 0, &round.PhaseEnd{Epoch: 1, Attempt: 1, Phase: round.PhaseDeal}), 0)
	justifications := w.tell(round.KindPhase, 0, 0, &round.PhaseEnd{Epoch: 1, Attempt: 1, Phase: round.PhaseResponse})
	if len(justifications) != 1 || decode[round.SignedPacket](t, justifications[0]).Packet.Member != 3 {
		t.Fatalf("%d justifications, want that of member 3", len(justifications))
	}
	w.relay(justifications, 0)
	end := w.append(round.KindPhase, 0, 0, &round.PhaseEnd{Epoch: 1, Attempt: 1, Phase: round.PhaseJustification})
	transcripts := map[round.Hash]int{}
	for j := 1; j <= 4; j++ {
		posts, err := w.member(j).Handle(t.Context(), end)
		if refused := new(committee.Refused); err != nil && !errors.As(err, &refused) {
			t.Fatal(err)
		}
		if len(posts) > 0 {
			transcripts[decode[round.SignedConfirmation](t, posts[0]).Confirmation.Transcript]++
		}
	}
	for h, n := range transcripts {
		if n == 4 {
			t.Errorf("all members confirm transcript %v of different boards", h)
		}
	}
	if len(transcripts) == 0 {
		t.Error("nobody came to a result, want those who saw everything to")
	}
}

// TestMissingDeal: a member that deals nothing ends the attempt.
func TestMissingDeal(t *testing.T) {
	w := newWorld(t, 4)
	s := &round.Session{Epoch: 1, Attempt: 1, Hellos: w.hellos()}
	w.relay(w.tell(round.KindSession, 0, 0, s)[:3], 0)
	w.relay(w.tell(round.KindPhase, 0, 0, &round.PhaseEnd{Epoch: 1, Attempt: 1, Phase: round.PhaseDeal}), 0)
	for _, phase := range []uint8{round.PhaseResponse, round.PhaseJustification} {
		record := w.append(round.KindPhase, 0, 0, &round.PhaseEnd{Epoch: 1, Attempt: 1, Phase: phase})
		for j := 1; j <= 3; j++ {
			posts, err := w.member(j).Handle(t.Context(), record)
			for _, p := range posts {
				if p.Kind == round.KindConfirmation {
					t.Errorf("member %d confirms a key without everybody's part", j)
				}
			}
			if err != nil && phase == round.PhaseJustification {
				var refused *committee.Refused
				if !errors.As(err, &refused) || refused.What != "key generation" {
					t.Errorf("member %d: %v, want a refusal", j, err)
				}
			}
		}
	}
}

func TestPacketRules(t *testing.T) {
	w := newWorld(t, 4)
	deals := w.tell(round.KindSession, 0, 0, &round.Session{Epoch: 1, Attempt: 1, Hellos: w.hellos()})
	deal := decode[round.SignedPacket](t, deals[1]).Packet
	hand := func(edit func(p *round.Packet), j int) error {
		p := deal
		edit(&p)
		signed, err := p.Sign(registryDomain, key("member", j))
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.member(1).Handle(t.Context(), w.append(round.KindPacket, 0, 0, &signed))
		return err
	}
	refusedBy(t, hand(func(p *round.Packet) { p.Attempt = 2 }, 2), "packet: attempt", committee.ErrOver, "attempt 2 is not under way here")
	refusedBy(t, hand(func(p *round.Packet) { p.Member = 5 }, 2), "packet: member", nil, "member 5 of 4")
	refusedBy(t, hand(func(p *round.Packet) { p.Phase = 2 }, 2), "packet: phase", nil, "phase 2 in phase 1")
	refusedBy(t, hand(func(p *round.Packet) { p.Data = make([]byte, tbls.MaxPacketSize+1) }, 2), "packet: size", nil, "at most")
	refusedBy(t, hand(func(*round.Packet) {}, 3), "packet: signature", round.ErrSignature, "member 2")
	for i := range 2 {
		if err := hand(func(p *round.Packet) { p.Data = []byte{byte(i)} }, 2); err != nil {
			t.Error(err)
		}
	}
	refusedBy(t, hand(func(p *round.Packet) { p.Data = []byte{9} }, 2), "packet: one per phase", nil, "a third one by member 2")
	if got := w.member(1).Generating(); got != 2 {
		t.Errorf("keeps %d bytes of packets, want 2", got)
	}
	end := func(phase uint8) error {
		_, err := w.member(1).Handle(t.Context(), w.append(round.KindPhase, 0, 0, &round.PhaseEnd{Epoch: 1, Attempt: 1, Phase: phase}))
		return err
	}
	refusedBy(t, end(2), "phase: phase", nil, "end of phase 2 in phase 1")
	if err := end(1); err != nil {
		t.Error(err)
	}
	if err := end(1); err != nil {
		t.Errorf("the end of a phase again: %v, want it to be passed over", err)
	}
}

// TestHello: a member says hello when the chain wants it, until the board has it.
func TestHello(t *testing.T) {
	w := newWorld(t, 4)
	first := w.hellos()
	posts, err := w.member(1).Poll(t.Context())
	if err != nil || len(posts) != 0 {
		t.Errorf("%d posts and %v once the hello is on the board, want none", len(posts), err)
	}
	// The board of an aggregator that was restarted is another one, and the member can't tell.
	w.clock = w.clock.Add(30 * time.Second)
	for _, want := range []int{1, 0} {
		if posts, err := w.member(1).Poll(t.Context()); err != nil || len(posts) != want {
			t.Errorf("%d posts and %v half a minute later, want %d", len(posts), err, want)
		}
	}
	w.restart(1)
	posts, err = w.member(1).Poll(t.Context())
	if err != nil || len(posts) != 1 || sha256.Sum256(posts[0].Body) != sha256.Sum256(round.Encode(&first[0])) {
		t.Errorf("%d posts and %v after a restart, want the same hello", len(posts), err)
	}
	w.chain.nominees = w.chain.nominees[1:]
	if posts, err := w.member(1).Poll(t.Context()); err != nil || len(posts) != 0 {
		t.Errorf("%d posts and %v of a member that is not nominated, want none", len(posts), err)
	}
	w = newCommittee(t, 4)
	if posts, err := w.member(1).Poll(t.Context()); err != nil || len(posts) != 0 {
		t.Errorf("%d posts and %v while the nominees are in office, want none", len(posts), err)
	}
	w.chain.nominees = slices.Clone(w.chain.nominees)
	slices.Reverse(w.chain.nominees)
	posts, err = w.member(1).Poll(t.Context())
	if err != nil || len(posts) != 1 {
		t.Fatalf("%d posts and %v of a nominee in another place, want a hello", len(posts), err)
	}
	if h := decode[round.SignedHello](t, posts[0]).Hello; h.Epoch != 2 || h.Member != 4 {
		t.Errorf("hello of member %d for epoch %d, want member 4 for epoch 2", h.Member, h.Epoch)
	}
}
