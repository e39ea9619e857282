package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomlx/gomlx/backends/simplego"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"

	"sotto/update"
)

// A Trainer trains the networks of one description. It compiles the training step once, keeps nothing of a training and may be used
// by several goroutines.
type Trainer struct {
	spec ModelSpec
	step *graph.Exec
}

// Options of one training. The zero value follows the description.
type Options struct {
	Epochs   int    // 0 means the description's
	Seed     uint64 // of the order of rows
	Progress func(Progress)
}

// Progress is told after every epoch.
type Progress struct {
	Epoch, Epochs int
	Loss          float64 // mean cross-entropy over the epoch's rows, each before the step that it took part in
}

// Stats say how a training went. They derive from private rows: for the contributor's eyes.
type Stats struct {
	Rows, Epochs, Steps int
	Loss                float64 // of the last epoch
}

// Parameters of Adam (Kingma and Ba, 2015) that a description does not set.
const (
	beta1   = 0.9
	beta2   = 0.999
	epsilon = 1e-7
)

// NewTrainer compiles the training step of a description.
func NewTrainer(spec ModelSpec) (*Trainer, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	// One operation after the other: the steps are too small to gain from more, and several contributors may train at once.
	backend, err := simplego.New("ops_sequential")
	if err != nil {
		return nil, fmt.Errorf("training back end: %w", err)
	}
	t := &Trainer{spec: spec}
	if t.step, err = graph.NewExec(backend, t.build); err != nil {
		return nil, fmt.Errorf("training step: %w", err)
	}
	if err := t.step.PreCompile(t.newState(make([]float32, spec.Parameters())).arguments(t.newBatch(), 0)...); err != nil {
		return nil, fmt.Errorf("training step: %w", err)
	}
	return t, nil
}

// build is the training step as a graph: state and batch in, next state and loss out. Parameters and moments are single vectors, so
// that Adam is a handful of operations however many layers there are.
//
// The gradient is written out because graph.Gradient expands every matrix product to batch × in × out values, which takes several
// times as long as the whole step does without.
func (t *Trainer) build(in []*graph.Node) []*graph.Node {
	params, mean, square, rate, x, y, weights := in[0], in[1], in[2], in[3], in[4], in[5], in[6]
	layers := len(t.spec.Layers) - 1
	weight, bias := make([]*graph.Node, layers), make([]*graph.Node, layers)
	for _, p := range t.spec.layout() {
		values := graph.Slice(params, graph.AxisRange(p.from, p.to))
		if p.bias {
			bias[p.layer] = graph.Reshape(values, 1, p.out)
		} else {
			weight[p.layer] = graph.Reshape(values, p.in, p.out)
		}
	}

	inputs := make([]*graph.Node, layers)
	for l := range layers {
		inputs[l] = x
		x = graph.Add(graph.Dot(x, weight[l]), bias[l])
		if l < layers-1 {
			x = graph.MaxScalar(x, 0)
		}
	}
	logs := graph.LogSoftmax(x)
	share := graph.Div(weights, graph.ReduceAllSum(weights))
	loss := graph.Neg(graph.ReduceAllSum(graph.Mul(graph.Mul(logs, y), share)))

	// delta is the loss's gradient with respect to a layer's sums; through relu it passes where the layer's output is above zero.
	delta := graph.Mul(graph.Sub(graph.Exp(logs), y), share)
	parts := make(map[string]*graph.Node)
	for l := layers - 1; l >= 0; l-- {
		parts[weightName(l)] = graph.DotGeneral(inputs[l], []int{0}, nil, delta, []int{0}, nil)
		parts[biasName(l)] = graph.ReduceSum(delta, 0)
		if l > 0 {
			delta = graph.Mul(graph.DotGeneral(delta, []int{1}, nil, weight[l], []int{1}, nil), graph.Sign(inputs[l]))
		}
	}
	var flat []*graph.Node
	for _, p := range t.spec.layout() {
		flat = append(flat, graph.Reshape(parts[p.name()], p.to-p.from))
	}
	gradient := graph.Concatenate(flat, 0)

	mean = graph.Add(graph.MulScalar(mean, beta1), graph.MulScalar(gradient, 1-beta1))
	square = graph.Add(graph.MulScalar(square, beta2), graph.MulScalar(graph.Square(gradient), 1-beta2))
	params = graph.Sub(params, graph.Div(graph.Mul(mean, rate), graph.AddScalar(graph.Sqrt(square), epsilon)))
	return []*graph.Node{params, mean, square, loss}
}

// A state is what one step hands to the next: parameters and Adam's two moments, in the order of [update.Model.Flatten].
type state [3]*tensors.Tensor

