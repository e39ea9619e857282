package aggregator

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sotto/aggregator/engine"
	"sotto/chain"
	"sotto/crypto/tbls"
	"sotto/round"
)

// What a whole round gives is what was contributed: the opened sums are the sums of the values, and everybody agrees.
func TestRounds(t *testing.T) {
	b := newBench(t, 6, func(c *Config) { c.Rounds, c.Round.Leaves = 2, 2 })
	for number := uint64(1); number <= 2; number++ {
		o := b.open()
		if o.Descriptor.Round != number {
			t.Fatalf("round %d is open, want %d", o.Descriptor.Round, number)
		}
		uploads := b.contribute(o, b.keys...)
		done := b.run() // all registered are in, so the round closes before its deadline
		if done != (number == 2) {
			t.Fatalf("done is %t after round %d of 2", done, number)
		}
		finished := happened[RoundFinished](b)
		if len(finished) != int(number) {
			t.Fatalf("%d rounds are finished, want %d", len(finished), number)
		}
		got := make([]uint64, parameters)
		for _, n := range finished[number-1].Outcome.Nodes {
			if !n.Opened {
				t.Fatalf("%s did not open: %v", n.Node, n.Err)
			}
			for i, s := range n.Sums {
				got[i] += s
			}
		}
		for i := range got {
			want := uint64(0)
			for _, u := range uploads {
				want += uint64(u.values[i])
			}
			if got[i] != want {
				t.Fatalf("round %d: sum %d is %d, want %d", number, i, got[i], want)
			}
		}
	}
	certified := happened[RoundCertified](b)
	if len(certified) != 2 || certified[1].Gas != 190_000 || certified[1].Certificate.Contributors != 6 {
		t.Fatalf("got %+v", certified)
	}
	if e := happened[Trouble](b); len(e) > 0 {
		t.Fatal(e)
	}
	for _, name := range []string{numberFile(transcripts, 2), numberFile(manifests, 2), numberFile(rewards, 2), hashFile(models, b.ledger.head.Model)} {
		if !b.store.has(name) {
			t.Fatalf("%s is missing", name)
		}
	}
}

// certifyRound runs a round from its opening to its certificate.
func (b *bench) certifyRound(contributors int) round.Certificate {
	b.t.Helper()
	before := len(happened[RoundCertified](b))
	b.contribute(b.open(), b.keys[:contributors]...)
	if contributors < len(b.keys) {
		b.clock.advance(time.Minute + time.Millisecond)
	}
	b.run()
	c := happened[RoundCertified](b)
	if len(c) != before+1 {
		b.t.Fatalf("%d rounds are certified, want %d; skipped: %v", len(c), before+1, happened[RoundSkipped](b))
	}
	return c[before].Certificate
}

func TestRoundDeadline(t *testing.T) {
	b := newBench(t, 4)
	b.contribute(b.open(), b.keys[:3]...)
	b.clock.advance(time.Minute)
	b.run()
	b.phase(PhaseOpen) // the deadline itself is still in time
	wake, _, err := b.Step(t.Context())
	if err != nil || wake.Sub(b.clock.Now()) != time.Millisecond {
		t.Fatalf("wants to be called in %s (%v), want 1ms", wake.Sub(b.clock.Now()), err)
	}
	b.clock.advance(time.Millisecond)
	b.run()
	if c := happened[RoundCertified](b); len(c) != 1 || c[0].Certificate.Contributors != 3 {
		t.Fatalf("got %+v", c)
	}
}

