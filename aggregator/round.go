package aggregator

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"sotto/crypto/kahe"
	"sotto/crypto/sharing"
	"sotto/crypto/tbls"
	"sotto/round"
)

// State is what a log says, folded record by record. Equal logs give equal states, and a log gives the same state after records of
// rounds that are over and of superseded key generations were dropped from it.
//
// Every record is checked against the rules of docs/protocol.md before it counts: who may say what, when, and only once. Signatures of
// members are checked here. What only the ciphertext can show of a contribution, and who is registered, is checked at the door before
// there is a record.
//
// A State is not safe for concurrent use.
type State struct {
	registry, rounds round.Domain

	sequence  uint64 // of the newest record
	certified uint64 // last certified round
	head      round.Hash
	model     round.Hash
	begun     bool

	last      uint64 // newest round that was proposed
	notBefore uint64 // Unix time in milliseconds before which members open no other round
	disclosed bool   // a manifest of a skipped round since head may have been signed
	over      Phase  // what became of the last round, if none is in progress

	committee *committee
	forming   *formation
	attempted attempt   // the newest key generation
	round     *progress // the round in progress, or nil

	without string // a check that is left out, by tests only (door.go)
}

// NewState returns the state of an empty log.
func NewState(registry, rounds round.Domain) *State {
	return &State{registry: registry, rounds: rounds}
}

// Phase is where a round stands.
type Phase uint8

// Phases of a round, in their order.
const (
	PhaseNone      Phase = iota // no round was proposed
	PhaseProposed               // the descriptor is with the committee
	PhaseOpen                   // contributions are taken
	PhaseFrozen                 // nothing is added any more
	PhaseClosing                // the manifest is with the committee
	PhaseReleasing              // the manifest is signed; members release
	PhaseFinished               // the certificate is with the committee
	PhaseCertified              // the certificate is on chain
	PhaseSkipped                // given up
)

// String returns the phase's name in logs and errors.
func (p Phase) String() string {
	names := [...]string{"none", "proposed", "open", "frozen", "closing", "releasing", "finished", "certified", "skipped"}
	if int(p) < len(names) {
		return names[p]
	}
	return fmt.Sprintf("phase %d", uint8(p))
}

// committee is the committee in office.
type committee struct {
	epoch   uint64
	keys    round.KeyList
	encoded []byte
	group   tbls.GroupKey
}

// shares are the valid signature shares over one message, by member.
type shares map[uint8]tbls.Signature

// list returns the shares as crypto/tbls takes them.
func (s shares) list() []tbls.SignatureShare {
	var out []tbls.SignatureShare
	for member, signature := range s {
		out = append(out, tbls.SignatureShare{Member: int(member), Signature: signature})
	}
	slices.SortFunc(out, func(a, b tbls.SignatureShare) int { return a.Member - b.Member })
	return out
}

// entry is what the state keeps of an accepted contribution. The rest of it stays in the log.
type entry struct {
	signed  round.SignedContribution
	receipt round.SignedReceipt
}

// progress is everything about the round in progress.
type progress struct {
	phase      Phase
	descriptor round.Descriptor
	digest     round.Hash
	opening    round.SignedDescriptor // from PhaseOpen

	entries map[common.Address]*entry
	leaves  []uint32 // contributions by leaf

	closing  round.SignedManifest // the manifest from PhaseClosing, the signature from PhaseReleasing
	manifest round.Hash
	releases []map[uint8]round.SignedRelease // by node

	transcript  round.Hash // from PhaseFinished
	candidate   bulk       // the transcript's bytes
	certificate round.Certificate

	descriptorShares, manifestShares, certificateShares shares
}

// ErrRepeat says that the log has this very statement already, or one that makes it needless. It is not appended again; whoever sent it
// need not know.
var ErrRepeat = errors.New("record is on the board already")

// An Equivocation is the refusal of a statement whose signer has made another one in its place. The two together are evidence.
type Equivocation struct {
	Member        uint8
	Kind          round.Kind
	Round         uint64 // 0 in a key generation
	First, Second []byte // bodies of the two records

	refusal error
}

