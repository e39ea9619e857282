package round

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
)

// Entry names one contribution that was summed.
type Entry struct {
	Leaf        uint16
	Contributor common.Address
	Digest      Hash // Contribution.Digest
}

func (e Entry) compare(o Entry) int {
	if e.Leaf != o.Leaf {
		return int(e.Leaf) - int(o.Leaf)
	}
	return bytes.Compare(e.Contributor[:], o.Contributor[:])
}

// Node is a run of Span leaves from First, a power of two aligned to itself, that is opened as one sum. The leaves in the run that the
// manifest lists as dropped are not part of it.
type Node struct {
	First        uint16
	Span         uint16
	Contributors uint32
}

// String names the node for people: "leaf 3" or "leaves 4-7".
func (n Node) String() string {
	if n.Span == 1 {
		return fmt.Sprintf("leaf %d", n.First)
	}
	return fmt.Sprintf("leaves %d-%d", n.First, n.First+n.Span-1)
}

// Manifest is the list of what was summed. Entries are sorted by leaf and contributor.
type Manifest struct {
	Descriptor Hash
	Round      uint64
	Entries    []Entry
	Released   []Node   // nodes to be opened, by first leaf
	Dropped    []uint16 // leaves with contributors that are released in no node, ascending
}

// NewManifest sorts entries and merges leaves into nodes by the rules of the descriptor.
func NewManifest(d *Descriptor, entries []Entry) *Manifest {
	m := &Manifest{Descriptor: d.Digest(), Round: d.Round, Entries: slices.Clone(entries)}
	slices.SortFunc(m.Entries, Entry.compare)
	counts := make([]uint32, d.Leaves)
	for _, e := range m.Entries {
		counts[e.Leaf]++
	}
	m.Released, m.Dropped = Merge(counts, d.GMin, d.KMax)
	return m
}

// Digest returns the SHA-256 of the manifest's canonical bytes.
func (m *Manifest) Digest() Hash { return Digest(m) }

// Message returns the bytes that the committee signs.
func (m *Manifest) Message(d *Descriptor) []byte {
	digest := m.Digest()
	return append(d.Domain().prefix(labelManifest, d.Epoch, d.Round), digest[:]...)
}

// NodeOf returns the index in Released of the node that leaf belongs to, or false.
func (m *Manifest) NodeOf(leaf uint16) (int, bool) {
	if slices.Contains(m.Dropped, leaf) {
		return 0, false
	}
	for i, n := range m.Released {
		if leaf >= n.First && leaf < n.First+n.Span {
			return i, true
		}
	}
	return 0, false
}

// Leaves returns the leaves of node i, ascending.
func (m *Manifest) Leaves(i int) []uint16 {
	var leaves []uint16
	for l := m.Released[i].First; l < m.Released[i].First+m.Released[i].Span; l++ {
		if !slices.Contains(m.Dropped, l) {
			leaves = append(leaves, l)
		}
	}
	return leaves
}

// Validate checks that a manifest is what the descriptor's rules make of its entries: for this round, sorted, without duplicates, every
// leaf in range, at least the smallest cohort, and exactly the nodes that merging gives. That the entries are signed and registered is
// the caller's to check.
func (m *Manifest) Validate(d *Descriptor) error {
	if digest := d.Digest(); m.Descriptor != digest || m.Round != d.Round {
		return fmt.Errorf("manifest of round %d names descriptor %s, want round %d and %s", m.Round, m.Descriptor.Short(), d.Round, digest.Short())
	}
	if len(m.Entries) > MaxEntries {
		return fmt.Errorf("manifest of %d entries, at most %d", len(m.Entries), MaxEntries)
	}
	if uint32(len(m.Entries)) < d.Cohort {
		return fmt.Errorf("manifest of %d contributors, the smallest cohort is %d", len(m.Entries), d.Cohort)
	}
	seen := make(map[common.Address]bool, len(m.Entries))
	for i, e := range m.Entries {
		switch {
		case e.Leaf >= d.Leaves:
			return fmt.Errorf("manifest entry %d is in leaf %d of %d", i, e.Leaf, d.Leaves)
		case i > 0 && m.Entries[i-1].compare(e) >= 0:
			return fmt.Errorf("manifest entry %d is not after the one before it", i)
		case seen[e.Contributor]:
			return fmt.Errorf("manifest lists contributor %s twice", e.Contributor)
		}
		seen[e.Contributor] = true
	}
	want := NewManifest(d, m.Entries)
	if !slices.Equal(m.Released, want.Released) || !slices.Equal(m.Dropped, want.Dropped) {
		return fmt.Errorf("manifest releases %v and drops leaves %v, merging gives %v and %v", m.Released, m.Dropped, want.Released, want.Dropped)
	}
	for _, n := range m.Released {
		if n.Contributors > d.KMax {
			return fmt.Errorf("manifest releases a node of %d contributors, at most %d", n.Contributors, d.KMax)
		}
	}
	return nil
}

