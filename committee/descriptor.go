package committee

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"sotto/crypto/kahe"
	"sotto/crypto/ringsis"
	"sotto/crypto/sharing"
	"sotto/crypto/tbls"
	"sotto/round"
)

// proposal is a descriptor and everything that it is held against. The aggregator brings the descriptor; the rest comes from the member's
// configuration, clock and journal, and from the chain.
type proposal struct {
	*round.Descriptor
	cfg       *Config
	now       time.Time
	head      round.Head
	committee *round.Committee
	finalised round.Block
	registry  round.Hash // of the chain's block with the registry block's number, zero if that is not final
	latest    entry      // the descriptor of the highest round that was signed
	disclosed bool       // a manifest of a skipped round after head was signed
}

// descriptorChecks are made in this order before a descriptor is signed, and again when it comes back with the committee's signature.
var descriptorChecks = []check[*proposal]{
	{"well-formed", func(p *proposal) error { return p.Validate() }},
	{"deployment", func(p *proposal) error {
		if got := p.Domain(); got != p.cfg.Rounds {
			return fmt.Errorf("for chain %d and contract %s, want %d and %s", got.ChainID, got.Contract, p.cfg.Rounds.ChainID, p.cfg.Rounds.Contract)
		}
		return nil
	}},
	{"round not over", func(p *proposal) error {
		switch {
		case p.Round <= p.head.Round:
			return fmt.Errorf("%w: round %d, the chain's last one is %d", ErrOver, p.Round, p.head.Round)
		case p.Round < p.latest.round:
			return fmt.Errorf("%w: round %d, round %d was signed after it", ErrOver, p.Round, p.latest.round)
		}
		return nil
	}},
	{"previous head", func(p *proposal) error { return p.onHead(same("head", p.PreviousHead, p.head.Hash)) }},
	{"round number", func(p *proposal) error {
		if want := p.head.Round + uint64(p.Aborted) + 1; p.Round != want {
			return fmt.Errorf("round %d with %d skipped after round %d, want round %d", p.Round, p.Aborted, p.head.Round, want)
		}
		return nil
	}},
	{"aborts", func(p *proposal) error {
		if p.Aborted > p.cfg.Policy.Aborts {
			return fmt.Errorf("%d rounds skipped in a row, at most %d without a person's word", p.Aborted, p.cfg.Policy.Aborts)
		}
		return nil
	}},
	{"model id", func(p *proposal) error { return same("model id", p.Model, p.cfg.Model) }},
	{"base model", func(p *proposal) error { return same("base model", p.BaseModel, p.head.Model) }},
	{"aggregator", func(p *proposal) error {
		if p.Aggregator != p.cfg.Aggregator {
			return fmt.Errorf("receipts by %s, want %s", p.Aggregator, p.cfg.Aggregator)
		}
		return nil
	}},
	{"epoch", func(p *proposal) error {
		if p.Epoch != p.committee.Epoch {
			return fmt.Errorf("epoch %d, the chain is in epoch %d", p.Epoch, p.committee.Epoch)
		}
		return nil
	}},
	{"key list", func(p *proposal) error {
		if int(p.Members) != len(p.committee.Members) {
			return fmt.Errorf("%d members, the chain has %d", p.Members, len(p.committee.Members))
		}
		return same("key list", p.KeyList, p.committee.KeyList)
	}},
	{"registry block", func(p *proposal) error {
		if p.Registry.Number > p.finalised.Number {
			return p.soon(fmt.Errorf("block %d is not final, the newest final one is %d", p.Registry.Number, p.finalised.Number))
		}
		return same("block hash", p.Registry.Hash, p.registry)
	}},
	{"limits", func(p *proposal) error { return p.cfg.Policy.check(p.Descriptor) }},
	{"round time", func(p *proposal) error {
		if left := p.DeadlineTime().Sub(p.now); left > p.cfg.Policy.RoundTime {
			return fmt.Errorf("deadline in %s, at most %s", left.Round(time.Millisecond), p.cfg.Policy.RoundTime)
		}
		return nil
	}},
	{"previous round over", func(p *proposal) error {
		l := p.latest
		if l.round > p.head.Round && l.round < p.Round && p.now.Before(l.skipTime()) {
			return notYet{fmt.Errorf("round %d has neither a certificate nor run out of time, for another %s", l.round, l.skipTime().Sub(p.now).Round(time.Millisecond)), l.skipTime()}
		}
		return nil
	}},
	{"disclosed", func(p *proposal) error {
		if p.disclosed && !p.Disclosed {
			return errors.New("it denies that contributions from this model may be known, a manifest of a skipped round was signed")
		}
		return nil
	}},
}

// signingChecks are made too before a descriptor is signed. A round that is open already may be past them.
var signingChecks = []check[*proposal]{
	{"deadline", func(p *proposal) error {
		if !p.now.Before(p.DeadlineTime()) {
			return fmt.Errorf("deadline was %s ago", p.now.Sub(p.DeadlineTime()).Round(time.Millisecond))
		}
		return nil
	}},
	{"registry age", func(p *proposal) error {
		if age := p.finalised.Number - p.Registry.Number; age > round.MaxRegistryAge {
			return fmt.Errorf("block %d is %d blocks behind the newest final one, at most %d", p.Registry.Number, age, round.MaxRegistryAge)
		}
		return nil
	}},
}

func same(what string, got, want round.Hash) error {
	if got != want {
		return fmt.Errorf("%s %s, want %s", what, got.Short(), want.Short())
	}
	return nil
}

// onHead makes a refusal one that time may heal if the descriptor speaks of a later round than the chain's next: this member's node may
// be behind.
func (p *proposal) onHead(err error) error {
	if err != nil && p.Round > p.head.Round+uint64(p.Aborted)+1 {
		return p.soon(err)
	}
	return err
}

