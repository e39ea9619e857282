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
	wide       *wideConstants
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
	r.wireMask = wireMask(r.wireBits)
	r.wide = newWideConstants(f, r.words, r.wireBits)
	return r
}

// wireMask returns 2^p − 1.
func wireMask(wireBits uint) limbs {
	m := new(big.Int).Lsh(big.NewInt(1), wireBits)
	return toLimbs(m.Sub(m, big.NewInt(1)))
}

// round replaces messages by wire coefficients. columns has a row for each word: of messages V·2^(64L−t) before, of c after. z has a
// row of residues below the prime for each prime; e is within ±128; u is in units of 2^−64. The rows of columns say how many
// coefficients there are; the others are at least as long.
func (r *rounder) round(columns, z [][]uint64, e []int32, u []uint64) {
	switch done := r.roundWide(columns, z, e, u); r.words {
	case 1:
		r.round1(columns[0][done:], z[0][done:], e[done:], u[done:])
	case 2:
		r.round2(columns[0][done:], columns[1][done:], z[0][done:], z[1][done:], e[done:], u[done:])
	default:
		var rest [maxPrimes][]uint64
		for i, row := range z {
			rest[i] = row[done:]
		}
		r.round3(columns[0][done:], columns[1][done:], columns[2][done:], &rest, e[done:], u[done:])
	}
}

func (r *rounder) round1(c0s, z []uint64, e []int32, u []uint64) {
	q, half, reciprocal, wire, mask := r.q[0], r.half[0], r.reciprocal[0], r.wireBits&63, r.wireMask[0]
	z, e, u = z[:len(c0s)], e[:len(c0s)], u[:len(c0s)]
	for x, message := range c0s {
		m, below := bits.Mul64(q, message)
		_, carry := bits.Add64(below, u[x], 0)
		w := z[x] + m + carry + q + uint64(int64(e[x]))
		c, _ := bits.Mul64(w, reciprocal)
		rest := w<<wire + half - c*q
		_, less := bits.Sub64(rest, q, 0)
		c0s[x] = (c + 1 - less) & mask
	}
}

func (r *rounder) round2(c0s, c1s, z0s, z1s []uint64, e []int32, u []uint64) {
	q0, q1 := r.q[0], r.q[1]
	half0, half1 := r.half[0], r.half[1]
	reciprocal0, reciprocal1 := r.reciprocal[0], r.reciprocal[1]
	mask0, mask1 := r.wireMask[0], r.wireMask[1]
	// The cofactors of a two-prime set are the other prime, one word.
	cofactor0, cofactor1 := r.cofactor[0][0], r.cofactor[1][0]
	shift, words := r.wireBits&63, r.wireBits/64
	c1s, z0s, z1s, e, u = c1s[:len(c0s)], z0s[:len(c0s)], z1s[:len(c0s)], e[:len(c0s)], u[:len(c0s)]
	for x := range c0s {
		_, below, m0, m1 := mul2(q0, q1, c0s[x], c1s[x])
		noise := int64(e[x])
		w0, carry := bits.Add64(q0, uint64(noise), 0)
		w1 := q1 + uint64(noise>>63) + carry
		_, carry = bits.Add64(below, u[x], 0)
		w0, carry = bits.Add64(w0, m0, carry)
		w1 += m1 + carry
		hi, lo := bits.Mul64(z0s[x], cofactor0)
		w0, carry = bits.Add64(w0, lo, 0)
		w1 += hi + carry
		hi, lo = bits.Mul64(z1s[x], cofactor1)
		w0, carry = bits.Add64(w0, lo, 0)
		w1 += hi + carry

		_, _, c0, c1 := mul2(w0, w1, reciprocal0, reciprocal1)

		// The rest, modulo 2^128.
		rest0, rest1 := w0<<shift, w1<<shift|w0>>1>>(^shift&63)
		if words > 0 {
			rest0, rest1 = 0, rest0
		}
		hi, lo = bits.Mul64(c0, q0)
		hi += c0*q1 + c1*q0
		rest0, carry = bits.Add64(rest0, half0, 0)
		rest1 += half1 + carry
		rest0, carry = bits.Sub64(rest0, lo, 0)
		rest1 -= hi + carry

		_, less := bits.Sub64(rest0, q0, 0)
		_, less = bits.Sub64(rest1, q1, less)
		c0, carry = bits.Add64(c0, 1-less, 0)
		c0s[x], c1s[x] = c0&mask0, (c1+carry)&mask1
	}
}

