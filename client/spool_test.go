package client_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"sotto/client"
)

func entries(t *testing.T, folder string) int {
	t.Helper()
	all, err := os.ReadDir(folder)
	check(t, err)
	return len(all)
}

func TestSpoolReadsWhatWasWritten(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "not", "there")
	content := make([]byte, 700_001)
	rand.NewChaCha8([32]byte{}).Read(content)
	s, err := client.NewSpool(t.Context(), folder, int64(len(content)))
	check(t, err)
	if runtime.GOOS != "windows" && entries(t, folder) != 0 {
		t.Error("a spool has a name in its folder")
	}
	if room, err := os.Stat(folder); err != nil || runtime.GOOS != "windows" && room.Mode().Perm() != 0o700 {
		t.Errorf("folder %v, %v", room.Mode(), err)
	}
	for rest, n := content, 1; len(rest) > 0; n *= 3 {
		k, err := s.Write(rest[:min(n, len(rest))])
		check(t, err)
		rest = rest[k:]
	}
	got, err := io.ReadAll(io.NewSectionReader(s, 0, s.Size()))
	if err != nil || !bytes.Equal(got, content) {
		t.Errorf("read %d other bytes, %v", len(got), err)
	}
	if n, err := s.ReadAt(make([]byte, 10), int64(len(content))-3); n != 3 || err != io.EOF {
		t.Errorf("over the end: %d bytes, %v", n, err)
	}
	check(t, s.Close())
	if entries(t, folder) != 0 {
		t.Error("a closed spool is still there")
	}
}

func TestSpoolNeedsRoom(t *testing.T) {
	folder := t.TempDir()
	if _, err := client.NewSpool(t.Context(), folder, 1<<60); !errors.Is(err, client.ErrNoRoom) {
		t.Errorf("an exabyte: got error %v, want %v", err, client.ErrNoRoom)
	}
	if entries(t, folder) != 0 {
		t.Error("something is left")
	}
}
