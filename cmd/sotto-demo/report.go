package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"

	"sotto/round"
)

// roundReport is one round's line in the table and in the JSON output.
type roundReport struct {
	Event        string  `json:"event"` // "round"
	Round        uint64  `json:"round"`
	Contributors int     `json:"contributors"`  // who took part
	Accepted     int     `json:"accepted"`      // entries of the manifest
	Leaves       int     `json:"leaves"`        // drawn into
	LeavesOpened int     `json:"leaves_opened"` // inside opened nodes
	Accuracy     float64 `json:"accuracy"`
	// Of plain federated averaging of the same updates: of those whose nodes opened.
	PlainAccuracy float64 `json:"plain_accuracy"`
	MaxModelDiff  float64 `json:"max_model_diff"`
	UploadBytes   int     `json:"upload_bytes"` // median of whole contributions as sent
	UploadTimes   float64 `json:"upload_x_fp32"`
	Clipped       int     `json:"clipped"` // coordinates, over all contributors
	FinalizeGas   uint64  `json:"finalize_gas"`
	Verified      bool    `json:"certificate_verified"`
	Seconds       float64 `json:"seconds"`

	Failed        []string                           `json:"failed_nodes"`  // named, with the reason
	Disagreements []int                              `json:"disagreements"` // members off the accepted polynomial
	Refused       map[round.Reason]int               `json:"refused"`
	Phases        map[string]float64                 `json:"seconds_by_phase,omitempty"`
	BytesByPart   struct{ Update, Shares, Hash int } `json:"-"`

	Killed  []*fault `json:"killed,omitempty"`  // processes, with --crash
	Retries int      `json:"retries,omitempty"` // of contributors whose aggregator was gone
}

// summary is the last line.
type summary struct {
	Event        string               `json:"event"` // "summary"
	Rounds       int                  `json:"rounds"`
	Accuracy     float64              `json:"accuracy"`
	Plain        float64              `json:"plain_accuracy"`
	Claims       int                  `json:"claims"` // addresses owed more than 0
	ClaimsOK     int                  `json:"claims_ok"`
	Audit        string               `json:"audit"` // "ok" or the failed check
	Disagreeing  []int                `json:"disagreeing_members"`
	Refused      map[round.Reason]int `json:"refused"`
	Seconds      float64              `json:"seconds"`
	ClaimGas     uint64               `json:"claim_gas"` // median
	Owed         string               `json:"owed_each"`
	Error        string               `json:"error,omitempty"`
	AuditedRound uint64               `json:"audited_round"`
	Killed       int                  `json:"killed,omitempty"` // processes, with --crash
	Slowest      float64              `json:"slowest_recovery_seconds,omitempty"`
	Retries      int                  `json:"retries,omitempty"`
}

// progress tells people what happens while it does, on stderr when stdout is for a program.
type progress struct {
	mu      sync.Mutex
	w       io.Writer
	live    bool // w is a terminal: lines may be replaced
	pending bool
	done    int
}

func (p *progress) line(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	fmt.Fprintf(p.w, format+"\n", args...)
}

func (p *progress) clear() {
	if p.pending {
		fmt.Fprint(p.w, "\r\033[K")
		p.pending = false
	}
}

// transient shows a line that the next one replaces; a file or a pipe gets none of it.
func (p *progress) transient(format string, args ...any) {
	if !p.live {
		return
	}
	p.clear()
	fmt.Fprintf(p.w, format, args...)
	p.pending = true
}

func (p *progress) contributed(_ *part, of int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	p.transient("  %d of %d contributors are done", p.done, of)
}

func (p *progress) reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done = 0
}

// reporter writes the result.
type reporter struct {
	out      io.Writer
	json     bool
	progress *progress
	rounds   []*roundReport
	header   bool
}

// columns of the table, each wide enough for its figures.
const columns = "%5s  %-12s  %-6s  %8s  %8s  %9s  %-16s  %7s  %7s  %5s"

