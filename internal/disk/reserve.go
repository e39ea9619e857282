// Package disk takes room for files before they are written.
package disk

import (
	"context"
	"os"
)

// Reserve takes room for the first bytes of a file, or fails if the disk has less: what is written there later, by calls or through a mapping,
// finds room. It ends early with ctx.
func Reserve(ctx context.Context, f *os.File, bytes int64) error { return reserve(ctx, f, bytes) }

// reserveByWriting takes room by writing zeros.
func reserveByWriting(ctx context.Context, f *os.File, bytes int64) error {
	zeros := make([]byte, min(bytes, 1<<20))
	for at := int64(0); at < bytes; at += int64(len(zeros)) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := f.WriteAt(zeros[:min(bytes-at, int64(len(zeros)))], at); err != nil {
			return err
		}
	}
	return nil
}
