// Command sottod is what an operator runs: it deploys the contracts, and it is the aggregator and the committee member.
package main

import "sotto/internal/cli"

const about = `sottod runs the parts of Sotto that stay up: the aggregator, which adds up what it cannot read, and the members of the
committee, which open only sums. It also deploys a network's contracts.`

var verbs = []cli.Verb{
	{Name: "deploy", Summary: "deploy the contracts of a new network", Usage: deployUsage, Run: deploy},
	{Name: "nominate", Summary: "name the members of the next committee", Usage: nominateUsage, Run: nominate},
	{Name: "member init", Summary: "make a committee member's directory", Usage: memberInitUsage, Run: memberInit},
	{Name: "member", Summary: "run a committee member, or check its directory", Usage: memberUsage, Run: member},
	{Name: "aggregator", Summary: "run the aggregator", Usage: aggregatorUsage, Run: runAggregator},
}

func main() { cli.Main("sottod", about, verbs) }
