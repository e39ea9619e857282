package kahe

import (
	"fmt"

	"sotto/crypto/internal/bitpack"
)

// Check returns an error unless packed has exactly the length of a ciphertext of that many model parameters, with zero padding.
// Every such vector is a ciphertext, and so is every sum of them.
func Check(params Params, parameters int, packed []byte) error {
	if err := params.CheckParameters(parameters); err != nil {
		return err
	}
	return checkPacked(params, params.Coefficients(parameters), packed)
}

func checkPacked(params Params, coefficients int, packed []byte) error {
	width := params.WireBits()
	if want := bitpack.Size(coefficients, width); len(packed) != want {
		return fmt.Errorf("ciphertext has %d bytes, want %d for %d coefficients of %d bits", len(packed), want, coefficients, width)
	}
	if used := coefficients * width % 8; used != 0 && packed[len(packed)-1]>>used != 0 {
		return fmt.Errorf("ciphertext: %w", bitpack.ErrPadding)
	}
	return nil
}

// Add adds the packed ciphertext src to the packed ciphertext dst of the same length, coefficient by coefficient modulo 2^p.
func Add(params Params, dst, src []byte) error {
	if params == (Params{}) {
		return errNoParams
	}
	// p is above 8, so the length gives the number of coefficients.
	coefficients := 8 * len(dst) / params.WireBits()
	if err := checkPacked(params, coefficients, dst); err != nil {
		return err
	}
	if err := checkPacked(params, coefficients, src); err != nil {
		return err
	}
	mask := newRounder(params).wireMask
	// The writer fills bytes that the reader has taken off before.
	a, b, sum := bitpack.NewReader(dst), bitpack.NewReader(src), bitpack.NewWriter(dst[:0])
	for range coefficients {
		x, y := readCoefficient(a, params.WireBits()), readCoefficient(b, params.WireBits())
		x = add3(&x, &y)
		x = and3(&x, &mask)
		writeCoefficient(sum, &x, params.WireBits())
	}
	sum.Bytes()
	return nil
}

func writeCoefficient(w *bitpack.Writer, c *limbs, width int) {
	for i := 0; width > 0; i++ {
		w.Write(c[i], uint(min(width, 64)))
		width -= 64
	}
}

func readCoefficient(r *bitpack.Reader, width int) (c limbs) {
	for i := 0; width > 0; i++ {
		c[i] = r.Read(uint(min(width, 64)))
		width -= 64
	}
	return c
}
