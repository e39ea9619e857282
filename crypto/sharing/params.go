package sharing

import (
	"fmt"

	"sotto/crypto/internal/bitpack"
)

const (
	// MaxCoefficients bounds the length of a secret, and with it what a decoder allocates. It is eight times the largest ring.
	MaxCoefficients = 1 << 16

	maxMembers = 10
	maxQuorum  = 7
)

// Params says how many members share a secret, and over which field. The zero value is not valid; use [NewParams].
type Params struct {
	n, f  int
	field *field
	deal  [][]uint64 // see dealMatrix
}

// NewParams returns the parameters for a committee of 4, 7 or 10 members and sums of secrets whose coefficients are at most most in
// absolute value: over the field of 65,521 elements, 16 bits each, if most ≤ 32,760, else over that of 2^31−1, if most < 2^30. Others
// are refused. Committees of other sizes are not 3f+1, or larger than what the opening of a node is sized for (at most 120 quorums).
func NewParams(members int, most int64) (Params, error) {
	if members != 4 && members != 7 && members != 10 {
		return Params{}, fmt.Errorf("committee of %d members, want 4, 7 or 10", members)
	}
	field := smallField
	if most > field.most() {
		field = largeField
	}
	if most < 1 || most > field.most() {
		return Params{}, fmt.Errorf("sums of up to %d, want 1 to %d", most, field.most())
	}
	f := (members - 1) / 3
	return Params{n: members, f: f, field: field, deal: field.dealMatrix(members, f+1, f)}, nil
}

// Members returns n = 3f+1.
func (p Params) Members() int { return p.n }

// F returns the number of malicious members tolerated.
func (p Params) F() int { return p.f }

// Rho returns ρ = f+1, the coefficients that one polynomial carries.
func (p Params) Rho() int { return p.f + 1 }

// Quorum returns T = 2f+1, the releases that rebuild a sum.
func (p Params) Quorum() int { return 2*p.f + 1 }

// Modulus returns p, the number of elements of the field.
func (p Params) Modulus() uint64 { return p.field.modulus }

// Groups returns ⌈N/ρ⌉, the values in a share of N coefficients.
func (p Params) Groups(N int) int { return (N + p.f) / (p.f + 1) }

// ShareBytes returns the bytes of an encoded share of N coefficients.
func (p Params) ShareBytes(N int) int { return bitpack.Size(p.Groups(N), int(p.field.bits)) }

// EnvelopeBytes returns the bytes of a sealed share of N coefficients.
func (p Params) EnvelopeBytes(N int) int { return EnvelopeOverhead + p.ShareBytes(N) }

// checkCoefficients refuses a number of coefficients that no parameter set has.
func checkCoefficients(N int) error {
	if N < 1 || N > MaxCoefficients {
		return fmt.Errorf("secret of %d coefficients, want 1 to %d", N, MaxCoefficients)
	}
	return nil
}
