package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	lockFile  = "lock"
	storeName = "store" // folder of the embedded server's files

	maxSlots = 1024
	minStore = 64 << 20

	// maxPayload is what the server must let through: a record with its header and NATS's own headers.
	maxPayload = MaxRecordBytes + 4<<10
)

// An Engine keeps logs and segments. It is safe for concurrent use.
type Engine struct {
	config  Config
	server  *server.Server // nil when external
	unlock  func() error
	control *nats.Conn // log and management: small messages
	data    *nats.Conn // segments, so that nothing small waits behind them
	js      jetstream.JetStream
	report  Report
	strikes atomic.Int64 // time-outs in a row

	closing context.Context
	close   context.CancelFunc
	once    sync.Once

	shutError error

	janitor janitor
	copies  []*copyStore // of segments
	slot    int          // of the segments written here

	mu     sync.Mutex
	series map[uint32]bool // that were opened and checked
}

// Open opens the engine and refuses one that is not set to lose nothing.
//
// Errors: [ErrLocked]; [ErrPreflight], whose text names the setting to change; [ErrUnavailable] when the external engine can't be reached.
func Open(ctx context.Context, config Config) (*Engine, error) {
	if err := config.complete(); err != nil {
		return nil, err
	}
	e := &Engine{config: config, unlock: func() error { return nil }, series: make(map[uint32]bool), slot: rand.IntN(config.Slots)}
	for range config.Replicas {
		e.copies = append(e.copies, &copyStore{window: make(chan struct{}, maxWindow)})
	}
	e.closing, e.close = context.WithCancel(context.Background())
	if err := e.open(ctx); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

func (e *Engine) open(ctx context.Context) (err error) {
	var reach []nats.Option
	if e.config.embedded() {
		if err := e.start(); err != nil {
			return err
		}
		reach = []nats.Option{nats.InProcessServer(e.server)}
	} else if reach, err = e.reach(); err != nil {
		return err
	}
	if e.control, err = e.connect(ctx, "sotto control", reach); err != nil {
		return err
	}
	if e.data, err = e.connect(ctx, "sotto data", reach); err != nil {
		return err
	}
	if e.js, err = jetstream.New(e.control); err != nil {
		return err
	}
	e.janitor.start(e)
	e.report, err = e.preflight(ctx)
	return err
}

// start locks the directory and starts the embedded server on it.
func (e *Engine) start() error {
	dir := e.config.Dir
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	lock := flock.New(filepath.Join(dir, lockFile))
	held, err := lock.TryLock()
	if err != nil {
		return fmt.Errorf("locking %s: %w", dir, err)
	}
	if !held {
		return fmt.Errorf("%s: %w", dir, ErrLocked)
	}
	e.unlock = lock.Unlock
	if err := e.budget(); err != nil {
		return err
	}
	options := &server.Options{
		ServerName: "sotto", DontListen: true, NoSigs: true, NoSystemAccount: false,
		JetStream: true, StoreDir: filepath.Join(dir, storeName), JetStreamMaxStore: e.config.MaxStore, JetStreamMaxMemory: 1 << 20,
		SyncAlways: e.config.unsafe != withoutSync, SyncInterval: 2 * time.Minute,
		MaxPayload: 2 * maxPayload, MaxPending: 128 << 20, DisableJetStreamBanner: true,
	}
	if e.server, err = server.NewServer(options); err != nil {
		return fmt.Errorf("embedded engine: %w", err)
	}
	log := &serverLog{logger: e.config.Logger}
	e.server.SetLoggerV2(log, false, false, false)
	e.server.Start()
	if !e.server.ReadyForConnections(time.Minute) || !e.server.JetStreamEnabled() {
		return fmt.Errorf("embedded engine in %s does not start: %s", dir, log.lastError())
	}
	return nil
}

// budget settles how much disk the embedded engine may take and must leave free.
func (e *Engine) budget() error {
	free, total, err := diskSpace(e.config.Dir)
	if err != nil {
		return fmt.Errorf("free space of %s: %w", e.config.Dir, err)
	}
	if e.config.Reserve == 0 {
		e.config.Reserve = min(512<<20, total/20)
	}
	if e.config.MaxStore == 0 {
		taken, err := diskUsage(filepath.Join(e.config.Dir, storeName))
		if err != nil {
			return fmt.Errorf("space taken by %s: %w", e.config.Dir, err)
		}
		e.config.MaxStore = max((free+taken)/5*4, minStore)
	}
	return nil
}

// segmentRoom refuses a chunk to an embedded engine that has none for it. Segments must leave room for logs, in the store as on the disk.
//
// The stream has no max_bytes: that would be reserved, and a store made smaller than what was reserved before does not open.
func (e *Engine) segmentRoom() error {
	if !e.config.embedded() {
		return nil
	}
	info, err := e.server.Jsz(nil)
	if err != nil {
		return err
	}
	if most := e.config.MaxStore - min(e.config.MaxStore/8, 4<<30) - ChunkBytes; int64(info.Store) > most {
		return fmt.Errorf("%w: store has %d bytes, segments may fill it up to %d", ErrFull, info.Store, most)
	}
	return e.room(e.config.Reserve)
}

// room refuses a write to an embedded engine whose disk has less than reserve free: a server that meets a full disk stops for good.
func (e *Engine) room(reserve int64) error {
	if !e.config.embedded() {
		return nil
	}
	free, _, err := diskSpace(e.config.Dir)
	if err != nil {
		return fmt.Errorf("free space of %s: %w", e.config.Dir, err)
	}
	if free < reserve {
		return fmt.Errorf("%w: disk of %s has %d bytes free, wants %d", ErrFull, e.config.Dir, free, reserve)
	}
	return nil
}

// diskUsage adds up the files below dir, which need not be there.
func diskUsage(dir string) (bytes int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			bytes += info.Size()
		}
		return err
	})
	return bytes, err
}

