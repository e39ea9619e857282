package aggregator

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sotto/aggregator/engine"
)

// Only sums rest on disk: once a leaf has a second contribution, nothing of the first one's ciphertext, nor of the sum that was it alone, is
// in any file of the aggregator's.
func TestOnlySumsRest(t *testing.T) {
	root := t.TempDir()
	kept, err := engine.Open(t.Context(), engine.Config{Dir: filepath.Join(root, "engine"), MaxStore: 1 << 30, Reserve: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kept.Close() })
	b := newBench(t, 4, func(c *Config) { c.Engine = kept })
	o := b.open()
	first, second := b.seal(o, b.keys[0]), b.seal(o, b.keys[1])
	give := func(u *testUpload) {
		t.Helper()
		if _, err := b.Contribute(u.header(), u.chunks()); err != nil {
			t.Fatal(err)
		}
	}
	give(first)
	alone := b.working.newSums()
	if err := alone.Add(&upload{submission: first.submission, ciphertext: first.ciphertext}); err != nil {
		t.Fatal(err)
	}
	var sum bytes.Buffer
	if err := alone.Write(&sum); err != nil {
		t.Fatal(err)
	}
	traces := [][]byte{first.ciphertext[:64], sum.Bytes()[8:72]}
	found := func() (places []string) {
		for _, dir := range []string{root, b.dir} {
			if err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return nil // gone meanwhile
				}
				content, err := os.ReadFile(path)
				for _, trace := range traces {
					if err == nil && bytes.Contains(content, trace) {
						places = append(places, path)
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		return places
	}
	if len(found()) == 0 {
		t.Fatal("the sum over one contribution is nowhere: the search finds nothing")
	}
	give(second)
	deadline := time.Now().Add(10 * time.Second) // what is superseded is dropped in the background
	for len(found()) > 0 && time.Now().Before(deadline) {
		time.Sleep(20 * time.Millisecond)
	}
	if left := found(); len(left) > 0 {
		t.Fatalf("the first contribution alone is still in %v", left)
	}
}