func (e *Equivocation) Error() string { return e.refusal.Error() }

// Unwrap returns the refusal.
func (e *Equivocation) Unwrap() error { return e.refusal }

func equivocation(r *round.Record, member uint8, what string, first any) error {
	return &Equivocation{Member: member, Kind: r.Kind, Round: r.Round, First: round.Encode(first), Second: r.Body,
		refusal: round.Refuse(round.ReasonDuplicate, fmt.Sprintf("member %d has signed another %s", member, what), "the first one counts")}
}

// Apply takes the next record of the log. A record that breaks a rule is refused with an error that names the rule, and leaves the state
// as it was. What members post wrongly is a [round.Refusal], an [Equivocation] among them; [ErrRepeat] is none.
func (s *State) Apply(r round.Record) error {
	effect, err := s.prepare(&r)
	if err != nil {
		return err
	}
	effect()
	return nil
}

// prepare checks the next record and returns what it does to the state, for a writer that appends in between.
func (s *State) prepare(r *round.Record) (effect func(), err error) {
	if r.Sequence <= s.sequence {
		return nil, fmt.Errorf("record %d after record %d", r.Sequence, s.sequence)
	}
	change, err := s.change(r)
	if err != nil {
		return nil, err
	}
	sequence := r.Sequence
	return func() {
		change()
		s.sequence = sequence
	}, nil
}

func (s *State) change(r *round.Record) (func(), error) {
	switch r.Kind {
	case kindBegun:
		return s.applyBegun(r)
	case kindForming:
		return s.applyForming(r)
	case kindAbandoned:
		return s.applyAbandoned(r)
	case round.KindHello:
		return s.applyHello(r)
	case round.KindSession:
		return s.applySession(r)
	case round.KindPacket:
		return s.applyPacket(r)
	case round.KindPhase:
		return s.applyPhase(r)
	case round.KindConfirmation:
		return s.applyConfirmation(r)
	case round.KindInstalled:
		return s.applyInstalled(r)
	case round.KindPropose:
		return s.applyPropose(r)
	case round.KindShare:
		return s.applyShare(r)
	case round.KindOpen:
		return s.applyOpen(r)
	case kindAccepted:
		return s.applyAccepted(r)
	case kindFrozen:
		return s.applyFrozen(r)
	case round.KindClose:
		return s.applyClose(r)
	case round.KindClosed:
		return s.applyClosed(r)
	case round.KindRelease:
		return s.applyRelease(r)
	case kindFinished:
		return s.applyFinished(r)
	case kindCertified:
		return s.applyCertified(r)
	case kindSkipped:
		return s.applySkipped(r)
	}
	return nil, round.Refuse(round.ReasonMalformed, fmt.Sprintf("%s records do not belong in the log", kindName(r.Kind)), "")
}

// aborted returns how many rounds were skipped since the last certificate.
func (s *State) aborted() uint64 { return s.last - s.certified }

// quiet returns why a volume cannot end now, or nil.
func (s *State) quiet() error {
	switch {
	case !s.begun:
		return errors.New("nothing has begun")
	case s.round != nil:
		return fmt.Errorf("round %d is in progress", s.last)
	case s.forming != nil && s.forming.session != nil:
		return fmt.Errorf("a key generation for epoch %d is under way", s.forming.epoch)
	}
	return nil
}

// checkpoint returns what the next volume begins with. The state must be quiet.
func (s *State) checkpoint() *begun {
	b := &begun{Certified: s.certified, Head: s.head, Model: s.model, Last: s.last, NotBefore: s.notBefore, Disclosed: s.disclosed, Over: uint8(s.over)}
	if c := s.committee; c != nil {
		b.Office = []round.Installed{{Epoch: c.epoch, Keys: c.keys, Group: c.encoded}}
	}
	if f := s.forming; f != nil {
		k := formingBegun{Epoch: f.epoch, Nominees: f.nominees, Heard: f.heard}
		for _, h := range f.hellos {
			if h != nil {
				k.Hellos = append(k.Hellos, *h)
			}
		}
		b.Forming = []formingBegun{k}
	}
	if s.attempted.Epoch > 0 {
		b.Attempt = []attempt{s.attempted}
	}
	return b
}

