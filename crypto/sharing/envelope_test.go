package sharing_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/hpke"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"sotto/crypto/sharing"
)

func newKey(t testing.TB) *sharing.EnvelopeKey {
	t.Helper()
	key, err := sharing.GenerateEnvelopeKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func seal(t testing.TB, key *sharing.EnvelopePublicKey, ctx sharing.Context, share []byte) []byte {
	t.Helper()
	sealed, err := sharing.Seal(key, ctx, share)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

var testContext = sharing.Context{Descriptor: [32]byte{1}, Contributor: [20]byte{2}, Member: 3, Leaf: 4}

func TestEnvelope(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 11))
	for _, p := range all(t) {
		n := p.Members()
		for _, N := range []int{1, 256, 4096} {
			shares := split(t, p, key(rng, N))
			ctx := testContext
			for j, share := range shares {
				ctx.Member = uint8(j + 1)
				k := newKey(t)
				sealed := seal(t, k.Public(), ctx, sharing.EncodeShare(p, share))
				if got, want := len(sealed), p.EnvelopeBytes(N); got != want {
					t.Fatalf("n = %d, N = %d: envelope of %d bytes, want %d", n, N, got, want)
				}
				got, err := sharing.OpenEnvelope(p, k, ctx, sealed, N)
				if err != nil || !slices.Equal(got, share) {
					t.Fatalf("n = %d, N = %d, member %d: another share, error %v", n, N, j+1, err)
				}
			}
		}
	}
}

// TestReplayedEnvelope takes an envelope into another context, one field at a time. That it is the binding to this field that refuses it
// shows when the field is left out of what is bound.
func TestReplayedEnvelope(t *testing.T) {
	p, k := newParams(t, 4, mostLarge), newKey(t)
	share := split(t, p, make([]int32, 8))[0]
	encoded := sharing.EncodeShare(p, share)
	sealed := seal(t, k.Public(), testContext, encoded)
	for field, change := range map[string]struct{ to, without func(*sharing.Context) }{
		"descriptor": {
			func(c *sharing.Context) { c.Descriptor[31] ^= 1 },
			func(c *sharing.Context) { c.Descriptor = [32]byte{} }},
		"contributor": {
			func(c *sharing.Context) { c.Contributor[19] ^= 1 },
			func(c *sharing.Context) { c.Contributor = [20]byte{} }},
		"member": {
			func(c *sharing.Context) { c.Member++ },
			func(c *sharing.Context) { c.Member = 0 }},
		"leaf": {
			func(c *sharing.Context) { c.Leaf += 1 << 8 },
			func(c *sharing.Context) { c.Leaf = 0 }},
	} {
		replayed := testContext
		change.to(&replayed)
		if _, err := sharing.OpenEnvelope(p, k, replayed, sealed, 8); !errors.Is(err, sharing.ErrEnvelope) {
			t.Errorf("another %s: got %v, want %v", field, err, sharing.ErrEnvelope)
		}

		original := testContext
		change.without(&original)
		change.without(&replayed)
		unbound, err := sharing.SealInfo(k.Public(), original.Info(), encoded)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := sharing.OpenInfo(p, k, replayed.Info(), unbound, 8); err != nil {
			t.Errorf("another %s, not bound: %v, want it to open", field, err)
		}
	}
	if _, err := sharing.OpenEnvelope(p, newKey(t), testContext, sealed, 8); !errors.Is(err, sharing.ErrEnvelope) {
		t.Errorf("another key: got %v, want %v", err, sharing.ErrEnvelope)
	}
	if got, err := sharing.OpenEnvelope(p, k, testContext, sealed, 8); err != nil || !slices.Equal(got, share) {
		t.Errorf("in its own context: %v", err)
	}
}

func TestTamperedEnvelope(t *testing.T) {
	const N = 8
	p, k := newParams(t, 4, mostLarge), newKey(t)
	sealed := seal(t, k.Public(), testContext, sharing.EncodeShare(p, split(t, p, make([]int32, N))[0]))
	for i := range sealed {
		bad := slices.Clone(sealed)
		bad[i] ^= 1 << (i % 8)
		if _, err := sharing.OpenEnvelope(p, k, testContext, bad, N); !errors.Is(err, sharing.ErrEnvelope) {
			t.Fatalf("byte %d changed: got %v, want %v", i, err, sharing.ErrEnvelope)
		}
	}
	for rule, bad := range map[string][]byte{
		"truncated": sealed[:len(sealed)-1],
		"extended":  append(slices.Clone(sealed), 0),
		"empty":     nil,
		"key only":  sealed[:1120],
	} {
		if _, err := sharing.OpenEnvelope(p, k, testContext, bad, N); !errors.Is(err, sharing.ErrEnvelope) || !strings.Contains(err.Error(), "bytes, want") {
			t.Errorf("%s: got %v, want %v and the lengths", rule, err, sharing.ErrEnvelope)
		}
	}
	for _, wrong := range []int{N - 2, N + 1} {
		if _, err := sharing.OpenEnvelope(p, k, testContext, sealed, wrong); !errors.Is(err, sharing.ErrEnvelope) {
			t.Errorf("opened for %d coefficients: got %v, want %v", wrong, err, sharing.ErrEnvelope)
		}
	}
	if _, err := sharing.OpenEnvelope(p, k, testContext, sealed, 0); err == nil || errors.Is(err, sharing.ErrEnvelope) {
		t.Errorf("no coefficients: got %v, want an error that does not blame the envelope", err)
	}
}

