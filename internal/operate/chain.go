package operate

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/prometheus/client_golang/prometheus"

	"sotto/aggregator"
	"sotto/chain"
	"sotto/committee"
	"sotto/crypto/tbls"
	"sotto/round"
)

// ChainClient is what both roles ask of the chain; [*chain.Client] answers it.
type ChainClient interface {
	aggregator.Chain
	committee.Chain
}

// Chain is a client of the chain that watches its calls. It stands for the client that it wraps, in either role.
type Chain struct {
	next     ChainClient
	patience time.Duration
	now      func() time.Time

	calls *prometheus.CounterVec
	times *prometheus.HistogramVec

	mu       sync.Mutex
	answered time.Time         // the newest answer
	failing  time.Time         // the first failure since then, zero if none
	asked    map[int]time.Time // reads that wait for an answer
	number   int               // of the newest read
}

var _ ChainClient = (*Chain)(nil)

// NewChain wraps a client. A chain that does not answer for so long makes the daemon unready.
func NewChain(registry prometheus.Registerer, next ChainClient, patience time.Duration) *Chain {
	c := &Chain{next: next, patience: patience, now: time.Now, answered: time.Now(), asked: map[int]time.Time{},
		calls: counters("sotto_chain_calls_total", "Calls to the chain's node by what became of them: ok, refused by a contract or for a reason of the chain, or error, such as a node that does not answer.", "call", "result"),
		times: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "sotto_chain_call_seconds",
			Help:    "Seconds from a call to the chain's node to its answer; for transactions (install, rotate, finalize), until they are mined.",
			Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120}}, []string{"call"})}
	answered := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "sotto_chain_last_answer_timestamp_seconds", Help: "Unix time in seconds of the newest answer of the chain's node."}, func() float64 {
		c.mu.Lock()
		defer c.mu.Unlock()
		return float64(c.answered.UnixMilli()) / 1000
	})
	registry.MustRegister(c.calls, c.times, answered)
	return c
}

// Check is whether the chain answers. A daemon that has no question at the moment finds no fault with it.
func (c *Chain) Check() Check {
	return Check{"chain", func() (string, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		now, since := c.now(), c.failing
		for _, t := range c.asked {
			if since.IsZero() || t.Before(since) {
				since = t
			}
		}
		if !since.IsZero() && now.Sub(since) > c.patience {
			return "", fmt.Errorf("the chain's node has not answered for %s", now.Sub(since).Round(time.Second))
		}
		return fmt.Sprintf("the chain's node answered %s ago", now.Sub(c.answered).Round(100*time.Millisecond)), nil
	}}
}

// answers are errors that the chain itself gives: its node was reached.
var answers = []error{chain.ErrReorg, chain.ErrNotFinalized, chain.ErrNoCommittee, chain.ErrFunds, chain.ErrAlreadyRegistered, chain.ErrNotRegistered,
	chain.ErrRoundNotNew, chain.ErrWrongHead, chain.ErrWrongEpoch, chain.ErrSignature, chain.ErrPoolOverdrawn, chain.ErrNotInTree, chain.ErrNothingToClaim, chain.ErrTooEarly}

// nameless is an error without the URL of the chain's node, which may hold an access token, in its text.
type nameless struct {
	error
	text string
}

func (n nameless) Error() string { return n.text }
func (n nameless) Unwrap() error { return n.error }

// WithoutURL takes the URL of the chain's node out of an error's text. The error stays what it is otherwise.
func WithoutURL(err error) error {
	var u *url.Error
	if !errors.As(err, &u) || u.URL == "" {
		return err
	}
	text := strings.ReplaceAll(err.Error(), strconv.Quote(u.URL), "to the chain's node")
	return nameless{err, strings.ReplaceAll(text, u.URL, "the chain's node")}
}

func resultOf(err error) string {
	var revert *chain.Revert
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &revert):
		return "refused"
	}
	for _, a := range answers {
		if errors.Is(err, a) {
			return "refused"
		}
	}
	return "error"
}

// ask makes a call that reads, send one that waits for a transaction to be mined, which may take its time.
func ask[T any](ctx context.Context, c *Chain, call string, f func() (T, error)) (T, error) {
	c.mu.Lock()
	c.number++
	number := c.number
	c.asked[number] = c.now()
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(c.asked, number)
		c.mu.Unlock()
	}()
	return send(ctx, c, call, f)
}

func send[T any](ctx context.Context, c *Chain, call string, f func() (T, error)) (T, error) {
	begun := time.Now()
	v, err := f()
	err = WithoutURL(err)
	if err != nil && errors.Is(context.Cause(ctx), context.Canceled) {
		return v, err // the daemon has changed its mind
	}
	result := resultOf(err)
	c.calls.WithLabelValues(call, result).Inc()
	c.times.WithLabelValues(call).Observe(time.Since(begun).Seconds())
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); result != "error" {
		c.answered, c.failing = now, time.Time{}
	} else if c.failing.IsZero() {
		c.failing = now
	}
	return v, err
}

// Rounds implements the roles' interfaces, as all that follows.
func (c *Chain) Rounds() round.Domain { return c.next.Rounds() }

// Registry asks nothing.
func (c *Chain) Registry() round.Domain { return c.next.Registry() }

func (c *Chain) Head(ctx context.Context) (round.Head, error) {
	return ask(ctx, c, "head", func() (round.Head, error) { return c.next.Head(ctx) })
}

func (c *Chain) Finalised(ctx context.Context) (round.Block, error) {
	return ask(ctx, c, "finalised", func() (round.Block, error) { return c.next.Finalised(ctx) })
}

func (c *Chain) BlockHash(ctx context.Context, number uint64) (round.Hash, error) {
	return ask(ctx, c, "block_hash", func() (round.Hash, error) { return c.next.BlockHash(ctx, number) })
}

func (c *Chain) RegisteredAt(ctx context.Context, block round.Block) ([]common.Address, error) {
	return ask(ctx, c, "registered_at", func() ([]common.Address, error) { return c.next.RegisteredAt(ctx, block) })
}

func (c *Chain) Nominees(ctx context.Context) ([]common.Address, error) {
	return ask(ctx, c, "nominees", func() ([]common.Address, error) { return c.next.Nominees(ctx) })
}

func (c *Chain) Committee(ctx context.Context, epoch uint64) (round.Committee, error) {
	return ask(ctx, c, "committee", func() (round.Committee, error) { return c.next.Committee(ctx, epoch) })
}

func (c *Chain) Deposits(ctx context.Context, pool uint64) (round.Amount, error) {
	return ask(ctx, c, "deposits", func() (round.Amount, error) { return c.next.Deposits(ctx, pool) })
}

func (c *Chain) InstallCommittee(ctx context.Context, from *chain.Account, next round.Committee, e chain.Endorsement) (chain.Receipt, error) {
	return send(ctx, c, "install", func() (chain.Receipt, error) { return c.next.InstallCommittee(ctx, from, next, e) })
}

func (c *Chain) RotateCommittee(ctx context.Context, from *chain.Account, next round.Committee, e chain.Endorsement, old tbls.Signature) (chain.Receipt, error) {
	return send(ctx, c, "rotate", func() (chain.Receipt, error) { return c.next.RotateCommittee(ctx, from, next, e, old) })
}

func (c *Chain) Finalize(ctx context.Context, from *chain.Account, certificate *round.Certificate, signature tbls.Signature) (chain.Receipt, error) {
	return send(ctx, c, "finalize", func() (chain.Receipt, error) { return c.next.Finalize(ctx, from, certificate, signature) })
}