// A round without its cohort is skipped at once, and the next one proposed when the members will sign it.
func TestRoundCohort(t *testing.T) {
	b := newBench(t, 3)
	first := b.open().Descriptor
	b.contribute(b.Snapshot().Opening, b.keys[:2]...)
	b.clock.advance(time.Minute + time.Millisecond)
	b.run()
	b.phase(PhaseSkipped)
	if s := happened[RoundSkipped](b); len(s) != 1 || s[0] != (RoundSkipped{1, "2 contributors, the smallest cohort is 3"}) {
		t.Fatalf("got %+v", s)
	}
	b.fold()
	b.clock.advance(30*time.Second - time.Millisecond)
	b.run()
	b.phase(PhaseSkipped)
	b.clock.advance(time.Millisecond)
	d := b.open().Descriptor
	if d.Round != 2 || d.Aborted != 1 || d.Disclosed || d.PreviousHead != first.PreviousHead || d.BaseModel != first.BaseModel {
		t.Fatalf("got %+v", d)
	}
	b.certifyRound(3)
	if d := b.open().Descriptor; d.Round != 3 || d.Aborted != 0 || d.PreviousHead == first.PreviousHead {
		t.Fatalf("got %+v", d)
	}
}

// Once a manifest was laid before the members, the next descriptor says so, until a certificate changes the base model.
func TestRoundDisclosed(t *testing.T) {
	for _, purpose := range []round.Purpose{round.PurposeManifest, round.PurposeCertificate} {
		b := newBench(t, 3)
		b.contribute(b.open(), b.keys...)
		b.members[0].refuses, b.members[1].refuses = purpose, purpose
		b.run()
		b.clock.advance(90*time.Second + time.Millisecond)
		b.members[0].refuses, b.members[1].refuses = 0, 0
		d := b.open().Descriptor
		if d.Round != 2 || d.Aborted != 1 || !d.Disclosed {
			t.Fatalf("got %+v", d)
		}
		want := map[round.Purpose]string{round.PurposeManifest: "still closing when its grace was over", round.PurposeCertificate: "still finished when its grace was over"}[purpose]
		if s := happened[RoundSkipped](b); len(s) != 1 || s[0].Reason != want {
			t.Fatalf("got %+v, want %s", s, want)
		}
		b.fold()
		b.certifyRound(3)
		if d := b.open().Descriptor; d.Disclosed {
			t.Fatalf("got %+v", d)
		}
	}
}

// A chain that is away holds up no round that is under way.
func TestRoundWithoutChain(t *testing.T) {
	b := newBench(t, 4)
	b.contribute(b.open(), b.keys[:3]...)
	b.ledger.set(func(l *ledger) { l.offline = errors.New("no node") })
	b.clock.advance(time.Minute + time.Millisecond)
	if _, err := b.tryRun(); err == nil {
		t.Fatal("the chain is away")
	}
	if b.state.round.phase < PhaseFrozen {
		t.Fatalf("the round is %s after its deadline", b.state.round.phase)
	}
}

// Without a quorum, rounds are given up, and after as many as the protocol allows a person has to look.
func TestRoundAborts(t *testing.T) {
	b := newBench(t, 3)
	b.members[0].down, b.members[1].down = true, true
	for aborted := range uint32(round.DefaultAborts + 1) {
		b.run()
		b.phase(PhaseProposed)
		if d := b.state.round.descriptor; d.Aborted != aborted || d.Round != uint64(aborted)+1 || d.Disclosed {
			t.Fatalf("got %+v", d)
		}
		b.clock.advance(90*time.Second + 2*time.Millisecond)
	}
	_, err := b.tryRun()
	if !errors.Is(err, ErrAborts) {
		t.Fatalf("got %v, want ErrAborts", err)
	}
	wantError(t, err, "too many rounds were given up in a row: 4 since round 0")
	if err := b.Run(t.Context()); !errors.Is(err, ErrAborts) {
		t.Fatalf("got %v, want ErrAborts", err)
	}
}

// f members may be silent, or lie; the round opens, and a lie is named.
func TestRoundMembers(t *testing.T) {
	for name, change := range map[string]func(m *member){
		"down":     func(m *member) { m.down = true },
		"lying":    func(m *member) { m.lying = true },
		"abstains": func(m *member) { m.abstains = true },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, 4)
			change(b.members[1])
			b.contribute(b.open(), b.keys...)
			b.run()
			if name != "lying" {
				b.phase(PhaseReleasing) // for a moment
				b.clock.advance(time.Second)
				b.run()
			}
			finished := happened[RoundFinished](b)
			if len(finished) != 1 || len(happened[RoundCertified](b)) != 1 {
				t.Fatalf("got %+v, want a certified round", finished)
			}
			node := finished[0].Outcome.Nodes[0]
			want := []int(nil)
			if name == "lying" {
				want = []int{2}
			}
			if !node.Opened || !slices.Equal(node.Disagreeing, want) {
				t.Fatalf("got %+v, want that members %v disagree", node, want)
			}
		})
	}
}

