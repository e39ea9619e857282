//go:build unix

package main

import (
	"bufio"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asDemo lets the test binary be the command, for the processes that the command starts of itself.
const asDemo = "SOTTO_DEMO_TEST_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asDemo) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestCrash(t *testing.T) {
	t.Setenv(asDemo, "1")
	t.Setenv("GOCOVERDIR", t.TempDir())
	code, lines, stderr := runDemo(t, "--crash", "--rounds", "2", "--dataset", "breast-cancer", "--seed", "5")
	if code != 0 || len(lines) != 3 {
		t.Fatalf("exit code %d and %d lines, want 0 and 3: %v\n%s", code, len(lines), lines, stderr)
	}
	killed := map[string]string{}
	for _, r := range lines[:2] {
		if number(t, r, "accepted") != 24 || number(t, r, "leaves_opened") != 2 || r["certificate_verified"] != true ||
			math.Abs(number(t, r, "accuracy")-number(t, r, "plain_accuracy")) > 0.005 {
			t.Errorf("round %v", r)
		}
		list, _ := r["killed"].([]any)
		for _, k := range list {
			f := k.(map[string]any)
			killed[fmt.Sprint(f["while"])] = fmt.Sprint(f["process"])
			if f["ended"] != "signal: killed" || number(t, f, "recovery_seconds") <= 0 {
				t.Errorf("%v, want it killed and back", f)
			}
		}
	}
	for while, who := range map[string]string{
		`^uploads were under way and [1-9][0-9]* contributors had receipts$`: "aggregator",
		`^the round was frozen and had no certificate$`:                      "aggregator",
		`^it had posted one of its releases and not the next$`:               "member 1",
	} {
		found := false
		for got, process := range killed {
			found = found || process == who && regexp.MustCompile(while).MatchString(got)
		}
		if !found {
			t.Errorf("killed %v, want the %s when %s", killed, who, while)
		}
	}
	summary := lines[2]
	if summary["audit"] != "ok" || number(t, summary, "claims") != 24 || number(t, summary, "claims_ok") != 24 {
		t.Errorf("summary %v", summary)
	}
	if number(t, summary, "killed") < 3 || number(t, summary, "retries") < 1 || number(t, summary, "slowest_recovery_seconds") > 30 {
		t.Errorf("summary %v, want 3 processes killed, contributors who tried again, and a recovery within 30 s", summary)
	}
}

// However the command ends, its processes end with it.
func TestNoProcessIsLeftBehind(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGKILL} {
		dir := filepath.Join(t.TempDir(), "demo")
		cmd := exec.Command(os.Args[0], "--crash", "--rounds", "100", "--dataset", "breast-cancer", "--contributors", "8", "--json", "--keep", dir)
		cmd.Env = append(os.Environ(), asDemo+"=1", "GOCOVERDIR="+t.TempDir())
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if !bufio.NewScanner(out).Scan() {
			t.Error("no round came about")
		}
		log, err := os.ReadFile(filepath.Join(dir, "log.txt"))
		if err != nil {
			t.Error(err)
		}
		var processes []int
		for _, m := range regexp.MustCompile(`msg="process started" role=\w+ pid=(\d+)`).FindAllStringSubmatch(string(log), -1) {
			pid, err := strconv.Atoi(m[1])
			if err != nil {
				t.Error(err)
			}
			processes = append(processes, pid)
		}
		up := 0
		for _, pid := range processes {
			if syscall.Kill(pid, 0) == nil {
				up++
			}
		}
		if len(processes) < 5 || up != 5 {
			t.Errorf("%d of %d processes are up, want an aggregator and four members", up, len(processes))
		}
		cmd.Process.Signal(signal)
		err = cmd.Wait()
		if code := cmd.ProcessState.ExitCode(); signal == syscall.SIGINT && code != 130 || signal == syscall.SIGKILL && code != -1 {
			t.Errorf("%v: exit code %d: %v", signal, code, err)
		}
		for begun := time.Now(); len(processes) > 0; time.Sleep(20 * time.Millisecond) {
			pid := processes[len(processes)-1]
			if gone(pid) {
				processes = processes[:len(processes)-1]
			} else if time.Since(begun) > 20*time.Second {
				t.Fatalf("%v: process %d is left behind", signal, pid)
			}
		}
	}
}

// gone reports whether a process has ended. One that nobody has waited for yet has, too.
func gone(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return true
	}
	state, err := exec.Command("ps", "-o", "state=", "-p", strconv.Itoa(pid)).Output()
	return err != nil || strings.HasPrefix(strings.TrimSpace(string(state)), "Z")
}