func (p *proposal) soon(err error) error { return notYet{err, p.now.Add(time.Second)} }

// propose gathers what a descriptor is held against.
func (m *Member) propose(ctx context.Context, d *round.Descriptor, head round.Head) (*proposal, error) {
	p := &proposal{Descriptor: d, cfg: &m.cfg, now: m.now(), head: head, committee: &m.office.committee, latest: m.dir.journal.latestDescriptor()}
	var err error
	if p.finalised, err = m.cfg.Chain.Finalised(ctx); err != nil {
		return nil, err
	}
	if d.Registry.Number <= p.finalised.Number {
		if p.registry, err = m.cfg.Chain.BlockHash(ctx, d.Registry.Number); err != nil {
			return nil, err
		}
	}
	p.disclosed = m.dir.journal.manifestBetween(head.Round, d.Round)
	return p, nil
}

// handlePropose signs the descriptor of a round.
func (m *Member) handlePropose(ctx context.Context, r round.Record) ([]Post, error) {
	d, err := body[round.Descriptor](r, round.MaxDescriptorBytes)
	if err != nil {
		return nil, err
	}
	head, err := m.head(ctx)
	if err != nil {
		return nil, err
	}
	m.own.expect(slot{actDescriptor, 0, d.Round}, d.Message())
	if member, err := m.begin("descriptor", d.Round); !member || err != nil {
		return nil, err
	}
	p, err := m.propose(ctx, d, head)
	if err != nil {
		return nil, err
	}
	if err := pass(m, "descriptor", d.Round, descriptorChecks, p); err != nil {
		return nil, err
	}
	if err := pass(m, "descriptor", d.Round, signingChecks, p); err != nil {
		return nil, err
	}
	return m.sign("descriptor", round.PurposeDescriptor, descriptorEntry(d), d.Message())
}

func descriptorEntry(d *round.Descriptor) entry {
	return entry{act: actDescriptor, epoch: d.Epoch, round: d.Round, until: d.Deadline + d.Grace, digest: d.Digest()}
}

// openRound is the round that this member takes part in.
type openRound struct {
	signed     round.SignedDescriptor
	digest     round.Hash
	encryption kahe.Params
	hash       ringsis.Params
	shares     sharing.Params
	registered []common.Address // at the registry block, sorted
	known      map[common.Address]*contribution
	receipts   map[common.Address][]round.Hash // digests of contributions, guarded by Member.mu

	manifest *round.Manifest // once the committee has signed it
	closed   round.Hash      // its digest
	releases map[releaseOf]round.SignedRelease
}

func (o *openRound) number() uint64 { return o.signed.Descriptor.Round }

// handleOpen takes part in a round that the committee has opened, whether or not this member signed for it.
func (m *Member) handleOpen(ctx context.Context, r round.Record) error {
	s, err := body[round.SignedDescriptor](r, round.MaxDescriptorBytes)
	if err != nil {
		return err
	}
	head, err := m.head(ctx)
	if err != nil {
		return err
	}
	d := &s.Descriptor
	if member, err := m.begin("opening", d.Round); !member || err != nil {
		return err
	}
	if m.round != nil && m.round.signed == *s {
		return nil
	}
	p, err := m.propose(ctx, d, head)
	if err != nil {
		return err
	}
	if err := pass(m, "opening", d.Round, descriptorChecks, p); err != nil {
		return err
	}
	if err := pass(m, "opening", d.Round, openingChecks, opening{m.office.key, s}); err != nil {
		return err
	}
	if err := m.once("opening", descriptorEntry(d)); err != nil {
		return err
	}
	return m.takePart(ctx, s)
}

type opening struct {
	key    tbls.PublicKey
	signed *round.SignedDescriptor
}

var openingChecks = []check[opening]{
	{"signature", func(o opening) error {
		return tbls.Verify(o.key, o.signed.Descriptor.Message(), tbls.Signature(o.signed.Signature))
	}},
}

func (m *Member) takePart(ctx context.Context, s *round.SignedDescriptor) error {
	d := &s.Descriptor
	o := &openRound{signed: *s, digest: d.Digest(), known: map[common.Address]*contribution{}, receipts: map[common.Address][]round.Hash{}, releases: map[releaseOf]round.SignedRelease{}}
	var err error
	if o.encryption, o.hash, err = d.Crypto(); err != nil {
		return refuse("opening", d.Round, "well-formed", err)
	}
	if o.shares, err = d.Sharing(); err != nil {
		return refuse("opening", d.Round, "well-formed", err)
	}
	if o.registered, err = m.cfg.Chain.RegisteredAt(ctx, d.Registry); err != nil {
		return err
	}
	m.setRound(o)
	return nil
}

// current returns the round that a record is about, if this member takes part in it and it is not over.
func (m *Member) current(ctx context.Context, what string, number uint64) (*openRound, round.Head, error) {
	head, err := m.head(ctx)
	if err != nil {
		return nil, head, err
	}
	latest := m.dir.journal.latestDescriptor().round
	switch {
	case number <= head.Round:
		err = fmt.Errorf("%w: round %d, the chain's last one is %d", ErrOver, number, head.Round)
	case number < latest:
		err = fmt.Errorf("%w: round %d, round %d was signed after it", ErrOver, number, latest)
	}
	if err != nil && !m.without[what+": round not over"] {
		return nil, head, refuse(what, number, "round not over", err)
	}
	if m.round == nil || m.round.number() != number {
		return nil, head, refuse(what, number, "round open", fmt.Errorf("round %d is not open to this member", number))
	}
	return m.round, head, nil
}
