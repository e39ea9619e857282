package round_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/ethereum/go-ethereum/common"

	"sotto/round"
)

var updateVectors = flag.Bool("update", false, "write internal/testdata/vectors/round.json anew")

const vectorFile = "../internal/testdata/vectors/round.json"

// vectors are what a second implementation of docs/protocol.md §1 and §2 must arrive at. Keys of accounts are Keccak-256 of
// "sotto/v1 test account" and the account's number as eight bytes.
type vectors struct {
	Note       string
	Descriptor struct {
		Canonical, Digest, Message, Beacon string
		Signature                          string // of the committee; any 48 bytes do for the beacon
		Leaves                             []uint16
		LeafAddresses                      []common.Address
	}
	Contribution struct {
		Canonical, Digest, Signature string
		Signer                       common.Address
	}
	Receipt struct {
		Canonical, Digest, Signature string
	}
	Manifest struct {
		Canonical, Digest, Message, ParticipationRoot string
		Proof                                         []string // of the first entry
	}
	Merging []mergeVector
	Release struct{ Canonical, Signature string }
	Rewards struct {
		Canonical, Root string
		Proof           []string // of the first entry
	}
	Certificate struct {
		Message, Head, GenesisHead string
		Dropped                    []uint16
	}
	Committee struct {
		KeyListHash, SessionNonce, Confirmation, Possession, Rotation string
	}
	ChunkRoots map[string]string // by the number of bytes 0, 1, 2, … mod 251
}

type mergeVector struct {
	Counts     []uint32
	GMin, KMax uint32
	Released   []round.Node
	Dropped    []uint16
}

func text(b []byte) string { return "0x" + hex.EncodeToString(b) }

func texts(hashes []round.Hash) []string {
	out := []string{}
	for _, h := range hashes {
		out = append(out, h.String())
	}
	return out
}

