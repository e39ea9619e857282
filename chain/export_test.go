package chain

import "github.com/ethereum/go-ethereum/accounts/abi"

// SetSpan sets how many blocks the node is asked to search at once.
func (c *Client) SetSpan(blocks uint64) { c.span = blocks }

// NewRevert decodes what a contract reverted with.
func NewRevert(data []byte) *Revert { return newRevert(data) }

// ContractErrors returns every Solidity error of the contracts.
func ContractErrors() map[[4]byte]abi.Error { return contractErrors }

// Refusals returns the names of the errors that have words, with their texts.
func Refusals() map[string]string {
	texts := map[string]string{}
	for name, r := range refusals {
		texts[name] = r.text
	}
	return texts
}
