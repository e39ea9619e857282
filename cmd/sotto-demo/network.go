package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"sotto/aggregator"
	"sotto/chain"
	"sotto/client"
	"sotto/client/train"
	"sotto/client/train/datasets"
	"sotto/committee"
	"sotto/internal/edge"
	"sotto/internal/localchain"
	"sotto/round"
	"sotto/update"
)

// network is everything that runs: the chain, the aggregator, the members and the contributors, each speaking to the others over
// sockets as it would from a machine of its own.
type network struct {
	options    *options
	progress   *progress
	processors int
	dir        string
	passphrase string
	task       datasets.Task
	log        *slog.Logger

	local        *localchain.Chain
	file         chain.Network // network.json
	chain        *chain.Client // the contributors' and the auditor's window
	owner        *chain.Account
	contributors []*contributor
	members      []*running
	crash        *crash // nil if nobody is killed
	events       chan aggregator.Event
	failed       chan error    // something that all of it rests on; the first error counts
	watch        func([]*part) // told what everybody did in a round; tests only

	stops []func() // in the order in which they were started; stopped in the reverse
}

// Amounts in tokens.
const (
	stakeTokens      = "10"
	tokensEach       = "100"
	tokensEachRound  = 1000
	etherEach        = 10
	light            = true // scrypt: a demo's keys guard nothing
	roundTimeAtLeast = 6 * time.Second
)

// start builds the network up to the committee's key.
func start(ctx context.Context, o *options, p *progress) (n *network, err error) {
	n = &network{options: o, progress: p, processors: runtime.GOMAXPROCS(0), passphrase: "demo", events: make(chan aggregator.Event, 4096), failed: make(chan error, 1)}
	defer func() {
		if err != nil {
			n.stop()
		}
	}()
	if o.crash {
		n.crash = newCrash(n)
	}
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"directory", n.makeDirectory},
		{"data", n.dealData},
		{"chain and contracts", n.startChain},
		{"registrations", n.register},
		{"measuring a training", n.measure},
		{"aggregator", n.startAggregator},
		{"committee", n.startCommittee},
		{"contributors", n.connectContributors},
	} {
		begun := time.Now()
		if err := step.do(ctx); err != nil {
			return n, fmt.Errorf("%s: %w", step.what, err)
		}
		n.log.Info("started", "part", step.what, "seconds", time.Since(begun).Seconds())
	}
	return n, nil
}

// stop stops what was started, last things first.
func (n *network) stop() {
	for i := len(n.stops) - 1; i >= 0; i-- {
		n.stops[i]()
	}
	n.stops = nil
}

func (n *network) path(parts ...string) string {
	return filepath.Join(append([]string{n.dir}, parts...)...)
}

// makeDirectory makes the directory and the log file in it. Everything that the roles log goes there.
func (n *network) makeDirectory(context.Context) (err error) {
	if n.options.keep != "" {
		if err := os.Mkdir(n.options.keep, 0o700); err != nil {
			return err
		}
		n.dir = n.options.keep
	} else {
		if n.dir, err = os.MkdirTemp("", "sotto-demo-"); err != nil {
			return err
		}
		n.stops = append(n.stops, func() { os.RemoveAll(n.dir) })
	}
	f, err := logFile(n.dir)
	if err != nil {
		return err
	}
	n.stops = append(n.stops, func() { f.Close() })
	n.log = slog.New(slog.NewTextHandler(f, nil))
	return os.WriteFile(n.path("passphrase"), []byte(n.passphrase+"\n"), 0o600)
}

