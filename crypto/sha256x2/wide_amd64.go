//go:build amd64 && !purego

package sha256x2

import (
	"encoding/binary"

	"golang.org/x/sys/cpu"
)

//go:generate go -C ../internal/asm run ./sha256x2 -out ../../sha256x2/sha256x2_amd64.s -stubs ../../sha256x2/stubs_amd64.go -pkg sha256x2

// useWide says that the processor has the SHA extensions, which package cpu does not tell. Whatever has AVX2 has the leaf that does.
var useWide = cpu.X86.HasAVX2 && extensions()>>29&1 == 1

const blockBytes = 64

// initial is the state that SHA-256 begins with.
var initial = [8]uint32{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}

// sumWide is Sum of strings of the same length.
func sumWide(prefix byte, a, b []byte) (x, y [Size]byte) {
	states := [2][8]uint32{initial, initial}
	// The prefix comes first, so that blocks end one byte earlier in a and b. What is left of them and the padding makes one or two more.
	var edgeA, edgeB [2 * blockBytes]byte
	bits := 8 * (1 + uint64(len(a)))
	edgeA[0], edgeB[0] = prefix, prefix
	n := 1
	if len(a) >= blockBytes-1 {
		copy(edgeA[1:blockBytes], a)
		copy(edgeB[1:blockBytes], b)
		blocks(&states, &edgeA[0], &edgeB[0], 1)
		a, b = a[blockBytes-1:], b[blockBytes-1:]
		if whole := len(a) / blockBytes; whole > 0 {
			blocks(&states, &a[0], &b[0], uint64(whole))
			a, b = a[whole*blockBytes:], b[whole*blockBytes:]
		}
		clear(edgeA[:])
		clear(edgeB[:])
		n = 0
	}
	end := blockBytes
	if n+len(a)+1+8 > blockBytes {
		end = 2 * blockBytes
	}
	for _, e := range []struct{ edge, rest []byte }{{edgeA[:end], a}, {edgeB[:end], b}} {
		e.edge[n+copy(e.edge[n:], e.rest)] = 0x80
		binary.BigEndian.PutUint64(e.edge[end-8:], bits)
	}
	blocks(&states, &edgeA[0], &edgeB[0], uint64(end/blockBytes))
	for i := range 8 {
		binary.BigEndian.PutUint32(x[4*i:], states[0][i])
		binary.BigEndian.PutUint32(y[4*i:], states[1][i])
	}
	return x, y
}
