package kahe_test

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"sotto/crypto/kahe"
)

// TestRoundingIsExact compares with the definition in big integers, at random and where an error of one would show.
func TestRoundingIsExact(t *testing.T) {
	one := big.NewInt(1)
	for _, set := range append(allSets, kahe.TestInsecure) {
		few, err := withSlots(set, 2, 2, 1)
		if err != nil {
			t.Fatal(err)
		}
		widest := mostSlots(t, set, 16, 128).Literal()
		widest.WireBits = kahe.MaxWireBits(few)
		wide, err := kahe.NewParams(widest)
		if err != nil {
			t.Fatal(err)
		}
		for _, params := range []kahe.Params{few, mostSlots(t, set, 8, 128), mostSlots(t, set, 16, 1024), wide} {
			t.Run(fmt.Sprintf("%v/p=%d", set, params.WireBits()), func(t *testing.T) {
				rng := rand.New(rand.NewPCG(1, uint64(set)))
				q, cofactors := kahe.Modulus(params), kahe.Cofactors(params)
				wire, plain := uint(params.WireBits()), uint(params.PlainBits())
				modulus := new(big.Int).Lsh(one, wire)
				below := func(n *big.Int) *big.Int {
					x := new(big.Int)
					for range 4 {
						x.Lsh(x, 64).Or(x, new(big.Int).SetUint64(rng.Uint64()))
					}
					return x.Mod(x, n)
				}
				message := func(v *big.Int, u uint64) *big.Int { // floor(q·V/2^t + u/2^64)
					m := new(big.Int).Mul(q, v)
					return m.Lsh(m, 64).Add(m, new(big.Int).Lsh(new(big.Int).SetUint64(u), plain)).Rsh(m, plain+64)
				}
				round := kahe.Round(params)
				check := func(y *big.Int, e int32, u uint64, v *big.Int) { // y is a·s + e + m modulo q
					t.Helper()
					base := new(big.Int).Sub(y, big.NewInt(int64(e)))
					base.Sub(base, message(v, u)).Mod(base, q)
					var z [kahe.MaxPrimes]uint64
					for i, c := range cofactors {
						p := new(big.Int).Quo(q, c)
						r := new(big.Int).ModInverse(c, p)
						z[i] = r.Mul(r, base).Mod(r, p).Uint64()
					}
					want := new(big.Int).Lsh(y, wire+1) // floor(y·2^p/q + 1/2)
					want.Add(want, q).Quo(want, new(big.Int).Lsh(q, 1)).Mod(want, modulus)
					if got := round(z, e, u, v); got.Cmp(want) != 0 {
						t.Fatalf("y = %v, e = %d, u = %#x, V = %v: got %v, want %v", y, e, u, v, got, want)
					}
				}

				largest := new(big.Int).Sub(new(big.Int).Lsh(one, plain), one)
				half := new(big.Int).Lsh(one, plain-1)
				messages := []*big.Int{new(big.Int), one, new(big.Int).Sub(half, one), half, new(big.Int).Add(half, one), largest}
				var values []*big.Int
				for _, x := range []int64{0, 1, 2, 127, 128, 129, 1 << 40} {
					values = append(values, big.NewInt(x), new(big.Int).Sub(q, big.NewInt(x+1)))
				}
				// The y next to a half of a wire unit, on either side: y·2^p ≡ (q ± odd)/2 modulo q.
				inverse := new(big.Int).ModInverse(new(big.Int).Mod(modulus, q), q)
				for odd := int64(-9); odd <= 9; odd += 2 {
					y := new(big.Int).Add(q, big.NewInt(odd))
					y.Rsh(y, 1).Mul(y, inverse).Mod(y, q)
					values = append(values, y)
				}
				// And around multiples of a wire unit and halves of it.
				for range 20 {
					y := below(new(big.Int).Lsh(modulus, 1))
					y.Mul(y, q).Rsh(y, wire+1)
					values = append(values, y, new(big.Int).Mod(new(big.Int).Add(y, one), q))
				}
				for _, y := range values {
					for _, v := range messages {
						for _, e := range []int32{-128, -1, 0, 1, 128} {
							for _, u := range []uint64{0, 1 << 63, math.MaxUint64} {
								check(y, e, u, v)
							}
						}
					}
				}
				for range 5000 {
					check(below(q), rng.Int32N(257)-128, rng.Uint64(), below(new(big.Int).Add(largest, one)))
				}

				// The largest residues, which make the largest W.
				var z [kahe.MaxPrimes]uint64
				y := new(big.Int).Add(big.NewInt(128), message(largest, math.MaxUint64))
				for i, c := range cofactors {
					p := new(big.Int).Quo(q, c)
					z[i] = p.Uint64() - 1
					y.Add(y, new(big.Int).Mul(c, new(big.Int).SetUint64(z[i])))
				}
				y.Mod(y, q)
				want := new(big.Int).Lsh(y, wire+1)
				want.Add(want, q).Quo(want, new(big.Int).Lsh(q, 1)).Mod(want, modulus)
				if got := round(z, 128, math.MaxUint64, largest); got.Cmp(want) != 0 {
					t.Fatalf("largest residues: got %v, want %v", got, want)
				}
			})
		}
	}
}

