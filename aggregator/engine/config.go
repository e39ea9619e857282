package engine

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Config says where the engine is. Exactly one of Dir and Servers is set.
type Config struct {
	// Dir is the directory of the embedded engine, made if it is not there.
	Dir string
	// MaxStore bounds the bytes that the embedded engine takes on disk; 0 for four fifths of what is free or taken by it already. An eighth of it, at most
	// 4 GiB, is kept for logs.
	MaxStore int64
	// Reserve is what must stay free on the embedded engine's disk: a segment is refused when less is left, a record when less than an
	// eighth of it is. 0 for 512 MiB, or a twentieth of the disk where that is less.
	Reserve int64

	// Servers are the URLs of the external engine, nats://host:port.
	Servers []string
	// TLS has the files of mutual TLS with Servers and Monitors. They are read again at every connection.
	TLS TLSFiles
	// Credentials is a NATS credentials file, where the account needs one beside the certificate.
	Credentials string
	// Monitors are the URLs of the monitoring ports of all servers, http://host:8222, by which the preflight sees their sync policy.
	Monitors []string
	// VouchSync vouches for sync_interval: always on every server that Monitors does not show.
	VouchSync bool
	// Replicas is how many servers hold each stream: 3 (if 0) or 5.
	Replicas int
	// Slots is the number of segment streams, so that their leaders spread over servers; the same for all replicas. 4 if 0; 1 when embedded.
	Slots int
	// SegmentBytes bounds the bytes of each external segment stream; 0 for no bound but the servers'.
	SegmentBytes int64

	// Timeout bounds one attempt at one request; 3 s if 0.
	Timeout time.Duration
	// Patience bounds the attempts of one operation; 60 s if 0.
	Patience time.Duration
	// Grace is how long an external engine may seem to have lost records before it is believed: after an election a server may lag. 30 s if 0.
	Grace time.Duration
	// Poll is how often followers look without being told; 1 s if 0.
	Poll time.Duration

	Logger  *slog.Logger    // nil for none
	Observe func(Operation) // told of every operation, by the goroutine that did it; may be nil

	unsafe string                               // a protection that a test leaves out
	kill   func(crossing string)                // told of every step of every write, by tests
	lose   func(subject string, sent bool) bool // whether a request gets lost before it is sent, or its answer after that; by tests
}

// WithKill returns a config that tells kill of every step of every write, before it is made and after. It is for tests that end the process
// there, of this package and of those that keep something in an engine.
func WithKill(c Config, kill func(crossing string)) Config {
	c.kill = kill
	return c
}

// TLSFiles are PEM files.
type TLSFiles struct{ CA, Cert, Key string }

// An Operation is one call of the engine, for metrics.
type Operation struct {
	Name     string // append, read, put, get, drop
	Duration time.Duration
	Bytes    int64
	Attempts int // above 1 after time-outs, elections and refusals
	Err      error
}

func (c *Config) embedded() bool { return c.Dir != "" }

// complete fills in defaults and refuses what makes no sense.
func (c *Config) complete() error {
	if (c.Dir != "") == (len(c.Servers) > 0) {
		return errors.New("engine needs either a directory or servers")
	}
	for name, v := range map[string]int64{"store size": c.MaxStore, "reserve": c.Reserve, "segment bytes": c.SegmentBytes, "replicas": int64(c.Replicas),
		"slots": int64(c.Slots), "time-out": int64(c.Timeout), "patience": int64(c.Patience), "grace": int64(c.Grace), "poll": int64(c.Poll)} {
		if v < 0 {
			return fmt.Errorf("%s of %d, want 0 or more", name, v)
		}
	}
	if c.Slots > maxSlots {
		return fmt.Errorf("%d slots, at most %d", c.Slots, maxSlots)
	}
	orDefault(&c.Timeout, 3*time.Second)
	orDefault(&c.Patience, time.Minute)
	orDefault(&c.Grace, 30*time.Second)
	orDefault(&c.Poll, time.Second)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Observe == nil {
		c.Observe = func(Operation) {}
	}
	if c.kill == nil {
		c.kill = func(string) {}
	}
	if c.lose == nil {
		c.lose = func(string, bool) bool { return false }
	}
	if c.embedded() {
		return c.completeEmbedded()
	}
	return c.completeExternal()
}

func (c *Config) completeEmbedded() error {
	if c.TLS != (TLSFiles{}) || c.Credentials != "" || len(c.Monitors) > 0 || c.VouchSync || c.Replicas > 1 || c.Slots > 1 || c.SegmentBytes > 0 {
		return errors.New("TLS, credentials, monitors, replicas, slots and segment bytes are settings of external engines")
	}
	if c.MaxStore != 0 && c.MaxStore < minStore {
		return fmt.Errorf("store of %d bytes, want at least %d", c.MaxStore, int64(minStore))
	}
	c.Replicas, c.Slots = 1, 1
	c.Grace = 0 // one server: what it doesn't have is lost
	return nil
}

func (c *Config) completeExternal() error {
	if c.MaxStore != 0 || c.Reserve != 0 {
		return errors.New("store size and reserve are settings of the embedded engine: set max_file_store on the servers")
	}
	for _, s := range c.Servers {
		if u, err := url.Parse(s); err != nil || u.Host == "" || u.Scheme != "nats" && u.Scheme != "tls" {
			return fmt.Errorf("server %q, want nats://host:port", s)
		}
	}
	c.Monitors = slices.Clone(c.Monitors)
	for i, s := range c.Monitors {
		if u, err := url.Parse(s); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return fmt.Errorf("monitor %q, want http://host:port", s)
		}
		c.Monitors[i] = strings.TrimRight(s, "/")
	}
	if c.TLS.CA == "" || c.TLS.Cert == "" || c.TLS.Key == "" {
		return errors.New("an external engine is reached by mutual TLS: needs the files of an authority, a certificate and its key")
	}
	orDefault(&c.Replicas, 3)
	orDefault(&c.Slots, 4)
	if c.Replicas != 3 && c.Replicas != 5 {
		return fmt.Errorf("%d replicas, want 3 or 5", c.Replicas)
	}
	if c.Grace >= c.Patience {
		return fmt.Errorf("grace of %s, want less than the patience of %s", c.Grace, c.Patience)
	}
	return nil
}

func orDefault[T comparable](v *T, otherwise T) {
	var zero T
	if *v == zero {
		*v = otherwise
	}
}
