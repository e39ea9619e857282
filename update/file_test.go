package update_test

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"sotto/update"
)

func open(b []byte) (*update.File, error) {
	return update.OpenFile(bytes.NewReader(b), int64(len(b)), update.DefaultLimits())
}

// large is a model whose tensors are longer than what is converted at a time, not in the order of their names.
func large() update.Model {
	rng := rand.New(rand.NewPCG(3, 3))
	m := update.Model{Metadata: map[string]string{"format": "pt"}}
	for name, rows := range map[string]int{"c": 40_000, "a": 1, "b": 20_001} {
		t := update.Tensor{Name: name, Shape: []int{rows, 2}}
		for range 2 * rows {
			t.Data = append(t.Data, float32(rng.NormFloat64()))
		}
		m.Tensors = append(m.Tensors, t)
	}
	return m
}

func TestFileIsTheModel(t *testing.T) {
	foreign := file(`{"z":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}, "a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}`, 1, 2, 3)
	for _, b := range [][]byte{write(t, small), write(t, large()), foreign} {
		m, err := read(b)
		if err != nil {
			t.Fatal(err)
		}
		f, err := open(b)
		if err != nil {
			t.Fatal(err)
		}
		again, err := f.Model()
		if err != nil || again.Hash() != m.Hash() {
			t.Errorf("another model, error %v", err)
		}
		want := m.Flatten()
		if f.Parameters() != len(want) {
			t.Fatalf("%d parameters, want %d", f.Parameters(), len(want))
		}
		for _, values := range []update.Values{f, m} {
			for _, length := range []int{1, 3, 1 << 14, 50_000, len(want)} {
				for first := 0; first < len(want); first += max(length, len(want)/7) {
					got := make([]float32, min(length, len(want)-first))
					if err := values.ReadValues(got, first); err != nil || !slices.Equal(got, want[first:first+len(got)]) {
						t.Errorf("%T: %d values from %d on: error %v", values, len(got), first, err)
					}
				}
			}
			for _, beyond := range []int{-1, len(want) - 1, len(want), math.MaxInt - 1} {
				if err := values.ReadValues(make([]float32, 2), beyond); err == nil {
					t.Errorf("%T: values from %d on of %d were read", values, beyond, len(want))
				}
			}
		}
	}
}

func TestOpenFileRefuses(t *testing.T) {
	good := write(t, small)
	for rule, b := range map[string][]byte{
		"empty":            nil,
		"cut in the head":  good[:20],
		"cut in the data":  good[:len(good)-1],
		"bytes after it":   append(slices.Clone(good), 0),
		"no parameters":    file(`{}`),
		"another type":     file(`{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}`, 1),
		"a hole":           file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, 1, 2),
		"too many of them": file(`{"a":{"dtype":"F32","shape":[268435457],"data_offsets":[0,1073741828]}}`),
	} {
		_, err := read(b)
		if _, openErr := open(b); err == nil || openErr == nil || !strings.HasPrefix(openErr.Error(), "malformed model: ") {
			t.Errorf("%s: got error %v, reading it all gives %v", rule, openErr, err)
		}
	}
}

// shrinking is a file that somebody cuts off while it is read.
type shrinking struct {
	*bytes.Reader
	size int64
}

func (s *shrinking) ReadAt(b []byte, at int64) (int, error) {
	if at >= s.size {
		return 0, errors.New("beyond the end")
	}
	return s.Reader.ReadAt(b[:min(len(b), int(s.size-at))], at)
}

func TestFileReadErrors(t *testing.T) {
	header := `{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}`
	f, err := open(file(header, 1, 2, float32(math.NaN())))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.ReadValues(make([]float32, 2), 0); err != nil {
		t.Errorf("finite values: %v", err)
	}
	if err := f.ReadValues(make([]float32, 2), 1); err == nil || err.Error() != `malformed model: tensor "b" is not finite at index 1` {
		t.Errorf("a value that is not finite: got error %v", err)
	}
	if _, err := f.Model(); err == nil {
		t.Error("a value that is not finite was read with the rest")
	}
	b := write(t, large())
	s := &shrinking{bytes.NewReader(b), int64(len(b))}
	if f, err = update.OpenFile(s, s.size, update.DefaultLimits()); err != nil {
		t.Fatal(err)
	}
	s.size -= 10
	if err := f.ReadValues(make([]float32, f.Parameters()), 0); err == nil || !strings.HasPrefix(err.Error(), `reading model: tensor "c"`) {
		t.Errorf("a file that became shorter: got error %v", err)
	}
}

