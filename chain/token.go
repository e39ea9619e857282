package chain

import (
	"context"
	"crypto/ecdsa"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"sotto/round"
)

// TokenBalance returns what an account has in tokens.
func (c *Client) TokenBalance(ctx context.Context, account common.Address) (round.Amount, error) {
	v, err := read(ctx, c, c.network.Contracts.Token, tokenABI.PackBalanceOf(account), tokenABI.UnpackBalanceOf)
	if err != nil {
		return round.Amount{}, fmt.Errorf("token balance of %s: %w", account, err)
	}
	return amount(v), nil
}

// TransferToken sends tokens from one account to another.
func (c *Client) TransferToken(ctx context.Context, from *Account, to common.Address, tokens round.Amount) (Receipt, error) {
	r, err := c.send(ctx, from, call{to: &c.network.Contracts.Token, data: tokenABI.PackTransfer(to, tokens.Big())})
	if err != nil {
		return Receipt{}, fmt.Errorf("sending tokens to %s: %w", to, err)
	}
	return r, nil
}

// permit is an allowance by signature (EIP-2612).
type permit struct {
	deadline *big.Int
	v        uint8
	r, s     [32]byte
}

// permitTime is how long an allowance by signature can be used; it is used at once.
const permitTime = time.Hour

// permit lets spender take value tokens from the owner, once.
func (c *Client) permit(ctx context.Context, owner *Account, spender common.Address, value *big.Int) (permit, error) {
	token := c.network.Contracts.Token
	nonce, err := read(ctx, c, token, tokenABI.PackNonces(owner.Address()), tokenABI.UnpackNonces)
	if err != nil {
		return permit{}, fmt.Errorf("allowance: %w", err)
	}
	head, err := c.head(ctx)
	if err != nil {
		return permit{}, fmt.Errorf("allowance: %w", err)
	}
	p := permit{deadline: new(big.Int).SetUint64(head.Time + uint64(permitTime/time.Second))}
	digest := permitDigest(c.chainID, token, owner.Address(), spender, value, nonce, p.deadline)
	if p.v, p.r, p.s, err = signDigest(digest, owner.key); err != nil {
		return permit{}, fmt.Errorf("allowance: %w", err)
	}
	return p, nil
}

var (
	domainType = crypto.Keccak256([]byte("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"))
	permitType = crypto.Keccak256([]byte("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"))
	tokenName  = crypto.Keccak256([]byte("Sotto"))
	tokenMajor = crypto.Keccak256([]byte("1"))
)

// permitDigest is what the owner signs: EIP-712 over the type that EIP-2612 names.
func permitDigest(chainID *big.Int, token, owner, spender common.Address, value, nonce, deadline *big.Int) common.Hash {
	word := func(v *big.Int) []byte { return common.BigToHash(v).Bytes() }
	address := func(a common.Address) []byte { return common.BytesToHash(a[:]).Bytes() }
	domain := crypto.Keccak256(domainType, tokenName, tokenMajor, word(chainID), address(token))
	message := crypto.Keccak256(permitType, address(owner), address(spender), word(value), word(nonce), word(deadline))
	return crypto.Keccak256Hash([]byte{0x19, 0x01}, domain, message)
}

func signDigest(digest common.Hash, key *ecdsa.PrivateKey) (v uint8, r, s [32]byte, err error) {
	sig, err := crypto.Sign(digest[:], key)
	if err != nil {
		return 0, r, s, fmt.Errorf("signing failed: %v", err)
	}
	return sig[64] + 27, [32]byte(sig[:32]), [32]byte(sig[32:64]), nil
}
