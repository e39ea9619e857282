package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"sotto/benchmarks/measure"
	"sotto/benchmarks/peers"
	"sotto/benchmarks/process"
)

// TestMain lets the tests' binary be the worker processes, too.
func TestMain(m *testing.M) {
	process.ServeIfWorker(new(Worker))
	os.Exit(m.Run())
}

// bench runs the command and returns what it printed.
func bench(t *testing.T, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, progress bytes.Buffer
	if err := run(t.Context(), args, &out, &progress); err != nil {
		t.Fatalf("benchmarks %s: %v\n%s", strings.Join(args, " "), err, &progress)
	}
	return out.String(), progress.String()
}

func decodeLines(t *testing.T, text string) (rows []map[string]any) {
	t.Helper()
	for line := range strings.Lines(text) {
		var row map[string]any
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatalf("%v in line %q", err, line)
		}
		rows = append(rows, row)
	}
	return rows
}

func TestQuickPrintsARowForEverySystem(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "results")
	out, _ := bench(t, "--quick", "--json", "--params", "3000", "--contributors", "5", "--out", dir)
	rows := decodeLines(t, out)
	seen := map[string]bool{}
	for _, row := range rows {
		name, _ := row["system"].(string)
		seen[name] = true
		for _, field := range []string{"client_cpu_s_per_1m", "upload_bytes_per_param", "server_cpu_s_per_1m", "open_cpu_s_per_1m", "max_abs_err"} {
			if v, ok := row[field].(float64); !ok || v <= 0 || math.IsInf(v, 0) {
				t.Errorf("%s: %s is %v, want a positive number", name, field, row[field])
			}
		}
		if row["params"] != 3000.0 || row["contributors"] != 5.0 {
			t.Errorf("%s: %v parameters and %v contributors, want 3000 and 5", name, row["params"], row["contributors"])
		}
		if set, ok := row["set"]; ok != (name == "sotto") || ok && set == "" {
			t.Errorf("%s: set %v", name, set)
		}
		settings, _ := row["settings"].(string)
		if settings == "" {
			t.Errorf("%s: no settings", name)
		}
	}
	for _, s := range peers.Systems {
		if !seen[s.Name] {
			t.Errorf("no row for %s", s.Name)
		}
	}

	var r results
	raw, err := os.ReadFile(filepath.Join(dir, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &r); err != nil || len(r.Rows) != len(rows) || r.Machine.Processors < 1 || r.Command == "" || r.Date == "" {
		t.Errorf("results.json has %d rows, want %d, of machine %+v, command %q, date %q (%v)", len(r.Rows), len(rows), r.Machine, r.Command, r.Date, err)
	}
	page, err := os.ReadFile(filepath.Join(dir, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range peers.Systems {
		if !bytes.Contains(page, []byte("| "+s.Title)) {
			t.Errorf("the report has no row for %s", s.Title)
		}
	}
	if !bytes.Contains(page, []byte("](comparison.svg)")) {
		t.Error("the report does not show its plot")
	}
	f, err := os.Open(filepath.Join(dir, "comparison.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if img, err := png.Decode(f); err != nil || img.Bounds().Dx() < 800 {
		t.Errorf("comparison.png: %v", err)
	}
	if svg, err := os.ReadFile(filepath.Join(dir, "comparison.svg")); err != nil || !bytes.Contains(svg, []byte("</svg>")) {
		t.Errorf("comparison.svg: %v", err)
	}
}

func TestPartsOfSottoAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "results")
	out, _ := bench(t, "--only", "sotto,params,contributors,members,bits", "--params", "500,2000", "--contributors", "4,9", "--members", "7", "--bits", "8", "--out", dir)
	for _, a := range alone[1:] {
		if !strings.Contains(out, strings.ToUpper(a.title)) {
			t.Errorf("the table has no part %q:\n%s", a.title, out)
		}
	}
	var r results
	raw, err := os.ReadFile(filepath.Join(dir, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		t.Fatal(err)
	}
	values := map[string][]int{}
	for _, row := range r.Rows {
		values[row.Row] = append(values[row.Row], map[string]int{partParams: row.Params, partContributors: row.Contributors, partMembers: row.Members, partBits: row.Bits}[row.Row])
		if row.Row == partContributors && (row.AuditCPU <= 0 || row.AuditBytes <= 0) {
			t.Errorf("round of %d contributors was not audited", row.Contributors)
		}
		if row.MemberIn <= 0 || row.MemberOut <= 0 || row.MemberCPU <= row.MemberAudit || row.UploadBound <= 1 {
			t.Errorf("%s: member read %d bytes, wrote %d, used %v s of which %v for its audit; upload is %v times the bound", row.Row, row.MemberIn, row.MemberOut, row.MemberCPU, row.MemberAudit, row.UploadBound)
		}
	}
	for part, want := range map[string][]int{partParams: {500, 2000}, partContributors: {4, 9}, partMembers: {7}, partBits: {8}} {
		got := slices.Compact(slices.Clone(values[part]))
		if !slices.Equal(got, want) {
			t.Errorf("%s: measured at %v, want %v", part, got, want)
		}
	}
	for _, name := range []string{plotParams, plotContributors} {
		if _, err := os.Stat(filepath.Join(dir, name+".svg")); err != nil {
			t.Error(err)
		}
	}
}

// A contributor's memory does not grow with the model: one copy of eight million float32 would be twice what is allowed beyond what the
// process takes anyway. What it sends opens to the update, or the run fails.
func TestStreamedContributionStaysSmall(t *testing.T) {
	if testing.Short() {
		t.Skip("writes models of 32 MB")
	}
	const parameters = 8_000_000
	dir := filepath.Join(t.TempDir(), "results")
	text, _ := bench(t, "--only", "sotto,streamed", "--params", fmt.Sprint(parameters), "--out", dir)
	if !strings.Contains(text, "ONE CONTRIBUTION STREAMED FROM A FILE") {
		t.Errorf("the table has no part of it:\n%s", text)
	}
	page, err := os.ReadFile(filepath.Join(dir, "README.md"))
	if err != nil || !bytes.Contains(page, []byte("## One contribution streamed from a file")) {
		t.Errorf("the report has no part of it: %v", err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	var r results
	if err := json.Unmarshal(raw, &r); err != nil || len(r.Streamed) != 1 {
		t.Fatalf("%d rows, want 1 (%v)", len(r.Streamed), err)
	}
	s := r.Streamed[0]
	if s.Params != parameters || s.Upload < 3*parameters || s.SealCPU <= 0 || s.CPU <= s.SealCPU {
		t.Errorf("row %+v", s)
	}
	if runtime.GOOS != "linux" {
		t.Skip("the peak of memory is known on Linux only")
	}
	// A part of the model for each processor, of at most 16, is in memory at a time.
	if most := int64(32<<20 + min(16, runtime.GOMAXPROCS(0))*3<<19); s.Peak <= 0 || s.Peak > most {
		t.Errorf("peak of %d bytes, want at most %d", s.Peak, most)
	}
}

// A system that is fast by being wrong gets no row.
func TestAWrongMeanIsRefused(t *testing.T) {
	w := peers.Workload{Parameters: 2000, Contributors: 4, KMax: 128, Bits: 16, Members: 4, Seed: seed}
	exact := w.Mean()
	change := func(f func(mean []float64)) []float64 {
		mean := slices.Clone(exact)
		f(mean)
		return mean
	}
	fewer := w
	fewer.Contributors--
	for _, s := range peers.Systems {
		most, _ := s.Allowed(w)
		for _, c := range []struct {
			name string
			mean []float64
			ok   bool
		}{
			{"exact", exact, true},
			{"one parameter", change(func(m []float64) { m[1234] += 1.1 * most }), false},
			{"every parameter a little", change(func(m []float64) {
				for j := range m {
					m[j] += 0.7 * most
				}
			}), false},
			{"not a number", change(func(m []float64) { m[0] = math.NaN() }), false},
			{"a parameter too few", exact[1:], false},
			{"zeros", make([]float64, len(exact)), false},
			{"without one contributor", fewer.Mean(), false},
		} {
			if _, err := checkMean(s, w, c.mean, exact); (err == nil) != c.ok {
				t.Errorf("%s, %s: %v", s.Name, c.name, err)
			}
		}
	}
}

func TestOptions(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"--quick --full", "--quick and --full exclude each other"},
		{"--only plain,flower", `--only names "flower"`},
		{"--params 0", `"0" is not a number above 0`},
		{"--params 10,", `"" is not a number above 0`},
		{"--members 5", "--members is 5, want 4, 7 or 10"},
		{"--params 1000 --bits 1", "values of 1 bits"},
		{"--params 1000 --contributors 1", "1 contributors"},
		{"extra", `"extra" does not belong here`},
		{"--fast", "flag provided but not defined"},
	} {
		_, err := parseOptions(strings.Fields(c.args))
		var u *usageError
		if !errors.As(err, &u) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.args, err, c.want)
		}
	}
	o, err := parseOptions([]string{"--only", "sotto,plain,params", "--params", "10, 20"})
	if err != nil || len(o.systems) != 2 || !slices.Equal(o.parts, []string{partParams}) || !slices.Equal(o.params, []int{10, 20}) {
		t.Errorf("%+v, %v", o, err)
	}
	r := &results{Date: "2026-01-02T03:04:05Z", Machine: measure.Machine{CPU: "Some CPU (R) @ 2 GHz", Processors: 12}}
	for args, want := range map[string]string{
		"":                 "benchmarks/results/2026-01-02-some-cpu-r-2-ghz-12-cores",
		"--quick":          "",
		"--quick --out x":  "x",
		"--full --out -":   "",
		"--json --out y/z": "y/z",
	} {
		o, err := parseOptions(strings.Fields(args))
		if err != nil {
			t.Fatal(err)
		}
		if got := filepath.ToSlash(o.directory(r)); got != want {
			t.Errorf("%s: results go to %q, want %q", args, got, want)
		}
	}
}

