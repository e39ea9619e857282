package tbls

import (
	"fmt"

	"go.dedis.ch/kyber/v4"
	"go.dedis.ch/kyber/v4/pairing/bls12381/gnark"
	"go.dedis.ch/kyber/v4/share"
)

// A PublicKey is a committee's key, a compressed point of G2. [ParsePublicKey] checks it; [Verify] checks it again.
type PublicKey [PublicKeySize]byte

// ParsePublicKey reads a key of exactly 96 bytes. It refuses the identity, for which every identity signature would verify, points
// outside the subgroup and non-canonical encodings.
func ParsePublicKey(b []byte) (PublicKey, error) {
	if _, err := parsePoint(gnark.G2, b); err != nil {
		return PublicKey{}, fmt.Errorf("malformed public key: %v", err)
	}
	return PublicKey(b), nil
}

// A Signature is a committee's signature or a member's share of it, a compressed point of G1.
type Signature [SignatureSize]byte

// ParseSignature reads a signature of exactly 48 bytes. It refuses the identity, points outside the subgroup and non-canonical encodings.
func ParseSignature(b []byte) (Signature, error) {
	if _, err := parsePoint(gnark.G1, b); err != nil {
		return Signature{}, fmt.Errorf("malformed signature: %v", err)
	}
	return Signature(b), nil
}

// A GroupKey is the public result of a key generation: commitments to the T coefficients of the polynomial whose value at j is
// member j's secret and whose value at 0 is the committee's. It is immutable; the zero value is no key.
type GroupKey struct {
	commitments []kyber.Point // T
	members     []kyber.Point // n public keys, members[j-1] belongs to member j
}

// newGroupKey makes the key of n members from T commitments that passed parsePoint or are sums of such.
func newGroupKey(n int, commitments []kyber.Point) (GroupKey, error) {
	t, err := quorum(n)
	if err != nil {
		return GroupKey{}, err
	}
	if len(commitments) != t {
		return GroupKey{}, fmt.Errorf("%d commitments, want %d", len(commitments), t)
	}
	// With an identity among them the key would be the identity, or fewer than T members could sign. Honest keys never have one.
	for i, c := range commitments {
		if c.Equal(gnark.G2.Point().Null()) {
			return GroupKey{}, fmt.Errorf("commitment %d: the identity", i)
		}
	}
	g := GroupKey{commitments: commitments, members: make([]kyber.Point, n)}
	polynomial := share.NewPubPoly(gnark.G2, nil, commitments)
	for j := 1; j <= n; j++ {
		g.members[j-1] = polynomial.Eval(kyberIndex(j)).V
	}
	return g, nil
}

// Members returns n.
func (g GroupKey) Members() int { return len(g.members) }

// Quorum returns T, the number of members that sign together.
func (g GroupKey) Quorum() int { return len(g.commitments) }

// Public returns the committee's key.
func (g GroupKey) Public() PublicKey {
	if len(g.commitments) == 0 {
		return PublicKey{} // which every check refuses
	}
	return PublicKey(pointBytes(g.commitments[0]))
}

// Marshal encodes the key: n (1 byte) ‖ T (1 byte) ‖ T commitments of 96 bytes, the constant coefficient first.
func (g GroupKey) Marshal() []byte {
	b := []byte{byte(g.Members()), byte(g.Quorum())}
	for _, c := range g.commitments {
		b = append(b, pointBytes(c)...)
	}
	return b
}

// ParseGroupKey reads what [GroupKey.Marshal] wrote. It refuses other sizes of committee, other quorums than 2f+1, commitments that are
// the identity or outside the subgroup, and trailing bytes.
func ParseGroupKey(b []byte) (GroupKey, error) {
	g, err := parseGroupKey(b)
	if err != nil {
		return GroupKey{}, fmt.Errorf("malformed group key: %v", err)
	}
	return g, nil
}

func parseGroupKey(b []byte) (GroupKey, error) {
	if len(b) < 2 {
		return GroupKey{}, fmt.Errorf("%d bytes, want at least 2", len(b))
	}
	n := int(b[0])
	t, err := quorum(n)
	if err != nil {
		return GroupKey{}, err
	}
	if int(b[1]) != t {
		return GroupKey{}, fmt.Errorf("quorum %d, want %d of %d", b[1], t, n)
	}
	if want := 2 + t*PublicKeySize; len(b) != want {
		return GroupKey{}, fmt.Errorf("%d bytes, want %d", len(b), want)
	}
	commitments, err := parseCommitments(t, b[2:])
	if err != nil {
		return GroupKey{}, err
	}
	return newGroupKey(n, commitments)
}

