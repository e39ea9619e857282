package committee_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"sotto/committee"
	"sotto/round"
)

const passphrase = "secret words"

// inspected is a member's directory on disk, with what a disk in memory holds.
func inspected(t *testing.T, disk *committee.Memory) (dir string, identity common.Address) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "member")
	identity, err := committee.Init(dir, passphrase, true)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range disk.Files() {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir, identity
}

// contents returns all files of a directory but its lock.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if e.Name() != "lock" {
			files[e.Name()] = string(b)
		}
	}
	return files
}

// A member's directory after a round: what it holds, what its journal keeps it from saying, and that looking changes nothing.
func TestInspect(t *testing.T) {
	w := newCommittee(t, 4)
	d := w.descriptor()
	s := w.open(d)
	w.tell(round.KindClose, 0, d.Round, w.manifest(s, w.contributions(s)))
	dir, identity := inspected(t, w.disks[1])
	journal := filepath.Join(dir, "journal")
	whole, err := os.ReadFile(journal)
	if err != nil {
		t.Fatal(err)
	}
	// A crash has cut off a record and left half a file.
	if err := os.WriteFile(journal, append(whole, whole[len(whole)-65:len(whole)-30]...), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "epoch-2.keys.tmp"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := contents(t, dir)
	words := passphrase
	for _, given := range []*string{nil, &words} {
		i, err := committee.Inspect(dir, given, w.clock)
		if err != nil {
			t.Fatal(err)
		}
		if i.Identity != identity || i.Proven != (given != nil) || len(i.Problems) != 0 {
			t.Fatalf("identity %s, proven %t, problems %q", i.Identity, i.Proven, i.Problems)
		}
		if i.Journal != len(whole) || i.CutOff != 35 {
			t.Errorf("journal of %d bytes, %d cut off, want %d and 35", i.Journal, i.CutOff, len(whole))
		}
		for _, kind := range []string{"session", "confirmation", "descriptor", "manifest"} {
			if i.Entries[kind] != 1 {
				t.Errorf("entries %v, want one %s", i.Entries, kind)
			}
		}
		if len(i.Epochs) != 1 || i.Epochs[0].Epoch != 1 || !i.Epochs[0].Keys || !slices.Equal(i.Epochs[0].Attempts, []uint32{1}) || i.Epochs[0].Lost {
			t.Errorf("epochs %+v", i.Epochs)
		}
		want := []string{"everything of rounds before 1, and any other descriptor of round 1", "any other manifest of round 1",
			"a descriptor of a round after 1, before that one is certified or it is " + time.UnixMilli(int64(d.Deadline+d.Grace)).UTC().Format(time.RFC3339),
			"to take part again in the key generations for epoch 1 that it has joined: 1 so far"}
		if !slices.Equal(i.Refusals, want) {
			t.Errorf("refusals\n%q, want\n%q", i.Refusals, want)
		}
	}
	if i, err := committee.Inspect(dir, nil, time.UnixMilli(int64(d.Deadline+d.Grace))); err != nil || len(i.Refusals) != 3 {
		t.Errorf("after the grace: %q (%v), want three refusals", i.Refusals, err)
	}
	after := contents(t, dir)
	for name := range before {
		if before[name] != after[name] {
			t.Errorf("looking has changed %s", name)
		}
	}
	if len(before) != len(after) {
		t.Errorf("%d files, %d before", len(after), len(before))
	}
}

// Every way in which a directory can be wrong has its own words, and none of them holds a secret.
func TestInspectProblems(t *testing.T) {
	w := newCommittee(t, 4)
	write := func(t *testing.T, path string, b []byte) {
		t.Helper()
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	wrong := "other words"
	for _, c := range []struct {
		name       string
		harm       func(t *testing.T, dir string)
		passphrase *string
		want       []string // what the problems begin with
	}{
		{"no identity", func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, "identity.json")) }, nil, []string{"identity: open "}},
		{"identity is something else", func(t *testing.T, dir string) { write(t, filepath.Join(dir, "identity.json"), []byte("{}")) }, nil, []string{"identity: identity.json is no keystore file"}},
		{"wrong passphrase", func(*testing.T, string) {}, &wrong, []string{"identity: key file"}},
		{"journal missing", func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, "journal")) }, nil, []string{"journal is missing"}},
		{"journal damaged", func(t *testing.T, dir string) {
			b, err := os.ReadFile(filepath.Join(dir, "journal"))
			if err != nil {
				t.Fatal(err)
			}
			b[50] ^= 1
			write(t, filepath.Join(dir, "journal"), b)
		}, nil, []string{"journal is damaged"}},
		{"journal of another start", func(t *testing.T, dir string) {
			other := filepath.Join(t.TempDir(), "other")
			if _, err := committee.Init(other, passphrase, true); err != nil {
				t.Fatal(err)
			}
			b, err := os.ReadFile(filepath.Join(other, "journal"))
			if err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(dir, "journal"), b)
		}, nil, []string{"epoch-1-attempt-1.share was made beside another journal", "epoch-1.keys was made beside another journal"}},
		{"share malformed", func(t *testing.T, dir string) {
			path := filepath.Join(dir, "epoch-1-attempt-1.share")
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			write(t, path, bytes.Replace(b, []byte(`"epoch": 1`), []byte(`"epoch": 2`), 1))
		}, nil, []string{"malformed epoch-1-attempt-1.share"}},
		{"keys malformed", func(t *testing.T, dir string) { write(t, filepath.Join(dir, "epoch-1.keys"), []byte("half")) }, nil, []string{"malformed epoch-1.keys"}},
		{"open to others", func(t *testing.T, dir string) {
			if runtime.GOOS == "windows" {
				t.Skip("no modes")
			}
			if err := os.Chmod(filepath.Join(dir, "epoch-1.keys"), 0o640); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(dir, "network.json"), nil)
			if err := os.Chmod(filepath.Join(dir, "network.json"), 0o644); err != nil { // no secret
				t.Fatal(err)
			}
		}, nil, []string{"epoch-1.keys has mode 0640, want 0600"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, _ := inspected(t, w.disks[0])
			secrets := string(w.disks[0].Files()["epoch-1.keys"])
			c.harm(t, dir)
			i, err := committee.Inspect(dir, c.passphrase, w.clock)
			if err != nil {
				t.Fatal(err)
			}
			if len(i.Problems) != len(c.want) {
				t.Fatalf("problems %q, want those that begin with %q", i.Problems, c.want)
			}
			for n, p := range i.Problems {
				if !strings.HasPrefix(p, c.want[n]) {
					t.Errorf("got %q, want %q", p, c.want[n])
				}
				for _, field := range strings.Split(secrets, `"`) {
					if len(field) > 31 && strings.Contains(p, field) {
						t.Errorf("problem shows %s", field)
					}
				}
			}
		})
	}
}

