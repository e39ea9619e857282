package round

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"sotto/crypto/sha256x2"
)

// Contribution is what a contributor signs about its encrypted update. The signature is over EIP-712 typed data (eip712.go), so that a
// wallet can show it.
type Contribution struct {
	Descriptor     Hash
	Round          uint64
	Leaf           uint16
	Contributor    common.Address
	BaseModel      Hash
	CiphertextRoot Hash // Merkle root over the chunks of the ciphertext (ChunkRoot)
	RingHash       Hash // SHA-256 of the homomorphic hash's encoding
	Envelopes      Hash // EnvelopesDigest of the sealed key shares
}

// Signature is an Ethereum signature: r ‖ s ‖ v with s in the lower half of the order and v 27 or 28.
type Signature [65]byte

// ErrSignature says that a signature does not verify.
var ErrSignature = errors.New("signature does not verify")

// signDigest signs a 32-byte digest with an account's key.
func signDigest(digest Hash, key *ecdsa.PrivateKey) (Signature, error) {
	s, err := crypto.Sign(digest[:], key)
	if err != nil {
		return Signature{}, fmt.Errorf("signing failed: %v", err)
	}
	s[64] += 27
	return Signature(s), nil
}

// verifyDigest returns an error that wraps [ErrSignature] unless address signed digest. One digest and key have exactly one accepted
// form of each signature: the malleable twin with a high s is refused.
func verifyDigest(digest Hash, sig Signature, address common.Address) error {
	if sig[64] != 27 && sig[64] != 28 {
		return fmt.Errorf("%w: recovery byte %d, want 27 or 28", ErrSignature, sig[64])
	}
	s := sig
	s[64] -= 27
	pub, err := crypto.Ecrecover(digest[:], s[:])
	// VerifySignature is called for its refusal of a high s, which recovery accepts.
	if err != nil || !crypto.VerifySignature(pub, digest[:], s[:64]) || common.BytesToAddress(crypto.Keccak256(pub[1:])) != address {
		return fmt.Errorf("%w for %s", ErrSignature, address)
	}
	return nil
}

// Digest returns the EIP-712 digest that the contributor signs. It names this upload among all others.
func (c *Contribution) Digest(d Domain) Hash {
	return typedDigest(d, typeContribution,
		c.Descriptor[:], uintWord(c.Round), uintWord(uint64(c.Leaf)), addressWord(c.Contributor),
		c.BaseModel[:], c.CiphertextRoot[:], c.RingHash[:], c.Envelopes[:])
}

// Sign returns the contributor's signature.
func (c *Contribution) Sign(d Domain, key *ecdsa.PrivateKey) (Signature, error) {
	return signDigest(c.Digest(d), key)
}

// SignedContribution is a contribution as manifest and transcript rely on it.
type SignedContribution struct {
	Contribution Contribution
	Signature    Signature
}

// Verify checks the contributor's signature and that the contribution is for this round and in its leaf.
func (s *SignedContribution) Verify(d *SignedDescriptor) error {
	return s.VerifyAs(d, d.Descriptor.Digest())
}

// VerifyAs is [SignedContribution.Verify] for many contributions of one round, whose descriptor's digest the caller has computed.
func (s *SignedContribution) VerifyAs(d *SignedDescriptor, digest Hash) error {
	c := &s.Contribution
	desc := &d.Descriptor
	switch {
	case c.Descriptor != digest:
		return refuse(ReasonWrongRound, fmt.Sprintf("contribution names descriptor %s, this round's is %s", c.Descriptor.Short(), digest.Short()),
			"fetch the open round and encrypt anew for it")
	case c.Round != desc.Round:
		return refuse(ReasonWrongRound, fmt.Sprintf("contribution names round %d, the descriptor is of round %d", c.Round, desc.Round), "fetch the open round and encrypt anew for it")
	case c.BaseModel != desc.BaseModel:
		return refuse(ReasonWrongModel, fmt.Sprintf("contribution was trained from model %s, this round's base model is %s", c.BaseModel.Short(), desc.BaseModel.Short()),
			"fetch the base model and train from it")
	}
	if leaf := LeafOf(d.Beacon(), c.Contributor, desc.Leaves); c.Leaf != leaf {
		return refuse(ReasonWrongLeaf, fmt.Sprintf("contribution of %s is in leaf %d, this round draws it into leaf %d", c.Contributor, c.Leaf, leaf), "recompute the leaf from the round's beacon")
	}
	if err := verifyDigest(c.Digest(desc.Domain()), s.Signature, c.Contributor); err != nil {
		return refuse(ReasonBadSignature, fmt.Sprintf("contribution from %s: %v", c.Contributor, err), "sign the EIP-712 digest with the contributor's own key")
	}
	return nil
}

// Submission is the first message of an upload: everything but the ciphertext.
type Submission struct {
	Signed    SignedContribution
	RingHash  []byte   // ringsis encoding, 3,840 or 15,360 bytes
	Envelopes [][]byte // one sealed key share for each member, in order
}

// EnvelopeDigests returns the SHA-256 of each sealed envelope, in the members' order.
func EnvelopeDigests(envelopes [][]byte) []Hash {
	digests := make([]Hash, len(envelopes))
	for i, e := range envelopes {
		digests[i] = sha256.Sum256(e)
	}
	return digests
}

// EnvelopesDigest is what a contribution says about its envelopes: the SHA-256 of their digests in the members' order, so that a member
// can check its own without seeing the others.
func EnvelopesDigest(digests []Hash) Hash {
	h := sha256.New()
	for _, d := range digests {
		h.Write(d[:])
	}
	return Hash(h.Sum(nil))
}

