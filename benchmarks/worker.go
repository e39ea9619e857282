package main

import (
	"context"
	"errors"
	"runtime"

	"sotto/benchmarks/measure"
	"sotto/benchmarks/peers"
)

// Contributors and aggregator of every system run in processes of their own (package process), so that the operating system tells what
// each of them uses.

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

// Close ends what the worker has begun.
func (w *Worker) Close() {
	if w.contributor != nil {
		w.contributor.Close()
	}
	if w.aggregator != nil {
		w.aggregator.Close()
	}
}
