package committee

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"sotto/round"
)

// contribution is what a member keeps of one until the manifest is signed: who is meant is checked, the sealed share is not opened.
type contribution struct {
	leaf     uint16
	digest   round.Hash
	envelope []byte // nil if it has the wrong size: the member abstains for its node
}

// delivery is a sealed share and what it is held against.
type delivery struct {
	*round.SealedShare
	round  *openRound
	member int
}

func (d delivery) who() common.Address { return d.Signed.Contribution.Contributor }

// envelopeChecks are made before a sealed share is kept. Together they bound what is kept: one envelope for each registered contributor.
var envelopeChecks = []check[delivery]{
	{"contribution", func(d delivery) error { return d.Signed.VerifyAs(&d.round.signed, d.round.digest) }},
	{"registered", func(d delivery) error { return d.round.isRegistered(d.who()) }},
	{"signed envelope", func(d delivery) error {
		if got, want := len(d.Digests), int(d.round.signed.Descriptor.Members); got != want {
			return fmt.Errorf("%d envelope digests, want %d", got, want)
		}
		if round.EnvelopesDigest(d.Digests) != d.Signed.Contribution.Envelopes {
			return errors.New("envelope digests are not the signed ones")
		}
		return same("envelope", sha256.Sum256(d.Envelope), d.Digests[d.member-1])
	}},
	{"one per contributor", func(d delivery) error {
		if known := d.round.known[d.who()]; known != nil {
			return fmt.Errorf("contribution %s of a contributor who has another one, %s", d.digest().Short(), known.digest.Short())
		}
		return nil
	}},
}

func (d delivery) digest() round.Hash {
	return d.Signed.Contribution.Digest(d.round.signed.Descriptor.Domain())
}

func (o *openRound) isRegistered(who common.Address) error {
	if _, found := slices.BinarySearchFunc(o.registered, who, common.Address.Cmp); !found {
		return fmt.Errorf("contributor is not registered at block %d", o.signed.Descriptor.Registry.Number)
	}
	return nil
}

// handleEnvelope keeps a sealed key share until it is known whose shares are summed.
func (m *Member) handleEnvelope(r round.Record) error {
	s, err := body[round.SealedShare](r, round.MaxRecordBytes)
	if err != nil {
		return err
	}
	o := m.round
	if m.office == nil || m.office.number == 0 || int(r.To) != m.office.number {
		return refuse("envelope", r.Round, "addressee", fmt.Errorf("to member %d, this is not it", r.To))
	}
	if o == nil || s.Signed.Contribution.Round != o.number() {
		return refuse("envelope", r.Round, "round open", fmt.Errorf("%w: round %d is not open to this member", ErrOver, s.Signed.Contribution.Round))
	}
	d := delivery{s, o, m.office.number}
	if known := o.known[d.who()]; known != nil && known.digest == d.digest() {
		return nil
	}
	if o.manifest != nil {
		return refuse("envelope", r.Round, "round open", fmt.Errorf("round %d is closed", o.number()))
	}
	if err := pass(m, "envelope", r.Round, envelopeChecks, d); err != nil {
		return err
	}
	c := &contribution{leaf: s.Signed.Contribution.Leaf, digest: d.digest()}
	if len(s.Envelope) == o.shares.EnvelopeBytes(o.encryption.N()) {
		c.envelope = s.Envelope
	}
	o.known[d.who()] = c
	return nil
}

// ErrOmitted says that a receipt's contribution is missing from the signed manifest of its round, which the aggregator answers for.
var ErrOmitted = errors.New("manifest omits a contribution with a receipt")

// maxEarly bounds the receipts that are kept for rounds that are not open to the member yet.
const maxEarly = 1 << 14

// AddReceipt tells the member of a receipt, by whatever path it came. The member signs no manifest of the receipt's round without its
// contribution. A receipt may come before the member knows of the round, as after a restart. Errors: [ErrOver] for a round that is past,
// and [ErrOmitted].
func (m *Member) AddReceipt(r round.SignedReceipt) error {
	number := r.Receipt.Round
	if err := r.Verify(m.cfg.Rounds, m.cfg.Aggregator); err != nil {
		return refuse("receipt", number, "signature", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if o := m.round; o != nil {
		if r.Receipt.Descriptor == o.digest {
			return o.addReceipt(&r.Receipt)
		}
		if number <= o.number() {
			return refuse("receipt", number, "round open", fmt.Errorf("%w: round %d, the open one is %d", ErrOver, number, o.number()))
		}
	}
	if slices.Contains(m.early, r.Receipt) {
		return nil
	}
	if len(m.early) < maxEarly {
		m.early = append(m.early, r.Receipt)
		return nil
	}
	oldest := 0
	for i := range m.early {
		if m.early[i].Round < m.early[oldest].Round {
			oldest = i
		}
	}
	if number <= m.early[oldest].Round {
		return refuse("receipt", number, "room", fmt.Errorf("%d receipts of rounds that are not open wait already", maxEarly))
	}
	m.early[oldest] = r.Receipt
	return nil
}

// takeReceipts hands the receipts that came early to the round that has opened. The caller holds Member.mu.
func (m *Member) takeReceipts(o *openRound) {
	for i := range m.early {
		if m.early[i].Descriptor == o.digest {
			_ = o.addReceipt(&m.early[i]) // a stranger's is no contribution's
		}
	}
	m.early = slices.DeleteFunc(m.early, func(r round.Receipt) bool { return r.Round <= o.number() })
}

func (o *openRound) addReceipt(r *round.Receipt) error {
	if err := o.isRegistered(r.Contributor); err != nil {
		return refuse("receipt", r.Round, "registered", err)
	}
	digests := o.receipts[r.Contributor]
	// With two different ones, no manifest has both; more say nothing new.
	if !slices.Contains(digests, r.Digest) && len(digests) < 2 {
		o.receipts[r.Contributor] = append(digests, r.Digest)
	}
	if o.manifest != nil {
		return o.omits(o.manifest)
	}
	return nil
}

// omits returns [ErrOmitted] if a manifest lacks a contribution that there is a receipt for.
func (o *openRound) omits(manifest *round.Manifest) error {
	if len(o.receipts) == 0 {
		return nil
	}
	listed := make(map[common.Address]round.Hash, len(manifest.Entries))
	for _, e := range manifest.Entries {
		listed[e.Contributor] = e.Digest
	}
	for who, digests := range o.receipts {
		for _, digest := range digests {
			if listed[who] != digest {
				return fmt.Errorf("%w: %s", ErrOmitted, digest.Short())
			}
		}
	}
	return nil
}
