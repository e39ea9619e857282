//go:build amd64 && !purego

package keystream

import "golang.org/x/sys/cpu"

//go:generate go -C ../asm run ./keystream -out ../keystream/keystream_amd64.s -stubs ../keystream/stubs_amd64.go -pkg keystream

// useWide says that the processor has AES and counts ones in registers of 512 bits.
var useWide = cpu.X86.HasAES && cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VAES && cpu.X86.HasAVX512VPOPCNTDQ

// The assembly makes 64 words at a time.
const wideWords = 64

func (k *Key) expand(key *[32]byte) { expand256((*[15][16]byte)(&k.schedule), &key[0]) }

func (k *Key) wordsWide(dst []uint64, stream uint64) {
	whole := len(dst) / wideWords
	if whole > 0 {
		words(&dst[0], uint64(whole), (*[15][16]byte)(&k.schedule), stream, 0)
	}
	if rest := dst[whole*wideWords:]; len(rest) > 0 {
		var last [wideWords]uint64
		words(&last[0], 1, (*[15][16]byte)(&k.schedule), stream, uint64(whole*wideWords/2))
		copy(rest, last[:])
		clear(last[:])
	}
}

func (k *Key) samplesWide(dst []int32, stream uint64) {
	const wideSamples = wideWords / 4
	whole := len(dst) / wideSamples
	if whole > 0 {
		samples(&dst[0], uint64(whole), (*[15][16]byte)(&k.schedule), stream, 0)
	}
	if rest := dst[whole*wideSamples:]; len(rest) > 0 {
		var last [wideSamples]int32
		samples(&last[0], 1, (*[15][16]byte)(&k.schedule), stream, uint64(whole*wideWords/2))
		copy(rest, last[:])
		clear(last[:])
	}
}

func (u *Uniform) expand() { expand128((*[15][16]byte)(&u.schedule), &u.key[0]) }

// fillWide fills dst if no word has to be left out, which is the rule with the bounds of the protocol, a little below powers of two.
func (u *Uniform) fillWide(dst []uint64, mask, bound uint64) bool {
	high, low := u.counter()
	groups := (len(dst) + wideWords - 1) / wideWords
	if u.used%2 != 0 || bound >= 1<<63 || low > -uint64(wideWords/2*(groups+1)) {
		return false
	}
	whole := len(dst) / wideWords
	if whole > 0 && below(&dst[0], uint64(whole), (*[15][16]byte)(&u.schedule), high, low, mask, bound) != 0 {
		return false
	}
	if rest := dst[whole*wideWords:]; len(rest) > 0 {
		// Words after the last one that is needed may be outside; then the other path finds that out.
		var last [wideWords]uint64
		if below(&last[0], 1, (*[15][16]byte)(&u.schedule), high, low+uint64(whole*wideWords/2), mask, bound) != 0 {
			return false
		}
		copy(rest, last[:])
	}
	return true
}
