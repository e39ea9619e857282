package chaos

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"time"
)

// fault does harm, and repairs what nobody else does. It says what it has done.
type fault struct {
	name string
	do   func(n *network, r *rand.Rand) string
}

// between draws a time.
func between(r *rand.Rand, least, most time.Duration) time.Duration {
	return least + time.Duration(r.Int64N(int64(most-least)))
}

// back starts nodes again and waits until they are there.
func (n *network) back(nodes ...*node) {
	for _, one := range nodes {
		n.cluster.start(one)
	}
	for _, one := range nodes {
		n.cluster.await(one)
	}
}

var faults = []fault{
	{"kill a replica", func(n *network, r *rand.Rand) string {
		i := r.IntN(replicas)
		n.replicas[i].kill(between(r, 0, 2*time.Second))
		return n.replicas[i].name
	}},
	{"kill two replicas", func(n *network, r *rand.Rand) string {
		order := r.Perm(replicas)
		for _, i := range order[:2] {
			n.replicas[i].kill(between(r, 0, 2*time.Second))
		}
		return fmt.Sprint(order[:2])
	}},
	{"pause a replica", func(n *network, r *rand.Rand) string {
		p, d := n.replicas[r.IntN(replicas)], between(r, 2*time.Second, 6*time.Second)
		p.signal(syscall.SIGSTOP)
		time.Sleep(d)
		p.signal(syscall.SIGCONT)
		return fmt.Sprintf("%s for %s", p.name, d.Round(time.Millisecond))
	}},
	{"kill a member", func(n *network, r *rand.Rand) string {
		p := n.members[r.IntN(members)]
		p.kill(between(r, 0, 2*time.Second))
		return p.name
	}},
	{"kill the node that leads", func(n *network, r *rand.Rand) string {
		one := n.cluster.leader()
		one.kill()
		time.Sleep(between(r, 0, 5*time.Second))
		n.back(one)
		return one.Name
	}},
	{"kill a node", func(n *network, r *rand.Rand) string {
		one := n.cluster.nodes[r.IntN(3)]
		one.kill()
		time.Sleep(between(r, 0, 3*time.Second))
		n.back(one)
		return one.Name
	}},
	{"pause a node", func(n *network, r *rand.Rand) string {
		one, d := n.cluster.nodes[r.IntN(3)], between(r, 4*time.Second, 10*time.Second)
		if r.IntN(2) == 0 {
			one = n.cluster.leader()
		}
		one.signal(syscall.SIGSTOP)
		time.Sleep(d)
		one.signal(syscall.SIGCONT)
		return fmt.Sprintf("%s for %s", one.Name, d.Round(time.Millisecond))
	}},
	{"kill a node and a replica", func(n *network, r *rand.Rand) string {
		one, p := n.cluster.leader(), n.replicas[r.IntN(replicas)]
		one.kill()
		p.kill(0) // comes back to two nodes
		time.Sleep(between(r, 2*time.Second, 5*time.Second))
		n.back(one)
		return one.Name + " and " + p.name
	}},
	{"kill all nodes", func(n *network, r *rand.Rand) string {
		for _, one := range n.cluster.nodes {
			one.kill()
		}
		time.Sleep(between(r, 0, 6*time.Second))
		n.back(n.cluster.nodes[:]...)
		return ""
	}},
	{"cut all connections", func(n *network, r *rand.Rand) string {
		n.balancer.cutAll()
		for _, b := range n.direct {
			b.cutAll()
		}
		return ""
	}},
	{"cut a replica off from the engine", func(n *network, r *rand.Rand) string {
		if n.namespaces == nil {
			return "which can't be done here"
		}
		i, d := r.IntN(replicas), between(r, 3*time.Second, 9*time.Second)
		if err := n.namespaces[i].cut(true); err != nil {
			n.t.Error(err)
		}
		time.Sleep(d)
		if err := n.namespaces[i].cut(false); err != nil {
			n.t.Error(err)
		}
		return fmt.Sprintf("%s for %s", n.replicas[i].name, d.Round(time.Millisecond))
	}},
}

// faults does every fault once, in an order that the seed gives, or random ones for a time.
func (n *network) faults(seed uint64, d time.Duration) {
	r := rand.New(rand.NewPCG(seed, 0))
	do := func(f fault) {
		begun := time.Now()
		what := f.do(n, r)
		n.t.Log(strings.TrimSpace(fmt.Sprintf("%s: %s %s", time.Since(begun).Round(time.Millisecond), f.name, what)))
	}
	if d == 0 {
		for _, i := range r.Perm(len(faults)) {
			do(faults[i])
			time.Sleep(between(r, 500*time.Millisecond, 2500*time.Millisecond))
		}
		return
	}
	for end := time.Now().Add(d); time.Now().Before(end); {
		do(faults[r.IntN(len(faults))])
		time.Sleep(between(r, 0, 4*time.Second))
	}
}
