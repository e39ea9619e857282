package round

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

// Quorum returns T = 2f+1 for n = 3f+1 members: what every signature and every opening needs.
func Quorum(members int) int { return 2*((members-1)/3) + 1 }

// MemberKeys are the public keys of one member for one epoch.
type MemberKeys struct {
	Identity common.Address // signs releases and key lists
	HPKE     []byte         // seals key shares to the member (crypto/sharing)
	DKG      [96]byte       // long-term key of the key generation (crypto/tbls)
}

// KeyList holds the keys of the members 1…n in order.
type KeyList []MemberKeys

// MemberKeyHashes is what the chain holds of a member's keys.
type MemberKeyHashes struct {
	Identity common.Address
	HPKE     Hash // SHA-256 of the key
	DKG      Hash
}

// Hashes returns what the chain holds of the list.
func (l KeyList) Hashes() []MemberKeyHashes {
	hashes := make([]MemberKeyHashes, len(l))
	for i, k := range l {
		hashes[i] = MemberKeyHashes{k.Identity, sha256.Sum256(k.HPKE), sha256.Sum256(k.DKG[:])}
	}
	return hashes
}

// Hash returns the hash of the ordered list, as the contract Registry computes it.
func (l KeyList) Hash() Hash { return KeyListHash(l.Hashes()) }

// KeyListHash returns SHA-256 over j ‖ identity ‖ SHA-256(HPKE key) ‖ SHA-256(DKG key) for the members j = 1…n, j as one byte.
func KeyListHash(hashes []MemberKeyHashes) Hash {
	h := sha256.New()
	for i, k := range hashes {
		h.Write([]byte{byte(i + 1)})
		h.Write(k.Identity[:])
		h.Write(k.HPKE[:])
		h.Write(k.DKG[:])
	}
	return Hash(h.Sum(nil))
}

// Identities returns the members' addresses in order.
func (l KeyList) Identities() []common.Address {
	out := make([]common.Address, len(l))
	for i, k := range l {
		out[i] = k.Identity
	}
	return out
}

// Committee is the committee of an epoch as the chain holds it.
type Committee struct {
	Epoch   uint64
	Key     [256]byte // group key, EIP-2537 encoding of a point of G2
	KeyList Hash
	Members []MemberKeyHashes // 1…n in order
	DKG     Hash              // transcript hash of the key generation
}

// Member returns the number of the member with the given identity, counting from 1, or 0.
func (c *Committee) Member(identity common.Address) int {
	for i, m := range c.Members {
		if m.Identity == identity {
			return i + 1
		}
	}
	return 0
}

// Hello announces a member's fresh keys for an epoch.
type Hello struct {
	Epoch  uint64
	Member uint8
	Keys   MemberKeys
}

// SignedHello is a hello under the member's identity key.
type SignedHello struct {
	Hello     Hello
	Signature Signature
}

func (h *Hello) digest(registry Domain) Hash {
	hpke, dkg := sha256.Sum256(h.Keys.HPKE), sha256.Sum256(h.Keys.DKG[:])
	b := append(registry.prefix(labelHello, h.Epoch, 0), h.Member)
	b = append(append(append(b, h.Keys.Identity[:]...), hpke[:]...), dkg[:]...)
	return sha256.Sum256(b)
}

// Sign returns the hello with the member's signature.
func (h Hello) Sign(registry Domain, key *ecdsa.PrivateKey) (SignedHello, error) {
	sig, err := signDigest(h.digest(registry), key)
	return SignedHello{h, sig}, err
}

// Verify checks the member's signature.
func (h *SignedHello) Verify(registry Domain) error {
	if err := verifyDigest(h.Hello.digest(registry), h.Signature, h.Hello.Keys.Identity); err != nil {
		return fmt.Errorf("hello of member %d: %w", h.Hello.Member, err)
	}
	return nil
}

