// Package measure takes the time of the operating system's clock and the processor time that it says this process has used.
package measure

import (
	"math"
	"slices"
	"strconv"
	"time"
)

// A Cost is what something took, in seconds.
type Cost struct {
	CPU  float64 // processor time of all threads of this process, user and system, garbage collection included
	Wall float64
}

// Add returns the sum of two costs.
func (c Cost) Add(d Cost) Cost { return Cost{c.CPU + d.CPU, c.Wall + d.Wall} }

// A Span is a measurement that has begun.
type Span struct {
	cpu  float64
	wall time.Time
}

// Begin begins a measurement.
func Begin() Span { return Span{CPU(), time.Now()} }

// End returns what this process has used since the measurement began.
func (s Span) End() Cost { return Cost{CPU() - s.cpu, time.Since(s.wall).Seconds()} }

// Of returns what f took.
func Of(f func() error) (Cost, error) {
	s := Begin()
	err := f()
	return s.End(), err
}

// A Stat says what came of repeated runs.
type Stat struct {
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
	Runs   int     `json:"runs"`
}

// Summarise returns the median of the runs, the lower one of two in the middle, with the smallest and the largest.
func Summarise(runs []float64) Stat {
	if len(runs) == 0 {
		return Stat{}
	}
	sorted := slices.Sorted(slices.Values(runs))
	n := len(sorted)
	return Stat{Significant(sorted[(n-1)/2]), Significant(sorted[0]), Significant(sorted[n-1]), n}
}

// Significant returns x with six significant digits: no clock here is better than that.
func Significant(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return x
	}
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 6, 64), 64)
	if err != nil {
		return x
	}
	return rounded
}
