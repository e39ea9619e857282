package committee

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"sotto/audit"
	"sotto/round"
)

// candidate is a transcript and what it is held against.
type candidate struct {
	*round.Transcript
	announced round.Hash // the digest that the board says
	digest    round.Hash // of the bytes that came
	ref       audit.Reference
	base      []byte
	previous  round.Rewards
	round     *openRound
	member    uint8
	released  bool // this member has released shares of this round
}

// transcriptChecks are made in this order before a certificate is signed.
var transcriptChecks = []check[*candidate]{
	{"announced transcript", func(c *candidate) error { return same("transcript", c.digest, c.announced) }},
	{"signed descriptor and manifest", func(c *candidate) error {
		if err := same("descriptor", c.Opening.Descriptor.Digest(), c.round.digest); err != nil {
			return err
		}
		return same("manifest", c.Closing.Manifest.Digest(), c.round.closed)
	}},
	{"audit", func(c *candidate) error {
		_, err := audit.Verify(c.ref, c.Transcript, c.base, c.previous)
		return err
	}},
	{"own release", func(c *candidate) error { return c.hasOwnReleases() }},
	{"nodes that open", func(c *candidate) error { return c.dropsNothing() }},
}

// hasOwnReleases returns an error unless what this member has released of the nodes that failed is in the transcript. Otherwise an
// aggregator could choose which nodes open. A node that opened has only one sum, whoever released it: a release that came too late for it
// is no reason to refuse, or one slow member and one silent one would stop the round.
func (c *candidate) hasOwnReleases() error {
	own := 0
	for node := range c.round.manifest.Released {
		release, ok := c.round.releases[releaseOf{uint16(node), c.member}]
		if !ok {
			continue
		}
		own++
		if slices.Contains(c.Failed, uint16(node)) && c.find(&release) == nil {
			return fmt.Errorf("release of node %d by this member, %d, is not in it", node, c.member)
		}
	}
	if own == 0 && c.released {
		return errors.New("this member's releases have not come back to it since it was restarted")
	}
	return nil
}

// find returns the transcript's release that is the given one.
func (c *candidate) find(release *round.SignedRelease) *round.SignedRelease {
	digest := round.Digest(&release.Release)
	for i := range c.Releases {
		r := &c.Releases[i]
		if r.Release.Node == release.Release.Node && r.Release.Member == release.Release.Member && round.Digest(&r.Release) == digest {
			return r
		}
	}
	return nil
}

// dropsNothing returns an error if a node that the transcript calls failed opens with the releases that this member knows of.
func (c *candidate) dropsNothing() error {
	releases, news := c.Releases, false
	for _, node := range c.Failed {
		for member := uint8(1); member <= c.round.signed.Descriptor.Members; member++ {
			known, ok := c.round.releases[releaseOf{node, member}]
			if !ok || c.find(&known) != nil {
				continue
			}
			news = true
			releases = slices.DeleteFunc(slices.Clone(releases), func(r round.SignedRelease) bool {
				return r.Release.Node == node && r.Release.Member == member
			})
			releases = append(releases, known)
		}
	}
	if !news {
		return nil
	}
	outcome, err := audit.Finish(audit.Input{Opening: c.Opening, Closing: c.Closing, Entries: c.Entries, DigitSums: c.DigitSums, Releases: releases, Base: c.base, Previous: c.previous})
	if err != nil {
		return err
	}
	for _, node := range c.Failed {
		if int(node) < len(outcome.Nodes) && outcome.Nodes[node].Opened {
			return fmt.Errorf("%s was dropped and opens with the releases that this member knows", outcome.Nodes[node].Node)
		}
	}
	return nil
}

// handleFinish signs the certificate of a round, after the same verification that an auditor makes.
func (m *Member) handleFinish(ctx context.Context, r round.Record) ([]Post, error) {
	f, err := body[round.Finished](r, round.MaxRecordBytes)
	if err != nil {
		return nil, err
	}
	if member, err := m.begin("certificate", f.Round); !member || err != nil {
		return nil, err
	}
	o, head, err := m.current(ctx, "certificate", f.Round)
	if err != nil {
		return nil, err
	}
	if o.manifest == nil {
		return nil, refuse("certificate", f.Round, "signed manifest", errNotClosed)
	}
	c, err := m.fetch(ctx, o, head, f)
	if err != nil {
		return nil, err
	}
	if err := pass(m, "certificate", f.Round, transcriptChecks, c); err != nil {
		return nil, err
	}
	message := c.Certificate.Message(m.cfg.Rounds)
	m.own.expect(slot{actCertificate, 0, f.Round}, message)
	e := entry{act: actCertificate, epoch: c.Certificate.Epoch, round: f.Round, digest: sha256.Sum256(message)}
	return m.sign("certificate", round.PurposeCertificate, e, message)
}

