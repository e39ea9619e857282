package round

import "github.com/ethereum/go-ethereum/crypto"

// Head is what the chain says now: the last certified round and what stands after it, all of one block.
type Head struct {
	Round        uint64 // last certified round, 0 for none
	Count        uint64 // rounds certified so far, fewer than Round if some were skipped
	Hash         Hash   // what the next certificate must follow: Certificate.Head of the last one, or the genesis head
	Model        Hash   // SHA-256 of the newest model's file
	Epoch        uint64 // of the committee in office, 0 before the first one
	RewardsRoot  Hash
	PreviousRoot Hash // the root before it, under which claims are still valid
	Block        Block
}

// GenesisHead returns the head before the first round: Keccak-256 of the chain id, the contract Rounds, the model id and the SHA-256 of
// the first model's file.
func GenesisHead(d Domain, modelID, firstModel Hash) Hash {
	return Hash(crypto.Keccak256Hash(uintWord(d.ChainID), d.Contract[:], modelID[:], firstModel[:]))
}
