package ringsis_test

import (
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"sotto/crypto/ringsis"
)

// TestHasherIsTheHash adds ciphertexts in chunks of many sizes, in order, in another order, and several at a time.
func TestHasherIsTheHash(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 11))
	for _, p := range []ringsis.Params{newParams(t, 1, 128), newParams(t, 30, 128), newParams(t, 76, 128), newParams(t, 168, 128), newSmall(t, 30, 128), newSmall(t, 76, 128)} {
		N, wireBits := p.N(), p.WireBits()
		for _, coefficients := range []int{1, 8, 61, N - 1, N, N + 1, 5*N + 17} {
			packed := ciphertext(rng, p, coefficients)
			k := newKey(t, p, coefficients)
			want := sumPacked(t, k, packed)
			for _, step := range []int{256, 1000, N, 2*N + 8, 4 * N, 1 << 20} {
				var firsts []int
				for first := 0; first < coefficients; first += step {
					firsts = append(firsts, first)
				}
				add := func(h *ringsis.Hasher, first int) {
					from := first / 8 * wireBits
					if err := h.AddAt(first, packed[from:min(from+step/8*wireBits, len(packed))]); err != nil {
						t.Errorf("p = %d, %d coefficients from %d on: %v", wireBits, step, first, err)
					}
				}
				check := func(how string, h *ringsis.Hasher) {
					t.Helper()
					if got, err := h.Sum(); err != nil || !got.Equal(want) {
						t.Errorf("p = %d, %d coefficients in chunks of %d %s: another hash, error %v", wireBits, coefficients, step, how, err)
					}
				}
				h := k.NewHasher()
				for _, first := range firsts {
					add(h, first)
				}
				check("in order", h)
				rng.Shuffle(len(firsts), func(i, j int) { firsts[i], firsts[j] = firsts[j], firsts[i] })
				for _, first := range firsts {
					add(h, first)
				}
				check("in another order, after a first ciphertext", h)
				h = k.NewHasher()
				var all sync.WaitGroup
				for _, first := range firsts {
					all.Go(func() { add(h, first) })
				}
				all.Wait()
				check("several at a time", h)
			}
		}
	}
}

func TestHasherRefuses(t *testing.T) {
	p := newParams(t, 41, 128)
	const coefficients = 19 // 98 bytes, of which the last has five bits of padding
	packed := ciphertext(rand.New(rand.NewPCG(12, 12)), p, coefficients)
	padded := append([]byte{}, packed...)
	padded[len(padded)-1] |= 0x80
	h := newKey(t, p, coefficients).NewHasher()
	for rule, err := range map[string]error{
		"chunk not at a byte":        h.AddAt(4, packed[:41]),
		"chunk before the first":     h.AddAt(-8, packed[:41]),
		"chunk after the last":       h.AddAt(24, packed[:41]),
		"chunk that ends in a byte":  h.AddAt(0, packed[:40]),
		"empty chunk":                h.AddAt(8, nil),
		"chunk longer than the rest": h.AddAt(16, packed[:41]),
		"padding bits set":           h.AddAt(16, padded[82:]),
	} {
		if err == nil {
			t.Errorf("%s: accepted", rule)
		}
	}
	if _, err := h.Sum(); err == nil || !strings.Contains(err.Error(), "hash of 0 coefficients, want 19") {
		t.Errorf("nothing was added: got error %v", err)
	}
	for _, first := range []int{0, 8} {
		if err := h.AddAt(first, packed[first/8*41:][:41]); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.Sum(); err == nil || !strings.Contains(err.Error(), "hash of 16 coefficients, want 19") {
		t.Errorf("the last chunk is missing: got error %v", err)
	}
}

func BenchmarkHasher(b *testing.B) {
	for _, c := range []struct {
		set                       string
		wireBits, coefficients, n int
	}{{"A45", 30, 10_000, 2048}, {"B90", 76, 333_334, 4096}, {"C180", 168, 142_858, 8192}} /* in the blocks of the encryption */ {
		b.Run(c.set, func(b *testing.B) {
			p := newParams(b, c.wireBits, 128)
			k, packed := newKey(b, p, c.coefficients), make([]byte, p.PackedBytes(c.coefficients))
			b.SetBytes(int64(len(packed)))
			b.ReportAllocs()
			for b.Loop() {
				h := k.NewHasher()
				for first := 0; first < c.coefficients; first += c.n {
					if err := h.AddAt(first, packed[first/8*c.wireBits:min((first+c.n)/8*c.wireBits, len(packed))]); err != nil {
						b.Fatal(err)
					}
				}
				if _, err := h.Sum(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
