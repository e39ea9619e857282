package tbls_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/bits"
	"slices"
	"strings"
	"testing"

	bls12381 "github.com/consensys/gnark-crypto/ecc/bls12-381"
	"go.dedis.ch/kyber/v4"
	"go.dedis.ch/kyber/v4/pairing/bls12381/gnark"
	"go.dedis.ch/kyber/v4/share"
	"go.dedis.ch/kyber/v4/sign/bls"
	kybertbls "go.dedis.ch/kyber/v4/sign/tbls"
	"go.dedis.ch/kyber/v4/util/random"

	"sotto/crypto/tbls"
)

var sizes = []int{4, 7, 10}

func quorum(n int) int { return 2*((n-1)/3) + 1 }

// newGroup deals a random key as a trusted dealer.
func newGroup(t testing.TB, n int) (tbls.GroupKey, []tbls.SecretShare) {
	coefficients := make([]kyber.Scalar, quorum(n))
	for i := range coefficients {
		coefficients[i] = gnark.G2.Scalar().Pick(random.New())
	}
	return tbls.GroupFromCoefficients(t, n, coefficients)
}

func signAll(shares []tbls.SecretShare, msg []byte) []tbls.SignatureShare {
	var sigs []tbls.SignatureShare
	for _, s := range shares {
		sigs = append(sigs, tbls.SignShare(s, msg))
	}
	return sigs
}

// subsets calls do with the subsets of size k of 0…n−1, every stride-th of them.
func subsets(n, k, stride int, do func([]int)) {
	count := 0
	for mask := range 1 << n {
		if bits.OnesCount(uint(mask)) != k {
			continue
		}
		if count++; (count-1)%stride != 0 {
			continue
		}
		var set []int
		for i := range n {
			if mask>>i&1 == 1 {
				set = append(set, i)
			}
		}
		do(set)
	}
}

func pick[E any](all []E, set []int) []E {
	var some []E
	for _, i := range set {
		some = append(some, all[i])
	}
	return some
}

func TestAnyQuorumSignsTheSame(t *testing.T) {
	for _, n := range sizes {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			group, secrets := newGroup(t, n)
			if group.Members() != n || group.Quorum() != quorum(n) {
				t.Fatalf("got %d of %d, want %d of %d", group.Quorum(), group.Members(), quorum(n), n)
			}
			msg := []byte("sotto/v1 test")
			shares := signAll(secrets, msg)
			want, bad, err := tbls.Combine(group, msg, shares)
			if err != nil || len(bad) != 0 {
				t.Fatalf("got bad members %v, error %v", bad, err)
			}
			if err := tbls.Verify(group.Public(), msg, want); err != nil {
				t.Fatal(err)
			}
			subsets(n, group.Quorum(), 1+n/7*3, func(set []int) {
				if got, _, err := tbls.Combine(group, msg, pick(shares, set)); err != nil || got != want {
					t.Errorf("%v: got %x, %v, want %x", set, got, err, want)
				}
			})
			subsets(n, group.Quorum()-1, 1+n/7*9, func(set []int) {
				if got, _, err := tbls.Combine(group, msg, pick(shares, set)); !errors.Is(err, tbls.ErrNotEnoughShares) || got != (tbls.Signature{}) {
					t.Errorf("%v: got %x, %v, want ErrNotEnoughShares", set, got, err)
				}
			})
		})
	}
}

// Fewer than T shares interpolate to something else, whatever Combine would do with them.
func TestBelowQuorumInterpolatesToAnotherSignature(t *testing.T) {
	group, secrets := newGroup(t, 4)
	msg := []byte("msg")
	var points []*share.PubShare
	for _, s := range signAll(secrets[:group.Quorum()-1], msg) {
		p := gnark.G1.Point()
		if err := p.UnmarshalBinary(s.Signature[:]); err != nil {
			t.Fatal(err)
		}
		points = append(points, &share.PubShare{I: uint32(s.Member - 1), V: p})
	}
	p, err := share.RecoverCommit(gnark.G1, points, uint32(len(points)), 4)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := p.MarshalBinary()
	if err := tbls.Verify(group.Public(), msg, tbls.Signature(b)); !errors.Is(err, tbls.ErrInvalidSignature) {
		t.Errorf("got %v, want ErrInvalidSignature", err)
	}
}

