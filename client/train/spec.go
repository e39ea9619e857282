package train

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"

	"sotto/update"
)

// A ModelSpec is a model's public description, the same for every contributor: a fully connected network of ReLU layers that
// classifies rows of numbers, how a row is scaled before it enters, and how to train. It is an unchecked literal until
// [ModelSpec.Validate].
//
// The scaling is part of the description and never fitted to a contributor's rows, because averaging only makes sense between
// networks that see the same inputs, and because fitted numbers would say something about the rows.
type ModelSpec struct {
	Name     string    // 1 to 63 of a-z, 0-9 and -
	Layers   []int     // units: features, hidden layers, classes
	Shift    []float32 // an input is (value − Shift)·Scale; one number for all features, or one each
	Scale    []float32
	Training Training
}

// Training says how a contributor trains: softmax cross-entropy, Adam with the usual β of 0.9 and 0.999 and a fresh state.
type Training struct {
	LearningRate float32 // above 0, at most 1
	Batch        int     // rows a step
	Epochs       int     // times that every row is used
}

// Bounds of a description, wide enough for any tabular data and narrow enough for a laptop.
const (
	MaxSpecBytes = 4 << 20 // of a description as text
	maxLayers    = 16
	maxUnits     = 1 << 16
	maxWeights   = 1 << 26
	maxBatch     = 1 << 12
	maxEpochs    = 1 << 10
)

var specName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// Validate says whether s describes a network that can be built and trained.
func (s ModelSpec) Validate() error {
	switch {
	case !specName.MatchString(s.Name):
		return fmt.Errorf("model name %q, want 1 to 63 of a-z, 0-9 and -", s.Name)
	case len(s.Layers) < 2 || len(s.Layers) > maxLayers:
		return fmt.Errorf("model has %d layers of units, want 2 to %d", len(s.Layers), maxLayers)
	case s.Classes() < 2:
		return fmt.Errorf("model has %d classes, want at least 2", s.Classes())
	case !(s.Training.LearningRate > 0 && s.Training.LearningRate <= 1):
		return fmt.Errorf("learning rate %v, want above 0 and at most 1", s.Training.LearningRate)
	case s.Training.Batch < 1 || s.Training.Batch > maxBatch:
		return fmt.Errorf("batch of %d rows, want 1 to %d", s.Training.Batch, maxBatch)
	case s.Training.Epochs < 1 || s.Training.Epochs > maxEpochs:
		return fmt.Errorf("%d epochs, want 1 to %d", s.Training.Epochs, maxEpochs)
	}
	for _, n := range s.Layers {
		if n < 1 || n > maxUnits {
			return fmt.Errorf("layer of %d units, want 1 to %d", n, maxUnits)
		}
	}
	if n := s.Parameters(); n > maxWeights {
		return fmt.Errorf("model has %d parameters, want at most %d", n, maxWeights)
	}
	for _, xs := range [][]float32{s.Shift, s.Scale} {
		if len(xs) != 1 && len(xs) != s.Features() {
			return fmt.Errorf("shift or scale has %d numbers, want 1 or %d, one per feature", len(xs), s.Features())
		}
		for i, x := range xs {
			if !finite(x) {
				return fmt.Errorf("shift or scale of feature %d is not finite", i)
			}
		}
	}
	if i := slices.Index(s.Scale, 0); i >= 0 {
		return fmt.Errorf("scale of feature %d is 0", i)
	}
	return nil
}

// Features returns the numbers in a row, without the label.
func (s ModelSpec) Features() int { return s.Layers[0] }

// Classes returns the number of labels, which are 0 to Classes − 1.
func (s ModelSpec) Classes() int { return s.Layers[len(s.Layers)-1] }

// Parameters returns the number of weights and biases.
func (s ModelSpec) Parameters() int {
	n := 0
	for _, l := range s.shapes() {
		n += l.in*l.out + l.out
	}
	return n
}

// shape is that of one layer: its weights are [in, out], row-major, its biases [out].
type shape struct{ in, out int }

func (s ModelSpec) shapes() []shape {
	var ls []shape
	for i, out := range s.Layers[1:] {
		ls = append(ls, shape{s.Layers[i], out})
	}
	return ls
}

func weightName(layer int) string { return fmt.Sprintf("layer%d.weight", layer) }
func biasName(layer int) string   { return fmt.Sprintf("layer%d.bias", layer) }

// specFile is a description as text. The order of its fields is that of the canonical form.
type specFile struct {
	Version  int       `json:"version"`
	Kind     string    `json:"kind"`
	Name     string    `json:"name"`
	Layers   []int     `json:"layers"`
	Shift    []float32 `json:"shift"`
	Scale    []float32 `json:"scale"`
	Training struct {
		Optimiser    string  `json:"optimiser"`
		LearningRate float32 `json:"learning_rate"`
		Batch        int     `json:"batch"`
		Epochs       int     `json:"epochs"`
	} `json:"training"`
}

