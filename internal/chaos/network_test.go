package chaos

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// namespace is a network of one replica's own, with one link, to the machine that the engine's nodes run on. Nil is the machine's network.
type namespace struct {
	name, host string // the machine's address in it
	link       string // the machine's end
}

// newNamespaces makes namespaces, or says why that can't be done.
func newNamespaces(t testing.TB, n int) (_ []*namespace, why string) {
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		return nil, "needs Linux and root"
	}
	if _, err := exec.LookPath("ip"); err != nil {
		return nil, "needs the ip command"
	}
	var all []*namespace
	for i := range n {
		number := rand.IntN(1 << 12)
		name := fmt.Sprintf("chaos-%d", number)
		s := &namespace{name: name, link: fmt.Sprintf("ch%d", number), host: fmt.Sprintf("198.18.%d.%d", number>>4, number&15*16+1)}
		inside := fmt.Sprintf("198.18.%d.%d", number>>4, number&15*16+2)
		t.Cleanup(func() { // the links go with the namespace
			exec.Command("ip", "link", "delete", s.link).Run()
			exec.Command("ip", "netns", "delete", name).Run()
		})
		for _, command := range []string{
			"netns add " + name,
			"link add " + s.link + " type veth peer name engine netns " + name,
			"address add " + s.host + "/28 dev " + s.link,
			"link set " + s.link + " up",
			"-n " + name + " address add " + inside + "/28 dev engine",
			"-n " + name + " link set lo up",
			"-n " + name + " link set engine up",
			"-n " + name + " route add default via " + s.host,
		} {
			if out, err := exec.Command("ip", strings.Fields(command)...).CombinedOutput(); err != nil {
				return nil, fmt.Sprintf("namespace %d: ip %s: %s", i+1, command, strings.TrimSpace(string(out)))
			}
		}
		all = append(all, s)
	}
	return all, ""
}

// command returns a command that runs in the namespace.
func (s *namespace) command(binary string) *exec.Cmd {
	if s == nil {
		return exec.Command(binary)
	}
	return exec.Command("ip", "netns", "exec", s.name, binary) // which becomes the binary
}

// cut takes the link away, or brings it back.
func (s *namespace) cut(cut bool) error {
	state := "up"
	if cut {
		state = "down"
	}
	if out, err := exec.Command("ip", "link", "set", s.link, state).CombinedOutput(); err != nil {
		return fmt.Errorf("setting link %s %s: %s", s.link, state, out)
	}
	return nil
}

// balancer is a plain TCP balancer before replicas. Connections come to replicas at random, and some are cut in the middle.
type balancer struct {
	listener net.Listener
	sockets  []string     // of replicas
	cutting  atomic.Int64 // of a thousand connections
	cuts     atomic.Int64 // were cut

	mu   sync.Mutex
	open map[net.Conn]bool
}

// newBalancer starts a balancer.
func newBalancer(t testing.TB, sockets ...string) *balancer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &balancer{listener: l, sockets: sockets, open: make(map[net.Conn]bool)}
	t.Cleanup(func() {
		l.Close()
		b.cutAll()
	})
	go func() {
		for {
			c, err := l.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err == nil {
				go b.serve(c)
			}
		}
	}()
	return b
}

func (b *balancer) address() string { return b.listener.Addr().String() }

func (b *balancer) serve(from net.Conn) {
	defer from.Close()
	var to net.Conn
	err := errors.New("no replica")
	for _, i := range rand.Perm(len(b.sockets)) {
		if to, err = net.Dial("unix", b.sockets[i]); err == nil {
			break
		}
	}
	if err != nil {
		return
	}
	defer to.Close()
	b.mu.Lock()
	b.open[from] = true
	b.mu.Unlock()
	defer func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.open, from)
	}()
	in := io.Reader(from)
	if rand.Int64N(1000) < b.cutting.Load() {
		b.cuts.Add(1)
		in = io.LimitReader(from, 2000+rand.Int64N(uploadBytes))
	}
	go func() {
		io.Copy(from, to)
		from.Close()
	}()
	io.Copy(to, in)
}

// cutAll cuts all connections.
func (b *balancer) cutAll() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for c := range b.open {
		c.Close()
	}
}
