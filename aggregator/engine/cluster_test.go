package engine_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"sotto/aggregator/engine"
	"sotto/internal/natscluster"
)

var (
	long  = flag.Duration("long", 0, "how long TestCluster takes contributions, with larger ones and random faults; 0 for one of each fault")
	seeds = flag.Uint64("seed", 1, "of TestCluster's random faults")
)

// serverRole is one nats-server, as the command of that name runs it.
func serverRole() error {
	options, err := server.ProcessConfigFile(os.Getenv("CONF"))
	if err != nil {
		return err
	}
	options.LogFile, options.NoSigs = os.Getenv("CONF")+".log", true
	s, err := server.NewServer(options)
	if err != nil {
		return err
	}
	s.ConfigureLogger()
	s.Start()
	s.WaitForShutdown()
	return nil
}

// workerRole is a replica of an aggregator: it reads uploads from its input and prints receipts.
func workerRole() error {
	var n int64
	if _, err := fmt.Sscan(os.Getenv("WORDS"), &n); err != nil {
		return err
	}
	words.Store(n)
	var c engine.Config
	if err := json.Unmarshal([]byte(os.Getenv("ENGINE")), &c); err != nil {
		return err
	}
	ctx := context.Background()
	e, err := engine.Open(ctx, c)
	if err != nil {
		return err
	}
	l, err := e.Log(ctx, 0, "r1")
	if err != nil {
		return err
	}
	s, err := e.Segments("r1")
	if err != nil {
		return err
	}
	g, err := engine.NewGroup(ctx, config{Log: l, Segments: s, New: newVector, Side: func(w io.Writer, items [][]uint64) error {
		_, err := w.Write(make([]byte, 64*len(items)))
		return err
	}})
	if err != nil {
		return err
	}
	go func() {
		fmt.Fprintln(os.Stderr, "worker stops:", g.Run(ctx))
		os.Exit(1)
	}()
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		id, d, ok := parseAck(in.Text())
		if !ok {
			return fmt.Errorf("input %q", in.Text())
		}
		go func() {
			r, err := submit(ctx, g, id, d)
			if err != nil {
				fmt.Printf("no %x %q\n", id[:], err)
				return
			}
			// Not the receipt of d, perhaps: what is acknowledged is what counts.
			fmt.Printf("got %x %x %x\n", id[:], d[:], r.Digest[:])
		}()
	}
	return nil
}

// cluster is three servers on this machine.
type cluster struct {
	t      testing.TB
	config *natscluster.Cluster
	nodes  [3]*node
	power  bool // each server has a disk of its own that can lose power
}

type node struct {
	natscluster.Node
	disk    *image
	process *exec.Cmd
}

func newCluster(t testing.TB) *cluster {
	t.Helper()
	c := &cluster{t: t}
	dir := t.TempDir()
	store := func(i int) (string, string) {
		c.nodes[i] = &node{}
		disk, why := tryImage(t, 512)
		if disk == nil {
			t.Logf("servers don't lose power, only their lives: %s", why)
			return filepath.Join(dir, fmt.Sprintf("n%d", i+1)), "4GB"
		}
		c.nodes[i].disk, c.power = disk, true
		return filepath.Join(disk.mount, "store"), "400MB"
	}
	var err error
	if c.config, err = natscluster.Configure(dir, natscluster.Options{Store: store}); err != nil {
		t.Fatal(err)
	}
	for i, n := range c.nodes {
		n.Node = c.config.Nodes[i]
		t.Cleanup(func() { c.kill(n) })
		c.start(n)
	}
	for _, n := range c.nodes {
		c.await(n)
	}
	return c
}

func (c *cluster) start(n *node) {
	n.process = child(c.t, "server", "CONF="+n.Config)
	if err := n.process.Start(); err != nil {
		c.t.Fatal(err)
	}
}

