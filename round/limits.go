package round

import "time"

// Everything that is received has a size, a count and a time bound. They stand here with their reasons.
const (
	// MaxParameters bounds the model: 2^28 parameters are 1 GiB of float32, which every member and auditor must hold.
	MaxParameters = 1 << 28
	// MaxLeaves keeps the dropped leaves of a certificate in one 256-bit word.
	MaxLeaves = 256
	// MaxNodeContributors is the largest K_max that a parameter set was proven for (docs/parameters.md).
	MaxNodeContributors = 1 << 17
	// MaxEntries bounds a manifest: the transcript of that many contributors takes 2 GB for their hashes and signatures.
	MaxEntries = 1 << 17

	// ChunkBytes is the size of every chunk of an upload but the last; the Merkle root of the upload is over these.
	ChunkBytes = 256 << 10
	// MaxMessageBytes bounds one gRPC message: a chunk and its framing, or a contribution's header with ten envelopes of the largest
	// ring (ten times 9 KB) and its hash (15 KB).
	MaxMessageBytes = ChunkBytes + 64<<10
	// MaxHeaderBytes bounds the first message of an upload.
	MaxHeaderBytes = 192 << 10
	// MaxDescriptorBytes bounds a descriptor; one takes about 300 bytes.
	MaxDescriptorBytes = 4 << 10
	// MaxKeyListBytes bounds the list of ten members' public keys, about 1.4 KB each.
	MaxKeyListBytes = 32 << 10
	// MaxManifestBytes follows from MaxEntries at no more than 64 bytes an entry.
	MaxManifestBytes = MaxEntries*64 + 64<<10
	// MaxReleaseBytes bounds one node's release: 31-bit values for at most 8192/2 groups.
	MaxReleaseBytes = 24 << 10
	// MaxRecordBytes bounds a record of the board other than a manifest.
	MaxRecordBytes = 256 << 10
	// MaxTranscriptBytes bounds a transcript that a reader takes into memory: digit sums of 100 million parameters take about 1 GB.
	MaxTranscriptBytes = 2 << 30
	// MaxModelBytes bounds a model file: 4 bytes a parameter and a header.
	MaxModelBytes = 1<<30 + 1<<20

	// MaxAborts bounds the rounds skipped in a row that a descriptor can speak of. How many are let pass without a person's word is
	// DefaultAborts, a matter of each member's policy.
	MaxAborts = 1 << 16
	// DefaultAborts is how many rounds may be skipped in a row before members and aggregator ask for a person (docs/protocol.md §2).
	// Every skipped round draws new leaves, which is what an aggregator with identities of its own would like to do over and over.
	DefaultAborts = 3
	// MaxRoundTime bounds the time from opening to the deadline.
	MaxRoundTime = 30 * 24 * time.Hour
	// MaxGrace bounds the time from the deadline to the moment when the round may be skipped.
	MaxGrace = 7 * 24 * time.Hour
	// MaxRegistryAge is how many blocks behind the finalised block a descriptor's registry block may lie.
	MaxRegistryAge = 1024
)
