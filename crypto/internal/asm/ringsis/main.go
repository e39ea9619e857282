// Command ringsis writes the assembly of package ringsis.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"

	. "sotto/crypto/internal/asm/vec"
)

func main() {
	ConstraintExpr("amd64,!purego")
	addDigits()
	digit()
	Generate()
}

// addDigits adds eight digits after each other at a time. They lie within 64 bytes.
func addDigits() {
	Begin("addDigitsWide", "func(sums *uint64, packed *byte, table *[25]uint64, digits, wireBits, groups uint64)",
		"addDigitsWide adds the digits of eight times groups of coefficients of so many digits. table has for every eight digits after each other where their bytes begin, which bytes they come from, by how much to shift them down, and their masks.")
	sums, packed, table, digits, wireBits, groups := Arg("sums"), Arg("packed"), Arg("table"), Arg("digits"), Arg("wireBits"), Arg("groups")
	Loop(groups, func() {
		at, left := GP64(), GP64()
		MOVQ(table, at)
		MOVQ(digits, left)
		Loop(left, func() {
			from, x := GP64(), ZMM()
			MOVQ(At(at, 0), from)
			VMOVDQU64(At(at, 8), x)
			VPERMB(Indexed(packed, from, 0), x, x)
			VPSRLVQ(At(at, 8+Bytes), x, x)
			VPANDQ(At(at, 8+2*Bytes), x, x)
			VPADDQ(At(sums, 0), x, x)
			Put(x, At(sums, 0))
			ADDQ(U32(Bytes), sums)
			ADDQ(U32(8+3*Bytes), at)
		})
		ADDQ(wireBits, packed) // bytes of eight coefficients
	})
	Finish()
}

// digit takes one digit of eight coefficients at a time.
func digit() {
	Begin("digitWide", "func(dst *uint64, packed *byte, table *[16]uint64, mask, wireBits, groups uint64)",
		"digitWide writes a digit of each of eight times groups of coefficients. table has where the eight words begin that the digits of eight coefficients lie in, and by how much to shift these down.")
	dst, packed, table, mask, wireBits, groups := Arg("dst"), Arg("packed"), Arg("table"), All(Arg("mask")), Arg("wireBits"), Arg("groups")
	places, shifts := Get(At(table, 0)), Get(At(table, Bytes))
	Loop(groups, func() {
		x, all := ZMM(), K()
		KXNORB(all, all, all)
		VPGATHERQQ(Mem{Base: packed, Index: places, Scale: 1}, all, x)
		VPSRLVQ(shifts, x, x)
		VPANDQ(mask, x, x)
		Put(x, At(dst, 0))
		ADDQ(U32(Bytes), dst)
		ADDQ(wireBits, packed)
	})
	Finish()
}