// await waits until a server is part of the cluster.
func (c *cluster) await(n *node) {
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		r, err := http.Get(n.URL("127.0.0.1", "healthz?js-server-only=true"))
		if err != nil {
			continue
		}
		r.Body.Close()
		if r.StatusCode == http.StatusOK {
			return
		}
	}
	log, _ := os.ReadFile(n.Config + ".log")
	c.t.Fatalf("server %s is not ready after a minute:\n%s", n.Name, log[max(0, len(log)-4000):])
}

func (c *cluster) kill(n *node) {
	n.process.Process.Kill()
	n.process.Wait()
}

// fail kills a server, with its machine where that can be done.
func (c *cluster) fail(n *node) {
	if n.disk != nil {
		n.disk.cut(c.t)
	}
	c.kill(n)
	if n.disk != nil {
		n.disk.restore(c.t)
	}
}

// loss says what fail does.
func (c *cluster) loss() string {
	if c.power {
		return "power loss"
	}
	return "loss"
}

func (c *cluster) pause(n *node, d time.Duration) {
	n.process.Process.Signal(syscall.SIGSTOP)
	time.Sleep(d)
	n.process.Process.Signal(syscall.SIGCONT)
}

// leader returns the server that leads a stream, or another one when none says so, and one that does not lead.
func (c *cluster) leader(stream string) (leader, other *node) {
	name := ""
	for _, n := range c.nodes {
		r, err := http.Get(n.URL("127.0.0.1", "jsz?acc=SOTTO&streams=true"))
		if err != nil {
			continue
		}
		var v struct {
			Accounts []struct {
				Streams []struct {
					Name    string `json:"name"`
					Cluster struct {
						Leader string `json:"leader"`
					} `json:"cluster"`
				} `json:"stream_detail"`
			} `json:"account_details"`
		}
		err = json.NewDecoder(r.Body).Decode(&v)
		r.Body.Close()
		if err != nil {
			continue
		}
		for _, a := range v.Accounts {
			for _, s := range a.Streams {
				if s.Name == stream && s.Cluster.Leader != "" {
					name = s.Cluster.Leader
				}
			}
		}
	}
	leader, other = c.nodes[0], c.nodes[1]
	for i, n := range c.nodes {
		if n.Name == name {
			leader, other = n, c.nodes[(i+1)%3]
		}
	}
	return leader, other
}

// engine is how replicas reach the cluster.
func (c *cluster) engine() engine.Config {
	return engine.Config{Servers: c.config.Servers("127.0.0.1"), Monitors: c.config.Monitors("127.0.0.1"), TLS: c.config.TLS, Slots: 2,
		Timeout: 2 * time.Second, Patience: 40 * time.Second, Grace: 20 * time.Second}
}

// worker is a replica in another process.
type worker struct {
	mu      sync.Mutex
	process *exec.Cmd
	in      io.Writer
	waiting map[string]chan string // by id and digest; gets what the worker says, or nothing when it dies
}

// upload sends an upload and returns the digest that counts.
func (w *worker) upload(id engine.ItemID, d engine.Digest, timeout time.Duration) (engine.Digest, error) {
	answer := make(chan string, 1)
	key := fmt.Sprintf("%x", id[:])
	w.mu.Lock()
	if w.waiting == nil {
		w.mu.Unlock()
		return d, errors.New("worker is down")
	}
	w.waiting[key+fmt.Sprintf("%x", d[:])] = answer
	fmt.Fprintf(w.in, "ack %x %x\n", id[:], d[:])
	w.mu.Unlock()
	select {
	case line, ok := <-answer:
		if !ok {
			return d, errors.New("worker died")
		}
		if _, got, ok := parseAck(line); ok {
			return got, nil
		}
		return d, errors.New(line)
	case <-time.After(timeout):
		return d, errors.New("no answer")
	}
}