// fetch gathers what a transcript is held against.
func (m *Member) fetch(ctx context.Context, o *openRound, head round.Head, f *round.Finished) (*candidate, error) {
	d := &o.signed.Descriptor
	if m.cfg.Fetcher == nil {
		return nil, errors.New("member has no fetcher")
	}
	bytes, err := m.cfg.Fetcher.Candidate(ctx, f.Round, transcriptLimit(o))
	if err != nil {
		return nil, fetching("transcript", f.Round, err)
	}
	c := &candidate{
		Transcript: new(round.Transcript), announced: f.Transcript, digest: sha256.Sum256(bytes), round: o, member: uint8(m.office.number),
		released: m.dir.journal.has(actRelease, f.Round),
		ref: audit.Reference{
			Domain: m.cfg.Rounds, Head: head.Hash, LastRound: head.Round, Model: head.Model, RewardsRoot: head.RewardsRoot,
			Committee: m.office.committee, Registered: o.registered,
		},
	}
	if err := round.Decode("transcript", bytes, round.MaxTranscriptBytes, c.Transcript); err != nil {
		return nil, refuse("certificate", f.Round, "well-formed", err)
	}
	if c.base, err = m.cfg.Fetcher.Model(ctx, d.BaseModel, min(4*d.Parameters+1<<20, round.MaxModelBytes)); err != nil {
		return nil, fetching("base model", f.Round, err)
	}
	if head.Round > 0 {
		if c.previous, err = m.cfg.Fetcher.Rewards(ctx, head.Round); err != nil {
			return nil, fetching("rewards", f.Round, err)
		}
	}
	return c, nil
}

// fetching makes a refusal of what the aggregator does not have.
func fetching(what string, number uint64, err error) error {
	if round.ReasonOf(err) != "" {
		return refuse("certificate", number, "available "+what, err)
	}
	return fmt.Errorf("fetching the %s of round %d: %w", what, number, err)
}

// transcriptLimit returns the most bytes that a transcript of the round can have: the digit sums of each node, a hash and a signature
// for each contribution, all releases, and the reward tree.
func transcriptLimit(o *openRound) uint64 {
	d := &o.signed.Descriptor
	nodes, entries := uint64(len(o.manifest.Released)), uint64(len(o.manifest.Entries))
	sums := uint64(o.hash.SumsBytes(o.encryption.Coefficients(d.Values())))
	return min(1<<20+nodes*(sums+64)+entries*(uint64(o.hash.HashBytes())+1<<10)+nodes*uint64(d.Members)*round.MaxReleaseBytes+round.MaxManifestBytes, round.MaxTranscriptBytes)
}

// handleCertified ends a round whose certificate is on chain.
func (m *Member) handleCertified(ctx context.Context, r round.Record) ([]Post, error) {
	c, err := body[round.Certified](r, round.MaxRecordBytes)
	if err != nil {
		return nil, err
	}
	head, err := m.head(ctx)
	if err != nil {
		return nil, err
	}
	if head.Round < c.Round {
		err := fmt.Errorf("the chain's last round is %d, want %d", head.Round, c.Round)
		return nil, refuse("end of round", c.Round, "on chain", notYet{err, m.now().Add(time.Second)})
	}
	if m.round != nil && m.round.number() <= head.Round {
		m.setRound(nil)
	}
	return m.rotate(ctx)
}

// handleSkip lets go of a round that the aggregator has given up. That no other is opened before its time is not the aggregator's to say:
// see "previous round over".
func (m *Member) handleSkip(r round.Record) error {
	s, err := body[round.Skipped](r, round.MaxRecordBytes)
	if err != nil {
		return err
	}
	if m.round != nil && m.round.number() == s.Round {
		m.setRound(nil)
	}
	return nil
}