func (r *rounder) round3(c0s, c1s, c2s []uint64, z *[maxPrimes][]uint64, e []int32, u []uint64) {
	q0, q1, q2 := r.q[0], r.q[1], r.q[2]
	m0, m1, m2 := r.wireMask[0], r.wireMask[1], r.wireMask[2]
	n := len(c0s)
	c1s, c2s, e, u = c1s[:n], c2s[:n], e[:n], u[:n]
	z0, z1, z2, z3 := z[0][:n], z[1][:n], z[2][:n], z[3][:n]
	for x := range c0s {
		// q·V + u: the upper three words are m.
		_, p1, p2, p3 := mulRow(c0s[x], q0, q1, q2)
		r0, r1, r2, p4 := mulRow(c1s[x], q0, q1, q2)
		_, p2, p3, p4 = addRow(p1, p2, p3, p4, r0, r1, r2)
		r0, r1, r2, p5 := mulRow(c2s[x], q0, q1, q2)
		p2, p3, p4, p5 = addRow(p2, p3, p4, p5, r0, r1, r2)
		_, carry := bits.Add64(p2, u[x], 0)

		// W
		w0, carry := bits.Add64(p3, q0, carry)
		w1, carry := bits.Add64(p4, q1, carry)
		w2 := p5 + q2 + carry
		noise := int64(e[x])
		sign := uint64(noise >> 63)
		w0, w1, w2 = add192(w0, w1, w2, uint64(noise), sign, sign)
		p0, p1, p2 := mulWord(z0[x], &r.cofactor[0])
		w0, w1, w2 = add192(w0, w1, w2, p0, p1, p2)
		p0, p1, p2 = mulWord(z1[x], &r.cofactor[1])
		w0, w1, w2 = add192(w0, w1, w2, p0, p1, p2)
		p0, p1, p2 = mulWord(z2[x], &r.cofactor[2])
		w0, w1, w2 = add192(w0, w1, w2, p0, p1, p2)
		p0, p1, p2 = mulWord(z3[x], &r.cofactor[3])
		w0, w1, w2 = add192(w0, w1, w2, p0, p1, p2)

		// C'
		_, p1, p2, p3 = mulRow(w0, r.reciprocal[0], r.reciprocal[1], r.reciprocal[2])
		r0, r1, r2, p4 = mulRow(w1, r.reciprocal[0], r.reciprocal[1], r.reciprocal[2])
		_, p2, p3, p4 = addRow(p1, p2, p3, p4, r0, r1, r2)
		r0, r1, r2, p5 = mulRow(w2, r.reciprocal[0], r.reciprocal[1], r.reciprocal[2])
		_, c0, c1, c2 := addRow(p2, p3, p4, p5, r0, r1, r2)

		// The rest, modulo 2^192.
		w0, w1, w2 = shiftLeft(w0, w1, w2, r.wireBits)
		w0, w1, w2 = add192(w0, w1, w2, r.half[0], r.half[1], r.half[2])
		p0, p1, p2 = mulWord(c0, &r.q)
		w0, carry = bits.Sub64(w0, p0, 0)
		w1, carry = bits.Sub64(w1, p1, carry)
		w2 -= p2 + carry
		p1, p0 = bits.Mul64(c1, q0)
		w1, carry = bits.Sub64(w1, p0, 0)
		w2 -= p1 + carry + c1*q1 + c2*q0

		_, less := bits.Sub64(w0, q0, 0)
		_, less = bits.Sub64(w1, q1, less)
		_, less = bits.Sub64(w2, q2, less)
		c0, carry = bits.Add64(c0, 1-less, 0)
		c1, carry = bits.Add64(c1, 0, carry)
		c0s[x], c1s[x], c2s[x] = c0&m0, c1&m1, (c2+carry)&m2
	}
}