// dealData gives every contributor an account and a slice of the data with a mixture of labels of its own.
func (n *network) dealData(context.Context) (err error) {
	if n.task, err = taskOf(n.options.dataset); err != nil {
		return err
	}
	slices, err := train.Dirichlet(n.task.Train, n.options.seed, 1, n.options.contributors, leastRows)
	if err != nil {
		return err
	}
	trainer, err := train.NewTrainer(n.task.Spec)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(n.path("contributors"), 0o700); err != nil {
		return err
	}
	n.contributors = make([]*contributor, n.options.contributors)
	errs := make([]error, len(n.contributors))
	var group sync.WaitGroup
	working := make(chan struct{}, n.processors)
	for i := range n.contributors {
		group.Go(func() {
			working <- struct{}{}
			defer func() { <-working }()
			var account *chain.Account
			account, errs[i] = chain.NewKeystoreFile(n.keyPath(i+1), n.passphrase, light)
			n.contributors[i] = &contributor{number: i + 1, account: account, data: slices[i], spec: n.task.Spec, trainer: trainer,
				seed: n.options.seed<<16 + uint64(i)}
		})
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	n.owner, err = chain.NewKeystoreFile(n.path("owner.json"), n.passphrase, light)
	return err
}

func (n *network) keyPath(number int) string {
	return n.path("contributors", fmt.Sprintf("%03d.json", number))
}

// startChain starts the chain with ether for everybody, and deploys the contracts on it.
func (n *network) startChain(ctx context.Context) (err error) {
	ether := new(big.Int).Mul(big.NewInt(etherEach), big.NewInt(1e18))
	alloc := map[common.Address]*big.Int{n.owner.Address(): new(big.Int).Mul(ether, big.NewInt(100))}
	for _, c := range n.contributors {
		alloc[c.account.Address()] = ether
	}
	config := localchain.Config{Alloc: alloc, Logger: n.log}
	if n.options.keep != "" {
		config.DataDir = n.path("chain")
	}
	if n.local, err = localchain.Start(config); err != nil {
		return err
	}
	n.stops = append(n.stops, func() { n.local.Close() })

	store, err := aggregator.OpenStore(n.path("aggregator"))
	if err != nil {
		return err
	}
	first, err := train.InitialModel(n.task.Spec, n.options.seed)
	if err != nil {
		return err
	}
	firstHash, err := store.SaveModel(encodeModel(first))
	if err != nil {
		return err
	}
	id := round.Hash(n.task.Spec.ID())
	if err := store.SaveDescription(id, n.task.Spec.Canonical()); err != nil {
		return err
	}
	stake, err := round.ParseTokens(stakeTokens)
	if err != nil {
		return err
	}
	n.file, _, err = chain.Deploy(ctx, chain.Network{RPC: n.local.URL(), ChainID: n.local.ChainID().Uint64()}, n.owner, chain.DeployConfig{
		Stake: stake, Model: chain.Model{ID: id, Name: n.task.Spec.Name}, FirstModel: firstHash, ReplacementDelay: time.Hour, ExitDelay: time.Hour,
	})
	if err != nil {
		return err
	}
	if n.chain, err = chain.Dial(ctx, n.file); err != nil {
		return err
	}
	n.stops = append(n.stops, n.chain.Close)
	n.progress.line("chain %d at %s, contracts deployed", n.file.ChainID, n.file.RPC)
	return nil
}

// register gives the contributors tokens, lets each register, fills the pool, and nominates the members.
func (n *network) register(ctx context.Context) error {
	each, err := round.ParseTokens(tokensEach)
	if err != nil {
		return err
	}
	for _, c := range n.contributors {
		if _, err := n.chain.TransferToken(ctx, n.owner, c.account.Address(), each); err != nil {
			return err
		}
		if _, err := n.chain.Register(ctx, c.account); err != nil {
			return err
		}
	}
	pool, _, err := n.chain.CreatePool(ctx, n.owner)
	if err != nil {
		return err
	}
	sponsored, err := round.ParseTokens(fmt.Sprint(tokensEachRound * n.options.rounds))
	if err != nil {
		return err
	}
	if _, err := n.chain.Deposit(ctx, n.owner, pool, sponsored); err != nil {
		return err
	}
	var identities []common.Address
	for i := range n.options.members {
		identity, err := committee.Init(n.memberDir(i+1), n.passphrase, light)
		if err != nil {
			return err
		}
		identities = append(identities, identity)
	}
	if _, err := n.chain.Nominate(ctx, n.owner, identities); err != nil {
		return err
	}
	// Registrations count when their block is final.
	if _, err := n.chain.MineToFinality(ctx); err != nil {
		return err
	}
	n.progress.line("%d contributors registered, each with its own account and slice of the data; pool %d holds %s tokens", len(n.contributors), pool, sponsored.Tokens())
	return nil
}

func (n *network) memberDir(number int) string { return n.path(fmt.Sprintf("member-%d", number)) }

// measure times one training and takes the round time from it.
func (n *network) measure(ctx context.Context) error {
	if n.options.roundTime != 0 {
		return nil
	}
	first, err := train.InitialModel(n.task.Spec, n.options.seed)
	if err != nil {
		return err
	}
	c := n.contributors[0]
	begun := time.Now()
	if _, _, err := c.trainer.Train(ctx, first, c.data, train.Options{Seed: 1}); err != nil {
		return err
	}
	one := time.Since(begun)
	// Everybody trains on this machine, some at once; twice that, for slices larger than the first and for everything else.
	all := one * time.Duration(len(n.contributors)) / time.Duration(n.processors)
	n.options.roundTime = roundTimeAtLeast + 2*all
	if n.crash != nil {
		n.options.roundTime += crashTime
	}
	n.progress.line("one training takes %s here: rounds take contributions for %s", one.Round(time.Millisecond), n.options.roundTime.Round(100*time.Millisecond))
	return nil
}

// startAggregator completes network.json and starts the aggregator, in a process of its own if processes are to be killed.
func (n *network) startAggregator(ctx context.Context) error {
	_, pin, err := edge.LoadOrCreateTLS(n.path("aggregator"))
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	n.file.Aggregator = chain.Aggregator{Address: listener.Addr().String(), TLSKeyHash: pin, Identity: n.owner.Address()}
	if err := chain.SaveNetwork(n.path("network.json"), n.file); err != nil {
		return err
	}
	share, err := round.ParseTokens(fmt.Sprint(tokensEachRound))
	if err != nil {
		return err
	}
	rules := aggregator.Rules{
		Leaves: uint16(n.options.leaves), GMin: gMin, Cohort: uint32(gMin * n.options.leaves), KMax: kMax,
		Time: n.options.roundTime, Grace: 30 * time.Second, Bits: 16, Clip: n.task.Clip,
		Mean:   round.Mean{Robust: uint8(update.RobustNorm)},
		Reward: round.Reward{Rule: round.RewardEqual, Pool: 1, Share: share},
	}
	if n.crash != nil {
		listener.Close() // the process listens there
		if err := n.crash.startAggregator(ctx, rules); err != nil {
			return err
		}
	} else {
		role := &aggregatorRole{dir: n.path("aggregator"), network: n.file, account: n.owner, rules: rules, rounds: n.options.rounds, log: n.log,
			observe: func(e aggregator.Event) { n.events <- e }}
		up := make(chan struct{})
		runs := n.background(ctx, "aggregator", func(ctx context.Context) error { return role.run(ctx, listener, func() { close(up) }) })
		select {
		case <-up:
		case err := <-runs.done:
			runs.done <- err
			return err
		}
	}
	n.progress.line("aggregator at %s", n.file.Aggregator.Address)
	return nil
}

// startCommittee starts the members and waits for their key to be on chain.
func (n *network) startCommittee(ctx context.Context) error {
	begun := time.Now()
	for i := range n.options.members {
		if err := n.startMember(ctx, i+1); err != nil {
			return fmt.Errorf("member %d: %w", i+1, err)
		}
	}
	for {
		e, err := n.next(ctx, 2*time.Minute)
		if err != nil {
			return fmt.Errorf("waiting for the committee's key: %w", err)
		}
		if installed, ok := e.(aggregator.CommitteeInstalled); ok {
			n.progress.line("committee of %d made its key in %.1f s; it is on chain", installed.Members, time.Since(begun).Seconds())
			break
		}
	}
	for _, m := range n.members[n.options.up():] {
		m.stop()
		n.progress.line("member %d is down", m.number)
	}
	return nil
}

func (n *network) startMember(ctx context.Context, number int) error {
	if n.crash != nil {
		return n.crash.startMember(ctx, number)
	}
	role := &memberRole{dir: n.memberDir(number), passphrase: n.passphrase, network: n.file, lies: number <= n.options.lying, log: n.log}
	runs := n.background(ctx, fmt.Sprintf("member %d", number), role.run)
	runs.number = number
	n.members = append(n.members, runs)
	return nil
}

// connectContributors gives every contributor a connection and a client of its own.
func (n *network) connectContributors(ctx context.Context) error {
	pins := client.Pins{Domain: n.chain.Rounds(), Model: n.file.Model.ID, Aggregator: n.file.Aggregator.Identity}
	for _, c := range n.contributors {
		conn, err := edge.Dial(n.file.Aggregator.Address, n.file.Aggregator.TLSKeyHash)
		if err != nil {
			return err
		}
		n.stops = append(n.stops, func() { conn.Close() })
		journal, err := client.OpenJournal(n.keyPath(c.number) + ".contributions")
		if err != nil {
			return err
		}
		c.conn, c.client = conn, client.New(conn, n.chain, pins, journal)
		if n.crash != nil {
			c.progress, c.waiting = n.crash.uploading, n.crash.waiting
		}
	}
	if n.crash != nil {
		return n.crash.watchRounds(ctx, pins)
	}
	return nil
}

// next returns the aggregator's next event.
func (n *network) next(ctx context.Context, patience time.Duration) (aggregator.Event, error) {
	select {
	case e := <-n.events:
		return e, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case err := <-n.failed:
		return nil, err
	case <-time.After(patience):
		return nil, fmt.Errorf("nothing happened for %s; see %s", patience, n.path("log.txt"))
	}
}
