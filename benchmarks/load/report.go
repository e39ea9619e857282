package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"sotto/benchmarks/measure"
	"sotto/benchmarks/progress"
)

// results are what a run has measured.
type results struct {
	Date       string          `json:"date"`
	Command    string          `json:"command"`
	Machine    measure.Machine `json:"machine"`
	FileSystem string          `json:"file_system"` // of the engines' files
	Seconds    float64         `json:"seconds"`
	Rows       []*row          `json:"rows"`
}

// A row is one line of JSON. Processor time is the aggregator's; contributors' and cluster servers' stand apart or not at all.
type row struct {
	Row             string `json:"row"` // the part that it belongs to
	Engine          string `json:"engine"`
	Set             string `json:"set"`
	Params          int    `json:"params"`
	KMax            int    `json:"k_max"`
	CiphertextBytes int    `json:"ciphertext_bytes"`
	UploadBytes     int64  `json:"upload_bytes,omitempty"` // header included
	Uploads         int    `json:"uploads"`                // acknowledged, and found in the opened sum
	Streams         int    `json:"streams"`                // at one time

	Wall         float64 `json:"wall_s"`
	CPU          float64 `json:"cpu_s,omitempty"`
	ServersCPU   float64 `json:"servers_cpu_s,omitempty"` // of a cluster's servers, all together
	PerSecond    float64 `json:"per_s,omitempty"`
	PerCPU       float64 `json:"per_cpu_s,omitempty"`
	MBPerSecond  float64 `json:"mb_per_s,omitempty"`
	MBPerCPU     float64 `json:"mb_per_cpu_s,omitempty"`
	OfMemoryWall float64 `json:"of_memory_wall,omitempty"` // per_s as a part of that in memory, in the same run
	OfMemoryCPU  float64 `json:"of_memory_cpu,omitempty"`  // per_cpu_s likewise
	Peak         int64   `json:"peak_bytes,omitempty"`     // of physical memory while contributions were taken

	Wait50 float64 `json:"ack_p50_s,omitempty"` // from the contributor's last byte to its receipt
	Wait95 float64 `json:"ack_p95_s,omitempty"`
	Took50 float64 `json:"server_ack_p50_s,omitempty"` // from the upload's end as the server received it
	Took95 float64 `json:"server_ack_p95_s,omitempty"`

	Commits      int          `json:"commits,omitempty"`
	PerCommit    float64      `json:"uploads_per_commit,omitempty"`
	SegmentBytes int64        `json:"segment_bytes,omitempty"` // written, side segments included
	Rewritten    int          `json:"segments_rewritten,omitempty"`
	Writing      measure.Stat `json:"commit_writing_s"` // adding, and writing both segments
	Appending    measure.Stat `json:"commit_appending_s"`

	CloseWall   float64 `json:"close_wall_s,omitempty"` // from the last receipt to the certificate
	CloseCPU    float64 `json:"close_cpu_s,omitempty"`  // of aggregator and members
	MembersCPU  float64 `json:"members_cpu_s,omitempty"`
	ClosePeak   int64   `json:"close_peak_bytes,omitempty"` // of the process that aggregator and members share
	EngineBytes int64   `json:"engine_bytes,omitempty"`     // in the embedded engine's directory afterwards
	FileBytes   int64   `json:"file_bytes,omitempty"`       // of models, manifest and transcript

	Rounds int      `json:"rounds,omitempty"`
	Thirds [3]int64 `json:"resident_bytes_by_third,omitzero"`
	Memory []sample `json:"memory,omitempty"`
}

// column is one column of a table.
type column struct {
	head string
	cell func(r *row) string
}

func ms(seconds float64) string { return figure(seconds * 1e3) }

func share(x float64) string {
	if x == 0 {
		return "–"
	}
	return fmt.Sprintf("%.0f %%", 100*x)
}

func megabytes(b int64) string { return figure(float64(b) / 1e6) }

func orNone(x float64) string {
	if x == 0 {
		return "–"
	}
	return figure(x)
}

// figure writes x with three significant digits, or all before the point.
func figure(x float64) string {
	switch a := math.Abs(x); {
	case x == 0:
		return "0"
	case a >= 999.5:
		return progress.Thousands(int64(math.Round(x)))
	case a < 0.001:
		return fmt.Sprintf("%.2g", x)
	default:
		return fmt.Sprintf("%.*f", max(0, 2-int(math.Floor(math.Log10(a)))), x)
	}
}

