//go:build unix

package committee_test

import (
	"bytes"
	"encoding/gob"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"sotto/committee"
	"sotto/round"
)

// A member is killed at a write of a round: a process of its own, by SIGKILL, with its directory on disk. What it says it prints.

const (
	crashDir    = "SOTTO_CRASH_DIR"
	crashAt     = "SOTTO_CRASH_AT"     // the step at which the process ends; 0 for none
	crashBoards = "SOTTO_CRASH_BOARDS" // which boards the member is shown, one after the other
)

// crashWorld is what the member sees, in files.
type crashWorld struct {
	Head       round.Head
	Committees map[uint64]round.Committee
	Finalised  uint64
	Registered []common.Address
	Nominees   []common.Address
	Model      []byte
	Boards     map[string]crashBoard
}

// crashBoard is a round as the aggregator shows it, from the first record that it ever showed. None is this member's.
type crashBoard struct {
	Records   []round.Record
	Candidate []byte
}

// play plays a round and returns the board without what member 1 said in it, and that.
func play(t testing.TB, change func(d *round.Descriptor)) (crashBoard, words) {
	w := newCommittee(t, 4)
	said := words{}
	others := func(posts []committee.Post) (left []committee.Post) {
		for _, p := range posts {
			var member uint8
			if p.Kind == round.KindRelease {
				member = decode[round.SignedRelease](t, p).Release.Member
			} else {
				member = decode[round.SignatureShare](t, p).Member
			}
			if member == 1 {
				said.add(t, []committee.Post{p})
			} else {
				left = append(left, p)
			}
		}
		return left
	}
	d := w.descriptor()
	change(d)
	w.relay(others(w.tell(round.KindPropose, 0, 1, d)), 1)
	s := w.opening(d)
	w.tell(round.KindOpen, 0, 1, s)
	uploads := w.contributions(s)
	m := w.manifest(s, uploads)
	w.relay(others(w.tell(round.KindClose, 0, 1, m)), 1)
	releases := w.tell(round.KindClosed, 0, 1, w.closing(s, m))
	w.relay(others(releases), 1)
	o := w.finish(s, w.closing(s, m), uploads, releasesOf(t, releases))
	w.relay(others(w.tell(round.KindFinish, 0, 1, w.lay(o.Transcript))), 1)
	return crashBoard{w.log, w.fetch.candidate}, said
}

