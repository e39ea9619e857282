//go:build unix

package aggregator

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"

	"sotto/internal/disk"
)

// newScratch returns memory for a ciphertext of size bytes that lies in a file without a name in the folder dir, so that it is gone with the
// process. The file's room is taken first: a disk that fills up later does not break what is written to the memory.
func newScratch(dir string, size int) (b []byte, err error) {
	f, err := os.CreateTemp(dir, "upload-*")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }() // the mapping stays
	if err := os.Remove(f.Name()); err != nil {
		return nil, err
	}
	if err := disk.Reserve(context.Background(), f, int64(size)); err != nil {
		return nil, fmt.Errorf("room for an upload of %d bytes: %w", size, err)
	}
	b, err = unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("mapping an upload of %d bytes: %w", size, err)
	}
	return b[:0], nil
}

// freeScratch gives back what newScratch has returned. Nobody may look at it any more.
func freeScratch(b []byte) error {
	err := unix.Munmap(b[:cap(b)])
	runtime.KeepAlive(b)
	return err
}
