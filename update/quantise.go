package update

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"math"
)

// MaxBits is the widest quantised value. Beyond it, rounding to float32 on the way in would be as coarse as the steps.
const MaxBits = 20

// A Source yields independent uniform 64-bit values.
type Source func() uint64

// NewSource returns a stream of AES-256 in counter mode, keyed by the operating system's random source. It is for one goroutine at a time.
func NewSource() Source {
	var key [32]byte
	rand.Read(key[:]) // ends the program rather than return an error
	defer clear(key[:])
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic("update: internal error: " + err.Error())
	}
	stream := cipher.NewCTR(block, make([]byte, aes.BlockSize))
	buffer := new([4096]byte)
	at := len(buffer)
	return func() uint64 {
		if at == len(buffer) {
			clear(buffer[:])
			stream.XORKeyStream(buffer[:], buffer[:])
			at = 0
		}
		w := binary.LittleEndian.Uint64(buffer[at:])
		at += 8
		return w
	}
}

// A Quantiser turns the coordinates of an update into unsigned integers and sums of such integers back (docs/protocol.md §3).
//
// With L = 2^(Bits−1) − 1 steps to either side of zero, a coordinate x becomes round(x/Clip·L), limited to ±L, plus 2^(Bits−1): an
// integer of 1 to 2^Bits − 1. Zero is 2^(Bits−1).
type Quantiser struct {
	Clip    float32 // C, the largest absolute value that is kept
	Bits    int     // b, 2 to MaxBits
	Nearest bool    // round to the nearest step, ties upward, instead of at random without bias
}

// Validate says whether Clip is finite and above zero and Bits is within its range.
func (q Quantiser) Validate() error {
	if !finite(q.Clip) || q.Clip <= 0 {
		return fmt.Errorf("clip is %v, want a finite value above 0", q.Clip)
	}
	if q.Bits < 2 || q.Bits > MaxBits {
		return fmt.Errorf("%d bits a value, want 2 to %d", q.Bits, MaxBits)
	}
	return nil
}

// Steps returns L = 2^(Bits−1) − 1, the steps from zero to Clip.
func (q Quantiser) Steps() int64 { return 1<<(q.Bits-1) - 1 }

// Offset returns 2^(Bits−1), the integer that stands for zero.
func (q Quantiser) Offset() int64 { return 1 << (q.Bits - 1) }

// Quantise writes the integers of x to dst, which has the same length, and returns how many coordinates had to be clipped. A
// coordinate that is not finite is an error that names its index, and dst is then of no use.
//
// Unless q.Nearest is set, a coordinate between two steps goes to the upper one with a probability equal to its distance from the
// lower one, to within 2^−32, so that the expected integer is the exact value. rnd, which must then be a cryptographic stream, gives
// one value per coordinate.
func (q Quantiser) Quantise(dst []uint32, x []float32, rnd Source) (clipped int, err error) {
	if err := q.Validate(); err != nil {
		return 0, err
	}
	if len(dst) != len(x) {
		return 0, fmt.Errorf("room for %d quantised values, want %d", len(dst), len(x))
	}
	return q.quantise(dst, x, 0, rnd)
}

// quantise is [Quantiser.Quantise] of coordinates from number first on.
func (q Quantiser) quantise(dst []uint32, x []float32, first int, rnd Source) (clipped int, err error) {
	steps, offset := float64(q.Steps()), q.Offset()
	for i, v := range x {
		if !finite(v) {
			return 0, notFinite(first + i)
		}
		if v > q.Clip || v < -q.Clip {
			clipped++
		}
		// Fixed point with 32 bits of fraction: adding a uniform fraction and dropping the fraction rounds without bias.
		s := float64(float64(v)/float64(q.Clip)) * steps
		fixed := int64(math.RoundToEven(max(-steps, min(steps, float64(s))) * (1 << 32)))
		fraction := int64(1 << 31)
		if !q.Nearest {
			fraction = int64(rnd() >> 32)
		}
		dst[i] = uint32((fixed+fraction)>>32 + offset)
	}
	return clipped, nil
}

func notFinite(coordinate int) error {
	return fmt.Errorf("update is not finite at coordinate %d", coordinate)
}

// Dequantise returns the sum of the coordinates that count contributors quantised: (sum − count·2^(Bits−1))·Clip/L. sum is at most
// count·(2^Bits − 1) and count at most 2^32.
func (q Quantiser) Dequantise(sum uint64, count int) float64 {
	return float64(float64(int64(sum)-int64(count)*q.Offset())/float64(q.Steps())) * float64(q.Clip)
}

// Clamp limits each sum of count contributors, in place, to what honest ones can reach, count to count·(2^Bits − 1), and returns how
// many sums were outside. A dishonest contributor's plaintext may hold any value that fits its slot.
func (q Quantiser) Clamp(sums []uint64, count int) (clamped int) {
	for i, s := range sums {
		sums[i] = q.clamp(s, count)
		if sums[i] != s {
			clamped++
		}
	}
	return clamped
}

func (q Quantiser) clamp(sum uint64, count int) uint64 {
	k := uint64(count)
	return max(k, min(k*(1<<q.Bits-1), sum))
}
