package aggregator

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"sotto/crypto/sharing"
	"sotto/crypto/tbls"
	"sotto/round"
)

// maxHellos bounds how often a member may announce other keys for one epoch: it does so after losing its files.
const maxHellos = 16

// formation is a committee that is to come: its members' keys, a key generation, and what makes the key count.
type formation struct {
	epoch    uint64
	nominees []common.Address
	hellos   []*round.SignedHello // by member−1: the newest of each
	heard    [][]round.Hash       // by member−1: every hello's digest, so that an old one cannot come back

	// The newest attempt at a key generation.
	attempt       uint32 // 0 before the first
	keys          round.KeyList
	session       *tbls.DKGSession
	ended         uint8                       // last phase that is over
	packets       [3][]*round.SignedPacket    // by phase−1 and member−1
	confirmations []*round.SignedConfirmation // by member−1
	groups        map[string]tbls.GroupKey    // by encoding, of the confirmations
	possession    shares                      // under the new key
	rotation      shares                      // under the old key
}

// agreed returns what all members have confirmed, or nil while they have not, or if they have seen different things.
func (f *formation) agreed() *round.Confirmation {
	if f == nil || len(f.confirmations) == 0 {
		return nil
	}
	for _, c := range f.confirmations {
		if c == nil || c.Confirmation.Transcript != f.confirmations[0].Confirmation.Transcript || c.Confirmation.Key != f.confirmations[0].Confirmation.Key {
			return nil
		}
	}
	return &f.confirmations[0].Confirmation
}

// proven returns the group key that T members have signed with, with their shares. Confirmations may come with group keys that differ
// in the members' public shares, which are not signed; under a wrong one, honest members' shares do not verify.
func (f *formation) proven() (encoded []byte, group tbls.GroupKey, proof []tbls.SignatureShare, ok bool) {
	for _, c := range f.confirmations {
		if c == nil {
			continue
		}
		group := f.groups[string(c.Group)]
		var proof []tbls.SignatureShare
		for _, s := range f.possession.list() {
			if own := f.confirmations[s.Member-1]; own != nil && bytes.Equal(own.Group, c.Group) {
				proof = append(proof, s)
			}
		}
		if len(proof) >= group.Quorum() {
			return c.Group, group, proof, true
		}
	}
	return nil, tbls.GroupKey{}, nil, false
}

// nextEpoch returns the epoch of the next committee.
func (s *State) nextEpoch() uint64 {
	if s.committee == nil {
		return 1
	}
	return s.committee.epoch + 1
}

// applyForming names the members of the next committee.
func (s *State) applyForming(r *round.Record) (func(), error) {
	f, err := decode[forming](r)
	if err != nil {
		return nil, err
	}
	if err := ofRound(r, 0); err != nil {
		return nil, err
	}
	n := len(f.Nominees)
	switch {
	case f.Epoch != s.nextEpoch():
		return nil, fmt.Errorf("committee of epoch %d is formed, want epoch %d", f.Epoch, s.nextEpoch())
	case n != 4 && n != 7 && n != 10:
		return nil, fmt.Errorf("committee of %d members is formed, want 4, 7 or 10", n)
	case s.forming.agreed() != nil:
		return nil, fmt.Errorf("members of epoch %d are replaced after they have confirmed their key", f.Epoch)
	}
	for i, a := range f.Nominees {
		if slices.Index(f.Nominees, a) != i {
			return nil, fmt.Errorf("committee has %s twice", a)
		}
	}
	next := &formation{epoch: f.Epoch, nominees: f.Nominees, hellos: make([]*round.SignedHello, n), heard: make([][]round.Hash, n)}
	return func() { s.forming = next }, nil
}