func TestFigures(t *testing.T) {
	for x, want := range map[float64]string{0: "0", 0.000012345: "1.2e-05", 0.0123456: "0.0123", 0.5: "0.500", 9.994: "9.99", 12.34: "12.3", 123.4: "123", 1234.6: "1,235", 1e6: "1,000,000"} {
		if got := figure(x); got != want {
			t.Errorf("figure(%v) is %q, want %q", x, got, want)
		}
	}
	for x, want := range map[float64]int{0.5: 1, 7.9: 7, 10: 10, 99: 90, 12_345: 10_000, 987_654: 900_000} {
		if got := roundDown(x); got != want {
			t.Errorf("roundDown(%v) is %d, want %d", x, got, want)
		}
	}
	if got, want := measure.Summarise([]float64{3, 1, 2, 10}), (measure.Stat{Median: 2, Min: 1, Max: 10, Runs: 4}); got != want {
		t.Errorf("summary %+v, want %+v", got, want)
	}
}

// From the break-even on, every upload is smaller than float32, and the one before is not.
func TestBreakEven(t *testing.T) {
	for _, set := range []string{"A45", "B90", "C180"} {
		const fixed = 40_000
		w := peers.Workload{Parameters: 1, Contributors: 5, KMax: 128, Bits: 16, Members: 4, Set: set}
		p, err := peers.Scheme(w)
		if err != nil {
			t.Fatal(err)
		}
		r := &results{Rows: []*row{{Row: partSmall, System: "sotto", Set: set, Params: 1, Contributors: 5, KMax: 128, Bits: 16, Members: 4, UploadBytes: fixed + p.CiphertextBytes(1)}}}
		e := r.breakEvens()
		if len(e) != 1 || e[0].fixed != fixed || e[0].params == 0 {
			t.Fatalf("%s: %+v", set, e)
		}
		upload := func(n int) int { return fixed + p.CiphertextBytes(n) }
		for n := e[0].params; n < 3*e[0].params; n++ {
			if upload(n) >= 4*n {
				t.Fatalf("%s: upload of %d parameters takes %d bytes, break-even at %d", set, n, upload(n), e[0].params)
			}
		}
		if n := e[0].params - 1; upload(n) < 4*n {
			t.Errorf("%s: break-even at %d, but %d parameters are smaller already", set, e[0].params, n)
		}
	}
}

func Example_sentence() {
	fmt.Println(sentence([]*row{
		{System: "plain", title: "plain averaging", ServerCPU: 0.006, ClientCPU: 0.002},
		{System: "lattigo-bgv", title: "Lattigo BGV, multiparty", ClientCPU: 0.2, ServerCPU: 0.05},
		{System: "sotto", Set: "B90", title: "Sotto B90", ClientCPU: 0.05, ServerCPU: 0.03},
	}))
	// Output: Sotto B90: a contributor uses 0.0500 s of processor time a million parameters, 4.00 times less than BGV. The aggregator uses 5.00 times what plain averaging does.
}
