package tbls_test

import (
	"bytes"
	"crypto/sha256"
	"math/big"
	"strings"
	"testing"

	bls12381 "github.com/consensys/gnark-crypto/ecc/bls12-381"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/vm"

	"sotto/crypto/tbls"
)

const domain = "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"

// precompile runs one of the EVM's BLS12-381 contracts under the Osaka rules.
func precompile(t *testing.T, address byte, input []byte) ([]byte, error) {
	t.Helper()
	contract := vm.PrecompiledContractsOsaka[common.BytesToAddress([]byte{address})]
	if contract == nil || !strings.HasPrefix(contract.Name(), "BLS12_") {
		t.Fatalf("no BLS12-381 contract at %#x", address)
	}
	return contract.Run(input)
}

const (
	g1Add, pairingCheck, mapToG1 = 0x0b, 0x0f, 0x10
)

func evmWord(b []byte) []byte { return append(make([]byte, 64-len(b)), b...) }

// evmHash hashes to G1 as a contract does: expand_message_xmd (RFC 9380), two maps, one addition.
func evmHash(t *testing.T, msg []byte) []byte {
	t.Helper()
	const size = 128 // two field elements of 64 bytes
	dst := append([]byte(domain), byte(len(domain)))
	b0 := sha256.Sum256(bytes.Join([][]byte{make([]byte, 64), msg, {0, size, 0}, dst}, nil))
	var last [32]byte
	var uniform []byte
	for i := byte(1); i <= size/32; i++ {
		var x [32]byte
		for k := range x {
			x[k] = b0[k] ^ last[k]
		}
		last = sha256.Sum256(bytes.Join([][]byte{x[:], {i}, dst}, nil))
		uniform = append(uniform, last[:]...)
	}
	modulus, _ := new(big.Int).SetString("1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab", 16)
	var sum []byte
	for ; len(uniform) > 0; uniform = uniform[64:] {
		u := new(big.Int).SetBytes(uniform[:64])
		p, err := precompile(t, mapToG1, evmWord(u.Mod(u, modulus).Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		sum = append(sum, p...)
	}
	p, err := precompile(t, g1Add, sum)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// evmVerify checks e(sig, −G2) · e(H(msg), key) = 1 on the EVM.
func evmVerify(t *testing.T, key, msg, sig []byte) (bool, error) {
	t.Helper()
	_, _, _, g2 := bls12381.Generators()
	g2.Neg(&g2)
	var minus []byte
	for _, c := range [][48]byte{g2.X.A0.Bytes(), g2.X.A1.Bytes(), g2.Y.A0.Bytes(), g2.Y.A1.Bytes()} {
		minus = append(minus, evmWord(c[:])...)
	}
	out, err := precompile(t, pairingCheck, bytes.Join([][]byte{sig, minus, evmHash(t, msg), key}, nil))
	return err == nil && bytes.Equal(out, append(make([]byte, 31), 1)), err
}

func TestEVMVerifiesSignatures(t *testing.T) {
	group, secrets := newGroup(t, 4)
	msg := []byte("a message of the committee")
	sig, _, err := tbls.Combine(group, msg, signAll(secrets, msg))
	if err != nil {
		t.Fatal(err)
	}
	evmKey, err := tbls.EVMPublicKey(group.Public())
	if err != nil {
		t.Fatal(err)
	}
	evmSig, err := tbls.EVMSignature(sig)
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := evmVerify(t, evmKey[:], msg, evmSig[:]); !ok || err != nil {
		t.Errorf("the EVM refuses the signature: %v", err)
	}
	if ok, err := evmVerify(t, evmKey[:], []byte("another"), evmSig[:]); ok || err != nil {
		t.Errorf("the EVM accepts another message: %v", err)
	}

	// The compressed form has the imaginary part first; in that order it is no point for the EVM.
	swapped := bytes.Join([][]byte{evmKey[64:128], evmKey[:64], evmKey[192:], evmKey[128:192]}, nil)
	if ok, err := evmVerify(t, swapped, msg, evmSig[:]); ok || err == nil {
		t.Error("the EVM takes coordinates in either order")
	}
	if _, err := tbls.ParseEVMPublicKey(swapped); err == nil || err.Error() != "malformed EVM public key: not on the curve" {
		t.Errorf("swapped coordinates: got %v", err)
	}
	// The EVM itself accepts the identity as key and signature, for every message: a contract has to refuse it.
	if ok, err := evmVerify(t, make([]byte, 256), msg, make([]byte, 128)); !ok || err != nil {
		t.Errorf("the EVM refuses the identity: %v", err)
	}
}

func TestEVMEncodings(t *testing.T) {
	group, _ := newGroup(t, 7)
	key := group.Public()
	evm, err := tbls.EVMPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := tbls.ParseEVMPublicKey(evm[:]); err != nil || got != key {
		t.Errorf("got %x, %v, want %x", got, err, key)
	}
	var off bls12381.G2Affine
	if err := bls12381.NewDecoder(bytes.NewReader(offSubgroupG2(t)), bls12381.NoSubgroupChecks()).Decode(&off); err != nil {
		t.Fatal(err)
	}
	var outside []byte
	for _, c := range [][48]byte{off.X.A0.Bytes(), off.X.A1.Bytes(), off.Y.A0.Bytes(), off.Y.A1.Bytes()} {
		outside = append(outside, evmWord(c[:])...)
	}
	change := func(at int, with ...byte) []byte {
		b := bytes.Clone(evm[:])
		copy(b[at:], with)
		return b
	}
	for _, test := range []struct {
		rule string
		b    []byte
		want string
	}{
		{"identity", make([]byte, 256), "the identity"},
		{"padding", change(15, 1), "coordinate 0 does not begin with 16 zero bytes"},
		{"padding of the last", change(192, 1), "coordinate 3 does not begin with 16 zero bytes"},
		{"coordinate above the modulus", change(64+16, bytes.Repeat([]byte{255}, 48)...), "coordinate 1 is not below the modulus"},
		{"off the curve", change(255, evm[255]^1), "not on the curve"},
		{"outside the subgroup", outside, "outside the subgroup"},
		{"255 bytes", evm[:255], "255 bytes, want 256"},
	} {
		if _, err := tbls.ParseEVMPublicKey(test.b); err == nil || err.Error() != "malformed EVM public key: "+test.want {
			t.Errorf("%s: got %v, want %s", test.rule, err, test.want)
		}
	}
	for _, bad := range []tbls.PublicKey{{}, {0xc0}, tbls.PublicKey(offSubgroupG2(t))} {
		if got, err := tbls.EVMPublicKey(bad); err == nil || got != [256]byte{} {
			t.Errorf("key %x: got %v", bad[:4], err)
		}
	}
	for _, bad := range []tbls.Signature{{}, {0xc0}, tbls.Signature(offSubgroupG1(t))} {
		if got, err := tbls.EVMSignature(bad); err == nil || got != [128]byte{} {
			t.Errorf("signature %x: got %v", bad[:4], err)
		}
	}
}
