package main

import (
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"sotto/benchmarks/peers"
)

// mode says how much is measured.
type mode int

const (
	standard mode = iota
	quick
	full
)

// parts of the benchmark, in their order.
const (
	partComparison   = "comparison"   // all systems with one workload
	partSmall        = "small"        // Sotto with small models, each parameter set, down to one parameter
	partParams       = "params"       // Sotto against the size of the model
	partContributors = "contributors" // Sotto against the number of contributors
	partStreamed     = "streamed"     // one contribution of a model that is too large for memory
	partMembers      = "members"      // Sotto against the size of the committee
	partBits         = "bits"         // Sotto against the bits of a value
	partAudit        = "audit"        // checking a round of many contributors from public data
	partTraining     = "training"     // whole trainings with and without Sotto
)

var allParts = []string{partComparison, partSmall, partParams, partStreamed, partContributors, partMembers, partBits, partAudit, partTraining}

// options are the command's flags.
type options struct {
	mode    mode
	json    bool
	out     string
	systems []*peers.System
	parts   []string

	params, contributors, members, bits []int // nil if not given
}

type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usagef(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

func parseOptions(args []string) (*options, error) {
	o := new(options)
	f := flag.NewFlagSet("benchmarks", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	isQuick, isFull := f.Bool("quick", false, ""), f.Bool("full", false, "")
	only := f.String("only", "", "")
	f.BoolVar(&o.json, "json", false, "")
	f.StringVar(&o.out, "out", "", "")
	lists := map[string]*[]int{"params": &o.params, "contributors": &o.contributors, "members": &o.members, "bits": &o.bits}
	for name, list := range lists {
		f.Func(name, "", func(s string) (err error) {
			*list, err = parseList(s)
			return err
		})
	}
	if err := f.Parse(args); err != nil {
		if err == flag.ErrHelp {
			return nil, err
		}
		return nil, usagef("%v", err)
	}
	switch {
	case f.NArg() > 0:
		return nil, usagef("%q does not belong here", f.Arg(0))
	case *isQuick && *isFull:
		return nil, usagef("--quick and --full exclude each other")
	case *isQuick:
		o.mode = quick
	case *isFull:
		o.mode = full
	}
	return o, o.choose(*only)
}

func parseList(s string) (list []int, err error) {
	for field := range strings.SplitSeq(s, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(field))
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q is not a number above 0", field)
		}
		list = append(list, n)
	}
	return list, nil
}

// choose picks systems and parts, and checks the lists.
func (o *options) choose(only string) error {
	if only != "" {
		for name := range strings.SplitSeq(only, ",") {
			name = strings.TrimSpace(name)
			if s, err := peers.Lookup(name); err == nil {
				o.systems = append(o.systems, s)
			} else if slices.Contains(allParts, name) {
				o.parts = append(o.parts, name)
			} else {
				return usagef("--only names %q, want a system (plain, masking, lattigo-bgv, lattigo-ckks, prio3, sotto) or a part (%s)", name, strings.Join(allParts, ", "))
			}
		}
	}
	if o.systems == nil {
		o.systems = slices.Clone(peers.Systems)
	}
	slices.SortFunc(o.systems, func(a, b *peers.System) int { return slices.Index(peers.Systems, a) - slices.Index(peers.Systems, b) })
	o.systems = slices.Compact(o.systems)
	if o.parts == nil {
		o.parts = allParts
		if o.mode == quick {
			o.parts = []string{partComparison}
		}
	}
	for _, p := range o.params {
		for _, k := range append([]int{2}, o.contributors...) {
			for _, n := range append([]int{4}, o.members...) {
				for _, b := range append([]int{16}, o.bits...) {
					if err := (peers.Workload{Parameters: p, Contributors: k, KMax: kMaxFor(k), Members: n, Bits: b}).Validate(); err != nil {
						return usagef("%v", err)
					}
				}
			}
		}
	}
	for _, n := range o.members {
		if n != 4 && n != 7 && n != 10 {
			return usagef("--members is %d, want 4, 7 or 10", n)
		}
	}
	return nil
}

func (o *options) has(part string) bool { return slices.Contains(o.parts, part) }

func (o *options) hasSystem(name string) bool {
	return slices.ContainsFunc(o.systems, func(s *peers.System) bool { return s.Name == name })
}

// directory returns where results are written, "" for nowhere.
func (o *options) directory(r *results) string {
	switch {
	case o.out == "-":
		return ""
	case o.out != "":
		return o.out
	case o.mode == quick:
		return ""
	}
	return filepath.Join("benchmarks", "results", r.Date[:len("2006-01-02")]+"-"+r.Machine.Slug())
}

// orDefault returns the list that was given, or another one.
func orDefault(given []int, otherwise ...int) []int {
	if given != nil {
		return given
	}
	return otherwise
}

// kMaxFor returns the most contributors of a sum that a round for that many would be opened with: rows of the table of guard bits.
func kMaxFor(contributors int) int {
	for _, k := range []int{1 << 7, 1 << 10, 1 << 14} {
		if contributors <= k {
			return k
		}
	}
	return 1 << 17
}
