// Package ntt is the number-theoretic transform of Z_q[X]/(X^n+1) for the primes of the protocol: four just below 2^45 for
// encryption, one just below 2^60 for the homomorphic hash (docs/protocol.md §3, §5).
//
// Value i of a transform is the polynomial at psi^(2·reverse(i)+1), where reverse turns round the log2 n bits of i and
// psi = 3^((q−1)/2n) modulo q: the order and the root of Lattigo's ring package, which the tests compare with.
//
// There is a path in plain Go, and faster ones in assembly for processors that have what they need. All give the same values, in
// [0, q), and none has a branch or an address that depends on the values: additions never overflow because sums are left unreduced
// for as long as a word holds them, and products are taken with a constant whose quotient by q is known beforehand (Harvey,
// "Faster arithmetic for number-theoretic transforms", 2014, after Shoup).
package ntt

import (
	"fmt"
	"math/bits"
)

// generator generates the multiplicative group modulo each of the protocol's primes.
const generator = 3

// A Ring holds the tables of one ring. It never changes.
type Ring struct {
	n          int
	q          uint64
	limit      uint64 // a word holds values below limit·q
	roots      Factor // element m+i: the constant of group i in the layer of m groups
	inverses   Factor // of the same, one by one
	scale      constant
	reciprocal [2]uint64 // floor(2^128/q), low word first

	vectors
}

// A constant is a number below q and floor(number·2^64/q).
type constant struct{ w, quotient uint64 }

// A Factor is a polynomial to multiply many others by, in the form that this takes: values below q, in the transformed domain.
type Factor struct{ w, quotient []uint64 }

// New returns the ring of dimension n, a power of two from 16 to 2^16, modulo q, a prime below 2^60 that is 1 modulo 2n and for which
// 3 has the order that psi needs. It panics for others: what it is given is constants.
func New(n int, q uint64) *Ring {
	if n < 16 || n > 1<<16 || n&(n-1) != 0 || q >= 1<<60 || q%uint64(2*n) != 1 {
		panic(fmt.Sprintf("ntt: internal error: no ring of dimension %d modulo %d", n, q))
	}
	psi := power(generator, (q-1)/uint64(2*n), q)
	if power(psi, uint64(n), q) != q-1 {
		panic(fmt.Sprintf("ntt: internal error: 3 gives no root for dimension %d modulo %d", n, q))
	}
	r := &Ring{n: n, q: q}
	var rest uint64
	r.reciprocal[1], rest = bits.Div64(1, 0, q)
	r.reciprocal[0], _ = bits.Div64(rest, 0, q)
	r.limit = r.reciprocal[1]
	r.scale = r.constant(power(uint64(n), q-2, q))
	shift := 64 - bits.Len(uint(n-1))
	roots, inverses := make([]uint64, n), make([]uint64, n)
	inverse := power(psi, q-2, q)
	w, v := uint64(1), uint64(1)
	for i := range n {
		at := bits.Reverse64(uint64(i)) >> shift
		roots[at], inverses[at] = w, v
		w, v = mulMod(w, psi, q), mulMod(v, inverse, q)
	}
	r.roots, r.inverses = r.factor(roots), r.factor(inverses)
	r.vectors = r.newVectors()
	return r
}

// N returns the dimension, Q the modulus.
func (r *Ring) N() int    { return r.n }
func (r *Ring) Q() uint64 { return r.q }

// Forward replaces n coefficients below q by their transform.
func (r *Ring) Forward(p []uint64) {
	if !r.forwardVector(p) {
		r.forward(p)
	}
}

// Inverse replaces a transform, values below q, by the n coefficients.
func (r *Ring) Inverse(p []uint64) {
	if r.inverseVector(p) {
		return
	}
	for i, x := range p {
		p[i] = product(x, r.scale.w, r.scale.quotient, r.q)
	}
	r.inverse(p)
}

// InverseProduct replaces p, a transform of n values below q, by the coefficients of its product with f.
func (r *Ring) InverseProduct(p []uint64, f *Factor) {
	if r.inverseProductVector(p, f) {
		return
	}
	w, quotient := f.w[:len(p)], f.quotient[:len(p)]
	for i, x := range p {
		p[i] = product(x, w[i], quotient[i], r.q)
	}
	r.inverse(p)
}

// Factor makes values, a transform of n values below q, a factor for [Ring.InverseProduct], times the number by < q. It keeps values.
func (r *Ring) Factor(values []uint64, by uint64) *Factor {
	c := r.constant(mulMod(by, r.scale.w, r.q))
	for i, x := range values {
		x = product(x, c.w, c.quotient, r.q)
		values[i] = x - r.q&^mask(x, r.q)
	}
	f := r.factor(values)
	return &f
}

// Wipe erases the factor.
func (f *Factor) Wipe() {
	clear(f.w)
	clear(f.quotient)
}

func (r *Ring) factor(w []uint64) Factor {
	f := Factor{w, make([]uint64, len(w))}
	for i, x := range w {
		f.quotient[i] = r.quotient(x)
	}
	return f
}

func (r *Ring) constant(w uint64) constant { return constant{w, r.quotient(w)} }

// quotient returns floor(w·2^64/q) for w < q. Factors may be secret, so it does not divide: with R = floor(2^128/q), the product w·R
// falls short of w·2^128/q by less than w, and its upper words therefore of the quotient by at most 1.
func (r *Ring) quotient(w uint64) uint64 {
	hi, _ := bits.Mul64(w, r.reciprocal[0])
	quotient := w*r.reciprocal[1] + hi
	return quotient + 1&^mask(-quotient*r.q, r.q) // what is left of w·2^64 is below 2q, so a word shows it
}

// mask returns all ones if a < b, else 0, for a and b below 2^63.
func mask(a, b uint64) uint64 { return uint64(int64(a-b) >> 63) }

func mulMod(a, b, q uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	_, rest := bits.Div64(hi, lo, q)
	return rest
}

func power(x, e, q uint64) uint64 {
	y := uint64(1)
	for ; e > 0; e >>= 1 {
		if e&1 == 1 {
			y = mulMod(y, x, q)
		}
		x = mulMod(x, x, q)
	}
	return y
}
