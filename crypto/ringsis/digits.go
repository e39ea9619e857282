package ringsis

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"sotto/crypto/internal/bitpack"
)

// AddDigits adds the digits of a whole ciphertext to acc, which holds digit i of coefficient y at index y·D+i. The digits of up to
// K_max ciphertexts add up without overflow. A refused ciphertext leaves acc as it was.
func (p Params) AddDigits(acc []uint64, packed []byte) error {
	if err := p.checkPacked(packed, len(acc)/p.digits); err != nil {
		return err
	}
	return p.AddDigitsAt(acc, 0, packed)
}

// AddDigitsAt adds the digits of a chunk of a ciphertext to acc, the digit sums of the whole ciphertext. The chunk begins with the
// coefficient first, a multiple of 8, so that it begins at a byte, and ends either with the ciphertext or after a multiple of 8
// coefficients. A refused chunk leaves acc as it was.
func (p Params) AddDigitsAt(acc []uint64, first int, chunk []byte) error {
	coefficients := len(acc) / p.digits
	if len(acc)%p.digits != 0 {
		return fmt.Errorf("%d digit sums, want a multiple of %d", len(acc), p.digits)
	}
	count, err := p.checkChunk(coefficients, first, chunk)
	if err != nil {
		return err
	}
	p.addDigits(acc[first*p.digits:][:count*p.digits], chunk)
	return nil
}

// checkChunk returns how many coefficients are in a chunk of a ciphertext of so many, or says what is wrong with it.
func (p Params) checkChunk(coefficients, first int, chunk []byte) (count int, err error) {
	if first < 0 || first >= coefficients || first%8 != 0 {
		return 0, fmt.Errorf("chunk begins with coefficient %d, want a multiple of 8 below %d", first, coefficients)
	}
	count = coefficients - first
	if rest := p.PackedBytes(count); len(chunk) < rest {
		if len(chunk) == 0 || len(chunk)%p.wireBits != 0 {
			return 0, fmt.Errorf("chunk of %d bytes, want a multiple of %d, or the last %d", len(chunk), p.wireBits, rest)
		}
		count = len(chunk) / p.wireBits * 8
	}
	return count, p.checkPacked(chunk, count)
}

// addDigits adds the digits of coefficients that packed begins with.
func (p Params) addDigits(acc []uint64, packed []byte) {
	done := p.addDigitsWide(acc, packed)
	acc = acc[done*p.digits:]
	at := uint(done * p.wireBits) // bits
	mask, top := uint64(1)<<p.width(0)-1, uint64(1)<<p.width(p.digits-1)-1
	step := uint(p.digitBits)
	for whole := 8*len(packed) - p.wireBits - 64; len(acc) > 0 && int(at) <= whole; at += uint(p.wireBits) {
		digits, from := acc[:p.digits], at
		acc = acc[p.digits:]
		for i := range digits[1:] {
			digits[i] += binary.LittleEndian.Uint64(packed[from/8:]) >> (from % 8) & mask
			from += step
		}
		digits[p.digits-1] += binary.LittleEndian.Uint64(packed[from/8:]) >> (from % 8) & top
	}
	for ; len(acc) > 0; at += uint(p.wireBits) {
		for i := range p.digits {
			from := at + uint(i)*step
			acc[i] += word(packed[from/8:]) >> (from % 8) & (1<<p.width(i) - 1)
		}
		acc = acc[p.digits:]
	}
}

// digit fills dst with one digit of the coefficients that packed begins with.
func (p Params) digit(dst []uint64, packed []byte, i int) {
	done := p.digitWide(dst, packed, i)
	step, mask := uint(p.wireBits), uint64(1)<<p.width(i)-1
	at := uint(done*p.wireBits + i*p.digitBits) // bits
	for x := range dst[done:] {
		if part := packed[at/8:]; len(part) >= 8 {
			dst[done+x] = binary.LittleEndian.Uint64(part) >> (at % 8) & mask
		} else {
			dst[done+x] = word(part) >> (at % 8) & mask
		}
		at += step
	}
}

// word returns the first eight bytes, zeros after the end. A digit has at most 45 bits, so it lies in eight bytes.
func word(b []byte) uint64 {
	var w [8]byte
	copy(w[:], b)
	return binary.LittleEndian.Uint64(w[:])
}

