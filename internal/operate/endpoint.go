package operate

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// ErrNotLoopback says that an address can be reached from other machines, or may be: operators publish metrics by a proxy of their own.
var ErrNotLoopback = errors.New("not a loopback address")

// CheckLoopback refuses an address, host:port, whose host is not an IP address of this machine alone.
func CheckLoopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%q, want host:port", address)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("%q is %w, such as 127.0.0.1", address, ErrNotLoopback)
	}
	return nil
}

// Bounds of the HTTP server. Whoever reaches it is on this machine, so they keep mistakes small rather than attackers out.
const (
	headerTime  = 5 * time.Second
	answerTime  = 2 * time.Minute // a profile may take one of them
	scrapes     = 4               // at one time
	headerBytes = 16 << 10
	closeTime   = 2 * time.Second // for answers under way, when the endpoint closes
)

// An Endpoint is the HTTP server of one daemon.
type Endpoint struct {
	http     *http.Server
	listener net.Listener
	served   chan error
}

// Listen serves the metrics of registry and the answers of health on a loopback address, with profiles if profiling. The registry gets
// those of the Go runtime and of the process, too.
func Listen(address string, registry *prometheus.Registry, health *Health, profiling bool) (*Endpoint, error) {
	if err := CheckLoopback(address); err != nil {
		return nil, err
	}
	for _, c := range []prometheus.Collector{collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		collectors.NewBuildInfoCollector(), health} {
		if err := registry.Register(c); err != nil {
			return nil, err
		}
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{MaxRequestsInFlight: scrapes}))
	mux.HandleFunc("GET /healthz", health.serveAlive)
	mux.HandleFunc("GET /readyz", health.serveReady)
	if profiling {
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	e := &Endpoint{listener: listener, served: make(chan error, 1),
		http: &http.Server{Handler: mux, ReadHeaderTimeout: headerTime, ReadTimeout: headerTime, WriteTimeout: answerTime, MaxHeaderBytes: headerBytes}}
	go func() { e.served <- e.http.Serve(listener) }()
	return e, nil
}

// Address returns where the endpoint listens.
func (e *Endpoint) Address() string { return e.listener.Addr().String() }

// Close ends the endpoint, letting short answers finish.
func (e *Endpoint) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	if err := e.http.Shutdown(ctx); err != nil {
		_ = e.http.Close() // what still runs is a profile
	}
	if err := <-e.served; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
