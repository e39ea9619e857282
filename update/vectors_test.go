package update_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"sotto/update"
)

var rewrite = flag.Bool("update", false, "rewrite the golden vectors")

const vectorFile = "../internal/testdata/vectors/update.json"

// Floats are the hexadecimal bits of IEEE 754 binary32, random words hexadecimal 64-bit integers.
type vectors struct {
	Comment  string          `json:"comment"`
	Models   []modelVector   `json:"models"`
	Quantise []encodeVector  `json:"encode"`
	Mean     []combineVector `json:"mean"`
}

type modelVector struct {
	File      string   `json:"file"`      // as read
	Canonical string   `json:"canonical"` // as written
	Hash      string   `json:"hash"`
	Values    []string `json:"values"`
}

type ruleVector struct {
	Weighting uint8  `json:"weighting"`
	Examples  uint32 `json:"examples"`
	Robust    uint8  `json:"robust"`
	Trim      uint8  `json:"trim"`
}

type quantiserVector struct {
	Clip    string `json:"clip"`
	Bits    int    `json:"bits"`
	Nearest bool   `json:"nearest"`
}

type encodeVector struct {
	Rule      ruleVector      `json:"rule"`
	Quantiser quantiserVector `json:"quantiser"`
	Update    []string        `json:"update"`
	Examples  int             `json:"examples"`
	Random    []string        `json:"random"`
	Encoded   []uint32        `json:"encoded"`
	Clipped   int             `json:"clipped"`
}

type nodeVector struct {
	Count int      `json:"count"`
	Sums  []uint64 `json:"sums"`
}

type combineVector struct {
	Rule      ruleVector      `json:"rule"`
	Quantiser quantiserVector `json:"quantiser"`
	Nodes     []nodeVector    `json:"nodes"`
	Mean      []string        `json:"mean"`
	Clamped   int             `json:"clamped"`
	LeftOut   []int           `json:"left_out"`
	Shrunken  []int           `json:"shrunken"`
	Base      string          `json:"base_model_hash"`
	Model     string          `json:"model_hash"` // of base + mean
}

func (r ruleVector) rule() update.MeanRule {
	return update.MeanRule{Weighting: update.Weighting(r.Weighting), Examples: r.Examples, Robust: update.Robust(r.Robust), Trim: r.Trim}
}

func (q quantiserVector) quantiser(t *testing.T) update.Quantiser {
	return update.Quantiser{Clip: floats(t, []string{q.Clip})[0], Bits: q.Bits, Nearest: q.Nearest}
}

func floatBits(xs ...float32) []string {
	bits := []string{}
	for _, x := range xs {
		bits = append(bits, hex.EncodeToString([]byte{
			byte(math.Float32bits(x) >> 24), byte(math.Float32bits(x) >> 16), byte(math.Float32bits(x) >> 8), byte(math.Float32bits(x))}))
	}
	return bits
}