func TestPackPutsSlotsInOrder(t *testing.T) {
	for _, test := range []struct{ lowest, width, slots int }{{0, 3, 56}, {31, 23, 1}, {192 - 161, 23, 7}, {128 - 78, 26, 3}, {64, 41, 3}, {3, 27, 7}} {
		values := make([]uint32, test.slots)
		want := new(big.Int)
		for l := range values {
			values[l] = rand.Uint32N(1 << min(24, test.width-1))
			want.Or(want, new(big.Int).Lsh(big.NewInt(int64(values[l])), uint(test.lowest+l*test.width)))
		}
		if got := kahe.Pack(values, test.lowest, test.width); got.Cmp(want) != 0 {
			t.Errorf("%v: packed %x, want %x", test, got, want)
		}
	}
}

// TestPackIsTheSameOnEachPath packs many coefficients, the last one not full.
func TestPackIsTheSameOnEachPath(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	for words := 1; words <= 3; words++ {
		for _, width := range []int{3, 4, 7, 15, 16, 18, 23, 26, 31, 41} {
			for slots := 1; slots*width <= 64*words; slots++ {
				lowest := rng.IntN(64*words - slots*width + 1)
				values := make([]uint32, 1+rng.IntN(60*slots))
				for i := range values {
					values[i] = rng.Uint32() >> (32 - min(24, width-1))
				}
				var want [][]uint64
				for _, path := range kahe.Paths() {
					back := path.Take()
					got := kahe.PackAll(values, words, slots, width, lowest)
					back()
					if want == nil {
						want = got
					}
					for i := range got {
						if !slices.Equal(got[i], want[i]) {
							t.Fatalf("%s: word %d differs for %d slots of %d bits from bit %d on, %d values", path.Name, i, slots, width, lowest, len(values))
						}
					}
				}
			}
		}
	}
}

// TestEncryptionIsTheSameOnEachPath compares ciphertexts and what they open to, for slots and wire bits of all kinds.
func TestEncryptionIsTheSameOnEachPath(t *testing.T) {
	for _, set := range append(allSets, kahe.TestInsecure) {
		for _, bits := range []int{2, 8, 16, 24} {
			for _, kMax := range []int{2, 128, 1 << 14} {
				for slots := 1; ; slots++ {
					params, err := withSlots(set, bits, kMax, slots)
					if err != nil {
						break
					}
					if slots > 4 {
						if _, err := withSlots(set, bits, kMax, slots+1); err == nil {
							continue // few slots, and as many as fit
						}
					}
					values := make([]uint32, 40*slots+rand.IntN(30*slots))
					for i := range values {
						values[i] = rand.Uint32() >> (32 - bits)
					}
					key, beacon := [32]byte{byte(slots)}, [32]byte{byte(bits)}
					var want []byte
					for _, path := range kahe.Paths() {
						back := path.Take()
						secret := kahe.SeededSecret(params, key)
						got, err := kahe.Encrypt(params, beacon, secret, values)
						if err != nil {
							t.Fatal(err)
						}
						keySum := make([]int64, params.N())
						for x, s := range secret.Coefficients() {
							keySum[x] = int64(s)
						}
						opened, _, err := kahe.Open(params, beacon, keySum, got, len(values), 1)
						back()
						if err != nil {
							t.Fatal(err)
						}
						for i := range values {
							if opened[i] != uint64(values[i]) {
								t.Fatalf("%s: %v: value %d opens to %d, want %d", path.Name, params.Literal(), i, opened[i], values[i])
							}
						}
						if want == nil {
							want = got
						}
						if !bytes.Equal(got, want) {
							t.Fatalf("%s: %v: another ciphertext", path.Name, params.Literal())
						}
					}
				}
			}
		}
	}
}

