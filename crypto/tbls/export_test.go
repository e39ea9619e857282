package tbls

import (
	"crypto/sha256"
	"testing"

	"go.dedis.ch/kyber/v4"
	"go.dedis.ch/kyber/v4/encrypt/ecies"
	"go.dedis.ch/kyber/v4/pairing/bls12381/gnark"
	"go.dedis.ch/kyber/v4/share"
	dkg "go.dedis.ch/kyber/v4/share/dkg/pedersen"
)

// KeySuite is what the package gives kyber as the suite of the key generation.
var KeySuite = keyGroup

// GroupFromCoefficients makes the keys of n members from the coefficients of the secret polynomial.
func GroupFromCoefficients(t testing.TB, n int, coefficients []kyber.Scalar) (GroupKey, []SecretShare) {
	t.Helper()
	polynomial := share.CoefficientsToPriPoly(gnark.G2, coefficients)
	_, commitments := polynomial.Commit(nil).Info()
	group, err := newGroupKey(n, commitments)
	if err != nil {
		t.Fatal(err)
	}
	var shares []SecretShare
	for j := 1; j <= n; j++ {
		shares = append(shares, SecretShare{newSecret(polynomial.Eval(kyberIndex(j)).V), j})
	}
	return group, shares
}

// Forge lets a malicious member change one of its own packets and signs it again.
func Forge(t testing.TB, n int, author DKGSecret, b []byte, change func(dkg.Packet)) []byte {
	t.Helper()
	p, err := parsePacket(n, b)
	if err != nil {
		t.Fatal(err)
	}
	change(p.bundle)
	hash, err := p.bundle.Hash()
	if err != nil {
		t.Fatal(err)
	}
	sig, err := packetScheme.Sign(author.scalar(), hash)
	if err != nil {
		t.Fatal(err)
	}
	switch x := p.bundle.(type) {
	case *dkg.DealBundle:
		x.Signature = sig
	case *dkg.ResponseBundle:
		x.Signature = sig
	case *dkg.JustificationBundle:
		x.Signature = sig
	}
	return marshalBundle(p.bundle)
}

// Seal encrypts to a member as a dealer does.
func Seal(t testing.TB, to DKGPublic, msg []byte) []byte {
	t.Helper()
	point, err := parsePoint(gnark.G2, to[:])
	if err != nil {
		t.Fatal(err)
	}
	b, err := ecies.Encrypt(keyGroup, point, msg, sha256.New)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Open decrypts what was sealed to a member.
func Open(s DKGSecret, b []byte) ([]byte, error) {
	return ecies.Decrypt(keyGroup, s.scalar(), b, sha256.New)
}

// Reencode parses a packet and encodes what it found.
func Reencode(n int, b []byte) ([]byte, error) {
	p, err := parsePacket(n, b)
	if err != nil {
		return nil, err
	}
	return marshalBundle(p.bundle), nil
}

// VerifyBundle checks a packet's signature as kyber does, without this package's checks of its form.
func VerifyBundle(s *DKGSession, bundle dkg.Packet) error {
	return dkg.VerifyPacketSignature(s.config, bundle)
}

// Adopt makes a malicious member stand by what it has put on the board in place of what the honest code returned.
func Adopt(d *DKG, phase Phase, b []byte) { d.posted[phase-DealPhase] = b }
