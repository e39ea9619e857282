package committee

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/status"

	"sotto/internal/edge"
	"sotto/proto"
	"sotto/round"
)

// Times of a running member.
const (
	minBackoff = 250 * time.Millisecond
	maxBackoff = 10 * time.Second
	// maxPatience bounds how long a record waits for a moment that a refusal names, such as the deadline of a member whose clock is behind.
	maxPatience = 10 * time.Second
	// maxTrouble bounds how long a record waits for a chain or a fetch that fails.
	maxTrouble = 15 * time.Minute
	// resumeTime is how long the board may take to show the last record again that was read before a connection broke.
	resumeTime = 10 * time.Second
)

// Run follows the board over a connection to the aggregator ([edge.Dial]) and posts what the member says, until ctx ends; then it returns
// nil. Connections that break are made again. It returns an error only if the member must stop: [ErrJournal].
//
// What Run loses when it stops is in the journal and on the board, and comes back when the board is read from its first record.
func (m *Member) Run(ctx context.Context, conn grpc.ClientConnInterface) error {
	if m.cfg.Fetcher == nil {
		m.cfg.Fetcher = remote{proto.NewAggregatorClient(conn)}
	}
	r := &runner{m: m, board: proto.NewBoardClient(conn), records: make(chan round.Record), outbox: outbox{grown: make(chan struct{}, 1)}}
	group, running := errgroup.WithContext(ctx)
	group.Go(func() error { return r.work(running) })
	group.Go(func() error { return r.send(running) })
	err := group.Wait()
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}

type runner struct {
	m       *Member
	board   proto.BoardClient
	records chan round.Record
	outbox  outbox
	logged  Refused // the last refusal in the log

	// Of the follower alone.
	last   uint64   // number of the last record that was handed on
	digest [32]byte // of its bytes
}

// work looks at the chain, then handles records and looks again now and then. Its follower is started anew when this member's number
// changes, since the board has records for one member only.
func (r *runner) work(ctx context.Context) error {
	if err := r.persist(ctx, 0, func() ([]Post, error) { return r.m.Poll(ctx) }); err != nil {
		return err
	}
	ticker := time.NewTicker(r.m.cfg.Poll)
	defer ticker.Stop()
	for {
		number := r.number()
		following, stop := context.WithCancel(ctx)
		done := make(chan struct{})
		go func() {
			defer close(done)
			r.follow(following, number)
		}()
		err := r.handleAll(ctx, ticker.C, number)
		stop()
		<-done
		if err != nil {
			return err
		}
	}
}

func (r *runner) number() int { return r.m.Status().Member }