func TestCombineNamesBadShares(t *testing.T) {
	group, secrets := newGroup(t, 7)
	_, strangers := newGroup(t, 7)
	msg := []byte("msg")
	shares := signAll(secrets, msg)
	want, _, err := tbls.Combine(group, msg, shares)
	if err != nil {
		t.Fatal(err)
	}
	as := func(member int, s tbls.SignatureShare) tbls.SignatureShare { s.Member = member; return s }
	infinity := tbls.SignatureShare{Member: 7, Signature: tbls.Signature{0xc0}}
	for _, test := range []struct {
		rule   string
		shares []tbls.SignatureShare
		bad    []int
		err    error
	}{
		{"another message", append(shares[1:6:6], tbls.SignShare(secrets[0], []byte("other"))), []int{1}, nil},
		{"another committee", append(shares[:5:5], tbls.SignShare(strangers[6], msg)), []int{7}, nil},
		{"another member's share", append(shares[:5:5], as(6, shares[0]), as(7, shares[1])), []int{6, 7}, nil},
		{"members that do not exist", append(shares[:5:5], as(0, shares[0]), as(-1, shares[0]), as(8, shares[0])), []int{-1, 0, 8}, nil},
		{"identity", append(shares[:5:5], infinity), []int{7}, nil},
		{"zero value", append(shares[:5:5], tbls.SignatureShare{}), []int{0}, nil},
		{"not a point", append(shares[:5:5], tbls.SignatureShare{Member: 6, Signature: tbls.Signature{0x9f, 0xff}}), []int{6}, nil},
		{"bad after good by one member", append(shares[:5:5], as(1, shares[6])), nil, nil},
		{"bad before good by one member", append([]tbls.SignatureShare{as(1, shares[6])}, shares[:5]...), nil, nil},
		{"bad twice", append([]tbls.SignatureShare{as(7, shares[0]), as(7, shares[1])}, shares[:5]...), []int{7}, nil},
		{"four and a repeated one", append(shares[:4:4], shares[0], shares[1], shares[0]), nil, tbls.ErrNotEnoughShares},
		{"four and a renumbered one", append(shares[:4:4], as(5, shares[0])), []int{5}, tbls.ErrNotEnoughShares},
		{"none", nil, nil, tbls.ErrNotEnoughShares},
	} {
		sig, bad, err := tbls.Combine(group, msg, test.shares)
		if !slices.Equal(bad, test.bad) || !errors.Is(err, test.err) || (err == nil && sig != want) {
			t.Errorf("%s: got bad members %v, error %v, want %v, %v", test.rule, bad, err, test.bad, test.err)
		}
	}
	_, _, err = tbls.Combine(group, msg, append(shares[:4:4], as(5, shares[0])))
	if got, want := err.Error(), "not enough valid signature shares: 4 members', want 5; invalid: members [5]"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, _, err := tbls.Combine(tbls.GroupKey{}, msg, shares); !errors.Is(err, tbls.ErrNotEnoughShares) {
		t.Errorf("zero group: got %v", err)
	}
}

