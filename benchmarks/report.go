package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"sotto/benchmarks/measure"
	"sotto/benchmarks/peers"
	"sotto/benchmarks/progress"
)

// results are everything that one run has measured.
type results struct {
	Date      string          `json:"date"`
	Command   string          `json:"command"`
	Machine   measure.Machine `json:"machine"`
	Seconds   float64         `json:"seconds"`
	Rows      []*row          `json:"rows"`
	Streamed  []*streaming    `json:"streamed,omitempty"`
	Trainings []*training     `json:"trainings,omitempty"`
}

// of returns the rows of a part.
func (r *results) of(part string) (rows []*row) {
	for _, row := range r.Rows {
		if row.Row == part {
			rows = append(rows, row)
		}
	}
	return rows
}

// compared returns the rows of the comparison, those that were measured together in one group.
func (r *results) compared() (groups [][]*row) {
	for _, row := range r.of(partComparison) {
		last := len(groups) - 1
		if last < 0 || groups[last][0].job != row.job {
			groups = append(groups, nil)
			last++
		}
		groups[last] = append(groups[last], row)
	}
	return groups
}

// grid is a table: the first columns are words, the others figures.
type grid struct {
	heads []string
	words int
	rows  [][]string
}

func (g *grid) add(cells ...string) { g.rows = append(g.rows, cells) }

