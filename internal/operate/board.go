package operate

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"

	"sotto/internal/edge"
	"sotto/proto"
	"sotto/round"
)

// Board is a member's connection to the aggregator that watches how it follows the board and what it posts.
type Board struct {
	next     grpc.ClientConnInterface
	patience time.Duration
	now      func() time.Time

	posts   *prometheus.CounterVec
	records prometheus.Counter

	mu      sync.Mutex
	streams int       // that follow the board
	lost    time.Time // since when there is none
	record  time.Time // when the newest record came, zero before the first
}

// NewBoard wraps a connection. A board that is not followed for so long makes the member unready.
func NewBoard(registry prometheus.Registerer, next grpc.ClientConnInterface, patience time.Duration) *Board {
	b := &Board{next: next, patience: patience, now: time.Now, lost: time.Now(),
		posts:   counters("sotto_member_posts_total", "Posts to the board by kind and by what became of them: accepted, refused, or error, after which they are posted again.", "kind", "result"),
		records: counter("sotto_member_board_records_total", "Records of the board that were received, those that are read again included.")}
	view := &gauges[view]{read: b.view, rows: []row[view]{
		gauge("sotto_member_board_connected", "Whether the member follows the board (1) or not (0).", func(v view) float64 { return number(v.connected) }),
		gauge("sotto_member_board_last_record_timestamp_seconds", "Unix time in seconds when the newest record of the board came, 0 before the first.", func(v view) float64 { return unix(v.record) }),
	}}
	registry.MustRegister(b.posts, b.records, view)
	for _, kind := range postKinds {
		for _, result := range []string{"accepted", "refused", "error"} {
			b.posts.WithLabelValues(kind.String(), result)
		}
	}
	return b
}

func unix(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}

type view struct {
	connected bool
	record    time.Time
}

func (b *Board) view() view {
	b.mu.Lock()
	defer b.mu.Unlock()
	return view{b.streams > 0, b.record}
}

// Check is whether the member follows the board.
func (b *Board) Check() Check {
	return Check{"board", func() (string, error) {
		b.mu.Lock()
		defer b.mu.Unlock()
		now := b.now()
		switch without := now.Sub(b.lost); {
		case b.streams > 0 && b.record.IsZero():
			return "following the board, no record yet", nil
		case b.streams > 0:
			return fmt.Sprintf("following the board, newest record %s ago", now.Sub(b.record).Round(time.Second)), nil
		case without > b.patience:
			return "", fmt.Errorf("without the board for %s", without.Round(time.Second))
		default:
			return fmt.Sprintf("connecting to the board for %s", without.Round(time.Second)), nil
		}
	}}
}

// Invoke implements grpc.ClientConnInterface.
func (b *Board) Invoke(ctx context.Context, method string, args, reply any, options ...grpc.CallOption) error {
	err := b.next.Invoke(ctx, method, args, reply, options...)
	if post, ok := args.(*proto.PostRequest); ok && ctx.Err() == nil {
		result := "accepted"
		if round.ReasonOf(edge.Refusal(err)) != "" {
			result = "refused"
		} else if err != nil {
			result = "error"
		}
		b.posts.WithLabelValues(kindLabel(round.Kind(post.GetKind())), result).Inc()
	}
	return err
}

// NewStream implements grpc.ClientConnInterface.
func (b *Board) NewStream(ctx context.Context, desc *grpc.StreamDesc, method string, options ...grpc.CallOption) (grpc.ClientStream, error) {
	stream, err := b.next.NewStream(ctx, desc, method, options...)
	if err != nil || method != proto.Board_Follow_FullMethodName {
		return stream, err
	}
	f := &followed{ClientStream: stream, board: b}
	// Whoever follows may leave without another look at the stream.
	f.end = sync.OnceFunc(func() { b.count(-1) })
	context.AfterFunc(ctx, f.end)
	b.count(1)
	return f, nil
}

func (b *Board) count(change int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.streams += change; b.streams == 0 {
		b.lost = b.now()
	}
}

// followed is a stream that follows the board.
type followed struct {
	grpc.ClientStream
	board *Board
	end   func()
}

func (f *followed) RecvMsg(m any) error {
	err := f.ClientStream.RecvMsg(m)
	if err != nil {
		f.end()
		return err
	}
	f.board.records.Inc()
	f.board.mu.Lock()
	f.board.record = f.board.now()
	f.board.mu.Unlock()
	return nil
}

// postKinds are what members post.
var postKinds = []round.Kind{round.KindHello, round.KindPacket, round.KindConfirmation, round.KindShare, round.KindRelease}

// kindLabel names what members post; anything else is one kind, since what comes from the network must not make labels.
func kindLabel(k round.Kind) string {
	if slices.Contains(postKinds, k) {
		return k.String()
	}
	return "other"
}
