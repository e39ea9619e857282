package ringsis_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"sotto/crypto/internal/bitpack"
	"sotto/crypto/ringsis"
)

// newParams returns the fewest digits, and the narrowest, for sums of up to 45 bits.
func newParams(t testing.TB, wireBits, kMax int) ringsis.Params {
	t.Helper()
	return fewestDigits(t, wireBits, kMax, 45)
}

// newSmall returns the fewest digits, and the narrowest, for the smaller ring.
func newSmall(t testing.TB, wireBits, kMax int) ringsis.Params {
	t.Helper()
	p := fewestDigits(t, wireBits, kMax, 17)
	if p.N() != 512 {
		t.Fatalf("p = %d, K_max = %d: a ring of dimension %d, want 512", wireBits, kMax, p.N())
	}
	return p
}

func fewestDigits(t testing.TB, wireBits, kMax, sumBits int) ringsis.Params {
	t.Helper()
	most := sumBits - bits.Len(uint(kMax-1))
	digits := (wireBits + most - 1) / most
	p, err := ringsis.NewParams(wireBits, kMax, (wireBits+digits-1)/digits, digits)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var testBeacon = [32]byte{1, 2, 3}

func newKey(t testing.TB, p ringsis.Params, coefficients int) *ringsis.Key {
	t.Helper()
	k, err := ringsis.NewKey(testBeacon, p, coefficients)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// ciphertext returns a packed ciphertext of random coefficients.
func ciphertext(rng *rand.Rand, p ringsis.Params, coefficients int) []byte {
	n := p.PackedBytes(coefficients)
	var c []byte
	for len(c) < n {
		c = binary.LittleEndian.AppendUint64(c, rng.Uint64())
	}
	c = c[:n]
	if used := coefficients * p.WireBits() % 8; used != 0 {
		c[len(c)-1] &= 1<<used - 1
	}
	return c
}

func sumPacked(t testing.TB, k *ringsis.Key, packed []byte) *ringsis.Hash {
	t.Helper()
	h, err := k.SumPacked(packed)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func sumDigits(t testing.TB, k *ringsis.Key, digits []uint64) *ringsis.Hash {
	t.Helper()
	h, err := k.SumDigits(digits)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestParams(t *testing.T) {
	for _, c := range []struct{ wireBits, kMax, v, D int }{
		{86, 1 << 7, 29, 3},   // 45−7 = 38 bits at most: three digits, of 29, 29 and 28 bits
		{86, 1 << 10, 29, 3},  // 35
		{41, 1 << 7, 21, 2},   // 38
		{30, 1, 30, 1},        // one digit
		{45, 1, 45, 1},        // the widest digit
		{46, 1, 23, 2},        // just too wide for one
		{176, 1 << 17, 26, 7}, // 28
		{174, 1 << 7, 35, 5},
		{1, 1 << 17, 1, 1},
		{86, 129, 29, 3},
	} {
		p := newParams(t, c.wireBits, c.kMax)
		if p.DigitBits() != c.v || p.Digits() != c.D {
			t.Errorf("p = %d, K_max = %d: v = %d, D = %d, want %d and %d", c.wireBits, c.kMax, p.DigitBits(), p.Digits(), c.v, c.D)
		}
	}
	for wireBits := 1; wireBits <= ringsis.MaxWireBits; wireBits++ {
		for _, kMax := range []int{1, 2, 3, 127, 128, 129, 1024, 1 << 14, 1<<17 - 1, 1 << 17} {
			p, err := ringsis.Plan(wireBits, kMax, ringsis.MaxCoefficients)
			if err != nil || p != newParams(t, wireBits, kMax) {
				t.Fatalf("p = %d, K_max = %d: planned for a large ciphertext: %+v, %v", wireBits, kMax, p, err)
			}
			if most := uint64(kMax) * (1<<p.DigitBits() - 1); most>>p.SumBits() != 0 || p.SumBits() > 45 {
				t.Fatalf("p = %d, K_max = %d: sums up to %d in %d bits", wireBits, kMax, most, p.SumBits())
			}
		}
	}
}

func TestParamsRefusals(t *testing.T) {
	for _, c := range []struct {
		rule                         string
		wireBits, kMax, digitBits, D int
		anyDigits                    bool // refused whatever the digits
	}{
		{"no wire bits", 0, 128, 1, 0, true},
		{"negative wire bits", -1, 128, 1, 1, true},
		{"too many wire bits", 177, 128, 36, 5, true},
		{"no contributors", 86, 0, 29, 3, true},
		{"negative contributors", 86, math.MinInt, 29, 3, true},
		{"too many contributors", 86, 1<<17 + 1, 22, 4, true},
		{"digits of 39 bits for 128", 86, 128, 39, 3, false},
		{"digits of 38 bits for 129", 86, 129, 38, 3, false},
		{"no digit bits", 86, 128, 0, 3, false},
		{"negative digit bits", 86, 128, -29, 3, false},
		{"a digit too few", 86, 128, 29, 2, false},
		{"a digit too many", 86, 128, 29, 4, false},
		{"no digits", 86, 128, 29, 0, false},
	} {
		if _, err := ringsis.NewParams(c.wireBits, c.kMax, c.digitBits, c.D); err == nil {
			t.Errorf("%s: accepted", c.rule)
		}
		if _, err := ringsis.Plan(c.wireBits, c.kMax, 1); c.anyDigits && err == nil {
			t.Errorf("%s: planned", c.rule)
		}
	}
	p := newParams(t, 86, 128)
	for _, coefficients := range []int{math.MinInt, -1, 0, ringsis.MaxCoefficients + 1, math.MaxInt} {
		if _, err := ringsis.NewKey(testBeacon, p, coefficients); err == nil {
			t.Errorf("a key for %d coefficients was made", coefficients)
		}
		if _, err := ringsis.Plan(86, 128, coefficients); err == nil {
			t.Errorf("digits for %d coefficients were planned", coefficients)
		}
		if _, err := p.DecodeSums(nil, coefficients); err == nil {
			t.Errorf("sums of %d coefficients were decoded", coefficients)
		}
	}
	if _, err := ringsis.NewKey(testBeacon, ringsis.Params{}, 1); err == nil {
		t.Error("a key for unset parameters was made")
	}
}

// TestTransform pins the order and the root of the transform, in which the key is defined, against the formula.
func TestTransform(t *testing.T) {
	for N, want := range map[int]uint64{512: 854976487287660276, 2048: 450403267947766299} {
		if psi(N) != want {
			t.Errorf("N = %d: ψ is %d, want the value in the protocol, %d", N, psi(N), want)
		}
		x := make([]uint64, N)
		x[1] = 1
		table := powers(psi(N), 2*N)
		for j, v := range ringsis.Transform(x) {
			if want := table[exponent(N, j)]; v != want {
				t.Fatalf("N = %d: value %d of the transform of X is %d, want %d", N, j, v, want)
			}
		}
	}
}

// TestAgainstReference compares with the multiplication of polynomials over big integers, for one block and for more.
func TestAgainstReference(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, c := range []struct {
		params                       func(testing.TB, int, int) ringsis.Params
		wireBits, kMax, coefficients int
	}{
		{newParams, 30, 1024, 1}, {newParams, 41, 128, 2048}, {newParams, 86, 1024, 2049}, {newParams, 176, 1 << 17, 100},
		{newSmall, 30, 128, 1}, {newSmall, 30, 128, 1025}, {newSmall, 41, 1024, 512}, {newSmall, 176, 255, 513}, {newSmall, 3, 1 << 16, 100},
	} {
		p := c.params(t, c.wireBits, c.kMax)
		k := newKey(t, p, c.coefficients)
		packed := ciphertext(rng, p, c.coefficients)
		digits := referenceDigits(packed, p, c.coefficients)
		want := referenceHash(p.N(), testBeacon, p.Digits(), digits)
		if got := sumPacked(t, k, packed); !slices.Equal(got.Coefficients(), want) {
			t.Errorf("p = %d, %d coefficients: the hash differs from the reference", c.wireBits, c.coefficients)
		}
		if got := sumDigits(t, k, digits); !slices.Equal(got.Coefficients(), want) {
			t.Errorf("p = %d, %d coefficients: the hash of the digits differs from the reference", c.wireBits, c.coefficients)
		}
	}
}

// TestLargestDigits takes the arithmetic to its ends: digit sums of Q−1 in all places.
func TestLargestDigits(t *testing.T) {
	for _, p := range []ringsis.Params{newParams(t, 30, 128), newSmall(t, 30, 128)} {
		k := newKey(t, p, p.N())
		digits := slices.Repeat([]uint64{ringsis.Q - 1}, p.N()*p.Digits())
		minusOne := sumDigits(t, k, digits)
		for i := range digits {
			digits[i] = 1
		}
		one := sumDigits(t, k, digits)
		one.Add(minusOne)
		if !one.Equal(new(ringsis.Hash)) {
			t.Errorf("N = %d: h(1) + h(−1) is not zero", p.N())
		}
	}
}

func TestKeyPolynomial(t *testing.T) {
	for _, p := range []ringsis.Params{newParams(t, 86, 128), newSmall(t, 86, 128)} {
		k := newKey(t, p, 1)
		for _, x := range []uint32{0, 1, 2, 255, 256, math.MaxUint32} {
			if !slices.Equal(k.KeyPolynomial(x), referenceKey(p.N(), testBeacon, x)) {
				t.Errorf("N = %d: key polynomial %d differs from the reference", p.N(), x)
			}
		}
	}
}

// TestLinearity is a node's check, at K = 128 and 1,024: the hash of the digit sums is the sum of the hashes, and not if a
// contribution is changed, missing or added, or a sum is altered.
func TestLinearity(t *testing.T) {
	const compared = 40 // coefficients, 430 bytes, that are also added up as big integers
	rng := rand.New(rand.NewPCG(2, 2))
	for _, c := range []struct {
		params          func(testing.TB, int, int) ringsis.Params
		K, coefficients int
	}{{newParams, 128, 2051}, {newParams, 1024, 307}, {newSmall, 128, 515}, {newSmall, 1024, 77}} {
		K, coefficients := c.K, c.coefficients
		p := c.params(t, 86, K)
		k := newKey(t, p, coefficients)
		acc := make([]uint64, coefficients*p.Digits())
		want := make([]*big.Int, compared)
		for y := range want {
			want[y] = new(big.Int)
		}
		var sum ringsis.Hash
		var last []byte
		for range K {
			last = ciphertext(rng, p, coefficients)
			if err := p.AddDigits(acc, last); err != nil {
				t.Fatal(err)
			}
			sum.Add(sumPacked(t, k, last))
			for y, c := range unpack(last[:p.PackedBytes(compared)], p.WireBits(), compared) {
				want[y].Add(want[y], c)
			}
		}
		if err := p.CheckRange(acc, K); err != nil {
			t.Errorf("K = %d: %v", K, err)
		}
		if got := sumDigits(t, k, acc); !got.Equal(&sum) {
			t.Errorf("K = %d: the hash of the sums is not the sum of the hashes", K)
		}
		recomposed, err := p.Recompose(acc)
		if err != nil {
			t.Fatal(err)
		}
		for y, c := range unpack(recomposed[:p.PackedBytes(compared)], p.WireBits(), compared) {
			if w := new(big.Int).Mod(want[y], new(big.Int).Lsh(big.NewInt(1), 86)); c.Cmp(w) != 0 {
				t.Fatalf("K = %d: coefficient %d of the sum is %v, want %v", K, y, c, w)
			}
		}

		differs := func(rule string, change func(acc []uint64, sum *ringsis.Hash)) {
			t.Helper()
			acc, sum := slices.Clone(acc), sum
			change(acc, &sum)
			if sumDigits(t, k, acc).Equal(&sum) {
				t.Errorf("K = %d: %s: the hashes are equal", K, rule)
			}
		}
		add := func(acc []uint64, packed []byte) {
			if err := p.AddDigits(acc, packed); err != nil {
				t.Fatal(err)
			}
		}
		other := ciphertext(rng, p, coefficients)
		differs("contribution missing from the list", func(acc []uint64, sum *ringsis.Hash) { add(acc, other) })
		differs("contribution missing from the sum", func(acc []uint64, sum *ringsis.Hash) { sum.Add(sumPacked(t, k, other)) })
		differs("contribution counted twice", func(acc []uint64, sum *ringsis.Hash) { add(acc, last) })
		differs("one bit of a contribution changed", func(acc []uint64, sum *ringsis.Hash) {
			changed := slices.Clone(other)
			changed[len(changed)/2] ^= 4
			add(acc, changed)
			sum.Add(sumPacked(t, k, other))
		})
		differs("a sum altered by one", func(acc []uint64, sum *ringsis.Hash) { acc[len(acc)-1]++ })
		differs("a carry moved to the next digit", func(acc []uint64, sum *ringsis.Hash) {
			acc[0] -= 1 << p.DigitBits() // the same sum of ciphertexts
			acc[1]++
		})
		differs("two sums exchanged", func(acc []uint64, sum *ringsis.Hash) { acc[0], acc[p.Digits()] = acc[p.Digits()], acc[0] })
	}
}

// TestHashDependsOnItsPlace: equal digits in different polynomials, blocks, beacons don't hash alike.
func TestHashDependsOnItsPlace(t *testing.T) {
	p := newParams(t, 86, 128)
	coefficients := 2 * p.N()
	k := newKey(t, p, coefficients)
	for _, p := range []ringsis.Params{p, newSmall(t, 30, 128)} {
		N, k := p.N(), newKey(t, p, 2*p.N())
		seen := map[string]int{}
		for _, place := range []int{0, 1, 2, 3, N * 3, N*3 + 1} {
			digits := make([]uint64, 2*N*3)
			digits[place] = 1
			h := string(sumDigits(t, k, digits).Bytes())
			if other, ok := seen[h]; ok {
				t.Errorf("N = %d: digits %d and %d hash alike", N, place, other)
			}
			seen[h] = place
		}
	}
	other, err := ringsis.NewKey([32]byte{9}, p, coefficients)
	if err != nil {
		t.Fatal(err)
	}
	packed := ciphertext(rand.New(rand.NewPCG(3, 3)), p, coefficients)
	if sumPacked(t, k, packed).Equal(sumPacked(t, other, packed)) {
		t.Error("two beacons give one hash")
	}
}

// TestRangeCheck forges sums: without the range check, b_0·b_1 − b_1·b_0 = 0 is a collision.
func TestRangeCheck(t *testing.T) {
	const K = 128
	for _, p := range []ringsis.Params{newParams(t, 86, K), newSmall(t, 30, K)} {
		testRangeCheck(t, p, K)
	}
}

func testRangeCheck(t *testing.T, p ringsis.Params, K int) {
	N := p.N()
	k := newKey(t, p, N)
	honest := make([]uint64, N*3)
	if err := p.AddDigits(honest, ciphertext(rand.New(rand.NewPCG(4, 4)), p, N)); err != nil {
		t.Fatal(err)
	}
	b0, b1 := untransform(k.KeyPolynomial(0)), untransform(k.KeyPolynomial(1))
	forged := slices.Clone(honest)
	for j := range N {
		forged[j*3] = (forged[j*3] + b1[j]) % ringsis.Q
		forged[j*3+1] = (forged[j*3+1] + ringsis.Q - b0[j]) % ringsis.Q
	}
	if !sumDigits(t, k, forged).Equal(sumDigits(t, k, honest)) {
		t.Error("the forgery does not hash like what it replaces")
	}
	if err := p.CheckRange(honest, 1); err != nil {
		t.Errorf("honest sums: %v", err)
	}
	if err := p.CheckRange(forged, K); err == nil {
		t.Error("forged sums are in range")
	}

	ones, err := p.Recompose([]uint64{1<<p.DigitBits() - 1, 1<<p.DigitBits() - 1, 1<<(p.WireBits()-2*p.DigitBits()) - 1})
	if err != nil {
		t.Fatal(err)
	}
	sums := make([]uint64, 3)
	for range K {
		if err := p.AddDigits(sums, ones); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.CheckRange(sums, K); err != nil {
		t.Errorf("the largest sums: %v", err)
	}
	if err := p.CheckRange(sums, K-1); err == nil {
		t.Error("the largest sums pass for one contribution less")
	}
	for i := range sums {
		sums[i]++
		if err := p.CheckRange(sums, K); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("digit sum %d of coefficient 0", i)) {
			t.Errorf("digit %d one above the largest sum: got %v", i, err)
		}
		sums[i]--
	}
	for _, K := range []int{-1, 0, K + 1} {
		if err := p.CheckRange(make([]uint64, 3), K); err == nil {
			t.Errorf("sums of %d contributions are in range", K)
		}
	}
	if err := p.CheckRange(make([]uint64, 4), K); err == nil {
		t.Error("a coefficient without its last digits is in range")
	}
}

// TestDigitsAreTheSameOnEachPath compares with the reference, for coefficients of all widths and at the end of memory.
func TestDigitsAreTheSameOnEachPath(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 11))
	for wireBits := 1; wireBits <= ringsis.MaxWireBits; wireBits++ {
		for _, p := range []ringsis.Params{
			newParams(t, wireBits, 1), newParams(t, wireBits, 128), newParams(t, wireBits, 1<<17),
			newSmall(t, wireBits, 1), newSmall(t, wireBits, 128), newSmall(t, wireBits, 1024),
		} {
			kMax := p.KMax()
			coefficients := 1 + rng.IntN(100)
			packed := slices.Clip(ciphertext(rng, p, coefficients))
			want := referenceDigits(packed, p, coefficients)
			for _, path := range ringsis.Paths() {
				back := path.Take()
				got := make([]uint64, len(want))
				for i := range got {
					got[i] = uint64(i)
				}
				if err := p.AddDigits(got, packed); err != nil {
					t.Fatal(err)
				}
				for i := range got {
					got[i] -= uint64(i)
				}
				if !slices.Equal(got, want) {
					t.Fatalf("%s: p = %d, K_max = %d, %d coefficients: other digits are added", path.Name, wireBits, kMax, coefficients)
				}
				for i := range p.Digits() {
					for y, d := range p.Digit(packed, coefficients, i) {
						if d != want[y*p.Digits()+i] {
							t.Fatalf("%s: p = %d, K_max = %d: digit %d of coefficient %d is %d, want %d", path.Name, wireBits, kMax, i, y, d, want[y*p.Digits()+i])
						}
					}
				}
				back()
			}
		}
	}
}

// TestRecompose compares digit sums with sums of the coefficients mod 2^p.
func TestRecompose(t *testing.T) {
	const coefficients = 37
	rng := rand.New(rand.NewPCG(5, 5))
	for _, wireBits := range []int{1, 7, 30, 41, 63, 64, 65, 86, 127, 128, 129, 173, 176} {
		for _, p := range []ringsis.Params{newParams(t, wireBits, 1), newParams(t, wireBits, 128), newParams(t, wireBits, 1<<17), newSmall(t, wireBits, 128)} {
			kMax := p.KMax()
			modulus := new(big.Int).Lsh(big.NewInt(1), uint(wireBits))
			acc := make([]uint64, coefficients*p.Digits())
			want := make([]*big.Int, coefficients)
			for y := range want {
				want[y] = new(big.Int)
			}
			for range min(kMax, 20) {
				packed := ciphertext(rng, p, coefficients)
				if err := p.AddDigits(acc, packed); err != nil {
					t.Fatal(err)
				}
				for y, c := range unpack(packed, wireBits, coefficients) {
					want[y].Mod(want[y].Add(want[y], c), modulus)
				}
			}
			got, err := p.Recompose(acc)
			if err != nil || !bytes.Equal(got, repack(want, wireBits)) {
				t.Fatalf("p = %d, K_max = %d: not the sum of the ciphertexts, error %v", wireBits, kMax, err)
			}

			// Any sums, as large as they can be.
			for x := range acc {
				acc[x] = rng.Uint64() | 1<<63
			}
			for i := range p.Digits() {
				acc[i] = math.MaxUint64 // a carry into it overflows
			}
			for y := range want {
				want[y].SetInt64(0)
				for i := p.Digits() - 1; i >= 0; i-- {
					want[y].Lsh(want[y], uint(p.DigitBits()))
					want[y].Add(want[y], new(big.Int).SetUint64(acc[y*p.Digits()+i]))
				}
				want[y].Mod(want[y], modulus)
			}
			got, err = p.Recompose(acc)
			if err != nil || !bytes.Equal(got, repack(want, wireBits)) {
				t.Fatalf("p = %d, K_max = %d: wrong for large sums, error %v", wireBits, kMax, err)
			}
		}
	}
	if _, err := newParams(t, 86, 128).Recompose(make([]uint64, 4)); err == nil {
		t.Error("a coefficient without its last digits was recomposed")
	}
}

func TestAddDigitsInChunks(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	for _, wireBits := range []int{1, 41, 86, 176} {
		for _, coefficients := range []int{1, 7, 8, 9, 16, 61} {
			p := newParams(t, wireBits, 128)
			packed := ciphertext(rng, p, coefficients)
			want := referenceDigits(packed, p, coefficients)
			for _, step := range []int{8, 16, 24, 64} {
				acc := make([]uint64, len(want))
				for first := 0; first < coefficients; first += step {
					from := first / 8 * wireBits
					to := min(from+step/8*wireBits, len(packed))
					if err := p.AddDigitsAt(acc, first, packed[from:to]); err != nil {
						t.Fatalf("p = %d, coefficients %d to %d of %d: %v", wireBits, first, first+step, coefficients, err)
					}
				}
				if !slices.Equal(acc, want) {
					t.Fatalf("p = %d, %d coefficients in chunks of %d: wrong digits", wireBits, coefficients, step)
				}
			}
		}
	}
}

func TestAddDigitsRefusals(t *testing.T) {
	p := newParams(t, 41, 128)
	const coefficients = 19 // 98 bytes, of which the last has five bits of padding
	packed := ciphertext(rand.New(rand.NewPCG(7, 7)), p, coefficients)
	padded := slices.Clone(packed)
	padded[len(padded)-1] |= 0x80
	acc := make([]uint64, coefficients*p.Digits())
	for rule, err := range map[string]error{
		"truncated":                   p.AddDigits(acc, packed[1:]),
		"extended":                    p.AddDigits(acc, append(slices.Clone(packed), 0)),
		"empty":                       p.AddDigits(acc, nil),
		"padding bits set":            p.AddDigits(acc, padded),
		"no accumulators":             p.AddDigits(nil, nil),
		"half a coefficient":          p.AddDigits(acc[:3], packed[:6]),
		"chunk not at a byte":         p.AddDigitsAt(acc, 4, packed[:41]),
		"chunk before the first":      p.AddDigitsAt(acc, -8, packed[:41]),
		"chunk after the last":        p.AddDigitsAt(acc, 24, packed[:41]),
		"chunk far after the last":    p.AddDigitsAt(acc, math.MaxInt-7, packed[:41]),
		"chunk that ends in a byte":   p.AddDigitsAt(acc, 0, packed[:40]),
		"empty chunk":                 p.AddDigitsAt(acc, 8, nil),
		"chunk longer than the rest":  p.AddDigitsAt(acc, 16, packed[:41]),
		"last chunk, padding not nil": p.AddDigitsAt(acc, 16, padded[82:]),
	} {
		if err == nil {
			t.Errorf("%s: accepted", rule)
		}
	}
	if !slices.Equal(acc, make([]uint64, len(acc))) {
		t.Error("what was refused was added nevertheless")
	}
	k := newKey(t, p, coefficients)
	for rule, bad := range map[string][]byte{"truncated": packed[1:], "extended": append(slices.Clone(packed), 0), "empty": nil} {
		if _, err := k.SumPacked(bad); err == nil {
			t.Errorf("hash: %s: accepted", rule)
		}
	}
	if _, err := k.SumPacked(padded); !errors.Is(err, bitpack.ErrPadding) {
		t.Errorf("hash: padding bits set: got %v, want %v", err, bitpack.ErrPadding)
	}
	for rule, bad := range map[string][]uint64{
		"a digit missing":  acc[1:],
		"a digit too many": append(slices.Clone(acc), 0),
		"a digit of Q":     append(slices.Clone(acc[1:]), ringsis.Q),
	} {
		if _, err := k.SumDigits(bad); err == nil {
			t.Errorf("hash of digits: %s: accepted", rule)
		}
	}
}

func TestHashEncoding(t *testing.T) {
	for want, p := range map[int]ringsis.Params{15360: newParams(t, 41, 128), 3840: newSmall(t, 41, 128)} {
		testHashEncoding(t, p, want)
	}
	large, small := newParams(t, 41, 128), newSmall(t, 41, 128)
	for _, p := range []ringsis.Params{large, small} {
		if _, err := p.ParseHash(make([]byte, large.HashBytes()+small.HashBytes()-p.HashBytes())); err == nil {
			t.Errorf("N = %d: a hash of the other ring was accepted", p.N())
		}
	}
	var nothing ringsis.Hash
	if len(nothing.Bytes()) != 0 {
		t.Errorf("the hash of nothing has %d bytes, want none", len(nothing.Bytes()))
	}
	defer func() {
		if recover() == nil {
			t.Error("hashes of different rings were added")
		}
	}()
	of := func(p ringsis.Params) *ringsis.Hash { return sumDigits(t, newKey(t, p, 1), make([]uint64, p.Digits())) }
	of(large).Add(of(small))
}

func testHashEncoding(t *testing.T, p ringsis.Params, size int) {
	N := p.N()
	h := sumPacked(t, newKey(t, p, 8), ciphertext(rand.New(rand.NewPCG(8, 8)), p, 8))
	b := h.Bytes()
	if len(b) != size || p.HashBytes() != size {
		t.Fatalf("N = %d: a hash has %d bytes, want %d", N, len(b), size)
	}
	again, err := p.ParseHash(b)
	if err != nil || !again.Equal(h) {
		t.Fatalf("the hash does not come back: %v", err)
	}
	last := bitpack.Append(nil, append(make([]uint64, N-1), ringsis.Q-1), 60)
	if _, err := p.ParseHash(last); err != nil {
		t.Errorf("a coefficient of Q−1: %v", err)
	}
	for rule, bad := range map[string][]byte{
		"truncated":                b[1:],
		"extended":                 append(slices.Clone(b), 0),
		"empty":                    nil,
		"first coefficient is Q":   bitpack.Append(nil, append([]uint64{ringsis.Q}, make([]uint64, N-1)...), 60),
		"last coefficient is 2^60": bitpack.Append(nil, append(make([]uint64, N-1), 1<<60-1), 60),
	} {
		if _, err := p.ParseHash(bad); err == nil {
			t.Errorf("%s: accepted", rule)
		}
	}
	var twice ringsis.Hash
	twice.Add(h)
	if !twice.Equal(h) {
		t.Error("0 + h is not h")
	}
	twice.Add(h)
	for j, c := range h.Coefficients() {
		if got, want := twice.Coefficients()[j], c*2%ringsis.Q; got != want {
			t.Fatalf("coefficient %d of h + h is %d, want %d", j, got, want)
		}
	}
}

func TestSumsEncoding(t *testing.T) {
	const coefficients = 11
	rng := rand.New(rand.NewPCG(9, 9))
	for _, c := range []struct {
		params         func(testing.TB, int, int) ringsis.Params
		wireBits, kMax int
	}{{newParams, 1, 1}, {newParams, 41, 128}, {newParams, 86, 1000}, {newParams, 176, 1 << 17}, {newSmall, 30, 128}, {newSmall, 34, 1000}} {
		p := c.params(t, c.wireBits, c.kMax)
		sums := make([]uint64, coefficients*p.Digits())
		for x := range sums {
			sums[x] = rng.Uint64N(uint64(c.kMax)*(1<<p.DigitBits()-1) + 1)
		}
		sums[0] = uint64(c.kMax) * (1<<p.DigitBits() - 1)
		encoded, err := p.EncodeSums(sums)
		if err != nil || len(encoded) != p.SumsBytes(coefficients) {
			t.Fatalf("p = %d: %d bytes, error %v, want %d", c.wireBits, len(encoded), err, p.SumsBytes(coefficients))
		}
		again, err := p.DecodeSums(encoded, coefficients)
		if err != nil || !slices.Equal(again, sums) {
			t.Fatalf("p = %d: the sums do not come back: %v", c.wireBits, err)
		}
		padded := slices.Clone(encoded)
		padded[len(padded)-1] |= 0x80
		bad := map[string][]byte{"truncated": encoded[1:], "extended": append(slices.Clone(encoded), 0), "empty": nil}
		if len(sums)*p.SumBits()%8 != 0 {
			bad["padding bits set"] = padded
		}
		for rule, b := range bad {
			if _, err := p.DecodeSums(b, coefficients); err == nil {
				t.Errorf("p = %d: %s: accepted", c.wireBits, rule)
			}
		}
		sums[1] = 1 << p.SumBits()
		if _, err := p.EncodeSums(sums); err == nil {
			t.Errorf("p = %d: a sum of %d bits was encoded", c.wireBits, p.SumBits()+1)
		}
	}
}

func TestKeyIsSafeForConcurrentUse(t *testing.T) {
	p := newParams(t, 86, 128)
	k := newKey(t, p, 100)
	packed := ciphertext(rand.New(rand.NewPCG(10, 10)), p, 100)
	want := sumPacked(t, k, packed)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if got, err := k.SumPacked(packed); err != nil || !got.Equal(want) {
				t.Errorf("another hash, error %v", err)
			}
		})
	}
	wg.Wait()
}

