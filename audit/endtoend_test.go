package audit_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"golang.org/x/sync/errgroup"

	"sotto/audit"
	"sotto/crypto/kahe"
	"sotto/crypto/ringsis"
	"sotto/crypto/sharing"
	"sotto/internal/simulate"
	"sotto/round"
	"sotto/update"
)

// TestSumIsExact takes K contributions through encryption, hash and key sharing, and opens their sum. The first K values of contributor i
// are the unit vector e_i, the rest random 16-bit numbers; one encryption serves committees of 4, 7 and 10.
func TestSumIsExact(t *testing.T) {
	for _, set := range []kahe.Set{kahe.A45, kahe.B90, kahe.C180} {
		for _, K := range []int{128, 1024} {
			t.Run(fmt.Sprintf("%v K=%d", set, K), func(t *testing.T) { exact(t, set, K) })
		}
	}
}

// leaf is a leaf's sum as it grows: digits at the aggregator, for a hash in either ring, and key shares at the members of several
// committees.
type leafSum struct {
	plain  []uint64
	digits [2][]uint64
	hash   [2]ringsis.Hash
	keys   [][][]uint32 // by committee and member
}

// hashes returns the parameters with the fewest digits for either ring.
func hashes(t *testing.T, enc kahe.Params) (params [2]ringsis.Params) {
	for i, sumBits := range []int{17, 45} {
		width := sumBits - (enc.SlotWidth() - enc.Bits())
		params[i] = must(ringsis.NewParams(enc.WireBits(), enc.KMax(), width, (enc.WireBits()+width-1)/width))(t)
	}
	if params[0].N() != 512 || params[1].N() != 2048 {
		t.Fatalf("hashes in dimensions %d and %d", params[0].N(), params[1].N())
	}
	return params
}

// committees returns the parameters of all committees, over the smallest field that is large enough and over the larger one.
func committees(t *testing.T, K int) (params []sharing.Params) {
	for _, n := range []int{4, 7, 10} {
		fitting, large := must(sharing.NewParams(n, kahe.SecretBound*int64(K)))(t), must(sharing.NewParams(n, 1<<30-1))(t)
		params = append(params, fitting)
		if fitting.Modulus() != large.Modulus() {
			params = append(params, large)
		}
	}
	return params
}

