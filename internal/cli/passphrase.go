package cli

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"sotto/chain"
)

const maxPassphraseBytes = 4 << 10

// KeyFlags are the flags by which a verb gets at an account's key.
type KeyFlags struct {
	path, passphrase *string
}

// AddKeyFlags adds --key and --passphrase-file.
func AddKeyFlags(f *flag.FlagSet) KeyFlags {
	return KeyFlags{f.String("key", "", ""), f.String("passphrase-file", "", "")}
}

// Path returns the key's file.
func (k KeyFlags) Path() string { return *k.path }

// Load decrypts the key, asking for the passphrase on the terminal if no file was named.
func (k KeyFlags) Load(ctx context.Context, env *Env) (*chain.Account, error) {
	if *k.path == "" {
		return nil, Usagef("name your key file with --key")
	}
	if _, err := os.Stat(*k.path); err != nil {
		return nil, Hint(err, "`sotto keygen -o %s` makes one", *k.path)
	}
	passphrase, err := Passphrase(ctx, env, *k.passphrase, "Passphrase of "+*k.path)
	if err != nil {
		return nil, err
	}
	return chain.LoadKey(*k.path, passphrase)
}

// Passphrase reads a passphrase from file, without the line's end, or from the terminal.
func Passphrase(ctx context.Context, env *Env, file, prompt string) (string, error) {
	if file != "" {
		f, err := os.Open(file)
		if err != nil {
			return "", err
		}
		defer f.Close()
		b, err := io.ReadAll(io.LimitReader(f, maxPassphraseBytes+1))
		if err != nil {
			return "", err
		}
		if len(b) > maxPassphraseBytes {
			return "", fmt.Errorf("passphrase file %s has more than %d bytes", file, maxPassphraseBytes)
		}
		return string(bytes.TrimRight(b, "\r\n")), nil
	}
	fd := int(os.Stdin.Fd())
	if !term.IsTerminal(fd) {
		return "", Hint(errors.New("no terminal to ask for the passphrase on"), "name a file that holds it with --passphrase-file")
	}
	fmt.Fprintf(env.Stderr, "%s: ", prompt)
	before, err := term.GetState(fd)
	if err != nil {
		return "", err
	}
	type answer struct {
		text []byte
		err  error
	}
	done := make(chan answer, 1)
	go func() {
		text, err := term.ReadPassword(fd)
		done <- answer{text, err}
	}()
	select {
	case a := <-done:
		fmt.Fprintln(env.Stderr)
		return string(a.text), a.err
	case <-ctx.Done():
		// The reader above goes with the process; the terminal gets its echo back.
		return "", errors.Join(ctx.Err(), term.Restore(fd, before))
	}
}

// NewPassphrase asks for a new passphrase, twice on a terminal.
func NewPassphrase(ctx context.Context, env *Env, file, prompt string) (string, error) {
	first, err := Passphrase(ctx, env, file, prompt)
	if err != nil || file != "" {
		return first, err
	}
	second, err := Passphrase(ctx, env, file, prompt+" again")
	if err == nil && first != second {
		err = errors.New("the two passphrases differ")
	}
	return first, err
}
