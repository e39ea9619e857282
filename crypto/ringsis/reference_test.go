package ringsis_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"math/big"
	"math/bits"

	"sotto/crypto/ringsis"
)

// This file is a second, slow implementation of docs/protocol.md §5 on big integers. It shares nothing with the package but constants.

var bigQ = new(big.Int).SetUint64(ringsis.Q)

func mulMod(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	_, r := bits.Div64(hi, lo, ringsis.Q)
	return r
}

// powers returns root^0 … root^(n−1).
func powers(root uint64, n int) []uint64 {
	p := make([]uint64, n)
	p[0] = 1
	for i := 1; i < n; i++ {
		p[i] = mulMod(p[i-1], root)
	}
	return p
}

// dimensions are those of the two rings.
var dimensions = []int{512, 2048}

// psi returns 3^((Q−1)/2N).
func psi(N int) uint64 {
	return new(big.Int).Exp(big.NewInt(3), new(big.Int).SetUint64((ringsis.Q-1)/uint64(2*N)), bigQ).Uint64()
}

// exponent returns 2·r(j)+1: value j of a transform is taken at this power of ψ.
func exponent(N, j int) int { return 2*int(bits.Reverse32(uint32(j))>>(33-bits.Len(uint(N)))) + 1 }

// untransform returns the coefficients of the polynomial with these values: c_k = (1/N)·Σ_j values[j]·ψ^(−k·exponent(j)).
func untransform(values []uint64) []uint64 {
	N := len(values)
	table := powers(psi(N), 2*N)
	inverseN := new(big.Int).ModInverse(big.NewInt(int64(N)), bigQ).Uint64()
	polynomial := make([]uint64, N)
	for k := range polynomial {
		var hi, lo uint64 // up to 2^11 products below 2^120
		for j, v := range values {
			h, l := bits.Mul64(v, table[-k*exponent(N, j)&(2*N-1)])
			var carry uint64
			lo, carry = bits.Add64(lo, l, 0)
			hi, _ = bits.Add64(hi%ringsis.Q, h, carry)
		}
		_, r := bits.Div64(hi%ringsis.Q, lo, ringsis.Q)
		polynomial[k] = mulMod(r, inverseN)
	}
	return polynomial
}

// referenceKey returns b_x in the transformed domain.
func referenceKey(N int, beacon [32]byte, x uint32) []uint64 {
	seed := append([]byte{17}, "sotto/v1 hash key"...)
	seed = binary.BigEndian.AppendUint32(append(seed, beacon[:]...), x)
	digest := sha256.Sum256(seed)
	block, err := aes.NewCipher(digest[:16])
	if err != nil {
		panic(err)
	}
	stream := cipher.NewCTR(block, digest[16:])
	var b []uint64
	for len(b) < N {
		word := make([]byte, 8)
		stream.XORKeyStream(word, word)
		if v := binary.LittleEndian.Uint64(word) % (1 << 60); v < ringsis.Q {
			b = append(b, v)
		}
	}
	return b
}

// pack writes a polynomial as one integer, 128 bits a coefficient.
func pack(polynomial []uint64) *big.Int {
	buf := make([]byte, 16*len(polynomial))
	for j, c := range polynomial {
		binary.BigEndian.PutUint64(buf[len(buf)-16*j-8:], c)
	}
	return new(big.Int).SetBytes(buf)
}

// referenceHash returns Σ_x b_x·digits_x, digit i of coefficient y at digits[y·D+i]. The product of integers is the product of
// polynomials, as no coefficient of the sum reaches 2^128: 2^11 products of 60 and 45 bits, of up to 2^12 polynomials.
func referenceHash(N int, beacon [32]byte, D int, digits []uint64) []uint64 {
	total := new(big.Int)
	coefficients := len(digits) / D
	for x := 0; x/D*N < coefficients; x++ {
		polynomial := make([]uint64, N)
		for j := range polynomial {
			if y := x/D*N + j; y < coefficients {
				polynomial[j] = digits[y*D+x%D]
			}
		}
		b := untransform(referenceKey(N, beacon, uint32(x)))
		total.Add(total, new(big.Int).Mul(pack(b), pack(polynomial)))
	}
	buf := total.FillBytes(make([]byte, 16*2*N))
	at := func(j int) *big.Int { return new(big.Int).SetBytes(buf[len(buf)-16*j-16:][:16]) }
	hash := make([]uint64, N)
	for j := range hash { // X^N = −1
		c := new(big.Int).Sub(at(j), at(j+N))
		hash[j] = c.Mod(c, bigQ).Uint64()
	}
	return hash
}

// unpack returns the coefficients of a packed ciphertext: the vector is one little-endian integer.
func unpack(packed []byte, wireBits, coefficients int) []*big.Int {
	all := new(big.Int).SetBytes(reversed(packed))
	mask := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), uint(wireBits)), big.NewInt(1))
	cs := make([]*big.Int, coefficients)
	for y := range cs {
		c := new(big.Int).Rsh(all, uint(y*wireBits))
		cs[y] = c.And(c, mask)
	}
	return cs
}

// repack is the inverse of unpack.
func repack(cs []*big.Int, wireBits int) []byte {
	all := new(big.Int)
	for y, c := range cs {
		all.Or(all, new(big.Int).Lsh(c, uint(y*wireBits)))
	}
	return reversed(all.FillBytes(make([]byte, (len(cs)*wireBits+7)/8)))
}

// referenceDigits returns digit i of coefficient y at y·D+i.
func referenceDigits(packed []byte, p ringsis.Params, coefficients int) []uint64 {
	var digits []uint64
	base := new(big.Int).Lsh(big.NewInt(1), uint(p.DigitBits()))
	for _, c := range unpack(packed, p.WireBits(), coefficients) {
		for range p.Digits() {
			d := new(big.Int)
			c.DivMod(c, base, d)
			digits = append(digits, d.Uint64())
		}
	}
	return digits
}

func reversed(b []byte) []byte {
	r := make([]byte, len(b))
	for i, v := range b {
		r[len(b)-1-i] = v
	}
	return r
}
