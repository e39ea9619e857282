// Command benchmarks measures what Sotto's privacy costs, beside plain federated averaging and beside the schemes that people would
// otherwise pick: in the same run, on the same machine, with the same vectors, each through its real library.
//
//	go run ./benchmarks
//
// Contributors and aggregator of every system run in processes of their own and speak gRPC over TLS; the operating system says what each
// process uses. Runs are interleaved. A system whose mean is wrong gets no row. What the comparison shows and what it does not stands in
// README.md beside this file.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"sotto/benchmarks/measure"
	"sotto/benchmarks/process"
	"sotto/benchmarks/progress"
)

const usage = `go run ./benchmarks [flags]

Measures what Sotto's privacy costs beside plain federated averaging, pairwise masking, Lattigo's BGV and CKKS, and Prio3SumVec, and writes
a table to standard output and a report with plots and raw figures to benchmarks/results/<date>-<machine>. Takes about five minutes on two
cores. Progress goes to standard error.

  --quick             under a minute: the comparison alone, no files
  --full              as long as it takes: also the comparison with 100,000 and 10 million parameters, a contribution of 100 million
                      streamed from a file, 10,000 contributors, and more runs
  --only LIST         only these systems (plain, masking, lattigo-bgv, lattigo-ckks, prio3, sotto) and parts (comparison, small, params,
                      streamed, contributors, members, bits, audit, training), separated by commas
  --params LIST       sizes of models
  --contributors LIST numbers of contributors
  --members LIST      sizes of committees: 4, 7 or 10
  --bits LIST         bits of a quantised value
                      The first of a list is for the comparison, all of it for the part of that name.
  --json              one JSON object for each measured row on standard output, and nothing else there
  --out DIR           write report, plots and raw figures to DIR, in any mode; - for nowhere

Example:

  $ go run ./benchmarks --only sotto,plain --params 10000,1000000
`

func main() {
	process.ServeIfWorker(new(Worker))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case err == nil:
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(os.Stdout, usage)
	default:
		fmt.Fprintf(os.Stderr, "benchmarks: error: %v\n", err)
		var u *usageError
		if errors.As(err, &u) {
			os.Exit(2)
		}
		os.Exit(1)
	}
}

// run is the command.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parseOptions(args)
	if err != nil {
		return err
	}
	b := &benchmark{options: o, progress: progress.New(stderr), results: &results{
		Date: time.Now().UTC().Format(time.RFC3339), Command: strings.Join(append([]string{"go run ./benchmarks"}, args...), " "), Machine: measure.ThisMachine(),
	}}
	if o.json {
		b.emit = stdout
	}
	if err := b.run(ctx); err != nil {
		return err
	}
	b.progress.Clear()
	if !o.json {
		if err := b.results.table(stdout); err != nil {
			return err
		}
	}
	dir := o.directory(b.results)
	if dir == "" {
		return nil
	}
	if err := b.results.write(dir); err != nil {
		return err
	}
	b.progress.Line("report, plots and raw figures are in %s", dir)
	return nil
}
