package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/rpc"
	"os"
	"os/exec"
	"runtime"
	"time"

	"sotto/benchmarks/measure"
	"sotto/benchmarks/peers"
)

// Contributors and aggregator of every system run in processes of their own, so that the operating system tells what each of them uses. A
// worker is this same program, started with workerVariable set, and takes calls on its standard input and output until that ends.

const workerVariable = "SOTTO_BENCHMARK_WORKER"

// serveIfWorker serves as a worker and ends the process, if it was started as one.
func serveIfWorker() {
	if os.Getenv(workerVariable) == "" {
		return
	}
	server := rpc.NewServer()
	w := new(Worker)
	if err := server.RegisterName("Worker", w); err != nil {
		fmt.Fprintf(os.Stderr, "benchmark worker: %v\n", err)
		os.Exit(1)
	}
	out := os.Stdout
	os.Stdout = os.Stderr // nothing else may write where the answers go
	server.ServeConn(pipe{os.Stdin, out})
	w.close()
	os.Exit(0)
}

// pipe is a connection of two files.
type pipe struct {
	io.ReadCloser
	io.WriteCloser
}

func (p pipe) Close() error { return errors.Join(p.ReadCloser.Close(), p.WriteCloser.Close()) }

// Worker is the service of a worker process: it plays one role of one system, or trains.
type Worker struct {
	workload    peers.Workload
	contributor peers.Contributor
	aggregator  peers.Aggregator
}

// Begin names a system and what it is to average.
type Begin struct {
	System   string
	Workload peers.Workload
	Accounts []byte // for an aggregator: of the contributors
}

// Contribute makes the worker all contributors, and returns their accounts.
func (w *Worker) Contribute(b Begin, accounts *[]byte) error {
	s, err := peers.Lookup(b.System)
	if err != nil {
		return err
	}
	w.workload = b.Workload
	if w.contributor, err = s.NewContributor(b.Workload); err != nil {
		return err
	}
	*accounts = w.contributor.Accounts()
	return nil
}

// Aggregate makes the worker everybody else.
func (w *Worker) Aggregate(b Begin, inv *peers.Invitation) error {
	s, err := peers.Lookup(b.System)
	if err != nil {
		return err
	}
	w.workload = b.Workload
	if w.aggregator, err = s.NewAggregator(context.Background(), b.Workload, b.Accounts); err != nil {
		return err
	}
	*inv = w.aggregator.Invitation()
	return nil
}

// Join lets the contributors take part.
func (w *Worker) Join(inv peers.Invitation, _ *struct{}) error {
	return w.contributor.Join(context.Background(), inv)
}

// Made is what one contribution took to make.
type Made struct {
	Cost  measure.Cost
	Bytes int
	Peak  int64 // bytes of physical memory above what there was with nothing but the update; 0 if the system does not say
}

// Make makes the message of contributor i. It begins with a clean heap, as a process that contributes once does.
func (w *Worker) Make(i int, made *Made) error {
	x := w.workload.Vector(i)
	runtime.GC()
	cost, err := measure.Of(func() (err error) {
		made.Bytes, err = w.contributor.Make(i, x)
		return err
	})
	made.Cost = cost
	runtime.KeepAlive(x)
	return err
}

// Warm makes a message that is not sent, so that tables are there and memory is known.
func (w *Worker) Warm(i int, made *Made) error {
	x := w.workload.Vector(i)
	reset := measure.ResetPeak()
	before, ok := measure.MemoryOf()
	cost, err := measure.Of(func() (err error) {
		made.Bytes, err = w.contributor.Make(i, x)
		return err
	})
	made.Cost = cost
	if after, still := measure.MemoryOf(); reset && ok && still {
		made.Peak = max(0, after.Peak-before.Resident)
	}
	runtime.KeepAlive(x)
	return err
}

// Send sends what was made last.
func (w *Worker) Send(_ struct{}, cost *measure.Cost) (err error) {
	*cost, err = measure.Of(func() error { return w.contributor.Send(context.Background()) })
	return err
}

// CPU returns the processor time that the worker has used so far.
func (w *Worker) CPU(_ struct{}, seconds *float64) error {
	*seconds = measure.CPU()
	return nil
}

// Open turns the sum into the mean.
func (w *Worker) Open(_ struct{}, o *peers.Opening) error {
	runtime.GC()
	opened, err := w.aggregator.Open(context.Background())
	if err == nil {
		*o = *opened
	}
	return err
}

// Audit checks an opened round from public data.
func (w *Worker) Audit(_ struct{}, a *peers.Audit) error {
	auditor, ok := w.aggregator.(peers.Auditor)
	if !ok {
		return errors.New("there is nothing public to audit")
	}
	runtime.GC()
	audited, err := auditor.Audit(context.Background())
	if err == nil {
		*a = *audited
	}
	return err
}

// Train runs a whole federated training.
func (w *Worker) Train(t peers.Training, r *peers.Trained) (err error) {
	*r, err = t.Run(context.Background())
	return err
}

// Stream makes and sends a contribution of a model in a file.
func (w *Worker) Stream(c peers.StreamedContribution, s *peers.Streamed) (err error) {
	*s, err = c.Run(context.Background())
	return err
}

func (w *Worker) close() {
	if w.contributor != nil {
		w.contributor.Close()
	}
	if w.aggregator != nil {
		w.aggregator.Close()
	}
}

// process is a running worker.
type process struct {
	command *exec.Cmd
	client  *rpc.Client
}

// start starts a worker, which ends with ctx at the latest.
func start(ctx context.Context) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := exec.CommandContext(ctx, self)
	c.Env = append(os.Environ(), workerVariable+"=1")
	c.Stderr = os.Stderr
	c.WaitDelay = 5 * time.Second
	in, err := c.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	return &process{command: c, client: rpc.NewClient(pipe{out, in})}, nil
}

// call calls a method of the worker.
func call[R any](ctx context.Context, p *process, method string, argument any) (reply R, err error) {
	c := p.client.Go("Worker."+method, argument, &reply, make(chan *rpc.Call, 1))
	select {
	case <-ctx.Done():
		return reply, ctx.Err()
	case done := <-c.Done:
		if done.Error != nil {
			return reply, fmt.Errorf("%s: %w", method, done.Error)
		}
		return reply, nil
	}
}

// stop ends the worker.
func (p *process) stop() {
	p.client.Close()
	p.command.Wait() // how it ends says nothing that a call has not said
}