// nominee returns the identity of a member of the committee that is being formed, for something that it posts.
func (s *State) nominee(r *round.Record, what string, epoch uint64, member uint8) (common.Address, error) {
	if r.Round != 0 || r.To != 0 {
		return common.Address{}, round.Refuse(round.ReasonMalformed, fmt.Sprintf("%s in a record of round %d, want 0", what, r.Round), "")
	}
	f := s.forming
	switch {
	case f == nil && epoch < s.nextEpoch():
		return common.Address{}, round.Refuse(round.ReasonWrongRound, fmt.Sprintf("%s for epoch %d, which has its committee", what, epoch), "")
	case f == nil:
		return common.Address{}, round.Refuse(round.ReasonBusy, fmt.Sprintf("%s for epoch %d, whose committee is not being formed yet", what, epoch), "try again once the chain names its members")
	case epoch != f.epoch:
		return common.Address{}, round.Refuse(round.ReasonWrongRound, fmt.Sprintf("%s for epoch %d, the committee being formed is of epoch %d", what, epoch, f.epoch), "")
	case member < 1 || int(member) > len(f.nominees):
		return common.Address{}, round.Refuse(round.ReasonNotAMember, fmt.Sprintf("%s of member %d in a committee of %d", what, member, len(f.nominees)), "")
	}
	return f.nominees[member-1], nil
}

// applyHello takes a member's keys. A later hello with other keys replaces an earlier one for the attempts to come.
func (s *State) applyHello(r *round.Record) (func(), error) {
	h, err := decode[round.SignedHello](r)
	if err != nil {
		return nil, err
	}
	member := h.Hello.Member
	identity, err := s.nominee(r, "hello", h.Hello.Epoch, member)
	if err != nil {
		return nil, err
	}
	f := s.forming
	if h.Hello.Keys.Identity != identity {
		return nil, round.Refuse(round.ReasonNotAMember, fmt.Sprintf("hello of %s as member %d, which the chain says is %s", h.Hello.Keys.Identity, member, identity),
			"a member's number is its place in the list of nominees on chain, from 1")
	}
	if err := h.Verify(s.registry); err != nil {
		return nil, round.Refuse(round.ReasonBadSignature, err.Error(), "")
	}
	digest := round.Digest(&h.Hello)
	if slices.Contains(f.heard[member-1], digest) {
		return nil, ErrRepeat
	}
	if len(f.heard[member-1]) >= maxHellos {
		return nil, round.Refuse(round.ReasonDuplicate, fmt.Sprintf("member %d has announced %d keys for epoch %d, at most %d", member, len(f.heard[member-1]), f.epoch, maxHellos), "")
	}
	if _, err := sharing.ParseEnvelopePublicKey(h.Hello.Keys.HPKE); err != nil {
		return nil, round.Refuse(round.ReasonMalformed, fmt.Sprintf("hello of member %d: %v", member, err), "")
	}
	if _, err := tbls.ParseDKGPublic(h.Hello.Keys.DKG[:]); err != nil {
		return nil, round.Refuse(round.ReasonMalformed, fmt.Sprintf("hello of member %d: %v", member, err), "")
	}
	for i, other := range f.hellos {
		if other != nil && i != int(member)-1 && (other.Hello.Keys.DKG == h.Hello.Keys.DKG || bytes.Equal(other.Hello.Keys.HPKE, h.Hello.Keys.HPKE)) {
			return nil, round.Refuse(round.ReasonDuplicate, fmt.Sprintf("hello of member %d has a key of member %d", member, i+1), "every member draws its own keys")
		}
	}
	return func() {
		f.hellos[member-1] = h
		f.heard[member-1] = append(f.heard[member-1], digest)
	}, nil
}

// applySession begins an attempt at a key generation and ends the one before it.
func (s *State) applySession(r *round.Record) (func(), error) {
	n, err := decode[round.Session](r)
	if err != nil {
		return nil, err
	}
	if err := ofRound(r, 0); err != nil {
		return nil, err
	}
	f := s.forming
	switch {
	case f == nil || n.Epoch != f.epoch:
		return nil, fmt.Errorf("key generation for epoch %d, whose committee is not being formed", n.Epoch)
	case s.round != nil:
		return nil, fmt.Errorf("key generation for epoch %d while round %d is in progress", n.Epoch, s.last)
	case f.agreed() != nil:
		return nil, fmt.Errorf("another key generation for epoch %d after all members have confirmed one", n.Epoch)
	case n.Attempt <= s.newestAttempt(n.Epoch):
		return nil, fmt.Errorf("key generation for epoch %d with attempt %d after attempt %d", n.Epoch, n.Attempt, s.newestAttempt(n.Epoch))
	case len(n.Hellos) != len(f.nominees):
		return nil, fmt.Errorf("key generation among %d members, want %d", len(n.Hellos), len(f.nominees))
	}
	publics := make([]tbls.DKGPublic, len(n.Hellos))
	for i, h := range n.Hellos {
		if f.hellos[i] == nil || round.Digest(&h) != round.Digest(f.hellos[i]) {
			return nil, fmt.Errorf("key generation with another hello of member %d than the newest", i+1)
		}
		publics[i] = h.Hello.Keys.DKG
	}
	keys := n.KeyList()
	session, err := tbls.NewDKGSession(round.SessionNonce(s.registry, n.Epoch, n.Attempt, keys.Hash()), publics)
	if err != nil {
		return nil, err
	}
	return func() {
		f.attempt, s.attempted = n.Attempt, attempt{n.Epoch, n.Attempt}
		f.reset(keys, session)
	}, nil
}