func FuzzParseHash(f *testing.F) {
	large, small := newParams(f, 30, 128), newSmall(f, 30, 128)
	for _, p := range []ringsis.Params{large, small} {
		f.Add(make([]byte, p.HashBytes()), p == small)
		f.Add(bitpack.Append(nil, append([]uint64{ringsis.Q}, make([]uint64, p.N()-1)...), 60), p == small)
	}
	f.Fuzz(func(t *testing.T, b []byte, ofSmall bool) {
		p := large
		if ofSmall {
			p = small
		}
		h, err := p.ParseHash(b)
		if err == nil && !bytes.Equal(h.Bytes(), b) {
			t.Fatal("an accepted hash re-encodes to other bytes")
		}
	})
}

func FuzzDecodeSums(f *testing.F) {
	f.Add(make([]byte, 14), uint8(86), uint8(7), uint8(1))
	f.Add([]byte{1, 2, 3, 4, 5}, uint8(30), uint8(10), uint8(1))
	f.Add([]byte{1, 2, 3, 4, 5, 6, 0}, uint8(30), uint8(7), uint8(1))
	f.Fuzz(func(t *testing.T, b []byte, wireBits, logK, coefficients uint8) {
		p, err := ringsis.Plan(int(wireBits), 1<<(logK%18), max(1, int(coefficients)))
		if err != nil {
			return
		}
		sums, err := p.DecodeSums(b, int(coefficients))
		if err != nil {
			return
		}
		if again, err := p.EncodeSums(sums); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("accepted %x re-encodes to %x, error %v", b, again, err)
		}
	})
}

