//go:build amd64 && !purego

package ntt

import (
	"math/bits"
	"slices"

	"golang.org/x/sys/cpu"
)

//go:generate go -C ../asm run ./ntt -out ../ntt/ntt_amd64.s -stubs ../ntt/stubs_amd64.go -pkg ntt

// useWide says that the processor has registers of 512 bits and multiplies 52 bits in them.
var useWide = cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512IFMA

// vectors holds the constants of the layers in the order in which the assembly takes them: first for the layers that it goes through
// at the beginning.
type vectors struct {
	forwards, backwards []table
	doubles             doubles // if there is no table for the way back
}

// A table has the constants of the layers that are gone through at a time, or of the six within 64 values.
type table struct {
	words  []uint64
	groups int
	size   int // values from one part of a group to the next
	parts  int // 8 or 4, or 64
}

// The assembly for primes just below 2^45 leaves values unreduced up to 2^7·q and reduces by what is above 45 bits.
const least45 = 1<<45 - 1<<30

func (r *Ring) newVectors() (v vectors) {
	is45, is60 := least45 < r.q && r.q < 1<<45, 1<<60-1<<30 < r.q
	outer := bits.Len(uint(r.n/64)) - 1 // layers before the last six
	if !useWide || outer < 2 || !is45 && !is60 {
		v.doubles = r.newDoubles()
		return v
	}
	v.backwards = []table{r.rows(&r.inverses, true)}
	for size := 64; size < r.n; {
		t := r.pass(&r.inverses, size, parts(bits.Len(uint(r.n/size))-1), true)
		v.backwards = append(v.backwards, t)
		size *= t.parts
	}
	// The bounds of values in the assembly are for at most five layers before the last six, two of them first.
	if is45 || outer != 4 && outer <= 5 {
		for count := r.n; count > 64; {
			left := bits.Len(uint(count/64)) - 1
			p := 8
			if left%3 != 0 {
				p = 4
			}
			t := r.pass(&r.roots, count/p, p, false)
			v.forwards = append(v.forwards, t)
			count /= p
		}
		v.forwards = append(v.forwards, r.rows(&r.roots, false))
	}
	return v
}

// parts returns into how many parts to go when so many layers are left, two or more: not so that one is left over.
func parts(layers int) int {
	if layers == 2 || layers == 4 {
		return 4
	}
	return 8
}

// rows returns the constants of the six layers within 64 values, 128 words for each 64 values: 7 pairs of registers for those within a
// register, whose places lie 8 values apart, once rows and places are exchanged; and 7 pairs of words, filled up to 16.
func (r *Ring) rows(f *Factor, backwards bool) table {
	t := table{groups: r.n / 64, parts: 64}
	for first := 0; first < r.n; first += 64 {
		var within []uint64
		for _, distance := range ordered(1, 4, backwards) {
			for start := first; start < first+8; start += 2 * distance {
				var w, quotient [8]uint64
				for place := range 8 {
					w[place], quotient[place] = r.pair(f, start+8*place, distance)
				}
				within = append(append(within, w[:]...), quotient[:]...)
			}
		}
		between := append(r.constants(f, 8, 32, first, backwards), 0, 0)
		if backwards {
			t.words = append(append(t.words, within...), between...)
		} else {
			t.words = append(append(t.words, between...), within...)
		}
	}
	return t
}

// pass returns the constants of two or three layers, for groups of so many parts.
func (r *Ring) pass(f *Factor, size, parts int, backwards bool) table {
	t := table{groups: r.n / (parts * size), size: size, parts: parts}
	for group := range t.groups {
		t.words = append(t.words, r.constants(f, size, size*parts/2, group*parts*size, backwards)...)
		t.words = append(t.words, 0, 0)
	}
	return t
}

// constants returns the constants of layers of all distances from least to most, for the group of twice that many values that begins
// with first.
func (r *Ring) constants(f *Factor, least, most, first int, backwards bool) (words []uint64) {
	for _, distance := range ordered(least, most, backwards) {
		for start := first; start < first+2*most; start += 2 * distance {
			w, quotient := r.pair(f, start, distance)
			words = append(words, w, quotient)
		}
	}
	return words
}

// pair returns the constant of the layer of a distance for the group that begins with start, and its quotient as the assembly takes it.
func (r *Ring) pair(f *Factor, start, distance int) (w, quotient uint64) {
	at := (r.n + start) / (2 * distance)
	if r.q < 1<<45 {
		return f.w[at], f.quotient[at] >> 12
	}
	return f.w[at], f.quotient[at]
}

