package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sotto/committee"
	"sotto/internal/cli"
)

// The check says what it finds, and fails with what is wrong.
func TestCheckMember(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "member")
	words := filepath.Join(t.TempDir(), "pass")
	if err := os.WriteFile(words, []byte("secret words\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	identity, err := committee.Init(dir, "secret words", true)
	if err != nil {
		t.Fatal(err)
	}
	run := func(passphrase string) (string, error) {
		var out bytes.Buffer
		err := checkMember(t.Context(), &cli.Env{Tool: "sottod", Stdout: &out, Stderr: io.Discard}, dir, passphrase)
		return out.String(), err
	}
	out, err := run("")
	if want := "identity   " + identity.String() + " (the passphrase was not tried)\njournal    36 bytes, 0 entries, intact\nok\n"; err != nil || out != want {
		t.Errorf("got %v\n%s, want\n%s", err, out, want)
	}
	if out, err := run(words); err != nil || !strings.Contains(out, "the passphrase opens it") || strings.Contains(out, "secret") {
		t.Errorf("got %v\n%s", err, out)
	}
	used, err := committee.Open(dir, "secret words")
	if err != nil {
		t.Fatal(err)
	}
	if out, err := run(""); !errors.Is(err, committee.ErrLocked) || out != "" {
		t.Errorf("in use: got %v\n%s", err, out)
	}
	if err := used.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "journal")); err != nil {
		t.Fatal(err)
	}
	out, err = run("")
	if !errors.Is(err, errCheck) || !regexp.MustCompile(`(?m)^problem    journal is missing`).MatchString(out) || strings.Contains(out, "ok") {
		t.Errorf("got %v\n%s", err, out)
	}
	if _, err := os.Stat(filepath.Join(dir, "journal")); !errors.Is(err, os.ErrNotExist) {
		t.Error("the check has made a journal")
	}
}

// What is printed of a directory with a past.
func TestPrintInspection(t *testing.T) {
	var out bytes.Buffer
	printInspection(&cli.Env{Stdout: &out}, &committee.Inspection{Proven: true, Journal: 296, CutOff: 35, Entries: map[string]int{"session": 1, "descriptor": 3},
		Epochs:   []committee.EpochFiles{{Epoch: 1, Keys: true, Attempts: []uint32{2}}, {Epoch: 2, Lost: true}, {Epoch: 3}},
		Refusals: []string{"everything of rounds before 3", "any other manifest of round 3"}, Problems: []string{"keys.json is open"}})
	want := `identity   0x0000000000000000000000000000000000000000 (the passphrase opens it)
journal    296 bytes, 4 entries, intact
           descriptor 3, session 1
           35 bytes of an entry at its end that a crash has cut off: the next start drops them, nothing was said
epoch 1    keys, share of attempt 2
epoch 2    journal found wanting
epoch 3    nothing that is used
refuses    everything of rounds before 3
           any other manifest of round 3
problem    keys.json is open
`
	if out.String() != want {
		t.Errorf("got\n%s, want\n%s", out.String(), want)
	}
}

// Flags that do not fit are refused before anything is opened.
func TestOperateFlags(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--pprof"}, "--pprof needs the port of --metrics"},
		{[]string{"--metrics", "0.0.0.0:9000"}, `--metrics is "0.0.0.0:9000" is not a loopback address, such as 127.0.0.1`},
		{[]string{"--metrics", "9000"}, `--metrics is "9000", want host:port`},
		{[]string{"--ready-within", "1ms"}, "--ready-within is 1ms, want at least 1s"},
		{[]string{"--metrics", "[::1]:9000", "--pprof"}, ""},
		{nil, ""},
	} {
		f := newFlags()
		o := addOperateFlags(f.FlagSet)
		if err := f.Parse(c.args); err != nil {
			t.Fatal(err)
		}
		got := ""
		if err := o.check(); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%v: got %q, want %q", c.args, got, c.want)
		}
	}
}
