// Command sha256x2 writes the assembly of package sha256x2.
package main

import (
	"encoding/binary"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	. "sotto/crypto/internal/asm/vec"
)

func main() {
	ConstraintExpr("amd64,!purego")
	extensions()
	blocks()
	Generate()
}

func extensions() {
	TEXT("extensions", NOSPLIT, "func() (ebx uint32)")
	Doc("extensions returns the second register of CPUID leaf 7, which the processor must have.")
	MOVL(U32(7), reg.EAX)
	XORL(reg.ECX, reg.ECX)
	CPUID()
	Store(reg.EBX, ReturnIndex(0))
	RET()
}

// constants of SHA-256: the first 32 bits of the fractional parts of the cube roots of the first 64 primes.
func constants() Mem {
	m := GLOBL("constants", RODATA|NOPTR)
	for i, n := 0, 2; i < 64; n++ {
		if prime(n) {
			DATA(4*i, U32(fraction(n)))
			i++
		}
	}
	return m
}

func prime(n int) bool {
	for d := 2; d*d <= n; d++ {
		if n%d == 0 {
			return false
		}
	}
	return true
}

// fraction returns ⌊2^32·∛n⌋ mod 2^32.
func fraction(n int) uint32 {
	return uint32(uint64(math.Cbrt(float64(n)) * (1 << 32)))
}

// swap reverses the bytes of each of four words.
func swap() Mem {
	m := GLOBL("swap", RODATA|NOPTR)
	for i := range 4 {
		DATA(4*i, U32(binary.BigEndian.Uint32([]byte{byte(4 * i), byte(4*i + 1), byte(4*i + 2), byte(4*i + 3)})))
	}
	return m
}

// A lane is one of the two hashes: its state in the order that the instructions want, A B E F and C D G H, and the words that are
// scheduled.
type lane struct {
	from       reg.Register
	state      int // where it lies
	abef, cdgh reg.VecPhysical
	m          [4]reg.VecPhysical
}

// blocks hashes blocks of 64 bytes. An instruction of SHA waits for the last one on the same state, and the other hash fills the time.
func blocks() {
	Begin("blocks", "func(states *[2][8]uint32, a, b *byte, count uint64)", "blocks hashes count blocks of 64 bytes from a into the first state and from b into the second.")
	states, a, b, count := Arg("states"), Arg("a"), Arg("b"), Arg("count")
	k := GP64()
	LEAQ(constants(), k)
	flip := swap()
	lanes := [2]lane{
		{a, 0, reg.X1, reg.X2, [4]reg.VecPhysical{reg.X3, reg.X4, reg.X5, reg.X6}},
		{b, 32, reg.X7, reg.X8, [4]reg.VecPhysical{reg.X9, reg.X10, reg.X11, reg.X12}},
	}
	temporary := reg.X13
	saved := AllocLocal(64)
	for _, l := range lanes {
		VMOVDQU(At(states, l.state), l.abef)
		VMOVDQU(At(states, l.state+16), l.cdgh)
		VPSHUFD(U8(0xb1), l.abef, l.abef)
		VPSHUFD(U8(0x1b), l.cdgh, l.cdgh)
		VPALIGNR(U8(8), l.cdgh, l.abef, temporary)
		VPBLENDW(U8(0xf0), l.abef, l.cdgh, l.cdgh)
		VMOVDQA(temporary, l.abef)
	}
	Loop(count, func() {
		for _, l := range lanes {
			VMOVDQU(l.abef, saved.Offset(l.state))
			VMOVDQU(l.cdgh, saved.Offset(l.state+16))
		}
		for i := range 16 {
			for _, l := range lanes {
				now, last, next := l.m[i%4], l.m[(i+3)%4], l.m[(i+1)%4]
				if i < 4 {
					VMOVDQU(At(l.from, 16*i), now)
					VPSHUFB(flip, now, now)
				}
				VPADDD(At(k, 16*i), now, reg.X0)
				SHA256RNDS2(reg.X0, l.abef, l.cdgh)
				if i >= 3 && i < 15 {
					VPALIGNR(U8(4), last, now, temporary)
					VPADDD(temporary, next, next)
					SHA256MSG2(now, next)
				}
				VPSHUFD(U8(0x0e), reg.X0, reg.X0)
				SHA256RNDS2(reg.X0, l.cdgh, l.abef)
				if i >= 1 && i < 13 {
					SHA256MSG1(now, last)
				}
			}
		}
		for _, l := range lanes {
			VPADDD(saved.Offset(l.state), l.abef, l.abef)
			VPADDD(saved.Offset(l.state+16), l.cdgh, l.cdgh)
			ADDQ(Imm(64), l.from)
		}
	})
	for _, l := range lanes {
		VPSHUFD(U8(0x1b), l.abef, l.abef)
		VPSHUFD(U8(0xb1), l.cdgh, l.cdgh)
		VPBLENDW(U8(0xf0), l.cdgh, l.abef, temporary)
		VPALIGNR(U8(8), l.abef, l.cdgh, l.cdgh)
		VMOVDQU(temporary, At(states, l.state))
		VMOVDQU(l.cdgh, At(states, l.state+16))
	}
	RET()
}
