package sharing

// modulus is the Mersenne prime p = 2^31−1. Field elements are the integers 0 … p−1.
const modulus = 1<<31 - 1

// fold returns a number below 2^34 that is congruent to x. It relies on 2^31 ≡ 1.
func fold(x uint64) uint64 { return x&modulus + x>>31 }

// reduce returns x mod p without branching.
func reduce(x uint64) uint64 {
	d := fold(fold(x)) - modulus // −p to 3, as two's complement
	return d + modulus&-(d>>63)
}

// lift returns the integer in (−2^30, 2^30) that is congruent to the field element x, without branching.
func lift(x uint64) int64 {
	above := ((modulus-1)/2 - x) >> 63 // 1 if x > (p−1)/2
	return int64(x) - int64(modulus&-above)
}

// dot returns Σ row[i]·vec[i] for field elements, len(row) ≤ len(vec), without branching on them.
func dot(row, vec []uint64) uint64 {
	var sum uint64
	for i, r := range row {
		sum += fold(r * vec[i]) // the product is below 2^62
	}
	return reduce(sum)
}

// inverse returns x^(p−2). Only public points are inverted.
func inverse(x uint64) uint64 {
	y := uint64(1)
	for e := uint64(modulus - 2); e > 0; e >>= 1 {
		if e&1 == 1 {
			y = reduce(y * x)
		}
		x = reduce(x * x)
	}
	return y
}

// lagrange returns the row that takes the values of a polynomial at the distinct points xs to its value at point at, for
// polynomials of degree below len(xs).
func lagrange(xs []uint64, at uint64) []uint64 {
	row := make([]uint64, len(xs))
	for i, xi := range xs {
		num, den := uint64(1), uint64(1)
		for j, xj := range xs {
			if j != i {
				num = reduce(num * reduce(at+modulus-xj))
				den = reduce(den * reduce(xi+modulus-xj))
			}
		}
		row[i] = reduce(num * inverse(den))
	}
	return row
}

// dealMatrix returns one row per member. A row takes the vector (ρ coefficients of the secret, then random values) to the member's
// share: the value at the member's number of the polynomial of degree below rho+random that has the coefficients at n+1 … n+ρ and
// the random values at 1, 2, ….
//
// So the first members' shares are the random values themselves. As a polynomial is fixed by its values at rho+random points, that
// is the uniform distribution over all polynomials that carry the secret.
func dealMatrix(members, rho, random int) [][]uint64 {
	var xs []uint64
	for i := range rho {
		xs = append(xs, uint64(members+1+i))
	}
	for i := range random {
		xs = append(xs, uint64(1+i))
	}
	rows := make([][]uint64, members)
	for j := range rows {
		rows[j] = lagrange(xs, uint64(j+1))
	}
	return rows
}
