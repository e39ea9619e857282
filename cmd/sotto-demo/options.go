package main

import (
	"time"

	"sotto/internal/cli"
)

const demoUsage = `sotto-demo [flags]

Runs the whole network on this machine, over real sockets: a local chain with the contracts, a committee that makes its key, an
aggregator, and contributors with their own Ethereum accounts and their own slices of real data. They improve a model together over
some rounds, each encrypted, opened by the committee and certified on chain; then all claim their rewards, and a round is audited
from public data. Beside the model it shows the one that plain federated averaging of the same updates gives.

  --contributors N        people with data (default 24)
  --rounds N              rounds of training (default 5)
  --members N             committee members: 4, 7 or 10 (default 4)
  --leaves N              leaves that contributors are drawn into, a power of two (default 2)
  --dataset NAME          digits (a 64-64-10 network) or breast-cancer (30-16-2) (default digits)
  --drop N                contributors cut off in the middle of their upload, each round
  --member-down N         the last N members stop after the key is made
  --lying-member N        members 1 to N release garbage
  --malformed N           contributors that misbehave each round: in turn one that is refused at the door, and one whose key
                          shares don't match its ciphertext
  --crash                 run aggregator and members as processes of their own, kill them in the middle of their work (the aggregator during
                          uploads, and again before the certificate; a member between its releases), and start them again
  --round-time DURATION   time to contribute (default: from a measured training)
  --seed N                of data slices, first model and victims; never of secrets (default 1)
  --keep DIR              leave everything on disk in DIR, which must not exist
  --json                  one JSON object a line on stdout, and nothing else there

Exit code 0 only if every certificate, every claim and the audit hold.

Example:

  $ sotto-demo --contributors 12 --rounds 2 --lying-member 1
`

// options are the demo's flags.
type options struct {
	contributors, rounds, members, leaves int
	dataset                               string
	drop, down, lying, malformed          int
	roundTime                             time.Duration
	seed                                  uint64
	keep                                  string
	json, crash                           bool
}

// gMin is the smallest node that is opened.
const gMin = 4

// kMax is the largest node, which the planner sizes slots for.
const kMax = 128

func parseOptions(env *cli.Env, args []string) (*options, error) {
	o := new(options)
	f := env.Flags()
	f.IntVar(&o.contributors, "contributors", 24, "")
	f.IntVar(&o.rounds, "rounds", 5, "")
	f.IntVar(&o.members, "members", 4, "")
	f.IntVar(&o.leaves, "leaves", 2, "")
	f.StringVar(&o.dataset, "dataset", "digits", "")
	f.IntVar(&o.drop, "drop", 0, "")
	f.IntVar(&o.down, "member-down", 0, "")
	f.IntVar(&o.lying, "lying-member", 0, "")
	f.IntVar(&o.malformed, "malformed", 0, "")
	f.BoolVar(&o.crash, "crash", false, "")
	f.DurationVar(&o.roundTime, "round-time", 0, "")
	f.Uint64Var(&o.seed, "seed", 1, "")
	f.StringVar(&o.keep, "keep", "", "")
	f.BoolVar(&o.json, "json", false, "")
	if err := env.Parse(f, args, 0); err != nil {
		return nil, err
	}
	return o, o.validate()
}

func (o *options) validate() error {
	tolerated := (o.members - 1) / 3
	switch {
	case o.members != 4 && o.members != 7 && o.members != 10:
		return cli.Usagef("--members is %d, want 4, 7 or 10", o.members)
	case o.leaves < 1 || o.leaves > 256 || o.leaves&(o.leaves-1) != 0:
		return cli.Usagef("--leaves is %d, want a power of two up to 256", o.leaves)
	case o.rounds < 1 || o.rounds > 1000:
		return cli.Usagef("--rounds is %d, want 1 to 1000", o.rounds)
	case o.contributors < gMin*o.leaves || o.contributors > kMax/2*o.leaves:
		return cli.Usagef("--contributors is %d, want %d to %d with %d leaves: every opened sum is over %d to %d people",
			o.contributors, gMin*o.leaves, kMax/2*o.leaves, o.leaves, gMin, kMax)
	case o.drop < 0 || o.malformed < 0 || o.down < 0 || o.lying < 0:
		return cli.Usagef("numbers of people and members can't be negative")
	case o.drop+o.malformed > o.contributors-gMin*o.leaves:
		return cli.Usagef("--drop %d and --malformed %d leave %d honest contributors, want at least %d for %d leaves",
			o.drop, o.malformed, o.contributors-o.drop-o.malformed, gMin*o.leaves, o.leaves)
	case o.down+o.lying > tolerated:
		return cli.Hint(cli.Usagef("--member-down %d and --lying-member %d are more than the f = %d of %d members that the protocol tolerates",
			o.down, o.lying, tolerated, o.members), "take fewer, or a larger committee: 7 members tolerate 2, 10 tolerate 3")
	case o.crash && o.leaves < 2:
		return cli.Usagef("--crash kills a member between its releases, of which there is one with --leaves 1; want 2 or more")
	case o.roundTime < 0 || o.roundTime > time.Hour:
		return cli.Usagef("--round-time is %s, want up to an hour", o.roundTime)
	}
	_, err := taskOf(o.dataset)
	return err
}

// up returns how many members stay up after the key is made.
func (o *options) up() int { return o.members - o.down }

// honest returns how many contributors of a round do as they should.
func (o *options) honest() int { return o.contributors - o.drop - o.malformed }
