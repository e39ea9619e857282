// Package cli is what the three commands share: verbs with one usage text each, errors and hints on stderr under the tool's name,
// exit codes, passphrases, and cancellation on Ctrl-C and SIGTERM.
package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"

	"sotto/chain"
	"sotto/round"
)

// Exit codes.
const (
	ExitOK      = 0
	ExitFailure = 1 // the tool could not do what was asked; stderr says why
	ExitUsage   = 2 // the arguments do not fit; stderr says which do
	ExitSignal  = 130
)

// A Verb is one job of a tool. Names of several words, like "receipt check", are matched longest first.
type Verb struct {
	Name    string
	Summary string // one line for the list of verbs; one without is not listed
	Usage   string // the whole help text, ending in a worked example
	Run     func(ctx context.Context, env *Env, args []string) error
}

// Env is what a verb works in.
type Env struct {
	Tool   string
	Stdout io.Writer
	Stderr io.Writer
	verb   *Verb
}

// Infof prints a line of progress to stderr.
func (e *Env) Infof(format string, args ...any) { fmt.Fprintf(e.Stderr, format+"\n", args...) }

// Printf prints a result to stdout.
func (e *Env) Printf(format string, args ...any) { fmt.Fprintf(e.Stdout, format, args...) }

// UsageError says that the arguments do not fit.
type UsageError struct{ Text string }

func (e *UsageError) Error() string { return e.Text }

// Usagef returns a [UsageError].
func Usagef(format string, args ...any) error { return &UsageError{fmt.Sprintf(format, args...)} }

// hinted is an error with a hint for people.
type hinted struct {
	error
	hint string
}

func (h *hinted) Unwrap() error { return h.error }

// Hint returns err with a word on what to do about it.
func Hint(err error, format string, args ...any) error {
	return &hinted{err, fmt.Sprintf(format, args...)}
}

// hintOf finds the hint that an error carries, the outermost first.
func hintOf(err error) string {
	var h *hinted
	if errors.As(err, &h) {
		return h.hint
	}
	var r *round.Refusal
	if errors.As(err, &r) && r.Hint != "" {
		return r.Hint
	}
	return chain.HintOf(err)
}

// Version returns the version that the binary was built as.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	version := info.Main.Version
	if version == "" {
		version = "(devel)"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			version += " " + s.Value[:min(12, len(s.Value))]
		}
	}
	return version + " " + info.GoVersion
}

// Flags returns an empty flag set for the verb.
func (e *Env) Flags() *flag.FlagSet {
	f := flag.NewFlagSet(e.verb.Name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	return f
}

// Parse parses args; positional says how many arguments may follow the flags.
func (e *Env) Parse(f *flag.FlagSet, args []string, positional int) error {
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return Usagef("%v", err)
	}
	if f.NArg() > positional {
		return Usagef("unexpected argument %q", f.Arg(positional))
	}
	return nil
}

// Main runs the tool and ends the process. about is the first paragraph of its help.
func Main(tool, about string, verbs []Verb) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := Run(ctx, tool, about, verbs, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// Run runs the tool and returns its exit code.
func Run(ctx context.Context, tool, about string, verbs []Verb, args []string, stdout, stderr io.Writer) int {
	env := &Env{Tool: tool, Stdout: stdout, Stderr: stderr}
	help := func(w io.Writer) {
		fmt.Fprintf(w, "%s\n\nUsage:\n\n", about)
		for _, v := range verbs {
			if v.Summary == "" {
				continue
			}
			fmt.Fprintf(w, "  %-28s %s\n", strings.TrimSpace(tool+" "+v.Name), v.Summary)
		}
		fmt.Fprintf(w, "\n`%s help VERB` explains one of them. `%s --version` prints the version.\n", tool, tool)
	}
	if len(args) > 0 {
		switch args[0] {
		case "--version", "-version", "version":
			fmt.Fprintf(stdout, "%s %s\n", tool, Version())
			return ExitOK
		case "help", "--help", "-help", "-h":
			verb, rest := find(verbs, args[1:])
			if args[0] == "help" && verb != nil && verb.Name != "" && len(rest) == 0 {
				fmt.Fprint(stdout, verb.Usage)
				return ExitOK
			}
			if only := verbs[0]; only.Name == "" {
				fmt.Fprint(stdout, only.Usage)
			}
			help(stdout)
			return ExitOK
		}
	}
	verb, rest := find(verbs, args)
	if verb == nil {
		if len(args) == 0 {
			help(stderr)
			return ExitUsage
		}
		fmt.Fprintf(stderr, "%s: error: unknown verb %q\n%s: hint: `%s help` lists them\n", tool, args[0], tool, tool)
		return ExitUsage
	}
	env.verb = verb
	err := verb.Run(ctx, env, rest)
	var usage *UsageError
	switch {
	case err == nil:
		return ExitOK
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, verb.Usage)
		return ExitOK
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		fmt.Fprintf(stderr, "%s: stopped\n", tool)
		return ExitSignal
	}
	fmt.Fprintf(stderr, "%s: error: %v\n", tool, err)
	if errors.As(err, &usage) {
		fmt.Fprintf(stderr, "%s: hint: %s\n", tool, strings.TrimSpace("see `"+strings.TrimSpace(tool+" help "+verb.Name)+"`"))
		return ExitUsage
	}
	if hint := hintOf(err); hint != "" {
		fmt.Fprintf(stderr, "%s: hint: %s\n", tool, hint)
	}
	return ExitFailure
}

// find returns the verb that args begin with, the one of most words, and the arguments after it. A verb without a name takes what no
// other does, if it begins with a flag.
func find(verbs []Verb, args []string) (*Verb, []string) {
	for words := min(2, len(args)); words > 0; words-- {
		name := strings.Join(args[:words], " ")
		for i := range verbs {
			if verbs[i].Name == name {
				return &verbs[i], args[words:]
			}
		}
	}
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		for i := range verbs {
			if verbs[i].Name == "" {
				return &verbs[i], args
			}
		}
	}
	return nil, nil
}

// NetworkFlag adds the flag --network.
func NetworkFlag(f *flag.FlagSet) *string {
	path := os.Getenv("SOTTO_NETWORK")
	if path == "" {
		path = "network.json"
	}
	return f.String("network", path, "")
}

// CreateExclusive opens a file for writing that must not exist.
func CreateExclusive(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil, Hint(fmt.Errorf("%s exists already", filepath.Base(path)), "choose another name, or remove the file")
	}
	return f, err
}

// ReadFile reads a file of at most limit bytes.
func ReadFile(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("%s is %w: more than %d bytes", path, round.ErrTooLarge, limit)
	}
	return b, err
}
