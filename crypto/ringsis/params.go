package ringsis

import (
	"fmt"
	"math/bits"

	"sotto/crypto/internal/bitpack"
)

const (
	// MaxWireBits is the most wire bits a coefficient that any parameter set has.
	MaxWireBits = 176

	// MaxContributors is the largest K_max of a node.
	MaxContributors = 1 << 17

	// MaxCoefficients bounds a ciphertext, and with it what a decoder allocates and the number of key polynomials.
	MaxCoefficients = 1 << 30

	// The digits of a ciphertext in the smaller ring: beyond these, work and digit sums would grow by more than the shorter hash saves.
	smallRingDigits = 8       // of a coefficient
	smallRingTotal  = 1 << 16 // of all
)

// Params says how the coefficients of a ciphertext are cut into digits. Params are comparable; the zero value is not valid.
type Params struct {
	wireBits, kMax    int // p and K_max
	digitBits, digits int // v and D
}

// Plan returns the parameters for ciphertexts of so many coefficients, of wireBits bits each, and nodes of at most kMax contributors:
// digits for the smaller ring, D = ⌈p/(17 − ⌈log2 K_max⌉)⌉, if these are at most 8 a coefficient and 65,536 in all, else for the larger,
// D = ⌈p/(45 − ⌈log2 K_max⌉)⌉; and the narrowest for their number, v = ⌈p/D⌉.
func Plan(wireBits, kMax, coefficients int) (Params, error) {
	if err := checkLimits(wireBits, kMax); err != nil {
		return Params{}, err
	}
	if err := checkCoefficients(coefficients); err != nil {
		return Params{}, err
	}
	digits := ceilDiv(wireBits, largeSumBits-log2Ceil(kMax))
	if width := smallSumBits - log2Ceil(kMax); width > 0 {
		if small := ceilDiv(wireBits, width); small <= smallRingDigits && small*coefficients <= smallRingTotal {
			digits = small
		}
	}
	return NewParams(wireBits, kMax, ceilDiv(wireBits, digits), digits)
}

// NewParams returns the parameters that a descriptor states, if they are consistent and safe: D = ⌈p/v⌉ and
// v + ⌈log2 K_max⌉ ≤ 45. The ring is the smaller one if v + ⌈log2 K_max⌉ ≤ 17.
func NewParams(wireBits, kMax, digitBits, digits int) (Params, error) {
	if err := checkLimits(wireBits, kMax); err != nil {
		return Params{}, err
	}
	if most := largeSumBits - log2Ceil(kMax); digitBits < 1 || digitBits > most {
		return Params{}, fmt.Errorf("digits of %d bits, want 1 to %d for %d contributors", digitBits, most, kMax)
	}
	if want := ceilDiv(wireBits, digitBits); digits != want {
		return Params{}, fmt.Errorf("%d digits a coefficient, want %d of %d bits for %d wire bits", digits, want, digitBits, wireBits)
	}
	return Params{wireBits: wireBits, kMax: kMax, digitBits: digitBits, digits: digits}, nil
}

func checkLimits(wireBits, kMax int) error {
	if wireBits < 1 || wireBits > MaxWireBits {
		return fmt.Errorf("%d wire bits a coefficient, want 1 to %d", wireBits, MaxWireBits)
	}
	if kMax < 1 || kMax > MaxContributors {
		return fmt.Errorf("nodes of at most %d contributors, want 1 to %d", kMax, MaxContributors)
	}
	return nil
}

// WireBits returns p, the bits of a ciphertext coefficient.
func (p Params) WireBits() int { return p.wireBits }

// KMax returns the most contributors a digit sum is made for.
func (p Params) KMax() int { return p.kMax }

// DigitBits returns v. The top digit has p − v(D−1) bits.
func (p Params) DigitBits() int { return p.digitBits }

// Digits returns D, the digits of a coefficient.
func (p Params) Digits() int { return p.digits }

// SumBits returns v + ⌈log2 K_max⌉, the bits of an encoded digit sum.
func (p Params) SumBits() int { return p.digitBits + log2Ceil(p.kMax) }

// N returns the dimension of the ring, the smallest that sums of [Params.SumBits] are safe in.
func (p Params) N() int {
	if p.SumBits() <= smallSumBits {
		return smallN
	}
	return largeN
}

// HashBytes returns the length of an encoded [Hash].
func (p Params) HashBytes() int { return p.N() * hashBits / 8 }

// PackedBytes returns the bytes of a ciphertext of so many coefficients.
func (p Params) PackedBytes(coefficients int) int { return bitpack.Size(coefficients, p.wireBits) }

// SumsBytes returns the bytes of the encoded digit sums of so many coefficients.
func (p Params) SumsBytes(coefficients int) int {
	return bitpack.Size(coefficients*p.digits, p.SumBits())
}

// width returns the bits of digit i.
func (p Params) width(i int) uint {
	return uint(min(p.digitBits, p.wireBits-i*p.digitBits))
}

func checkCoefficients(coefficients int) error {
	if coefficients < 1 || coefficients > MaxCoefficients {
		return fmt.Errorf("ciphertext of %d coefficients, want 1 to %d", coefficients, MaxCoefficients)
	}
	return nil
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// log2Ceil returns ⌈log2 k⌉ for k ≥ 1.
func log2Ceil(k int) int { return bits.Len(uint(k - 1)) }
