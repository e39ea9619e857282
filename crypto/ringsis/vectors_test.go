package ringsis_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"flag"
	"math/big"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sotto/crypto/internal/bitpack"
	"sotto/crypto/ringsis"
)

var update = flag.Bool("update", false, "write the golden vectors")

const vectorFile = "../../internal/testdata/vectors/ringsis.json"

type vectors struct {
	About  []string       `json:"about"`
	Psi    string         `json:"psi"`
	Params []paramsVector `json:"params"`
	Key    []keyVector    `json:"key"`
	Sum    []sumVector    `json:"sum"`
	Refuse []refuseVector `json:"refuse"`
}

type paramsVector struct {
	WireBits  int    `json:"wire_bits"`
	KMax      int    `json:"k_max"`
	DigitBits int    `json:"digit_bits"`
	Digits    int    `json:"digits"`
	SumBits   int    `json:"sum_bits,omitempty"`
	Expect    string `json:"expect"` // minimal: what NewParams chooses; ok; refused
}

type keyVector struct {
	Beacon string   `json:"beacon"`
	X      uint32   `json:"x"`
	First  []string `json:"first_values"`
	Digest string   `json:"sha256_packed"` // of all 2,048 values, 60 bits each
}

type sumVector struct {
	WireBits     int      `json:"wire_bits"`
	KMax         int      `json:"k_max"`
	Coefficients int      `json:"coefficients"`
	Beacon       string   `json:"beacon"`
	Ciphertexts  []string `json:"ciphertexts"`
	HashFirst    []string `json:"first_hash_first_coefficients"`
	HashDigests  []string `json:"hash_sha256"` // of each ciphertext's encoded hash
	FirstSums    []string `json:"first_digit_sums"`
	Sums         string   `json:"digit_sums"` // encoded
	SumHash      string   `json:"sum_hash_sha256"`
	Recomposed   string   `json:"recomposed"`
}

type refuseVector struct {
	Rule         string `json:"rule"`
	What         string `json:"what"` // hash, ciphertext, digit sums, range
	WireBits     int    `json:"wire_bits,omitempty"`
	KMax         int    `json:"k_max,omitempty"`
	Coefficients int    `json:"coefficients,omitempty"`
	K            int    `json:"k,omitempty"`
	Bytes        string `json:"bytes"`
	Expect       string `json:"expect"`
}

// expectations maps what a vector expects to what the error says.
var expectations = map[string]string{
	"wrong length":       "bytes, want",
	"padding bits set":   "padding bits",
	"value not below Q":  "want less than 1152921504606748673",
	"sum above the most": "want at most",
	"too many":           "contributions, want 1 to",
}

// expand returns n bytes: SHA-256(seed ‖ name ‖ counter) for the counters 0, 1, …, 4 bytes each, big-endian.
func expand(name string, n int) []byte {
	seed := sha256.Sum256([]byte("sotto/v1 test vectors ringsis"))
	var out []byte
	for i := uint32(0); len(out) < n; i++ {
		block := sha256.Sum256(binary.BigEndian.AppendUint32(append(seed[:], name...), i))
		out = append(out, block[:]...)
	}
	return out[:n]
}

func digest(b []byte) string {
	d := sha256.Sum256(b)
	return hex.EncodeToString(d[:])
}