func (c *cluster) work(w *worker) {
	b, err := json.Marshal(struct {
		Servers, Monitors []string
		TLS               engine.TLSFiles
		Slots             int
		Timeout           time.Duration
		Patience, Grace   time.Duration
	}{c.engine().Servers, c.engine().Monitors, c.config.TLS, 2, 2 * time.Second, 40 * time.Second, 20 * time.Second})
	if err != nil {
		c.t.Fatal(err)
	}
	// A replica that is started when a server is down can't see all of them.
	p := child(c.t, "worker", "ENGINE="+strings.Replace(string(b), "{", `{"VouchSync":true,`, 1), fmt.Sprint("WORDS=", words.Load()))
	in, err := p.StdinPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	out, err := p.StdoutPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		c.t.Fatal(err)
	}
	w.mu.Lock()
	w.process, w.in, w.waiting = p, in, map[string]chan string{}
	waiting := w.waiting
	w.mu.Unlock()
	go func() {
		for s := bufio.NewScanner(out); s.Scan(); {
			f := strings.Fields(s.Text())
			w.mu.Lock()
			switch {
			case len(f) == 4 && f[0] == "got":
				if a := waiting[f[1]+f[2]]; a != nil {
					delete(waiting, f[1]+f[2])
					a <- "ack " + f[1] + " " + f[3]
				}
			case len(f) > 1 && f[0] == "no":
				for key, a := range waiting {
					if strings.HasPrefix(key, f[1]) {
						delete(waiting, key)
						a <- s.Text()
					}
				}
			}
			w.mu.Unlock()
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, a := range waiting {
			close(a)
		}
		if p == w.process {
			w.waiting = nil
		}
	}()
}

func (w *worker) kill() {
	w.process.Process.Kill()
	w.process.Wait()
}

