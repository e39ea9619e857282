package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	. "sotto/crypto/internal/asm/vec"
)

// A fieldDouble is for a prime q just below 2^45, with floating-point numbers of 64 bits, which are exact for integers up to 2^53, in
// registers of 256 bits (AVX2, FMA). Values may be negative; their absolute values stay below 2^6·q.
type fieldDouble struct {
	q, inverse   reg.VecVirtual // q and 1/q
	whole, power reg.VecVirtual // 3·2^51 and 2^52
}

const double = 32 // bytes of a register

func allDoubles(x float64) reg.VecVirtual {
	word, r := GP64(), YMM()
	MOVQ(U64(math.Float64bits(x)), word)
	VMOVQ(word, r.AsX())
	VBROADCASTSD(r.AsX(), r)
	return r
}

func newFieldDouble() *fieldDouble {
	f := &fieldDouble{YMM(), YMM(), allDoubles(3 << 51), allDoubles(1 << 52)}
	field := Arg("field")
	VBROADCASTSD(At(field, 0), f.q)
	VBROADCASTSD(At(field, 8), f.inverse)
	return f
}

func addDouble(a, b reg.VecVirtual) reg.VecVirtual { r := YMM(); VADDPD(b, a, r); return r }
func subDouble(a, b reg.VecVirtual) reg.VecVirtual { r := YMM(); VSUBPD(b, a, r); return r }

// fromWords takes words below 2^52 to numbers: they are the fractions of numbers from 2^52 on.
func (f *fieldDouble) fromWords(m Mem) reg.VecVirtual {
	r := YMM()
	VPOR(m, f.power, r)
	VSUBPD(f.power, r, r)
	return r
}

// nearest returns the integer nearest to x·y, in absolute value below 2^51.
func (f *fieldDouble) nearest(x, y reg.VecVirtual) reg.VecVirtual {
	r := YMM()
	VMOVAPD(f.whole, r)
	VFMADD231PD(x, y, r)
	VSUBPD(f.whole, r, r)
	return r
}

// product returns x·w modulo q, its absolute value below q. v is w/q. The product is the sum of two numbers, the upper one rounded; so
// is what is left of it after the nearest multiple of q is taken off, and then all is exact.
func (f *fieldDouble) product(x, w, v reg.VecVirtual) reg.VecVirtual {
	high, low := YMM(), YMM()
	VMULPD(w, x, high)
	VMOVAPD(high, low)
	VFMSUB231PD(w, x, low)
	VFNMADD231PD(f.nearest(x, v), f.q, high)
	VADDPD(low, high, high)
	return high
}

// reduce returns x modulo q, its absolute value at most a little above q/2.
func (f *fieldDouble) reduce(x reg.VecVirtual) reg.VecVirtual {
	VFNMADD231PD(f.nearest(x, f.inverse), f.q, x)
	return x
}

// words takes numbers to words in [0, q).
func (f *fieldDouble) words(x reg.VecVirtual) reg.VecVirtual {
	f.reduce(x)
	negative := YMM()
	VXORPD(negative, negative, negative)
	VCMPPD(U8(1), negative, x, negative) // x < 0, not −0
	VANDPD(f.q, negative, negative)
	VADDPD(negative, x, x)
	VADDPD(f.power, x, x)
	VXORPD(f.power, x, x)
	return x
}

// layers takes registers through inverse layers, from neighbours on. table returns where the constants of a pair of layer and group
// lie, in registers or in numbers. The first register is reduced at the end; then all are below 8q, if they were before.
func (f *fieldDouble) layers(x []reg.VecVirtual, table func() Mem, size int) {
	for distance := 1; distance < len(x); distance *= 2 {
		for group := 0; group < len(x); group += 2 * distance {
			at := table()
			w, v := YMM(), YMM()
			if size == double {
				VMOVUPD(at, w)
				VMOVUPD(at.Offset(size), v)
			} else {
				VBROADCASTSD(at, w)
				VBROADCASTSD(at.Offset(size), v)
			}
			for i := group; i < group+distance; i++ {
				a, b := x[i], x[i+distance]
				x[i+distance] = f.product(subDouble(a, b), w, v)
				x[i] = addDouble(a, b)
			}
		}
	}
	f.reduce(x[0])
}

// transposeDouble exchanges places and registers.
func transposeDouble(x [4]reg.VecVirtual) (y [4]reg.VecVirtual) {
	var t [4]reg.VecVirtual
	for i := range 2 {
		low, high := YMM(), YMM()
		VUNPCKLPD(x[2*i+1], x[2*i], low)
		VUNPCKHPD(x[2*i+1], x[2*i], high)
		t[i], t[2+i] = low, high
	}
	for odd := range 2 {
		low, high := YMM(), YMM()
		VPERM2F128(U8(0x20), t[2*odd+1], t[2*odd], low)
		VPERM2F128(U8(0x31), t[2*odd+1], t[2*odd], high)
		y[odd], y[2+odd] = low, high
	}
	return y
}

// The constants of 16 values are 3 pairs of registers and 3 of numbers, filled up to 32 words.
const rowDoubles = 32

func inverseRowsDouble() {
	Begin("inverseDoubleRows", "func(p, w *uint64, table *float64, count uint64, field *[2]float64)",
		"inverseDoubleRows multiplies p by w, goes through the inverse layers of distances 1 to 8, count times 16 values, and leaves numbers. field is q and 1/q.")
	p, w, table, count := Arg("p"), Arg("w"), Arg("table"), Arg("count")
	f := newFieldDouble()
	Loop(count, func() {
		var x [4]reg.VecVirtual
		for i := range x {
			factor, quotient := f.fromWords(At(w, i*double)), YMM()
			VMULPD(f.inverse, factor, quotient)
			x[i] = f.product(f.fromWords(At(p, i*double)), factor, quotient)
		}
		at := 0
		x = transposeDouble(x)
		f.layers(x[:], constants(table, &at, double), double)
		x = transposeDouble(x)
		f.layers(x[:], constants(table, &at, 8), 8)
		for i := range x {
			VMOVUPD(x[i], At(p, i*double))
		}
		ADDQ(U32(4*double), p)
		ADDQ(U32(4*double), w)
		ADDQ(U32(8*rowDoubles), table)
	})
	Finish()
}

func inverseDouble(name string, layers int, last bool) {
	comment := name + " goes through the inverse layers of distances size to size·2^layers/2, in groups of size·2^layers numbers."
	if last {
		comment += " It leaves words below q."
	}
	Begin(name, "func(p *uint64, table *float64, groups, size uint64, field *[2]float64)", comment)
	p, table, groups, size := Arg("p"), Arg("table"), Arg("groups"), Arg("size")
	f := newFieldDouble()
	pass(p, table, groups, size, layers, double, func(place func(i int) Mem) {
		x := make([]reg.VecVirtual, 1<<layers)
		for i := range x {
			x[i] = YMM()
			VMOVUPD(place(i), x[i])
		}
		at := 0
		f.layers(x, constants(table, &at, 8), 8)
		for i := range x {
			if last {
				f.words(x[i])
			}
			VMOVUPD(x[i], place(i))
		}
	})
	Finish()
}
