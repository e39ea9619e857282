package kahe

import (
	"fmt"
	"math/big"
	"sync"

	"github.com/tuneinsight/lattigo/v5/ring"
)

// A Set names a ring dimension N and a ciphertext modulus q. Its number is what signed bytes carry.
type Set uint8

// The named sets. Security estimates, with the standard deviation of 4.0 that is left after S is published, are in
// docs/parameters.md.
const (
	A45  Set = 1 // N = 2048, one prime of 45 bits: small models
	B90  Set = 2 // N = 4096, two primes: the default
	C180 Set = 3 // N = 8192, four primes: large models, fewest bytes

	// TestInsecure has N = 256 and no security at all. [NewParams] refuses it outside tests.
	TestInsecure Set = 255
)

// maxPrimes is the largest number of primes in a set.
const maxPrimes = 4

// primes are the factors of the moduli, in order; a set uses the first ones. All are 1 modulo 2^14 and just below 2^45.
var primes = [maxPrimes]uint64{35184371138561, 35184370941953, 35184370352129, 35184370155521}

var sets = map[Set]struct {
	name      string
	n, primes int
}{
	A45:          {"A45", 2048, 1},
	B90:          {"B90", 4096, 2},
	C180:         {"C180", 8192, 4},
	TestInsecure: {"testInsecure", 256, 1},
}

// String returns the name that [ParseSet] takes.
func (s Set) String() string {
	if d, ok := sets[s]; ok {
		return d.name
	}
	return fmt.Sprintf("Set(%d)", uint8(s))
}

// ParseSet returns the set of that name: A45, B90, C180 or testInsecure.
func ParseSet(name string) (Set, error) {
	for s, d := range sets {
		if d.name == name {
			return s, nil
		}
	}
	return 0, fmt.Errorf("unknown parameter set %q, want A45, B90 or C180", name)
}

// A field holds what a set needs for arithmetic modulo q: Lattigo's tables for each prime, and the constants that put residues
// together again.
type field struct {
	n        int
	rings    []*ring.SubRing
	q        *big.Int
	cofactor []*big.Int // q/q_i
	inverse  []uint64   // (q/q_i)^-1 mod q_i, times 2^128, see toResidues
}

// fields makes the field of a set when it is first asked for and keeps it.
var fields = func() map[Set]func() *field {
	m := make(map[Set]func() *field)
	for s, d := range sets {
		m[s] = sync.OnceValue(func() *field { return newField(d.n, primes[:d.primes]) })
	}
	return m
}()

func newField(n int, primes []uint64) *field {
	r, err := ring.NewRing(n, primes)
	if err != nil {
		panic("kahe: internal error: " + err.Error())
	}
	f := &field{n: n, rings: r.SubRings, q: new(big.Int).Set(r.Modulus())}
	for _, s := range f.rings {
		p := new(big.Int).SetUint64(s.Modulus)
		cofactor := new(big.Int).Quo(f.q, p)
		inverse := new(big.Int).ModInverse(cofactor, p)
		inverse.Lsh(inverse, 128).Mod(inverse, p)
		f.cofactor = append(f.cofactor, cofactor)
		f.inverse = append(f.inverse, inverse.Uint64())
	}
	return f
}

// newPolynomial returns a polynomial of zeros: one row of N residues for each prime.
func (f *field) newPolynomial() [][]uint64 {
	p := make([][]uint64, len(f.rings))
	for i := range p {
		p[i] = make([]uint64, f.n)
	}
	return p
}

// key returns the polynomial with the given small coefficients in the form that [field.mask] multiplies by: in the NTT domain,
// times (q/q_i)^-1 modulo each prime, in Montgomery form. The coefficients are secret; their absolute values are below 2^44.
func (f *field) key(coefficients func(x int) int64) [][]uint64 {
	key := f.newPolynomial()
	for i, s := range f.rings {
		for x := range key[i] {
			c := coefficients(x)
			key[i][x] = uint64(c + int64(s.Modulus)&(c>>63))
		}
		s.NTT(key[i], key[i])
		// One Montgomery product takes away one factor 2^64 of the constant; the other stays as the Montgomery form.
		s.MulScalarMontgomery(key[i], f.inverse[i], key[i])
	}
	return key
}

// mask replaces the public polynomial a (in the NTT domain) by the residues of a·s that the rounding starts from: z_i, in [0, q_i),
// such that a·s ≡ Σ z_i·(q/q_i) modulo q.
func (f *field) mask(a, key [][]uint64) {
	for i, s := range f.rings {
		s.MulCoeffsMontgomery(a[i], key[i], a[i])
		s.INTT(a[i], a[i])
	}
}
