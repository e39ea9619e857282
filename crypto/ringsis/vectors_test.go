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
	Psi    map[int]string `json:"psi"` // by dimension
	Plan   []planVector   `json:"plan"`
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
	Dimension int    `json:"dimension,omitempty"`
	Expect    string `json:"expect"` // ok; refused
}

// A planVector is what Plan chooses.
type planVector struct {
	WireBits     int `json:"wire_bits"`
	KMax         int `json:"k_max"`
	Coefficients int `json:"coefficients"`
	DigitBits    int `json:"digit_bits"`
	Digits       int `json:"digits"`
	Dimension    int `json:"dimension"`
}

type keyVector struct {
	Beacon    string   `json:"beacon"`
	Dimension int      `json:"dimension"`
	X         uint32   `json:"x"`
	First     []string `json:"first_values"`
	Digest    string   `json:"sha256_packed"` // of all values, 60 bits each
}

type sumVector struct {
	WireBits     int      `json:"wire_bits"`
	KMax         int      `json:"k_max"`
	DigitBits    int      `json:"digit_bits"`
	Digits       int      `json:"digits"`
	Dimension    int      `json:"dimension"`
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
	WireBits     int    `json:"wire_bits"`
	KMax         int    `json:"k_max"`
	DigitBits    int    `json:"digit_bits"`
	Digits       int    `json:"digits"`
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
			"dimension: N of the ring. psi: the root of its transform. key: b_x as it comes from the key stream, in the transformed domain.",
			"plan: the digits that are planned for ciphertexts of so many coefficients.",
			"sum: ciphertexts, the digests of their hashes, the sums of their digits (digit i of coefficient y at y·D+i) and what they recompose to.",
			"digit_sums is the encoding for the transcript. sum_hash is the sum of the hashes.",
			"expect is ok or the reason of the refusal.",
		},
		Psi: map[int]string{},
	}
	for _, N := range dimensions {
		v.Psi[N] = strconv.FormatUint(psi(N), 10)
	}
	v.Params = []paramsVector{
		{41, 128, 21, 2, 28, 2048, "ok"}, {86, 128, 29, 3, 36, 2048, "ok"}, {86, 1024, 29, 3, 39, 2048, "ok"},
		{176, 1 << 17, 26, 7, 43, 2048, "ok"}, {86, 129, 29, 3, 37, 2048, "ok"},
		{86, 128, 38, 3, 45, 2048, "ok"}, {86, 128, 22, 4, 29, 2048, "ok"},
		{86, 128, 39, 3, 0, 0, "refused"}, {86, 129, 38, 3, 0, 0, "refused"}, {86, 128, 29, 4, 0, 0, "refused"},
		{177, 128, 36, 5, 0, 0, "refused"}, {86, 1<<17 + 1, 22, 4, 0, 0, "refused"},
		{30, 128, 10, 3, 17, 512, "ok"}, {30, 128, 11, 3, 18, 2048, "ok"}, {30, 129, 10, 3, 18, 2048, "ok"}, {34, 1024, 7, 5, 17, 512, "ok"},
		{30, 128, 10, 2, 0, 0, "refused"}, {1, 1 << 16, 1, 1, 17, 512, "ok"}, {1, 1 << 17, 1, 1, 18, 2048, "ok"},
	}
	v.Plan = []planVector{
		{30, 128, 4810, 10, 3, 512}, {30, 128, 10_000, 10, 3, 512}, {30, 128, 21_845, 10, 3, 512}, {30, 128, 21_846, 30, 1, 2048},
		{34, 1024, 10_000, 7, 5, 512}, {34, 1024, 13_108, 34, 1, 2048},
		{76, 128, 8192, 10, 8, 512}, {76, 128, 8193, 38, 2, 2048}, {82, 128, 1, 28, 3, 2048},
		{168, 128, 142_858, 34, 5, 2048}, {176, 1 << 17, 1, 26, 7, 2048}, {8, 1 << 16, 1, 1, 8, 512}, {9, 1 << 16, 1, 9, 1, 2048},
		{41, 128, 1 << 30, 21, 2, 2048},
	}
	beacon := [32]byte(expand("beacon", 32))
	for _, N := range dimensions {
		for _, x := range []uint32{0, 1, 0x01020304} {
			b := referenceKey(N, beacon, x)
			v.Key = append(v.Key, keyVector{hex.EncodeToString(beacon[:]), N, x, decimals(b[:4]), digest(bitpack.Append(nil, b, 60))})
		}
	}
	for _, c := range []struct{ wireBits, kMax, coefficients, ciphertexts int }{
		{30, 128, 9, 3}, {86, 1024, 13, 3}, {176, 1 << 17, 5, 2}, {41, 128, 2051, 2},
	} {
		v.Sum = append(v.Sum, generateSum(t, beacon, newParams(t, c.wireBits, c.kMax), c.coefficients, c.ciphertexts))
	}
	for _, c := range []struct{ wireBits, kMax, coefficients, ciphertexts int }{{30, 128, 1027, 3}, {34, 1024, 9, 3}, {86, 128, 13, 2}, {37, 255, 513, 2}} {
		v.Sum = append(v.Sum, generateSum(t, beacon, newSmall(t, c.wireBits, c.kMax), c.coefficients, c.ciphertexts))
	}
	v.Refuse = generateRefusals(t)
	return v
}