// mustDisclose returns what the next descriptor says of contributions to rounds that were skipped since the head. If none was skipped there
// is nothing to say.
func (s *State) mustDisclose() bool { return s.disclosed && s.aborted() > 0 }

// applyBegun begins a volume. What it says is what the records before come to, if there are any.
func (s *State) applyBegun(r *round.Record) (func(), error) {
	b, err := decode[begun](r)
	if err != nil {
		return nil, err
	}
	if err := ofRound(r, 0); err != nil {
		return nil, err
	}
	if s.begun {
		if err := s.quiet(); err != nil {
			return nil, fmt.Errorf("volume begins while %w", err)
		}
		if !bytes.Equal(round.Encode(s.checkpoint()), r.Body) {
			return nil, errors.New("volume begins with another state than the one before it ended with")
		}
	}
	next := State{registry: s.registry, rounds: s.rounds, sequence: s.sequence, without: s.without, begun: true, certified: b.Certified, head: b.Head, model: b.Model,
		last: b.Last, notBefore: b.NotBefore, disclosed: b.Disclosed, over: Phase(b.Over)}
	if len(b.Office) > 1 || len(b.Forming) > 1 || len(b.Attempt) > 1 || b.Last < b.Certified {
		return nil, errors.New("volume begins with a state that cannot be")
	}
	for _, i := range b.Office {
		if next.committee, err = committeeOf(&i); err != nil {
			return nil, err
		}
	}
	for _, k := range b.Forming {
		if next.forming, err = k.formation(); err != nil {
			return nil, err
		}
	}
	for _, n := range b.Attempt {
		next.attempted = n
	}
	return func() { *s = next }, nil
}

// applyPropose begins a round.
func (s *State) applyPropose(r *round.Record) (func(), error) {
	d, err := decode[round.Descriptor](r)
	if err != nil {
		return nil, err
	}
	if err := ofRound(r, d.Round); err != nil {
		return nil, err
	}
	switch {
	case s.committee == nil:
		return nil, fmt.Errorf("round %d is proposed before there is a committee", d.Round)
	case s.round != nil:
		return nil, fmt.Errorf("round %d is proposed while round %d is in progress", d.Round, s.last)
	case s.forming != nil && s.forming.session != nil:
		return nil, fmt.Errorf("round %d is proposed while the committee of epoch %d generates its key", d.Round, s.forming.epoch)
	}
	if err := d.Validate(); err != nil {
		return nil, err
	}
	c := s.committee
	switch {
	case d.Domain() != s.rounds:
		return nil, fmt.Errorf("descriptor is for chain %d and contract %s, want %d and %s", d.ChainID, d.Contract, s.rounds.ChainID, s.rounds.Contract)
	case d.Round != s.last+1 || uint64(d.Aborted) != s.aborted():
		return nil, fmt.Errorf("descriptor of round %d with %d skipped, want round %d with %d", d.Round, d.Aborted, s.last+1, s.aborted())
	case d.Disclosed != s.mustDisclose():
		return nil, fmt.Errorf("descriptor says %t of disclosed contributions, want %t", d.Disclosed, s.mustDisclose())
	case d.PreviousHead != s.head:
		return nil, fmt.Errorf("descriptor follows head %s, want %s", d.PreviousHead.Short(), s.head.Short())
	case d.BaseModel != s.model:
		return nil, fmt.Errorf("descriptor is for base model %s, want %s", d.BaseModel.Short(), s.model.Short())
	case d.Epoch != c.epoch || int(d.Members) != len(c.keys):
		return nil, fmt.Errorf("descriptor of epoch %d with %d members, want epoch %d with %d", d.Epoch, d.Members, c.epoch, len(c.keys))
	case d.KeyList != c.keys.Hash():
		return nil, fmt.Errorf("descriptor names key list %s, want %s", d.KeyList.Short(), c.keys.Hash().Short())
	}
	p := &progress{phase: PhaseProposed, descriptor: *d, digest: d.Digest(),
		descriptorShares: shares{}, manifestShares: shares{}, certificateShares: shares{}}
	return func() { s.round, s.last, s.over = p, d.Round, PhaseNone }, nil
}

