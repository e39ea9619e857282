package tbls

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"go.dedis.ch/kyber/v4/pairing/bls12381/gnark"
	dkg "go.dedis.ch/kyber/v4/share/dkg/pedersen"
)

// ErrWrongSession says that a packet belongs to another key generation.
var ErrWrongSession = errors.New("packet of another session")

// ErrEquivocation says that a member has signed two different packets in one phase.
var ErrEquivocation = errors.New("two different packets by one member in one phase")

// A DKGSession is one run of the key generation among a list of members, as everybody sees it: the members ([NewDKG]), the board, which
// checks packets at its door, and whoever recomputes a transcript's hash. It is immutable.
type DKGSession struct {
	value  [32]byte
	n, f   int
	nodes  []dkg.Node
	config *dkg.Config // for checking signatures only
}

// NewDKGSession returns the session of the members with the given long-term keys, publics[j-1] being member j's: 4, 7 or 10 different
// keys, each checked like [ParseDKGPublic] does.
//
// value identifies the run and enters every packet. The caller makes it the hash of everything that the run is for (docs/protocol.md §6:
// chain, contract, epoch, key lists, and a counter for repeated runs) and never uses one twice: a member that starts one session twice
// is an equivocator.
func NewDKGSession(value [32]byte, publics []DKGPublic) (*DKGSession, error) {
	f, err := tolerated(len(publics))
	if err != nil {
		return nil, fmt.Errorf("key generation: %v", err)
	}
	s := &DKGSession{value: value, n: len(publics), f: f}
	for i, public := range publics {
		if first := slices.Index(publics, public); first != i {
			return nil, fmt.Errorf("key generation: members %d and %d have one key", first+1, i+1)
		}
		point, err := parsePoint(gnark.G2, public[:])
		if err != nil {
			return nil, fmt.Errorf("key generation: malformed key of member %d: %v", i+1, err)
		}
		s.nodes = append(s.nodes, dkg.Node{Index: kyberIndex(i + 1), Public: point})
	}
	s.config = &dkg.Config{NewNodes: s.nodes, Auth: packetScheme}
	return s, nil
}

// Members returns n.
func (s *DKGSession) Members() int { return s.n }

// Quorum returns T = 2f+1.
func (s *DKGSession) Quorum() int { return 2*s.f + 1 }

// Check returns the phase and the author of a packet that is well formed, belongs to the session and carries its author's signature. A
// board calls it before it relays a packet, and keeps at most two different ones per phase and member, the second as evidence. Check
// returns [ErrWrongSession] for packets of other sessions.
func (s *DKGSession) Check(b []byte) (Phase, int, error) {
	p, err := s.open(b)
	if err != nil {
		return 0, 0, err
	}
	return p.phase, p.member, nil
}

func (s *DKGSession) open(b []byte) (*packet, error) {
	p, err := parsePacket(s.n, b)
	if err != nil {
		return nil, fmt.Errorf("malformed packet: %v", err)
	}
	if p.session != s.value {
		return nil, fmt.Errorf("%w: %x, want %x", ErrWrongSession, p.session, s.value)
	}
	if err := dkg.VerifyPacketSignature(s.config, p.bundle); err != nil {
		return nil, fmt.Errorf("%v of member %d: %w", p.phase, p.member, ErrInvalidSignature)
	}
	return p, nil
}

// A Fault is a packet that was left out and why.
type Fault struct {
	Phase  Phase
	Member int // the author, 0 where no signature proves it
	Err    error
}

func (f Fault) String() string {
	if f.Member == 0 {
		return fmt.Sprintf("%v phase: %v", f.Phase, f.Err)
	}
	return fmt.Sprintf("%v phase: member %d: %v", f.Phase, f.Member, f.Err)
}

