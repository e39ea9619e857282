package round

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
)

// Release is one member's sum of the key shares of one node.
type Release struct {
	Descriptor Hash
	Manifest   Hash
	Round      uint64
	Epoch      uint64
	Member     uint8
	Node       uint16 // index in Manifest.Released
	Shares     []byte // crypto/sharing encoding, 16 or 31 bits a value
}

// SignedRelease is a release under the member's identity key. Two different ones of a member for one node are evidence against it.
type SignedRelease struct {
	Release   Release
	Signature Signature
}

func (r *Release) digest(d Domain) Hash {
	inner := Digest(r)
	return sha256.Sum256(append(d.prefix(labelRelease, r.Epoch, r.Round), inner[:]...))
}

// Sign returns the release with the member's signature.
func (r Release) Sign(d Domain, key *ecdsa.PrivateKey) (SignedRelease, error) {
	sig, err := signDigest(r.digest(d), key)
	return SignedRelease{r, sig}, err
}

// Verify checks that the release is for the manifest of descriptor and signed by the member with the given identity.
func (r *SignedRelease) Verify(desc *Descriptor, descriptor, manifest Hash, nodes int, identity common.Address) error {
	rel := &r.Release
	switch {
	case rel.Descriptor != descriptor || rel.Manifest != manifest || rel.Round != desc.Round || rel.Epoch != desc.Epoch:
		return refuse(ReasonWrongRound, fmt.Sprintf("release of member %d is for another round or manifest", rel.Member), "")
	case int(rel.Node) >= nodes:
		return refuse(ReasonMalformed, fmt.Sprintf("release of member %d is for node %d of %d", rel.Member, rel.Node, nodes), "")
	}
	if err := verifyDigest(rel.digest(desc.Domain()), r.Signature, identity); err != nil {
		return refuse(ReasonBadSignature, fmt.Sprintf("release of member %d: %v", rel.Member, err), "")
	}
	return nil
}

// Disagreement names a member whose release of a node is off the polynomial of the accepted ones. It is a hint and no evidence: a
// malicious contributor and member together can make an honest member disagree.
type Disagreement struct {
	Node   uint16
	Member uint8
}
