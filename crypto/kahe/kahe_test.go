package kahe_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"sotto/crypto/kahe"
)

var allSets = []kahe.Set{kahe.A45, kahe.B90, kahe.C180}

// A cohort is a sum of contributions, what went into it, and its key sum.
type cohort struct {
	params     kahe.Params
	beacon     [32]byte
	parameters int
	sum        []byte
	keySum     []int64
	want       []uint64
}

// newCohort encrypts what fill makes for contributors 0, 1, … and adds the ciphertexts up.
func newCohort(tb testing.TB, params kahe.Params, parameters, contributors int, fill func(i int, values []uint32)) *cohort {
	tb.Helper()
	c := &cohort{
		params: params, beacon: [32]byte{1, 2, 3}, parameters: parameters,
		sum:    make([]byte, params.CiphertextBytes(parameters)),
		keySum: make([]int64, params.N()),
		want:   make([]uint64, parameters),
	}
	for i := range contributors {
		c.contribute(tb, func(values []uint32) { fill(i, values) })
	}
	return c
}

func (c *cohort) contribute(tb testing.TB, fill func(values []uint32)) {
	tb.Helper()
	values := make([]uint32, c.parameters)
	fill(values)
	secret, err := kahe.NewSecret(c.params)
	if err != nil {
		tb.Fatal(err)
	}
	packed, err := kahe.Encrypt(c.params, c.beacon, secret, values)
	if err != nil {
		tb.Fatal(err)
	}
	if err := kahe.Check(c.params, c.parameters, packed); err != nil {
		tb.Fatal(err)
	}
	if err := kahe.Add(c.params, c.sum, packed); err != nil {
		tb.Fatal(err)
	}
	for x, s := range secret.Coefficients() {
		c.keySum[x] += int64(s)
	}
	secret.Wipe()
	for j, u := range values {
		c.want[j] += uint64(u)
	}
}

func (c *cohort) open(contributors int) ([]uint64, kahe.Residual, error) {
	return kahe.Open(c.params, c.beacon, c.keySum, c.sum, c.parameters, contributors)
}

func random(bits int) func(int, []uint32) {
	return func(_ int, values []uint32) {
		for j := range values {
			values[j] = rand.Uint32() >> (32 - bits)
		}
	}
}

func TestSumsOpenExactly(t *testing.T) {
	const valueBits = 16
	for _, set := range allSets {
		for _, contributors := range []int{128, 1024} {
			t.Run(fmt.Sprintf("%v/%d", set, contributors), func(t *testing.T) {
				t.Parallel()
				params := mostSlots(t, set, valueBits, contributors)
				// A full block and a short one whose last coefficient is not full, or a good part of a block.
				parameters := params.BlockParameters() + 5*params.Slots() + 1
				if contributors == 1024 {
					parameters = params.BlockParameters()/3 + 1
				}
				quarter := parameters / 4
				randomly := random(valueBits)
				c := newCohort(t, params, parameters, contributors, func(i int, values []uint32) {
					values[i%quarter] = 1
					randomly(i, values[quarter:2*quarter])
					// The third quarter is zero, the last one as large as can be.
					for j := 3 * quarter; j < parameters; j++ {
						values[j] = 1<<valueBits - 1
					}
				})
				got, residual, err := c.open(contributors)
				if err != nil {
					t.Fatal(err)
				}
				for j := range got {
					if got[j] != c.want[j] {
						t.Fatalf("sum of parameter %d is %d, want %d", j, got[j], c.want[j])
					}
				}
				if len(got) != parameters || residual.Used != params.Coefficients(parameters) {
					t.Errorf("%d sums, %d used coefficients, want %d and %d", len(got), residual.Used, parameters, params.Coefficients(parameters))
				}
			})
		}
	}
}

