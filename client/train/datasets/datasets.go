// Package datasets holds two small public data sets with the descriptions of the models that are trained on them: what the demo, the
// tests and the benchmarks run on. Where the data is from, and its licence, is said in README.md beside it.
//
// The numbers by which inputs are scaled are constants of the public description (docs/protocol.md §7), never fitted to a
// contributor's rows.
package datasets

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"

	"sotto/client/train"
)

var (
	//go:embed digits.csv.gz
	digits []byte
	//go:embed breast_cancer.csv
	breastCancer []byte
)

// A Task is a model to train together, with data to try it on.
type Task struct {
	Spec  train.ModelSpec
	Clip  float32       // C of the round's descriptor: above nearly every coordinate of a contributor's update
	Train train.Dataset // to be dealt out to contributors
	Test  train.Dataset // held out, nobody trains on it
}

// Digits returns 1,797 handwritten digits of 8×8 pixels and the network 64-64-10; the last 360 are held out.
func Digits() (Task, error) {
	spec := train.ModelSpec{
		Name: "digits-mlp", Layers: []int{64, 64, 10},
		Shift: []float32{0}, Scale: []float32{1.0 / 16}, // pixels are 0 to 16
		Training: train.Training{LearningRate: 0.01, Batch: 32, Epochs: 20},
	}
	z, err := gzip.NewReader(bytes.NewReader(digits))
	if err != nil {
		return Task{}, fmt.Errorf("embedded digits: %w", err)
	}
	data, err := train.ReadCSV(z, spec.Features(), spec.Classes())
	if err != nil {
		return Task{}, fmt.Errorf("embedded digits: %w", err)
	}
	rest, test := data.Split(data.Rows() - 360)
	return Task{Spec: spec, Clip: 2, Train: rest, Test: test}, nil
}

// BreastCancer returns 569 patients of 30 measurements, malignant (0) or benign (1), and the network 30-16-2; every fifth patient is
// held out. The file's order is not random, its last rows are benign more often than the others, so its end would make a poor test.
func BreastCancer() (Task, error) {
	spec := train.ModelSpec{
		Name: "breast-cancer-mlp", Layers: []int{30, 16, 2},
		// A typical value of each measurement and one over its usual spread, to two digits, rounded from the rows not held out.
		Shift: []float32{
			14, 19, 93, 660, 0.096, 0.1, 0.091, 0.05, 0.18, 0.063,
			0.41, 1.2, 2.9, 41, 0.007, 0.026, 0.032, 0.012, 0.021, 0.0038,
			16, 25, 110, 900, 0.13, 0.26, 0.28, 0.12, 0.29, 0.084,
		},
		Scale: []float32{
			0.29, 0.25, 0.042, 0.0029, 73, 19, 12, 26, 36, 140,
			3.7, 1.9, 0.51, 0.024, 330, 54, 31, 160, 110, 360,
			0.21, 0.17, 0.03, 0.0018, 43, 6.2, 4.7, 15, 16, 54,
		},
		Training: train.Training{LearningRate: 0.01, Batch: 32, Epochs: 10},
	}
	data, err := train.ReadCSV(bytes.NewReader(breastCancer), spec.Features(), spec.Classes())
	if err != nil {
		return Task{}, fmt.Errorf("embedded breast cancer data: %w", err)
	}
	var kept, held []int
	for i := range data.Rows() {
		if i%5 == 4 {
			held = append(held, i)
		} else {
			kept = append(kept, i)
		}
	}
	return Task{Spec: spec, Clip: 0.5, Train: data.Select(kept), Test: data.Select(held)}, nil
}
