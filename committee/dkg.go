package committee

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"sotto/crypto/sharing"
	"sotto/crypto/tbls"
	"sotto/round"
)

// maxAttempts bounds the key generations that a member joins for one epoch, before a person has to look.
const maxAttempts = 1000

// helloTime is how long a member trusts that its hello stands on the board. An aggregator that was restarted has a new one, whose numbers
// may simply go on.
const helloTime = 30 * time.Second

// ErrSessionLost says that this member was restarted in the middle of a key generation. To deal in it again would be equivocation, so the
// member waits for the next attempt.
var ErrSessionLost = errors.New("member was restarted in the middle of this key generation")

// keygen is a key generation for the next epoch. Its new members take part; the committee in office watches, to hand over.
type keygen struct {
	epoch   uint64
	attempt uint32
	list    round.KeyList
	hash    round.Hash // of list

	run     *tbls.DKG // nil for those who watch, and after it has ended
	number  int       // this member's in the next committee, 0 if it only watches
	phase   uint8     // whose packets are collected
	packets [][]byte
	posters []int  // packets by member−1 in this phase
	posted  []Post // what this member has said since the last phase began

	confirmed map[uint8]round.Confirmation
	handed    round.Hash // the head that the committee in office has signed the handing over at
}

func (f *keygen) is(epoch uint64, attempt uint32) bool {
	return f != nil && f.epoch == epoch && f.attempt == attempt
}

// hello announces this member's keys for the next epoch, if the chain wants it in the next committee: before the first committee, and
// when the nominees are others than the committee in office, in other places too.
func (m *Member) hello(ctx context.Context, head round.Head) ([]Post, error) {
	nominees, err := m.cfg.Chain.Nominees(ctx)
	if err != nil {
		return nil, err
	}
	number := slices.Index(nominees, m.identity) + 1
	if number == 0 || m.office != nil && slices.EqualFunc(nominees, m.office.committee.Members, func(a common.Address, k round.MemberKeyHashes) bool { return a == k.Identity }) {
		return nil, nil
	}
	keys, err := m.dir.makeKeys(head.Epoch + 1)
	if err != nil {
		return nil, err
	}
	hello := round.Hello{Epoch: head.Epoch + 1, Member: uint8(number), Keys: keys.public(m.identity)}
	if m.heard == round.Digest(&hello) && m.now().Sub(m.heardAt) < helloTime {
		return nil, nil
	}
	m.heardAt = m.now()
	signed, err := hello.Sign(m.cfg.Registry, m.dir.identity)
	if err != nil {
		return nil, err
	}
	return []Post{post(round.KindHello, &signed)}, nil
}

// handleHello notes that this member's own hello stands on the board. Those of others come with the session.
func (m *Member) handleHello(r round.Record) error {
	h, err := body[round.SignedHello](r, round.MaxRecordBytes)
	if err == nil && h.Hello.Keys.Identity == m.identity {
		m.heard, m.heardAt = round.Digest(&h.Hello), m.now()
	}
	return err
}

// session is an attempt at a key generation and what it is held against.
type session struct {
	*round.Session
	registry round.Domain
	head     round.Head
	nominees []common.Address
	identity common.Address
	keys     *epochKeys // this member's, nil if it has none
	joined   int        // attempts for this epoch so far
	again    bool       // this one is among them
}

