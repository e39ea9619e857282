// Package bitpack writes and reads vectors of fixed-width values as little-endian bits: the first value takes the lowest bits of
// the first byte (docs/protocol.md §1). A vector ends at a byte boundary; the padding bits are zero and a reader refuses others, so
// that every vector has exactly one encoding.
//
// Neither direction branches on the values, only on widths and counts.
package bitpack

import (
	"errors"
	"fmt"
)

// ErrPadding says that the unused bits of a vector's last byte are not zero.
var ErrPadding = errors.New("padding bits are not zero")

// Size returns the bytes that count values of width bits take.
func Size(count, width int) int { return (count*width + 7) / 8 }

// A Writer appends values to a byte slice. Its zero value writes to a new slice.
type Writer struct {
	buf  []byte
	acc  uint64
	bits uint // valid low bits of acc, below 8 between calls
}

// NewWriter returns a Writer that appends to buf.
func NewWriter(buf []byte) *Writer { return &Writer{buf: buf} }

// Write appends the low width bits of v, 1 ≤ width ≤ 64. Higher bits of v must be zero.
func (w *Writer) Write(v uint64, width uint) {
	for width > 32 {
		w.put(v&0xffffffff, 32)
		v >>= 32
		width -= 32
	}
	w.put(v, width)
}

func (w *Writer) put(v uint64, width uint) {
	w.acc |= v << w.bits
	w.bits += width
	for w.bits >= 8 {
		w.buf = append(w.buf, byte(w.acc))
		w.acc >>= 8
		w.bits -= 8
	}
}

// Bytes ends the vector at a byte boundary and returns everything written.
func (w *Writer) Bytes() []byte {
	if w.bits > 0 {
		w.buf = append(w.buf, byte(w.acc))
		w.acc, w.bits = 0, 0
	}
	return w.buf
}

// A Reader takes values off a byte slice. The caller checks with [Size] that the slice is long enough; reading past its end
// yields zero bits.
type Reader struct {
	buf  []byte
	acc  uint64
	bits uint
}

// NewReader returns a Reader over buf.
func NewReader(buf []byte) *Reader { return &Reader{buf: buf} }

// Read returns the next width bits, 1 ≤ width ≤ 64.
func (r *Reader) Read(width uint) uint64 {
	if width > 32 {
		lo := r.take(32)
		return lo | r.take(width-32)<<32
	}
	return r.take(width)
}

func (r *Reader) take(width uint) uint64 {
	for r.bits < width {
		if len(r.buf) > 0 {
			r.acc |= uint64(r.buf[0]) << r.bits
			r.buf = r.buf[1:]
		}
		r.bits += 8
	}
	v := r.acc & (1<<width - 1)
	r.acc >>= width
	r.bits -= width
	return v
}

// Close returns [ErrPadding] if bits that were not read are not zero.
func (r *Reader) Close() error {
	if r.acc != 0 {
		return ErrPadding
	}
	for _, b := range r.buf {
		if b != 0 {
			return ErrPadding
		}
	}
	return nil
}

// Append appends values, each below 2^width, as one vector. width is at most 64.
func Append(dst []byte, values []uint64, width int) []byte {
	w := NewWriter(dst)
	for _, v := range values {
		w.Write(v, uint(width))
	}
	return w.Bytes()
}

// Unpack fills dst with the values of the vector src, which must have exactly the right length and zero padding.
func Unpack(dst []uint64, src []byte, width int) error {
	if want := Size(len(dst), width); len(src) != want {
		return fmt.Errorf("packed vector has %d bytes, want %d for %d values of %d bits", len(src), want, len(dst), width)
	}
	r := NewReader(src)
	for i := range dst {
		dst[i] = r.Read(uint(width))
	}
	return r.Close()
}
