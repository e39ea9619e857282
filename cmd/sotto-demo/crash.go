package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"sotto/aggregator"
	"sotto/audit"
	"sotto/client"
	"sotto/internal/edge"
	"sotto/proto"
	"sotto/round"
)

// crashTime is how much longer a round takes contributions when its aggregator may be killed: for the recovery, and for contributors to
// come back.
const crashTime = 10 * time.Second

// recoverTime bounds how long a killed process may take to be back.
const recoverTime = time.Minute

// fault is a process killed in the middle of its work.
type fault struct {
	Process  string  `json:"process"`
	While    string  `json:"while"`
	Ended    string  `json:"ended"` // by which signal
	Recovery float64 `json:"recovery_seconds"`

	moment moment
	from   uint64 // the round from which on it is due
	round  uint64 // in which it was made, 0 before
}

// moment is when a process is killed.
type moment int

const (
	inUploads         moment = iota // the aggregator, when contributors have sent uploads that they have no receipts for
	betweenReleases                 // a member, when it has posted one of its releases and not the next
	beforeCertificate               // the aggregator, when the round is frozen and its certificate is not on chain
	moments
)

// crash runs aggregator and members as processes of their own and kills some of them. What happens it sees from outside, as anybody could.
type crash struct {
	n   *network
	log *os.File // for what the processes log

	aggregatorSettings settings
	recovering         sync.WaitGroup

	mu         sync.Mutex
	aggregator *process
	expected   map[*process]bool // to end
	faults     []*fault          // in the order in which they are due
	round      uint64            // in progress
	receipts   int               // that contributors got in it
	retries    map[uint64]int    // of contributors, by round
}

func newCrash(n *network) *crash {
	c := &crash{n: n, expected: map[*process]bool{}, retries: map[uint64]int{}}
	for m := range moments {
		c.faults = append(c.faults, &fault{moment: m, from: 1 + uint64(int(m)*n.options.rounds/int(moments))})
	}
	return c
}

// due returns the fault of a moment if it is the next one to be made in the round, and the caller is to make it.
func (c *crash) due(m moment, number uint64) *fault {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range c.faults {
		if f.round != 0 {
			continue
		}
		if f.moment != m || number < f.from || m == inUploads && c.receipts < max(1, c.n.options.honest()/4) {
			return nil
		}
		f.round = number
		c.recovering.Add(1)
		return f
	}
	return nil
}

// supervise fails the demo when a process ends that nobody has ended.
func (c *crash) supervise(p *process) {
	<-p.done
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.expected[p] {
		c.n.fail(fmt.Errorf("%s has ended: %s; see %s", p.what, p.cmd.ProcessState, c.n.path("log.txt")))
	}
}

func (c *crash) expect(p *process) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.expected[p] = true
}

func (c *crash) start(what string, s *settings, args ...string) (*process, error) {
	if c.log == nil {
		var err error
		if c.log, err = logFile(c.n.dir); err != nil {
			return nil, err
		}
		c.n.stops = append(c.n.stops, func() { c.log.Close() })
	}
	p, err := startProcess(what, s, c.log, args...)
	if err != nil {
		return nil, err
	}
	go c.supervise(p)
	return p, nil
}

// startAggregator starts the aggregator and waits until it answers.
func (c *crash) startAggregator(ctx context.Context, rules aggregator.Rules) error {
	c.aggregatorSettings = settings{Dir: c.n.path("aggregator"), Passphrase: c.n.passphrase, Network: c.n.path("network.json"), Key: c.n.path("owner.json"), Rules: rules}
	p, err := c.start("aggregator", &c.aggregatorSettings, "aggregator")
	if err != nil {
		return err
	}
	c.aggregator = p
	c.n.stops = append(c.n.stops, func() {
		c.recovering.Wait() // whoever starts it again has done so
		c.mu.Lock()
		p := c.aggregator
		c.mu.Unlock()
		c.expect(p)
		p.stop()
	})
	if err := p.wait(ctx, newsUp, recoverTime); err != nil {
		return err
	}
	c.n.background(ctx, "watching for the committee", c.watchCommittee)
	return nil
}

