package chaintest

import (
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"sotto/chain"
	"sotto/crypto/tbls"
	"sotto/round"
)

// Committee is a committee whose members all live here and agree.
type Committee struct {
	Epoch   uint64
	Group   tbls.GroupKey
	Members []*chain.Account // identities of the members 1…n

	keys       round.KeyList
	shares     []tbls.SecretShare
	transcript round.Hash
}

// NewCommittee runs the key generation of n members in memory.
func NewCommittee(epoch uint64, n int) (*Committee, error) {
	c := &Committee{Epoch: epoch}
	secrets, publics := make([]tbls.DKGSecret, n), make([]tbls.DKGPublic, n)
	for i := range n {
		identity, err := crypto.GenerateKey()
		if err != nil {
			return nil, err
		}
		secrets[i], publics[i] = tbls.GenerateDKGKey()
		hpke := make([]byte, 32) // the chain holds the hash of the key and never sees it
		rand.Read(hpke)
		c.Members = append(c.Members, chain.NewAccount(identity))
		c.keys = append(c.keys, round.MemberKeys{Identity: crypto.PubkeyToAddress(identity.PublicKey), HPKE: hpke, DKG: publics[i]})
	}
	var value [32]byte
	rand.Read(value[:])
	session, err := tbls.NewDKGSession(value, publics)
	if err != nil {
		return nil, err
	}
	members := make([]*tbls.DKG, n)
	deals, responses := make([][]byte, n), make([][]byte, n)
	for i := range n {
		if members[i], err = tbls.NewDKG(session, i+1, secrets[i]); err != nil {
			return nil, err
		}
		if deals[i], err = members[i].Deals(); err != nil {
			return nil, err
		}
	}
	for i, member := range members {
		if responses[i], err = member.ProcessDeals(deals); err != nil {
			return nil, err
		}
	}
	for _, member := range members {
		result, _, err := member.ProcessResponses(responses)
		if err != nil {
			return nil, err
		}
		if result == nil {
			return nil, errors.New("key generation among honest members had complaints")
		}
		c.Group, c.transcript = result.Group, result.Transcript
		c.shares = append(c.shares, result.Share)
	}
	return c, nil
}

// Identities returns the members' addresses in order.
func (c *Committee) Identities() []common.Address { return c.keys.Identities() }

// Sign returns the committee's signature of a message, by its first T members.
func (c *Committee) Sign(message []byte) (tbls.Signature, error) {
	shares := make([]tbls.SignatureShare, c.Group.Quorum())
	for i := range shares {
		shares[i] = tbls.SignShare(c.shares[i], message)
	}
	signature, _, err := tbls.Combine(c.Group, message, shares)
	return signature, err
}

// OnChain returns the committee in the form that the chain holds.
func (c *Committee) OnChain() (round.Committee, error) {
	key, err := tbls.EVMPublicKey(c.Group.Public())
	return round.Committee{Epoch: c.Epoch, Key: key, KeyList: c.keys.Hash(), Members: c.keys.Hashes(), DKG: c.transcript}, err
}

// Endorse returns the signatures with which the registry takes the committee.
func (c *Committee) Endorse(registry round.Domain) (e chain.Endorsement, err error) {
	committee, err := c.OnChain()
	if err != nil {
		return e, err
	}
	if e.Possession, err = c.Sign(round.PossessionMessage(registry, c.Epoch, committee.Key)); err != nil {
		return e, err
	}
	for i, member := range c.Members {
		confirmation := round.Confirmation{Epoch: c.Epoch, Member: uint8(i + 1), Transcript: c.transcript, Key: committee.Key, KeyList: committee.KeyList}
		signed, err := confirmation.Sign(registry, member.Key(), c.Group.Marshal())
		if err != nil {
			return e, fmt.Errorf("confirmation of member %d: %w", i+1, err)
		}
		e.Confirmations = append(e.Confirmations, signed.Signature)
	}
	return e, nil
}
