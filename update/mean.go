package update

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
)

// ErrNoWeight says that no opened node carries weight, so that there is no mean and the model stays as it is.
var ErrNoWeight = errors.New("the opened nodes carry no weight")

// A NodeSum is what the opening of one node gives: per coordinate the sum over its Count contributors of the quantised values.
type NodeSum struct {
	Sums  []uint64
	Count int
}

// A Mean is a round's mean update and what the rules did to get it. Nodes are named by their index among those given.
type Mean struct {
	Values   []float32 // one per parameter
	Clamped  int       // sums that no honest contributors can have, over all nodes
	LeftOut  []int     // nodes that carry no weight or are outliers
	Shrunken []int     // nodes whose mean was clipped to the median norm
}

// exactSum bounds contributors·2^Bits, so that every integer on the way to the mean is exact as a float64.
const exactSum = 1 << 52

// Mean combines the opened nodes of a round. Every node has at least one contributor and the same number of sums, which
// [MeanRule.Coordinates] gives for the model's parameters. The nodes' order, which is that of the manifest, matters in the last bit.
// Sums are clamped first, to what honest contributors can reach; those given are not changed.
//
// [ErrNoWeight] is returned if there is no node, or if under WeightExamples no node carries weight.
//
// The result is the same on every CPU: integers up to one division per value, then float64 operations in the order written in
// docs/protocol.md §7, each rounded by itself, and one rounding to float32.
func (r MeanRule) Mean(nodes []NodeSum, q Quantiser) (Mean, error) {
	if err := errors.Join(r.Validate(), q.Validate()); err != nil {
		return Mean{}, err
	}
	if err := r.checkNodes(nodes, q); err != nil {
		return Mean{}, err
	}
	var m Mean
	views := make([]view, 0, len(nodes))
	for i, n := range nodes {
		v := r.view(i, n, q)
		m.Clamped += v.outside()
		if v.den == 0 {
			m.LeftOut = append(m.LeftOut, i)
			continue
		}
		views = append(views, v)
	}
	if len(views) == 0 {
		return Mean{}, ErrNoWeight
	}
	parameters := len(nodes[0].Sums) - r.Coordinates(0)
	if len(views) < RobustNodes || r.Robust == 0 && r.Trim == 0 {
		m.Values = pooled(views, parameters, q)
	} else {
		r.robust(&m, views, parameters, q)
	}
	for i, x := range m.Values {
		if !finite(x) {
			return Mean{}, fmt.Errorf("mean is not finite at parameter %d", i)
		}
	}
	return m, nil
}

func (r MeanRule) checkNodes(nodes []NodeSum, q Quantiser) error {
	total := 0
	for i, n := range nodes {
		if want := max(r.Coordinates(1), len(nodes[0].Sums)); len(n.Sums) != want {
			return fmt.Errorf("node %d has %d sums, want %d", i, len(n.Sums), want)
		}
		if n.Count < 1 || n.Count > exactSum>>q.Bits-total {
			return fmt.Errorf("node %d has %d contributors, want 1 or more and at most %d in all nodes", i, n.Count, exactSum>>q.Bits)
		}
		total += n.Count
	}
	return nil
}

// A view reads a node's sums as signed fractions: coordinate i of its mean update is num(i)/den, in units of the clip.
type view struct {
	node  int
	sums  []uint64
	count int
	q     Quantiser
	bound int64 // num is limited to ±bound, what the node's weight allows
	den   int64
	// The node's weight in a mean over nodes: contributors, or the steps of its weight coordinate.
	weight float64
	over   int // 1 if the weight coordinate had to be clamped
}

func (r MeanRule) view(i int, n NodeSum, q Quantiser) view {
	v := view{node: i, sums: n.Sums, count: n.Count, q: q, bound: math.MaxInt64}
	if r.Weighting == WeightUniform {
		v.den, v.weight = q.Steps()*int64(n.Count), float64(n.Count)
		return v
	}
	last := len(n.Sums) - 1
	z := v.num(last)
	// Weights are not negative.
	v.den = max(0, z)
	v.weight = float64(v.den)
	if z < 0 || n.Sums[last] != q.clamp(n.Sums[last], n.Count) {
		v.over = 1
	}
	// |x| ≤ C before scaling, so a contributor's coordinate is at most its weight plus the two roundings.
	v.sums, v.bound = n.Sums[:last], v.den+2*int64(n.Count)
	return v
}

func (v *view) num(i int) int64 {
	n := int64(v.q.clamp(v.sums[i], v.count)) - int64(v.count)*v.q.Offset()
	return max(-v.bound, min(v.bound, n))
}

// value returns coordinate i of the node's mean update in units of the clip.
func (v *view) value(i int) float64 { return float64(v.num(i)) / float64(v.den) }

// outside counts the sums that clamping changes.
func (v *view) outside() int {
	n := v.over
	for i, s := range v.sums {
		// A sum of 2^63 or more wraps to below zero, where num is above it.
		if v.num(i) != int64(s)-int64(v.count)*v.q.Offset() {
			n++
		}
	}
	return n
}

