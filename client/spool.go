package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"sotto/internal/disk"
)

// ErrNoRoom says that a disk has no room for what has to wait there. A person frees some, or names another folder.
var ErrNoRoom = errors.New("not enough room on disk")

// A Spool is a file for what is too large for memory: it has no name in its folder, so that it is gone when the process ends, however that
// happens. Where the system cannot take the name away from an open file, Close does.
type Spool struct {
	file    *os.File
	name    string // to be removed; "" if it is
	size    int64  // written, pending included
	pending []byte // not yet in the file
}

// pageBytes is how much is written at once: whole pages, which the system takes in half the time.
const pageBytes = 256 << 10

// NewSpool makes a spool in folder with room for so many bytes, at least 1, or returns an error that wraps [ErrNoRoom]. Only this user may read it.
func NewSpool(ctx context.Context, folder string, bytes int64) (*Spool, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(folder, ".sotto-*")
	if err != nil {
		return nil, err
	}
	s := &Spool{file: f, name: f.Name()}
	if os.Remove(s.name) == nil {
		s.name = ""
	}
	if err := disk.Reserve(ctx, f, bytes); err != nil {
		s.Close()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("%w: %s has to take %d bytes: %v", ErrNoRoom, folder, bytes, err)
	}
	return s, nil
}

// Write appends to what was written.
func (s *Spool) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		n := min(len(rest), pageBytes-len(s.pending))
		s.pending = append(s.pending, rest[:n]...)
		s.size += int64(n)
		if rest = rest[n:]; len(s.pending) == pageBytes {
			if err := s.flush(); err != nil {
				return len(p) - len(rest), err
			}
		}
	}
	return len(p), nil
}

func (s *Spool) flush() error {
	_, err := s.file.WriteAt(s.pending, s.size-int64(len(s.pending)))
	s.pending = s.pending[:0]
	return err
}

// Size returns how many bytes were written.
func (s *Spool) Size() int64 { return s.size }

// ReadAt reads what was written.
func (s *Spool) ReadAt(p []byte, at int64) (int, error) {
	if len(s.pending) > 0 {
		if err := s.flush(); err != nil {
			return 0, err
		}
	}
	return io.NewSectionReader(s.file, 0, s.size).ReadAt(p, at)
}

// Close gives the room back.
func (s *Spool) Close() error {
	err := s.file.Close()
	if s.name != "" {
		err = errors.Join(err, os.Remove(s.name))
	}
	return err
}