// accept picks from the board the packets that count in one phase: accepted[j-1] is member j's or nil. The order of the board does not
// matter. Copies count once. A member with two different valid packets is treated as if it had posted none, since others may have
// seen only one of them; what nobody has signed accuses nobody.
func (s *DKGSession) accept(phase Phase, board [][]byte) (accepted []*packet, faults []Fault, err error) {
	seen := make(map[string]bool)
	valid := make([][]*packet, s.n)
	for _, b := range board {
		if len(b) > MaxPacketSize {
			faults = append(faults, Fault{Phase: phase, Err: fmt.Errorf("packet of %d bytes, want at most %d", len(b), MaxPacketSize)})
			continue
		}
		if seen[string(b)] {
			continue
		}
		// Twice what an honest board relays, which checks packets and keeps two a member.
		if len(seen) == 4*s.n {
			return nil, faults, fmt.Errorf("%w: more than %d different packets on the board in the %v phase", ErrDKGFailed, 4*s.n, phase)
		}
		seen[string(b)] = true
		p, err := s.open(b)
		if err != nil {
			faults = append(faults, Fault{Phase: phase, Err: err})
			continue
		}
		if p.phase != phase {
			faults = append(faults, Fault{phase, p.member, fmt.Errorf("%v in the %v phase", p.phase, phase)})
			continue
		}
		valid[p.member-1] = append(valid[p.member-1], p)
	}
	accepted = make([]*packet, s.n)
	for i, ps := range valid {
		switch {
		case len(ps) == 1:
			accepted[i] = ps[0]
		case len(ps) > 1:
			faults = append(faults, Fault{phase, i + 1, ErrEquivocation})
		}
	}
	return accepted, faults, nil
}

// complaints counts, for each dealer, the members that complain about it or did not respond: the shares that it would have to publish.
func (s *DKGSession) complaints(responses []*packet) []int {
	counts := make([]int, s.n)
	for holder, response := range responses {
		for dealer := range counts {
			if dealer != holder && (response == nil || response.statuses()[dealer].Status == dkg.Complaint) {
				counts[dealer]++
			}
		}
	}
	return counts
}

// accused returns the dealers that must justify themselves: somebody complains about them, yet fewer than T, and their deal is known.
// With T complaints a dealer is out, since it would have to publish as many shares as determine its secret.
func (s *DKGSession) accused(deals, responses []*packet) []int {
	var dealers []int
	for i, count := range s.complaints(responses) {
		if deals[i] != nil && count > 0 && count < s.Quorum() {
			dealers = append(dealers, i+1)
		}
	}
	return dealers
}

// heed leaves out the justifications that nobody has asked for.
func heed(justifications []*packet, accused []int) (faults []Fault) {
	for i, p := range justifications {
		if p != nil && !slices.Contains(accused, i+1) {
			faults = append(faults, Fault{JustificationPhase, i + 1, errors.New("justification without a complaint")})
			justifications[i] = nil
		}
	}
	return faults
}

// TranscriptHash returns the hash that a member which saw exactly these packets has in [Result.Transcript]: SHA-256 over the accepted
// packets in the order of phases and, within a phase, of members, each preceded by its length in 4 bytes, big-endian. Packets are
// accepted as members accept them; their order and copies do not matter.
func (s *DKGSession) TranscriptHash(board [][]byte) ([32]byte, error) {
	byPhase := make(map[Phase][][]byte)
	for _, b := range board {
		if len(b) > 0 {
			byPhase[Phase(b[0])] = append(byPhase[Phase(b[0])], b)
		}
	}
	var accepted [3][]*packet
	for i := range accepted {
		phase := DealPhase + Phase(i)
		var err error
		if accepted[i], _, err = s.accept(phase, byPhase[phase]); err != nil {
			return [32]byte{}, err
		}
	}
	heed(accepted[2], s.accused(accepted[0], accepted[1]))
	return transcriptHash(slices.Concat(accepted[0], accepted[1], accepted[2])), nil
}

// transcriptHash hashes packets that are in order; nil stands for a member that posted nothing.
func transcriptHash(packets []*packet) [32]byte {
	var b bytes.Buffer
	for _, p := range packets {
		if p != nil {
			_ = binary.Write(&b, binary.BigEndian, uint32(len(p.raw)))
			b.Write(p.raw)
		}
	}
	return sha256.Sum256(b.Bytes())
}
