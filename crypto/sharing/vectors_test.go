package sharing_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/mlkem"
	"crypto/mlkem/mlkemtest"
	"crypto/sha256"
	"crypto/sha3"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"sotto/crypto/sharing"
)

var update = flag.Bool("update", false, "write the golden vectors")

const vectorFile = "../../internal/testdata/vectors/sharing.json"

type vectors struct {
	About    []string         `json:"about"`
	Split    []splitVector    `json:"split"`
	Decode   []decodeVector   `json:"decode"`
	Combine  []combineVector  `json:"combine"`
	Envelope []envelopeVector `json:"envelope"`
}

type splitVector struct {
	Members int      `json:"members"`
	Most    int64    `json:"most"`
	Secret  []int32  `json:"secret"`
	Random  []uint64 `json:"random"` // f values per polynomial
	Shares  []string `json:"shares"` // one per member, encoded
}

type decodeVector struct {
	Rule         string `json:"rule"`
	Members      int    `json:"members"`
	Most         int64  `json:"most"`
	Coefficients int    `json:"coefficients"`
	Share        string `json:"share"`
	Expect       string `json:"expect"`
}

type combineVector struct {
	Rule         string          `json:"rule"`
	Members      int             `json:"members"`
	Most         int64           `json:"most"`
	Coefficients int             `json:"coefficients"`
	Bound        int64           `json:"bound"`
	Accept       []int64         `json:"accept"` // the only sum that the check accepts
	Releases     []releaseVector `json:"releases"`
	Used         []int           `json:"used,omitempty"`
	Disagreeing  []int           `json:"disagreeing,omitempty"`
	Expect       string          `json:"expect"`
}

type releaseVector struct {
	Member int    `json:"member"`
	Values string `json:"values"` // encoded
}

type envelopeVector struct {
	Rule         string `json:"rule"`
	Secret       string `json:"secret_key"`
	Public       string `json:"public_key"`
	Descriptor   string `json:"descriptor"`
	Contributor  string `json:"contributor"`
	Member       uint8  `json:"member"`
	Leaf         uint32 `json:"leaf"`
	Info         string `json:"info"`
	Members      int    `json:"members"`
	Most         int64  `json:"most"`
	Coefficients int    `json:"coefficients"`
	Sealed       string `json:"sealed"`
	Share        string `json:"share,omitempty"`
	Expect       string `json:"expect"`
}

// expectations maps what a vector expects to what the error says.
var expectations = map[string]string{
	"wrong length":       "bytes, want",
	"value not in field": "not in the field, want less",
	"padding bits set":   "padding bits",
	"does not open":      sharing.ErrEnvelope.Error(),
	"too few releases":   sharing.ErrTooFewReleases.Error(),
	"node failed":        sharing.ErrNodeFailed.Error(),
	"sum out of bounds":  "in absolute value",
	"padding of sum set": "padding of the last group",
	"same member twice":  "given twice",
	"no such member":     "no such member",
}

func checkExpectation(t *testing.T, expect string, err error) {
	t.Helper()
	if expect == "ok" {
		if err != nil {
			t.Errorf("got %v, want it accepted", err)
		}
		return
	}
	text, known := expectations[expect]
	if !known {
		t.Fatalf("unknown expectation %q", expect)
	}
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("got %v, want %s", err, expect)
	}
}