var sessionChecks = []check[*session]{
	{"epoch", func(s *session) error {
		if want := s.head.Epoch + 1; s.Epoch < want {
			return fmt.Errorf("%w: epoch %d, the next one is %d", ErrOver, s.Epoch, want)
		} else if s.Epoch > want {
			return fmt.Errorf("epoch %d, the next one is %d", s.Epoch, want)
		}
		return nil
	}},
	{"nominees", func(s *session) error {
		if got := s.KeyList().Identities(); !slices.Equal(got, s.nominees) {
			return fmt.Errorf("%d members, not the chain's %d nominees in their order", len(got), len(s.nominees))
		}
		return nil
	}},
	{"hellos", func(s *session) error {
		for i := range s.Hellos {
			h := &s.Hellos[i]
			if h.Hello.Epoch != s.Epoch || int(h.Hello.Member) != i+1 {
				return fmt.Errorf("hello %d is of member %d for epoch %d", i+1, h.Hello.Member, h.Hello.Epoch)
			}
			if err := h.Verify(s.registry); err != nil {
				return err
			}
		}
		return nil
	}},
	{"keys", func(s *session) error {
		for i := range s.Hellos {
			if _, err := sharing.ParseEnvelopePublicKey(s.Hellos[i].Hello.Keys.HPKE); err != nil {
				return fmt.Errorf("member %d: %v", i+1, err)
			}
			if _, err := tbls.ParseDKGPublic(s.Hellos[i].Hello.Keys.DKG[:]); err != nil {
				return fmt.Errorf("member %d: %v", i+1, err)
			}
		}
		return nil
	}},
	{"own keys", func(s *session) error {
		i := slices.Index(s.nominees, s.identity)
		if i < 0 || i >= len(s.Hellos) {
			return nil
		}
		if s.keys == nil || round.Digest(s.Hellos[i].Hello.Keys) != round.Digest(s.keys.public(s.identity)) {
			return errors.New("this member's hello is not the one that it has keys for")
		}
		return nil
	}},
	{"attempt", func(s *session) error {
		if s.Attempt == 0 {
			return errors.New("attempt 0, they count from 1")
		}
		if s.joined >= maxAttempts && !s.again {
			return fmt.Errorf("this member has joined %d for epoch %d, a person has to look", s.joined, s.Epoch)
		}
		return nil
	}},
}

// handleSession joins a key generation with a deal, or watches it.
func (m *Member) handleSession(ctx context.Context, r round.Record) ([]Post, error) {
	n, err := body[round.Session](r, round.MaxRecordBytes)
	if err != nil {
		return nil, err
	}
	s := &session{Session: n, registry: m.cfg.Registry, identity: m.identity}
	if s.head, err = m.head(ctx); err != nil {
		return nil, err
	}
	if s.nominees, err = m.cfg.Chain.Nominees(ctx); err != nil {
		return nil, err
	}
	number := slices.Index(s.nominees, m.identity) + 1
	if number == 0 && (m.office == nil || m.office.number == 0) {
		return nil, nil
	}
	s.joined = m.dir.journal.sessions(n.Epoch)
	_, s.again = m.dir.journal.find(slot{actSession, n.Epoch, uint64(n.Attempt)})
	if s.keys, err = m.dir.keys(n.Epoch); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if s.keys != nil && s.keys.journal != m.dir.journal.id {
		s.keys = nil
	}
	if err := pass(m, "key generation", 0, sessionChecks, s); err != nil {
		return nil, err
	}
	list := n.KeyList()
	hash := list.Hash()
	if f := m.forms; f.is(n.Epoch, n.Attempt) && f.hash == hash {
		return f.posted, nil // the board is read again
	}
	f := &keygen{epoch: n.Epoch, attempt: n.Attempt, list: list, hash: hash, number: number, phase: round.PhaseDeal,
		posters: make([]int, len(list)), confirmed: map[uint8]round.Confirmation{}}
	if number == 0 {
		m.forms = f
		return nil, nil
	}
	return m.join(f, s.keys)
}