// A contributor whose key shares do not open costs its node. A round in which no node opens is certified with the base model.
func TestRoundSpoiled(t *testing.T) {
	b := newBench(t, 4)
	model := b.ledger.head.Model
	o := b.open()
	b.contribute(o, b.keys[:3]...)
	u := b.seal(o, b.keys[3], func(u *testUpload) {
		for _, e := range u.submission.Envelopes {
			e[len(e)-1] ^= 1
		}
	})
	if _, err := b.Contribute(u.header(), u.chunks()); err != nil {
		t.Fatal(err)
	}
	b.run()
	b.phase(PhaseReleasing)
	b.clock.advance(5*time.Second + 7*time.Millisecond) // 2 ms more for each contribution
	b.run()
	b.phase(PhaseReleasing)
	b.clock.advance(time.Millisecond)
	b.run()
	finished := happened[RoundFinished](b)
	if len(finished) != 1 || finished[0].Outcome.Nodes[0].Opened {
		t.Fatalf("got %+v", finished)
	}
	c := happened[RoundCertified](b)
	if len(c) != 1 || c[0].Certificate.NodesDropped != 1 || c[0].Certificate.Contributors != 0 || b.ledger.head.Model != model {
		t.Fatalf("got %+v", c)
	}
}

// Late releases are waited for a short time, and refused after it.
func TestRoundLateRelease(t *testing.T) {
	b := newBench(t, 3)
	b.until(PhaseReleasing)
	for _, m := range b.members[:3] {
		m.follow(b)
	}
	p := b.state.round
	late := b.members[3].release(&p.descriptor, p.manifest, 0, make([]uint32, 128))
	b.members[0].refuses, b.members[1].refuses = round.PurposeCertificate, round.PurposeCertificate
	if _, _, err := b.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.phase(PhaseReleasing)
	b.clock.advance(999 * time.Millisecond)
	if _, _, err := b.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.phase(PhaseReleasing)
	b.clock.advance(time.Millisecond)
	if _, _, err := b.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.phase(PhaseFinished)
	refusal(t, b.Post(context.Background(), round.KindRelease, round.Encode(late)), round.ReasonRoundClosed, "release for round 1, which is finished", "")
}

// A quorum with a liar in it opens nothing. The round waits for the member that is late, and then opens.
func TestRoundLiarInQuorum(t *testing.T) {
	b := newBench(t, 3)
	b.members[0].lying = true
	b.until(PhaseReleasing)
	for _, m := range b.members[:3] {
		m.follow(b)
	}
	for range 4 { // longer than a quorum waits for the others
		if _, _, err := b.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.phase(PhaseReleasing)
		b.clock.advance(time.Second)
	}
	b.run()
	finished := happened[RoundFinished](b)
	if len(finished) != 1 || !finished[0].Outcome.Nodes[0].Opened || !slices.Equal(finished[0].Outcome.Nodes[0].Disagreeing, []int{1}) {
		t.Fatalf("got %+v, want that the node opens and member 1 disagrees", finished)
	}
	if len(happened[RoundCertified](b)) != 1 {
		t.Fatal("the round is not certified")
	}
}

