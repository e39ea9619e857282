// Package aggregator is the party in the middle (docs/protocol.md §2): it takes encrypted contributions at its door and adds them up,
// carries the committee's messages on a board that members follow, opens and closes rounds by the clock, and puts certificates on chain.
//
// It is trusted for liveness only. It can delay rounds and leave contributors out, which members, contributors and auditors notice;
// it cannot read an update, choose who sits in which leaf, open a sum, or sign for the committee.
//
// # How it is built
//
// The engine's log is the only truth (package engine, docs/engine.md). What the aggregator knows of a round or of a committee being formed
// is a [State], folded from the log's records: pure, without clock, socket, database or logger ([State.Apply], round.go and epoch.go).
// Members follow the log through [Log] and [Relayed], which turns the aggregator's own records into what a member may see of them.
//
//	door.go         takes contributions: every check, cheap ones first (uploads.go: how many)
//	commit.go       puts them into the sum and the log, together (sums.go: what they add up to)
//	board.go        takes members' messages
//	coordinator.go  looks at state, clock and chain, and appends what is due (forming.go: for the next committee)
//	finish.go       opens the sums, and puts the certificate on chain
//	volume.go       the log in the engine: append, read, fold
//	server.go       gRPC: translates and calls
//	store.go        public files, and archive.go shares them
//
// [New] opens an aggregator, [Aggregator.Run] drives it, and a [Server] lets others reach it. Several may run on an engine that is shared;
// none is special, and each does what no other has done.
//
// # What a crash loses
//
// Nothing that was acknowledged: a receipt, or the answer to a post, comes after the record is durable. Uploads under way are cut off. A
// restarted aggregator reads the newest volume of the log and goes on in the round. Files are written in one step before anything
// depends on them.
//
// # What it leaks
//
// Who contributed when, to whoever runs it or watches its network. Receipts, manifests and transcripts are public by design. Nothing here
// runs in constant time, and nothing here is secret but the aggregator's account.
package aggregator