func exact(t *testing.T, set kahe.Set, K int) {
	enc := must(simulate.Scheme(set, 16, K, 0))(t)
	hash := hashes(t, enc)
	// A45 has more than one block; the larger rings hold all of it in one.
	values := K + enc.BlockParameters()/4
	if set == kahe.A45 {
		values = K + enc.BlockParameters()
	}
	coefficients := enc.Coefficients(values)
	beacon := [32]byte{1}
	var key [2]*ringsis.Key
	for i := range key {
		key[i] = must(ringsis.NewKey(beacon, hash[i], coefficients))(t)
	}
	params := committees(t, K)
	if small := params[0].Modulus() == 65521; small != (K <= 255) {
		t.Fatalf("keys of %d contributors are shared over a field of %d elements", K, params[0].Modulus())
	}
	newSum := func() *leafSum {
		s := &leafSum{plain: make([]uint64, values), keys: make([][][]uint32, len(params))}
		for i := range hash {
			s.digits[i] = make([]uint64, coefficients*hash[i].Digits())
		}
		for c, p := range params {
			for range p.Members() {
				s.keys[c] = append(s.keys[c], make([]uint32, p.Groups(enc.N())))
			}
		}
		return s
	}
	contribute := func(s *leafSum, i int, rnd *rand.Rand) error {
		u := make([]uint32, values)
		u[i] = 1
		copy(u[K:], numbers(rnd, values-K, 16))
		for x, v := range u {
			s.plain[x] += uint64(v)
		}
		secret, err := kahe.NewSecret(enc)
		if err != nil {
			return err
		}
		ciphertext, err := kahe.Encrypt(enc, beacon, secret, u)
		if err != nil {
			return err
		}
		for i := range hash {
			h, err := key[i].SumPacked(ciphertext)
			if err != nil {
				return err
			}
			s.hash[i].Add(h)
			if err := hash[i].AddDigits(s.digits[i], ciphertext); err != nil {
				return err
			}
		}
		for c := range params {
			shares, err := sharing.Split(params[c], secret.Coefficients())
			if err != nil {
				return err
			}
			for j := range shares {
				sharing.SumInto(params[c], s.keys[c][j], shares[j])
			}
		}
		secret.Wipe()
		return nil
	}
	const workers = 2
	parts := make([]*leafSum, workers)
	var group errgroup.Group
	for w := range workers {
		parts[w] = newSum()
		rnd := rand.New(rand.NewPCG(uint64(set), uint64(w)))
		group.Go(func() error {
			for i := w; i < K; i += workers {
				if err := contribute(parts[w], i, rnd); err != nil {
					return err
				}
			}
			return nil
		})
	}
	check(t, group.Wait())
	sum := parts[0]
	for _, p := range parts[1:] {
		for x := range p.plain {
			sum.plain[x] += p.plain[x]
		}
		for i := range p.digits {
			for x := range p.digits[i] {
				sum.digits[i][x] += p.digits[i][x]
			}
			sum.hash[i].Add(&p.hash[i])
		}
		for c := range p.keys {
			for j := range p.keys[c] {
				sharing.SumInto(params[c], sum.keys[c][j], p.keys[c][j])
			}
		}
	}
	for i, v := range sum.plain[:K] {
		if v != 1 {
			t.Fatalf("the plain sum of unit vectors is %d at %d", v, i)
		}
	}
	var packed []byte
	for i, h := range hash {
		check(t, h.CheckRange(sum.digits[i], K))
		if got := must(key[i].SumDigits(sum.digits[i]))(t); !got.Equal(&sum.hash[i]) {
			t.Errorf("N = %d: the hash of the sums is not the sum of the hashes", h.N())
		}
		recomposed := must(h.Recompose(sum.digits[i]))(t)
		if packed != nil && !slices.Equal(recomposed, packed) {
			t.Error("the digits of the two hashes give different sums")
		}
		packed = recomposed
	}
	for c, p := range params {
		var releases []sharing.Release
		for j, shares := range sum.keys[c] {
			releases = append(releases, sharing.Release{Member: j + 1, Values: shares})
		}
		var opened []uint64
		var residual kahe.Residual
		result, err := sharing.Combine(p, releases, enc.N(), int64(K)*kahe.SecretBound, func(S []int64) (err error) {
			opened, residual, err = kahe.Open(enc, beacon, S, packed, values, K)
			return err
		})
		if err != nil || len(result.Disagreeing) > 0 {
			t.Errorf("n = %d, field of %d: members %v disagree: %v", p.Members(), p.Modulus(), result.Disagreeing, err)
		}
		if !slices.Equal(opened, sum.plain) {
			t.Errorf("n = %d, field of %d: the opened sum is not exact", p.Members(), p.Modulus())
		}
		if residual.SumSquares.Cmp(residual.Bound) > 0 {
			t.Errorf("n = %d, field of %d: noise of %v is above its bound of %v", p.Members(), p.Modulus(), residual.SumSquares, residual.Bound)
		}
	}
}