// The chain may be away, lose an answer, or have the certificate from somebody else.
func TestRoundChainTrouble(t *testing.T) {
	away := errors.New("connection refused")
	t.Run("away", func(t *testing.T) {
		b := newBench(t, 3)
		b.until(PhaseFinished)
		for _, m := range b.members {
			m.follow(b)
		}
		b.ledger.set(func(l *ledger) { l.offline = away })
		if _, err := b.tryRun(); !errors.Is(err, away) {
			t.Fatalf("got %v, want %v", err, away)
		}
		// A signed certificate is not given up for a chain that does not answer.
		b.clock.advance(time.Hour)
		if _, err := b.tryRun(); !errors.Is(err, away) {
			t.Fatalf("got %v, want %v", err, away)
		}
		b.ledger.set(func(l *ledger) { l.offline = nil })
		b.run()
		if len(happened[RoundCertified](b)) != 1 || len(happened[RoundSkipped](b)) != 0 {
			t.Fatalf("got %v", b.events)
		}
	})
	t.Run("lost answer", func(t *testing.T) {
		b := newBench(t, 3)
		b.ledger.set(func(l *ledger) { l.lost = away })
		b.certifyRound(3)
		if c := happened[RoundCertified](b); c[0].Gas != 0 {
			t.Fatalf("got %+v", c)
		}
	})
	t.Run("refused", func(t *testing.T) {
		b := newBench(t, 3)
		o := b.open()
		b.contribute(o, b.keys...)
		b.ledger.set(func(l *ledger) { l.head.Epoch = 2; l.committees[2] = l.committees[1] }) // as if the owner had replaced the committee
		for _, m := range b.members {
			m.refuses = round.PurposeCertificate
		}
		b.run()
		b.phase(PhaseFinished)
		p := b.state.round
		for _, m := range b.members {
			m.refuses = 0
			m.post(b, round.KindShare, m.share(round.PurposeCertificate, 1, 1, p.certificate.Message(roundsDomain)))
		}
		if _, err := b.tryRun(); !errors.Is(err, chain.ErrWrongEpoch) {
			t.Fatalf("got %v, want ErrWrongEpoch", err)
		}
		b.phase(PhaseFinished)
		b.clock.advance(90*time.Second + time.Millisecond)
		_, _ = b.tryRun()
		if s := happened[RoundSkipped](b); len(s) != 1 || s[0].Reason != "the chain refuses its certificate" {
			t.Fatalf("got %+v", s)
		}
	})
	t.Run("late", func(t *testing.T) {
		b := newBench(t, 3)
		o := b.open()
		b.contribute(o, b.keys...)
		for _, m := range b.members {
			m.refuses = round.PurposeCertificate
		}
		b.run()
		p := b.state.round
		c := p.certificate
		var given []tbls.SignatureShare
		for _, m := range b.members {
			given = append(given, tbls.SignShare(m.keys[1].share, c.Message(roundsDomain)))
		}
		signature, _, err := tbls.Combine(b.members[0].keys[1].group, c.Message(roundsDomain), given)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.keep(1, signature); err != nil {
			t.Fatal(err)
		}
		b.clock.advance(90*time.Second + 2*time.Millisecond)
		if _, err := b.step1(); err != nil { // skips
			t.Fatal(err)
		}
		if _, err := b.ledger.Finalize(t.Context(), nil, &c, signature); err != nil {
			t.Fatal(err)
		}
		for _, m := range b.members {
			m.refuses = 0
		}
		d := b.open().Descriptor
		if d.Round != 2 || d.Aborted != 0 || d.Disclosed || d.PreviousHead != c.Head(roundsDomain) {
			t.Fatalf("got %+v", d)
		}
		if r := b.Log().Read(0, 100); !slices.ContainsFunc(r, func(r round.Record) bool {
			return r.Kind == kindCertified && mustDecode[certified](t, r).Certified == round.Certified{Round: 1, Signature: signature}
		}) {
			t.Fatal("members are not told of the certificate")
		}
	})
}

// step1 does one thing.
func (b *bench) step1() (bool, error) {
	moved, _, err := b.step(context.Background())
	return moved, err
}

// until runs, step by step, until a round with contributions of everybody is in a phase.
func (b *bench) until(phase Phase) {
	b.t.Helper()
	for {
		if s := b.Snapshot(); s.Phase == PhaseOpen && s.Accepted == 0 && phase != PhaseOpen {
			b.contribute(s.Opening, b.keys...)
		}
		if _, err := b.step1(); err != nil {
			b.t.Fatal(err)
		}
		if b.Snapshot().Phase == phase {
			return
		}
		for _, m := range b.members {
			m.follow(b)
		}
	}
}

