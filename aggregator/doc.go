// Package aggregator is the party in the middle (docs/protocol.md §2): it takes encrypted contributions at its door and adds them up,
// carries the committee's messages on a board that members follow, opens and closes rounds by the clock, and puts certificates on chain.
//
// It is trusted for liveness only. It can delay rounds and leave contributors out, which members, contributors and auditors notice;
// it cannot read an update, choose who sits in which leaf, open a sum, or sign for the committee.
//
// # How it is built
//
// The [Log] is the only truth. What the aggregator knows of a round or of a committee being formed is a [State], folded from the log's
// records: pure, without clock, socket, database or logger ([State.Apply], round.go and epoch.go). Members follow the log through
// [Relayed], which turns the aggregator's own records into what a member may see of them.
//
//	door.go         takes contributions: every check, cheap ones first, then the sum
//	board.go        takes members' messages
//	coordinator.go  looks at state, clock and chain, and appends what is due
//	server.go       gRPC: translates and calls
//	store.go        the few files that outlive the process
//
// [New] opens an aggregator, [Aggregator.Run] drives it, and a [Server] lets others reach it.
//
// # What a crash loses
//
// The log and the sums are in memory, so a round that is not certified is lost with the process. What is on disk, each file written in
// one step before anything depends on it: model files, transcripts and manifests, the reward tree, the committee's keys, the number and
// deadline of the newest proposed round, and the number of the newest key generation. A restarted aggregator skips the lost round when
// its grace is over, as it would a stuck one, and never repeats a number.
//
// # What it leaks
//
// Who contributed when, to whoever runs it or watches its network. Receipts, manifests and transcripts are public by design. Nothing here
// runs in constant time, and nothing here is secret but the aggregator's account.
package aggregator
