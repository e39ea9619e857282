package kahe_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/tuneinsight/lattigo/v5/ring"

	"sotto/crypto/kahe"
)

var update = flag.Bool("update", false, "write the golden vectors anew")

const vectorsFile = "../../internal/testdata/vectors/kahe.json"

type vectors struct {
	Package string   `json:"package"`
	Notes   []string `json:"notes"`
	Cases   []vector `json:"cases"`
}

type vector struct {
	Set               string               `json:"set"`
	Bits              int                  `json:"bits"`
	KMax              int                  `json:"k_max"`
	Slots             int                  `json:"slots"`
	WireBits          int                  `json:"wire_bits"`
	N                 int                  `json:"n"`
	Primes            []uint64             `json:"primes"`
	Psi               []uint64             `json:"psi"`
	Beacon            string               `json:"beacon"`
	PublicPolynomials []vectorPolynomial   `json:"public_polynomials"`
	Contributions     []vectorContribution `json:"contributions"`
	Sum               string               `json:"sum"`
	Opened            []uint64             `json:"opened"`
	ResidualUsed      int                  `json:"residual_used"`
	ResidualSum       int64                `json:"residual_sum"`
	ResidualSquares   string               `json:"residual_sum_squares"`
	ResidualBound     string               `json:"residual_bound"`
	Long              vectorLong           `json:"two_blocks"`
}

type vectorPolynomial struct {
	Block  uint32     `json:"block"`
	First  [][]uint64 `json:"first_values"`
	SHA256 string     `json:"sha256"`
}

type vectorContribution struct {
	Key         string   `json:"key"`
	SecretFirst []int32  `json:"secret_first"`
	SecretHash  string   `json:"secret_sha256"`
	Errors      []int32  `json:"errors"`
	Fractions   []string `json:"fractions"`
	Values      []uint32 `json:"values"`
	Ciphertext  string   `json:"ciphertext"`
}

type vectorLong struct {
	Key        string `json:"key"`
	Parameters int    `json:"parameters"`
	Bytes      int    `json:"bytes"`
	SHA256     string `json:"ciphertext_sha256"`
}

