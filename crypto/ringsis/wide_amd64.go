//go:build amd64 && !purego

package ringsis

import "golang.org/x/sys/cpu"

//go:generate go -C ../internal/asm run ./ringsis -out ../../ringsis/ringsis_amd64.s -stubs ../../ringsis/stubs_amd64.go -pkg ringsis

// useWide says that the processor has registers of 512 bits and permutes bytes in them.
var useWide = cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VBMI

const (
	// The assembly works on eight coefficients at a time. Packed, they begin with a byte.
	wideCoefficients = 8

	// wideDigits is the most digits of a coefficient that addDigitsWide has memory for.
	wideDigits = 8
)

// addDigitsWide adds the digits of the first coefficients and says of how many.
func (p Params) addDigitsWide(acc []uint64, packed []byte) int {
	if !useWide || p.digits > wideDigits {
		return 0
	}
	var table [wideDigits][25]uint64
	last := 0 // where the bytes of the last eight digits begin
	for j := range p.digits {
		entry := &table[j]
		for place := range 8 {
			x := 8*j + place
			bit := x/p.digits*p.wireBits + x%p.digits*p.digitBits
			if place == 0 {
				last = bit / 8
				entry[0] = uint64(last)
			}
			for b := range 8 {
				entry[1+place] |= uint64(bit/8-last+b) & 63 << (8 * b)
			}
			entry[9+place] = uint64(bit % 8)
			entry[17+place] = 1<<p.width(x%p.digits) - 1
		}
	}
	groups := min(len(acc)/p.digits/wideCoefficients, (len(packed)-last-64)/p.wireBits+1)
	if groups <= 0 || len(packed) < last+64 {
		return 0
	}
	addDigitsWide(&acc[0], &packed[0], &table[0], uint64(p.digits), uint64(p.wireBits), uint64(groups))
	return groups * wideCoefficients
}

// digitWide writes one digit of the first coefficients and says of how many. The eight words that the digits of eight coefficients lie
// in are in a stretch of 128 bytes, or four each are.
func (p Params) digitWide(dst []uint64, packed []byte, digit int) int {
	const stretch = 128
	if !useWide {
		return 0
	}
	byteOf := func(x int) int { return (x*p.wireBits + digit*p.digitBits) / 8 }
	stretches := 1
	if byteOf(wideCoefficients-1)+8-byteOf(0) > stretch {
		stretches = 2
	}
	var table [28]uint64
	last := 0 // where the last stretch begins
	for x := range wideCoefficients {
		table[x] = uint64((x*p.wireBits + digit*p.digitBits) % 8)
		first := x * stretches / wideCoefficients * wideCoefficients / stretches
		last = byteOf(first)
		entry := table[8+x*stretches/wideCoefficients*10:]
		entry[0] = uint64(last)
		entry[1] |= 0xff << (8 * x)
		for b := range 8 {
			entry[2+x] |= uint64(byteOf(x)-last+b) << (8 * b)
		}
	}
	groups := min(len(dst)/wideCoefficients, (len(packed)-last-stretch)/p.wireBits+1)
	if groups <= 0 || len(packed) < last+stretch {
		return 0
	}
	mask, wireBits := uint64(1)<<p.width(digit)-1, uint64(p.wireBits)
	if stretches == 1 {
		digitWide1(&dst[0], &packed[0], &table, mask, wireBits, uint64(groups))
	} else {
		digitWide2(&dst[0], &packed[0], &table, mask, wireBits, uint64(groups))
	}
	return groups * wideCoefficients
}
