package aggregator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"sotto/round"
)

// What members cannot post.
func TestPostRefusals(t *testing.T) {
	b := newBench(t, 3)
	b.open()
	for _, c := range []struct {
		name   string
		kind   round.Kind
		body   []byte
		reason round.Reason
		text   string
		hint   string
	}{
		{"the aggregator's word", round.KindOpen, nil, round.ReasonMalformed, "open records are not for members to post", "members post hello, packet, confirmation, share and release"},
		{"an own record", kindAccepted, nil, round.ReasonMalformed, "accepted records are not for members to post", "members post hello, packet, confirmation, share and release"},
		{"no kind", 0, nil, round.ReasonMalformed, "kind 0 records are not for members to post", "members post hello, packet, confirmation, share and release"},
		{"large share", round.KindShare, make([]byte, round.MaxRecordBytes+1), round.ReasonTooLarge, "share record of 262145 bytes, at most 262144", ""},
		{"large release", round.KindRelease, make([]byte, round.MaxReleaseBytes+1), round.ReasonTooLarge, "release record of 24577 bytes, at most 24576", ""},
		{"empty", round.KindShare, nil, round.ReasonMalformed, "malformed share: EOF", ""},
		{"trailing byte", round.KindShare, append(round.Encode(&round.SignatureShare{}), 1), round.ReasonMalformed, "malformed share: rlp: input contains more than one value", ""},
		{"no purpose", round.KindShare, round.Encode(&round.SignatureShare{Round: 1}), round.ReasonMalformed, "signature share for purpose 0, want 1 to 5", ""},
		{"unknown round", round.KindShare, round.Encode(&round.SignatureShare{Purpose: round.PurposeDescriptor, Round: 7}), round.ReasonWrongRound,
			"signature share over the descriptor for round 7, which was not proposed", "the round in progress is 1"},
		{"early", round.KindShare, round.Encode(&round.SignatureShare{Purpose: round.PurposeManifest, Epoch: 1, Round: 1, Member: 1}), round.ReasonWrongRound,
			"signature share over the manifest of round 1, which has none yet", ""},
		{"early release", round.KindRelease, round.Encode(&round.SignedRelease{Release: round.Release{Round: 1, Member: 1}}), round.ReasonWrongRound, "release for round 1 before its manifest is signed", ""},
		{"no committee", round.KindHello, round.Encode(&round.SignedHello{Hello: round.Hello{Epoch: 2}}), round.ReasonBusy,
			"hello for epoch 2, whose committee is not being formed yet", "try again once the chain names its members"},
	} {
		t.Run(c.name, func(t *testing.T) {
			head := b.Log().Head()
			refusal(t, b.Post(context.Background(), c.kind, c.body), c.reason, c.text, c.hint)
			if b.Log().Head() != head {
				t.Fatal("the log has grown")
			}
		})
	}
	b.certifyRound(3)
	b.run()
	share := b.members[0].share(round.PurposeDescriptor, 1, 1, []byte("x"))
	refusal(t, b.Post(context.Background(), round.KindShare, round.Encode(share)), round.ReasonRoundClosed, "signature share over the descriptor for round 1, which is over", "the round in progress is 2")
	if got := happened[Refused](b); len(got) != 13 || got[0] != (Refused{round.ReasonMalformed, round.KindOpen}) {
		t.Fatalf("observed %v", got)
	}
}

// Two different releases by one member are kept as evidence, both of them, and reported.
func TestPostEvidence(t *testing.T) {
	b := newBench(t, 3)
	b.until(PhaseReleasing)
	for _, m := range b.members {
		m.follow(b)
	}
	p := b.state.round
	first := p.releases[0][2]
	other := b.members[1].release(&p.descriptor, p.manifest, 0, make([]uint32, 128))
	err := b.Post(context.Background(), round.KindRelease, round.Encode(other))
	refusal(t, err, round.ReasonDuplicate, "member 2 has signed another release of node 0 of round 1", "the first one counts")
	var e *Equivocation
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an equivocation", err)
	}
	if got := happened[Equivocated](b); len(got) != 1 || got[0].Evidence != e {
		t.Fatalf("observed %v", got)
	}
	var kept savedEvidence
	if err := b.store.load(evidence+"/release-round-1-member-2", round.MaxRecordBytes, &kept); err != nil {
		t.Fatal(err)
	}
	for i, body := range [][]byte{kept.First, kept.Second} {
		var s round.SignedRelease
		if err := round.Decode("release", body, round.MaxReleaseBytes, &s); err != nil {
			t.Fatal(err)
		}
		if err := s.Verify(&p.descriptor, p.digest, p.manifest, 1, b.members[1].address()); err != nil {
			t.Fatalf("statement %d is no evidence: %v", i, err)
		}
	}
	if !slices.Equal(kept.First, round.Encode(&first)) || kept.Member != 2 || kept.Round != 1 {
		t.Fatalf("got %+v", kept)
	}
	// The first release counts, and saying it again is no offence.
	if err := b.Post(context.Background(), round.KindRelease, round.Encode(&first)); err != nil {
		t.Fatal(err)
	}
	b.run()
	if len(happened[RoundCertified](b)) != 1 {
		t.Fatal("the round is not certified")
	}
}

// Every event can be logged, and none says who contributed.
func TestEventsAsLog(t *testing.T) {
	b := newBench(t, 3)
	b.members[2].lying = true
	b.certifyRound(3)
	events := append(b.events, WaitingForContributors{1, 3}, RoundSkipped{4, "test"}, Trouble{errors.New("test")}, Refused{round.ReasonBusy, 0}, Refused{round.ReasonBusy, round.KindShare},
		Equivocated{&Equivocation{Member: 1, Kind: round.KindRelease}})
	for _, e := range events {
		_, message, attributes := e.describe()
		line := fmt.Sprint(message, attributes)
		for _, k := range b.keys {
			if a := addressOf(k).String(); message == "" || slices.Contains([]byte(line), 0) || len(line) > 400 || containsFold(line, a) {
				t.Fatalf("%T is logged as %s", e, line)
			}
		}
	}
}
