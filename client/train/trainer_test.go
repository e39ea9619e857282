package train_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"sotto/client/train"
	"sotto/update"
)

// rows draws data that a tiny network can learn: the label says whether the first two values have the same sign.
func rows(seed uint64, n int) train.Dataset {
	rnd := rand.New(rand.NewPCG(seed, 0))
	d := train.Dataset{Features: 3, Classes: 2}
	for range n {
		x := []float32{float32(rnd.NormFloat64()) + 1, float32(rnd.NormFloat64()) + 1, float32(rnd.NormFloat64()) + 1}
		d.Values = append(d.Values, x...)
		label := 0
		if (x[0] > 1) == (x[1] > 1) {
			label = 1
		}
		d.Labels = append(d.Labels, label)
	}
	return d
}

func trainer(t testing.TB, s train.ModelSpec) *train.Trainer {
	t.Helper()
	tr, err := train.NewTrainer(s)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func initial(t testing.TB, s train.ModelSpec) update.Model {
	t.Helper()
	m, err := train.InitialModel(s, 1)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func tensor(m update.Model, name string) []float32 {
	for _, t := range m.Tensors {
		if t.Name == name {
			return t.Data
		}
	}
	return nil
}

// reference computes loss and gradient in float64, by finite differences of the loss, in the order of Flatten.
func reference(s train.ModelSpec, m update.Model, d train.Dataset) (loss float64, gradient []float64) {
	at := func(values []float64) float64 {
		flat := make([]float32, len(values))
		v, err := m.WithValues(flat)
		if err != nil {
			panic(err)
		}
		// Tensors in the order of Flatten, in float64.
		parts := map[string][]float64{}
		for _, t := range v.Tensors {
			parts[t.Name], values = values[:len(t.Data)], values[len(t.Data):]
		}
		total := 0.0
		for r, label := range d.Labels {
			var x []float64
			for i, v := range d.Row(r) {
				x = append(x, (float64(v)-float64(s.Shift[min(i, len(s.Shift)-1)]))*float64(s.Scale[min(i, len(s.Scale)-1)]))
			}
			for l, out := range s.Layers[1:] {
				y := slices.Clone(parts[fmt.Sprintf("layer%d.bias", l)])
				for i, v := range x {
					for j := range y {
						y[j] += v * parts[fmt.Sprintf("layer%d.weight", l)][i*out+j]
					}
				}
				if l < len(s.Layers)-2 {
					for j := range y {
						y[j] = max(0, y[j])
					}
				}
				x = y
			}
			sum := 0.0
			for _, v := range x {
				sum += math.Exp(v)
			}
			total += math.Log(sum) - x[label]
		}
		return total / float64(d.Rows())
	}
	var values []float64
	for _, v := range m.Flatten() {
		values = append(values, float64(v))
	}
	const h = 1e-6
	for i := range values {
		up, down := slices.Clone(values), slices.Clone(values)
		up[i] += h
		down[i] -= h
		gradient = append(gradient, (at(up)-at(down))/(2*h))
	}
	return at(values), gradient
}

// Five steps of the compiled graph against Adam with a numeric gradient, one batch of fewer rows than it has room for.
func TestTrainAgainstReference(t *testing.T) {
	for _, layers := range [][]int{{3, 4, 2}, {3, 2}, {3, 5, 4, 3, 2}} {
		s := tiny
		s.Layers = layers
		s.Training.Batch = 16
		d := rows(3, 11)
		const steps = 5
		m := initial(t, s)
		got, stats, err := trainer(t, s).Train(context.Background(), m, d, train.Options{Epochs: steps})
		if err != nil {
			t.Fatal(err)
		}
		if stats.Steps != steps || stats.Rows != 11 || stats.Epochs != steps {
			t.Errorf("stats %+v", stats)
		}
		n := m.Parameters()
		mean, square := make([]float64, n), make([]float64, n)
		var loss float64
		for step := 1; step <= steps; step++ {
			var gradient []float64
			loss, gradient = reference(s, m, d)
			values := m.Flatten()
			for i, g := range gradient {
				mean[i] = 0.9*mean[i] + 0.1*g
				square[i] = 0.999*square[i] + 0.001*g*g
				correction := math.Sqrt(1-math.Pow(0.999, float64(step))) / (1 - math.Pow(0.9, float64(step)))
				values[i] -= float32(0.01 * correction * mean[i] / (math.Sqrt(square[i]) + 1e-7))
			}
			if m, err = m.WithValues(values); err != nil {
				t.Fatal(err)
			}
		}
		if math.Abs(stats.Loss-loss) > 1e-4 {
			t.Errorf("%v: loss %v, want %v", layers, stats.Loss, loss)
		}
		want := m.Flatten()
		for i, v := range got.Flatten() {
			if math.Abs(float64(v-want[i])) > 2e-4 { // five steps of up to 0.01
				t.Errorf("%v: parameter %d is %v, want %v", layers, i, v, want[i])
			}
		}
	}
}

func TestTrainLearns(t *testing.T) {
	s := tiny
	s.Layers, s.Training.Batch = []int{3, 16, 2}, 32
	tr, base := trainer(t, s), initial(t, s)
	data, test := rows(1, 400), rows(2, 200)
	var epochs []train.Progress
	m, stats, err := tr.Train(context.Background(), base, data, train.Options{Epochs: 30, Seed: 5, Progress: func(p train.Progress) { epochs = append(epochs, p) }})
	if err != nil {
		t.Fatal(err)
	}
	if len(epochs) != 30 || epochs[29].Epoch != 30 || epochs[29].Loss != stats.Loss || stats.Loss > epochs[0].Loss/2 {
		t.Errorf("progress from %+v to %+v, stats %+v", epochs[0], epochs[len(epochs)-1], stats)
	}
	if stats.Steps != 30*13 {
		t.Errorf("%d steps, want %d", stats.Steps, 30*13)
	}
	accuracy, err := train.Evaluate(context.Background(), s, m, test)
	if err != nil || accuracy < 0.9 {
		t.Errorf("accuracy %v, %v", accuracy, err)
	}
	// A trainer keeps nothing: the same training again, on several goroutines at once, gives the same bytes.
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			again, _, err := tr.Train(context.Background(), base, data, train.Options{Epochs: 30, Seed: 5})
			if err != nil || again.Hash() != m.Hash() {
				t.Errorf("training again gives another model, %v", err)
			}
		})
	}
	wg.Wait()
	other, _, err := tr.Train(context.Background(), base, data, train.Options{Epochs: 30, Seed: 6})
	if err != nil || other.Hash() == m.Hash() {
		t.Errorf("the seed has no effect, %v", err)
	}
	if base.Hash() != initial(t, s).Hash() {
		t.Error("the base model was changed")
	}
}

func TestTrainStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	epochs := 0
	m, _, err := trainer(t, tiny).Train(ctx, initial(t, tiny), rows(1, 50), train.Options{Epochs: 1000, Progress: func(train.Progress) {
		if epochs++; epochs == 2 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || epochs != 2 || m.Tensors != nil {
		t.Errorf("got %v after %d epochs", err, epochs)
	}
	if _, err := train.Evaluate(ctx, tiny, initial(t, tiny), rows(1, 5)); !errors.Is(err, context.Canceled) {
		t.Errorf("evaluation: got %v", err)
	}
}

func TestTrainRefuses(t *testing.T) {
	tr, base, data := trainer(t, tiny), initial(t, tiny), rows(1, 10)
	wrong := func(change func(*update.Model)) update.Model {
		m, err := base.WithValues(base.Flatten())
		if err != nil {
			t.Fatal(err)
		}
		change(&m)
		return m
	}
	diverge := tiny
	diverge.Training.LearningRate = 1
	for _, row := range []struct {
		rule  string
		train func() error
		want  string
	}{
		{"other shape", func() error {
			_, _, err := tr.Train(context.Background(), wrong(func(m *update.Model) { m.Tensors[1].Shape = []int{4, 3} }), data, train.Options{})
			return err
		}, `model has "layer0.weight" of shape [4 3], want [3 4] for tiny`},
		{"missing tensor", func() error {
			_, _, err := tr.Train(context.Background(), wrong(func(m *update.Model) { m.Tensors = m.Tensors[1:] }), data, train.Options{})
			return err
		}, `model has "layer0.bias" of shape [], want [4]`},
		{"extra tensor", func() error {
			_, _, err := tr.Train(context.Background(), wrong(func(m *update.Model) {
				m.Tensors = append(m.Tensors, update.Tensor{Name: "x", Shape: []int{1}, Data: []float32{0}})
			}), data, train.Options{})
			return err
		}, "model has 5 tensors, want 4"},
		{"invalid model", func() error {
			_, _, err := tr.Train(context.Background(), wrong(func(m *update.Model) { m.Tensors[0].Data[0] = float32(math.NaN()) }), data, train.Options{})
			return err
		}, "not finite"},
		{"no rows", func() error {
			_, _, err := tr.Train(context.Background(), base, train.Dataset{Features: 3, Classes: 2}, train.Options{})
			return err
		}, "data has no rows"},
		{"other features", func() error {
			_, _, err := tr.Train(context.Background(), base, sample(10, 2), train.Options{})
			return err
		}, "data has 1 features and 2 classes, want 3 and 2"},
		{"label out of range", func() error {
			d := rows(1, 3)
			d.Labels[1] = 2
			_, _, err := tr.Train(context.Background(), base, d, train.Options{})
			return err
		}, "the label of row 1 is not one of 0 to 1"},
		{"values missing", func() error {
			d := rows(1, 3)
			d.Values = d.Values[1:]
			_, err := train.Evaluate(context.Background(), tiny, base, d)
			return err
		}, "data has 8 values for 3 rows of 3"},
		{"epochs", func() error {
			_, _, err := tr.Train(context.Background(), base, data, train.Options{Epochs: -1})
			return err
		}, "-1 epochs"},
		{"diverging", func() error {
			d := rows(1, 20)
			for i := range d.Values {
				d.Values[i] = 3.12345e38
			}
			_, _, err := trainer(t, diverge).Train(context.Background(), base, d, train.Options{})
			return err
		}, "training diverged"},
		{"description", func() error { _, err := train.NewTrainer(train.ModelSpec{}); return err }, "model name"},
	} {
		err := row.train()
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got error %v, want %s", row.rule, err, row.want)
		}
		if err != nil && (strings.Contains(err.Error(), "e+38") || strings.Contains(err.Error(), "345")) {
			t.Errorf("%s: error quotes a value: %v", row.rule, err)
		}
	}
}

func TestEvaluate(t *testing.T) {
	s := train.ModelSpec{Name: "sign", Layers: []int{1, 2, 3}, Shift: []float32{10}, Scale: []float32{2}, Training: tiny.Training}
	m := initial(t, s)
	copy(tensor(m, "layer0.weight"), []float32{1, -1})
	copy(tensor(m, "layer1.weight"), []float32{1, 0, 0, 0, 1, 0}) // scores: relu(x), relu(−x), 0
	d := train.Dataset{Features: 1, Classes: 3, Values: []float32{11, 9, 10, 10, 12, 7}, Labels: []int{0, 1, 0, 2, 1, 1}}
	// A tie of all three, at 10, goes to the lowest label.
	if got, err := train.Evaluate(context.Background(), s, m, d); err != nil || got != 4.0/6 {
		t.Errorf("accuracy %v, %v; want %v", got, err, 4.0/6)
	}
}

// A layer numbered 10 sorts before one numbered 2; names decide, not positions.
func TestManyLayers(t *testing.T) {
	s := tiny
	s.Layers = []int{3, 4, 5, 4, 6, 4, 5, 4, 3, 4, 5, 6, 2}
	m, _, err := trainer(t, s).Train(context.Background(), initial(t, s), rows(1, 40), train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := tensor(m, "layer10.weight"); len(got) != 30 {
		t.Errorf("layer 10 has %d weights", len(got))
	}
	if _, err := train.Evaluate(context.Background(), s, m, rows(2, 10)); err != nil {
		t.Error(err)
	}
}

func BenchmarkTrain(b *testing.B) {
	s := train.ModelSpec{Name: "bench", Layers: []int{64, 64, 10}, Shift: []float32{0}, Scale: []float32{1},
		Training: train.Training{LearningRate: 0.01, Batch: 32, Epochs: 20}}
	d := train.Dataset{Features: 64, Classes: 10}
	rnd := rand.New(rand.NewPCG(1, 1))
	for i := range 60 {
		for range 64 {
			d.Values = append(d.Values, rnd.Float32())
		}
		d.Labels = append(d.Labels, i%10)
	}
	tr, base := trainer(b, s), initial(b, s)
	for b.Loop() {
		if _, _, err := tr.Train(context.Background(), base, d, train.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