// Check verifies everything about a submission that needs no ciphertext: signature, round, leaf, and that the hash and the envelopes are
// the signed ones and of the right sizes. envelopeBytes is the exact size of a sealed envelope.
func (s *Submission) Check(d *SignedDescriptor, digest Hash, envelopeBytes, ringHashBytes int) error {
	if len(s.Envelopes) != int(d.Descriptor.Members) {
		return refuse(ReasonMalformed, fmt.Sprintf("malformed contribution: %d envelopes, want %d", len(s.Envelopes), d.Descriptor.Members), "")
	}
	for i, e := range s.Envelopes {
		if len(e) != envelopeBytes {
			return refuse(ReasonMalformed, fmt.Sprintf("malformed contribution: envelope for member %d has %d bytes, want %d", i+1, len(e), envelopeBytes), "")
		}
	}
	if len(s.RingHash) != ringHashBytes {
		return refuse(ReasonMalformed, fmt.Sprintf("malformed contribution: homomorphic hash of %d bytes, want %d", len(s.RingHash), ringHashBytes), "")
	}
	if err := s.Signed.VerifyAs(d, digest); err != nil {
		return err
	}
	who := s.Signed.Contribution.Contributor
	if Hash(sha256.Sum256(s.RingHash)) != s.Signed.Contribution.RingHash {
		return refuse(ReasonDoesNotVerify, fmt.Sprintf("contribution from %s: homomorphic hash is not the signed one", who), "")
	}
	if EnvelopesDigest(EnvelopeDigests(s.Envelopes)) != s.Signed.Contribution.Envelopes {
		return refuse(ReasonDoesNotVerify, fmt.Sprintf("contribution from %s: envelopes are not the signed ones", who), "")
	}
	return nil
}

// Receipt is the aggregator's word that a contribution is in the sum of its round. A receipt whose entry is missing from the round's
// manifest keeps honest members from signing it.
type Receipt struct {
	Descriptor  Hash
	Round       uint64
	Leaf        uint16
	Contributor common.Address
	Digest      Hash   // of the contribution that counts
	AcceptedAt  uint64 // Unix time in milliseconds
}

// SignedReceipt is a receipt with the aggregator's signature over EIP-712 typed data and the contribution that it is for.
type SignedReceipt struct {
	Receipt   Receipt
	Signature Signature
}

// SignedDigest returns the EIP-712 digest that the aggregator signs.
func (r *Receipt) SignedDigest(d Domain) Hash {
	return typedDigest(d, typeReceipt,
		r.Descriptor[:], uintWord(r.Round), uintWord(uint64(r.Leaf)), addressWord(r.Contributor), r.Digest[:], uintWord(r.AcceptedAt))
}

// Sign returns the receipt with the aggregator's signature.
func (r Receipt) Sign(d Domain, key *ecdsa.PrivateKey) (SignedReceipt, error) {
	sig, err := signDigest(r.SignedDigest(d), key)
	return SignedReceipt{r, sig}, err
}

// Verify checks that aggregator signed the receipt.
func (r *SignedReceipt) Verify(d Domain, aggregator common.Address) error {
	if err := verifyDigest(r.Receipt.SignedDigest(d), r.Signature, aggregator); err != nil {
		return fmt.Errorf("receipt for %s in round %d: %w", r.Receipt.Contributor, r.Receipt.Round, err)
	}
	return nil
}

// ChunkRoot accumulates the Merkle root over an upload's chunks, in the tree of RFC 9162 §2.1 with SHA-256: a leaf is hashed after a
// byte 0, an inner node after a byte 1. Another chunk allocates nothing.
type ChunkRoot struct {
	stack   []Hash // roots of perfect subtrees, one for each set bit of count, largest first
	count   uint64
	waiting bool // an even chunk waits for the next one, as two are hashed together
	chunk   []byte
}

// Add appends a chunk, which must not be changed before Root has returned.
func (r *ChunkRoot) Add(chunk []byte) {
	if !r.waiting {
		r.waiting, r.chunk = true, chunk
		return
	}
	first, second := sha256x2.Sum(0, r.chunk, chunk)
	r.waiting, r.chunk = false, nil
	r.push(first)
	r.push(second)
}

func (r *ChunkRoot) push(leaf Hash) {
	r.stack = append(r.stack, leaf)
	for c := r.count; c&1 == 1; c >>= 1 {
		r.fold()
	}
	r.count++
}

func (r *ChunkRoot) fold() {
	n := len(r.stack)
	node := [1 + 2*len(Hash{})]byte{1}
	copy(node[1:], r.stack[n-2][:])
	copy(node[1+len(Hash{}):], r.stack[n-1][:])
	r.stack = append(r.stack[:n-2], sha256.Sum256(node[:]))
}

// Root returns the root over everything added and resets r.
func (r *ChunkRoot) Root() Hash {
	if r.waiting {
		r.push(sha256x2.Sum1(0, r.chunk))
	}
	if r.count == 0 {
		return Hash(sha256.Sum256(nil))
	}
	for len(r.stack) > 1 {
		r.fold()
	}
	root := r.stack[0]
	*r = ChunkRoot{}
	return root
}

// CiphertextRoot returns the root over ciphertext cut into chunks of [ChunkBytes].
func CiphertextRoot(ciphertext []byte) Hash {
	var r ChunkRoot
	for len(ciphertext) > ChunkBytes {
		r.Add(ciphertext[:ChunkBytes])
		ciphertext = ciphertext[ChunkBytes:]
	}
	r.Add(ciphertext)
	return r.Root()
}