// checkPacked refuses a vector of so many coefficients that has a wrong length or bits set after the last coefficient.
func (p Params) checkPacked(packed []byte, coefficients int) error {
	if want := p.PackedBytes(coefficients); len(packed) != want {
		return fmt.Errorf("malformed ciphertext: %d bytes, want %d for %d coefficients", len(packed), want, coefficients)
	}
	if err := bitpack.CheckPadding(packed, coefficients, p.wireBits); err != nil {
		return fmt.Errorf("malformed ciphertext: %w", err)
	}
	return nil
}

// CheckRange returns an error unless every digit sum can be one of K ciphertexts: at most K·(2^v − 1), or K·(2^(p−v(D−1)) − 1) for
// the top digit. The hash binds only sums that pass.
func (p Params) CheckRange(sums []uint64, K int) error {
	if K < 1 || K > p.kMax {
		return fmt.Errorf("digit sums of %d contributions, want 1 to %d", K, p.kMax)
	}
	if len(sums)%p.digits != 0 {
		return fmt.Errorf("%d digit sums, want a multiple of %d", len(sums), p.digits)
	}
	var most [MaxWireBits]uint64
	for i := range p.digits {
		most[i] = uint64(K) * (1<<p.width(i) - 1)
	}
	for y := range len(sums) / p.digits {
		for i, s := range sums[y*p.digits:][:p.digits] {
			if s > most[i] {
				return fmt.Errorf("digit sum %d of coefficient %d is %d, want at most %d for %d contributions", i, y, s, most[i], K)
			}
		}
	}
	return nil
}

// Recompose returns the sum of the ciphertexts whose digits were added up: coefficient y is Σ_i sums[y·D+i]·2^(v·i) mod 2^p, packed
// like a ciphertext.
func (p Params) Recompose(sums []uint64) ([]byte, error) {
	if len(sums)%p.digits != 0 {
		return nil, fmt.Errorf("%d digit sums, want a multiple of %d", len(sums), p.digits)
	}
	w := bitpack.NewWriter(make([]byte, 0, p.PackedBytes(len(sums)/p.digits)))
	for ; len(sums) > 0; sums = sums[p.digits:] {
		var carry uint64
		for i, s := range sums[:p.digits] {
			sum, over := bits.Add64(s, carry, 0)
			width := p.width(i)
			w.Write(sum&(1<<width-1), width)
			carry = sum>>p.digitBits | over<<(64-p.digitBits)
		}
	}
	return w.Bytes(), nil
}

// EncodeSums packs digit sums, v + ⌈log2 K_max⌉ bits each. Sums that passed [Params.CheckRange] fit; others may be refused.
func (p Params) EncodeSums(sums []uint64) ([]byte, error) {
	return p.AppendSums(make([]byte, 0, bitpack.Size(len(sums), p.SumBits())), sums)
}

// AppendSums is [Params.EncodeSums] that appends to dst.
func (p Params) AppendSums(dst []byte, sums []uint64) ([]byte, error) {
	width := p.SumBits()
	for x, s := range sums {
		if s>>width != 0 {
			return nil, fmt.Errorf("digit sum %d of coefficient %d is %d, want less than 2^%d", x%p.digits, x/p.digits, s, width)
		}
	}
	return bitpack.Append(dst, sums, width), nil
}

// DecodeSums reads the digit sums of so many coefficients. It refuses a wrong length and set padding bits; that sums are in range is
// for [Params.CheckRange] to say.
func (p Params) DecodeSums(encoded []byte, coefficients int) ([]uint64, error) {
	if err := checkCoefficients(coefficients); err != nil {
		return nil, err
	}
	if want := p.SumsBytes(coefficients); len(encoded) != want {
		return nil, fmt.Errorf("malformed digit sums: %d bytes, want %d for %d coefficients", len(encoded), want, coefficients)
	}
	sums := make([]uint64, coefficients*p.digits)
	if err := bitpack.Unpack(sums, encoded, p.SumBits()); err != nil {
		return nil, fmt.Errorf("malformed digit sums: %w", err)
	}
	return sums, nil
}
