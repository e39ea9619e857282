package measure

import (
	"bytes"
	"os"
	"runtime/debug"
	"strconv"
)

// Memory is what a process holds in physical memory, in bytes.
type Memory struct {
	Resident int64 // now
	Peak     int64 // at most
	Files    int64 // of Resident, pages of files: the program itself, which the system may drop at any time
}

// ResetPeak gives unused memory back to the system and begins to look for a new peak. It returns false where the system, which must be
// Linux, has no way to do so.
func ResetPeak() bool {
	debug.FreeOSMemory()
	// Written to clear_refs, 5 resets the peak to what is resident now: proc(5).
	return os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) == nil
}

// MemoryOf returns what this process holds, now and at most since ResetPeak. ok is false where the system does not say.
func MemoryOf() (m Memory, ok bool) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return m, false
	}
	for line := range bytes.Lines(status) {
		fields := bytes.Fields(line)
		if len(fields) != 3 || string(fields[2]) != "kB" {
			continue
		}
		kilobytes, err := strconv.ParseInt(string(fields[1]), 10, 64)
		if err != nil {
			continue
		}
		switch string(fields[0]) {
		case "VmHWM:":
			m.Peak = kilobytes << 10
		case "VmRSS:":
			m.Resident = kilobytes << 10
		case "RssFile:":
			m.Files = kilobytes << 10
		}
	}
	return m, m.Peak > 0 && m.Resident > 0 && m.Files > 0
}
