package round

import (
	"crypto/sha256"
	"encoding/binary"
)

// TranscriptEntry is what the transcript holds of one contribution, in the order of the manifest's entries.
type TranscriptEntry struct {
	Signed   SignedContribution
	RingHash []byte
}

// NodeResult is what became of a released node.
type NodeResult struct {
	Opened bool
	// Sums is the SHA-256 over the opened slot sums, each as eight bytes big-endian; zero if the node failed.
	Sums Hash
	// Releases are the digests of the signed releases that the transcript holds for the node, by member.
	Releases []Hash
}

// Aggregate is what the certificate's aggregate hash is over: the opened sums, and everything that they were opened from.
type Aggregate struct {
	Descriptor Hash
	Manifest   Hash
	Nodes      []NodeResult
}

// Digest returns the SHA-256 of the aggregate's canonical bytes.
func (a *Aggregate) Digest() Hash { return Digest(a) }

// SumsDigest hashes the slot sums of an opened node.
func SumsDigest(sums []uint64) Hash {
	h := sha256.New()
	var buf [8 * 512]byte
	for len(sums) > 0 {
		n := min(len(sums), 512)
		for i, s := range sums[:n] {
			binary.BigEndian.PutUint64(buf[8*i:], s)
		}
		h.Write(buf[:8*n])
		sums = sums[n:]
	}
	return Hash(h.Sum(nil))
}

// Transcript is everything public about a round. With the base model and the rewards before the round, anybody can recompute the
// certificate from it (package audit).
type Transcript struct {
	Opening       SignedDescriptor
	Closing       SignedManifest
	Entries       []TranscriptEntry
	DigitSums     [][]byte        // of each released node, crypto/ringsis encoding
	Releases      []SignedRelease // sorted by node and member
	Failed        []uint16        // released nodes that did not open, by index
	Disagreements []Disagreement  // sorted by node and member
	Aggregate     Aggregate
	Model         Hash    // SHA-256 of the new model's file
	Rewards       Rewards // the whole tree after the round
	Certificate   Certificate
}

// Digest returns the SHA-256 of the transcript's canonical bytes.
func (t *Transcript) Digest() Hash { return Digest(t) }

// CertifiedRound is a transcript with the committee's signature over its certificate.
type CertifiedRound struct {
	Transcript Transcript
	Signature  [48]byte
}
