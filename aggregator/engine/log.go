package engine

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// A Log is a sequence of records, each appended by a writer that had seen all before it. It is safe for concurrent use, also by several
// Logs of the same name in many processes.
type Log struct {
	engine  *Engine
	series  uint32
	name    string
	stream  string
	subject string

	mu   sync.Mutex
	seen Head // the newest record that was read or appended here
}

// Log returns the log of the given name, of 1 to 64 characters a-z, 0-9, - and _. Its records are kept in the stream of the series, which is
// made if it is not there; all callers must put a log into the same series. A series should hold the logs of a few thousand rounds: its
// streams are never purged, and go as a whole by [Engine.DropSeries].
func (e *Engine) Log(ctx context.Context, series uint32, name string) (*Log, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	if err := e.openSeries(ctx, series); err != nil {
		return nil, err
	}
	return &Log{engine: e, series: series, name: name, stream: logStream(series), subject: fmt.Sprintf("log.%d.%s", series, name)}, nil
}

// Name returns the log's name.
func (l *Log) Name() string { return l.name }

// Seen returns the newest head that was read or appended through l.
func (l *Log) Seen() Head {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.seen
}

// Know tells of a head that was seen elsewhere: an engine whose head is behind it has lost records, and reading says so.
func (l *Log) Know(h Head) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if h.Sequence > l.seen.Sequence {
		l.seen = h
	}
}

// stored is a message of the stream.
type stored struct {
	Sequence uint64 `json:"seq"`
	Data     []byte `json:"data"`
}

// get returns the first record at position from or later, or the last one if from is 0; nil if there is none.
//
// It asks the stream's leader: other servers may lag. The leader itself may, for some seconds around an election.
func (l *Log) get(ctx context.Context, from uint64) (*stored, error) {
	request := fmt.Sprintf(`{"last_by_subj":%q}`, l.subject)
	if from > 0 {
		request = fmt.Sprintf(`{"seq":%d,"next_by_subj":%q}`, from, l.subject)
	}
	b, err := l.engine.ask(ctx, l.engine.control, &nats.Msg{Subject: "$JS.API.STREAM.MSG.GET." + l.stream, Data: []byte(request)})
	if refusedWith(err, codeNoMessage) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var answer struct {
		Message *stored `json:"message"`
	}
	if err := json.Unmarshal(b, &answer); err != nil || answer.Message == nil {
		return nil, fmt.Errorf("answer to a read of %s holds no message: %v", l.subject, err)
	}
	return answer.Message, nil
}

// next returns the entry after a head, or nil at the end of the log. It checks that the entry continues the chain.
func (l *Log) next(ctx context.Context, after Head) (*Entry, *header, error) {
	m, err := l.get(ctx, after.Position+1)
	if m == nil || err != nil {
		return nil, nil, err
	}
	return l.entry(m, &after)
}

// entry opens a message; after is what it must follow, or nil.
func (l *Log) entry(m *stored, after *Head) (*Entry, *header, error) {
	h, record, err := open(m.Data)
	if err == nil && after != nil {
		err = h.follows(*after)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("log %s, position %d: %w", l.name, m.Sequence, err)
	}
	return &Entry{Head: Head{Sequence: h.sequence, Position: m.Sequence, Hash: h.hash(l.series, l.name)}, Record: record}, &h, nil
}

// Head returns the newest place of the log, without checking what precedes it. Errors: [ErrUnavailable], [ErrCorrupt], [ErrHeadWentBack].
func (l *Log) Head(ctx context.Context) (Head, error) {
	var head Head
	seen, since := l.Seen(), time.Time{}
	_, err := l.engine.patiently(ctx, "reading the head of log "+l.name, func(ctx context.Context) (err error) {
		head, err = l.last(ctx)
		if err == nil && head.Sequence < seen.Sequence {
			err = l.wentBack(&since, seen, head)
		}
		return err
	})
	if err == nil {
		l.Know(head)
	}
	return head, err
}

