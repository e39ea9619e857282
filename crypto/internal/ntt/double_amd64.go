//go:build amd64 && !purego

package ntt

import (
	"math/bits"

	"golang.org/x/sys/cpu"
)

// useDouble says that the processor has registers of 256 bits and multiplies and adds floating-point numbers without rounding between.
var useDouble = cpu.X86.HasAVX2 && cpu.X86.HasFMA

// A doubleTable is a table of numbers.
type doubleTable struct {
	numbers []float64
	groups  int
	size    int // values from one part of a group to the next
	parts   int // 8 or 4, or 16 for the four layers within 16 values
}

// doubles holds the constants of the inverse layers as floating-point numbers.
type doubles struct {
	tables []doubleTable
	field  [2]float64 // q, 1/q
}

// newDoubles returns nothing if the ring is not for the assembly: it takes primes just below 2^45, which leave room for sums.
func (r *Ring) newDoubles() (d doubles) {
	if !useDouble || r.q <= least45 || r.q >= 1<<45 || r.n < 64 {
		return d
	}
	d.field = [2]float64{float64(r.q), 1 / float64(r.q)}
	rows := doubleTable{groups: r.n / 16, parts: 16}
	for first := 0; first < r.n; first += 16 {
		for _, distance := range []int{1, 2} {
			for start := first; start < first+4; start += 2 * distance {
				var w, quotient [4]float64
				for place := range 4 {
					w[place], quotient[place] = r.numbers(start+4*place, distance)
				}
				rows.numbers = append(append(rows.numbers, w[:]...), quotient[:]...)
			}
		}
		rows.numbers = append(r.appendNumbers(rows.numbers, 4, 8, first), 0, 0)
	}
	d.tables = []doubleTable{rows}
	for size := 16; size < r.n; {
		parts := parts(bits.Len(uint(r.n/size)) - 1)
		t := doubleTable{groups: r.n / (parts * size), size: size, parts: parts}
		for group := range t.groups {
			t.numbers = append(r.appendNumbers(t.numbers, size, size*parts/2, group*parts*size), 0, 0)
		}
		d.tables = append(d.tables, t)
		size *= parts
	}
	return d
}

func (r *Ring) appendNumbers(numbers []float64, least, most, first int) []float64 {
	for distance := least; distance <= most; distance *= 2 {
		for start := first; start < first+2*most; start += 2 * distance {
			w, quotient := r.numbers(start, distance)
			numbers = append(numbers, w, quotient)
		}
	}
	return numbers
}

// numbers returns the constant of the inverse layer of a distance for the group that begins with start, and it over q.
func (r *Ring) numbers(start, distance int) (w, quotient float64) {
	w = float64(r.inverses.w[(r.n+start)/(2*distance)])
	return w, w / float64(r.q)
}

func (r *Ring) inverseProductDouble(p []uint64, f *Factor) bool {
	if r.doubles.tables == nil {
		return false
	}
	_, _ = p[r.n-1], f.w[r.n-1]
	field := &r.doubles.field
	for _, t := range r.doubles.tables {
		switch numbers, groups, size := &t.numbers[0], uint64(t.groups), uint64(t.size); {
		case t.parts == 16:
			inverseDoubleRows(&p[0], &f.w[0], numbers, groups, field)
		case t.parts == 8 && groups > 1:
			inverseDoubleEight(&p[0], numbers, groups, size, field)
		case t.parts == 8:
			inverseDoubleEightLast(&p[0], numbers, groups, size, field)
		case groups > 1:
			inverseDoubleFour(&p[0], numbers, groups, size, field)
		default:
			inverseDoubleFourLast(&p[0], numbers, groups, size, field)
		}
	}
	return true
}
