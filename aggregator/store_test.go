package aggregator

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"sotto/round"
)

func openStore(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := OpenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// fullDisk writes the first bytes of a file and no more.
type fullDisk struct {
	*os.File
	room *int
}

func (f fullDisk) Write(b []byte) (int, error) {
	n := min(len(b), *f.room)
	*f.room -= n
	written, err := f.File.Write(b[:n])
	if err == nil && n < len(b) {
		err = syscall.ENOSPC
	}
	return written, err
}

// fill leaves so many bytes on the disk.
func (s *Store) fill(room int) {
	s.create = func(path string) (file, error) {
		f, err := os.Create(path)
		return fullDisk{f, &room}, err
	}
}

func TestStoreFullDisk(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, dir)
	old := []byte("what was there before")
	if err := s.SaveDescription(modelID, old); err != nil {
		t.Fatal(err)
	}
	for room := range 40 {
		s.fill(room)
		next := bytes.Repeat([]byte{'n'}, 40)
		err := s.SaveDescription(modelID, next)
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("%d bytes of room: got %v, want that there is no space left", room, err)
		}
		got, err := s.read(hashFile(descriptions, modelID), 1<<20, "")
		if err != nil || !bytes.Equal(got, old) {
			t.Fatalf("%d bytes of room: file holds %q (%v), want %q", room, got, err, old)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*", "*"+unfinished)); len(left) > 0 {
		t.Fatalf("left behind: %v", left)
	}
}

// A crash between writing and renaming leaves the old file; opening the store clears away the rest.
func TestStoreCrash(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, dir)
	if err := s.save("rewards/7", &round.Installed{Epoch: 7}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"rewards/7" + unfinished, filepath.Join(models, "00"+unfinished)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("half"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s = openStore(t, dir)
	var p round.Installed
	if err := s.load("rewards/7", 4<<10, &p); err != nil || p.Epoch != 7 {
		t.Fatalf("got %+v (%v)", p, err)
	}
	for _, pattern := range []string{"*" + unfinished, "*/*" + unfinished} {
		if left, _ := filepath.Glob(filepath.Join(dir, pattern)); len(left) > 0 {
			t.Fatalf("left behind: %v", left)
		}
	}
}

func TestStoreModel(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, dir)
	content := firstModel(t)
	h, err := s.SaveModel(content)
	if err != nil || h != round.Hash(sha256.Sum256(content)) {
		t.Fatalf("got %s (%v)", h, err)
	}
	if got, err := s.Model(h); err != nil || !bytes.Equal(got, content) {
		t.Fatalf("got %d bytes (%v)", len(got), err)
	}
	_, err = s.Model(modelID)
	refusal(t, err, round.ReasonNotFound, "no model "+modelID.String(), "")

	path := filepath.Join(dir, hashFile(models, h))
	if err := os.WriteFile(path, content[1:], 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Model(h); err == nil || !strings.Contains(err.Error(), "is damaged") {
		t.Fatalf("got %v, want that the file is damaged", err)
	}
}

// Files that are not ours are not taken for ours.
func TestStoreMalformed(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, dir)
	if err := os.WriteFile(filepath.Join(dir, "rewards/7"), []byte("nonsense"), 0o644); err != nil {
		t.Fatal(err)
	}
	var p round.Installed
	if err := s.load("rewards/7", 4<<10, &p); err == nil || !strings.Contains(err.Error(), "malformed rewards/7") {
		t.Fatalf("got %v, want that the file is malformed", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "rewards/7"), make([]byte, 4<<10+1), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := s.load("rewards/7", 4<<10, &p); !errors.Is(err, round.ErrTooLarge) {
		t.Fatalf("got %v, want that the file is too large", err)
	}
}
