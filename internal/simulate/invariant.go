package simulate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"

	"sotto/aggregator"
	"sotto/audit"
	"sotto/round"
)

func fixedAddress(contributor int) common.Address {
	return crypto.PubkeyToAddress(fixedKey("contributor", contributor).PublicKey)
}

// order lets everybody who is not down go on undisturbed until a whole round is certified, to which all contribute. Members that are down
// or lie, as many as are tolerated, must not keep it from that; only too many skipped rounds in a row may.
func (n *Network) order() error {
	n.loseAnswer = false
	for _, m := range n.members {
		m.next = 0 // as after connecting again
	}
	for range 6 { // one that is lost, those that may be skipped, and one that must be certified
		n.settle()
		if _, err := n.step(); errors.Is(err, aggregator.ErrAborts) {
			n.tracef("a person has to look")
			return n.Check()
		}
		s := n.aggregator.Snapshot()
		if s.Phase == aggregator.PhaseOpen {
			for _, p := range n.people {
				n.contribution(p, Operation{What: "submit", Who: p.index + 1})
			}
		}
		if s.Opening != nil && s.Opening.Descriptor.DeadlineTime().After(n.now) {
			n.now = s.Opening.Descriptor.DeadlineTime().Add(time.Millisecond)
		}
		n.settle()
		for range 8 { // longer than the aggregator waits for releases
			n.now = n.now.Add(time.Second)
			n.settle()
		}
		if s.Phase == aggregator.PhaseOpen && n.certified[s.Round] {
			n.undisturbed(s.Round)
			return n.Check()
		}
		if s.Opening != nil && n.now.Before(s.Opening.Descriptor.SkipTime()) {
			n.now = s.Opening.Descriptor.SkipTime().Add(time.Millisecond)
		} else {
			n.now = n.now.Add(roundTime + roundGrace)
		}
	}
	n.wrongf("no round is certified although nothing is in its way")
	return n.Check()
}

// undisturbed holds what became of a round in which nobody disturbed anything against what must become of one.
func (n *Network) undisturbed(number uint64) {
	o := n.outcomes[number]
	lying := map[int]bool{}
	for i, m := range n.members {
		lying[i+1] = m.lies
	}
	for _, node := range o.Nodes {
		if !node.Opened && !n.holdsSpoiled(o.Transcript, node.Node) {
			n.wrongf("%s of round %d failed although nobody spoiled it: %v", node.Node, number, node.Err)
		}
		for _, member := range node.Disagreeing {
			if !lying[member] {
				n.wrongf("honest member %d disagrees about %s of round %d", member, node.Node, number)
			}
		}
	}
}

func (n *Network) holdsSpoiled(t *round.Transcript, node round.Node) bool {
	return slices.ContainsFunc(t.Closing.Manifest.Entries, func(e round.Entry) bool {
		return n.spoiled[e.Digest] && e.Leaf >= node.First && e.Leaf < node.First+node.Span
	})
}

// Check audits everything that is on chain, and returns everything that is wrong with the run.
func (n *Network) Check() error {
	rewards := map[common.Address]*uint256.Int{}
	certificates, err := n.chain.Certificates(context.Background(), 0)
	if err != nil {
		return err
	}
	last := uint64(0)
	var tree round.Rewards
	for _, f := range certificates {
		number := f.Certificate.Round
		o, err := n.audit(number)
		if err != nil {
			n.wrongf("round %d: %v", number, err)
			continue
		}
		n.checkSums(number, o)
		n.checkReceipts(number, &o.Transcript.Closing.Manifest)
		n.award(o, rewards)
		last, tree = number, o.Transcript.Rewards
	}
	// A receipt's round is certified with the contribution, or was skipped, or is still in progress.
	newest := max(last, n.aggregator.Snapshot().Round)
	for _, p := range n.people {
		for _, r := range p.receipts {
			if r.Receipt.Round > newest {
				n.wrongf("contributor %d has a receipt for round %d, the newest is %d", p.index+1, r.Receipt.Round, newest)
			}
		}
	}
	n.checkRewards(tree, rewards)
	if len(n.wrong) > 0 {
		return fmt.Errorf("%d things are wrong: %q", len(n.wrong), n.wrong)
	}
	return nil
}