// FuzzAddDigitsAt: an accepted ciphertext recomposes to itself, whatever it is cut into.
func FuzzAddDigitsAt(f *testing.F) {
	f.Add(make([]byte, 11), uint8(86), uint8(1), uint8(0))
	f.Add(make([]byte, 100), uint8(41), uint8(19), uint8(8))
	f.Fuzz(func(t *testing.T, packed []byte, wireBits, coefficients, cut uint8) {
		p, err := ringsis.Plan(int(wireBits), 128, max(1, int(coefficients)))
		if err != nil {
			return
		}
		acc := make([]uint64, int(coefficients)*p.Digits())
		if p.AddDigits(acc, packed) != nil {
			return
		}
		if again, err := p.Recompose(acc); err != nil || !bytes.Equal(again, packed) {
			t.Fatalf("accepted %x recomposes to %x, error %v", packed, again, err)
		}
		chunked := make([]uint64, len(acc))
		at := min(len(packed), int(cut)/8*p.WireBits())
		if at > 0 {
			err = p.AddDigitsAt(chunked, 0, packed[:at])
		}
		if err == nil && at < len(packed) {
			err = p.AddDigitsAt(chunked, int(cut)/8*8, packed[at:])
		}
		if err != nil || !slices.Equal(chunked, acc) {
			t.Fatalf("cut at byte %d: other digits, error %v", at, err)
		}
	})
}

