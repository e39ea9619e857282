// Command bitpack writes the assembly of package bitpack.
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
		write(words)
	}
	Generate()
}

// write writes eight values at a time, as many bytes as a value has bits. Values are shifted to where they begin in a byte; a byte then
// has the bits of one value with an even number and of one with an odd number, or of one of them.
func write(words int) {
	name := fmt.Sprintf("write%dWide", words)
	Begin(name, "func(dst *byte, columns *[3]*uint64, table *uint64, registers, width, groups uint64)",
		name+" writes eight times groups of values of so many words, and up to 63 bytes after them. table has shifts, and for each register of 64 bytes, for even and for odd values, for the first two words and for the third, a mask and which bytes to take.")
	dst, columnsArg, table, registers, width, groups := Arg("dst"), Arg("columns"), Arg("table"), Arg("registers"), Arg("width"), Arg("groups")
	var columns []reg.GPVirtual
	for i := range words {
		p := GP64()
		MOVQ(At(columnsArg, 8*i), p)
		columns = append(columns, p)
	}
	shifts := Get(At(table, 0))
	ADDQ(U32(Bytes), table)
	Loop(groups, func() {
		var v []Reg
		for _, p := range columns {
			v = append(v, Get(At(p, 0)))
			ADDQ(U32(Bytes), p)
		}
		for i := words - 1; i > 0; i-- {
			VPSHLDVQ(shifts, v[i-1], v[i])
		}
		VPSLLVQ(shifts, v[0], v[0])
		at, to, left := GP64(), GP64(), GP64()
		MOVQ(table, at)
		MOVQ(dst, to)
		MOVQ(registers, left)
		Loop(left, func() {
			offset := 0
			take := func(from ...Reg) Reg {
				mask, bytes := K(), ZMM()
				KMOVQ(At(at, offset), mask)
				VMOVDQU64(At(at, offset+8), bytes)
				if len(from) == 2 {
					VPERMI2B_Z(from[1], from[0], mask, bytes)
				} else {
					VPERMB_Z(from[0], bytes, mask, bytes)
				}
				offset += 8 + Bytes
				return bytes
			}
			var out Reg
			for parity := range 2 {
				for first := 0; first < words; first += 2 {
					part := take(v[first:min(first+2, words)]...)
					if parity == 0 && first == 0 {
						out = part
					} else {
						VPORQ(part, out, out)
					}
				}
			}
			Put(out, At(to, 0))
			ADDQ(U32(Bytes), to)
			ADDQ(U32(uint32(offset)), at)
		})
		ADDQ(width, dst)
	})
	Finish()
}
