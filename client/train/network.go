package train

import (
	"context"
	"fmt"
	"slices"

	"sotto/update"
)

// part says where a layer's weights or biases lie in a flattened model.
type part struct {
	layer, in, out int
	bias           bool
	from, to       int
}

// layout returns the parts of a model in the order of [update.Model.Flatten], that of the tensors' names.
func (s ModelSpec) layout() []part {
	var parts []part
	for i, l := range s.shapes() {
		parts = append(parts, part{layer: i, in: l.in, out: l.out, bias: true}, part{layer: i, in: l.in, out: l.out})
	}
	slices.SortFunc(parts, func(a, b part) int {
		if a.name() < b.name() {
			return -1
		}
		return 1
	})
	at := 0
	for i := range parts {
		p := &parts[i]
		p.from, p.to = at, at+p.out
		if !p.bias {
			p.to = at + p.in*p.out
		}
		at = p.to
	}
	return parts
}

func (p part) name() string {
	if p.bias {
		return biasName(p.layer)
	}
	return weightName(p.layer)
}

func (p part) shape() []int {
	if p.bias {
		return []int{p.out}
	}
	return []int{p.in, p.out}
}

// checkModel says whether m has exactly the tensors of the description.
func (s ModelSpec) checkModel(m update.Model) error {
	if err := m.Validate(); err != nil {
		return err
	}
	have := map[string][]int{}
	for _, t := range m.Tensors {
		have[t.Name] = t.Shape
	}
	parts := s.layout()
	for _, p := range parts {
		if shape, ok := have[p.name()]; !ok || !slices.Equal(shape, p.shape()) {
			return fmt.Errorf("model has %q of shape %v, want %v for %s", p.name(), shape, p.shape(), s.Name)
		}
	}
	if len(have) != len(parts) {
		return fmt.Errorf("model has %d tensors, want %d for %s", len(have), len(parts), s.Name)
	}
	return nil
}

func (s ModelSpec) checkData(d Dataset) error {
	switch {
	case d.Features != s.Features() || d.Classes != s.Classes():
		return fmt.Errorf("data has %d features and %d classes, want %d and %d for %s", d.Features, d.Classes, s.Features(), s.Classes(), s.Name)
	case d.Rows() == 0:
		return fmt.Errorf("data has no rows")
	case len(d.Values) != d.Rows()*d.Features:
		return fmt.Errorf("data has %d values for %d rows of %d", len(d.Values), d.Rows(), d.Features)
	}
	for i, l := range d.Labels {
		if l < 0 || l >= d.Classes {
			return fmt.Errorf("the label of row %d is not one of 0 to %d", i, d.Classes-1)
		}
	}
	return nil
}

// scale writes a row's inputs to dst.
func (s ModelSpec) scale(dst, row []float32) {
	for i, v := range row {
		dst[i] = float32(float32(v-s.Shift[min(i, len(s.Shift)-1)]) * s.Scale[min(i, len(s.Scale)-1)])
	}
}

// Evaluate returns the share of rows whose label the model gives the highest score, the lowest label first among equals. It is
// computed in plain float32 arithmetic and the same on every CPU. It stops between rows when ctx is done, with ctx's error.
func Evaluate(ctx context.Context, spec ModelSpec, m update.Model, data Dataset) (accuracy float64, err error) {
	if err := spec.Validate(); err != nil {
		return 0, err
	}
	if err := spec.checkModel(m); err != nil {
		return 0, err
	}
	if err := spec.checkData(data); err != nil {
		return 0, err
	}
	flat, shapes := m.Flatten(), spec.shapes()
	weights, biases := make([][]float32, len(shapes)), make([][]float32, len(shapes))
	for _, p := range spec.layout() {
		if p.bias {
			biases[p.layer] = flat[p.from:p.to]
		} else {
			weights[p.layer] = flat[p.from:p.to]
		}
	}
	widest := slices.Max(spec.Layers)
	x, y := make([]float32, widest), make([]float32, widest)
	right := 0
	for r, label := range data.Labels {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		spec.scale(x[:spec.Features()], data.Row(r))
		for l, s := range shapes {
			forward(y[:s.out], x[:s.in], weights[l], biases[l], l < len(shapes)-1)
			x, y = y, x
		}
		best := 0
		for c, score := range x[:spec.Classes()] {
			if score > x[best] {
				best = c
			}
		}
		if best == label {
			right++
		}
	}
	return float64(right) / float64(data.Rows()), nil
}

// forward writes relu(x·w + b), or without relu, to y.
func forward(y, x, w, b []float32, relu bool) {
	copy(y, b)
	for i, v := range x {
		for j, weight := range w[i*len(y) : (i+1)*len(y)] {
			y[j] += float32(v * weight)
		}
	}
	if relu {
		for j := range y {
			y[j] = max(0, y[j])
		}
	}
}
