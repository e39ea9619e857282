// Command load measures what an aggregator takes in, with TLS, every check and durable commits, on the engines that it can keep its log in:
// in memory, embedded, and a cluster of three servers.
//
//	go run ./benchmarks/load
//
// Contributors and aggregator run in processes of their own, and so do the servers of the cluster. Uploads are made before they are sent. A
// round whose sum is not exactly that of what was acknowledged gets no row. What the figures show and what they do not stands in
// benchmarks/README.md.
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

const usage = `go run ./benchmarks/load [flags]

Measures what an aggregator takes in with TLS, every check and durable commits: contributions a second with ciphertexts of 1, 32 and 256 MB
in memory, on the embedded engine and on a cluster of three nats-server processes, and a round of 10,000 small contributors. Writes a table
to standard output and a report with raw figures to benchmarks/results/<date>-<machine>-load. Takes about fifteen minutes on two cores, 14 GB
of memory and 20 GB of disk. Progress goes to standard error.

  --quick         under a minute: 1 and 32 MB, in memory and embedded, no files
  --only LIST     only these engines (memory, embedded, cluster) and parts (throughput, many), separated by commas
  --mb LIST       sizes of ciphertexts, in MB
  --uploads N     contributions to each round of a size; by default from 256 for 1 MB to 16 for 256 MB
  --many N        contributors of the part many
  --soak TIME     also contribute round after round for so long, such as 10m, and report the aggregator's memory; with --only soak nothing else
  --profile DIR   write a processor profile of the aggregator of each row to DIR
  --dir DIR       keep engines' files below DIR, which must be on a disk; the system's directory for temporary files if not given
  --json          one JSON object for each measured row on standard output, and nothing else there
  --out DIR       write report and raw figures to DIR, in any mode; - for nowhere

Example:

  $ go run ./benchmarks/load --only memory,embedded,throughput --mb 32
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
		fmt.Fprintf(os.Stderr, "load: error: %v\n", err)
		var u *usageError
		if errors.As(err, &u) {
			os.Exit(2)
		}
		os.Exit(1)
	}
}

// run is the command.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	o, err := parseOptions(args)
	if err != nil {
		return err
	}
	b := &bench{options: o, progress: progress.New(stderr), results: results{
		Date: time.Now().UTC().Format(time.RFC3339), Command: strings.Join(append([]string{"go run ./benchmarks/load"}, args...), " "), Machine: measure.ThisMachine(),
	}}
	if o.json {
		b.emit = stdout
	}
	if b.dir, err = os.MkdirTemp(o.dir, "sotto-load-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	if b.results.FileSystem = fileSystem(b.dir); b.results.FileSystem == "tmpfs" || b.results.FileSystem == "ramfs" {
		return usagef("%s is in memory, where syncing costs nothing: name a directory on a disk with --dir", b.dir)
	}
	if err := b.run(ctx); err != nil {
		return err
	}
	b.progress.Clear()
	if !o.json {
		if _, err := io.WriteString(stdout, b.results.tables()); err != nil {
			return err
		}
	}
	dir := o.directory(&b.results)
	if dir == "" {
		return nil
	}
	if err := b.results.write(dir); err != nil {
		return err
	}
	b.progress.Line("report and raw figures are in %s", dir)
	return nil
}

// fileSystem returns the type of the file system that dir is on, where the system says.
func fileSystem(dir string) string {
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return "unknown"
	}
	kind, longest := "unknown", -1
	for line := range strings.Lines(string(mounts)) {
		f := strings.Fields(line)
		if len(f) < 3 {
			continue
		}
		if at := strings.TrimSuffix(f[1], "/") + "/"; strings.HasPrefix(dir+"/", at) && len(at) >= longest {
			kind, longest = f[2], len(at)
		}
	}
	return kind
}
