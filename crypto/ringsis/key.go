package ringsis

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"sotto/crypto/internal/bitpack"
)

const keyLabel = "sotto/v1 hash key"

// A Key hashes the ciphertexts of one shape in one round. It holds no more than its parameters: a key polynomial is expanded each time
// it is used, for a third of what the transform of its digits costs. A Key is safe for concurrent use.
type Key struct {
	beacon       [32]byte
	params       Params
	coefficients int
}

// NewKey returns the key for ciphertexts of so many coefficients. It fails if their number is not between 1 and [MaxCoefficients].
func NewKey(beacon [32]byte, params Params, coefficients int) (*Key, error) {
	if params.digits == 0 {
		return nil, fmt.Errorf("hash parameters are not set")
	}
	if err := checkCoefficients(coefficients); err != nil {
		return nil, err
	}
	return &Key{beacon: beacon, params: params, coefficients: coefficients}, nil
}

// SumPacked returns the hash of a ciphertext: its coefficients of p bits, bit-packed (docs/protocol.md §1). It refuses a wrong
// length and set padding bits.
func (k *Key) SumPacked(packed []byte) (*Hash, error) {
	if err := k.params.checkPacked(packed, k.coefficients); err != nil {
		return nil, err
	}
	r := bitpack.NewReader(packed)
	return k.sum(func(polynomials [][]uint64, first, count int) {
		for j := range count {
			for i := range polynomials {
				polynomials[i][j] = r.Read(k.params.width(i))
			}
		}
	}), nil
}

// SumDigits returns the hash of digit sums, digit i of coefficient y at index y·D+i. It equals the sum of the hashes of the
// ciphertexts that were added up. It refuses a wrong length and values not below [Q]; that sums are in range is for
// [Params.CheckRange] to say.
func (k *Key) SumDigits(digits []uint64) (*Hash, error) {
	D := k.params.digits
	if len(digits) != k.coefficients*D {
		return nil, fmt.Errorf("%d digit sums, want %d", len(digits), k.coefficients*D)
	}
	for x, d := range digits {
		if d >= Q {
			return nil, fmt.Errorf("digit sum %d of coefficient %d is %d, want less than %d", x%D, x/D, d, uint64(Q))
		}
	}
	return k.sum(func(polynomials [][]uint64, first, count int) {
		for j := range count {
			for i := range polynomials {
				polynomials[i][j] = digits[(first+j)*D+i]
			}
		}
	}), nil
}

// sum returns Σ b_x·digits_x. fill is called with ascending blocks of at most N coefficients, to write digit i of coefficient first+j
// to polynomials[i][j].
func (k *Key) sum(fill func(polynomials [][]uint64, first, count int)) *Hash {
	s, D := subRing(), k.params.digits
	polynomials := make([][]uint64, D)
	for i := range polynomials {
		polynomials[i] = make([]uint64, N)
	}
	b, acc := make([]uint64, N), make([]uint64, N)
	stream := make([]byte, 8*N)
	for first, x := 0, uint32(0); first < k.coefficients; first += N {
		count := min(N, k.coefficients-first)
		fill(polynomials, first, count)
		for _, digits := range polynomials {
			clear(digits[count:])
			s.NTT(digits, digits)
			k.expand(b, x, stream)
			s.MulCoeffsMontgomeryThenAdd(b, digits, acc)
			x++
		}
	}
	var h Hash
	s.MForm(acc, acc) // each Montgomery product was short of a factor 2^64
	s.INTT(acc, h.coefficients[:])
	return &h
}

// expand fills b with the key polynomial b_x, in the transformed domain, using buf for the key stream: AES-128-CTR with the first half
// of SHA-256(label ‖ beacon ‖ x) as the key and the second as the first counter block.
func (k *Key) expand(b []uint64, x uint32, buf []byte) {
	seed := make([]byte, 0, 1+len(keyLabel)+len(k.beacon)+4)
	seed = append(seed, byte(len(keyLabel)))
	seed = append(seed, keyLabel...)
	seed = append(seed, k.beacon[:]...)
	seed = binary.BigEndian.AppendUint32(seed, x)
	digest := sha256.Sum256(seed)
	block, err := aes.NewCipher(digest[:16])
	if err != nil {
		panic("ringsis: internal error: " + err.Error())
	}
	fillUniform(b, cipher.NewCTR(block, digest[16:]), buf)
}

// fillUniform fills dst with the low 60 bits of the key stream's words of 8 bytes, little-endian, leaving out those not below Q.
func fillUniform(dst []uint64, stream cipher.Stream, buf []byte) {
	for len(dst) > 0 {
		words := buf[:8*min(len(dst), len(buf)/8)]
		clear(words)
		stream.XORKeyStream(words, words)
		for ; len(words) > 0; words = words[8:] {
			if v := binary.LittleEndian.Uint64(words) & (1<<hashBits - 1); v < Q {
				dst[0], dst = v, dst[1:]
			}
		}
	}
}