// join deals, once in each attempt. If this member has a share of the attempt already it says again what it made of it.
func (m *Member) join(f *keygen, keys *epochKeys) (posts []Post, err error) {
	nonce := round.SessionNonce(m.cfg.Registry, f.epoch, f.attempt, f.hash)
	e := entry{act: actSession, epoch: f.epoch, round: uint64(f.attempt), digest: nonce}
	_, resumed := m.dir.journal.find(e.slot())
	if err := m.once("key generation", e); err != nil {
		return nil, err
	}
	m.forms = f
	if resumed {
		share, err := m.dir.share(f.epoch, f.attempt)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, refuse("key generation", 0, "no repetition", fmt.Errorf("%w: epoch %d, attempt %d", ErrSessionLost, f.epoch, f.attempt))
		}
		if err != nil {
			return nil, err
		}
		f.posted, err = m.confirm(share)
		return f.posted, err
	}
	publics := make([]tbls.DKGPublic, len(f.list))
	for i, k := range f.list {
		publics[i] = k.DKG
	}
	s, err := tbls.NewDKGSession(nonce, publics)
	if err != nil {
		return nil, refuse("key generation", 0, "keys", err)
	}
	if f.run, err = tbls.NewDKG(s, f.number, keys.dkg); err != nil {
		return nil, refuse("key generation", 0, "own keys", err)
	}
	deal, err := f.run.Deals()
	if err != nil {
		return nil, m.fail(f, err)
	}
	return m.speak(f, round.PhaseDeal, deal)
}

// speak begins a phase and returns this member's packet of it, if it has one.
func (m *Member) speak(f *keygen, phase uint8, packet []byte) ([]Post, error) {
	f.phase, f.packets, f.posters, f.posted = phase, nil, make([]int, len(f.list)), nil
	if packet == nil {
		return nil, nil
	}
	p := round.Packet{Epoch: f.epoch, Attempt: f.attempt, Phase: phase, Member: uint8(f.number), Data: packet}
	signed, err := p.Sign(m.cfg.Registry, m.dir.identity)
	if err != nil {
		return nil, err
	}
	f.posted = []Post{post(round.KindPacket, &signed)}
	return f.posted, nil
}

// fail ends this member's part in an attempt.
func (m *Member) fail(f *keygen, err error) error {
	f.run = nil
	return refuse("key generation", 0, "protocol", err)
}

// attempted returns the key generation that a record is about.
func (m *Member) attempted(what string, epoch uint64, attempt uint32) (*keygen, error) {
	if !m.forms.is(epoch, attempt) {
		return nil, refuse(what, 0, "attempt", fmt.Errorf("%w: epoch %d, attempt %d is not under way here", ErrOver, epoch, attempt))
	}
	return m.forms, nil
}

// handlePacket collects what members say in the phase that runs.
func (m *Member) handlePacket(r round.Record) error {
	s, err := body[round.SignedPacket](r, round.MaxRecordBytes)
	if err != nil {
		return err
	}
	p := &s.Packet
	f, err := m.attempted("packet", p.Epoch, p.Attempt)
	if err != nil || f.run == nil {
		return err
	}
	switch {
	case p.Member < 1 || int(p.Member) > len(f.list):
		return refuse("packet", 0, "member", fmt.Errorf("member %d of %d", p.Member, len(f.list)))
	case p.Phase < f.phase:
		return nil // a phase that is over: the board is read again
	case p.Phase != f.phase:
		return refuse("packet", 0, "phase", fmt.Errorf("phase %d in phase %d", p.Phase, f.phase))
	case len(p.Data) > tbls.MaxPacketSize:
		return refuse("packet", 0, "size", fmt.Errorf("%d bytes, at most %d", len(p.Data), tbls.MaxPacketSize))
	case slices.ContainsFunc(f.packets, func(b []byte) bool { return string(b) == string(p.Data) }):
		return nil
	case f.posters[p.Member-1] >= 2:
		return refuse("packet", 0, "one per phase", fmt.Errorf("a third one by member %d", p.Member))
	}
	if err := s.Verify(m.cfg.Registry, f.list[p.Member-1].Identity); err != nil {
		return refuse("packet", 0, "signature", err)
	}
	f.posters[p.Member-1]++
	f.packets = append(f.packets, p.Data)
	return nil
}

