//go:build unix && !linux

package aggregator

import "os"

// reserve takes the disk's room for a file.
func reserve(f *os.File, size int64) error { return fill(f, size) }
