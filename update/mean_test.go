package update_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"sotto/update"
)

// updates draws k random updates of p coordinates, most of them within the clip.
func updates(rnd *rand.Rand, k, p int, std float64) [][]float32 {
	us := make([][]float32, k)
	for i := range us {
		us[i] = make([]float32, p)
		for j := range us[i] {
			us[i][j] = float32(std * rnd.NormFloat64())
		}
	}
	return us
}

// encode sums the encodings of the contributors of each node, as the aggregator and the opening do.
func encode(t *testing.T, r update.MeanRule, q update.Quantiser, us [][]float32, examples []int, sizes ...int) []update.NodeSum {
	t.Helper()
	rnd := seeded("encode").Uint64
	var nodes []update.NodeSum
	for _, size := range sizes {
		n := update.NodeSum{Count: size, Sums: make([]uint64, r.Coordinates(len(us[0])))}
		for range size {
			e := 0
			if examples != nil {
				e, examples = examples[0], examples[1:]
			}
			u, _, err := r.Encode(us[0], e, q, rnd)
			if err != nil {
				t.Fatal(err)
			}
			us = us[1:]
			for i, v := range u {
				n.Sums[i] += uint64(v)
			}
		}
		nodes = append(nodes, n)
	}
	return nodes
}

func mean(t *testing.T, r update.MeanRule, q update.Quantiser, nodes []update.NodeSum) update.Mean {
	t.Helper()
	m, err := r.Mean(nodes, q)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func norm(x []float32) float64 {
	var s float64
	for _, v := range x {
		s += float64(v) * float64(v)
	}
	return math.Sqrt(s)
}

func worst(a, b []float32) (d float64) {
	for i := range a {
		d = max(d, math.Abs(float64(a[i])-float64(b[i])))
	}
	return d
}

// The integers that are summed are those that averaging in the clear sums, and the mean is that of the updates within one step.
func TestMeanAgainstPlainAveraging(t *testing.T) {
	rnd := rand.New(seeded("plain"))
	const k, p = 24, 500
	us := updates(rnd, k, p, 0.05)
	for _, q := range []update.Quantiser{{Clip: 0.5, Bits: 16}, {Clip: 0.5, Bits: 8}, {Clip: 0.5, Bits: 8, Nearest: true}} {
		r := update.MeanRule{}
		plain, err := r.PlainMean(us, nil)
		if err != nil {
			t.Fatal(err)
		}
		nodes := encode(t, r, q, us, nil, 12, 8, 4)
		got := mean(t, r, q, nodes)
		step := float64(q.Clip) / float64(q.Steps())
		if d := worst(got.Values, plain); d > step {
			t.Errorf("%+v: mean is off by %v, want at most one step, %v", q, d, step)
		}
		// Bit for bit: the same integers summed one by one and dequantised.
		stream := seeded("encode").Uint64
		sums := make([]uint64, p)
		for _, u := range us {
			ints := make([]uint32, p)
			if _, err := q.Quantise(ints, u, stream); err != nil {
				t.Fatal(err)
			}
			for i, v := range ints {
				sums[i] += uint64(v)
			}
		}
		for i, s := range sums {
			if nodeSum := nodes[0].Sums[i] + nodes[1].Sums[i] + nodes[2].Sums[i]; nodeSum != s {
				t.Fatalf("%+v: sum %d is %d, want %d", q, i, nodeSum, s)
			}
			if want := q.Dequantise(s, k) / k; math.Abs(float64(got.Values[i])-want) > 1e-7*(math.Abs(want)+step) {
				t.Fatalf("%+v: value %d is %v, want %v", q, i, got.Values[i], want)
			}
		}
		// Nodes are an arrangement of the same contributors.
		if one := mean(t, r, q, encode(t, r, q, us, nil, k)); !slices.Equal(one.Values, got.Values) {
			t.Errorf("%+v: three nodes and one give different means", q)
		}
		if got.Clamped != 0 || got.LeftOut != nil || got.Shrunken != nil {
			t.Errorf("%+v: rules acted on honest nodes: %+v", q, got)
		}
	}
}

func TestMeanByExamples(t *testing.T) {
	rnd := rand.New(seeded("examples"))
	const k, p = 20, 300
	us := updates(rnd, k, p, 0.05)
	examples := make([]int, k)
	for i := range examples {
		examples[i] = 20 + rnd.IntN(200)
	}
	r := update.MeanRule{Weighting: update.WeightExamples, Examples: 150}
	q := update.Quantiser{Clip: 0.5, Bits: 16}
	plain, err := r.PlainMean(us, examples)
	if err != nil {
		t.Fatal(err)
	}
	uniform, _ := update.MeanRule{}.PlainMean(us, nil)
	got := mean(t, r, q, encode(t, r, q, us, examples, 11, 9))
	// Weights are at least 20/150, so a contributor's rounding counts up to 7.5 times, and its weight's as much.
	if d, step := worst(got.Values, plain), float64(q.Clip)/float64(q.Steps()); d > 16*step {
		t.Errorf("mean is off by %v, %v steps", d, d/step)
	}
	if worst(got.Values, uniform) < 1e-3 {
		t.Error("weights make no difference")
	}
	if len(got.Values) != p || got.Clamped != 0 {
		t.Errorf("%d values, %d clamped", len(got.Values), got.Clamped)
	}
}

// A contributor of a node can put anything into its slots; sums are taken for what honest contributors could have sent.
func TestMeanClamps(t *testing.T) {
	q := update.Quantiser{Clip: 1, Bits: 8}
	nodes := []update.NodeSum{{Sums: []uint64{0, 2 * 255, math.MaxUint64, 300}, Count: 2}}
	m := mean(t, update.MeanRule{}, q, nodes)
	if want := []float32{-1, 1, 1, 44.0 / 254}; !slices.Equal(m.Values, want) || m.Clamped != 2 {
		t.Errorf("got %v, %d clamped, want %v, 2 clamped", m.Values, m.Clamped, want)
	}
	if nodes[0].Sums[0] != 0 {
		t.Error("sums were changed")
	}
	// By examples: a negative weight is none, an update without weight counts no more than rounding.
	r := update.MeanRule{Weighting: update.WeightExamples, Examples: 10}
	m = mean(t, r, q, []update.NodeSum{{[]uint64{255, 255, 0}, 1}, {[]uint64{255, 1, 128 + 10}, 1}})
	if want := []float32{1.2, -1.2}; !slices.Equal(m.Values, want) || m.Clamped != 5 || !slices.Equal(m.LeftOut, []int{0}) {
		t.Errorf("by examples: got %+v, want %v, 5 clamped, node 0 left out", m, want)
	}
	if _, err := r.Mean([]update.NodeSum{{[]uint64{255, 128}, 1}}, q); !errors.Is(err, update.ErrNoWeight) {
		t.Errorf("no weight: got %v", err)
	}
}

// One node of eight is spoiled. Each robust rule keeps the mean near that of the others; without, it is pulled away.
func TestMeanWithOutlierNode(t *testing.T) {
	const p = 200
	q := update.Quantiser{Clip: 1, Bits: 16}
	sizes := []int{5, 5, 6, 5, 5, 5, 6, 5}
	rnd := rand.New(seeded("outlier"))
	us := updates(rnd, 42, p, 0.02)
	for i := range us { // something to agree on
		for j := range us[i] {
			us[i][j] += 0.05
		}
	}
	nodes := encode(t, update.MeanRule{}, q, us, nil, sizes...)
	honest := mean(t, update.MeanRule{}, q, slices.Delete(slices.Clone(nodes), 3, 4))
	spoiled := slices.Clone(nodes)
	spoiled[3].Sums = make([]uint64, p) // every coordinate at −clip
	distance := func(m update.Mean) float64 {
		d := make([]float32, p)
		for i := range d {
			d[i] = m.Values[i] - honest.Values[i]
		}
		return norm(d) / norm(honest.Values)
	}
	for _, row := range []struct {
		name     string
		rule     update.MeanRule
		from, to float64 // relative distance from the mean of the honest nodes
		leftOut  []int
	}{
		{"no rule", update.MeanRule{}, 2, 4, nil},
		{"norm", update.MeanRule{Robust: update.RobustNorm}, 0.01, 0.35, nil},
		{"outliers", update.MeanRule{Robust: update.RobustOutliers}, 0, 1e-3, []int{3}},
		{"both", update.MeanRule{Robust: update.RobustNorm | update.RobustOutliers}, 0, 0.1, []int{3}},
		{"trim", update.MeanRule{Trim: 1}, 0, 0.2, nil},
		{"trim all that can be", update.MeanRule{Trim: 255}, 0, 0.2, nil},
	} {
		m := mean(t, row.rule, q, spoiled)
		if d := distance(m); d < row.from || d > row.to {
			t.Errorf("%s: mean is %.3f from the honest one, want %v to %v", row.name, d, row.from, row.to)
		}
		if !slices.Equal(m.LeftOut, row.leftOut) {
			t.Errorf("%s: left out %v, want %v", row.name, m.LeftOut, row.leftOut)
		}
		if m.Clamped != p {
			t.Errorf("%s: clamped %d, want %d", row.name, m.Clamped, p)
		}
		if row.name == "norm" && !slices.Contains(m.Shrunken, 3) {
			t.Errorf("the long node is not among the shrunken ones, %v", m.Shrunken)
		}
		// Honest nodes alone: the rules cost little.
		if m := mean(t, row.rule, q, nodes); distance(m) > 0.2 || len(m.LeftOut) > 0 {
			t.Errorf("%s: without a spoiled node, mean is %.3f away, left out %v", row.name, distance(m), m.LeftOut)
		}
	}
	// Three nodes cannot tell which is wrong.
	if m := mean(t, update.MeanRule{Robust: 3, Trim: 1}, q, spoiled[2:5]); !slices.Equal(m.Values, mean(t, update.MeanRule{}, q, spoiled[2:5]).Values) {
		t.Error("robust rules act on three nodes")
	}
}

func TestMeanRobustSmall(t *testing.T) {
	// Node means in steps: (3,4), (6,8), (0,5), (0,0); norms 5, 10, 5, 0; median 5. One step is the clip over 127.
	q := update.Quantiser{Clip: 127, Bits: 8}
	node := func(count, x, y int) update.NodeSum {
		return update.NodeSum{Sums: []uint64{uint64(count * (128 + x)), uint64(count * (128 + y))}, Count: count}
	}
	nodes := []update.NodeSum{node(1, 3, 4), node(2, 6, 8), node(1, 0, 5), node(1, 0, 0)}
	m := mean(t, update.MeanRule{Robust: update.RobustNorm}, q, nodes)
	if want := []float32{9.0 / 5, 17.0 / 5}; worst(m.Values, want) > 1e-6 || !slices.Equal(m.Shrunken, []int{1}) {
		t.Errorf("norm: got %+v, want %v", m, want)
	}
	m = mean(t, update.MeanRule{Trim: 1}, q, nodes)
	// First coordinate: 0, 0, 3, 6 with weights 1, 1, 1, 2; second: 0, 4, 5, 8.
	if want := []float32{3.0 / 2, 9.0 / 2}; worst(m.Values, want) > 1e-6 {
		t.Errorf("trim: got %v, want %v", m.Values, want)
	}
	// All nodes at zero: nothing to scale by.
	m = mean(t, update.MeanRule{Robust: 3, Trim: 1}, q, []update.NodeSum{node(1, 0, 0), node(1, 0, 0), node(1, 0, 0), node(1, 0, 0)})
	if !slices.Equal(m.Values, []float32{0, 0}) || m.LeftOut != nil {
		t.Errorf("zero nodes: got %+v", m)
	}
}

func TestMeanRefuses(t *testing.T) {
	q := update.Quantiser{Clip: 1, Bits: 16}
	good := update.NodeSum{Sums: []uint64{1, 2}, Count: 1}
	for _, row := range []struct {
		name  string
		rule  update.MeanRule
		q     update.Quantiser
		nodes []update.NodeSum
		want  string
	}{
		{"no nodes", update.MeanRule{}, q, nil, "no weight"},
		{"no contributors", update.MeanRule{}, q, []update.NodeSum{good, {Sums: []uint64{1, 2}}}, "node 1 has 0 contributors, want 1 or more"},
		{"too many contributors", update.MeanRule{}, q, []update.NodeSum{good, {Sums: []uint64{1, 2}, Count: 1 << 36}}, "at most 68719476736 in all nodes"},
		{"other length", update.MeanRule{}, q, []update.NodeSum{good, {Sums: []uint64{1}, Count: 1}}, "node 1 has 1 sums, want 2"},
		{"no sums", update.MeanRule{}, q, []update.NodeSum{{Count: 1}}, "node 0 has 0 sums, want 1"},
		{"only the weight", update.MeanRule{Weighting: update.WeightExamples, Examples: 1}, q, []update.NodeSum{{Sums: []uint64{1}, Count: 1}}, "node 0 has 1 sums, want 2"},
		{"weighting code", update.MeanRule{Weighting: 2}, q, []update.NodeSum{good}, "weighting code 2, want 0 or 1"},
		{"robust code", update.MeanRule{Robust: 4}, q, []update.NodeSum{good}, "code 4 for robust rules, want at most 3"},
		{"examples without weighting", update.MeanRule{Examples: 9}, q, []update.NodeSum{good}, "full weight at 9 examples, want 0"},
		{"weighting without examples", update.MeanRule{Weighting: 1}, q, []update.NodeSum{good}, "full weight at 0 examples"},
		{"clip", update.MeanRule{}, update.Quantiser{Bits: 16}, []update.NodeSum{good}, "clip is 0"},
	} {
		if _, err := row.rule.Mean(row.nodes, row.q); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got error %v, want %s", row.name, err, row.want)
		}
	}
	// A weight of one step under a clip near the largest float32.
	r := update.MeanRule{Weighting: update.WeightExamples, Examples: 1}
	_, err := r.Mean([]update.NodeSum{{Sums: []uint64{1 << 16, 1<<15 + 1}, Count: 1}}, update.Quantiser{Clip: math.MaxFloat32, Bits: 16})
	if err == nil || err.Error() != "mean is not finite at parameter 0" {
		t.Errorf("overflow: got %v", err)
	}
}

func TestMeanRuleString(t *testing.T) {
	r := update.MeanRule{Weighting: update.WeightExamples, Examples: 64, Robust: 3, Trim: 1}
	want := "mean weighted by examples up to 64, without outlier nodes, node means clipped to the median norm, 1 nodes trimmed at each end"
	if got := r.String(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := (update.MeanRule{}).String(); got != "mean over contributors" {
		t.Errorf("got %s", got)
	}
}
