package simulate

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"fmt"
	"sync"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"sotto/crypto/sharing"
	"sotto/crypto/tbls"
	"sotto/round"
)

// Member is everything that one member of a committee holds.
type Member struct {
	Identity *ecdsa.PrivateKey
	Envelope *sharing.EnvelopeKey
	Share    tbls.SecretShare
}

// Address returns the member's identity.
func (m *Member) Address() common.Address { return crypto.PubkeyToAddress(m.Identity.PublicKey) }

// Committee is a committee whose members agree.
type Committee struct {
	Epoch   uint64
	Group   tbls.GroupKey
	Keys    round.KeyList
	Members []Member // 1…n in order

	transcript round.Hash
}

var (
	committees   = map[int]*Committee{}
	committeesMu sync.Mutex
)

// CommitteeOf returns the committee of n members of epoch 1. It is made once a process: a key generation takes longer than many a test.
func CommitteeOf(n int) (*Committee, error) {
	committeesMu.Lock()
	defer committeesMu.Unlock()
	if c := committees[n]; c != nil {
		return c, nil
	}
	c, err := NewCommittee(1, n)
	if err == nil {
		committees[n] = c
	}
	return c, err
}

// NewCommittee runs the key generation of n members.
func NewCommittee(epoch uint64, n int) (*Committee, error) {
	c := &Committee{Epoch: epoch, Members: make([]Member, n)}
	secrets, publics := make([]tbls.DKGSecret, n), make([]tbls.DKGPublic, n)
	for i := range c.Members {
		m := &c.Members[i]
		var err error
		if m.Identity, err = crypto.GenerateKey(); err != nil {
			return nil, err
		}
		if m.Envelope, err = sharing.GenerateEnvelopeKey(); err != nil {
			return nil, err
		}
		secrets[i], publics[i] = tbls.GenerateDKGKey()
		c.Keys = append(c.Keys, round.MemberKeys{Identity: m.Address(), HPKE: m.Envelope.Public().Bytes(), DKG: publics[i]})
	}
	list := c.Keys.Hash()
	session, err := tbls.NewDKGSession(sha256.Sum256(list[:]), publics)
	if err != nil {
		return nil, err
	}
	dkgs, deals, responses := make([]*tbls.DKG, n), make([][]byte, n), make([][]byte, n)
	for i := range dkgs {
		if dkgs[i], err = tbls.NewDKG(session, i+1, secrets[i]); err != nil {
			return nil, err
		}
		if deals[i], err = dkgs[i].Deals(); err != nil {
			return nil, err
		}
	}
	for i := range dkgs {
		if responses[i], err = dkgs[i].ProcessDeals(deals); err != nil {
			return nil, err
		}
	}
	for i := range dkgs {
		result, _, err := dkgs[i].ProcessResponses(responses)
		if err != nil {
			return nil, err
		}
		if result == nil {
			return nil, fmt.Errorf("member %d has no key after the responses of honest members", i+1)
		}
		c.Group, c.transcript, c.Members[i].Share = result.Group, result.Transcript, result.Share
	}
	return c, nil
}

// OnChain returns what the chain holds of the committee.
func (c *Committee) OnChain() (round.Committee, error) {
	key, err := tbls.EVMPublicKey(c.Group.Public())
	return round.Committee{Epoch: c.Epoch, Key: key, KeyList: c.Keys.Hash(), Members: c.Keys.Hashes(), DKG: c.transcript}, err
}

// Sign returns the committee's signature.
func (c *Committee) Sign(message []byte) (tbls.Signature, error) {
	shares := make([]tbls.SignatureShare, c.Group.Quorum())
	for i := range shares {
		shares[i] = tbls.SignShare(c.Members[i].Share, message)
	}
	signature, _, err := tbls.Combine(c.Group, message, shares)
	return signature, err
}