// ordered returns the powers of two from least to most, upwards or downwards.
func ordered(least, most int, up bool) (distances []int) {
	for d := least; d <= most; d *= 2 {
		distances = append(distances, d)
	}
	if !up {
		slices.Reverse(distances)
	}
	return distances
}

func (r *Ring) forwardVector(p []uint64) bool {
	if r.forwards == nil {
		return false
	}
	_ = p[r.n-1]
	is45 := r.q < 1<<45
	for _, t := range r.forwards {
		switch words, groups, size := &t.words[0], uint64(t.groups), uint64(t.size); {
		case t.parts == 64 && is45:
			forward45Rows(&p[0], words, groups, r.q)
		case t.parts == 64:
			forward60Rows(&p[0], words, groups, r.q)
		case t.parts == 8 && is45:
			forward45Eight(&p[0], words, groups, size, r.q)
		case t.parts == 8:
			forward60Eight(&p[0], words, groups, size, r.q)
		case is45:
			forward45Four(&p[0], words, groups, size, r.q)
		default:
			forward60Four(&p[0], words, groups, size, r.q)
		}
	}
	return true
}

func (r *Ring) inverseVector(p []uint64) bool {
	if r.backwards == nil || r.q < 1<<45 {
		return false
	}
	_ = p[r.n-1]
	scale := [2]uint64{r.scale.w, r.scale.quotient}
	for _, t := range r.backwards {
		switch words, groups, size := &t.words[0], uint64(t.groups), uint64(t.size); {
		case t.parts == 64:
			inverse60Rows(&p[0], &scale[0], words, groups, r.q)
		case t.parts == 8 && groups > 1:
			inverse60Eight(&p[0], words, groups, size, r.q)
		case t.parts == 8:
			inverse60EightLast(&p[0], words, groups, size, r.q)
		case groups > 1:
			inverse60Four(&p[0], words, groups, size, r.q)
		default:
			inverse60FourLast(&p[0], words, groups, size, r.q)
		}
	}
	return true
}

func (r *Ring) inverseProductVector(p []uint64, f *Factor) bool {
	if r.backwards == nil || r.q >= 1<<45 {
		return r.inverseProductDouble(p, f)
	}
	_, _, _ = p[r.n-1], f.w[r.n-1], f.quotient[r.n-1]
	for _, t := range r.backwards {
		switch words, groups, size := &t.words[0], uint64(t.groups), uint64(t.size); {
		case t.parts == 64:
			inverse45Rows(&p[0], &f.w[0], &f.quotient[0], words, groups, r.q)
		case t.parts == 8 && groups > 1:
			inverse45Eight(&p[0], words, groups, size, r.q)
		case t.parts == 8:
			inverse45EightLast(&p[0], words, groups, size, r.q)
		case groups > 1:
			inverse45Four(&p[0], words, groups, size, r.q)
		default:
			inverse45FourLast(&p[0], words, groups, size, r.q)
		}
	}
	return true
}

// wideSum is a sum as the assembly has it: for every eight values eight sums of products of their lower 30 bits, eight of mixed
// products, eight of products of their upper 30 bits.
type wideSum struct {
	sums  []uint64
	terms int // since the sums were reduced
}

// wideTerms products fit: twice as many mixed ones, below 2^60 each.
const wideTerms = 8

func (r *Ring) newWideSum() *wideSum {
	if !useWide || r.q <= 1<<59 || r.n%8 != 0 {
		return nil
	}
	return &wideSum{sums: make([]uint64, 3*r.n)}
}

func (s *wideSum) reset() {
	clear(s.sums)
	s.terms = 0
}

func (s *wideSum) add(r *Ring, x, y []uint64) {
	if s.terms == wideTerms {
		s.reduce(r)
	}
	s.terms++
	_, _ = x[r.n-1], y[r.n-1]
	addProducts(&s.sums[0], &x[0], &y[0], uint64(r.n/8))
}

func (s *wideSum) reduce(r *Ring) {
	mixed, upper := r.constant(1<<30), r.constant(1<<60-r.q)
	table := [4]uint64{mixed.w, mixed.quotient, upper.w, upper.quotient}
	reduceProducts(&s.sums[0], &table[0], uint64(r.n/8), r.q)
	s.terms = 0
}

func (s *wideSum) values(r *Ring, dst []uint64) {
	s.reduce(r)
	for i := range dst {
		dst[i] = s.sums[i/8*24+i%8]
	}
}
