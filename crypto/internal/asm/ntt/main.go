// Command ntt writes the assembly of package ntt.
package main

import (
	"fmt"
	"math/bits"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	. "sotto/crypto/internal/asm/vec"
)

func main() {
	ConstraintExpr("amd64,!purego")
	inverse45Rows()
	inverse60Rows()
	for _, bits := range []int{45, 60} {
		inverse(fmt.Sprintf("inverse%dEight", bits), bits, 3, false)
		inverse(fmt.Sprintf("inverse%dFour", bits), bits, 2, false)
		inverse(fmt.Sprintf("inverse%dEightLast", bits), bits, 3, true)
		inverse(fmt.Sprintf("inverse%dFourLast", bits), bits, 2, true)
		forwardRows(fmt.Sprintf("forward%dRows", bits), bits)
		forward(fmt.Sprintf("forward%dEight", bits), bits, 3)
		forward(fmt.Sprintf("forward%dFour", bits), bits, 2)
	}
	addProducts()
	reduceProducts()
	inverseRowsDouble()
	inverseDouble("inverseDoubleEight", 3, false)
	inverseDouble("inverseDoubleFour", 2, false)
	inverseDouble("inverseDoubleEightLast", 3, true)
	inverseDouble("inverseDoubleFourLast", 2, true)
	Generate()
}

// A field is what arithmetic modulo a prime takes.
type field interface {
	// multiply returns x·w modulo q, below growth·q, for every x. The constant lies at w, in as many registers or words as constants says: w first.
	multiply(x Reg, at Mem, broadcast bool) Reg
	// growth is the bound of products.
	growth() uint64
	// sum and difference return a + b and a − b + growth·q, the latter not negative, for a product b.
	sum(a, b Reg) Reg
	difference(a, b Reg) Reg
	// limit is the bound of what fits, and lower takes what is below it below the bound lowered.
	limit() uint64
	lower(x Reg) Reg
	lowered() uint64
	// finish takes anything that fits to [0, q).
	finish(x Reg) Reg
	// inverse takes registers through inverse layers: first with their neighbours, then with those two further, and so on.
	// first says that nothing was before but a product. table returns where the constants of a pair of layer and group lie.
	inverse(x []Reg, first bool, table func() Mem, broadcast bool)
}

// A field45 is for a prime q just below 2^45, with the multiplications of 52 bits (IFMA). Of all values only the lowest 52 bits count;
// those above are what additions leave there. Values stay below 2^7·q.
type field45 struct {
	q, minus Reg // q, 2^52 − q
	gap      Reg // 2^45 − q
	low, top Reg // 2^45 − 1, 127
	multiple map[uint64]Reg
}

func newField45(q reg.Register, bounds ...uint64) *field45 {
	f := &field45{q: All(q), low: Fixed(1<<45 - 1), top: Fixed(127), multiple: map[uint64]Reg{}}
	f.minus = Sub(Fixed(1<<52), f.q)
	f.gap = Sub(Fixed(1<<45), f.q)
	for _, b := range bounds {
		f.multiple[b] = Left(f.q, b)
	}
	return f
}

func (f *field45) growth() uint64          { return 2 }
func (f *field45) limit() uint64           { return 128 }
func (f *field45) lowered() uint64         { return 2 }
func (f *field45) sum(a, b Reg) Reg        { return Add(a, b) }
func (f *field45) difference(a, b Reg) Reg { return Add(Sub(a, b), f.multiple[1]) }
func (f *field45) lower(x Reg) Reg         { return f.reduce(x) }
func (f *field45) finish(x Reg) Reg        { return Below(f.reduce(x), f.q) }
func (f *field45) multiply(x Reg, at Mem, broadcast bool) Reg {
	if broadcast {
		return f.product(x, at, at.Offset(8), true)
	}
	return f.product(x, at, at.Offset(Bytes), false)
}

// product returns x·w modulo q, below 2q. v is floor(w·2^52/q). Both may be words to broadcast.
func (f *field45) product(x Reg, w, v Op, broadcast bool) Reg {
	high, r := Zero(), Zero()
	if broadcast {
		VPMADD52HUQ_BCST(v, x, high)
		VPMADD52LUQ_BCST(w, x, r)
	} else {
		VPMADD52HUQ(v, x, high)
		VPMADD52LUQ(w, x, r)
	}
	VPMADD52LUQ(f.minus, high, r)
	return r
}

// reduce returns x modulo q, below 2q, with nothing above 52 bits.
func (f *field45) reduce(x Reg) Reg {
	high := And(Right(x, 45), f.top)
	r := And(x, f.low)
	VPMADD52LUQ(f.gap, high, r)
	return r
}

