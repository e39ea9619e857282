package committee

import (
	"bytes"
	"crypto/ecdsa"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"sync"
)

// Memory is a member's directory that lives in memory, for simulations of many members and their crashes. Nothing of it outlives the
// process; members that hold anything of value use [Init] and [Open].
type Memory struct {
	identity *ecdsa.PrivateKey

	mu     sync.Mutex
	files  map[string][]byte                    // as after a crash
	volume map[string][]byte                    // what was appended to a file and not synced yet
	fault  func(size int) (kept int, err error) // asked before a change; how much of it survives, and whether it fails. Set by tests
}

// NewMemory returns an empty directory of the member with the given identity.
func NewMemory(identity *ecdsa.PrivateKey) *Memory {
	return &Memory{identity: identity, files: map[string][]byte{}, volume: map[string][]byte{}}
}

// Open returns the directory as a member finds it after a crash: without what was not synced. A directory that was opened before is dead
// then and must not be used any more.
func (m *Memory) Open() (*Directory, error) {
	m.mu.Lock()
	clear(m.volume)
	m.mu.Unlock()
	return newDirectory(m, m.identity, func() error { return nil })
}

// change asks whether a change of that many bytes succeeds, and how many of them it makes.
func (m *Memory) change(size int) (kept int, err error) {
	if m.fault == nil {
		return size, nil
	}
	return m.fault(size)
}

func (m *Memory) read(name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, ok := m.files[name]
	if !ok {
		return nil, fmt.Errorf("file %s: %w", name, fs.ErrNotExist)
	}
	return bytes.Clone(b), nil
}

func (m *Memory) create(name string, data []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.files[name]; ok {
		return fmt.Errorf("file %s: %w", name, fs.ErrExist)
	}
	kept, err := m.change(len(data))
	if kept == len(data) { // as a whole or not at all
		m.files[name] = bytes.Clone(data)
	}
	return err
}

func (m *Memory) destroy(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.files[name])
	delete(m.files, name)
	return nil
}

func (m *Memory) list() ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.files)), nil
}

func (m *Memory) appendTo(name string) (storage, error) {
	if _, err := m.read(name); err != nil {
		return nil, err
	}
	return memoryFile{m, name}, nil
}

type memoryFile struct {
	m    *Memory
	name string
}

func (f memoryFile) contents() ([]byte, error) { return f.m.read(f.name) }

func (f memoryFile) write(b []byte) error {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	kept, err := f.m.change(len(b))
	f.m.volume[f.name] = append(f.m.volume[f.name], b[:kept]...)
	if err != nil {
		f.m.flush(f.name, kept) // a disk may write before it is asked to
	}
	return err
}

func (f memoryFile) sync() error {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	kept, err := f.m.change(len(f.m.volume[f.name]))
	f.m.flush(f.name, kept)
	return err
}

// flush makes the first bytes of what was appended survive, and the rest not.
func (m *Memory) flush(name string, size int) {
	if _, ok := m.files[name]; ok {
		m.files[name] = append(m.files[name], m.volume[name][:size]...)
	}
	delete(m.volume, name)
}

func (f memoryFile) truncate(size int64) error {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	f.m.files[f.name] = f.m.files[f.name][:size]
	return nil
}

func (f memoryFile) close() error { return nil }
