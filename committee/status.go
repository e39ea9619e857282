package committee

import (
	"errors"

	"github.com/ethereum/go-ethereum/common"
)

// Status is what an operator sees of a member.
type Status struct {
	Identity   common.Address
	Epoch      uint64 // of the committee in office, 0 before the first
	Member     int    // this member's number in it, 0 if it is not in it
	Mute       error  // why this member signs nothing in this epoch, nil if it does
	Generating uint64 // the epoch that a key generation is under way for, 0 if none
	Round      uint64 // that this member takes part in, 0 if none
	Closed     bool   // its manifest is signed
	Envelopes  int    // sealed key shares of it
	Sequence   uint64 // of the last record of the board
	Refusals   uint64 // since the start, what is over not counted
	Refused    *Refused
}

// Status returns where the member stands.
func (m *Member) Status() Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.status
}

// note brings the status up to date after a record or a look at the chain.
func (m *Member) note(err error) {
	defer m.tell(err)
	m.mu.Lock()
	defer m.mu.Unlock()
	s := &m.status
	s.Sequence, s.Epoch, s.Member, s.Mute = m.seen, m.chain.Epoch, 0, nil
	if m.office != nil {
		s.Member = m.office.number
		_, s.Mute = m.maySign()
	}
	s.Generating = 0
	if m.forms != nil && m.forms.epoch > m.chain.Epoch {
		s.Generating = m.forms.epoch
	}
	s.Round, s.Closed, s.Envelopes = 0, false, 0
	if m.round != nil {
		s.Round, s.Closed, s.Envelopes = m.round.number(), m.round.manifest != nil, len(m.round.known)
	}
	var refused *Refused
	if errors.As(err, &refused) && !errors.Is(err, ErrOver) {
		s.Refusals++
		s.Refused = refused
	}
}
