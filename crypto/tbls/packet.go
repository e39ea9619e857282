package tbls

import (
	"bytes"
	"errors"
	"fmt"

	"go.dedis.ch/kyber/v4/pairing/bls12381/gnark"
	dkg "go.dedis.ch/kyber/v4/share/dkg/pedersen"
)

// A Phase of a key generation, which is also the first byte of its packets.
type Phase uint8

// The phases in their order.
const (
	DealPhase Phase = 1 + iota
	ResponsePhase
	JustificationPhase
)

func (p Phase) String() string {
	switch p {
	case DealPhase:
		return "deal"
	case ResponsePhase:
		return "response"
	case JustificationPhase:
		return "justification"
	}
	return fmt.Sprintf("phase %d", uint8(p))
}

// A packet is what a member posts in one phase, in one of three forms (docs/protocol.md §6):
//
//	deal           header ‖ T commitments of 96 bytes ‖ n−1 encrypted shares of 144 bytes, by receiving member ‖ signature
//	response       header ‖ n bytes, 1 for each dealer whose share is good and 0 for a complaint ‖ signature
//	justification  header ‖ count ‖ count × (member ‖ share of 32 bytes), by member, ascending ‖ signature
//
//	header         phase (1 byte) ‖ posting member (1 byte) ‖ session value (32 bytes)
//	signature      Schnorr: point of 96 bytes ‖ scalar of 32 bytes, over kyber's hash of the bundle
//
// Every packet has one encoding: points and scalars are canonical, lengths exact. That includes the signature, whose scalar kyber would
// take modulo the group order: anybody could then turn a packet into a second valid one and have its author taken for an equivocator.
type packet struct {
	phase   Phase
	member  int
	session [32]byte
	bundle  dkg.Packet // the *dkg.DealBundle, *dkg.ResponseBundle or *dkg.JustificationBundle
	raw     []byte
}

const (
	headerSize         = 1 + 1 + 32
	encryptedShareSize = PublicKeySize + scalarSize + 16 // ECIES: ephemeral key, AES-256-GCM ciphertext and tag
	justificationSize  = 1 + scalarSize
	packetSigSize      = PublicKeySize + scalarSize
)

// MaxPacketSize bounds every packet of every committee: a deal among ten.
const MaxPacketSize = headerSize + 7*PublicKeySize + 9*encryptedShareSize + packetSigSize

// parsePacket reads the packet b of a committee of n members. The signature's form is checked, not whether it verifies.
func parsePacket(n int, b []byte) (*packet, error) {
	t, err := quorum(n)
	if err != nil {
		return nil, err
	}
	if len(b) < headerSize+packetSigSize {
		return nil, fmt.Errorf("%d bytes, want at least %d", len(b), headerSize+packetSigSize)
	}
	p := &packet{phase: Phase(b[0]), member: int(b[1]), session: [32]byte(b[2:headerSize])}
	if p.member < 1 || p.member > n {
		return nil, fmt.Errorf("member %d, want 1 to %d", p.member, n)
	}
	body, sig := b[headerSize:len(b)-packetSigSize], bytes.Clone(b[len(b)-packetSigSize:])
	switch p.phase {
	case DealPhase:
		p.bundle, err = parseDeal(n, t, p, body, sig)
	case ResponsePhase:
		p.bundle, err = parseResponse(n, p, body, sig)
	case JustificationPhase:
		p.bundle, err = parseJustification(n, p, body, sig)
	default:
		return nil, fmt.Errorf("first byte %d, want 1 (deal), 2 (response) or 3 (justification)", b[0])
	}
	if err != nil {
		return nil, fmt.Errorf("%v of member %d: %v", p.phase, p.member, err)
	}
	if _, err := parsePoint(gnark.G2, sig[:PublicKeySize]); err != nil {
		return nil, fmt.Errorf("%v of member %d: signature point: %v", p.phase, p.member, err)
	}
	if _, err := parseScalar(sig[PublicKeySize:]); err != nil {
		return nil, fmt.Errorf("%v of member %d: signature scalar %v", p.phase, p.member, err)
	}
	p.raw = bytes.Clone(b)
	return p, nil
}