// After a crash at any point the round goes on where it was.
func TestRestart(t *testing.T) {
	for phase := PhaseProposed; phase <= PhaseFinished; phase++ {
		t.Run(phase.String(), func(t *testing.T) {
			b := newBench(t, 3)
			b.certifyRound(3)
			b.until(phase)
			if b.phase(phase); phase == PhaseOpen {
				b.contribute(b.Snapshot().Opening, b.keys[0])
			}
			old, at, number, certified := b.Log().Head(), b.at, b.state.last, len(happened[RoundCertified](b))
			b.start()
			if b.Log().Head() != old || b.at != at || b.state.last != number {
				t.Fatalf("the log ends with %d at %s in round %d, want %d at %s in round %d", b.Log().Head(), b.at, b.state.last, old, at, number)
			}
			if phase <= PhaseOpen {
				b.contribute(b.open(), b.keys[1:]...)
			}
			if phase == PhaseProposed {
				b.contribute(b.open(), b.keys[0])
			}
			b.run()
			if c := happened[RoundCertified](b); len(c) != certified+1 || c[certified].Certificate.Round != number || c[certified].Certificate.Contributors != 3 {
				t.Fatalf("got %+v, want round %d with all contributors", c, number)
			}
		})
	}
	t.Run("on chain", func(t *testing.T) {
		b := newBench(t, 3)
		b.until(PhaseFinished)
		for _, m := range b.members {
			m.follow(b)
		}
		signature, err := b.combine(b.state.round, round.PurposeCertificate)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.keep(1, signature); err != nil {
			t.Fatal(err)
		}
		if _, err := b.ledger.Finalize(t.Context(), b.account, &b.state.round.certificate, signature); err != nil {
			t.Fatal(err)
		}
		b.start()
		if d := b.open().Descriptor; d.Round != 2 || d.Aborted != 0 || d.Disclosed || b.state.certified != 1 {
			t.Fatalf("got %+v", d)
		}
	})
	t.Run("too long", func(t *testing.T) {
		b := newBench(t, 3)
		b.until(PhaseClosing)
		b.start()
		b.clock.advance(90*time.Second + 2*time.Millisecond)
		if d := b.open().Descriptor; d.Round != 2 || d.Aborted != 1 || !d.Disclosed {
			t.Fatalf("got %+v, want a round that follows a skipped one", d)
		}
	})
}

// Without its engine an aggregator goes on from the chain. It can't know what members have signed since, so it says the worst.
func TestLostEngine(t *testing.T) {
	b := newBench(t, 3)
	b.certifyRound(3)
	b.until(PhaseClosing)
	old := b.Log().Head()
	b.config.Engine = engine.NewMemory()
	b.clock.advance(5 * time.Minute)
	b.start()
	if first := b.Log().Read(0, 1)[0].Sequence; first <= old {
		t.Fatalf("the new log begins with %d after %d", first, old)
	}
	if !b.state.disclosed || b.state.last != 1 || b.state.over != PhaseCertified {
		t.Fatalf("got %+v", b.state)
	}
}

// Each round has a volume, and what volumes hold goes when nobody needs it any more.
func TestVolumes(t *testing.T) {
	b := newBench(t, 3, func(c *Config) { c.Keep = 1 })
	first := b.volume.number
	for range volumesPerSeries + 2 {
		b.certifyRound(3)
	}
	if got := b.volume.number - first; got < volumesPerSeries+1 || got > volumesPerSeries+2 {
		t.Fatalf("%d volumes after %d rounds", got, volumesPerSeries+2)
	}
	series, err := b.volumeSeries(t.Context())
	if err != nil || !slices.Equal(series, []uint32{b.volume.number / volumesPerSeries}) {
		t.Fatalf("series %v (%v), want the newest alone", series, err)
	}
}

