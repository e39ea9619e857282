package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
)

// transient is a fault that another attempt may not meet.
type transient struct {
	err  error
	sent bool // the request may have been or may still be carried out
}

func (t *transient) Error() string { return t.err.Error() }
func (t *transient) Unwrap() error { return t.err }

// refusal is JetStream's answer to a request that it did not carry out.
type refusal struct {
	Code        int    `json:"code"`
	ErrCode     int    `json:"err_code"`
	Description string `json:"description"`
}

func (r *refusal) Error() string { return fmt.Sprintf("%s (%d)", r.Description, r.ErrCode) }

// Codes of refusals, from the server's list of errors.
const (
	codeNoMessage      = 10037
	codeStreamMissing  = 10059
	codeWrongSequence  = 10071
	codeSequenceInWork = 10164 // another record of the subject is under way
	codeStoreFailed    = 10077
	codeTooManyAtOnce  = 10167
)

var (
	codesFull      = []int{10002, 10023, 10047} // of the account, the server, the disk
	codesTransient = []int{10007, 10008, 10009, 10118, 10194, codeTooManyAtOnce}
)

// sort makes an error that callers can tell apart out of a refusal.
func (r *refusal) sort() error {
	switch {
	case slices.Contains(codesTransient, r.ErrCode):
		return &transient{err: r}
	case slices.Contains(codesFull, r.ErrCode), r.ErrCode == codeStoreFailed && r.Description == "maximum bytes exceeded":
		return fmt.Errorf("%w: %v", ErrFull, r)
	}
	return r
}

func refusedWith(err error, codes ...int) bool {
	var r *refusal
	return errors.As(err, &r) && slices.Contains(codes, r.ErrCode)
}

// ask sends one request and waits for the answer, at most the time-out. Errors are sorted: [*transient], [*refusal], or final.
func (e *Engine) ask(ctx context.Context, nc *nats.Conn, m *nats.Msg) ([]byte, error) {
	attempt, cancel := context.WithTimeout(ctx, e.config.Timeout)
	defer cancel()
	if e.config.lose(m.Subject, false) {
		return nil, &transient{err: errors.New("request got lost")}
	}
	answer, err := nc.RequestMsgWithContext(attempt, m)
	if err == nil && e.config.lose(m.Subject, true) {
		return nil, &transient{err: errors.New("answer got lost"), sent: true}
	}
	if err != nil {
		return nil, e.sortFault(ctx, nc, err)
	}
	e.strikes.Store(0)
	var head struct {
		Error *refusal `json:"error"`
	}
	if err := json.Unmarshal(answer.Data, &head); err != nil {
		return nil, fmt.Errorf("answer to %s: %w", m.Subject, err)
	}
	if head.Error != nil {
		return nil, head.Error.sort()
	}
	return answer.Data, nil
}

// sortFault sorts an error of the connection. A server that has stopped answering is left for another one after the second time-out.
func (e *Engine) sortFault(ctx context.Context, nc *nats.Conn, err error) error {
	if ctx.Err() != nil {
		return &transient{err: ctx.Err(), sent: true} // the caller looks at ctx
	}
	switch {
	case errors.Is(err, nats.ErrConnectionClosed), errors.Is(err, nats.ErrConnectionDraining):
		return fmt.Errorf("engine is %w", ErrClosed)
	case errors.Is(err, nats.ErrMaxPayload):
		return fmt.Errorf("%w for the server: %v", ErrTooLarge, err)
	case errors.Is(err, nats.ErrNoResponders), errors.Is(err, nats.ErrReconnectBufExceeded):
		return &transient{err: err}
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrTimeout) {
		err = fmt.Errorf("no answer in %s", e.config.Timeout)
		if !e.config.embedded() && e.strikes.Add(1)%2 == 0 {
			nc.ForceReconnect() // to another server; an error means that it is being done
		}
	}
	return &transient{err: err, sent: true}
}

// Attempts begin with pauses of firstPause and end with lastPause, each shortened by up to half so that replicas don't march in step.
const (
	firstPause = 5 * time.Millisecond
	lastPause  = 500 * time.Millisecond
)

// pauses counts attempts and paces them.
type pauses struct{ attempts int }

func (p *pauses) wait(ctx context.Context) error {
	d := min(firstPause<<min(p.attempts, 10), lastPause)
	p.attempts++
	return sleep(ctx, d/2+rand.N(d/2))
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// patiently repeats an attempt while its fault is transient and patience lasts. Then the error is ctx's or [ErrUnavailable].
func (e *Engine) patiently(ctx context.Context, what string, attempt func(ctx context.Context) error) (attempts int, err error) {
	limited, cancel := e.limit(ctx)
	defer cancel()
	var p pauses
	for {
		err := attempt(limited)
		var t *transient
		if !errors.As(err, &t) {
			return p.attempts + 1, err
		}
		if p.wait(limited) != nil {
			return p.attempts, e.over(ctx, what, t.err)
		}
	}
}

// limit ends ctx with patience or with the engine.
func (e *Engine) limit(ctx context.Context) (context.Context, func()) {
	limited, cancel := context.WithTimeout(ctx, e.config.Patience)
	stop := context.AfterFunc(e.closing, cancel)
	return limited, func() { stop(); cancel() }
}

// limited ends ctx with the engine, for operations whose length depends on their bytes.
func (e *Engine) limited(ctx context.Context) (context.Context, func()) {
	limited, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(e.closing, func() { cancel(fmt.Errorf("engine is %w", ErrClosed)) })
	return limited, func() { stop(); cancel(nil) }
}

// over says why attempts have ended.
func (e *Engine) over(ctx context.Context, what string, last error) error {
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w: %v", what, ctx.Err(), last)
	case e.closing.Err() != nil:
		return fmt.Errorf("%s: engine is %w", what, ErrClosed)
	}
	return fmt.Errorf("%s: %w for %s: %v", what, ErrUnavailable, e.config.Patience, last)
}
