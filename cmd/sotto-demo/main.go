// Command sotto-demo runs the whole of Sotto on this machine, and the local chain that a network in separate processes is tried on.
package main

import "sotto/internal/cli"

const about = `sotto-demo shows Sotto on one machine: a chain, a committee, an aggregator and contributors with real data, over real sockets.
Nothing that it makes is of value.`

func main() {
	cli.Main("sotto-demo", about, []cli.Verb{
		{Name: "", Summary: "run the whole network on this machine", Usage: demoUsage, Run: demo},
		{Name: "devchain", Summary: "run a local chain for development", Usage: devchainUsage, Run: devchain},
		{Name: "fund", Summary: "give accounts ether and tokens on a local chain", Usage: fundUsage, Run: fund},
		{Name: "data", Summary: "write a slice of the example data to a file", Usage: dataUsage, Run: writeData},
		{Name: "role aggregator", Usage: roleUsage, Run: roleAggregator},
		{Name: "role member", Usage: roleUsage, Run: roleMember},
	})
}