// newestAttempt returns the number of the newest key generation for an epoch, 0 for none. Members never take part in one twice.
func (s *State) newestAttempt(epoch uint64) uint32 {
	if s.attempted.Epoch != epoch {
		return 0
	}
	return s.attempted.Attempt
}

// applyAbandoned ends an attempt that came to nothing.
func (s *State) applyAbandoned(r *round.Record) (func(), error) {
	a, err := decode[abandoned](r)
	if err != nil {
		return nil, err
	}
	if err := ofRound(r, 0); err != nil {
		return nil, err
	}
	f := s.forming
	switch {
	case f == nil || f.session == nil || a.Epoch != f.epoch || a.Attempt != f.attempt:
		return nil, fmt.Errorf("attempt %d for epoch %d is abandoned, which is not under way", a.Attempt, a.Epoch)
	case f.agreed() != nil:
		return nil, fmt.Errorf("attempt %d for epoch %d is abandoned after all members have confirmed it", a.Attempt, a.Epoch)
	}
	return func() { f.reset(nil, nil) }, nil
}

// reset begins an attempt among keys, or none.
func (f *formation) reset(keys round.KeyList, session *tbls.DKGSession) {
	f.keys, f.session, f.ended = keys, session, 0
	for i := range f.packets {
		f.packets[i] = make([]*round.SignedPacket, len(keys))
	}
	f.confirmations = make([]*round.SignedConfirmation, len(keys))
	f.groups, f.possession, f.rotation = make(map[string]tbls.GroupKey), shares{}, shares{}
}

// generating returns the key generation under way for something that a member posts about it.
func (s *State) generating(r *round.Record, what string, epoch uint64, attempt uint32, member uint8) (*formation, common.Address, error) {
	identity, err := s.nominee(r, what, epoch, member)
	if err != nil {
		return nil, identity, err
	}
	switch f := s.forming; {
	case attempt != f.attempt:
		return nil, identity, round.Refuse(round.ReasonWrongRound, fmt.Sprintf("%s for attempt %d, the newest is %d", what, attempt, f.attempt), "")
	case f.session == nil:
		return nil, identity, round.Refuse(round.ReasonRoundClosed, fmt.Sprintf("%s for attempt %d, which is over", what, attempt), "wait for the next attempt")
	}
	return s.forming, identity, nil
}

// applyPacket takes a member's message of the phase that runs.
func (s *State) applyPacket(r *round.Record) (func(), error) {
	signed, err := decode[round.SignedPacket](r)
	if err != nil {
		return nil, err
	}
	p := &signed.Packet
	f, identity, err := s.generating(r, "key generation packet", p.Epoch, p.Attempt, p.Member)
	if err != nil {
		return nil, err
	}
	if p.Phase < round.PhaseDeal || p.Phase > round.PhaseJustification {
		return nil, round.Refuse(round.ReasonMalformed, fmt.Sprintf("key generation packet of phase %d, want 1 to 3", p.Phase), "")
	}
	if err := signed.Verify(s.registry, identity); err != nil {
		return nil, round.Refuse(round.ReasonBadSignature, err.Error(), "")
	}
	if first := f.packets[p.Phase-1][p.Member-1]; first != nil {
		if round.Digest(&first.Packet) == round.Digest(p) {
			return nil, ErrRepeat
		}
		return nil, equivocation(r, p.Member, fmt.Sprintf("key generation packet of phase %d", p.Phase), first)
	}
	if running := f.ended + 1; p.Phase != running {
		return nil, round.Refuse(round.ReasonRoundClosed, fmt.Sprintf("key generation packet of phase %d in phase %d", p.Phase, running), "")
	}
	phase, member, err := f.session.Check(p.Data)
	if err != nil {
		return nil, round.Refuse(round.ReasonMalformed, fmt.Sprintf("key generation packet of member %d: %v", p.Member, err), "")
	}
	if uint8(phase) != p.Phase || member != int(p.Member) {
		return nil, round.Refuse(round.ReasonMalformed, fmt.Sprintf("key generation packet of member %d in phase %d holds a %v of member %d", p.Member, p.Phase, phase, member), "")
	}
	return func() { f.packets[p.Phase-1][p.Member-1] = signed }, nil
}