// add replaces a by a + (b xor flip) + plus modulo 2^p, coefficient by coefficient. There is a row for each word; flip goes for all
// words.
func (r *rounder) add(a, b [][]uint64, flip, plus uint64) {
	m := &r.wireMask
	switch r.words {
	case 1:
		a0, b0 := a[0], b[0][:len(a[0])]
		for x := range a0 {
			a0[x] = (a0[x] + (b0[x] ^ flip) + plus) & m[0]
		}
	case 2:
		a0, a1, b0, b1 := a[0], a[1][:len(a[0])], b[0][:len(a[0])], b[1][:len(a[0])]
		for x := range a0 {
			c0, carry := bits.Add64(a0[x], b0[x]^flip, 0)
			c1 := a1[x] + (b1[x] ^ flip) + carry
			c0, carry = bits.Add64(c0, plus, 0)
			a0[x], a1[x] = c0&m[0], (c1+carry)&m[1]
		}
	default:
		a0, a1, a2, b0, b1, b2 := a[0], a[1][:len(a[0])], a[2][:len(a[0])], b[0][:len(a[0])], b[1][:len(a[0])], b[2][:len(a[0])]
		for x := range a0 {
			c0, carry := bits.Add64(a0[x], b0[x]^flip, 0)
			c1, carry := bits.Add64(a1[x], b1[x]^flip, carry)
			c2 := a2[x] + (b2[x] ^ flip) + carry
			c0, carry = bits.Add64(c0, plus, 0)
			c1, carry = bits.Add64(c1, 0, carry)
			a0[x], a1[x], a2[x] = c0&m[0], c1&m[1], (c2+carry)&m[2]
		}
	}
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

// mulRow returns the four words of a·b.
func mulRow(a, b0, b1, b2 uint64) (p0, p1, p2, p3 uint64) {
	var lo, carry uint64
	p1, p0 = bits.Mul64(a, b0)
	p2, lo = bits.Mul64(a, b1)
	p1, carry = bits.Add64(p1, lo, 0)
	p3, lo = bits.Mul64(a, b2)
	p2, carry = bits.Add64(p2, lo, carry)
	return p0, p1, p2, p3 + carry
}

// addRow adds three words b to words a and takes the carry to the last one.
func addRow(a0, a1, a2, a3, b0, b1, b2 uint64) (s0, s1, s2, s3 uint64) {
	s0, carry := bits.Add64(a0, b0, 0)
	s1, carry = bits.Add64(a1, b1, carry)
	s2, carry = bits.Add64(a2, b2, carry)
	return s0, s1, s2, a3 + carry
}

// add192 returns a + b modulo 2^192.
func add192(a0, a1, a2, b0, b1, b2 uint64) (s0, s1, s2 uint64) {
	s0, carry := bits.Add64(a0, b0, 0)
	s1, carry = bits.Add64(a1, b1, carry)
	return s0, s1, a2 + b2 + carry
}

// mulWord returns a·b modulo 2^192.
func mulWord(a uint64, b *limbs) (p0, p1, p2 uint64) {
	hi0, p0 := bits.Mul64(a, b[0])
	hi1, lo1 := bits.Mul64(a, b[1])
	p1, carry := bits.Add64(hi0, lo1, 0)
	return p0, p1, hi1 + a*b[2] + carry
}

// shiftLeft returns a·2^by modulo 2^192. by is public.
func shiftLeft(a0, a1, a2 uint64, by uint) (s0, s1, s2 uint64) {
	for ; by >= 64; by -= 64 {
		a0, a1, a2 = 0, a0, a1
	}
	by &= 63
	return a0 << by, a1<<by | a0>>1>>(^by&63), a2<<by | a1>>1>>(^by&63)
}
