package aggregator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"sotto/aggregator/engine"
	"sotto/audit"
	"sotto/chain"
	"sotto/crypto/tbls"
	"sotto/round"
)

// stepReleases finishes the round when no more releases are to be expected: all are there; or every node has a quorum's and a short time
// has passed; or some node has not, and nothing has come for a longer time: members abstain from a node in which an envelope does not open.
// A quorum with a liar in it opens nothing, and one release more does. So nodes that do not open are worth the longer time, too.
func (a *Aggregator) stepReleases(ctx context.Context, p *progress, now time.Time) (moved bool, wake time.Time, err error) {
	a.mu.Lock()
	members, count, fewest := int(p.descriptor.Members), 0, int(p.descriptor.Members)
	for _, node := range p.releases {
		count += len(node)
		fewest = min(fewest, len(node))
	}
	a.mu.Unlock()
	t := a.config.Timeouts
	wait := t.ReleaseQuiet + time.Duration(len(p.closing.Manifest.Entries))*2*time.Millisecond
	what, last := fmt.Sprintf("round %d: %d releases", p.descriptor.Round, count), true
	switch quorum := round.Quorum(members); {
	case fewest >= members:
		wait = 0
	case fewest >= quorum && a.unopened != count:
		wait, what, last = t.Release, fmt.Sprintf("round %d: quorum", p.descriptor.Round), false
	}
	if waited := a.since(what, now); waited < wait {
		return false, now.Add(wait - waited), nil
	}
	return true, time.Time{}, a.finish(ctx, p, last)
}

// finish opens the nodes, makes the model, and lays the certificate before the committee. Unless it is the last attempt, nodes that do not
// open make it one that comes to nothing.
func (a *Aggregator) finish(ctx context.Context, p *progress, last bool) error {
	a.mu.Lock()
	if a.state.round != p { // another replica has ended it
		a.mu.Unlock()
		return errMoved
	}
	m, w, v := &p.closing.Manifest, a.working, a.volume
	in := audit.Input{Opening: p.opening, Closing: p.closing, Base: w.base, Previous: w.previous}
	for _, node := range p.releases {
		for _, r := range node {
			in.Releases = append(in.Releases, r)
		}
	}
	a.mu.Unlock()
	total, err := a.sum(ctx, w, v)
	if err != nil {
		return a.trouble(err)
	}
	if in.Entries, err = a.entries(m); err != nil {
		return a.giveUp(ctx, p, err)
	}
	if in.DigitSums, err = w.digitSums(total, m); err != nil {
		return a.giveUp(ctx, p, err)
	}
	outcome, err := audit.Finish(in)
	if err != nil {
		return a.giveUp(ctx, p, err)
	}
	if !last && len(outcome.Transcript.Failed) > 0 {
		a.unopened = len(in.Releases)
		return nil
	}
	candidate := round.Encode(outcome.Transcript)
	kept, err := writeBytes(ctx, v.bulk, candidate)
	if err != nil {
		return a.trouble(err)
	}
	// A member refuses a transcript without its own release, so those that came meanwhile are taken in by another attempt.
	complete := func() bool {
		count := 0
		for _, node := range p.releases {
			count += len(node)
		}
		return count == len(in.Releases)
	}
	f := &finished{Transcript: outcome.Transcript.Digest(), Certificate: outcome.Transcript.Certificate, Candidate: bulkOf(kept)}
	if err := a.append(ctx, kindFinished, p.descriptor.Round, f, complete); err != nil {
		v.bulk.Discard(kept.ID)
		return err
	}
	a.mu.Lock()
	if a.state.round == p {
		a.candidate = candidate
	}
	a.mu.Unlock()
	a.outcome = outcome
	a.observe(RoundFinished{p.descriptor.Round, outcome})
	return nil
}