func floats(t *testing.T, bits []string) []float32 {
	t.Helper()
	xs := make([]float32, len(bits))
	for i, s := range bits {
		b, err := strconv.ParseUint(s, 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		xs[i] = math.Float32frombits(uint32(b))
	}
	return xs
}

// baseModel has the given number of parameters, 0, 1/64, 2/64 and so on.
func baseModel(parameters int) update.Model {
	values := make([]float32, parameters)
	for i := range values {
		values[i] = float32(i) / 64
	}
	return update.Model{Tensors: []update.Tensor{{Name: "w", Shape: []int{parameters}, Data: values}}}
}

func generate(t *testing.T) vectors {
	rnd := rand.New(seeded(""))
	v := vectors{Comment: "floats: bits of IEEE 754 binary32, most significant first; random: 64-bit words in hexadecimal, the upper 32 bits are used; " +
		"base model: one tensor w of values 0, 1/64, 2/64, …"}
	for _, f := range [][]byte{
		write(t, small),
		file("{\"b.weight\": {\"shape\":[2,2], \"data_offsets\":[0,16], \"dtype\":\"F32\"},\n"+
			"\"a\\\"\\u000a\\u0001\\u00fc\": {\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[16,20]},"+
			"\"__metadata__\": {\"z\":\"\",\"format\":\"\\u0070t\"} }   ", 1, 2, 3, 4, -0.5),
		write(t, baseModel(17)),
	} {
		m, err := read(f)
		if err != nil {
			t.Fatal(err)
		}
		hash := m.Hash()
		v.Models = append(v.Models, modelVector{hex.EncodeToString(f), hex.EncodeToString(write(t, m)), hex.EncodeToString(hash[:]), floatBits(m.Flatten()...)})
	}

	quantisers := []quantiserVector{
		{Clip: floatBits(0.25)[0], Bits: 16},
		{Clip: floatBits(0.1)[0], Bits: 8},
		{Clip: floatBits(0.1)[0], Bits: 12, Nearest: true},
	}
	const parameters = 12
	for _, q := range quantisers {
		for _, r := range []ruleVector{{}, {Weighting: 1, Examples: 100}} {
			e := encodeVector{Rule: r, Quantiser: q, Examples: 37}
			clip := floats(t, []string{q.Clip})[0]
			x := updates(rnd, 1, parameters, float64(clip)/2)[0]
			x[3], x[4], x[5], x[6] = 0, clip, -clip, 2*clip
			u, clipped, err := r.rule().Encode(x, e.Examples, q.quantiser(t), func() uint64 {
				w := rnd.Uint64()
				e.Random = append(e.Random, strconv.FormatUint(w, 16))
				return w
			})
			if err != nil {
				t.Fatal(err)
			}
			e.Update, e.Encoded, e.Clipped = floatBits(x...), u, clipped
			v.Quantise = append(v.Quantise, e)
		}
	}

	base := baseModel(parameters)
	for _, r := range []ruleVector{
		{}, {Weighting: 1, Examples: 100},
		{Robust: 1}, {Robust: 2}, {Robust: 3, Trim: 1}, {Weighting: 1, Examples: 100, Robust: 3, Trim: 2},
	} {
		q := quantisers[0]
		c := combineVector{Rule: r, Quantiser: q}
		var nodes []update.NodeSum
		for node := range 7 {
			n := update.NodeSum{Count: 4 + rnd.IntN(9), Sums: make([]uint64, r.rule().Coordinates(parameters))}
			for range n.Count {
				std := 0.02
				if node == 5 {
					std = 0.3
				}
				u, _, err := r.rule().Encode(updates(rnd, 1, parameters, std)[0], 1+rnd.IntN(150), q.quantiser(t), rnd.Uint64)
				if err != nil {
					t.Fatal(err)
				}
				for i, s := range u {
					n.Sums[i] += uint64(s)
				}
			}
			if node == 2 {
				n.Sums[1], n.Sums[7] = 0, 1<<40
			}
			nodes = append(nodes, n)
			c.Nodes = append(c.Nodes, nodeVector{n.Count, n.Sums})
		}
		m := mean(t, r.rule(), q.quantiser(t), nodes)
		model, err := update.Apply(base, m.Values)
		if err != nil {
			t.Fatal(err)
		}
		before, after := base.Hash(), model.Hash()
		c.Mean, c.Clamped, c.LeftOut, c.Shrunken = floatBits(m.Values...), m.Clamped, m.LeftOut, m.Shrunken
		c.Base, c.Model = hex.EncodeToString(before[:]), hex.EncodeToString(after[:])
		v.Mean = append(v.Mean, c)
	}
	return v
}

// The file is what the protocol's readers test against; so this test computes every result from the file's inputs.
func TestVectors(t *testing.T) {
	generated, err := json.MarshalIndent(generate(t), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	generated = append(generated, '\n')
	if *rewrite {
		if err := os.WriteFile(vectorFile, generated, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	stored, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(stored, generated) {
		t.Error("the generator gives other vectors than the file has; regenerate with -update if that is meant")
	}
	var v vectors
	if err := json.Unmarshal(stored, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Models) < 3 || len(v.Quantise) < 6 || len(v.Mean) < 6 {
		t.Fatal("vectors are missing")
	}
	for i, c := range v.Models {
		b, err := hex.DecodeString(c.File)
		if err != nil {
			t.Fatal(err)
		}
		m, err := read(b)
		if err != nil {
			t.Fatal(err)
		}
		hash := m.Hash()
		if hex.EncodeToString(write(t, m)) != c.Canonical || hex.EncodeToString(hash[:]) != c.Hash || !slices.Equal(floatBits(m.Flatten()...), c.Values) {
			t.Errorf("model %d differs", i)
		}
	}
	for i, c := range v.Quantise {
		u, clipped, err := c.Rule.rule().Encode(floats(t, c.Update), c.Examples, c.Quantiser.quantiser(t), func() uint64 {
			w, err := strconv.ParseUint(c.Random[0], 16, 64)
			if err != nil {
				t.Fatal(err)
			}
			c.Random = c.Random[1:]
			return w
		})
		if err != nil || !slices.Equal(u, c.Encoded) || clipped != c.Clipped || len(c.Random) > 0 {
			t.Errorf("encoding %d: got %v, %d clipped, %v; want %v, %d clipped", i, u, clipped, err, c.Encoded, c.Clipped)
		}
	}
	for i, c := range v.Mean {
		var nodes []update.NodeSum
		for _, n := range c.Nodes {
			nodes = append(nodes, update.NodeSum{Sums: n.Sums, Count: n.Count})
		}
		m := mean(t, c.Rule.rule(), c.Quantiser.quantiser(t), nodes)
		if got := floatBits(m.Values...); !slices.Equal(got, c.Mean) || m.Clamped != c.Clamped || !slices.Equal(m.LeftOut, c.LeftOut) || !slices.Equal(m.Shrunken, c.Shrunken) {
			t.Errorf("mean %d: got %v, %+v; want %+v", i, got, m, c)
		}
		model, err := update.Apply(baseModel(len(c.Mean)), floats(t, c.Mean))
		if err != nil {
			t.Fatal(err)
		}
		if hash := model.Hash(); hex.EncodeToString(hash[:]) != c.Model {
			t.Errorf("model after mean %d has hash %x, want %s", i, hash, c.Model)
		}
	}
}