// applyPhase ends a phase of the key generation.
func (s *State) applyPhase(r *round.Record) (func(), error) {
	e, err := decode[round.PhaseEnd](r)
	if err != nil {
		return nil, err
	}
	if err := ofRound(r, 0); err != nil {
		return nil, err
	}
	f := s.forming
	switch {
	case f == nil || f.session == nil || e.Epoch != f.epoch || e.Attempt != f.attempt:
		return nil, fmt.Errorf("phase of attempt %d for epoch %d ends, which is not under way", e.Attempt, e.Epoch)
	case e.Phase != f.ended+1 || e.Phase > round.PhaseJustification:
		return nil, fmt.Errorf("phase %d of a key generation ends after phase %d", e.Phase, f.ended)
	}
	return func() { f.ended = e.Phase }, nil
}

// applyConfirmation takes a member's word for the result of the key generation.
func (s *State) applyConfirmation(r *round.Record) (func(), error) {
	signed, err := decode[round.SignedConfirmation](r)
	if err != nil {
		return nil, err
	}
	c := &signed.Confirmation
	f, identity, err := s.generating(r, "confirmation", c.Epoch, c.Attempt, c.Member)
	if err != nil {
		return nil, err
	}
	if err := signed.Verify(s.registry, identity); err != nil {
		return nil, round.Refuse(round.ReasonBadSignature, err.Error(), "")
	}
	if first := f.confirmations[c.Member-1]; first != nil {
		if first.Confirmation == *c {
			return nil, ErrRepeat
		}
		return nil, equivocation(r, c.Member, "confirmation", first)
	}
	if f.ended < round.PhaseResponse {
		return nil, round.Refuse(round.ReasonWrongRound, fmt.Sprintf("confirmation of member %d before the responses are in", c.Member), "")
	}
	if list := f.keys.Hash(); c.KeyList != list {
		return nil, round.Refuse(round.ReasonDoesNotVerify, fmt.Sprintf("confirmation of member %d of key list %s, want %s", c.Member, c.KeyList.Short(), list.Short()), "")
	}
	group, err := parseGroup(signed.Group, c.Key, len(f.keys))
	if err != nil {
		return nil, round.Refuse(round.ReasonDoesNotVerify, fmt.Sprintf("confirmation of member %d: %v", c.Member, err), "")
	}
	return func() {
		f.confirmations[c.Member-1] = signed
		f.groups[string(signed.Group)] = group
	}, nil
}

// parseGroup reads a group key of n members and checks that it belongs to key.
func parseGroup(encoded []byte, key [256]byte, n int) (tbls.GroupKey, error) {
	group, err := tbls.ParseGroupKey(encoded)
	if err != nil {
		return group, err
	}
	if group.Members() != n {
		return group, fmt.Errorf("group key of %d members, want %d", group.Members(), n)
	}
	if got, err := tbls.EVMPublicKey(group.Public()); err != nil || got != key {
		return group, errors.New("group key has another public key than the one stated")
	}
	return group, nil
}

