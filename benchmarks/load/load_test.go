package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"sotto/aggregator"
	"sotto/audit"
	"sotto/benchmarks/measure"
	"sotto/benchmarks/process"
	"sotto/round"
)

// TestMain lets the tests' binary be the worker processes, too.
func TestMain(m *testing.M) {
	process.ServeIfWorker(new(Worker))
	os.Exit(m.Run())
}

// load runs the command and returns its rows.
func load(t *testing.T, args ...string) (rows []*row) {
	t.Helper()
	var out, progress bytes.Buffer
	if err := run(t.Context(), append(args, "--json"), &out, &progress); err != nil {
		t.Fatalf("load %s: %v\n%s", strings.Join(args, " "), err, &progress)
	}
	for line := range strings.Lines(out.String()) {
		r := new(row)
		if err := json.Unmarshal([]byte(line), r); err != nil {
			t.Fatalf("%v in line %q", err, line)
		}
		rows = append(rows, r)
	}
	return rows
}

// checkRow checks that a row has counted what it says.
func checkRow(t *testing.T, r *row, uploads int) {
	t.Helper()
	if r.Uploads != uploads || r.CiphertextBytes < 1 || r.UploadBytes <= int64(r.CiphertextBytes) {
		t.Errorf("%s: %d uploads of %d bytes with ciphertexts of %d, want %d", r.Engine, r.Uploads, r.UploadBytes, r.CiphertextBytes, uploads)
	}
	for name, x := range map[string]float64{"wall": r.Wall, "CPU": r.CPU, "a second": r.PerSecond, "a CPU second": r.PerCPU, "MB/s": r.MBPerSecond, "MB/CPU-s": r.MBPerCPU,
		"acknowledged p50": r.Wait50, "p95": r.Wait95, "by the server p50": r.Took50, "server's p95": r.Took95, "appending": r.Appending.Median} {
		if !(x > 0) || math.IsInf(x, 0) {
			t.Errorf("%s: %s is %v, want a positive number", r.Engine, name, x)
		}
	}
	if r.Wait95 < r.Wait50 || r.Wait50 < r.Took50/2 {
		t.Errorf("%s: acknowledged within %v, %v s, by the server %v s", r.Engine, r.Wait50, r.Wait95, r.Took50)
	}
	if got := r.PerCommit * float64(r.Commits); math.Abs(got-float64(uploads)) > 0.01*float64(uploads) || r.Rewritten != 0 {
		t.Errorf("%s: %d commits of %v uploads, %d segments written again, want %d uploads in all", r.Engine, r.Commits, r.PerCommit, r.Rewritten, uploads)
	}
	// The in-memory engine keeps no segments. The others write at least the ciphertexts' digits, and what goes beside them.
	if least := int64(r.Commits) * int64(r.CiphertextBytes); (r.Engine == engineMemory) != (r.SegmentBytes == 0) || r.Engine != engineMemory && r.SegmentBytes < least {
		t.Errorf("%s: segments of %d bytes, want at least %d", r.Engine, r.SegmentBytes, least)
	}
	if r.ServersCPU > 0 && r.Engine != engineCluster {
		t.Errorf("%s: servers used %v s", r.Engine, r.ServersCPU)
	}
}

