package committee

import (
	"bytes"
	"maps"
)

// Clone returns a directory of the same member with the same content, as it would be after a crash, for simulations that all begin from
// one state. The two must not take part in one deployment.
func (m *Memory) Clone() *Memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := &Memory{identity: m.identity, files: maps.Clone(m.files), volume: map[string][]byte{}}
	for name, content := range c.files {
		c.files[name] = bytes.Clone(content)
	}
	return c
}
