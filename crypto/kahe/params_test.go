package kahe_test

import (
	"math"
	"strings"
	"testing"

	"sotto/crypto/kahe"
)

// mostSlots returns the parameters of a set with the most slots and the fewest guard bits.
func mostSlots(tb testing.TB, set kahe.Set, bits, kMax int) kahe.Params {
	tb.Helper()
	var best kahe.Params
	for slots := 1; ; slots++ {
		p, err := withSlots(set, bits, kMax, slots)
		if err != nil {
			if best == (kahe.Params{}) {
				tb.Fatal(err)
			}
			return best
		}
		best = p
	}
}

func withSlots(set kahe.Set, bits, kMax, slots int) (kahe.Params, error) {
	width := bits
	for 1<<(width-bits) < kMax {
		width++
	}
	guard := 7
	for _, row := range []struct{ above, guard int }{{1 << 7, 8}, {1 << 10, 10}, {1 << 14, 12}} {
		if kMax > row.above {
			guard = row.guard
		}
	}
	return kahe.NewParams(kahe.ParamsLiteral{Set: set, Bits: bits, KMax: kMax, Slots: slots, WireBits: slots*width + guard})
}

func TestNewParamsChecks(t *testing.T) {
	good := kahe.ParamsLiteral{Set: kahe.B90, Bits: 16, KMax: 128, Slots: 3, WireBits: 76}
	for _, test := range []struct {
		name   string
		change func(*kahe.ParamsLiteral)
		want   string // "" if accepted
	}{
		{"the default", func(*kahe.ParamsLiteral) {}, ""},
		{"no set", func(l *kahe.ParamsLiteral) { l.Set = 0 }, "unknown set 0"},
		{"unknown set", func(l *kahe.ParamsLiteral) { l.Set = 4 }, "unknown set 4"},
		{"values of 1 bit", func(l *kahe.ParamsLiteral) { l.Bits = 1 }, "values of 1 bits, want 2 to 24"},
		{"values of 25 bits", func(l *kahe.ParamsLiteral) { l.Bits = 25 }, "values of 25 bits, want 2 to 24"},
		{"values of absurdly many bits", func(l *kahe.ParamsLiteral) { l.Bits = math.MaxInt }, "want 2 to 24"},
		{"negative bits", func(l *kahe.ParamsLiteral) { l.Bits = -3 }, "want 2 to 24"},
		{"one contribution", func(l *kahe.ParamsLiteral) { l.KMax = 1 }, "want a limit between 2 and 131072"},
		{"too many contributions", func(l *kahe.ParamsLiteral) { l.KMax = 1<<17 + 1 }, "want a limit between 2 and 131072"},
		{"fewer contributions take the next row's guard bits", func(l *kahe.ParamsLiteral) { l.KMax = 65 }, ""},
		{"and no fewer", func(l *kahe.ParamsLiteral) { l.KMax = 65; l.WireBits = 75 }, "6 guard bits (75 wire bits, 3 slots of 23), want 7 to 32"},
		{"one contribution more takes a wider slot", func(l *kahe.ParamsLiteral) { l.KMax = 129 }, "4 guard bits"},
		{"no slots", func(l *kahe.ParamsLiteral) { l.Slots = 0 }, "0 slots a coefficient"},
		{"negative slots", func(l *kahe.ParamsLiteral) { l.Slots = -1 }, "-1 slots a coefficient"},
		{"absurdly many slots", func(l *kahe.ParamsLiteral) { l.Slots = math.MaxInt }, "slots a coefficient"},
		{"slots beyond the wire bits", func(l *kahe.ParamsLiteral) { l.Slots = 4 }, "-16 guard bits"},
		{"no wire bits", func(l *kahe.ParamsLiteral) { l.WireBits = 0 }, "-69 guard bits"},
		{"absurdly few wire bits", func(l *kahe.ParamsLiteral) { l.WireBits = math.MinInt }, "guard bits"},
		{"the most wire bits", func(l *kahe.ParamsLiteral) { l.WireBits = 85 }, ""},
		{"one more", func(l *kahe.ParamsLiteral) { l.WireBits = 86 }, "86 wire bits a coefficient, want at most 85 for set B90"},
		{"wasted wire bits", func(l *kahe.ParamsLiteral) { l.Slots = 2 }, ""},
		{"too many wasted", func(l *kahe.ParamsLiteral) { l.Slots = 1 }, "53 guard bits"},
		{"A45 with 16 bits and 2^17", func(l *kahe.ParamsLiteral) { l.Set, l.KMax, l.Slots, l.WireBits = kahe.A45, 1<<17, 1, 45 },
			"45 wire bits a coefficient, want at most 40 for set A45"},
		{"B90 with 16 bits and 2^17", func(l *kahe.ParamsLiteral) { l.KMax, l.Slots, l.WireBits = 1<<17, 2, 78 }, ""},
		{"the insecure set, in a test", func(l *kahe.ParamsLiteral) { l.Set, l.Slots, l.WireBits = kahe.TestInsecure, 1, 30 }, ""},
	} {
		lit := good
		test.change(&lit)
		p, err := kahe.NewParams(lit)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: got error %v, want %q", test.name, err, test.want)
		}
		if err == nil && p.Literal() != lit {
			t.Errorf("%s: literal %+v, want %+v", test.name, p.Literal(), lit)
		}
	}
}

