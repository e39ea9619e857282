package aggregator

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/reflection"

	"sotto/internal/edge"
	"sotto/round"
)

// Measures are an aggregator's numbers at one moment, for metrics and for whoever asks whether it is ready.
type Measures struct {
	Phase      Phase
	Round      uint64    // the newest, 0 if none was proposed
	Deadline   time.Time // of the round in progress, zero if none is
	Registered int       // contributors of the round in progress
	Accepted   int       // contributions in its sum
	Skipped    uint64    // rounds given up since the last certificate
	Aborts     uint32    // the most of them before a person has to look

	Epoch   uint64 // of the committee in office, 0 before the first
	Members int    // of the committee in office
	Forming bool   // the next committee is being formed

	Record       uint64 // number of the log's newest record
	Uploads      int    // under way
	UploadBytes  int64  // memory that they may take
	ScratchBytes int64  // disk that those may take for which there is no memory
	SumBytes     int64  // memory that the sums of the round in progress take at most
	Limits       Limits
}

// MaxUploads is the most that [Limits] can allow to be under way at one time: there is room for so many streams.
const MaxUploads = maxContributing

// Measures returns the aggregator's numbers.
func (a *Aggregator) Measures() Measures {
	m := Measures{Limits: a.config.Limits, Aborts: a.config.Aborts}
	a.uploads.mu.Lock()
	m.Uploads, m.UploadBytes, m.ScratchBytes = a.uploads.count, a.uploads.bytes, a.uploads.scratch
	a.uploads.mu.Unlock()
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.state
	m.Phase, m.Round, m.Record, m.Forming, m.Skipped = s.over, s.last, s.sequence, s.forming != nil, s.aborted()
	if c := s.committee; c != nil {
		m.Epoch, m.Members = c.epoch, len(c.keys)
	}
	if p := s.round; p != nil {
		m.Phase, m.Accepted, m.Deadline = p.phase, len(p.entries), p.descriptor.DeadlineTime()
		m.Skipped-- // the newest round is none of them yet
	}
	if w := a.working; w != nil {
		m.Registered, m.SumBytes = len(w.registered), w.sumBytes()
	}
	return m
}

// CheckLog returns an error if the log can't be relied on any more, or the engine can't be reached or has no room.
func (a *Aggregator) CheckLog(ctx context.Context) error {
	if cause := context.Cause(a.closing); cause != nil {
		return cause
	}
	return a.engine.Ready(ctx)
}

type (
	// Uploaded says that an upload has ended with a receipt, or through this aggregator's own fault. Refused ones are [Refused], too.
	Uploaded struct {
		Bytes   int64         // of header and ciphertext that were received, whatever became of them
		Receipt bool          // the upload has its receipt
		Whole   bool          // its end was received; with a receipt but without it, an earlier upload is the one that counts
		Took    time.Duration // from its end to the answer, if that was received
		Failed  bool          // an error that is not the sender's doing
	}
	// Posted says that a member's post stands on the board, now or since an earlier one.
	Posted struct{ Kind round.Kind }
)

func (e Uploaded) describe() (slog.Level, string, []slog.Attr) {
	return slog.LevelDebug, "upload ended", []slog.Attr{slog.Int64("bytes", e.Bytes), slog.Bool("receipt", e.Receipt), slog.Duration("took", e.Took)}
}

func (e Posted) describe() (slog.Level, string, []slog.Attr) {
	return slog.LevelDebug, "posted", []slog.Attr{slog.String("what", kindName(e.Kind))}
}

// meter measures one upload.
type meter struct {
	next  func() (mem.BufferSlice, error)
	bytes int64
	ended time.Time // zero before the upload's end was received
}

func newMeter(header []byte, next func() (mem.BufferSlice, error)) *meter {
	return &meter{next: next, bytes: int64(len(header))}
}

func (m *meter) chunk() (mem.BufferSlice, error) {
	chunk, err := m.next()
	m.bytes += int64(chunk.Len())
	if errors.Is(err, io.EOF) {
		m.ended = time.Now()
	}
	return chunk, err
}

// uploaded returns the event of an upload that was answered with err.
func (m *meter) uploaded(err error) Uploaded {
	e := Uploaded{Bytes: m.bytes, Receipt: err == nil, Whole: !m.ended.IsZero(), Failed: err != nil && round.ReasonOf(err) == ""}
	if e.Whole {
		e.Took = time.Since(m.ended)
	}
	return e
}

// turnAway answers a call that there is no room for; kind is 0 for an upload.
func (s *Server) turnAway(err error, kind round.Kind) error {
	s.aggregator.observe(Refused{round.ReasonOf(err), kind})
	return edge.Status(err)
}

// Followers returns how many streams follow the board, and how many there is room for.
func (s *Server) Followers() (now, most int) { return len(s.following), cap(s.following) }

// Reflect lets clients list the server's services and messages. It must be called before [Server.Serve].
func (s *Server) Reflect() { reflection.Register(s.grpc) }
