// Package simulate runs all roles of Sotto in memory: for tests, deterministic where that is possible, without sockets, disks and clocks.
//
// [Chain] stands for the contracts and checks what they check. [NewSetup] makes a deployment on it, with a committee whose keys come from
// a real key generation, and [Setup.Open] a round that tests drive step by step, each step real: [Round.Contribute], [Round.Close],
// [Round.Release], [Round.Finish], [Round.Certify]. What goes wrong in between is the test's to arrange.
//
// Keys and encryption are random in every run; which contributors send what, and what goes wrong, comes from the caller. Nothing here is
// for use outside tests: all secrets of all parties lie in one process.
package simulate