// reach returns how external servers are reached.
func (e *Engine) reach() ([]nats.Option, error) {
	tls := e.config.TLS
	for _, file := range []string{tls.CA, tls.Cert, tls.Key} {
		if _, err := os.Stat(file); err != nil {
			return nil, fmt.Errorf("TLS with the engine: %w", err)
		}
	}
	options := []nats.Option{nats.RootCAs(tls.CA), nats.ClientCert(tls.Cert, tls.Key)}
	if e.config.Credentials != "" {
		options = append(options, nats.UserCredentials(e.config.Credentials))
	}
	return options, nil
}

// connect connects to any of the servers and stays connected until the engine is closed.
func (e *Engine) connect(ctx context.Context, name string, reach []nats.Option) (nc *nats.Conn, err error) {
	log := e.config.Logger
	options := append([]nats.Option{
		nats.Name(name), nats.Timeout(e.config.Timeout), nats.MaxReconnects(-1), nats.ReconnectWait(200 * time.Millisecond),
		nats.ReconnectBufSize(-1), // a write that can't go out fails at once, instead of going out when nobody waits for it any more
		nats.PingInterval(2 * time.Second), nats.MaxPingsOutstanding(2), nats.FlusherTimeout(2 * e.config.Timeout), nats.IgnoreAuthErrorAbort(),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			log.Warn("engine connection", "name", name, "error", err)
		}),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if e.closing.Err() == nil {
				log.Warn("engine connection lost", "name", name, "error", err)
			}
		}),
		nats.ReconnectHandler(func(nc *nats.Conn) {
			log.Info("engine connection is back", "name", name, "server", nc.ConnectedServerName())
		}),
	}, reach...)
	url := ""
	for i, s := range e.config.Servers {
		if i > 0 {
			url += ","
		}
		url += s
	}
	said := ""
	_, err = e.patiently(ctx, "connecting to the engine", func(context.Context) error {
		if nc, err = nats.Connect(url, options...); err != nil {
			if err.Error() != said { // patience is long, and it may be the certificate
				said = err.Error()
				log.Warn("engine connection is not there yet", "name", name, "error", err)
			}
			return &transient{err: err}
		}
		return nil
	})
	return nc, err
}

// Ready returns nil when the engine answers: the newest series of logs that was opened has a leader, and an embedded engine has room. For
// readiness checks.
func (e *Engine) Ready(ctx context.Context) error {
	e.mu.Lock()
	newest := uint32(0)
	for series := range e.series {
		newest = max(newest, series)
	}
	e.mu.Unlock()
	request := &nats.Msg{Subject: "$JS.API.STREAM.MSG.GET." + logStream(newest), Data: fmt.Appendf(nil, `{"last_by_subj":"log.%d.*"}`, newest)}
	if _, err := e.ask(ctx, e.control, request); err != nil && !refusedWith(err, codeNoMessage) {
		return fmt.Errorf("engine is not ready: %w", unavailable(err))
	}
	if e.config.embedded() {
		return e.segmentRoom()
	}
	return nil
}

// Close ends what is under way with [ErrClosed], and closes connections and the embedded server. What was acknowledged is durable already.
func (e *Engine) Close() error {
	e.once.Do(func() { e.shutError = e.shut() })
	return e.shutError
}

func (e *Engine) shut() error {
	e.close()
	e.janitor.wait()
	for _, nc := range []*nats.Conn{e.control, e.data} {
		if nc != nil {
			nc.Close()
		}
	}
	if e.server != nil {
		e.server.Shutdown()
		e.server.WaitForShutdown()
	}
	return e.unlock()
}

// Protections that tests leave out, to show what they keep away.
const (
	withoutSync    = "sync"
	withoutCompare = "compare"
	withoutWaiting = "waiting" // acknowledges before the record is appended
)

// serverLog hands what the embedded server says to slog. Its notices are details for the aggregator.
type serverLog struct {
	logger *slog.Logger
	mu     sync.Mutex
	last   string
}

func (l *serverLog) lastError() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

func (l *serverLog) failed(format string, v ...any) {
	text := fmt.Sprintf(format, v...)
	l.mu.Lock()
	l.last = text
	l.mu.Unlock()
	l.logger.Error("embedded engine: " + text)
}

func (l *serverLog) Noticef(format string, v ...any) {
	l.logger.Debug("embedded engine: " + fmt.Sprintf(format, v...))
}
func (l *serverLog) Warnf(format string, v ...any) {
	l.logger.Warn("embedded engine: " + fmt.Sprintf(format, v...))
}
func (l *serverLog) Fatalf(format string, v ...any) { l.failed(format, v...) }
func (l *serverLog) Errorf(format string, v ...any) { l.failed(format, v...) }
func (l *serverLog) Debugf(string, ...any)          {}
func (l *serverLog) Tracef(string, ...any)          {}
