// Package bitpack writes and reads vectors of fixed-width values as little-endian bits: the first value takes the lowest bits of
// the first byte (docs/protocol.md §1). A vector ends at a byte boundary; the padding bits are zero and a reader refuses others, so
// that every vector has exactly one encoding.
//
// Neither direction branches on the values, only on widths and counts.
package bitpack

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// ErrPadding says that the unused bits of a vector's last byte are not zero.
var ErrPadding = errors.New("padding bits are not zero")

// Size returns the bytes that count values of width bits take.
func Size(count, width int) int { return (count*width + 7) / 8 }

// CheckPadding returns [ErrPadding] if the last byte of a vector of that many values has bits set after the last value. The vector
// must have the length that [Size] says.
func CheckPadding(packed []byte, count, width int) error {
	if used := count * width % 8; used != 0 && packed[len(packed)-1]>>used != 0 {
		return ErrPadding
	}
	return nil
}

// A Writer appends values to a byte slice. Its zero value writes to a new slice.
type Writer struct {
	buf  []byte
	acc  uint64
	bits uint // valid low bits of acc, below 64 between calls
}

// NewWriter returns a Writer that appends to buf.
func NewWriter(buf []byte) *Writer { return &Writer{buf: buf} }

// Write appends the low width bits of v, 1 ≤ width ≤ 64. Higher bits of v must be zero.
func (w *Writer) Write(v uint64, width uint) {
	w.acc |= v << w.bits
	if w.bits += width; w.bits >= 64 {
		w.buf = binary.LittleEndian.AppendUint64(w.buf, w.acc)
		w.bits -= 64
		w.acc = v >> (width - w.bits)
	}
}

// Bytes ends the vector at a byte boundary and returns everything written.
func (w *Writer) Bytes() []byte {
	for n := (w.bits + 7) / 8; n > 0; n-- {
		w.buf = append(w.buf, byte(w.acc))
		w.acc >>= 8
	}
	w.acc, w.bits = 0, 0
	return w.buf
}

// A Reader takes values off a byte slice. The caller checks with [Size] that the slice is long enough; reading past its end
// yields zero bits.
type Reader struct {
	buf  []byte
	acc  uint64
	bits uint // valid low bits of acc, below 64 between calls
}

// NewReader returns a Reader over buf.
func NewReader(buf []byte) *Reader { return &Reader{buf: buf} }

// Read returns the next width bits, 1 ≤ width ≤ 64.
func (r *Reader) Read(width uint) uint64 {
	v := r.acc
	if r.bits >= width {
		r.acc >>= width
		r.bits -= width
	} else {
		next := r.next()
		v |= next << r.bits
		r.acc = next >> (width - r.bits)
		r.bits += 64 - width
	}
	return v & (1<<width - 1)
}

// next takes eight bytes off the slice, or what there is.
func (r *Reader) next() (word uint64) {
	if len(r.buf) >= 8 {
		word, r.buf = binary.LittleEndian.Uint64(r.buf), r.buf[8:]
		return word
	}
	for i, b := range r.buf {
		word |= uint64(b) << (8 * i)
	}
	r.buf = nil
	return word
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
	return AppendWide(dst, [][]uint64{values}, width)
}

// Unpack fills dst with the values of the vector src, which must have exactly the right length and zero padding. width is at most 64.
func Unpack(dst []uint64, src []byte, width int) error {
	if want := Size(len(dst), width); len(src) != want {
		return fmt.Errorf("packed vector has %d bytes, want %d for %d values of %d bits", len(src), want, len(dst), width)
	}
	UnpackWide([][]uint64{dst}, src, width)
	return CheckPadding(src, len(dst), width)
}

// AppendWide appends a vector of values of more than one word: value x, below 2^width, is columns[0][x] + columns[1][x]·2^64 + ….
// There are as many columns as a value has words, or more, all of one length.
func AppendWide(dst []byte, columns [][]uint64, width int) []byte {
	return (&Layout{width: width}).Append(dst, columns)
}

// A Layout is how values of a width are packed. It never changes.
type Layout struct {
	width int
	wide  wideLayout
}

// NewLayout returns the layout for a width of 1 or more.
func NewLayout(width int) *Layout {
	return &Layout{width, newWideLayout(width)}
}

// Append does what [AppendWide] does, and faster.
func (l *Layout) Append(dst []byte, columns [][]uint64) []byte {
	count, width := len(columns[0]), l.width
	size := Size(count, width)
	dst = slices.Grow(dst, size)[:len(dst)+size]
	out := dst[len(dst)-size:]
	done := l.wide.write(out, columns)
	out = out[done*width/8:] // whole bytes
	whole, rest := width/64, uint(width%64)
	var acc uint64
	var bits uint // valid low bits of acc, below 64
	for x := done; x < count; x++ {
		for _, column := range columns[:whole] {
			v := column[x]
			binary.LittleEndian.PutUint64(out, acc|v<<(bits&63))
			out = out[8:]
			acc = v >> 1 >> (^bits & 63)
		}
		if rest == 0 {
			continue
		}
		v := columns[whole][x]
		acc |= v << (bits & 63)
		if bits += rest; bits >= 64 {
			binary.LittleEndian.PutUint64(out, acc)
			out = out[8:]
			bits -= 64
			acc = v >> ((rest - bits) & 63)
		}
	}
	for i := range out {
		out[i] = byte(acc >> (8 * i))
	}
	return dst
}

// UnpackWide is the inverse of [AppendWide]: it fills the columns with the first values of the vector src. The caller checks with
// [Size] that src is long enough and with [CheckPadding] that its padding is zero.
func UnpackWide(columns [][]uint64, src []byte, width int) {
	whole, rest := width/64, uint(width%64)
	r := Reader{buf: src}
	acc, bits := uint64(0), uint(0)
	for x := range columns[0] {
		for _, column := range columns[:whole] {
			word := r.next()
			column[x] = acc | word<<(bits&63)
			acc = word >> 1 >> (^bits & 63)
		}
		if rest == 0 {
			continue
		}
		v := acc
		if bits >= rest {
			acc >>= rest
			bits -= rest
		} else {
			word := r.next()
			v |= word << (bits & 63)
			acc = word >> ((rest - bits) & 63)
			bits += 64 - rest
		}
		columns[whole][x] = v & (1<<rest - 1)
	}
}
