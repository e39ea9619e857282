package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"sync"
	"time"

	"google.golang.org/grpc"

	"sotto/aggregator"
	"sotto/aggregator/engine"
	"sotto/chain"
	"sotto/committee"
	"sotto/internal/edge"
)

// aggregatorRole is what an aggregator runs on, in this process or in one of its own.
type aggregatorRole struct {
	dir     string
	network chain.Network
	account *chain.Account
	rules   aggregator.Rules
	rounds  int // 0 for as many as the pool pays for
	log     *slog.Logger
	observe func(aggregator.Event)
}

// run serves until ctx ends. up is called once contributors and members are answered.
func (r *aggregatorRole) run(ctx context.Context, listener net.Listener, up func()) error {
	defer listener.Close()
	certificate, _, err := edge.LoadOrCreateTLS(r.dir)
	if err != nil {
		return err
	}
	own, err := chain.Dial(ctx, r.network)
	if err != nil {
		return err
	}
	defer own.Close()
	store, err := aggregator.OpenStore(r.dir)
	if err != nil {
		return err
	}
	kept, err := engine.Open(ctx, engine.Config{Dir: filepath.Join(r.dir, "engine"), Logger: r.log})
	if err != nil {
		return err
	}
	defer kept.Close()
	log := aggregator.LogTo(r.log)
	a, err := aggregator.New(ctx, aggregator.Config{
		Engine: kept, Logger: r.log, Account: r.account, Model: r.network.Model.ID, Rounds: r.rounds, Round: r.rules,
		Timeouts: aggregator.Timeouts{Release: 500 * time.Millisecond, Poll: 50 * time.Millisecond},
		Observe:  func(e aggregator.Event) { log(e); r.observe(e) },
	}, own, store)
	if err != nil {
		return err
	}
	defer a.Close()
	server := aggregator.NewServer(a, certificate)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	served, ran := make(chan error, 1), make(chan error, 1)
	var working sync.WaitGroup
	go func() { served <- server.Serve(listener) }()
	working.Go(func() { ran <- a.Run(ctx) })
	up()
	select {
	case err = <-served:
	case err = <-ran:
		if err == nil { // all rounds are certified; what they left is still asked for
			<-ctx.Done()
		}
	}
	cancel()
	patience, done := context.WithTimeout(context.Background(), shutdownTime)
	defer done()
	server.Stop(patience)
	working.Wait()
	return err
}

// memberRole is what a member runs on, in this process or in one of its own.
type memberRole struct {
	dir, passphrase string
	network         chain.Network
	lies            bool
	log             *slog.Logger
	watch           func(grpc.ClientConnInterface) grpc.ClientConnInterface // its connection to the aggregator, as it is if nil
}

// run follows the board until ctx ends.
func (r *memberRole) run(ctx context.Context) error {
	directory, err := committee.Open(r.dir, r.passphrase)
	if err != nil {
		return err
	}
	defer directory.Close()
	own, err := chain.Dial(ctx, r.network)
	if err != nil {
		return err
	}
	defer own.Close()
	conn, err := edge.Dial(r.network.Aggregator.Address, r.network.Aggregator.TLSKeyHash)
	if err != nil {
		return err
	}
	defer conn.Close()
	config := committee.Config{
		Directory: directory, Chain: own, Rounds: own.Rounds(), Registry: own.Registry(), Model: r.network.Model.ID,
		Aggregator: r.network.Aggregator.Identity, Log: r.log, Poll: 200 * time.Millisecond,
	}
	if r.lies {
		config.AlterRelease = garbage
	}
	m, err := committee.New(config)
	if err != nil {
		return err
	}
	var board grpc.ClientConnInterface = conn
	if r.watch != nil {
		board = r.watch(conn)
	}
	return m.Run(ctx, board)
}

// garbage is what a lying member releases: field elements that are no sum of shares.
func garbage(node int, shares []uint32) {
	for i := range shares {
		shares[i] = uint32(i*2654435761+node*40503+12345) >> 2
	}
}

// running is a role that runs.
type running struct {
	number int // of a member
	cancel context.CancelFunc
	done   chan error
}

// background runs a role in this process until the network stops.
func (n *network) background(ctx context.Context, what string, run func(context.Context) error) *running {
	ctx, cancel := context.WithCancel(ctx)
	role := &running{cancel: cancel, done: make(chan error, 1)}
	go func() {
		err := run(ctx)
		if err != nil && !errors.Is(err, context.Canceled) {
			n.log.Error("role ended", "role", what, "err", err)
			n.fail(fmt.Errorf("%s: %w", what, err))
		}
		role.done <- err
	}()
	n.stops = append(n.stops, func() { role.stop() })
	return role
}

// fail ends the demo with what it can't go on after.
func (n *network) fail(err error) {
	select {
	case n.failed <- err:
	default: // another one came first
	}
}

// stop ends a role and waits for it. A second call does nothing.
func (r *running) stop() {
	r.cancel()
	select {
	case err := <-r.done:
		r.done <- err
	case <-time.After(shutdownTime):
	}
}
