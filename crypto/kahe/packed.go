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
	if err := bitpack.CheckPadding(packed, coefficients, width); err != nil {
		return fmt.Errorf("ciphertext: %w", err)
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
	const part = 512 // coefficients, a multiple of 8
	r := newRounder(params)
	a, b := newRows(r.words, part), newRows(r.words, part)
	size := bitpack.Size(part, params.WireBits())
	for ; coefficients > 0; coefficients -= part {
		if coefficients < part {
			size = len(dst)
			for i := range a {
				a[i], b[i] = a[i][:coefficients], b[i][:coefficients]
			}
		}
		bitpack.UnpackWide(a, dst, params.WireBits())
		bitpack.UnpackWide(b, src, params.WireBits())
		r.add(a, b, 0, 0)
		bitpack.AppendWide(dst[:0], a, params.WireBits())
		dst, src = dst[size:], src[size:]
	}
	return nil
}
