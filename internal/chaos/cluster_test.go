package chaos

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"text/template"
	"time"

	"sotto/aggregator/engine"
)

// natsServer builds the server of the module's own version, once for all tests of a process.
var natsServer = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "chaos-nats-")
	if err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "nats-server")
	out, err := exec.Command("go", "build", "-o", binary, "github.com/nats-io/nats-server/v2").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building nats-server: %v\n%s", err, out)
	}
	return binary, nil
})

// cluster is three engine nodes.
type cluster struct {
	t      testing.TB
	dir    string
	binary string
	tls    engine.TLSFiles // of clients
	nodes  [3]*node
}

type node struct {
	name, conf      string
	client, monitor int // ports
	mu              sync.Mutex
	process         *exec.Cmd
}

// newCluster starts three nodes that are reached at any of the machine's addresses.
func newCluster(t testing.TB, dir string) *cluster {
	t.Helper()
	binary, err := natsServer()
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{t: t, dir: dir, binary: binary}
	authority := newAuthority(t, dir)
	c.tls = authority.issue(t, "sotto-aggregator")
	conf := template.Must(template.ParseFiles("../../aggregator/engine/testdata/nats-server.conf"))
	ports := freePorts(t, 9)
	var routes []string
	for i := range 3 {
		routes = append(routes, fmt.Sprintf("tls://127.0.0.1:%d", ports[3*i+2]))
	}
	for i := range c.nodes {
		n := &node{name: fmt.Sprintf("n%d", i+1), client: ports[3*i], monitor: ports[3*i+1]}
		n.conf = filepath.Join(dir, n.name+".conf")
		files := authority.issue(t, n.name)
		f, err := os.Create(n.conf)
		if err != nil {
			t.Fatal(err)
		}
		err = conf.Execute(f, map[string]any{"Name": n.name, "Tag": fmt.Sprintf("sotto-%d", i+1), "Listen": fmt.Sprintf("0.0.0.0:%d", n.client),
			"Monitor": fmt.Sprintf("0.0.0.0:%d", n.monitor), "Cluster": routes[i][len("tls://"):], "Store": filepath.Join(dir, n.name), "MaxStore": "4GB",
			"Cert": files.Cert, "Key": files.Key, "CA": files.CA, "Routes": routes})
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
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
	log, err := os.OpenFile(filepath.Join(c.dir, n.name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		c.t.Error(err)
		return
	}
	defer log.Close()
	n.process = exec.Command(c.binary, "-c", n.conf)
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
		r, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/healthz?js-server-only=true", n.monitor))
		if err != nil {
			continue
		}
		r.Body.Close()
		if r.StatusCode == http.StatusOK {
			return
		}
	}
	c.t.Errorf("engine node %s is not ready after a minute", n.name)
}

// leader returns the node that leads the newest stream of logs, or another one when none says so.
func (c *cluster) leader() *node {
	newest, leader := "", c.nodes[0]
	for _, n := range c.nodes {
		r, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/jsz?acc=SOTTO&streams=true", n.monitor))
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
					if m.name == s.Cluster.Leader {
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
	e := engineConfig{TLS: c.tls}
	for _, n := range c.nodes {
		e.Servers = append(e.Servers, fmt.Sprintf("nats://%s:%d", host, n.client))
		e.Monitors = append(e.Monitors, fmt.Sprintf("http://%s:%d", host, n.monitor))
	}
	return e
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

func freePorts(t testing.TB, n int) (ports []int) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "0.0.0.0:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

// authority issues certificates for all of the machine's addresses.
type authority struct {
	dir         string
	key         *ecdsa.PrivateKey
	certificate *x509.Certificate
}

func newAuthority(t testing.TB, dir string) *authority {
	t.Helper()
	a := &authority{dir: dir}
	a.key, a.certificate = a.make(t, "ca", &x509.Certificate{Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	return a
}

func (a *authority) issue(t testing.TB, name string) engine.TLSFiles {
	t.Helper()
	all, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	addresses := []net.IP{net.IPv4(127, 0, 0, 1)}
	for _, one := range all {
		if n, ok := one.(*net.IPNet); ok {
			addresses = append(addresses, n.IP)
		}
	}
	a.make(t, name, &x509.Certificate{Subject: pkix.Name{CommonName: name}, IPAddresses: addresses, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}})
	return engine.TLSFiles{CA: filepath.Join(a.dir, "ca.pem"), Cert: filepath.Join(a.dir, name+".pem"), Key: filepath.Join(a.dir, name+".key")}
}

func (a *authority) make(t testing.TB, name string, c *x509.Certificate) (*ecdsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if c.SerialNumber, err = rand.Int(rand.Reader, big.NewInt(1<<62)); err != nil {
		t.Fatal(err)
	}
	c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour)
	parent, signer := a.certificate, a.key
	if parent == nil {
		parent, signer = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{name + ".pem": {Type: "CERTIFICATE", Bytes: der}, name + ".key": {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		if err := os.WriteFile(filepath.Join(a.dir, file), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return key, made
}
