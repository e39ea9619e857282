package tbls

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	dkg "go.dedis.ch/kyber/v4/share/dkg/pedersen"
)

// ErrDKGFailed says that this session cannot give this member a key: begin another with a fresh session value.
var ErrDKGFailed = errors.New("key generation failed")

// A DKG is one member's part in a key generation (Pedersen's, with kyber's share/dkg/pedersen), driven by messages: it has no clock and
// no network. The caller posts what a call returns and, when the packets of a phase are there ([DKG.Awaits]) or its time is over,
// passes the board's packets of that phase to the next call:
//
//	Deals → post → ProcessDeals → post → ProcessResponses → done, or post if there is something → ProcessJustifications
//
// Every member always responds, so a phase ends as soon as all packets are there. Malformed, foreign and equivocating packets are left out
// and kept in [DKG.Faults]. An error ends the run. A DKG lives in memory only: after a crash the run is lost, and repeating it under the
// same session value would be equivocation. Not for concurrent use.
type DKG struct {
	session *DKGSession
	member  int
	kyber   *dkg.DistKeyGenerator
	next    step
	posted  [3][]byte    // own packets by phase, nil where there is none
	packets [3][]*packet // accepted packets by phase, own ones included
	awaits  []int
	faults  []Fault
}

// Format writes which run this is and none of its secrets, whatever the verb.
func (d *DKG) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "key generation %x, member %d, next call %v", d.session.value, d.member, d.next)
}

type step int

const (
	stepDeals step = iota
	stepProcessDeals
	stepProcessResponses
	stepProcessJustifications
	stepNone
)

func (s step) String() string {
	return [...]string{"Deals", "ProcessDeals", "ProcessResponses", "ProcessJustifications", "none: the run is over"}[s]
}

// A Result is what a member takes from a key generation.
//
// The caller must not use it before all n members have signed the same Transcript and Group (docs/protocol.md §6). Every honest member
// is in QUAL then: one that the others have left out has failed or has another transcript. So every honest member's share has a part
// that nobody else has seen, whatever was published in justifications. QUAL has at least T members here; with fewer than n expect that
// somebody will not sign, and run a new session without waiting.
type Result struct {
	Group      GroupKey
	Share      SecretShare
	QUAL       []int // the dealers whose polynomials make up the key, ascending
	Transcript [32]byte
}

// NewDKG returns member's part in the session. secret must belong to the member's key in the session's list.
func NewDKG(session *DKGSession, member int, secret DKGSecret) (*DKG, error) {
	if member < 1 || member > session.n {
		return nil, fmt.Errorf("key generation: member %d, want 1 to %d", member, session.n)
	}
	if secret.isZero() || secret.Public() != DKGPublic(pointBytes(session.nodes[member-1].Public)) {
		return nil, fmt.Errorf("key generation: the secret does not belong to the listed key of member %d", member)
	}
	k, err := dkg.NewDistKeyHandler(&dkg.Config{
		Suite:     keyGroup,
		Longterm:  secret.scalar(),
		NewNodes:  session.nodes,
		Threshold: uint32(session.Quorum()), // kyber panics on 0
		FastSync:  true,                     // everybody responds, also with nothing to complain about
		Nonce:     session.value[:],
		Auth:      packetScheme,
	})
	if err != nil {
		return nil, fmt.Errorf("key generation: %v", err)
	}
	return &DKG{session: session, member: member, kyber: k}, nil
}

// Deals returns this member's deal: commitments to a random polynomial and its value at each other member, encrypted to that member.
func (d *DKG) Deals() ([]byte, error) {
	if err := d.begin(stepDeals); err != nil {
		return nil, err
	}
	bundle, err := d.kyber.Deals()
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrDKGFailed, err)
	}
	d.await(stepProcessDeals, d.everybody())
	return d.post(DealPhase, bundle), nil
}

// ProcessDeals takes the board's deals and returns this member's response: which dealers gave it a good share.
func (d *DKG) ProcessDeals(board [][]byte) ([]byte, error) {
	if err := d.begin(stepProcessDeals); err != nil {
		return nil, err
	}
	deals, err := d.accept(DealPhase, board)
	if err != nil {
		return nil, err
	}
	d.packets[0] = deals
	bundle, err := d.kyber.ProcessDeals(bundles[*dkg.DealBundle](deals))
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrDKGFailed, err)
	}
	d.await(stepProcessResponses, d.everybody())
	return d.post(ResponsePhase, bundle), nil
}

