// Package committee is one member of the committee: it checks and co-signs what opens a round, what was summed and what came of it,
// and gives out its part of a node's key sum, once (docs/protocol.md §2, §4, §6).
//
// A [Member] is a state machine over the records of the aggregator's board. [Member.Handle] takes a record and returns what the member
// posts in answer, or a [*Refused] that names the rule which the record breaks; [Member.Poll] looks at the chain for what no record
// tells. Neither has a clock, a socket or randomness of its own, key generation apart, so a simulation drives them as [Member.Run] does
// over gRPC. The rules stand as lists of named checks beside the step that they belong to: descriptor.go, manifest.go, release.go,
// certify.go, and dkg.go for the committee itself.
//
// # What it assumes
//
// The chain that it asks tells the truth, and its clock is right to within the descriptors' grace. Nothing is believed because the
// aggregator says it; the aggregator can keep records from a member, and then the member does less.
//
// # What survives
//
// A [Directory] holds the identity, the keys of the epochs and a journal. Nothing leaves the member before the journal says so on disk,
// and the journal takes one digest for each thing that may be said once: so a member that crashes at any moment never says two
// different things. Everything else is in memory and comes back when the board is read again from its first record, which is why every
// record may be handled any number of times.
//
// A member whose journal is gone, or older than what the board shows of it, signs nothing until the next epoch ([ErrJournalLost]).
//
// # What it leaks
//
// Signatures and releases are public. Keys of an epoch are destroyed once the next one is final, as well as the file system and the
// garbage collector allow. Logs carry round and member numbers and the names of rules, and no address, digest or secret.
package committee
