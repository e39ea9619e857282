//go:build !linux

package disk

import (
	"context"
	"os"
)

func reserve(ctx context.Context, f *os.File, bytes int64) error {
	return reserveByWriting(ctx, f, bytes)
}
