package committee

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sotto/round"
)

// closing is a manifest and what it is held against.
type closing struct {
	*round.Manifest
	m     *Member
	round *openRound
	now   time.Time
}

// manifestChecks are made in this order before a manifest is signed.
var manifestChecks = []check[closing]{
	{"merging rule", func(c closing) error { return c.Validate(&c.round.signed.Descriptor) }},
	{"deadline", func(c closing) error {
		d := &c.round.signed.Descriptor
		if c.now.Before(d.DeadlineTime()) && len(c.Entries) < len(c.round.registered) {
			return notYet{fmt.Errorf("deadline is in %s, and %d of %d registered contributors are in",
				d.DeadlineTime().Sub(c.now).Round(time.Millisecond), len(c.Entries), len(c.round.registered)), d.DeadlineTime()}
		}
		return nil
	}},
	{"registered", func(c closing) error {
		for i, e := range c.Entries {
			if err := c.round.isRegistered(e.Contributor); err != nil {
				return fmt.Errorf("entry %d: %v", i, err)
			}
		}
		return nil
	}},
	{"known entries", func(c closing) error {
		for i, e := range c.Entries {
			known := c.round.known[e.Contributor]
			switch {
			case known == nil:
				return fmt.Errorf("entry %d: its envelope has not reached this member", i)
			case known.digest != e.Digest:
				return fmt.Errorf("entry %d: contribution %s, this member has %s", i, e.Digest.Short(), known.digest.Short())
			case known.leaf != e.Leaf:
				return fmt.Errorf("entry %d: leaf %d, it was drawn into %d", i, e.Leaf, known.leaf)
			}
		}
		return nil
	}},
	{"no receipt missing", func(c closing) error {
		c.m.mu.Lock()
		defer c.m.mu.Unlock()
		return c.round.omits(c.Manifest)
	}},
}

// handleClose signs what was summed.
func (m *Member) handleClose(ctx context.Context, r round.Record) ([]Post, error) {
	manifest, err := body[round.Manifest](r, round.MaxManifestBytes)
	if err != nil {
		return nil, err
	}
	if member, err := m.begin("manifest", manifest.Round); !member || err != nil {
		return nil, err
	}
	o, _, err := m.current(ctx, "manifest", manifest.Round)
	if err != nil {
		return nil, err
	}
	message := manifest.Message(&o.signed.Descriptor)
	m.own.expect(slot{actManifest, 0, manifest.Round}, message)
	if err := pass(m, "manifest", manifest.Round, manifestChecks, closing{manifest, m, o, m.now()}); err != nil {
		return nil, err
	}
	return m.sign("manifest", round.PurposeManifest, manifestEntry(o, manifest.Digest()), message)
}

func manifestEntry(o *openRound, digest round.Hash) entry {
	return entry{act: actManifest, epoch: o.signed.Descriptor.Epoch, round: o.number(), digest: digest}
}

var errNotClosed = errors.New("its manifest has no signature yet")