// current returns the round in progress for a record of round number in the given phase.
func (s *State) current(r *round.Record, number uint64, phase Phase) (*progress, error) {
	if err := ofRound(r, number); err != nil {
		return nil, err
	}
	switch {
	case s.round == nil || s.round.descriptor.Round != number:
		return nil, fmt.Errorf("%s record of round %d, which is not in progress", kindName(r.Kind), number)
	case s.round.phase != phase:
		return nil, fmt.Errorf("%s record of round %d, which is %s, want %s", kindName(r.Kind), number, s.round.phase, phase)
	}
	return s.round, nil
}

// posted returns the round in progress for something that a member posts about round number.
func (s *State) posted(r *round.Record, number uint64, what string) (*progress, error) {
	if r.Round != number || r.To != 0 {
		return nil, round.Refuse(round.ReasonMalformed, fmt.Sprintf("%s of round %d in a record of round %d", what, number, r.Round), "")
	}
	if s.round == nil || s.round.descriptor.Round != number {
		if number <= s.last {
			return nil, round.Refuse(round.ReasonRoundClosed, fmt.Sprintf("%s for round %d, which is over", what, number), s.progressHint())
		}
		return nil, round.Refuse(round.ReasonWrongRound, fmt.Sprintf("%s for round %d, which was not proposed", what, number), s.progressHint())
	}
	return s.round, nil
}

func (s *State) progressHint() string {
	if s.round == nil {
		return "no round is in progress"
	}
	return fmt.Sprintf("the round in progress is %d", s.last)
}

// applyShare takes a member's share of a committee signature.
func (s *State) applyShare(r *round.Record) (func(), error) {
	share, err := decode[round.SignatureShare](r)
	if err != nil {
		return nil, err
	}
	switch share.Purpose {
	case round.PurposeDescriptor, round.PurposeManifest, round.PurposeCertificate:
		return s.applyRoundShare(r, share)
	case round.PurposePossession:
		return s.applyPossessionShare(r, share)
	case round.PurposeRotation:
		return s.applyRotationShare(r, share)
	}
	return nil, round.Refuse(round.ReasonMalformed, fmt.Sprintf("signature share for %s, want 1 to 5", share.Purpose), "")
}

func (s *State) applyRoundShare(r *round.Record, share *round.SignatureShare) (func(), error) {
	p, err := s.posted(r, share.Round, "signature share over the "+share.Purpose.String())
	if err != nil {
		return nil, err
	}
	given, phase, message := p.signed(share.Purpose)
	switch {
	case share.Epoch != s.committee.epoch:
		return nil, round.Refuse(round.ReasonWrongRound, fmt.Sprintf("signature share of epoch %d for round %d of epoch %d", share.Epoch, share.Round, s.committee.epoch), "")
	case p.phase < phase:
		return nil, round.Refuse(round.ReasonWrongRound, fmt.Sprintf("signature share over the %s of round %d, which has none yet", share.Purpose, share.Round), "")
	}
	return s.addShare(share, given, s.committee.group, message(), p.phase == phase)
}

// signed returns the shares over one of the round's three signed messages, the phase in which they are collected, and the message.
func (p *progress) signed(purpose round.Purpose) (given shares, phase Phase, message func() []byte) {
	d := &p.descriptor
	switch purpose {
	case round.PurposeDescriptor:
		return p.descriptorShares, PhaseProposed, d.Message
	case round.PurposeManifest:
		return p.manifestShares, PhaseClosing, func() []byte { return p.closing.Manifest.Message(d) }
	}
	return p.certificateShares, PhaseFinished, func() []byte { return p.certificate.Message(d.Domain()) }
}

