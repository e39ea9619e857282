// Command kahe writes the assembly of package kahe.
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	. "sotto/crypto/internal/asm/vec"
)

func main() {
	ConstraintExpr("amd64,!purego")
	for words := 1; words <= 3; words++ {
		round(words)
		pack(words)
	}
	Generate()
}

// limbsFor says how many limbs of 52 bits hold what fits into so many words.
var limbsFor = map[int]int{1: 1, 2: 2, 3: 4}

// A rounder rounds eight coefficients at a time, as package kahe has it in plain Go, but with limbs of 52 bits.
type rounder struct {
	words, limbs, primes int
	constants            reg.Register
	mask                 Reg // 2^52 − 1
}

// These are the places of the constants, in words (kahe.wideConstants).
const (
	constQ          = 0  // q
	constMinus      = 4  // 2^(52L) − q
	constReciprocal = 8  // floor(2^(52L+p)/q)
	constStart      = 12 // q, with one 2^52 of the second limb in the first
	constRest       = 16 // (q−1)/2 − q modulo 2^(52L)
	constCofactor   = 20 // q/q_i, three limbs each
	constWire       = 32 // 2^p − 1, in words
	constShift      = 35 // p modulo 52, 52 − that, and 64·floor(p/52)
)

func (r *rounder) constant(at int) Mem { return At(r.constants, 8*at) }

// multiply adds the product of limbs x with constants to columns: lowest first, those from column first to column last. What the
// product has in lower columns is left out.
func (r *rounder) multiply(columns []Reg, x []Reg, constant, count, first, last int) {
	for i := range x {
		for j := range count {
			if k := i + j; first <= k && k <= last {
				VPMADD52LUQ_BCST(r.constant(constant+j), x[i], columns[k])
			}
			if k := i + j + 1; first <= k && k <= last {
				VPMADD52HUQ_BCST(r.constant(constant+j), x[i], columns[k])
			}
		}
	}
}

// carry takes what columns from first to last − 1 have above 52 bits to the next one. clean masks it away.
func (r *rounder) carry(columns []Reg, first, last int, clean bool) {
	for k := first; k < last; k++ {
		VPADDQ(Right(columns[k], 52), columns[k+1], columns[k+1])
		if clean {
			VPANDQ(r.mask, columns[k], columns[k])
		}
	}
}

// limbs cuts a fraction in words, its first bit the highest, into limbs.
func (r *rounder) split(w []Reg) []Reg {
	join := func(high, low Reg, by uint64) Reg {
		x := Or(Left(high, by), Right(low, 64-by))
		VPANDQ(r.mask, x, x)
		return x
	}
	switch r.words {
	case 1:
		return []Reg{Right(w[0], 12)}
	case 2:
		return []Reg{join(w[1], w[0], 40), Right(w[1], 12)}
	}
	return []Reg{And(Left(w[0], 16), r.mask), join(w[1], w[0], 28), join(w[2], w[1], 40), Right(w[2], 12)}
}

// join is the inverse for integers.
func (r *rounder) join(x []Reg) []Reg {
	switch r.words {
	case 1:
		return x
	case 2:
		return []Reg{Or(x[0], Left(x[1], 52)), Right(x[1], 12)}
	}
	return []Reg{Or(x[0], Left(x[1], 52)), Or(Right(x[1], 12), Left(x[2], 40)), Or(Right(x[2], 24), Left(x[3], 28))}
}