func (t *Trainer) newState(params []float32) state {
	zero := make([]float32, len(params))
	return state{
		tensors.FromFlatDataAndDimensions(params, len(params)),
		tensors.FromFlatDataAndDimensions(zero, len(params)),
		tensors.FromFlatDataAndDimensions(zero, len(params)),
	}
}

func (s state) arguments(b batch, rate float32) []any {
	n := len(b.weights)
	return []any{
		s[0], s[1], s[2], tensors.FromScalar(rate),
		tensors.FromFlatDataAndDimensions(b.x, n, len(b.x)/n),
		tensors.FromFlatDataAndDimensions(b.y, n, len(b.y)/n),
		tensors.FromFlatDataAndDimensions(b.weights, n, 1),
	}
}

func (s state) release() {
	for _, t := range s {
		t.FinalizeAll() // gives the memory back to the back end's pool
	}
}

// A batch is the rows of one step: scaled inputs, one-hot labels, and 1 for a row and 0 for padding.
type batch struct{ x, y, weights []float32 }

func (t *Trainer) newBatch() batch {
	n := t.spec.Training.Batch
	return batch{make([]float32, n*t.spec.Features()), make([]float32, n*t.spec.Classes()), make([]float32, n)}
}

func (t *Trainer) fill(b batch, data Dataset, rows []int) {
	clear(b.x)
	clear(b.y)
	clear(b.weights)
	for i, r := range rows {
		t.spec.scale(b.x[i*data.Features:(i+1)*data.Features], data.Row(r))
		b.y[i*data.Classes+data.Labels[r]] = 1
		b.weights[i] = 1
	}
}

// Train continues from base on data, which must be of the description's shape, and returns the trained model. It stops between steps
// when ctx is done, with ctx's error.
func (t *Trainer) Train(ctx context.Context, base update.Model, data Dataset, opts Options) (update.Model, Stats, error) {
	if err := t.spec.checkModel(base); err != nil {
		return update.Model{}, Stats{}, err
	}
	if err := t.spec.checkData(data); err != nil {
		return update.Model{}, Stats{}, err
	}
	epochs := opts.Epochs
	if epochs == 0 {
		epochs = t.spec.Training.Epochs
	}
	if epochs < 1 || epochs > maxEpochs {
		return update.Model{}, Stats{}, fmt.Errorf("%d epochs, want 1 to %d", epochs, maxEpochs)
	}
	rnd := rand.New(rand.NewChaCha8(seedKey("order of rows", opts.Seed)))
	stats := Stats{Rows: data.Rows(), Epochs: epochs}
	state, batch := t.newState(base.Flatten()), t.newBatch()
	defer func() { state.release() }()
	for epoch := range epochs {
		order := rnd.Perm(data.Rows())
		var loss float64
		for len(order) > 0 {
			if err := ctx.Err(); err != nil {
				return update.Model{}, Stats{}, err
			}
			n := min(t.spec.Training.Batch, len(order))
			t.fill(batch, data, order[:n])
			order = order[n:]
			stats.Steps++
			next, mean, err := t.run(state, batch, stats.Steps)
			if err != nil {
				return update.Model{}, Stats{}, err
			}
			state.release()
			state = next
			loss += float64(mean) * float64(n)
		}
		stats.Loss = loss / float64(data.Rows())
		if opts.Progress != nil {
			opts.Progress(Progress{epoch + 1, epochs, stats.Loss})
		}
	}
	params, err := tensors.CopyFlatData[float32](state[0])
	if err != nil {
		return update.Model{}, Stats{}, errStep
	}
	trained, err := base.WithValues(params)
	if err != nil {
		return update.Model{}, Stats{}, fmt.Errorf("training diverged, the learning rate may be too high for these rows: %w", err)
	}
	return trained, stats, nil
}

// errStep stands for any failure of the back end, whose own messages may quote the values that it was given.
var errStep = errors.New("the training step failed")

// run makes step number step, from 1, and returns the next state and the batch's mean loss.
func (t *Trainer) run(s state, b batch, step int) (next state, loss float32, err error) {
	// Adam corrects both moments for their start at zero; here as one factor on the learning rate.
	correction := math.Sqrt(1-math.Pow(beta2, float64(step))) / (1 - math.Pow(beta1, float64(step)))
	rate := float32(float64(t.spec.Training.LearningRate) * correction)
	out, _, err := t.step.ExecWithGraphOnDevice(0, s.arguments(b, rate)...)
	if err != nil || len(out) != 4 {
		return state{}, 0, errStep
	}
	if err := tensors.ConstFlatData(out[3], func(flat []float32) { loss = flat[0] }); err != nil {
		return state{}, 0, errStep
	}
	out[3].FinalizeAll()
	return state(out[:3]), loss, nil
}
