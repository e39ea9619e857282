package simulate

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/cryptotest"
	"time"
)

var (
	seeds = flag.Int("seeds", 500, "how many simulated runs")
	seed  = flag.Int64("seed", -1, "the only run to simulate, with its trace")
)

// folder returns an empty folder, in memory where the machine has such a place: what is written is synced often.
func folder(t testing.TB) string {
	t.Helper()
	if info, err := os.Stat("/dev/shm"); err != nil || !info.IsDir() {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp("/dev/shm", "sotto-simulate-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// worlds returns worlds with committees of 4 and 7 members, the same in every process.
func worlds(t *testing.T) map[int]*World {
	t.Helper()
	dir := folder(t)
	w := map[int]*World{}
	// In a test of its own, at whose end randomness is random again.
	t.Run("committees", func(t *testing.T) {
		cryptotest.SetGlobalRandom(t, 1)
		for _, n := range []int{4, 7} {
			var err error
			if w[n], err = NewWorld(n, filepath.Join(dir, fmt.Sprint(n))); err != nil {
				t.Fatal(err)
			}
		}
	})
	if t.Failed() {
		t.FailNow()
	}
	return w
}

// membersOf returns the size of the committee in a run.
func membersOf(seed uint64) int {
	if seed%8 == 7 {
		return 7
	}
	return 4
}

// run makes the run of a seed and returns the network after it. All randomness of all parties is drawn from the seed, so that the run is
// the same wherever it is made.
func run(t *testing.T, w map[int]*World, dir string, seed uint64) (Script, *Network, error) {
	defer os.RemoveAll(dir)
	cryptotest.SetGlobalRandom(t, seed)
	n := membersOf(seed)
	s := NewScript(seed, n)
	net, err := w[n].Network(dir)
	if err != nil {
		return s, nil, err
	}
	defer net.aggregator.Close()
	return s, net, net.Run(s)
}

// partVariable tells a process that it makes the runs whose seeds leave a rest, as in 0/2.
const partVariable = "SOTTO_SIMULATE_PART"

// TestSimulateWithTestInsecureRings runs scripts of what may happen to a network, each from a seed. Replay one with -seed.
//
// The randomness of a run is that of its process, so processes and not goroutines share the work.
func TestSimulateWithTestInsecureRings(t *testing.T) {
	count := *seeds
	if testing.Short() {
		count = min(count, 24)
	}
	part := os.Getenv(partVariable)
	if part == "" && *seed < 0 {
		share(t, count)
		return
	}
	w, dir := worlds(t), folder(t)
	if *seed >= 0 {
		s, net, err := run(t, w, filepath.Join(dir, "replay"), uint64(*seed))
		t.Logf("%v\n%s", s, strings.Join(net.Trace, "\n"))
		if err != nil {
			t.Error(err)
		}
		return
	}
	var rest, parts uint64
	if _, err := fmt.Sscanf(part, "%d/%d", &rest, &parts); err != nil {
		t.Fatalf("%s is %q: %v", partVariable, part, err)
	}
	tally := map[string]int{}
	for seed := rest; seed < uint64(count); seed += parts {
		s, net, err := run(t, w, filepath.Join(dir, fmt.Sprint(seed)), seed)
		if err != nil {
			t.Errorf("%v\n%s\n%v", s, strings.Join(net.Trace, "\n"), err)
		}
		net.count(tally)
	}
	t.Logf("part %s of %d runs: %v", part, count, tally)
}

// share has as many processes as there are processors make the runs.
func share(t *testing.T, count int) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	parts := runtime.GOMAXPROCS(0)
	for i := range parts {
		c := exec.CommandContext(t.Context(), program, "-test.run=^"+t.Name()+"$", "-test.v", fmt.Sprintf("-seeds=%d", count))
		c.Env = append(os.Environ(), fmt.Sprintf("%s=%d/%d", partVariable, i, parts), "GOMAXPROCS=1")
		wait.Go(func() {
			output, err := c.CombinedOutput()
			t.Logf("%s", output)
			if err != nil {
				t.Errorf("part %d of %d: %v", i, parts, err)
			}
		})
	}
	wait.Wait()
}

// count adds up what happened in a run.
func (n *Network) count(tally map[string]int) {
	tally["certified"] += len(n.certified)
	for _, line := range n.Trace {
		for _, what := range []string{"skipped:", "accepted", "refused:", "a person has to look", "restart aggregator", "restart ", "already contributed", "disclosed true"} {
			if strings.Contains(line, what) {
				tally[strings.Trim(what, " :")]++
			}
		}
	}
	for _, o := range n.outcomes {
		for _, node := range o.Nodes {
			tally[fmt.Sprintf("nodes opened %t", node.Opened)]++
			tally["disagreements"] += len(node.Disagreeing)
		}
	}
}

// TestSimulationIsDeterministic makes runs twice.
func TestSimulationIsDeterministic(t *testing.T) {
	w, dir := worlds(t), folder(t)
	for seed := range uint64(3) {
		_, first, err := run(t, w, filepath.Join(dir, "first"), seed)
		if err != nil {
			t.Error(err)
		}
		_, second, err := run(t, w, filepath.Join(dir, "second"), seed)
		if err != nil {
			t.Error(err)
		}
		if !slices.Equal(first.Trace, second.Trace) || first.chain.head != second.chain.head {
			t.Errorf("seed %d:\n%s\nand then\n%s", seed, strings.Join(first.Trace, "\n"), strings.Join(second.Trace, "\n"))
		}
	}
}

// TestSimulateKeyGeneration lets the first committee and then another one be formed while members and the aggregator are restarted and
// records come late. All members are needed for a key, so none stays away for good.
func TestSimulateKeyGeneration(t *testing.T) {
	dir := folder(t)
	count := uint64(24)
	if testing.Short() {
		count = 4
	}
	first, last := uint64(0), count
	if *seed >= 0 {
		first, last = uint64(*seed), uint64(*seed)+1
	}
	for seed := first; seed < last; seed++ {
		n, ops, err := keyGeneration(t, filepath.Join(dir, fmt.Sprint(seed)), seed)
		if err != nil {
			t.Fatal(err)
		}
		if len(n.wrong) > 0 || n.chain.head.Epoch != 2 || n.chain.head.Count < 2 {
			t.Errorf("seed %d ends in epoch %d after %d certified rounds:\n%s\n%s", seed, n.chain.head.Epoch, n.chain.head.Count, Script{seed, nil, ops}, strings.Join(n.Trace, "\n"))
		}
	}
}

func keyGeneration(t *testing.T, dir string, seed uint64) (*Network, []Operation, error) {
	defer os.RemoveAll(dir)
	cryptotest.SetGlobalRandom(t, seed)
	rnd := rand.New(rand.NewPCG(seed, 2))
	w, err := newWorld(5, dir)
	if err != nil {
		return nil, nil, err
	}
	w.chain.Nominate(identities(1, 2, 3, 4))
	n, err := w.network(dir)
	if err != nil {
		return nil, nil, err
	}
	var done []Operation
	disturb := func(count int) error {
		for range count {
			o := Operation{What: weighted(rnd, "restart", 2, "restart aggregator", 1, "reorder", 1, "reread", 1, "advance", 2, "scramble", 8, "repeat", 1)}
			switch o.What {
			case "restart", "reorder", "reread":
				o.Who = 1 + rnd.IntN(5)
			case "advance":
				o.N = 1 + rnd.IntN(25)
			case "scramble":
				o.N = 1 + rnd.IntN(1000)
			}
			done = append(done, o)
			n.tracef("> %s", o)
			if err := n.do(o); err != nil {
				return err
			}
		}
		return nil
	}
	if err := disturb(rnd.IntN(12)); err != nil {
		return n, done, err
	}
	n.await(1)
	n.chain.register()
	if err := n.order(); err != nil {
		return n, done, nil
	}
	next := [][]int{{2, 3, 4, 5}, {5, 1, 2, 3}, {4, 3, 2, 1}}[rnd.IntN(3)]
	n.tracef("> nominate %v", next)
	n.chain.Nominate(identities(next...))
	if err := disturb(rnd.IntN(16)); err != nil {
		return n, done, err
	}
	n.await(2)
	_ = n.order()
	return n, done, nil
}

// await lets time pass until the chain is in an epoch.
func (n *Network) await(epoch uint64) {
	for _, m := range n.members {
		m.next = 0
	}
	for range 600 {
		n.settle()
		if n.chain.head.Epoch >= epoch {
			return
		}
		n.now = n.now.Add(time.Second)
	}
	n.wrongf("no committee of epoch %d", epoch)
}

// TestSlowMemberBesideALiar was seed 345: a quorum of releases is there, one of them a lie, and the fourth member's, with which the nodes
// open, comes a little later than the aggregator waits for members who are needed for nothing.
func TestSlowMemberBesideALiar(t *testing.T) {
	w := worlds(t)
	n, err := w[4].Network(filepath.Join(folder(t), "network"))
	if err != nil {
		t.Fatal(err)
	}
	s := Script{Liars: []int{1}, Operations: []Operation{{What: "settle"}}}
	for who := range people {
		s.Operations = append(s.Operations, Operation{What: "submit", Who: who + 1})
	}
	s.Operations = append(s.Operations, Operation{What: "close"})
	if err := n.runAll(s); err != nil {
		t.Fatal(err)
	}
	n.members[3].down = true // beside the liar, which is one more than is tolerated, for 2 s
	n.settle()
	n.now = n.now.Add(2 * time.Second)
	n.settle()
	n.members[3].down = false
	n.settle()
	n.now = n.now.Add(2 * time.Second)
	n.settle()
	o := n.outcomes[1]
	if o == nil || !n.certified[1] {
		t.Fatalf("round 1 is not certified:\n%s", strings.Join(n.Trace, "\n"))
	}
	n.undisturbed(1)
	if err := n.Check(); err != nil {
		t.Errorf("%v\n%s", err, strings.Join(n.Trace, "\n"))
	}
}
