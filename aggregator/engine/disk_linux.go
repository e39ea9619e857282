package engine

import "syscall"

// forgetful says why a directory's file system may lose what was synced, or nothing.
func forgetful(dir string) string {
	var s syscall.Statfs_t
	if syscall.Statfs(dir, &s) != nil {
		return ""
	}
	switch uint32(s.Type) {
	case 0x01021994, 0x858458f6: // tmpfs, ramfs
		return "a file system in memory, which loses everything when the machine stops"
	case 0x6969, 0xff534d42, 0xfe534d42, 0x65735546: // NFS, CIFS, SMB2, FUSE
		return "a network or user-space file system, of which nobody knows whether it honours flushes"
	}
	return ""
}