// TestEncryptedAveraging takes K contributors through a whole round with real sealing, members and verifier, next to averaging the same
// updates in clear: the integer sums are the same bit for bit, and the model differs from that of unquantised averaging by less than a
// step.
func TestEncryptedAveraging(t *testing.T) {
	const clip, bits, size = 0.25, 16, 2500
	for _, c := range []struct {
		set          kahe.Set
		members, K   int
		rule         update.MeanRule
		leaves, kMax int
	}{
		{set: kahe.A45, members: 4, K: 128, leaves: 1, kMax: 128},
		{set: kahe.B90, members: 7, K: 128, leaves: 1, kMax: 128},
		{set: kahe.C180, members: 10, K: 128, leaves: 1, kMax: 128},
		{set: kahe.B90, members: 4, K: 1024, leaves: 1, kMax: 1024},
		{set: kahe.B90, members: 4, K: 128, leaves: 2, kMax: 128},
		{set: kahe.A45, members: 4, K: 40, leaves: 1, kMax: 128, rule: update.MeanRule{Weighting: update.WeightExamples, Examples: 50}},
	} {
		t.Run(fmt.Sprintf("%v n=%d K=%d leaves=%d weighting=%d", c.set, c.members, c.K, c.leaves, c.rule.Weighting), func(t *testing.T) {
			s := must(simulate.NewSetup(c.members, c.K, simulate.NewModel(size)))(t)
			r := must(s.Begin(simulate.Rules{Set: c.set, Bits: bits, Clip: clip, KMax: c.kMax, Leaves: c.leaves, GMin: 4,
				Mean: round.Mean{Weighting: uint8(c.rule.Weighting), Examples: c.rule.Examples}}))(t)
			d := &r.Opening.Descriptor
			if enc, _, err := d.Crypto(); err != nil || c.set == kahe.A45 && enc.Blocks(d.Values()) < 2 {
				t.Fatalf("the update fits in one block (%v)", err)
			}
			rnd := seeded(t)
			var updates [][]float32
			var examples []int
			sums := make([][]uint64, c.leaves)
			for leaf := range c.leaves {
				sums[leaf] = make([]uint64, d.Values())
				for _, key := range r.Drawn(leaf) {
					x := make([]float32, size)
					for i := range x {
						x[i] = clip * (2*rnd.Float32() - 1)
					}
					n := 1 + rnd.IntN(60)
					u, _, err := c.rule.Encode(x, n, audit.Quantiser(d), rnd.Uint64)
					check(t, err)
					for i, v := range u {
						sums[leaf][i] += uint64(v)
					}
					updates, examples = append(updates, x), append(examples, n)
					must(r.Contribute(key, u))(t)
				}
			}
			_, _, err := r.Play()
			check(t, err)
			o, err := audit.Round(t.Context(), s.Chain, s, simulate.ModelID, 1)
			check(t, err)
			if len(o.Nodes) != c.leaves || o.Clamped != 0 {
				t.Fatalf("%d nodes, %d sums clamped", len(o.Nodes), o.Clamped)
			}
			var nodes []update.NodeSum
			for leaf, n := range o.Nodes {
				if !n.Opened || !slices.Equal(n.Sums, sums[leaf]) {
					t.Errorf("leaf %d: the opened sums are not the sums of the quantised updates (%v)", leaf, n.Err)
				}
				nodes = append(nodes, update.NodeSum{Sums: sums[leaf], Count: int(n.Node.Contributors)})
			}
			base := must(update.ReadModel(bytes.NewReader(must(s.FetchModel(t.Context(), d.BaseModel, size))(t)), update.DefaultLimits()))(t)

			// The same quantised updates, averaged in clear, give the same model, byte for byte.
			mean := must(c.rule.Mean(nodes, audit.Quantiser(d)))(t)
			var file bytes.Buffer
			check(t, update.WriteModel(&file, must(update.Apply(base, mean.Values))(t)))
			if !bytes.Equal(file.Bytes(), o.Model) {
				t.Error("averaging the quantised updates in clear gives another model")
			}

			plain := must(update.Apply(base, must(c.rule.PlainMean(updates, examples))(t)))(t).Flatten()
			private := must(update.ReadModel(bytes.NewReader(o.Model), update.DefaultLimits()))(t).Flatten()
			// A coordinate is off by less than a step, and so is the weight that the mean is divided by, which is above a half.
			step := float64(audit.Quantiser(d).Dequantise(uint64(audit.Quantiser(d).Offset())+1, 1))
			limit, worst := step, 0.0
			if c.rule.Weighting == update.WeightExamples {
				limit = 4 * step
			}
			for i := range plain {
				worst = max(worst, math.Abs(float64(private[i])-float64(plain[i])))
			}
			if worst > limit+1e-6 {
				t.Errorf("the model differs from plain averaging by %.3g, a step is %.3g", worst, step)
			}
			t.Logf("largest difference from plain averaging %.3g, a step is %.3g", worst, step)
		})
	}
}