func TestThroughput(t *testing.T) {
	engines := []string{engineMemory, engineEmbedded}
	if !testing.Short() {
		engines = allEngines
	}
	dir := filepath.Join(t.TempDir(), "results")
	rows := load(t, "--only", partThroughput+","+strings.Join(engines, ","), "--mb", "0.02", "--uploads", "24", "--out", dir, "--dir", t.TempDir())
	var got []string
	for _, r := range rows {
		got = append(got, r.Engine)
		checkRow(t, r, 24)
		if r.OfMemoryWall <= 0 || r.OfMemoryCPU <= 0 || r.Engine == engineMemory && (r.OfMemoryWall != 1 || r.OfMemoryCPU != 1) {
			t.Errorf("%s: %v and %v of memory", r.Engine, r.OfMemoryWall, r.OfMemoryCPU)
		}
	}
	if !slices.Equal(got, engines) {
		t.Errorf("rows for %v, want %v", got, engines)
	}
	var written results
	raw, err := os.ReadFile(filepath.Join(dir, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &written); err != nil || len(written.Rows) != len(rows) || written.FileSystem == "" || written.Machine.Processors < 1 {
		t.Errorf("results.json has %d rows of machine %+v with files on %q: %v", len(written.Rows), written.Machine, written.FileSystem, err)
	}
	page, err := os.ReadFile(filepath.Join(dir, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range engines {
		if !bytes.Contains(page, []byte("| "+e+" |")) {
			t.Errorf("the report has no row for %s", e)
		}
	}
}

func TestMany(t *testing.T) {
	rows := load(t, "--only", "many,embedded", "--many", "30", "--out", "-", "--dir", t.TempDir())
	if len(rows) != 1 {
		t.Fatalf("%d rows", len(rows))
	}
	r := rows[0]
	checkRow(t, r, 30)
	if r.CloseWall <= 0 || r.CloseCPU <= r.MembersCPU || r.MembersCPU <= 0 || r.EngineBytes <= 0 || r.FileBytes <= int64(r.CiphertextBytes) {
		t.Errorf("closing took %v s, %v s of processor time of which members %v; engine has %d bytes, files %d", r.CloseWall, r.CloseCPU, r.MembersCPU, r.EngineBytes, r.FileBytes)
	}
}

func TestSoak(t *testing.T) {
	rows := load(t, "--only", "soak,embedded", "--soak", "1s", "--out", "-", "--dir", t.TempDir())
	if len(rows) != 1 || rows[0].Rounds < 1 || len(rows[0].Memory) != rows[0].Rounds || rows[0].Uploads != 32*rows[0].Rounds {
		t.Fatalf("%+v", rows)
	}
	for i, s := range rows[0].Memory {
		if s.Round != i+1 || s.Resident < 1<<20 {
			t.Errorf("sample %+v", s)
		}
	}
}

// A sum that is not that of what was acknowledged is found out.
func TestCheckSumCanFail(t *testing.T) {
	accounts := []common.Address{{1}, {2}, {3}}
	const parameters = 9
	make3 := func() (*aggregator.RoundFinished, []Ack) {
		f := &aggregator.RoundFinished{Outcome: &audit.Outcome{Transcript: new(round.Transcript), Nodes: make([]audit.NodeOutcome, 1)}}
		m, n := &f.Outcome.Transcript.Closing.Manifest, &f.Outcome.Nodes[0]
		n.Opened, n.Node.Contributors, n.Sums = true, 3, make([]uint64, parameters)
		var acks []Ack
		values := make([]uint32, parameters)
		for i, a := range accounts {
			fill(values, i)
			for j, v := range values {
				n.Sums[j] += uint64(v)
			}
			m.Entries = append(m.Entries, round.Entry{Contributor: a, Digest: round.Hash{byte(i)}})
			acks = append(acks, Ack{i, round.Hash{byte(i)}})
		}
		return f, acks
	}
	if f, acks := make3(); checkSum(f, acks, accounts) != nil {
		t.Fatal(checkSum(f, acks, accounts))
	}
	for name, spoil := range map[string]func(f *aggregator.RoundFinished, acks *[]Ack){
		"one value": func(f *aggregator.RoundFinished, _ *[]Ack) { f.Outcome.Nodes[0].Sums[4]++ },
		"acknowledged and not counted": func(f *aggregator.RoundFinished, _ *[]Ack) {
			m := &f.Outcome.Transcript.Closing.Manifest
			m.Entries = m.Entries[:2]
		},
		"counted and not acknowledged":  func(_ *aggregator.RoundFinished, acks *[]Ack) { *acks = (*acks)[:2] },
		"acknowledged as another":       func(_ *aggregator.RoundFinished, acks *[]Ack) { (*acks)[1].Digest = round.Hash{9} },
		"acknowledged to somebody else": func(_ *aggregator.RoundFinished, acks *[]Ack) { (*acks)[1].Contributor = 0 },
		"of fewer":                      func(f *aggregator.RoundFinished, _ *[]Ack) { f.Outcome.Nodes[0].Node.Contributors = 2 },
		"twice": func(f *aggregator.RoundFinished, _ *[]Ack) {
			m := &f.Outcome.Transcript.Closing.Manifest
			m.Entries[2] = m.Entries[1]
		},
		"not opened": func(f *aggregator.RoundFinished, _ *[]Ack) { f.Outcome.Nodes[0].Opened = false },
		"no nodes":   func(f *aggregator.RoundFinished, _ *[]Ack) { f.Outcome.Nodes = nil },
	} {
		f, acks := make3()
		spoil(f, &acks)
		if checkSum(f, acks, accounts) == nil {
			t.Errorf("%s: nothing is wrong", name)
		}
	}
}

func TestOptions(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"--only memory,redis", `--only names "redis"`},
		{"--mb 0", `"0" is no size`},
		{"--mb 1,x", `"x" is no size`},
		{"--uploads 1", "--uploads is 1"},
		{"--many 100000", "--many is 100000"},
		{"--only soak", "needs --soak"},
		{"--only many --soak 10s", "needs --soak"},
		{"--soak -1s", "--soak is -1s"},
		{"extra", `"extra" does not belong here`},
		{"--fast", "flag provided but not defined"},
	} {
		_, err := parseOptions(strings.Fields(c.args))
		var u *usageError
		if !errors.As(err, &u) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.args, err, c.want)
		}
	}
	if _, err := parseOptions([]string{"-h"}); err != flag.ErrHelp {
		t.Errorf("-h: %v", err)
	}
	o, err := parseOptions([]string{"--soak", "10m", "--only", "cluster,memory,cluster"})
	if err != nil || !slices.Equal(o.engines, []string{engineMemory, engineCluster}) || !slices.Equal(o.parts, allParts) || o.soak != 10*time.Minute || o.durable() != engineCluster {
		t.Errorf("%+v, %v", o, err)
	}
	r := &results{Date: "2026-01-02T03:04:05Z", Machine: measure.Machine{CPU: "Some CPU (R) @ 2 GHz", Processors: 12}}
	for args, want := range map[string]string{"": "benchmarks/results/2026-01-02-some-cpu-r-2-ghz-12-cores-load", "--quick": "", "--quick --out x": "x", "--out -": ""} {
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
	if p50, p95 := percentiles([]float64{5, 1, 2, 3, 4}); p50 != 3 || p95 != 5 {
		t.Errorf("percentiles %v and %v, want 3 and 5", p50, p95)
	}
	curve := []sample{{1, 1, 10}, {2, 2, 20}, {3, 3, 30}, {4, 4, 40}, {5, 5, 50}, {6, 6, 60}, {9, 7, 70}}
	if got, want := thirds(curve), [3]int64{15, 40, 65}; got != want {
		t.Errorf("thirds %v, want %v", got, want)
	}
	if g := (&row{Thirds: [3]int64{0, 40, 60}}).growth(); g != 0.5 {
		t.Errorf("growth %v", g)
	}
	for _, size := range []int{20_000, 1_000_000, 32_000_000} {
		n := parametersFor(128, size)
		at := func(n int) int {
			l := Load{KMax: 128, Parameters: n}
			p, err := l.scheme()
			if err != nil {
				t.Fatal(err)
			}
			return p.CiphertextBytes(n)
		}
		if got := at(n); got > size || got < size*9/10 {
			t.Errorf("ciphertexts of %d parameters have %d bytes, want up to %d", n, got, size)
		}
	}
}
