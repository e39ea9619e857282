package round

import "time"

// Everything that is received has a size, a count and a time bound. They stand here with their reasons.
const (
	// MaxParameters bounds the model: 2^31 parameters are 8 GiB of float32, beyond what one contribution may carry.
	MaxParameters = 1 << 31
	// MaxLeaves keeps the dropped leaves of a certificate in one 256-bit word.
	MaxLeaves = 256
	// MaxNodeContributors is the largest K_max that a parameter set was proven for (docs/parameters.md).
	MaxNodeContributors = 1 << 17
	// MaxEntries bounds a manifest: 1 million contributors make about 60 MB.
	MaxEntries = 1 << 20

	// ChunkBytes is the size of every chunk of an upload but the last; the Merkle root of the upload is over these.
	ChunkBytes = 256 << 10
	// MaxMessageBytes bounds one gRPC message: a chunk and its framing, or a contribution's header with ten envelopes of the largest
	// ring (ten times 9 KB) and its hash (15 KB).
	MaxMessageBytes = ChunkBytes + 64<<10
	// MaxHeaderBytes bounds the first message of an upload.
	MaxHeaderBytes = 192 << 10
	// MaxDescriptorBytes bounds a descriptor; one takes about 500 bytes.
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
	MaxModelBytes = 8<<30 + 1<<20

	// MaxAborts is how many rounds may be skipped in a row before a member asks for a person (docs/protocol.md §2).
	MaxAborts = 3
	// MaxRoundTime bounds the time from opening to the deadline.
	MaxRoundTime = 30 * 24 * time.Hour
	// MaxGrace bounds the time from the deadline to the moment when the round may be skipped.
	MaxGrace = 7 * 24 * time.Hour
	// MaxRegistryAge is how many blocks behind the finalised block a descriptor's registry block may lie.
	MaxRegistryAge = 1024
)
