package kahe

import (
	"math/big"
	"math/bits"
)

// limbs is an integer below 2^192, least significant word first.
type limbs [3]uint64

func toLimbs(x *big.Int) (l limbs) {
	var b [24]byte
	x.FillBytes(b[:])
	for i := range l {
		for j := range 8 {
			l[i] |= uint64(b[23-8*i-j]) << (8 * j)
		}
	}
	return l
}

// A rounder turns residues modulo the primes into coefficients on the wire. It works on L words, the fewest that hold q: one for
// A45, two for B90, three for C180. Nothing in it branches on the values.
//
// From residues z_i with y' ≡ Σ z_i·(q/q_i) modulo q, an error e, a packed message V and a fraction u in [0, 1) it computes
//
//	m = floor(q·V/2^t + u)
//	c = floor(((y' + e + m) mod q)·2^p/q + 1/2) mod 2^p
//
// exactly, as follows. q is odd, so the second rounding never meets a half, and floor(x/q + 1/2) = floor((x + h)/q) for integers x
// and h = (q−1)/2. The sum is taken as the integer W = Σ z_i·(q/q_i) + m + (q + e), which is positive, below 7q and so below
// 2^(64L−6) (q < 2^45, 2^90, 2^180), and equal to y' + e + m modulo q; its multiples of q become multiples of 2^p, which the last
// step drops. Wanted is C = floor((W·2^p + h)/q).
//
// With R = floor(2^(64L+p)/q), below 2^(64L) because p ≤ log2 q − 4, the upper L words of W·R are C' = floor(W·R/2^(64L)).
// W·R/2^(64L) falls short of W·2^p/q by less than W/2^(64L) < 2^−6, and rounding down by less than 1, so
// 0 ≤ (W·2^p + h)/q − C' < 2^−6 + 1 + 1/2 < 2: C is C' or C' + 1. Which one it is the remainder W·2^p + h − C'·q says; it lies in
// [0, 2q), so its lowest L words are all of it.
//
// The message is handed in as V·2^(64L−t), so that m is the upper L words of its product with q, u being added to the word below
// them.
type rounder struct {
	words      int
	wireBits   uint
	q, half    limbs // q, (q−1)/2
	reciprocal limbs // R
	cofactor   [maxPrimes]limbs
	wireMask   limbs // 2^p − 1
}

func newRounder(params Params) *rounder {
	f := params.field()
	r := &rounder{words: ceilDiv(f.q.BitLen(), 64), wireBits: uint(params.WireBits()), q: toLimbs(f.q)}
	r.half = toLimbs(new(big.Int).Rsh(f.q, 1))
	one := big.NewInt(1)
	power := new(big.Int).Lsh(one, uint(64*r.words)+r.wireBits)
	r.reciprocal = toLimbs(power.Quo(power, f.q))
	for i, c := range f.cofactor {
		r.cofactor[i] = toLimbs(c)
	}
	power.Lsh(one, r.wireBits)
	r.wireMask = toLimbs(power.Sub(power, one))
	return r
}

// round returns c. z has one residue below its prime for each prime, e is within ±128, u is in units of 2^−64, message is
// V·2^(64L−t).
func (r *rounder) round(z *[maxPrimes]uint64, e int32, u uint64, message *limbs) limbs {
	switch r.words {
	case 1:
		return r.round1(z, e, u, message)
	case 2:
		return r.round2(z, e, u, message)
	}
	return r.round3(z, e, u, message)
}

func (r *rounder) round1(z *[maxPrimes]uint64, e int32, u uint64, message *limbs) limbs {
	q := r.q[0]
	m, below := bits.Mul64(q, message[0])
	_, carry := bits.Add64(below, u, 0)
	w := z[0] + m + carry + q + uint64(int64(e))
	c, _ := bits.Mul64(w, r.reciprocal[0])
	rest := w<<(r.wireBits&63) + r.half[0] - c*q
	_, less := bits.Sub64(rest, q, 0)
	return limbs{(c + 1 - less) & r.wireMask[0]}
}

func (r *rounder) round2(z *[maxPrimes]uint64, e int32, u uint64, message *limbs) limbs {
	q0, q1 := r.q[0], r.q[1]
	// W: the cofactors of a two-prime set are the other prime, one word.
	_, below, m0, m1 := mul2(q0, q1, message[0], message[1])
	sign := uint64(int64(e) >> 63)
	w0, carry := bits.Add64(q0, uint64(int64(e)), 0)
	w1 := q1 + sign + carry
	_, carry = bits.Add64(below, u, 0)
	w0, carry = bits.Add64(w0, m0, carry)
	w1 += m1 + carry
	hi, lo := bits.Mul64(z[0], r.cofactor[0][0])
	w0, carry = bits.Add64(w0, lo, 0)
	w1 += hi + carry
	hi, lo = bits.Mul64(z[1], r.cofactor[1][0])
	w0, carry = bits.Add64(w0, lo, 0)
	w1 += hi + carry

	_, _, c0, c1 := mul2(w0, w1, r.reciprocal[0], r.reciprocal[1])

	// The rest, modulo 2^128.
	shifted := shiftLeft(&limbs{w0, w1}, r.wireBits)
	hi, lo = bits.Mul64(c0, q0)
	hi += c0*q1 + c1*q0
	rest0, carry := bits.Add64(shifted[0], r.half[0], 0)
	rest1 := shifted[1] + r.half[1] + carry
	rest0, carry = bits.Sub64(rest0, lo, 0)
	rest1 -= hi + carry

	_, less := bits.Sub64(rest0, q0, 0)
	_, less = bits.Sub64(rest1, q1, less)
	c0, carry = bits.Add64(c0, 1-less, 0)
	c1 += carry
	return limbs{c0 & r.wireMask[0], c1 & r.wireMask[1]}
}

