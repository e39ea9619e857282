package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/crypto"

	"sotto/internal/cli"
	"sotto/round"
)

// runDemo runs the command and returns its exit code and the JSON lines of stdout.
func runDemo(t *testing.T, args ...string) (code int, lines []map[string]any, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = cli.Run(t.Context(), "sotto-demo", about, []cli.Verb{{Name: "", Usage: demoUsage, Run: demo}}, append(args, "--json"), &out, &errs)
	for line := range strings.Lines(out.String()) {
		var v map[string]any
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("stdout has something else than JSON: %q", line)
		}
		lines = append(lines, v)
	}
	return code, lines, errs.String()
}

func number(t *testing.T, v map[string]any, name string) float64 {
	t.Helper()
	n, ok := v[name].(float64)
	if !ok {
		t.Fatalf("line %v has no number %q", v, name)
	}
	return n
}

func TestEverythingThatIsToleratedGoesWrong(t *testing.T) {
	for _, c := range []struct {
		rule  string
		args  []string
		check func(t *testing.T, rounds []map[string]any, summary map[string]any)
	}{
		{"contributors are cut off and a member is down", []string{"--drop", "3", "--member-down", "1"},
			func(t *testing.T, rounds []map[string]any, summary map[string]any) {
				for _, r := range rounds {
					if number(t, r, "accepted") != 9 || number(t, r, "leaves_opened") != 2 {
						t.Errorf("round %v: %v contributions in %v opened leaves, want 9 in 2", r["round"], r["accepted"], r["leaves_opened"])
					}
				}
			}},
		{"a member lies", []string{"--lying-member", "1"},
			func(t *testing.T, rounds []map[string]any, summary map[string]any) {
				if got := fmt.Sprint(summary["disagreeing_members"]); got != "[1]" {
					t.Errorf("members that disagreed: %s, want [1]", got)
				}
				for _, r := range rounds {
					if number(t, r, "leaves_opened") != 2 {
						t.Errorf("round %v: %v leaves opened, want 2", r["round"], r["leaves_opened"])
					}
				}
			}},
		{"contributors misbehave", []string{"--malformed", "2", "--contributors", "24"},
			func(t *testing.T, rounds []map[string]any, summary map[string]any) {
				for _, r := range rounds {
					// Leaves are drawn by the beacon, which nobody chooses: once in two thousand rounds one is so small that both are joined.
					if number(t, r, "accepted") != 23 || number(t, r, "leaves_opened") != 1 && !strings.Contains(fmt.Sprint(r["failed_nodes"]), "leaves 0-1") {
						t.Errorf("round %v: %v contributions, %v leaves opened, want 23 and 1", r["round"], r["accepted"], r["leaves_opened"])
					}
					if failed := fmt.Sprint(r["failed_nodes"]); !strings.Contains(failed, "did not open") || !strings.Contains(failed, "lea") {
						t.Errorf("round %v: failed nodes %s, want the spoiled one named", r["round"], failed)
					}
				}
				if got := fmt.Sprint(summary["refused"]); got != "map[DOES_NOT_VERIFY:2]" {
					t.Errorf("refused %s, want two with DOES_NOT_VERIFY", got)
				}
			}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			code, lines, stderr := runDemo(t, append([]string{"--contributors", "12", "--rounds", "2", "--seed", "5"}, c.args...)...)
			if code != 0 || len(lines) != 3 {
				t.Fatalf("exit code %d and %d lines, want 0 and 3: %v\n%s", code, len(lines), lines, stderr)
			}
			for _, r := range lines[:2] {
				if r["certificate_verified"] != true || math.Abs(number(t, r, "accuracy")-number(t, r, "plain_accuracy")) > 0.005 {
					t.Errorf("round %v: %v", r["round"], r)
				}
			}
			summary := lines[2]
			if summary["audit"] != "ok" || number(t, summary, "claims") != number(t, summary, "claims_ok") || number(t, summary, "claims") == 0 {
				t.Errorf("summary %v", summary)
			}
			c.check(t, lines[:2], summary)
		})
	}
}

