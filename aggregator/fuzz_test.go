package aggregator

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"sotto/round"
)

func containsFold(s, part string) bool {
	return strings.Contains(strings.ToLower(s), strings.ToLower(part))
}

// An upload of any bytes is refused, or is one that was made by a contributor; accepted headers re-encode to themselves.
func FuzzContribute(f *testing.F) {
	b := newBench(f, 4)
	o := b.open()
	u := b.seal(o, b.keys[0])
	f.Add(u.header(), u.ciphertext)
	f.Add(u.header()[:100], []byte{})
	f.Add(round.Encode(&round.Submission{}), u.ciphertext)
	f.Add([]byte{0xc0}, []byte{0})
	f.Fuzz(func(t *testing.T, header, ciphertext []byte) {
		var s round.Submission
		if round.Decode("contribution", header, round.MaxHeaderBytes, &s) == nil && !bytes.Equal(round.Encode(&s), header) {
			t.Fatal("an accepted header does not re-encode to itself")
		}
		_, err := b.Contribute(header, chunksOf(ciphertext))
		if err == nil && !bytes.Equal(header, u.header()) {
			t.Fatal("a contribution was made of other bytes than the contributor's")
		}
		if err != nil && round.ReasonOf(err) == "" {
			t.Fatalf("got %v, want a refusal", err)
		}
	})
}

// What members post, of any kind and in any phase, is refused or taken; it never ends in a panic, and what is taken re-encodes to itself.
func FuzzPost(f *testing.F) {
	var states []*bench
	forming := newBareBench(f, 0)
	for range 4 {
		forming.members = append(forming.members, newMember(f))
	}
	for _, m := range forming.members {
		forming.ledger.nominees = append(forming.ledger.nominees, m.address())
	}
	forming.start()
	for forming.state.forming == nil || forming.state.forming.ended < round.PhaseDeal {
		if _, err := forming.step1(); err != nil {
			f.Fatal(err)
		}
		for _, m := range forming.members {
			m.follow(forming)
		}
	}
	states = append(states, forming)
	for _, phase := range []Phase{PhaseProposed, PhaseReleasing, PhaseFinished} {
		b := newBench(f, 3)
		b.until(phase)
		states = append(states, b)
	}
	for _, b := range states {
		for _, r := range b.Log().Read(0, 1000) {
			f.Add(uint8(r.Kind), r.Body)
		}
	}
	p := states[3].state.round
	f.Add(uint8(round.KindShare), round.Encode(states[3].members[1].share(round.PurposeCertificate, 1, 1, p.certificate.Message(roundsDomain))))
	f.Add(uint8(round.KindConfirmation), round.Encode(&round.SignedConfirmation{Confirmation: round.Confirmation{Epoch: 1, Attempt: 1, Member: 1}}))
	f.Fuzz(func(t *testing.T, kind uint8, body []byte) {
		for _, b := range states {
			head := b.Log().Head()
			err := b.Post(context.Background(), round.Kind(kind), body)
			if err != nil && round.ReasonOf(err) == "" {
				t.Fatalf("got %v, want a refusal", err)
			}
			if grown := b.Log().Head() - head; err == nil && grown == 1 {
				r := b.Log().Read(head+1, 1)[0]
				if again := reencode(t, r); !bytes.Equal(again, body) {
					t.Fatalf("a %s was accepted that does not re-encode to itself", r.Kind)
				}
			} else if grown != 0 {
				t.Fatalf("the log has grown by %d after %v", grown, err)
			}
		}
	})
}

func reencode(t *testing.T, r round.Record) []byte {
	switch r.Kind {
	case round.KindHello:
		return round.Encode(mustDecode[round.SignedHello](t, r))
	case round.KindPacket:
		return round.Encode(mustDecode[round.SignedPacket](t, r))
	case round.KindConfirmation:
		return round.Encode(mustDecode[round.SignedConfirmation](t, r))
	case round.KindShare:
		return round.Encode(mustDecode[round.SignatureShare](t, r))
	case round.KindRelease:
		return round.Encode(mustDecode[round.SignedRelease](t, r))
	}
	t.Fatalf("a %s was accepted from a member", r.Kind)
	return nil
}

// A log of any bytes folds or is refused. The aggregator reads its own log only, but that will be on a disk.
func FuzzApply(f *testing.F) {
	b := newBench(f, 3)
	b.until(PhaseFinished)
	for _, r := range b.Log().Read(0, 1000) {
		f.Add(uint8(r.Kind), r.To, r.Round, r.Body)
	}
	f.Fuzz(func(t *testing.T, kind, to uint8, number uint64, body []byte) {
		s := NewState(registryDomain, roundsDomain)
		sequence := uint64(0)
		for _, r := range b.Log().Read(0, 1000) {
			if r.Kind == round.KindShare {
				continue // each takes milliseconds
			}
			fuzzed := round.Record{Sequence: 1 << 40, Kind: round.Kind(kind), To: to, Round: number, Body: body}
			_, _ = s.prepare(&fuzzed)
			Relayed(fuzzed, 1)
			sequence++
			r.Sequence = sequence
			if err := s.Apply(r); err != nil {
				t.Fatal(err)
			}
		}
	})
}