// parseCommitments reads t points of G2.
func parseCommitments(t int, b []byte) ([]kyber.Point, error) {
	points := make([]kyber.Point, t)
	for i := range points {
		p, err := parsePoint(gnark.G2, b[i*PublicKeySize:(i+1)*PublicKeySize])
		if err != nil {
			return nil, fmt.Errorf("commitment %d: %v", i, err)
		}
		points[i] = p
	}
	return points, nil
}

// member returns the public key of member j.
func (g GroupKey) member(j int) (kyber.Point, error) {
	if j < 1 || j > len(g.members) {
		return nil, fmt.Errorf("no member %d in a committee of %d", j, len(g.members))
	}
	return g.members[j-1], nil
}

// CheckSecret returns an error unless share is its member's share of the secret behind g. Call it after reading key files.
func (g GroupKey) CheckSecret(share SecretShare) error {
	public, err := g.member(share.member)
	if err != nil {
		return err
	}
	if !gnark.G2.Point().Mul(share.scalar(), nil).Equal(public) {
		return fmt.Errorf("secret share of member %d does not belong to this group key", share.member)
	}
	return nil
}

// A SecretShare is one member's share of the committee's secret. It never prints its value. The zero value is no share.
type SecretShare struct {
	secret
	member int
}

// Member returns the number of the member that the share belongs to, 1…n.
func (s SecretShare) Member() int { return s.member }

// Marshal encodes the share for a key file: member (1 byte) ‖ scalar (32 bytes, big-endian). The bytes are secret.
func (s SecretShare) Marshal() []byte { return append([]byte{byte(s.member)}, s.secret.marshal()...) }

// ParseSecretShare reads what [SecretShare.Marshal] wrote; it does not know the committee, so check with [GroupKey.CheckSecret].
func ParseSecretShare(b []byte) (SecretShare, error) {
	if want := 1 + scalarSize; len(b) != want {
		return SecretShare{}, fmt.Errorf("malformed secret share: %d bytes, want %d", len(b), want)
	}
	if b[0] < 1 || b[0] > MaxMembers {
		return SecretShare{}, fmt.Errorf("malformed secret share: member %d, want 1 to %d", b[0], MaxMembers)
	}
	value, err := parseSecret(b[1:])
	if err != nil {
		return SecretShare{}, fmt.Errorf("malformed secret share: scalar %v", err)
	}
	return SecretShare{newSecret(value), int(b[0])}, nil
}

// A DKGSecret is a member's long-term key for key generations: it opens the deals sent to the member and signs its packets. It never
// prints its value. The zero value is no key.
type DKGSecret struct{ secret }

// A DKGPublic is the public half of a [DKGSecret], a compressed point of G2.
type DKGPublic [PublicKeySize]byte

// GenerateDKGKey draws a long-term key.
func GenerateDKGKey() (DKGSecret, DKGPublic) {
	for {
		value := gnark.G2.Scalar().Pick(keyGroup.RandomStream())
		if !value.Equal(gnark.G2.Scalar().Zero()) {
			s := DKGSecret{newSecret(value)}
			return s, s.Public()
		}
	}
}

// Public returns the public half.
func (s DKGSecret) Public() DKGPublic {
	if s.isZero() {
		return DKGPublic{} // which every check refuses
	}
	return DKGPublic(pointBytes(gnark.G2.Point().Mul(s.scalar(), nil)))
}

// Marshal encodes the key for a key file: 32 bytes, big-endian. The bytes are secret.
func (s DKGSecret) Marshal() []byte { return s.secret.marshal() }

// ParseDKGSecret reads what [DKGSecret.Marshal] wrote.
func ParseDKGSecret(b []byte) (DKGSecret, error) {
	value, err := parseSecret(b)
	if err != nil {
		return DKGSecret{}, fmt.Errorf("malformed key generation secret: %v", err)
	}
	return DKGSecret{newSecret(value)}, nil
}

// ParseDKGPublic reads a key of exactly 96 bytes. It refuses the identity, points outside the subgroup and non-canonical encodings.
func ParseDKGPublic(b []byte) (DKGPublic, error) {
	if _, err := parsePoint(gnark.G2, b); err != nil {
		return DKGPublic{}, fmt.Errorf("malformed key generation key: %v", err)
	}
	return DKGPublic(b), nil
}
