//go:build amd64 && !purego

package kahe

import (
	"math/big"

	"golang.org/x/sys/cpu"
)

//go:generate go -C ../internal/asm run ./kahe -out ../../kahe/kahe_amd64.s -stubs ../../kahe/stubs_amd64.go -pkg kahe

// useWide says that the processor has registers of 512 bits, multiplies 52 bits in them and shifts from one to the other.
var useWide = cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512IFMA && cpu.X86.HasAVX512VBMI2

// The assembly works on eight coefficients at a time.
const wideCoefficients = 8

// wideConstants are what the assembly rounds with, in limbs of 52 bits (see its generator for the places).
type wideConstants [38]uint64

func newWideConstants(f *field, words int, wireBits uint) *wideConstants {
	if !useWide {
		return nil
	}
	const limbBits = 52
	limbs := map[int]int{1: 1, 2: 2, 3: 4}[words]
	c := new(wideConstants)
	put := func(at int, x *big.Int) {
		rest := new(big.Int).Set(x)
		for ; rest.Sign() > 0; at++ {
			c[at] = rest.Uint64() & (1<<limbBits - 1)
			rest.Rsh(rest, limbBits)
		}
	}
	whole := new(big.Int).Lsh(big.NewInt(1), uint(limbBits*limbs))
	power := new(big.Int).Lsh(whole, wireBits)
	half := new(big.Int).Rsh(f.q, 1)
	put(0, f.q)
	put(4, new(big.Int).Sub(whole, f.q))
	put(8, power.Quo(power, f.q))
	put(12, f.q)
	if limbs > 1 { // the error may be larger than the lowest limb; the next ones of the moduli are not 0
		c[12] += 1 << limbBits
		c[13]--
	}
	put(16, half.Add(half.Sub(half, f.q), whole))
	if words > 1 {
		for i, cofactor := range f.cofactor {
			put(20+3*i, cofactor)
		}
	}
	for i, mask := range wireMask(wireBits) {
		c[32+i] = mask
	}
	c[35], c[36], c[37] = uint64(wireBits%limbBits), uint64(limbBits-wireBits%limbBits), uint64(64*(wireBits/limbBits))
	return c
}

// roundWide rounds the first coefficients and says how many.
func (r *rounder) roundWide(columns, z [][]uint64, e []int32, u []uint64) int {
	count := len(columns[0])
	groups := count / wideCoefficients
	if r.wide == nil || groups == 0 {
		return 0
	}
	var rows [8]*uint64
	for i, column := range columns {
		rows[i] = &column[:count][0]
	}
	for i, row := range z {
		rows[3+i] = &row[:count][0]
	}
	rows[7] = &u[:count][0]
	constants := (*[38]uint64)(r.wide)
	switch errors := &e[:count][0]; r.words {
	case 1:
		round1Wide(&rows, errors, constants, uint64(groups))
	case 2:
		round2Wide(&rows, errors, constants, uint64(groups))
	default:
		round3Wide(&rows, errors, constants, uint64(groups))
	}
	return groups * wideCoefficients
}

// newWideTable says, for each slot, the last one first, and for each pair of registers of 16 values, which of the pair's values go to
// the slot, in a mask of words of 32 bits, the even ones, and where they are.
func newWideTable(slots int) []uint64 {
	if !useWide {
		return nil
	}
	var table []uint64
	for slot := slots - 1; slot >= 0; slot-- {
		for first := 0; first < wideCoefficients*slots; first += 32 {
			var entry [9]uint64
			for x := range wideCoefficients {
				if at := x*slots + slot - first; 0 <= at && at < 32 {
					entry[0] |= 1 << (2 * x)
					entry[1+x] = uint64(at)
				}
			}
			table = append(table, entry[:]...)
		}
	}
	return table
}

// packWide packs the first coefficients and says how many. It reads values in whole pairs of registers, and so stops early enough
// not to read after the last one.
func (p *packer) packWide(columns [][]uint64, values []uint32) int {
	pairs := ceilDiv(wideCoefficients*p.slots, 32)
	groups := 0
	if left := len(values) - 32*pairs; left >= 0 {
		groups = left/(wideCoefficients*p.slots) + 1
	}
	groups = min(groups, len(columns[0])/wideCoefficients)
	if p.table == nil || groups == 0 || p.lowest >= 64 {
		return 0
	}
	var rows [3]*uint64
	for i, column := range columns {
		rows[i] = &column[:groups*wideCoefficients][0]
	}
	table, slots, width, lowest := &p.table[0], uint64(p.slots), uint64(p.width), uint64(p.lowest)
	switch len(columns) {
	case 1:
		pack1Wide(&rows, &values[0], table, slots, uint64(pairs), width, lowest, uint64(groups))
	case 2:
		pack2Wide(&rows, &values[0], table, slots, uint64(pairs), width, lowest, uint64(groups))
	default:
		pack3Wide(&rows, &values[0], table, slots, uint64(pairs), width, lowest, uint64(groups))
	}
	return groups * wideCoefficients
}
