package update

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

const (
	metadataKey = "__metadata__"
	chunkValues = 1 << 14 // values converted at a time: 64 KiB
)

// Limits bound what [ReadModel] takes from a file before it takes memory.
type Limits struct {
	HeaderBytes int // of the JSON header
	Tensors     int
	Parameters  int // of all tensors together
}

// DefaultLimits admit models of up to 2^28 parameters, a gigabyte.
func DefaultLimits() Limits {
	return Limits{HeaderBytes: 1 << 20, Tensors: 1 << 13, Parameters: 1 << 28}
}

// ReadModel reads a safetensors file up to the end of r and returns a valid model, its tensors sorted by name.
//
// Any writer's file is accepted: order of tensors, layout of the JSON header and padding may differ from what [WriteModel] writes.
// The model's identity is the hash of the canonical form ([Model.Hash]), not of the bytes read. Strict in everything else: every
// tensor is F32, the data is covered without overlap or hole and ends with the file, names and keys are unique, values are finite.
//
// Memory grows with the bytes that arrive, never with what the header promises.
func ReadModel(r io.Reader, limits Limits) (Model, error) {
	m, spans, err := readHeader(r, limits)
	if err != nil {
		return Model{}, err
	}
	for _, s := range spans {
		t := &m.Tensors[s.tensor]
		if t.Data, err = readValues(r, int(s.end-s.begin)/4, t.Name); err != nil {
			return Model{}, err
		}
	}
	var more [1]byte
	if k, err := io.ReadFull(r, more[:]); k > 0 {
		return Model{}, errors.New("malformed model: bytes follow the last tensor")
	} else if err != io.EOF {
		return Model{}, fmt.Errorf("reading model: %w", err)
	}
	m.Tensors = m.sorted()
	if err := m.Validate(); err != nil {
		return Model{}, fmt.Errorf("malformed model: %w", err)
	}
	return m, nil
}

// readHeader reads up to the data and returns the model without it and the spans of its tensors in file order.
func readHeader(r io.Reader, limits Limits) (Model, []span, error) {
	var length [8]byte
	if err := readFull(r, length[:], "header length"); err != nil {
		return Model{}, nil, err
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n < 2 || n > uint64(max(limits.HeaderBytes, 0)) {
		return Model{}, nil, fmt.Errorf("malformed model: header of %d bytes, want 2 to %d", n, limits.HeaderBytes)
	}
	header := make([]byte, n)
	if err := readFull(r, header, "header"); err != nil {
		return Model{}, nil, err
	}
	m, spans, err := parseHeader(header, limits)
	if err != nil {
		return Model{}, nil, fmt.Errorf("malformed model: %w", err)
	}
	return m, spans, nil
}

func readFull(r io.Reader, buf []byte, what string) error {
	n, err := io.ReadFull(r, buf)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return fmt.Errorf("malformed model: file ends in the %s, after %d of %d bytes", what, n, len(buf))
	}
	if err != nil {
		return fmt.Errorf("reading model: %w", err)
	}
	return nil
}

func readValues(r io.Reader, count int, name string) ([]float32, error) {
	buf := make([]byte, 4*min(count, chunkValues))
	values := make([]float32, 0, min(count, chunkValues))
	for len(values) < count {
		b := buf[:4*min(count-len(values), chunkValues)]
		if err := readFull(r, b, fmt.Sprintf("data of tensor %q", name)); err != nil {
			return nil, err
		}
		for ; len(b) > 0; b = b[4:] {
			values = append(values, math.Float32frombits(binary.LittleEndian.Uint32(b)))
		}
	}
	return slices.Clip(values), nil
}

// A span is where a tensor's data lies in the file's data section.
type span struct {
	begin, end uint64
	tensor     int
}

