package chaos

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"sotto/aggregator/engine"
	"sotto/internal/natscluster"
)

// natsServer builds the server of the module's own version, once for all tests of a process.
var natsServer = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "chaos-nats-")
	if err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "nats-server")
	return binary, natscluster.Build(binary)
})

// cluster is three engine nodes.
type cluster struct {
	t      testing.TB
	dir    string
	binary string
	config *natscluster.Cluster
	nodes  [3]*node
}

type node struct {
	natscluster.Node
	mu      sync.Mutex
	process *exec.Cmd
}

// newCluster starts three nodes that are reached at any of the machine's addresses.
func newCluster(t testing.TB, dir string) *cluster {
	t.Helper()
	binary, err := natsServer()
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{t: t, dir: dir, binary: binary}
	if c.config, err = natscluster.Configure(dir, natscluster.Options{Everywhere: true}); err != nil {
		t.Fatal(err)
	}
	for i := range c.nodes {
		n := &node{Node: c.config.Nodes[i]}
		c.nodes[i] = n
		t.Cleanup(func() { n.kill() })
		c.start(n)
	}
	for _, n := range c.nodes {
		c.await(n)
	}
	return c
}

func (c *cluster) start(n *node) {
	n.mu.Lock()
	defer n.mu.Unlock()
	log, err := os.OpenFile(filepath.Join(c.dir, n.Name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		c.t.Error(err)
		return
	}
	defer log.Close()
	n.process = exec.Command(c.binary, "-c", n.Config)
	n.process.Stdout, n.process.Stderr = log, log
	if err := n.process.Start(); err != nil {
		c.t.Error(err)
	}
}

func (n *node) kill() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.process.ProcessState == nil {
		n.process.Process.Kill()
		n.process.Wait()
	}
}

func (n *node) signal(s syscall.Signal) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.process.Process.Signal(s)
}

// await waits until a node is part of the cluster.
func (c *cluster) await(n *node) {
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		r, err := http.Get(n.URL("127.0.0.1", "healthz?js-server-only=true"))
		if err != nil {
			continue
		}
		r.Body.Close()
		if r.StatusCode == http.StatusOK {
			return
		}
	}
	c.t.Errorf("engine node %s is not ready after a minute", n.Name)
}

// leader returns the node that leads the newest stream of logs, or another one when none says so.
func (c *cluster) leader() *node {
	newest, leader := "", c.nodes[0]
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
				if len(s.Name) < 4 || s.Name[:4] != "LOG_" || s.Name < newest || s.Cluster.Leader == "" {
					continue
				}
				newest = s.Name
				for _, m := range c.nodes {
					if m.Name == s.Cluster.Leader {
						leader = m
					}
				}
			}
		}
	}
	return leader
}

// engineAt is how an engine's user at host reaches the cluster.
func (c *cluster) engineAt(host string) engineConfig {
	return engineConfig{Servers: c.config.Servers(host), Monitors: c.config.Monitors(host), TLS: c.config.TLS}
}

// engineConfig is what replicas are told of the engine.
type engineConfig struct {
	Servers, Monitors []string
	TLS               engine.TLSFiles
}

func (e engineConfig) config() engine.Config {
	// A replica that is started while a node is down can't see all of them.
	return engine.Config{Servers: e.Servers, Monitors: e.Monitors, TLS: e.TLS, VouchSync: true, Slots: 2, Timeout: 2 * time.Second, Patience: 40 * time.Second, Grace: 20 * time.Second}
}
