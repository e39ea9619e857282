package aggregator

import (
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"sotto/round"
)

// The log holds what members post, what the aggregator tells everybody, and records of the aggregator's own. Those have kinds from
// ownKinds on and are addressed to nobody: followers see what [Relayed] makes of them.
const ownKinds round.Kind = 128

const (
	kindBegun     = ownKinds + iota // begun: what was true before this volume, relayed as installed
	kindForming                     // forming: whom the chain wants as the next committee
	kindAbandoned                   // abandoned: a key generation that came to nothing
	kindAccepted                    // accepted, relayed as an envelope to each member
	kindFrozen                      // frozen: nothing is added to the round's sum any more
	kindFinished                    // finished, relayed as finish
	kindCertified                   // certified, relayed as certified
	kindSkipped                     // skipped, relayed as skip
	kindCommitted                   // in the engine only: engine.Commit, which stands for accepted records
	kindContinued                   // in the engine only: the volume ends and the next one goes on
)

// nobody is the addressee of the aggregator's own records.
const nobody = 255

// begun is the state in which a volume begins, between rounds and key generations. That of the first one is what the chain says.
type begun struct {
	Certified uint64 // last certified round, 0 for none
	Head      round.Hash
	Model     round.Hash

	Last      uint64 // newest round that was proposed
	NotBefore uint64 // Unix time in milliseconds before which members open no other
	Disclosed bool   // a manifest of a skipped round since Head may have been signed
	Over      uint8  // Phase: what became of round Last

	Office  []round.Installed // the committee in office, or none
	Forming []formingBegun    // the committee that is being formed, or none
	Attempt []attempt         // the newest key generation, or none
}

// formingBegun is how far a committee has formed before its key generation.
type formingBegun struct {
	Epoch    uint64
	Nominees []common.Address
	Hellos   []round.SignedHello // newest of each member that has said hello
	Heard    [][]round.Hash      // by member−1
}

// attempt is a key generation.
type attempt struct {
	Epoch   uint64
	Attempt uint32
}

// continued ends a volume.
type continued struct{}

// forming names the members of a committee that is to come.
type forming struct {
	Epoch    uint64
	Nominees []common.Address
}

// abandoned ends an attempt at a key generation without another one, so that rounds can go on.
type abandoned struct {
	Epoch   uint64
	Attempt uint32
}

// accepted is a contribution that is in the sum. It is one record, so that no crash can separate the receipt from the envelopes.
type accepted struct {
	Signed    round.SignedContribution
	RingHash  []byte
	Digests   []round.Hash // of the envelopes
	Envelopes [][]byte     // one a member, in order
	Receipt   round.SignedReceipt
}

// frozen ends the set of contributions of a round.
type frozen struct{ Round uint64 }

// finished is a round whose transcript waits for the committee's signature.
type finished struct {
	Transcript  round.Hash
	Certificate round.Certificate
	Candidate   bulk // the transcript's bytes
}

// certified is a round whose certificate is on chain, with what the chain says after it.
type certified struct {
	Certified round.Certified
	Head      round.Hash
	Model     round.Hash
}

// skipped is a round that was given up.
type skipped struct {
	Round     uint64
	Until     uint64 // Unix time in milliseconds: deadline and grace of the round, before which members open no other
	Disclosed bool   // the round's manifest may have been signed
	Reason    string
}

// Relayed returns what a member sees of a record; member 0 stands for everybody. It reports false if that is nothing.
func Relayed(r round.Record, member uint8) (round.Record, bool) {
	relay := func(kind round.Kind, to uint8, body any) (round.Record, bool) {
		return round.Record{Sequence: r.Sequence, Kind: kind, To: to, Round: r.Round, Body: round.Encode(body)}, true
	}
	switch r.Kind {
	case kindBegun:
		var b begun
		if err := round.Decode("begun", r.Body, bodyLimit(r.Kind), &b); err != nil || len(b.Office) != 1 {
			return round.Record{}, false
		}
		return relay(round.KindInstalled, 0, &b.Office[0])
	case kindAccepted:
		// What stands in the log was decoded before it was appended.
		var a accepted
		if err := round.Decode("contribution", r.Body, maxAcceptedBytes, &a); err != nil || member < 1 || int(member) > len(a.Envelopes) {
			return round.Record{}, false
		}
		return relay(round.KindEnvelope, member, &round.SealedShare{Signed: a.Signed, Digests: a.Digests, Envelope: a.Envelopes[member-1]})
	case kindFinished:
		var f finished
		if err := round.Decode("finish", r.Body, round.MaxRecordBytes, &f); err != nil {
			return round.Record{}, false
		}
		return relay(round.KindFinish, 0, &round.Finished{Round: f.Certificate.Round, Transcript: f.Transcript})
	case kindCertified:
		var c certified
		if err := round.Decode("certified", r.Body, round.MaxRecordBytes, &c); err != nil {
			return round.Record{}, false
		}
		return relay(round.KindCertified, 0, &c.Certified)
	case kindSkipped:
		var s skipped
		if err := round.Decode("skip", r.Body, round.MaxRecordBytes, &s); err != nil {
			return round.Record{}, false
		}
		return relay(round.KindSkip, 0, &round.Skipped{Round: s.Round, Reason: s.Reason})
	}
	return r, r.Kind < ownKinds && (r.To == 0 || r.To == member)
}

