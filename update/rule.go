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

// weight returns z, the weight of a contribution from that many examples.
func (r MeanRule) weight(examples int) float64 {
	if r.Weighting == WeightUniform {
		return 1
	}
	return min(1, float64(examples)/float64(r.Examples))
}
