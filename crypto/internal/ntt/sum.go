package ntt

import "math/bits"

// A Sum adds up products of transforms, value by value. They are public. Products are below 2^120, so that many go into two words
// before the sum is reduced.
type Sum struct {
	ring   *Ring
	wide   *wideSum // if the processor has wide instructions
	lo, hi []uint64
	terms  int // added since the sum was below q
}

// maxTerms products below 2^120, and what was there before, stay below 2^128.
const maxTerms = 255

// NewSum returns an empty sum.
func (r *Ring) NewSum() *Sum {
	s := &Sum{ring: r, wide: r.newWideSum(), lo: make([]uint64, r.n)}
	if s.wide == nil {
		s.hi = make([]uint64, r.n)
	}
	return s
}

// Reset empties the sum.
func (s *Sum) Reset() {
	if s.wide != nil {
		s.wide.reset()
		return
	}
	clear(s.lo)
	clear(s.hi)
	s.terms = 0
}

// Add adds the product of two transforms, n values below q each.
func (s *Sum) Add(x, y []uint64) {
	if s.wide != nil {
		s.wide.add(s.ring, x, y)
		return
	}
	if s.terms == maxTerms {
		s.reduce()
	}
	s.terms++
	lo, hi, y := s.lo[:len(x)], s.hi[:len(x)], y[:len(x)]
	for i, a := range x {
		h, l := bits.Mul64(a, y[i])
		var carry uint64
		lo[i], carry = bits.Add64(lo[i], l, 0)
		hi[i] += h + carry
	}
}

// Values returns the sum, n values below q. It is the sum's own memory, good until the next call.
func (s *Sum) Values() []uint64 {
	if s.wide != nil {
		s.wide.values(s.ring, s.lo)
	} else {
		s.reduce()
	}
	return s.lo
}

// reduce takes the upper words, which are worth 2^64, to the lower ones.
func (s *Sum) reduce() {
	r := s.ring
	one := r.reciprocal[1]
	word := r.constant(-one * r.q) // 2^64 modulo q
	for i, hi := range s.hi {
		s.lo[i] = reduce(reduce(s.lo[i], one, r.q)+product(hi, word.w, word.quotient, r.q), one, r.q)
		s.hi[i] = 0
	}
	s.terms = 0
}