// ProcessResponses takes the board's responses. If all members respond and none complains, it returns the result and the run is over.
// Otherwise the justification phase follows: justification is this member's packet, or nil if it has nothing to justify.
//
// A member that more than f others complain about, or that got fewer than n−f responses, stops with [ErrDKGFailed] and publishes
// nothing: at most f members are malicious, so the board has withheld packets, perhaps to have the member publish T shares.
func (d *DKG) ProcessResponses(board [][]byte) (result *Result, justification []byte, err error) {
	if err := d.begin(stepProcessResponses); err != nil {
		return nil, nil, err
	}
	responses, err := d.accept(ResponsePhase, board)
	if err != nil {
		return nil, nil, err
	}
	d.packets[1] = responses
	if count := d.session.complaints(responses)[d.member-1]; count > d.session.f {
		return nil, nil, fmt.Errorf("%w: %d members complain about this one or do not respond, want at most %d", ErrDKGFailed, count, d.session.f)
	}
	done, bundle, err := d.kyber.ProcessResponses(bundles[*dkg.ResponseBundle](responses))
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %v", ErrDKGFailed, err)
	}
	if done != nil {
		result, err = d.finish(done)
		return result, nil, err
	}
	d.await(stepProcessJustifications, d.session.accused(d.packets[0], responses))
	if bundle == nil {
		return nil, nil, nil
	}
	return nil, d.post(JustificationPhase, bundle), nil
}

// ProcessJustifications takes the board's justifications and ends the run. A dealer that has left a complaint unanswered or answered it
// wrongly is not in QUAL; a member that has not responded is neither.
func (d *DKG) ProcessJustifications(board [][]byte) (*Result, error) {
	if err := d.begin(stepProcessJustifications); err != nil {
		return nil, err
	}
	justifications, err := d.accept(JustificationPhase, board)
	if err != nil {
		return nil, err
	}
	d.faults = append(d.faults, heed(justifications, d.session.accused(d.packets[0], d.packets[1]))...)
	d.packets[2] = justifications
	done, err := d.kyber.ProcessJustifications(bundles[*dkg.JustificationBundle](justifications))
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrDKGFailed, err)
	}
	return d.finish(done)
}

// Awaits lists the other members whose packets the next call wants: when they are all on the board, the phase need not run to its end. In
// the justification phase these are the accused dealers.
func (d *DKG) Awaits() []int { return d.awaits }

// Faults lists the packets left out so far.
func (d *DKG) Faults() []Fault { return d.faults }

// begin checks that the call is due. Unless it succeeds, no other is.
func (d *DKG) begin(call step) error {
	if d.next != call {
		return fmt.Errorf("key generation: %v called, the next call is %v", call, d.next)
	}
	d.next, d.awaits = stepNone, nil
	return nil
}

func (d *DKG) await(next step, members []int) {
	d.next = next
	for _, j := range members {
		if j != d.member {
			d.awaits = append(d.awaits, j)
		}
	}
}

func (d *DKG) everybody() []int {
	all := make([]int, d.session.n)
	for i := range all {
		all[i] = i + 1
	}
	return all
}

func (d *DKG) post(phase Phase, bundle dkg.Packet) []byte {
	b := marshalBundle(bundle)
	d.posted[phase-DealPhase] = b
	return bytes.Clone(b)
}

// accept is the session's, with this member's own packet as posted, whether or not the board shows it. Another one under its signature
// means that its key is in use elsewhere, or that the session value was used before.
func (d *DKG) accept(phase Phase, board [][]byte) ([]*packet, error) {
	own := d.posted[phase-DealPhase]
	if own != nil {
		board = append([][]byte{own}, board...)
	}
	accepted, faults, err := d.session.accept(phase, board)
	d.faults = append(d.faults, faults...)
	if err != nil {
		return nil, err
	}
	if p := accepted[d.member-1]; (p == nil) != (own == nil) {
		return nil, fmt.Errorf("%w: the board has a %v with this member's signature that it has not posted", ErrDKGFailed, phase)
	}
	return accepted, nil
}

func bundles[B dkg.Packet](packets []*packet) []B {
	var all []B
	for _, p := range packets {
		if p != nil {
			all = append(all, p.bundle.(B))
		}
	}
	return all
}

func (d *DKG) finish(done *dkg.Result) (*Result, error) {
	if len(done.QUAL) < d.session.Quorum() {
		return nil, fmt.Errorf("%w: %d dealers qualify, want at least %d", ErrDKGFailed, len(done.QUAL), d.session.Quorum())
	}
	group, err := newGroupKey(d.session.n, done.Key.Commits)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrDKGFailed, err)
	}
	r := &Result{
		Group:      group,
		Share:      SecretShare{newSecret(done.Key.Share.V), d.member},
		Transcript: transcriptHash(slices.Concat(d.packets[:]...)),
	}
	for _, node := range done.QUAL {
		r.QUAL = append(r.QUAL, memberOf(node.Index))
	}
	if err := group.CheckSecret(r.Share); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrDKGFailed, err)
	}
	return r, nil
}