// The log lets go of what is over, and folds to the same state all the time.
func TestLogStaysShort(t *testing.T) {
	b := newBench(t, 3)
	for range 4 {
		b.certifyRound(3)
		b.fold()
	}
	numbers := map[uint64]int{}
	for _, r := range b.Log().Read(0, 1000) {
		numbers[r.Round]++
	}
	if want := map[uint64]int{0: 1, 4: 1, 5: numbers[5]}; !reflect.DeepEqual(numbers, want) {
		t.Fatalf("records by round: %v, want %v", numbers, want)
	}
}

func TestWaitingForContributors(t *testing.T) {
	b := newBench(t, 1)
	for range 3 {
		b.run()
		b.clock.advance(time.Second)
	}
	b.ledger.register(addressOf(newKey(t)))
	b.run()
	if got := happened[WaitingForContributors](b); !slices.Equal(got, []WaitingForContributors{{1, 3}, {2, 3}}) {
		t.Fatalf("got %v", got)
	}
	b.ledger.register(addressOf(newKey(t)))
	b.open()
}

// No round is proposed while the pool does not hold what it pays out: the contract would refuse its certificate.
func TestWaitingForSponsor(t *testing.T) {
	amount := func(text string) round.Amount {
		a, err := round.ParseAmount(text)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	b := newBench(t, 3, func(c *Config) { c.Round.Reward = round.Reward{Rule: round.RewardEqual, Pool: 7, Share: amount("10")} })
	short, enough := amount("9"), amount("10")
	b.ledger.deposits = &short
	for range 3 {
		b.run()
		b.clock.advance(time.Second)
	}
	if b.state.round != nil {
		t.Fatal("a round was proposed that nobody can be paid for")
	}
	if got := happened[WaitingForSponsor](b); !slices.Equal(got, []WaitingForSponsor{{7, short, enough}}) {
		t.Fatalf("got %v", got)
	}
	b.ledger.deposits = &enough
	b.open()
}

// Contributors of opened nodes are paid, round after round.
func TestRoundRewards(t *testing.T) {
	share, err := round.ParseAmount("10")
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t, 3, func(c *Config) { c.Round.Reward = round.Reward{Rule: round.RewardEqual, Pool: 7, Share: share} })
	b.certifyRound(3)
	c := b.certifyRound(3)
	if c.Pool != 7 || c.PoolTotal.String() != "18" {
		t.Fatalf("got pool %d with %s, want 7 with 18", c.Pool, c.PoolTotal)
	}
	tree, err := b.rewards(b.ledger.head)
	if err != nil || len(tree) != 3 || tree[0].Cumulative.String() != "6" {
		t.Fatalf("got %v (%v)", tree, err)
	}
	// Another tree than the chain's is not built upon.
	if err := b.store.save(numberFile(rewards, 2), tree[1:]); err != nil {
		t.Fatal(err)
	}
	b.start()
	b.clock.advance(2 * time.Minute)
	if _, err := b.tryRun(); err == nil || !strings.HasPrefix(err.Error(), "rewards after round 2 have root ") {
		t.Fatalf("got %v, want that the rewards are not the chain's", err)
	}
}

// A full disk is reported, nothing goes on that would need the file, and it goes on when there is room.
func TestRoundFullDisk(t *testing.T) {
	b := newBench(t, 3)
	healthy := b.store.create
	b.contribute(b.open(), b.keys...)
	b.store.create = func(path string) (file, error) {
		if strings.Contains(path, transcripts) {
			return nil, syscall.ENOSPC
		}
		return healthy(path)
	}
	if _, err := b.tryRun(); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("got %v, want that there is no space left", err)
	}
	b.phase(PhaseFinished)
	if b.ledger.head.Round != 0 {
		t.Fatal("the certificate is on chain without the transcript on disk")
	}
	b.store.create = healthy
	b.run()
	if len(happened[RoundCertified](b)) != 1 {
		t.Fatal("the round is not certified")
	}
}

func TestRoundTooLarge(t *testing.T) {
	b := newBench(t, 3, func(c *Config) { c.Limits.SumBytes = 300 })
	_, err := b.tryRun()
	wantError(t, err, "round takes 960 bytes for its sums and 150 for an upload, at most 300 and 8589934592")
}