// A field60 is for a prime q just below 2^60. Values stay below 2^4·q.
type field60 struct{ q, four, eight Reg }

func newField60(q reg.Register) *field60 {
	f := &field60{q: All(q)}
	f.four, f.eight = Left(f.q, 2), Left(f.q, 3)
	return f
}

func (f *field60) growth() uint64          { return 4 }
func (f *field60) limit() uint64           { return 16 }
func (f *field60) lowered() uint64         { return 8 }
func (f *field60) sum(a, b Reg) Reg        { return Add(a, b) }
func (f *field60) difference(a, b Reg) Reg { return Sub(Add(a, f.four), b) }
func (f *field60) lower(x Reg) Reg         { return Below(x, f.eight) }

func (f *field60) finish(x Reg) Reg {
	return Below(Below(Below(Below(x, f.eight), f.four), Left(f.q, 1)), f.q)
}

// multiply takes v = floor(w·2^64/q) after w. From the product of x and v it leaves out what comes of their lower halves alone, and
// carries: the quotient is too small by at most 2.
func (f *field60) multiply(x Reg, at Mem, broadcast bool) Reg {
	high := Right(x, 32)
	middle, other, quotient, r := ZMM(), ZMM(), ZMM(), ZMM()
	if broadcast {
		v := at.Offset(8)
		VPMULUDQ_BCST(v, high, middle)
		VPMULUDQ_BCST(v.Offset(4), x, other) // counts the lower 32 bits, here the upper half of v
		VPMULUDQ_BCST(v.Offset(4), high, quotient)
		VPMULLQ_BCST(at, x, r)
	} else {
		v := at.Offset(Bytes)
		upper := Right(v, 32)
		VPMULUDQ(v, high, middle)
		VPMULUDQ(upper, x, other)
		VPMULUDQ(upper, high, quotient)
		VPMULLQ(at, x, r)
	}
	VPADDQ(Right(middle, 32), quotient, quotient)
	VPADDQ(Right(other, 32), quotient, quotient)
	VPMULLQ(f.q, quotient, quotient)
	return Sub(r, quotient)
}

func newField(bits int, q reg.Register, bounds ...uint64) field {
	if bits == 45 {
		return newField45(q, bounds...)
	}
	return newField60(q)
}

// inverse takes values below 2q first, else below 8q. Sums double the bound; the first register, the only one that has sums of sums of
// sums, is reduced at the end; then all are below 8q.
func (f *field45) inverse(x []Reg, first bool, table func() Mem, broadcast bool) {
	bound := uint64(3) // a power of two
	if first {
		bound = 1
	}
	for distance := 1; distance < len(x); distance *= 2 {
		for group := 0; group < len(x); group += 2 * distance {
			constant := table()
			for i := group; i < group+distance; i++ {
				a, b := x[i], x[i+distance]
				x[i] = Add(a, b)
				x[i+distance] = f.multiply(Add(Sub(a, b), f.multiple[bound]), constant, broadcast)
			}
		}
		bound++
	}
	x[0] = f.reduce(x[0])
}

// inverse keeps values below 8q.
func (f *field60) inverse(x []Reg, _ bool, table func() Mem, broadcast bool) {
	for distance := 1; distance < len(x); distance *= 2 {
		for group := 0; group < len(x); group += 2 * distance {
			constant := table()
			for i := group; i < group+distance; i++ {
				a, b := x[i], x[i+distance]
				x[i] = f.lower(Add(a, b))
				x[i+distance] = f.multiply(Sub(Add(a, f.eight), b), constant, broadcast)
			}
		}
	}
}

// forwardLayers takes registers through forward layers: first with those half of them further, at last with their neighbours. Values are
// below bound·q before, and below the bound it returns after.
func forwardLayers(f field, x []Reg, bound uint64, table func() Mem, broadcast bool) uint64 {
	for distance := len(x) / 2; distance > 0; distance /= 2 {
		lower := bound+f.growth() > f.limit()
		for group := 0; group < len(x); group += 2 * distance {
			constant := table()
			for i := group; i < group+distance; i++ {
				a, b := x[i], f.multiply(x[i+distance], constant, broadcast)
				if lower {
					a = f.lower(a)
				}
				x[i], x[i+distance] = f.sum(a, b), f.difference(a, b)
			}
		}
		if lower {
			bound = f.lowered()
		}
		bound += f.growth()
	}
	return bound
}

// constants returns a table function that goes through pairs of words or of registers from byte *at on.
func constants(table reg.Register, at *int, size int) func() Mem {
	return func() Mem {
		m := At(table, *at)
		*at += 2 * size
		return m
	}
}

// The constants of 64 values are 7 pairs of registers and 7 of words, filled up to 128 words.
const rowWords = 128

