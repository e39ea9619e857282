package kahe

import (
	"fmt"
	"math/big"
	"sync"

	"sotto/crypto/internal/ntt"
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

// A field holds what a set needs for arithmetic modulo q: a ring for each prime, and the constants that put residues together again.
type field struct {
	n        int
	rings    []*ntt.Ring
	q        *big.Int
	cofactor []*big.Int // q/q_i
	inverse  []uint64   // (q/q_i)^-1 mod q_i
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
	f := &field{n: n, q: big.NewInt(1)}
	for _, p := range primes {
		f.q.Mul(f.q, new(big.Int).SetUint64(p))
	}
	for _, prime := range primes {
		p := new(big.Int).SetUint64(prime)
		cofactor := new(big.Int).Quo(f.q, p)
		f.rings = append(f.rings, ntt.New(n, prime))
		f.cofactor = append(f.cofactor, cofactor)
		f.inverse = append(f.inverse, new(big.Int).ModInverse(cofactor, p).Uint64())
	}
	return f
}

// newPolynomial returns a polynomial of zeros: one row of N residues for each prime.
func (f *field) newPolynomial() [][]uint64 { return newRows(len(f.rings), f.n) }

func newRows(count, length int) [][]uint64 {
	all := make([]uint64, count*length)
	rows := make([][]uint64, count)
	for i := range rows {
		rows[i] = all[i*length:][:length:length]
	}
	return rows
}

// A key is a polynomial with small coefficients, secret or not, in the form that [field.mask] multiplies by: in the NTT domain, times
// (q/q_i)^-1 modulo each prime.
type key []*ntt.Factor

// key returns the key with the given coefficients, whose absolute values are below 2^44.
func (f *field) key(coefficients func(x int) int64) key {
	k := make(key, len(f.rings))
	for i, r := range f.rings {
		values := make([]uint64, f.n)
		for x := range values {
			c := coefficients(x)
			values[x] = uint64(c + int64(r.Q())&(c>>63))
		}
		r.Forward(values)
		k[i] = r.Factor(values, f.inverse[i])
	}
	return k
}

func (k key) wipe() {
	for _, f := range k {
		f.Wipe()
	}
}

// mask replaces the public polynomial a (in the NTT domain) by the residues of a·s that the rounding starts from: z_i, in [0, q_i),
// such that a·s ≡ Σ z_i·(q/q_i) modulo q.
func (f *field) mask(a [][]uint64, k key) {
	for i, r := range f.rings {
		r.InverseProduct(a[i], k[i])
	}
}
