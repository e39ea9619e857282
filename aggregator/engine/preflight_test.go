package engine_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"sotto/aggregator/engine"
)

// A stream that could lose something is refused, and the setting is named.
func TestPreflightChecksStreams(t *testing.T) {
	e := openEngine(t, small(t.TempDir()))
	type change = func(c *jetstream.StreamConfig)
	for i, c := range []struct {
		setting string
		change  change
	}{
		{"subjects", func(c *jetstream.StreamConfig) { c.Subjects = append(c.Subjects, "more") }},
		{"storage", func(c *jetstream.StreamConfig) { c.Storage = jetstream.MemoryStorage }},
		{"persist_mode", func(c *jetstream.StreamConfig) { c.PersistMode = jetstream.AsyncPersistMode }},
		{"no_ack", func(c *jetstream.StreamConfig) { c.NoAck = true }},
		{"retention", func(c *jetstream.StreamConfig) { c.Retention = jetstream.InterestPolicy }},
		{"max_age", func(c *jetstream.StreamConfig) { c.MaxAge = time.Hour }},
		{"max_msgs ", func(c *jetstream.StreamConfig) { c.MaxMsgs = 10 }},
		{"max_msgs_per_subject", func(c *jetstream.StreamConfig) { c.MaxMsgsPerSubject = 10 }},
		{"max_msg_size", func(c *jetstream.StreamConfig) { c.MaxMsgSize = 1 << 20 }},
		{"max_bytes", func(c *jetstream.StreamConfig) { c.MaxBytes = 1 << 20 }},
		{"discard", func(c *jetstream.StreamConfig) { c.Discard = jetstream.DiscardOld }},
		{"allow_msg_ttl", func(c *jetstream.StreamConfig) { c.AllowMsgTTL = true }},
		{"subject_transform", func(c *jetstream.StreamConfig) {
			c.SubjectTransform = &jetstream.SubjectTransformConfig{Source: c.Subjects[0], Destination: strings.Replace(c.Subjects[0], "*", "a.{{wildcard(1)}}", 1)}
		}},
		{"deny_delete", func(c *jetstream.StreamConfig) { c.DenyDelete = false }},
		{"deny_purge", func(c *jetstream.StreamConfig) { c.DenyPurge = false }},
		{"allow_direct", func(c *jetstream.StreamConfig) { c.AllowDirect = true }},
	} {
		series := uint32(i + 10)
		config := e.LogConfig(series)
		c.change(&config)
		if _, err := e.Streams().CreateStream(t.Context(), config); err != nil {
			t.Errorf("%s: %v", c.setting, err)
			continue
		}
		if _, err := e.Log(t.Context(), series, "r1"); !refusedWith(err, "set "+c.setting) {
			t.Errorf("%s: %v", c.setting, err)
		}
	}
	// What this server does not let anybody set on such a stream, and segments.
	for _, c := range []struct {
		setting string
		segment bool
		change  change
	}{
		{"num_replicas to 1, not 0", false, func(c *jetstream.StreamConfig) { c.Replicas = 0 }},
		{"num_replicas to 1, not 3", true, func(c *jetstream.StreamConfig) { c.Replicas = 3 }},
		{"sealed", false, func(c *jetstream.StreamConfig) { c.Sealed = true }},
		{"allow_rollup_hdrs", false, func(c *jetstream.StreamConfig) { c.AllowRollup = true }},
		{"allow_msg_schedules", false, func(c *jetstream.StreamConfig) { c.AllowMsgSchedules = true }},
		{"allow_msg_counter", false, func(c *jetstream.StreamConfig) { c.AllowMsgCounter = true }},
		{"mirror", false, func(c *jetstream.StreamConfig) { c.Mirror = &jetstream.StreamSource{Name: "a"} }},
		{"mirror", false, func(c *jetstream.StreamConfig) { c.Sources = []*jetstream.StreamSource{{Name: "a"}} }},
		{"deny_purge to false", true, func(c *jetstream.StreamConfig) { c.DenyPurge = true }},
		{"allow_direct to true", true, func(c *jetstream.StreamConfig) { c.AllowDirect = false }},
		{"persist_mode", true, func(c *jetstream.StreamConfig) { c.PersistMode = jetstream.AsyncPersistMode }},
		{"discard", true, func(c *jetstream.StreamConfig) { c.Discard = jetstream.DiscardOld }},
		{"deny_delete to false", true, func(c *jetstream.StreamConfig) { c.DenyDelete = true }},
	} {
		want := e.LogConfig(0)
		if c.segment {
			want = e.SegmentConfig(0)
		}
		got := want
		c.change(&got)
		if err := engine.CheckStream(got, want); !refusedWith(err, "set "+c.setting) {
			t.Errorf("%s: %v", c.setting, err)
		}
		if err := engine.CheckStream(want, want); err != nil {
			t.Error(err)
		}
	}
	if r, err := e.Preflight(t.Context()); err != nil || len(r.Synced) != 1 || len(r.Vouched) != 0 {
		t.Errorf("report %+v, %v", r, err)
	}
}

func refusedWith(err error, text string) bool {
	return errors.Is(err, engine.ErrPreflight) && strings.Contains(err.Error(), text)
}

// A store whose size was changed takes the new one, up and down.
func TestStoreSizeChanges(t *testing.T) {
	c := small(t.TempDir())
	for _, size := range []int64{128 << 20, 512 << 20, 64 << 20} {
		c.MaxStore = size
		e := openEngine(t, c)
		if _, err := openLog(t, e, "r1").Head(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := openSegments(t, e, "r1").Put(t.Context(), bytes.NewReader(noise(1, 1<<20))); err != nil {
			t.Error(err)
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