func inverse45Rows() {
	Begin("inverse45Rows", "func(p, w, quotient, table *uint64, count, q uint64)",
		"inverse45Rows multiplies p by a factor and goes through the inverse layers of distances 1 to 32, count times 64 values.")
	p, w, quotient, table, count := Arg("p"), Arg("w"), Arg("quotient"), Arg("table"), Arg("count")
	f := newField45(Arg("q"), 1, 2, 3, 4, 5)
	Loop(count, func() {
		inverseRow(f, p, table, func(i int) Reg {
			return f.product(Get(At(p, i*Bytes)), At(w, i*Bytes), Right(At(quotient, i*Bytes), 12), false)
		})
		ADDQ(U32(8*Bytes), p)
		ADDQ(U32(8*Bytes), w)
		ADDQ(U32(8*Bytes), quotient)
		ADDQ(U32(8*rowWords), table)
	})
	Finish()
}

func inverse60Rows() {
	Begin("inverse60Rows", "func(p, scale, table *uint64, count, q uint64)",
		"inverse60Rows multiplies p by a constant, scale and its quotient, and goes through the inverse layers of distances 1 to 32, count times 64 values.")
	p, scale, table, count := Arg("p"), Arg("scale"), Arg("table"), Arg("count")
	f := newField60(Arg("q"))
	Loop(count, func() {
		inverseRow(f, p, table, func(i int) Reg { return f.multiply(Get(At(p, i*Bytes)), At(scale, 0), true) })
		ADDQ(U32(8*Bytes), p)
		ADDQ(U32(8*rowWords), table)
	})
	Finish()
}

// inverseRow goes through the layers of 64 values.
func inverseRow(f field, p, table reg.Register, get func(i int) Reg) {
	var x [8]Reg
	for i := range x {
		x[i] = get(i)
	}
	at := 0
	x = Transpose(x)
	f.inverse(x[:], true, constants(table, &at, Bytes), false)
	x = Transpose(x)
	f.inverse(x[:], false, constants(table, &at, 8), true)
	for i := range x {
		Put(x[i], At(p, i*Bytes))
	}
}

// forwardRows goes through the last six layers, 64 values at a time.
func forwardRows(name string, bits int) {
	Begin(name, "func(p, table *uint64, count, q uint64)",
		name+" goes through the forward layers of distances 32 to 1, count times 64 values. It leaves values below q.")
	p, table, count := Arg("p"), Arg("table"), Arg("count")
	f := newField(bits, Arg("q"), 1)
	Loop(count, func() {
		var x [8]Reg
		for i := range x {
			x[i] = Get(At(p, i*Bytes))
		}
		at := 0
		bound := forwardLayers(f, x[:], before(f, 6), constants(table, &at, 8), true)
		at += 16 // registers begin with a line
		x = Transpose(x)
		forwardLayers(f, x[:], bound, constants(table, &at, Bytes), false)
		x = Transpose(x)
		for i := range x {
			Put(f.finish(x[i]), At(p, i*Bytes))
		}
		ADDQ(U32(8*Bytes), p)
		ADDQ(U32(8*rowWords), table)
	})
	Finish()
}

// before returns a bound for values that come to so many forward layers.
func before(f field, layers int) uint64 {
	if f.limit() == 128 {
		return 1 + 2*13 // what all layers of the largest ring leave, never lowered
	}
	// First two or three layers on values below q, or two and then three; then the last six.
	return map[int]uint64{2: 1, 3: 9, 6: 16}[layers]
}

// parts are the places of the parts of a group: p and multiples of size bytes after it.
type parts struct {
	p, size, three, five, seven reg.Register
}

func newParts(p, size reg.Register, layers int) *parts {
	s := &parts{p: p, size: size, three: GP64()}
	LEAQ(Mem{Base: size, Index: size, Scale: 2}, s.three)
	if layers == 3 {
		s.five, s.seven = GP64(), GP64()
		LEAQ(Mem{Base: size, Index: size, Scale: 4}, s.five)
		LEAQ(Mem{Base: s.three, Index: size, Scale: 4}, s.seven)
	}
	return s
}

func (s *parts) place(i int) Mem {
	switch i {
	case 0:
		return Mem{Base: s.p}
	case 3, 6:
		return Mem{Base: s.p, Index: s.three, Scale: uint8(i / 3)}
	case 5:
		return Mem{Base: s.p, Index: s.five, Scale: 1}
	case 7:
		return Mem{Base: s.p, Index: s.seven, Scale: 1}
	}
	return Mem{Base: s.p, Index: s.size, Scale: uint8(i)}
}

