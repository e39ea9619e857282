// Package simulate runs all roles of Sotto in memory, for tests: without sockets and without a clock.
//
// [Chain] stands for the contracts and checks what they check.
//
// A [Setup] is a deployment with a committee whose keys come from a real key generation, and [Setup.Open] opens a round that a test drives
// step by step, each step real: [Round.Contribute], [Round.Close], [Round.Release], [Round.Finish], [Round.Certify]. What goes wrong in
// between is the test's to arrange.
//
// A [Network] is all roles as they run, with the aggregator's gRPC edge, but one operation at a time: a [Script] of operations comes from a
// seed, contributor i sends the unit vector e_i, and what has been certified afterwards must consist of zeros and ones. If randomness is
// seeded, too (testing/cryptotest), the same seed gives the same run everywhere. A failing run prints its seed and its operations:
//
//	go test ./internal/simulate -v -run Simulate -seed 345
//	go test ./internal/simulate -run Simulate -seeds 5000
//
// Nothing here is for use outside tests: all secrets of all parties lie in one process, and networks use a ring that keeps nothing secret.
package simulate
