package audit_test

import (
	"bytes"
	"context"
	"slices"
	"testing"

	"sotto/audit"
	"sotto/round"
)

func TestValidRound(t *testing.T) {
	r, finished := eventful(t)
	o, err := audit.Verify(must(r.Reference())(t), finished.Transcript, r.Setup.Model, r.Setup.Rewards)
	check(t, err)
	if !bytes.Equal(o.Model, finished.Model) || !bytes.Equal(round.Encode(o.Transcript), round.Encode(finished.Transcript)) {
		t.Error("the verifier arrives at something else than the aggregator")
	}
	tr := finished.Transcript
	if got, want := r.Closing.Manifest.Released, []round.Node{{First: 0, Span: 1, Contributors: 3}, {First: 1, Span: 1, Contributors: 2}, {First: 3, Span: 1, Contributors: 6},
		{First: 4, Span: 2, Contributors: 4}, {First: 6, Span: 1, Contributors: 2}, {First: 7, Span: 1, Contributors: 2}}; !slices.Equal(got, want) {
		t.Errorf("released nodes %v, want %v", got, want)
	}
	if !slices.Equal(r.Closing.Manifest.Dropped, []uint16{2}) || !slices.Equal(tr.Failed, []uint16{1}) || !slices.Equal(tr.Disagreements, []round.Disagreement{{Node: 0, Member: 4}}) {
		t.Errorf("dropped leaves %v, failed nodes %v, disagreements %v", r.Closing.Manifest.Dropped, tr.Failed, tr.Disagreements)
	}
	c := tr.Certificate
	if c.Contributors != 17 || c.NodesOpened != 5 || c.NodesDropped != 1 || !slices.Equal(c.Dropped(), []uint16{1, 2}) {
		t.Errorf("certificate of %d contributors, %d and %d nodes, without leaves %v", c.Contributors, c.NodesOpened, c.NodesDropped, c.Dropped())
	}
	// 1000 among five in the first round and among 17 in this one.
	if want := amount(1000 + 17*58); c.PoolTotal != want || tr.Rewards.Total(1) != want {
		t.Errorf("pool total %v, want %v", c.PoolTotal, want)
	}

	certified := must(r.Certify(finished))(t)
	if _, err := audit.Round(context.Background(), r.Setup.Chain, r.Setup, r.Opening.Descriptor.Model, certified.Transcript.Certificate.Round); err != nil {
		t.Errorf("audit of the certified round: %v", err)
	}
	if _, err := audit.Round(context.Background(), r.Setup.Chain, r.Setup, r.Opening.Descriptor.Model, 1); err != nil {
		t.Errorf("audit of the round before: %v", err)
	}
}