func (r *rounder) round3(z *[maxPrimes]uint64, e int32, u uint64, message *limbs) limbs {
	low, w := mul3(&r.q, message)
	_, carry := bits.Add64(low[2], u, 0)
	w = add3(&w, &limbs{carry})
	sign := uint64(int64(e) >> 63)
	w = add3(&w, &limbs{uint64(int64(e)), sign, sign})
	w = add3(&w, &r.q)
	for i := range z {
		product := mulWord(z[i], &r.cofactor[i])
		w = add3(&w, &product)
	}

	_, c := mul3(&w, &r.reciprocal)

	// The rest, modulo 2^192.
	rest := shiftLeft(&w, r.wireBits)
	rest = add3(&rest, &r.half)
	product := mulLow3(&c, &r.q)
	rest, _ = sub3(&rest, &product)

	_, less := sub3(&rest, &r.q)
	c = add3(&c, &limbs{1 - less})
	return and3(&c, &r.wireMask)
}

// mul2 returns the four words of a·b.
func mul2(a0, a1, b0, b1 uint64) (p0, p1, p2, p3 uint64) {
	var carry uint64
	p1, p0 = bits.Mul64(a0, b0)
	p3, p2 = bits.Mul64(a1, b1)
	hi, lo := bits.Mul64(a0, b1)
	p1, carry = bits.Add64(p1, lo, 0)
	p2, carry = bits.Add64(p2, hi, carry)
	p3 += carry
	hi, lo = bits.Mul64(a1, b0)
	p1, carry = bits.Add64(p1, lo, 0)
	p2, carry = bits.Add64(p2, hi, carry)
	p3 += carry
	return
}

// mul3 returns the lower and the upper three words of a·b.
func mul3(a, b *limbs) (low, high limbs) {
	p0, p1, p2, p3 := mulRow(a[0], b)
	r0, r1, r2, r3 := mulRow(a[1], b)
	p1, carry := bits.Add64(p1, r0, 0)
	p2, carry = bits.Add64(p2, r1, carry)
	p3, carry = bits.Add64(p3, r2, carry)
	p4 := r3 + carry
	r0, r1, r2, r3 = mulRow(a[2], b)
	p2, carry = bits.Add64(p2, r0, 0)
	p3, carry = bits.Add64(p3, r1, carry)
	p4, carry = bits.Add64(p4, r2, carry)
	return limbs{p0, p1, p2}, limbs{p3, p4, r3 + carry}
}

func mulRow(a uint64, b *limbs) (p0, p1, p2, p3 uint64) {
	hi0, p0 := bits.Mul64(a, b[0])
	hi1, lo1 := bits.Mul64(a, b[1])
	hi2, lo2 := bits.Mul64(a, b[2])
	p1, carry := bits.Add64(hi0, lo1, 0)
	p2, carry = bits.Add64(hi1, lo2, carry)
	return p0, p1, p2, hi2 + carry
}

// mulWord returns a·b modulo 2^192.
func mulWord(a uint64, b *limbs) limbs {
	hi0, lo0 := bits.Mul64(a, b[0])
	hi1, lo1 := bits.Mul64(a, b[1])
	p1, carry := bits.Add64(hi0, lo1, 0)
	return limbs{lo0, p1, hi1 + a*b[2] + carry}
}

// mulLow3 returns a·b modulo 2^192.
func mulLow3(a, b *limbs) limbs {
	p := mulWord(a[0], b)
	hi, lo := bits.Mul64(a[1], b[0])
	var carry uint64
	p[1], carry = bits.Add64(p[1], lo, 0)
	p[2] += hi + carry + a[1]*b[1] + a[2]*b[0]
	return p
}

// add3 returns a + b modulo 2^192.
func add3(a, b *limbs) (s limbs) {
	var carry uint64
	s[0], carry = bits.Add64(a[0], b[0], 0)
	s[1], carry = bits.Add64(a[1], b[1], carry)
	s[2], _ = bits.Add64(a[2], b[2], carry)
	return s
}

// sub3 returns a − b modulo 2^192, and 1 if b is larger.
func sub3(a, b *limbs) (d limbs, borrow uint64) {
	d[0], borrow = bits.Sub64(a[0], b[0], 0)
	d[1], borrow = bits.Sub64(a[1], b[1], borrow)
	d[2], borrow = bits.Sub64(a[2], b[2], borrow)
	return d, borrow
}

func and3(a, b *limbs) limbs { return limbs{a[0] & b[0], a[1] & b[1], a[2] & b[2]} }

// shiftLeft returns a·2^by modulo 2^192. by is public.
func shiftLeft(a *limbs, by uint) limbs {
	a0, a1, a2 := a[0], a[1], a[2]
	for ; by >= 64; by -= 64 {
		a0, a1, a2 = 0, a0, a1
	}
	return limbs{a0 << by, a1<<by | a0>>(64-by), a2<<by | a1>>(64-by)}
}

// shiftRight returns a/2^by, rounded down, for by below 64. by is public.
func shiftRight(a *limbs, by uint) limbs {
	return limbs{a[0]>>by | a[1]<<(64-by), a[1]>>by | a[2]<<(64-by), a[2] >> by}
}
