package bitpack_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"sotto/crypto/internal/bitpack"
)

func TestRoundTripAtEveryWidth(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for width := 1; width <= 64; width++ {
		for _, count := range []int{0, 1, 2, 7, 8, 33} {
			values := make([]uint64, count)
			for i := range values {
				values[i] = rng.Uint64() >> (64 - width)
			}
			packed := bitpack.Append(nil, values, width)
			if got, want := len(packed), bitpack.Size(count, width); got != want {
				t.Fatalf("width %d, %d values: %d bytes, want %d", width, count, got, want)
			}
			got := make([]uint64, count)
			if err := bitpack.Unpack(got, packed, width); err != nil {
				t.Fatalf("width %d: %v", width, err)
			}
			for i := range got {
				if got[i] != values[i] {
					t.Fatalf("width %d: value %d is %d, want %d", width, i, got[i], values[i])
				}
			}
		}
	}
}

func TestFirstValueTakesTheLowestBits(t *testing.T) {
	if got, want := bitpack.Append(nil, []uint64{0b101, 0b011, 0b110}, 3), []byte{0b10011101, 0b1}; !bytes.Equal(got, want) {
		t.Fatalf("packed %08b, want %08b", got, want)
	}
}

// TestWideValues packs values of all widths up to three words, with each number of values left over, and compares with one value after
// another.
func TestWideValues(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for width := 1; width <= 192; width++ {
		for _, count := range []int{0, 1, 7, 8, 9, 16, 40, 64 + rng.IntN(64)} {
			words := (width + 63) / 64
			columns := make([][]uint64, 3)
			for i := range columns {
				columns[i] = make([]uint64, count)
				for x := range columns[i] {
					columns[i][x] = rng.Uint64()
					if i == words-1 {
						columns[i][x] >>= (64*words - width)
					}
				}
			}
			w := bitpack.NewWriter([]byte{1, 2, 3})
			for x := range count {
				for i, left := 0, width; left > 0; i, left = i+1, left-64 {
					w.Write(columns[i][x], uint(min(left, 64)))
				}
			}
			want := w.Bytes()
			for _, path := range bitpack.Paths() {
				back := path.Take()
				layout := bitpack.NewLayout(width)
				back()
				// Bytes after the vector stay as they are.
				room := bytes.Repeat([]byte{0xa5}, len(want)+200)
				copy(room, want[:3])
				if got := layout.Append(room[:3], columns); !bytes.Equal(got, want) {
					t.Fatalf("%s: %d values of %d bits: %x, want %x", path.Name, count, width, got, want)
				}
				if rest := room[len(want):]; !bytes.Equal(rest, bytes.Repeat([]byte{0xa5}, 200)) {
					t.Fatalf("%s: %d values of %d bits: bytes after the vector were written", path.Name, count, width)
				}
			}
			got := [][]uint64{make([]uint64, count), make([]uint64, count), make([]uint64, count)}[:words]
			bitpack.UnpackWide(got, want[3:], width)
			for i := range got {
				if !slices.Equal(got[i], columns[i]) {
					t.Fatalf("%d values of %d bits: word %d does not come back", count, width, i)
				}
			}
			if err := bitpack.CheckPadding(want[3:], count, width); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	dst := make([]uint64, 3)
	if err := bitpack.Unpack(dst, []byte{1}, 3); err == nil {
		t.Error("a truncated vector was accepted")
	}
	if err := bitpack.Unpack(dst, []byte{1, 0, 0}, 3); err == nil {
		t.Error("a vector with a trailing byte was accepted")
	}
	if err := bitpack.Unpack(dst, []byte{1, 2}, 3); !errors.Is(err, bitpack.ErrPadding) {
		t.Errorf("set padding bits: got %v, want %v", err, bitpack.ErrPadding)
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add([]byte{1, 2, 3}, uint8(7), uint8(3))
	f.Fuzz(func(t *testing.T, src []byte, width, count uint8) {
		w := int(width)%64 + 1
		dst := make([]uint64, count)
		if bitpack.Unpack(dst, src, w) != nil {
			return
		}
		if again := bitpack.Append(nil, dst, w); !bytes.Equal(again, src) {
			t.Fatalf("accepted %x re-encodes to %x", src, again)
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	for _, width := range []int{30, 76, 168} {
		b.Run(fmt.Sprint(width), func(b *testing.B) {
			columns := [][]uint64{make([]uint64, 4096), make([]uint64, 4096), make([]uint64, 4096)}
			layout, dst := bitpack.NewLayout(width), make([]byte, bitpack.Size(4096, width))
			b.SetBytes(int64(len(dst)))
			b.ReportAllocs()
			for b.Loop() {
				layout.Append(dst[:0], columns)
			}
		})
	}
}
