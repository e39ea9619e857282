package keystream_test

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"sotto/crypto/internal/keystream"
)

type counter [16]byte

// reference returns so many words of the key stream, by the standard library.
func reference(t testing.TB, key []byte, from counter, words int) []uint64 {
	t.Helper()
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	stream := make([]byte, 8*words)
	cipher.NewCTR(block, from[:]).XORKeyStream(stream, stream)
	w := make([]uint64, words)
	for x := range w {
		w[x] = binary.LittleEndian.Uint64(stream[8*x:])
	}
	return w
}

// counters are counter blocks at random and before each kind of carry.
func counters(rng *rand.Rand) []counter {
	var all []counter
	add := func(hi, lo uint64) {
		var c counter
		binary.BigEndian.PutUint64(c[:], hi)
		binary.BigEndian.PutUint64(c[8:], lo)
		all = append(all, c)
	}
	add(rng.Uint64(), rng.Uint64())
	add(0, 0)
	add(1<<40, 0)
	for _, before := range []uint64{1, 2, 3, 31, 33, 100, 1 << 10} {
		add(rng.Uint64(), 1<<32-before)
		add(rng.Uint64(), -before)
		add(1<<64-1, -before)
	}
	return all
}

var lengths = []int{1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 255, 256, 511, 512, 513, 1000, 2048}

// streams are numbers of streams.
var streams = []uint64{0, 1, 2, 1 << 31, 1<<32 - 1, 1<<64 - 1}

func first(stream uint64) (c counter) {
	binary.BigEndian.PutUint64(c[:], stream)
	return c
}

func randomKey(rng *rand.Rand) (key [32]byte) {
	for i := range key {
		key[i] = byte(rng.Uint32())
	}
	return key
}

// onEachPath runs the test with the standard library, and with assembly where the processor can.
func onEachPath(t *testing.T, test func(t *testing.T)) {
	for _, path := range keystream.Paths() {
		t.Run(path.Name, func(t *testing.T) {
			defer path.Take()()
			test(t)
		})
	}
}

func TestWordsAreTheLibrarys(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(1, 1))
		for range 5 {
			key := randomKey(rng)
			k := keystream.NewKey(&key)
			for _, stream := range streams {
				want := reference(t, key[:], first(stream), 2100)
				for _, n := range lengths {
					got := make([]uint64, n+1)
					k.Words(got[:n], stream)
					if !slices.Equal(got[:n], want[:n]) || got[n] != 0 {
						t.Fatalf("stream %d: %d words differ from the library's", stream, n)
					}
				}
			}
		}
	})
}

func TestSamplesCountBits(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(2, 2))
		for range 5 {
			key := randomKey(rng)
			k := keystream.NewKey(&key)
			for _, stream := range streams {
				words := reference(t, key[:], first(stream), 4*2100)
				want := make([]int32, 2100)
				for x := range want {
					w := words[4*x:]
					want[x] = int32(bits.OnesCount64(w[0]) + bits.OnesCount64(w[1]) - bits.OnesCount64(w[2]) - bits.OnesCount64(w[3]))
				}
				for _, n := range lengths {
					got := make([]int32, n+1)
					k.Samples(got[:n], stream)
					if !slices.Equal(got[:n], want[:n]) || got[n] != 0 {
						t.Fatalf("stream %d: %d samples differ from the definition", stream, n)
					}
				}
			}
		}
	})
}

// TestUniformLeavesWordsOut fills in pieces of all lengths, below bounds that are often missed and bounds that hardly ever are.
func TestUniformLeavesWordsOut(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(3, 3))
		for _, bound := range []uint64{1, 2, 3, 1<<45 - 950271, 1<<45 + 1, 3 << 43, 1<<60 - 98303, 1 << 60, 1<<64 - 1, 1<<63 + 1} {
			for _, from := range counters(rng) {
				digest := randomKey(rng)
				copy(digest[16:], from[:])
				words := reference(t, digest[:16], from, 10000)
				mask := uint64(1)<<bits.Len64(bound) - 1
				next := func() uint64 {
					for {
						v := words[0] & mask
						words = words[1:]
						if v < bound {
							return v
						}
					}
				}
				u := keystream.NewUniform(&digest)
				for _, n := range []int{8, 64, 1, 64, 3, 256, 0, 1024, 16, 700} {
					got := make([]uint64, n+1)
					u.Fill(got[:n], bound)
					for x := range n {
						if want := next(); got[x] != want {
							t.Fatalf("bound %d, counter %x: number %d of %d is %d, want %d", bound, from, x, n, got[x], want)
						}
					}
					if got[n] != 0 {
						t.Fatalf("bound %d: wrote after the end", bound)
					}
				}
			}
		}
	})
}

// TestOneWordOutside puts the one word that is not below the bound in each place of the wide registers, and after the last number.
func TestOneWordOutside(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		var digest [32]byte
		words := reference(t, digest[:16], counter{}, 200)
		for at := range 128 {
			bound := words[at] & (1<<62 - 1)
			for n := range 100 {
				var want []uint64
				for x := 0; len(want) < n+1; x++ {
					if v := words[x] & (1<<bits.Len64(bound) - 1); v < bound {
						want = append(want, v)
					}
					if x == len(words)-1 {
						break
					}
				}
				if len(want) < n+1 {
					break
				}
				u := keystream.NewUniform(&digest)
				got := make([]uint64, n+1)
				u.Fill(got[:n], bound)
				u.Fill(got[n:], bound)
				if !slices.Equal(got, want) {
					t.Fatalf("word %d as the bound: %d numbers differ", at, n)
				}
			}
		}
	})
}

func BenchmarkWords(b *testing.B) {
	k, dst := keystream.NewKey(new([32]byte)), make([]uint64, 4096)
	b.SetBytes(8 * 4096)
	b.ReportAllocs()
	for b.Loop() {
		k.Words(dst, 0)
	}
}

func BenchmarkSamples(b *testing.B) {
	k, dst := keystream.NewKey(new([32]byte)), make([]int32, 4096)
	b.SetBytes(32 * 4096)
	b.ReportAllocs()
	for b.Loop() {
		k.Samples(dst, 0)
	}
}

func BenchmarkUniform(b *testing.B) {
	dst := make([]uint64, 4096)
	b.SetBytes(8 * 4096)
	b.ReportAllocs()
	for b.Loop() {
		u := keystream.NewUniform(new([32]byte))
		u.Fill(dst, 35184371138561)
	}
}