func TestNoiseHasTheVarianceOfTheFormulaAndNoBias(t *testing.T) {
	const contributors, coefficients = 128, 1 << 15
	// Equal messages would add up their rounding errors, were these not random.
	kinds := []struct {
		name string
		fill func(int, []uint32)
	}{
		{"random", random(16)},
		{"one", func(_ int, values []uint32) {
			for j := range values {
				values[j] = 1
			}
		}},
		{"largest", func(_ int, values []uint32) {
			for j := range values {
				values[j] = 1<<16 - 1
			}
		}},
	}
	for _, set := range allSets {
		fewest := mostSlots(t, set, 16, contributors)
		// The most wire bits leave most of the encryption's noise: d = log2 q − p = 5.
		lit := fewest.Literal()
		lit.WireBits = kahe.MaxWireBits(fewest)
		most, err := kahe.NewParams(lit)
		if err != nil {
			t.Fatal(err)
		}
		for _, params := range []kahe.Params{fewest, most} {
			for _, kind := range kinds {
				if kind.name != "random" && (set != kahe.B90 || params != most) {
					continue
				}
				t.Run(fmt.Sprintf("%v/p=%d/%s", set, params.WireBits(), kind.name), func(t *testing.T) {
					t.Parallel()
					c := newCohort(t, params, coefficients*params.Slots(), contributors, kind.fill)
					_, residual, err := c.open(contributors)
					if err != nil {
						t.Fatal(err)
					}
					q, _ := new(big.Float).SetInt(kahe.Modulus(params)).Float64()
					variance := contributors * (64*math.Pow(math.Exp2(float64(params.WireBits()))/q, 2) + 1./12)
					squares, _ := residual.SumSquares.Float64()
					if got := squares / coefficients; math.Abs(got/variance-1) > 0.05 {
						t.Errorf("variance %.3f, want %.3f", got, variance)
					}
					mean := float64(residual.Sum) / coefficients
					if limit := 5 * math.Sqrt(variance/coefficients); math.Abs(mean) > limit {
						t.Errorf("mean %.4f, want at most %.4f", mean, limit)
					}
				})
			}
		}
	}
}

func TestWhatDoesNotBelongTogetherFails(t *testing.T) {
	const contributors = 128
	for _, set := range allSets {
		params := mostSlots(t, set, 16, contributors)
		t.Run(set.String(), func(t *testing.T) {
			c := newCohort(t, params, 1000*params.Slots(), contributors, random(16))
			if _, _, err := c.open(contributors); err != nil {
				t.Fatal(err)
			}
			flip := func(c *cohort, bit int) { c.sum[bit/8] ^= 1 << (bit % 8) }
			for _, test := range []struct {
				name         string
				contributors int
				change       func(c *cohort)
				want         error
			}{
				{"key sum of others", contributors, func(c *cohort) {
					for x := range c.keySum {
						c.keySum[x] = rand.Int64N(181) - 90
					}
				}, kahe.ErrNoise},
				{"key sum of zeros", contributors, func(c *cohort) { clear(c.keySum) }, kahe.ErrNoise},
				{"key sum wrong by one in one coefficient", contributors, func(c *cohort) { c.keySum[params.N()-1]++ }, kahe.ErrNoise},
				{"key sum too large", contributors, func(c *cohort) { c.keySum[7] = 128*contributors + 1 }, kahe.ErrKeySum},
				{"key sum too small", contributors, func(c *cohort) { c.keySum[7] = math.MinInt64 }, kahe.ErrKeySum},
				{"another beacon", contributors, func(c *cohort) { c.beacon[31] ^= 1 }, kahe.ErrNoise},
				{"far fewer contributions than there are", contributors / 4, func(*cohort) {}, kahe.ErrNoise},
				{"a contribution whose secret is not in the key sum", contributors, func(c *cohort) {
					values, secret := make([]uint32, c.parameters), newSecret(t, params)
					packed, err := kahe.Encrypt(params, c.beacon, secret, values)
					if err != nil {
						t.Fatal(err)
					}
					kahe.Add(params, c.sum, packed)
				}, kahe.ErrNoise},
				{"a contribution of garbage", contributors, func(c *cohort) {
					garbage := make([]byte, len(c.sum)) // whole bytes: 1000·p is a multiple of 8
					for i := range garbage {
						garbage[i] = byte(rand.Uint32())
					}
					if err := kahe.Add(params, c.sum, garbage); err != nil {
						t.Fatal(err)
					}
				}, kahe.ErrNoise},
				{"a bit below the lowest slot flipped in every coefficient", contributors, func(c *cohort) {
					for x := range 1000 {
						flip(c, x*params.WireBits()+params.GuardBits()-1)
					}
				}, kahe.ErrNoise},
				{"coefficients moved", contributors, func(c *cohort) {
					copy(c.sum, c.sum[len(c.sum)/2:])
				}, kahe.ErrNoise},
			} {
				changed := *c
				changed.sum, changed.keySum = bytes.Clone(c.sum), append([]int64(nil), c.keySum...)
				test.change(&changed)
				sums, residual, err := changed.open(test.contributors)
				if !errors.Is(err, test.want) || sums != nil {
					t.Errorf("%s: got error %v, want %v", test.name, err, test.want)
				}
				if errors.Is(err, kahe.ErrNoise) && residual.SumSquares.Cmp(residual.Bound) <= 0 {
					t.Errorf("%s: residual %v is within its bound %v", test.name, residual.SumSquares, residual.Bound)
				}
			}
		})
	}
}