// TestSealedGarbage: a contributor can seal what is no share.
func TestSealedGarbage(t *testing.T) {
	p, k := newParams(t, 4, mostLarge), newKey(t)
	for rule, encoded := range map[string][]byte{
		"a value of 2^31−1": sharing.EncodeShare(p, []uint32{0, 1<<31 - 1}),
		"padding bits set":  {0, 0, 0, 0, 0, 0, 0, 0x80},
		"a share too short": sharing.EncodeShare(p, []uint32{0}),
	} {
		sealed := seal(t, k.Public(), testContext, encoded)
		if _, err := sharing.OpenEnvelope(p, k, testContext, sealed, 4); !errors.Is(err, sharing.ErrEnvelope) {
			t.Errorf("%s: got %v, want %v", rule, err, sharing.ErrEnvelope)
		}
	}
}

func TestEnvelopeKeyEncoding(t *testing.T) {
	k := newKey(t)
	b, err := k.Bytes()
	if err != nil || len(b) != sharing.EnvelopeKeyBytes {
		t.Fatalf("key of %d bytes, error %v, want %d", len(b), err, sharing.EnvelopeKeyBytes)
	}
	again, err := sharing.ParseEnvelopeKey(b)
	if err != nil {
		t.Fatal(err)
	}
	clear(b) // neither key may alias what was handed out or in
	public := k.Public().Bytes()
	if len(public) != 1216 || sharing.EnvelopePublicKeyBytes != 1216 || !bytes.Equal(public, again.Public().Bytes()) {
		t.Fatalf("public key of %d bytes, or not the one of the parsed key", len(public))
	}
	parsed, err := sharing.ParseEnvelopePublicKey(public)
	if err != nil || !bytes.Equal(parsed.Bytes(), public) {
		t.Fatalf("public key does not come back: %v", err)
	}
	p := newParams(t, 4, mostLarge)
	for _, opener := range []*sharing.EnvelopeKey{k, again} {
		sealed := seal(t, parsed, testContext, sharing.EncodeShare(p, []uint32{7}))
		if got, err := sharing.OpenEnvelope(p, opener, testContext, sealed, 2); err != nil || got[0] != 7 {
			t.Errorf("sealed to the parsed key: %v", err)
		}
	}

	unreduced := slices.Clone(public)
	unreduced[0], unreduced[1] = 0xff, 0xff // a 12-bit coefficient of 4095, above 3328
	for rule, bad := range map[string][]byte{
		"truncated":               public[:1215],
		"extended":                append(slices.Clone(public), 0),
		"empty":                   nil,
		"unreduced coefficient":   unreduced,
		"point zero":              append(slices.Clone(public[:1184]), make([]byte, 32)...),
		"point one":               append(append(slices.Clone(public[:1184]), 1), make([]byte, 31)...),
		"point of order eight":    append(slices.Clone(public[:1184]), unhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")...),
		"point minus one":         append(slices.Clone(public[:1184]), unhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")...),
		"point zero, not reduced": append(slices.Clone(public[:1184]), unhex("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")...),
	} {
		if _, err := sharing.ParseEnvelopePublicKey(bad); err == nil {
			t.Errorf("%s: accepted", rule)
		}
	}
	// Without the check of the point, such a key would be accepted and then stop everybody who seals to it.
	lowOrder := append(slices.Clone(public[:1184]), make([]byte, 32)...)
	unchecked, err := hpke.MLKEM768X25519().NewPublicKey(lowOrder)
	if err != nil {
		t.Fatalf("the library refuses points of low order by itself now: %v", err)
	}
	if _, _, err := hpke.NewSender(unchecked, hpke.HKDFSHA256(), hpke.AES256GCM(), nil); err == nil {
		t.Error("sealing to a point of low order works")
	}
	for _, n := range []int{0, 31, 33, 64} {
		if _, err := sharing.ParseEnvelopeKey(make([]byte, n)); err == nil {
			t.Errorf("a key of %d bytes was accepted", n)
		}
	}
}

// TestPointsOfLowOrder compares with X25519: what is refused are exactly the points that a scalar takes to zero.
func TestPointsOfLowOrder(t *testing.T) {
	scalar, err := ecdh.X25519().NewPrivateKey(bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	zero := func(b []byte) bool {
		point, err := ecdh.X25519().NewPublicKey(b)
		if err != nil {
			t.Fatal(err)
		}
		_, err = scalar.ECDH(point)
		return err != nil
	}
	refused := 0
	look := func(b []byte) {
		for _, top := range []byte{0, 0x80} {
			b := slices.Clone(b)
			b[31] ^= top
			if got, want := sharing.CheckPoint(b) != nil, zero(b); got != want {
				t.Errorf("point %x: refused %v, taken to zero %v", b, got, want)
			} else if got {
				refused++
			}
		}
	}
	for _, b := range sharing.LowOrder {
		look(b[:])
	}
	if want := 2 * len(sharing.LowOrder); refused != want {
		t.Errorf("%d points are refused, want %d", refused, want)
	}
	// All encodings from p on, those around zero and around the points of low order, and some others.
	for i := range 32 {
		b := bytes.Repeat([]byte{0xff}, 32)
		b[0], b[31] = byte(0xe0+i), 0x7f
		look(b)
		look(append([]byte{byte(i)}, make([]byte, 31)...))
		for _, low := range sharing.LowOrder {
			low[i] ^= 1
			look(low[:])
		}
		drawn := make([]byte, 32)
		rand.NewChaCha8([32]byte{byte(i)}).Read(drawn)
		look(drawn)
	}
}

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

func TestDestroyedKey(t *testing.T) {
	p, k := newParams(t, 4, mostLarge), newKey(t)
	sealed := seal(t, k.Public(), testContext, sharing.EncodeShare(p, []uint32{7}))
	var wg sync.WaitGroup
	for range 4 { // openings under way either finish or find the key gone
		wg.Go(func() {
			if _, err := sharing.OpenEnvelope(p, k, testContext, sealed, 2); err != nil && !errors.Is(err, sharing.ErrDestroyed) {
				t.Errorf("while the key is destroyed: %v", err)
			}
		})
	}
	k.Destroy()
	wg.Wait()
	k.Destroy()
	if _, err := sharing.OpenEnvelope(p, k, testContext, sealed, 2); !errors.Is(err, sharing.ErrDestroyed) {
		t.Errorf("opening: got %v, want %v", err, sharing.ErrDestroyed)
	}
	if _, err := k.Bytes(); !errors.Is(err, sharing.ErrDestroyed) {
		t.Errorf("encoding: got %v, want %v", err, sharing.ErrDestroyed)
	}
	if len(k.Public().Bytes()) != sharing.EnvelopePublicKeyBytes {
		t.Error("the public key is gone too")
	}
}

func TestKeyIsNotPrinted(t *testing.T) {
	k := newKey(t)
	secret, err := k.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, format+"\n", k)
		fmt.Fprintf(&out, format+"\n", struct{ Key *sharing.EnvelopeKey }{k})
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("started", "key", k, "group", slog.GroupValue(slog.Any("key", k)))
	}
	for _, form := range []string{string(secret), hex.EncodeToString(secret[:8]), strings.Trim(fmt.Sprint(secret[:8]), "[]")} {
		if strings.Contains(out.String(), form) {
			t.Error("the secret was printed")
		}
	}
	if got, want := strings.Count(out.String(), "envelope key (secret)"), 14; got < want {
		t.Errorf("printed %d times as what it is, want at least %d", got, want)
	}
}

func FuzzParseEnvelopePublicKey(f *testing.F) {
	f.Add(newKey(f).Public().Bytes())
	f.Add(make([]byte, sharing.EnvelopePublicKeyBytes))
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := sharing.ParseEnvelopePublicKey(b)
		if err != nil {
			return
		}
		if !bytes.Equal(k.Bytes(), b) {
			t.Fatal("an accepted key re-encodes to other bytes")
		}
		if _, err := sharing.Seal(k, testContext, []byte{1}); err != nil {
			t.Fatalf("nobody can seal to an accepted key: %v", err)
		}
	})
}