const (
	specVersion   = 1
	specKind      = "relu-classifier"
	specOptimiser = "adam"
)

// Canonical returns the description as JSON without white space: the bytes that [ModelSpec.ID] hashes. Numbers have the fewest digits
// that give the same float32.
func (s ModelSpec) Canonical() []byte {
	f := specFile{Version: specVersion, Kind: specKind, Name: s.Name, Layers: s.Layers, Shift: s.Shift, Scale: s.Scale}
	f.Training.Optimiser = specOptimiser
	f.Training.LearningRate, f.Training.Batch, f.Training.Epochs = s.Training.LearningRate, s.Training.Batch, s.Training.Epochs
	b, err := json.Marshal(f)
	if err != nil {
		panic("train: internal error: description was not validated: " + err.Error())
	}
	return b
}

// ID returns the SHA-256 of the canonical description, which rounds carry as the model id.
func (s ModelSpec) ID() [sha256.Size]byte { return sha256.Sum256(s.Canonical()) }

// WriteSpec writes a valid description for people: canonical but for white space.
func WriteSpec(w io.Writer, s ModelSpec) error {
	if err := s.Validate(); err != nil {
		return err
	}
	var b bytes.Buffer
	json.Indent(&b, s.Canonical(), "", "  ")
	b.WriteByte('\n')
	_, err := w.Write(b.Bytes())
	return err
}

// ReadSpec reads a description up to the end of r. White space is free; all else must be as [ModelSpec.Canonical] has it, so that a
// description has one reading and one ID.
func ReadSpec(r io.Reader) (ModelSpec, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxSpecBytes+1))
	if err != nil {
		return ModelSpec{}, fmt.Errorf("reading model description: %w", err)
	}
	if len(text) > MaxSpecBytes {
		return ModelSpec{}, fmt.Errorf("malformed model description: more than %d bytes", MaxSpecBytes)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		return ModelSpec{}, errors.New("malformed model description: not JSON")
	}
	d := json.NewDecoder(&compact)
	d.DisallowUnknownFields()
	var f specFile
	canonical := slices.Clone(compact.Bytes())
	if err := d.Decode(&f); err != nil {
		return ModelSpec{}, fmt.Errorf("malformed model description: %v", err)
	}
	if f.Version != specVersion || f.Kind != specKind || f.Training.Optimiser != specOptimiser {
		return ModelSpec{}, fmt.Errorf("model description of version %d, kind %q, optimiser %q; want %d, %q, %q",
			f.Version, f.Kind, f.Training.Optimiser, specVersion, specKind, specOptimiser)
	}
	s := ModelSpec{Name: f.Name, Layers: f.Layers, Shift: f.Shift, Scale: f.Scale,
		Training: Training{f.Training.LearningRate, f.Training.Batch, f.Training.Epochs}}
	if err := s.Validate(); err != nil {
		return ModelSpec{}, fmt.Errorf("malformed model description: %w", err)
	}
	if want := s.Canonical(); !bytes.Equal(canonical, want) {
		return ModelSpec{}, fmt.Errorf("malformed model description: keys or numbers are not in canonical form, want %.1000s", want)
	}
	return s, nil
}

// InitialModel returns the network that a task starts from: weights uniform in ±√(6/(in+out)) (Glorot and Bengio, 2010), biases zero,
// the same bytes for a seed on every CPU.
func InitialModel(s ModelSpec, seed uint64) (update.Model, error) {
	if err := s.Validate(); err != nil {
		return update.Model{}, err
	}
	rnd := rand.New(rand.NewChaCha8(seedKey("initial model", seed)))
	m := update.Model{Metadata: map[string]string{"model": s.Name}}
	for i, l := range s.shapes() {
		limit := math.Sqrt(6 / float64(l.in+l.out))
		weights := make([]float32, l.in*l.out)
		for j := range weights {
			// A signed 53-bit integer, so that there is no sum of floats that a compiler could fuse with a product.
			weights[j] = float32(float64(int64(rnd.Uint64())>>11) / (1 << 52) * limit)
		}
		m.Tensors = append(m.Tensors,
			update.Tensor{Name: biasName(i), Shape: []int{l.out}, Data: make([]float32, l.out)},
			update.Tensor{Name: weightName(i), Shape: []int{l.in, l.out}, Data: weights})
	}
	return m, nil
}

// seedKey turns a number into a generator's key, another one for each purpose.
func seedKey(purpose string, seed uint64) [32]byte {
	return sha256.Sum256(fmt.Appendf(nil, "%s %d", purpose, seed))
}

func finite(x float32) bool { return math.Float32bits(x)>>23&0xff != 0xff }
