// Package natscluster configures the three servers of an external engine for tests: aggregator/engine/testdata/nats-server.conf, filled in for
// free ports of one machine, with certificates of an authority made for the purpose. Tests run the servers themselves.
package natscluster

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/template"

	"sotto/aggregator/engine"
)

// config is the configuration that docs/operations.md names. Tests run in their package's folder, which is two below the module's.
const config = "../../aggregator/engine/testdata/nats-server.conf"

// Build builds nats-server of the version that the module requires, at path.
func Build(path string) error {
	out, err := exec.Command("go", "build", "-o", path, "github.com/nats-io/nats-server/v2").CombinedOutput()
	if err != nil {
		return fmt.Errorf("building nats-server: %v\n%s", err, out)
	}
	return nil
}

// A Cluster is three configured servers.
type Cluster struct {
	TLS   engine.TLSFiles // of an aggregator
	Nodes [3]Node
}

// A Node is one server.
type Node struct {
	Name, Config            string // its configuration is a file
	Client, Monitor, routes int    // ports
}

// Options say what differs between tests.
type Options struct {
	// Everywhere says that clients and monitors are served at all addresses of the machine, not at loopback alone.
	Everywhere bool
	// Store returns the directory of a server's data and how much it may take; nil for a directory beside the configuration and 4 GB.
	Store func(node int) (dir, limit string)
}

// Configure writes the configuration and the certificates of three servers into dir. Nobody listens on their ports yet.
func Configure(dir string, o Options) (*Cluster, error) {
	settings, err := template.ParseFiles(config)
	if err != nil {
		return nil, err
	}
	host, addresses := "127.0.0.1", []net.IP{net.IPv4(127, 0, 0, 1)}
	if o.Everywhere {
		host = "0.0.0.0"
		all, err := net.InterfaceAddrs()
		if err != nil {
			return nil, err
		}
		for _, one := range all {
			if n, ok := one.(*net.IPNet); ok {
				addresses = append(addresses, n.IP)
			}
		}
	}
	authority, err := NewAuthority(dir)
	if err != nil {
		return nil, err
	}
	ports, err := freePorts(host, 9)
	if err != nil {
		return nil, err
	}
	var c Cluster
	if c.TLS, err = authority.Issue("sotto-aggregator", addresses...); err != nil {
		return nil, err
	}
	var routes []string
	for i := range c.Nodes {
		name := fmt.Sprintf("n%d", i+1)
		c.Nodes[i] = Node{Name: name, Config: filepath.Join(dir, name+".conf"), Client: ports[3*i], Monitor: ports[3*i+1], routes: ports[3*i+2]}
		routes = append(routes, fmt.Sprintf("tls://127.0.0.1:%d", ports[3*i+2]))
	}
	for i, n := range c.Nodes {
		store, limit := filepath.Join(dir, n.Name), "4GB"
		if o.Store != nil {
			store, limit = o.Store(i)
		}
		files, err := authority.Issue(n.Name, addresses...)
		if err != nil {
			return nil, err
		}
		f, err := os.Create(n.Config)
		if err != nil {
			return nil, err
		}
		err = settings.Execute(f, map[string]any{"Name": n.Name, "Tag": fmt.Sprintf("sotto-%d", i+1), "Listen": fmt.Sprintf("%s:%d", host, n.Client),
			"Monitor": fmt.Sprintf("%s:%d", host, n.Monitor), "Cluster": fmt.Sprintf("127.0.0.1:%d", n.routes), "Store": store, "MaxStore": limit,
			"Cert": files.Cert, "Key": files.Key, "CA": files.CA, "Routes": routes})
		if err := errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
	}
	return &c, nil
}

// Servers returns the URLs of the servers, as they are reached at host.
func (c *Cluster) Servers(host string) (urls []string) {
	for _, n := range c.Nodes {
		urls = append(urls, fmt.Sprintf("nats://%s:%d", host, n.Client))
	}
	return urls
}

// Monitors returns the URLs of the servers' monitoring ports, as they are reached at host.
func (c *Cluster) Monitors(host string) (urls []string) {
	for _, n := range c.Nodes {
		urls = append(urls, strings.TrimSuffix(n.URL(host, ""), "/"))
	}
	return urls
}

// URL returns where a path of the node's monitoring port is reached at host.
func (n *Node) URL(host, path string) string {
	return fmt.Sprintf("http://%s:%d/%s", host, n.Monitor, path)
}

// freePorts returns ports that nobody listens on.
func freePorts(host string, n int) (ports []int, err error) {
	for range n {
		l, err := net.Listen("tcp", host+":0")
		if err != nil {
			return nil, err
		}
		defer l.Close() // all at the end, so that none comes twice
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}
