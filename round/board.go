package round

import (
	"fmt"
)

// Kind names what a record of the aggregator's board holds. The board is a log that members follow and post to; it may withhold, but
// whatever it relays is signed or sealed by the one who said it.
type Kind uint8

// Kinds of records, with the type of the body.
const (
	KindHello        Kind = iota + 1 // SignedHello, by a member
	KindSession                      // Session: a key generation begins
	KindPacket                       // SignedPacket, by a member
	KindPhase                        // PhaseEnd: packets of a phase after this record do not count
	KindConfirmation                 // SignedConfirmation, by a member
	KindInstalled                    // Installed: the chain has the committee
	KindPropose                      // Descriptor
	KindShare                        // SignatureShare, by a member
	KindOpen                         // SignedDescriptor
	KindEnvelope                     // SealedShare, to one member
	KindClose                        // Manifest
	KindClosed                       // SignedManifest
	KindRelease                      // SignedRelease, by a member
	KindFinish                       // Finished: the transcript can be fetched
	KindCertified                    // Certified: the chain has the certificate
	KindSkip                         // Skipped: the round will never be finished
	kindEnd
)

var kindNames = [...]string{"", "hello", "session", "packet", "phase", "confirmation", "installed", "propose", "share", "open", "envelope", "close", "closed", "release", "finish", "certified", "skip"}

// String returns the kind's name in logs.
func (k Kind) String() string {
	if k == 0 || k >= kindEnd {
		return fmt.Sprintf("kind %d", uint8(k))
	}
	return kindNames[k]
}

// Record is one line of the board.
type Record struct {
	Sequence uint64 // rising, with gaps where records are for others; a log that begins anew starts above all before it
	Kind     Kind
	To       uint8  // the only member that gets the record, 0 for everybody
	Round    uint64 // 0 for records about committees
	Body     []byte
}

// Session begins an attempt at a key generation among the members of Keys.
type Session struct {
	Epoch   uint64
	Attempt uint32
	Hellos  []SignedHello // of the members 1…n in order
}

// KeyList returns the keys of the session's members.
func (s *Session) KeyList() KeyList {
	l := make(KeyList, len(s.Hellos))
	for i, h := range s.Hellos {
		l[i] = h.Hello.Keys
	}
	return l
}

// PhaseEnd ends a phase of a key generation: packets that stand on the board after it do not count.
type PhaseEnd struct {
	Epoch   uint64
	Attempt uint32
	Phase   uint8
}

// Installed says that the chain has the committee of an epoch.
type Installed struct {
	Epoch uint64
	Keys  KeyList
	Group []byte // crypto/tbls encoding of the group key with the members' public shares
}

// Purpose says what a signature share is over.
type Purpose uint8

// Purposes of signature shares.
const (
	PurposeDescriptor Purpose = iota + 1
	PurposeManifest
	PurposeCertificate
	PurposePossession // under the new key
	PurposeRotation   // under the old key
)

// String returns the purpose's name in logs and errors.
func (p Purpose) String() string {
	switch p {
	case PurposeDescriptor:
		return "descriptor"
	case PurposeManifest:
		return "manifest"
	case PurposeCertificate:
		return "certificate"
	case PurposePossession:
		return "possession"
	case PurposeRotation:
		return "rotation"
	}
	return fmt.Sprintf("purpose %d", uint8(p))
}

// SignatureShare is one member's share of a threshold signature. It needs no other signature: a share verifies under the public share
// of exactly one member.
type SignatureShare struct {
	Purpose   Purpose
	Epoch     uint64 // of the key that signs
	Round     uint64 // 0 for possession and rotation
	Member    uint8
	Signature [48]byte
}

// SealedShare brings a member its sealed key share of one accepted contribution.
type SealedShare struct {
	Signed   SignedContribution
	Digests  []Hash // of all envelopes of the contribution, in the members' order
	Envelope []byte
}

// Finished says that a round's transcript can be fetched.
type Finished struct {
	Round      uint64
	Transcript Hash
}

// Certified says that the chain has a round's certificate.
type Certified struct {
	Round     uint64
	Signature [48]byte
}

// Skipped says that a round was given up.
type Skipped struct {
	Round  uint64
	Reason string
}
