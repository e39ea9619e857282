package datasets_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"flag"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"sotto/client/train"
	"sotto/client/train/datasets"
	"sotto/update"
)

var (
	seeds = flag.Int("seeds", 2, "seeds that federated averaging is tried with")
	crowd = flag.Int("contributors", 24, "contributors that the data is dealt out to")
)

func tasks(t *testing.T) map[string]datasets.Task {
	t.Helper()
	d, err := datasets.Digits()
	if err != nil {
		t.Fatal(err)
	}
	b, err := datasets.BreastCancer()
	if err != nil {
		t.Fatal(err)
	}
	return map[string]datasets.Task{"digits": d, "breast-cancer": b}
}

func TestTasks(t *testing.T) {
	for name, want := range map[string]struct{ rows, test, parameters int }{
		"digits": {1437, 360, 4810}, "breast-cancer": {456, 113, 530},
	} {
		task := tasks(t)[name]
		if err := task.Spec.Validate(); err != nil {
			t.Error(err)
		}
		if task.Train.Rows() != want.rows || task.Test.Rows() != want.test || task.Spec.Parameters() != want.parameters {
			t.Errorf("%s: %d and %d rows, %d parameters, want %+v", name, task.Train.Rows(), task.Test.Rows(), task.Spec.Parameters(), want)
		}
		// The scaling is made for the data: inputs of the order of one.
		var sum, n float64
		for i := range task.Train.Rows() {
			for f, v := range task.Train.Row(i) {
				x := float64(v-task.Spec.Shift[min(f, len(task.Spec.Shift)-1)]) * float64(task.Spec.Scale[min(f, len(task.Spec.Scale)-1)])
				sum += x * x
				n++
			}
		}
		if rms := math.Sqrt(sum / n); rms < 0.3 || rms > 1.2 {
			t.Errorf("%s: scaled inputs have a root mean square of %.2f", name, rms)
		}
		counts := make([]int, task.Test.Classes)
		for _, l := range task.Test.Labels {
			counts[l]++
		}
		if slices.Min(counts)*3 < task.Test.Rows()/len(counts) {
			t.Errorf("%s: labels held out are uneven: %v", name, counts)
		}
	}
}

// Five rounds of contributors with uneven slices, as the demo runs them but without encryption: quantised to 16 bits, summed in two
// nodes, the mean over contributors. Beside it plain averaging of the very same updates.
func TestFederatedAveraging(t *testing.T) {
	const rounds = 5
	contributors := *crowd
	for _, row := range []struct {
		name string
		want float64
	}{{"digits", 0.85}, {"breast-cancer", 0.9}} {
		name, want := row.name, row.want
		task := tasks(t)[name]
		trainer, err := train.NewTrainer(task.Spec)
		if err != nil {
			t.Fatal(err)
		}
		for seed := range uint64(*seeds) {
			model, err := train.InitialModel(task.Spec, seed)
			if err != nil {
				t.Fatal(err)
			}
			parts, err := train.Dirichlet(task.Train, seed, 1, contributors, 8)
			if err != nil {
				t.Fatal(err)
			}
			q, rule := update.Quantiser{Clip: task.Clip, Bits: 16}, update.DefaultMeanRule()
			rnd := source(seed)
			var training time.Duration
			var accuracies []float64
			var largest float32
			for round := range rounds {
				nodes := []update.NodeSum{{Sums: make([]uint64, task.Spec.Parameters())}, {Sums: make([]uint64, task.Spec.Parameters())}}
				var updates [][]float32
				for i, part := range parts {
					start := time.Now()
					trained, _, err := trainer.Train(context.Background(), model, part, train.Options{Seed: uint64(round*contributors + i)})
					if err != nil {
						t.Fatal(err)
					}
					training += time.Since(start)
					d, err := update.Difference(trained, model)
					if err != nil {
						t.Fatal(err)
					}
					u, clipped, err := rule.Encode(d, part.Rows(), q, rnd)
					if err != nil || clipped > 0 {
						t.Errorf("%s, seed %d, round %d: %d coordinates of contributor %d are clipped, %v", name, seed, round+1, clipped, i, err)
					}
					node := &nodes[i%2]
					node.Count++
					for j, v := range u {
						node.Sums[j] += uint64(v)
					}
					updates = append(updates, d)
					largest = max(largest, slices.Max(d), -slices.Min(d))
				}
				mean, err := rule.Mean(nodes, q)
				if err != nil {
					t.Fatal(err)
				}
				plain, err := rule.PlainMean(updates, nil)
				if err != nil {
					t.Fatal(err)
				}
				for j, v := range mean.Values {
					if step := float64(q.Clip) / float64(q.Steps()); math.Abs(float64(v-plain[j])) > step {
						t.Fatalf("%s: mean of coordinate %d is off by %v, a step is %v", name, j, v-plain[j], step)
					}
				}
				averaged, err := update.Apply(model, plain)
				if err != nil {
					t.Fatal(err)
				}
				if model, err = update.Apply(model, mean.Values); err != nil {
					t.Fatal(err)
				}
				accuracy, err := train.Evaluate(context.Background(), task.Spec, model, task.Test)
				if err != nil {
					t.Fatal(err)
				}
				beside, err := train.Evaluate(context.Background(), task.Spec, averaged, task.Test)
				if err != nil {
					t.Fatal(err)
				}
				// Half a point, or one row of a small test.
				if math.Abs(accuracy-beside) > max(0.005, 1.5/float64(task.Test.Rows())) {
					t.Errorf("%s, seed %d, round %d: accuracy %.3f, plain averaging %.3f", name, seed, round+1, accuracy, beside)
				}
				accuracies = append(accuracies, accuracy)
			}
			t.Logf("%s, seed %d: accuracy %.3f, largest coordinate %.2f, %.1f ms a training", name, seed, accuracies, largest,
				float64(training.Microseconds())/1000/float64(contributors*rounds))
			if last := accuracies[rounds-1]; last < want {
				t.Errorf("%s, seed %d: accuracy %.3f after %d rounds, want %v", name, seed, last, rounds, want)
			}
		}
	}
}

func source(seed uint64) update.Source {
	return rand.NewChaCha8(sha256.Sum256(binary.BigEndian.AppendUint64([]byte("federated averaging"), seed))).Uint64
}