func FuzzParseEnvelopeKey(f *testing.F) {
	f.Add(make([]byte, sharing.EnvelopeKeyBytes))
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := sharing.ParseEnvelopeKey(b)
		if err != nil {
			return
		}
		if again, err := k.Bytes(); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("an accepted key re-encodes to other bytes, error %v", err)
		}
	})
}

// FuzzOpenEnvelope: nothing that is sent opens but what was sealed. Only contents that were sealed reach the decoder of shares, which
// has its own target.
func FuzzOpenEnvelope(f *testing.F) {
	const N = 4
	p, k := newParams(f, 4, mostLarge), newKey(f)
	sealed := seal(f, k.Public(), testContext, sharing.EncodeShare(p, []uint32{7, 8}))
	f.Add(sealed)
	f.Add(make([]byte, len(sealed)))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := sharing.OpenEnvelope(p, k, testContext, b, N); err == nil && !bytes.Equal(b, sealed) {
			t.Fatal("an envelope that nobody sealed opened")
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	p, k := newParams(b, 4, mostLarge), newKey(b)
	share := make([]byte, p.ShareBytes(4096))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := sharing.Seal(k.Public(), testContext, share); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpenEnvelope(b *testing.B) {
	p, k := newParams(b, 4, mostLarge), newKey(b)
	sealed := seal(b, k.Public(), testContext, make([]byte, p.ShareBytes(4096)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := sharing.OpenEnvelope(p, k, testContext, sealed, 4096); err != nil {
			b.Fatal(err)
		}
	}
}
