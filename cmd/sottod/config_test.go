package main

import (
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sotto/internal/cli"
)

type flags struct {
	*flag.FlagSet
	data, network *string
	time          *time.Duration
	leaves        *uint
	reflection    *bool
	memory        *size
}

func newFlags() flags {
	f := flag.NewFlagSet("test", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	return flags{f, f.String("data", "", ""), f.String("network", "network.json", ""), f.Duration("round-time", time.Hour, ""), f.Uint("leaves", 1, ""),
		f.Bool("reflection", false, ""), sizeFlag(f, "max-upload-memory", 1<<30)}
}

// Flags come from the file, those on the command line win, and what neither names keeps its default.
func TestConfig(t *testing.T) {
	path := filepath.Join(t.TempDir(), "aggregator.conf")
	text := "# the aggregator\n\n  data   /var/lib/my sotto  \r\nround-time\t10m\nleaves 4\nreflection\nmax-upload-memory 512MiB\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f := newFlags()
	env := &cli.Env{Tool: "sottod", Stdout: io.Discard, Stderr: io.Discard}
	if err := parse(env, f.FlagSet, []string{"--leaves", "8", "--config", path}); err != nil {
		t.Fatal(err)
	}
	if *f.data != "/var/lib/my sotto" || *f.time != 10*time.Minute || *f.leaves != 8 || !*f.reflection || *f.memory != 512<<20 || *f.network != "network.json" {
		t.Errorf("data %q, time %s, leaves %d, reflection %t, memory %d, network %q", *f.data, *f.time, *f.leaves, *f.reflection, *f.memory, *f.network)
	}
	// The default's own value on the command line wins, too.
	f = newFlags()
	if err := parse(env, f.FlagSet, []string{"--leaves=1", "--reflection=false", "--config", path}); err != nil || *f.leaves != 1 || *f.reflection {
		t.Errorf("%v: leaves %d, reflection %t", err, *f.leaves, *f.reflection)
	}
	f = newFlags()
	if err := parse(env, f.FlagSet, nil); err != nil || *f.leaves != 1 {
		t.Errorf("without a file: %v", err)
	}
	if err := parse(env, newFlags().FlagSet, []string{"--config", path + "x"}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want that the file is missing", err)
	}
	if err := parse(env, newFlags().FlagSet, []string{"--config", path, "more"}); err == nil || !strings.Contains(err.Error(), `unexpected argument "more"`) {
		t.Errorf("got %v", err)
	}
	if err := os.WriteFile(path, make([]byte, maxConfigBytes+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := parse(env, newFlags().FlagSet, []string{"--config", path}); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("got %v, want that the file is too large", err)
	}
}

// What a file says wrongly is named with its line.
func TestConfigErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"leaves 4\n--data x\n", `f, line 2: flag "--data", want its name without dashes`},
		{"colour red", `f, line 1: no flag "colour"`},
		{"config other", `f, line 1: no flag "config"`},
		{"data", `f, line 1: flag "data" without a value`},
		{"data x\n\n#\ndata y", `f, line 4: flag "data" stands in line 1 already`},
		{"round-time soon", `f, line 1: flag "round-time" is "soon": parse error`},
		{"reflection maybe", `f, line 1: flag "reflection" is "maybe": parse error`},
		{"max-upload-memory 3 apples", `f, line 1: flag "max-upload-memory" is "3 apples": want a number of bytes, such as 512MiB or 2GiB`},
	} {
		err := configure(newFlags().FlagSet, "f", c.text)
		var usage *cli.UsageError
		if !errors.As(err, &usage) || err.Error() != c.want {
			t.Errorf("%q: got %v, want %s", c.text, err, c.want)
		}
	}
}

func TestSize(t *testing.T) {
	for _, c := range []struct {
		text  string
		bytes int64
		shown string
	}{{"1", 1, "1"}, {"1000", 1000, "1000"}, {"1KiB", 1 << 10, "1KiB"}, {"512MiB", 512 << 20, "512MiB"}, {"2048MiB", 2 << 30, "2GiB"}, {"3TiB", 3 << 40, "3TiB"}} {
		var s size
		if err := s.Set(c.text); err != nil || int64(s) != c.bytes || s.String() != c.shown {
			t.Errorf("%s: %d, %s, %v", c.text, int64(s), s.String(), err)
		}
	}
	for _, text := range []string{"", "0", "-1", "GiB", "1.5GiB", "1 GiB", "1GB", "9223372036854775807KiB", "99999999999999999999", "8388608TiB"} {
		var s size
		if err := s.Set(text); err == nil {
			t.Errorf("%q is %d bytes", text, int64(s))
		}
	}
	var zero size
	if zero.String() != "0" {
		t.Errorf("zero is %s", zero.String())
	}
}
