package update

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
)

// Values are the parameters of a model, in memory ([Model]) or in a file ([*File]), read piece by piece.
type Values interface {
	// Parameters returns how many there are.
	Parameters() int

	// ReadValues fills dst with the values from number first on, in the order of [Model.Flatten].
	ReadValues(dst []float32, first int) error

	// layout returns the tensors in the byte order of their names.
	layout() []extent
}

// An extent is the place that a tensor takes among the values of a model.
type extent struct {
	name   string
	shape  []int
	values int
}

// A File is a model in a safetensors file, of which no more is in memory than the header and a buffer. It is not safe for concurrent use.
type File struct {
	r          io.ReaderAt
	size       int64
	limits     Limits
	extents    []extent
	begins     []int64 // of the extents' data in the file
	parameters int
	buffer     []byte
}

// OpenFile reads the header of a safetensors file of size bytes. What it accepts is what [ReadModel] does, but for values that are not
// finite: [File.ReadValues] refuses those. The file is read again and again and must not change.
func OpenFile(r io.ReaderAt, size int64, limits Limits) (*File, error) {
	section := io.NewSectionReader(r, 0, size)
	m, spans, err := readHeader(section, limits)
	if err != nil {
		return nil, err
	}
	data, err := section.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil, fmt.Errorf("reading model: %w", err)
	}
	f := &File{r: r, size: size, limits: limits, extents: make([]extent, len(spans)), begins: make([]int64, len(spans))}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(m.Tensors[a.tensor].Name, m.Tensors[b.tensor].Name) })
	for i, s := range spans {
		t := &m.Tensors[s.tensor]
		f.extents[i] = extent{t.Name, t.Shape, int(s.end-s.begin) / 4}
		f.begins[i] = data + int64(s.begin)
		f.parameters += f.extents[i].values
	}
	switch want := data + 4*int64(f.parameters); {
	case f.parameters == 0:
		return nil, errors.New("malformed model: model has no parameters")
	case size < want:
		return nil, fmt.Errorf("malformed model: file ends in the data, after %d of %d bytes", size, want)
	case size > want:
		return nil, errors.New("malformed model: bytes follow the last tensor")
	}
	return f, nil
}

// Parameters implements [Values].
func (f *File) Parameters() int { return f.parameters }

func (f *File) layout() []extent { return f.extents }

// Model reads the whole file.
func (f *File) Model() (Model, error) {
	return ReadModel(io.NewSectionReader(f.r, 0, f.size), f.limits)
}

// ReadValues implements [Values]. Values that are not finite are an error.
func (f *File) ReadValues(dst []float32, first int) error {
	return eachExtent(f.extents, dst, first, func(i int, dst []float32, from int) error {
		for len(dst) > 0 {
			part := dst[:min(len(dst), chunkValues)]
			if err := f.read(part, i, from); err != nil {
				return err
			}
			dst, from = dst[len(part):], from+len(part)
		}
		return nil
	})
}

// read fills dst, at most chunkValues, with the values of an extent.
func (f *File) read(dst []float32, i, from int) error {
	if f.buffer == nil {
		f.buffer = make([]byte, 4*min(chunkValues, f.parameters))
	}
	b := f.buffer[:4*len(dst)]
	if n, err := f.r.ReadAt(b, f.begins[i]+4*int64(from)); n < len(b) {
		if errors.Is(err, io.EOF) {
			err = errors.New("the file became shorter")
		}
		return fmt.Errorf("reading model: tensor %q: %w", f.extents[i].name, err)
	}
	for x := range dst {
		bits := binary.LittleEndian.Uint32(b[4*x:])
		if dst[x] = math.Float32frombits(bits); !finite(dst[x]) {
			return fmt.Errorf("malformed model: tensor %q is not finite at index %d", f.extents[i].name, from+x)
		}
	}
	return nil
}

// ReadValues implements [Values].
func (m Model) ReadValues(dst []float32, first int) error {
	tensors := m.sorted()
	return eachExtent(m.layout(), dst, first, func(i int, dst []float32, from int) error {
		copy(dst, tensors[i].Data[from:])
		return nil
	})
}

func (m Model) layout() []extent {
	extents := make([]extent, 0, len(m.Tensors))
	for _, t := range m.sorted() {
		extents = append(extents, extent{t.Name, t.Shape, len(t.Data)})
	}
	return extents
}

// eachExtent calls read for each part of dst that is of one extent, with the number of its first value in there.
func eachExtent(extents []extent, dst []float32, first int, read func(i int, dst []float32, from int) error) error {
	begin := 0
	for i, e := range extents {
		if from := first - begin; len(dst) > 0 && from >= 0 && from < e.values {
			part := dst[:min(len(dst), e.values-from)]
			if err := read(i, part, from); err != nil {
				return err
			}
			dst, first = dst[len(part):], first+len(part)
		}
		begin += e.values
	}
	if len(dst) > 0 {
		return fmt.Errorf("values from number %d on of a model of %d parameters", first, begin)
	}
	return nil
}

// A Reader reads the update that makes a trained model of its base, piece by piece.
type Reader struct {
	trained, base Values
	at            int
	buffer        []float32
}

// NewReader returns a reader of trained − base, one float32 per parameter in the order of [Model.Flatten]. The models must have the same
// tensors.
func NewReader(trained, base Values) (*Reader, error) {
	if err := sameTensors(trained.layout(), base.layout()); err != nil {
		return nil, err
	}
	return &Reader{trained: trained, base: base, buffer: make([]float32, min(base.Parameters(), chunkValues))}, nil
}

// Parameters returns how many values the update has.
func (r *Reader) Parameters() int { return r.base.Parameters() }

// Read fills dst with the next values. A difference that overflows float32 is an error.
func (r *Reader) Read(dst []float32) error {
	for part := range slices.Chunk(dst, chunkValues) {
		base := r.buffer[:len(part)]
		if err := r.trained.ReadValues(part, r.at); err != nil {
			return fmt.Errorf("trained model: %w", err)
		}
		if err := r.base.ReadValues(base, r.at); err != nil {
			return fmt.Errorf("base model: %w", err)
		}
		for i, b := range base {
			part[i] = float32(part[i] - b)
			if !finite(part[i]) {
				return fmt.Errorf("difference at parameter %d is not finite", r.at+i)
			}
		}
		r.at += len(part)
	}
	return nil
}
