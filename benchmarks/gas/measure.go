package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"sotto/chain"
	"sotto/chain/chaintest"
	"sotto/internal/localchain"
	"sotto/round"
)

// manyClaims is the number of claims in a claimMany.
const manyClaims = 100

var (
	contributors = []int{24, 24, 1_000, 100_000, 1_000_000}
	leaves       = []int{1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 100_000, 128_000}
)

type measurements struct {
	geth         string
	certificates []certificateRow
	claims       []claimRow
	committees   []committeeRow
	others       []otherRow
}

type certificateRow struct {
	size int
	gas  uint64
}

type claimRow struct {
	leaves, proof                      int
	first, later, manyFirst, manyLater uint64
}

type committeeRow struct {
	members                   int
	nominate, install, rotate uint64
}

type otherRow struct {
	name string
	gas  uint64
}

func measure(ctx context.Context) (*measurements, error) {
	m := &measurements{geth: version("github.com/ethereum/go-ethereum")}
	if err := m.measureCommittees(ctx); err != nil {
		return nil, err
	}
	d, err := chaintest.Deploy(ctx, localchain.Config{})
	if err != nil {
		return nil, err
	}
	defer d.Close()
	committee, err := chaintest.NewCommittee(1, 4)
	if err != nil {
		return nil, err
	}
	if _, err := d.Install(ctx, committee); err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context, *chaintest.Deployment) error{m.measureAccounts, m.measurePools} {
		if err := step(ctx, d); err != nil {
			return nil, err
		}
	}
	if err := m.measureCertificates(ctx, d, committee); err != nil {
		return nil, err
	}
	return m, m.measureClaims(ctx, d, committee)
}

func version(module string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range info.Deps {
			if dep.Path == module {
				return dep.Version
			}
		}
	}
	return "of an unknown version"
}

func (m *measurements) measureCommittees(ctx context.Context) error {
	for _, n := range []int{4, 7, 10} {
		row, err := measureCommittee(ctx, n)
		if err != nil {
			return err
		}
		m.committees = append(m.committees, row)
	}
	return nil
}

func measureCommittee(ctx context.Context, n int) (row committeeRow, err error) {
	d, err := chaintest.Deploy(ctx, localchain.Config{})
	if err != nil {
		return row, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	first, err := chaintest.NewCommittee(1, n)
	if err != nil {
		return row, err
	}
	second, err := chaintest.NewCommittee(2, n)
	if err != nil {
		return row, err
	}
	nominate, err := d.Client.Nominate(ctx, d.Owner, first.Identities())
	if err != nil {
		return row, err
	}
	install, err := d.Install(ctx, first)
	if err != nil {
		return row, err
	}
	rotate, err := d.Rotate(ctx, first, second)
	return committeeRow{n, nominate.GasUsed, install.GasUsed, rotate.GasUsed}, err
}

func (m *measurements) add(name string, r chain.Receipt) {
	m.others = append(m.others, otherRow{name, r.GasUsed})
}

func (m *measurements) measureAccounts(ctx context.Context, d *chaintest.Deployment) error {
	register := func() (*chain.Account, chain.Receipt, error) {
		account, err := d.Account(ctx, 100)
		if err != nil {
			return nil, chain.Receipt{}, err
		}
		r, err := d.Client.Register(ctx, account)
		return account, r, err
	}
	if _, _, err := register(); err != nil { // somebody who is there before and stays
		return err
	}
	account, r, err := register()
	if err != nil {
		return err
	}
	m.add("register, with the allowance by signature", r)
	if r, err = d.Client.RequestExit(ctx, account); err != nil {
		return err
	}
	m.add("leave", r)
	if err := d.Local.Skip(chaintest.ExitDelay); err != nil {
		return err
	}
	if r, err = d.Client.Withdraw(ctx, account); err != nil {
		return err
	}
	m.add("withdraw the stake", r)
	return nil
}

func (m *measurements) measurePools(ctx context.Context, d *chaintest.Deployment) error {
	pool, r, err := d.Client.CreatePool(ctx, d.Owner)
	if err != nil {
		return err
	}
	m.add("create a pool", r)
	for _, name := range []string{"first deposit in a pool, with the allowance by signature", "later deposit"} {
		if r, err = d.Client.Deposit(ctx, d.Owner, pool, chaintest.Tokens(10_000_000)); err != nil {
			return err
		}
		m.add(name, r)
	}
	return nil
}

func (m *measurements) measureCertificates(ctx context.Context, d *chaintest.Deployment, committee *chaintest.Committee) error {
	for _, n := range contributors {
		c, err := d.Certificate(ctx, n)
		if err != nil {
			return err
		}
		rand.Read(c.RewardsRoot[:])
		c.Pool, c.PoolTotal = 1, chaintest.Tokens(1)
		r, err := d.Finalize(ctx, committee, &c)
		if err != nil {
			return err
		}
		m.certificates = append(m.certificates, certificateRow{n, r.GasUsed})
	}
	return nil
}

// measureClaims makes a reward tree of each size, finalises a round with it and claims from it: one account alone, and others
// in one transaction. It does so a second time with larger rewards for the same accounts, whose claims are then later ones.
func (m *measurements) measureClaims(ctx context.Context, d *chaintest.Deployment, committee *chaintest.Committee) error {
	for size, n := range leaves {
		row := claimRow{leaves: n}
		accounts := make([]common.Address, n)
		for i := range accounts {
			rand.Read(accounts[i][:])
		}
		slices.SortFunc(accounts, func(a, b common.Address) int { return bytes.Compare(a[:], b[:]) })
		for again, results := range [][2]*uint64{{&row.first, &row.manyFirst}, {&row.later, &row.manyLater}} {
			rewards := make(round.Rewards, n)
			for i, account := range accounts {
				rewards[i] = round.Owed{Pool: 1, Account: account, Cumulative: chaintest.Tokens(uint64(1 + again))}
			}
			tree := rewards.Tree()
			certificate, err := d.Certificate(ctx, n)
			if err != nil {
				return err
			}
			certificate.RewardsRoot, certificate.Pool = tree.Root(), 1
			certificate.PoolTotal = chaintest.Tokens(uint64(1_000_000*(size+1) + n*(1+again)))
			if _, err := d.Finalize(ctx, committee, &certificate); err != nil {
				return fmt.Errorf("%d leaves: %w", n, err)
			}
			claims := make([]chain.Claim, manyClaims+1)
			for i := range claims {
				owed := rewards[i*n/len(claims)]
				proof, err := tree.ProofOf(owed)
				if err != nil {
					return err
				}
				claims[i] = chain.Claim{Owed: owed, Proof: proof}
				row.proof = max(row.proof, len(proof))
			}
			// Some leaves of a tree whose size is no power of two have a shorter way to the root; the dearest claim is measured.
			longest := slices.IndexFunc(claims, func(c chain.Claim) bool { return len(c.Proof) == row.proof })
			claims[0], claims[longest] = claims[longest], claims[0]
			_, one, err := d.Client.Claim(ctx, d.Owner, claims[0])
			if err != nil {
				return err
			}
			_, many, err := d.Client.ClaimMany(ctx, d.Owner, claims[1:])
			if err != nil {
				return err
			}
			*results[0], *results[1] = one.GasUsed, many.GasUsed/manyClaims
		}
		m.claims = append(m.claims, row)
	}
	return nil
}
