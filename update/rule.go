package update

import (
	"errors"
	"fmt"
	"strings"
)

// Weighting says how contributions weigh in a round's mean. The codes are part of a round's descriptor.
type Weighting uint8

const (
	WeightUniform  Weighting = 0 // every contribution weighs the same
	WeightExamples Weighting = 1 // by the examples trained on, up to MeanRule.Examples
)

// Robust is a set of rules that limit the influence of single nodes. The bits are part of a round's descriptor.
type Robust uint8

const (
	RobustNorm     Robust = 1 // scale node means that are longer than the median down to the median
	RobustOutliers Robust = 2 // leave out nodes that are three deviations further from the middle than the others
)

// RobustNodes is the number of opened nodes with weight from which the rules Robust and Trim act. Below it no majority can
// be told from the rest, and the mean is the plain one.
const RobustNodes = 4

// A MeanRule says how the opened nodes of a round become one mean update (docs/protocol.md §7). It is an unchecked literal until
// [MeanRule.Validate].
type MeanRule struct {
	Weighting Weighting
	Examples  uint32 // W, the examples from which on a contribution has full weight; 0 with WeightUniform
	Robust    Robust
	Trim      uint8 // nodes left out at each end of every coordinate
}

// DefaultMeanRule returns the mean over contributors, with node means clipped to the median norm.
func DefaultMeanRule() MeanRule { return MeanRule{Robust: RobustNorm} }

// Validate says whether r consists of known codes that fit together.
func (r MeanRule) Validate() error {
	switch {
	case r.Weighting > WeightExamples:
		return fmt.Errorf("weighting code %d, want %d or %d", r.Weighting, WeightUniform, WeightExamples)
	case r.Weighting == WeightUniform && r.Examples != 0:
		return fmt.Errorf("uniform weighting with full weight at %d examples, want 0", r.Examples)
	case r.Weighting == WeightExamples && r.Examples == 0:
		return errors.New("weighting by examples with full weight at 0 examples, want at least 1")
	case r.Robust > RobustNorm|RobustOutliers:
		return fmt.Errorf("code %d for robust rules, want at most %d", r.Robust, RobustNorm|RobustOutliers)
	}
	return nil
}

// String returns r in words, for people.
func (r MeanRule) String() string {
	words := []string{"mean over contributors"}
	if r.Weighting == WeightExamples {
		words[0] = fmt.Sprintf("mean weighted by examples up to %d", r.Examples)
	}
	if r.Robust&RobustOutliers != 0 {
		words = append(words, "without outlier nodes")
	}
	if r.Robust&RobustNorm != 0 {
		words = append(words, "node means clipped to the median norm")
	}
	if r.Trim > 0 {
		words = append(words, fmt.Sprintf("%d nodes trimmed at each end", r.Trim))
	}
	return strings.Join(words, ", ")
}

// Coordinates returns how many values a contribution to a model of that many parameters has: one more when it carries its weight.
func (r MeanRule) Coordinates(parameters int) int {
	if r.Weighting == WeightExamples {
		return parameters + 1
	}
	return parameters
}

// Encode quantises a contributor's update, one float32 per parameter, for encryption: [MeanRule.Coordinates] integers below
// 2^q.Bits, and the number of coordinates that were clipped. examples is the number of rows trained on and at least 1.
//
// With WeightExamples the update, clipped, is scaled by z = min(1, examples/Examples) and z·Clip follows as the last coordinate.
func (r MeanRule) Encode(update []float32, examples int, q Quantiser, rnd Source) (u []uint32, clipped int, err error) {
	if err := errors.Join(r.Validate(), q.Validate()); err != nil {
		return nil, 0, err
	}
	u = make([]uint32, r.Coordinates(len(update)))
	if r.Weighting == WeightUniform {
		clipped, err = q.Quantise(u, update, rnd)
		return u, clipped, err
	}
	if examples < 1 {
		return nil, 0, fmt.Errorf("update from %d examples, want at least 1", examples)
	}
	z := r.weight(examples)
	weighed := make([]float32, len(u))
	for i, x := range update {
		if !finite(x) {
			return nil, 0, fmt.Errorf("update is not finite at coordinate %d", i)
		}
		// Before scaling: a coordinate may exceed the clip no more than that of a contributor with full weight.
		kept := max(-q.Clip, min(q.Clip, x))
		if kept != x {
			clipped++
		}
		weighed[i] = float32(z * float64(kept))
	}
	weighed[len(update)] = float32(z * float64(q.Clip))
	_, err = q.Quantise(u, weighed, rnd)
	return u, clipped, err
}

// weight returns z, the weight of a contribution from that many examples.
func (r MeanRule) weight(examples int) float64 {
	if r.Weighting == WeightUniform {
		return 1
	}
	return min(1, float64(examples)/float64(r.Examples))
}
