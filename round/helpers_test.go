package round_test

import (
	"crypto/ecdsa"
	"encoding/binary"
	"math"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"sotto/crypto/kahe"
	"sotto/round"
)

// key returns the account of a number, for tests only.
func key(t testing.TB, n uint64) *ecdsa.PrivateKey {
	t.Helper()
	k, err := crypto.ToECDSA(crypto.Keccak256(binary.BigEndian.AppendUint64([]byte("sotto/v1 test account"), n)))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func address(t testing.TB, n uint64) common.Address {
	return crypto.PubkeyToAddress(key(t, n).PublicKey)
}

// descriptor returns a valid one: 4,810 parameters in two leaves.
func descriptor(t testing.TB) round.Descriptor {
	t.Helper()
	enc, err := kahe.Plan(16, 128, 4810, 4)
	if err != nil {
		t.Fatal(err)
	}
	scheme, err := round.NewScheme(enc, 4810)
	if err != nil {
		t.Fatal(err)
	}
	return round.Descriptor{
		Version: round.Version, ChainID: 1337, Contract: common.HexToAddress("0x1111111111111111111111111111111111111111"),
		Round: 7, Epoch: 2, PreviousHead: round.Hash{1}, Model: round.Hash{2}, BaseModel: round.Hash{3}, Parameters: 4810,
		Scheme: scheme,
		Clip:   math.Float32bits(0.5), Reward: round.Reward{Rule: round.RewardEqual, Pool: 1, Share: round.Amount{31: 100}},
		Leaves: 2, GMin: 4, Cohort: 8, KMax: 128, Members: 4, KeyList: round.Hash{4}, Registry: round.Block{Number: 64, Hash: round.Hash{5}},
		Aggregator: common.HexToAddress("0x2222222222222222222222222222222222222222"), Deadline: 1_700_000_000_000, Grace: 60_000,
	}
}