func TestNew(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(b *bench)
		want   string
	}{
		{"no account", func(b *bench) { b.config.Account = nil }, "aggregator needs an account"},
		{"no time", func(b *bench) { b.config.Round.Time = 0 }, "rounds of 0s with a grace of 30s, want up to 720h0m0s and 168h0m0s"},
		{"long grace", func(b *bench) { b.config.Round.Grace = 200 * time.Hour }, "rounds of 1m0s with a grace of 200h0m0s, want up to 720h0m0s and 168h0m0s"},
		{"leaves", func(b *bench) { b.config.Round.Leaves = 3 }, "descriptor of 3 leaves, want a power of two up to 256"},
		{"bits", func(b *bench) { b.config.Round.Bits = 40 }, "encryption parameters: values of 40 bits, want 2 to 24"},
		{"model", func(b *bench) { b.ledger.head.Model = modelID }, fmt.Sprintf("model file is missing: %s, the chain's newest", modelID)},
		{"committee", func(b *bench) {
			b.ledger.head.Epoch = 2
			b.ledger.committees[2] = b.ledger.committees[1]
		}, "committee of epoch 2, which the chain has: committees/2 is missing"},
		{"another committee", func(b *bench) {
			c := b.ledger.committees[1]
			c.KeyList = modelID
			b.ledger.committees[1] = c
		}, "committee of epoch 1 in the data folder is not the one on chain"},
		{"chain", func(b *bench) { b.ledger.offline = errors.New("no node") }, "no node"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, 3)
			b.Aggregator = nil
			b.config.Engine = engine.NewMemory()
			c.change(b)
			_, err := New(t.Context(), b.config, b.ledger, openStore(t, b.dir))
			wantError(t, err, c.want)
		})
	}
	t.Run("model in an engine that lost it", func(t *testing.T) {
		b, memory := newBench(t, 3), engine.NewMemory()
		store := openStore(t, b.dir)
		if err := store.Share(t.Context(), memory); err != nil {
			t.Fatal(err)
		}
		memory.DropSeries(t.Context(), archiveSeries)
		b.ledger.head.Model = modelID
		if _, err := New(t.Context(), b.config, b.ledger, store); !errors.Is(err, engine.ErrHeadWentBack) || errors.Is(err, ErrNoModel) {
			t.Fatalf("got %v, want %v", err, engine.ErrHeadWentBack)
		}
	})
	if _, err := OpenStore(filepath.Join(os.DevNull, "x")); err == nil {
		t.Fatal("a store in a device")
	}
}

// Run by the real clock, with members that follow at their own pace.
func TestRun(t *testing.T) {
	b := newBench(t, 3, func(c *Config) {
		c.Now, c.Rounds, c.Round.Time, c.Timeouts.Poll = time.Now, 2, 20*time.Second, 10*time.Millisecond
	})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	for _, m := range b.members {
		go func() {
			for ctx.Err() == nil {
				m.follow(b)
				_ = b.Log().Wait(ctx, m.at)
			}
		}()
	}
	contributed := uint64(0)
	for {
		select {
		case err := <-ended:
			if c := happened[RoundCertified](b); err != nil || len(c) != 2 {
				t.Fatalf("got %v and %d certified rounds", err, len(c))
			}
			cancel()
			return
		case <-time.After(5 * time.Millisecond):
			if s := b.Snapshot(); s.Phase == PhaseOpen && s.Round > contributed {
				contributed = s.Round
				b.contribute(s.Opening, b.keys...)
			}
		}
	}
}

// Run ends with its context, and reports what does not work.
func TestRunEnds(t *testing.T) {
	b := newBench(t, 3, func(c *Config) { c.Now, c.Timeouts.Poll = time.Now, time.Millisecond })
	b.ledger.set(func(l *ledger) { l.offline = errors.New("no node") })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := b.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if e := happened[Trouble](b); len(e) == 0 || e[0].Err.Error() != "no node" {
		t.Fatalf("got %v", e)
	}
}
