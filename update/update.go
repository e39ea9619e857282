// Package update holds what a round does to a model in the clear: model files, the difference that a contributor trained, its
// quantised form, and the way back from opened sums to a new model (docs/protocol.md §3 and §7).
//
// On the laptop: [OpenFile], train, [NewReader], [MeanRule.NewEncoder]: models of any size, piece by piece. On every machine that finishes or audits a round:
// [MeanRule.Mean] over the opened nodes, [Apply], [Model.Hash].
//
// Everything after the encryption is deterministic. Sums are integers; the few floating-point steps that follow are written with
// explicit conversions, because a Go compiler may otherwise fuse x*y+z on some CPUs and not on others, and members and auditors must
// arrive at the same bytes of the same model.
//
// The package does no I/O of its own. What it handles before encryption is a secret of the contributor: errors name indices,
// lines and counts, never a value. It makes no attempt to run in constant time; quantising happens on the contributor's machine,
// where whoever can time it can read the data.
package update

import (
	"fmt"
	"math"
)

// Difference returns trained − base, one float32 per parameter in the order of [Model.Flatten].
//
// The models must have the same tensors. A difference that overflows float32 is an error.
func Difference(trained, base Model) ([]float32, error) {
	r, err := NewReader(trained, base)
	if err != nil {
		return nil, err
	}
	d := make([]float32, base.Parameters())
	return d, r.Read(d)
}

// Apply returns base + mean, with base's names, shapes and metadata. mean has one float32 per parameter in the order of
// [Model.Flatten]. Sums are rounded to float32; one that is not finite is an error.
func Apply(base Model, mean []float32) (Model, error) {
	values := base.Flatten()
	if len(mean) != len(values) {
		return Model{}, fmt.Errorf("mean has %d values, want %d, one per parameter", len(mean), len(values))
	}
	for i, m := range mean {
		values[i] = float32(values[i] + m)
	}
	return base.WithValues(values)
}

func finite(x float32) bool { return math.Float32bits(x)>>23&0xff != 0xff }
