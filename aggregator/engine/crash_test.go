package engine_test

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sotto/aggregator/engine"
)

// The test binary is also the processes that are killed, when the environment names a role.
const roleVariable = "SOTTO_ENGINE_TEST_ROLE"

var roles = map[string]func() error{"crash": crashRole, "power": powerRole, "worker": workerRole, "server": serverRole}

// child is the test binary in a role.
func child(t testing.TB, role string, environment ...string) *exec.Cmd {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), append(environment, roleVariable+"="+role, "GOCOVERDIR="+t.TempDir())...)
	c.Stderr = os.Stderr
	return c
}

// ack prints a receipt. What was printed was acknowledged.
func ack(r engine.Receipt) { fmt.Printf("ack %x %x\n", r.ID[:], r.Digest[:]) }

// acks reads what ack prints; what was acknowledged before must be acknowledged the same.
func acks(t testing.TB, r io.Reader, acked map[engine.ItemID]engine.Digest) {
	t.Helper()
	for s := bufio.NewScanner(r); s.Scan(); {
		id, d, ok := parseAck(s.Text())
		if !ok {
			continue // cut off
		}
		if before, ok := acked[id]; ok && before != d {
			t.Errorf("item %s was acknowledged as %x… and as %x…", id, before[:4], d[:4])
		}
		acked[id] = d
	}
}

func parseAck(line string) (id engine.ItemID, d engine.Digest, ok bool) {
	f := strings.Fields(line)
	if len(f) != 3 || f[0] != "ack" || len(f[1]) != 40 || len(f[2]) != 64 {
		return id, d, false
	}
	hex.Decode(id[:], []byte(f[1]))
	hex.Decode(d[:], []byte(f[2]))
	return id, d, true
}

func withSideDigests(c *config) {
	c.Side = func(w io.Writer, items [][]uint64) error {
		_, err := w.Write(make([]byte, 64*len(items)))
		return err
	}
}

const crashWords = 150_000 // 1.2 MB, two chunks

// crashRole works through a round and kills itself at a step of a write.
func crashRole() error {
	words.Store(crashWords)
	at, err := strconv.ParseInt(os.Getenv("AT"), 10, 64)
	if err != nil {
		return err
	}
	var steps atomic.Int64
	c := engine.WithKill(small(os.Getenv("DIR")), func(string) {
		if steps.Add(1) == at {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
	})
	if os.Getenv("EARLY") != "" {
		c = engine.Without(c, engine.WithoutWaiting)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	e, err := engine.Open(ctx, c)
	if err != nil {
		return err
	}
	g, err := startGroup(ctx, e, "r1", withSideDigests)
	if err != nil {
		return err
	}
	for n := range byte(4) {
		if r, err := submit(ctx, g, id(n), draw()); err == nil {
			ack(r)
		} else if !errors.Is(err, engine.ErrFrozen) {
			return err
		}
	}
	if err := finish(ctx, e, "r1"); err != nil {
		return err
	}
	return e.Close()
}

// TestKilledAtEveryWrite kills a process at every step of every write of a round, and restarts it. Nothing acknowledged is lost, and the round
// ends right.
func TestKilledAtEveryWrite(t *testing.T) {
	words.Store(crashWords)
	defer words.Store(4096)
	step := 1
	if testing.Short() {
		step = 7
	}
	kills, frozenBefore, promises, outlived := 0, 0, 0, 0
	for at := 1; ; at += step {
		dir := t.TempDir()
		acked := map[engine.ItemID]engine.Digest{}
		run := func(at int) (killed bool) {
			out, err := child(t, "crash", "DIR="+dir, fmt.Sprint("AT=", at)).Output()
			acks(t, strings.NewReader(string(out)), acked)
			var exit *exec.ExitError
			if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL {
				return true
			}
			if err != nil {
				t.Fatalf("step %d: %v", at, err)
			}
			return false
		}
		killed := run(at)
		promises += len(acked)
		e := openEngine(t, small(dir))
		mustCheck(t, e, "r1", acked)
		var f engine.Fold
		if err := fold(t.Context(), openLog(t, e, "r1"), &f); err != nil {
			t.Fatal(err)
		}
		if killed && f.Frozen() {
			frozenBefore++
		}
		e.Close()
		if killed && run(0) {
			t.Fatal("killed without being told to")
		}
		e = openEngine(t, small(dir))
		receipts := mustCheck(t, e, "r1", acked)
		f = engine.Fold{}
		if err := fold(t.Context(), openLog(t, e, "r1"), &f); err != nil || f.Result() == nil || f.Receipts() != receipts {
			t.Errorf("step %d: round ended with result %v, %d receipts, %v", at, f.Result(), f.Receipts(), err)
		}
		s := openSegments(t, e, "r1")
		for _, id := range f.Orphans(list(t, s)) {
			if err := s.Drop(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
		mustCheck(t, e, "r1", acked)
		e.Close()
		os.RemoveAll(dir)
		if t.Failed() {
			t.Fatalf("killed at step %d", at)
		}
		if killed {
			kills++
		} else if outlived++; outlived == 2 { // what is dropped in the background makes one run longer than another
			break
		}
	}
	if want := 40 / step; kills < want || step == 1 && frozenBefore < 5 {
		t.Errorf("%d kills, %d of them after the freeze; want at least %d and 5", kills, frozenBefore, want)
	}
	if promises < kills {
		t.Errorf("%d items were acknowledged before %d kills, want more", promises, kills)
	}
	t.Logf("killed at %d steps, %d of them after the freeze, %d items acknowledged before, 0 lost", kills, frozenBefore, promises)
}

// Acknowledging before the record is appended loses items, and the check says so.
func TestEarlyAcknowledgementIsNoticed(t *testing.T) {
	words.Store(crashWords)
	defer words.Store(4096)
	for at := 1; at < 20; at++ {
		dir := t.TempDir()
		out, _ := child(t, "crash", "DIR="+dir, fmt.Sprint("AT=", at), "EARLY=1").Output()
		acked := map[engine.ItemID]engine.Digest{}
		acks(t, strings.NewReader(string(out)), acked)
		e := openEngine(t, small(dir))
		wrong, _ := check(t.Context(), e, "r1", acked)
		e.Close()
		if contains(wrong, "was acknowledged and is lost") {
			return
		}
	}
	t.Error("items were acknowledged before they were committed, a kill followed, and the check found all of them")
}