func TestVectors(t *testing.T) {
	got := vectors{Package: "kahe", Notes: []string{
		"docs/protocol.md §3. One value for each prime, in order, in primes and psi, and one row in first_values.",
		"public_polynomials: the first four values for each prime; sha256 is over all values as little-endian uint64, prime after prime.",
		"key: the AES-256 key that all private randomness of a contribution comes from; secret_sha256 is over its N coefficients as little-endian int32.",
		"errors, fractions: of the used coefficients; a fraction is u in units of 2^-64, as 16 hexadecimal digits.",
		"opened: the sums under the sum of the two secrets, with the residual of that opening.",
		"two_blocks: value j is the top bits of j·2654435761 mod 2^32.",
	}}
	seed := sha256.Sum256([]byte("sotto/v1 test vectors kahe"))
	rng := rand.NewChaCha8(seed)
	for _, lit := range []kahe.ParamsLiteral{
		{Set: kahe.A45, Bits: 16, KMax: 128, Slots: 1, WireBits: 30},
		{Set: kahe.A45, Bits: 8, KMax: 100, Slots: 2, WireBits: 40},
		{Set: kahe.B90, Bits: 16, KMax: 128, Slots: 3, WireBits: 76},
		{Set: kahe.B90, Bits: 8, KMax: 1024, Slots: 3, WireBits: 62},
		{Set: kahe.C180, Bits: 16, KMax: 128, Slots: 7, WireBits: 168},
		{Set: kahe.C180, Bits: 8, KMax: 1 << 17, Slots: 6, WireBits: 175},
		{Set: kahe.TestInsecure, Bits: 8, KMax: 128, Slots: 2, WireBits: 37},
	} {
		got.Cases = append(got.Cases, makeVector(t, lit, rng))
	}
	encoded, err := json.MarshalIndent(got, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	encoded = append(encoded, '\n')
	if *update {
		if err := os.MkdirAll(filepath.Dir(vectorsFile), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(vectorsFile, encoded, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(vectorsFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(encoded, want) {
		t.Errorf("the vectors differ from %s; if this is meant, run go test with -update", vectorsFile)
	}
}

func makeVector(t *testing.T, lit kahe.ParamsLiteral, rng *rand.ChaCha8) vector {
	p, err := kahe.NewParams(lit)
	if err != nil {
		t.Fatal(err)
	}
	v := vector{Set: p.Set().String(), Bits: p.Bits(), KMax: p.KMax(), Slots: p.Slots(), WireBits: p.WireBits(), N: p.N()}
	for _, r := range kahe.Rings(p) {
		v.Primes = append(v.Primes, r.Modulus)
		v.Psi = append(v.Psi, ring.ModExp(r.PrimitiveRoot, (r.Modulus-1)/uint64(2*p.N()), r.Modulus))
	}
	var beacon [32]byte
	rng.Read(beacon[:])
	v.Beacon = hex.EncodeToString(beacon[:])
	for _, block := range []uint32{0, 1, 1<<32 - 1} {
		a, err := kahe.PublicPolynomial(p, beacon, block)
		if err != nil {
			t.Fatal(err)
		}
		polynomial := vectorPolynomial{Block: block}
		var all []byte
		for _, row := range a {
			polynomial.First = append(polynomial.First, row[:4])
			for _, x := range row {
				all = binary.LittleEndian.AppendUint64(all, x)
			}
		}
		polynomial.SHA256 = hash(all)
		v.PublicPolynomials = append(v.PublicPolynomials, polynomial)
	}

	parameters := 3*p.Slots() + 1
	sum := make([]byte, p.CiphertextBytes(parameters))
	keySum := make([]int64, p.N())
	for range 2 {
		var key [32]byte
		rng.Read(key[:])
		secret := kahe.SeededSecret(p, key)
		c := vectorContribution{Key: hex.EncodeToString(key[:]), SecretFirst: secret.Coefficients()[:8]}
		var all []byte
		for x, s := range secret.Coefficients() {
			keySum[x] += int64(s)
			all = binary.LittleEndian.AppendUint32(all, uint32(s))
		}
		c.SecretHash = hash(all)
		c.Errors = make([]int32, p.Coefficients(parameters))
		kahe.CBD(key, 1, c.Errors)
		fractions := make([]uint64, len(c.Errors))
		kahe.Words(key, 2, fractions)
		for _, u := range fractions {
			c.Fractions = append(c.Fractions, hex.EncodeToString(binary.BigEndian.AppendUint64(nil, u)))
		}
		for range parameters {
			c.Values = append(c.Values, uint32(rng.Uint64()>>(64-p.Bits())))
		}
		packed, err := kahe.Encrypt(p, beacon, secret, c.Values)
		if err != nil {
			t.Fatal(err)
		}
		c.Ciphertext = hex.EncodeToString(packed)
		if err := kahe.Add(p, sum, packed); err != nil {
			t.Fatal(err)
		}
		v.Contributions = append(v.Contributions, c)
	}
	v.Sum = hex.EncodeToString(sum)
	opened, residual, err := kahe.Open(p, beacon, keySum, sum, parameters, 2)
	if err != nil {
		t.Fatal(err)
	}
	for j := range opened {
		if want := uint64(v.Contributions[0].Values[j]) + uint64(v.Contributions[1].Values[j]); opened[j] != want {
			t.Errorf("%v: sum of parameter %d is %d, want %d", p.Set(), j, opened[j], want)
		}
	}
	v.Opened, v.ResidualUsed, v.ResidualSum = opened, residual.Used, residual.Sum
	v.ResidualSquares, v.ResidualBound = residual.SumSquares.String(), residual.Bound.String()

	var key [32]byte
	rng.Read(key[:])
	values := make([]uint32, p.BlockParameters()+2*p.Slots()+1)
	for j := range values {
		values[j] = uint32(j) * 2654435761 >> (32 - p.Bits())
	}
	packed, err := kahe.Encrypt(p, beacon, kahe.SeededSecret(p, key), values)
	if err != nil {
		t.Fatal(err)
	}
	v.Long = vectorLong{Key: hex.EncodeToString(key[:]), Parameters: len(values), Bytes: len(packed), SHA256: hash(packed)}
	return v
}

func hash(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// TestValuesAreEvaluationsAtOddPowersOfPsi fixes the order of the NTT domain and the root: X becomes the points themselves.
func TestValuesAreEvaluationsAtOddPowersOfPsi(t *testing.T) {
	roots := map[kahe.Set][]uint64{
		kahe.A45:          {32978085769211},
		kahe.B90:          {5406885864602, 21422059931463},
		kahe.C180:         {26294334430878, 11842697717746, 8986158332410, 21333363919860},
		kahe.TestInsecure: {13208674096924},
	}
	for set, psis := range roots {
		p := mostSlots(t, set, 8, 128)
		rings := kahe.Rings(p)
		if len(rings) != len(psis) {
			t.Fatalf("%v has %d primes, want %d", set, len(rings), len(psis))
		}
		for i, r := range rings {
			x := make([]uint64, p.N())
			x[1] = 1
			r.NTT(x, x)
			for j, got := range x {
				reverse := 0
				for b := 1; b < p.N(); b <<= 1 {
					reverse <<= 1
					if j&b != 0 {
						reverse |= 1
					}
				}
				if want := ring.ModExp(psis[i], uint64(2*reverse+1), r.Modulus); got != want {
					t.Fatalf("%v, prime %d: value %d is X at %d, want X at %d", set, r.Modulus, j, got, want)
				}
			}
		}
	}
}
