// Package vec has the small pieces that the generators of assembly share. All work on registers of 512 bits, eight words each.
package vec

import (
	"strconv"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
	"github.com/mmcloughlin/avo/x86"
)

// Bytes is the size of a register.
const Bytes = 64

// A Reg is a vector register.
type Reg = reg.VecVirtual

// Begin begins a function.
func Begin(name, signature, comment string) {
	TEXT(name, NOSPLIT, signature)
	Pragma("noescape")
	Doc(comment)
}

// Arg returns a parameter of 64 bits in a register.
func Arg(name string) reg.GPVirtual {
	r := GP64()
	Load(Param(name), r)
	return r
}

// At returns the place so many bytes after a pointer.
func At(pointer reg.Register, bytes int) Mem { return Mem{Base: pointer, Disp: bytes} }

// Indexed returns the place index bytes and some more after a pointer.
func Indexed(pointer, index reg.Register, bytes int) Mem {
	return Mem{Base: pointer, Index: index, Scale: 1, Disp: bytes}
}

// Get returns a register with what is at m.
func Get(m Op) Reg {
	r := ZMM()
	VMOVDQU64(m, r)
	return r
}

// Put writes a register to m.
func Put(r Reg, m Op) { VMOVDQU64(r, m) }

// All returns a register that has a word, in a register or in memory, in all places.
func All(word Op) Reg {
	r := ZMM()
	VPBROADCASTQ(word, r)
	return r
}

// Fixed returns a register that has a constant in all places.
func Fixed(value uint64) Reg {
	r := GP64()
	MOVQ(U64(value), r)
	return All(r)
}

// Zero returns a register of zeros.
func Zero() Reg {
	r := ZMM()
	i, err := x86.VPXORQ(r, r, r)
	if err != nil {
		panic(err)
	}
	i.Inputs = nil // whatever was there does not count
	Instruction(i)
	return r
}

// Add, Sub, And, Or and Min return a + b, a − b, a & b, a | b and the smaller of a and b.
func Add(a Reg, b Op) Reg { r := ZMM(); VPADDQ(b, a, r); return r }
func Sub(a Reg, b Op) Reg { r := ZMM(); VPSUBQ(b, a, r); return r }
func And(a Reg, b Op) Reg { r := ZMM(); VPANDQ(b, a, r); return r }
func Or(a Reg, b Op) Reg  { r := ZMM(); VPORQ(b, a, r); return r }
func Min(a Reg, b Op) Reg { r := ZMM(); VPMINUQ(b, a, r); return r }

// Left and Right return a shifted by a constant.
func Left(a Op, by uint64) Reg  { r := ZMM(); VPSLLQ(U8(by), a, r); return r }
func Right(a Op, by uint64) Reg { r := ZMM(); VPSRLQ(U8(by), a, r); return r }

// Below takes values below 2·q to values below q: the smaller of x and x − q, which wraps around if x < q.
func Below(x Reg, q Op) Reg { return Min(Sub(x, q), x) }

// Transpose exchanges places and registers: place j of register i goes to place i of register j.
func Transpose(x [8]Reg) (y [8]Reg) {
	pair := func(a, b Reg) (low, high Reg) {
		low, high = ZMM(), ZMM()
		VPUNPCKLQDQ(b, a, low)
		VPUNPCKHQDQ(b, a, high)
		return low, high
	}
	shuffle := func(a, b Reg) (even, odd Reg) {
		even, odd = ZMM(), ZMM()
		VSHUFI64X2(U8(0x88), b, a, even)
		VSHUFI64X2(U8(0xdd), b, a, odd)
		return even, odd
	}
	var t [2][4]Reg // of even and of odd places, for two registers each
	for i := range 4 {
		t[0][i], t[1][i] = pair(x[2*i], x[2*i+1])
	}
	for odd := range 2 {
		a, b := shuffle(t[odd][0], t[odd][1])
		c, d := shuffle(t[odd][2], t[odd][3])
		y[odd], y[4+odd] = shuffle(a, c)
		y[2+odd], y[6+odd] = shuffle(b, d)
	}
	return y
}

var labels int

// Loop repeats the body count times, not none. It counts count down.
func Loop(count reg.Register, body func()) {
	labels++
	name := "loop" + strconv.Itoa(labels)
	Label(name)
	body()
	DECQ(count)
	JNZ(LabelRef(name))
}

// Finish ends a function.
func Finish() {
	VZEROUPPER()
	RET()
}
