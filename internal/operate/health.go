package operate

import (
	"encoding/json"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// A Check is one condition of doing one's work. Look returns at once, with a few words on what it saw; an error says what is missing.
type Check struct {
	Name string // one word
	Look func() (saw string, err error)
}

// Health answers whether a daemon lives and whether it is ready.
type Health struct {
	touch    func() // takes what everything in the role needs, such as its lock
	checks   []Check
	stopping atomic.Bool
	touching atomic.Pointer[touched]
	ready    *prometheus.Desc
}

// touched is one attempt at the role's lock.
type touched struct {
	done  chan struct{}
	begun time.Time
}

// aliveTime is how long a role may hold its lock before it is taken for dead.
const aliveTime = 5 * time.Second

// NewHealth returns the health of a role. touch comes back soon in a role that lives.
func NewHealth(touch func(), checks ...Check) *Health {
	h := &Health{touch: touch, ready: prometheus.NewDesc("sotto_ready", "Whether a condition of /readyz holds (1) or not (0).", []string{"check"}, nil)}
	h.checks = append([]Check{{"serving", func() (string, error) {
		if h.stopping.Load() {
			return "", errors.New("stopping: no new work is taken")
		}
		return "running", nil
	}}}, checks...)
	return h
}

// Stop makes the daemon unready for good, so that balancers look elsewhere while calls under way end.
func (h *Health) Stop() { h.stopping.Store(true) }

// Alive reports whether the role answers within a few seconds.
func (h *Health) Alive() bool {
	t := h.touching.Load()
	if t == nil {
		t = &touched{make(chan struct{}), time.Now()}
		if !h.touching.CompareAndSwap(nil, t) {
			return h.Alive() // somebody else was faster: one attempt at a time
		}
		go func() {
			h.touch()
			h.touching.Store(nil)
			close(t.done)
		}()
	}
	timer := time.NewTimer(aliveTime - time.Since(t.begun))
	defer timer.Stop()
	select {
	case <-t.done:
		return true
	case <-timer.C:
		return false
	}
}

// State is the answer to whether a daemon is ready.
type State struct {
	Ready  bool         `json:"ready"`
	Checks []CheckState `json:"checks"`
}

// CheckState is one condition of it.
type CheckState struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Reason string `json:"reason"`
}

// Look makes all checks.
func (h *Health) Look() State {
	s := State{Ready: true}
	for _, c := range h.checks {
		saw, err := c.Look()
		if err != nil {
			s.Ready, saw = false, err.Error()
		}
		s.Checks = append(s.Checks, CheckState{c.Name, err == nil, saw})
	}
	return s
}

func (h *Health) serveAlive(w http.ResponseWriter, _ *http.Request) {
	alive := h.Alive()
	answer(w, alive, map[string]bool{"alive": alive})
}

func (h *Health) serveReady(w http.ResponseWriter, _ *http.Request) {
	state := h.Look()
	answer(w, state.Ready, state)
}

func answer(w http.ResponseWriter, ok bool, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if !ok {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(body) // whoever asked has gone
}

// Describe implements prometheus.Collector.
func (h *Health) Describe(to chan<- *prometheus.Desc) { to <- h.ready }

// Collect implements prometheus.Collector.
func (h *Health) Collect(to chan<- prometheus.Metric) {
	for _, c := range h.Look().Checks {
		to <- prometheus.MustNewConstMetric(h.ready, prometheus.GaugeValue, number(c.OK), c.Name)
	}
}

func number(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
