package disk

import (
	"context"
	"errors"
	"os"
	"syscall"
)

// reserve asks the file system. A signal may interrupt it.
func reserve(ctx context.Context, f *os.File, bytes int64) error {
	for {
		err := syscall.Fallocate(int(f.Fd()), 0, 0, bytes)
		switch {
		case errors.Is(err, syscall.EINTR):
			if ctx.Err() != nil {
				return ctx.Err()
			}
		case errors.Is(err, syscall.EOPNOTSUPP), errors.Is(err, syscall.ENOSYS):
			return reserveByWriting(ctx, f, bytes)
		default:
			return err
		}
	}
}
