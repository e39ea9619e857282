// Package keystream takes numbers off AES-CTR key streams: words, uniform numbers below a bound, and samples from the centred
// binomial distribution CBD_128 (docs/protocol.md §3, §5).
//
// The key stream of a key from a counter block is the encryption of that block and its successors; the whole block counts up,
// big-endian. It is cut into words of 8 bytes, little-endian.
//
// There is a path over the standard library, and one in assembly for processors with wide AES instructions. Both give the same
// numbers. Samples and words are secret: nothing branches on them, and no address depends on them or on a key. Uniform numbers are
// public: words that are not below the bound are left out, and that takes time.
package keystream

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"math/bits"
	"sync"
)

// A Key is an AES-256 key with its streams, each from the counter block (number of the stream as 64 bits ‖ 0). It never changes until
// it is wiped.
type Key struct {
	wide  wideKey      // if the processor has wide instructions
	block cipher.Block // else
}

// NewKey expands a key.
func NewKey(key *[32]byte) *Key {
	k := new(Key)
	if useWide {
		k.wide.expand256(key)
	} else {
		k.block = newBlock(key[:])
	}
	return k
}

func newBlock(key []byte) cipher.Block {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("keystream: internal error: " + err.Error())
	}
	return block
}

// Wipe erases the key, which is not to be used any more. What the standard library has made of it is left to the garbage collector.
func (k *Key) Wipe() { *k = Key{} }

// Words fills dst with the first words of a stream.
func (k *Key) Words(dst []uint64, stream uint64) {
	if k.block == nil {
		k.wide.words(dst, stream)
		return
	}
	each(k.block, stream, 0, len(dst), func(words []byte) {
		for x := range dst[:len(words)/8] {
			dst[x] = binary.LittleEndian.Uint64(words[8*x:])
		}
		dst = dst[len(words)/8:]
	})
}

// Samples fills dst from CBD_128, standard deviation 8, absolute value at most 128: the ones in two words of a stream less the ones in
// the next two.
func (k *Key) Samples(dst []int32, stream uint64) {
	if k.block == nil {
		k.wide.samples(dst, stream)
		return
	}
	each(k.block, stream, 0, 4*len(dst), func(words []byte) {
		for x := range dst[:len(words)/32] {
			r := words[32*x:][:32]
			ones := bits.OnesCount64(binary.LittleEndian.Uint64(r)) + bits.OnesCount64(binary.LittleEndian.Uint64(r[8:]))
			others := bits.OnesCount64(binary.LittleEndian.Uint64(r[16:])) + bits.OnesCount64(binary.LittleEndian.Uint64(r[24:]))
			dst[x] = int32(ones - others)
		}
		dst = dst[len(words)/32:]
	})
}

// A Uniform takes public uniform numbers off the AES-128 key stream that a digest gives: its first half is the key, its second half
// the first counter block.
type Uniform struct {
	wide      wideKey      // if the processor has wide instructions
	block     cipher.Block // when needed
	key       [16]byte
	high, low uint64 // first counter block
	used      uint64 // words
}

// NewUniform begins the key stream.
func NewUniform(digest *[32]byte) Uniform {
	u := Uniform{key: [16]byte(digest[:16]), high: binary.BigEndian.Uint64(digest[16:]), low: binary.BigEndian.Uint64(digest[24:])}
	if useWide {
		u.wide.expand128(&u.key)
	}
	return u
}

// Fill fills dst with numbers below bound, not 0: the lowest bits of the next words, as many as bound has, without those that are
// not below it.
func (u *Uniform) Fill(dst []uint64, bound uint64) {
	mask := uint64(1)<<bits.Len64(bound) - 1
	if high, low := u.counter(); useWide && u.used%2 == 0 && u.wide.below(dst, high, low, mask, bound) {
		u.used += uint64(len(dst))
		return
	}
	if u.block == nil {
		u.block = newBlock(u.key[:])
	}
	for len(dst) > 0 {
		skip := 8 * (u.used % 2)
		high, low := u.counter()
		each(u.block, high, low, len(dst)+int(skip/8), func(words []byte) {
			words = words[skip:]
			skip = 0
			u.used += uint64(len(words) / 8)
			if all := dst[:len(words)/8]; allBelow(all, words, mask, bound) {
				dst = dst[len(all):]
				return
			}
			for ; len(words) > 0; words = words[8:] {
				if v := binary.LittleEndian.Uint64(words) & mask; v < bound {
					dst[0], dst = v, dst[1:]
				}
			}
		})
	}
}

// allBelow fills dst with masked words and reports whether all are below the bound, which is the rule with the bounds of the protocol, a
// little below powers of two. For bounds from 2^63 on it does not know.
func allBelow(dst []uint64, words []byte, mask, bound uint64) bool {
	outside := bound // its highest bit
	for x := range dst {
		v := binary.LittleEndian.Uint64(words[8*x:][:8]) & mask
		dst[x] = v
		outside |= bound - 1 - v
	}
	return outside>>63 == 0
}

// counter returns the counter block of the next word.
func (u *Uniform) counter() (high, low uint64) {
	low, carry := bits.Add64(u.low, u.used/2, 0)
	return u.high + carry, low
}

// buffers are for a part of a key stream each, all zeros while they lie here.
var buffers = sync.Pool{New: func() any { return new([4096]byte) }}

// each calls take with so many words of the key stream from a counter block on, part by part.
func each(block cipher.Block, high, low uint64, words int, take func(words []byte)) {
	var counter [aes.BlockSize]byte
	binary.BigEndian.PutUint64(counter[:], high)
	binary.BigEndian.PutUint64(counter[8:], low)
	stream := cipher.NewCTR(block, counter[:])
	buffer := buffers.Get().(*[4096]byte)
	for words > 0 {
		part := buffer[:8*min(words, len(buffer)/8)]
		stream.XORKeyStream(part, part)
		take(part)
		words -= len(part) / 8
		clear(part)
	}
	buffers.Put(buffer)
}
