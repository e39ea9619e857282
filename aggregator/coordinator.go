package aggregator

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"sotto/aggregator/engine"
	"sotto/audit"
	"sotto/crypto/tbls"
	"sotto/round"
	"sotto/update"
)

// ErrNoModel says that the model that the next round starts from is neither in the data folder nor in an engine that is shared.
var ErrNoModel = errors.New("model file is missing")

// ErrAborts says that so many rounds in a row were given up that members open no other: a person has to look.
var ErrAborts = errors.New("too many rounds were given up in a row")

// coordinator is what driving an aggregator needs beside state, clock and chain. Only [Aggregator.Step] touches it.
type coordinator struct {
	waiting  int                  // contributors when too few were registered, for one event a number
	unfunded bool                 // the event that the pool does not hold enough was told
	number   uint64               // of the round that what follows belongs to
	signed   *tbls.Signature      // of the round in progress, once its certificate is signed
	outcome  *audit.Outcome       // of the round in progress, once it is finished
	timers   map[string]time.Time // when something was first seen
	unopened int                  // releases at the last attempt to finish the round that left nodes unopened
	lastTry  uint64               // newest round when a key generation was last tried
	tried    bool                 // a key generation was tried since then
	nomination
}

// since returns how long what is known, and forgets every other.
func (c *coordinator) since(what string, now time.Time) time.Duration {
	first, ok := c.timers[what]
	if !ok {
		c.timers = map[string]time.Time{what: now}
		first = now
	}
	return now.Sub(first)
}

// begin reads the log, or begins it with what the chain says.
func (a *Aggregator) begin(ctx context.Context) error {
	head, err := a.chain.Head(ctx)
	if err != nil {
		return err
	}
	if gone, err := a.store.missing(hashFile(models, head.Model)); err != nil {
		return fmt.Errorf("looking for the chain's model %s: %w", head.Model, err)
	} else if gone {
		return fmt.Errorf("%w: %s, the chain's newest", ErrNoModel, head.Model)
	}
	if err := a.catchUpLog(ctx); err != nil {
		return err
	}
	a.mu.Lock()
	fresh := !a.state.begun
	if fresh {
		a.state.certified, a.state.last, a.state.head, a.state.model = head.Round, head.Round, head.Hash, head.Model
		if head.Round > 0 {
			a.state.over = PhaseCertified
		}
		// A log that was lost may have had a manifest that members remember, so contributions since then count as disclosed.
		a.state.disclosed = head.Epoch > 0
	}
	a.mu.Unlock()
	if !fresh {
		return nil
	}
	if head.Epoch > 0 {
		i, err := a.committeeOnChain(ctx, head.Epoch)
		if err != nil {
			return err
		}
		a.mu.Lock()
		a.state.committee, err = committeeOf(i)
		a.mu.Unlock()
		if err != nil {
			return err
		}
	}
	a.writing.Lock()
	defer a.writing.Unlock()
	return a.beginVolume(ctx)
}