// again kills the aggregator and starts it anew on the same directory. It returns when the new one answers. between is called when none runs.
func (c *crash) again(ctx context.Context, f *fault, between func() error) error {
	c.mu.Lock()
	old := c.aggregator
	c.mu.Unlock()
	begun := time.Now()
	c.expect(old)
	if err := old.kill(); err != nil {
		return err
	}
	f.Process, f.Ended = old.what, old.cmd.ProcessState.String()
	if err := between(); err != nil {
		return err
	}
	p, err := c.start("aggregator", &c.aggregatorSettings, "aggregator")
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.aggregator = p
	c.mu.Unlock()
	err = p.wait(ctx, newsUp, recoverTime)
	f.Recovery = time.Since(begun).Seconds()
	return err
}

// startMember starts a member. One that does as it should is the one that is killed.
func (c *crash) startMember(ctx context.Context, number int) error {
	s := &settings{Dir: c.n.memberDir(number), Passphrase: c.n.passphrase, Network: c.n.path("network.json"), Lies: number <= c.n.options.lying}
	victim := number == c.n.options.lying+1
	if victim {
		s.PauseFrom = c.faults[betweenReleases].from
	}
	what := fmt.Sprintf("member %d", number)
	p, err := c.start(what, s, "member")
	if err != nil {
		return err
	}
	role := c.n.background(ctx, what, func(ctx context.Context) error {
		var err error
		if victim {
			p, err = c.killMember(ctx, p, s)
		}
		<-ctx.Done()
		c.expect(p)
		p.stop()
		return err
	})
	role.number = number
	c.n.members = append(c.n.members, role)
	return nil
}

// killMember waits for the member's first release, kills it before its second, and starts it anew. It returns the process that runs.
func (c *crash) killMember(ctx context.Context, p *process, s *settings) (*process, error) {
	for {
		if err := p.wait(ctx, newsBetween, 24*time.Hour); err != nil {
			return p, nil // the demo ends, or fails with it
		}
		c.mu.Lock()
		number := c.round
		c.mu.Unlock()
		f := c.due(betweenReleases, number)
		if f == nil {
			continue // it goes on by itself, and never waits again
		}
		defer c.recovering.Done()
		begun := time.Now()
		c.expect(p)
		if err := p.kill(); err != nil {
			c.n.fail(err)
			return p, err
		}
		again := *s
		again.PauseFrom = 0
		fresh, err := c.start(p.what, &again, "member")
		if err != nil {
			c.n.fail(err)
			return p, err
		}
		if err := fresh.wait(ctx, newsUp, recoverTime); err != nil {
			c.n.fail(err)
			return fresh, err
		}
		f.Process, f.Ended, f.While, f.Recovery = p.what, p.cmd.ProcessState.String(), "it had posted one of its releases and not the next", time.Since(begun).Seconds()
		return fresh, nil
	}
}

// uploading is told what contributors do. The call comes from within an upload: what was sent has no receipt before it returns.
func (c *crash) uploading(step client.Step, r client.Result) {
	switch step {
	case client.StepReceipt:
		c.mu.Lock()
		c.receipts++
		c.mu.Unlock()
	case client.StepUpload:
		f := c.due(inUploads, r.Round)
		if f == nil {
			return
		}
		c.mu.Lock()
		f.While = fmt.Sprintf("uploads were under way and %d contributors had receipts", c.receipts)
		c.mu.Unlock()
		defer c.recovering.Done()
		if err := c.again(context.Background(), f, func() error { return nil }); err != nil {
			c.n.fail(err)
		}
	}
}

// waiting is told when a contributor waits to try again.
func (c *crash) waiting(error, time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.retries[c.round]++
}

// begin is told when a round is open.
func (c *crash) begin(number uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.round, c.receipts = number, 0
}

// settle waits until everybody is back and returns what was killed in the round, and how often contributors tried again.
func (c *crash) settle(number uint64) (made []*fault, retries int) {
	c.recovering.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range c.faults {
		if f.round == number {
			made = append(made, f)
		}
	}
	return made, c.retries[number]
}

