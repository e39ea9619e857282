package sharing

import (
	"fmt"

	"sotto/crypto/internal/bitpack"
)

const (
	// MaxCoefficients bounds the length of a secret, and with it what a decoder allocates. It is eight times the largest ring.
	MaxCoefficients = 1 << 16

	valueBits  = 31
	maxMembers = 10
	maxQuorum  = 7
)

// Params says how many members share a secret. The zero value is not valid; use [NewParams].
type Params struct {
	n, f int
	deal [][]uint64 // see dealMatrix
}

// NewParams returns the parameters for a committee of 4, 7 or 10 members. Other sizes are refused: they are not 3f+1, or they are
// larger than what the opening of a node is sized for (at most 120 quorums).
func NewParams(members int) (Params, error) {
	if members != 4 && members != 7 && members != 10 {
		return Params{}, fmt.Errorf("committee of %d members, want 4, 7 or 10", members)
	}
	f := (members - 1) / 3
	return Params{n: members, f: f, deal: dealMatrix(members, f+1, f)}, nil
}

// Members returns n = 3f+1.
func (p Params) Members() int { return p.n }

// F returns the number of malicious members tolerated.
func (p Params) F() int { return p.f }

// Rho returns ρ = f+1, the coefficients that one polynomial carries.
func (p Params) Rho() int { return p.f + 1 }

// Quorum returns T = 2f+1, the releases that rebuild a sum.
func (p Params) Quorum() int { return 2*p.f + 1 }

// Groups returns ⌈N/ρ⌉, the values in a share of N coefficients.
func (p Params) Groups(N int) int { return (N + p.f) / (p.f + 1) }

// ShareBytes returns the bytes of an encoded share of N coefficients.
func (p Params) ShareBytes(N int) int { return bitpack.Size(p.Groups(N), valueBits) }

// EnvelopeBytes returns the bytes of a sealed share of N coefficients.
func (p Params) EnvelopeBytes(N int) int { return EnvelopeOverhead + p.ShareBytes(N) }

// checkCoefficients refuses a number of coefficients that no parameter set has.
func checkCoefficients(N int) error {
	if N < 1 || N > MaxCoefficients {
		return fmt.Errorf("secret of %d coefficients, want 1 to %d", N, MaxCoefficients)
	}
	return nil
}