// equip prepares what the round in progress is worked on with, if it is not there: after the round was opened, here or by another
// replica, and after a restart.
func (a *Aggregator) equip(ctx context.Context) error {
	a.mu.Lock()
	p, w, v, certified := a.state.round, a.working, a.volume, a.state.certified
	var d round.Descriptor
	var phase Phase
	if p != nil {
		d, phase = p.descriptor, p.phase
	}
	a.mu.Unlock()
	if p == nil || w != nil && w.descriptor == d && (phase < PhaseOpen || w.group != nil) {
		return nil
	}
	if w == nil || w.descriptor != d {
		var err error
		if w, err = a.rework(ctx, d, certified); err != nil {
			return err
		}
	} else {
		again := *w // others read the one without a group
		w = &again
	}
	if phase >= PhaseOpen {
		if err := w.opened(p.opening); err != nil {
			return err
		}
		if err := a.startGroup(ctx, w, v, phase == PhaseOpen); err != nil {
			return err
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.state.round != p { // another replica has ended it
		w.end()
		return errMoved
	}
	a.working = w
	return nil
}

// rework returns what a round that is in the log already is worked on with.
func (a *Aggregator) rework(ctx context.Context, d round.Descriptor, certified uint64) (*working, error) {
	registered, err := a.chain.RegisteredAt(ctx, d.Registry)
	if err != nil {
		return nil, err
	}
	base, err := a.store.Model(d.BaseModel)
	if err != nil {
		return nil, err
	}
	previous := round.Rewards{}
	if certified > 0 {
		if err := a.store.load(numberFile(rewards, certified), round.MaxManifestBytes, &previous); err != nil {
			return nil, err
		}
	}
	return newWorking(d, registered, base, previous)
}

// Run drives the aggregator until ctx ends, as many rounds are certified as the configuration says, [ErrAborts], [ErrLeftBehind], or an error
// of the engine's that a person has to look at: [engine.ErrHeadWentBack], [engine.ErrCorrupt] or [engine.ErrViolation]. Whatever else does not
// work is reported as [Trouble] and tried again.
func (a *Aggregator) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(a.closing, cancel)()
	if a.engine.Shared() {
		a.running.Add(1)
		go func() {
			defer a.running.Done()
			a.follow(ctx) // its error is the cause of closing
		}()
	}
	for ctx.Err() == nil {
		seen := a.log.Head()
		wake, done, err := a.Step(ctx)
		switch {
		case done:
			return nil
		case errors.Is(err, errMoved):
			continue
		case err != nil && a.engine.Shared() && a.log.Head() != seen: // another replica has done it, and it can't be done twice
			pause(ctx, 10*time.Millisecond)
			continue
		case errors.Is(err, ErrAborts):
			return err
		case err != nil && ctx.Err() == nil:
			a.observe(Trouble{err})
			seen, wake = a.log.Head(), a.config.Now().Add(a.config.Timeouts.Poll)
		}
		pause, cancel := context.WithTimeout(ctx, max(wake.Sub(a.config.Now()), time.Millisecond))
		_ = a.log.Wait(pause, seen+1) // whichever comes first
		cancel()
	}
	if cause := context.Cause(a.closing); cause != nil && !errors.Is(cause, engine.ErrClosed) {
		return cause
	}
	return nil
}

// Step does everything that is due by the log, the clock and the chain. It wants to be called again when the log has grown, and at wake at
// the latest. done says that as many rounds are certified as the configuration says.
func (a *Aggregator) Step(ctx context.Context) (wake time.Time, done bool, err error) {
	for {
		a.mu.Lock()
		done := a.done
		a.mu.Unlock()
		if a.config.Rounds > 0 && done >= a.config.Rounds {
			return time.Time{}, true, nil
		}
		if cause := context.Cause(a.closing); cause != nil {
			return time.Time{}, false, cause
		}
		if wake := a.standby(); !wake.IsZero() {
			return wake, false, a.ready(ctx)
		}
		moved, wake, err := a.step(ctx)
		if err != nil || !moved {
			return wake, false, err
		}
	}
}

// standby returns until when this replica leaves what is due to another one, or zero. The one that has appended the newest record of the
// aggregator's own goes on; the others wait until nothing has come for some time. That spares work and the chain's fees; nothing
// relies on it.
func (a *Aggregator) standby() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.engine.Shared() || a.driver == a.replica || a.grown.IsZero() {
		return time.Time{}
	}
	if until := a.grown.Add(a.config.Timeouts.Standby); a.config.Now().Before(until) {
		return until
	}
	return time.Time{}
}

// ready prepares a replica on standby for the round in progress: it takes contributions and answers members like any other.
func (a *Aggregator) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, a.config.Timeouts.Chain)
	defer cancel()
	return a.equip(ctx)
}

// behind returns for how long a replica may not have read yet what another one has told.
func (a *Aggregator) behind() time.Duration {
	if !a.engine.Shared() {
		return 0
	}
	return 10 * time.Second
}