// newCrashWorld returns a directory with a member whose committee is in office, two boards with rounds of the same number, "A" and "B", and what the
// member says to each.
func newCrashWorld(t *testing.T) (dir string, a, b words) {
	t.Helper()
	w := newCommittee(t, 4)
	c := crashWorld{Head: w.chain.head, Committees: w.chain.committees, Finalised: w.chain.finalised, Registered: w.chain.registered, Nominees: w.chain.nominees,
		Model: w.model, Boards: map[string]crashBoard{}}
	c.Boards["A"], a = play(t, func(d *round.Descriptor) { d.Leaves = 1 })
	c.Boards["B"], b = play(t, func(d *round.Descriptor) { d.Leaves, d.GMin, d.Cohort = 1, 3, 3 })
	dir = t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "member"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range w.disks[0].Files() {
		if err := os.WriteFile(filepath.Join(dir, "member", name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var file bytes.Buffer
	if err := errors.Join(gob.NewEncoder(&file).Encode(&c), os.WriteFile(filepath.Join(dir, "world"), file.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	return dir, a, b
}

// TestCrashChild is the process that is killed.
func TestCrashChild(t *testing.T) {
	dir := os.Getenv(crashDir)
	if dir == "" {
		t.Skip("is run by TestKilledAtEveryWrite")
	}
	at, steps := 0, 0
	if _, err := fmt.Sscan(os.Getenv(crashAt), &at); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(filepath.Join(dir, "world"))
	if err != nil {
		t.Fatal(err)
	}
	var c crashWorld
	if err := gob.NewDecoder(bytes.NewReader(file)).Decode(&c); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, 0)
	w.chain.head, w.chain.committees, w.chain.finalised, w.chain.registered, w.chain.nominees = c.Head, c.Committees, c.Finalised, c.Registered, c.Nominees
	w.model = c.Model
	directory, err := committee.OpenFolder(filepath.Join(dir, "member"), key("member", 1), func(string) {
		if steps++; steps == at {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	m, err := committee.New(committee.Config{Directory: directory, Chain: &w.chain, Fetcher: &w.fetch, Clock: func() time.Time { return w.clock },
		Policy: w.policy, Rounds: roundsDomain, Registry: registryDomain, Model: modelID, Aggregator: address(aggregatorKey)})
	if err != nil {
		t.Fatal(err)
	}
	say := func(posts []committee.Post, err error) {
		if refused := new(committee.Refused); err != nil && !errors.As(err, &refused) {
			t.Fatal(err)
		}
		for _, p := range posts {
			fmt.Printf("said %d %x\n", p.Kind, p.Body)
		}
	}
	say(m.Poll(t.Context()))
	for _, name := range strings.Split(os.Getenv(crashBoards), "") {
		w.fetch.candidate = c.Boards[name].Candidate
		for _, r := range c.Boards[name].Records {
			if r.To <= 1 {
				say(m.Handle(t.Context(), r))
			}
		}
	}
	fmt.Println("steps", steps)
}

// runCrashChild runs the member on dir until it has read the boards or is killed, and adds what it said.
func runCrashChild(t *testing.T, dir, boards string, at int, said words) (killed bool, steps int) {
	t.Helper()
	c := exec.Command(os.Args[0], "-test.run=^TestCrashChild$", "-test.timeout=60s")
	c.Env = append(os.Environ(), crashDir+"="+dir, fmt.Sprint(crashAt, "=", at), crashBoards+"="+boards, "GOCOVERDIR="+t.TempDir())
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	if killed = errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL; err != nil && !killed {
		t.Fatalf("step %d: %v\n%s", at, err, out)
	}
	for line := range strings.Lines(string(out)) {
		var p committee.Post
		var body string
		if n, _ := fmt.Sscanf(line, "said %d %s\n", &p.Kind, &body); n == 2 {
			if p.Body, err = hex.DecodeString(body); err != nil {
				t.Fatal(err)
			}
			// What it said when the committee was formed is the same each time.
			if slices.Contains([]round.Kind{round.KindShare, round.KindRelease}, p.Kind) {
				said.add(t, []committee.Post{p})
			}
		}
		fmt.Sscanf(line, "steps %d", &steps)
	}
	return killed, steps
}

func copyWorld(t *testing.T, world string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "world")
	if err := os.CopyFS(dir, os.DirFS(world)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// twofold returns the places in which different words were said.
func (w words) twofold() (places []string) {
	for place, bodies := range w {
		if len(bodies) > 1 {
			places = append(places, place)
		}
	}
	return places
}

// TestKilledAtEveryWrite kills a member at every step of every write of a round, and starts it again on its directory. Shown the same round, it says
// all that a member says that was never killed; shown another round of the same number, before or after, it says nothing twice.
func TestKilledAtEveryWrite(t *testing.T) {
	world, a, b := newCrashWorld(t)
	said := words{}
	_, steps := runCrashChild(t, copyWorld(t, world), "A", 0, said)
	if steps < 16 || len(a) != 4 || len(b) != 4 {
		t.Fatalf("%d steps, %d words to A and %d to B; want a descriptor, a manifest, a release and a certificate", steps, len(a), len(b))
	}
	stride := 1
	if testing.Short() {
		stride = 4
	}
	for at := 1; at <= steps; at += stride {
		for _, after := range []string{"AB", "BA"} {
			dir, said := copyWorld(t, world), words{}
			if killed, _ := runCrashChild(t, dir, "A", at, said); !killed {
				t.Fatalf("not killed at step %d of %d", at, steps)
			}
			before := len(said)
			runCrashChild(t, dir, after, 0, said)
			said.check(t, fmt.Sprintf("killed at step %d, shown %s", at, after))
			for place, bodies := range a {
				if after == "AB" && (len(said[place]) != 1 || said[place][0] != bodies[0]) {
					t.Errorf("killed at step %d, %q is said %d times, or otherwise than without it", at, place, len(said[place]))
				}
			}
			if len(said) == before && at < steps-4 {
				t.Errorf("killed at step %d, shown %s: says nothing any more", at, after)
			}
			os.RemoveAll(dir)
		}
	}
	t.Logf("killed at every one of %d steps, or every fourth with -short, and shown two rounds in both orders", steps)
}

// A member that loses what it journalled says two things in one place, and the test sees it.
func TestCrashCheckBites(t *testing.T) {
	world, _, _ := newCrashWorld(t)
	_, steps := runCrashChild(t, copyWorld(t, world), "A", 0, words{})
	dir, said := copyWorld(t, world), words{}
	empty, err := os.ReadFile(filepath.Join(dir, "member", "journal"))
	if err != nil {
		t.Fatal(err)
	}
	if killed, _ := runCrashChild(t, dir, "A", steps, said); !killed {
		t.Fatalf("not killed at step %d", steps)
	}
	if err := os.WriteFile(filepath.Join(dir, "member", "journal"), empty, 0o600); err != nil {
		t.Fatal(err)
	}
	runCrashChild(t, dir, "BA", 0, said)
	if places := said.twofold(); len(places) < 2 {
		t.Errorf("said two different things in %q only", places)
	}
}
