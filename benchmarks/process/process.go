// Package process starts a benchmark's program again as workers that play one role each, so that the operating system tells what each role
// uses. A worker takes calls on its standard input and output until that ends.
package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/rpc"
	"os"
	"os/exec"
	"time"
)

// variable is set in the environment of a worker.
const variable = "SOTTO_BENCHMARK_WORKER"

// A Worker is what a worker process serves: its exported methods, as package net/rpc wants them.
type Worker interface {
	// Close ends what calls have begun.
	Close()
}

// ServeIfWorker serves w and ends the process, if it was started as a worker.
func ServeIfWorker(w Worker) {
	if os.Getenv(variable) == "" {
		return
	}
	server := rpc.NewServer()
	if err := server.RegisterName("Worker", w); err != nil {
		fmt.Fprintf(os.Stderr, "benchmark worker: %v\n", err)
		os.Exit(1)
	}
	out := os.Stdout
	os.Stdout = os.Stderr // nothing else may write where the answers go
	server.ServeConn(pipe{os.Stdin, out})
	w.Close()
	os.Exit(0)
}

// pipe is a connection of two files.
type pipe struct {
	io.ReadCloser
	io.WriteCloser
}

func (p pipe) Close() error { return errors.Join(p.ReadCloser.Close(), p.WriteCloser.Close()) }

// Process is a running worker.
type Process struct {
	command *exec.Cmd
	client  *rpc.Client
}

// Start starts a worker, which ends with ctx at the latest.
func Start(ctx context.Context) (*Process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := exec.CommandContext(ctx, self)
	c.Env = append(os.Environ(), variable+"=1")
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
	return &Process{command: c, client: rpc.NewClient(pipe{out, in})}, nil
}

// Call calls a method of the worker.
func Call[R any](ctx context.Context, p *Process, method string, argument any) (reply R, err error) {
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

// Stop ends the worker.
func (p *Process) Stop() {
	p.client.Close()
	p.command.Wait() // how it ends says nothing that a call has not said
}