func makeVectors(t *testing.T) *vectors {
	t.Helper()
	v := &vectors{Note: "made by go test ./round -run Vectors -update"}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	open := opened(t)
	d := &open.Descriptor
	beacon := open.Beacon()
	v.Descriptor.Canonical, v.Descriptor.Digest, v.Descriptor.Message = text(round.Encode(d)), d.Digest().String(), text(d.Message())
	v.Descriptor.Signature, v.Descriptor.Beacon = text(open.Signature[:]), text(beacon[:])
	for n := range uint64(8) {
		v.Descriptor.LeafAddresses = append(v.Descriptor.LeafAddresses, address(t, n))
		v.Descriptor.Leaves = append(v.Descriptor.Leaves, round.LeafOf(beacon, address(t, n), 8))
	}

	c := contribution(t, open, 1)
	sig, err := c.Sign(d.Domain(), key(t, 1))
	must(err)
	v.Contribution.Canonical, v.Contribution.Digest = text(round.Encode(&c)), c.Digest(d.Domain()).String()
	v.Contribution.Signature, v.Contribution.Signer = text(sig[:]), address(t, 1)

	r := round.Receipt{Descriptor: d.Digest(), Round: d.Round, Leaf: c.Leaf, Contributor: c.Contributor, Digest: c.Digest(d.Domain()), AcceptedAt: 1_699_999_999_000}
	receipt, err := r.Sign(d.Domain(), key(t, 2))
	must(err)
	v.Receipt.Canonical, v.Receipt.Digest, v.Receipt.Signature = text(round.Encode(&receipt)), r.SignedDigest(d.Domain()).String(), text(receipt.Signature[:])

	m := manifest(t, d)
	first := round.Receipt{Round: m.Round, Leaf: m.Entries[0].Leaf, Contributor: m.Entries[0].Contributor, Digest: m.Entries[0].Digest}
	proof, err := m.ProveParticipation(&first)
	must(err)
	v.Manifest.Canonical, v.Manifest.Digest, v.Manifest.Message = text(round.Encode(m)), m.Digest().String(), text(m.Message(d))
	v.Manifest.ParticipationRoot, v.Manifest.Proof = m.Participation().Root().String(), texts(proof)

	for _, in := range []mergeVector{
		{Counts: []uint32{4, 5}, GMin: 4, KMax: 128}, {Counts: []uint32{3, 9, 4, 4}, GMin: 4, KMax: 128}, {Counts: []uint32{3, 4, 20, 20}, GMin: 4, KMax: 128},
		{Counts: []uint32{3, 10, 2, 2}, GMin: 4, KMax: 12}, {Counts: []uint32{0, 0, 1, 9, 4, 4, 4, 3}, GMin: 4, KMax: 128}, {Counts: []uint32{3}, GMin: 4, KMax: 128},
	} {
		in.Released, in.Dropped = round.Merge(in.Counts, in.GMin, in.KMax)
		v.Merging = append(v.Merging, in)
	}

	release, err := round.Release{Descriptor: d.Digest(), Manifest: m.Digest(), Round: d.Round, Epoch: d.Epoch, Member: 2, Node: 1, Shares: []byte{1, 2, 3}}.Sign(d.Domain(), key(t, 3))
	must(err)
	v.Release.Canonical, v.Release.Signature = text(round.Encode(&release)), text(release.Signature[:])

	rewards, err := round.Rewards{}.Award(round.Reward{Rule: round.RewardEqual, Pool: 1, Share: amount(1000)}, []common.Address{address(t, 1), address(t, 2), address(t, 3)})
	must(err)
	rewardProof, err := rewards.Tree().ProofOf(rewards[0])
	must(err)
	v.Rewards.Canonical, v.Rewards.Root, v.Rewards.Proof = text(round.Encode(rewards)), rewards.Root().String(), texts(rewardProof)

	certificate := round.Certificate{Epoch: d.Epoch, Round: d.Round, PreviousHead: d.PreviousHead, Descriptor: d.Digest(), Manifest: m.Digest(),
		ParticipationRoot: m.Participation().Root(), DroppedLeaves: m.DroppedLeaves([]uint16{1}), Aggregate: round.Hash{7}, Model: round.Hash{8},
		RewardsRoot: rewards.Root(), Pool: 1, PoolTotal: rewards.Total(1), Contributors: 6, NodesOpened: 1, NodesDropped: 1}
	v.Certificate.Message, v.Certificate.Head = text(certificate.Message(d.Domain())), certificate.Head(d.Domain()).String()
	v.Certificate.Dropped, v.Certificate.GenesisHead = certificate.Dropped(), round.GenesisHead(d.Domain(), d.Model, d.BaseModel).String()

	registry := round.Domain{ChainID: d.ChainID, Contract: common.HexToAddress("0x3333333333333333333333333333333333333333")}
	var list round.KeyList
	for n := range uint64(4) {
		list = append(list, round.MemberKeys{Identity: address(t, 10+n), HPKE: bytes.Repeat([]byte{byte(n)}, 1216), DKG: [96]byte{byte(n)}})
	}
	nonce := round.SessionNonce(registry, 3, 1, list.Hash())
	confirmation := round.Confirmation{Epoch: 3, Attempt: 1, Member: 2, Transcript: round.Hash{9}, Key: [256]byte{10}, KeyList: list.Hash()}
	v.Committee.KeyListHash, v.Committee.SessionNonce, v.Committee.Confirmation = list.Hash().String(), text(nonce[:]), confirmation.Digest(registry).String()
	v.Committee.Possession, v.Committee.Rotation = text(round.PossessionMessage(registry, 3, [256]byte{10})), text(round.RotationMessage(registry, 3, 7, round.Hash{11}, [256]byte{10}, list.Hash()))

	v.ChunkRoots = map[string]string{}
	for name, size := range map[string]int{"1": 1, "262144": round.ChunkBytes, "262145": round.ChunkBytes + 1, "1000000": 1_000_000} {
		b := make([]byte, size)
		for i := range b {
			b[i] = byte(i % 251)
		}
		v.ChunkRoots[name] = round.CiphertextRoot(b).String()
	}
	return v
}

func TestVectors(t *testing.T) {
	got, err := json.MarshalIndent(makeVectors(t), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *updateVectors {
		if err := os.WriteFile(vectorFile, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("vectors differ from %s: a change of the protocol needs a new version, or -update if none was published", vectorFile)
	}
}
