package operate

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

func get(t *testing.T, address, path string) (code int, body string) {
	t.Helper()
	r, err := http.Get("http://" + address + path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(b)
}

// The endpoint answers with metrics, health and, if asked to, profiles; on loopback only.
func TestEndpoint(t *testing.T) {
	var mu sync.Mutex
	missing := errors.New("no committee")
	fail := func(err error) {
		mu.Lock()
		defer mu.Unlock()
		missing = err
	}
	for _, profiling := range []bool{false, true} {
		fail(errors.New("no committee"))
		health := NewHealth(func() {}, Check{"committee", func() (string, error) {
			mu.Lock()
			defer mu.Unlock()
			return "in office", missing
		}})
		registry := prometheus.NewRegistry()
		e, err := Listen("127.0.0.1:0", registry, health, profiling)
		if err != nil {
			t.Fatal(err)
		}
		if code, body := get(t, e.Address(), "/healthz"); code != http.StatusOK || body != "{\"alive\":true}\n" {
			t.Errorf("healthz: %d %s", code, body)
		}
		code, body := get(t, e.Address(), "/readyz")
		var state State
		if err := json.Unmarshal([]byte(body), &state); err != nil || code != http.StatusServiceUnavailable || state.Ready || len(state.Checks) != 2 ||
			state.Checks[0] != (CheckState{"serving", true, "running"}) || state.Checks[1] != (CheckState{"committee", false, "no committee"}) {
			t.Errorf("readyz: %d %s", code, body)
		}
		if _, metrics := get(t, e.Address(), "/metrics"); !strings.Contains(metrics, "\nsotto_ready{check=\"committee\"} 0\n") ||
			!strings.Contains(metrics, "\ngo_goroutines ") || !strings.Contains(metrics, "\ngo_build_info{") {
			t.Errorf("metrics: %s", metrics)
		}
		fail(nil)
		if code, body := get(t, e.Address(), "/readyz"); code != http.StatusOK || !strings.Contains(body, `{"name":"committee","ok":true,"reason":"in office"}`) {
			t.Errorf("readyz: %d %s", code, body)
		}
		health.Stop()
		if code, body := get(t, e.Address(), "/readyz"); code != http.StatusServiceUnavailable || !strings.Contains(body, "stopping") {
			t.Errorf("readyz while stopping: %d %s", code, body)
		}
		if code, _ := get(t, e.Address(), "/debug/pprof/goroutine?debug=1"); (code == http.StatusOK) != profiling {
			t.Errorf("profiles %t: code %d", profiling, code)
		}
		for _, path := range []string{"/", "/metrics/x", "/debug/vars"} {
			if code, _ := get(t, e.Address(), path); code != http.StatusNotFound {
				t.Errorf("%s: code %d, want 404", path, code)
			}
		}
		if r, err := http.Post("http://"+e.Address()+"/metrics", "text/plain", nil); err != nil || r.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("post: %v %v", r, err)
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := http.Get("http://" + e.Address() + "/healthz"); err == nil {
			t.Error("the endpoint answers after it was closed")
		}
	}
	for _, address := range []string{"0.0.0.0:0", ":9090", "[::]:1", "192.0.2.1:80", "localhost:80", "example.org:80", "127.0.0.1", ""} {
		if _, err := Listen(address, prometheus.NewRegistry(), NewHealth(func() {}), false); err == nil {
			t.Errorf("%q: metrics are served there", address)
		}
	}
	for _, address := range []string{"127.0.0.1:9090", "127.3.2.1:1", "[::1]:0"} {
		if err := CheckLoopback(address); err != nil {
			t.Errorf("%q: %v", address, err)
		}
	}
}

// A role that hangs is not alive, however often somebody asks, and alive again once it answers.
func TestAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lock := make(chan struct{}, 1) // a mutex would hold up the clock, too
		asked := 0
		h := NewHealth(func() {
			asked++
			lock <- struct{}{}
			<-lock
		})
		if !h.Alive() {
			t.Fatal("a role that answers is dead")
		}
		lock <- struct{}{}
		var group sync.WaitGroup
		for range 3 {
			group.Go(func() {
				begun := time.Now()
				if h.Alive() || time.Since(begun) != aliveTime {
					t.Errorf("a role that hangs is alive, after %s", time.Since(begun))
				}
			})
		}
		group.Wait()
		if h.Alive() {
			t.Error("a role that hangs is alive")
		}
		<-lock
		synctest.Wait()
		if !h.Alive() {
			t.Error("a role that answers again is dead")
		}
		if asked != 3 {
			t.Errorf("the role was asked %d times, want 3: one attempt at a time", asked)
		}
	})
}

func TestDisk(t *testing.T) {
	d := newDisk(t.TempDir())
	saw, err := d.check().Look()
	if free, known := d.free(d.dir); known && (err != nil) != (free < diskReserve) || !known && err != nil {
		t.Errorf("got %q, %v", saw, err)
	}
	for _, c := range []struct {
		free  uint64
		known bool
		want  string
	}{
		{diskReserve, true, "256 MiB are free"},
		{diskReserve - 1, true, "255 MiB are free, want 256: make room before writes fail"},
		{0, true, "0 MiB are free, want 256: make room before writes fail"},
		{0, false, "the system does not say what is free"},
	} {
		d.free = func(string) (uint64, bool) { return c.free, c.known }
		saw, err := d.check().Look()
		if got := strings.TrimPrefix(fmt.Sprint(saw, err), "<nil>"); !strings.Contains(got, c.want) || (err != nil) != (c.known && c.free < diskReserve) {
			t.Errorf("%d bytes: got %q, %v, want %q", c.free, saw, err, c.want)
		}
		if families := gather(t, d); (len(families) == 1) != c.known {
			t.Errorf("%d metrics, known %t", len(families), c.known)
		}
	}
}