// Without this package's deduplication kyber takes a repeated share for a second one and then fails, although enough good ones are there.
func TestKyberRecoverCountsDuplicates(t *testing.T) {
	group, secrets := newGroup(t, 4)
	msg := []byte("msg")
	shares := signAll(secrets, msg)
	repeated := []tbls.SignatureShare{shares[0], shares[0], shares[1], shares[2]}

	var raw [][]byte
	for _, s := range repeated {
		raw = append(raw, append(binary.BigEndian.AppendUint16(nil, uint16(s.Member-1)), s.Signature[:]...))
	}
	var commitments []kyber.Point
	for b := group.Marshal()[2:]; len(b) > 0; b = b[tbls.PublicKeySize:] {
		p := gnark.G2.Point()
		if err := p.UnmarshalBinary(b[:tbls.PublicKeySize]); err != nil {
			t.Fatal(err)
		}
		commitments = append(commitments, p)
	}
	scheme, public := kybertbls.NewThresholdSchemeOnG1(gnark.NewSuite()), share.NewPubPoly(gnark.G2, nil, commitments)
	if _, err := scheme.Recover(public, msg, raw, 3, 4); err == nil {
		t.Error("kyber combines repeated shares: the deduplication may go")
	}
	sig, bad, err := tbls.Combine(group, msg, repeated)
	if err != nil || len(bad) != 0 {
		t.Fatalf("got bad members %v, error %v", bad, err)
	}
	// Without the repetition both agree.
	recovered, err := scheme.Recover(public, msg, raw[1:], 3, 4)
	if err != nil || tbls.Signature(recovered) != sig {
		t.Errorf("got %x, kyber %x, %v", sig, recovered, err)
	}
}

func TestVerifyShare(t *testing.T) {
	group, secrets := newGroup(t, 4)
	other, _ := newGroup(t, 4)
	msg := []byte("msg")
	for _, j := range []int{1, 4} { // the ends, where a conversion to kyber's numbers would show
		s := tbls.SignShare(secrets[j-1], msg)
		if s.Member != j {
			t.Errorf("got member %d, want %d", s.Member, j)
		}
		if err := tbls.VerifyShare(group, msg, s); err != nil {
			t.Errorf("member %d: %v", j, err)
		}
		for _, test := range []struct {
			rule  string
			group tbls.GroupKey
			msg   string
			share tbls.SignatureShare
			want  string
		}{
			{"another message", group, "Msg", s, fmt.Sprintf("signature share of member %d: invalid signature", j)},
			{"another committee", other, "msg", s, fmt.Sprintf("signature share of member %d: invalid signature", j)},
			{"another member", group, "msg", tbls.SignatureShare{Member: 5 - j, Signature: s.Signature}, fmt.Sprintf("signature share of member %d: invalid signature", 5-j)},
			{"member 0", group, "msg", tbls.SignatureShare{Member: 0, Signature: s.Signature}, "signature share: no member 0 in a committee of 4"},
			{"member n+1", group, "msg", tbls.SignatureShare{Member: 5, Signature: s.Signature}, "signature share: no member 5 in a committee of 4"},
			{"identity", group, "msg", tbls.SignatureShare{Member: j, Signature: tbls.Signature{0xc0}}, fmt.Sprintf("malformed signature share of member %d: the identity", j)},
			{"zero group", tbls.GroupKey{}, "msg", s, fmt.Sprintf("signature share: no member %d in a committee of 0", j)},
		} {
			if err := tbls.VerifyShare(test.group, []byte(test.msg), test.share); err == nil || err.Error() != test.want {
				t.Errorf("%s: got %v, want %s", test.rule, err, test.want)
			}
		}
	}
}

