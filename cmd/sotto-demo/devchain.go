package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"sotto/chain"
	"sotto/client/train"
	"sotto/client/train/datasets"
	"sotto/internal/cli"
	"sotto/internal/localchain"
	"sotto/round"
)

const devchainUsage = `sotto-demo devchain --data DIR [--port N] [--network FILE]

Runs a local Ethereum chain under Osaka rules, on loopback only, until it is stopped. It mines a block for every transaction, and
makes registrations final on demand. Blocks, state and the faucet's key are in DIR, and a later run goes on from there.

  --data DIR      where the chain is kept
  --port N        JSON-RPC port on 127.0.0.1 (default 8545; 0 takes a free one)
  --network FILE  write how to reach the chain to this file (default network.json); a deployment in it is kept if it is on
                  this chain

Example:

  $ sotto-demo devchain --data chain
  chain 1337 at http://127.0.0.1:8545; network.json written; the faucet's key is chain/faucet.key
`

func devchain(ctx context.Context, env *cli.Env, args []string) error {
	f := env.Flags()
	data, port, path := f.String("data", "", ""), f.Int("port", 8545, ""), cli.NetworkFlag(f)
	if err := env.Parse(f, args, 0); err != nil {
		return err
	}
	if *data == "" {
		return cli.Usagef("name the chain's directory with --data")
	}
	logger := slog.New(slog.NewTextHandler(env.Stderr, nil))
	local, err := localchain.Start(localchain.Config{DataDir: *data, HTTPPort: *port, Logger: logger})
	if err != nil {
		return err
	}
	network := chain.Network{RPC: local.URL(), ChainID: local.ChainID().Uint64()}
	if err := writeNetwork(ctx, *path, network); err != nil {
		return errors.Join(err, local.Close())
	}
	env.Infof("chain %d at %s; %s written; the faucet's key is %s", network.ChainID, network.RPC, *path, filepath.Join(*data, "faucet.key"))
	<-ctx.Done()
	env.Infof("stopping")
	return local.Close()
}

// writeNetwork writes network.json, keeping the deployment that it names if the chain holds it.
func writeNetwork(ctx context.Context, path string, fresh chain.Network) error {
	if old, err := chain.LoadNetwork(path); err == nil && old.RequireContracts() == nil {
		old.RPC, old.ChainID = fresh.RPC, fresh.ChainID
		if c, err := chain.Dial(ctx, old); err == nil {
			c.Close()
			return chain.SaveNetwork(path, old)
		}
		return cli.Hint(fmt.Errorf("%s names a deployment that is not on this chain", path), "remove the file, or name another one with --network")
	} else if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return chain.SaveNetwork(path, fresh)
}

const fundUsage = `sotto-demo fund --faucet KEY [--token-key FILE --passphrase-file FILE] [--ether N] [--tokens N] [--network FILE] ADDRESS…

Gives accounts on a local chain what they need to try Sotto: ether for fees from the chain's faucet, and tokens for the stake from
whoever holds them, which is the account that deployed. Without --token-key it sends ether only.

  --faucet KEY            the faucet's key, in the chain's directory
  --token-key FILE        keystore file of an account with tokens
  --passphrase-file FILE  its passphrase
  --ether N               whole ether for each account (default 10)
  --tokens N              tokens for each account (default 100)
  --network FILE          the deployment (default network.json, or $SOTTO_NETWORK)

Example:

  $ sotto-demo fund --faucet chain/faucet.key 0x52a1…
  0x52a1… has 10 ether
`

