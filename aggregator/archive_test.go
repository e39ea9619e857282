package aggregator

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"sotto/aggregator/engine"
	"sotto/round"
)

// Stores that share an engine find each other's files, those from before as those from since.
func TestStoreShare(t *testing.T) {
	memory := engine.NewMemory()
	first, second := openStore(t, t.TempDir()), openStore(t, t.TempDir())
	model, err := first.SaveModel([]byte("a model"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*Store{first, second} {
		if err := s.Share(t.Context(), memory); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := second.Model(model); err != nil || string(got) != "a model" {
		t.Fatalf("got %q (%v)", got, err)
	}
	if _, err := os.Stat(filepath.Join(second.dir, hashFile(models, model))); err != nil {
		t.Fatalf("the file is not in the folder: %v", err)
	}
	// Both write the same, then one writes something newer.
	for _, s := range []*Store{second, first, second} {
		if err := s.write("rewards/7", []byte("seven")); err != nil {
			t.Fatal(err)
		}
	}
	if err := second.write("rewards/8", []byte("eight")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"rewards/7": "seven", "rewards/8": "eight"} {
		third := openStore(t, t.TempDir())
		if third.has(name) {
			t.Fatalf("a store that shares nothing has %s", name)
		}
		if err := third.Share(t.Context(), memory); err != nil {
			t.Fatal(err)
		}
		if got, err := third.read(name, 10, "missing"); err != nil || !bytes.Equal(got, []byte(want)) || !third.has(name) {
			t.Fatalf("got %q (%v), want %s", got, err, want)
		}
	}
	if _, err := first.read("rewards/9", 10, "no nine"); round.ReasonOf(err) != round.ReasonNotFound {
		t.Fatalf("got %v, want that it is not found", err)
	}
	if n := len(mustRead(t, memory)); n != 3 {
		t.Fatalf("the archive has %d records, want 3: equal files are kept once", n)
	}
	// What the engine refuses is not in the folder either.
	memory.DropSeries(t.Context(), archiveSeries)
	if err := first.write("rewards/10", []byte("ten")); !errors.Is(err, engine.ErrHeadWentBack) || first.has("rewards/10") {
		t.Fatalf("got %v, want that the log went back and no file", err)
	}
}

func mustRead(t *testing.T, m *engine.Memory) (entries []engine.Entry) {
	t.Helper()
	j, err := m.Journal(t.Context(), archiveSeries, archiveName)
	if err != nil {
		t.Fatal(err)
	}
	for e, err := range j.Read(t.Context(), engine.Head{}) {
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, e)
	}
	return entries
}