// SessionNonce binds a key generation to a deployment, an epoch, an attempt and a key list, so that packets of one session mean nothing
// in another.
func SessionNonce(registry Domain, epoch uint64, attempt uint32, list Hash) [32]byte {
	b := registry.prefix(labelSession, epoch, 0)
	b = binary.BigEndian.AppendUint32(b, attempt)
	return sha256.Sum256(append(b, list[:]...))
}

// Phases of a key generation.
const (
	PhaseDeal          = 1
	PhaseResponse      = 2
	PhaseJustification = 3
)

// Packet is one member's message of one phase of a key generation.
type Packet struct {
	Epoch   uint64
	Attempt uint32
	Phase   uint8
	Member  uint8
	Data    []byte // encoding of crypto/tbls
}

// SignedPacket is a packet under the member's identity key.
type SignedPacket struct {
	Packet    Packet
	Signature Signature
}

func (p *Packet) digest(registry Domain) Hash {
	inner := Digest(p)
	return sha256.Sum256(append(registry.prefix(labelPacket, p.Epoch, 0), inner[:]...))
}

// Sign returns the packet with the member's signature.
func (p Packet) Sign(registry Domain, key *ecdsa.PrivateKey) (SignedPacket, error) {
	sig, err := signDigest(p.digest(registry), key)
	return SignedPacket{p, sig}, err
}

// Verify checks the signature against the member's identity.
func (p *SignedPacket) Verify(registry Domain, identity common.Address) error {
	if err := verifyDigest(p.Packet.digest(registry), p.Signature, identity); err != nil {
		return fmt.Errorf("key generation packet of member %d: %w", p.Packet.Member, err)
	}
	return nil
}

// Confirmation is a member's word that it saw this key generation with this result. The chain takes a committee only with the
// confirmations of all its members, so a board that told them different things is found out.
type Confirmation struct {
	Epoch      uint64
	Attempt    uint32
	Member     uint8
	Transcript Hash // tbls transcript hash
	Key        [256]byte
	KeyList    Hash
}

// Digest returns what the contract Registry recovers the member's address from.
func (c *Confirmation) Digest(registry Domain) Hash {
	b := labelled(labelConfirmation, uintWord(registry.ChainID), registry.Contract[:])
	b = binary.BigEndian.AppendUint64(b, c.Epoch)
	b = append(b, c.Transcript[:]...)
	b = append(b, crypto.Keccak256(c.Key[:])...)
	return Hash(crypto.Keccak256Hash(append(b, c.KeyList[:]...)))
}

// SignedConfirmation is a confirmation under the member's identity key.
type SignedConfirmation struct {
	Confirmation Confirmation
	Signature    Signature
	// Group is the crypto/tbls encoding of the group key with the members' public shares. It is not signed: its key must be
	// Confirmation.Key, and a wrong public share only makes a member's signature shares fail to verify.
	Group []byte
}

// Sign returns the confirmation with the member's signature.
func (c Confirmation) Sign(registry Domain, key *ecdsa.PrivateKey, group []byte) (SignedConfirmation, error) {
	sig, err := signDigest(c.Digest(registry), key)
	return SignedConfirmation{c, sig, group}, err
}

// Verify checks the signature against the member's identity.
func (c *SignedConfirmation) Verify(registry Domain, identity common.Address) error {
	if err := verifyDigest(c.Confirmation.Digest(registry), c.Signature, identity); err != nil {
		return fmt.Errorf("confirmation of member %d: %w", c.Confirmation.Member, err)
	}
	return nil
}

// PossessionMessage is what the new committee signs with its new key, so that nobody can install a key that nobody holds.
func PossessionMessage(registry Domain, epoch uint64, key [256]byte) []byte {
	return append(registry.prefix(labelPossession, epoch, 0), key[:]...)
}

// RotationMessage is what the old committee signs to hand over to the new one after round last with head.
func RotationMessage(registry Domain, epoch, last uint64, head Hash, key [256]byte, list Hash) []byte {
	b := append(registry.prefix(labelCommittee, epoch, last), head[:]...)
	return append(append(b, key[:]...), list[:]...)
}
