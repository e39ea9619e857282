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

// committeeOnChain returns the chain's committee of an epoch, from the file that was written before it was sent to the chain.
func (a *Aggregator) committeeOnChain(ctx context.Context, epoch uint64) (*round.Installed, error) {
	onChain, err := a.chain.Committee(ctx, epoch)
	if err != nil {
		return nil, err
	}
	var i round.Installed
	if err := a.store.load(numberFile(committees, epoch), round.MaxRecordBytes, &i); err != nil {
		return nil, fmt.Errorf("committee of epoch %d, which the chain has: %w", epoch, err)
	}
	if _, err := parseGroup(i.Group, onChain.Key, len(onChain.Members)); err != nil || i.Keys.Hash() != onChain.KeyList {
		return nil, fmt.Errorf("committee of epoch %d in the data folder is not the one on chain", epoch)
	}
	return &i, nil
}

// resumeCommittee puts the chain's committee of an epoch in office.
func (a *Aggregator) resumeCommittee(ctx context.Context, epoch uint64) error {
	i, err := a.committeeOnChain(ctx, epoch)
	if err != nil {
		return err
	}
	return a.installed(ctx, i, 0)
}

// installed tells everybody that a committee is in office.
func (a *Aggregator) installed(ctx context.Context, i *round.Installed, gas uint64) error {
	if err := a.say(ctx, round.KindInstalled, 0, i); err != nil {
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
	wanted := func() bool {
		switch s := a.state; {
		case len(nominees) == 0:
			return false
		case s.committee != nil && slices.Equal(nominees, s.committee.keys.Identities()):
			return false
		default:
			return s.forming == nil || !slices.Equal(nominees, s.forming.nominees) && s.forming.session == nil
		}
	}
	a.mu.Lock()
	due, epoch := wanted(), a.state.nextEpoch()
	a.mu.Unlock()
	if !due {
		return false, nil
	}
	return true, a.append(ctx, kindForming, 0, &forming{Epoch: epoch, Nominees: nominees}, wanted)
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
		return true, true, time.Time{}, a.generate(ctx, f)
	}

	waited := a.since(fmt.Sprintf("epoch %d attempt %d phase %d", f.epoch, attempt, ended), now)
	late := waited >= a.config.Timeouts.Phase
	wake = now.Add(a.config.Timeouts.Phase - waited)
	end := func(phase uint8) (bool, bool, time.Time, error) {
		return true, true, time.Time{}, a.say(ctx, round.KindPhase, 0, &round.PhaseEnd{Epoch: f.epoch, Attempt: attempt, Phase: phase})
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
			return true, true, time.Time{}, a.generate(ctx, f)
		}
		return true, true, time.Time{}, a.say(ctx, kindAbandoned, 0, &abandoned{f.epoch, attempt})
	}
	return false, true, wake, nil
}

// generate begins an attempt at a key generation.
func (a *Aggregator) generate(ctx context.Context, f *formation) error {
	a.mu.Lock()
	s := round.Session{Epoch: f.epoch, Attempt: a.state.newestAttempt(f.epoch) + 1}
	for _, h := range f.hellos {
		s.Hellos = append(s.Hellos, *h)
	}
	a.mu.Unlock()
	return a.say(ctx, round.KindSession, 0, &s)
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
	return true, a.installed(ctx, &i, receipt.GasUsed)
}

// nomination is whom the chain wants as the next committee, as seen last.
type nomination struct {
	nominees []common.Address
	nextLook time.Time
}