// TestEncryptionIsWhatTheProtocolSays recomputes a ciphertext from the definition: psi and the order of values spelled out,
// products by the schoolbook, roundings of rationals.
func TestEncryptionIsWhatTheProtocolSays(t *testing.T) {
	params := mostSlots(t, kahe.TestInsecure, 8, 128)
	n, k := params.N(), params.Slots()
	q := kahe.Modulus(params)
	psi := big.NewInt(13208674096924)
	key, beacon := [32]byte{5}, [32]byte{6}
	values := make([]uint32, n*k+3*k-1)
	for j := range values {
		values[j] = rand.Uint32N(1 << 8)
	}
	packed, err := kahe.Encrypt(params, beacon, kahe.SeededSecret(params, key), values)
	if err != nil {
		t.Fatal(err)
	}
	secret := make([]int32, n)
	kahe.CBD(key, 0, secret)

	bit := 0
	for block := range params.Blocks(len(values)) {
		ntt, err := kahe.PublicPolynomial(params, beacon, uint32(block))
		if err != nil {
			t.Fatal(err)
		}
		// Value i of the public polynomial is a(psi^(2·reverse(i)+1)); interpolate.
		a := make([]*big.Int, n)
		powers := make([]*big.Int, 2*n) // of psi
		powers[0] = big.NewInt(1)
		for i := 1; i < len(powers); i++ {
			powers[i] = new(big.Int).Mod(new(big.Int).Mul(powers[i-1], psi), q)
		}
		if powers[n].Cmp(new(big.Int).Sub(q, big.NewInt(1))) != 0 {
			t.Fatal("psi is not a primitive 2N-th root of unity")
		}
		inverseN := new(big.Int).ModInverse(big.NewInt(int64(n)), q)
		for j := range a {
			a[j] = new(big.Int)
			for i := range n {
				reverse := 0
				for b := 1; b < n; b <<= 1 {
					reverse <<= 1
					if i&b != 0 {
						reverse |= 1
					}
				}
				exponent := (2*reverse + 1) * j % (2 * n)
				a[j].Add(a[j], new(big.Int).Mul(new(big.Int).SetUint64(ntt[0][i]), powers[(2*n-exponent)%(2*n)]))
			}
			a[j].Mul(a[j], inverseN).Mod(a[j], q)
		}
		errs := make([]int32, n)
		dither := make([]uint64, n)
		kahe.CBD(key, uint64(2*block+1), errs)
		kahe.Words(key, uint64(2*block+2), dither)
		for x := range n {
			first := (block*n + x) * k
			if first >= len(values) {
				break
			}
			y := big.NewInt(int64(errs[x]))
			for j := range n { // the coefficient x of a·s in Z[X]/(X^N+1)
				product := new(big.Int).Mul(a[(x-j+n)%n], big.NewInt(int64(secret[j])))
				if j > x {
					product.Neg(product)
				}
				y.Add(y, product)
			}
			v := new(big.Int)
			for l := 0; l < k && first+l < len(values); l++ {
				v.Or(v, new(big.Int).Lsh(big.NewInt(int64(values[first+l])), uint(l*params.SlotWidth())))
			}
			m := new(big.Rat).SetFrac(v.Mul(v, q), pow2(params.PlainBits()))
			u := new(big.Rat).SetFrac(new(big.Int).SetUint64(dither[x]), pow2(64))
			y.Add(y, floor(m.Add(m, u))).Mod(y, q)
			wire := new(big.Rat).SetFrac(new(big.Int).Mul(y, pow2(params.WireBits())), q)
			want := floor(wire.Add(wire, big.NewRat(1, 2)))
			want.Mod(want, pow2(params.WireBits()))
			for b := range params.WireBits() {
				if got := uint(packed[bit/8]) >> (bit % 8) & 1; got != want.Bit(b) {
					t.Fatalf("block %d, coefficient %d: bit %d is %d, want %d", block, x, b, got, want.Bit(b))
				}
				bit++
			}
		}
	}
	if len(packed) != (bit+7)/8 {
		t.Errorf("%d bytes, want %d", len(packed), (bit+7)/8)
	}
}

func floor(x *big.Rat) *big.Int { return new(big.Int).Div(x.Num(), x.Denom()) }

func pow2(e int) *big.Int { return new(big.Int).Lsh(big.NewInt(1), uint(e)) }
