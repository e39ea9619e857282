// Command ringsis writes the assembly of package ringsis.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	. "sotto/crypto/internal/asm/vec"
)

func main() {
	ConstraintExpr("amd64,!purego")
	addDigits()
	digit("digitWide1", 1)
	digit("digitWide2", 2)
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

// digit takes one digit of eight coefficients at a time, out of one or two stretches of 128 bytes.
func digit(name string, stretches int) {
	Begin(name, "func(dst *uint64, packed *byte, table *[28]uint64, mask, wireBits, groups uint64)",
		name+" writes a digit of each of eight times groups of coefficients. table has by how much to shift the words down that digits lie in, and for each stretch of 128 bytes, where it begins, a mask of bytes, and where these are taken from.")
	dst, packed, table, mask, wireBits, groups := Arg("dst"), Arg("packed"), Arg("table"), All(Arg("mask")), Arg("wireBits"), Arg("groups")
	shifts := Get(At(table, 0))
	var from []reg.GPVirtual
	var which []reg.OpmaskVirtual
	var places []Reg
	for i := range stretches {
		at := Bytes + i*(16+Bytes)
		f, k := GP64(), K()
		MOVQ(At(table, at), f)
		KMOVQ(At(table, at+8), k)
		from, which, places = append(from, f), append(which, k), append(places, Get(At(table, at+16)))
	}
	Loop(groups, func() {
		var x Reg
		for i := range stretches {
			part := ZMM()
			VMOVDQA64(places[i], part)
			VPERMI2B_Z(Indexed(packed, from[i], Bytes), Get(Indexed(packed, from[i], 0)), which[i], part)
			if i == 0 {
				x = part
			} else {
				VPORQ(part, x, x)
			}
		}
		VPSRLVQ(shifts, x, x)
		VPANDQ(mask, x, x)
		Put(x, At(dst, 0))
		ADDQ(U32(Bytes), dst)
		ADDQ(wireBits, packed)
	})
	Finish()
}