// pooled is the mean over contributors, as if all nodes were one.
func pooled(views []view, parameters int, q Quantiser) []float32 {
	var den int64
	for _, v := range views {
		den += v.den
	}
	values := make([]float32, parameters)
	for i := range values {
		var num int64
		for j := range views {
			num += views[j].num(i)
		}
		values[i] = inUnits(float64(num)/float64(den), q)
	}
	return values
}

func inUnits(x float64, q Quantiser) float32 { return float32(float64(x) * float64(q.Clip)) }

// robust leaves out outliers, clips the rest to their median norm and takes the weighted, trimmed mean of each coordinate.
func (r MeanRule) robust(m *Mean, views []view, parameters int, q Quantiser) {
	if r.Robust&RobustOutliers != 0 {
		far := outliers(views, parameters)
		kept := views[:0]
		for j, v := range views {
			if far[j] {
				m.LeftOut = append(m.LeftOut, v.node)
			} else {
				kept = append(kept, v)
			}
		}
		views = kept
		slices.Sort(m.LeftOut)
	}
	scale := make([]float64, len(views))
	norms := make([]float64, len(views))
	for j := range views {
		scale[j], norms[j] = 1, distance(&views[j], nil, parameters)
	}
	if r.Robust&RobustNorm != 0 {
		limit := median(slices.Clone(norms))
		for j, n := range norms {
			if n > limit {
				scale[j] = limit / n
				m.Shrunken = append(m.Shrunken, views[j].node)
			}
		}
	}
	type weighted struct{ value, weight float64 }
	column := make([]weighted, len(views))
	trim := min(int(r.Trim), (len(views)-1)/2) // at least the middle remains
	m.Values = make([]float32, parameters)
	for i := range m.Values {
		for j := range views {
			column[j] = weighted{float64(views[j].value(i) * scale[j]), views[j].weight}
		}
		if trim > 0 {
			slices.SortStableFunc(column, func(a, b weighted) int { return cmp.Compare(a.value, b.value) })
		}
		var sum, weight float64
		for _, c := range column[trim : len(column)-trim] {
			sum += float64(c.value * c.weight)
			weight += c.weight
		}
		m.Values[i] = inUnits(sum/weight, q)
	}
}

// outliers tells which nodes lie further from the middle than the others do: with δ a node's distance from the coordinate-wise
// median of the node means, those with δ > median(δ) + 4.4478·median|δ − median(δ)|, which for normally distributed δ is
// three standard deviations.
func outliers(views []view, parameters int) []bool {
	middle := make([]float64, parameters)
	column := make([]float64, len(views))
	for i := range middle {
		for j := range views {
			column[j] = views[j].value(i)
		}
		middle[i] = median(column)
	}
	far := make([]float64, len(views))
	for j := range views {
		far[j] = distance(&views[j], middle, parameters)
	}
	mid := median(slices.Clone(far))
	spread := make([]float64, len(views))
	for j, d := range far {
		spread[j] = math.Abs(d - mid)
	}
	limit := mid + float64(4.4478*median(spread))
	out := make([]bool, len(views))
	for j, d := range far {
		out[j] = d > limit
	}
	return out
}

// distance returns the L2 distance of the node's mean from the point, or from zero if that is nil, summed in the order of the
// coordinates.
func distance(v *view, point []float64, parameters int) float64 {
	var sum float64
	for i := range parameters {
		d := v.value(i)
		if point != nil {
			d = float64(d - point[i])
		}
		sum += float64(d * d)
	}
	return math.Sqrt(sum)
}

// median sorts xs and returns its middle value, or the mean of the two in the middle.
func median(xs []float64) float64 {
	slices.Sort(xs)
	mid := len(xs) / 2
	if len(xs)%2 == 1 {
		return xs[mid]
	}
	return float64(xs[mid-1]+xs[mid]) / 2
}

// PlainMean returns the mean of updates in the clear, weighted as r weighs contributions but without its rules about nodes: what
// federated averaging without encryption gives, to compare with. examples has one entry per update; it may be nil with
// WeightUniform.
func (r MeanRule) PlainMean(updates [][]float32, examples []int) ([]float32, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	if len(updates) == 0 {
		return nil, ErrNoWeight
	}
	if r.Weighting == WeightExamples && len(examples) != len(updates) {
		return nil, fmt.Errorf("%d updates with %d counts of examples", len(updates), len(examples))
	}
	sums := make([]float64, len(updates[0]))
	var weight float64
	for k, u := range updates {
		if len(u) != len(sums) {
			return nil, fmt.Errorf("update %d has %d values, want %d", k, len(u), len(sums))
		}
		z := 1.0
		if r.Weighting == WeightExamples {
			z = r.weight(examples[k])
		}
		weight += z
		for i, x := range u {
			sums[i] += float64(z * float64(x))
		}
	}
	mean := make([]float32, len(sums))
	for i, s := range sums {
		mean[i] = float32(s / weight)
	}
	return mean, nil
}
