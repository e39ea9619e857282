package aggregator

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"sotto/aggregator/engine"
	"sotto/round"
)

// count puts the contribution into the sum and into the log at one time: it waits for the commit that it is part of.
//
// It does not end with the connection: the upload's memory is in use until the commit is decided, or the group has ended with the
// aggregator.
func (a *Aggregator) count(u *upload) (round.SignedReceipt, error) {
	w := u.round // looking again may find another one
	c, d := u.contribution(), &w.descriptor
	u.received = a.config.Now()
	receipt, err := round.Receipt{Descriptor: c.Descriptor, Round: c.Round, Leaf: c.Leaf, Contributor: c.Contributor,
		Digest: c.Digest(d.Domain()), AcceptedAt: uint64(u.received.UnixMilli())}.Sign(d.Domain(), a.config.Account.Key())
	if err != nil {
		return round.SignedReceipt{}, err
	}
	entry := &accepted{Signed: u.submission.Signed, RingHash: u.submission.RingHash, Digests: u.digests, Envelopes: u.submission.Envelopes, Receipt: receipt}
	u.counted, u.body, u.item = receipt, round.Encode(entry), a.itemOf(entry)
	item := u.item
	a.mu.Lock()
	if w.committing[item] == nil {
		w.committing[item] = u
	}
	a.mu.Unlock()
	defer func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		if w.committing[item] == u {
			delete(w.committing, item)
		}
	}()
	committed, err := w.group.Submit(context.Background(), item.ID, item.Digest, u)
	if err != nil {
		return round.SignedReceipt{}, a.uncommitted(u, err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, p := range []*progress{a.state.round, a.ended} {
		if p != nil && p.digest == c.Descriptor && p.entries[c.Contributor] != nil {
			return p.entries[c.Contributor].receipt, nil
		}
	}
	if committed.Digest == item.Digest {
		return receipt, nil
	}
	return round.SignedReceipt{}, round.Refuse(round.ReasonDuplicate, fmt.Sprintf("another contribution of %s counts in round %d, which is over", c.Contributor, c.Round), "")
}

// uncommitted says why a contribution does not count, or may not.
func (a *Aggregator) uncommitted(u *upload, err error) error {
	switch {
	case round.ReasonOf(err) != "":
		return err
	case errors.Is(err, engine.ErrFrozen):
		return round.Refuse(round.ReasonRoundClosed, fmt.Sprintf("round %d is closed", u.contribution().Round), "no round is open; wait for the next one")
	case errors.Is(err, engine.ErrClosed), errors.Is(err, context.Canceled):
		return round.Refuse(round.ReasonBusy, "the aggregator is stopping", "try again in 10 s")
	}
	return a.trouble(err)
}

// startGroup begins to commit contributions. The caller has not published w yet.
func (a *Aggregator) startGroup(ctx context.Context, w *working, v *volume, open bool) error {
	most := int(min(engine.MaxItems, max(1, maxSideBytes/int64(w.headerBytes()))))
	group, err := engine.NewGroup(ctx, engine.GroupConfig[*upload, *sums]{
		Log: v.journal, Segments: v.bulk, New: w.newSums, MaxItems: most, Spacing: a.config.Timeouts.Spacing, Logger: a.config.Logger,
		Side: writeSide,
		Encode: func(c *engine.Commit) ([]byte, error) {
			return round.Encode(&written{Replica: a.replica, Kind: kindCommitted, To: nobody, Round: w.descriptor.Round, Body: engine.EncodeEvent(c)}), nil
		},
		Decode:  a.decodeEvent,
		Record:  func(e engine.Entry) error { return a.take(a.closing, v, e, nil) },
		Check:   a.checkCommit,
		Observe: func(c engine.Committed) { a.observe(Committed{Commit: c}) },
		Coming:  a.uploads.underWay,
	})
	if err != nil {
		return a.trouble(err)
	}
	w.group = group
	if !open {
		return nil
	}
	running, stop := context.WithCancel(a.closing)
	w.stop = stop
	a.running.Add(1)
	go func() {
		defer a.running.Done()
		if err := group.Run(running); running.Err() == nil {
			if !fatal(err) {
				err = fmt.Errorf("committing contributions: %w", err)
			}
			a.fail(err)
		}
	}()
	return nil
}

// maxSideBytes bounds what is kept of the contributions of one commit beside their sum.
const maxSideBytes = 64 << 20

// headerBytes returns about what a contribution takes without its ciphertext.
func (w *working) headerBytes() int {
	return int(w.descriptor.Members)*w.envelopeBytes + w.hash.HashBytes() + 1<<10
}

// writeSide writes what is kept of contributions beside their sum, by ascending item: the length (4 bytes, big-endian) and the bytes of
// each one's [accepted].
func writeSide(w io.Writer, uploads []*upload) error {
	uploads = slices.Clone(uploads)
	slices.SortFunc(uploads, func(a, b *upload) int { return bytes.Compare(a.item.ID[:], b.item.ID[:]) })
	for _, u := range uploads {
		if _, err := w.Write(binary.BigEndian.AppendUint32(nil, uint32(len(u.body)))); err != nil {
			return err
		}
		if _, err := w.Write(u.body); err != nil {
			return err
		}
	}
	return nil
}

// checkCommit says of each upload why it must not be committed after the newest record, or nil. Of uploads of the same bytes at one time it
// notes which one the commit is made of: the record and what goes beside it hold that one's receipt.
func (a *Aggregator) checkCommit(uploads []*upload) []error {
	a.mu.Lock()
	defer a.mu.Unlock()
	reasons := make([]error, len(uploads))
	leaves, entries := make(map[uint16]uint32), 0
	for i, u := range uploads {
		u.look()
		if u.receipt != nil {
			continue
		}
		leaf := u.contribution().Leaf
		u.leafSize += leaves[leaf]
		u.entries += entries
		if reasons[i] = u.run(countChecks); reasons[i] == nil {
			leaves[leaf]++
			entries++
			u.round.committing[u.item] = u
		}
	}
	return reasons
}

// sum returns the sums of a frozen round: those of the live segments, which hold what the receipts say and nothing else. The group need not
// have read as far as the aggregator has: it reads when it commits, and another replica's contributions may have come since.
func (a *Aggregator) sum(ctx context.Context, w *working, v *volume) (*sums, error) {
	if v.bulk.Volatile() {
		return w.group.Total(ctx)
	}
	a.mu.Lock()
	if a.volume != v {
		a.mu.Unlock()
		return nil, errMoved
	}
	live, receipts, count := a.counted.Live(), uint64(a.counted.Receipts()), a.counted.Count()
	a.mu.Unlock()
	if receipts != count {
		return nil, fmt.Errorf("%d contributions have receipts, segments hold %d: %w", receipts, count, engine.ErrViolation)
	}
	total := w.newSums()
	for _, l := range live {
		if err := total.readSegment(ctx, v.bulk, l.Segment); err != nil {
			return nil, err
		}
	}
	return total, nil
}

// digitSums returns the encoded digit sums of the manifest's released nodes.
func (w *working) digitSums(total *sums, m *round.Manifest) ([][]byte, error) {
	encoded := [][]byte{}
	counts := make([]uint64, len(total.leaves))
	for _, e := range m.Entries {
		counts[e.Leaf]++
	}
	for l := range total.leaves {
		if got := total.leaves[l].count; got != counts[l] {
			return nil, fmt.Errorf("leaf %d: the sum is over %d contributions, the manifest has %d: %w", l, got, counts[l], engine.ErrViolation)
		}
	}
	for i := range m.Released {
		digits := make([]uint64, w.enc.Coefficients(w.descriptor.Values())*w.hash.Digits())
		for _, l := range m.Leaves(i) {
			for x, s := range total.leaves[l].digits {
				digits[x] += s
			}
		}
		b, err := w.hash.EncodeSums(digits)
		if err != nil {
			return nil, err
		}
		encoded = append(encoded, b)
	}
	return encoded, nil
}
