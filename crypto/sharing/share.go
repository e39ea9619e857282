package sharing

import (
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"

	"sotto/crypto/internal/bitpack"
)

// Split shares a secret of N coefficients among the members: element j−1 of the result is member j's share, ⌈N/ρ⌉ field elements.
//
// Coefficient g·ρ+i lies at the point n+1+i of polynomial g; the last polynomial is filled up with zeros. Coefficients are
// taken modulo the field's prime p; sums rebuild if they stay within ±(p−1)/2. The randomness is a ChaCha8 stream keyed from
// crypto/rand and wiped at the end. Split fails only if N is not between 1 and [MaxCoefficients].
//
// Source: Franklin and Yung, packed secret sharing (STOC 1992).
func Split(p Params, secret []int32) ([][]uint32, error) {
	if err := checkCoefficients(len(secret)); err != nil {
		return nil, err
	}
	var key [32]byte
	rand.Read(key[:]) // never fails: it ends the process instead
	stream := mathrand.NewChaCha8(key)
	clear(key[:])
	defer func() { *stream = mathrand.ChaCha8{} }()
	return split(p, secret, stream), nil
}

func split(p Params, secret []int32, random mathrand.Source) [][]uint32 {
	groups, rho, field := p.Groups(len(secret)), p.Rho(), p.field
	offset := (1<<31/field.modulus + 1) * field.modulus // makes every int32 positive
	shares := make([][]uint32, p.n)
	for j := range shares {
		shares[j] = make([]uint32, groups)
	}
	var values [maxQuorum]uint64
	defer clear(values[:])
	for g := range groups {
		clear(values[:])
		for i, s := range secret[g*rho : min(g*rho+rho, len(secret))] {
			values[i] = field.reduce(uint64(int64(s)) + offset)
		}
		for i := range p.f {
			values[rho+i] = field.uniform(random)
			shares[i][g] = uint32(values[rho+i])
		}
		for j := p.f; j < p.n; j++ {
			shares[j][g] = uint32(field.dot(p.deal[j], values[:]))
		}
	}
	return shares
}

// uniform returns a uniform field element. The branch is on a candidate that is thrown away, so it tells nothing of the result.
func (f *field) uniform(random mathrand.Source) uint64 {
	for {
		if v := random.Uint64() >> (64 - f.bits); v < f.modulus {
			return v
		}
	}
}

// SumInto adds share to acc in the field. It panics if the lengths differ, which decoded shares of one N never do.
func SumInto(p Params, acc, share []uint32) {
	if len(acc) != len(share) {
		panic(fmt.Sprintf("sharing: internal error: share of %d values added to a sum of %d", len(share), len(acc)))
	}
	for i, v := range share {
		acc[i] = uint32(p.field.reduce(uint64(acc[i]) + uint64(v)))
	}
}

// EncodeShare packs the field elements of a share or of a release, 16 or 31 bits each (docs/protocol.md §1).
func EncodeShare(p Params, values []uint32) []byte {
	bits := p.field.bits
	w := bitpack.NewWriter(make([]byte, 0, bitpack.Size(len(values), int(bits))))
	for _, v := range values {
		w.Write(uint64(v), bits)
	}
	return w.Bytes()
}

// DecodeShare reads a share or a release of N coefficients. It refuses a wrong length, set padding bits and values that are not
// in the field, in a time that depends on N alone.
func DecodeShare(p Params, encoded []byte, N int) ([]uint32, error) {
	if err := checkCoefficients(N); err != nil {
		return nil, err
	}
	if want := p.ShareBytes(N); len(encoded) != want {
		return nil, fmt.Errorf("malformed share: %d bytes, want %d", len(encoded), want)
	}
	values := make([]uint32, p.Groups(N))
	r := bitpack.NewReader(encoded)
	var outside uint64
	for i := range values {
		v := r.Read(p.field.bits)
		outside |= (p.field.modulus - 1 - v) >> 63
		values[i] = uint32(v)
	}
	if outside != 0 {
		clear(values)
		return nil, fmt.Errorf("malformed share: a value is not in the field, want less than %d", p.field.modulus)
	}
	if err := r.Close(); err != nil {
		clear(values)
		return nil, fmt.Errorf("malformed share: %w", err)
	}
	return values, nil
}
