package main

import (
	"flag"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sotto/internal/cli"
	"sotto/internal/operate"
)

// operateUsage explains the flags that both daemons have.
const operateUsage = `  --metrics HOST:PORT     serve /metrics, /healthz and /readyz there over HTTP, on loopback (default: none)
  --pprof                 serve profiles there, too, at /debug/pprof/
  --ready-within TIME     /readyz fails once the chain (of a member: or the board) was away for so long (default 30s)
  --config FILE           take flags that are not given here from FILE: in each line a flag's name without dashes, and its value
`

// operateFlags are the flags that both daemons have.
type operateFlags struct {
	address *string
	pprof   *bool
	within  *time.Duration
}

func addOperateFlags(f *flag.FlagSet) operateFlags {
	return operateFlags{f.String("metrics", "", ""), f.Bool("pprof", false, ""), f.Duration("ready-within", operate.DefaultPatience, "")}
}

// check refuses what does not fit together.
func (o operateFlags) check() error {
	switch {
	case *o.pprof && *o.address == "":
		return cli.Usagef("--pprof needs the port of --metrics")
	case *o.within < time.Second:
		return cli.Usagef("--ready-within is %s, want at least 1s", *o.within)
	}
	if *o.address == "" {
		return nil
	}
	if err := operate.CheckLoopback(*o.address); err != nil {
		return cli.Usagef("--metrics is %v", err)
	}
	return nil
}

// listen serves metrics and health, if they are wanted. close is to be called in any case.
func (o operateFlags) listen(logger *slog.Logger, registry *prometheus.Registry, health *operate.Health) (done func(), err error) {
	if *o.address == "" {
		return func() {}, nil
	}
	e, err := operate.Listen(*o.address, registry, health, *o.pprof)
	if err != nil {
		return nil, cli.Hint(err, "choose another address with --metrics")
	}
	logger.Info("metrics are served", "address", e.Address(), "pprof", *o.pprof)
	return func() {
		if err := e.Close(); err != nil {
			logger.Warn("metrics ended", "err", err)
		}
	}, nil
}
