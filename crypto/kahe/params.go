package kahe

import (
	"fmt"
	"math/bits"
	"testing"
)

// The limits of the inputs to [NewParams].
const (
	minBits, maxBits = 2, 24
	minKMax, maxKMax = 2, 1 << 17

	// headroom keeps the wire coefficients this many bits below q, so that the noise of the encryption is rounded away from
	// them for the most part: σ²/4^5 stays below 1/12.
	headroom = 4

	// maxGuard keeps squared residuals in 62 bits. More guard bits than the rows ask for buy nothing.
	maxGuard = 32
)

// guardRows are the bits p − t that keep the noise of kMax contributions below half a unit of the lowest slot, with at least ten
// standard deviations to spare.
var guardRows = []struct{ kMax, guard int }{{1 << 7, 7}, {1 << 10, 8}, {1 << 14, 10}, {1 << 17, 12}}

// A ParamsLiteral is an unchecked choice of parameters, as it stands in a round's descriptor.
type ParamsLiteral struct {
	Set      Set
	Bits     int // b: bits of a quantised value, 2 to 24
	KMax     int // the most contributions that are added up, 2 to 2^17
	Slots    int // k: values packed into one coefficient
	WireBits int // p: bits of a ciphertext coefficient
}

// Params are checked parameters. They are made by [NewParams] or [Plan], never change, and compare with ==.
type Params struct{ lit ParamsLiteral }

// NewParams checks lit: a named set, 2 ≤ b ≤ 24, 2 ≤ K_max ≤ 2^17, k ≥ 1, guard bits between the row for K_max and 32,
// p ≤ floor(log2 q) − 4.
func NewParams(lit ParamsLiteral) (Params, error) {
	fail := func(format string, args ...any) (Params, error) {
		return Params{}, fmt.Errorf("encryption parameters: "+format, args...)
	}
	if _, ok := sets[lit.Set]; !ok {
		return fail("unknown set %d, want A45 (1), B90 (2) or C180 (3)", uint8(lit.Set))
	}
	if lit.Set == TestInsecure && !testing.Testing() {
		return fail("set testInsecure is for tests only, want A45 (1), B90 (2) or C180 (3)")
	}
	if lit.Bits < minBits || lit.Bits > maxBits {
		return fail("values of %d bits, want %d to %d", lit.Bits, minBits, maxBits)
	}
	if lit.KMax < minKMax || lit.KMax > maxKMax {
		return fail("at most %d contributions, want a limit between %d and %d", lit.KMax, minKMax, maxKMax)
	}
	p := Params{lit}
	most := p.maxWireBits()
	if lit.Slots < 1 || lit.Slots > most {
		return fail("%d slots a coefficient, want at least 1 and no more than fit", lit.Slots)
	}
	if lit.WireBits > most {
		return fail("%d wire bits a coefficient, want at most %d for set %v", lit.WireBits, most, lit.Set)
	}
	if g := lit.WireBits - p.PlainBits(); g < guardFor(lit.KMax) || g > maxGuard {
		return fail("%d guard bits (%d wire bits, %d slots of %d), want %d to %d for %d contributions",
			g, lit.WireBits, lit.Slots, p.SlotWidth(), guardFor(lit.KMax), maxGuard, lit.KMax)
	}
	return p, nil
}

func guardFor(kMax int) int {
	for _, r := range guardRows {
		if kMax <= r.kMax {
			return r.guard
		}
	}
	panic("kahe: internal error: no guard bits for that many contributions")
}

// Literal returns what [NewParams] was given.
func (p Params) Literal() ParamsLiteral { return p.lit }

// Set returns the parameter set.
func (p Params) Set() Set { return p.lit.Set }

// N returns the ring dimension: the coefficients of a block, and of a secret.
func (p Params) N() int { return sets[p.lit.Set].n }

// LogQ returns floor(log2 q).
func (p Params) LogQ() int {
	// Every prime is so close below 2^45 that their product is as close below 2^45n.
	return 45*sets[p.lit.Set].primes - 1
}

// Bits returns b, the bits of a quantised value.
func (p Params) Bits() int { return p.lit.Bits }

// KMax returns the most contributions that are added up.
func (p Params) KMax() int { return p.lit.KMax }

// Slots returns k, the values packed into one coefficient.
func (p Params) Slots() int { return p.lit.Slots }

// SlotWidth returns w = b + ceil(log2 K_max), the bits that a sum of K_max values needs.
func (p Params) SlotWidth() int { return p.lit.Bits + bits.Len(uint(p.lit.KMax-1)) }

// PlainBits returns t = k·w, the bits of a packed coefficient.
func (p Params) PlainBits() int { return p.lit.Slots * p.SlotWidth() }

// WireBits returns p, the bits of a ciphertext coefficient.
func (p Params) WireBits() int { return p.lit.WireBits }

// GuardBits returns p − t.
func (p Params) GuardBits() int { return p.WireBits() - p.PlainBits() }

// BlockParameters returns N·k, the parameters that one block holds.
func (p Params) BlockParameters() int { return p.N() * p.Slots() }

func (p Params) maxWireBits() int { return p.LogQ() - headroom }

// CheckParameters returns an error if one contribution cannot hold that many model parameters.
func (p Params) CheckParameters(parameters int) error {
	if p == (Params{}) {
		return errNoParams
	}
	if parameters < 1 || parameters > MaxParameters {
		return fmt.Errorf("%d model parameters, want 1 to %d", parameters, MaxParameters)
	}
	return nil
}

// Coefficients returns how many coefficients a ciphertext of that many model parameters has. It and the two methods below return
// 0 for a number that [Params.CheckParameters] refuses.
func (p Params) Coefficients(parameters int) int {
	if p.CheckParameters(parameters) != nil {
		return 0
	}
	return ceilDiv(parameters, p.Slots())
}

// Blocks returns how many polynomials a ciphertext of that many model parameters has. The last one may be short.
func (p Params) Blocks(parameters int) int {
	if p.CheckParameters(parameters) != nil {
		return 0
	}
	return ceilDiv(parameters, p.BlockParameters())
}

// CiphertextBytes returns the length of a packed ciphertext of that many model parameters.
func (p Params) CiphertextBytes(parameters int) int {
	return ceilDiv(p.Coefficients(parameters)*p.WireBits(), 8)
}

// words returns how many words of 64 bits hold q.
func (p Params) words() int { return ceilDiv(p.LogQ()+1, 64) }

func (p Params) field() *field { return fields[p.lit.Set]() }

func ceilDiv(a, b int) int { return (a + b - 1) / b }
