package tbls_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	bls12381 "github.com/consensys/gnark-crypto/ecc/bls12-381"
	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"
	"go.dedis.ch/kyber/v4"
	"go.dedis.ch/kyber/v4/pairing/bls12381/gnark"

	"sotto/crypto/tbls"
)

var update = flag.Bool("update", false, "write the vectors anew")

const (
	vectorFile = "../../internal/testdata/vectors/tbls.json"
	seedLabel  = "sotto/v1 test vectors tbls"
)

// hexBytes are written as hexadecimal digits.
type hexBytes []byte

func (b hexBytes) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(b)), nil }

func (b *hexBytes) UnmarshalText(text []byte) (err error) {
	*b, err = hex.DecodeString(string(text))
	return err
}

type vectors struct {
	Seed          hexBytes          `json:"seed"` // SHA-256 of the label
	Signatures    []signatureVector `json:"signatures"`
	KeyGeneration keyGenVector      `json:"key_generation"`
	Refused       []refusedVector   `json:"refused"`
}

type signatureVector struct {
	Members      int        `json:"members"`
	Quorum       int        `json:"quorum"`
	Coefficients []hexBytes `json:"coefficients"` // of the secret polynomial, the constant first
	GroupKey     hexBytes   `json:"group_key"`
	PublicKey    hexBytes   `json:"public_key"`
	EVMPublicKey hexBytes   `json:"evm_public_key"`
	SecretShares []hexBytes `json:"secret_shares"` // by member
	Message      hexBytes   `json:"message"`
	Shares       []hexBytes `json:"signature_shares"` // by member
	Signature    hexBytes   `json:"signature"`
	EVMSignature hexBytes   `json:"evm_signature"`
}

// keyGenVector is a run among four: dealer 2 gives member 3 a wrong share, member 3 complains, dealer 2 justifies itself.
type keyGenVector struct {
	Session        hexBytes     `json:"session"`
	DKGSecrets     []hexBytes   `json:"dkg_secrets"`
	DKGPublics     []hexBytes   `json:"dkg_publics"`
	Polynomials    [][]hexBytes `json:"polynomials"` // by dealer
	Deals          []hexBytes   `json:"deals"`
	Responses      []hexBytes   `json:"responses"`
	Justifications []hexBytes   `json:"justifications"`
	Transcript     hexBytes     `json:"transcript"`
	GroupKey       hexBytes     `json:"group_key"`
	SecretShares   []hexBytes   `json:"secret_shares"`
}

type refusedVector struct {
	What   string   `json:"what"` // which parser
	Rule   string   `json:"rule"`
	Bytes  hexBytes `json:"bytes"`
	Expect string   `json:"expect"` // the end of the error
}

// The reference is written from docs/protocol.md §6 over gnark-crypto alone, so that the vectors do not merely repeat what kyber did.
type reference struct{ seed []byte }

// scalar derives a scalar from the seed: SHA-512(seed ‖ label) modulo r.
func (r reference) scalar(label string, numbers ...int) fr.Element {
	h := sha512.Sum512(fmt.Appendf(slices.Clone(r.seed), "%s%v", label, numbers))
	var e fr.Element
	e.SetBytes(h[:])
	return e
}

func scalarBytes(e fr.Element) []byte { b := e.Bytes(); return b[:] }

func integer(e fr.Element) *big.Int { return e.BigInt(new(big.Int)) }

func g2(e fr.Element) bls12381.G2Affine {
	var p bls12381.G2Affine
	p.ScalarMultiplicationBase(integer(e))
	return p
}

func g2Bytes(p bls12381.G2Affine) []byte { b := p.Bytes(); return b[:] }

func (r reference) polynomial(t int, label string, numbers ...int) []fr.Element {
	var coefficients []fr.Element
	for i := range t {
		coefficients = append(coefficients, r.scalar(label, append(slices.Clone(numbers), i)...))
	}
	return coefficients
}