func TestAccessors(t *testing.T) {
	p, err := kahe.NewParams(kahe.ParamsLiteral{Set: kahe.C180, Bits: 16, KMax: 1000, Slots: 6, WireBits: 165})
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range []struct {
		name      string
		got, want int
	}{
		{"Set", int(p.Set()), 3}, {"N", p.N(), 8192}, {"LogQ", p.LogQ(), 179}, {"Bits", p.Bits(), 16}, {"KMax", p.KMax(), 1000},
		{"Slots", p.Slots(), 6}, {"SlotWidth", p.SlotWidth(), 26}, {"PlainBits", p.PlainBits(), 156}, {"WireBits", p.WireBits(), 165},
		{"GuardBits", p.GuardBits(), 9}, {"BlockParameters", p.BlockParameters(), 49152},
		{"Coefficients(1)", p.Coefficients(1), 1}, {"Coefficients(6)", p.Coefficients(6), 1}, {"Coefficients(7)", p.Coefficients(7), 2},
		{"Coefficients(100000)", p.Coefficients(100_000), 16667},
		{"Blocks(49152)", p.Blocks(49152), 1}, {"Blocks(49153)", p.Blocks(49153), 2},
		{"CiphertextBytes(7)", p.CiphertextBytes(7), 42}, {"CiphertextBytes(2^31)", p.CiphertextBytes(1 << 31), 7381975054},
		{"Coefficients(0)", p.Coefficients(0), 0}, {"Blocks(-1)", p.Blocks(-1), 0}, {"CiphertextBytes(2^31+1)", p.CiphertextBytes(1<<31 + 1), 0},
		{"CiphertextBytes(MaxInt)", p.CiphertextBytes(math.MaxInt), 0}, {"zero Params", kahe.Params{}.Coefficients(5), 0},
	} {
		if got.got != got.want {
			t.Errorf("%s is %d, want %d", got.name, got.got, got.want)
		}
	}
	for _, set := range append(allSets, kahe.TestInsecure) {
		p := mostSlots(t, set, 8, 128)
		if got := kahe.Modulus(p).BitLen() - 1; p.LogQ() != got {
			t.Errorf("%v: LogQ is %d, want %d", set, p.LogQ(), got)
		}
		if back, err := kahe.ParseSet(set.String()); err != nil || back != set {
			t.Errorf("%v parses as %v, %v", set, back, err)
		}
		if rest := p.N() * p.WireBits() % 8; rest != 0 {
			t.Errorf("%v: a full block is not whole bytes", set)
		}
	}
	for _, name := range []string{"", "a45", "B91", "Set(9)"} {
		if _, err := kahe.ParseSet(name); err == nil {
			t.Errorf("set %q was parsed", name)
		}
	}
	if got := kahe.Set(9).String(); got != "Set(9)" {
		t.Errorf("unknown set prints %q", got)
	}
}

// accepted returns all parameters of a set that NewParams accepts.
func accepted(set kahe.Set, bits, kMax int) (all []kahe.Params) {
	for slots := 1; slots <= 60; slots++ {
		for wire := 1; wire <= 180; wire++ {
			if p, err := kahe.NewParams(kahe.ParamsLiteral{Set: set, Bits: bits, KMax: kMax, Slots: slots, WireBits: wire}); err == nil {
				all = append(all, p)
			}
		}
	}
	return all
}

func TestWireBitsAParameter(t *testing.T) {
	for _, test := range []struct {
		bits, kMax int
		b90, c180  float64
	}{
		{16, 1 << 7, 25.3, 24.0},
		{16, 1 << 10, 30.0, 27.3},
		{8, 1 << 7, 16.4, 15.6},
		{8, 1 << 10, 20.0, 18.9},
	} {
		for set, want := range map[kahe.Set]float64{kahe.B90: test.b90, kahe.C180: test.c180} {
			best := math.Inf(1)
			for _, p := range accepted(set, test.bits, test.kMax) {
				best = min(best, float64(p.WireBits())/float64(p.Slots()))
			}
			if math.Abs(best-want) > 0.05 {
				t.Errorf("%v, %d bits, %d contributions: %.2f wire bits a parameter, want %.1f", set, test.bits, test.kMax, best, want)
			}
			// With enough parameters the key shares don't count, and the planner comes to the same.
			plan, err := kahe.Plan(test.bits, test.kMax, 100_000_000, 4)
			if err != nil {
				t.Fatal(err)
			}
			if got := float64(plan.WireBits()) / float64(plan.Slots()); plan.Set() != kahe.C180 || math.Abs(got-test.c180) > 0.05 {
				t.Errorf("%d bits, %d contributions: plan %+v", test.bits, test.kMax, plan.Literal())
			}
		}
	}
}