func parseDeal(n, t int, p *packet, body, sig []byte) (dkg.Packet, error) {
	if want := t*PublicKeySize + (n-1)*encryptedShareSize; len(body) != want {
		return nil, fmt.Errorf("%d bytes between header and signature, want %d", len(body), want)
	}
	commitments, err := parseCommitments(t, body)
	if err != nil {
		return nil, err
	}
	deals := make([]dkg.Deal, 0, n-1)
	for j, rest := 1, body[t*PublicKeySize:]; j <= n; j++ {
		if j == p.member {
			continue
		}
		deals = append(deals, dkg.Deal{ShareIndex: kyberIndex(j), EncryptedShare: bytes.Clone(rest[:encryptedShareSize])})
		rest = rest[encryptedShareSize:]
	}
	return &dkg.DealBundle{
		DealerIndex: kyberIndex(p.member), Deals: deals, Public: commitments, SessionID: p.session[:], Signature: sig,
	}, nil
}

func parseResponse(n int, p *packet, body, sig []byte) (dkg.Packet, error) {
	if len(body) != n {
		return nil, fmt.Errorf("%d bytes between header and signature, want %d", len(body), n)
	}
	responses := make([]dkg.Response, n)
	for i, b := range body {
		responses[i] = dkg.Response{DealerIndex: kyberIndex(i + 1), Status: dkg.Complaint}
		switch {
		case b == 1:
			responses[i].Status = dkg.Success
		case b != 0:
			return nil, fmt.Errorf("status %d for dealer %d, want 0 or 1", b, i+1)
		case i+1 == p.member:
			return nil, errors.New("complaint about itself")
		}
	}
	return &dkg.ResponseBundle{ShareIndex: kyberIndex(p.member), Responses: responses, SessionID: p.session[:], Signature: sig}, nil
}

func parseJustification(n int, p *packet, body, sig []byte) (dkg.Packet, error) {
	if len(body) == 0 || body[0] < 1 || int(body[0]) >= n {
		return nil, fmt.Errorf("count missing or outside 1 to %d", n-1)
	}
	count := int(body[0])
	if want := 1 + count*justificationSize; len(body) != want {
		return nil, fmt.Errorf("%d bytes between header and signature, want %d", len(body), want)
	}
	justifications := make([]dkg.Justification, count)
	last := 0
	for i := range justifications {
		entry := body[1+i*justificationSize:][:justificationSize]
		j := int(entry[0])
		if j <= last || j > n || j == p.member {
			return nil, fmt.Errorf("share for member %d after %d, want ascending, 1 to %d, not the dealer", j, last, n)
		}
		value, err := parseScalar(entry[1:])
		if err != nil {
			return nil, fmt.Errorf("share for member %d: %v", j, err)
		}
		justifications[i] = dkg.Justification{ShareIndex: kyberIndex(j), Share: value}
		last = j
	}
	return &dkg.JustificationBundle{
		DealerIndex: kyberIndex(p.member), Justifications: justifications, SessionID: p.session[:], Signature: sig,
	}, nil
}

// marshalBundle encodes a bundle that kyber has made and signed; its entries are in ascending order since kyber has hashed it.
func marshalBundle(bundle dkg.Packet) []byte {
	switch x := bundle.(type) {
	case *dkg.DealBundle:
		b := header(DealPhase, x.DealerIndex, x.SessionID)
		for _, c := range x.Public {
			b = append(b, pointBytes(c)...)
		}
		for _, d := range x.Deals {
			b = append(b, d.EncryptedShare...)
		}
		return append(b, x.Signature...)
	case *dkg.ResponseBundle:
		b := header(ResponsePhase, x.ShareIndex, x.SessionID)
		for _, r := range x.Responses {
			if r.Status == dkg.Success {
				b = append(b, 1)
			} else {
				b = append(b, 0)
			}
		}
		return append(b, x.Signature...)
	case *dkg.JustificationBundle:
		b := append(header(JustificationPhase, x.DealerIndex, x.SessionID), byte(len(x.Justifications)))
		for _, j := range x.Justifications {
			b = append(b, byte(memberOf(j.ShareIndex)))
			b = append(b, scalarBytes(j.Share)...)
		}
		return append(b, x.Signature...)
	}
	panic(fmt.Sprintf("tbls: internal error: bundle of type %T", bundle))
}

func header(phase Phase, index uint32, session []byte) []byte {
	return append([]byte{byte(phase), byte(memberOf(index))}, session...)
}

// statuses returns a response's entries, statuses[d-1] for dealer d.
func (p *packet) statuses() []dkg.Response { return p.bundle.(*dkg.ResponseBundle).Responses }
