package update_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"sotto/update"
)

// file returns a safetensors file of a header and float32 values.
func file(header string, values ...float32) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	b = append(b, header...)
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

func read(b []byte) (update.Model, error) {
	return update.ReadModel(bytes.NewReader(b), update.DefaultLimits())
}

func write(t testing.TB, m update.Model) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := update.WriteModel(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var small = update.Model{
	Tensors: []update.Tensor{
		{Name: "b.weight", Shape: []int{2, 2}, Data: []float32{1, 2, 3, 4}},
		{Name: "a\"\n\x01ü", Shape: []int{}, Data: []float32{-0.5}},
	},
	Metadata: map[string]string{"z": "", "format": "pt"},
}

const smallHeader = `{"__metadata__":{"format":"pt","z":""},"a\"\n\u0001ü":{"dtype":"F32","shape":[],"data_offsets":[0,4]},` +
	`"b.weight":{"dtype":"F32","shape":[2,2],"data_offsets":[4,20]}} `

func TestWriteModelCanonical(t *testing.T) {
	header := smallHeader
	for len(header)%8 != 0 {
		header += " "
	}
	want := file(header, -0.5, 1, 2, 3, 4)
	got := write(t, small)
	if !bytes.Equal(got, want) {
		t.Fatalf("got\n%q, want\n%q", got, want)
	}
	if small.Hash() != sha256.Sum256(want) {
		t.Error("the hash is not that of the canonical bytes")
	}
	if small.Parameters() != 5 || !slices.Equal(small.Flatten(), []float32{-0.5, 1, 2, 3, 4}) {
		t.Errorf("%d parameters %v", small.Parameters(), small.Flatten())
	}
	back, err := read(got)
	if err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(back.Metadata, small.Metadata) || !reflect.DeepEqual(back.Tensors[1], small.Tensors[0]) || !reflect.DeepEqual(back.Tensors[0], small.Tensors[1]) {
		t.Errorf("read back %+v", back)
	}
	none := update.Model{Tensors: small.Tensors[:1], Metadata: map[string]string{}}
	if b := write(t, none); bytes.Contains(b, []byte("metadata")) {
		t.Errorf("empty metadata is written: %q", b)
	}
}

// Other writers order tensors, keys and white space differently; the identity is that of the canonical form.
func TestReadModelForeign(t *testing.T) {
	foreign := file("{\"b.weight\": {\"shape\":[2,2], \"data_offsets\":[0,16], \"dtype\":\"F32\"},\n"+
		"\t\"a\\\"\\u000a\\u0001\\u00fc\": {\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[16,20]},\r\n"+
		"\"__metadata__\": {\"z\":\"\",\"format\":\"\\u0070t\"} }   ", 1, 2, 3, 4, -0.5)
	m, err := read(foreign)
	if err != nil {
		t.Fatal(err)
	}
	if m.Hash() != small.Hash() || !bytes.Equal(write(t, m), write(t, small)) {
		t.Errorf("canonical form differs: %+v", m)
	}
	m, err = read(file(`{"__metadata__":{},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 7))
	if err != nil || m.Metadata != nil {
		t.Errorf("empty metadata: %v, %v", m.Metadata, err)
	}
}

func TestReadModelRefuses(t *testing.T) {
	const a = `"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}`
	one := `{` + a + `}`
	entry := func(body string) []byte { return file(`{"a":{`+body+`}}`, 1) }
	for _, row := range []struct {
		rule string
		file []byte
		want string
	}{
		{"empty file", nil, "file ends in the header length, after 0 of 8"},
		{"short header", file(one)[:20], "file ends in the header, after 12 of"},
		{"header too long", binary.LittleEndian.AppendUint64(nil, 1<<63), "header of 9223372036854775808 bytes, want 2 to 1048576"},
		{"header empty", make([]byte, 8), "header of 0 bytes, want 2"},
		{"no object", file(`[1]`), "not a JSON object"},
		{"leading space", file(` `+one, 1), "not a JSON object"},
		{"header of spaces", file(`    `), "not a JSON object"},
		{"bad JSON", file(`{"a":}`), "not a JSON object"},
		{"trailing JSON", file(one+`{}`, 1), "not a JSON object"},
		{"trailing tab", file(one+"\t1", 1), "not a JSON object"},
		{"not UTF-8", file("{\"\xff\":{}}"), "not a JSON object in UTF-8"},
		{"no tensors", file(`{}`), "model has no parameters"},
		{"only metadata", file(`{"__metadata__":{"a":"b"}}`), "model has no parameters"},
		{"metadata not strings", file(`{"__metadata__":{"a":1},`+a+`}`, 1), "where a string is wanted"},
		{"metadata not an object", file(`{"__metadata__":"a",`+a+`}`, 1), "where an object is wanted"},
		{"metadata twice", file(`{"__metadata__":{},"__metadata__":{},`+a+`}`, 1), `key "__metadata__" occurs twice`},
		{"metadata key twice", file(`{"__metadata__":{"k":"","k":""},`+a+`}`, 1), `key "k" occurs twice`},
		{"tensor twice", file(`{`+a+`,"\u0061":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, 1, 2), `key "a" occurs twice`},
		{"nameless tensor", file(`{"":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 1), "tensor name has 0 bytes"},
		{"long name", file(`{"`+strings.Repeat("n", 256)+`":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 1), "tensor name has 256 bytes"},
		{"tensor not an object", file(`{"a":[]}`), "where an object is wanted"},
		{"other dtype", entry(`"dtype":"F64","shape":[1],"data_offsets":[0,8]`), `dtype is "F64", want "F32"`},
		{"dtype missing", entry(`"shape":[1],"data_offsets":[0,4]`), "want dtype, shape and data_offsets"},
		{"unknown key", entry(`"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":0`), `unknown key "x"`},
		{"key twice", entry(`"dtype":"F32","dtype":"F32","data_offsets":[0,4]`), `key "dtype" occurs twice`},
		{"negative dimension", entry(`"dtype":"F32","shape":[-1],"data_offsets":[0,4]`), "not an integer"},
		{"fraction", entry(`"dtype":"F32","shape":[1.0],"data_offsets":[0,4]`), "not an integer"},
		{"exponent", entry(`"dtype":"F32","shape":[1e0],"data_offsets":[0,4]`), "not an integer"},
		{"dimension of strings", entry(`"dtype":"F32","shape":["1"],"data_offsets":[0,4]`), "array is not one of"},
		{"shape not an array", entry(`"dtype":"F32","shape":1,"data_offsets":[0,4]`), "where an array is wanted"},
		{"empty tensor", entry(`"dtype":"F32","shape":[0],"data_offsets":[0,0]`), "is empty or takes the model above"},
		{"huge dimension", entry(`"dtype":"F32","shape":[18446744073709551616],"data_offsets":[0,4]`), "not an integer"},
		{"shape overflows", entry(`"dtype":"F32","shape":[281474976710655,281474976710655,281474976710655],"data_offsets":[0,4]`), "above 268435456 parameters"},
		{"too many dimensions", entry(`"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]`), "at most 16 integers"},
		{"three offsets", entry(`"dtype":"F32","shape":[1],"data_offsets":[0,4,4]`), "at most 2 integers"},
		{"one offset", entry(`"dtype":"F32","shape":[1],"data_offsets":[4]`), "data_offsets has 1 numbers, want 2"},
		{"backward offsets", entry(`"dtype":"F32","shape":[1],"data_offsets":[4,0]`), "data from 4 to 0, want 4 bytes"},
		{"data and shape differ", entry(`"dtype":"F32","shape":[2],"data_offsets":[0,4]`), "data from 0 to 4, want 8 bytes"},
		{"hole in front", entry(`"dtype":"F32","shape":[1],"data_offsets":[4,8]`), "data begins at 4, want 0"},
		{"hole", file(`{`+a+`,"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}`, 1, 2, 3), "data begins at 8, want 4"},
		{"overlap", file(`{`+a+`,"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 1), "data begins at 0, want 4"},
		{"data missing", file(one), `file ends in the data of tensor "a", after 0 of 4`},
		{"bytes follow", append(file(one, 1), 0), "bytes follow the last tensor"},
		{"NaN", file(one, float32(math.NaN())), `tensor "a" is not finite at index 0`},
	} {
		_, err := read(row.file)
		if err == nil || !strings.HasPrefix(err.Error(), "malformed model: ") || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got error %v, want %s", row.rule, err, row.want)
		}
	}
	limits := update.Limits{HeaderBytes: 1000, Tensors: 1, Parameters: 4}
	two := `{` + a + `,"b":{"dtype":"F32","shape":[3],"data_offsets":[4,16]}}`
	if _, err := update.ReadModel(bytes.NewReader(file(two, 1, 2, 3, 4)), limits); err == nil || !strings.Contains(err.Error(), "more than 1 tensors") {
		t.Errorf("limit of tensors: got %v", err)
	}
	limits.Tensors = 2
	if _, err := update.ReadModel(bytes.NewReader(file(two, 1, 2, 3, 4)), limits); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	limits.Parameters = 3
	if _, err := update.ReadModel(bytes.NewReader(file(two, 1, 2, 3, 4)), limits); err == nil || !strings.Contains(err.Error(), "above 3 parameters") {
		t.Errorf("limit of parameters: got %v", err)
	}
	broken := errors.New("disk on fire")
	r := io.MultiReader(bytes.NewReader(file(one)), iotest.ErrReader(broken))
	if _, err := update.ReadModel(r, update.DefaultLimits()); !errors.Is(err, broken) {
		t.Errorf("read error: got %v", err)
	}
}

// A header that promises a gigabyte costs nothing before the data arrives.
func TestReadModelMemory(t *testing.T) {
	const n = 1 << 28
	b := file(fmt.Sprintf(`{"a":{"dtype":"F32","shape":[%d],"data_offsets":[0,%d]}}`, n, 4*n))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := read(b); err == nil {
		t.Fatal("a model without its data is accepted")
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 4<<20 {
		t.Errorf("took %d bytes for a file of %d", got, len(b))
	}
}

func TestWriteModelRefuses(t *testing.T) {
	tensor := func(name string, shape []int, data ...float32) update.Model {
		return update.Model{Tensors: []update.Tensor{{Name: name, Shape: shape, Data: data}}}
	}
	for _, row := range []struct {
		rule string
		m    update.Model
		want string
	}{
		{"no tensors", update.Model{}, "model has no parameters"},
		{"empty tensor", tensor("a", []int{0}), "do not fit its shape [0]"},
		{"negative shape", tensor("a", []int{-1, -1}, 1), "do not fit its shape [-1 -1]"},
		{"overflowing shape", tensor("a", []int{1 << 40, 1 << 40}, 1), "do not fit its shape"},
		{"too few values", tensor("a", []int{2, 2}, 1, 2, 3), `tensor "a" has 3 values, which do not fit its shape [2 2]`},
		{"reserved name", tensor("__metadata__", []int{1}, 1), "reserved"},
		{"name not UTF-8", tensor("\xff", []int{1}, 1), "not UTF-8"},
		{"not finite", tensor("a", []int{2}, 1, float32(math.Inf(1))), "not finite at index 1"},
		{"rank", tensor("a", slices.Repeat([]int{1}, 17), 1), "17 dimensions, want at most 16"},
		{"twice", update.Model{Tensors: slices.Repeat(tensor("a", []int{1}, 1).Tensors, 2)}, `two tensors named "a"`},
		{"metadata not UTF-8", update.Model{Tensors: tensor("a", []int{1}, 1).Tensors, Metadata: map[string]string{"k": "\xff"}}, "metadata"},
	} {
		var b bytes.Buffer
		err := update.WriteModel(&b, row.m)
		if err == nil || !strings.Contains(err.Error(), row.want) || b.Len() > 0 {
			t.Errorf("%s: got error %v and %d bytes, want %s", row.rule, err, b.Len(), row.want)
		}
	}
}

func TestDifferenceAndApply(t *testing.T) {
	moved, err := small.WithValues([]float32{0, 1.5, 2, 3, -4})
	if err != nil {
		t.Fatal(err)
	}
	d, err := update.Difference(moved, small)
	if err != nil || !slices.Equal(d, []float32{0.5, 0.5, 0, 0, -8}) {
		t.Fatalf("difference %v, %v", d, err)
	}
	back, err := update.Apply(small, d)
	if err != nil || back.Hash() != moved.Hash() {
		t.Errorf("base and difference do not give the trained model: %v", err)
	}
	if small.Flatten()[0] != -0.5 {
		t.Error("the base model was changed")
	}
	if back.Tensors[0].Data[0] = 9; moved.Tensors[0].Data[0] == 9 {
		t.Error("models share values")
	}
	for _, row := range []struct {
		rule string
		err  func() error
		want string
	}{
		{"mean too short", func() error { _, err := update.Apply(small, d[1:]); return err }, "mean has 4 values, want 5"},
		{"not finite", func() error {
			_, err := update.Apply(small, []float32{0, 0, float32(math.Inf(1)), 0, 0})
			return err
		}, `tensor "b.weight" is not finite at index 1`},
		{"overflow", func() error {
			big, _ := small.WithValues(slices.Repeat([]float32{math.MaxFloat32}, 5))
			neg, _ := small.WithValues(slices.Repeat([]float32{-math.MaxFloat32}, 5))
			_, err := update.Difference(big, neg)
			return err
		}, "difference at parameter 0 is not finite"},
		{"other shape", func() error {
			other := update.Model{Tensors: slices.Clone(small.Tensors)}
			other.Tensors[0].Shape = []int{4}
			_, err := update.Difference(other, small)
			return err
		}, `models differ in tensor "b.weight" [4] against "b.weight" [2 2]`},
		{"fewer tensors", func() error {
			_, err := update.Difference(update.Model{Tensors: small.Tensors[:1]}, small)
			return err
		}, "models have 1 and 2 tensors"},
		{"values", func() error { _, err := small.WithValues(nil); return err }, "0 values for a model of 5 parameters"},
	} {
		if err := row.err(); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got error %v, want %s", row.rule, err, row.want)
		}
	}
}

// Whatever is accepted has one canonical form, which reads back to itself.
func FuzzReadModel(f *testing.F) {
	var b bytes.Buffer
	update.WriteModel(&b, small)
	f.Add(b.Bytes())
	f.Add(file(`{"b": {"shape":[1,2],"data_offsets":[0,8],"dtype":"F32"},"a":{"dtype":"F32","shape":[],"data_offsets":[8,12]}}  `, 1, 2, 3))
	f.Add(file(`{"__metadata__":{"a":"\ud800"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 1))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := update.ReadModel(bytes.NewReader(b), update.Limits{HeaderBytes: 1 << 12, Tensors: 16, Parameters: 1 << 12})
		if err != nil {
			return
		}
		canonical := write(t, m)
		again, err := read(canonical)
		if err != nil {
			t.Fatalf("canonical form of an accepted file: %v", err)
		}
		if !bytes.Equal(write(t, again), canonical) || again.Hash() != sha256.Sum256(canonical) || again.Hash() != m.Hash() {
			t.Error("canonical form changes when read again")
		}
	})
}