func TestTooManyFaultyMembersAreRefusedAtTheStart(t *testing.T) {
	code, lines, stderr := runDemo(t, "--member-down", "1", "--lying-member", "1")
	if code == 0 || len(lines) != 0 || !strings.Contains(stderr, "f = 1 of 4") || !strings.Contains(stderr, "hint: ") {
		t.Errorf("exit code %d, %d lines, stderr %q", code, len(lines), stderr)
	}
}

// No update value, private key or passphrase is anywhere but in a contributor's own folder: not in logs, not in the data of the
// aggregator, the members or the chain.
func TestNothingPrivateLeavesTheContributor(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo")
	o := &options{contributors: 8, rounds: 2, members: 4, leaves: 1, dataset: "digits", seed: 3, keep: dir, malformed: 1, lying: 1}
	if err := o.validate(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	p := &progress{w: io.Discard}
	n, err := start(ctx, o, p)
	if err != nil {
		t.Fatal(err)
	}
	defer n.stop()
	var secrets []secret
	n.watch = func(parts []*part) {
		for _, p := range parts {
			secrets = append(secrets, updateSecrets(p)...)
		}
	}
	var out bytes.Buffer
	s := &summary{Refused: map[round.Reason]int{}}
	if _, _, err := n.run(ctx, &reporter{out: &out, json: true, progress: p}, s); err != nil {
		t.Fatal(err)
	}
	accounts := n.contributors
	n.stop()

	for _, c := range accounts {
		d := crypto.FromECDSA(c.account.Key())
		secrets = append(secrets, secret{"account key", d}, secret{"account key", []byte(hex.EncodeToString(d))})
		row := c.data.Row(0)
		secrets = append(secrets, secret{"row of data", floats(row[20:28])})
	}
	d := crypto.FromECDSA(n.owner.Key())
	secrets = append(secrets, secret{"owner's key", d}, secret{"owner's key", []byte(hex.EncodeToString(d))})
	if len(secrets) < 200 {
		t.Fatalf("only %d secrets to look for", len(secrets))
	}

	files, bytesRead := 0, 0
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			if entry != nil && entry.IsDir() && entry.Name() == "contributors" {
				return fs.SkipDir
			}
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files, bytesRead = files+1, bytesRead+len(content)
		for _, s := range secrets {
			if bytes.Contains(content, s.bytes) {
				t.Errorf("%s holds a contributor's %s", path, s.what)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(out.Bytes(), []byte("0x"+hex.EncodeToString(d))) {
		t.Error("stdout holds a key")
	}
	if files < 20 || bytesRead < 1<<19 {
		t.Fatalf("searched only %d files of %d bytes", files, bytesRead)
	}
	// The search finds what is there: the first model's values are public and on the aggregator's disk.
	public := false
	filepath.WalkDir(filepath.Join(dir, "aggregator"), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			content, _ := os.ReadFile(path)
			public = public || bytes.Contains(content, floats(publicValues(t, n)))
		}
		return nil
	})
	if !public {
		t.Error("the search does not find even the public model")
	}
}

type secret struct {
	what  string
	bytes []byte
}

// updateSecrets returns runs of an update's values as they would stand in a file: as float32 and as text.
func updateSecrets(p *part) []secret {
	var out []secret
	for at := 0; at+4 <= len(p.update); at += 97 {
		run := p.update[at : at+4]
		if run[0] == 0 || run[1] == 0 {
			continue
		}
		out = append(out, secret{"update", floats(run[:3])}, secret{"update", fmt.Append(nil, run[0])[:min(9, len(fmt.Append(nil, run[0])))]})
	}
	// Short texts occur by chance; only long ones say something.
	kept := out[:0]
	for _, s := range out {
		if len(s.bytes) >= 9 {
			kept = append(kept, s)
		}
	}
	return kept
}

func floats(values []float32) []byte {
	var b []byte
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

// publicValues returns some values of the current model.
func publicValues(t *testing.T, n *network) []float32 {
	t.Helper()
	models, err := filepath.Glob(filepath.Join(n.dir, "aggregator", "models", "*"))
	if err != nil || len(models) == 0 {
		t.Fatalf("no model files: %v", err)
	}
	file, err := os.ReadFile(models[0])
	if err != nil {
		t.Fatal(err)
	}
	m, err := parseModel(file)
	if err != nil {
		t.Fatal(err)
	}
	return m.Flatten()[100:108]
}