// TestEncoderIsEncode reads an update and quantises it in pieces of many sizes, from models in memory and in files.
func TestEncoderIsEncode(t *testing.T) {
	base := large()
	values := base.Flatten()
	for i := range values {
		values[i] += float32(math.Sin(float64(i)))
	}
	trained, err := base.WithValues(values)
	if err != nil {
		t.Fatal(err)
	}
	difference, err := update.Difference(trained, base)
	if err != nil {
		t.Fatal(err)
	}
	q := update.Quantiser{Clip: 0.75, Bits: 9}
	files := make([]*update.File, 2)
	for i, m := range []update.Model{trained, base} {
		if files[i], err = open(write(t, m)); err != nil {
			t.Fatal(err)
		}
	}
	for _, rule := range []update.MeanRule{{}, {Weighting: update.WeightExamples, Examples: 30}} {
		want, clipped, err := rule.Encode(difference, 20, q, seeded("encoder").Uint64)
		if err != nil || clipped == 0 || len(want) != rule.Coordinates(len(difference)) {
			t.Fatalf("%d integers, %d clipped, %v", len(want), clipped, err)
		}
		for _, pair := range [][2]update.Values{{trained, base}, {files[0], files[1]}, {trained, files[1]}} {
			for _, length := range []int{1000, 1 << 14, 50_000, len(want)} {
				r, err := update.NewReader(pair[0], pair[1])
				if err != nil {
					t.Fatal(err)
				}
				e, err := rule.NewEncoder(r.Parameters(), r.Read, 20, q, seeded("encoder").Uint64)
				if err != nil {
					t.Fatal(err)
				}
				got := make([]uint32, len(want))
				for part := range slices.Chunk(got, length) {
					if err := e.Read(part); err != nil {
						t.Fatal(err)
					}
				}
				if !slices.Equal(got, want) || e.Clipped() != clipped {
					t.Errorf("%v in pieces of %d: other integers, or %d clipped, want %d", rule, length, e.Clipped(), clipped)
				}
				if err := e.Read(got[:1]); err == nil {
					t.Error("more integers were read than there are")
				}
			}
		}
	}
}

func TestReaderRefuses(t *testing.T) {
	other, err := open(file(`{"b.weight":{"dtype":"F32","shape":[5],"data_offsets":[0,20]}}`, 1, 2, 3, 4, 5))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := update.NewReader(other, small); err == nil || err.Error() != "models have 1 and 2 tensors" {
		t.Errorf("other tensors: got error %v", err)
	}
	infinite := write(t, small)
	copy(infinite[len(infinite)-4:], []byte{0, 0, 0x80, 0x7f})
	bad, err := open(infinite)
	if err != nil {
		t.Fatal(err)
	}
	r, err := update.NewReader(bad, small)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Read(make([]float32, 5)); err == nil || !strings.HasPrefix(err.Error(), `trained model: malformed model: tensor "b.weight" is not finite at index 3`) {
		t.Errorf("a value that is not finite: got error %v", err)
	}
}

// What one way of reading accepts, so does the other.
func FuzzOpenFile(f *testing.F) {
	var b bytes.Buffer
	update.WriteModel(&b, small)
	f.Add(b.Bytes())
	f.Add(file(`{"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[],"data_offsets":[8,12]}}`, 1, 2, 3))
	f.Add(file(`{"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, float32(math.Inf(1))))
	limits := update.Limits{HeaderBytes: 1 << 12, Tensors: 16, Parameters: 1 << 12}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := update.ReadModel(bytes.NewReader(b), limits)
		opened, openErr := update.OpenFile(bytes.NewReader(b), int64(len(b)), limits)
		var values []float32
		if openErr == nil {
			values = make([]float32, opened.Parameters())
			openErr = opened.ReadValues(values, 0)
		}
		if (err == nil) != (openErr == nil) {
			t.Fatalf("reading gives error %v, opening and reading %v", err, openErr)
		}
		if err == nil && !slices.Equal(values, m.Flatten()) {
			t.Fatal("other values")
		}
	})
}
