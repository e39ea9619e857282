package committee

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"golang.org/x/sync/errgroup"

	"sotto/crypto/sharing"
	"sotto/crypto/tbls"
	"sotto/round"
)

// closed is a manifest with the committee's signature.
type closed struct {
	*round.SignedManifest
	key   tbls.PublicKey
	round *openRound
}

// releaseChecks are made before key shares are released. That the entries are known is not among them: a member abstains from nodes that
// it lacks a share of.
var releaseChecks = []check[closed]{
	{"merging rule", func(c closed) error { return c.Manifest.Validate(&c.round.signed.Descriptor) }},
	{"signed manifest", func(c closed) error {
		return tbls.Verify(c.key, c.Manifest.Message(&c.round.signed.Descriptor), tbls.Signature(c.Signature))
	}},
}

// handleClosed releases this member's sum of the key shares of each node that the signed manifest opens.
//
// A release over a second, different set of contributors would give away the difference of the two key sums. So the manifest is
// journalled before anything is computed, by members too that did not sign it, and the releases before they leave: [ErrManifestSigned] and
// [ErrReleased] if the journal has others.
func (m *Member) handleClosed(ctx context.Context, r round.Record) ([]Post, error) {
	s, err := body[round.SignedManifest](r, round.MaxManifestBytes+1<<10)
	if err != nil {
		return nil, err
	}
	number := s.Manifest.Round
	if member, err := m.begin("release", number); !member || err != nil {
		return nil, err
	}
	o, _, err := m.current(ctx, "release", number)
	if err != nil {
		return nil, err
	}
	if err := pass(m, "release", number, releaseChecks, closed{s, m.office.key, o}); err != nil {
		return nil, err
	}
	digest := s.Manifest.Digest()
	if err := m.once("release", manifestEntry(o, digest)); err != nil {
		return nil, err
	}
	m.mu.Lock()
	o.manifest, o.closed = &s.Manifest, digest
	m.mu.Unlock()
	releases, err := m.sumShares(ctx, o)
	if err != nil || len(releases) == 0 {
		return nil, err
	}
	if err := m.once("release", entry{act: actRelease, epoch: o.signed.Descriptor.Epoch, round: number, digest: round.Digest(releases)}); err != nil {
		return nil, err
	}
	var posts []Post
	for i := range releases {
		signed, err := releases[i].Sign(m.cfg.Rounds, m.dir.identity)
		if err != nil {
			return nil, err
		}
		o.releases[releaseOf{releases[i].Node, releases[i].Member}] = signed
		posts = append(posts, post(round.KindRelease, &signed))
	}
	return posts, nil
}

// sumShares returns the releases of all nodes that this member has a good share of every contributor of, by node. Each release holds
// ⌈N/ρ⌉ field elements, 16 or 31 bits each: value l is the sum over the node's contributors of the share polynomial l at this member's
// point (docs/protocol.md §4). Shares are opened one at a time; memory is one sum a node.
func (m *Member) sumShares(ctx context.Context, o *openRound) ([]round.Release, error) {
	manifest := o.manifest
	sums := make([][]uint32, len(manifest.Released))
	entries := make([][]round.Entry, len(manifest.Released))
	for first := 0; first < len(manifest.Entries); {
		last := first + 1
		for last < len(manifest.Entries) && manifest.Entries[last].Leaf == manifest.Entries[first].Leaf {
			last++
		}
		if node, released := manifest.NodeOf(manifest.Entries[first].Leaf); released {
			entries[node] = append(entries[node], manifest.Entries[first:last]...)
		}
		first = last
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for node := range entries {
		group.Go(func() (err error) {
			sums[node], err = m.sumNode(ctx, o, entries[node])
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var releases []round.Release
	for node, sum := range sums {
		if sum == nil {
			continue
		}
		if m.cfg.AlterRelease != nil {
			m.cfg.AlterRelease(node, sum)
			for i := range sum {
				sum[i] = uint32(uint64(sum[i]) % o.shares.Modulus())
			}
		}
		releases = append(releases, round.Release{
			Descriptor: o.digest, Manifest: o.closed, Round: o.number(), Epoch: o.signed.Descriptor.Epoch,
			Member: uint8(m.office.number), Node: uint16(node), Shares: sharing.EncodeShare(o.shares, sum),
		})
	}
	return releases, nil
}

// sumNode returns this member's sum for the entries of one node, or nil if it abstains: an envelope has not reached it, does not open or
// holds no share.
func (m *Member) sumNode(ctx context.Context, o *openRound, entries []round.Entry) ([]uint32, error) {
	sum := make([]uint32, o.shares.Groups(o.encryption.N()))
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		known := o.known[e.Contributor]
		if known == nil || known.digest != e.Digest || known.envelope == nil {
			clear(sum)
			return nil, nil
		}
		where := sharing.Context{Descriptor: o.digest, Contributor: e.Contributor, Member: uint8(m.office.number), Leaf: uint32(e.Leaf)}
		share, err := sharing.OpenEnvelope(o.shares, m.office.keys.envelope, where, known.envelope, o.encryption.N())
		if errors.Is(err, sharing.ErrEnvelope) {
			clear(sum)
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("opening an envelope: %w", err)
		}
		sharing.SumInto(o.shares, sum, share)
		clear(share)
	}
	return sum, nil
}

// releaseOf names a release within a round.
type releaseOf struct {
	node   uint16
	member uint8
}

// handleRelease remembers what members have released, to hold transcripts against.
func (m *Member) handleRelease(ctx context.Context, r round.Record) error {
	s, err := body[round.SignedRelease](r, round.MaxReleaseBytes)
	if err != nil {
		return err
	}
	rel := &s.Release
	if _, err := m.committee(ctx); err != nil {
		return err
	}
	if err := m.checkOwnRelease(s); err != nil {
		return err
	}
	o := m.round
	if o == nil || rel.Round != o.number() {
		return nil
	}
	if o.manifest == nil {
		return refuse("release", rel.Round, "signed manifest", errNotClosed)
	}
	d := &o.signed.Descriptor
	if rel.Member < 1 || rel.Member > d.Members {
		return refuse("release", rel.Round, "member", fmt.Errorf("member %d of %d", rel.Member, d.Members))
	}
	if err := s.Verify(d, o.digest, o.closed, len(o.manifest.Released), m.office.committee.Members[rel.Member-1].Identity); err != nil {
		return refuse("release", rel.Round, "signature", err)
	}
	if _, err := sharing.DecodeShare(o.shares, rel.Shares, o.encryption.N()); err != nil {
		return refuse("release", rel.Round, "well-formed", err)
	}
	if _, known := o.releases[releaseOf{rel.Node, rel.Member}]; !known {
		o.releases[releaseOf{rel.Node, rel.Member}] = *s
	}
	return nil
}

// checkOwnRelease finds a journal that does not know what its member has released.
func (m *Member) checkOwnRelease(s *round.SignedRelease) error {
	rel := &s.Release
	if m.office == nil || int(rel.Member) != m.office.number || m.office.number == 0 || rel.Epoch != m.office.committee.Epoch || m.dir.journal.has(actRelease, rel.Round) {
		return nil
	}
	// Verify holds a release against a round; here any round will do, if this member signed for it.
	d := round.Descriptor{ChainID: m.cfg.Rounds.ChainID, Contract: m.cfg.Rounds.Contract, Round: rel.Round, Epoch: rel.Epoch}
	if s.Verify(&d, rel.Descriptor, rel.Manifest, int(rel.Node)+1, m.identity) != nil {
		return nil // somebody else's words
	}
	return m.lose("release", rel.Round, rel.Epoch)
}