// generateSum makes a vector with the reference implementation, so that the test compares the package with it.
func generateSum(t *testing.T, beacon [32]byte, p ringsis.Params, coefficients, ciphertexts int) sumVector {
	wireBits := p.WireBits()
	v := sumVector{WireBits: wireBits, KMax: p.KMax(), DigitBits: p.DigitBits(), Digits: p.Digits(), Dimension: p.N(), Coefficients: coefficients,
		Beacon: hex.EncodeToString(beacon[:])}
	sums := make([]uint64, coefficients*p.Digits())
	total := make([]uint64, p.N())
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
		hash := referenceHash(p.N(), beacon, p.Digits(), digits)
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
		v = append(v, refuseVector{rule, what, p.WireBits(), p.KMax(), p.DigitBits(), p.Digits(), coefficients, k, hex.EncodeToString(b), expect})
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
	small := newSmall(t, 30, 128) // digits of 10 bits, sums of 17
	mostSmall := []uint64{128 * 1023, 128 * 1023, 128 * 1023}
	sumsSmall := func(change int, by uint64) []byte {
		s := slices.Concat(mostSmall, mostSmall, mostSmall)
		s[change] += by
		return bitpack.Append(nil, s, small.SumBits())
	}
	add("the largest sums of the smaller ring", "range", small, 128, sumsSmall(0, 0), "ok")
	add("a sum of the smaller ring one above", "range", small, 128, sumsSmall(7, 1), "sum above the most")
	add("a sum of the smaller ring as large as encodes", "range", small, 128, sumsSmall(8, 127), "sum above the most")
	add("sums of the smaller ring for one contribution less", "range", small, 127, sumsSmall(0, 0), "sum above the most")
	for _, p := range []ringsis.Params{p, small} {
		add("a byte too few", "hash", p, 0, make([]byte, p.HashBytes()-1), "wrong length")
		add("a byte too many", "hash", p, 0, make([]byte, p.HashBytes()+1), "wrong length")
		add("last coefficient is Q", "hash", p, 0, lastCoefficient(p, ringsis.Q), "value not below Q")
		add("last coefficient is Q−1", "hash", p, 0, lastCoefficient(p, ringsis.Q-1), "ok")
	}
	return v
}

func lastCoefficient(p ringsis.Params, c uint64) []byte {
	return bitpack.Append(nil, append(make([]uint64, p.N()-1), c), 60)
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
		p, err := ringsis.NewParams(c.WireBits, c.KMax, c.DigitBits, c.Digits)
		if (err == nil) == (c.Expect == "refused") || err == nil && (p.SumBits() != c.SumBits || p.N() != c.Dimension) {
			t.Errorf("params %+v: got sums of %d bits, error %v", c, p.SumBits(), err)
		}
	}
	for _, c := range v.Plan {
		p, err := ringsis.Plan(c.WireBits, c.KMax, c.Coefficients)
		if err != nil || p.DigitBits() != c.DigitBits || p.Digits() != c.Digits || p.N() != c.Dimension {
			t.Errorf("plan %+v: got %d digits of %d bits, error %v", c, p.Digits(), p.DigitBits(), err)
		}
	}
	for _, c := range v.Key {
		p := newParams(t, 41, 128)
		if c.Dimension != p.N() {
			p = newSmall(t, 41, 128)
		}
		k, err := ringsis.NewKey([32]byte(unhex(t, c.Beacon)), p, 1)
		if err != nil {
			t.Fatal(err)
		}
		b := k.KeyPolynomial(c.X)
		if !slices.Equal(decimals(b[:4]), c.First) || digest(bitpack.Append(nil, b, 60)) != c.Digest {
			t.Errorf("key polynomial %d begins with %d, want %s", c.X, b[:4], c.First)
		}
	}
	for _, c := range v.Sum {
		t.Run("sum/"+strconv.Itoa(c.Dimension)+"/"+strconv.Itoa(c.WireBits), func(t *testing.T) { checkSum(t, c) })
	}
	for _, c := range v.Refuse {
		t.Run(c.What+"/"+c.Rule, func(t *testing.T) { checkRefusal(t, c) })
	}
}

func stated(t *testing.T, wireBits, kMax, digitBits, digits int) ringsis.Params {
	t.Helper()
	p, err := ringsis.NewParams(wireBits, kMax, digitBits, digits)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func checkSum(t *testing.T, c sumVector) {
	p := stated(t, c.WireBits, c.KMax, c.DigitBits, c.Digits)
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
	b, p := unhex(t, c.Bytes), stated(t, c.WireBits, c.KMax, c.DigitBits, c.Digits)
	var err error
	switch c.What {
	case "hash":
		_, err = p.ParseHash(b)
	case "ciphertext":
		_, err = newKey(t, p, c.Coefficients).SumPacked(b)
	case "digit sums":
		_, err = p.DecodeSums(b, c.Coefficients)
	case "range":
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