// addShare verifies a share and adds it to those given. One that comes after a quorum's is a repeat: the committee's signature says the
// same. BLS signatures are unique, so a member has only one valid share over a message and cannot equivocate here.
func (s *State) addShare(share *round.SignatureShare, given shares, group tbls.GroupKey, message []byte, wanted bool) (func(), error) {
	if share.Member < 1 || int(share.Member) > group.Members() {
		return nil, round.Refuse(round.ReasonNotAMember, fmt.Sprintf("signature share of member %d in a committee of %d", share.Member, group.Members()), "")
	}
	signature := tbls.Signature(share.Signature)
	if given[share.Member] == signature {
		return nil, ErrRepeat
	}
	if err := tbls.VerifyShare(group, message, tbls.SignatureShare{Member: int(share.Member), Signature: signature}); err != nil {
		return nil, round.Refuse(round.ReasonBadSignature, fmt.Sprintf("share over the %s: %v", share.Purpose, err), "sign what is on the board with this epoch's key")
	}
	if !wanted {
		return nil, ErrRepeat
	}
	return func() { given[share.Member] = signature }, nil
}

// applyOpen opens the round that was proposed.
func (s *State) applyOpen(r *round.Record) (func(), error) {
	o, err := decode[round.SignedDescriptor](r)
	if err != nil {
		return nil, err
	}
	p, err := s.current(r, o.Descriptor.Round, PhaseProposed)
	if err != nil {
		return nil, err
	}
	if o.Descriptor != p.descriptor {
		return nil, fmt.Errorf("round %d is opened with another descriptor than the proposed one", o.Descriptor.Round)
	}
	if err := tbls.Verify(s.committee.group.Public(), p.descriptor.Message(), tbls.Signature(o.Signature)); err != nil {
		return nil, fmt.Errorf("descriptor of round %d: %w", o.Descriptor.Round, err)
	}
	return func() {
		p.phase, p.opening = PhaseOpen, *o
		p.entries = make(map[common.Address]*entry)
		p.leaves = make([]uint32, p.descriptor.Leaves)
	}, nil
}

// applyAccepted counts a contribution in.
func (s *State) applyAccepted(r *round.Record) (func(), error) {
	a, err := decode[accepted](r)
	if err != nil {
		return nil, err
	}
	c, phase := &a.Signed.Contribution, PhaseOpen
	if s.without == checkFrozen && s.round != nil {
		phase = s.round.phase
	}
	p, err := s.current(r, c.Round, phase)
	if err != nil {
		return nil, err
	}
	d := &p.descriptor
	digest := c.Digest(d.Domain())
	want := round.Receipt{Descriptor: p.digest, Round: d.Round, Leaf: c.Leaf, Contributor: c.Contributor, Digest: digest, AcceptedAt: a.Receipt.Receipt.AcceptedAt}
	switch {
	case c.Descriptor != p.digest || c.BaseModel != d.BaseModel:
		return nil, fmt.Errorf("contribution of %s is for another descriptor or model than those of round %d", c.Contributor, d.Round)
	case c.Leaf != round.LeafOf(p.opening.Beacon(), c.Contributor, d.Leaves):
		return nil, fmt.Errorf("contribution of %s is in leaf %d, which it was not drawn into", c.Contributor, c.Leaf)
	case p.entries[c.Contributor] != nil && s.without != checkOnce:
		return nil, fmt.Errorf("contribution of %s is in round %d already", c.Contributor, d.Round)
	case p.leaves[c.Leaf] >= d.KMax:
		return nil, fmt.Errorf("leaf %d of round %d is full", c.Leaf, d.Round)
	case len(p.entries) >= round.MaxEntries:
		return nil, fmt.Errorf("round %d has %d contributions, at most %d", d.Round, len(p.entries), round.MaxEntries)
	case len(a.Envelopes) != int(d.Members) || len(a.Digests) != int(d.Members):
		return nil, fmt.Errorf("contribution of %s with %d envelopes and %d digests, want %d", c.Contributor, len(a.Envelopes), len(a.Digests), d.Members)
	case a.Receipt.Receipt != want:
		return nil, fmt.Errorf("receipt for another contribution than that of %s", c.Contributor)
	}
	return func() {
		p.entries[c.Contributor] = &entry{a.Signed, a.Receipt}
		p.leaves[c.Leaf]++
	}, nil
}