// applyPossessionShare takes a member's signature with the new key.
func (s *State) applyPossessionShare(r *round.Record, share *round.SignatureShare) (func(), error) {
	if share.Round != 0 {
		return nil, round.Refuse(round.ReasonMalformed, fmt.Sprintf("signature share over the possession in round %d, want 0", share.Round), "")
	}
	if _, err := s.nominee(r, "signature share over the possession", share.Epoch, share.Member); err != nil {
		return nil, err
	}
	f := s.forming
	if f.session == nil || f.confirmations[share.Member-1] == nil {
		return nil, round.Refuse(round.ReasonWrongRound, fmt.Sprintf("signature share over the possession of member %d before its confirmation", share.Member), "")
	}
	own := f.confirmations[share.Member-1]
	return s.addShare(share, f.possession, f.groups[string(own.Group)], round.PossessionMessage(s.registry, f.epoch, own.Confirmation.Key), true)
}

// rotationMessage returns what the committee in office signs to hand over, or nil if there is nothing to hand over to.
func (s *State) rotationMessage() []byte {
	c := s.forming.agreed()
	if c == nil || s.committee == nil {
		return nil
	}
	return round.RotationMessage(s.registry, s.forming.epoch, s.certified, s.head, c.Key, c.KeyList)
}

// applyRotationShare takes a member's signature under the old key.
func (s *State) applyRotationShare(r *round.Record, share *round.SignatureShare) (func(), error) {
	if r.Round != 0 || r.To != 0 || share.Round != 0 {
		return nil, round.Refuse(round.ReasonMalformed, fmt.Sprintf("signature share over the rotation in round %d, want 0", share.Round), "")
	}
	message := s.rotationMessage()
	switch {
	case s.committee == nil || share.Epoch != s.committee.epoch:
		return nil, round.Refuse(round.ReasonWrongRound, fmt.Sprintf("signature share over the rotation from epoch %d, which is not in office", share.Epoch), "")
	case message == nil:
		return nil, round.Refuse(round.ReasonWrongRound, "signature share over the rotation before all new members have confirmed their key", "")
	}
	return s.addShare(share, s.forming.rotation, s.committee.group, message, true)
}

// applyInstalled puts a committee in office. It also stands for a key generation that was dropped from the log or happened before it.
func (s *State) applyInstalled(r *round.Record) (func(), error) {
	i, err := decode[round.Installed](r)
	if err != nil {
		return nil, err
	}
	if err := ofRound(r, 0); err != nil {
		return nil, err
	}
	switch {
	case s.round != nil:
		return nil, fmt.Errorf("committee of epoch %d is installed while round %d is in progress", i.Epoch, s.last)
	case i.Epoch < s.nextEpoch():
		return nil, fmt.Errorf("committee of epoch %d is installed, want epoch %d", i.Epoch, s.nextEpoch())
	}
	office, err := committeeOf(i)
	if err != nil {
		return nil, err
	}
	if f := s.forming; f != nil && f.epoch == i.Epoch {
		if encoded, _, _, ok := f.proven(); !ok || f.agreed() == nil || !bytes.Equal(encoded, i.Group) || f.keys.Hash() != i.Keys.Hash() {
			return nil, fmt.Errorf("committee of epoch %d is not the one that was formed", i.Epoch)
		}
	}
	return func() {
		s.committee, s.forming = office, nil
	}, nil
}

// committeeOf reads a committee.
func committeeOf(i *round.Installed) (*committee, error) {
	group, err := tbls.ParseGroupKey(i.Group)
	if err != nil {
		return nil, fmt.Errorf("committee of epoch %d: %w", i.Epoch, err)
	}
	if group.Members() != len(i.Keys) {
		return nil, fmt.Errorf("committee of epoch %d with %d members and a group key of %d", i.Epoch, len(i.Keys), group.Members())
	}
	return &committee{i.Epoch, i.Keys, i.Group, group}, nil
}

// formation returns the committee that forms, before its key generation.
func (k *formingBegun) formation() (*formation, error) {
	n := len(k.Nominees)
	if len(k.Heard) != n {
		return nil, fmt.Errorf("hellos of %d members in a committee of %d", len(k.Heard), n)
	}
	f := &formation{epoch: k.Epoch, nominees: k.Nominees, hellos: make([]*round.SignedHello, n), heard: k.Heard}
	for _, h := range k.Hellos {
		if h.Hello.Member < 1 || int(h.Hello.Member) > n {
			return nil, fmt.Errorf("hello of member %d in a committee of %d", h.Hello.Member, n)
		}
		f.hellos[h.Hello.Member-1] = &h
	}
	return f, nil
}