// pass goes through all groups, a register of so many bytes of each of their parts at a time.
func pass(p, table, groups, size reg.Register, layers, register int, work func(place func(i int) Mem)) {
	SHLQ(Imm(3), size) // bytes
	s := newParts(p, size, layers)
	Loop(groups, func() {
		count := GP64()
		MOVQ(size, count)
		SHRQ(Imm(uint64(bits.Len(uint(register-1)))), count)
		Loop(count, func() {
			work(s.place)
			ADDQ(U32(register), p)
		})
		// p stands at the second part of the group.
		if layers == 3 {
			ADDQ(s.seven, p)
		} else {
			ADDQ(s.three, p)
		}
		ADDQ(U32(16<<layers), table)
	})
}

// wide does the work on registers of 512 bits.
func wide(layers int, work func(x []Reg)) func(place func(i int) Mem) {
	return func(place func(i int) Mem) {
		x := make([]Reg, 1<<layers)
		for i := range x {
			x[i] = Get(place(i))
		}
		work(x)
		for i := range x {
			Put(x[i], place(i))
		}
	}
}

// inverse goes through two or three more layers.
func inverse(name string, bits, layers int, last bool) {
	comment := name + " goes through the inverse layers of distances size to size·2^layers/2, in groups of size·2^layers values."
	if last {
		comment += " It leaves values below q."
	}
	Begin(name, "func(p, table *uint64, groups, size, q uint64)", comment)
	p, table, groups, size := Arg("p"), Arg("table"), Arg("groups"), Arg("size")
	f := newField(bits, Arg("q"), 3, 4, 5)
	pass(p, table, groups, size, layers, Bytes, wide(layers, func(x []Reg) {
		at := 0
		f.inverse(x, false, constants(table, &at, 8), true)
		if last {
			for i := range x {
				x[i] = f.finish(x[i])
			}
		}
	}))
	Finish()
}

// forward goes through two or three of the first layers.
func forward(name string, bits, layers int) {
	Begin(name, "func(p, table *uint64, groups, size, q uint64)",
		name+" goes through the forward layers of distances size·2^layers/2 to size, in groups of size·2^layers values.")
	p, table, groups, size := Arg("p"), Arg("table"), Arg("groups"), Arg("size")
	f := newField(bits, Arg("q"), 1)
	pass(p, table, groups, size, layers, Bytes, wide(layers, func(x []Reg) {
		at := 0
		forwardLayers(f, x, before(f, layers), constants(table, &at, 8), true)
	}))
	Finish()
}

// addProducts adds products of values below 2^60 in halves of 30 bits: three sums for each, of the low halves, of the mixed products, of
// the high halves.
func addProducts() {
	Begin("addProducts", "func(sums, x, y *uint64, groups uint64)",
		"addProducts adds products of eight times groups of values below 2^60 to sums, which has for every eight of them eight sums of products of lower halves (30 bits), eight of mixed ones, eight of upper ones.")
	sums, x, y, groups := Arg("sums"), Arg("x"), Arg("y"), Arg("groups")
	mask := Fixed(1<<30 - 1)
	Loop(groups, func() {
		a, b := Get(At(x, 0)), Get(At(y, 0))
		a0, a1, b0, b1 := And(a, mask), Right(a, 30), And(b, mask), Right(b, 30)
		product := func(a, b Reg) Reg { r := ZMM(); VPMULUDQ(a, b, r); return r }
		Put(Add(product(a0, b0), At(sums, 0)), At(sums, 0))
		Put(Add(Add(product(a0, b1), product(a1, b0)), At(sums, Bytes)), At(sums, Bytes))
		Put(Add(product(a1, b1), At(sums, 2*Bytes)), At(sums, 2*Bytes))
		ADDQ(U32(Bytes), x)
		ADDQ(U32(Bytes), y)
		ADDQ(U32(3*Bytes), sums)
	})
	Finish()
}

// reduceProducts takes all that sums stand for to the first of the three.
func reduceProducts() {
	Begin("reduceProducts", "func(sums, table *uint64, groups, q uint64)",
		"reduceProducts reduces what addProducts has summed up: the first of three registers gets values below q, the others 0. table has 2^30 and 2^60 modulo q with their quotients.")
	sums, table, groups := Arg("sums"), Arg("table"), Arg("groups")
	f := newField60(Arg("q"))
	zero := Zero()
	Loop(groups, func() {
		low := f.finish(Get(At(sums, 0)))
		mixed := f.multiply(Get(At(sums, Bytes)), At(table, 0), true)
		high := f.multiply(Get(At(sums, 2*Bytes)), At(table, 16), true)
		Put(f.finish(Add(Add(low, mixed), high)), At(sums, 0))
		Put(zero, At(sums, Bytes))
		Put(zero, At(sums, 2*Bytes))
		ADDQ(U32(3*Bytes), sums)
	})
	Finish()
}
