package main

import (
	"context"
	"errors"

	"sotto/chain"
	"sotto/internal/cli"
	"sotto/round"
)

const keygenUsage = `sotto keygen -o FILE [--passphrase-file FILE] [--light]

Makes an Ethereum account and writes it to a new keystore file, encrypted with a passphrase. The account is your identity as a
contributor: it signs contributions and receives rewards. Without the file and the passphrase its rewards are lost.

  -o FILE                 the keystore file, which must not exist
  --passphrase-file FILE  take the passphrase from the first line of FILE instead of asking
  --light                 cheap key derivation, for accounts that hold nothing of value

Example:

  $ sotto keygen -o alice.json
  Address: 0x52a1…
`

func keygen(ctx context.Context, env *cli.Env, args []string) error {
	f := env.Flags()
	out, file, light := f.String("o", "", ""), f.String("passphrase-file", "", ""), f.Bool("light", false, "")
	if err := env.Parse(f, args, 0); err != nil {
		return err
	}
	if *out == "" {
		return cli.Usagef("name the file to write with -o")
	}
	passphrase, err := cli.NewPassphrase(ctx, env, *file, "Passphrase for "+*out)
	if err != nil {
		return err
	}
	account, err := chain.NewKeystoreFile(*out, passphrase, *light)
	if err != nil {
		return err
	}
	env.Printf("Address: %s\n", account.Address())
	return nil
}

const registerUsage = `sotto register --key FILE [--passphrase-file FILE] [--network FILE]

Registers the account as a contributor. The registry takes a stake in tokens, which comes back after leaving. The account needs
the stake and some ether for the fee. A registration counts from the first round that opens after its block is final.

  --key FILE              your keystore file
  --passphrase-file FILE  take the passphrase from FILE instead of asking
  --network FILE          the deployment (default network.json, or $SOTTO_NETWORK)

Example:

  $ sotto register --key alice.json
  registered 0x52a1… with a stake of 10 tokens in block 37 (gas 131,208)
`

func register(ctx context.Context, env *cli.Env, args []string) error {
	f := env.Flags()
	network, key := cli.NetworkFlag(f), cli.AddKeyFlags(f)
	if err := env.Parse(f, args, 0); err != nil {
		return err
	}
	c, err := dialChain(ctx, *network)
	if err != nil {
		return err
	}
	defer c.Close()
	account, err := key.Load(ctx, env)
	if err != nil {
		return err
	}
	stake, err := c.Stake(ctx)
	if err != nil {
		return err
	}
	receipt, err := c.Register(ctx, account)
	if errors.Is(err, chain.ErrAlreadyRegistered) {
		env.Printf("%s is registered already\n", account.Address())
		return nil
	}
	if err != nil {
		return err
	}
	env.Printf("registered %s with a stake of %s tokens in block %d (gas %d)\n", account.Address(), stake.Tokens(), receipt.Block, receipt.GasUsed)
	// A development chain finalises only when it is asked to.
	if _, err := c.MineToFinality(ctx); err != nil && !errors.Is(err, chain.ErrNotLocal) {
		return err
	}
	return nil
}

const sponsorUsage = `sotto sponsor --key FILE --amount TOKENS [--pool N] [--passphrase-file FILE] [--network FILE]

Pays tokens into a reward pool of the deployment's model; without --pool it makes a new pool. What is paid in goes to the
contributors of the rounds whose descriptors name the pool, and to nobody else.

  --key FILE              your keystore file
  --amount TOKENS         whole tokens, decimals allowed
  --pool N                an existing pool
  --passphrase-file FILE  take the passphrase from FILE instead of asking
  --network FILE          the deployment (default network.json, or $SOTTO_NETWORK)

Example:

  $ sotto sponsor --key sponsor.json --amount 5000
  pool 1 holds 5000 tokens
`

func sponsor(ctx context.Context, env *cli.Env, args []string) error {
	f := env.Flags()
	network, key := cli.NetworkFlag(f), cli.AddKeyFlags(f)
	tokens, pool := f.String("amount", "", ""), f.Uint64("pool", 0, "")
	if err := env.Parse(f, args, 0); err != nil {
		return err
	}
	amount, err := round.ParseTokens(*tokens)
	if err != nil || amount == (round.Amount{}) {
		return cli.Usagef("--amount is %q, want a positive number of tokens", *tokens)
	}
	c, err := dialChain(ctx, *network)
	if err != nil {
		return err
	}
	defer c.Close()
	account, err := key.Load(ctx, env)
	if err != nil {
		return err
	}
	if *pool == 0 {
		if *pool, _, err = c.CreatePool(ctx, account); err != nil {
			return err
		}
	}
	if _, err := c.Deposit(ctx, account, *pool, amount); err != nil {
		return err
	}
	held, err := c.Deposits(ctx, *pool)
	if err != nil {
		return err
	}
	env.Printf("pool %d holds %s tokens\n", *pool, held.Tokens())
	return nil
}
