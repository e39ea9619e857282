package round_test

import (
	"bytes"
	"errors"
	"math/big"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/common/math"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"

	"sotto/round"
)

// go-ethereum's own EIP-712 implementation, which wallets use, gives the same digests.
func TestTypedDataAgainstReference(t *testing.T) {
	d := round.Domain{ChainID: 1337, Contract: common.HexToAddress("0x1234567890123456789012345678901234567890")}
	c := round.Contribution{Descriptor: round.Hash{1}, Round: 7, Leaf: 3, Contributor: address(t, 1), BaseModel: round.Hash{2},
		CiphertextRoot: round.Hash{3}, RingHash: round.Hash{4}, Envelopes: round.Hash{5}}
	r := round.Receipt{Descriptor: round.Hash{1}, Round: 7, Leaf: 3, Contributor: address(t, 1), Digest: round.Hash{6}, AcceptedAt: 1_700_000_000_000}
	fields := func(pairs ...string) (types []apitypes.Type) {
		for i := 0; i < len(pairs); i += 2 {
			types = append(types, apitypes.Type{Name: pairs[i+1], Type: pairs[i]})
		}
		return types
	}
	number := func(v int64) *math.HexOrDecimal256 { return math.NewHexOrDecimal256(v) }
	types := apitypes.Types{
		"EIP712Domain": fields("string", "name", "string", "version", "uint256", "chainId", "address", "verifyingContract"),
		"Contribution": fields("bytes32", "descriptor", "uint64", "round", "uint16", "leaf", "address", "contributor", "bytes32", "baseModel",
			"bytes32", "ciphertextRoot", "bytes32", "ringHash", "bytes32", "envelopes"),
		"Receipt": fields("bytes32", "descriptor", "uint64", "round", "uint16", "leaf", "address", "contributor", "bytes32", "digest", "uint64", "acceptedAt"),
	}
	for _, v := range []struct {
		name    string
		message apitypes.TypedDataMessage
		got     round.Hash
	}{
		{"Contribution", apitypes.TypedDataMessage{"descriptor": hexutil.Encode(c.Descriptor[:]), "round": number(7), "leaf": number(3),
			"contributor": c.Contributor.Hex(), "baseModel": hexutil.Encode(c.BaseModel[:]), "ciphertextRoot": hexutil.Encode(c.CiphertextRoot[:]),
			"ringHash": hexutil.Encode(c.RingHash[:]), "envelopes": hexutil.Encode(c.Envelopes[:])}, c.Digest(d)},
		{"Receipt", apitypes.TypedDataMessage{"descriptor": hexutil.Encode(r.Descriptor[:]), "round": number(7), "leaf": number(3),
			"contributor": r.Contributor.Hex(), "digest": hexutil.Encode(r.Digest[:]), "acceptedAt": number(int64(r.AcceptedAt))}, r.SignedDigest(d)},
	} {
		want, _, err := apitypes.TypedDataAndHash(apitypes.TypedData{Types: types, PrimaryType: v.name, Message: v.message, Domain: apitypes.TypedDataDomain{
			Name: "Sotto", Version: "1", ChainId: number(1337), VerifyingContract: d.Contract.Hex()}})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(v.got[:], want) {
			t.Errorf("%s: digest %s, want %x", v.name, v.got, want)
		}
	}
}

func opened(t testing.TB) *round.SignedDescriptor {
	return &round.SignedDescriptor{Descriptor: descriptor(t), Signature: [48]byte{9}}
}

func contribution(t testing.TB, open *round.SignedDescriptor, n uint64) round.Contribution {
	d := &open.Descriptor
	a := address(t, n)
	return round.Contribution{Descriptor: d.Digest(), Round: d.Round, Contributor: a, BaseModel: d.BaseModel, Leaf: round.LeafOf(open.Beacon(), a, d.Leaves),
		CiphertextRoot: round.Hash{1}, RingHash: round.Hash{2}, Envelopes: round.Hash{3}}
}