// step does one thing that is due. If there is none, moved is false.
func (a *Aggregator) step(ctx context.Context) (moved bool, wake time.Time, err error) {
	now := a.config.Now()
	poll := now.Add(a.config.Timeouts.Poll)
	a.mu.Lock()
	p := a.state.round
	a.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, a.config.Timeouts.Chain)
	defer cancel()
	if number := numberOf(p); number != a.number {
		a.number, a.signed, a.outcome, a.timers, a.unopened = number, nil, nil, nil, 0
	}
	if p != nil {
		if err := a.equip(ctx); err != nil && !now.After(p.descriptor.SkipTime()) {
			return false, time.Time{}, err
		}
		// What is due for the round comes first, since most of it needs no chain.
		if moved, wake, err = a.stepRound(ctx, now); moved || err != nil {
			return moved, time.Time{}, err
		}
		moved, err = a.lookForNominees(ctx, now)
		return moved, earliest(wake, poll), err
	}
	if moved, err := a.lookForNominees(ctx, now); moved || err != nil {
		return moved, poll, err
	}
	moved, busy, wake, err := a.stepForming(ctx, now)
	if moved || busy || err != nil {
		return moved, earliest(wake, poll), err
	}
	moved, wake, err = a.propose(ctx, now)
	return moved, earliest(wake, poll), err
}

func numberOf(p *progress) uint64 {
	if p == nil {
		return 0
	}
	return p.descriptor.Round
}

// earliest returns the earlier of two times, of which the zero one is never.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// propose lays the next round before the committee.
func (a *Aggregator) propose(ctx context.Context, now time.Time) (moved bool, wake time.Time, err error) {
	a.mu.Lock()
	s := a.state
	aborted, notBefore, committee := s.aborted(), s.notBefore, s.committee
	head, number, disclosed, sinceCertified := s.head, s.last+1, s.mustDisclose(), s.certified
	a.mu.Unlock()
	if from := time.UnixMilli(int64(notBefore)); notBefore > 0 && !now.After(from) {
		return false, from.Add(time.Millisecond), nil
	}
	if aborted > uint64(a.config.Aborts) {
		return false, time.Time{}, fmt.Errorf("%w: %d since round %d", ErrAborts, aborted, sinceCertified)
	}
	onChain, err := a.chain.Head(ctx)
	if err != nil {
		return false, time.Time{}, err
	}
	if onChain.Hash != head {
		return a.catchUp(ctx, onChain)
	}
	if onChain.Epoch != committee.epoch {
		return true, time.Time{}, a.resumeCommittee(ctx, onChain.Epoch)
	}
	block, err := a.chain.Finalised(ctx)
	if err != nil {
		return false, time.Time{}, err
	}
	registered, err := a.chain.RegisteredAt(ctx, block)
	if err != nil {
		return false, time.Time{}, err
	}
	if len(registered) < int(a.config.Round.Cohort) {
		if a.waiting != len(registered)+1 {
			a.waiting = len(registered) + 1
			a.observe(WaitingForContributors{len(registered), int(a.config.Round.Cohort)})
		}
		return false, time.Time{}, nil
	}
	base, err := a.store.Model(onChain.Model)
	if err != nil {
		return false, time.Time{}, err
	}
	previous, err := a.rewards(onChain)
	if err != nil {
		return false, time.Time{}, err
	}
	if funded, err := a.funded(ctx, previous); err != nil || !funded {
		return false, time.Time{}, err
	}
	d, err := a.describe(base)
	if err != nil {
		return false, time.Time{}, err
	}
	domain := a.chain.Rounds()
	d.ChainID, d.Contract, d.Round, d.Epoch, d.PreviousHead, d.Aborted, d.Disclosed = domain.ChainID, domain.Contract, number, committee.epoch, head, uint32(aborted), disclosed
	d.BaseModel, d.KeyList, d.Registry = onChain.Model, committee.keys.Hash(), block
	d.Deadline = uint64(now.Add(a.config.Round.Time).UnixMilli())
	w, err := newWorking(d, registered, base, previous)
	if err != nil {
		return false, time.Time{}, err
	}
	most := max(a.config.Limits.UploadBytes, a.config.Limits.ScratchBytes)
	if need := w.sumBytes(); need > a.config.Limits.SumBytes || int64(w.size) > most {
		return false, time.Time{}, fmt.Errorf("round takes %d bytes for its sums and %d for an upload, at most %d and %d", need, w.size, a.config.Limits.SumBytes, most)
	}
	a.mu.Lock()
	used := a.used
	a.mu.Unlock()
	if used {
		if err := a.roll(ctx); err != nil {
			return false, time.Time{}, err
		}
	}
	// In the log before any member can sign it: after a crash the number is not used for anything else.
	if err := a.say(ctx, round.KindPropose, number, &d); err != nil {
		return false, time.Time{}, err
	}
	a.mu.Lock()
	if p := a.state.round; p != nil && p.descriptor == d {
		a.working = w
	}
	a.mu.Unlock()
	a.waiting, a.unfunded = 0, false
	a.observe(RoundProposed{d})
	return true, time.Time{}, nil
}