func TestPlanTakesTheFewestBytes(t *testing.T) {
	type shares map[kahe.Set]map[int]int
	wide := shares{ // docs/protocol.md §4: the table
		kahe.A45:  {4: 4 * 3968, 7: 7 * 2647, 10: 10 * 1984},
		kahe.B90:  {4: 4 * 7936, 7: 7 * 5294, 10: 10 * 3968},
		kahe.C180: {4: 4 * 15872, 7: 7 * 10583, 10: 10 * 7936},
	}
	narrow := shares{ // up to 255 contributions
		kahe.A45:  {4: 4 * 2048, 7: 7 * 1366, 10: 10 * 1024},
		kahe.B90:  {4: 4 * 4096, 7: 7 * 2732, 10: 10 * 2048},
		kahe.C180: {4: 4 * 8192, 7: 7 * 5462, 10: 10 * 4096},
	}
	for _, test := range []struct{ bits, kMax int }{{16, 128}, {8, 1024}, {12, 200}, {16, 255}, {16, 256}, {24, 1 << 17}, {2, 2}, {16, 1 << 17}} {
		all := map[kahe.Set][]kahe.Params{}
		shares := wide
		if test.kMax <= 255 {
			shares = narrow
		}
		for _, set := range allSets {
			all[set] = accepted(set, test.bits, test.kMax)
		}
		for _, members := range []int{4, 7, 10} {
			for _, parameters := range []int{1, 2, 7, 4810, 10_000, 35_000, 80_000, 190_000, 1_000_000, kahe.MaxParameters} {
				size := func(p kahe.Params) int { return p.CiphertextBytes(parameters) + shares[p.Set()][members] }
				plan, err := kahe.Plan(test.bits, test.kMax, parameters, members)
				if err != nil {
					t.Fatal(err)
				}
				for _, set := range allSets {
					for _, p := range all[set] {
						if size(p) < size(plan) {
							t.Fatalf("%v, %d members, %d parameters: plan %+v takes %d bytes, %+v takes %d",
								test, members, parameters, plan.Literal(), size(plan), p.Literal(), size(p))
						}
					}
				}
			}
		}
	}
	for parameters, want := range map[int]kahe.Set{10_000: kahe.A45, 50_000: kahe.B90, 1_000_000: kahe.C180} {
		if plan, err := kahe.Plan(16, 128, parameters, 4); err != nil || plan.Set() != want {
			t.Errorf("%d parameters: plan %+v, %v, want set %v", parameters, plan.Literal(), err, want)
		}
	}
	if plan, err := kahe.Plan(16, 1<<17, 10_000, 4); err != nil || plan.Set() != kahe.B90 {
		t.Errorf("A45 does not take 16 bits of 2^17 contributions: plan %+v, %v", plan.Literal(), err)
	}
	for _, bad := range [][4]int{{1, 128, 10, 4}, {25, 128, 10, 4}, {16, 1, 10, 4}, {16, 1<<17 + 1, 10, 4}, {16, 128, 0, 4}, {16, 128, 1<<31 + 1, 4}, {16, 128, 10, 5}} {
		if p, err := kahe.Plan(bad[0], bad[1], bad[2], bad[3]); err == nil {
			t.Errorf("Plan%v is %+v, want an error", bad, p.Literal())
		}
	}
}

func FuzzNewParams(f *testing.F) {
	f.Add(uint8(2), 16, 128, 3, 76)
	f.Add(uint8(255), 2, 2, 56, 175)
	f.Fuzz(func(t *testing.T, set uint8, bits, kMax, slots, wire int) {
		p, err := kahe.NewParams(kahe.ParamsLiteral{Set: kahe.Set(set), Bits: bits, KMax: kMax, Slots: slots, WireBits: wire})
		if err != nil {
			return
		}
		if uint64(p.KMax())*(1<<p.Bits()-1) >= 1<<p.SlotWidth() {
			t.Fatalf("%+v: a slot does not hold the sum", p.Literal())
		}
		if p.PlainBits()+p.GuardBits() != p.WireBits() || p.WireBits() > p.LogQ()-4 {
			t.Fatalf("%+v was accepted", p.Literal())
		}
	})
}
