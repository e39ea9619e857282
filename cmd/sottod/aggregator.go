package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sotto/aggregator"
	"sotto/aggregator/engine"
	"sotto/chain"
	"sotto/internal/cli"
	"sotto/internal/edge"
	"sotto/internal/operate"
	"sotto/round"
	"sotto/update"
)

const aggregatorUsage = `sottod aggregator --key FILE --data DIR [flags]

Runs the aggregator until it is stopped: it relays the committee's messages, opens rounds, adds up encrypted contributions, and puts
certificates on chain. It is trusted to keep going and to leave nobody out, and for nothing else.

  --key FILE              keystore file of the aggregator's account; it pays for transactions and signs receipts
  --data DIR              its directory: TLS key, models, transcripts. sottod deploy made it
  --passphrase-file FILE  take the passphrase from FILE instead of asking
  --network FILE          the deployment (default network.json, or $SOTTO_NETWORK)
  --listen HOST:PORT      where to listen (default: the address in network.json)
  --round-time DURATION   time to contribute (default 1h)
  --grace DURATION        after it, before a stuck round is skipped (default 10m)
  --leaves N              leaves that contributors are drawn into, a power of two (default 1)
  --node-min N            fewest contributors of an opened sum, for each leaf in it (default 4)
  --node-max N            most contributors of an opened sum (default 128); choose leaves so that half as many are expected
  --cohort N              fewest contributors of a round (default: node-min)
  --bits B                bits of a quantised value (default 16)
  --clip C                largest change of a parameter that is kept (default 1)
  --examples W            weigh contributions by their examples, up to W (default 0: all weigh the same)
  --pool N                the pool that pays for rounds (default 0: nobody is paid)
  --reward TOKENS         what a round pays out, split over its contributors (default 0)
  --rounds N              stop after so many certified rounds (default 0: never)
  --aborts N              stop when more rounds in a row were skipped: a person should look why (default 3). Members have a limit of
                          their own
  --max-uploads N         uploads under way at one time (default 256, at most 512); beyond it contributors are told to try again
  --max-upload-memory SIZE  memory that they may take together (default 1GiB)
  --max-upload-disk SIZE  disk that further ones may take, in files without names (default 8GiB, 0 for none)
  --max-sum-memory SIZE   memory that the sums of a round may take (default 8GiB); a round that needs more is not proposed
  --reflection            let gRPC clients list services and messages
` + engineUsage + operateUsage + `
SIGTERM ends it cleanly: uploads under way have 10 s to end, and no new ones are taken. However it ends, it goes on where it was: what was
acknowledged is on disk.

Example:

  $ sottod aggregator --key owner.json --data aggregator --pool 1 --reward 1000 --round-time 10m
`

func runAggregator(ctx context.Context, env *cli.Env, args []string) error {
	f := env.Flags()
	path, key := cli.NetworkFlag(f), cli.AddKeyFlags(f)
	data, listen := f.String("data", "", ""), f.String("listen", "", "")
	roundTime, grace := f.Duration("round-time", time.Hour, ""), f.Duration("grace", 10*time.Minute, "")
	leaves, nodeMin, nodeMax := f.Uint("leaves", 1, ""), f.Uint("node-min", 4, ""), f.Uint("node-max", 128, "")
	cohort, bits, clip := f.Uint("cohort", 0, ""), f.Uint("bits", 16, ""), f.Float64("clip", 1, "")
	examples, pool, reward := f.Uint("examples", 0, ""), f.Uint64("pool", 0, ""), f.String("reward", "0", "")
	rounds, aborts := f.Int("rounds", 0, ""), f.Uint("aborts", round.DefaultAborts, "")
	uploads, uploadMemory, sumMemory := f.Uint("max-uploads", 256, ""), sizeFlag(f, "max-upload-memory", 1<<30), sizeFlag(f, "max-sum-memory", 8<<30)
	uploadDisk := sizeFlag(f, "max-upload-disk", 8<<30)
	reflection, operating, engineFlags := f.Bool("reflection", false, ""), addOperateFlags(f), addEngineFlags(f)
	spacing := f.Duration("commit-spacing", 0, "")
	if err := parse(env, f, args); err != nil {
		return err
	}
	switch {
	case *data == "":
		return cli.Usagef("name the aggregator's directory with --data")
	case *leaves > round.MaxLeaves || *nodeMin > round.MaxNodeContributors || *nodeMax > round.MaxNodeContributors || *cohort > round.MaxEntries || *bits > 20:
		return cli.Usagef("--leaves, --node-min, --node-max, --cohort or --bits is out of range")
	case *examples > 1<<31:
		return cli.Usagef("--examples is %d, want at most 2^31", *examples)
	case *rounds < 0 || *aborts < 1 || *aborts > round.MaxAborts:
		return cli.Usagef("--rounds or --aborts is out of range")
	case *spacing < 0 || *spacing > time.Minute:
		return cli.Usagef("--commit-spacing is %s, want 0 to 1m", *spacing)
	case *uploads < 1 || *uploads > aggregator.MaxUploads:
		return cli.Usagef("--max-uploads is %d, want 1 to %d", *uploads, aggregator.MaxUploads)
	}
	if err := operating.check(); err != nil {
		return err
	}
	share, err := round.ParseTokens(*reward)
	if err != nil {
		return cli.Usagef("--reward: %v", err)
	}
	rules := aggregator.Rules{Leaves: uint16(*leaves), GMin: uint32(*nodeMin), Cohort: uint32(max(*cohort, *nodeMin)), KMax: uint32(*nodeMax),
		Time: *roundTime, Grace: *grace, Bits: uint8(*bits), Clip: float32(*clip), Mean: round.Mean{Robust: uint8(update.RobustNorm)}}
	if *examples > 0 {
		rules.Mean.Weighting, rules.Mean.Examples = uint8(update.WeightExamples), uint32(*examples)
	}
	if *pool > 0 {
		rules.Reward = round.Reward{Rule: round.RewardEqual, Pool: *pool, Share: share}
	} else if share != (round.Amount{}) {
		return cli.Usagef("--reward needs the pool that pays it: --pool")
	}
	kept, err := engineFlags.config(*data)
	if err != nil {
		return err
	}
	limits := aggregator.Limits{Uploads: int(*uploads), UploadBytes: int64(*uploadMemory), ScratchBytes: int64(*uploadDisk), SumBytes: int64(*sumMemory)}
	if limits.ScratchBytes == 0 {
		limits.ScratchBytes = -1
	}
	return serveAggregator(ctx, env, aggregatorSetup{*path, key, *data, *listen, rules, *rounds, uint32(*aborts), limits, kept, uint32(*engineFlags.keep), *spacing, *reflection, operating})
}

