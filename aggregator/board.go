package aggregator

import (
	"context"
	"errors"
	"fmt"

	"sotto/round"
)

// Post takes what a member says: a hello, a packet, a confirmation, a signature share or a release. It is on the board when Post returns
// nil; saying the same thing again is no error. Errors that are the sender's doing are a [*round.Refusal].
func (a *Aggregator) Post(ctx context.Context, kind round.Kind, body []byte) error {
	err := a.post(ctx, kind, body)
	var e *Equivocation
	if errors.As(err, &e) {
		if err := a.store.saveEvidence(e); err != nil {
			a.observe(Trouble{err})
		}
		a.observe(Equivocated{e})
	}
	if reason := round.ReasonOf(err); reason != "" {
		a.observe(Refused{reason, kind})
	} else if err == nil {
		a.observe(Posted{kind})
	}
	return err
}

func (a *Aggregator) post(ctx context.Context, kind round.Kind, body []byte) error {
	number, err := postedRound(kind, body)
	if err != nil {
		return err
	}
	if err := a.appendRecord(ctx, round.Record{Kind: kind, Round: number, Body: body}, nil, true); err != nil && !errors.Is(err, ErrRepeat) {
		return err
	}
	return nil
}

// postedRound returns the round that a post is about, 0 if it is about a committee.
func postedRound(kind round.Kind, body []byte) (uint64, error) {
	if limit := bodyLimit(kind); len(body) > limit {
		return 0, round.Refuse(round.ReasonTooLarge, fmt.Sprintf("%s record of %d bytes, at most %d", kindName(kind), len(body), limit), "")
	}
	r := &round.Record{Kind: kind, Body: body}
	switch kind {
	case round.KindHello, round.KindPacket, round.KindConfirmation:
		return 0, nil
	case round.KindShare:
		s, err := decode[round.SignatureShare](r)
		if err != nil {
			return 0, err
		}
		return s.Round, nil
	case round.KindRelease:
		s, err := decode[round.SignedRelease](r)
		if err != nil {
			return 0, err
		}
		return s.Release.Round, nil
	}
	return 0, round.Refuse(round.ReasonMalformed, fmt.Sprintf("%s records are not for members to post", kindName(kind)), "members post hello, packet, confirmation, share and release")
}