// complete returns what should have been killed and was not.
func (c *crash) complete() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := slices.IndexFunc(c.faults, func(f *fault) bool { return f.round == 0 }); i >= 0 {
		return fmt.Errorf("only %d of %d processes could be killed when they were to be", i, len(c.faults))
	}
	return nil
}

// watchCommittee looks at the chain until a committee is in office.
func (c *crash) watchCommittee(ctx context.Context) error {
	for {
		head, err := c.n.chain.Head(ctx)
		if err != nil {
			return err
		}
		if head.Epoch > 0 {
			c.n.events <- aggregator.CommitteeInstalled{Epoch: head.Epoch, Members: c.n.options.members}
			return nil
		}
		if err := sleep(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
}

// watchRounds tells what becomes of rounds, from what the aggregator says of them and from the chain.
func (c *crash) watchRounds(ctx context.Context, pins client.Pins) error {
	conn, err := edge.Dial(c.n.file.Aggregator.Address, c.n.file.Aggregator.TLSKeyHash)
	if err != nil {
		return err
	}
	c.n.stops = append(c.n.stops, func() { conn.Close() })
	source := client.New(conn, c.n.chain, pins, nil)
	c.n.background(ctx, "watching rounds", func(ctx context.Context) error {
		for number, opened := uint64(1), false; ; {
			head, err := c.n.chain.Head(ctx)
			if err != nil {
				return err
			}
			if head.Round >= number {
				if err := c.tellCertified(ctx, source, number); err != nil {
					return err
				}
				number, opened = number+1, false
				continue
			}
			state, err := source.State(ctx)
			switch {
			case err != nil: // it is being killed
			case state.Round > number, state.Round == number && state.Phase == proto.Phase_PHASE_SKIPPED:
				if head, err = c.n.chain.Head(ctx); err == nil && head.Round < number {
					c.n.events <- aggregator.RoundSkipped{Round: number, Reason: "see the log"}
					return nil
				}
			case state.Round == number && state.Phase == proto.Phase_PHASE_OPEN && state.Open != nil && !opened:
				opened = true
				c.begin(number)
				c.n.events <- aggregator.RoundOpened{Opening: *state.Open}
			case state.Round == number && (state.Phase == proto.Phase_PHASE_CLOSED || state.Phase == proto.Phase_PHASE_FINISHING):
				if err := c.beforeCertificate(ctx, number); err != nil {
					return err
				}
			}
			if err := sleep(ctx, 10*time.Millisecond); err != nil {
				return err
			}
		}
	})
	return nil
}

// beforeCertificate kills the aggregator of a frozen round. If its certificate came on chain in that moment, another one is killed later.
func (c *crash) beforeCertificate(ctx context.Context, number uint64) error {
	f := c.due(beforeCertificate, number)
	if f == nil {
		return nil
	}
	defer c.recovering.Done()
	return c.again(ctx, f, func() error {
		head, err := c.n.chain.Head(ctx)
		if f.While = "the round was frozen and had no certificate"; head.Round >= number {
			f.While = "the certificate was on chain already"
			c.mu.Lock()
			defer c.mu.Unlock()
			c.faults = append(c.faults, &fault{moment: beforeCertificate, from: number + 1})
		}
		return err
	})
}

// tellCertified fetches a certified round, audits it and tells of it. The aggregator may be down for a while.
func (c *crash) tellCertified(ctx context.Context, source *client.Client, number uint64) error {
	for {
		on, err := c.n.chain.Certificate(ctx, number)
		if err != nil {
			return err
		}
		outcome, err := audit.Round(ctx, c.n.chain, source, c.n.file.Model.ID, number)
		var failed *audit.CheckError
		if errors.As(err, &failed) {
			return err
		}
		var certified *round.CertifiedRound
		if err == nil {
			certified, err = source.FetchTranscript(ctx, number)
		}
		if err == nil {
			c.n.events <- aggregator.RoundFinished{Round: number, Outcome: outcome}
			c.n.events <- aggregator.RoundCertified{Certificate: on.Certificate, Signature: certified.Signature, Gas: on.GasUsed}
			return nil
		}
		if err := sleep(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
