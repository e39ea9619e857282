package round

import (
	"encoding/binary"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

// Types of the EIP-712 typed data that contributors and the aggregator sign. All members are static, so the encoding of a value is one
// 32-byte word each.
const (
	typeDomain       = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
	typeContribution = "Contribution(bytes32 descriptor,uint64 round,uint16 leaf,address contributor,bytes32 baseModel,bytes32 ciphertextRoot,bytes32 ringHash,bytes32 envelopes)"
	typeReceipt      = "Receipt(bytes32 descriptor,uint64 round,uint16 leaf,address contributor,bytes32 digest,uint64 acceptedAt)"

	domainName    = "Sotto"
	domainVersion = "1"
)

func uintWord(v uint64) []byte { return binary.BigEndian.AppendUint64(make([]byte, 24, 32), v) }

func addressWord(a common.Address) []byte { return append(make([]byte, 12, 32), a[:]...) }

// typedDigest returns keccak256(0x19 ‖ 0x01 ‖ domain separator ‖ hash of the struct), EIP-712's digest of a value.
func typedDigest(d Domain, typ string, words ...[]byte) Hash {
	separator := crypto.Keccak256(crypto.Keccak256([]byte(typeDomain)), crypto.Keccak256([]byte(domainName)), crypto.Keccak256([]byte(domainVersion)),
		uintWord(d.ChainID), addressWord(d.Contract))
	value := crypto.Keccak256(append([][]byte{crypto.Keccak256([]byte(typ))}, words...)...)
	return Hash(crypto.Keccak256Hash([]byte{0x19, 0x01}, separator, value))
}