var tables = []struct {
	part, title string
	columns     []column
}{
	{partThroughput, "Throughput", []column{
		{"MB", func(r *row) string { return megabytes(int64(r.CiphertextBytes)) }},
		{"engine", func(r *row) string { return r.Engine }},
		{"uploads", func(r *row) string { return progress.Thousands(r.Uploads) }},
		{"at once", func(r *row) string { return fmt.Sprint(r.Streams) }},
		{"/s", func(r *row) string { return figure(r.PerSecond) }},
		{"MB/s", func(r *row) string { return figure(r.MBPerSecond) }},
		{"of memory", func(r *row) string { return share(r.OfMemoryWall) }},
		{"/CPU-s", func(r *row) string { return figure(r.PerCPU) }},
		{"MB/CPU-s", func(r *row) string { return figure(r.MBPerCPU) }},
		{"of memory", func(r *row) string { return share(r.OfMemoryCPU) }},
		{"servers' CPU s", func(r *row) string { return orNone(r.ServersCPU) }},
		{"peak MB", func(r *row) string { return megabytes(r.Peak) }},
	}},
	{partThroughput, "Acknowledgements and commits", []column{
		{"MB", func(r *row) string { return megabytes(int64(r.CiphertextBytes)) }},
		{"engine", func(r *row) string { return r.Engine }},
		{"ack p50 ms", func(r *row) string { return ms(r.Wait50) }},
		{"p95", func(r *row) string { return ms(r.Wait95) }},
		{"server p50 ms", func(r *row) string { return ms(r.Took50) }},
		{"p95", func(r *row) string { return ms(r.Took95) }},
		{"commits", func(r *row) string { return fmt.Sprint(r.Commits) }},
		{"uploads each", func(r *row) string { return figure(r.PerCommit) }},
		{"writing ms", func(r *row) string { return ms(r.Writing.Median) }},
		{"appending ms", func(r *row) string { return ms(r.Appending.Median) }},
		{"segments MB", func(r *row) string { return megabytes(r.SegmentBytes) }},
	}},
	{partMany, "Many small contributors", []column{
		{"contributors", func(r *row) string { return progress.Thousands(r.Uploads) }},
		{"engine", func(r *row) string { return r.Engine }},
		{"upload KB", func(r *row) string { return figure(float64(r.UploadBytes) / 1e3) }},
		{"contributing s", func(r *row) string { return figure(r.Wall) }},
		{"CPU s", func(r *row) string { return figure(r.CPU) }},
		{"peak MB", func(r *row) string { return megabytes(r.Peak) }},
		{"ack p50 ms", func(r *row) string { return ms(r.Wait50) }},
		{"p95", func(r *row) string { return ms(r.Wait95) }},
		{"uploads a commit", func(r *row) string { return figure(r.PerCommit) }},
		{"to certificate s", func(r *row) string { return figure(r.CloseWall) }},
		{"CPU s", func(r *row) string { return figure(r.CloseCPU) }},
		{"of which members", func(r *row) string { return figure(r.MembersCPU) }},
		{"peak MB", func(r *row) string { return megabytes(r.ClosePeak) }},
		{"engine MB", func(r *row) string { return megabytes(r.EngineBytes) }},
		{"files MB", func(r *row) string { return megabytes(r.FileBytes) }},
	}},
	{partSoak, "Soak", []column{
		{"engine", func(r *row) string { return r.Engine }},
		{"s", func(r *row) string { return figure(r.Wall) }},
		{"rounds", func(r *row) string { return progress.Thousands(r.Rounds) }},
		{"contributions", func(r *row) string { return progress.Thousands(r.Uploads) }},
		{"MB held, first third", func(r *row) string { return megabytes(r.Thirds[0]) }},
		{"middle", func(r *row) string { return megabytes(r.Thirds[1]) }},
		{"last", func(r *row) string { return megabytes(r.Thirds[2]) }},
		{"last to middle", func(r *row) string { return fmt.Sprintf("%+.1f %%", 100*r.growth()) }},
	}},
}

// growth returns by which part a soak's last third held more than its middle one.
func (r *row) growth() float64 {
	if r.Thirds[1] == 0 {
		return 0
	}
	return float64(r.Thirds[2])/float64(r.Thirds[1]) - 1
}

func (r *results) of(part string) (rows []*row) {
	for _, row := range r.Rows {
		if row.Row == part {
			rows = append(rows, row)
		}
	}
	return rows
}

// tables returns all tables for a terminal.
func (r *results) tables() string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n", r.where())
	for _, t := range tables {
		rows := r.of(t.part)
		if len(rows) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n%s\n", strings.ToUpper(t.title))
		w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
		for _, c := range t.columns {
			fmt.Fprintf(w, "%s\t", c.head)
		}
		for _, row := range rows {
			fmt.Fprintln(w)
			for _, c := range t.columns {
				fmt.Fprintf(w, "%s\t", c.cell(row))
			}
		}
		fmt.Fprintln(w)
		w.Flush()
	}
	return b.String()
}

func (r *results) where() string {
	m := r.Machine
	commit := m.Commit[:min(12, len(m.Commit))]
	if m.Modified {
		commit += " with changes"
	}
	return fmt.Sprintf("%s, %d processors, %s, %s, files on %s, commit %s, %s", m.CPU, m.Processors, m.System, m.Go, r.FileSystem, commit, r.Date)
}

// markdown returns the report.
func (r *results) markdown() string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p("# Load")
	p("")
	p("%s. Measured by `%s` in %s s. What it shows and what it does not: [benchmarks/README.md](../../README.md). Raw figures: [results.json](results.json).", r.where(), r.Command, figure(r.Seconds))
	for _, t := range tables {
		rows := r.of(t.part)
		if len(rows) == 0 {
			continue
		}
		p("")
		p("## %s", t.title)
		p("")
		var heads, lines []string
		for _, c := range t.columns {
			heads, lines = append(heads, c.head), append(lines, "--:")
		}
		p("| %s |", strings.Join(heads, " | "))
		p("|%s|", strings.Join(lines, "|"))
		for _, row := range rows {
			var cells []string
			for _, c := range t.columns {
				cells = append(cells, c.cell(row))
			}
			p("| %s |", strings.Join(cells, " | "))
		}
	}
	return b.String()
}

// write writes report and raw figures.
func (r *results) write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	raw, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "results.json"), append(raw, '\n'), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "README.md"), []byte(r.markdown()), 0o644)
}
