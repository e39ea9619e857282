package aggregator

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"sotto/chain"
	"sotto/crypto/tbls"
	"sotto/round"
)

// resumeCommittee puts the chain's committee of an epoch in office, from the file that was written before it was sent to the chain.
func (a *Aggregator) resumeCommittee(ctx context.Context, epoch uint64) error {
	onChain, err := a.chain.Committee(ctx, epoch)
	if err != nil {
		return err
	}
	var i round.Installed
	if err := a.store.load(numberFile(committees, epoch), round.MaxRecordBytes, &i); err != nil {
		return fmt.Errorf("committee of epoch %d, which the chain has: %w", epoch, err)
	}
	if _, err := parseGroup(i.Group, onChain.Key, len(onChain.Members)); err != nil || i.Keys.Hash() != onChain.KeyList {
		return fmt.Errorf("committee of epoch %d in the data folder is not the one on chain", epoch)
	}
	return a.installed(&i, 0)
}

// installed tells everybody that a committee is in office.
func (a *Aggregator) installed(i *round.Installed, gas uint64) error {
	if err := a.say(round.KindInstalled, 0, i); err != nil {
		return err
	}
	a.timers = nil
	a.observe(CommitteeInstalled{i.Epoch, len(i.Keys), gas})
	return nil
}

// lookForNominees begins to form the next committee when the chain names its members. They announce their keys while rounds go on.
func (a *Aggregator) lookForNominees(ctx context.Context, now time.Time) (moved bool, err error) {
	if now.Before(a.nextLook) {
		return false, nil
	}
	nominees, err := a.chain.Nominees(ctx)
	if err != nil {
		return false, err
	}
	a.nextLook = now.Add(a.config.Timeouts.Poll)
	a.nominees = nominees
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.state
	switch {
	case len(nominees) == 0:
		return false, nil
	case s.committee != nil && slices.Equal(nominees, s.committee.keys.Identities()):
		return false, nil
	case s.forming != nil && (slices.Equal(nominees, s.forming.nominees) || s.forming.session != nil):
		return false, nil
	}
	return true, a.append(kindForming, 0, &forming{Epoch: s.nextEpoch(), Nominees: nominees})
}

// stepForming does what is due for the committee that is being formed, between rounds. busy says that rounds have to wait for it.
func (a *Aggregator) stepForming(ctx context.Context, now time.Time) (moved, busy bool, wake time.Time, err error) {
	a.mu.Lock()
	f, first, last := a.state.forming, a.state.committee == nil, a.state.last
	if f == nil {
		a.mu.Unlock()
		return false, first, time.Time{}, nil
	}
	session, agreed, ended := f.session != nil, f.agreed() != nil, f.ended
	complete := !slices.Contains(f.hellos, nil) && slices.Equal(f.nominees, a.nominees)
	here, split := 0, false
	if session {
		for _, p := range f.packets[min(int(ended), len(f.packets)-1)] {
			if p != nil {
				here++
			}
		}
		split = !agreed && !slices.Contains(f.confirmations, nil)
	}
	members, attempt := len(f.nominees), f.attempt
	a.mu.Unlock()

	switch {
	case agreed:
		moved, err := a.install(ctx, f)
		return moved, true, time.Time{}, err
	case !session:
		// One attempt between two rounds: a nominee that stays away must not hold up the committee in office.
		if !complete || a.tried && a.lastTry == last && !first {
			return false, first, time.Time{}, nil
		}
		a.tried, a.lastTry = true, last
		return true, true, time.Time{}, a.generate(f)
	}

	waited := a.since(fmt.Sprintf("epoch %d attempt %d phase %d", f.epoch, attempt, ended), now)
	late := waited >= a.config.Timeouts.Phase
	wake = now.Add(a.config.Timeouts.Phase - waited)
	end := func(phase uint8) (bool, bool, time.Time, error) {
		return true, true, time.Time{}, a.say(round.KindPhase, 0, &round.PhaseEnd{Epoch: f.epoch, Attempt: attempt, Phase: phase})
	}
	switch {
	case ended < round.PhaseResponse && here == members:
		return end(ended + 1)
	case ended == round.PhaseResponse && late && !split:
		// Members with a result have confirmed; the others are waiting for this.
		return end(round.PhaseJustification)
	case late || split:
		// The key counts only with all members, so an attempt in which one stays silent has failed.
		if first && complete {
			return true, true, time.Time{}, a.generate(f)
		}
		return true, true, time.Time{}, a.say(kindAbandoned, 0, &abandoned{f.epoch, attempt})
	}
	return false, true, wake, nil
}

