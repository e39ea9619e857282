package kahe

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
)

// PublicPolynomial returns the polynomial a of a block: for each prime of the set N residues, in the NTT domain and in the order
// of Lattigo's ring package (docs/protocol.md §3 spells it out: value i is a at psi^(2·reverse(i)+1)).
//
// They come off the AES-128-CTR stream with key and initial counter block SHA-256(label ‖ beacon ‖ block as uint32), as
// little-endian uint64s masked to the bits of the prime and dropped when not below it, prime after prime.
func PublicPolynomial(params Params, beacon [32]byte, block uint32) ([][]uint64, error) {
	if params == (Params{}) {
		return nil, errNoParams
	}
	a := params.field().newPolynomial()
	params.field().expand(a, &beacon, block)
	return a, nil
}

// expand fills a with the public polynomial of a block.
func (f *field) expand(a [][]uint64, beacon *[32]byte, block uint32) {
	input := append(make([]byte, 0, 1+len(publicPolynomialLabel)+len(beacon)+4), byte(len(publicPolynomialLabel)))
	input = append(append(input, publicPolynomialLabel...), beacon[:]...)
	digest := sha256.Sum256(binary.BigEndian.AppendUint32(input, block))
	cipherBlock, err := aes.NewCipher(digest[:16])
	if err != nil {
		panic("kahe: internal error: " + err.Error())
	}
	ctr := cipher.NewCTR(cipherBlock, digest[16:])
	var buffer [4096]byte
	next := len(buffer)
	for i, s := range f.rings {
		mask := uint64(1)<<bits.Len64(s.Modulus) - 1
		for x := 0; x < len(a[i]); {
			if next == len(buffer) {
				clear(buffer[:])
				ctr.XORKeyStream(buffer[:], buffer[:])
				next = 0
			}
			v := binary.LittleEndian.Uint64(buffer[next:]) & mask
			next += 8
			if v < s.Modulus {
				a[i][x] = v
				x++
			}
		}
	}
}