// A journal that was found wanting is a problem as long as its epoch is the newest, and a directory in use is not looked into.
func TestInspectLost(t *testing.T) {
	w := newCommittee(t, 4)
	backup := w.disks[0].Clone()
	said := w.tell(round.KindPropose, 0, 1, w.descriptor())[0]
	w.disks[0].TakeJournal(backup)
	w.restart(1)
	w.chain.head.Round = 1 // the round was certified in the meantime
	w.replay(1)
	if _, err := w.member(1).Handle(t.Context(), w.append(said.Kind, 0, 1, said.Body)); !errors.Is(err, committee.ErrJournalLost) {
		t.Fatalf("got %v, want %v", err, committee.ErrJournalLost)
	}
	dir, _ := inspected(t, w.disks[0])
	i, err := committee.Inspect(dir, nil, w.clock)
	if err != nil {
		t.Fatal(err)
	}
	if w.member(1).Status().Mute == nil || len(i.Epochs) != 1 || !i.Epochs[0].Lost || len(i.Problems) != 1 || !strings.HasPrefix(i.Problems[0], "the journal was found wanting in epoch 1") ||
		!slices.Contains(i.Refusals, "everything in epoch 1") {
		t.Fatalf("got %+v, status %+v", i, w.member(1).Status())
	}

	used, err := committee.Open(dir, passphrase)
	if err != nil {
		t.Fatal(err)
	}
	defer used.Close()
	if _, err := committee.Inspect(dir, nil, w.clock); !errors.Is(err, committee.ErrLocked) {
		t.Fatalf("got %v, want %v", err, committee.ErrLocked)
	}
	if _, err := committee.Inspect(filepath.Join(dir, "nothing"), nil, w.clock); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("got %v, want %v", err, os.ErrNotExist)
	}
	if _, err := os.Stat(filepath.Join(dir, "nothing")); !errors.Is(err, os.ErrNotExist) {
		t.Fatal("looking has made a directory")
	}
}