func round(words int) {
	r := &rounder{words: words, limbs: limbsFor[words], primes: limbsFor[words]}
	name := fmt.Sprintf("round%dWide", words)
	Begin(name, "func(rows *[8]*uint64, errors *int32, constants *[38]uint64, groups uint64)",
		name+" replaces the messages in the columns by wire coefficients, eight times groups of them, for moduli that take so many words.")
	rows := Arg("rows")
	field := func(i int) reg.GPVirtual {
		p := GP64()
		MOVQ(At(rows, 8*i), p)
		return p
	}
	var columns, z []reg.GPVirtual
	for i := range words {
		columns = append(columns, field(i))
	}
	for i := range r.primes {
		z = append(z, field(3+i))
	}
	e, u := Arg("errors"), field(7)
	r.constants = Arg("constants")
	groups := Arg("groups")
	r.mask = Fixed(1<<52 - 1)
	L := r.limbs
	index := GP64() // bytes of errors; the rest has twice as many
	XORQ(index, index)
	place := func(p reg.Register) Mem { return Mem{Base: p, Index: index, Scale: 2} }

	// Limbs to be shifted up by whole limbs go through memory, after as many zeros.
	local := AllocLocal(2 * L * Bytes)
	shift, back := XMM(), XMM()
	VMOVQ(r.constant(constShift), shift)
	VMOVQ(r.constant(constShift+1), back)
	down := GP64()
	LEAQ(local.Offset(L*Bytes), down)
	SUBQ(r.constant(constShift+2), down) // limb k−floor(p/52) is at place k
	zero, one := Zero(), Fixed(1)
	for i := range L {
		Put(zero, local.Offset(i*Bytes))
	}

	Loop(groups, func() {
		// q·V + u: the upper limbs are m.
		var w []Reg
		for _, c := range columns {
			w = append(w, Get(place(c)))
		}
		v := r.split(w)
		product := make([]Reg, 2*L)
		for k := range product {
			product[k] = Zero()
		}
		fraction := Get(place(u))
		VPADDQ(Right(fraction, 12), product[L-1], product[L-1])
		if L > 1 {
			VPADDQ(And(Left(fraction, 40), r.mask), product[L-2], product[L-2])
		}
		r.multiply(product, v, constQ, L, 0, 2*L-1)
		r.carry(product, 0, L, false)

		// W = m + q + e + Σ z_i·(q/q_i)
		sum := product[L:]
		for k := range L {
			VPADDQ_BCST(r.constant(constStart+k), sum[k], sum[k])
		}
		signed := ZMM()
		VPMOVSXDQ(Mem{Base: e, Index: index, Scale: 1}, signed)
		VPADDQ(signed, sum[0], sum[0])
		for i, p := range z {
			if L == 1 {
				VPADDQ(place(p), sum[0], sum[0])
				continue
			}
			r.multiply(sum, []Reg{Get(place(p))}, constCofactor+3*i, L-1, 0, L-1)
		}
		r.carry(sum, 0, L-1, true)

		// C' = floor(W·R/2^(52L)), or one less
		quotient := make([]Reg, 2*L)
		for k := max(L-1, 1); k < 2*L; k++ {
			quotient[k] = Zero()
		}
		r.multiply(quotient, sum, constReciprocal, L, max(L-1, 1), 2*L-1)
		if L > 1 {
			r.carry(quotient, L-1, 2*L-1, true)
		}
		c := quotient[L:]

		// W·2^p + (q−1)/2 − q − C'·q, modulo 2^(52L): its highest bit says that C' is right, else it is one too small.
		rest := make([]Reg, L)
		for k := range L {
			Put(sum[k], local.Offset((L+k)*Bytes))
		}
		for k := range L {
			x, y := ZMM(), ZMM()
			VPSLLQ(shift, Get(At(down, k*Bytes)), x)
			if L > 1 {
				VPSRLQ(back, Get(At(down, (k-1)*Bytes)), y)
				VPORQ(y, x, x)
			}
			VPANDQ(r.mask, x, x)
			VPADDQ_BCST(r.constant(constRest+k), x, x)
			rest[k] = x
		}
		r.multiply(rest, c, constMinus, L, 0, L-1)
		r.carry(rest, 0, L-1, false)
		right := And(Right(rest[L-1], 51), one)
		VPADDQ(Sub(one, right), c[0], c[0])
		r.carry(c, 0, L-1, true)
		for i, w := range r.join(c) {
			if i < words {
				VPANDQ_BCST(r.constant(constWire+i), w, w)
				Put(w, place(columns[i]))
			}
		}
		ADDQ(U32(32), index)
	})
	for i := range L {
		Put(zero, local.Offset((L+i)*Bytes))
	}
	Finish()
}

// pack packs eight coefficients at a time. Their values lie in eight times slots words of 32 bits; a slot takes in those of one place
// through permutations of two registers at a time, as many as values need.
func pack(words int) {
	name := fmt.Sprintf("pack%dWide", words)
	Begin(name, "func(columns *[3]*uint64, values *uint32, table *uint64, slots, pairs, width, lowest, groups uint64)",
		name+" packs eight times groups of coefficients into so many words. table has for every slot, the last one first, and for every pair of registers a mask and the places that the even words of 32 bits are taken from.")
	columnsArg := Arg("columns")
	var columns []reg.GPVirtual
	for i := range words {
		p := GP64()
		MOVQ(At(columnsArg, 8*i), p)
		columns = append(columns, p)
	}
	values, table, slots, pairs, groups := Arg("values"), Arg("table"), Arg("slots"), Arg("pairs"), Arg("groups")
	width, lowest := All(Arg("width")), All(Arg("lowest"))
	next := GP64() // bytes of the values of eight coefficients
	MOVQ(slots, next)
	SHLQ(Imm(5), next)
	shift := func(v []Reg, by Reg) {
		for i := len(v) - 1; i > 0; i-- {
			VPSHLDVQ(by, v[i-1], v[i])
		}
		VPSLLVQ(by, v[0], v[0])
	}
	Loop(groups, func() {
		v := make([]Reg, words)
		for i := range v {
			v[i] = Zero()
		}
		at, left := GP64(), GP64()
		MOVQ(table, at)
		MOVQ(slots, left)
		Loop(left, func() {
			shift(v, width)
			from, more := GP64(), GP64()
			MOVQ(values, from)
			MOVQ(pairs, more)
			Loop(more, func() {
				mask, places := K(), ZMM()
				KMOVW(At(at, 0), mask)
				VMOVDQU64(At(at, 8), places)
				VPERMI2D_Z(At(from, Bytes), Get(At(from, 0)), mask, places)
				VPORQ(places, v[0], v[0])
				ADDQ(U32(2*Bytes), from)
				ADDQ(U32(8+Bytes), at)
			})
		})
		shift(v, lowest)
		for i, p := range columns {
			Put(v[i], At(p, 0))
			ADDQ(U32(Bytes), p)
		}
		ADDQ(next, values)
	})
	Finish()
}
