package client

import (
	"context"
	"errors"
	"os"
	"syscall"
)

// reserve takes room for so many bytes from the disk, or fails if there is less.
func reserve(ctx context.Context, f *os.File, bytes int64) error {
	for {
		err := syscall.Fallocate(int(f.Fd()), 0, 0, bytes)
		switch {
		case errors.Is(err, syscall.EINTR):
			if ctx.Err() != nil {
				return ctx.Err()
			}
		case errors.Is(err, syscall.EOPNOTSUPP):
			return reserveByWriting(ctx, f, bytes)
		default:
			return err
		}
	}
}