// generate begins an attempt at a key generation. Its number is on disk first: members never take part in one twice.
func (a *Aggregator) generate(f *formation) error {
	var g generation
	if err := a.store.loadIfAny(generationFile, &g); err != nil {
		return err
	}
	if g.Epoch != f.epoch {
		g = generation{Epoch: f.epoch}
	}
	g.Attempt = max(g.Attempt, f.attempt) + 1
	if err := a.store.save(generationFile, &g); err != nil {
		return err
	}
	s := round.Session{Epoch: g.Epoch, Attempt: g.Attempt}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, h := range f.hellos {
		s.Hellos = append(s.Hellos, *h)
	}
	return a.append(round.KindSession, 0, &s)
}

// install puts the committee that all its members have confirmed on chain, and in office.
func (a *Aggregator) install(ctx context.Context, f *formation) (moved bool, err error) {
	a.mu.Lock()
	agreed := f.agreed()
	encoded, group, proof, proven := f.proven()
	rotation, message, keys := f.rotation.list(), a.state.rotationMessage(), f.keys
	var old tbls.GroupKey
	if a.state.committee != nil {
		old = a.state.committee.group
	}
	var e chain.Endorsement
	for _, c := range f.confirmations {
		e.Confirmations = append(e.Confirmations, c.Signature)
	}
	a.mu.Unlock()

	if !proven {
		return false, nil
	}
	head, err := a.chain.Head(ctx)
	if err != nil {
		return false, err
	}
	// The chain may have it already, from an earlier try or by the owner's hand.
	there := head.Epoch == f.epoch
	if !there && f.epoch > 1 && len(rotation) < old.Quorum() {
		return false, nil
	}
	c := round.Committee{Epoch: f.epoch, Key: agreed.Key, KeyList: agreed.KeyList, Members: keys.Hashes(), DKG: agreed.Transcript}
	if e.Possession, _, err = tbls.Combine(group, round.PossessionMessage(a.chain.Registry(), f.epoch, agreed.Key), proof); err != nil {
		return false, err
	}
	i := round.Installed{Epoch: f.epoch, Keys: keys, Group: encoded}
	if err := a.store.save(numberFile(committees, f.epoch), &i); err != nil {
		return false, err
	}
	var receipt chain.Receipt
	switch {
	case there:
		onChain, err := a.chain.Committee(ctx, c.Epoch)
		if err != nil {
			return false, err
		}
		if onChain.Key != c.Key || onChain.KeyList != c.KeyList {
			return false, fmt.Errorf("the chain has another committee of epoch %d than the one formed here", c.Epoch)
		}
	case c.Epoch == 1:
		receipt, err = a.chain.InstallCommittee(ctx, a.config.Account, c, e)
	default:
		var signature tbls.Signature
		if signature, _, err = tbls.Combine(old, message, rotation); err == nil {
			receipt, err = a.chain.RotateCommittee(ctx, a.config.Account, c, e, signature)
		}
	}
	if err != nil {
		return false, err
	}
	return true, a.installed(&i, receipt.GasUsed)
}

// nomination is whom the chain wants as the next committee, as seen last.
type nomination struct {
	nominees []common.Address
	nextLook time.Time
}
