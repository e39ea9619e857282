package tbls

import (
	"errors"
	"fmt"

	bls12381 "github.com/consensys/gnark-crypto/ecc/bls12-381"
	"github.com/consensys/gnark-crypto/ecc/bls12-381/fp"
)

// Sizes of points in the encoding of EIP-2537: uncompressed, each coordinate a big-endian 64-byte word of which the first 16 are zero.
const (
	EVMPublicKeySize = 4 * evmWord
	EVMSignatureSize = 2 * evmWord

	evmWord    = 64
	evmPadding = evmWord - fp.Bytes
)

// EVMPublicKey encodes a key for the precompiles: x.c0 ‖ x.c1 ‖ y.c0 ‖ y.c1, the real part first, where the compressed form has the
// imaginary part first. It refuses what [ParsePublicKey] refuses.
func EVMPublicKey(public PublicKey) ([EVMPublicKeySize]byte, error) {
	if _, err := ParsePublicKey(public[:]); err != nil {
		return [EVMPublicKeySize]byte{}, err
	}
	var p bls12381.G2Affine
	if _, err := p.SetBytes(public[:]); err != nil {
		return [EVMPublicKeySize]byte{}, err
	}
	return [EVMPublicKeySize]byte(evmWords(&p.X.A0, &p.X.A1, &p.Y.A0, &p.Y.A1)), nil
}

// ParseEVMPublicKey is the inverse of [EVMPublicKey]. It refuses other lengths, coordinates that are not below the field's modulus, points
// off the curve or outside the subgroup, and the identity.
func ParseEVMPublicKey(b []byte) (PublicKey, error) {
	p, err := parseEVMPublicKey(b)
	if err != nil {
		return PublicKey{}, fmt.Errorf("malformed EVM public key: %v", err)
	}
	return PublicKey(p.Bytes()), nil
}

func parseEVMPublicKey(b []byte) (*bls12381.G2Affine, error) {
	if len(b) != EVMPublicKeySize {
		return nil, fmt.Errorf("%d bytes, want %d", len(b), EVMPublicKeySize)
	}
	var p bls12381.G2Affine
	for i, c := range []*fp.Element{&p.X.A0, &p.X.A1, &p.Y.A0, &p.Y.A1} {
		word := b[i*evmWord : (i+1)*evmWord]
		if [evmPadding]byte(word) != ([evmPadding]byte{}) {
			return nil, fmt.Errorf("coordinate %d does not begin with %d zero bytes", i, evmPadding)
		}
		if err := c.SetBytesCanonical(word[evmPadding:]); err != nil {
			return nil, fmt.Errorf("coordinate %d is not below the modulus", i)
		}
	}
	switch {
	case p.IsInfinity():
		return nil, errors.New("the identity")
	case !p.IsOnCurve():
		return nil, errors.New("not on the curve")
	case !p.IsInSubGroup():
		return nil, errors.New("outside the subgroup")
	}
	return &p, nil
}

// EVMSignature encodes a signature for the precompiles: x ‖ y. It refuses what [ParseSignature] refuses.
func EVMSignature(sig Signature) ([EVMSignatureSize]byte, error) {
	if _, err := ParseSignature(sig[:]); err != nil {
		return [EVMSignatureSize]byte{}, err
	}
	var p bls12381.G1Affine
	if _, err := p.SetBytes(sig[:]); err != nil {
		return [EVMSignatureSize]byte{}, err
	}
	return [EVMSignatureSize]byte(evmWords(&p.X, &p.Y)), nil
}

func evmWords(coordinates ...*fp.Element) []byte {
	b := make([]byte, 0, len(coordinates)*evmWord)
	for _, c := range coordinates {
		b = append(b, make([]byte, evmPadding)...)
		bytes := c.Bytes()
		b = append(b, bytes[:]...)
	}
	return b
}
