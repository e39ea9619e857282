package client_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"sotto/client"
	"sotto/crypto/kahe"
	"sotto/crypto/ringsis"
	"sotto/internal/simulate"
	"sotto/round"
)

// TestSealStreamSignsWhatItWrites checks hash and root of a ciphertext of several parts against the whole.
func TestSealStreamSignsWhatItWrites(t *testing.T) {
	const parameters = 150_001
	s, err := simulate.NewSetup(4, 3, simulate.NewModel(parameters))
	check(t, err)
	for _, set := range []kahe.Set{kahe.TestInsecure, kahe.A45, kahe.B90} {
		r, err := s.Begin(simulate.Rules{Set: set})
		check(t, err)
		d := &r.Opening.Descriptor
		var ciphertext bytes.Buffer
		submission, err := client.SealStream(&r.Opening, s.Committee.Keys, s.Contributors[0], func(values []uint32) error {
			for i := range values {
				values[i] = uint32(i) % 256
			}
			return nil
		}, &ciphertext)
		check(t, err)
		if got, want := submission.Signed.Contribution.CiphertextRoot, round.CiphertextRoot(ciphertext.Bytes()); got != want {
			t.Errorf("%v: root %s, want %s", set, got, want)
		}
		enc, hash, err := d.Crypto()
		check(t, err)
		check(t, submission.Check(&r.Opening, d.Digest(), len(submission.Envelopes[0]), hash.HashBytes()))
		key, err := ringsis.NewKey(r.Opening.Beacon(), hash, enc.Coefficients(d.Values()))
		check(t, err)
		want, err := key.SumPacked(ciphertext.Bytes())
		check(t, err)
		if !bytes.Equal(submission.RingHash, want.Bytes()) {
			t.Errorf("%v: the hash is not the ciphertext's", set)
		}
	}
}

func TestSealStreamFails(t *testing.T) {
	r := newRound(t)
	broken := errors.New("broken")
	zeros := func([]uint32) error { return nil }
	seal := func(read func([]uint32) error, w io.Writer) error {
		_, err := client.SealStream(&r.Opening, r.Setup.Committee.Keys, r.Setup.Contributors[0], read, w)
		return err
	}
	if err := seal(func([]uint32) error { return broken }, io.Discard); !errors.Is(err, broken) {
		t.Errorf("values that cannot be read: %v", err)
	}
	reader, writer := io.Pipe()
	reader.CloseWithError(broken)
	if err := seal(zeros, writer); !errors.Is(err, broken) {
		t.Errorf("ciphertext that cannot be written: %v", err)
	}
	if _, err := client.SealStream(&r.Opening, r.Setup.Committee.Keys[:3], r.Setup.Contributors[0], zeros, io.Discard); err == nil || !strings.Contains(err.Error(), "3 members") {
		t.Errorf("another key list: %v", err)
	}
	if _, err := client.Seal(&r.Opening, r.Setup.Committee.Keys, r.Setup.Contributors[0], make([]uint32, parameters-1)); err == nil || !strings.Contains(err.Error(), "599 values to encrypt, want 600") {
		t.Errorf("a value missing: %v", err)
	}
}