// funded reports whether the pool holds what the next round pays out. The contract refuses a certificate that awards more than was
// deposited, and contributors would have worked for nothing.
func (a *Aggregator) funded(ctx context.Context, previous round.Rewards) (bool, error) {
	reward := a.config.Round.Reward
	if reward.Rule == round.RewardNone {
		return true, nil
	}
	deposits, err := a.chain.Deposits(ctx, reward.Pool)
	if err != nil {
		return false, err
	}
	total := previous.Total(reward.Pool)
	owed, overflow := total.Int().AddOverflow(total.Int(), reward.Share.Int())
	if !overflow && !owed.Gt(deposits.Int()) {
		return true, nil
	}
	if !a.unfunded {
		a.unfunded = true
		a.observe(WaitingForSponsor{reward.Pool, deposits, round.AmountOf(owed)})
	}
	return false, nil
}

// catchUp takes a certificate that came on chain beside the log: of a round that was given up, sent late.
func (a *Aggregator) catchUp(ctx context.Context, head round.Head) (moved bool, wake time.Time, err error) {
	c := certified{Certified: round.Certified{Round: head.Round}, Head: head.Hash, Model: head.Model}
	var kept round.CertifiedRound
	name := numberFile(transcripts, head.Round)
	if gone, err := a.store.missing(name); err != nil {
		return false, time.Time{}, err
	} else if !gone {
		if err := a.store.load(name, round.MaxTranscriptBytes, &kept); err != nil {
			return false, time.Time{}, err
		}
		c.Certified.Signature = kept.Signature
	}
	return true, time.Time{}, a.say(ctx, kindCertified, head.Round, &c)
}

// rewards returns the reward tree that the chain holds the root of.
func (a *Aggregator) rewards(head round.Head) (round.Rewards, error) {
	tree := round.Rewards{}
	if head.Round > 0 {
		if err := a.store.load(numberFile(rewards, head.Round), round.MaxManifestBytes, &tree); err != nil {
			return nil, err
		}
	}
	if got := tree.Root(); got != head.RewardsRoot {
		return nil, fmt.Errorf("rewards after round %d have root %s, the chain says %s", head.Round, got.Short(), head.RewardsRoot.Short())
	}
	return tree, nil
}

// describe returns a descriptor with everything that the rules, the model and the committee's size decide.
func (a *Aggregator) describe(base []byte) (round.Descriptor, error) {
	model, err := update.ReadModel(bytes.NewReader(base), update.DefaultLimits())
	if err != nil {
		return round.Descriptor{}, fmt.Errorf("base model: %w", err)
	}
	d := a.config.Round.descriptor()
	d.Version, d.Model, d.Parameters, d.Aggregator = round.Version, a.config.Model, uint64(model.Parameters()), a.config.Account.Address()
	a.mu.Lock()
	d.Members = uint8(len(a.state.committee.keys))
	a.mu.Unlock()
	enc, err := a.config.Scheme(int(a.config.Round.Bits), int(d.KMax), d.Values(), int(d.Members))
	if err != nil {
		return d, err
	}
	d.Scheme, err = round.NewScheme(enc, d.Values())
	return d, err
}

// flushTime is how long after the deadline a round is kept open for commits of what was received before it; flushLook, how often it is looked
// whether there are any.
const (
	flushTime = 10 * time.Second
	flushLook = 50 * time.Millisecond
)

