// Package chain is the only package that speaks to Ethereum: it reads the contracts' state and events and sends transactions
// (docs/protocol.md §9).
//
// A deployment is described by a [Network], the file network.json that every command takes. [Dial] connects to it and checks
// that the right chain answers and that the contracts are there. Methods of [Client] come in two kinds: reads, and writes,
// which take the [Account] that pays, wait for the transaction to be mined and return a [Receipt]. A write that a contract
// refuses is not sent: its error says why in words, a [*Revert] that matches one of the sentinels below where a caller would
// act on it.
//
// What it assumes: the node that network.json names tells the truth. A lying node can show a wrong committee, head or list of
// contributors, so members and contributors should each ask a node of their own choice. What it leaks: the node learns which
// accounts an operator asks about and sends for, and when.
//
// Amounts are of the token's smallest unit, 10^-18. Reads are of the newest block, which a chain may still take back; what must
// not change asks for [Client.Finalised] first and names that block.
package chain