// handleAll handles records until this member's number is another one.
func (r *runner) handleAll(ctx context.Context, tick <-chan time.Time, number int) error {
	for r.number() == number {
		var err error
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick:
			posts, failure := r.m.Poll(ctx)
			r.outbox.add(posts)
			err = r.report(failure, 0)
		case record := <-r.records:
			err = r.persist(ctx, record.Round, func() ([]Post, error) { return r.m.Handle(ctx, record) })
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// persist does a step until it succeeds or is refused for good. It returns an error only if the member must stop.
func (r *runner) persist(ctx context.Context, number uint64, step func() ([]Post, error)) error {
	start := time.Now()
	for wait := minBackoff; ; wait = min(2*wait, maxBackoff) {
		posts, err := step()
		r.outbox.add(posts)
		if stop := r.report(err, number); stop != nil || err == nil {
			return stop
		}
		var refused *Refused
		if errors.As(err, &refused) {
			left := refused.Again.Sub(r.m.now())
			if refused.Again.IsZero() || left > maxPatience || time.Since(start) > maxPatience {
				return nil
			}
			wait = max(left, minBackoff)
		} else if time.Since(start) > maxTrouble {
			return nil
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// report logs what became of a step. It returns an error if the member must stop.
func (r *runner) report(err error, number uint64) error {
	var refused *Refused
	switch {
	case err == nil:
	case errors.Is(err, ErrJournal):
		r.log(slog.LevelError, number, "the journal cannot be written, stopping")
		return err
	case errors.Is(err, ErrOver):
		r.log(slog.LevelDebug, number, "passing over what is over")
	case errors.As(err, &refused):
		level := slog.LevelWarn
		if r.logged.Round == refused.Round && r.logged.What == refused.What && r.logged.Rule == refused.Rule {
			level = slog.LevelDebug
		}
		r.logged = *refused
		r.log(level, refused.Round, fmt.Sprintf("refused %s, rule %q", refused.What, refused.Rule))
	case errors.Is(err, context.Canceled):
	default:
		r.log(slog.LevelWarn, number, "trying again: "+printable(err))
	}
	return nil
}

// printable leaves out the address of the chain's node, which may hold an access token.
func printable(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		return "the chain's node does not answer: " + u.Err.Error()
	}
	return err.Error()
}

func (r *runner) log(level slog.Level, number uint64, text string) {
	r.m.cfg.Log.Log(context.Background(), level, text, slog.Uint64("round", number), slog.Int("member", r.number()))
}

// follow reads the board until ctx ends.
func (r *runner) follow(ctx context.Context, number int) {
	wait := minBackoff
	for ctx.Err() == nil {
		before := r.last
		err := r.read(ctx, number)
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, errOtherBoard):
			r.log(slog.LevelInfo, 0, "reading the board from its first record")
			r.last = 0
		default:
			r.log(slog.LevelInfo, 0, "the board is gone ("+status.Code(err).String()+"), connecting again")
		}
		if r.last > before {
			wait = minBackoff
		}
		if sleep(ctx, wait) != nil {
			return
		}
		wait = min(2*wait, maxBackoff)
	}
}

// errOtherBoard says that the board does not have the record that was read last: it was started anew, or has dropped the record.
var errOtherBoard = errors.New("board has not what was read of it")

// read hands on the records of one connection. It begins with the last one that was read before, to see that it is the same board.
func (r *runner) read(ctx context.Context, number int) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	resumed := r.last > 0
	stream, err := r.board.Follow(ctx, &proto.FollowRequest{From: max(r.last, 1), Member: uint32(number)})
	if err != nil {
		return err
	}
	if resumed {
		timer := time.AfterFunc(resumeTime, func() { cancel(errOtherBoard) })
		m, err := stream.Recv()
		if !timer.Stop() || round.ReasonOf(edge.Refusal(err)) == round.ReasonNotFound {
			return errOtherBoard
		}
		if err != nil {
			return err
		}
		if sha256.Sum256(m.GetCanonicalRecord()) != r.digest {
			return errOtherBoard
		}
	}
	for {
		m, err := stream.Recv()
		if err != nil {
			return err
		}
		var record round.Record
		if err := round.Decode("record", m.GetCanonicalRecord(), round.MaxManifestBytes+2<<10, &record); err != nil {
			return err
		}
		if record.Sequence <= r.last {
			return fmt.Errorf("record %d after record %d", record.Sequence, r.last)
		}
		select {
		case r.records <- record:
			r.last, r.digest = record.Sequence, sha256.Sum256(m.GetCanonicalRecord())
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// outbox holds what is to be posted, in order.
type outbox struct {
	mu    sync.Mutex
	posts []Post
	grown chan struct{}
}

func (o *outbox) add(posts []Post) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, p := range posts {
		if !slices.ContainsFunc(o.posts, func(q Post) bool { return p.Kind == q.Kind && string(p.Body) == string(q.Body) }) {
			o.posts = append(o.posts, p)
		}
	}
	select {
	case o.grown <- struct{}{}:
	default:
	}
}

func (o *outbox) first() (Post, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.posts) == 0 {
		return Post{}, false
	}
	return o.posts[0], true
}

func (o *outbox) drop() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.posts = o.posts[1:]
}

// send posts what is in the outbox until ctx ends. What the board refuses is dropped: repeating it would not help.
func (r *runner) send(ctx context.Context) error {
	wait := minBackoff
	for {
		p, ok := r.outbox.first()
		if !ok {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-r.outbox.grown:
			}
			continue
		}
		_, err := r.board.Post(ctx, &proto.PostRequest{Kind: uint32(p.Kind), CanonicalBody: p.Body})
		reason := round.ReasonOf(edge.Refusal(err))
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil, reason == round.ReasonBusy && p.Kind == round.KindHello: // hellos are said again until they stand on the board
		case reason != "" && reason != round.ReasonBusy:
			r.log(slog.LevelWarn, 0, fmt.Sprintf("the board refused a %s: %s", p.Kind, reason))
		default:
			if err := sleep(ctx, wait); err != nil {
				return err
			}
			wait = min(2*wait, maxBackoff)
			continue
		}
		r.outbox.drop()
		wait = minBackoff
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
