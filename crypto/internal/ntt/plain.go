package ntt

import "math/bits"

// forward is the transform in plain Go: two layers at a time, after a single one if their number is odd.
//
// Coefficients stay below bound·q. Each layer adds a product below 2q, or takes it off and adds 2q.
func (r *Ring) forward(p []uint64) {
	bound := uint64(1)
	m := 1
	if bits.Len(uint(r.n))%2 == 0 {
		r.forwardOne(p)
		bound, m = bound+2, 2
	}
	for ; m < r.n; m *= 4 {
		if bound+4 > r.limit {
			r.reduce(p)
			bound = 1
		}
		if m < r.n/4 {
			r.forwardTwo(p, m)
		} else {
			r.forwardLast(p)
		}
		bound += 4
	}
}

// forwardOne is the first layer.
func (r *Ring) forwardOne(p []uint64) {
	q := r.q
	w, v := r.roots.w[1], r.roots.quotient[1]
	x, y := p[:len(p)/2], p[len(p)/2:]
	y = y[:len(x)]
	for j, a := range x {
		b := product(y[j], w, v, q)
		x[j], y[j] = a+b, a+2*q-b
	}
}

// forwardTwo is the layers of m and of 2m groups.
func (r *Ring) forwardTwo(p []uint64, m int) {
	q := r.q
	size := len(p) / m / 4
	w, v := r.roots.w, r.roots.quotient
	for i := range m {
		w1, v1 := w[m+i], v[m+i]
		w2, v2 := w[2*(m+i)], v[2*(m+i)]
		w3, v3 := w[2*(m+i)+1], v[2*(m+i)+1]
		group := p[4*i*size:][:4*size]
		x0, x1, x2, x3 := group[:size], group[size:2*size], group[2*size:3*size], group[3*size:]
		x1, x2, x3 = x1[:len(x0)], x2[:len(x0)], x3[:len(x0)]
		for j, a := range x0 {
			b, c, d := x1[j], product(x2[j], w1, v1, q), product(x3[j], w1, v1, q)
			a, c = a+c, a+2*q-c
			b, d = b+d, b+2*q-d
			b, d = product(b, w2, v2, q), product(d, w3, v3, q)
			x0[j], x1[j], x2[j], x3[j] = a+b, a+2*q-b, c+d, c+2*q-d
		}
	}
}

// forwardLast is the last two layers. It leaves all values below q.
func (r *Ring) forwardLast(p []uint64) {
	q, one := r.q, r.reciprocal[1]
	m := len(p) / 4
	w, v := r.roots.w[m:], r.roots.quotient[m:]
	u := w[m:]
	t := v[m:]
	w, v, u, t = w[:m], v[:m], u[:2*m], t[:2*m]
	for i := range m {
		x := p[4*i:][:4]
		a, b, c, d := x[0], x[1], product(x[2], w[i], v[i], q), product(x[3], w[i], v[i], q)
		a, c = a+c, a+2*q-c
		b, d = b+d, b+2*q-d
		b, d = product(b, u[2*i], t[2*i], q), product(d, u[2*i+1], t[2*i+1], q)
		x[0], x[1], x[2], x[3] = reduce(a+b, one, q), reduce(a+2*q-b, one, q), reduce(c+d, one, q), reduce(c+2*q-d, one, q)
	}
}

// inverse replaces values below 2q by n times the coefficients.
//
// Sums double the bound of values, products bring it back to 2q. Differences are taken with a multiple of q added that is at least
// what is subtracted.
func (r *Ring) inverse(p []uint64) {
	bound := uint64(2)
	m := r.n / 4
	for ; m > 1; m /= 4 {
		if 4*bound > r.limit {
			r.reduce(p)
			bound = 1
		}
		r.inverseTwo(p, m, bound*r.q)
		bound *= 4
	}
	if 4*bound > r.limit {
		r.reduce(p)
		bound = 1
	}
	if m == 1 {
		r.inverseTwo(p, 1, bound*r.q)
	} else {
		r.inverseOne(p, bound*r.q)
	}
	r.reduce(p)
}

// inverseOne is the last layer.
func (r *Ring) inverseOne(p []uint64, bound uint64) {
	q := r.q
	w, v := r.inverses.w[1], r.inverses.quotient[1]
	x, y := p[:len(p)/2], p[len(p)/2:]
	y = y[:len(x)]
	for j, a := range x {
		b := y[j]
		x[j], y[j] = a+b, product(a+bound-b, w, v, q)
	}
}

// inverseTwo is the layers of 2m and of m groups.
func (r *Ring) inverseTwo(p []uint64, m int, bound uint64) {
	q := r.q
	size := len(p) / m / 4
	w, v := r.inverses.w, r.inverses.quotient
	if size == 1 {
		w1, v1 := w[m:][:m], v[m:][:m]
		w2, v2 := w[2*m:][:2*m], v[2*m:][:2*m]
		for i := range m {
			x := p[4*i:][:4]
			a, b, c, d := x[0], x[1], x[2], x[3]
			a, b = a+b, product(a+bound-b, w2[2*i], v2[2*i], q)
			c, d = c+d, product(c+bound-d, w2[2*i+1], v2[2*i+1], q)
			x[0], x[1], x[2], x[3] = a+c, b+d, product(a+2*bound-c, w1[i], v1[i], q), product(b+2*q-d, w1[i], v1[i], q)
		}
		return
	}
	for i := range m {
		w1, v1 := w[m+i], v[m+i]
		w2, v2 := w[2*(m+i)], v[2*(m+i)]
		w3, v3 := w[2*(m+i)+1], v[2*(m+i)+1]
		group := p[4*i*size:][:4*size]
		x0, x1, x2, x3 := group[:size], group[size:2*size], group[2*size:3*size], group[3*size:]
		x1, x2, x3 = x1[:len(x0)], x2[:len(x0)], x3[:len(x0)]
		for j, a := range x0 {
			b, c, d := x1[j], x2[j], x3[j]
			a, b = a+b, product(a+bound-b, w2, v2, q)
			c, d = c+d, product(c+bound-d, w3, v3, q)
			x0[j], x1[j], x2[j], x3[j] = a+c, b+d, product(a+2*bound-c, w1, v1, q), product(b+2*q-d, w1, v1, q)
		}
	}
}

// reduce takes values, any words, to [0, q).
func (r *Ring) reduce(p []uint64) {
	q, one := r.q, r.reciprocal[1]
	for i, x := range p {
		p[i] = reduce(x, one, q)
	}
}

func reduce(x, one, q uint64) uint64 {
	hi, _ := bits.Mul64(x, one)
	x -= hi * q
	return x - q&^mask(x, q)
}

// product returns x·w modulo q, in [0, 2q), with v = floor(w·2^64/q).
func product(x, w, v, q uint64) uint64 {
	hi, _ := bits.Mul64(x, v)
	return x*w - hi*q
}
