package tbls_test

import (
	"bytes"
	"testing"

	"sotto/crypto/tbls"
)

// Each target checks that accepted bytes are the only encoding of what they mean: they are encoded again as they were.

func FuzzPacket(f *testing.F) {
	v := readVectors(f).KeyGeneration
	for _, packets := range [][]hexBytes{v.Deals[:1], v.Responses[2:3], v.Justifications} {
		for _, p := range packets {
			f.Add(uint8(4), []byte(p))
		}
	}
	// Of larger committees the short forms, which are within a mutation's reach.
	for _, n := range []uint8{7, 10} {
		f.Add(n, append(append(bytes.Clone(v.Responses[0][:34]), bytes.Repeat([]byte{1}, int(n))...), v.Responses[0][38:]...))
		f.Add(n, []byte(v.Justifications[0]))
	}
	session := v.session(f)
	f.Fuzz(func(t *testing.T, n uint8, b []byte) {
		if again, err := tbls.Reencode(int(n), b); err == nil && !bytes.Equal(again, b) {
			t.Errorf("%x is encoded as %x", b, again)
		}
		if phase, member, err := session.Check(b); err == nil && (phase != tbls.Phase(b[0]) || member != int(b[1])) {
			t.Errorf("%x: phase %v, member %d", b, phase, member)
		}
	})
}

func FuzzGroupKey(f *testing.F) {
	for _, v := range readVectors(f).Signatures {
		f.Add([]byte(v.GroupKey))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if group, err := tbls.ParseGroupKey(b); err == nil && !bytes.Equal(group.Marshal(), b) {
			t.Errorf("%x is encoded as %x", b, group.Marshal())
		}
	})
}

func FuzzPublicKey(f *testing.F) {
	v := readVectors(f)
	f.Add([]byte(v.Signatures[0].PublicKey))
	addRefused(f, v, "public key")
	f.Fuzz(func(t *testing.T, b []byte) {
		key, err := tbls.ParsePublicKey(b)
		if _, err2 := tbls.ParseDKGPublic(b); (err == nil) != (err2 == nil) {
			t.Errorf("%x: as public key %v, as key generation key %v", b, err, err2)
		}
		if err != nil {
			return
		}
		evm, err := tbls.EVMPublicKey(key)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := tbls.ParseEVMPublicKey(evm[:]); err != nil || !bytes.Equal(again[:], b) {
			t.Errorf("%x comes back from the EVM's form as %x, %v", b, again, err)
		}
	})
}

func FuzzEVMPublicKey(f *testing.F) {
	v := readVectors(f)
	f.Add([]byte(v.Signatures[0].EVMPublicKey))
	addRefused(f, v, "EVM public key")
	f.Fuzz(func(t *testing.T, b []byte) {
		key, err := tbls.ParseEVMPublicKey(b)
		if err != nil {
			return
		}
		if again, err := tbls.EVMPublicKey(key); err != nil || !bytes.Equal(again[:], b) {
			t.Errorf("%x is encoded as %x, %v", b, again, err)
		}
	})
}

func FuzzSignature(f *testing.F) {
	v := readVectors(f)
	f.Add([]byte(v.Signatures[0].Signature))
	addRefused(f, v, "signature")
	group, err := tbls.ParseGroupKey(v.Signatures[0].GroupKey)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		sig, err := tbls.ParseSignature(b)
		if err != nil {
			return
		}
		if !bytes.Equal(sig[:], b) {
			t.Errorf("%x is read as %x", b, sig)
		}
		if _, err := tbls.EVMSignature(sig); err != nil {
			t.Errorf("%x has no form for the EVM: %v", b, err)
		}
		// One signature, and nothing else, verifies.
		if err := tbls.Verify(group.Public(), v.Signatures[0].Message, sig); (err == nil) != bytes.Equal(b, v.Signatures[0].Signature) {
			t.Errorf("%x: %v", b, err)
		}
	})
}

func FuzzSecrets(f *testing.F) {
	v := readVectors(f)
	f.Add([]byte(v.Signatures[0].SecretShares[0]))
	f.Add([]byte(v.KeyGeneration.DKGSecrets[0]))
	addRefused(f, v, "secret share", "key generation secret")
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := tbls.ParseSecretShare(b); err == nil && !bytes.Equal(s.Marshal(), b) {
			t.Errorf("secret share %x is encoded as %x", b, s.Marshal())
		}
		if s, err := tbls.ParseDKGSecret(b); err == nil && !bytes.Equal(s.Marshal(), b) {
			t.Errorf("secret %x is encoded as %x", b, s.Marshal())
		}
	})
}

func addRefused(f *testing.F, v vectors, what ...string) {
	for _, r := range v.Refused {
		for _, w := range what {
			if r.What == w {
				f.Add([]byte(r.Bytes))
			}
		}
	}
}