// candidateOf returns the encoded transcript of the round that waits for its certificate.
func (a *Aggregator) candidateOf(ctx context.Context, number uint64) ([]byte, error) {
	a.mu.Lock()
	p, v, candidate := a.state.round, a.volume, a.candidate
	var kept engine.Segment
	var digest round.Hash
	there := p != nil && p.descriptor.Round == number && p.phase == PhaseFinished
	if there {
		kept, digest = p.candidate.segment(), p.transcript
	}
	a.mu.Unlock()
	if !there {
		return nil, round.Refuse(round.ReasonNotFound, fmt.Sprintf("no candidate of round %d", number), "the transcript of a certified round is fetched as such")
	}
	if candidate != nil {
		return candidate, nil
	}
	candidate, err := v.read(ctx, kept, round.MaxTranscriptBytes)
	if err != nil {
		return nil, a.trouble(err)
	}
	var t round.Transcript
	if err := round.Decode("transcript", candidate, round.MaxTranscriptBytes, &t); err != nil || t.Digest() != digest {
		return nil, a.trouble(fmt.Errorf("candidate of round %d: %w: %v", number, engine.ErrViolation, err))
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.state.round == p {
		a.candidate = candidate
	}
	return candidate, nil
}

// recall returns the outcome of a round that another replica has finished, or this one before a restart.
func (a *Aggregator) recall(ctx context.Context, p *progress) (*audit.Outcome, error) {
	candidate, err := a.candidateOf(ctx, p.descriptor.Round)
	if err != nil {
		return nil, err
	}
	t := new(round.Transcript)
	if err := round.Decode("transcript", candidate, round.MaxTranscriptBytes, t); err != nil {
		return nil, err
	}
	a.mu.Lock()
	w, s := a.working, a.state
	if s.round != p {
		a.mu.Unlock()
		return nil, errMoved
	}
	ref := audit.Reference{Domain: s.rounds, Head: s.head, LastRound: s.certified, Model: s.model, RewardsRoot: w.previous.Root()}
	a.mu.Unlock()
	if ref.Committee, err = a.chain.Committee(ctx, p.descriptor.Epoch); err != nil {
		return nil, err
	}
	for who := range w.registered {
		ref.Registered = append(ref.Registered, who)
	}
	slices.SortFunc(ref.Registered, func(a, b common.Address) int { return a.Cmp(b) })
	return audit.Verify(ref, t, w.base, w.previous)
}

// entries reads from the log what the transcript holds of each contribution of the manifest.
func (a *Aggregator) entries(m *round.Manifest) ([]round.TranscriptEntry, error) {
	found := make(map[common.Address]round.TranscriptEntry, len(m.Entries))
	for from := uint64(0); ; {
		records := a.log.Read(from, recordsOnce)
		if len(records) == 0 {
			break
		}
		for i := range records {
			r := &records[i]
			from = r.Sequence + 1
			if r.Kind != kindAccepted || r.Round != m.Round {
				continue
			}
			c, err := decode[accepted](r)
			if err != nil {
				return nil, err
			}
			found[c.Signed.Contribution.Contributor] = round.TranscriptEntry{Signed: c.Signed, RingHash: c.RingHash}
		}
	}
	entries := []round.TranscriptEntry{}
	for _, e := range m.Entries {
		t, ok := found[e.Contributor]
		if !ok {
			return nil, fmt.Errorf("contribution of %s is not in the log", e.Contributor)
		}
		entries = append(entries, t)
	}
	return entries, nil
}

// giveUp skips a round that cannot be finished.
func (a *Aggregator) giveUp(ctx context.Context, p *progress, reason error) error {
	a.observe(Trouble{fmt.Errorf("finishing round %d: %w", p.descriptor.Round, reason)})
	return a.skip(ctx, &skipped{Round: p.descriptor.Round, Until: p.descriptor.Deadline + p.descriptor.Grace, Disclosed: true, Reason: "it could not be finished"})
}

// certify puts the certificate on chain. The files are written before: once the chain has the certificate, everybody needs them.
func (a *Aggregator) certify(ctx context.Context, p *progress, now time.Time) (moved bool, wake time.Time, err error) {
	c := &p.certificate
	if a.signed == nil {
		signature, err := a.combine(p, round.PurposeCertificate)
		if err != nil {
			return false, time.Time{}, err
		}
		if a.outcome == nil {
			if a.outcome, err = a.recall(ctx, p); err != nil {
				return false, time.Time{}, err
			}
		}
		if err := a.keep(p.descriptor.Round, signature); err != nil {
			return false, time.Time{}, err
		}
		a.signed = &signature
	}
	receipt, err := a.chain.Finalize(ctx, a.config.Account, c, *a.signed)
	if err != nil {
		head, headErr := a.chain.Head(ctx)
		switch {
		case headErr != nil:
			return false, time.Time{}, errors.Join(err, headErr)
		case head.Hash == c.Head(a.chain.Rounds()): // somebody else was faster, or the answer to an earlier try was lost
		case now.After(p.descriptor.SkipTime()) && refusedForGood(err):
			return true, time.Time{}, a.skip(ctx, &skipped{Round: c.Round, Until: p.descriptor.Deadline + p.descriptor.Grace, Disclosed: true, Reason: "the chain refuses its certificate"})
		default:
			return false, time.Time{}, err
		}
	}
	return true, time.Time{}, a.certified(ctx, c, *a.signed, receipt.GasUsed)
}

// refusedForGood reports whether a contract said no, as opposed to a node that could not be reached.
func refusedForGood(err error) bool {
	var r *chain.Revert
	if errors.As(err, &r) {
		return true
	}
	for _, sentinel := range []error{chain.ErrRoundNotNew, chain.ErrWrongHead, chain.ErrWrongEpoch, chain.ErrSignature, chain.ErrPoolOverdrawn} {
		if errors.Is(err, sentinel) {
			return true
		}
	}
	return false
}

// keep writes the round's files.
func (a *Aggregator) keep(number uint64, signature tbls.Signature) error {
	t := a.outcome.Transcript
	if _, err := a.store.SaveModel(a.outcome.Model); err != nil {
		return err
	}
	if err := a.store.save(numberFile(rewards, number), t.Rewards); err != nil {
		return err
	}
	return a.store.save(numberFile(transcripts, number), &round.CertifiedRound{Transcript: *t, Signature: signature})
}

// certified ends the round well.
func (a *Aggregator) certified(ctx context.Context, c *round.Certificate, signature tbls.Signature, gas uint64) error {
	err := a.say(ctx, kindCertified, c.Round, &certified{
		Certified: round.Certified{Round: c.Round, Signature: signature}, Head: c.Head(a.chain.Rounds()), Model: c.Model,
	})
	if err != nil {
		return err
	}
	a.observe(RoundCertified{*c, signature, gas})
	return nil
}
