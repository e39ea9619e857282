package main

import (
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Engines, in the order of rows.
const (
	engineMemory   = "memory"
	engineEmbedded = "embedded"
	engineCluster  = "cluster"
)

// Parts of the benchmark.
const (
	partThroughput = "throughput" // contributions of one size as fast as they are taken
	partMany       = "many"       // one round of many small contributors, to its certificate
	partSoak       = "soak"       // round after round, with an eye on memory
)

var (
	allEngines = []string{engineMemory, engineEmbedded, engineCluster}
	allParts   = []string{partThroughput, partMany, partSoak}
)

// options are the command's flags.
type options struct {
	quick, json       bool
	out, dir, profile string
	engines, parts    []string
	megabytes         []float64
	uploads, many     int
	soak              time.Duration
}

type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usagef(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

func parseOptions(args []string) (*options, error) {
	o := new(options)
	f := flag.NewFlagSet("load", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.BoolVar(&o.quick, "quick", false, "")
	f.BoolVar(&o.json, "json", false, "")
	f.StringVar(&o.out, "out", "", "")
	f.StringVar(&o.dir, "dir", "", "")
	f.StringVar(&o.profile, "profile", "", "")
	f.IntVar(&o.uploads, "uploads", 0, "")
	f.IntVar(&o.many, "many", 10_000, "")
	f.DurationVar(&o.soak, "soak", 0, "")
	only := f.String("only", "", "")
	f.Func("mb", "", func(s string) error {
		for field := range strings.SplitSeq(s, ",") {
			mb, err := strconv.ParseFloat(strings.TrimSpace(field), 64)
			if err != nil || !(mb >= 0.01 && mb <= 512) {
				return fmt.Errorf("%q is no size from 0.01 to 512 MB", field)
			}
			o.megabytes = append(o.megabytes, mb)
		}
		return nil
	})
	if err := f.Parse(args); err != nil {
		if err == flag.ErrHelp {
			return nil, err
		}
		return nil, usagef("%v", err)
	}
	switch {
	case f.NArg() > 0:
		return nil, usagef("%q does not belong here", f.Arg(0))
	case o.uploads < 0 || o.uploads == 1 || o.uploads > maxUploads:
		return nil, usagef("--uploads is %d, want 2 to %d", o.uploads, maxUploads)
	case o.many < 2 || o.many > maxUploads:
		return nil, usagef("--many is %d, want 2 to %d", o.many, maxUploads)
	case o.soak < 0:
		return nil, usagef("--soak is %s, want a time", o.soak)
	}
	if err := o.choose(*only); err != nil {
		return nil, err
	}
	if o.megabytes == nil {
		if o.megabytes = []float64{1, 32, 256}; o.quick {
			o.megabytes = []float64{1, 32}
		}
	}
	return o, nil
}

// maxUploads keeps what contributors hold until they send it in memory.
const maxUploads = 1 << 14

// choose picks engines and parts.
func (o *options) choose(only string) error {
	if only != "" {
		for name := range strings.SplitSeq(only, ",") {
			switch name = strings.TrimSpace(name); {
			case slices.Contains(allEngines, name):
				o.engines = append(o.engines, name)
			case slices.Contains(allParts, name):
				o.parts = append(o.parts, name)
			default:
				return usagef("--only names %q, want an engine (%s) or a part (%s)", name, strings.Join(allEngines, ", "), strings.Join(allParts, ", "))
			}
		}
	}
	if o.engines == nil {
		if o.engines = allEngines; o.quick {
			o.engines = []string{engineMemory, engineEmbedded}
		}
	}
	if o.parts == nil {
		if o.parts = []string{partThroughput, partMany}; o.quick {
			o.parts = []string{partThroughput}
		}
		if o.soak > 0 {
			o.parts = append(o.parts, partSoak)
		}
	}
	if slices.Contains(o.parts, partSoak) != (o.soak > 0) {
		return usagef("the part soak needs --soak and a time, and the other way round")
	}
	slices.SortFunc(o.engines, func(a, b string) int { return slices.Index(allEngines, a) - slices.Index(allEngines, b) })
	o.engines = slices.Compact(o.engines)
	return nil
}

// durable returns the engine of the parts that are measured on one only: the first that keeps anything, or else the first.
func (o *options) durable() string {
	for _, e := range o.engines {
		if e != engineMemory {
			return e
		}
	}
	return o.engines[0]
}

// directory returns where results are written, "" for nowhere.
func (o *options) directory(r *results) string {
	switch {
	case o.out == "-":
		return ""
	case o.out != "":
		return o.out
	case o.quick:
		return ""
	}
	return filepath.Join("benchmarks", "results", r.Date[:len("2006-01-02")]+"-"+r.Machine.Slug()+"-load")
}
