package round_test

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"sotto/round"
)

func TestMerge(t *testing.T) {
	type node = round.Node
	for _, c := range []struct {
		rule       string
		counts     []uint32
		gMin, kMax uint32
		released   []node
		dropped    []uint16
	}{
		{"all leaves large enough", []uint32{4, 5}, 4, 128, []node{{0, 1, 4}, {1, 1, 5}}, nil},
		{"a small leaf joins its sibling", []uint32{3, 9}, 4, 128, []node{{0, 2, 12}}, nil},
		{"an empty leaf joins its sibling", []uint32{0, 9}, 4, 128, []node{{0, 2, 9}}, nil},
		{"joined, but too small for two leaves", []uint32{3, 4}, 4, 128, nil, []uint16{0, 1}},
		{"the joined node joins on", []uint32{3, 4, 20, 20}, 4, 128, []node{{0, 4, 47}}, nil},
		{"siblings of large leaves stay apart", []uint32{3, 9, 4, 4}, 4, 128, []node{{0, 2, 12}, {2, 1, 4}, {3, 1, 4}}, nil},
		{"a join beyond the largest node drops the smaller", []uint32{3, 10}, 4, 12, []node{{1, 1, 10}}, []uint16{0}},
		{"of two equal ones the right is dropped", []uint32{3, 3}, 4, 5, nil, []uint16{0, 1}},
		{"a single leaf below its minimum", []uint32{3}, 4, 128, nil, []uint16{0}},
		{"a single leaf", []uint32{4}, 4, 128, []node{{0, 1, 4}}, nil},
		{"nobody", []uint32{0, 0, 0, 0}, 4, 128, nil, nil},
		{"a leaf beyond the largest node", []uint32{13, 6}, 4, 12, []node{{1, 1, 6}}, []uint16{0}},
		{"after a drop the leaf no longer counts towards the minimum", []uint32{3, 10, 2, 2}, 4, 12, []node{{1, 1, 10}}, []uint16{0, 2, 3}},
	} {
		released, dropped := round.Merge(c.counts, c.gMin, c.kMax)
		if !reflect.DeepEqual(released, c.released) || !reflect.DeepEqual(dropped, c.dropped) {
			t.Errorf("%s: released %v and dropped %v, want %v and %v", c.rule, released, dropped, c.released, c.dropped)
		}
	}
}

// Whatever the counts: every contributor is in exactly one released node or one dropped leaf, and every node is within its bounds.
func TestMergeInvariants(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		counts := make([]uint32, 1<<rng.IntN(7))
		for i := range counts {
			counts[i] = rng.Uint32N(20)
		}
		gMin, kMax := 2+rng.Uint32N(8), 12+rng.Uint32N(60)
		released, dropped := round.Merge(counts, gMin, kMax)
		gone := map[uint16]bool{}
		for _, l := range dropped {
			gone[l] = true
		}
		next := uint16(0)
		for _, n := range released {
			if n.First < next || n.First%n.Span != 0 {
				t.Fatalf("counts %v: node %v overlaps or is not aligned", counts, n)
			}
			sum, leaves := uint32(0), uint32(0)
			for l := n.First; l < n.First+n.Span; l++ {
				if !gone[l] {
					sum += counts[l]
				}
				if !gone[l] && counts[l] > 0 {
					leaves++
				}
			}
			if sum != n.Contributors || sum < leaves*gMin || sum > kMax {
				t.Fatalf("counts %v, minimum %d, maximum %d: node %v holds %d contributors in %d leaves", counts, gMin, kMax, n, sum, leaves)
			}
			for l := next; l < n.First; l++ {
				if counts[l] > 0 && !gone[l] {
					t.Fatalf("counts %v: leaf %d is neither released nor dropped", counts, l)
				}
			}
			next = n.First + n.Span
		}
		for l := next; int(l) < len(counts); l++ {
			if counts[l] > 0 && !gone[l] {
				t.Fatalf("counts %v: leaf %d is neither released nor dropped", counts, l)
			}
		}
	}
}

func manifest(t testing.TB, d *round.Descriptor) *round.Manifest {
	entries := make([]round.Entry, 12)
	for i := range entries {
		entries[i] = round.Entry{Leaf: uint16(i % 2), Contributor: address(t, uint64(i)), Digest: round.Hash{byte(i), 1}}
	}
	return round.NewManifest(d, entries)
}

func TestManifestValidation(t *testing.T) {
	d := descriptor(t)
	if err := manifest(t, &d).Validate(&d); err != nil {
		t.Fatalf("valid manifest: %v", err)
	}
	for _, c := range []struct {
		rule   string
		change func(*round.Manifest)
		want   string
	}{
		{"another round", func(m *round.Manifest) { m.Round++ }, "manifest of round 8"},
		{"another descriptor", func(m *round.Manifest) { m.Descriptor[0] ^= 1 }, "names descriptor"},
		{"below the cohort", func(m *round.Manifest) { m.Entries = m.Entries[:7] }, "7 contributors, the smallest cohort is 8"},
		{"not sorted", func(m *round.Manifest) { m.Entries[0], m.Entries[1] = m.Entries[1], m.Entries[0] }, "not after"},
		{"a contributor twice in one leaf", func(m *round.Manifest) { m.Entries[1] = m.Entries[0] }, "not after"},
		{"a contributor in two leaves", func(m *round.Manifest) { m.Entries[11].Contributor = m.Entries[0].Contributor }, ""},
		{"a leaf that does not exist", func(m *round.Manifest) { m.Entries[11].Leaf = 2 }, "leaf 2 of 2"},
		{"another merging", func(m *round.Manifest) { m.Released = []round.Node{{First: 0, Span: 2, Contributors: 12}} }, "merging gives"},
		{"a node left out", func(m *round.Manifest) { m.Released = m.Released[:1] }, "merging gives"},
		{"a leaf dropped", func(m *round.Manifest) { m.Dropped = []uint16{1} }, "merging gives"},
		{"a node that claims fewer", func(m *round.Manifest) { m.Released[0].Contributors-- }, "merging gives"},
	} {
		m := manifest(t, &d)
		c.change(m)
		if err := m.Validate(&d); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got error %v, want one with %q", c.rule, err, c.want)
		}
	}
}

func TestParticipation(t *testing.T) {
	d := descriptor(t)
	m := manifest(t, &d)
	root := m.Participation().Root()
	for _, e := range m.Entries {
		r := &round.Receipt{Round: m.Round, Leaf: e.Leaf, Contributor: e.Contributor, Digest: e.Digest}
		proof, err := m.ProveParticipation(r)
		if err != nil {
			t.Fatal(err)
		}
		if !round.CheckParticipation(root, r, proof) {
			t.Fatalf("the proof of %s does not lead to the root", e.Contributor)
		}
		for name, change := range map[string]func(r *round.Receipt){
			"round": func(r *round.Receipt) { r.Round++ }, "leaf": func(r *round.Receipt) { r.Leaf ^= 1 },
			"contributor": func(r *round.Receipt) { r.Contributor[0] ^= 1 }, "digest": func(r *round.Receipt) { r.Digest[0] ^= 1 },
		} {
			other := *r
			change(&other)
			if round.CheckParticipation(root, &other, proof) {
				t.Errorf("the proof holds for another %s", name)
			}
		}
	}
	if _, err := m.ProveParticipation(&round.Receipt{Round: m.Round, Contributor: address(t, 99)}); err == nil {
		t.Error("a proof was made for a contribution that is not listed")
	}
}
