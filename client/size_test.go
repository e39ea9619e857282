package client_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"sotto/client"
	"sotto/crypto/kahe"
	"sotto/internal/simulate"
	"sotto/round"
)

// A workload is a round that the planner chooses the parameters of, for four members.
type workload struct{ bits, kMax, parameters int }

// begin opens a round for w.
func (w workload) begin(t testing.TB) *simulate.Round {
	t.Helper()
	plan := w.plan(t)
	setup, err := simulate.NewSetup(4, 1, simulate.NewModel(w.parameters))
	if err != nil {
		t.Fatal(err)
	}
	r, err := setup.Begin(simulate.Rules{Set: plan.Set(), Bits: w.bits, Slots: plan.Slots(), KMax: w.kMax})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (w workload) plan(t testing.TB) kahe.Params {
	t.Helper()
	plan, err := kahe.Plan(w.bits, w.kMax, w.parameters, 4)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// parts are the bytes of an upload.
type parts struct{ ciphertext, envelopes, hash, rest int }

func (p parts) total() int { return p.ciphertext + p.envelopes + p.hash + p.rest }

// parts seals a contribution and measures it. Beyond a million parameters the ciphertext's bytes are computed.
func (w workload) parts(t testing.TB) parts {
	t.Helper()
	sealed := w
	sealed.parameters = min(w.parameters, 1_000_000)
	r := sealed.begin(t)
	u, err := client.Seal(&r.Opening, r.Setup.Committee.Keys, r.Setup.Contributors[0], make([]uint32, sealed.parameters))
	if err != nil {
		t.Fatal(err)
	}
	p := parts{ciphertext: len(u.Ciphertext), hash: len(u.Submission.RingHash)}
	for _, e := range u.Submission.Envelopes {
		p.envelopes += len(e)
	}
	p.rest = len(round.Encode(&u.Submission)) - p.hash - p.envelopes
	if sealed != w {
		if w.plan(t).Literal() != sealed.plan(t).Literal() {
			t.Fatalf("%+v: other parameters than for a million", w)
		}
		p.ciphertext = w.plan(t).CiphertextBytes(w.parameters)
	}
	return p
}

// TestSmallModelsTakeFewBytes: the bytes that an upload may have at P = 10,000, b = 16, K_max = 128 and n = 4.
func TestSmallModelsTakeFewBytes(t *testing.T) {
	if got := (workload{16, 128, 10_000}).parts(t).total(); got > 60_000 {
		t.Errorf("a contribution of 10,000 parameters has %d bytes, want at most 60,000", got)
	}
}

// TestUploadBytesAreThoseOfTheTables compares docs/parameters.md with sealed contributions.
func TestUploadBytesAreThoseOfTheTables(t *testing.T) {
	file, err := os.ReadFile("../docs/parameters.md")
	if err != nil {
		t.Fatal(err)
	}
	doc := string(file)

	rows := 0
	entry := regexp.MustCompile(`([\d,]+) \(([\d.]+) ×\) (\w+)`)
	for _, line := range section(t, doc, "Whole contributions") {
		cells := strings.Split(line, "|")
		if len(cells) != 7 || !entry.MatchString(cells[2]) {
			continue
		}
		parameters := number(t, cells[1])
		for i, w := range []workload{{16, 128, parameters}, {16, 1024, parameters}, {8, 128, parameters}, {8, 1024, parameters}} {
			total := w.parts(t).total()
			ratio := float64(total) / float64(4*parameters)
			digits := 2
			if ratio >= 10 {
				digits = 0
			}
			want := fmt.Sprintf("%s (%.*f ×) %v", thousands(total), digits, ratio, w.plan(t).Set())
			if got := strings.TrimSpace(cells[2+i]); got != want {
				t.Errorf("%+v: the table says %q, want %q", w, got, want)
			}
		}
		rows++
	}
	if rows < 8 {
		t.Errorf("%d rows of whole contributions, want 8 at least", rows)
	}

	small, large := workload{16, 128, 4810}.parts(t), workload{16, 128, 10_000}.parts(t)
	want := [][2]int{{small.ciphertext, large.ciphertext}, {small.envelopes, large.envelopes}, {small.hash, large.hash}, {small.rest, large.rest}, {small.total(), large.total()}}
	var got [][2]int
	for _, line := range section(t, doc, "What the parts take") {
		cells := strings.Split(line, "|")
		if len(cells) == 6 && regexp.MustCompile(`^ [\d,*]+ $`).MatchString(cells[2]) {
			got = append(got, [2]int{number(t, cells[2]), number(t, cells[3])})
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the table of parts says %v, want %v", got, want)
	}
}

// section returns the lines after the one that begins with a text, up to the end of the table there.
func section(t *testing.T, doc, begins string) []string {
	t.Helper()
	_, rest, found := strings.Cut(doc, "\n"+begins)
	if !found {
		t.Fatalf("docs/parameters.md has no line that begins with %q", begins)
	}
	_, table, found := strings.Cut(rest, "\n|")
	if !found {
		t.Fatalf("docs/parameters.md has no table after %q", begins)
	}
	table, _, _ = strings.Cut("|"+table, "\n\n")
	return strings.Split(table, "\n")
}

func number(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(strings.NewReplacer(",", "", "*", "", " ", "").Replace(s))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func thousands(n int) string {
	s := strconv.Itoa(n)
	for at := len(s) - 3; at > 0; at -= 3 {
		s = s[:at] + "," + s[at:]
	}
	return s
}

// BenchmarkSealSmall measures what a contributor computes for a contribution of a small model after training and quantising.
func BenchmarkSealSmall(b *testing.B) {
	for _, w := range []workload{{16, 128, 4810}, {16, 128, 10_000}} {
		b.Run(fmt.Sprintf("P=%d", w.parameters), func(b *testing.B) {
			r := w.begin(b)
			rng := rand.New(rand.NewPCG(1, 1))
			values := make([]uint32, w.parameters)
			for i := range values {
				values[i] = rng.Uint32N(1 << w.bits)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := client.Seal(&r.Opening, r.Setup.Committee.Keys, r.Setup.Contributors[0], values); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