// kindName names a kind in errors.
func kindName(k round.Kind) string {
	if k >= ownKinds && k <= kindContinued {
		return [...]string{"begun", "forming", "abandoned", "accepted", "frozen", "finished", "certified", "skipped", "committed", "continued"}[k-ownKinds]
	}
	return k.String()
}

// maxAcceptedBytes bounds an accepted contribution: a submission, the envelopes' digests and a receipt.
const maxAcceptedBytes = round.MaxHeaderBytes + 4<<10

// maxBegunBytes bounds the state between rounds: a committee in office, one that forms, and the digests of its members' hellos.
const maxBegunBytes = 3*round.MaxRecordBytes + 10*maxHellos*64

// bodyLimit returns the most bytes that the body of a record may have.
func bodyLimit(k round.Kind) int {
	switch k {
	case round.KindClose, round.KindClosed:
		return round.MaxManifestBytes
	case round.KindRelease:
		return round.MaxReleaseBytes
	case kindAccepted:
		return maxAcceptedBytes
	case kindBegun:
		return maxBegunBytes
	}
	return round.MaxRecordBytes
}

// decode reads the body of a record.
func decode[T any](r *round.Record) (*T, error) {
	v := new(T)
	if err := round.Decode(kindName(r.Kind), r.Body, bodyLimit(r.Kind), v); err != nil {
		return nil, round.Refuse(round.ReasonMalformed, err.Error(), "")
	}
	return v, nil
}

// ofRound checks what surrounds a body.
func ofRound(r *round.Record, number uint64) error {
	want := uint8(0)
	if r.Kind >= ownKinds {
		want = nobody
	}
	if r.Round != number || r.To != want {
		return fmt.Errorf("%s record of round %d to member %d, want round %d and member %d", kindName(r.Kind), r.Round, r.To, number, want)
	}
	return nil
}

// obsolete returns what a record makes obsolete of those before it: the log without them folds to the same state. Bulk goes when a round
// is over; what is left of it is how it ended, until the next certificate.
func obsolete(by *round.Record) func(r *round.Record) bool {
	switch by.Kind {
	case kindBegun:
		return func(r *round.Record) bool { return r.Sequence < by.Sequence && r.Round == 0 }
	case kindForming:
		return before(by, round.KindHello, round.KindSession, kindForming, kindAbandoned, round.KindPacket, round.KindPhase, round.KindConfirmation, round.KindShare)
	case round.KindInstalled:
		return before(by, round.KindHello, round.KindSession, kindForming, kindAbandoned, round.KindPacket, round.KindPhase, round.KindConfirmation, round.KindShare, round.KindInstalled)
	case round.KindSession:
		return before(by, round.KindSession, kindAbandoned, round.KindPacket, round.KindPhase, round.KindConfirmation, round.KindShare)
	case kindAbandoned:
		return before(by, round.KindPacket, round.KindPhase, round.KindConfirmation, round.KindShare)
	case kindCertified:
		return func(r *round.Record) bool { return r.Sequence < by.Sequence && r.Round != 0 && r.Round <= by.Round }
	case kindSkipped:
		return func(r *round.Record) bool { return r.Sequence < by.Sequence && r.Round == by.Round }
	}
	return nil
}

// before picks the records of the given kinds about committees that precede by.
func before(by *round.Record, kinds ...round.Kind) func(r *round.Record) bool {
	return func(r *round.Record) bool {
		return r.Sequence < by.Sequence && r.Round == 0 && slices.Contains(kinds, r.Kind)
	}
}