// Refusals are told of but for what is over, and every sync of the journal is.
func TestObserve(t *testing.T) {
	w := newCommittee(t, 4)
	dir, err := w.disks[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	syncs, failures := 0, 0
	dir.WatchJournal(func(took time.Duration, err error) {
		if syncs++; err != nil {
			failures++
		}
		if took < 0 || took > time.Minute {
			t.Errorf("sync took %s", took)
		}
	})
	var refusals []string
	strict := w.policy
	strict.GMin, strict.Cohort = 3, 3
	m, err := committee.New(committee.Config{Directory: dir, Chain: &w.chain, Fetcher: &w.fetch, Clock: func() time.Time { return w.clock }, Policy: strict,
		Rounds: roundsDomain, Registry: registryDomain, Model: modelID, Refusal: func(r *committee.Refused) { refusals = append(refusals, r.What+": "+r.Rule) }, Aggregator: address(aggregatorKey)})
	if err != nil {
		t.Fatal(err)
	}
	bad := w.descriptor() // nodes of two
	if _, err := m.Handle(t.Context(), w.append(round.KindPropose, 0, bad.Round, bad)); err == nil {
		t.Fatal("a descriptor against the policy was signed")
	}
	good := w.descriptor()
	good.GMin, good.Cohort = 3, 3
	if _, err := m.Handle(t.Context(), w.append(round.KindPropose, 0, good.Round, good)); err != nil {
		t.Fatal(err)
	}
	if len(refusals) != 1 || refusals[0] != "descriptor: limits" || m.Status().Refusals != 1 {
		t.Errorf("refusals %q, the status says %d", refusals, m.Status().Refusals)
	}
	if syncs != 1 || failures != 0 {
		t.Errorf("%d syncs, %d failed, want one that did not", syncs, failures)
	}
	// A round that is over is none of it.
	s := w.opening(good)
	w.chain.head.Round = 1
	if _, err := m.Handle(t.Context(), w.append(round.KindOpen, 0, good.Round, s)); !errors.Is(err, committee.ErrOver) {
		t.Fatalf("got %v, want %v", err, committee.ErrOver)
	}
	if len(refusals) != 1 {
		t.Errorf("refusals %q", refusals)
	}
	// A write that fails is told of, and so is a sync.
	for at := range 2 {
		w := newCommittee(t, 4)
		dir, err := w.disks[0].Open()
		if err != nil {
			t.Fatal(err)
		}
		var told []error
		dir.WatchJournal(func(_ time.Duration, err error) { told = append(told, err) })
		m, err := committee.New(committee.Config{Directory: dir, Chain: &w.chain, Fetcher: &w.fetch, Clock: func() time.Time { return w.clock }, Policy: w.policy,
			Rounds: roundsDomain, Registry: registryDomain, Model: modelID, Aggregator: address(aggregatorKey)})
		if err != nil {
			t.Fatal(err)
		}
		w.disks[0].Fail(&committee.Fault{At: at + 1})
		d := w.descriptor()
		if _, err := m.Handle(t.Context(), w.append(round.KindPropose, 0, d.Round, d)); !errors.Is(err, committee.ErrJournal) {
			t.Fatalf("got %v, want %v", err, committee.ErrJournal)
		}
		if len(told) != 1 || !errors.Is(told[0], committee.ErrDisk) {
			t.Errorf("told of %v, want one failure", told)
		}
	}
}
