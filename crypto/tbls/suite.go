package tbls

import (
	"bytes"
	"cmp"
	"crypto/cipher"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"

	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"
	"go.dedis.ch/kyber/v4"
	"go.dedis.ch/kyber/v4/pairing/bls12381/gnark"
	dkg "go.dedis.ch/kyber/v4/share/dkg/pedersen"
	"go.dedis.ch/kyber/v4/sign"
	"go.dedis.ch/kyber/v4/sign/bls"
	"go.dedis.ch/kyber/v4/sign/schnorr"
	"go.dedis.ch/kyber/v4/util/random"
	"go.dedis.ch/kyber/v4/xof/blake2xb"
)

const (
	scalarSize = fr.Bytes
	// PublicKeySize is the length of a compressed point of G2.
	PublicKeySize = 96
	// SignatureSize is the length of a compressed point of G1.
	SignatureSize = 48
)

// keySuite is G2 with what kyber's key generation wants beside a group. gnark.G2 alone has no hash, XOF or randomness, and
// gnark.SuiteBLS12381 embeds a nil group that any method it does not override would reach.
type keySuite struct{ kyber.Group }

func (keySuite) Hash() hash.Hash             { return sha256.New() }
func (keySuite) XOF(seed []byte) kyber.XOF   { return blake2xb.New(seed) }
func (keySuite) RandomStream() cipher.Stream { return random.New() } // keyed from crypto/rand

var (
	keyGroup     dkg.Suite   = keySuite{gnark.G2}
	packetScheme sign.Scheme = schnorr.NewScheme(keySuite{gnark.G2}) // signs the packets of a key generation
	blsScheme    sign.Scheme = bls.NewSchemeOnG1(gnark.NewSuite())
)

// parsePoint reads a compressed point of group (gnark.G1 or gnark.G2). It refuses wrong lengths, which kyber does not, points outside
// the subgroup of order r, non-canonical encodings and the identity.
func parsePoint(group kyber.Group, b []byte) (kyber.Point, error) {
	if len(b) != group.PointLen() {
		return nil, fmt.Errorf("%d bytes, want %d", len(b), group.PointLen())
	}
	if b[0]&0x80 == 0 {
		return nil, errors.New("not a compressed point")
	}
	p := group.Point()
	if err := p.UnmarshalBinary(b); err != nil { // checks the subgroup
		return nil, cmp.Or(errors.Unwrap(err), err) // without kyber's account of what it was doing
	}
	if p.Equal(group.Point().Null()) {
		return nil, errors.New("the identity")
	}
	if !bytes.Equal(pointBytes(p), b) {
		return nil, errors.New("not in canonical form")
	}
	return p, nil
}

// parseScalar reads a big-endian scalar below r; kyber reduces instead of refusing.
func parseScalar(b []byte) (kyber.Scalar, error) {
	if len(b) != scalarSize {
		return nil, fmt.Errorf("%d bytes, want %d", len(b), scalarSize)
	}
	var e fr.Element
	if err := e.SetBytesCanonical(b); err != nil {
		return nil, errors.New("not below the group order")
	}
	return gnark.G2.Scalar().SetBytes(b), nil
}

// parseSecret is parseScalar for secrets, which are not zero.
func parseSecret(b []byte) (kyber.Scalar, error) {
	s, err := parseScalar(b)
	if err == nil && s.Equal(gnark.G2.Scalar().Zero()) {
		return nil, errors.New("zero")
	}
	return s, err
}

func pointBytes(p kyber.Point) []byte   { return must(p.MarshalBinary()) }
func scalarBytes(s kyber.Scalar) []byte { return must(s.MarshalBinary()) }

func must(b []byte, err error) []byte {
	if err != nil {
		panic("tbls: internal error: " + err.Error()) // gnark's points and scalars always marshal
	}
	return b
}