// Merge joins leaves into nodes: bottom-up in the fixed binary tree over the leaves, a node of m leaves with fewer than m·gMin
// contributors is joined with everything kept in its sibling subtree, the parent replacing both. A join that would exceed kMax drops
// the smaller side unreleased instead, the right one of two equal ones; so is an undersized node that has nobody left to join. It
// returns the nodes by first leaf and the leaves with contributors that were dropped.
func Merge(counts []uint32, gMin, kMax uint32) (released []Node, dropped []uint16) {
	lost := make([]bool, len(counts))
	drop := func(nodes []Node) {
		for _, n := range nodes {
			for l := n.First; l < n.First+n.Span; l++ {
				lost[l] = true
			}
		}
	}
	total := func(nodes []Node) (sum uint64) {
		for _, n := range nodes {
			sum += uint64(n.Contributors)
		}
		return sum
	}
	undersized := func(n Node) bool {
		leaves := uint64(0)
		for l := n.First; l < n.First+n.Span; l++ {
			if !lost[l] {
				leaves++
			}
		}
		return uint64(n.Contributors) < leaves*uint64(gMin)
	}
	var merge func(first, span uint16) []Node
	merge = func(first, span uint16) []Node {
		if span == 1 {
			n := Node{first, 1, counts[first]}
			if n.Contributors > kMax {
				drop([]Node{n})
				return nil
			}
			return []Node{n}
		}
		left, right := merge(first, span/2), merge(first+span/2, span/2)
		small := func(side []Node) bool { return len(side) == 1 && undersized(side[0]) }
		if !small(left) && !small(right) {
			return append(left, right...)
		}
		sum := total(left) + total(right)
		if sum <= uint64(kMax) {
			return []Node{{first, span, uint32(sum)}}
		}
		if total(left) < total(right) {
			drop(left)
			return right
		}
		drop(right)
		return left
	}
	for _, n := range merge(0, uint16(len(counts))) {
		if n.Contributors == 0 || undersized(n) {
			drop([]Node{n})
			continue
		}
		released = append(released, n)
	}
	for l, gone := range lost {
		if gone && counts[l] > 0 {
			dropped = append(dropped, uint16(l))
		}
	}
	return released, dropped
}

// participationLeaf is the Merkle leaf of an entry.
func (m *Manifest) participationLeaf(e Entry) Hash {
	var b []byte
	b = append(b, uintWord(m.Round)...)
	b = append(b, uintWord(uint64(e.Leaf))...)
	b = append(b, addressWord(e.Contributor)...)
	b = append(b, e.Digest[:]...)
	return merkleLeaf(b)
}

// Participation returns the Merkle tree over the manifest's entries, whose root stands in the certificate.
func (m *Manifest) Participation() *MerkleTree {
	leaves := make([]Hash, len(m.Entries))
	for i, e := range m.Entries {
		leaves[i] = m.participationLeaf(e)
	}
	return NewMerkleTree(leaves)
}

// ProveParticipation returns the proof that a receipt's contribution is under the participation root.
func (m *Manifest) ProveParticipation(r *Receipt) ([]Hash, error) {
	e := Entry{r.Leaf, r.Contributor, r.Digest}
	i, found := slices.BinarySearchFunc(m.Entries, e, Entry.compare)
	if !found || m.Entries[i].Digest != e.Digest {
		return nil, fmt.Errorf("manifest of round %d has no entry for the receipt of %s", m.Round, r.Contributor)
	}
	return m.Participation().Proof(m.participationLeaf(e))
}

// CheckParticipation reports whether proof leads from the receipt's contribution to root.
func CheckParticipation(root Hash, r *Receipt, proof []Hash) bool {
	m := Manifest{Round: r.Round}
	return VerifyMerkleProof(root, m.participationLeaf(Entry{r.Leaf, r.Contributor, r.Digest}), proof)
}

// droppedBit sets bit leaf of a certificate's bitmap.
func droppedBit(bitmap *[32]byte, leaf uint16) { bitmap[31-leaf/8] |= 1 << (leaf % 8) }

// DroppedLeaves returns the bitmap of the leaves with contributors that are not in the model: those the manifest drops, and those of
// the released nodes that failed, by index.
func (m *Manifest) DroppedLeaves(failed []uint16) (bitmap [32]byte) {
	for _, l := range m.Dropped {
		droppedBit(&bitmap, l)
	}
	for _, i := range failed {
		for _, l := range m.Leaves(int(i)) {
			droppedBit(&bitmap, l)
		}
	}
	return bitmap
}

// SignedManifest is a manifest with the committee's signature.
type SignedManifest struct {
	Manifest  Manifest
	Signature [48]byte
}

// leavesInBitmap lists the set bits of a certificate's bitmap.
func leavesInBitmap(bitmap [32]byte) (leaves []uint16) {
	for i := range 32 {
		word := binary.BigEndian.Uint16([]byte{0, bitmap[31-i]})
		for bit := range 8 {
			if word>>bit&1 == 1 {
				leaves = append(leaves, uint16(8*i+bit))
			}
		}
	}
	return leaves
}

// Dropped lists the leaves with contributors that are not in the model.
func (c *Certificate) Dropped() []uint16 { return leavesInBitmap(c.DroppedLeaves) }
