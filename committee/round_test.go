package committee_test

import (
	"testing"

	"sotto/round"
)

// TestRounds runs two whole rounds of a committee and checks that every member signs each step and nothing else.
func TestRounds(t *testing.T) {
	for _, n := range []int{4, 7} {
		w := newCommittee(t, n)
		for number := uint64(1); number <= 2; number++ {
			d := w.descriptor()
			posts := w.tell(round.KindPropose, 0, d.Round, d)
			if len(posts) != n {
				t.Fatalf("%d shares over the descriptor, want %d", len(posts), n)
			}
			w.relay(posts, d.Round)
			s := w.opening(d)
			w.tell(round.KindOpen, 0, d.Round, s)
			uploads := w.contributions(s)
			m := w.manifest(s, uploads)
			posts = w.tell(round.KindClose, 0, d.Round, m)
			if len(posts) != n {
				t.Fatalf("%d shares over the manifest, want %d", len(posts), n)
			}
			w.relay(posts, d.Round)
			c := w.closing(s, m)
			posts = w.tell(round.KindClosed, 0, d.Round, c)
			if want := n * len(m.Released); len(posts) != want || want == 0 {
				t.Fatalf("%d releases, want %d", len(posts), want)
			}
			w.relay(posts, d.Round)
			o := w.finish(s, c, uploads, releasesOf(t, posts))
			for _, node := range o.Nodes {
				if !node.Opened {
					t.Fatalf("%s did not open: %v", node.Node, node.Err)
				}
			}
			posts = w.tell(round.KindFinish, 0, d.Round, w.lay(o.Transcript))
			if len(posts) != n {
				t.Fatalf("%d shares over the certificate, want %d", len(posts), n)
			}
			w.relay(posts, d.Round)
			for _, p := range posts {
				share := decode[round.SignatureShare](t, p)
				if share.Purpose != round.PurposeCertificate || share.Round != d.Round || share.Epoch != 1 {
					t.Fatalf("share is for the %v of round %d in epoch %d", share.Purpose, share.Round, share.Epoch)
				}
			}
			w.certify(o)
			for j := range n {
				if s := w.member(j + 1).Status(); s.Round != 0 || s.Refusals != 0 || s.Mute != nil {
					t.Fatalf("member %d after round %d: %+v", j+1, number, s)
				}
			}
		}
	}
}