func TestVerifyRefuses(t *testing.T) {
	group, secrets := newGroup(t, 4)
	msg := []byte("msg")
	shares := signAll(secrets, msg)
	sig, _, err := tbls.Combine(group, msg, shares)
	if err != nil {
		t.Fatal(err)
	}
	other, _ := newGroup(t, 4)
	var key, identity = group.Public(), tbls.PublicKey{0xc0}
	for _, test := range []struct {
		rule string
		key  tbls.PublicKey
		msg  string
		sig  tbls.Signature
		want string
	}{
		{"another message", key, "msg2", sig, "invalid signature"},
		{"another key", other.Public(), "msg", sig, "invalid signature"},
		{"a single share", key, "msg", shares[0].Signature, "invalid signature"},
		{"identity key", identity, "msg", sig, "malformed public key: the identity"},
		{"identity signature", key, "msg", tbls.Signature{0xc0}, "malformed signature: the identity"},
		{"identity key and signature", identity, "msg", tbls.Signature{0xc0}, "malformed public key: the identity"},
		{"zero key", tbls.PublicKey{}, "msg", sig, "malformed public key: not a compressed point"},
		{"zero signature", key, "msg", tbls.Signature{}, "malformed signature: not a compressed point"},
		{"key outside the subgroup", tbls.PublicKey(offSubgroupG2(t)), "msg", sig, "malformed public key: invalid point: subgroup check failed"},
		{"signature outside the subgroup", key, "msg", tbls.Signature(offSubgroupG1(t)), "malformed signature: invalid point: subgroup check failed"},
	} {
		if err := tbls.Verify(test.key, []byte(test.msg), test.sig); err == nil || err.Error() != test.want {
			t.Errorf("%s: got %v, want %s", test.rule, err, test.want)
		}
	}

	// What it would mean to leave out the check: kyber finds the identity signature good under the identity key, for every message.
	if err := bls.NewSchemeOnG1(gnark.NewSuite()).Verify(gnark.G2.Point().Null(), msg, append([]byte{0xc0}, make([]byte, 47)...)); err != nil {
		t.Errorf("kyber refuses the identity: %v", err)
	}
}

func TestExactLengths(t *testing.T) {
	group, secrets := newGroup(t, 4)
	key, sig := group.Public(), tbls.SignShare(secrets[0], nil).Signature
	dkgSecret, dkgPublic := tbls.GenerateDKGKey()
	evm, err := tbls.EVMPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name  string
		good  []byte
		parse func([]byte) error
	}{
		{"public key", key[:], func(b []byte) error { _, err := tbls.ParsePublicKey(b); return err }},
		{"signature", sig[:], func(b []byte) error { _, err := tbls.ParseSignature(b); return err }},
		{"group key", group.Marshal(), func(b []byte) error { _, err := tbls.ParseGroupKey(b); return err }},
		{"secret share", secrets[0].Marshal(), func(b []byte) error { _, err := tbls.ParseSecretShare(b); return err }},
		{"key generation secret", dkgSecret.Marshal(), func(b []byte) error { _, err := tbls.ParseDKGSecret(b); return err }},
		{"key generation key", dkgPublic[:], func(b []byte) error { _, err := tbls.ParseDKGPublic(b); return err }},
		{"EVM public key", evm[:], func(b []byte) error { _, err := tbls.ParseEVMPublicKey(b); return err }},
	} {
		if err := test.parse(test.good); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		for _, b := range [][]byte{nil, test.good[:1], test.good[:len(test.good)-1], append(bytes.Clone(test.good), 0), append(bytes.Clone(test.good), test.good...)} {
			if err := test.parse(b); err == nil || !strings.Contains(err.Error(), "bytes, want") {
				t.Errorf("%s of %d bytes: got %v, want an error about the length", test.name, len(b), err)
			}
		}
	}

	// kyber reads a point and leaves the rest.
	if err := gnark.G1.Point().UnmarshalBinary(append(sig[:], 1)); err != nil {
		t.Errorf("kyber refuses trailing bytes: %v", err)
	}
}

