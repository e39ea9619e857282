package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"sotto/audit"
	"sotto/client"
	"sotto/internal/cli"
	"sotto/round"
)

const roundsUsage = `sotto rounds [--network FILE] [--aggregator HOST:PORT] [--json]

Lists the certified rounds from the chain, and what the aggregator is at now.

  --network FILE          the deployment (default network.json, or $SOTTO_NETWORK)
  --aggregator HOST:PORT  reach the aggregator there instead of where network.json says
  --json                  one JSON object a line

Example:

  $ sotto rounds
  ROUND  CONTRIBUTORS  NODES  DROPPED LEAVES  MODEL        BLOCK  GAS
  1      24            2      -               0x9f31c2aa…  38     281,204
  round 2 is open: 7 contributions so far, until 14:03:20
`

func rounds(ctx context.Context, env *cli.Env, args []string) error {
	f := env.Flags()
	network, address, asJSON := cli.NetworkFlag(f), f.String("aggregator", "", ""), f.Bool("json", false, "")
	if err := env.Parse(f, args, 0); err != nil {
		return err
	}
	c, onChain, done, err := dialBoth(ctx, *network, *address, "")
	if err != nil {
		return err
	}
	defer done()
	all, err := onChain.Certificates(ctx, 1)
	if err != nil {
		return err
	}
	if *asJSON {
		for _, r := range all {
			err := json.NewEncoder(env.Stdout).Encode(map[string]any{"round": r.Certificate.Round, "epoch": r.Certificate.Epoch,
				"contributors": r.Certificate.Contributors, "nodes_opened": r.Certificate.NodesOpened, "nodes_dropped": r.Certificate.NodesDropped,
				"dropped_leaves": r.Certificate.Dropped(), "model": r.Certificate.Model, "head": r.Head, "block": r.Block, "gas": r.GasUsed, "tx": r.Tx})
			if err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ROUND\tCONTRIBUTORS\tNODES\tDROPPED LEAVES\tMODEL\tBLOCK\tGAS")
	for _, r := range all {
		dropped := "-"
		if leaves := r.Certificate.Dropped(); len(leaves) > 0 {
			dropped = strings.Trim(strings.Join(strings.Fields(fmt.Sprint(leaves)), ","), "[]")
		}
		fmt.Fprintf(w, "%d\t%d\t%d\t%s\t%s\t%d\t%s\n", r.Certificate.Round, r.Certificate.Contributors, r.Certificate.NodesOpened, dropped,
			r.Certificate.Model.Short(), r.Block, thousands(int(r.GasUsed)))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	state, err := c.State(ctx)
	if err != nil {
		env.Infof("the aggregator does not answer: %v", err)
		return nil
	}
	if state.Open != nil {
		env.Printf("round %d is %s: %d contributions so far, until %s\n", state.Round, phase(state), state.Accepted,
			state.Open.Descriptor.DeadlineTime().Format("15:04:05"))
	} else {
		env.Printf("no round is open\n")
	}
	return nil
}

func phase(s *client.State) string {
	return strings.ToLower(strings.TrimPrefix(s.Phase.String(), "PHASE_"))
}

const auditUsage = `sotto audit --round N [--network FILE] [--aggregator HOST:PORT] [-o MODEL] [--json]

Rechecks a certified round from public data: every signature, the list of contributions, the homomorphic hash of the sums, the
opening with its noise, the new model, the rewards and the certificate, against the chain. It trusts neither the aggregator, which
brings the data, nor the committee.

  --round N               the round
  --network FILE          the deployment (default network.json, or $SOTTO_NETWORK)
  --aggregator HOST:PORT  fetch the public data there instead of where network.json says
  -o MODEL                write the recomputed model to a new safetensors file
  --json                  print the result as JSON

Exit code 0 only if every check holds; otherwise the failed check is named.

Example:

  $ sotto audit --round 1
  ok  descriptor
  …
  round 1 holds: 24 contributors in 2 opened nodes, model 0x9f31…
`

func auditRound(ctx context.Context, env *cli.Env, args []string) error {
	f := env.Flags()
	network, address := cli.NetworkFlag(f), f.String("aggregator", "", "")
	number, out, asJSON := f.Uint64("round", 0, ""), f.String("o", "", ""), f.Bool("json", false, "")
	if err := env.Parse(f, args, 0); err != nil {
		return err
	}
	if *number == 0 {
		return cli.Usagef("name the round with --round")
	}
	c, onChain, done, err := dialBoth(ctx, *network, *address, "")
	if err != nil {
		return err
	}
	defer done()
	outcome, err := audit.Round(ctx, onChain, c, onChain.Network().Model.ID, *number)
	var failed *audit.CheckError
	if *asJSON {
		result := map[string]any{"round": *number, "audit": "ok"}
		if errors.As(err, &failed) {
			result["audit"] = failed.Check
		}
		if err == nil || failed != nil {
			if err := json.NewEncoder(env.Stdout).Encode(result); err != nil {
				return err
			}
		}
	}
	if err != nil {
		if failed != nil || errors.As(err, &failed) {
			return cli.Hint(fmt.Errorf("audit of round %d failed: %w", *number, err), "the public data of this round does not prove its certificate")
		}
		return err
	}
	if !*asJSON {
		for _, check := range audit.Checks {
			env.Printf("ok  %s\n", check)
		}
		certificate := &outcome.Transcript.Certificate
		for _, n := range outcome.Nodes {
			if !n.Opened {
				env.Printf("%s failed: %v\n", n.Node, n.Err)
			}
		}
		for _, d := range outcome.Transcript.Disagreements {
			env.Printf("member %d disagrees on %s\n", d.Member, outcome.Nodes[d.Node].Node)
		}
		env.Printf("round %d holds: %d contributors in %d opened nodes, model %s\n", *number, certificate.Contributors, certificate.NodesOpened, certificate.Model)
	}
	if *out == "" {
		return nil
	}
	return writeNew(*out, func(f *os.File) error {
		_, err := f.Write(outcome.Model)
		return err
	})
}

const receiptUsage = `sotto receipt check FILE [--network FILE] [--aggregator HOST:PORT]

Checks a receipt: that the aggregator signed it, and that the certificate on chain proves the contribution's place in its round. A
receipt that the aggregator signed and the round does not list is evidence against the aggregator.

Example:

  $ sotto receipt check alice-round-42.receipt
  round 42 lists this contribution: 0x8c1f… in leaf 3, proven against the chain; the leaf is in the model
`

func receiptCheck(ctx context.Context, env *cli.Env, args []string) error {
	f := env.Flags()
	network, address := cli.NetworkFlag(f), f.String("aggregator", "", "")
	if err := env.Parse(f, leadingFlags(args), 1); err != nil {
		return err
	}
	if f.NArg() != 1 {
		return cli.Usagef("name one receipt file")
	}
	text, err := cli.ReadFile(f.Arg(0), round.MaxReceiptBytes)
	if err != nil {
		return err
	}
	receipt, err := round.ParseReceipt(text)
	if err != nil {
		return err
	}
	c, onChain, done, err := dialBoth(ctx, *network, *address, "")
	if err != nil {
		return err
	}
	defer done()
	in, err := c.CheckReceipt(ctx, onChain, receipt)
	if errors.Is(err, client.ErrNotInManifest) {
		return cli.Hint(err, "keep the receipt: it is evidence against the aggregator")
	}
	if err != nil {
		return err
	}
	model := "the leaf is in the model"
	if !in.InModel {
		model = "the leaf was dropped and earns nothing"
	}
	env.Printf("round %d lists this contribution: %s in leaf %d, proven against the chain; %s\n",
		receipt.Receipt.Round, receipt.Receipt.Digest.Short(), receipt.Receipt.Leaf, model)
	return nil
}

// leadingFlags moves a first positional argument behind the flags, so that both orders work.
func leadingFlags(args []string) []string {
	if len(args) > 1 && !strings.HasPrefix(args[0], "-") {
		return append(append([]string{}, args[1:]...), args[0])
	}
	return args
}

var _ audit.Source = (*client.Client)(nil)