func fund(ctx context.Context, env *cli.Env, args []string) error {
	f := env.Flags()
	path, faucet, key := cli.NetworkFlag(f), f.String("faucet", "", ""), f.String("token-key", "", "")
	passphrase := f.String("passphrase-file", "", "")
	ether, tokens := f.String("ether", "10", ""), f.String("tokens", "100", "")
	if err := env.Parse(f, args, 1<<16); err != nil {
		return err
	}
	if *faucet == "" || f.NArg() == 0 {
		return cli.Usagef("name the faucet's key and at least one address")
	}
	wei, err := round.ParseTokens(*ether)
	if err != nil {
		return cli.Usagef("--ether: %v", err)
	}
	units, err := round.ParseTokens(*tokens)
	if err != nil {
		return cli.Usagef("--tokens: %v", err)
	}
	from, err := chain.LoadRawKey(*faucet)
	if err != nil {
		return err
	}
	network, err := chain.LoadNetwork(*path)
	if err != nil {
		return err
	}
	c, err := chain.DialNode(ctx, network)
	if err != nil {
		return err
	}
	defer c.Close()
	var holder *chain.Account
	if *key != "" {
		text, err := cli.Passphrase(ctx, env, *passphrase, "Passphrase of "+*key)
		if err != nil {
			return err
		}
		if holder, err = chain.LoadKey(*key, text); err != nil {
			return err
		}
	}
	for _, a := range f.Args() {
		if !common.IsHexAddress(a) {
			return cli.Usagef("address %q, want 0x and 40 hexadecimal digits", a)
		}
	}
	for _, a := range f.Args() {
		to := common.HexToAddress(a)
		if _, err := c.Transfer(ctx, from, to, wei); err != nil {
			return err
		}
		if holder == nil {
			env.Printf("%s got %s ether\n", to, wei.Tokens())
			continue
		}
		if _, err := c.TransferToken(ctx, holder, to, units); err != nil {
			return err
		}
		env.Printf("%s got %s ether and %s tokens\n", to, wei.Tokens(), units.Tokens())
	}
	return nil
}

const dataUsage = `sotto-demo data --part I --of N [--dataset digits|breast-cancer] [--seed N] -o FILE.csv

Writes one party's slice of the example data to a new CSV file: N slices that differ in their mixture of labels, as people's data do.

Example:

  $ sotto-demo data --part 1 --of 24 -o ward7.csv
  59 rows of digits
`

func writeData(ctx context.Context, env *cli.Env, args []string) error {
	f := env.Flags()
	part, of, seed := f.Int("part", 0, ""), f.Int("of", 0, ""), f.Uint64("seed", 1, "")
	name, out := f.String("dataset", "digits", ""), f.String("o", "", "")
	if err := env.Parse(f, args, 0); err != nil {
		return err
	}
	if *out == "" || *of < 1 || *part < 1 || *part > *of {
		return cli.Usagef("want --part from 1 to --of, and the file to write with -o")
	}
	task, err := taskOf(*name)
	if err != nil {
		return err
	}
	slices, err := train.Dirichlet(task.Train, *seed, 1, *of, leastRows)
	if err != nil {
		return err
	}
	file, err := cli.CreateExclusive(*out)
	if err != nil {
		return err
	}
	mine := slices[*part-1]
	if err := errors.Join(writeCSV(file, mine), file.Close()); err != nil {
		os.Remove(*out)
		return err
	}
	env.Printf("%d rows of %s\n", mine.Rows(), *name)
	return nil
}

func writeCSV(w io.Writer, d train.Dataset) error {
	b := bufio.NewWriter(w)
	for r := range d.Rows() {
		for _, v := range d.Row(r) {
			b.WriteString(strconv.FormatFloat(float64(v), 'g', -1, 32))
			b.WriteByte(',')
		}
		fmt.Fprintln(b, d.Labels[r])
	}
	return b.Flush()
}

// leastRows is how many rows every contributor has at the least.
const leastRows = 8

func taskOf(name string) (datasets.Task, error) {
	switch name {
	case "digits":
		return datasets.Digits()
	case "breast-cancer":
		return datasets.BreastCancer()
	}
	return datasets.Task{}, cli.Usagef("--dataset is %q, want digits or breast-cancer", name)
}

// shutdownTime bounds what a part of the network may take to stop.
const shutdownTime = 10 * time.Second
