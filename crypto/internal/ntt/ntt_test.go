package ntt_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tuneinsight/lattigo/v5/ring"

	"sotto/crypto/internal/ntt"
)

// The primes of the protocol and the dimensions that they are used with.
var (
	encryption = []uint64{35184371138561, 35184370941953, 35184370352129, 35184370155521}
	hash       = []uint64{1152921504606748673}
	dimensions = []int{16, 32, 256, 512, 1024, 2048, 4096, 8192}
)

// forAll runs the test for every path, prime and dimension, with Lattigo's ring beside ours.
func forAll(t *testing.T, test func(t *testing.T, r *ntt.Ring, reference *ring.SubRing)) {
	for _, q := range slices.Concat(encryption, hash) {
		for _, n := range dimensions {
			reference, err := ring.NewRing(n, []uint64{q})
			if err != nil {
				t.Fatal(err)
			}
			for _, path := range ntt.Paths() {
				t.Run(fmt.Sprintf("q=%d/N=%d/%s", q, n, path.Name), func(t *testing.T) {
					defer path.Take()()
					test(t, ntt.New(n, q), reference.SubRings[0])
				})
			}
		}
	}
}

// inputs are polynomials at random and at the ends of what may come.
func inputs(n int, q uint64) map[string][]uint64 {
	rng := rand.New(rand.NewPCG(uint64(n), q))
	with := func(f func(i int) uint64) []uint64 {
		p := make([]uint64, n)
		for i := range p {
			p[i] = f(i)
		}
		return p
	}
	return map[string][]uint64{
		"random":      with(func(int) uint64 { return rng.Uint64N(q) }),
		"zero":        with(func(int) uint64 { return 0 }),
		"one":         with(func(int) uint64 { return 1 }),
		"largest":     with(func(int) uint64 { return q - 1 }),
		"equal":       with(func(int) uint64 { return q / 3 }),
		"alternating": with(func(i int) uint64 { return (q - 1) * uint64(i&1) }),
		"first":       with(func(i int) uint64 { return (q - 1) * uint64(1-min(i, 1)) }),
		"last":        with(func(i int) uint64 { return (q - 1) * uint64(i/(n-1)) }),
		"small":       with(func(int) uint64 { return rng.Uint64N(257) }),
		"ends":        with(func(int) uint64 { return (q - 1 + rng.Uint64N(2)) % q }),
	}
}

func TestTransformsAreLattigos(t *testing.T) {
	forAll(t, func(t *testing.T, r *ntt.Ring, reference *ring.SubRing) {
		for name, p := range inputs(r.N(), r.Q()) {
			want, got := make([]uint64, r.N()), slices.Clone(p)
			reference.NTT(p, want)
			r.Forward(got)
			if !slices.Equal(got, want) {
				t.Errorf("%s: another transform", name)
			}
			reference.INTT(p, want)
			got = slices.Clone(p)
			r.Inverse(got)
			if !slices.Equal(got, want) {
				t.Errorf("%s: another inverse", name)
			}
		}
	})
}

func TestInverseProductIsLattigos(t *testing.T) {
	forAll(t, func(t *testing.T, r *ntt.Ring, reference *ring.SubRing) {
		q := r.Q()
		for factorName, f := range inputs(r.N(), q) {
			for _, by := range []uint64{1, q - 1, q / 5} {
				factor := r.Factor(slices.Clone(f), by)
				for name, p := range inputs(r.N(), q) {
					want := make([]uint64, r.N())
					reference.MForm(p, want)
					reference.MulCoeffsMontgomery(want, f, want)
					reference.MulScalarMontgomery(want, ring.MForm(by, q, reference.BRedConstant), want)
					reference.INTT(want, want)
					got := slices.Clone(p)
					r.InverseProduct(got, factor)
					if !slices.Equal(got, want) {
						t.Fatalf("%s times %s times %d: another product", name, factorName, by)
					}
				}
				if by == 1 {
					factor.Wipe()
					got := slices.Clone(f)
					r.InverseProduct(got, factor)
					if !slices.Equal(got, make([]uint64, r.N())) {
						t.Errorf("%s: a wiped factor is not zero", factorName)
					}
				}
			}
			if r.N() > 512 {
				break // one factor at random
			}
		}
	})
}

