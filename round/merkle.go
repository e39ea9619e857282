package round

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/crypto"
)

// MerkleTree is a Keccak-256 tree with sorted pairs, as OpenZeppelin's MerkleProof verifies it: leaves are sorted, neighbours are joined
// level by level, a node without a neighbour moves up as it is, and the smaller of two hashes is hashed first.
type MerkleTree struct {
	levels [][]Hash // levels[0] holds the sorted leaves, the last level the root
}

// merkleLeaf hashes a leaf's ABI encoding twice, so that no inner node can pass for a leaf.
func merkleLeaf(encoded []byte) Hash {
	return Hash(crypto.Keccak256Hash(crypto.Keccak256(encoded)))
}

func joinPair(a, b Hash) Hash {
	if bytes.Compare(a[:], b[:]) > 0 {
		a, b = b, a
	}
	return Hash(crypto.Keccak256Hash(a[:], b[:]))
}

// NewMerkleTree builds the tree over leaves, which it does not keep.
func NewMerkleTree(leaves []Hash) *MerkleTree {
	level := slices.Clone(leaves)
	slices.SortFunc(level, func(a, b Hash) int { return bytes.Compare(a[:], b[:]) })
	t := &MerkleTree{levels: [][]Hash{level}}
	for len(level) > 1 {
		next := make([]Hash, 0, (len(level)+1)/2)
		for i := 0; i+1 < len(level); i += 2 {
			next = append(next, joinPair(level[i], level[i+1]))
		}
		if len(level)%2 == 1 {
			next = append(next, level[len(level)-1])
		}
		level = next
		t.levels = append(t.levels, level)
	}
	return t
}

// Root returns the root, all zeros for a tree without leaves.
func (t *MerkleTree) Root() Hash {
	top := t.levels[len(t.levels)-1]
	if len(top) == 0 {
		return Hash{}
	}
	return top[0]
}

// Proof returns the siblings on the way from leaf to the root.
func (t *MerkleTree) Proof(leaf Hash) ([]Hash, error) {
	i, found := slices.BinarySearchFunc(t.levels[0], leaf, func(a, b Hash) int { return bytes.Compare(a[:], b[:]) })
	if !found {
		return nil, fmt.Errorf("no leaf %s in the tree", leaf.Short())
	}
	proof := []Hash{}
	for _, level := range t.levels[:len(t.levels)-1] {
		if sibling := i ^ 1; sibling < len(level) {
			proof = append(proof, level[sibling])
		}
		i /= 2
	}
	return proof, nil
}

// VerifyMerkleProof reports whether proof leads from leaf to root.
func VerifyMerkleProof(root, leaf Hash, proof []Hash) bool {
	for _, sibling := range proof {
		leaf = joinPair(leaf, sibling)
	}
	return leaf == root
}
