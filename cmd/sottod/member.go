package main

import (
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
	grpchealth "google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"

	"sotto/chain"
	"sotto/committee"
	"sotto/internal/cli"
	"sotto/internal/edge"
	"sotto/internal/operate"
	"sotto/round"
)

const memberInitUsage = `sottod member init --data DIR [--passphrase-file FILE] [--light]

Makes a committee member's directory with a new identity, an Ethereum account in a keystore file, and an empty journal. Give the address
to whoever nominates the committee.

  --data DIR              the member's directory
  --passphrase-file FILE  take the passphrase from FILE instead of asking
  --light                 cheap key derivation, for tests and demonstrations

Example:

  $ sottod member init --data member-1
  Address: 0x1f3a…
`

func memberInit(ctx context.Context, env *cli.Env, args []string) error {
	f := env.Flags()
	data, file, light := f.String("data", "", ""), f.String("passphrase-file", "", ""), f.Bool("light", false, "")
	if err := env.Parse(f, args, 0); err != nil {
		return err
	}
	if *data == "" {
		return cli.Usagef("name the member's directory with --data")
	}
	passphrase, err := cli.NewPassphrase(ctx, env, *file, "Passphrase for "+*data)
	if err != nil {
		return err
	}
	address, err := committee.Init(*data, passphrase, *light)
	if err != nil {
		return err
	}
	env.Printf("Address: %s\n", address)
	return nil
}

const memberUsage = `sottod member --data DIR [flags]

Runs a committee member until it is stopped. It dials out to the aggregator, makes the committee's key with the others, checks every
round against the chain, and opens only sums over many contributions. What it signs is in its journal first: keep the directory, never
restore it from a copy, and never run two members on one.

  --data DIR              the member's directory
  --passphrase-file FILE  take the passphrase from FILE instead of asking
  --network FILE          the deployment (default network.json, or $SOTTO_NETWORK)
  --aggregator HOST:PORT  reach the aggregator there instead of where network.json says
  --receipts DIR          refuse a manifest that leaves out a receipt found in this directory (*.receipt)
  --node-min N            never open a sum over fewer contributors (default 4)
  --cohort N              never sign a round with fewer contributors (default 4)
  --aborts N              sign no round after more than N skipped ones in a row: a person should look why (default 3)
  --health HOST:PORT      serve the gRPC health service there, on loopback (default: none)
` + operateUsage + `  --check                 do not run: say what the directory holds, whether it is intact, and what its journal keeps the member from
                          saying. Exit code 0 if all is well, 1 if not. Refused while a member uses the directory

Example:

  $ sottod member --data member-1
`

func member(ctx context.Context, env *cli.Env, args []string) error {
	f := env.Flags()
	path, data, file := cli.NetworkFlag(f), f.String("data", "", ""), f.String("passphrase-file", "", "")
	address, receipts, healthAt := f.String("aggregator", "", ""), f.String("receipts", "", ""), f.String("health", "", "")
	nodeMin, cohort, aborts := f.Uint("node-min", 4, ""), f.Uint("cohort", 4, ""), f.Uint("aborts", round.DefaultAborts, "")
	check, operating := f.Bool("check", false, ""), addOperateFlags(f)
	if err := parse(env, f, args); err != nil {
		return err
	}
	switch {
	case *data == "":
		return cli.Usagef("name the member's directory with --data")
	case *aborts < 1 || *aborts > round.MaxAborts || *nodeMin > round.MaxNodeContributors || *cohort > round.MaxEntries:
		return cli.Usagef("--node-min, --cohort or --aborts is out of range")
	}
	if *check {
		return checkMember(ctx, env, *data, *file)
	}
	if err := operating.check(); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(*data, committee.IdentityFile)); err != nil {
		return cli.Hint(err, "`sottod member init --data %s` makes the directory", *data)
	}
	c, err := dialChain(ctx, *path)
	if err != nil {
		return err
	}
	defer c.Close()
	network := c.Network()
	if err := network.RequireAggregator(); err != nil {
		return err
	}
	if *address == "" {
		*address = network.Aggregator.Address
	}
	conn, err := edge.Dial(*address, network.Aggregator.TLSKeyHash)
	if err != nil {
		return err
	}
	defer conn.Close()
	passphrase, err := cli.Passphrase(ctx, env, *file, "Passphrase of "+*data)
	if err != nil {
		return err
	}
	directory, err := committee.Open(*data, passphrase)
	if err != nil {
		return err
	}
	defer directory.Close()

	logger := slog.New(slog.NewTextHandler(env.Stderr, nil))
	policy := committee.DefaultPolicy()
	policy.GMin, policy.Cohort, policy.Aborts = uint32(*nodeMin), uint32(*cohort), uint32(*aborts)
	registry := prometheus.NewRegistry()
	watch, board, watched := operate.NewMember(registry, *data), operate.NewBoard(registry, conn, *operating.within), operate.NewChain(registry, c, *operating.within)
	directory.WatchJournal(watch.Synced)
	m, err := committee.New(committee.Config{Directory: directory, Chain: watched, Policy: policy, Rounds: c.Rounds(), Registry: c.Registry(),
		Model: network.Model.ID, Aggregator: network.Aggregator.Identity, Log: logger, Refusal: watch.Refused})
	if err != nil {
		return err
	}
	health := watch.Health(m, board, watched)
	stopMetrics, err := operating.listen(logger, registry, health)
	if err != nil {
		return err
	}
	defer stopMetrics()
	stopHealth, err := serveHealth(*healthAt)
	if err != nil {
		return err
	}
	defer stopHealth()
	if *receipts != "" {
		go watchReceipts(ctx, logger, m, *receipts)
	}
	logger.Info("member is up", "identity", directory.Address().Hex())
	context.AfterFunc(ctx, health.Stop)
	err = m.Run(ctx, board)
	logger.Info("member stopped")
	return err
}

// serveHealth serves the standard health service in the clear, on a loopback address only.
func serveHealth(address string) (stop func(), err error) {
	if address == "" {
		return func() {}, nil
	}
	if err := operate.CheckLoopback(address); err != nil {
		return nil, cli.Usagef("--health is %v", err)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	server := grpc.NewServer()
	grpc_health_v1.RegisterHealthServer(server, grpchealth.NewServer())
	go server.Serve(listener)
	return server.Stop, nil
}

var _ committee.Chain = (*chain.Client)(nil)