// A size is a ciphertext of 10,000 or of 1,000,000 parameters of 16 bits, with the digits that are planned for it.
type size struct {
	set                          string
	wireBits, kMax, coefficients int
}

var sizes = []size{{"A45", 30, 128, 10_000}, {"B90", 76, 128, 333_334}, {"C180", 168, 128, 142_858}}

func (s size) params(t testing.TB) ringsis.Params {
	p, err := ringsis.Plan(s.wireBits, s.kMax, s.coefficients)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func BenchmarkSumPacked(b *testing.B) {
	for _, c := range sizes {
		b.Run(c.set, func(b *testing.B) {
			p := c.params(b)
			k, packed := newKey(b, p, c.coefficients), make([]byte, p.PackedBytes(c.coefficients))
			b.SetBytes(int64(len(packed)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := k.SumPacked(packed); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAddDigits(b *testing.B) {
	for _, c := range sizes {
		b.Run(c.set, func(b *testing.B) {
			p := c.params(b)
			acc, packed := make([]uint64, c.coefficients*p.Digits()), make([]byte, p.PackedBytes(c.coefficients))
			b.SetBytes(int64(len(packed)))
			b.ReportAllocs()
			for b.Loop() {
				if err := p.AddDigits(acc, packed); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkRecompose(b *testing.B) {
	p := newParams(b, 86, 128)
	acc := make([]uint64, 4096*p.Digits())
	b.SetBytes(int64(p.PackedBytes(4096)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Recompose(acc); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseHash(b *testing.B) {
	p := newParams(b, 30, 128)
	encoded := make([]byte, p.HashBytes())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.ParseHash(encoded); err != nil {
			b.Fatal(err)
		}
	}
}
