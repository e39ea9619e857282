//go:build amd64 && !purego

package keystream

import "golang.org/x/sys/cpu"

//go:generate go -C ../asm run ./keystream -out ../keystream/keystream_amd64.s -stubs ../keystream/stubs_amd64.go -pkg keystream

// useWide says that the processor has AES and counts ones in registers of 512 bits.
var useWide = cpu.X86.HasAES && cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VAES && cpu.X86.HasAVX512VPOPCNTDQ

// The assembly makes 64 words at a time.
const wideWords = 64

// A wideKey is the round keys of AES-128 or, all of it, AES-256.
type wideKey struct{ schedule [15][16]byte }

func (k *wideKey) expand128(key *[16]byte) { expand128(&k.schedule, &key[0]) }
func (k *wideKey) expand256(key *[32]byte) { expand256(&k.schedule, &key[0]) }

func (k *wideKey) words(dst []uint64, stream uint64) {
	whole := len(dst) / wideWords
	if whole > 0 {
		words(&dst[0], uint64(whole), &k.schedule, stream, 0)
	}
	if rest := dst[whole*wideWords:]; len(rest) > 0 {
		var last [wideWords]uint64
		words(&last[0], 1, &k.schedule, stream, uint64(whole*wideWords/2))
		copy(rest, last[:])
		clear(last[:])
	}
}

func (k *wideKey) samples(dst []int32, stream uint64) {
	const wideSamples = wideWords / 4
	whole := len(dst) / wideSamples
	if whole > 0 {
		samples(&dst[0], uint64(whole), &k.schedule, stream, 0)
	}
	if rest := dst[whole*wideSamples:]; len(rest) > 0 {
		var last [wideSamples]int32
		samples(&last[0], 1, &k.schedule, stream, uint64(whole*wideWords/2))
		copy(rest, last[:])
		clear(last[:])
	}
}

// below fills dst with masked words from a counter block on if no word has to be left out, which is the rule with the bounds of the
// protocol, a little below powers of two. Else what dst holds is of no use.
func (k *wideKey) below(dst []uint64, high, low, mask, bound uint64) bool {
	whole := len(dst) / wideWords
	if bound >= 1<<63 || low > -uint64(wideWords/2*(whole+2)) {
		return false
	}
	if whole > 0 && below(&dst[0], uint64(whole), &k.schedule, high, low, mask, bound) != 0 {
		return false
	}
	if rest := dst[whole*wideWords:]; len(rest) > 0 {
		// A word after the last one that is needed may be outside; then the other path finds that out.
		var last [wideWords]uint64
		if below(&last[0], 1, &k.schedule, high, low+uint64(whole*wideWords/2), mask, bound) != 0 {
			return false
		}
		copy(rest, last[:])
	}
	return true
}
