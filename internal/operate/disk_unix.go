//go:build linux || darwin

package operate

import "syscall"

// freeBytes returns what may still be written in a directory, and false if the system does not say.
func freeBytes(dir string) (uint64, bool) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, false
	}
	return s.Bavail * uint64(s.Bsize), true
}