func (l *Log) last(ctx context.Context) (Head, error) {
	m, err := l.get(ctx, 0)
	if m == nil || err != nil {
		return Head{}, err
	}
	e, _, err := l.entry(m, nil)
	if err != nil {
		return Head{}, err
	}
	return e.Head, nil
}

// wentBack judges an engine that is behind what was seen: it may lag for as long as grace, since the first time this was seen.
func (l *Log) wentBack(since *time.Time, seen, got Head) error {
	err := fmt.Errorf("%w: %s has record %d, record %s was seen", ErrHeadWentBack, l.name, got.Sequence, seen)
	if since.IsZero() {
		*since = time.Now()
	}
	if time.Since(*since) < l.engine.config.Grace {
		return &transient{err: err}
	}
	l.engine.config.Logger.Error("the engine has lost records that were acknowledged", "log", l.name, "has", got.Sequence, "seen", seen.Sequence)
	return err
}

// Read returns the entries after a head up to the newest, each checked to continue the chain from that head. It ends with an error, if any:
// ctx's, [ErrUnavailable], [ErrCorrupt] when a record is not what was written or the chain is broken, [ErrHeadWentBack] when the engine has less than was
// seen through l or than after says.
func (l *Log) Read(ctx context.Context, after Head) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for {
			e, err := l.step(ctx, after)
			if err != nil {
				yield(Entry{}, err)
				return
			}
			if e == nil {
				return
			}
			after = e.Head
			if !yield(*e, nil) {
				return
			}
		}
	}
}

// step returns the entry after a head, or nil when the engine's newest is that head and nothing newer was seen.
func (l *Log) step(ctx context.Context, after Head) (*Entry, error) {
	var e *Entry
	var since time.Time
	begun := time.Now()
	attempts, err := l.engine.patiently(ctx, "reading log "+l.name, func(ctx context.Context) (err error) {
		if e, _, err = l.next(ctx, after); e != nil || err != nil {
			return err
		}
		// Nothing follows. That is the end if the engine still has what was seen.
		last, err := l.last(ctx)
		if err != nil {
			return err
		}
		seen := l.Seen()
		if after.Sequence > seen.Sequence {
			seen = after
		}
		switch {
		case last.Sequence < seen.Sequence:
			return l.wentBack(&since, seen, last)
		case last.Sequence > after.Sequence:
			return &transient{err: errors.New("the log has grown")}
		case last != after:
			return fmt.Errorf("%w log: %s has record %s, record %s was seen", ErrCorrupt, l.name, last, after)
		}
		return nil
	})
	bytes := int64(0)
	if e != nil {
		l.Know(e.Head)
		bytes = int64(len(e.Record))
	}
	l.engine.config.Observe(Operation{Name: "read", Duration: time.Since(begun), Bytes: bytes, Attempts: attempts, Err: err})
	return e, err
}

// Follow is [Log.Read] that waits for new entries, until ctx ends or an error.
func (l *Log) Follow(ctx context.Context, after Head) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		// A hint says that there may be something new. It may be lost, and it is nothing to rely on.
		hints := make(chan struct{}, 1)
		sub, err := l.engine.control.Subscribe(l.hint(), func(*nats.Msg) {
			select {
			case hints <- struct{}{}:
			default:
			}
		})
		if err != nil {
			yield(Entry{}, l.engine.sortFault(ctx, l.engine.control, err))
			return
		}
		defer sub.Unsubscribe()
		poll := time.NewTicker(l.engine.config.Poll)
		defer poll.Stop()
		for {
			for e, err := range l.Read(ctx, after) {
				if err != nil {
					yield(Entry{}, err)
					return
				}
				if !yield(e, nil) {
					return
				}
				after = e.Head
			}
			select {
			case <-ctx.Done():
				yield(Entry{}, ctx.Err())
				return
			case <-l.engine.closing.Done():
				yield(Entry{}, fmt.Errorf("engine is %w", ErrClosed))
				return
			case <-hints:
			case <-poll.C:
			}
		}
	}
}

func (l *Log) hint() string { return fmt.Sprintf("hint.%d.%s", l.series, l.name) }

