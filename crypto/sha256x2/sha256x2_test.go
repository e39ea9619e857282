package sha256x2_test

import (
	"crypto/sha256"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"testing"

	"sotto/crypto/sha256x2"
)

func random(seed uint64, n int) []byte {
	var key [32]byte
	key[0], key[1] = byte(seed), byte(seed>>8)
	b := make([]byte, n)
	rand.NewChaCha8(key).Read(b)
	return b
}

// Digests are those of crypto/sha256, for every length around the ends of blocks and for long strings, whatever they begin with.
func TestSumIsSHA256(t *testing.T) {
	lengths := []int{1 << 10, 4095, 4096, 4097, 256 << 10}
	for n := range 300 {
		lengths = append(lengths, n)
	}
	for _, n := range lengths {
		for _, m := range []int{n, n + 1} {
			prefix, a, b := byte(n), random(1, n), random(2, m)
			x, y := sha256x2.Sum(prefix, a, b)
			if want := sha256.Sum256(append([]byte{prefix}, a...)); x != want {
				t.Fatalf("first of %d and %d bytes: got %x, want %x", n, m, x, want)
			}
			if want := sha256.Sum256(append([]byte{prefix}, b...)); y != want {
				t.Fatalf("second of %d and %d bytes: got %x, want %x", n, m, y, want)
			}
			if z := sha256x2.Sum1(prefix, a); z != x {
				t.Fatalf("one of %d bytes: got %x, want %x", n, z, x)
			}
		}
	}
}

// TestWithoutWideInstructions runs tests again as on processors that lack some instructions.
func TestWithoutWideInstructions(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("there is one path only")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run", "^TestSumIsSHA256")
	cmd.Env = append(os.Environ(), "GODEBUG=cpu.avx2=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestSumAllocatesNothing(t *testing.T) {
	a, b := random(1, 10_000), random(2, 10_000)
	if n := testing.AllocsPerRun(100, func() { sha256x2.Sum(0, a, b) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
	if n := testing.AllocsPerRun(100, func() { sha256x2.Sum(0, a, b[1:]) }); n != 0 {
		t.Errorf("%v allocations with other lengths, want none", n)
	}
}

// BenchmarkSum hashes two strings of 256 KiB, together and one after the other.
func BenchmarkSum(b *testing.B) {
	x, y := random(1, 256<<10), random(2, 256<<10)
	b.Run("two", func(b *testing.B) {
		b.SetBytes(int64(len(x) + len(y)))
		b.ReportAllocs()
		for b.Loop() {
			sha256x2.Sum(0, x, y)
		}
	})
	b.Run("one and one", func(b *testing.B) {
		b.SetBytes(int64(len(x) + len(y)))
		b.ReportAllocs()
		for b.Loop() {
			sha256x2.Sum1(0, x)
			sha256x2.Sum1(0, y)
		}
	})
}
