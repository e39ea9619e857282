package round

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
)

// Owed is everything that an account was ever awarded from a pool.
type Owed struct {
	Pool       uint64
	Account    common.Address
	Cumulative Amount
}

func (o Owed) compare(p Owed) int {
	return cmp.Or(cmp.Compare(o.Pool, p.Pool), bytes.Compare(o.Account[:], p.Account[:]))
}

// Rewards is the whole reward tree: what every account was ever awarded, sorted by pool and account.
type Rewards []Owed

// Validate checks the order and that every amount is positive.
func (r Rewards) Validate() error {
	for i, o := range r {
		if i > 0 && r[i-1].compare(o) >= 0 {
			return fmt.Errorf("reward entry %d is not after the one before it", i)
		}
		if o.Cumulative == (Amount{}) {
			return fmt.Errorf("reward entry %d is zero", i)
		}
	}
	return nil
}

func (o Owed) leaf() Hash {
	var b []byte
	b = append(b, uintWord(o.Pool)...)
	b = append(b, addressWord(o.Account)...)
	b = append(b, o.Cumulative[:]...)
	return merkleLeaf(b)
}

// Tree returns the Merkle tree whose root stands in the certificate.
func (r Rewards) Tree() *MerkleTree {
	leaves := make([]Hash, len(r))
	for i, o := range r {
		leaves[i] = o.leaf()
	}
	return NewMerkleTree(leaves)
}

// Root returns the root of the tree.
func (r Rewards) Root() Hash { return r.Tree().Root() }

// Of returns what account was awarded from pool.
func (r Rewards) Of(pool uint64, account common.Address) (Owed, bool) {
	i, found := slices.BinarySearchFunc(r, Owed{Pool: pool, Account: account}, Owed.compare)
	if !found {
		return Owed{}, false
	}
	return r[i], true
}

// ProofOf returns the proof that o is in the tree, as the contract Rewards takes it.
func (t *MerkleTree) ProofOf(o Owed) ([]Hash, error) { return t.Proof(o.leaf()) }

// Total returns everything ever awarded from pool.
func (r Rewards) Total(pool uint64) Amount {
	sum := new(uint256.Int)
	for _, o := range r {
		if o.Pool == pool {
			sum.Add(sum, o.Cumulative.Int())
		}
	}
	return AmountOf(sum)
}

// Award returns the tree after a round: the reward's share split equally over accounts, rounded down. It returns r unchanged if the rule
// pays nothing, the accounts are none or the share of each is zero.
func (r Rewards) Award(reward Reward, accounts []common.Address) (Rewards, error) {
	if reward.Rule == RewardNone || len(accounts) == 0 {
		return r, nil
	}
	each := new(uint256.Int).Div(reward.Share.Int(), uint256.NewInt(uint64(len(accounts))))
	if each.IsZero() {
		return r, nil
	}
	next := make(map[common.Address]bool, len(accounts))
	for _, a := range accounts {
		if next[a] {
			return nil, fmt.Errorf("account %s is rewarded twice in one round", a)
		}
		next[a] = true
	}
	out := make(Rewards, 0, len(r)+len(accounts))
	for _, o := range r {
		if o.Pool == reward.Pool && next[o.Account] {
			sum, overflow := new(uint256.Int).AddOverflow(o.Cumulative.Int(), each)
			if overflow {
				return nil, fmt.Errorf("reward of %s overflows", o.Account)
			}
			o.Cumulative = AmountOf(sum)
			delete(next, o.Account)
		}
		out = append(out, o)
	}
	for a := range next {
		out = append(out, Owed{reward.Pool, a, AmountOf(each)})
	}
	slices.SortFunc(out, Owed.compare)
	return out, nil
}
