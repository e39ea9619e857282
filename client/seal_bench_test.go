package client_test

import (
	"testing"

	"sotto/audit"
	"sotto/client"
	"sotto/crypto/kahe"
	"sotto/internal/simulate"
	"sotto/update"
)

// BenchmarkSeal does all that is between training and sending.
func BenchmarkSeal(b *testing.B) {
	const parameters = 1_000_003
	s, err := simulate.NewSetup(4, 3, simulate.NewModel(parameters))
	check(b, err)
	change := make([]float32, parameters)
	for i := range change {
		change[i] = float32(i%2000-1000) / 1100
	}
	for _, set := range []kahe.Set{kahe.B90, kahe.C180} {
		b.Run(set.String(), func(b *testing.B) {
			r, err := s.Begin(simulate.Rules{Set: set, Bits: 16})
			check(b, err)
			d := &r.Opening.Descriptor
			enc, _, err := d.Crypto()
			check(b, err)
			b.ReportAllocs()
			for b.Loop() {
				rest := change
				encoder, err := audit.MeanRule(d).NewEncoder(parameters, func(part []float32) error {
					rest = rest[copy(part, rest):]
					return nil
				}, 1, audit.Quantiser(d), update.NewSource())
				check(b, err)
				spool, err := client.NewSpool(b.Context(), b.TempDir(), int64(enc.CiphertextBytes(parameters)))
				check(b, err)
				_, err = client.SealStream(&r.Opening, s.Committee.Keys, s.Contributors[0], encoder.Read, spool)
				check(b, err)
				check(b, spool.Close())
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/parameters, "ns/param")
		})
	}
}