// aggregatorSetup is what the flags say.
type aggregatorSetup struct {
	network      string
	key          cli.KeyFlags
	data, listen string
	rules        aggregator.Rules
	rounds       int
	aborts       uint32
	limits       aggregator.Limits
	engine       engine.Config
	keep         uint32
	spacing      time.Duration
	reflection   bool
	operating    operateFlags
}

func serveAggregator(ctx context.Context, env *cli.Env, s aggregatorSetup) error {
	c, err := dialChain(ctx, s.network)
	if err != nil {
		return err
	}
	defer c.Close()
	network := c.Network()
	if err := network.RequireAggregator(); err != nil {
		return err
	}
	account, err := s.key.Load(ctx, env)
	if err != nil {
		return err
	}
	if got := account.Address(); got != network.Aggregator.Identity {
		return cli.Hint(fmt.Errorf("account %s is not the aggregator's, which is %s", got, network.Aggregator.Identity), "take the key that deployed, or another network.json")
	}
	certificate, pin, err := edge.LoadOrCreateTLS(s.data)
	if err != nil {
		return err
	}
	if round.Hash(pin) != network.Aggregator.TLSKeyHash {
		return cli.Hint(fmt.Errorf("the TLS key in %s is not the one that network.json pins", s.data), "take the directory that sottod deploy made")
	}
	unlock, err := lockData(s.data)
	if err != nil {
		return err
	}
	defer unlock()
	store, err := aggregator.OpenStore(s.data)
	if err != nil {
		return err
	}
	logger := slog.New(slog.NewTextHandler(env.Stderr, nil))
	registry := prometheus.NewRegistry()
	log, watch, watched := aggregator.LogTo(logger), operate.NewAggregator(registry, s.data), operate.NewChain(registry, c, *s.operating.within)
	s.engine.Observe = watch.ObserveEngine
	kept, err := openEngine(ctx, logger, s.engine)
	if err != nil {
		return err
	}
	defer kept.Close()
	if kept.Shared() {
		if err := store.Share(ctx, kept); err != nil {
			return explainEngine(err)
		}
	}
	a, err := aggregator.New(ctx, aggregator.Config{Engine: kept, Logger: logger, Keep: s.keep, Timeouts: aggregator.Timeouts{Spacing: s.spacing}, Account: account, Model: network.Model.ID, Round: s.rules, Rounds: s.rounds,
		Aborts: s.aborts, Limits: s.limits, Observe: func(e aggregator.Event) { log(e); watch.Observe(e) }}, watched, store)
	if errors.Is(err, aggregator.ErrNoModel) {
		return cli.Hint(err, "take the directory that sottod deploy made, or one with the newest model; once an aggregator with it has been up, others on the same cluster need none")
	}
	if err != nil {
		return explainEngine(err)
	}
	defer a.Close()
	address := s.listen
	if address == "" {
		address = network.Aggregator.Address
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return cli.Hint(err, "choose another address with --listen; it must be reached under the one in network.json")
	}
	server := aggregator.NewServer(a, certificate)
	if s.reflection {
		server.Reflect()
	}
	health := watch.Health(a, server, watched)
	stopMetrics, err := s.operating.listen(logger, registry, health)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer stopMetrics()
	return runServer(ctx, logger, a, server, listener, health)
}

// shutdownTime is how long calls under way may take to end.
const shutdownTime = 10 * time.Second

// runServer runs the aggregator and its server until ctx ends or one of them does, and then stops both. It is not ready any more from then
// on.
func runServer(ctx context.Context, logger *slog.Logger, a *aggregator.Aggregator, server *aggregator.Server, listener net.Listener, health *operate.Health) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 2)
	go func() { ended <- server.Serve(listener) }()
	go func() { ended <- a.Run(ctx) }()
	logger.Info("aggregator is up", "address", listener.Addr().String())
	err := <-ended
	health.Stop()
	cancel()
	patience, done := context.WithTimeout(context.Background(), shutdownTime)
	defer done()
	server.Stop(patience)
	err = errors.Join(err, <-ended)
	logger.Info("aggregator stopped")
	switch {
	case errors.Is(err, aggregator.ErrAborts):
		return cli.Hint(err, "find out why; then go on with a larger --aborts here and at a quorum of the members")
	case errors.Is(err, context.Canceled) || errors.Is(err, net.ErrClosed):
		return nil
	}
	return explainEngine(err)
}

var _ aggregator.Chain = (*chain.Client)(nil)