// TestCluster has several replicas on a cluster of three servers take contributions, some twice at once with different bytes, while replicas
// and servers are killed, paused and cut off from power.
func TestCluster(t *testing.T) {
	if *long > 0 {
		words.Store(32768)
		defer words.Store(4096)
	}
	c := newCluster(t)
	t.Run("preflight", func(t *testing.T) { testExternalPreflight(t, c) })
	e := openEngine(t, c.engine())
	t.Run("log and segments", func(t *testing.T) { testExternal(t, e) })

	replicas := []*worker{{}, {}}
	for _, w := range replicas {
		c.work(w)
		t.Cleanup(w.kill)
	}
	var stop atomic.Bool
	var last atomic.Int64 // fault ended, Unix time
	var mu sync.Mutex
	acked := map[engine.ItemID]engine.Digest{}
	attempts, double, next := 0, 0, uint32(0)
	slowest := time.Duration(0)
	acknowledge := func(id engine.ItemID, d engine.Digest) {
		mu.Lock()
		defer mu.Unlock()
		if before, ok := acked[id]; ok && before != d {
			t.Errorf("item %s was acknowledged as %x… and as %x…", id, before[:4], d[:4])
		}
		acked[id] = d
	}
	var uploaders sync.WaitGroup
	for range 6 {
		uploaders.Go(func() {
			for !stop.Load() {
				mu.Lock()
				next++
				n := next
				mu.Unlock()
				contributor := engine.ItemID{1, byte(n >> 16), byte(n >> 8), byte(n)}
				// Until it has a receipt; each attempt has other bytes, as encrypting again gives.
				for done := false; !done; {
					to := []*worker{replicas[rand.IntN(len(replicas))]}
					if n%8 == 0 {
						to = replicas
					}
					mu.Lock()
					attempts += len(to)
					if len(to) > 1 {
						double++
					}
					mu.Unlock()
					var both sync.WaitGroup
					var ok atomic.Bool
					for _, w := range to {
						both.Go(func() {
							if got, err := w.upload(contributor, draw(), 15*time.Second); err == nil {
								acknowledge(contributor, got)
								ok.Store(true)
							}
						})
					}
					both.Wait()
					if done = ok.Load(); !done {
						time.Sleep(50 * time.Millisecond)
					} else if stop.Load() {
						mu.Lock()
						slowest = max(slowest, time.Since(time.Unix(0, last.Load())))
						mu.Unlock()
					}
				}
			}
		})
	}
	faults := c.faults(replicas)
	counts := map[string]int{}
	progress := func(name string) {
		mu.Lock()
		before := len(acked)
		mu.Unlock()
		begun := time.Now()
		for {
			time.Sleep(20 * time.Millisecond)
			mu.Lock()
			now := len(acked)
			mu.Unlock()
			if now > before+20 {
				t.Logf("%s: contributions go on %s after it", name, time.Since(begun).Round(10*time.Millisecond))
				return
			}
			if time.Since(begun) > 40*time.Second {
				t.Errorf("no contributions 40 s after %s", name)
				return
			}
		}
	}
	progress("the start")
	if *long > 0 {
		r := rand.New(rand.NewPCG(*seeds, 0))
		for end := time.Now().Add(*long); time.Now().Before(end); {
			f := faults[r.IntN(len(faults))]
			f.do()
			counts[f.name]++
			time.Sleep(time.Duration(r.IntN(4000)) * time.Millisecond)
		}
		progress("the last fault")
	} else {
		for _, f := range faults {
			if testing.Short() && !f.short {
				continue
			}
			f.do()
			counts[f.name]++
			progress(f.name)
		}
	}
	last.Store(time.Now().UnixNano())
	stop.Store(true)
	uploaders.Wait()
	t.Logf("%d contributors, %d attempts, %d double uploads; the last one ended %s after the last fault; faults %v", len(acked), attempts, double, slowest.Round(time.Millisecond), counts)
	if slowest > 60*time.Second {
		t.Errorf("contributors ended %s after the last fault, want 60 s", slowest)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := finish(ctx, e, "r1"); err != nil {
		t.Fatal(err)
	}
	n := mustCheck(t, e, "r1", acked)
	t.Logf("%d items count, %d were acknowledged, log has %d records", n, len(acked), must(openLog(t, e, "r1").Head(t.Context())).Sequence)
	if n < len(acked) || len(acked) < 20*(len(counts)+1) {
		t.Errorf("%d items count and %d were acknowledged, want more", n, len(acked))
	}
	// Replicas find the round over.
	for _, w := range replicas {
		if _, err := w.upload(engine.ItemID{2}, draw(), 20*time.Second); err == nil || !strings.Contains(err.Error(), "frozen") {
			t.Errorf("upload after the freeze: %v", err)
		}
	}
	mustCheck(t, e, "r1", acked)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

type fault struct {
	name  string
	short bool
	do    func()
}

func (c *cluster) faults(replicas []*worker) []fault {
	restart := func(nodes ...*node) {
		for _, n := range nodes {
			c.start(n)
		}
		for _, n := range nodes {
			c.await(n)
		}
	}
	return []fault{
		{"killing a replica", true, func() {
			w := replicas[rand.IntN(2)]
			w.kill()
			c.work(w)
		}},
		{"killing a follower", false, func() {
			_, n := c.leader("LOG_0")
			c.kill(n)
			time.Sleep(500 * time.Millisecond)
			restart(n)
		}},
		{c.loss() + " of the segments' leader", false, func() {
			n, _ := c.leader("SEG_1_0")
			c.fail(n)
			restart(n)
		}},
		{"pausing a replica", false, func() {
			w := replicas[rand.IntN(2)]
			w.process.Process.Signal(syscall.SIGSTOP)
			time.Sleep(2 * time.Second)
			w.process.Process.Signal(syscall.SIGCONT)
		}},
		{"pausing the log's leader", false, func() {
			n, _ := c.leader("LOG_0")
			c.pause(n, 6*time.Second)
		}},
		{"killing the log's leader and a replica", true, func() {
			n, _ := c.leader("LOG_0")
			c.kill(n)
			replicas[0].kill()
			c.work(replicas[0]) // finds two servers
			time.Sleep(4 * time.Second)
			restart(n)
		}},
		{c.loss() + " of all servers", false, func() {
			for _, n := range c.nodes {
				if n.disk != nil {
					n.disk.cut(c.t)
				}
			}
			for _, n := range c.nodes {
				c.kill(n)
				if n.disk != nil {
					n.disk.restore(c.t)
				}
			}
			restart(c.nodes[:]...)
		}},
	}
}

func testExternalPreflight(t *testing.T, c *cluster) {
	open := func(change func(c *engine.Config)) (*engine.Engine, error) {
		config := c.engine()
		change(&config)
		e, err := engine.Open(t.Context(), config)
		if err == nil {
			t.Cleanup(func() { e.Close() })
		}
		return e, err
	}
	refused := func(name string, err error, want ...string) {
		t.Helper()
		if !errors.Is(err, engine.ErrPreflight) {
			t.Errorf("%s: got %v, want %v", name, err, engine.ErrPreflight)
			return
		}
		for _, w := range want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %v, which does not say %q", name, err, w)
			}
		}
	}
	_, err := open(func(c *engine.Config) { c.Monitors = nil })
	refused("no monitors", err, "can't be seen", "sync_interval: always")
	_, err = open(func(c *engine.Config) { c.Monitors = c.Monitors[:2] })
	refused("a server that is not monitored", err, "server n3")
	if !errors.Is(err, engine.ErrUnseen) {
		t.Errorf("a server that is not monitored: got %v, want %v", err, engine.ErrUnseen)
	}
	lax := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"server_name":"n2","jetstream":{"config":{"max_storage":1,"sync_interval":120000000000}}}`)
	}))
	defer lax.Close()
	_, err = open(func(c *engine.Config) { c.Monitors[1] = lax.URL; c.VouchSync = true })
	refused("a server with the default policy, vouched for", err, "n2", "sync_interval: always")
	e, err := open(func(c *engine.Config) { c.Monitors = c.Monitors[1:]; c.VouchSync = true })
	if err != nil {
		t.Fatal(err)
	}
	if r := e.Report(); !slices.Equal(r.Vouched, []string{"n1"}) || len(r.Synced) != 2 {
		t.Errorf("report %+v", r)
	}
	if r, err := e.Preflight(t.Context()); err != nil || len(r.Synced) != 2 {
		t.Errorf("preflight again: %+v, %v", r, err)
	}
	_, err = open(func(c *engine.Config) { c.Replicas = 5 })
	if err == nil {
		t.Error("five replicas on three servers")
	} else if !errors.Is(err, engine.ErrUnavailable) {
		refused("five replicas on three servers", err, "num_replicas")
	}
	other, err := natscluster.NewAuthority(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	files, err := other.Issue("sotto-aggregator")
	if err != nil {
		t.Fatal(err)
	}
	_, err = open(func(c *engine.Config) {
		c.TLS = files
		c.Patience, c.Grace = time.Second, time.Millisecond
	})
	if !errors.Is(err, engine.ErrUnavailable) {
		t.Errorf("certificate of another authority: %v, want %v", err, engine.ErrUnavailable)
	}
}

func testExternal(t *testing.T, e *engine.Engine) {
	l := openLog(t, e, "plain")
	largest := noise(1, engine.MaxRecordBytes)
	head := engine.Head{}
	for _, record := range [][]byte{nil, largest, []byte("third")} {
		h, err := l.Append(t.Context(), head, record)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.Append(t.Context(), head, record); !errors.Is(err, engine.ErrConflict) {
			t.Errorf("appending at a stale head: %v, want %v", err, engine.ErrConflict)
		}
		head = h
	}
	if got := readAll(t, openLog(t, e, "plain"), engine.Head{}); len(got) != 3 || len(got[1].Record) != len(largest) || got[2].Head != head {
		t.Errorf("got %d records", len(got))
	}
	s := openSegments(t, e, "plain")
	content := noise(2, 20*engine.ChunkBytes+5)
	segment, err := s.Put(t.Context(), strings.NewReader(string(content)))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.GetBytes(t.Context(), segment, 1<<30); err != nil || !slices.Equal(got, content) {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
	if err := s.Drop(t.Context(), segment.ID); err != nil {
		t.Fatal(err)
	}
	if got := list(t, s); len(got) != 0 {
		t.Errorf("%d segments are there after dropping the only one", len(got))
	}
}
