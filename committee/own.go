package committee

import (
	"context"
	"fmt"
	"slices"

	"sotto/crypto/tbls"
	"sotto/round"
)

// maxOwnWords bounds what is kept to recognise a member's own words by; a round takes three slots of it.
const maxOwnWords = 64

// ownWords tells a journal that is older than what its member has said. The board shows the member's own words to it again; those that
// the journal does not know were said after the backup was made that the journal comes from.
type ownWords struct {
	messages map[slot][][]byte // what this member was asked to sign
	doubtful map[slot]bool     // the board has a share that nobody can check yet
}

func newOwnWords() ownWords {
	return ownWords{messages: map[slot][][]byte{}, doubtful: map[slot]bool{}}
}

// expect notes what a share for a slot would be over.
func (o *ownWords) expect(s slot, message []byte) {
	if slices.ContainsFunc(o.messages[s], func(b []byte) bool { return string(b) == string(message) }) {
		return
	}
	if len(o.messages) >= maxOwnWords && o.messages[s] == nil {
		forgetOldest(o.messages)
	}
	if len(o.messages[s]) < 4 {
		o.messages[s] = append(o.messages[s], message)
	}
}

func forgetOldest[V any](m map[slot]V) {
	var oldest *slot
	for s := range m {
		if oldest == nil || s.round < oldest.round {
			oldest = &s
		}
	}
	delete(m, *oldest)
}

// acts of the purposes that members sign for once.
var signedActs = map[round.Purpose]act{
	round.PurposeDescriptor: actDescriptor, round.PurposeManifest: actManifest, round.PurposeCertificate: actCertificate,
}

// handleShare looks for words of this member that its journal does not know. The shares of others are the aggregator's to combine.
//
// Shares carry no signature beside themselves. One that verifies over something that this member was asked to sign is its own; one that
// does not may be anybody's, and only keeps the member from signing in the same place.
func (m *Member) handleShare(ctx context.Context, r round.Record) error {
	s, err := body[round.SignatureShare](r, round.MaxRecordBytes)
	if err != nil {
		return err
	}
	if _, err := m.committee(ctx); err != nil {
		return err
	}
	o := m.office
	a, ok := signedActs[s.Purpose]
	if !ok || o == nil || o.share == nil || int(s.Member) != o.number || s.Epoch != o.committee.Epoch {
		return nil
	}
	place := slot{a, 0, s.Round}
	if _, known := m.dir.journal.find(place); known {
		return nil
	}
	share := tbls.SignatureShare{Member: o.number, Signature: s.Signature}
	for _, message := range m.own.messages[place] {
		if tbls.VerifyShare(o.share.group, message, share) == nil {
			return m.lose("share", s.Round, s.Epoch)
		}
	}
	if s.Round <= m.chain.Round || s.Round > m.chain.Round+uint64(m.cfg.Policy.Aborts)+1 {
		return nil // nothing is signed there any more, or yet
	}
	if len(m.own.doubtful) >= maxOwnWords {
		forgetOldest(m.own.doubtful)
	}
	m.own.doubtful[place] = true
	return refuse("share", s.Round, "known to the journal", fmt.Errorf("%w: a share over a %s that it does not know", ErrJournalLost, s.Purpose))
}

// lose ends this member's part in an epoch, for good.
func (m *Member) lose(what string, number, epoch uint64) error {
	if err := m.dir.journal.once(entry{act: actLost, epoch: epoch}); err != nil {
		return err
	}
	return refuse(what, number, "known to the journal", fmt.Errorf("epoch %d: %w", epoch, ErrJournalLost))
}

func (m *Member) lost(epoch uint64) bool {
	_, ok := m.dir.journal.find(slot{actLost, epoch, 0})
	return ok
}

// committee returns the committee in office, asking the chain if this member has not done so yet; nil before the first.
func (m *Member) committee(ctx context.Context) (*office, error) {
	if m.office == nil {
		if _, err := m.head(ctx); err != nil {
			return nil, err
		}
	}
	return m.office, nil
}
