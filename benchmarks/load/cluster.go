package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"text/template"
	"time"

	"sotto/aggregator/engine"
)

// reach says how a replica reaches a cluster.
type reach struct {
	Servers, Monitors []string
	TLS               engine.TLSFiles
}

// cluster is three nats-server processes on this machine, as docs/operations.md sets them up: each write synced, mutual TLS everywhere.
type cluster struct {
	reach
	nodes []*exec.Cmd
}

// startCluster builds the server from the module that the engine is built on and starts three of them with their files below dir.
func startCluster(ctx context.Context, dir string) (c *cluster, err error) {
	c = new(cluster)
	defer func() {
		if err != nil {
			c.stop()
		}
	}()
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "sotto").Output()
	if err != nil {
		return nil, fmt.Errorf("looking for the repository: %w", err)
	}
	binary := filepath.Join(dir, "nats-server")
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, "github.com/nats-io/nats-server/v2")
	build.Dir = strings.TrimSpace(string(root))
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building nats-server: %w: %s", err, out)
	}
	conf, err := template.ParseFiles(filepath.Join(build.Dir, "aggregator", "engine", "testdata", "nats-server.conf"))
	if err != nil {
		return nil, err
	}
	authority, err := newAuthority(dir)
	if err != nil {
		return nil, err
	}
	if c.TLS, err = authority.issue("sotto-aggregator"); err != nil {
		return nil, err
	}
	const servers = 3
	addresses, err := freeAddresses(3 * servers)
	if err != nil {
		return nil, err
	}
	var routes []string
	for i := range servers {
		routes = append(routes, "tls://"+addresses[3*i+2])
		c.Servers, c.Monitors = append(c.Servers, "nats://"+addresses[3*i]), append(c.Monitors, "http://"+addresses[3*i+1])
	}
	for i := range servers {
		name := fmt.Sprintf("n%d", i+1)
		tls, err := authority.issue(name)
		if err != nil {
			return nil, err
		}
		var text bytes.Buffer
		if err := conf.Execute(&text, map[string]any{"Name": name, "Tag": fmt.Sprintf("sotto-%d", i+1), "Listen": addresses[3*i], "Monitor": addresses[3*i+1], "Cluster": addresses[3*i+2],
			"Store": filepath.Join(dir, name), "MaxStore": "16GB", "Cert": tls.Cert, "Key": tls.Key, "CA": tls.CA, "Routes": routes}); err != nil {
			return nil, err
		}
		file := filepath.Join(dir, name+".conf")
		if err := os.WriteFile(file, text.Bytes(), 0o600); err != nil {
			return nil, err
		}
		node := exec.CommandContext(ctx, binary, "-c", file, "-l", filepath.Join(dir, name+".log"))
		if err := node.Start(); err != nil {
			return nil, err
		}
		c.nodes = append(c.nodes, node)
	}
	for _, m := range c.Monitors {
		if err := await(ctx, m+"/healthz?js-server-only=true"); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// await waits until a server says that it is part of the cluster.
func await(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		if answer, err := http.DefaultClient.Do(request); err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w", url, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// cpu returns the processor time that the servers have used, in seconds; ok is false where the system does not say.
func (c *cluster) cpu() (seconds float64, ok bool) {
	const ticks = 100 // a second, on every Linux
	for _, n := range c.nodes {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", n.Process.Pid))
		if err != nil {
			return 0, false
		}
		_, after, _ := strings.Cut(string(stat), ") ") // the name may hold spaces
		fields := strings.Fields(after)
		if len(fields) < 13 {
			return 0, false
		}
		for _, f := range fields[11:13] { // utime and stime: proc(5)
			t, err := strconv.ParseFloat(f, 64)
			if err != nil {
				return 0, false
			}
			seconds += t / ticks
		}
	}
	return seconds, true
}

func (c *cluster) stop() {
	for _, n := range c.nodes {
		n.Process.Kill()
		n.Wait() // killed, as it says
	}
}

// freeAddresses returns addresses of this machine on which nobody listens now.
func freeAddresses(n int) (addresses []string, err error) {
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		addresses = append(addresses, l.Addr().String())
	}
	return addresses, nil
}

// authority issues the certificates of a cluster and of who uses it.
type authority struct {
	dir         string
	key         *ecdsa.PrivateKey
	certificate *x509.Certificate
}

func newAuthority(dir string) (a *authority, err error) {
	a = &authority{dir: dir}
	a.key, a.certificate, err = a.make("ca", &x509.Certificate{Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	return a, err
}

func (a *authority) issue(name string) (engine.TLSFiles, error) {
	_, _, err := a.make(name, &x509.Certificate{Subject: pkix.Name{CommonName: name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}})
	return engine.TLSFiles{CA: filepath.Join(a.dir, "ca.pem"), Cert: filepath.Join(a.dir, name+".pem"), Key: filepath.Join(a.dir, name+".key")}, err
}

// make makes a key and its certificate, and writes both.
func (a *authority) make(name string, c *x509.Certificate) (*ecdsa.PrivateKey, *x509.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	if c.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)); err != nil {
		return nil, nil, err
	}
	c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour)
	parent, signer := a.certificate, a.key
	if parent == nil {
		parent, signer = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), signer)
	if err != nil {
		return nil, nil, err
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, nil, err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, err
	}
	write := func(file, kind string, b []byte) error {
		return os.WriteFile(filepath.Join(a.dir, file), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}), 0o600)
	}
	return key, made, errors.Join(write(name+".pem", "CERTIFICATE", der), write(name+".key", "PRIVATE KEY", pkcs8))
}