// text writes the table for a terminal. A head may have two lines, parted by a line feed.
func (g *grid) text(w io.Writer) {
	upper, lower := make([]string, len(g.heads)), make([]string, len(g.heads))
	for i, h := range g.heads {
		var two bool
		if upper[i], lower[i], two = strings.Cut(h, "\n"); !two {
			upper[i], lower[i] = "", h
		}
	}
	lines := append([][]string{upper, lower}, g.rows...)
	width := make([]int, len(g.heads))
	for _, line := range lines {
		for i, cell := range line {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	for n, line := range lines {
		if n == 0 && strings.Join(line, "") == "" {
			continue
		}
		var b strings.Builder
		for i, cell := range line {
			space := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			if i < g.words {
				b.WriteString(cell + space + "  ")
			} else {
				b.WriteString(space + cell + "  ")
			}
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
}

// markdown writes the table for a page.
func (g *grid) markdown(w io.Writer) {
	line := func(cells []string) { fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | ")) }
	heads, rule := make([]string, len(g.heads)), make([]string, len(g.heads))
	for i, h := range g.heads {
		heads[i], rule[i] = strings.TrimSpace(strings.ReplaceAll(h, "\n", " ")), "--:"
		if i < g.words {
			rule[i] = "---"
		}
	}
	line(heads)
	line(rule)
	for _, cells := range g.rows {
		line(cells)
	}
	fmt.Fprintln(w)
}

// figure writes x with three significant digits.
func figure(x float64) string {
	switch a := math.Abs(x); {
	case x == 0:
		return "0"
	case a < 1e-4:
		return strconv.FormatFloat(x, 'e', 1, 64)
	case a >= 1000:
		return progress.Thousands(int64(math.Round(x)))
	}
	digits := max(0, 2-int(math.Floor(math.Log10(math.Abs(x)))))
	return strconv.FormatFloat(x, 'f', digits, 64)
}

// orDash writes x, or a dash if there is nothing to say.
func orDash(x float64) string {
	if x == 0 {
		return "–"
	}
	return figure(x)
}

// span writes the smallest and the largest run around the median.
func span(s measure.Stat, factor float64) string {
	return fmt.Sprintf("%s (%s to %s)", figure(s.Median*factor), figure(s.Min*factor), figure(s.Max*factor))
}

func megabytes(n int64) string {
	if n == 0 {
		return "–"
	}
	return figure(float64(n) / 1e6)
}

// comparisonGrid is the table that all systems stand in.
func comparisonGrid(rows []*row) *grid {
	g := &grid{words: 1, heads: []string{"\nsystem", "contributor\nCPU s/1M", "against\nSotto", "peak\nMB", "upload\nB/param", "\n× fp32", fmt.Sprintf("\n× %d bits", rows[0].Bits),
		"aggregator\nCPU s/1M", "ingest\nMB/s", "opening\nCPU s/1M", "key holder\nCPU s", "in\nMB", "out\nMB", "largest\nerror"}}
	base := reference(rows)
	for _, r := range rows {
		against := "–"
		if base != nil && r != base {
			against = figure(r.ClientCPU/base.ClientCPU) + " ×"
		}
		g.add(r.title, figure(r.ClientCPU), against, megabytes(r.ClientPeak), figure(r.UploadPer), figure(r.UploadFP32), figure(r.UploadPlain), figure(r.ServerCPU),
			figure(r.IngestMBs), figure(r.OpenCPU), orDash(r.MemberCPU), megabytes(r.MemberIn), megabytes(r.MemberOut), figure(r.MaxError))
	}
	return g
}

// reference returns the row of Sotto that the others are held against: B90, or the only one there is.
func reference(rows []*row) (base *row) {
	for _, r := range rows {
		if r.System == "sotto" && (base == nil || r.Set == "B90") {
			base = r
		}
	}
	return base
}

// spreadGrid shows how far the runs lie apart, in milliseconds.
func spreadGrid(rows []*row) *grid {
	g := &grid{words: 1, heads: []string{"system", "make, CPU ms", "make, wall ms", "send, CPU ms", "send, wall ms", "aggregator, CPU ms", "open, CPU ms", "open, wall ms"}}
	for _, r := range rows {
		u := &r.Runs
		g.add(r.title, span(u.ClientCPU, 1e3), span(u.ClientWall, 1e3), span(u.SendCPU, 1e3), span(u.SendWall, 1e3), span(u.ServerCPU, 1e3), span(u.OpenCPU, 1e3), span(u.OpenWall, 1e3))
	}
	return g
}

// sottoGrid shows Sotto alone. vary names what changes from row to row.
func sottoGrid(rows []*row, vary string) *grid {
	g := &grid{words: 1, heads: []string{"\nset", "\n" + vary, "contributor\nCPU ms", "\ns/1M", "peak\nMB", "upload\nbytes", "\nB/param", "× bound\nb + log2 K_max",
		"aggregator\nCPU ms", "opening\nCPU ms", "of which\nchecks", "member\nCPU ms", "each\nshare", "in\nKB", "out\nKB", "audit\nCPU ms", "largest\nerror"}}
	for _, r := range rows {
		value := map[string]int{"parameters": r.Params, "contributors": r.Contributors, "members": r.Members, "bits": r.Bits}[vary]
		million := float64(r.Params) / 1e6
		g.add(r.Set, progress.Thousands(value), figure(r.Runs.ClientCPU.Median*1e3), figure(r.ClientCPU), megabytes(r.ClientPeak), progress.Thousands(r.UploadBytes), figure(r.UploadPer), figure(r.UploadBound),
			figure(r.Runs.ServerCPU.Median*1e3), figure(r.Runs.OpenCPU.Median*1e3), figure(r.OpenCheck*million*1e3), figure(r.MemberCPU*1e3), figure(r.MemberShares),
			figure(float64(r.MemberIn)/1e3), figure(float64(r.MemberOut)/1e3), orDash(r.AuditCPU*1e3), figure(r.MaxError))
	}
	return g
}

// auditGrid shows every round that was audited.
func (r *results) auditGrid() *grid {
	g := &grid{words: 1, heads: []string{"set", "parameters", "contributors", "CPU s", "wall s", "MB read"}}
	for _, row := range r.Rows {
		if row.AuditCPU > 0 {
			g.add(row.Set, progress.Thousands(row.Params), progress.Thousands(row.Contributors), figure(row.AuditCPU), figure(row.AuditWall), megabytes(row.AuditBytes))
		}
	}
	return g
}

func (r *results) streamedGrid() *grid {
	g := &grid{words: 1, heads: []string{"\nset", "\nparameters", "peak\nMB", "upload\nMB", "sealing\nCPU s", "\ns/1M", "\nwall s", "everything\nCPU s", "\nwall s"}}
	for _, s := range r.Streamed {
		g.add(s.Set, progress.Thousands(s.Params), megabytes(s.Peak), megabytes(int64(s.Upload)), figure(s.SealCPU), figure(s.Seal), figure(s.SealSec), figure(s.CPU), figure(s.Wall))
	}
	return g
}

func (r *results) trainingGrid() *grid {
	g := &grid{words: 2, heads: []string{"\ntask", "\nthrough", "\nparameters", "\ncontributors", "\nrounds", "wall\ns", "CPU\ns", "upload\nKB", "last\naccuracy"}}
	for _, t := range r.Trainings {
		through := "plain averaging"
		if t.System == "sotto" {
			through = "Sotto " + t.Set
		}
		g.add(t.Task, through, progress.Thousands(t.Params), strconv.Itoa(t.Contributors), strconv.Itoa(t.Rounds), figure(t.Wall), figure(t.CPU), figure(float64(t.Upload)/1e3),
			strconv.FormatFloat(t.Accuracies[len(t.Accuracies)-1], 'f', 4, 64))
	}
	return g
}

// breakEven is from which size on an upload is smaller than the update in float32.
type breakEven struct {
	set    string
	fixed  int // bytes of an upload beside the ciphertext, measured
	params int // computed; 0 for never
}

// breakEvens computes them from what was measured with one parameter.
func (r *results) breakEvens() (all []breakEven) {
	for _, row := range r.of(partSmall) {
		if row.Params != 1 {
			continue
		}
		w := peers.Workload{Parameters: 1, Contributors: row.Contributors, KMax: row.KMax, Bits: row.Bits, Members: row.Members, Set: row.Set}
		p, err := peers.Scheme(w)
		if err != nil {
			continue
		}
		e := breakEven{set: row.Set, fixed: row.UploadBytes - p.CiphertextBytes(1)}
		const enough = 1 << 20
		smaller := func(n int) bool { return e.fixed+p.CiphertextBytes(n) < 4*n }
		if smaller(enough) {
			e.params = enough
			for e.params > 1 && smaller(e.params-1) {
				e.params--
			}
		}
		all = append(all, e)
	}
	return all
}

// sentence says what the comparison comes to.
func sentence(rows []*row) string {
	base := reference(rows)
	if base == nil {
		return ""
	}
	var less []string
	aggregator := ""
	for _, r := range rows {
		switch r.System {
		case "lattigo-bgv", "lattigo-ckks", "prio3":
			less = append(less, fmt.Sprintf("%s times less than %s", figure(r.ClientCPU/base.ClientCPU), r.short()))
		case "plain":
			aggregator = fmt.Sprintf(" The aggregator uses %s times what plain averaging does.", figure(base.ServerCPU/r.ServerCPU))
		}
	}
	if len(less) == 0 && aggregator == "" {
		return ""
	}
	return fmt.Sprintf("%s: a contributor uses %s s of processor time a million parameters%s.%s", base.title, figure(base.ClientCPU), strings.Join(append([]string{""}, less...), ", "), aggregator)
}

// workloadOf describes what the rows have in common.
func workloadOf(r *row) string {
	return fmt.Sprintf("%s parameters, %d contributors (sums are sized for %s), %d-bit values, %d key holders", progress.Thousands(r.Params), r.Contributors, progress.Thousands(r.KMax), r.Bits, r.Members)
}

func (r *results) where() string {
	m := r.Machine
	commit := m.Commit
	if len(commit) > 12 {
		commit = commit[:12]
	}
	if m.Modified {
		commit += " with changes"
	}
	return fmt.Sprintf("%s, %d processors, %s, %s, commit %s, %s", m.CPU, m.Processors, m.System, m.Go, commit, r.Date)
}

// parts of Sotto alone, with what changes in them.
var alone = []struct{ part, title, vary string }{
	{partSmall, "Sotto with small models", "parameters"},
	{partParams, "Sotto against the size of the model", "parameters"},
	{partContributors, "Sotto against the number of contributors", "contributors"},
	{partMembers, "Sotto against the size of the committee", "members"},
	{partBits, "Sotto against the bits of a value", "bits"},
}

// table writes the results for a terminal.
func (r *results) table(out io.Writer) error {
	var b bytes.Buffer
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p("%s", r.where())
	for _, rows := range r.compared() {
		p("\nCOMPARISON: %s\n", workloadOf(rows[0]))
		comparisonGrid(rows).text(&b)
		if s := sentence(rows); s != "" {
			p("\n%s", s)
		}
	}
	if groups := r.compared(); len(groups) > 0 {
		p("\nWHAT EACH GIVES BESIDE THE MEAN")
		seen := map[string]bool{}
		for _, row := range slices.Concat(groups...) {
			if s, err := peers.Lookup(row.System); err == nil && !seen[s.Name] {
				seen[s.Name] = true
				p("\n%s", s.Title)
				for _, g := range givesOf(s) {
					p("  %-18s %s", g[0], g[1])
				}
			}
		}
	}
	for _, a := range alone {
		if rows := r.of(a.part); len(rows) > 0 {
			p("\n%s\n", strings.ToUpper(a.title))
			sottoGrid(rows, a.vary).text(&b)
		}
		if a.part == partSmall {
			for _, e := range r.breakEvens() {
				p("%s", e)
			}
		}
	}
	if g := r.streamedGrid(); len(g.rows) > 0 {
		p("\nONE CONTRIBUTION STREAMED FROM A FILE\n")
		g.text(&b)
	}
	if g := r.auditGrid(); len(g.rows) > 0 {
		p("\nAUDITS FROM PUBLIC DATA\n")
		g.text(&b)
	}
	if g := r.trainingGrid(); len(g.rows) > 0 {
		p("\nWHOLE TRAININGS, ALL PARTIES ON THIS MACHINE\n")
		g.text(&b)
	}
	p("\nCPU is user and system time by getrusage; MB/s is by the clock, over gRPC with TLS, one upload after the other. %.0f s in all.", r.Seconds)
	_, err := out.Write(b.Bytes())
	return err
}

func (e breakEven) String() string {
	if e.params == 0 {
		return fmt.Sprintf("%s: %s bytes beside the ciphertext; its uploads are never smaller than float32 (computed)", e.set, progress.Thousands(e.fixed))
	}
	return fmt.Sprintf("%s: %s bytes beside the ciphertext; uploads are smaller than float32 from %s parameters on (computed)", e.set, progress.Thousands(e.fixed), progress.Thousands(e.params))
}

func givesOf(s *peers.System) [][2]string {
	g := s.Gives
	return [][2]string{{"drop-outs", g.DropOuts}, {"key holders", g.KeyHolders}, {"one message", g.OneMessage}, {"who can check", g.Check}, {"besides", g.Besides}}
}

// write writes raw figures, plots and the report.
func (r *results) write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	plots, err := r.plot(dir)
	if err != nil {
		return fmt.Errorf("plots: %w", err)
	}
	return errors.Join(
		os.WriteFile(filepath.Join(dir, "results.json"), append(raw, '\n'), 0o644),
		os.WriteFile(filepath.Join(dir, "README.md"), r.markdown(plots), 0o644))
}

// markdown returns the report.
func (r *results) markdown(plots map[string]string) []byte {
	var b bytes.Buffer
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n\n", args...) }
	picture := func(name string) {
		if title, ok := plots[name]; ok {
			p("![%s](%s.svg)", title, name)
		}
	}
	p("# What the privacy costs")
	p("Measured by `%s` in %s on %s.", r.Command, time.Duration(r.Seconds*float64(time.Second)).Round(time.Second), r.where())
	p("All systems ran in this one run, interleaved, with the same vectors, each through its real library, contributors and aggregator in processes of their own. Processor time is user and system time by getrusage. " +
		"Figures are medians; a mean that is wrong gets no row. What the comparison shows and what it does not: [benchmarks/README.md](../../README.md). Raw figures: [results.json](results.json).")
	groups := r.compared()
	for i, rows := range groups {
		p("## Comparison: %s parameters", progress.Thousands(rows[0].Params))
		p("%s.", workloadOf(rows[0]))
		comparisonGrid(rows).markdown(&b)
		p("%s", sentence(rows))
		if i == 0 {
			picture(plotComparison)
			p("*against Sotto*: the contributor's processor time over that of %s. *ingest*: one upload after the other, by the clock, over gRPC with TLS. *aggregator*: processor time a contribution, gRPC and TLS included. "+
				"*key holder*: one member, or one of those who hold key shares, for the whole round; for Sotto with its own audit of the outcome.", referenceTitle(rows))
			for _, row := range rows {
				if row.memberCarries != "" && (row.System != "sotto" || row == reference(rows)) {
					p("*in*, *out* for %s: %s.", strings.TrimSuffix(row.title, " "+row.Set), row.memberCarries)
				}
			}
		}
	}
	if len(groups) > 0 {
		p("### What each gives beside the mean")
		g := &grid{words: 6, heads: []string{"system", "drop-outs", "key holders", "one message", "who can check", "besides"}}
		settings := &grid{words: 2, heads: []string{"system", "settings"}}
		seen := map[string]bool{}
		for _, row := range slices.Concat(groups...) {
			if s, err := peers.Lookup(row.System); err == nil && !seen[s.Name] {
				seen[s.Name] = true
				cells := []string{s.Title}
				for _, gives := range givesOf(s) {
					cells = append(cells, gives[1])
				}
				g.add(cells...)
			}
			settings.add(fmt.Sprintf("%s, %s parameters", row.title, progress.Thousands(row.Params)), row.Settings)
		}
		g.markdown(&b)
		p("### Settings")
		settings.markdown(&b)
		p("### Spread of the runs")
		for _, rows := range groups {
			p("%s parameters, median (smallest to largest) of %d contributions and %d openings:", progress.Thousands(rows[0].Params), rows[0].Runs.ClientCPU.Runs, rows[0].Runs.OpenCPU.Runs)
			spreadGrid(rows).markdown(&b)
		}
	}
	for _, a := range alone {
		rows := r.of(a.part)
		if len(rows) == 0 {
			continue
		}
		p("## %s", a.title)
		p("%s", varied(rows[0], a.vary))
		sottoGrid(rows, a.vary).markdown(&b)
		switch a.part {
		case partSmall:
			for _, e := range r.breakEvens() {
				fmt.Fprintf(&b, "- %s\n", e)
			}
			p("")
		case partParams:
			picture(plotParams)
		case partContributors:
			picture(plotContributors)
		}
	}
	if g := r.streamedGrid(); len(g.rows) > 0 {
		p("## One contribution streamed from a file")
		p("A process that does what `sotto contribute --trained` does, with a trained model in a file: look at the round, fetch the base model to disk, seal, send, check the receipt. *peak*: most physical memory " +
			"of the whole process, the pages of files left out. *sealing*: from the models' files to the ciphertext's file; reading, quantising, encryption, hash, digests, key sharing, signature. What arrives is opened again and held " +
			"against the update.")
		g.markdown(&b)
	}
	if g := r.auditGrid(); len(g.rows) > 0 {
		p("## Audits from public data")
		p("The whole of `sotto audit` but for the download: signatures, key sums, opening, noise, homomorphic hash, model, rewards, certificate.")
		g.markdown(&b)
	}
	if g := r.trainingGrid(); len(g.rows) > 0 {
		p("## Whole trainings")
		p("Real gradients, every contributor with its own slice of the data, all parties in one process on this machine, over gRPC with TLS; processor time and clock from the opening of the first round to the end of the last, " +
			"training included, making keys not. The chain is simulated. *upload*: a contributor and round.")
		g.markdown(&b)
		picture(plotTraining)
	}
	return append(bytes.TrimSpace(b.Bytes()), '\n')
}

func referenceTitle(rows []*row) string {
	if base := reference(rows); base != nil {
		return base.title
	}
	return "Sotto"
}

// varied says what the rows of a part have in common.
func varied(r *row, vary string) string {
	var common []string
	for _, c := range []struct {
		name string
		text string
	}{
		{"parameters", progress.Thousands(r.Params) + " parameters"},
		{"contributors", strconv.Itoa(r.Contributors) + " contributors"},
		{"bits", strconv.Itoa(r.Bits) + "-bit values"},
		{"members", strconv.Itoa(r.Members) + " members"},
	} {
		if c.name != vary {
			common = append(common, c.text)
		}
	}
	return "With " + strings.Join(common, ", ") + ". *contributor* and *aggregator*: a contribution; *opening* and *audit*: the round; *member*: one member's round, its own audit of the outcome included; *each share*: what one contribution adds to it; *in*, *out*: its bytes."
}