func TestSumsOfProducts(t *testing.T) {
	forAll(t, func(t *testing.T, r *ntt.Ring, reference *ring.SubRing) {
		if r.N() > 2048 {
			t.Skip("nothing new")
		}
		sum := r.NewSum()
		for _, terms := range []int{0, 1, 7, 8, 9, 17, 300} {
			for _, kind := range []string{"random", "largest", "ends", "zero"} {
				x, y := inputs(r.N(), r.Q())[kind], inputs(r.N(), r.Q())["largest"]
				if kind == "random" {
					y = inputs(r.N(), r.Q())["ends"]
				}
				want := make([]uint64, r.N())
				m := make([]uint64, r.N())
				reference.MForm(x, m)
				sum.Reset()
				for range terms {
					sum.Add(x, y)
					reference.MulCoeffsMontgomeryThenAdd(m, y, want)
				}
				if !slices.Equal(sum.Values(), want) {
					t.Fatalf("%s: another sum of %d products", kind, terms)
				}
				sum.Add(x, y)
				reference.MulCoeffsMontgomeryThenAdd(m, y, want)
				if !slices.Equal(sum.Values(), want) {
					t.Fatalf("%s: another sum of one more than %d products", kind, terms)
				}
			}
		}
	})
}

func FuzzTransforms(f *testing.F) {
	f.Add(uint64(1), uint8(0))
	f.Fuzz(func(t *testing.T, seed uint64, which uint8) {
		qs := slices.Concat(encryption, hash)
		q, n := qs[int(which)%len(qs)], []int{256, 2048}[which>>7]
		rng := rand.New(rand.NewPCG(seed, 1))
		p, factor := make([]uint64, n), make([]uint64, n)
		for i := range p {
			p[i], factor[i] = rng.Uint64N(q), rng.Uint64N(q)
		}
		var want []uint64
		for _, path := range ntt.Paths() {
			back := path.Take()
			r := ntt.New(n, q)
			back()
			transform := slices.Clone(p)
			r.Forward(transform)
			inverse := slices.Clone(transform)
			r.Inverse(inverse)
			if !slices.Equal(inverse, p) {
				t.Errorf("%s: the inverse of the transform is another polynomial", path.Name)
			}
			product := slices.Clone(p)
			r.InverseProduct(product, r.Factor(slices.Clone(factor), 1))
			if got := slices.Concat(transform, product); want != nil && !slices.Equal(got, want) {
				t.Errorf("%s: other values than on the plain path", path.Name)
			} else {
				want = got
			}
		}
	})
}

func BenchmarkForward(b *testing.B) {
	for _, c := range []struct {
		n int
		q uint64
	}{{2048, encryption[0]}, {4096, encryption[0]}, {8192, encryption[0]}, {2048, hash[0]}} {
		b.Run(fmt.Sprintf("q=%d/N=%d", c.q, c.n), func(b *testing.B) {
			r, p := ntt.New(c.n, c.q), make([]uint64, c.n)
			for b.Loop() {
				r.Forward(p)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*c.n), "ns/coeff")
		})
	}
}

func BenchmarkInverseProduct(b *testing.B) {
	for _, n := range []int{2048, 4096, 8192} {
		b.Run(fmt.Sprintf("N=%d", n), func(b *testing.B) {
			r, p := ntt.New(n, encryption[0]), make([]uint64, n)
			f := r.Factor(make([]uint64, n), 1)
			for b.Loop() {
				r.InverseProduct(p, f)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/coeff")
		})
	}
}

func BenchmarkSum(b *testing.B) {
	r := ntt.New(2048, hash[0])
	sum, x := r.NewSum(), make([]uint64, 2048)
	for b.Loop() {
		sum.Add(x, x)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*2048), "ns/coeff")
}

// BenchmarkLattigo is what [BenchmarkForward] is to be compared with.
func BenchmarkLattigo(b *testing.B) {
	for _, c := range []struct {
		n int
		q uint64
	}{{2048, encryption[0]}, {4096, encryption[0]}, {8192, encryption[0]}, {2048, hash[0]}} {
		b.Run(fmt.Sprintf("q=%d/N=%d", c.q, c.n), func(b *testing.B) {
			r, err := ring.NewRing(c.n, []uint64{c.q})
			if err != nil {
				b.Fatal(err)
			}
			p := make([]uint64, c.n)
			for b.Loop() {
				r.SubRings[0].NTT(p, p)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*c.n), "ns/coeff")
		})
	}
}
