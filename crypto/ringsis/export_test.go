package ringsis

import "crypto/cipher"

// Transform returns the transform of a polynomial.
func Transform(polynomial []uint64) []uint64 {
	values := make([]uint64, N)
	subRing().NTT(polynomial, values)
	return values
}

func FillUniform(dst []uint64, stream cipher.Stream, buf []byte) { fillUniform(dst, stream, buf) }

// KeyPolynomial returns b_x in the transformed domain.
func (k *Key) KeyPolynomial(x uint32) []uint64 {
	b := make([]uint64, N)
	k.expand(b, x, make([]byte, 8*N))
	return b
}

// Coefficients returns a copy of the hash's coefficients.
func (h *Hash) Coefficients() []uint64 { c := h.coefficients; return c[:] }
