package engine

import (
	"context"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Protections that tests leave out.
const (
	WithoutSync    = withoutSync
	WithoutCompare = withoutCompare
	WithoutWaiting = withoutWaiting
)

// Without returns a config that leaves a protection out.
func Without(c Config, protection string) Config {
	c.unsafe = protection
	return c
}

// WithLoss returns a config that asks lose whether a request gets lost before it is sent, and its answer after that.
func WithLoss(c Config, lose func(subject string, sent bool) bool) Config {
	c.lose = lose
	return c
}

// Streams returns the management of the engine's streams.
func (e *Engine) Streams() jetstream.JetStream { return e.js }

// LogConfig returns how the stream of a series is made.
func (e *Engine) LogConfig(series uint32) jetstream.StreamConfig { return e.logConfig(series) }

// SegmentConfig returns how the stream of a slot is made.
func (e *Engine) SegmentConfig(slot int) jetstream.StreamConfig { return e.segmentConfig(slot, 0) }

// CheckStream returns why a stream that exists is refused.
func CheckStream(got, want jetstream.StreamConfig) error { return checkStream(&got, &want) }

// RawRecord is a message of a log as it is stored.
type RawRecord struct {
	Position, Sequence uint64
	Previous, Hash     [32]byte
	Record             []byte
}

// Raw returns all messages of a log, without checking how they hang together.
func (l *Log) Raw(ctx context.Context) (records []RawRecord, err error) {
	for from := uint64(1); ; {
		var m *stored
		_, err := l.engine.patiently(ctx, "reading", func(ctx context.Context) (err error) {
			m, err = l.get(ctx, from)
			return err
		})
		if m == nil || err != nil {
			return records, err
		}
		h, record, err := open(m.Data)
		if err != nil {
			return records, err
		}
		records = append(records, RawRecord{Position: m.Sequence, Sequence: h.sequence, Previous: h.previous, Hash: h.hash(l.series, l.name), Record: record})
		from = m.Sequence + 1
	}
}

// OpenRecord takes a message apart and returns what it would be written as.
func OpenRecord(message []byte) (again []byte, err error) {
	h, record, err := open(message)
	if err != nil {
		return nil, err
	}
	return append(h.encode(nil), record...), nil
}

// SealRecord returns the message of a record after head.
func SealRecord(head Head, nonce [16]byte, record []byte) []byte {
	_, message := seal(head, nonce, record)
	return message
}

// HashRecord returns the hash that the record after this one must name.
func HashRecord(message []byte, series uint32, name string) ([32]byte, error) {
	h, _, err := open(message)
	return h.hash(series, name), err
}

// CloseData cuts the connection that chunks go through.
func (e *Engine) CloseData() { e.data.Close() }

// Subject returns where the chunks of a segment's copy are.
func (s *Segments) Subject(id SegmentID, copy int) string { return s.subject(id, copy) }

// Publish publishes as a client could that has broken into the cluster.
func (e *Engine) Publish(subject string, headers map[string]string, data []byte) error {
	m := nats.NewMsg(subject)
	m.Data = data
	for k, v := range headers {
		m.Header.Set(k, v)
	}
	_, err := e.data.RequestMsg(m, e.config.Timeout)
	return err
}

// Embedded reports whether the engine is in this process.
func (e *Engine) Embedded() bool { return e.config.embedded() }