// parseHeader returns the model without its data and the spans of its tensors in file order.
func parseHeader(header []byte, limits Limits) (Model, []span, error) {
	object := bytes.TrimRight(header, " ")
	// json.Valid first: the token reader below then only has to mind what the keys and values are.
	if !utf8.Valid(header) || !json.Valid(object) || object[0] != '{' {
		return Model{}, nil, errors.New("header is not a JSON object in UTF-8")
	}
	d := headerReader{json.NewDecoder(bytes.NewReader(object))}
	d.dec.UseNumber()
	var m Model
	var spans []span
	free := limits.Parameters
	err := d.object(func(name string) error {
		if name == metadataKey {
			m.Metadata = map[string]string{}
			return d.object(func(key string) (err error) {
				m.Metadata[key], err = d.string()
				return err
			})
		}
		if err := checkName(name); err != nil {
			return err
		}
		if len(m.Tensors) == limits.Tensors {
			return fmt.Errorf("more than %d tensors", limits.Tensors)
		}
		s := span{tensor: len(m.Tensors)}
		shape, err := d.tensor(&s)
		if err != nil {
			return fmt.Errorf("tensor %q: %w", name, err)
		}
		n, ok := elements(shape, free)
		if !ok {
			return fmt.Errorf("tensor %q: shape %v is empty or takes the model above %d parameters", name, shape, limits.Parameters)
		}
		if s.end < s.begin || s.end-s.begin != 4*uint64(n) {
			return fmt.Errorf("tensor %q: data from %d to %d, want %d bytes for shape %v", name, s.begin, s.end, 4*n, shape)
		}
		free -= n
		m.Tensors = append(m.Tensors, Tensor{Name: name, Shape: shape})
		spans = append(spans, s)
		return nil
	})
	if err != nil {
		return Model{}, nil, err
	}
	if len(m.Metadata) == 0 {
		m.Metadata = nil
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.begin, b.begin) })
	var at uint64
	for _, s := range spans {
		if s.begin != at {
			return Model{}, nil, fmt.Errorf("tensor %q: data begins at %d, want %d, where the one before ends", m.Tensors[s.tensor].Name, s.begin, at)
		}
		at = s.end
	}
	return m, spans, nil
}

// A headerReader takes values off valid JSON and refuses duplicate keys, which encoding/json would silently overwrite.
type headerReader struct{ dec *json.Decoder }

func (d headerReader) token() (json.Token, error) {
	t, err := d.dec.Token()
	if err != nil {
		return nil, errors.New("header is not a JSON object")
	}
	return t, nil
}

func (d headerReader) object(value func(key string) error) error {
	if t, err := d.token(); err != nil || t != json.Delim('{') {
		return errors.New("header has another value where an object is wanted")
	}
	seen := map[string]bool{}
	for d.dec.More() {
		key, err := d.string()
		if err != nil {
			return err
		}
		if seen[key] {
			return fmt.Errorf("key %q occurs twice", key)
		}
		seen[key] = true
		if err := value(key); err != nil {
			return err
		}
	}
	_, err := d.token()
	return err
}

func (d headerReader) string() (string, error) {
	t, err := d.token()
	if err != nil {
		return "", err
	}
	s, ok := t.(string)
	if !ok {
		return "", errors.New("header has another value where a string is wanted")
	}
	return s, nil
}

func (d headerReader) integers(most int) ([]uint64, error) {
	if t, err := d.token(); err != nil || t != json.Delim('[') {
		return nil, errors.New("header has another value where an array is wanted")
	}
	values := []uint64{}
	for d.dec.More() {
		t, err := d.token()
		if err != nil {
			return nil, err
		}
		number, ok := t.(json.Number)
		if !ok || len(values) == most {
			return nil, fmt.Errorf("array is not one of at most %d integers", most)
		}
		// 2^48 is beyond every limit and far from overflow.
		v, err := strconv.ParseUint(number.String(), 10, 48)
		if err != nil {
			return nil, errors.New("array holds a number that is not an integer of 0 to 2^48-1")
		}
		values = append(values, v)
	}
	_, err := d.token()
	return values, err
}

