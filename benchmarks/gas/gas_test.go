package main

import (
	"strings"
	"testing"
)

// TestLimits measures everything and holds it against what was promised.
func TestLimits(t *testing.T) {
	if testing.Short() {
		t.Skip("measures for some seconds")
	}
	m, err := measure(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	atMost := func(what string, got, limit uint64) {
		t.Helper()
		if got == 0 || got > limit {
			t.Errorf("%s: %d gas, want at most %d", what, got, limit)
		}
	}
	atMost("first certificate", m.certificates[0].gas, 290_000)
	least, most := m.certificates[1].gas, m.certificates[1].gas
	for _, c := range m.certificates[1:] {
		atMost("later certificate", c.gas, 200_000)
		least, most = min(least, c.gas), max(most, c.gas)
	}
	if most-least > 300 { // bytes that happen to be zero
		t.Errorf("later certificates take %d to %d gas, want the same for any number of contributors", least, most)
	}
	for i, c := range m.claims {
		atMost("claimMany, later", c.manyLater, 72_000)
		if i == 0 {
			atMost("later claim at 1,000 leaves", c.later, 70_000)
		} else if c.leaves == 2*m.claims[i-1].leaves {
			atMost("a doubling of the leaves", c.later-m.claims[i-1].later, 800)
		}
	}
	if last := m.claims[len(m.claims)-1]; last.leaves < 100_000 {
		t.Errorf("measured up to %d leaves, want 100,000", last.leaves)
	}
	page := m.markdown()
	for _, want := range []string{"| first | 24 | ", "| later | 1,000,000 | ", "| 100,000 | 17 | ", "register"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
	t.Log(page)
}
