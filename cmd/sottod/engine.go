package main

import (
	"context"
	"errors"
	"flag"
	"log/slog"
	"path/filepath"
	"strings"

	"sotto/aggregator"
	"sotto/aggregator/engine"
	"sotto/internal/cli"
)

const engineUsage = `
What must not be lost is kept in an engine. Without --engine it is inside the process, in DIR/engine. With it, it is a cluster of NATS
servers that any number of aggregators share, with the same account, TLS key and flags but --data and --listen (docs/operations.md, The
engine):

  --engine URL[,URL…]     servers of the cluster, nats://host:port; mutual TLS by the three files below
  --engine-ca FILE        authority of the servers' certificates
  --engine-cert FILE      certificate of this aggregator, whose subject is that of the user in the servers' configuration
  --engine-key FILE       its key
  --engine-monitor URL[,URL…]  monitoring ports of all servers, http://host:port, by which is seen that they sync every write
  --engine-vouch-sync     start although the sync policy of a server can't be seen, or the server is down: you vouch for sync_interval:
                          always. A server that is seen to have another is refused all the same
  --engine-replicas N     servers that hold each record, 3 or 5 (default 3)
  --engine-store SIZE     disk that the engine inside the process may take (default: four fifths of what is free)
  --engine-reserve SIZE   disk that must stay free beside it (default: 512MiB, or a twentieth of a small disk)
  --commit-spacing DURATION  time between the beginnings of two commits; longer spares disks when many contribute (default 0)
  --keep-rounds N         rounds whose logs are kept, at least (default 1024); transcripts are kept for good
`

// engineFlags say where the engine is.
type engineFlags struct {
	servers, ca, cert, key, monitors *string
	vouch                            *bool
	replicas, keep                   *uint
	store, reserve                   *size
}

func addEngineFlags(f *flag.FlagSet) engineFlags {
	return engineFlags{servers: f.String("engine", "", ""), ca: f.String("engine-ca", "", ""), cert: f.String("engine-cert", "", ""), key: f.String("engine-key", "", ""),
		monitors: f.String("engine-monitor", "", ""), vouch: f.Bool("engine-vouch-sync", false, ""), replicas: f.Uint("engine-replicas", 0, ""),
		keep: f.Uint("keep-rounds", aggregator.DefaultKeep, ""), store: sizeFlag(f, "engine-store", 0), reserve: sizeFlag(f, "engine-reserve", 0)}
}

// config returns the engine's configuration for an aggregator's directory.
func (e *engineFlags) config(data string) (engine.Config, error) {
	c := engine.Config{MaxStore: int64(*e.store), Reserve: int64(*e.reserve), Replicas: int(*e.replicas), VouchSync: *e.vouch,
		TLS: engine.TLSFiles{CA: *e.ca, Cert: *e.cert, Key: *e.key}, Servers: list(*e.servers), Monitors: list(*e.monitors)}
	if *e.keep < 1 || *e.keep > 1<<31 {
		return c, cli.Usagef("--keep-rounds is %d, want 1 to %d", *e.keep, 1<<31)
	}
	if len(c.Servers) == 0 {
		if len(c.Monitors) > 0 || c.VouchSync || c.Replicas > 0 || c.TLS != (engine.TLSFiles{}) {
			return c, cli.Usagef("--engine-ca, --engine-cert, --engine-key, --engine-monitor, --engine-vouch-sync and --engine-replicas need --engine")
		}
		c.Dir = filepath.Join(data, "engine")
	}
	return c, nil
}

func list(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

// openEngine opens the engine and tells what its preflight has seen.
func openEngine(ctx context.Context, logger *slog.Logger, c engine.Config) (*engine.Engine, error) {
	c.Logger = logger
	e, err := engine.Open(ctx, c)
	switch {
	case errors.Is(err, engine.ErrLocked):
		return nil, cli.Hint(err, "stop the other aggregator, or give this one a directory of its own")
	case errors.Is(err, engine.ErrUnseen):
		return nil, cli.Hint(err, "name its monitoring port, too, with --engine-monitor; if that can't be reached, vouch for the setting with --engine-vouch-sync")
	case errors.Is(err, engine.ErrPreflight):
		return nil, cli.Hint(err, "change the setting and start again; docs/operations.md lists all of them")
	case errors.Is(err, engine.ErrUnavailable):
		return nil, cli.Hint(err, "see that a majority of the servers is up, can be reached from here, and has a user with the subject of the certificate in --engine-cert")
	case err != nil:
		return nil, err
	}
	r := e.Report()
	for _, w := range r.Warnings {
		logger.Warn("engine: " + w)
	}
	logger.Info("engine is open", "version", r.Version, "synced", len(r.Synced), "vouched", len(r.Vouched), "shared", e.Shared())
	return e, nil
}

// explainEngine adds what to do about an error of the engine's that ends the aggregator.
func explainEngine(err error) error {
	switch {
	case errors.Is(err, engine.ErrHeadWentBack):
		return cli.Hint(err, "the engine has less than was acknowledged: stop all aggregators and find the newer copy; docs/operations.md, When things break")
	case errors.Is(err, engine.ErrCorrupt), errors.Is(err, engine.ErrViolation):
		return cli.Hint(err, "keep a copy of the engine's files as they are; docs/operations.md, When things break")
	}
	return err
}