// audit does what anybody can do.
func (n *Network) audit(number uint64) (*audit.Outcome, error) {
	c, err := n.client(n.people[0], n.wire())
	if err != nil {
		return nil, err
	}
	return audit.Round(context.Background(), n.chain, c, ModelID, number)
}

// checkSums checks that every opened sum consists of zeros and of ones, a one for each contributor of the node.
func (n *Network) checkSums(number uint64, o *audit.Outcome) {
	m := &o.Transcript.Closing.Manifest
	for i, node := range o.Nodes {
		// A node may fail, too, if members were cut off or kept from its envelopes; see undisturbed.
		if !node.Opened {
			continue
		}
		if n.holdsSpoiled(o.Transcript, node.Node) {
			n.wrongf("%s of round %d has opened with the key shares of another secret", node.Node, number)
		}
		want := make([]uint64, people)
		count := uint64(0)
		for _, e := range m.Entries {
			if in, ok := m.NodeOf(e.Leaf); ok && in == i {
				want[n.indexOf(e.Contributor)]++
				count++
			}
		}
		for j, sum := range node.Sums {
			if got := sum - 128*count; got != 127*want[j] || want[j] > 1 {
				n.wrongf("%s of round %d: contributor %d counts %d/127 times, the manifest lists it %d times", node.Node, number, j+1, int64(got), want[j])
			}
		}
	}
}

func (n *Network) indexOf(who common.Address) int {
	return slices.IndexFunc(n.people, func(p *person) bool { return fixedAddress(p.index) == who })
}

// checkReceipts checks that the manifest of a certified round is what there are receipts for.
func (n *Network) checkReceipts(number uint64, m *round.Manifest) {
	listed := map[common.Address]round.Entry{}
	for _, e := range m.Entries {
		if _, twice := listed[e.Contributor]; twice {
			n.wrongf("round %d lists contributor %d twice", number, n.indexOf(e.Contributor)+1)
		}
		listed[e.Contributor] = e
	}
	for _, p := range n.people {
		who := fixedAddress(p.index)
		for _, r := range p.receipts {
			if r.Receipt.Round != number {
				continue
			}
			if e, ok := listed[who]; !ok || e.Digest != r.Receipt.Digest || e.Leaf != r.Receipt.Leaf {
				n.wrongf("round %d does not list the contribution that contributor %d has a receipt for", number, p.index+1)
			}
			delete(listed, who)
		}
	}
	for who := range listed {
		n.wrongf("round %d lists contributor %d, who has no receipt", number, n.indexOf(who)+1)
	}
}

// award adds what a round pays.
func (n *Network) award(o *audit.Outcome, rewards map[common.Address]*uint256.Int) {
	m := &o.Transcript.Closing.Manifest
	var paid []common.Address
	for _, e := range m.Entries {
		if in, ok := m.NodeOf(e.Leaf); ok && o.Nodes[in].Opened {
			paid = append(paid, e.Contributor)
		}
	}
	for _, who := range paid {
		if rewards[who] == nil {
			rewards[who] = new(uint256.Int)
		}
		rewards[who].AddUint64(rewards[who], uint64(payout/len(paid)))
	}
}

// checkRewards checks that the tree is what all rounds together paid.
func (n *Network) checkRewards(tree round.Rewards, want map[common.Address]*uint256.Int) {
	if len(tree) != len(want) {
		n.wrongf("rewards of %d accounts, want %d", len(tree), len(want))
	}
	for _, owed := range tree {
		if w := want[owed.Account]; w == nil || owed.Pool != 1 || !owed.Cumulative.Int().Eq(w) {
			n.wrongf("contributor %d is owed %v from pool %d, want %v", n.indexOf(owed.Account)+1, owed.Cumulative, owed.Pool, w)
		}
	}
	if root := n.chain.head.RewardsRoot; tree.Root() != root {
		n.wrongf("rewards have root %s, the chain says %s", tree.Root().Short(), root.Short())
	}
}
