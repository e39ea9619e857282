package simulate

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/cryptotest"
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

// run makes the run of a script and returns the network after it.
func run(w *World, dir string, s Script) (*Network, error) {
	defer os.RemoveAll(dir)
	n, err := w.Network(dir)
	if err != nil {
		return nil, err
	}
	return n, n.Run(s)
}

// TestSimulateWithTestInsecureRings runs scripts of what may happen to a network, each from a seed. Replay one with -seed.
func TestSimulateWithTestInsecureRings(t *testing.T) {
	w := worlds(t)
	dir := folder(t)
	if *seed >= 0 {
		n := membersOf(uint64(*seed))
		s := NewScript(uint64(*seed), n)
		net, err := run(w[n], filepath.Join(dir, "replay"), s)
		t.Logf("%v\n%s", s, strings.Join(net.Trace, "\n"))
		if err != nil {
			t.Error(err)
		}
		return
	}
	count := *seeds
	if testing.Short() {
		count = min(count, 24)
	}
	var wait sync.WaitGroup
	var mu sync.Mutex
	tally := map[string]int{}
	work := make(chan uint64)
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for seed := range work {
				n := membersOf(seed)
				s := NewScript(seed, n)
				net, err := run(w[n], filepath.Join(dir, fmt.Sprint(seed)), s)
				if err != nil {
					t.Errorf("%v\n%s\n%v", s, strings.Join(net.Trace, "\n"), err)
				}
				mu.Lock()
				net.count(tally)
				mu.Unlock()
			}
		})
	}
	for seed := range uint64(count) {
		work <- seed
	}
	close(work)
	wait.Wait()
	t.Logf("%d runs: %v", count, tally)
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
	w := worlds(t)
	dir := folder(t)
	for seed := range uint64(4) {
		s := NewScript(seed, 4)
		first, err := run(w[4], filepath.Join(dir, "first"), s)
		if err != nil {
			t.Error(err)
		}
		second, err := run(w[4], filepath.Join(dir, "second"), s)
		if err != nil {
			t.Error(err)
		}
		if !slices.Equal(first.Trace, second.Trace) {
			t.Errorf("seed %d:\n%s\nand then\n%s", seed, strings.Join(first.Trace, "\n"), strings.Join(second.Trace, "\n"))
		}
	}
}
