package sharing_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"sotto/crypto/sharing"
)

var committees = []int{4, 7, 10}

// The largest sums that the two fields hold.
const (
	mostSmall = (65521 - 1) / 2
	mostLarge = 1<<30 - 1
)

func newParams(t testing.TB, members int, most int64) sharing.Params {
	t.Helper()
	p, err := sharing.NewParams(members, most)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// all returns the parameters for every committee over both fields.
func all(t testing.TB) (ps []sharing.Params) {
	for _, n := range committees {
		ps = append(ps, newParams(t, n, mostSmall), newParams(t, n, mostLarge))
	}
	return ps
}

// key returns coefficients like those of a one-time key: small and of both signs.
func key(rng *rand.Rand, N int) []int32 {
	s := make([]int32, N)
	for i := range s {
		s[i] = rng.Int32N(257) - 128
	}
	return s
}

func split(t testing.TB, p sharing.Params, secret []int32) [][]uint32 {
	t.Helper()
	shares, err := sharing.Split(p, secret)
	if err != nil {
		t.Fatal(err)
	}
	return shares
}

// releases returns the members' shares as releases.
func releases(shares [][]uint32, members ...int) []sharing.Release {
	var rs []sharing.Release
	for _, m := range members {
		rs = append(rs, sharing.Release{Member: m, Values: shares[m-1]})
	}
	return rs
}

func everybody(p sharing.Params) []int {
	all := make([]int, p.Members())
	for i := range all {
		all[i] = i + 1
	}
	return all
}

// subsets returns all subsets of 1 … n of a size.
func subsets(n, size int) [][]int {
	var all [][]int
	for set := uint(0); set < 1<<n; set++ {
		var s []int
		for i := range n {
			if set&(1<<i) != 0 {
				s = append(s, i+1)
			}
		}
		if len(s) == size {
			all = append(all, s)
		}
	}
	return all
}

var errWrongSum = errors.New("not the sum")

// isSum returns the check that accepts exactly the sum that is wanted, as the residual noise does.
func isSum(want []int64) func([]int64) error {
	return func(S []int64) error {
		if !slices.Equal(S, want) {
			return errWrongSum
		}
		return nil
	}
}

func widen(s []int32) []int64 {
	w := make([]int64, len(s))
	for i, v := range s {
		w[i] = int64(v)
	}
	return w
}

func TestParams(t *testing.T) {
	// docs/protocol.md §4: the table.
	for _, row := range []struct {
		n                int
		most             int64
		f, rho, T, bytes int
	}{
		{4, mostSmall, 1, 2, 3, 4096}, {7, mostSmall, 2, 3, 5, 2732}, {10, mostSmall, 3, 4, 7, 2048},
		{4, mostLarge, 1, 2, 3, 7936}, {7, mostLarge, 2, 3, 5, 5294}, {10, mostLarge, 3, 4, 7, 3968},
	} {
		p := newParams(t, row.n, row.most)
		if p.Members() != row.n || p.F() != row.f || p.Rho() != row.rho || p.Quorum() != row.T {
			t.Errorf("n = %d: f, ρ, T are %d, %d, %d, want %d, %d, %d", row.n, p.F(), p.Rho(), p.Quorum(), row.f, row.rho, row.T)
		}
		if got := p.ShareBytes(4096); got != row.bytes {
			t.Errorf("n = %d: a share has %d bytes, want %d", row.n, got, row.bytes)
		}
		for j, share := range split(t, p, make([]int32, 4096)) {
			if got := len(sharing.EncodeShare(p, share)); got != row.bytes {
				t.Errorf("n = %d: the share of member %d has %d bytes, want %d", row.n, j+1, got, row.bytes)
			}
		}
	}
	for _, n := range []int{-1, 0, 1, 3, 5, 6, 8, 9, 11, 13} {
		if _, err := sharing.NewParams(n, mostSmall); err == nil {
			t.Errorf("a committee of %d members was accepted", n)
		}
	}
	for most, modulus := range map[int64]uint64{1: 65521, 128 * 255: 65521, mostSmall: 65521, mostSmall + 1: 1<<31 - 1, 128 * 256: 1<<31 - 1, mostLarge: 1<<31 - 1} {
		if got := newParams(t, 4, most).Modulus(); got != modulus {
			t.Errorf("sums of up to %d: a field of %d elements, want %d", most, got, modulus)
		}
	}
	for _, most := range []int64{math.MinInt64, -1, 0, mostLarge + 1, math.MaxInt64} {
		if _, err := sharing.NewParams(4, most); err == nil {
			t.Errorf("sums of up to %d were accepted", most)
		}
	}
}

func TestSplitRefusesLengths(t *testing.T) {
	p := newParams(t, 4, mostLarge)
	for _, N := range []int{0, sharing.MaxCoefficients + 1} {
		if _, err := sharing.Split(p, make([]int32, N)); err == nil {
			t.Errorf("a secret of %d coefficients was accepted", N)
		}
	}
}

func TestField(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, p := range []sharing.Params{newParams(t, 4, mostSmall), newParams(t, 4, mostLarge)} {
		modulus := p.Modulus()
		values := []uint64{0, 1, 2, modulus - 1, modulus, modulus + 1, 1 << 31, 1<<62 - 1, 1 << 62, math.MaxUint64 - 1, math.MaxUint64}
		for i := range uint64(66) {
			values = append(values, i<<31-1, i*modulus-1, i*modulus, math.MaxUint64/modulus*modulus-i*modulus, math.MaxUint64/modulus*modulus-i*modulus-1)
		}
		for range 100_000 {
			values = append(values, rng.Uint64()>>rng.UintN(64))
		}
		for _, v := range values {
			if got, want := p.Reduce(v), v%modulus; got != want {
				t.Fatalf("%d reduces to %d, want %d", v, got, want)
			}
		}
		half := modulus / 2
		for _, c := range []struct {
			x    uint64
			want int64
		}{{0, 0}, {1, 1}, {half, int64(half)}, {half + 1, -int64(half)}, {modulus - 1, -1}, {modulus - 128, -128}} {
			if got := p.Lift(c.x); got != c.want {
				t.Errorf("%d lifts to %d, want %d", c.x, got, c.want)
			}
		}
		prime := new(big.Int).SetUint64(modulus)
		if !prime.ProbablyPrime(0) {
			t.Errorf("%d is no prime", modulus)
		}
		for range 100 {
			x := rng.Uint64N(modulus-1) + 1
			want := new(big.Int).ModInverse(new(big.Int).SetUint64(x), prime)
			if got := p.Inverse(x); got != want.Uint64() {
				t.Fatalf("1/%d is %d, want %d", x, got, want)
			}
		}
		for length := 1; length <= 7; length++ {
			for _, largest := range []bool{true, false} {
				row, vec, want := make([]uint64, length), make([]uint64, length), new(big.Int)
				for i := range row {
					row[i], vec[i] = modulus-1, modulus-1
					if !largest {
						row[i], vec[i] = rng.Uint64N(modulus), rng.Uint64N(modulus)
					}
					want.Add(want, new(big.Int).Mul(new(big.Int).SetUint64(row[i]), new(big.Int).SetUint64(vec[i])))
				}
				if got := p.Dot(row, vec); got != want.Mod(want, prime).Uint64() {
					t.Errorf("%d·%d is %d, want %d", row, vec, got, want)
				}
			}
		}
	}
}

func TestAnyQuorumRebuilds(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	for _, p := range all(t) {
		n := p.Members()
		for _, N := range []int{1, 2, 5, 256, 2048, 4096, 8192} {
			secret := key(rng, N)
			secret[0], secret[N-1] = -128, 128
			shares := split(t, p, secret)
			for _, quorum := range subsets(n, p.Quorum()) {
				got, err := sharing.Combine(p, releases(shares, quorum...), N, 128, isSum(widen(secret)))
				if err != nil {
					t.Fatalf("n = %d, N = %d, members %v: %v", n, N, quorum, err)
				}
				if !slices.Equal(got.Used, quorum) || got.Disagreeing != nil || !slices.Equal(got.S, widen(secret)) {
					t.Fatalf("n = %d, N = %d: used %v, disagreeing %v, want %v and none", n, N, got.Used, got.Disagreeing, quorum)
				}
			}
			for _, few := range subsets(n, p.Quorum()-1)[:3] {
				_, err := sharing.Combine(p, releases(shares, few...), N, 128, isSum(widen(secret)))
				if !errors.Is(err, sharing.ErrTooFewReleases) {
					t.Fatalf("n = %d: members %v: got %v, want %v", n, few, err, sharing.ErrTooFewReleases)
				}
			}
		}
	}
}

// TestExtremeCoefficients takes a secret to both ends of what sums rebuild to.
func TestExtremeCoefficients(t *testing.T) {
	for _, p := range all(t) {
		n, most := p.Members(), p.Most()
		secret := []int32{int32(most), -int32(most), 0, 1, -1}
		_, err := sharing.Combine(p, releases(split(t, p, secret), everybody(p)...), len(secret), most, isSum(widen(secret)))
		if err != nil {
			t.Errorf("n = %d: %v", n, err)
		}
	}
}

// script plays field values as randomness.
type script struct {
	values []uint64
	bits   uint
}

func play(p sharing.Params, values []uint64) *script { return &script{values, p.ValueBits()} }

func (s *script) Uint64() uint64 {
	v := s.values[0]
	s.values = s.values[1:]
	return v << (64 - s.bits)
}

func rank(p sharing.Params, m [][]uint64) int {
	r := 0
	for c := 0; len(m) > 0 && c < len(m[0]); c++ {
		pivot := slices.IndexFunc(m[r:], func(row []uint64) bool { return row[c] != 0 })
		if pivot < 0 {
			continue
		}
		m[r], m[r+pivot] = m[r+pivot], m[r]
		inv := p.Inverse(m[r][c])
		for i := r + 1; i < len(m); i++ {
			by := p.Reduce(m[i][c] * inv)
			for k := range m[i] {
				m[i][k] = p.Reduce(m[i][k] + (p.Modulus()-by)*m[r][k])
			}
		}
		if r++; r == len(m) {
			break
		}
	}
	return r
}

// TestSharesOfFMembersRevealNothing shows that whatever the secret, the shares of any f members are uniform. They are the secret's
// part plus R·(random values), both linear, so they are uniform for every secret exactly if the f×f matrix R is invertible.
func TestSharesOfFMembersRevealNothing(t *testing.T) {
	for _, p := range all(t) {
		n := p.Members()
		// What Split does is linear and given by the deal matrix …
		secret := make([]int32, p.Rho())
		columns := make([][]uint64, p.F()) // columns[k][j]: member j+1's share if the randomness is the unit vector k
		for k := range columns {
			random := make([]uint64, p.F())
			random[k] = 1
			for _, share := range sharing.SplitWith(p, secret, play(p, random)) {
				columns[k] = append(columns[k], uint64(share[0]))
			}
		}
		deal := p.DealMatrix(p.F())
		for j, row := range deal {
			for k := range columns {
				if row[p.Rho()+k] != columns[k][j] {
					t.Fatalf("n = %d: random value %d reaches member %d as %d, want %d", n, k, j+1, columns[k][j], row[p.Rho()+k])
				}
			}
		}
		// … whose random part has full rank for any f members …
		if bad := dependent(deal, p, p.F()); len(bad) > 0 {
			t.Errorf("n = %d: members %v learn something", n, bad)
		}
		// … and would not with polynomials of one degree less, nor with one member more.
		if bad := dependent(p.DealMatrix(p.F()-1), p, p.F()); len(bad) == 0 {
			t.Errorf("n = %d: the test does not notice polynomials of degree %d", n, 2*p.F()-1)
		}
		if bad := dependent(deal, p, p.F()+1); len(bad) != len(subsets(n, p.F()+1)) {
			t.Errorf("n = %d: the test does not notice coalitions of %d", n, p.F()+1)
		}
	}
}

// dependent returns the coalitions of a size for which the random values don't make all shares independent and uniform.
func dependent(deal [][]uint64, p sharing.Params, size int) (bad [][]int) {
	for _, coalition := range subsets(p.Members(), size) {
		var R [][]uint64
		for _, j := range coalition {
			R = append(R, slices.Clone(deal[j-1][p.Rho():]))
		}
		if rank(p, R) < size {
			bad = append(bad, coalition)
		}
	}
	return bad
}

// TestSharesLookUniform is the coarse check that the randomness reaches the shares at all: χ² of the top four bits of every member's
// shares of the zero key. The limit is passed by chance once in more than 10^9 times.
func TestSharesLookUniform(t *testing.T) {
	const N, bins = 8192, 16
	for _, p := range all(t) {
		n := p.Members()
		for j, share := range split(t, p, make([]int32, N)) {
			var count [bins]float64
			for _, v := range share {
				count[v>>(p.ValueBits()-4)]++
			}
			chi, mean := 0.0, float64(len(share))/bins
			for _, c := range count {
				chi += (c - mean) * (c - mean) / mean
			}
			if chi > 75 {
				t.Errorf("n = %d, member %d: χ² = %.1f over %d bins, want at most 75", n, j+1, chi, bins)
			}
		}
	}
}

// TestLargestSums takes the largest sums there can be, at the end of the smaller field and beyond it.
func TestLargestSums(t *testing.T) {
	const N = 2048
	rng := rand.New(rand.NewPCG(3, 3))
	for _, p := range all(t) {
		n, K := p.Members(), 255
		if p.Most() == mostLarge {
			K = 1024
		}
		want := make([]int64, N)
		sums := make([][]uint32, n)
		for j := range sums {
			sums[j] = make([]uint32, p.Groups(N))
		}
		for range K {
			secret := key(rng, N)
			secret[0], secret[1] = 128, -128
			for i, s := range secret {
				want[i] += int64(s)
			}
			for j, share := range split(t, p, secret) {
				sharing.SumInto(p, sums[j], share)
			}
		}
		got, err := sharing.Combine(p, releases(sums, everybody(p)...), N, 128*int64(K), isSum(want))
		if err != nil {
			t.Fatalf("n = %d: %v", n, err)
		}
		if got.Disagreeing != nil {
			t.Errorf("n = %d: members %v disagree, want none", n, got.Disagreeing)
		}
	}
}

// TestSumBeyondTheField: one contribution more than the smaller field is for, and the sum comes out as another.
func TestSumBeyondTheField(t *testing.T) {
	for K, want := range map[int]int64{255: 32640, 256: 32768 - 65521} {
		p := newParams(t, 4, mostSmall)
		sums := split(t, p, []int32{128})
		for range K - 1 {
			for j, share := range split(t, p, []int32{128}) {
				sharing.SumInto(p, sums[j], share)
			}
		}
		if _, err := sharing.Combine(p, releases(sums, everybody(p)...), 1, mostSmall, isSum([]int64{want})); err != nil {
			t.Errorf("K = %d: %v, want the sum to lift to %d", K, err, want)
		}
	}
}

func TestSumIntoPanicsOnLengths(t *testing.T) {
	p := newParams(t, 4, mostSmall)
	defer func() {
		if recover() == nil {
			t.Error("shares of different lengths were added")
		}
	}()
	sharing.SumInto(p, make([]uint32, 2), make([]uint32, 3))
}

// lies are the ways in which the members named can spoil their releases.
var lies = map[string]func(p sharing.Params, rs []sharing.Release, liars []int, N int){
	"garbage": func(p sharing.Params, rs []sharing.Release, liars []int, N int) {
		rng := rand.New(rand.NewPCG(4, 4))
		for i := range rs {
			if slices.Contains(liars, rs[i].Member) {
				rs[i].Values = slices.Clone(rs[i].Values)
				for g := range rs[i].Values {
					rs[i].Values[g] = rng.Uint32N(uint32(p.Modulus()))
				}
			}
		}
	},
	"one value off by one": func(p sharing.Params, rs []sharing.Release, liars []int, N int) {
		for i := range rs {
			if slices.Contains(liars, rs[i].Member) {
				rs[i].Values = slices.Clone(rs[i].Values)
				last := len(rs[i].Values) - 1
				rs[i].Values[last] = uint32(p.Reduce(uint64(rs[i].Values[last]) + 1))
			}
		}
	},
	"another sum, shared consistently": func(p sharing.Params, rs []sharing.Release, liars []int, N int) {
		other := make([]int32, N)
		other[0] = 1
		shares, err := sharing.Split(p, other)
		if err != nil {
			panic(err)
		}
		for i := range rs {
			if slices.Contains(liars, rs[i].Member) {
				rs[i].Values = slices.Clone(rs[i].Values)
				sharing.SumInto(p, rs[i].Values, shares[rs[i].Member-1])
			}
		}
	},
}

func TestUpToFWrongReleasesAreCorrectedAndNamed(t *testing.T) {
	const N = 61 // not a multiple of any ρ
	rng := rand.New(rand.NewPCG(5, 5))
	for name, lie := range lies {
		for _, p := range all(t) {
			n := p.Members()
			secret := key(rng, N)
			shares := split(t, p, secret)
			for wrong := 1; wrong <= p.F(); wrong++ {
				for _, liars := range subsets(n, wrong) {
					rs := releases(shares, everybody(p)...)
					lie(p, rs, liars, N)
					rng.Shuffle(len(rs), func(i, j int) { rs[i], rs[j] = rs[j], rs[i] })
					checks := 0
					got, err := sharing.Combine(p, rs, N, 128, func(S []int64) error { checks++; return isSum(widen(secret))(S) })
					if err != nil {
						t.Fatalf("%s, n = %d, members %v lie: %v", name, n, liars, err)
					}
					if !slices.Equal(got.Disagreeing, liars) {
						t.Fatalf("%s, n = %d: members %v disagree, want %v", name, n, got.Disagreeing, liars)
					}
					if !slices.Equal(got.S, widen(secret)) || len(got.Used) != p.Quorum() || checks > 120 {
						t.Fatalf("%s, n = %d: used %v after %d checks", name, n, got.Used, checks)
					}
				}
			}
		}
	}
}

// TestWrongSumPassesWithoutTheCheck shows that it is the check that finds wrong releases: nothing else in Combine could.
func TestWrongSumPassesWithoutTheCheck(t *testing.T) {
	const N = 61
	for _, p := range all(t) {
		n := p.Members()
		secret := make([]int32, N)
		rs := releases(split(t, p, secret), everybody(p)...)[:p.Quorum()]
		lies["another sum, shared consistently"](p, rs, everybody(p)[:p.Quorum()], N)
		got, err := sharing.Combine(p, rs, N, 128, func([]int64) error { return nil })
		if err != nil || slices.Equal(got.S, widen(secret)) {
			t.Errorf("n = %d: got %v and the right sum, want a wrong sum", n, err)
		}
	}
}

func TestMissingAndWrongReleasesTogether(t *testing.T) {
	const N = 64
	rng := rand.New(rand.NewPCG(6, 6))
	for _, p := range all(t) {
		n := p.Members()
		secret := key(rng, N)
		shares := split(t, p, secret)
		for wrong := 1; wrong <= p.F(); wrong++ {
			for down := range p.F() - wrong + 1 {
				rs := releases(shares, everybody(p)[:n-down]...)
				liars := everybody(p)[:wrong]
				lies["garbage"](p, rs, liars, N)
				got, err := sharing.Combine(p, rs, N, 128, isSum(widen(secret)))
				if err != nil {
					t.Fatalf("n = %d, %d wrong, %d missing: %v", n, wrong, down, err)
				}
				if !slices.Equal(got.Disagreeing, liars) {
					t.Errorf("n = %d: members %v disagree, want %v", n, got.Disagreeing, liars)
				}
			}
		}
	}
}

func TestMoreThanFWrongReleasesAreNotAccepted(t *testing.T) {
	const N = 61
	rng := rand.New(rand.NewPCG(7, 7))
	for name, lie := range lies {
		for _, p := range all(t) {
			n := p.Members()
			secret := key(rng, N)
			shares := split(t, p, secret)
			for wrong := p.F() + 1; wrong <= n; wrong += p.F() {
				liars := rng.Perm(n)[:wrong]
				for i := range liars {
					liars[i]++
				}
				rs := releases(shares, everybody(p)...)
				lie(p, rs, liars, N)
				checks := 0
				// The bound is wide, so that wrong sums reach the check.
				_, err := sharing.Combine(p, rs, N, p.Most(), func(S []int64) error { checks++; return isSum(widen(secret))(S) })
				if !errors.Is(err, sharing.ErrNodeFailed) {
					t.Fatalf("%s, n = %d, members %v lie: got %v, want %v", name, n, liars, err, sharing.ErrNodeFailed)
				}
				if checks > 120 || (checks > 0) != errors.Is(err, errWrongSum) {
					t.Errorf("%s, n = %d: %d checks, error %v", name, n, checks, err)
				}
			}
		}
	}
}

// TestAgreeingReleasesAreCheckedOnce: when all releases lie on one polynomial there is nothing to try.
func TestAgreeingReleasesAreCheckedOnce(t *testing.T) {
	const N = 64
	for _, p := range all(t) {
		n := p.Members()
		shares := split(t, p, key(rand.New(rand.NewPCG(8, 8)), N))
		checks := 0
		_, err := sharing.Combine(p, releases(shares, everybody(p)...), N, 128, func([]int64) error { checks++; return errWrongSum })
		if !errors.Is(err, sharing.ErrNodeFailed) || !errors.Is(err, errWrongSum) {
			t.Errorf("n = %d: got %v, want %v wrapping the check's error", n, err, sharing.ErrNodeFailed)
		}
		if checks != 1 {
			t.Errorf("n = %d: %d checks, want 1", n, checks)
		}
	}
}

// TestInconsistentDealer: a contributor deals one honest member a wrong share. The sum still opens, and the honest member disagrees,
// which is why a disagreement is no evidence.
func TestInconsistentDealer(t *testing.T) {
	const N = 64
	for _, p := range all(t) {
		n := p.Members()
		honest, spoiled := key(rand.New(rand.NewPCG(9, 9)), N), key(rand.New(rand.NewPCG(10, 10)), N)
		sums, second := split(t, p, honest), split(t, p, spoiled)
		second[1][3] ^= 1
		want := widen(honest)
		for i, s := range spoiled {
			want[i] += int64(s)
		}
		for j := range sums {
			sharing.SumInto(p, sums[j], second[j])
		}
		got, err := sharing.Combine(p, releases(sums, everybody(p)...), N, 2*128, isSum(want))
		if err != nil || !slices.Equal(got.Disagreeing, []int{2}) {
			t.Errorf("n = %d: members %v disagree, error %v, want member 2 and none", n, got.Disagreeing, err)
		}
	}
}

func TestBoundAndPadding(t *testing.T) {
	accept := func([]int64) error { return nil }
	for _, p := range all(t) {
		n := p.Members()
		shares := split(t, p, []int32{3, -128, 129})
		rs := releases(shares, everybody(p)...)
		if _, err := sharing.Combine(p, rs, 3, 129, accept); err != nil {
			t.Errorf("n = %d: a sum at the bound: %v", n, err)
		}
		if _, err := sharing.Combine(p, rs, 3, 128, accept); !errors.Is(err, sharing.ErrNodeFailed) || !strings.Contains(err.Error(), "is 129") {
			t.Errorf("n = %d: a coefficient above the bound: got %v", n, err)
		}
		// A contributor that shares one coefficient too many, where the padding should be zero.
		shares = split(t, p, append(make([]int32, 3*p.Rho()-1), 1))
		rs = releases(shares, everybody(p)...)
		if _, err := sharing.Combine(p, rs, 3*p.Rho()-1, 128, accept); !errors.Is(err, sharing.ErrNodeFailed) || !strings.Contains(err.Error(), "padding") {
			t.Errorf("n = %d: nonzero padding: got %v", n, err)
		}
	}
}

func TestCombineRefusals(t *testing.T) {
	const N = 8
	p := newParams(t, 4, mostLarge)
	shares := split(t, p, make([]int32, N))
	accept := func([]int64) error { return nil }
	large := slices.Clone(shares[2])
	large[1] = 1<<31 - 1
	for _, c := range []struct {
		rule   string
		third  sharing.Release
		member int
	}{
		{"duplicate member", sharing.Release{Member: 2, Values: shares[1]}, 2},
		{"member zero", sharing.Release{Member: 0, Values: shares[2]}, 0},
		{"member above n", sharing.Release{Member: 5, Values: shares[2]}, 5},
		{"negative member", sharing.Release{Member: -1, Values: shares[2]}, -1},
		{"short release", sharing.Release{Member: 3, Values: shares[2][1:]}, 3},
		{"long release", sharing.Release{Member: 3, Values: append(slices.Clone(shares[2]), 0)}, 3},
		{"empty release", sharing.Release{Member: 3}, 3},
		{"value that is not a field element", sharing.Release{Member: 3, Values: large}, 3},
	} {
		_, err := sharing.Combine(p, append(releases(shares, 1, 2), c.third), N, 128, accept)
		var release *sharing.ReleaseError
		if !errors.As(err, &release) || release.Member != c.member {
			t.Errorf("%s: got %v, want it to name member %d", c.rule, err, c.member)
		}
	}
	for _, bound := range []int64{-1, 1 << 30, mostSmall + 1} {
		p := p
		if bound == mostSmall+1 {
			p = newParams(t, 4, mostSmall)
		}
		if _, err := sharing.Combine(p, releases(shares, 1, 2, 3), N, bound, accept); err == nil {
			t.Errorf("a bound of %d was accepted", bound)
		}
	}
	for _, N := range []int{-1, 0, sharing.MaxCoefficients + 1} {
		if _, err := sharing.Combine(p, releases(shares, 1, 2, 3), N, 128, accept); err == nil {
			t.Errorf("%d coefficients were accepted", N)
		}
	}
	if _, err := sharing.Combine(p, nil, N, 128, accept); !errors.Is(err, sharing.ErrTooFewReleases) {
		t.Errorf("no releases: got %v, want %v", err, sharing.ErrTooFewReleases)
	}
}

func TestDecodeShareRefusals(t *testing.T) {
	for _, p := range all(t) {
		n := p.Members()
		N := 5*p.Rho() - 1
		good := sharing.EncodeShare(p, split(t, p, make([]int32, N))[n-1])
		if _, err := sharing.DecodeShare(p, good, N); err != nil {
			t.Fatal(err)
		}
		padded := slices.Clone(good)
		padded[len(padded)-1] |= 0x80
		bad := map[string]struct {
			encoded []byte
			N       int
		}{
			"truncated":            {good[1:], N},
			"extended":             {append(slices.Clone(good), 0), N},
			"empty":                {nil, N},
			"a value of p":         {sharing.EncodeShare(p, []uint32{0, uint32(p.Modulus()), 0, 0, 0}), N},
			"no coefficients":      {nil, 0},
			"fewer than none":      {nil, -5},
			"too many to allocate": {nil, math.MaxInt},
		}
		if p.ValueBits()%8 != 0 {
			bad["padding bits set"] = struct {
				encoded []byte
				N       int
			}{padded, N}
		}
		for rule, c := range bad {
			if _, err := sharing.DecodeShare(p, c.encoded, c.N); err == nil {
				t.Errorf("n = %d: %s: accepted", n, rule)
			}
		}
	}
}

func FuzzDecodeShare(f *testing.F) {
	small, large := newParams(f, 4, mostSmall), newParams(f, 4, mostLarge)
	f.Add(sharing.EncodeShare(large, []uint32{1, 2, 3}), uint8(6), false)
	f.Add(sharing.EncodeShare(large, []uint32{1, 1<<31 - 1}), uint8(4), false)
	f.Add(sharing.EncodeShare(small, []uint32{1, 65520}), uint8(4), true)
	f.Add(sharing.EncodeShare(small, []uint32{1, 65521}), uint8(4), true)
	f.Fuzz(func(t *testing.T, encoded []byte, N uint8, ofSmall bool) {
		p := large
		if ofSmall {
			p = small
		}
		values, err := sharing.DecodeShare(p, encoded, int(N))
		if err != nil {
			return
		}
		if again := sharing.EncodeShare(p, values); !bytes.Equal(again, encoded) {
			t.Fatalf("accepted %x re-encodes to %x", encoded, again)
		}
	})
}

// FuzzCombine: whatever members release, Combine doesn't panic, and accepts only what the check accepts.
func FuzzCombine(f *testing.F) {
	const N = 4
	small, large := newParams(f, 4, mostSmall), newParams(f, 4, mostLarge)
	f.Add([]byte{1, 2, 3, 4}, []byte{0, 0, 0, 0, 0, 0, 0, 0}, false)
	f.Add([]byte{1, 2, 3, 4}, []byte{0, 0, 0, 0, 0, 0, 0, 0}, true)
	f.Fuzz(func(t *testing.T, members, values []byte, ofSmall bool) {
		p := large
		if ofSmall {
			p = small
		}
		var rs []sharing.Release
		for i, m := range members {
			r := sharing.Release{Member: int(int8(m))}
			for g := range min(max(0, len(values)-i*2), 2) {
				r.Values = append(r.Values, uint32(values[i*2+g])*0x01010101)
			}
			rs = append(rs, r)
		}
		zero := make([]int64, N)
		if got, err := sharing.Combine(p, rs, N, 128, isSum(zero)); err == nil && !slices.Equal(got.S, zero) {
			t.Fatalf("accepted %v", got.S)
		}
	})
}

func BenchmarkSplit(b *testing.B) {
	for _, p := range all(b) {
		b.Run(fmt.Sprintf("n=%d/bits=%d/N=4096", p.Members(), p.ValueBits()), func(b *testing.B) {
			secret := make([]int32, 4096)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := sharing.Split(p, secret); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSumInto(b *testing.B) {
	p := newParams(b, 4, mostSmall)
	acc, share := make([]uint32, 2048), make([]uint32, 2048)
	b.ReportAllocs()
	for b.Loop() {
		sharing.SumInto(p, acc, share)
	}
}

func BenchmarkDecodeShare(b *testing.B) {
	p := newParams(b, 4, mostLarge)
	encoded := make([]byte, p.ShareBytes(4096))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := sharing.DecodeShare(p, encoded, 4096); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCombine measures the good case and the worst: f liars that come first.
func BenchmarkCombine(b *testing.B) {
	for _, p := range all(b) {
		for _, liars := range []int{0, p.F()} {
			b.Run(fmt.Sprintf("n=%d/bits=%d/N=4096/liars=%d", p.Members(), p.ValueBits(), liars), func(b *testing.B) {
				secret := make([]int32, 4096)
				rs := releases(split(b, p, secret), everybody(p)...)
				lies["one value off by one"](p, rs, everybody(p)[:liars], 4096)
				b.ReportAllocs()
				for b.Loop() {
					if _, err := sharing.Combine(p, rs, 4096, p.Most(), isSum(widen(secret))); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
