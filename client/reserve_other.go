//go:build !linux

package client

import (
	"context"
	"os"
)

// reserve takes room for so many bytes from the disk, or fails if there is less.
func reserve(ctx context.Context, f *os.File, bytes int64) error {
	return reserveByWriting(ctx, f, bytes)
}
