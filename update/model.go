package update

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"
)

// A Tensor is a named array of float32, row-major. An empty Shape is a scalar.
type Tensor struct {
	Name  string
	Shape []int
	Data  []float32
}

// A Model is a set of named tensors and a few strings about them, what a safetensors file holds. The parameters of a model are
// counted through its tensors in the byte order of their names.
//
// Models are treated as immutable: functions of this package return new ones that share no values with their inputs.
type Model struct {
	Tensors  []Tensor
	Metadata map[string]string
}

const (
	maxNameBytes = 255 // of a tensor; PyTorch names of deep models stay below 100
	maxRank      = 16  // dimensions of a tensor
)

// Validate says whether m can be written: names are unique, non-empty UTF-8 of at most 255 bytes, shapes have at most 16 dimensions
// of at least 1 and fit their data, there is at least one parameter, and all are finite. [ReadModel], [Apply] and [Model.WithValues] return
// valid models.
func (m Model) Validate() error {
	seen := make(map[string]bool, len(m.Tensors))
	for _, t := range m.Tensors {
		if err := checkName(t.Name); err != nil {
			return err
		}
		if seen[t.Name] {
			return fmt.Errorf("model has two tensors named %q", t.Name)
		}
		seen[t.Name] = true
		if len(t.Shape) > maxRank {
			return fmt.Errorf("tensor %q has %d dimensions, want at most %d", t.Name, len(t.Shape), maxRank)
		}
		if n, ok := elements(t.Shape, len(t.Data)); !ok || n != len(t.Data) {
			return fmt.Errorf("tensor %q has %d values, which do not fit its shape %v", t.Name, len(t.Data), t.Shape)
		}
		for i, x := range t.Data {
			if !finite(x) {
				return fmt.Errorf("tensor %q is not finite at index %d", t.Name, i)
			}
		}
	}
	if m.Parameters() == 0 {
		return fmt.Errorf("model has no parameters")
	}
	for k, v := range m.Metadata {
		if !utf8.ValidString(k) || !utf8.ValidString(v) {
			return fmt.Errorf("metadata %q is not UTF-8", k)
		}
	}
	return nil
}

func checkName(name string) error {
	switch {
	case name == "" || len(name) > maxNameBytes:
		return fmt.Errorf("tensor name has %d bytes, want 1 to %d", len(name), maxNameBytes)
	case name == metadataKey:
		return fmt.Errorf("tensor is named %q, which is reserved", name)
	case !utf8.ValidString(name):
		return fmt.Errorf("tensor name %q is not UTF-8", name)
	}
	return nil
}

// elements returns the product of the dimensions; it is false if one is below 1 or the product is above limit.
func elements(shape []int, limit int) (int, bool) {
	n := 1
	for _, d := range shape {
		if d < 1 || n > limit/d {
			return 0, false
		}
		n *= d
	}
	return n, n <= limit
}

// Parameters returns the number of values of all tensors.
func (m Model) Parameters() int {
	n := 0
	for _, t := range m.Tensors {
		n += len(t.Data)
	}
	return n
}

// Flatten returns a copy of all values: tensors in the byte order of their names, each row-major.
func (m Model) Flatten() []float32 {
	flat := make([]float32, 0, m.Parameters())
	for _, t := range m.sorted() {
		flat = append(flat, t.Data...)
	}
	return flat
}

// WithValues returns a model with m's names, shapes and metadata and the given values in the order of [Model.Flatten]. Their number
// must be m's and all must be finite.
func (m Model) WithValues(values []float32) (Model, error) {
	if want := m.Parameters(); len(values) != want {
		return Model{}, fmt.Errorf("%d values for a model of %d parameters", len(values), want)
	}
	n := Model{Metadata: maps.Clone(m.Metadata)}
	for _, t := range m.sorted() {
		data := slices.Clone(values[:len(t.Data)])
		values = values[len(t.Data):]
		n.Tensors = append(n.Tensors, Tensor{t.Name, slices.Clone(t.Shape), data})
	}
	if err := n.Validate(); err != nil {
		return Model{}, err
	}
	return n, nil
}

// sorted returns the tensors in the byte order of their names.
func (m Model) sorted() []Tensor {
	byName := func(a, b Tensor) int { return cmp.Compare(a.Name, b.Name) }
	if slices.IsSortedFunc(m.Tensors, byName) {
		return m.Tensors
	}
	ts := slices.Clone(m.Tensors)
	slices.SortFunc(ts, byName)
	return ts
}

func sameTensors(as, bs []extent) error {
	if len(as) != len(bs) {
		return fmt.Errorf("models have %d and %d tensors", len(as), len(bs))
	}
	for i, t := range as {
		u := bs[i]
		if t.name != u.name || !slices.Equal(t.shape, u.shape) || t.values != u.values {
			return fmt.Errorf("models differ in tensor %q %v against %q %v", t.name, t.shape, u.name, u.shape)
		}
	}
	return nil
}