// applyFrozen ends the set of contributions.
func (s *State) applyFrozen(r *round.Record) (func(), error) {
	f, err := decode[frozen](r)
	if err != nil {
		return nil, err
	}
	p, err := s.current(r, f.Round, PhaseOpen)
	if err != nil {
		return nil, err
	}
	return func() { p.phase = PhaseFrozen }, nil
}

// applyClose lays the manifest before the committee: exactly what was accepted.
func (s *State) applyClose(r *round.Record) (func(), error) {
	m, err := decode[round.Manifest](r)
	if err != nil {
		return nil, err
	}
	p, err := s.current(r, m.Round, PhaseFrozen)
	if err != nil {
		return nil, err
	}
	d := &p.descriptor
	if err := m.Validate(d); err != nil {
		return nil, err
	}
	if len(m.Entries) != len(p.entries) {
		return nil, fmt.Errorf("manifest of %d entries, %d contributions were accepted", len(m.Entries), len(p.entries))
	}
	for _, e := range m.Entries {
		if got := p.entries[e.Contributor]; got == nil || got.receipt.Receipt.Digest != e.Digest || got.receipt.Receipt.Leaf != e.Leaf {
			return nil, fmt.Errorf("manifest entry of %s is not what was accepted", e.Contributor)
		}
	}
	return func() {
		p.phase, p.closing.Manifest, p.manifest = PhaseClosing, *m, m.Digest()
		for range m.Released {
			p.releases = append(p.releases, make(map[uint8]round.SignedRelease))
		}
	}, nil
}

// applyClosed closes the round with the committee's signature.
func (s *State) applyClosed(r *round.Record) (func(), error) {
	c, err := decode[round.SignedManifest](r)
	if err != nil {
		return nil, err
	}
	p, err := s.current(r, c.Manifest.Round, PhaseClosing)
	if err != nil {
		return nil, err
	}
	if c.Manifest.Digest() != p.manifest {
		return nil, fmt.Errorf("round %d is closed with another manifest than the proposed one", c.Manifest.Round)
	}
	if err := tbls.Verify(s.committee.group.Public(), p.closing.Manifest.Message(&p.descriptor), tbls.Signature(c.Signature)); err != nil {
		return nil, fmt.Errorf("manifest of round %d: %w", c.Manifest.Round, err)
	}
	return func() { p.phase, p.closing.Signature = PhaseReleasing, c.Signature }, nil
}

// applyRelease takes a member's sum of key shares of one node.
func (s *State) applyRelease(r *round.Record) (func(), error) {
	signed, err := decode[round.SignedRelease](r)
	if err != nil {
		return nil, err
	}
	rel := &signed.Release
	p, err := s.posted(r, rel.Round, "release")
	if err != nil {
		return nil, err
	}
	keys := s.committee.keys
	switch {
	case p.phase < PhaseReleasing:
		return nil, round.Refuse(round.ReasonWrongRound, fmt.Sprintf("release for round %d before its manifest is signed", rel.Round), "")
	case rel.Member < 1 || int(rel.Member) > len(keys):
		return nil, round.Refuse(round.ReasonNotAMember, fmt.Sprintf("release of member %d in a committee of %d", rel.Member, len(keys)), "")
	}
	if err := signed.Verify(&p.descriptor, p.digest, p.manifest, len(p.releases), keys[rel.Member-1].Identity); err != nil {
		return nil, err
	}
	if first, ok := p.releases[rel.Node][rel.Member]; ok {
		if round.Digest(&first.Release) == round.Digest(rel) {
			return nil, ErrRepeat
		}
		return nil, equivocation(r, rel.Member, fmt.Sprintf("release of node %d of round %d", rel.Node, rel.Round), &first)
	}
	if p.phase > PhaseReleasing {
		return nil, round.Refuse(round.ReasonRoundClosed, fmt.Sprintf("release for round %d, which is finished", rel.Round), "")
	}
	if err := p.checkRelease(rel); err != nil {
		return nil, round.Refuse(round.ReasonMalformed, fmt.Sprintf("release of member %d: %v", rel.Member, err), "")
	}
	return func() { p.releases[rel.Node][rel.Member] = *signed }, nil
}