func evaluate(polynomial []fr.Element, at int) fr.Element {
	var x, y fr.Element
	x.SetInt64(int64(at))
	for _, c := range slices.Backward(polynomial) {
		y.Mul(&y, &x).Add(&y, &c)
	}
	return y
}

func (r reference) groupKey(n int, polynomial []fr.Element) []byte {
	b := []byte{byte(n), byte(len(polynomial))}
	for _, c := range polynomial {
		b = append(b, g2Bytes(g2(c))...)
	}
	return b
}

func sign(secret fr.Element, msg []byte) []byte {
	h, err := bls12381.HashToG1(msg, []byte(domain))
	if err != nil {
		panic(err)
	}
	h.ScalarMultiplication(&h, integer(secret))
	b := h.Bytes()
	return b[:]
}

// seal is the encryption of a share: ECIES with an ephemeral key r, HKDF-SHA256 over the shared point, AES-256-GCM.
func seal(ephemeral fr.Element, to bls12381.G2Affine, msg []byte) []byte {
	var shared bls12381.G2Affine
	shared.ScalarMultiplication(&to, integer(ephemeral))
	key, err := hkdf.Key(sha256.New, g2Bytes(shared), nil, "", 32+12)
	if err != nil {
		panic(err)
	}
	block, err := aes.NewCipher(key[:32])
	if err != nil {
		panic(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return gcm.Seal(g2Bytes(g2(ephemeral)), key[32:], msg, nil)
}

// schnorrSign signs: R = k·G2, c = SHA-512(R ‖ key ‖ msg) modulo r, s = k + c·secret.
func schnorrSign(k, secret fr.Element, msg []byte) []byte {
	commitment := g2Bytes(g2(k))
	h := sha512.Sum512(slices.Concat(commitment, g2Bytes(g2(secret)), msg))
	var c fr.Element
	c.SetBytes(h[:])
	c.Mul(&c, &secret).Add(&c, &k)
	return append(commitment, scalarBytes(c)...)
}

// signedHash is what a packet's signature is over: SHA-256 over the author and the entries, each with its member counted from 0 in four
// bytes, and the session.
func signedHash(member int, body, session []byte) []byte {
	h := sha256.Sum256(slices.Concat(index(member), body, session))
	return h[:]
}

func index(member int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(member-1)) }

func (r reference) keyGeneration() keyGenVector {
	const n, t = 4, 3
	session := sha256.Sum256(append(slices.Clone(r.seed), "session"...))
	v := keyGenVector{Session: session[:]}
	var secrets []fr.Element
	var polynomials [][]fr.Element
	for j := 1; j <= n; j++ {
		s := r.scalar("long-term key", j)
		secrets = append(secrets, s)
		v.DKGSecrets, v.DKGPublics = append(v.DKGSecrets, scalarBytes(s)), append(v.DKGPublics, g2Bytes(g2(s)))
		polynomials = append(polynomials, r.polynomial(t, "polynomial", j))
		var hex []hexBytes
		for _, c := range polynomials[j-1] {
			hex = append(hex, scalarBytes(c))
		}
		v.Polynomials = append(v.Polynomials, hex)
	}
	packet := func(phase, member int, body, signed []byte) []byte {
		sig := schnorrSign(r.scalar("signature", phase, member), secrets[member-1], signedHash(member, signed, session[:]))
		return slices.Concat([]byte{byte(phase), byte(member)}, session[:], body, sig)
	}
	for i := 1; i <= n; i++ {
		var body, signed []byte
		for _, c := range polynomials[i-1] {
			body = append(body, g2Bytes(g2(c))...)
		}
		signed = slices.Clone(body)
		for j := 1; j <= n; j++ {
			if j == i {
				continue
			}
			value := evaluate(polynomials[i-1], j)
			if i == 2 && j == 3 {
				value = r.scalar("wrong share")
			}
			sealed := seal(r.scalar("ephemeral key", i, j), g2(secrets[j-1]), scalarBytes(value))
			body = append(body, sealed...)
			signed = slices.Concat(signed, index(j), sealed)
		}
		v.Deals = append(v.Deals, packet(1, i, body, signed))
	}
	for j := 1; j <= n; j++ {
		var body, signed []byte
		for i := 1; i <= n; i++ {
			status := byte(1)
			if i == 2 && j == 3 {
				status = 0
			}
			body = append(body, status)
			signed = append(append(signed, index(i)...), status)
		}
		v.Responses = append(v.Responses, packet(2, j, body, signed))
	}
	share := scalarBytes(evaluate(polynomials[1], 3))
	v.Justifications = []hexBytes{packet(3, 2, append([]byte{1, 3}, share...), append(index(3), share...))}

	h := sha256.New()
	for _, p := range slices.Concat(v.Deals, v.Responses, v.Justifications) {
		_ = binary.Write(h, binary.BigEndian, uint32(len(p)))
		h.Write(p)
	}
	v.Transcript = h.Sum(nil)
	sum := make([]fr.Element, t)
	for _, polynomial := range polynomials {
		for k := range sum {
			sum[k].Add(&sum[k], &polynomial[k])
		}
	}
	v.GroupKey = r.groupKey(n, sum)
	for j := 1; j <= n; j++ {
		v.SecretShares = append(v.SecretShares, append([]byte{byte(j)}, scalarBytes(evaluate(sum, j))...))
	}
	return v
}

func (r reference) signatures(n int) signatureVector {
	polynomial := r.polynomial(quorum(n), "coefficient", n)
	v := signatureVector{
		Members: n, Quorum: quorum(n),
		GroupKey: r.groupKey(n, polynomial), PublicKey: g2Bytes(g2(polynomial[0])),
		Message: fmt.Appendf(nil, "a message to a committee of %d", n),
	}
	v.Signature = sign(polynomial[0], v.Message)
	for _, c := range polynomial {
		v.Coefficients = append(v.Coefficients, scalarBytes(c))
	}
	for j := 1; j <= n; j++ {
		s := evaluate(polynomial, j)
		v.SecretShares = append(v.SecretShares, append([]byte{byte(j)}, scalarBytes(s)...))
		v.Shares = append(v.Shares, sign(s, v.Message))
	}
	key := g2(polynomial[0])
	for _, c := range [][48]byte{key.X.A0.Bytes(), key.X.A1.Bytes(), key.Y.A0.Bytes(), key.Y.A1.Bytes()} {
		v.EVMPublicKey = append(v.EVMPublicKey, evmWord(c[:])...)
	}
	var sig bls12381.G1Affine
	if _, err := sig.SetBytes(v.Signature); err != nil {
		panic(err)
	}
	for _, c := range [][48]byte{sig.X.Bytes(), sig.Y.Bytes()} {
		v.EVMSignature = append(v.EVMSignature, evmWord(c[:])...)
	}
	return v
}

func (r reference) refused(t *testing.T, four signatureVector, run keyGenVector) []refusedVector {
	var all []refusedVector
	add := func(what, rule string, b []byte, expect string) {
		all = append(all, refusedVector{what, rule, b, expect})
	}
	change := func(b []byte, at int, with ...byte) []byte {
		b = bytes.Clone(b)
		copy(b[at:], with)
		return b
	}
	identity2, identity1 := change(make([]byte, 96), 0, 0xc0), change(make([]byte, 48), 0, 0xc0)
	order := fr.Modulus().FillBytes(make([]byte, 32))
	for _, what := range []string{"public key", "key generation key"} {
		add(what, "identity", identity2, "the identity")
		add(what, "outside the subgroup", offSubgroupG2(t), "subgroup check failed")
		add(what, "no compression flag", make([]byte, 96), "not a compressed point")
		add(what, "trailing byte", append(bytes.Clone(four.PublicKey), 0), "97 bytes, want 96")
		add(what, "x not below the modulus", change(bytes.Repeat([]byte{255}, 96), 0, 0x9f), "")
	}
	add("signature", "identity", identity1, "the identity")
	add("signature", "identity with a stray bit", change(identity1, 47, 1), "")
	add("signature", "outside the subgroup", offSubgroupG1(t), "subgroup check failed")
	add("signature", "short", four.Signature[:47], "47 bytes, want 48")
	add("group key", "committee of 5", change(four.GroupKey, 0, 5), "committee of 5 members, want 4, 7 or 10")
	add("group key", "quorum 2", change(four.GroupKey, 1, 2), "quorum 2, want 3 of 4")
	add("group key", "identity key", change(four.GroupKey, 2, identity2...), "commitment 0: the identity")
	add("group key", "lower degree", change(four.GroupKey, 2+2*96, identity2...), "commitment 2: the identity")
	add("group key", "trailing byte", append(bytes.Clone(four.GroupKey), 0), "291 bytes, want 290")
	add("secret share", "member 0", change(four.SecretShares[0], 0, 0), "member 0, want 1 to 10")
	add("secret share", "zero", append([]byte{1}, make([]byte, 32)...), "scalar zero")
	add("secret share", "r", append([]byte{1}, order...), "not below the group order")
	add("key generation secret", "zero", make([]byte, 32), "zero")
	add("key generation secret", "r", order, "not below the group order")
	evm := four.EVMPublicKey
	add("EVM public key", "identity", make([]byte, 256), "the identity")
	add("EVM public key", "imaginary parts first", slices.Concat(evm[64:128], evm[:64], evm[192:], evm[128:192]), "not on the curve")
	add("EVM public key", "padding", change(evm, 0, 1), "coordinate 0 does not begin with 16 zero bytes")
	deal, justification := run.Deals[0], run.Justifications[0]
	s := new(big.Int).SetBytes(deal[len(deal)-32:])
	add("packet", "signature scalar plus r", change(deal, len(deal)-32, s.Add(s, fr.Modulus()).FillBytes(make([]byte, 32))...), "signature scalar not below the group order")
	add("packet", "trailing byte", append(bytes.Clone(deal), 0), "721 bytes between header and signature, want 720")
	add("packet", "identity commitment", change(deal, 34, identity2...), "commitment 0: the identity")
	add("packet", "another session", change(deal, 33, deal[33]^1), fmt.Sprintf("want %x", run.Session))
	add("packet", "another author", change(deal, 1, 3), "deal of member 3: invalid signature")
	add("packet", "status 2", change(run.Responses[0], 35, 2), "status 2 for dealer 2, want 0 or 1")
	add("packet", "complaint about itself", change(run.Responses[0], 34, 0), "complaint about itself")
	add("packet", "complaint taken back", change(run.Responses[2], 35, 1), "response of member 3: invalid signature")
	add("packet", "justification for the dealer", change(justification, 35, 2), "share for member 2 after 0, want ascending, 1 to 4, not the dealer")
	return all
}

func generate(t *testing.T) vectors {
	seed := sha256.Sum256([]byte(seedLabel))
	r := reference{seed[:]}
	v := vectors{Seed: seed[:], KeyGeneration: r.keyGeneration()}
	for _, n := range sizes {
		v.Signatures = append(v.Signatures, r.signatures(n))
	}
	v.Refused = r.refused(t, v.Signatures[0], v.KeyGeneration)
	return v
}

func readVectors(t testing.TB) vectors {
	t.Helper()
	var v vectors
	b, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestVectorsAreCurrent(t *testing.T) {
	want, err := json.MarshalIndent(generate(t), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	if *update {
		if err := os.MkdirAll(filepath.Dir(vectorFile), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(vectorFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("the reference gives other vectors than the file holds; if that is meant: go test ./crypto/tbls -run Vectors -update")
	}
}

func TestVectorsOfSignatures(t *testing.T) {
	for _, v := range readVectors(t).Signatures {
		var coefficients []kyber.Scalar
		for _, c := range v.Coefficients {
			coefficients = append(coefficients, gnark.G2.Scalar().SetBytes(c))
		}
		group, secrets := tbls.GroupFromCoefficients(t, v.Members, coefficients)
		if got := group.Marshal(); !bytes.Equal(got, v.GroupKey) {
			t.Errorf("group key %x, want %x", got, v.GroupKey)
		}
		if group, err := tbls.ParseGroupKey(v.GroupKey); err != nil || group.Members() != v.Members || group.Quorum() != v.Quorum || group.Public() != tbls.PublicKey(v.PublicKey) {
			t.Errorf("group key is read as %d of %d, %x, %v", group.Quorum(), group.Members(), group.Public(), err)
		}
		var shares []tbls.SignatureShare
		for i, s := range secrets {
			if got := s.Marshal(); !bytes.Equal(got, v.SecretShares[i]) {
				t.Errorf("secret share %x, want %x", got, v.SecretShares[i])
			}
			parsed, err := tbls.ParseSecretShare(v.SecretShares[i])
			if err != nil {
				t.Fatal(err)
			}
			share := tbls.SignShare(parsed, v.Message)
			if share.Signature != tbls.Signature(v.Shares[i]) || share.Member != i+1 {
				t.Errorf("signature share %d is %x, want %d, %x", share.Member, share.Signature, i+1, v.Shares[i])
			}
			if err := tbls.VerifyShare(group, v.Message, share); err != nil {
				t.Error(err)
			}
			shares = append(shares, share)
		}
		sig, _, err := tbls.Combine(group, v.Message, shares[v.Members-v.Quorum:])
		if err != nil || sig != tbls.Signature(v.Signature) {
			t.Errorf("signature %x, %v, want %x", sig, err, v.Signature)
		}
		if got, err := tbls.EVMPublicKey(group.Public()); err != nil || !bytes.Equal(got[:], v.EVMPublicKey) {
			t.Errorf("EVM key %x, %v, want %x", got, err, v.EVMPublicKey)
		}
		if got, err := tbls.EVMSignature(sig); err != nil || !bytes.Equal(got[:], v.EVMSignature) {
			t.Errorf("EVM signature %x, %v, want %x", got, err, v.EVMSignature)
		}
		if ok, err := evmVerify(t, v.EVMPublicKey, v.Message, v.EVMSignature); !ok || err != nil {
			t.Errorf("the EVM refuses the signature: %v", err)
		}
	}
}

func (v keyGenVector) session(t testing.TB) *tbls.DKGSession {
	t.Helper()
	var publics []tbls.DKGPublic
	for _, b := range v.DKGPublics {
		public, err := tbls.ParseDKGPublic(b)
		if err != nil {
			t.Fatal(err)
		}
		publics = append(publics, public)
	}
	session, err := tbls.NewDKGSession([32]byte(v.Session), publics)
	if err != nil {
		t.Fatal(err)
	}
	return session
}

func TestVectorsOfKeyGeneration(t *testing.T) {
	v := readVectors(t).KeyGeneration
	session := v.session(t)
	var board [][]byte
	for i, packets := range [][]hexBytes{v.Deals, v.Responses, v.Justifications} {
		for _, p := range packets {
			phase, member, err := session.Check(p)
			if err != nil || phase != tbls.Phase(i+1) || member != int(p[1]) {
				t.Errorf("got %v, %d, %v, want phase %d, member %d", phase, member, err, i+1, p[1])
			}
			if got, err := tbls.Reencode(4, p); err != nil || !bytes.Equal(got, p) {
				t.Errorf("%x is encoded as %x, %v", p, got, err)
			}
			board = append(board, p)
		}
	}
	if got, err := session.TranscriptHash(board); err != nil || !bytes.Equal(got[:], v.Transcript) {
		t.Errorf("transcript %x, %v, want %x", got, err, v.Transcript)
	}
	var secrets []tbls.DKGSecret
	for i, b := range v.DKGSecrets {
		secret, err := tbls.ParseDKGSecret(b)
		if err != nil || secret.Public() != tbls.DKGPublic(v.DKGPublics[i]) {
			t.Fatalf("member %d: key %x, %v, want %x", i+1, secret.Public(), err, v.DKGPublics[i])
		}
		secrets = append(secrets, secret)
	}

	// kyber opens the deals and finds in them what the polynomials give.
	group, err := tbls.ParseGroupKey(v.GroupKey)
	if err != nil {
		t.Fatal(err)
	}
	for j := 1; j <= 4; j++ {
		sum := gnark.G2.Scalar().Zero()
		for i := 1; i <= 4; i++ {
			var polynomial []fr.Element
			for _, c := range v.Polynomials[i-1] {
				var e fr.Element
				e.SetBytes(c)
				polynomial = append(polynomial, e)
			}
			want := scalarBytes(evaluate(polynomial, j))
			sum.Add(sum, gnark.G2.Scalar().SetBytes(want))
			if i == j {
				continue
			}
			at := j - 1
			if j > i {
				at--
			}
			sealed := v.Deals[i-1][34+3*96+at*144:][:144]
			got, err := tbls.Open(secrets[j-1], sealed)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Equal(got, want) == (i == 2 && j == 3) {
				t.Errorf("dealer %d gives member %d %x, the polynomial %x", i, j, got, want)
			}
		}
		share, err := tbls.ParseSecretShare(v.SecretShares[j-1])
		if err != nil || group.CheckSecret(share) != nil || !sum.Equal(gnark.G2.Scalar().SetBytes(v.SecretShares[j-1][1:])) {
			t.Errorf("member %d: share %x, %v", j, v.SecretShares[j-1], err)
		}
	}

	// A member that runs this package responds to the vectors' deals as the vectors' member does.
	for _, j := range []int{1, 3, 4} {
		d, err := tbls.NewDKG(session, j, secrets[j-1])
		if err != nil {
			t.Fatal(err)
		}
		deal, err := d.Deals()
		if err != nil {
			t.Fatal(err)
		}
		response, err := d.ProcessDeals(append(without(board[:4], byte(j)), deal))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := response[:34+4], v.Responses[j-1][:34+4]; !bytes.Equal(got, want) {
			t.Errorf("member %d responds %x, want %x", j, got, want)
		}
	}
}

func TestVectorsOfRefusals(t *testing.T) {
	all := readVectors(t)
	session := all.KeyGeneration.session(t)
	parsers := map[string]func([]byte) error{
		"public key":            func(b []byte) error { _, err := tbls.ParsePublicKey(b); return err },
		"signature":             func(b []byte) error { _, err := tbls.ParseSignature(b); return err },
		"group key":             func(b []byte) error { _, err := tbls.ParseGroupKey(b); return err },
		"secret share":          func(b []byte) error { _, err := tbls.ParseSecretShare(b); return err },
		"key generation secret": func(b []byte) error { _, err := tbls.ParseDKGSecret(b); return err },
		"key generation key":    func(b []byte) error { _, err := tbls.ParseDKGPublic(b); return err },
		"EVM public key":        func(b []byte) error { _, err := tbls.ParseEVMPublicKey(b); return err },
		"packet":                func(b []byte) error { _, _, err := session.Check(b); return err },
	}
	for _, v := range all.Refused {
		parse := parsers[v.What]
		if parse == nil {
			t.Fatalf("no parser for a %s", v.What)
		}
		if err := parse(v.Bytes); err == nil || !strings.HasSuffix(err.Error(), v.Expect) {
			t.Errorf("%s, %s: got %v, want %s", v.What, v.Rule, err, v.Expect)
		}
	}
	if len(all.Refused) < 30 {
		t.Errorf("%d refusals", len(all.Refused))
	}
}
