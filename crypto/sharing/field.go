package sharing

import "math/bits"

// A field is F = Z/p for a prime p. Elements are the integers 0 … p−1.
type field struct {
	modulus    uint64 // p, at most 2^31−1
	bits       uint   // of an encoded element
	reciprocal uint64 // floor(2^64/p)
}

// The larger field is for sums that the smaller one does not hold: it has the largest primes below 2^16 and 2^31.
var (
	smallField = newField(65521, 16)
	largeField = newField(1<<31-1, 31)
)

func newField(modulus uint64, bits uint) *field {
	return &field{modulus, bits, ^uint64(0) / modulus}
}

// most returns the largest absolute value of a number that lifts to itself.
func (f *field) most() int64 { return int64(f.modulus-1) / 2 }

// reduce returns x mod p without branching. The quotient estimated is the right one or one less.
func (f *field) reduce(x uint64) uint64 {
	quotient, _ := bits.Mul64(x, f.reciprocal)
	d := x - quotient*f.modulus - f.modulus // −p to p−1, as two's complement
	return d + f.modulus&-(d>>63)
}

// lift returns the integer in [−(p−1)/2, (p−1)/2] that is congruent to the field element x, without branching.
func (f *field) lift(x uint64) int64 {
	above := ((f.modulus-1)/2 - x) >> 63 // 1 if x > (p−1)/2
	return int64(x) - int64(f.modulus&-above)
}

// dot returns Σ row[i]·vec[i] for field elements, len(row) ≤ len(vec), without branching on them.
func (f *field) dot(row, vec []uint64) uint64 {
	var sum uint64
	for ; len(row) > 3; row, vec = row[3:], vec[3:] {
		sum += f.reduce(row[0]*vec[0] + row[1]*vec[1] + row[2]*vec[2]) // products are below 2^62
	}
	for i, r := range row {
		sum += r * vec[i]
	}
	return f.reduce(sum)
}

// inverse returns x^(p−2). Only public points are inverted.
func (f *field) inverse(x uint64) uint64 {
	y := uint64(1)
	for e := f.modulus - 2; e > 0; e >>= 1 {
		if e&1 == 1 {
			y = f.reduce(y * x)
		}
		x = f.reduce(x * x)
	}
	return y
}

// lagrange returns the row that takes the values of a polynomial at the distinct points xs to its value at point at, for
// polynomials of degree below len(xs).
func (f *field) lagrange(xs []uint64, at uint64) []uint64 {
	row := make([]uint64, len(xs))
	for i, xi := range xs {
		num, den := uint64(1), uint64(1)
		for j, xj := range xs {
			if j != i {
				num = f.reduce(num * f.reduce(at+f.modulus-xj))
				den = f.reduce(den * f.reduce(xi+f.modulus-xj))
			}
		}
		row[i] = f.reduce(num * f.inverse(den))
	}
	return row
}

// dealMatrix returns one row per member. A row takes the vector (ρ coefficients of the secret, then random values) to the member's
// share: the value at the member's number of the polynomial of degree below rho+random that has the coefficients at n+1 … n+ρ and
// the random values at 1, 2, ….
//
// So the first members' shares are the random values themselves. As a polynomial is fixed by its values at rho+random points, that
// is the uniform distribution over all polynomials that carry the secret.
func (f *field) dealMatrix(members, rho, random int) [][]uint64 {
	var xs []uint64
	for i := range rho {
		xs = append(xs, uint64(members+1+i))
	}
	for i := range random {
		xs = append(xs, uint64(1+i))
	}
	rows := make([][]uint64, members)
	for j := range rows {
		rows[j] = f.lagrange(xs, uint64(j+1))
	}
	return rows
}