// handlePhase processes the packets of a phase that is over.
func (m *Member) handlePhase(_ context.Context, r round.Record) ([]Post, error) {
	e, err := body[round.PhaseEnd](r, round.MaxRecordBytes)
	if err != nil {
		return nil, err
	}
	f, err := m.attempted("phase", e.Epoch, e.Attempt)
	if err != nil || f.run == nil || e.Phase < f.phase {
		return nil, err
	}
	if e.Phase != f.phase {
		return nil, refuse("phase", 0, "phase", fmt.Errorf("end of phase %d in phase %d", e.Phase, f.phase))
	}
	switch f.phase {
	case round.PhaseDeal:
		response, err := f.run.ProcessDeals(f.packets)
		if err != nil {
			return nil, m.fail(f, err)
		}
		return m.speak(f, round.PhaseResponse, response)
	case round.PhaseResponse:
		result, justification, err := f.run.ProcessResponses(f.packets)
		if err != nil {
			return nil, m.fail(f, err)
		}
		if result != nil {
			return m.conclude(f, result)
		}
		return m.speak(f, round.PhaseJustification, justification)
	}
	result, err := f.run.ProcessJustifications(f.packets)
	if err != nil {
		return nil, m.fail(f, err)
	}
	return m.conclude(f, result)
}

// conclude keeps what a key generation gave, and says so.
func (m *Member) conclude(f *keygen, result *tbls.Result) ([]Post, error) {
	f.run = nil
	if len(result.QUAL) != len(f.list) {
		return nil, refuse("key generation", 0, "everybody qualifies", fmt.Errorf("members %v of %d", result.QUAL, len(f.list)))
	}
	share := &epochShare{epoch: f.epoch, attempt: f.attempt, journal: m.dir.journal.id, share: result.Share, group: result.Group, list: f.list, transcript: result.Transcript}
	if err := m.dir.saveShare(share); err != nil {
		return nil, err
	}
	var err error
	f.posted, err = m.confirm(share)
	return f.posted, err
}

// confirm says what this member saw in a key generation, with its identity, and that it holds its share, with that.
func (m *Member) confirm(s *epochShare) ([]Post, error) {
	key, err := s.key()
	if err != nil {
		return nil, err
	}
	c := round.Confirmation{Epoch: s.epoch, Attempt: s.attempt, Member: uint8(s.share.Member()), Transcript: s.transcript, Key: key, KeyList: s.list.Hash()}
	if err := m.once("confirmation", entry{act: actConfirmation, epoch: s.epoch, round: uint64(s.attempt), digest: c.Digest(m.cfg.Registry)}); err != nil {
		return nil, err
	}
	signed, err := c.Sign(m.cfg.Registry, m.dir.identity, s.group.Marshal())
	if err != nil {
		return nil, err
	}
	possession := tbls.SignShare(s.share, round.PossessionMessage(m.cfg.Registry, s.epoch, key))
	return []Post{post(round.KindConfirmation, &signed), post(round.KindShare, &round.SignatureShare{
		Purpose: round.PurposePossession, Epoch: s.epoch, Member: uint8(s.share.Member()), Signature: possession.Signature,
	})}, nil
}

// handleConfirmation counts the members' words for a key generation, and hands over when all have given the same.
func (m *Member) handleConfirmation(ctx context.Context, r round.Record) ([]Post, error) {
	s, err := body[round.SignedConfirmation](r, round.MaxRecordBytes)
	if err != nil {
		return nil, err
	}
	c := &s.Confirmation
	if err := m.checkOwnConfirmation(s); err != nil {
		return nil, err
	}
	f, err := m.attempted("confirmation", c.Epoch, c.Attempt)
	if err != nil {
		return nil, err
	}
	if c.Member < 1 || int(c.Member) > len(f.list) {
		return nil, refuse("confirmation", 0, "member", fmt.Errorf("member %d of %d", c.Member, len(f.list)))
	}
	if err := s.Verify(m.cfg.Registry, f.list[c.Member-1].Identity); err != nil {
		return nil, refuse("confirmation", 0, "signature", err)
	}
	if err := same("key list", c.KeyList, f.hash); err != nil {
		return nil, refuse("confirmation", 0, "key list", err)
	}
	if first, ok := f.confirmed[c.Member]; ok && first != *c {
		return nil, refuse("confirmation", 0, "one per member", fmt.Errorf("a second one by member %d", c.Member))
	}
	f.confirmed[c.Member] = *c
	return m.rotate(ctx)
}