func TestGroupKey(t *testing.T) {
	for _, n := range sizes {
		group, secrets := newGroup(t, n)
		b := group.Marshal()
		got, err := tbls.ParseGroupKey(b)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Marshal(), b) || got.Public() != group.Public() || got.Members() != n || got.Quorum() != quorum(n) {
			t.Errorf("n = %d: the key does not survive its encoding", n)
		}
		for _, s := range secrets {
			if err := got.CheckSecret(s); err != nil {
				t.Errorf("n = %d: %v", n, err)
			}
		}
		wrong := secrets[0].Marshal()
		wrong[0] = 2
		s, err := tbls.ParseSecretShare(wrong)
		if err != nil {
			t.Fatal(err)
		}
		if err := got.CheckSecret(s); err == nil {
			t.Errorf("n = %d: member 1's share passes for member 2's", n)
		}
	}
	four, secrets := newGroup(t, 4)
	if _, tenth := newGroup(t, 10); four.CheckSecret(tenth[9]) == nil || four.CheckSecret(tbls.SecretShare{}) == nil {
		t.Error("a share of a member that does not exist passes")
	}
	if err := four.CheckSecret(secrets[3]); err != nil {
		t.Error(err)
	}
	change := func(at int, with ...byte) []byte {
		b := four.Marshal()
		copy(b[at:], with)
		return b
	}
	identity := append([]byte{0xc0}, make([]byte, 95)...)
	for _, test := range []struct {
		rule string
		b    []byte
		want string
	}{
		{"committee of 5", change(0, 5), "malformed group key: committee of 5 members, want 4, 7 or 10"},
		{"committee of 0", change(0, 0), "malformed group key: committee of 0 members, want 4, 7 or 10"},
		{"committee of 7 with the bytes of 4", change(0, 7, 5), "malformed group key: 290 bytes, want 482"},
		{"quorum 2", change(1, 2), "malformed group key: quorum 2, want 3 of 4"},
		{"quorum 0", change(1, 0), "malformed group key: quorum 0, want 3 of 4"},
		{"identity key", change(2, identity...), "malformed group key: commitment 0: the identity"},
		{"lower degree", change(2+2*96, identity...), "malformed group key: commitment 2: the identity"},
		{"outside the subgroup", change(2+96, offSubgroupG2(t)...), "malformed group key: commitment 1: invalid point: subgroup check failed"},
	} {
		if _, err := tbls.ParseGroupKey(test.b); err == nil || err.Error() != test.want {
			t.Errorf("%s: got %v, want %s", test.rule, err, test.want)
		}
	}
	if zero := (tbls.GroupKey{}); zero.Public() != (tbls.PublicKey{}) || zero.Members() != 0 || zero.Quorum() != 0 {
		t.Error("the zero group key has members")
	}
}

func TestScalarsAreCanonical(t *testing.T) {
	order := []byte("\x73\xed\xa7\x53\x29\x9d\x7d\x48\x33\x39\xd8\x08\x09\xa1\xd8\x05\x53\xbd\xa4\x02\xff\xfe\x5b\xfe\xff\xff\xff\xff\x00\x00\x00\x01")
	below := append(bytes.Clone(order[:31]), 0)
	for _, test := range []struct {
		rule   string
		scalar []byte
		want   string
	}{
		{"r−1", below, ""},
		{"zero", make([]byte, 32), "zero"},
		{"r", order, "not below the group order"},
		{"2^256−1", bytes.Repeat([]byte{255}, 32), "not below the group order"},
	} {
		_, err1 := tbls.ParseDKGSecret(test.scalar)
		_, err2 := tbls.ParseSecretShare(append([]byte{1}, test.scalar...))
		for _, err := range []error{err1, err2} {
			if (err == nil) != (test.want == "") || (err != nil && !strings.HasSuffix(err.Error(), test.want)) {
				t.Errorf("%s: got %v, want %s", test.rule, err, test.want)
			}
		}
	}
	for _, member := range []byte{0, 11, 255} {
		if _, err := tbls.ParseSecretShare(append([]byte{member}, below...)); err == nil {
			t.Errorf("a share of member %d passes", member)
		}
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	_, shares := newGroup(t, 4)
	secret, _ := tbls.GenerateDKGKey()
	type file struct {
		Share   tbls.SecretShare
		Secret  *tbls.DKGSecret
		private tbls.SecretShare
	}
	nested := file{shares[0], &secret, shares[0]}
	scalars := [][]byte{shares[0].Marshal()[1:], secret.Marshal()}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%b", "%o", "%c", "%U", "%e", "%t"} {
		for _, x := range []any{shares[0], &shares[0], secret, &secret, nested, &nested, shares[:1], map[string]any{"a": secret}} {
			fmt.Fprintf(&out, verb+"\n", x)
		}
	}
	for _, logger := range []*slog.Logger{slog.New(slog.NewTextHandler(&out, nil)), slog.New(slog.NewJSONHandler(&out, nil))} {
		logger.Info("x", "share", shares[0], "secret", secret, "pointer", &secret, "nested", nested, "any", slog.AnyValue(shares[0]))
	}
	if err := json.NewEncoder(&out).Encode(map[string]any{"share": shares[0], "secret": secret, "nested": nested}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "(secret)") {
		t.Error("the placeholder is missing")
	}
	text := strings.ToLower(out.String())
	for _, s := range scalars {
		element := gnark.G2.Scalar().SetBytes(s)
		for _, form := range []string{fmt.Sprintf("%x", s), fmt.Sprint(s), string(s), element.String(), fmt.Sprintf("%x", s[:8]), fmt.Sprintf("%d", binary.BigEndian.Uint64(s))} {
			if strings.Contains(text, strings.ToLower(form)) {
				t.Errorf("a secret shows as %q", form)
			}
		}
		// The words of the Montgomery form, which reflection would print.
		for _, line := range strings.FieldsFunc(fmt.Sprintf("%d", element), func(r rune) bool { return r < '0' || r > '9' }) {
			if len(line) > 12 && strings.Contains(text, line) {
				t.Errorf("a secret's word %s shows", line)
			}
		}
	}
}

