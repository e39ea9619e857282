package simulate

import (
	"bytes"
	"crypto/sha256"
	"path/filepath"
	"strings"
	"testing"

	"sotto/client"
	"sotto/committee"
	"sotto/round"
)

// TestInvariantsBite makes each of the things happen that a run is searched for.
func TestInvariantsBite(t *testing.T) {
	w := worlds(t)[4]
	dir := folder(t)
	for _, c := range []struct {
		name, want string
		before     func(n *Network) // while the round is open, before anybody else contributes
		after      func(n *Network) // when it is certified
	}{
		{name: "nothing"},
		{name: "somebody counts twice and somebody not at all", want: "counts", before: func(n *Network) {
			s := n.aggregator.Snapshot()
			p := n.people[3]
			u, err := client.Seal(s.Opening, s.Keys, p.key, unit(4, 1))
			if err != nil {
				t.Fatal(err)
			}
			end, err := n.client(p, n.wire())
			if err != nil {
				t.Fatal(err)
			}
			receipt, err := end.Submit(t.Context(), &u.Submission, bytes.NewReader(u.Ciphertext), nil)
			if err != nil {
				t.Fatal(err)
			}
			n.receive(p, receipt)
		}},
		{name: "a receipt for another upload", want: "does not list", after: func(n *Network) { n.people[2].receipts[0].Receipt.Digest[0] ^= 1 }},
		{name: "an entry that nobody has a receipt for", want: "has no receipt", after: func(n *Network) { n.people[2].receipts = nil }},
		{name: "two receipts", want: "two receipts", after: func(n *Network) {
			r := n.people[2].receipts[0]
			r.Receipt.AcceptedAt++
			signed, err := r.Receipt.Sign(n.chain.Rounds(), n.world.account.Key())
			if err != nil {
				t.Fatal(err)
			}
			n.receive(n.people[2], signed)
		}},
		{name: "a node that opens although it must not", want: "shares of another secret", after: func(n *Network) {
			for _, e := range n.outcomes[1].Transcript.Closing.Manifest.Entries {
				n.spoiled[e.Digest] = true
			}
		}},
		{name: "rewards that were not earned", want: "rewards have root", after: func(n *Network) { n.chain.head.RewardsRoot[0] ^= 1 }},
		{name: "a certificate that was changed on chain", want: "round 1:", after: func(n *Network) { n.chain.certificates[0].Certificate.Model[0] ^= 1 }},
		{name: "a member that signs two manifests", want: "two statements", after: func(n *Network) {
			for i := range byte(2) {
				n.once(1, committee.Post{Kind: round.KindShare, Body: round.Encode(&round.SignatureShare{Purpose: round.PurposeManifest, Epoch: 1, Round: 9, Member: 1, Signature: [48]byte{i}})})
			}
		}},
		{name: "a member that releases twice", want: "two statements", after: func(n *Network) {
			for i := range byte(2) {
				n.once(1, committee.Post{Kind: round.KindRelease, Body: round.Encode(&round.SignedRelease{Release: round.Release{Round: 9, Member: 1, Manifest: sha256.Sum256([]byte{i})}})})
			}
		}},
		{name: "a member that finds its journal lost", want: "journal", after: func(n *Network) { n.refusal(1, "poll", committee.ErrJournalLost) }},
	} {
		n, err := w.Network(filepath.Join(dir, strings.ReplaceAll(c.name, " ", "-")))
		if err != nil {
			t.Fatal(err)
		}
		n.settle()
		if c.before != nil {
			c.before(n)
		}
		if err := n.order(); c.before == nil && err != nil {
			t.Fatalf("%s: before it happened: %v", c.name, err)
		}
		if c.after != nil {
			c.after(n)
		}
		err = n.Check()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}