// checkOwnConfirmation finds a journal that does not know what its member has confirmed.
func (m *Member) checkOwnConfirmation(s *round.SignedConfirmation) error {
	c := &s.Confirmation
	if _, known := m.dir.journal.find(slot{actConfirmation, c.Epoch, uint64(c.Attempt)}); known || c.Epoch < m.chain.Epoch {
		return nil
	}
	if s.Verify(m.cfg.Registry, m.identity) != nil {
		return nil // somebody else's
	}
	return m.lose("confirmation", 0, c.Epoch)
}

// agreed returns what all members have confirmed, or nil while they have not, or if they have seen different things.
func (f *keygen) agreed() *round.Confirmation {
	if f == nil || len(f.confirmed) != len(f.list) {
		return nil
	}
	first := f.confirmed[1]
	for _, c := range f.confirmed {
		if c.Transcript != first.Transcript || c.Key != first.Key {
			return nil
		}
	}
	return &first
}

// handover is a committee that is to follow the one in office.
type handover struct {
	*round.Confirmation
	head     round.Head
	nominees []common.Address
	list     round.KeyList
	latest   entry
	now      time.Time
}

var rotationChecks = []check[handover]{
	{"nominees", func(h handover) error {
		if !slices.Equal(h.list.Identities(), h.nominees) {
			return errors.New("the chain names other nominees by now")
		}
		return nil
	}},
	{"between rounds", func(h handover) error {
		if h.latest.round > h.head.Round && h.now.Before(h.latest.skipTime()) {
			return notYet{fmt.Errorf("round %d is under way", h.latest.round), h.latest.skipTime()}
		}
		return nil
	}},
}

// rotate signs the handing over to the next committee with the key of the one in office: at the chain's head, and again at a later one
// if the next committee was not installed in time.
func (m *Member) rotate(ctx context.Context) ([]Post, error) {
	f := m.forms
	c := f.agreed()
	if c == nil {
		return nil, nil
	}
	head, err := m.head(ctx)
	if err != nil {
		return nil, err
	}
	if m.office == nil || m.office.number == 0 || f.epoch != head.Epoch+1 || f.handed == head.Hash {
		return nil, nil
	}
	h := handover{Confirmation: c, head: head, list: f.list, latest: m.dir.journal.latestDescriptor(), now: m.now()}
	if h.nominees, err = m.cfg.Chain.Nominees(ctx); err != nil {
		return nil, err
	}
	if member, err := m.begin("rotation", 0); !member || err != nil {
		return nil, err
	}
	if err := pass(m, "rotation", 0, rotationChecks, h); err != nil {
		return nil, err
	}
	e := entry{act: actRotation, epoch: f.epoch, round: uint64(f.attempt), digest: c.Digest(m.cfg.Registry)}
	posts, err := m.sign("rotation", round.PurposeRotation, e, round.RotationMessage(m.cfg.Registry, f.epoch, h.head.Round, h.head.Hash, c.Key, c.KeyList))
	if err == nil {
		f.handed = h.head.Hash
	}
	return posts, err
}

// handleInstalled follows the chain into a new epoch.
func (m *Member) handleInstalled(ctx context.Context, r round.Record) error {
	i, err := body[round.Installed](r, round.MaxRecordBytes)
	if err != nil {
		return err
	}
	head, err := m.head(ctx)
	if err != nil {
		return err
	}
	if head.Epoch < i.Epoch {
		return refuse("installation", 0, "on chain", notYet{fmt.Errorf("the chain is in epoch %d, want %d", head.Epoch, i.Epoch), m.now().Add(time.Second)})
	}
	if m.forms != nil && m.forms.epoch <= head.Epoch {
		m.forms = nil
	}
	if i.Epoch == head.Epoch {
		if err := same("key list", i.Keys.Hash(), m.office.committee.KeyList); err != nil {
			return refuse("installation", 0, "key list", err)
		}
	}
	return nil
}
