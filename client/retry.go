package client

import (
	"context"
	"math/rand/v2"
	"time"

	"sotto/internal/edge"
	"sotto/round"
)

// DefaultPatience is how long a contribution goes on with an aggregator that doesn't answer or has no room.
const DefaultPatience = 10 * time.Minute

// Pauses between attempts. They double from the first to the longest, and are no shorter than a refusal says. Each is up to a quarter longer, so
// that those who lost one aggregator don't all come back to it at the same moment.
const (
	firstPause   = 250 * time.Millisecond
	longestPause = 15 * time.Second
	longestHint  = 2 * time.Minute
)

// temporary reports whether the same call may succeed later: the connection broke or does not come about, or the aggregator has no room
// or nobody to answer at the moment, or has lost an upload on its way.
func temporary(err error) bool {
	switch round.ReasonOf(err) {
	case round.ReasonBusy, round.ReasonCutOff:
		return true
	case "":
		return edge.Unreachable(err)
	}
	return false
}

// persist makes a call until it succeeds, fails for good, ctx ends, or neither until (if it isn't zero) nor the client's patience leaves time for
// another attempt. It returns what the last attempt did. waiting is told of each pause before it; it may be nil.
func (c *Client) persist(ctx context.Context, until time.Time, waiting func(err error, pause time.Duration), call func() error) error {
	patience := time.Now().Add(c.Patience)
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		err := call()
		if err == nil || ctx.Err() != nil || !temporary(err) {
			return err
		}
		wait := max(pause, min(round.RetryAfter(err), longestHint))
		wait += rand.N(wait / 4)
		if time.Now().Add(wait).After(patience) || !until.IsZero() && c.Clock().Add(wait).After(until) {
			return err
		}
		if waiting != nil {
			waiting(err, wait)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}
