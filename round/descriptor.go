package round

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"sotto/crypto/kahe"
	"sotto/crypto/ringsis"
	"sotto/crypto/sharing"
)

// Version is the protocol version of every descriptor that this code understands.
const Version = 1

// Scheme holds the numbers of the encryption and of the homomorphic hash (docs/parameters.md). With KMax they also say in which ring the
// hash is and over which field one-time keys are shared: the smallest that hold their sums.
type Scheme struct {
	Set       uint8  // kahe.A45, B90 or C180
	Bits      uint8  // b, bits of a quantised value
	Slots     uint8  // k, parameters packed into a coefficient
	WireBits  uint16 // p, bits of an uploaded coefficient
	DigitBits uint8  // v, bits of a digit of the hash
	Digits    uint8  // D, digits of a coefficient
}

// NewScheme returns the numbers of an encryption of so many values and of the hash that is planned for it.
func NewScheme(enc kahe.Params, values int) (Scheme, error) {
	if err := enc.CheckParameters(values); err != nil {
		return Scheme{}, err
	}
	hash, err := ringsis.Plan(enc.WireBits(), enc.KMax(), enc.Coefficients(values))
	if err != nil {
		return Scheme{}, err
	}
	return Scheme{Set: uint8(enc.Set()), Bits: uint8(enc.Bits()), Slots: uint8(enc.Slots()), WireBits: uint16(enc.WireBits()),
		DigitBits: uint8(hash.DigitBits()), Digits: uint8(hash.Digits())}, nil
}

// Mean says how node sums become one mean (docs/protocol.md §7). The codes are those of package update.
type Mean struct {
	Weighting uint8  // update.WeightUniform or update.WeightExamples
	Examples  uint32 // W, the examples that count as one whole vote; 0 under uniform weighting
	Robust    uint8  // bits of update.Robust: the rules over node means
	Trim      uint8  // node means trimmed at each end, of the trimmed mean only
}

// Reward rules.
const (
	// RewardNone pays nothing.
	RewardNone = 0
	// RewardEqual splits the round's share of the pool equally over the contributors of opened nodes; the remainder stays in the pool.
	RewardEqual = 1
)

// Reward says what the contributors of a round are paid and from which pool.
type Reward struct {
	Rule  uint8
	Pool  uint64
	Share Amount // what the round pays out, in the token's smallest unit
}

// Block names a block of the chain.
type Block struct {
	Number uint64
	Hash   Hash
}

// Descriptor is what the members sign to open a round. Its digest enters every seed, every envelope and every signature of the round,
// so that contributions made for different models, rounds or rules cannot be mixed.
type Descriptor struct {
	Version      uint16
	ChainID      uint64
	Contract     common.Address // Rounds
	Round        uint64
	Epoch        uint64
	PreviousHead Hash   // the chain's head, which the certificate must follow
	Aborted      uint32 // rounds skipped since the last certificate
	// Disclosed is set if a manifest of a skipped round may have been signed, so that sums over contributions from this base model may
	// be known. A member that has signed one refuses a descriptor that denies it; a contributor does not contribute twice then.
	Disclosed bool

	Model      Hash // model id: digest of the model's description
	BaseModel  Hash // SHA-256 of the model file that is trained from
	Parameters uint64
	Scheme     Scheme
	Clip       uint32 // C, the bits of an IEEE 754 binary32
	Mean       Mean
	Reward     Reward

	Leaves   uint16 // L, a power of two
	GMin     uint32 // fewest contributors of a released node, per leaf in it
	Cohort   uint32 // fewest contributors of a round
	KMax     uint32 // most contributors of a node
	Members  uint8  // n
	KeyList  Hash   // of the ordered list of members' keys
	Registry Block  // contributors and members are those registered at this block

	Aggregator common.Address // signs receipts
	Deadline   uint64         // Unix time in milliseconds
	Grace      uint64         // milliseconds after the deadline before the round may be skipped
}

// Domain returns the deployment that the descriptor names.
func (d *Descriptor) Domain() Domain { return Domain{d.ChainID, d.Contract} }

// Digest returns the SHA-256 of the descriptor's canonical bytes.
func (d *Descriptor) Digest() Hash { return Digest(d) }

// Message returns the bytes that the committee signs to open the round.
func (d *Descriptor) Message() []byte {
	digest := d.Digest()
	return append(d.Domain().prefix(labelDescriptor, d.Epoch, d.Round), digest[:]...)
}

// ClipValue returns C.
func (d *Descriptor) ClipValue() float32 { return math.Float32frombits(d.Clip) }

// DeadlineTime returns the end of contributing.
func (d *Descriptor) DeadlineTime() time.Time { return time.UnixMilli(int64(d.Deadline)) }

// SkipTime returns the time from which the round may be skipped.
func (d *Descriptor) SkipTime() time.Time { return time.UnixMilli(int64(d.Deadline + d.Grace)) }

// Values returns how many quantised values a contribution encrypts: one a parameter, and one more under weighting by examples.
func (d *Descriptor) Values() int {
	if d.Mean.Weighting != 0 {
		return int(d.Parameters) + 1
	}
	return int(d.Parameters)
}