func TestContributionVerification(t *testing.T) {
	open := opened(t)
	domain := open.Descriptor.Domain()
	c := contribution(t, open, 1)
	sig, err := c.Sign(domain, key(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	valid := round.SignedContribution{Contribution: c, Signature: sig}
	if err := valid.Verify(open); err != nil {
		t.Fatalf("valid contribution: %v", err)
	}
	resign := func(s *round.SignedContribution, n uint64) { s.Signature, _ = s.Contribution.Sign(domain, key(t, n)) }
	for _, v := range []struct {
		rule   string
		change func(*round.SignedContribution, *round.SignedDescriptor)
		want   round.Reason
	}{
		{"replayed into another round", func(_ *round.SignedContribution, o *round.SignedDescriptor) { o.Descriptor.Round++ }, round.ReasonWrongRound},
		{"replayed under other rules", func(_ *round.SignedContribution, o *round.SignedDescriptor) { o.Descriptor.KMax++ }, round.ReasonWrongRound},
		{"round number", func(s *round.SignedContribution, _ *round.SignedDescriptor) { s.Contribution.Round++; resign(s, 1) }, round.ReasonWrongRound},
		{"another base model", func(s *round.SignedContribution, _ *round.SignedDescriptor) {
			s.Contribution.BaseModel[0] ^= 1
			resign(s, 1)
		}, round.ReasonWrongModel},
		{"another leaf", func(s *round.SignedContribution, _ *round.SignedDescriptor) { s.Contribution.Leaf ^= 1; resign(s, 1) }, round.ReasonWrongLeaf},
		{"another identity's signature", func(s *round.SignedContribution, _ *round.SignedDescriptor) { resign(s, 2) }, round.ReasonBadSignature},
		{"changed after signing", func(s *round.SignedContribution, _ *round.SignedDescriptor) { s.Contribution.CiphertextRoot[0] ^= 1 }, round.ReasonBadSignature},
		{"recovery byte", func(s *round.SignedContribution, _ *round.SignedDescriptor) { s.Signature[64] += 2 }, round.ReasonBadSignature},
		{"malleable twin", func(s *round.SignedContribution, _ *round.SignedDescriptor) { s.Signature = twin(s.Signature) }, round.ReasonBadSignature},
		{"zero signature", func(s *round.SignedContribution, _ *round.SignedDescriptor) { s.Signature = round.Signature{64: 27} }, round.ReasonBadSignature},
	} {
		s, o := valid, *open
		v.change(&s, &o)
		if err := s.Verify(&o); round.ReasonOf(err) != v.want {
			t.Errorf("%s: got %v, want reason %s", v.rule, err, v.want)
		}
	}
	// On another chain the same bytes say nothing.
	other := c
	if other.Digest(domain) == other.Digest(round.Domain{ChainID: 1, Contract: domain.Contract}) {
		t.Error("the digest does not depend on the chain")
	}
}

// twin returns the other ECDSA signature of the same message and key: order − s, with the recovery byte flipped.
func twin(s round.Signature) round.Signature {
	order := crypto.S256().Params().N
	high := new(big.Int).Sub(order, new(big.Int).SetBytes(s[32:64]))
	high.FillBytes(s[32:64])
	s[64] = 27 + 28 - s[64]
	return s
}

func TestReceiptAndReleaseSignatures(t *testing.T) {
	open := opened(t)
	d := &open.Descriptor
	receipt, err := round.Receipt{Descriptor: d.Digest(), Round: d.Round, Contributor: address(t, 1), Digest: round.Hash{1}}.Sign(d.Domain(), key(t, 5))
	if err != nil {
		t.Fatal(err)
	}
	if err := receipt.Verify(d.Domain(), address(t, 5)); err != nil {
		t.Errorf("valid receipt: %v", err)
	}
	if err := receipt.Verify(d.Domain(), address(t, 6)); !errors.Is(err, round.ErrSignature) {
		t.Errorf("another aggregator's receipt: got %v", err)
	}
	changed := receipt
	changed.Receipt.Digest[0] ^= 1
	if err := changed.Verify(d.Domain(), address(t, 5)); !errors.Is(err, round.ErrSignature) {
		t.Errorf("changed receipt: got %v", err)
	}

	m := manifest(t, d)
	release, err := round.Release{Descriptor: d.Digest(), Manifest: m.Digest(), Round: d.Round, Epoch: d.Epoch, Member: 2, Node: 1, Shares: []byte{1, 2}}.Sign(d.Domain(), key(t, 8))
	if err != nil {
		t.Fatal(err)
	}
	verify := func(r round.SignedRelease) error { return r.Verify(d, d.Digest(), m.Digest(), 2, address(t, 8)) }
	if err := verify(release); err != nil {
		t.Errorf("valid release: %v", err)
	}
	for name, change := range map[string]func(r *round.Release){
		"manifest": func(r *round.Release) { r.Manifest[0] ^= 1 }, "round": func(r *round.Release) { r.Round++ }, "node": func(r *round.Release) { r.Node = 2 },
		"member": func(r *round.Release) { r.Member++ }, "shares": func(r *round.Release) { r.Shares = []byte{1, 3} },
	} {
		r := release
		change(&r.Release)
		if verify(r) == nil {
			t.Errorf("a release with another %s was accepted", name)
		}
	}
}

func TestChunkRootIsThatOfRFC9162(t *testing.T) {
	// Computed by the recursive definition of RFC 9162 §2.1.1.
	var mth func(chunks [][]byte) [32]byte
	mth = func(chunks [][]byte) [32]byte {
		if len(chunks) == 1 {
			return [32]byte(round.CiphertextRoot(chunks[0]))
		}
		k := 1
		for 2*k < len(chunks) {
			k *= 2
		}
		l, r := mth(chunks[:k]), mth(chunks[k:])
		return [32]byte(hash(append(append([]byte{1}, l[:]...), r[:]...)))
	}
	for n := 1; n < 20; n++ {
		var chunks [][]byte
		var root round.ChunkRoot
		for i := range n {
			chunks = append(chunks, slices.Repeat([]byte{byte(i)}, 1+i/5%2)) // pairs of one length and of two
			root.Add(chunks[i])
		}
		if got, want := root.Root(), mth(chunks); got != want {
			t.Errorf("%d chunks: root %s, want %x", n, got, want)
		}
	}
	if got, want := round.CiphertextRoot([]byte{7}), hash([]byte{0, 7}); [32]byte(got) != want {
		t.Errorf("one chunk: root %s, want %x", got, want)
	}
}

func TestRootWriterCutsChunks(t *testing.T) {
	for _, length := range []int{0, 1, round.ChunkBytes - 1, round.ChunkBytes, round.ChunkBytes + 1, 3*round.ChunkBytes + 7} {
		ciphertext := make([]byte, length)
		for i := range ciphertext {
			ciphertext[i] = byte(i % 251)
		}
		var chunks round.ChunkRoot
		for rest := ciphertext; ; rest = rest[round.ChunkBytes:] {
			if len(rest) <= round.ChunkBytes {
				chunks.Add(rest)
				break
			}
			chunks.Add(rest[:round.ChunkBytes])
		}
		want := chunks.Root()
		w := new(round.RootWriter)
		for _, piece := range []int{1 << 10, round.ChunkBytes, round.ChunkBytes + 1, 1 << 30} {
			for rest := ciphertext; len(rest) > 0; rest = rest[min(piece, len(rest)):] {
				if n, err := w.Write(rest[:min(piece, len(rest))]); n != min(piece, len(rest)) || err != nil {
					t.Fatalf("wrote %d, %v", n, err)
				}
			}
			if got := w.Root(); got != want {
				t.Errorf("%d bytes in pieces of %d: root %s, want %s", length, piece, got, want)
			}
		}
	}
}
