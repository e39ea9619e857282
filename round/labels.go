package round

import (
	"encoding/binary"

	"github.com/ethereum/go-ethereum/common"
)

// Labels begin everything that is signed or hashed for a purpose, as one length byte and their ASCII text (docs/protocol.md §1). The
// labels of the crypto packages stand in those packages.
const (
	labelBeacon       = "sotto/v1 beacon"
	labelLeaf         = "sotto/v1 leaf"
	labelDescriptor   = "sotto/v1 descriptor"
	labelManifest     = "sotto/v1 manifest"
	labelCertificate  = "sotto/v1 certificate"
	labelCommittee    = "sotto/v1 committee"
	labelPossession   = "sotto/v1 possession"
	labelConfirmation = "sotto/v1 confirmation"
	labelRelease      = "sotto/v1 release"
	labelHello        = "sotto/v1 hello"
	labelSession      = "sotto/v1 dkg session"
	labelPacket       = "sotto/v1 dkg packet"
)

// Domain is the deployment that a signature is for: a chain and one contract on it. Objects of rounds name the contract Rounds,
// objects about committees the contract Registry.
type Domain struct {
	ChainID  uint64
	Contract common.Address
}

// prefix returns label ‖ chain id (32 bytes) ‖ contract ‖ epoch ‖ round, with which every signed message begins.
func (d Domain) prefix(label string, epoch, round uint64) []byte {
	b := make([]byte, 0, 256)
	b = append(b, byte(len(label)))
	b = append(b, label...)
	b = append(b, make([]byte, 24)...)
	b = binary.BigEndian.AppendUint64(b, d.ChainID)
	b = append(b, d.Contract[:]...)
	b = binary.BigEndian.AppendUint64(b, epoch)
	return binary.BigEndian.AppendUint64(b, round)
}

func labelled(label string, parts ...[]byte) []byte {
	b := append([]byte{byte(len(label))}, label...)
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}