func TestVectors(t *testing.T) {
	generated, err := json.MarshalIndent(generate(t), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	generated = append(generated, '\n')
	if *update {
		if err := os.WriteFile(vectorFile, generated, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	file, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(file, generated) {
		t.Errorf("%s is not what the generator makes; run the test with -update and look at the difference", vectorFile)
	}
	var v vectors
	decoder := json.NewDecoder(bytes.NewReader(file))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&v); err != nil {
		t.Fatal(err)
	}
	for _, c := range v.Split {
		p := newParams(t, c.Members, c.Most)
		random := play(p, slices.Clone(c.Random))
		for j, share := range sharing.SplitWith(p, c.Secret, random) {
			if got := hex.EncodeToString(sharing.EncodeShare(p, share)); got != c.Shares[j] {
				t.Errorf("split for %d members: share %d is %s, want %s", c.Members, j+1, got, c.Shares[j])
			}
		}
		if len(random.values) != 0 {
			t.Errorf("split for %d members: %d random values left", c.Members, len(random.values))
		}
	}
	for _, c := range v.Decode {
		t.Run("decode/"+c.Rule, func(t *testing.T) {
			p := newParams(t, c.Members, c.Most)
			values, err := sharing.DecodeShare(p, unhex(c.Share), c.Coefficients)
			checkExpectation(t, c.Expect, err)
			if err == nil && hex.EncodeToString(sharing.EncodeShare(p, values)) != c.Share {
				t.Error("re-encodes to other bytes")
			}
		})
	}
	for _, c := range v.Combine {
		t.Run("combine/"+c.Rule, func(t *testing.T) {
			p := newParams(t, c.Members, c.Most)
			var rs []sharing.Release
			for _, r := range c.Releases {
				values, err := sharing.DecodeShare(p, unhex(r.Values), c.Coefficients)
				if err != nil {
					t.Fatal(err)
				}
				rs = append(rs, sharing.Release{Member: r.Member, Values: values})
			}
			got, err := sharing.Combine(p, rs, c.Coefficients, c.Bound, isSum(c.Accept))
			checkExpectation(t, c.Expect, err)
			if err == nil && (!slices.Equal(got.S, c.Accept) || !slices.Equal(got.Used, c.Used) || !slices.Equal(got.Disagreeing, c.Disagreeing)) {
				t.Errorf("used %v, disagreeing %v, want %v and %v", got.Used, got.Disagreeing, c.Used, c.Disagreeing)
			}
		})
	}
	for _, c := range v.Envelope {
		t.Run("envelope/"+c.Rule, func(t *testing.T) {
			k, err := sharing.ParseEnvelopeKey(unhex(c.Secret))
			if err != nil {
				t.Fatal(err)
			}
			if got := hex.EncodeToString(k.Public().Bytes()); got != c.Public {
				t.Errorf("public key is %s, want %s", got, c.Public)
			}
			ctx := sharing.Context{Member: c.Member, Leaf: c.Leaf}
			copy(ctx.Descriptor[:], unhex(c.Descriptor))
			copy(ctx.Contributor[:], unhex(c.Contributor))
			if got := hex.EncodeToString(ctx.Info()); got != c.Info {
				t.Errorf("info is %s, want %s", got, c.Info)
			}
			p := newParams(t, c.Members, c.Most)
			share, err := sharing.OpenEnvelope(p, k, ctx, unhex(c.Sealed), c.Coefficients)
			checkExpectation(t, c.Expect, err)
			if err == nil && hex.EncodeToString(sharing.EncodeShare(p, share)) != c.Share {
				t.Errorf("share is %x, want %s", sharing.EncodeShare(p, share), c.Share)
			}
		})
	}
}

// expand returns n bytes: SHA-256(seed ‖ name ‖ counter) for the counters 0, 1, …, 4 bytes each, big-endian.
func expand(name string, n int) []byte {
	seed := sha256.Sum256([]byte("sotto/v1 test vectors sharing"))
	var out []byte
	for i := uint32(0); len(out) < n; i++ {
		block := sha256.Sum256(binary.BigEndian.AppendUint32(append(seed[:], name...), i))
		out = append(out, block[:]...)
	}
	return out[:n]
}

func newRand(name string) *rand.Rand {
	return rand.New(rand.NewChaCha8([32]byte(expand(name, 32))))
}

func generate(t *testing.T) vectors {
	v := vectors{About: []string{
		"Vectors for docs/protocol.md §4: packed Shamir sharing and sealed envelopes. Byte strings are hexadecimal.",
		"most is the largest sum that the parameters are for, which decides the field: up to 32760 that of 65521 elements, 16 bits a value, else that of 2^31−1.",
		"split: random lists, polynomial by polynomial, the f values that are the shares of members 1 … f; shares are encoded.",
		"combine: releases are encoded like shares; the check accepts the sum in accept and no other.",
		"envelope: HPKE base mode, MLKEM768X25519 (0x647a) / HKDF-SHA256 (0x0001) / AES-256-GCM (0x0002), empty aad.",
		"expect is ok or the reason of the refusal.",
	}}
	for _, p := range all(t) {
		rng := newRand("split")
		c := splitVector{Members: p.Members(), Most: p.Most(), Secret: key(rng, 3*p.Rho()-1)}
		c.Secret[0], c.Secret[1] = 128, -128
		for range 3 * p.F() {
			c.Random = append(c.Random, rng.Uint64N(p.Modulus()))
		}
		c.Random[0], c.Random[len(c.Random)-1] = 0, p.Modulus()-1
		for _, share := range sharing.SplitWith(p, c.Secret, play(p, slices.Clone(c.Random))) {
			c.Shares = append(c.Shares, hex.EncodeToString(sharing.EncodeShare(p, share)))
		}
		v.Split = append(v.Split, c)
	}
	v.Decode = decodeVectors(t)
	v.Combine = combineVectors(t)
	v.Envelope = envelopeVectors(t)
	return v
}

func decodeVectors(t *testing.T) []decodeVector {
	const N = 8 // four values for 4 members: 124 bits, four of padding, or 64 bits
	large, small := newParams(t, 4, mostLarge), newParams(t, 4, mostSmall)
	good := sharing.EncodeShare(large, []uint32{0, 1, 1<<31 - 2, 1 << 30})
	goodSmall := sharing.EncodeShare(small, []uint32{0, 1, 65520, 1 << 15})
	padded := slices.Clone(good)
	padded[len(padded)-1] |= 0x10
	var v []decodeVector
	for _, c := range []struct {
		rule   string
		p      sharing.Params
		share  []byte
		expect string
	}{
		{"smallest and largest values", large, good, "ok"},
		{"a value of 2^31−1", large, sharing.EncodeShare(large, []uint32{0, 1, 1<<31 - 1, 1 << 30}), "value not in field"},
		{"a bit set after the last value", large, padded, "padding bits set"},
		{"a byte too few", large, good[:len(good)-1], "wrong length"},
		{"a byte too many", large, append(slices.Clone(good), 0), "wrong length"},
		{"smallest and largest values of 16 bits", small, goodSmall, "ok"},
		{"a value of 65521", small, sharing.EncodeShare(small, []uint32{0, 1, 65521, 1 << 15}), "value not in field"},
		{"a value of 65535", small, sharing.EncodeShare(small, []uint32{65535, 1, 0, 1 << 15}), "value not in field"},
		{"values of 16 bits, a byte too few", small, goodSmall[1:], "wrong length"},
		{"values of 31 bits for 16", small, good, "wrong length"},
	} {
		v = append(v, decodeVector{c.rule, 4, c.p.Most(), N, hex.EncodeToString(c.share), c.expect})
	}
	return v
}

func combineVectors(t *testing.T) []combineVector {
	var v []combineVector
	for _, c := range []struct {
		rule        string
		n, N        int
		members     []int // whose releases there are
		off         []int // those of them that are one too large in the first value
		sum         []int32
		bound       int64
		used        []int
		disagreeing []int
		expect      string
	}{
		{rule: "all releases", n: 4, N: 3, members: []int{4, 3, 2, 1}, sum: []int32{256, -256, 5}, bound: 256, used: []int{1, 2, 3}, expect: "ok"},
		{rule: "a quorum", n: 7, N: 7, members: []int{1, 3, 4, 6, 7}, sum: []int32{1, 2, 3, 4, 5, 6, 7}, bound: 256, used: []int{1, 3, 4, 6, 7}, expect: "ok"},
		{rule: "a wrong release of 4", n: 4, N: 3, members: []int{1, 2, 3, 4}, off: []int{2}, sum: []int32{1, 2, 3}, bound: 256, used: []int{1, 3, 4}, disagreeing: []int{2}, expect: "ok"},
		{rule: "a wrong release, not needed", n: 4, N: 3, members: []int{1, 2, 3, 4}, off: []int{4}, sum: []int32{1, 2, 3}, bound: 256, used: []int{1, 2, 3}, disagreeing: []int{4}, expect: "ok"},
		{rule: "three wrong releases of 10", n: 10, N: 9, members: []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, off: []int{1, 2, 6}, sum: []int32{1, 2, 3, 4, 5, 6, 7, 8, 9}, bound: 256, used: []int{3, 4, 5, 7, 8, 9, 10}, disagreeing: []int{1, 2, 6}, expect: "ok"},
		{rule: "two wrong releases of 4", n: 4, N: 3, members: []int{1, 2, 3, 4}, off: []int{1, 2}, sum: []int32{1, 2, 3}, bound: 256, expect: "node failed"},
		{rule: "a wrong release among a quorum", n: 4, N: 3, members: []int{1, 2, 4}, off: []int{1}, sum: []int32{1, 2, 3}, bound: 256, expect: "node failed"},
		{rule: "less than a quorum", n: 7, N: 3, members: []int{1, 2, 3, 4}, sum: []int32{1, 2, 3}, bound: 256, expect: "too few releases"},
		{rule: "a coefficient above the bound", n: 4, N: 3, members: []int{1, 2, 3, 4}, sum: []int32{1, 257, 3}, bound: 256, expect: "sum out of bounds"},
		{rule: "padding that is not zero", n: 4, N: 3, members: []int{1, 2, 3, 4}, sum: []int32{1, 2, 3, 4}, bound: 256, expect: "padding of sum set"},
		{rule: "a member above n", n: 4, N: 3, members: []int{1, 2, 5}, sum: []int32{1, 2, 3}, bound: 256, expect: "no such member"},
		{rule: "a member twice", n: 4, N: 3, members: []int{1, 2, 2, 3}, sum: []int32{1, 2, 3}, bound: 256, expect: "same member twice"},
	} {
		for _, most := range []int64{mostSmall, mostLarge} {
			p, rng := newParams(t, c.n, most), newRand("combine "+c.rule)
			random := make([]uint64, p.Groups(len(c.sum))*p.F())
			for i := range random {
				random[i] = rng.Uint64N(p.Modulus())
			}
			shares := sharing.SplitWith(p, c.sum, play(p, random))
			for _, m := range c.off {
				shares[m-1][0] = uint32(p.Reduce(uint64(shares[m-1][0]) + 1))
			}
			vector := combineVector{Rule: c.rule, Members: c.n, Most: most, Coefficients: c.N, Bound: c.bound, Accept: widen(c.sum[:c.N]),
				Used: c.used, Disagreeing: c.disagreeing, Expect: c.expect}
			for _, m := range c.members {
				share := shares[min(m, c.n)-1]
				vector.Releases = append(vector.Releases, releaseVector{m, hex.EncodeToString(sharing.EncodeShare(p, share))})
			}
			v = append(v, vector)
		}
	}
	return v
}

func envelopeVectors(t *testing.T) []envelopeVector {
	const n, N = 4, 16
	seed := expand("envelope key", 32)
	k, err := sharing.ParseEnvelopeKey(seed)
	if err != nil {
		t.Fatal(err)
	}
	ctx := sharing.Context{
		Descriptor:  [32]byte(expand("descriptor", 32)),
		Contributor: [20]byte(expand("contributor", 20)),
		Member:      2,
		Leaf:        0x01020304,
	}
	rng := newRand("envelope share")
	p, values := newParams(t, n, mostLarge), make([]uint32, 8)
	for i := range values {
		values[i] = rng.Uint32N(uint32(p.Modulus()))
	}
	share := sharing.EncodeShare(p, values)
	small := newParams(t, n, mostSmall)
	for i := range values {
		values[i] %= uint32(small.Modulus())
	}
	shareSmall := sharing.EncodeShare(small, values)
	sealed := sealAgain(t, k.Public().Bytes(), ctx.Info(), share, "encapsulation")
	garbage := sealAgain(t, k.Public().Bytes(), ctx.Info(), bytes.Repeat([]byte{0xff}, len(share)), "encapsulation of garbage")

	vector := func(rule string, ctx sharing.Context, sealed []byte, expect string) envelopeVector {
		return envelopeVector{
			Rule: rule, Secret: hex.EncodeToString(seed), Public: hex.EncodeToString(k.Public().Bytes()),
			Descriptor: hex.EncodeToString(ctx.Descriptor[:]), Contributor: hex.EncodeToString(ctx.Contributor[:]),
			Member: ctx.Member, Leaf: ctx.Leaf, Info: hex.EncodeToString(ctx.Info()),
			Members: n, Most: p.Most(), Coefficients: N, Sealed: hex.EncodeToString(sealed), Expect: expect,
		}
	}
	good := vector("opens", ctx, sealed, "ok")
	good.Share = hex.EncodeToString(share)
	goodSmall := vector("opens, values of 16 bits", ctx, sealAgain(t, k.Public().Bytes(), ctx.Info(), shareSmall, "encapsulation of 16 bits"), "ok")
	goodSmall.Most, goodSmall.Share = mostSmall, hex.EncodeToString(shareSmall)
	v := []envelopeVector{good, goodSmall}

	for _, c := range []struct {
		rule   string
		change func(*sharing.Context)
	}{
		{"another descriptor", func(c *sharing.Context) { c.Descriptor[0] ^= 1 }},
		{"another contributor", func(c *sharing.Context) { c.Contributor[0] ^= 1 }},
		{"another member", func(c *sharing.Context) { c.Member = 3 }},
		{"another leaf", func(c *sharing.Context) { c.Leaf++ }},
	} {
		other := ctx
		c.change(&other)
		v = append(v, vector(c.rule, other, sealed, "does not open"))
	}
	tampered := slices.Clone(sealed)
	tampered[1120] ^= 1
	return append(v,
		vector("a ciphertext bit changed", ctx, tampered, "does not open"),
		vector("a byte too few", ctx, sealed[:len(sealed)-1], "wrong length"),
		vector("a byte too many", ctx, append(slices.Clone(sealed), 0), "wrong length"),
		vector("sealed values not in the field", ctx, garbage, "value not in field"),
	)
}

// sealAgain is a second implementation of sealing, from the drafts (draft-ietf-hpke-pq, X-Wing) and RFC 9180. Unlike the standard
// library's it takes its randomness as an argument, which makes sealed bytes a vector; that [sharing.OpenEnvelope] opens them
// checks both.
func sealAgain(t *testing.T, public, info, plaintext []byte, random string) []byte {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	// Encapsulate (X-Wing): SHA3-256(ML-KEM secret ‖ X25519 secret ‖ X25519 ciphertext ‖ X25519 public key ‖ label).
	ek, err := mlkem.NewEncapsulationKey768(public[:1184])
	must(err)
	secretPQ, ciphertextPQ, err := mlkemtest.Encapsulate768(ek, expand(random+" ML-KEM", 32))
	must(err)
	ephemeral, err := ecdh.X25519().NewPrivateKey(expand(random+" X25519", 32))
	must(err)
	recipient, err := ecdh.X25519().NewPublicKey(public[1184:])
	must(err)
	secretT, err := ephemeral.ECDH(recipient)
	must(err)
	ciphertextT := ephemeral.PublicKey().Bytes()
	shared := sha3.Sum256(slices.Concat(secretPQ, secretT, ciphertextT, public[1184:], []byte(`\./`+`/^\`)))

	// Key schedule (RFC 9180 §5.1), mode_base.
	suite := append([]byte("HPKE"), 0x64, 0x7a, 0x00, 0x01, 0x00, 0x02)
	extract := func(salt []byte, label string, ikm []byte) []byte {
		out, err := hkdf.Extract(sha256.New, slices.Concat([]byte("HPKE-v1"), suite, []byte(label), ikm), salt)
		must(err)
		return out
	}
	expandLabel := func(prk []byte, label string, context []byte, length int) []byte {
		labeled := slices.Concat([]byte{byte(length >> 8), byte(length)}, []byte("HPKE-v1"), suite, []byte(label), context)
		out, err := hkdf.Expand(sha256.New, prk, string(labeled), length)
		must(err)
		return out
	}
	context := slices.Concat([]byte{0}, extract(nil, "psk_id_hash", nil), extract(nil, "info_hash", info))
	secret := extract(shared[:], "secret", nil)
	block, err := aes.NewCipher(expandLabel(secret, "key", context, 32))
	must(err)
	gcm, err := cipher.NewGCM(block)
	must(err)
	sealed := gcm.Seal(nil, expandLabel(secret, "base_nonce", context, 12), plaintext, nil)
	return slices.Concat(ciphertextPQ, ciphertextT, sealed)
}

// TestVectorsCoverEveryRefusal keeps the list of expectations and the vectors in step.
func TestVectorsCoverEveryRefusal(t *testing.T) {
	v := generate(t)
	seen := map[string]bool{"ok": true}
	for _, c := range v.Decode {
		seen[c.Expect] = true
	}
	for _, c := range v.Combine {
		seen[c.Expect] = true
	}
	for _, c := range v.Envelope {
		seen[c.Expect] = true
	}
	for expect := range expectations {
		if !seen[expect] {
			t.Errorf("no vector expects %q", expect)
		}
	}
}
