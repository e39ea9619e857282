package committee

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// files is where a member keeps what must survive: a folder, or memory in simulations.
type files interface {
	// read returns a file, or an error that is fs.ErrNotExist.
	read(name string) ([]byte, error)
	// create makes a file that is durably there as a whole or not at all. A file that exists is fs.ErrExist.
	create(name string, data []byte) error
	// destroy overwrites and removes a file. One that does not exist is no error.
	destroy(name string) error
	// list returns the names of the files.
	list() ([]string, error)
	// appendTo opens a file for appending.
	appendTo(name string) (storage, error)
}

// storage is a file that only grows. What is written survives a crash once sync has returned.
type storage interface {
	contents() ([]byte, error)
	write(b []byte) error
	sync() error
	truncate(size int64) error
	close() error
}

const temporary = ".tmp" // ends the names of files that are not there yet

// folder is files in a directory of the machine, readable by its owner only.
type folder string

func (d folder) path(name string) string { return filepath.Join(string(d), name) }

func (d folder) read(name string) ([]byte, error) {
	f, err := os.Open(d.path(name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err == nil && len(b) > maxFileBytes {
		err = fmt.Errorf("file %s has more than %d bytes", name, maxFileBytes)
	}
	return b, err
}

func (d folder) create(name string, data []byte) error {
	// The directory's lock keeps others from making the file between this look and the renaming.
	if _, err := os.Lstat(d.path(name)); err == nil {
		return fmt.Errorf("file %s: %w", name, fs.ErrExist)
	}
	f, err := os.OpenFile(d.path(name+temporary), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(d.path(name+temporary)))
	}
	if err := os.Rename(d.path(name+temporary), d.path(name)); err != nil {
		return err
	}
	return d.sync()
}

// destroy is as thorough as the file system: one that copies on write, or flash memory below it, may keep the old bytes.
func (d folder) destroy(name string) error {
	f, err := os.OpenFile(d.path(name), os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil {
		_, err = f.Write(make([]byte, info.Size()))
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Remove(d.path(name)); err != nil {
		return err
	}
	return d.sync()
}

func (d folder) list() ([]string, error) {
	entries, err := os.ReadDir(string(d))
	var names []string
	for _, e := range entries {
		if e.Type().IsRegular() {
			names = append(names, e.Name())
		}
	}
	return names, err
}

func (d folder) appendTo(name string) (storage, error) {
	f, err := os.OpenFile(d.path(name), os.O_RDWR|os.O_APPEND, 0)
	if err != nil {
		return nil, err
	}
	return file{f}, nil
}

// sync makes renamings and removals survive. Windows does so by itself and has no way to ask for it.
func (d folder) sync() error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(string(d))
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// sweep destroys what a crash left half-made.
func sweep(f files) error {
	names, err := f.list()
	if err != nil {
		return err
	}
	for _, name := range names {
		if strings.HasSuffix(name, temporary) {
			if err := f.destroy(name); err != nil {
				return err
			}
		}
	}
	return nil
}

type file struct{ *os.File }

func (f file) contents() ([]byte, error) {
	return io.ReadAll(io.NewSectionReader(f.File, 0, maxJournalBytes+1))
}

func (f file) write(b []byte) error      { _, err := f.Write(b); return err }
func (f file) sync() error               { return f.Sync() }
func (f file) truncate(size int64) error { return f.Truncate(size) }
func (f file) close() error              { return f.Close() }
