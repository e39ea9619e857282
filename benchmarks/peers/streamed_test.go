package peers

import (
	"runtime/debug"
	"strings"
	"testing"

	"sotto/client"
)

// A streamed contribution that is not what it should be gets no row.
func TestStreamedRoundChecksTheUpload(t *testing.T) {
	w := Workload{Parameters: 3000, Contributors: 3, KMax: 128, Bits: 16, Members: 4, Seed: 1}
	s, err := NewStreamedRound(w)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := s.Check(); err == nil {
		t.Error("nothing was uploaded, and that passes")
	}
	took, err := s.Contribution.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if took.Bytes < 2*w.Parameters || took.Whole.Wall <= took.Seal.Wall || took.Seal.Wall <= 0 {
		t.Errorf("took %+v", took)
	}
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	d := s.opening.Descriptor.Domain()
	for _, c := range []struct {
		name, want string
		change     func(u *client.Upload)
	}{
		{"a bit of the ciphertext", "upload with root", func(u *client.Upload) { u.Ciphertext[100] ^= 1 }},
		{"an envelope", "envelopes are not the signed ones", func(u *client.Upload) { u.Submission.Envelopes[1][7] ^= 1 }},
		{"another contributor's signature", "signature", func(u *client.Upload) {
			c := &u.Submission.Signed
			if c.Signature, err = c.Contribution.Sign(d, s.setup.Contributors[1]); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		upload := s.upload
		s.upload.Ciphertext = append([]byte{}, upload.Ciphertext...)
		s.upload.Submission.Envelopes = append([][]byte{}, upload.Submission.Envelopes...)
		s.upload.Submission.Envelopes[1] = append([]byte{}, upload.Submission.Envelopes[1]...)
		c.change(&s.upload)
		if err := s.Check(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("another %s: got error %v, want %q", c.name, err, c.want)
		}
		s.upload = upload
	}
	// Another update: as many values, of another seed.
	s.w.Seed++
	if err := s.Check(); err == nil || !strings.Contains(err.Error(), "steps") {
		t.Errorf("another update: got error %v", err)
	}
	limit := debug.SetMemoryLimit(1 << 40)
	defer debug.SetMemoryLimit(limit)
	if _, err := s.Contribution.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "GOMEMLIMIT is set") {
		t.Errorf("a limit of memory: got error %v", err)
	}
}
