package round

import (
	"encoding/binary"

	"github.com/ethereum/go-ethereum/crypto"
)

// Certificate is the committee-signed result of a round, as it goes on chain.
type Certificate struct {
	Epoch             uint64
	Round             uint64
	PreviousHead      Hash
	Descriptor        Hash
	Manifest          Hash
	ParticipationRoot Hash     // Merkle root over the manifest's entries
	DroppedLeaves     [32]byte // bitmap, a big-endian 256-bit integer: bit i is set if leaf i is not in the model
	Aggregate         Hash
	Model             Hash // SHA-256 of the new model's file
	RewardsRoot       Hash
	Pool              uint64
	PoolTotal         Amount // everything ever awarded from Pool
	Contributors      uint32 // of opened nodes
	NodesOpened       uint32
	NodesDropped      uint32
}

// Message returns the bytes that the committee signs and the contract Rounds rebuilds: Solidity's packed encoding of the label, the
// domain and the fields in order.
func (c *Certificate) Message(d Domain) []byte {
	b := d.prefix(labelCertificate, c.Epoch, c.Round)
	for _, h := range [][32]byte{c.PreviousHead, c.Descriptor, c.Manifest, c.ParticipationRoot, c.DroppedLeaves, c.Aggregate, c.Model, c.RewardsRoot} {
		b = append(b, h[:]...)
	}
	b = binary.BigEndian.AppendUint64(b, c.Pool)
	b = append(b, c.PoolTotal[:]...)
	b = binary.BigEndian.AppendUint32(b, c.Contributors)
	b = binary.BigEndian.AppendUint32(b, c.NodesOpened)
	return binary.BigEndian.AppendUint32(b, c.NodesDropped)
}

// Head returns the chain's head after this certificate: the Keccak-256 of the signed message.
func (c *Certificate) Head(d Domain) Hash { return Hash(crypto.Keccak256Hash(c.Message(d))) }
