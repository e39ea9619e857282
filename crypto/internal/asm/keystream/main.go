// Command keystream writes the assembly of package keystream.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	. "sotto/crypto/internal/asm/vec"
)

func main() {
	ConstraintExpr("amd64,!purego")
	expand128()
	expand256()
	words()
	below()
	samples()
	Generate()
}

// spread xors into x the words of x before each, and then the one word of assist that AESKEYGENASSIST has put at place.
func spread(x, assist reg.VecVirtual, place uint8) {
	t := XMM()
	VPSHUFD(U8(0x55*place), assist, assist)
	for range 3 {
		VPSLLDQ(U8(4), x, t)
		VPXOR(t, x, x)
	}
	VPXOR(assist, x, x)
}

func expand128() {
	Begin("expand128", "func(schedule *[15][16]byte, key *byte)", "expand128 writes the 11 round keys of an AES-128 key.")
	schedule, key := Arg("schedule"), Arg("key")
	x := XMM()
	VMOVDQU(At(key, 0), x)
	VMOVDQU(x, At(schedule, 0))
	for round, constant := range []uint8{1, 2, 4, 8, 16, 32, 64, 128, 27, 54} {
		assist := XMM()
		VAESKEYGENASSIST(U8(constant), x, assist)
		spread(x, assist, 3)
		VMOVDQU(x, At(schedule, 16*(round+1)))
	}
	RET()
}

func expand256() {
	Begin("expand256", "func(schedule *[15][16]byte, key *byte)", "expand256 writes the 15 round keys of an AES-256 key.")
	schedule, key := Arg("schedule"), Arg("key")
	x, y := XMM(), XMM()
	VMOVDQU(At(key, 0), x)
	VMOVDQU(At(key, 16), y)
	VMOVDQU(x, At(schedule, 0))
	VMOVDQU(y, At(schedule, 16))
	for i, constant := range []uint8{1, 2, 4, 8, 16, 32, 64} {
		assist := XMM()
		VAESKEYGENASSIST(U8(constant), y, assist)
		spread(x, assist, 3)
		VMOVDQU(x, At(schedule, 32*(i+1)))
		if i == 6 {
			break
		}
		VAESKEYGENASSIST(U8(0), x, assist)
		spread(y, assist, 2)
		VMOVDQU(y, At(schedule, 32*(i+1)+16))
	}
	RET()
}

// At a time the assembly makes 32 blocks, 64 words, in 8 registers.
const registers = 8

// A stream makes the key stream.
type stream struct {
	keys          []Reg
	counter, step Reg // of the next four blocks, high word first
	swap          Reg // turns round the bytes of words
}

// newStream takes the parameters schedule, high and low.
func newStream(rounds int) *stream {
	s := new(stream)
	schedule := Arg("schedule")
	for i := range rounds + 1 {
		k := ZMM()
		VBROADCASTI32X4(At(schedule, 16*i), k)
		s.keys = append(s.keys, k)
	}
	high, low := XMM(), XMM()
	VMOVQ(Arg("high"), high)
	VMOVQ(Arg("low"), low)
	VPUNPCKLQDQ(low, high, high)
	s.counter = ZMM()
	VSHUFI64X2(U8(0), high.AsZ(), high.AsZ(), s.counter)
	VPADDQ(words64("first", 0, 0, 0, 1, 0, 2, 0, 3), s.counter, s.counter)
	s.step = Get(words64("step", 0, 4, 0, 4, 0, 4, 0, 4))
	const back0, back1 = 0x0001020304050607, 0x08090a0b0c0d0e0f
	s.swap = Get(words64("swap", back0, back1, back0, back1, back0, back1, back0, back1))
	return s
}

var known = map[string]Mem{}

// words64 returns the place of eight constant words.
func words64(name string, values ...uint64) Mem {
	if m, ok := known[name]; ok {
		return m
	}
	m := GLOBL(name+"Words", RODATA|NOPTR)
	for i, v := range values {
		DATA(8*i, U64(v))
	}
	known[name] = m
	return m
}

