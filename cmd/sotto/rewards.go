package main

import (
	"context"
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"sotto/chain"
	"sotto/client"
	"sotto/internal/cli"
	"sotto/round"
)

const rewardsUsage = `sotto rewards [--address ADDRESS] [--network FILE] [--aggregator HOST:PORT] [--json]

Shows what accounts were awarded, what they have claimed, and what is open. The list comes from the aggregator and is proven against
the rewards root on chain.

  --address ADDRESS       only this account
  --network FILE          the deployment (default network.json, or $SOTTO_NETWORK)
  --aggregator HOST:PORT  fetch the list there instead of where network.json says
  --json                  one JSON object a line

Example:

  $ sotto rewards --address 0x52a1…
  POOL  ACCOUNT   AWARDED  CLAIMED  OPEN
  1     0x52a1…   41.6666  0        41.6666
`

func rewards(ctx context.Context, env *cli.Env, args []string) error {
	f := env.Flags()
	network, address := cli.NetworkFlag(f), f.String("aggregator", "", "")
	account, asJSON := f.String("address", "", ""), f.Bool("json", false, "")
	if err := env.Parse(f, args, 0); err != nil {
		return err
	}
	var only []common.Address
	if *account != "" {
		if !common.IsHexAddress(*account) {
			return cli.Usagef("--address is %q, want 0x and 40 hexadecimal digits", *account)
		}
		only = append(only, common.HexToAddress(*account))
	}
	c, onChain, done, err := dialBoth(ctx, *network, *address, "")
	if err != nil {
		return err
	}
	defer done()
	list, err := c.Rewards(ctx, onChain, only...)
	if err != nil {
		return err
	}
	if *asJSON {
		for _, r := range list {
			err := json.NewEncoder(env.Stdout).Encode(map[string]any{"pool": r.Pool, "account": r.Account, "awarded": r.Cumulative, "claimed": r.Claimed, "open": r.Open()})
			if err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "POOL\tACCOUNT\tAWARDED\tCLAIMED\tOPEN")
	for _, r := range list {
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\n", r.Pool, r.Account, r.Cumulative.Tokens(), r.Claimed.Tokens(), r.Open().Tokens())
	}
	return w.Flush()
}

const claimUsage = `sotto claim --key FILE [--all | --for ADDRESS] [--passphrase-file FILE] [--network FILE] [--aggregator HOST:PORT]

Claims rewards. The account of --key pays the fee; the tokens go to the account that they were awarded to, whoever sends the claim.

  --key FILE              your keystore file
  --for ADDRESS           claim for this account instead of your own
  --all                   claim for everybody who has something open
  --passphrase-file FILE  take the passphrase from FILE instead of asking
  --network FILE          the deployment (default network.json, or $SOTTO_NETWORK)
  --aggregator HOST:PORT  fetch the proofs there instead of where network.json says

Example:

  $ sotto claim --key alice.json
  claimed 41.6666 tokens from pool 1 for 0x52a1… (gas 68,103)
`

func claim(ctx context.Context, env *cli.Env, args []string) error {
	f := env.Flags()
	network, key := cli.NetworkFlag(f), cli.AddKeyFlags(f)
	address, other, all := f.String("aggregator", "", ""), f.String("for", "", ""), f.Bool("all", false, "")
	if err := env.Parse(f, args, 0); err != nil {
		return err
	}
	if *all && *other != "" {
		return cli.Usagef("--all and --for exclude each other")
	}
	if *other != "" && !common.IsHexAddress(*other) {
		return cli.Usagef("--for is %q, want 0x and 40 hexadecimal digits", *other)
	}
	c, onChain, done, err := dialBoth(ctx, *network, *address, "")
	if err != nil {
		return err
	}
	defer done()
	account, err := key.Load(ctx, env)
	if err != nil {
		return err
	}
	var only []common.Address
	switch {
	case *other != "":
		only = append(only, common.HexToAddress(*other))
	case !*all:
		only = append(only, account.Address())
	}
	list, err := c.Rewards(ctx, onChain, only...)
	if err != nil {
		return err
	}
	claims := openClaims(list)
	if len(claims) == 0 {
		env.Printf("nothing to claim\n")
		return nil
	}
	return send(ctx, env, onChain, account, claims)
}

// openClaims keeps what pays out something.
func openClaims(list []client.Claimable) []chain.Claim {
	var claims []chain.Claim
	for _, r := range list {
		if r.Open() != (round.Amount{}) {
			claims = append(claims, chain.Claim{Owed: r.Owed, Proof: r.Proof})
		}
	}
	return claims
}

func send(ctx context.Context, env *cli.Env, onChain *chain.Client, account *chain.Account, claims []chain.Claim) error {
	if len(claims) == 1 {
		payment, receipt, err := onChain.Claim(ctx, account, claims[0])
		if err != nil {
			return err
		}
		env.Printf("claimed %s tokens from pool %d for %s (gas %s)\n", payment.Amount.Tokens(), payment.Pool, payment.Account, thousands(int(receipt.GasUsed)))
		return nil
	}
	total := new(uint256.Int)
	for first := 0; first < len(claims); first += chain.MaxClaims {
		payments, receipt, err := onChain.ClaimMany(ctx, account, claims[first:min(first+chain.MaxClaims, len(claims))])
		if err != nil {
			return err
		}
		for _, p := range payments {
			total.Add(total, p.Amount.Int())
		}
		env.Printf("claimed for %d accounts (gas %s)\n", len(payments), thousands(int(receipt.GasUsed)))
	}
	env.Printf("%s tokens in all\n", round.AmountOf(total).Tokens())
	return nil
}
