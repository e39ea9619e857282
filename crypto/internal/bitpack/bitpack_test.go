package bitpack_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
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
