package engine

import (
	"context"
	"io"
	"iter"
)

// A Backend keeps logs and segments: an [*Engine], or a [*Memory].
type Backend interface {
	// Journal returns the log of a name in a series, [Engine.Log].
	Journal(ctx context.Context, series uint32, name string) (Journal, error)
	// Bulk returns the segments of a group, [Engine.Segments].
	Bulk(group string) (Bulk, error)
	// Series returns the series of logs that there are, in ascending order.
	Series(ctx context.Context) ([]uint32, error)
	// DropSeries removes a series of logs for good.
	DropSeries(ctx context.Context, series uint32) error
	// Shared reports whether other processes may write to the logs.
	Shared() bool
	// Ready returns nil when reads and writes may be expected to work.
	Ready(ctx context.Context) error
}

// A Journal is a log as its writers and readers see it: a [*Log], or one of a [*Memory].
type Journal interface {
	Name() string
	// Head returns the newest place, [Log.Head].
	Head(ctx context.Context) (Head, error)
	// Read returns the entries after a head up to the newest, [Log.Read].
	Read(ctx context.Context, after Head) iter.Seq2[Entry, error]
	// Follow is Read that waits for new entries, [Log.Follow].
	Follow(ctx context.Context, after Head) iter.Seq2[Entry, error]
	// Append appends after the newest head, [Log.Append].
	Append(ctx context.Context, expected Head, record []byte) (Head, error)
}

// Bulk is segments as their writers and readers see them: [*Segments], or those of a [*Memory].
type Bulk interface {
	// Write writes a new segment, [Segments.Write].
	Write(ctx context.Context, content func(w io.Writer) error) (Segment, error)
	// Get reads one, [Segments.Get].
	Get(ctx context.Context, segment Segment, w io.Writer) error
	// Discard drops one in the background.
	Discard(id SegmentID)
	// Expunge erases one in the background.
	Expunge(id SegmentID)
	// DropAll drops all segments of the group.
	DropAll(ctx context.Context) error
	// Volatile reports that segments are not kept: Write does not call content, and Get finds nothing.
	Volatile() bool
}

// Journal implements [Backend].
func (e *Engine) Journal(ctx context.Context, series uint32, name string) (Journal, error) {
	return e.Log(ctx, series, name)
}

// Bulk implements [Backend].
func (e *Engine) Bulk(group string) (Bulk, error) { return e.Segments(group) }

// Shared implements [Backend].
func (e *Engine) Shared() bool { return !e.config.embedded() }

// Volatile implements [Bulk].
func (s *Segments) Volatile() bool { return false }
