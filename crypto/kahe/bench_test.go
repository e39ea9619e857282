package kahe_test

import (
	"math/rand/v2"
	"testing"

	"sotto/crypto/kahe"
)

// benchmarkParameters is a whole number of blocks for no set, so that the last block counts.
const benchmarkParameters = 1_000_003

func BenchmarkEncrypt(b *testing.B) {
	for _, p := range planAt(b, 16, 1<<7) {
		b.Run(p.Set().String(), func(b *testing.B) {
			values := make([]uint32, benchmarkParameters)
			for i := range values {
				values[i] = rand.Uint32N(1 << 16)
			}
			b.ReportAllocs()
			for b.Loop() {
				secret, err := kahe.NewSecret(p)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := kahe.Encrypt(p, [32]byte{}, secret, values); err != nil {
					b.Fatal(err)
				}
			}
			perParameter(b)
		})
	}
}

func BenchmarkEncryptStream(b *testing.B) {
	for _, p := range planAt(b, 16, 1<<7) {
		b.Run(p.Set().String(), func(b *testing.B) {
			stream := kahe.Stream{Read: func([]uint32) error { return nil }, Write: func([]byte) error { return nil }}
			b.ReportAllocs()
			for b.Loop() {
				secret, err := kahe.NewSecret(p)
				if err != nil {
					b.Fatal(err)
				}
				if err := kahe.EncryptStream(p, [32]byte{}, secret, benchmarkParameters, stream); err != nil {
					b.Fatal(err)
				}
			}
			perParameter(b)
		})
	}
}

func BenchmarkAdd(b *testing.B) {
	for _, p := range planAt(b, 16, 1<<7) {
		b.Run(p.Set().String(), func(b *testing.B) {
			sum := make([]byte, p.CiphertextBytes(benchmarkParameters))
			b.ReportAllocs()
			for b.Loop() {
				if err := kahe.Add(p, sum, sum); err != nil {
					b.Fatal(err)
				}
			}
			perParameter(b)
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	for _, p := range planAt(b, 16, 1<<7) {
		b.Run(p.Set().String(), func(b *testing.B) {
			sum := make([]byte, p.CiphertextBytes(benchmarkParameters))
			keySum := make([]int64, p.N()) // the key 0 opens zeros
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := kahe.Open(p, [32]byte{}, keySum, sum, benchmarkParameters, 128); err != nil {
					b.Fatal(err)
				}
			}
			perParameter(b)
		})
	}
}

func BenchmarkPublicPolynomial(b *testing.B) {
	for _, p := range planAt(b, 16, 1<<7) {
		b.Run(p.Set().String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := kahe.PublicPolynomial(p, [32]byte{}, 0); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// planAt returns each set's parameters with the most slots.
func planAt(tb testing.TB, bits, kMax int) (all []kahe.Params) {
	for _, set := range []kahe.Set{kahe.A45, kahe.B90, kahe.C180} {
		all = append(all, mostSlots(tb, set, bits, kMax))
	}
	return all
}

func perParameter(b *testing.B) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchmarkParameters, "ns/param")
}
