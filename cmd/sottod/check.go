package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"sotto/committee"
	"sotto/internal/cli"
)

// errCheck says that a directory's problems were printed.
var errCheck = errors.New("the directory is not as it should be")

// checkMember prints what a member's directory holds. Without a passphrase file the identity is the one that the keystore names.
func checkMember(ctx context.Context, env *cli.Env, dir, passphraseFile string) error {
	var passphrase *string
	if passphraseFile != "" {
		p, err := cli.Passphrase(ctx, env, passphraseFile, "")
		if err != nil {
			return err
		}
		passphrase = &p
	}
	i, err := committee.Inspect(dir, passphrase, time.Now())
	if errors.Is(err, committee.ErrLocked) {
		return cli.Hint(err, "a running member says how it is at /readyz of its --metrics port; stop it to check its directory")
	}
	if err != nil {
		return err
	}
	printInspection(env, i)
	if n := len(i.Problems); n > 0 {
		return cli.Hint(fmt.Errorf("%w: %d problems", errCheck, n), "docs/operations.md says what to do about a member's directory; never restore it from a copy")
	}
	return nil
}

func printInspection(env *cli.Env, i *committee.Inspection) {
	line := func(what, format string, args ...any) {
		env.Printf("%s\n", strings.TrimRight(fmt.Sprintf("%-10s %s", what, fmt.Sprintf(format, args...)), " "))
	}
	proven := "the passphrase was not tried"
	if i.Proven {
		proven = "the passphrase opens it"
	}
	line("identity", "%s (%s)", i.Identity, proven)
	if i.Journal > 0 {
		entries := 0
		var kinds []string
		for _, kind := range slices.Sorted(maps.Keys(i.Entries)) {
			entries += i.Entries[kind]
			kinds = append(kinds, fmt.Sprintf("%s %d", kind, i.Entries[kind]))
		}
		line("journal", "%d bytes, %d entries, intact", i.Journal, entries)
		if entries > 0 {
			line("", "%s", strings.Join(kinds, ", "))
		}
		if i.CutOff > 0 {
			line("", "%d bytes of an entry at its end that a crash has cut off: the next start drops them, nothing was said", i.CutOff)
		}
	}
	for _, e := range i.Epochs {
		var has []string
		if e.Keys {
			has = append(has, "keys")
		}
		for _, a := range e.Attempts {
			has = append(has, fmt.Sprintf("share of attempt %d", a))
		}
		if e.Lost {
			has = append(has, "journal found wanting")
		}
		if len(has) == 0 {
			has = append(has, "nothing that is used")
		}
		line(fmt.Sprintf("epoch %d", e.Epoch), "%s", strings.Join(has, ", "))
	}
	for n, r := range i.Refusals {
		what := ""
		if n == 0 {
			what = "refuses"
		}
		line(what, "%s", r)
	}
	for _, p := range i.Problems {
		line("problem", "%s", p)
	}
	if len(i.Problems) == 0 {
		line("ok", "")
	}
}