// A change to whole slots is beyond the residual noise. What finds it is the homomorphic hash.
func TestNoiseCheckDoesNotSeeWholeSlots(t *testing.T) {
	params := mostSlots(t, kahe.B90, 16, 128)
	c := newCohort(t, params, 1000*params.Slots(), 16, random(16))
	bit := 500*params.WireBits() + params.GuardBits() + params.SlotWidth() // lowest bit of slot 1 of coefficient 500
	was := c.sum[bit/8] >> (bit % 8) & 1
	c.sum[bit/8] ^= 1 << (bit % 8)
	got, _, err := c.open(16)
	if err != nil {
		t.Fatal(err)
	}
	for j, want := range c.want {
		if j == 500*params.Slots()+1 {
			// The mask hides which way the bit went, the sum tells.
			want += 1 - 2*uint64(was)
		}
		if got[j] != want {
			t.Fatalf("sum of parameter %d is %d, want %d", j, got[j], want)
		}
	}
}

func TestUnusedSlotsMustBeZero(t *testing.T) {
	for _, set := range allSets {
		params := mostSlots(t, set, 8, 128)
		c := newCohort(t, params, 1000*params.Slots(), 128, random(8))
		c.parameters-- // the last of the values is in a slot that nobody should have used
		if sums, _, err := c.open(128); !errors.Is(err, kahe.ErrUnusedSlot) || sums != nil {
			t.Errorf("%v: got error %v, want %v", set, err, kahe.ErrUnusedSlot)
		}
	}
}

func TestOpenIsLenientEnoughForFewCoefficientsAndContributions(t *testing.T) {
	for _, set := range append(allSets, kahe.TestInsecure) {
		params := mostSlots(t, set, 8, 128)
		for _, contributors := range []int{1, 2, 3} {
			for _, parameters := range []int{1, 2, 24, 500, 3000} {
				c := newCohort(t, params, parameters, contributors, random(8))
				got, residual, err := c.open(contributors)
				if err != nil {
					t.Errorf("%v, %d parameters, %d contributions: %v", set, parameters, contributors, err)
					continue
				}
				for j := range got {
					if got[j] != c.want[j] {
						t.Fatalf("%v: sum of parameter %d is %d, want %d", set, j, got[j], c.want[j])
					}
				}
				// 2·M·(K·(σ²/4^d + 1/12) + 1/12), from enough coefficients on.
				q := new(big.Rat).SetInt(kahe.Modulus(params))
				scale := new(big.Rat).Quo(new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(8), uint(params.WireBits()))), q)
				bound := new(big.Rat).Add(scale.Mul(scale, scale), big.NewRat(1, 12))
				bound.Mul(bound, big.NewRat(int64(contributors), 1)).Add(bound, big.NewRat(1, 12))
				bound.Mul(bound, big.NewRat(2*int64(residual.Used), 1))
				up := new(big.Int).Quo(new(big.Int).Add(bound.Num(), new(big.Int).Sub(bound.Denom(), big.NewInt(1))), bound.Denom())
				if got := residual.Bound.Cmp(up); residual.Used >= 336 && got != 0 || got < 0 {
					t.Errorf("%v, %d coefficients: bound %v, formula %v", set, residual.Used, residual.Bound, up)
				}
			}
		}
	}
}

