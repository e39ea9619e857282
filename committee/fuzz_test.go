package committee_test

import (
	"errors"
	"sync"
	"testing"

	"sotto/committee"
	"sotto/round"
)

// stages are members in the middle of everything: a key generation, an open round, a closed one.
var stages = sync.OnceValue(func() (all []*world) {
	forming := newWorld(setup{}, 4)
	forming.relay(forming.tell(round.KindSession, 0, 0, &round.Session{Epoch: 1, Attempt: 1, Hellos: forming.hellos()}), 0)
	open := newCommittee(setup{}, 4)
	s := open.open(open.descriptor())
	open.deliver(open.contribute(s, 0, nil))
	closed := newCommittee(setup{}, 4)
	f := closed.closed(closed.descriptor())
	closed.relay(f.posts, 1)
	closed.append(round.KindFinish, 0, 1, closed.lay(closed.transcript(&f)))
	return []*world{forming, open, closed}
})

// FuzzHandle hands members records of any kind and body. They never panic, and what they do not accept they refuse or fail at.
func FuzzHandle(f *testing.F) {
	for _, w := range stages() {
		for _, r := range w.log {
			if len(r.Body) < 20_000 {
				f.Add(uint8(r.Kind), r.To, r.Round, r.Body)
			}
		}
	}
	f.Add(uint8(round.KindClose), uint8(0), uint64(1), round.Encode(&round.Manifest{Round: 1}))
	f.Add(uint8(round.KindSession), uint8(0), uint64(0), round.Encode(&round.Session{Epoch: 2, Attempt: 1}))
	f.Add(uint8(0), uint8(0), uint64(0), []byte(nil))
	f.Fuzz(func(t *testing.T, kind, to uint8, number uint64, body []byte) {
		for _, w := range stages() {
			r := round.Record{Sequence: uint64(len(w.log) + 1), Kind: round.Kind(kind), To: to, Round: number, Body: body}
			posts, err := w.member(1).Handle(t.Context(), r)
			var refused *committee.Refused
			if errors.As(err, &refused) && (len(posts) > 0 || refused.What == "" || refused.Rule == "" || refused.Error() == "") {
				t.Fatalf("%d posts beside the refusal %v", len(posts), refused)
			}
			if status := w.member(1).Status(); status.Mute != nil && !errors.Is(status.Mute, committee.ErrJournalLost) {
				t.Fatalf("the member may not sign any more: %v", status.Mute)
			}
		}
	})
}
