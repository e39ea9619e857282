// Package engine keeps what an aggregator must not lose (docs/engine.md): a log per round, appended by compare-and-set on the
// head that the writer has seen, and segments, the bulk that the log's records name by content hash. The log is the only authority.
//
// It stands on NATS JetStream, with one protocol for both ways of running it:
//
//   - Embedded, the default ([Config].Dir): a nats-server inside the process, without listener, on one directory that one process at a
//     time may have open, every write synced before it is acknowledged.
//   - External ([Config].Servers): a cluster of three or five servers reached by mutual TLS, with any number of identical replicas of the
//     aggregator on it. Logs are replicated by JetStream; of each segment, every server keeps a copy of its own.
//
// [Open] begins with a preflight: it refuses an engine that is not set to lose nothing, and says which setting to change.
//
//	config.go     where the engine is, and how patient
//	engine.go     opening, closing, connections
//	preflight.go  streams, and the settings by which nothing is lost
//	request.go    one request, its faults, and trying again
//	record.go     the header of a record, the hash chain
//	log.go        append, read, follow
//	segment.go    put, get, drop
//	event.go      what a group's records say, and their bytes
//	fold.go       the rules, checked again by every reader
//	group.go      group commit: many items, one segment, one record
//
// # What is durable when
//
// [Log.Append] has returned a head: the record is on disk (embedded) or on the disks of a majority (external). [Segments.Put] has returned:
// so is all of the segment. [Group.Submit] has returned a receipt: the item is in a segment that the log names, and both are durable.
// Before that nothing is promised: the item may be in the log or not, never twice.
//
// # What is lost when
//
// Processes killed, one or all of them: nothing acknowledged. Power lost on one machine or on all: nothing acknowledged, if disks honour
// flushes. One of three servers lost for good: nothing; replace it before another goes, and finish open rounds first if that can be, for
// segments have one copy less on it. A directory lost or restored from an older copy: everything since then. The log has then gone
// back, which readers that have seen more report as [ErrHeadWentBack]; nothing is to be served until a person has looked. A disk that
// corrupts silently: segments are checked by SHA-256 and records by the hash chain ([ErrCorrupt]), and another server's copy of a
// segment is read where one fails. Not covered: changing a cluster's membership while a round is open. Don't.
//
// # Exactly once
//
// A record is stored only if its writer had seen all before it. So the rules of [Fold] (an item commits once, nothing commits after the
// freeze, a segment is superseded by its own worker only) are checked against the complete prefix when a record is written, and again by
// everybody who reads. There is no lease and no leader: a worker that was paused or cut off holds a stale head, its append is refused,
// and it reads what the others have done and tries again without what they have committed. A time-out says nothing: the same
// record is appended at the same expected head until it is known to be there or to be impossible, so that at most one attempt can land.
//
// # Closing
//
// Stop admitting items, wait for the calls of [Group.Submit], end [Group.Run], close the engine. Anything else is as good as a kill.
//
// # Sizing
//
// A commit writes the whole sum however many items it has, so it waits for those that are known to be coming ([GroupConfig.Coming]), at most
// as long as the last one took.
//
// A record takes its bytes and about 250 more; a commit 52 bytes an item. Logs are never purged: they are kept in series of streams, and a
// series whose rounds are all over goes as a whole ([Engine.DropSeries]). A worker has one live segment and, while it writes the next, two;
// give each store three times workers × segment size, and a round's side segments. [Segments.Put] has up to 16 chunks of 1000 KiB
// under way to each copy, [Segments.Get] holds at most twice that. An append costs one sync of the disk when embedded, and on three servers a
// round trip and two syncs at the same time. Killing the leader of an external log stops appends for 4 to 8 s; give clients 30 s and more.
//
// # Errors
//
// [ErrConflict]: the head has moved; read, decide again. [ErrUnknown]: the append may or may not have happened; read the log, never assume.
// [ErrUnavailable]: nothing was done; try later. [ErrFull]: the store has no room; refuse new work, nothing is lost. [ErrHeadWentBack],
// [ErrCorrupt], [ErrViolation]: stop serving and call a person. [ErrPreflight]: change the setting it names. [ErrLocked]: another process
// has the directory open.
//
// # What it leaks
//
// Records and segments are plain bytes for whoever reads the disks or is a client of the cluster. A segment with a single item is
// that item. Purged segments are removed from the file system, not overwritten.
package engine