// stepRound does what is due for the round in progress.
func (a *Aggregator) stepRound(ctx context.Context, now time.Time) (moved bool, wake time.Time, err error) {
	a.mu.Lock()
	p := a.state.round
	d, phase := &p.descriptor, p.phase
	quorum := round.Quorum(len(a.state.committee.keys))
	due := 0
	switch phase {
	case PhaseProposed:
		due = len(p.descriptorShares)
	case PhaseClosing:
		due = len(p.manifestShares)
	case PhaseFinished:
		due = len(p.certificateShares)
	}
	everybody := phase == PhaseOpen && a.working != nil && len(p.entries) >= len(a.working.registered)
	committing := phase == PhaseOpen && a.working != nil && len(a.working.committing) > 0
	a.mu.Unlock()

	signed := due >= quorum
	if now.After(d.SkipTime()) && !(phase == PhaseFinished && signed) {
		return true, time.Time{}, a.skip(ctx, &skipped{Round: d.Round, Until: d.Deadline + d.Grace, Disclosed: phase >= PhaseClosing,
			Reason: fmt.Sprintf("still %s when its grace was over", phase)})
	}
	switch {
	case phase == PhaseProposed && signed:
		return true, time.Time{}, a.open(ctx, p)
	case phase == PhaseOpen && committing && now.After(d.DeadlineTime()) && now.Before(d.DeadlineTime().Add(flushTime)):
		return false, now.Add(flushLook), nil // what was received in time is about to be committed
	case phase == PhaseOpen && (now.After(d.DeadlineTime()) || everybody):
		return true, time.Time{}, a.say(ctx, kindFrozen, d.Round, &frozen{d.Round})
	case phase == PhaseOpen:
		return false, d.DeadlineTime().Add(time.Millisecond), nil
	case phase == PhaseFrozen:
		return true, time.Time{}, a.close(ctx, p)
	case phase == PhaseClosing && signed:
		return true, time.Time{}, a.closed(ctx, p)
	case phase == PhaseReleasing:
		return a.stepReleases(ctx, p, now)
	case phase == PhaseFinished && signed:
		return a.certify(ctx, p, now)
	}
	return false, d.SkipTime().Add(time.Millisecond), nil
}

// combine makes the committee's signature of the shares over one of the round's messages.
func (a *Aggregator) combine(p *progress, purpose round.Purpose) (tbls.Signature, error) {
	a.mu.Lock()
	given, _, message := p.signed(purpose)
	list, group := given.list(), a.state.committee.group
	a.mu.Unlock()
	signature, _, err := tbls.Combine(group, message(), list)
	return signature, err
}

// open opens the round with the committee's signature, from which the beacon comes.
func (a *Aggregator) open(ctx context.Context, p *progress) error {
	signature, err := a.combine(p, round.PurposeDescriptor)
	if err != nil {
		return err
	}
	o := round.SignedDescriptor{Descriptor: p.descriptor, Signature: signature}
	if err := a.say(ctx, round.KindOpen, o.Descriptor.Round, &o); err != nil {
		return err
	}
	if err := a.equip(ctx); err != nil {
		return err
	}
	a.observe(RoundOpened{o})
	return nil
}

// close lays the manifest before the committee, or gives the round up if its cohort is too small.
func (a *Aggregator) close(ctx context.Context, p *progress) error {
	d := &p.descriptor
	// Nothing changes the entries of a frozen round, so they can be read without the lock.
	if len(p.entries) < int(d.Cohort) {
		return a.skip(ctx, &skipped{Round: d.Round, Until: d.Deadline + d.Grace, Reason: fmt.Sprintf("%d contributors, the smallest cohort is %d", len(p.entries), d.Cohort)})
	}
	entries := make([]round.Entry, 0, len(p.entries))
	for who, e := range p.entries {
		entries = append(entries, round.Entry{Leaf: e.receipt.Receipt.Leaf, Contributor: who, Digest: e.receipt.Receipt.Digest})
	}
	return a.say(ctx, round.KindClose, d.Round, round.NewManifest(d, entries))
}

// closed publishes the signed manifest.
func (a *Aggregator) closed(ctx context.Context, p *progress) error {
	signature, err := a.combine(p, round.PurposeManifest)
	if err != nil {
		return err
	}
	m := round.SignedManifest{Manifest: p.closing.Manifest, Signature: signature}
	if err := a.store.save(numberFile(manifests, m.Manifest.Round), &m); err != nil {
		return err
	}
	if err := a.say(ctx, round.KindClosed, m.Manifest.Round, &m); err != nil {
		return err
	}
	a.observe(RoundClosed{m})
	return nil
}

// skip gives a round up.
func (a *Aggregator) skip(ctx context.Context, k *skipped) error {
	if err := a.say(ctx, kindSkipped, k.Round, k); err != nil {
		return err
	}
	a.observe(RoundSkipped{k.Round, k.Reason})
	return nil
}