// offSubgroupG1 returns the compressed form of a point on the curve but outside the subgroup of order r.
func offSubgroupG1(t testing.TB) []byte {
	t.Helper()
	var p bls12381.G1Affine
	for x := uint64(1); ; x++ {
		p.X.SetUint64(x)
		y2 := p.X
		y2.Square(&p.X).Mul(&y2, &p.X)
		four := p.X
		y2.Add(&y2, four.SetUint64(4))
		if p.Y.Sqrt(&y2) != nil && p.IsOnCurve() && !p.IsInSubGroup() {
			b := p.Bytes()
			return b[:]
		}
	}
}

// offSubgroupG2 is offSubgroupG1 on the twist y² = x³ + 4(1+i).
func offSubgroupG2(t testing.TB) []byte {
	t.Helper()
	var p bls12381.G2Affine
	for x := uint64(1); ; x++ {
		p.X.A0.SetUint64(x)
		y2, b := p.X, p.X
		y2.Square(&p.X).Mul(&y2, &p.X)
		b.A0.SetUint64(4)
		b.A1.SetUint64(4)
		y2.Add(&y2, &b)
		if y2.Legendre() != 1 {
			continue
		}
		p.Y.Sqrt(&y2)
		if p.IsOnCurve() && !p.IsInSubGroup() {
			b := p.Bytes()
			return b[:]
		}
	}
}

func BenchmarkSignShare(b *testing.B) {
	_, secrets := newGroup(b, 10)
	msg := make([]byte, 256)
	for b.Loop() {
		tbls.SignShare(secrets[9], msg)
	}
}

func BenchmarkVerify(b *testing.B) {
	group, secrets := newGroup(b, 10)
	msg := make([]byte, 256)
	sig, _, err := tbls.Combine(group, msg, signAll(secrets, msg))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := tbls.Verify(group.Public(), msg, sig); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerifyShare(b *testing.B) {
	group, secrets := newGroup(b, 10)
	msg := make([]byte, 256)
	s := tbls.SignShare(secrets[9], msg)
	for b.Loop() {
		if err := tbls.VerifyShare(group, msg, s); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCombine(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprintf("%dof%d", quorum(n), n), func(b *testing.B) {
			group, secrets := newGroup(b, n)
			msg := make([]byte, 256)
			shares := signAll(secrets[n-quorum(n):], msg)
			for b.Loop() {
				if _, _, err := tbls.Combine(group, msg, shares); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParseGroupKey(b *testing.B) {
	group, _ := newGroup(b, 10)
	key := group.Marshal()
	for b.Loop() {
		if _, err := tbls.ParseGroupKey(key); err != nil {
			b.Fatal(err)
		}
	}
}