func decimals(values []uint64) []string {
	s := make([]string, len(values))
	for i, v := range values {
		s[i] = strconv.FormatUint(v, 10)
	}
	return s
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func generate(t *testing.T) vectors {
	v := vectors{
		About: []string{
			"Vectors for docs/protocol.md §5, the homomorphic hash. Byte strings are hexadecimal, large integers decimal strings.",
			"psi: the root of the transform. key: b_x as it comes from the key stream, in the transformed domain.",
			"sum: ciphertexts, the digests of their hashes, the sums of their digits (digit i of coefficient y at y·D+i) and what they recompose to.",
			"The digits are those that NewParams chooses; digit_sums is the encoding for the transcript. sum_hash is the sum of the hashes.",
			"expect is ok or the reason of the refusal; for params, minimal says that no fewer and no narrower digits would do.",
		},
		Psi: strconv.FormatUint(psi, 10),
	}
	v.Params = []paramsVector{
		{41, 128, 21, 2, 28, "minimal"}, {86, 128, 29, 3, 36, "minimal"}, {86, 1024, 29, 3, 39, "minimal"},
		{176, 1 << 17, 26, 7, 43, "minimal"}, {86, 129, 29, 3, 37, "minimal"},
		{86, 128, 38, 3, 45, "ok"}, {86, 128, 22, 4, 29, "ok"},
		{86, 128, 39, 3, 0, "refused"}, {86, 129, 38, 3, 0, "refused"}, {86, 128, 29, 4, 0, "refused"},
		{177, 128, 36, 5, 0, "refused"}, {86, 1<<17 + 1, 22, 4, 0, "refused"},
	}
	beacon := [32]byte(expand("beacon", 32))
	for _, x := range []uint32{0, 1, 0x01020304} {
		b := referenceKey(beacon, x)
		v.Key = append(v.Key, keyVector{hex.EncodeToString(beacon[:]), x, decimals(b[:4]), digest(bitpack.Append(nil, b, 60))})
	}
	for _, c := range []struct{ wireBits, kMax, coefficients, ciphertexts int }{
		{30, 128, 9, 3}, {86, 1024, 13, 3}, {176, 1 << 17, 5, 2}, {41, 128, 2051, 2},
	} {
		v.Sum = append(v.Sum, generateSum(t, beacon, c.wireBits, c.kMax, c.coefficients, c.ciphertexts))
	}
	v.Refuse = generateRefusals(t)
	return v
}

// generateSum makes a vector with the reference implementation, so that the test compares the package with it.
func generateSum(t *testing.T, beacon [32]byte, wireBits, kMax, coefficients, ciphertexts int) sumVector {
	p := newParams(t, wireBits, kMax)
	v := sumVector{WireBits: wireBits, KMax: kMax, Coefficients: coefficients, Beacon: hex.EncodeToString(beacon[:])}
	sums := make([]uint64, coefficients*p.Digits())
	total := make([]uint64, ringsis.N)
	cs := make([]*big.Int, coefficients) // the sum of the ciphertexts
	for y := range cs {
		cs[y] = new(big.Int)
	}
	modulus := new(big.Int).Lsh(big.NewInt(1), uint(wireBits))
	for i := range ciphertexts {
		packed := expand("ciphertext "+strconv.Itoa(wireBits)+" "+strconv.Itoa(i), p.PackedBytes(coefficients))
		if i == 0 {
			packed = bytes.Repeat([]byte{0xff}, len(packed)) // the largest digits
		}
		packed = repack(unpack(packed, wireBits, coefficients), wireBits) // clears the padding
		digits := referenceDigits(packed, p, coefficients)
		hash := referenceHash(beacon, p.Digits(), digits)
		for x, d := range digits {
			sums[x] += d
		}
		for y, c := range unpack(packed, wireBits, coefficients) {
			cs[y].Mod(cs[y].Add(cs[y], c), modulus)
		}
		for j, c := range hash {
			total[j] = (total[j] + c) % ringsis.Q
		}
		if i == 0 {
			v.HashFirst = decimals(hash[:4])
		}
		v.Ciphertexts = append(v.Ciphertexts, hex.EncodeToString(packed))
		v.HashDigests = append(v.HashDigests, digest(bitpack.Append(nil, hash, 60)))
	}
	v.FirstSums = decimals(sums[:2*p.Digits()])
	v.Sums = hex.EncodeToString(bitpack.Append(nil, sums, p.SumBits()))
	v.SumHash = digest(bitpack.Append(nil, total, 60))
	v.Recomposed = hex.EncodeToString(repack(cs, wireBits))
	return v
}

func generateRefusals(t *testing.T) []refuseVector {
	const coefficients, K = 3, 5
	p := newParams(t, 41, 128) // 123 bits in 16 bytes; sums of 28 bits, 168 bits in 21 bytes
	good := repack(unpack(expand("refused", p.PackedBytes(coefficients)), 41, coefficients), 41)
	padded := slices.Clone(good)
	padded[len(padded)-1] |= 0x08
	most := []uint64{K * (1<<21 - 1), K * (1<<20 - 1)}
	sums := func(change int, by uint64) []byte {
		s := slices.Concat(most, most, most)
		s[change] += by
		return bitpack.Append(nil, s, p.SumBits())
	}
	narrow := newParams(t, 30, 100) // sums of 37 bits, 111 bits in 14 bytes
	narrowSums := bitpack.Append(nil, []uint64{1, 2, 3}, narrow.SumBits())
	narrowPadded := slices.Clone(narrowSums)
	narrowPadded[len(narrowPadded)-1] |= 0x80

	var v []refuseVector
	add := func(rule, what string, p ringsis.Params, k int, b []byte, expect string) {
		v = append(v, refuseVector{rule, what, p.WireBits(), p.KMax(), coefficients, k, hex.EncodeToString(b), expect})
	}
	add("a ciphertext", "ciphertext", p, 0, good, "ok")
	add("a byte too few", "ciphertext", p, 0, good[1:], "wrong length")
	add("a byte too many", "ciphertext", p, 0, append(slices.Clone(good), 0), "wrong length")
	add("a bit set after the last coefficient", "ciphertext", p, 0, padded, "padding bits set")
	add("digit sums", "digit sums", narrow, 0, narrowSums, "ok")
	add("a byte too few", "digit sums", narrow, 0, narrowSums[1:], "wrong length")
	add("a byte too many", "digit sums", narrow, 0, append(slices.Clone(narrowSums), 0), "wrong length")
	add("a bit set after the last sum", "digit sums", narrow, 0, narrowPadded, "padding bits set")
	add("the largest sums", "range", p, K, sums(0, 0), "ok")
	add("the low digit of the last coefficient one above", "range", p, K, sums(4, 1), "sum above the most")
	add("the top digit of the first coefficient one above", "range", p, K, sums(1, 1), "sum above the most")
	add("more contributions than K_max", "range", p, 129, sums(0, 0), "too many")
	v = append(v,
		refuseVector{Rule: "a byte too few", What: "hash", Bytes: strings.Repeat("00", ringsis.HashBytes-1), Expect: "wrong length"},
		refuseVector{Rule: "a byte too many", What: "hash", Bytes: strings.Repeat("00", ringsis.HashBytes+1), Expect: "wrong length"},
		refuseVector{Rule: "last coefficient is Q", What: "hash", Bytes: lastCoefficient(ringsis.Q), Expect: "value not below Q"},
		refuseVector{Rule: "last coefficient is Q−1", What: "hash", Bytes: lastCoefficient(ringsis.Q - 1), Expect: "ok"},
	)
	return v
}

func lastCoefficient(c uint64) string {
	return hex.EncodeToString(bitpack.Append(nil, append(make([]uint64, ringsis.N-1), c), 60))
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
	for _, c := range v.Params {
		p, err := ringsis.NewParamsExplicit(c.WireBits, c.KMax, c.DigitBits, c.Digits)
		if (err == nil) == (c.Expect == "refused") || err == nil && p.SumBits() != c.SumBits {
			t.Errorf("params %+v: got sums of %d bits, error %v", c, p.SumBits(), err)
		}
		if c.Expect == "minimal" && newParams(t, c.WireBits, c.KMax) != p {
			t.Errorf("params %+v are not what is chosen", c)
		}
	}
	for _, c := range v.Key {
		k, err := ringsis.NewKey([32]byte(unhex(t, c.Beacon)), newParams(t, 1, 1), 1)
		if err != nil {
			t.Fatal(err)
		}
		b := k.KeyPolynomial(c.X)
		if !slices.Equal(decimals(b[:4]), c.First) || digest(bitpack.Append(nil, b, 60)) != c.Digest {
			t.Errorf("key polynomial %d begins with %d, want %s", c.X, b[:4], c.First)
		}
	}
	for _, c := range v.Sum {
		t.Run("sum/"+strconv.Itoa(c.WireBits), func(t *testing.T) { checkSum(t, c) })
	}
	for _, c := range v.Refuse {
		t.Run(c.What+"/"+c.Rule, func(t *testing.T) { checkRefusal(t, c) })
	}
}

func checkSum(t *testing.T, c sumVector) {
	p := newParams(t, c.WireBits, c.KMax)
	k, err := ringsis.NewKey([32]byte(unhex(t, c.Beacon)), p, c.Coefficients)
	if err != nil {
		t.Fatal(err)
	}
	acc := make([]uint64, c.Coefficients*p.Digits())
	var sum ringsis.Hash
	for i, s := range c.Ciphertexts {
		h := sumPacked(t, k, unhex(t, s))
		if got := digest(h.Bytes()); got != c.HashDigests[i] {
			t.Errorf("hash %d is %s, want %s", i, got, c.HashDigests[i])
		}
		if i == 0 && !slices.Equal(decimals(h.Coefficients()[:4]), c.HashFirst) {
			t.Errorf("hash begins with %d, want %s", h.Coefficients()[:4], c.HashFirst)
		}
		sum.Add(h)
		if err := p.AddDigits(acc, unhex(t, s)); err != nil {
			t.Fatal(err)
		}
	}
	if got := decimals(acc[:2*p.Digits()]); !slices.Equal(got, c.FirstSums) {
		t.Errorf("digit sums begin with %s, want %s", got, c.FirstSums)
	}
	if err := p.CheckRange(acc, len(c.Ciphertexts)); err != nil {
		t.Error(err)
	}
	encoded, err := p.EncodeSums(acc)
	if err != nil || hex.EncodeToString(encoded) != c.Sums {
		t.Errorf("digit sums are %x, want %s, error %v", encoded, c.Sums, err)
	}
	decoded, err := p.DecodeSums(unhex(t, c.Sums), c.Coefficients)
	if err != nil || !slices.Equal(decoded, acc) {
		t.Errorf("digit sums do not come back: %v", err)
	}
	if got := sumDigits(t, k, decoded); digest(got.Bytes()) != c.SumHash || !got.Equal(&sum) {
		t.Errorf("the hash of the digit sums is %s, want %s", digest(got.Bytes()), c.SumHash)
	}
	recomposed, err := p.Recompose(decoded)
	if err != nil || hex.EncodeToString(recomposed) != c.Recomposed {
		t.Errorf("the sum is %x, want %s, error %v", recomposed, c.Recomposed, err)
	}
}

func checkRefusal(t *testing.T, c refuseVector) {
	b := unhex(t, c.Bytes)
	var err error
	switch c.What {
	case "hash":
		_, err = ringsis.ParseHash(b)
	case "ciphertext":
		_, err = newKey(t, newParams(t, c.WireBits, c.KMax), c.Coefficients).SumPacked(b)
	case "digit sums":
		_, err = newParams(t, c.WireBits, c.KMax).DecodeSums(b, c.Coefficients)
	case "range":
		p := newParams(t, c.WireBits, c.KMax)
		sums, decodeErr := p.DecodeSums(b, c.Coefficients)
		if decodeErr != nil {
			t.Fatal(decodeErr)
		}
		err = p.CheckRange(sums, c.K)
	default:
		t.Fatalf("unknown kind %q", c.What)
	}
	if c.Expect == "ok" {
		if err != nil {
			t.Errorf("got %v, want it accepted", err)
		}
		return
	}
	if text, known := expectations[c.Expect]; !known || err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("got %v, want %s", err, c.Expect)
	}
}
