package aggregator

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"

	"sotto/aggregator/engine"
	"sotto/crypto/ringsis"
)

// sums are the digit sums of a round's leaves, of the contributions that were added and not taken away again: all that the aggregator keeps
// of ciphertexts. It is what a worker's commits add up ([engine.Sum]).
type sums struct {
	hash         ringsis.Params
	coefficients int
	leaves       []leafSum
}

// leafSum adds up the digits of a leaf's ciphertexts.
type leafSum struct {
	count  uint64
	digits []uint64 // nil before the first contribution
}

func newSums(hash ringsis.Params, coefficients, leaves int) *sums {
	return &sums{hash: hash, coefficients: coefficients, leaves: make([]leafSum, leaves)}
}

// Add implements [engine.Sum].
func (s *sums) Add(u *upload) error {
	leaf := &s.leaves[u.contribution().Leaf]
	if leaf.digits == nil {
		leaf.digits = make([]uint64, s.coefficients*s.hash.Digits())
	}
	if err := s.hash.AddDigits(leaf.digits, u.ciphertext); err != nil {
		return err
	}
	leaf.count++
	return nil
}

// Subtract implements [engine.Sum]. −(−x + d) = x − d, exactly, modulo 2^64.
func (s *sums) Subtract(u *upload) error {
	leaf := &s.leaves[u.contribution().Leaf]
	if leaf.count == 0 {
		return fmt.Errorf("leaf %d is empty", u.contribution().Leaf)
	}
	negate(leaf.digits)
	err := s.hash.AddDigits(leaf.digits, u.ciphertext)
	negate(leaf.digits)
	if err != nil {
		return err
	}
	if leaf.count--; leaf.count == 0 {
		leaf.digits = nil
	}
	return nil
}

func negate(digits []uint64) {
	for x := range digits {
		digits[x] = -digits[x]
	}
}

// sliceCoefficients is how many coefficients are encoded at one time; a multiple of 8, so that slices end with a byte.
const sliceCoefficients = 1 << 15

// slices calls f with the bounds of each slice of the coefficients.
func (s *sums) slices(f func(from, to int) error) error {
	for from := 0; from < s.coefficients; from += sliceCoefficients {
		if err := f(from, min(from+sliceCoefficients, s.coefficients)); err != nil {
			return err
		}
	}
	return nil
}

// Write implements [engine.Sum]: for each leaf the count (8 bytes, big-endian) and, unless that is 0, the encoded digit sums
// ([ringsis.Params.EncodeSums]).
func (s *sums) Write(w io.Writer) error {
	b := make([]byte, 0, s.hash.SumsBytes(min(sliceCoefficients, s.coefficients)))
	for i := range s.leaves {
		leaf := &s.leaves[i]
		if _, err := w.Write(binary.BigEndian.AppendUint64(nil, leaf.count)); err != nil {
			return err
		}
		if leaf.count == 0 {
			continue
		}
		if err := s.slices(func(from, to int) (err error) {
			b, err = s.hash.AppendSums(b[:0], leaf.digits[from*s.hash.Digits():to*s.hash.Digits()])
			if err != nil {
				return fmt.Errorf("leaf %d: %w", i, err)
			}
			_, err = w.Write(b)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// Shows implements [engine.Sum]: the sum of a leaf with one contribution is its ciphertext.
func (s *sums) Shows() bool {
	for i := range s.leaves {
		if s.leaves[i].count == 1 {
			return true
		}
	}
	return false
}

// size returns the most bytes that Write writes.
func (s *sums) size() int64 {
	return int64(len(s.leaves)) * (8 + int64(s.hash.SumsBytes(s.coefficients)))
}

// read adds what Write has written.
func (s *sums) read(r io.Reader) error {
	var head [8]byte
	buffer := make([]byte, s.hash.SumsBytes(min(sliceCoefficients, s.coefficients)))
	for i := range s.leaves {
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return fmt.Errorf("leaf %d: %w", i, err)
		}
		count := binary.BigEndian.Uint64(head[:])
		if count == 0 {
			continue
		}
		leaf := &s.leaves[i]
		if leaf.digits == nil {
			leaf.digits = make([]uint64, s.coefficients*s.hash.Digits())
		}
		leaf.count += count
		if err := s.slices(func(from, to int) error {
			b := buffer[:s.hash.SumsBytes(to-from)]
			if _, err := io.ReadFull(r, b); err != nil {
				return err
			}
			digits, err := s.hash.DecodeSums(b, to-from)
			for x, d := range digits {
				leaf.digits[from*s.hash.Digits()+x] += d
			}
			return err
		}); err != nil {
			return fmt.Errorf("leaf %d: %w", i, err)
		}
	}
	if n, _ := r.Read(head[:1]); n > 0 {
		return fmt.Errorf("sums go on after leaf %d", len(s.leaves)-1)
	}
	return nil
}

// readSegment adds the sums of a segment.
func (s *sums) readSegment(ctx context.Context, bulk engine.Bulk, segment engine.Segment) error {
	if segment.Size > s.size() {
		return fmt.Errorf("segment %s has %d bytes, at most %d: %w", segment.ID, segment.Size, s.size(), engine.ErrViolation)
	}
	r, w := io.Pipe()
	got := make(chan error, 1)
	go func() {
		err := bulk.Get(ctx, segment, w)
		w.CloseWithError(err) // EOF if nil
		got <- err
	}()
	err := s.read(bufio.NewReaderSize(r, 1<<20))
	if err != nil {
		r.CloseWithError(err)
	}
	if failed := <-got; failed != nil {
		return fmt.Errorf("segment %s: %w", segment.ID, failed)
	}
	if err != nil {
		return fmt.Errorf("segment %s: %w", segment.ID, err)
	}
	return nil
}
