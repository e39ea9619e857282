package round_test

import (
	"bytes"
	"testing"

	"sotto/round"
)

// decoders has one entry for every type that is decoded from received bytes.
var decoders = map[byte]func() any{
	0: func() any { return new(round.Descriptor) }, 1: func() any { return new(round.SignedDescriptor) }, 2: func() any { return new(round.Submission) },
	3: func() any { return new(round.SignedReceipt) }, 4: func() any { return new(round.Manifest) }, 5: func() any { return new(round.SignedManifest) },
	6: func() any { return new(round.SignedRelease) }, 7: func() any { return new(round.Transcript) }, 8: func() any { return new(round.CertifiedRound) },
	9: func() any { return new(round.KeyList) }, 10: func() any { return new(round.SignedHello) }, 11: func() any { return new(round.Session) },
	12: func() any { return new(round.SignedPacket) }, 13: func() any { return new(round.PhaseEnd) }, 14: func() any { return new(round.SignedConfirmation) },
	15: func() any { return new(round.Installed) }, 16: func() any { return new(round.SignatureShare) }, 17: func() any { return new(round.SealedShare) },
	18: func() any { return new(round.Finished) }, 19: func() any { return new(round.Certified) }, 20: func() any { return new(round.Skipped) },
	21: func() any { return new(round.Record) }, 22: func() any { return new(round.Rewards) },
}

// Accepted bytes re-encode to themselves, and what was accepted can be looked at without a panic.
func FuzzDecode(f *testing.F) {
	d := descriptor(f)
	m := manifest(f, &d)
	f.Add(byte(0), round.Encode(&d))
	f.Add(byte(1), round.Encode(opened(f)))
	f.Add(byte(4), round.Encode(m))
	f.Add(byte(21), round.Encode(&round.Record{Sequence: 1, Kind: round.KindClose, Body: []byte{1}}))
	for n, v := range decoders {
		f.Add(n, round.Encode(v()))
	}
	open := opened(f)
	f.Fuzz(func(t *testing.T, which byte, b []byte) {
		make := decoders[which%byte(len(decoders))]
		v := make()
		if round.Decode("object", b, 1<<20, v) != nil {
			return
		}
		if again := round.Encode(v); !bytes.Equal(again, b) {
			t.Fatalf("%T: accepted %x re-encodes to %x", v, b, again)
		}
		switch v := v.(type) {
		case *round.Descriptor:
			_ = v.Validate()
		case *round.Manifest:
			_ = v.Validate(&open.Descriptor)
		case *round.Submission:
			_ = v.Check(open, open.Descriptor.Digest(), 100, 100)
		case *round.SignedHello:
			_ = v.Verify(round.Domain{})
		case *round.Session:
			_ = v.KeyList().Hash()
		case *round.Rewards:
			_ = v.Validate()
		}
	})
}