// Crypto returns the validated parameters of the encryption and of the homomorphic hash.
func (d *Descriptor) Crypto() (kahe.Params, ringsis.Params, error) {
	s := d.Scheme
	enc, err := kahe.NewParams(kahe.ParamsLiteral{Set: kahe.Set(s.Set), Bits: int(s.Bits), KMax: int(d.KMax), Slots: int(s.Slots), WireBits: int(s.WireBits)})
	if err != nil {
		return kahe.Params{}, ringsis.Params{}, err
	}
	hash, err := ringsis.NewParams(int(s.WireBits), int(d.KMax), int(s.DigitBits), int(s.Digits))
	if err != nil {
		return kahe.Params{}, ringsis.Params{}, err
	}
	return enc, hash, nil
}

// Sharing returns the parameters by which one-time keys are shared: over the smallest field that holds the sum of KMax of them.
func (d *Descriptor) Sharing() (sharing.Params, error) {
	return sharing.NewParams(int(d.Members), kahe.SecretBound*int64(d.KMax))
}

// Validate checks everything about a descriptor that needs no knowledge of the chain or the clock.
func (d *Descriptor) Validate() error {
	switch {
	case d.Version != Version:
		return fmt.Errorf("descriptor of protocol version %d, want %d", d.Version, Version)
	case d.Round == 0 || d.Epoch == 0:
		return fmt.Errorf("descriptor of round %d in epoch %d: both count from 1", d.Round, d.Epoch)
	case d.Aborted > MaxAborts:
		return fmt.Errorf("descriptor after %d skipped rounds, at most %d", d.Aborted, MaxAborts)
	case d.Aborted == 0 && d.Disclosed:
		return fmt.Errorf("descriptor speaks of a disclosed round but of no skipped one")
	case d.Parameters == 0 || d.Parameters > MaxParameters:
		return fmt.Errorf("descriptor of %d parameters, want 1 to %d", d.Parameters, MaxParameters)
	case d.Leaves == 0 || d.Leaves > MaxLeaves || bits.OnesCount16(d.Leaves) != 1:
		return fmt.Errorf("descriptor of %d leaves, want a power of two up to %d", d.Leaves, MaxLeaves)
	case d.GMin < 2:
		return fmt.Errorf("descriptor with a smallest node of %d contributors, want at least 2", d.GMin)
	case d.KMax < d.GMin || d.KMax > MaxNodeContributors:
		return fmt.Errorf("descriptor with a largest node of %d contributors, want %d to %d", d.KMax, d.GMin, MaxNodeContributors)
	case d.Cohort < d.GMin:
		return fmt.Errorf("descriptor with a smallest cohort of %d contributors, want at least the smallest node's %d", d.Cohort, d.GMin)
	case d.Members != 4 && d.Members != 7 && d.Members != 10:
		return fmt.Errorf("descriptor of %d members, want 4, 7 or 10", d.Members)
	case d.Deadline > math.MaxInt64/2 || d.Grace > uint64(MaxGrace.Milliseconds()):
		return fmt.Errorf("descriptor with a deadline of %d ms and a grace of %d ms, want a grace of at most %s", d.Deadline, d.Grace, MaxGrace)
	case d.Scheme.Bits < 2 || d.Scheme.Bits > 20:
		return fmt.Errorf("descriptor with values of %d bits, want 2 to 20", d.Scheme.Bits)
	case d.Reward.Rule > RewardEqual:
		return fmt.Errorf("descriptor with reward rule %d, want 0 or 1", d.Reward.Rule)
	case d.Reward.Rule == RewardNone && (d.Reward.Pool != 0 || d.Reward.Share != Amount{}):
		return fmt.Errorf("descriptor without rewards names a pool")
	}
	if c := d.ClipValue(); !(c > 0) || math.IsInf(float64(c), 0) {
		return fmt.Errorf("descriptor with clip %v, want a finite positive number", c)
	}
	if err := d.Mean.validate(); err != nil {
		return err
	}
	if _, err := d.Sharing(); err != nil {
		return err
	}
	_, _, err := d.Crypto()
	return err
}

func (m Mean) validate() error {
	switch {
	case m.Weighting > 1:
		return fmt.Errorf("descriptor with weighting rule %d, want 0 or 1", m.Weighting)
	case m.Robust > 3:
		return fmt.Errorf("descriptor with robust rules %d, want 0 to 3", m.Robust)
	case (m.Weighting == 1) != (m.Examples > 0):
		return fmt.Errorf("descriptor with weighting rule %d and %d examples to a vote", m.Weighting, m.Examples)
	}
	return nil
}

// Beacon returns the round's public seed. A BLS signature is unique and nobody can predict it, so neither the aggregator nor fewer than
// a quorum of members choose the seed.
func Beacon(descriptorSignature [48]byte) [32]byte {
	return sha256.Sum256(labelled(labelBeacon, descriptorSignature[:]))
}

// LeafOf returns the leaf that address is drawn into, uniform over leaves, a power of two.
func LeafOf(beacon [32]byte, address common.Address, leaves uint16) uint16 {
	h := sha256.Sum256(labelled(labelLeaf, beacon[:], address[:]))
	return binary.BigEndian.Uint16(h[:2]) % leaves
}

// SignedDescriptor is an open round: the descriptor with the committee's signature.
type SignedDescriptor struct {
	Descriptor Descriptor
	Signature  [48]byte
}

// Beacon returns the round's public seed.
func (s *SignedDescriptor) Beacon() [32]byte { return Beacon(s.Signature) }