// next returns the next 32 blocks.
func (s *stream) next() (x [registers]Reg) {
	for i := range x {
		x[i] = ZMM()
		VPSHUFB(s.swap, s.counter, x[i])
		VPADDQ(s.step, s.counter, s.counter)
		VPXORQ(s.keys[0], x[i], x[i])
	}
	last := len(s.keys) - 1
	for _, k := range s.keys[1:last] {
		for i := range x {
			VAESENC(k, x[i], x[i])
		}
	}
	for i := range x {
		VAESENCLAST(s.keys[last], x[i], x[i])
	}
	return x
}

func words() {
	Begin("words", "func(dst *uint64, count uint64, schedule *[15][16]byte, high, low uint64)",
		"words writes count times 64 words of an AES-256 key stream from the counter block high, low on. The low word must not overflow.")
	dst, count := Arg("dst"), Arg("count")
	s := newStream(14)
	Loop(count, func() {
		for i, x := range s.next() {
			Put(x, At(dst, i*Bytes))
		}
		ADDQ(U32(registers*Bytes), dst)
	})
	Finish()
}

func below() {
	Begin("below", "func(dst *uint64, count uint64, schedule *[15][16]byte, high, low, mask, bound uint64) (outside uint64)",
		"below writes count times 64 words of an AES-128 key stream, each masked. outside is not 0 if one is not below the bound, itself below 2^63.")
	dst, count := Arg("dst"), Arg("count")
	s := newStream(10)
	mask, most := All(Arg("mask")), ZMM()
	bound := Arg("bound")
	DECQ(bound)
	VPBROADCASTQ(bound, most)
	outside := Zero() // its signs
	Loop(count, func() {
		for i, x := range s.next() {
			VPANDQ(mask, x, x)
			Put(x, At(dst, i*Bytes))
			VPSUBQ(x, most, x)
			VPORQ(x, outside, outside)
		}
		ADDQ(U32(registers*Bytes), dst)
	})
	signs, result := K(), GP32()
	VPMOVQ2M(outside, signs)
	KMOVB(signs, result)
	Store(result.As64(), Return("outside"))
	Finish()
}

func samples() {
	Begin("samples", "func(dst *int32, count uint64, schedule *[15][16]byte, high, low uint64)",
		"samples writes count times 16 samples from CBD_128, of 64 words of an AES-256 key stream, from the counter block high, low on. The low word must not overflow.")
	dst, count := Arg("dst"), Arg("count")
	s := newStream(14)
	order := Get(words64("order", 4<<32, 6<<32|2, 12<<32|8, 14<<32|10, 20<<32|16, 22<<32|18, 28<<32|24, 30<<32|26))
	Loop(count, func() {
		x := s.next()
		var half [2]Reg
		for h := range half {
			// A register has the words of two samples. In t, words 2i and 2i+1 belong to registers a and b: the bits of two words.
			var t [2]Reg
			for i := range t {
				a, b := x[4*h+2*i], x[4*h+2*i+1]
				VPOPCNTQ(a, a)
				VPOPCNTQ(b, b)
				low, high := ZMM(), ZMM()
				VPUNPCKLQDQ(b, a, low)
				VPUNPCKHQDQ(b, a, high)
				t[i] = Add(low, high)
			}
			ones, others := ZMM(), ZMM()
			VSHUFI64X2(U8(0x88), t[1], t[0], ones)
			VSHUFI64X2(U8(0xdd), t[1], t[0], others)
			half[h] = Sub(ones, others) // samples 0, 2, 1, 3, 4, 6, 5, 7
		}
		result := ZMM()
		VMOVDQA64(order, result)
		VPERMI2D(half[1], half[0], result)
		VMOVDQU32(result, At(dst, 0))
		ADDQ(U32(Bytes), dst)
	})
	Finish()
}
