package main

import (
	"flag"
	"fmt"
	"math"
	"strconv"
	"strings"

	"sotto/internal/cli"
)

const maxConfigBytes = 64 << 10

// parse parses args, and takes flags that they do not give from the file that --config names.
func parse(env *cli.Env, f *flag.FlagSet, args []string) error {
	path := f.String("config", "", "")
	if err := env.Parse(f, args, 0); err != nil || *path == "" {
		return err
	}
	text, err := cli.ReadFile(*path, maxConfigBytes)
	if err != nil {
		return err
	}
	return configure(f, *path, string(text))
}

// configure sets the flags that a file names and the command line does not. A line is empty, a comment that begins with #, or a flag's name
// without dashes and its value, which reaches to the line's end. A flag without a value is switched on.
func configure(f *flag.FlagSet, path, text string) error {
	given, seen := map[string]bool{}, map[string]int{}
	f.Visit(func(g *flag.Flag) { given[g.Name] = true })
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		refuse := func(format string, args ...any) error {
			return cli.Usagef("%s, line %d: %s", path, i+1, fmt.Sprintf(format, args...))
		}
		name, value := line, ""
		if at := strings.IndexAny(line, " \t"); at >= 0 {
			name, value = line[:at], strings.TrimSpace(line[at:])
		}
		known := f.Lookup(name)
		switch {
		case strings.HasPrefix(name, "-"):
			return refuse("flag %q, want its name without dashes", name)
		case known == nil || name == "config":
			return refuse("no flag %q", name)
		case seen[name] > 0:
			return refuse("flag %q stands in line %d already", name, seen[name])
		}
		seen[name] = i + 1
		if value == "" {
			if b, ok := known.Value.(interface{ IsBoolFlag() bool }); !ok || !b.IsBoolFlag() {
				return refuse("flag %q without a value", name)
			}
			value = "true"
		}
		if given[name] {
			continue
		}
		if err := f.Set(name, value); err != nil {
			return refuse("flag %q is %q: %v", name, value, err)
		}
	}
	return nil
}

// size is a flag of a number of bytes.
type size int64

var units = []struct {
	name  string
	bytes int64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40}}

// String implements flag.Value.
func (s *size) String() string {
	for i := len(units) - 1; i >= 0; i-- {
		if u := units[i]; *s != 0 && int64(*s)%u.bytes == 0 {
			return fmt.Sprintf("%d%s", int64(*s)/u.bytes, u.name)
		}
	}
	return fmt.Sprint(int64(*s))
}

// Set implements flag.Value.
func (s *size) Set(text string) error {
	digits, factor := text, int64(1)
	for _, u := range units {
		if d, ok := strings.CutSuffix(text, u.name); ok {
			digits, factor = d, u.bytes
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 1 || n > math.MaxInt64/factor {
		return fmt.Errorf("want a number of bytes, such as 512MiB or 2GiB")
	}
	*s = size(n * factor)
	return nil
}

// sizeFlag adds a flag of a number of bytes.
func sizeFlag(f *flag.FlagSet, name string, otherwise int64) *size {
	s := size(otherwise)
	f.Var(&s, name, "")
	return &s
}