func (d headerReader) tensor(s *span) (shape []int, err error) {
	var keys int
	err = d.object(func(key string) error {
		keys++
		switch key {
		case "dtype":
			dtype, err := d.string()
			if err == nil && dtype != "F32" {
				err = fmt.Errorf("dtype is %q, want %q", dtype, "F32")
			}
			return err
		case "shape":
			dims, err := d.integers(maxRank)
			shape = make([]int, len(dims))
			for i, dim := range dims {
				if dim > math.MaxInt { // on 32-bit machines
					return fmt.Errorf("dimension %d is too large", dim)
				}
				shape[i] = int(dim)
			}
			return err
		case "data_offsets":
			offsets, err := d.integers(2)
			if err == nil && len(offsets) != 2 {
				err = fmt.Errorf("data_offsets has %d numbers, want 2", len(offsets))
			}
			if err == nil {
				s.begin, s.end = offsets[0], offsets[1]
			}
			return err
		}
		return fmt.Errorf("unknown key %q", key)
	})
	if err == nil && keys != 3 {
		err = errors.New("want dtype, shape and data_offsets")
	}
	return shape, err
}

// WriteModel writes m in canonical form: a safetensors file whose tensors lie in the byte order of their names, whose JSON header
// has no white space, `__metadata__` first (sorted, left out when empty), dtype, shape and data_offsets in this order, the fewest
// escapes that JSON allows, and is padded with spaces to a multiple of 8 bytes. An invalid model is not written.
func WriteModel(w io.Writer, m Model) error {
	if err := m.Validate(); err != nil {
		return err
	}
	return m.encode(w)
}

// Hash returns the SHA-256 of m's canonical form, which is how rounds and certificates name a model. It means nothing for a model
// that is not valid.
func (m Model) Hash() [sha256.Size]byte {
	h := sha256.New()
	m.encode(h) // a hash never returns an error
	return [sha256.Size]byte(h.Sum(nil))
}

func (m Model) encode(w io.Writer) error {
	tensors := m.sorted()
	header := append(make([]byte, 8, 1024), '{')
	if len(m.Metadata) > 0 {
		header = append(appendString(header, metadataKey), ":{"...)
		for _, k := range slices.Sorted(maps.Keys(m.Metadata)) {
			header = append(appendString(header, k), ':')
			header = append(appendString(header, m.Metadata[k]), ',')
		}
		header = append(header[:len(header)-1], "},"...)
	}
	var at int64
	for _, t := range tensors {
		header = append(appendString(header, t.Name), `:{"dtype":"F32","shape":[`...)
		for i, d := range t.Shape {
			if i > 0 {
				header = append(header, ',')
			}
			header = strconv.AppendInt(header, int64(d), 10)
		}
		header = append(header, `],"data_offsets":[`...)
		header = append(strconv.AppendInt(header, at, 10), ',')
		at += 4 * int64(len(t.Data))
		header = append(strconv.AppendInt(header, at, 10), "]},"...)
	}
	header = append(bytes.TrimSuffix(header, []byte(",")), '}')
	for len(header)%8 != 0 {
		header = append(header, ' ')
	}
	binary.LittleEndian.PutUint64(header, uint64(len(header)-8))
	if _, err := w.Write(header); err != nil {
		return err
	}
	buf := make([]byte, 0, 4*chunkValues)
	for _, t := range tensors {
		for chunk := range slices.Chunk(t.Data, chunkValues) {
			buf = buf[:0]
			for _, x := range chunk {
				buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(x))
			}
			if _, err := w.Write(buf); err != nil {
				return err
			}
		}
	}
	return nil
}

// appendString appends s as a JSON string with the escapes of RFC 8259 §7 that must be made and no others.
func appendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	short := map[byte]byte{'"': '"', '\\': '\\', '\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't'}
	b = append(b, '"')
	for _, c := range []byte(s) {
		if e, ok := short[c]; ok {
			b = append(b, '\\', e)
		} else if c < 0x20 {
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		} else {
			b = append(b, c)
		}
	}
	return append(b, '"')
}