// Append appends a record of at most [MaxRecordBytes] after expected, which must be the newest head, and returns its place once it is durable.
//
// Errors: [ErrConflict] when something else follows expected (the record was not and will not be appended); [ErrUnknown] when the record may
// have been appended or may still be; [ErrUnavailable], [ErrFull] and [ErrTooLarge] when it was not; [ErrHeadWentBack] and
// [ErrCorrupt].
func (l *Log) Append(ctx context.Context, expected Head, record []byte) (Head, error) {
	if len(record) > MaxRecordBytes {
		return Head{}, fmt.Errorf("record of %d bytes is %w: at most %d", len(record), ErrTooLarge, MaxRecordBytes)
	}
	a := &appending{log: l, expected: expected}
	rand.Read(a.nonce[:])
	h, message := seal(expected, a.nonce, record)
	a.hash = h.hash(l.series, l.name)
	a.message = &nats.Msg{Subject: l.subject, Data: message, Header: nats.Header{"Nats-Expected-Stream": {l.stream}}}
	if l.engine.config.unsafe != withoutCompare {
		a.message.Header["Nats-Expected-Last-Subject-Sequence"] = []string{strconv.FormatUint(expected.Position, 10)}
	}

	begun := time.Now()
	attempts, err := l.engine.patiently(ctx, "appending to log "+l.name, a.attempt)
	if err != nil && a.unsure && !errors.Is(err, ErrConflict) && !errors.Is(err, ErrCorrupt) {
		err = fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	l.engine.config.Observe(Operation{Name: "append", Duration: time.Since(begun), Bytes: int64(len(record)), Attempts: attempts, Err: err})
	if err != nil {
		return Head{}, err
	}
	l.Know(a.head)
	l.engine.control.Publish(l.hint(), nil) // if it fails, followers poll
	return a.head, nil
}

// appending is one append over all its attempts. They name the same expected head, so at most one of them can land.
type appending struct {
	log      *Log
	expected Head
	nonce    [16]byte
	hash     [32]byte
	message  *nats.Msg
	unsure   bool      // an attempt may still land
	behind   time.Time // since when the engine has been behind what was seen
	head     Head      // of the record, once it is there
}

func (a *appending) attempt(ctx context.Context) error {
	l, e := a.log, a.log.engine
	if err := e.room(e.config.Reserve / 8); err != nil {
		return err
	}
	e.config.kill("append: before")
	b, err := e.ask(ctx, e.control, a.message)
	e.config.kill("append: after")
	if err == nil {
		var ack struct {
			Stream string `json:"stream"`
			Seq    uint64 `json:"seq"`
		}
		if err := json.Unmarshal(b, &ack); err != nil || ack.Stream != l.stream || ack.Seq <= a.expected.Position {
			a.unsure = true
			return fmt.Errorf("acknowledgement %q of an append to %s after position %d", b, l.stream, a.expected.Position)
		}
		a.head = Head{Sequence: a.expected.Sequence + 1, Position: ack.Seq, Hash: a.hash}
		return nil
	}
	var t *transient
	switch {
	case errors.As(err, &t):
		a.unsure = a.unsure || t.sent
	case !refusedWith(err, codeWrongSequence, codeSequenceInWork):
		return err
	}
	// Somebody has appended, perhaps an earlier attempt of ours: look before trying again.
	return a.look(ctx, err)
}

// look finds out what follows the expected head: our record, another one, or nothing yet, which calls for another attempt because of why.
func (a *appending) look(ctx context.Context, why error) error {
	l := a.log
	m, err := l.get(ctx, a.expected.Position+1)
	if err != nil {
		return err
	}
	if m == nil {
		last, err := l.last(ctx)
		if err != nil {
			return err
		}
		if last.Sequence < a.expected.Sequence {
			return l.wentBack(&a.behind, a.expected, last)
		}
		return &transient{err: why}
	}
	e, h, err := l.entry(m, nil)
	if err != nil {
		return err
	}
	if h.nonce == a.nonce {
		a.head = e.Head
		return nil
	}
	return fmt.Errorf("%w: %s has record %d, the writer has seen %d", ErrConflict, l.name, e.Head.Sequence, a.expected.Sequence)
}