func (r *reporter) round(report *roundReport) error {
	r.rounds = append(r.rounds, report)
	if r.json {
		return json.NewEncoder(r.out).Encode(report)
	}
	r.progress.mu.Lock()
	defer r.progress.mu.Unlock()
	r.progress.clear()
	if !r.header {
		r.header = true
		fmt.Fprintf(r.out, columns+"\n", "ROUND", "CONTRIBUTORS", "LEAVES", "ACCURACY", "PLAIN", "DIFF", "UPLOAD", "CLIPPED", "GAS", "S")
	}
	fmt.Fprintf(r.out, columns+"\n", fmt.Sprint(report.Round), fmt.Sprintf("%d of %d", report.Accepted, report.Contributors),
		fmt.Sprintf("%d of %d", report.LeavesOpened, report.Leaves), fmt.Sprintf("%.4f", report.Accuracy), fmt.Sprintf("%.4f", report.PlainAccuracy),
		fmt.Sprintf("%.1e", report.MaxModelDiff), fmt.Sprintf("%.1f KB (%.1f×)", float64(report.UploadBytes)/1e3, report.UploadTimes),
		fmt.Sprint(report.Clipped), thousands(report.FinalizeGas), fmt.Sprintf("%.1f", report.Seconds))
	for _, f := range report.Failed {
		fmt.Fprintf(r.out, "       %s\n", f)
	}
	if len(report.Disagreements) > 0 {
		fmt.Fprintf(r.out, "       member %s released something else than the others; the sum opened without it\n", list(report.Disagreements))
	}
	for _, f := range report.Killed {
		fmt.Fprintf(r.out, "       killed: %s, %s, when %s; back after %.1f s\n", f.Process, f.Ended, f.While, f.Recovery)
	}
	if report.Retries > 0 {
		fmt.Fprintf(r.out, "       contributors found no aggregator and tried again: %d times\n", report.Retries)
	}
	for _, reason := range slices.Sorted(maps.Keys(report.Refused)) {
		fmt.Fprintf(r.out, "       refused: %d × %s\n", report.Refused[reason], reason)
	}
	return nil
}

// balance is what one account has after its claim.
type balance struct {
	number          int
	account         string
	rounds          int
	awarded, tokens string
	gas             uint64
}

func (r *reporter) balances(all []balance) error {
	if r.json {
		return nil
	}
	w := tabwriter.NewWriter(r.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\nCONTRIBUTOR\tACCOUNT\tROUNDS\tCLAIMED\tBALANCE\tGAS\t")
	for _, b := range all {
		fmt.Fprintf(w, "%d\t%s\t%d\t%s\t%s\t%s\t\n", b.number, b.account, b.rounds, b.awarded, b.tokens, thousands(b.gas))
	}
	return w.Flush()
}

func (r *reporter) summary(s *summary, checks []string) error {
	if r.json {
		return json.NewEncoder(r.out).Encode(s)
	}
	if len(checks) > 0 {
		fmt.Fprintf(r.out, "\naudit of round %d from public data:\n", s.AuditedRound)
		for _, c := range checks {
			fmt.Fprintf(r.out, "  ok  %s\n", c)
		}
	}
	fmt.Fprintf(r.out, "\n%d rounds, accuracy %.4f (plain averaging %.4f), %d of %d claims paid, audit %s, %.0f s\n",
		s.Rounds, s.Accuracy, s.Plain, s.ClaimsOK, s.Claims, s.Audit, s.Seconds)
	if s.Killed > 0 {
		fmt.Fprintf(r.out, "%d processes killed and started again, the slowest was back after %.1f s; contributors tried again %d times\n", s.Killed, s.Slowest, s.Retries)
	}
	if len(s.Disagreeing) > 0 {
		fmt.Fprintf(r.out, "members that disagreed: %s\n", list(s.Disagreeing))
	}
	if s.Error != "" {
		fmt.Fprintf(r.out, "failed: %s\n", s.Error)
	}
	return nil
}

func list(numbers []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(numbers), " ", ", "), "[]")
}

func thousands(n uint64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