func TestOpenRefusesMalformedArguments(t *testing.T) {
	params := mostSlots(t, kahe.A45, 8, 128)
	size := params.CiphertextBytes(10)
	key := make([]int64, params.N())
	for _, test := range []struct {
		name                     string
		params                   kahe.Params
		key                      []int64
		sum                      []byte
		parameters, contributors int
		want                     string
	}{
		{"short key sum", params, key[1:], make([]byte, size), 10, 2, "key sum has 2047 coefficients, want 2048"},
		{"no key sum", params, nil, make([]byte, size), 10, 2, "key sum has 0 coefficients, want 2048"},
		{"truncated", params, key, make([]byte, size-1), 10, 2, "ciphertext has 23 bytes, want 24"},
		{"trailing byte", params, key, make([]byte, size+1), 10, 2, "ciphertext has 25 bytes, want 24"},
		{"padding", params, key, append(make([]byte, size-1), 0x80), 10, 2, "padding bits are not zero"},
		{"no parameters", params, key, nil, 0, 2, "0 model parameters, want 1 to 2147483648"},
		{"negative", params, key, nil, -1, 2, "-1 model parameters"},
		{"too many", params, key, nil, 1<<31 + 1, 2, "2147483649 model parameters"},
		{"absurdly many", params, key, nil, math.MaxInt, 2, "9223372036854775807 model parameters"},
		{"no contributions", params, key, make([]byte, size), 10, 0, "sum of 0 contributions, want 1 to 128"},
		{"too many contributions", params, key, make([]byte, size), 10, 129, "sum of 129 contributions, want 1 to 128"},
		{"zero Params", kahe.Params{}, key, make([]byte, size), 10, 2, "not made by NewParams"},
	} {
		if _, _, err := kahe.Open(test.params, [32]byte{}, test.key, test.sum, test.parameters, test.contributors); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got error %v, want %q", test.name, err, test.want)
		}
	}
}

func TestEncryptRefuses(t *testing.T) {
	params := mostSlots(t, kahe.A45, 8, 128)
	other := mostSlots(t, kahe.B90, 8, 128)
	for _, test := range []struct {
		name   string
		params kahe.Params
		secret *kahe.Secret
		values []uint32
		want   string
	}{
		{"no values", params, newSecret(t, params), nil, "0 model parameters"},
		{"value too large", params, newSecret(t, params), []uint32{255, 256}, "block 0 has a value of more than 8 bits"},
		{"value far too large", params, newSecret(t, params), []uint32{math.MaxUint32}, "block 0 has a value of more than 8 bits"},
		{"secret of another set", params, newSecret(t, other), []uint32{1}, "secret was made for set B90, want set A45"},
		{"zero Params", kahe.Params{}, newSecret(t, params), []uint32{1}, "not made by NewParams"},
	} {
		if _, err := kahe.Encrypt(test.params, [32]byte{}, test.secret, test.values); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got error %v, want %q", test.name, err, test.want)
		}
	}
}

func TestAddRefuses(t *testing.T) {
	params := mostSlots(t, kahe.A45, 8, 128) // p = 37
	good := make([]byte, params.CiphertextBytes(10))
	for _, test := range []struct {
		name     string
		params   kahe.Params
		dst, src []byte
	}{
		{"lengths differ", params, bytes.Clone(good), make([]byte, params.CiphertextBytes(30))},
		{"no whole coefficients", params, make([]byte, 6), make([]byte, 6)},
		{"padding of dst", params, bytes.Repeat([]byte{255}, 5), make([]byte, 5)},
		{"padding of src", params, make([]byte, 5), bytes.Repeat([]byte{255}, 5)},
		{"zero Params", kahe.Params{}, good, good},
	} {
		if err := kahe.Add(test.params, test.dst, test.src); err == nil {
			t.Errorf("%s: accepted", test.name)
		}
	}
}

func FuzzOpen(f *testing.F) {
	params, err := withSlots(kahe.TestInsecure, 8, 128, 2)
	if err != nil {
		f.Fatal(err)
	}
	for _, parameters := range []int{1, 2, 3, 40, 513} {
		secret := kahe.SeededSecret(params, [32]byte{1})
		packed, err := kahe.Encrypt(params, [32]byte{}, secret, make([]uint32, parameters))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(packed, parameters, 1, int64(secret.Coefficients()[0]))
	}
	f.Add([]byte{1}, 0, 0, int64(0))
	f.Add([]byte{}, math.MaxInt, math.MaxInt, int64(math.MinInt64))
	f.Fuzz(func(t *testing.T, packed []byte, parameters, contributors int, key int64) {
		checked := kahe.Check(params, parameters, packed)
		keySum := make([]int64, params.N())
		for x := range keySum {
			keySum[x] = key
		}
		sums, _, err := kahe.Open(params, [32]byte{}, keySum, packed, parameters, contributors)
		if checked != nil {
			if err == nil {
				t.Fatalf("opened what Check refuses: %v", checked)
			}
			return
		}
		if err == nil && len(sums) != parameters {
			t.Fatalf("%d sums, want %d", len(sums), parameters)
		}
		// What Check accepts re-encodes to itself.
		again := make([]byte, len(packed))
		if err := kahe.Add(params, again, packed); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again, packed) {
			t.Fatalf("accepted %x re-encodes to %x", packed, again)
		}
	})
}