// checkRelease refuses what cannot be a sum of key shares.
func (p *progress) checkRelease(rel *round.Release) error {
	params, err := p.descriptor.Sharing()
	if err != nil {
		return err
	}
	enc, err := p.encryption()
	if err != nil {
		return err
	}
	_, err = sharing.DecodeShare(params, rel.Shares, enc.N())
	return err
}

func (p *progress) encryption() (kahe.Params, error) {
	enc, _, err := p.descriptor.Crypto()
	return enc, err
}

// applyFinished lays the result before the committee.
func (s *State) applyFinished(r *round.Record) (func(), error) {
	f, err := decode[finished](r)
	if err != nil {
		return nil, err
	}
	c := &f.Certificate
	p, err := s.current(r, c.Round, PhaseReleasing)
	if err != nil {
		return nil, err
	}
	if c.Epoch != p.descriptor.Epoch || c.PreviousHead != p.descriptor.PreviousHead || c.Descriptor != p.digest || c.Manifest != p.manifest {
		return nil, fmt.Errorf("certificate of round %d is for another epoch, head, descriptor or manifest", c.Round)
	}
	return func() {
		p.phase, p.transcript, p.candidate, p.certificate = PhaseFinished, f.Transcript, f.Candidate, *c
	}, nil
}

// applyCertified ends a round well. It also stands for a round that was dropped from the log or finished beside it.
func (s *State) applyCertified(r *round.Record) (func(), error) {
	c, err := decode[certified](r)
	if err != nil {
		return nil, err
	}
	number := c.Certified.Round
	if err := ofRound(r, number); err != nil {
		return nil, err
	}
	if s.round == nil {
		// A round that was given up may turn out to be certified: the chain decides.
		if number <= s.certified {
			return nil, fmt.Errorf("round %d is certified after round %d", number, s.certified)
		}
	} else {
		p, err := s.current(r, number, PhaseFinished)
		if err != nil {
			return nil, err
		}
		if err := tbls.Verify(s.committee.group.Public(), p.certificate.Message(p.descriptor.Domain()), tbls.Signature(c.Certified.Signature)); err != nil {
			return nil, fmt.Errorf("certificate of round %d: %w", number, err)
		}
		if head := p.certificate.Head(p.descriptor.Domain()); c.Head != head || c.Model != p.certificate.Model {
			return nil, fmt.Errorf("certificate of round %d leads to head %s and model %s, want %s and %s",
				number, c.Head.Short(), c.Model.Short(), head.Short(), p.certificate.Model.Short())
		}
	}
	return func() {
		s.certified, s.head, s.model, s.disclosed = number, c.Head, c.Model, false
		if number >= s.last {
			s.round, s.last, s.over, s.notBefore = nil, number, PhaseCertified, 0
		}
	}, nil
}

// applySkipped ends a round badly. It also stands for a round that was dropped from the log, or lost in a crash with the log before.
func (s *State) applySkipped(r *round.Record) (func(), error) {
	k, err := decode[skipped](r)
	if err != nil {
		return nil, err
	}
	if err := ofRound(r, k.Round); err != nil {
		return nil, err
	}
	disclosed := k.Disclosed
	switch p := s.round; {
	case p == nil && k.Round <= s.last:
		return nil, fmt.Errorf("round %d is skipped after round %d", k.Round, s.last)
	case p != nil && p.descriptor.Round != k.Round:
		return nil, fmt.Errorf("round %d is skipped while round %d is in progress", k.Round, s.last)
	case p != nil:
		disclosed = p.phase >= PhaseClosing
		if k.Disclosed != disclosed {
			return nil, fmt.Errorf("round %d, which is %s, is skipped with %t for its contributions being disclosed", k.Round, p.phase, k.Disclosed)
		}
	}
	return func() {
		s.round, s.last, s.over, s.notBefore = nil, k.Round, PhaseSkipped, k.Until
		s.disclosed = s.disclosed || disclosed
	}, nil
}
