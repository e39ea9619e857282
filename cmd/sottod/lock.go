package main

import (
	"fmt"
	"path/filepath"

	"github.com/gofrs/flock"

	"sotto/internal/cli"
)

// lockData keeps other aggregators out of a directory: a second one would give up the round of the first.
func lockData(dir string) (unlock func() error, err error) {
	l := flock.New(filepath.Join(dir, "lock"), flock.SetPermissions(0o600))
	ok, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w", dir, err)
	}
	if !ok {
		return nil, cli.Hint(fmt.Errorf("%s is in use by another process", dir), "stop the other aggregator first; two on one directory give up each other's rounds")
	}
	return l.Unlock, nil
}
