package ringsis

import "slices"

// A Ring is the dimension of a ring and the bits that digit sums may have in it.
type Ring struct{ N, SumBits int }

// Rings returns the rings that there are.
func Rings() []Ring { return []Ring{{smallN, smallSumBits}, {largeN, largeSumBits}} }

// Transform returns the transform of a polynomial.
func Transform(polynomial []uint64) []uint64 {
	values := slices.Clone(polynomial)
	rings[len(values)]().Forward(values)
	return values
}

// KeyPolynomial returns b_x in the transformed domain.
func (k *Key) KeyPolynomial(x uint32) []uint64 {
	b := make([]uint64, k.params.N())
	k.expand(b, x)
	return b
}

// Coefficients returns a copy of the hash's coefficients.
func (h *Hash) Coefficients() []uint64 { c := h.coefficients; return c[:h.n] }

// A Path is one of the ways to the same numbers.
type Path struct {
	Name string
	wide bool
}

// Take makes digits take the path until the function it returns is called.
func (p Path) Take() (back func()) {
	was := useWide
	useWide = p.wide
	return func() { useWide = was }
}

// Paths returns the paths that this processor can take.
func Paths() []Path {
	paths := []Path{{"plain", false}}
	if useWide {
		paths = append(paths, Path{"wide", true})
	}
	return paths
}

// Digit returns one digit of the coefficients that packed begins with.
func (p Params) Digit(packed []byte, coefficients, digit int) []uint64 {
	dst := make([]uint64, coefficients)
	p.digit(dst, packed, digit)
	return dst
}
