// Command sotto is what a contributor, a sponsor or an auditor runs.
package main

import (
	"context"
	"fmt"

	"sotto/chain"
	"sotto/client"
	"sotto/internal/cli"
	"sotto/internal/edge"
)

const about = `sotto improves an open model with data that stays on this machine: it trains here, sends one encrypted update,
and claims the reward. It also audits any round from public data.`

func main() {
	cli.Main("sotto", about, []cli.Verb{
		{Name: "keygen", Summary: "make an account", Usage: keygenUsage, Run: keygen},
		{Name: "register", Summary: "register as a contributor", Usage: registerUsage, Run: register},
		{Name: "contribute", Summary: "train on your data and contribute to the open round", Usage: contributeUsage, Run: contribute},
		{Name: "base", Summary: "fetch the model to train from with another program", Usage: baseUsage, Run: base},
		{Name: "rounds", Summary: "list the rounds", Usage: roundsUsage, Run: rounds},
		{Name: "receipt check", Summary: "check a receipt against the chain", Usage: receiptUsage, Run: receiptCheck},
		{Name: "audit", Summary: "recheck a round from public data", Usage: auditUsage, Run: auditRound},
		{Name: "rewards", Summary: "show what accounts were awarded", Usage: rewardsUsage, Run: rewards},
		{Name: "claim", Summary: "claim rewards", Usage: claimUsage, Run: claim},
		{Name: "model", Summary: "make the first model of a new network", Usage: modelUsage, Run: model},
		{Name: "sponsor", Summary: "pay into a reward pool", Usage: sponsorUsage, Run: sponsor},
	})
}

// dialChain opens network.json and connects to its chain.
func dialChain(ctx context.Context, path string) (*chain.Client, error) {
	network, err := chain.LoadNetwork(path)
	if err != nil {
		return nil, err
	}
	return chain.Dial(ctx, network)
}

// dialBoth connects to the chain and to the aggregator, whose address may be overridden. close closes both.
func dialBoth(ctx context.Context, path, address, journal string) (c *client.Client, onChain *chain.Client, done func(), err error) {
	if onChain, err = dialChain(ctx, path); err != nil {
		return nil, nil, nil, err
	}
	defer func() {
		if err != nil {
			onChain.Close()
		}
	}()
	network := onChain.Network()
	if err := network.RequireAggregator(); err != nil {
		return nil, nil, nil, err
	}
	if address == "" {
		address = network.Aggregator.Address
	}
	conn, err := edge.Dial(address, network.Aggregator.TLSKeyHash)
	if err != nil {
		return nil, nil, nil, err
	}
	var j *client.Journal
	if journal != "" {
		if j, err = client.OpenJournal(journal); err != nil {
			conn.Close()
			return nil, nil, nil, fmt.Errorf("the record of your contributions: %w", err)
		}
	}
	pins := client.Pins{Domain: onChain.Rounds(), Model: network.Model.ID, Aggregator: network.Aggregator.Identity}
	return client.New(conn, onChain, pins, j), onChain, func() { conn.Close(); onChain.Close() }, nil
}
