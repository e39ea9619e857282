//go:build amd64 && !purego

package bitpack

import "golang.org/x/sys/cpu"

//go:generate go -C ../asm run ./bitpack -out ../bitpack/bitpack_amd64.s -stubs ../bitpack/stubs_amd64.go -pkg bitpack

// useWide says that the processor has registers of 512 bits, permutes bytes in them and shifts from one to the other.
var useWide = cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VBMI && cpu.X86.HasAVX512VBMI2

// The assembly writes eight values at a time, of eight bits at least and so that they have as many words after they are shifted to
// where they begin in a byte.
const (
	wideValues   = 8
	wideRegister = 64 // bytes
)

// A wideLayout has the table of the assembly, or none where this can't be used.
type wideLayout struct {
	width int
	table []uint64
}

func newWideLayout(width int) wideLayout {
	words := (width + 63) / 64
	if !useWide || width < 8 || words > 3 || (width+7+63)/64 != words {
		return wideLayout{}
	}
	table := make([]uint64, 8)
	for x := range wideValues {
		table[x] = uint64(x * width % 8)
	}
	for first := 0; first < width; first += wideRegister {
		for parity := range 2 {
			for word := 0; word < words; word += 2 {
				var entry [9]uint64
				for b := range wideRegister {
					for x := parity; x < wideValues; x += 2 {
						// The byte is number k of value x.
						k := first + b - x*width/8
						if at := k/8 - word; k >= 0 && 8*(first+b) < (x+1)*width && 0 <= at && at < 2 {
							entry[0] |= 1 << b
							entry[1+b/8] |= uint64(64*at+8*x+k%8) << (b % 8 * 8)
						}
					}
				}
				table = append(table, entry[:]...)
			}
		}
	}
	return wideLayout{width, table}
}

// write writes the first values and says how many: as many as leave room for what it writes after them.
func (l *wideLayout) write(out []byte, columns [][]uint64) int {
	if l.table == nil {
		return 0
	}
	width := l.width
	registers := (width + wideRegister - 1) / wideRegister
	groups := min(len(columns[0])/wideValues, (len(out)-wideRegister*registers)/width+1)
	if groups <= 0 || len(out) < wideRegister*registers {
		return 0
	}
	words := (width + 63) / 64
	var rows [3]*uint64
	for i, column := range columns[:words] {
		rows[i] = &column[:groups*wideValues][0]
	}
	switch words {
	case 1:
		write1Wide(&out[0], &rows, &l.table[0], uint64(registers), uint64(width), uint64(groups))
	case 2:
		write2Wide(&out[0], &rows, &l.table[0], uint64(registers), uint64(width), uint64(groups))
	default:
		write3Wide(&out[0], &rows, &l.table[0], uint64(registers), uint64(width), uint64(groups))
	}
	return groups * wideValues
}
