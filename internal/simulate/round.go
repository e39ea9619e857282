package simulate

import (
	"context"
	"crypto/ecdsa"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"sotto/audit"
	"sotto/client"
	"sotto/crypto/kahe"
	"sotto/crypto/sharing"
	"sotto/round"
)

// Round is a round that a test drives. Its fields are what has happened so far; a test may change them between steps.
type Round struct {
	Setup      *Setup
	Opening    round.SignedDescriptor
	Registered []common.Address // at the registry block, sorted

	Uploads   []*client.Upload // accepted
	Closing   round.SignedManifest
	Entries   []round.TranscriptEntry // in the manifest's order
	DigitSums [][]byte
	Releases  []round.SignedRelease
}

// Drawn returns the registered contributors that are drawn into a leaf.
func (r *Round) Drawn(leaf int) (keys []*ecdsa.PrivateKey) {
	d := &r.Opening.Descriptor
	beacon := r.Opening.Beacon()
	for _, key := range r.Setup.Contributors {
		if int(round.LeafOf(beacon, crypto.PubkeyToAddress(key.PublicKey), d.Leaves)) == leaf {
			keys = append(keys, key)
		}
	}
	return keys
}

// Contribute seals values as a contributor does and adds the upload to the round.
func (r *Round) Contribute(key *ecdsa.PrivateKey, values []uint32) (*client.Upload, error) {
	u, err := client.Seal(&r.Opening, r.Setup.Committee.Keys, key, values)
	if err != nil {
		return nil, err
	}
	r.Uploads = append(r.Uploads, u)
	return u, nil
}

// Fill lets contributors take part, counts[i] of them in leaf i; values is called once for each of them with their number in the round,
// from 0.
func (r *Round) Fill(counts []int, values func(i int) []uint32) error {
	for leaf, count := range counts {
		keys := r.Drawn(leaf)
		if len(keys) < count {
			return fmt.Errorf("leaf %d has %d registered contributors, want %d: register more", leaf, len(keys), count)
		}
		for _, key := range keys[:count] {
			if _, err := r.Contribute(key, values(len(r.Uploads))); err != nil {
				return err
			}
		}
	}
	return nil
}

// Sign signs a changed upload anew with its contributor's key.
func Sign(d *round.Descriptor, u *client.Upload, key *ecdsa.PrivateKey) (err error) {
	c := &u.Submission.Signed.Contribution
	c.Envelopes = round.EnvelopesDigest(round.EnvelopeDigests(u.Submission.Envelopes))
	u.Submission.Signed.Signature, err = c.Sign(d.Domain(), key)
	return err
}

// Close closes the round with the manifest of all uploads.
func (r *Round) Close() error { return r.CloseWith(r.Manifest()) }

// Manifest returns the manifest of all uploads.
func (r *Round) Manifest() *round.Manifest {
	d := &r.Opening.Descriptor
	entries := make([]round.Entry, len(r.Uploads))
	for i, u := range r.Uploads {
		c := &u.Submission.Signed.Contribution
		entries[i] = round.Entry{Leaf: c.Leaf, Contributor: c.Contributor, Digest: c.Digest(d.Domain())}
	}
	return round.NewManifest(d, entries)
}

// CloseWith closes the round with a manifest, whatever it says, and the committee's signature, and adds up the digits of the uploads that
// are in its nodes.
func (r *Round) CloseWith(m *round.Manifest) error {
	d := &r.Opening.Descriptor
	signature, err := r.Setup.Committee.Sign(m.Message(d))
	if err != nil {
		return err
	}
	r.Closing = round.SignedManifest{Manifest: *m, Signature: signature}
	by := make(map[round.Hash]*client.Upload, len(r.Uploads))
	for _, u := range r.Uploads {
		by[u.Digest(d.Domain())] = u
	}
	r.Entries = nil
	for _, e := range m.Entries {
		u := by[e.Digest]
		if u == nil {
			return fmt.Errorf("no upload with digest %s", e.Digest.Short())
		}
		r.Entries = append(r.Entries, round.TranscriptEntry{Signed: u.Submission.Signed, RingHash: u.Submission.RingHash})
	}
	return r.sum()
}

// sum adds up the digits of each node's ciphertexts.
func (r *Round) sum() error {
	d, m := &r.Opening.Descriptor, &r.Closing.Manifest
	enc, hash, err := d.Crypto()
	if err != nil {
		return err
	}
	sums := make([][]uint64, len(m.Released))
	for i := range sums {
		sums[i] = make([]uint64, enc.Coefficients(d.Values())*hash.Digits())
	}
	for _, u := range r.Uploads {
		if node, released := m.NodeOf(u.Submission.Signed.Contribution.Leaf); released {
			if err := hash.AddDigits(sums[node], u.Ciphertext); err != nil {
				return err
			}
		}
	}
	r.DigitSums = nil
	for _, s := range sums {
		encoded, err := hash.EncodeSums(s)
		if err != nil {
			return err
		}
		r.DigitSums = append(r.DigitSums, encoded)
	}
	return nil
}

// Release lets members release their sums of key shares. A member abstains from a node in which an envelope does not open.
func (r *Round) Release(members ...int) error {
	for _, member := range members {
		for node := range r.Closing.Manifest.Released {
			release, ok, err := r.release(member, node)
			if err != nil {
				return err
			}
			if ok {
				r.Releases = append(r.Releases, release)
			}
		}
	}
	return nil
}

// ReleaseAll lets all members release.
func (r *Round) ReleaseAll() error {
	for member := range r.Setup.Committee.Members {
		if err := r.Release(member + 1); err != nil {
			return err
		}
	}
	return nil
}

func (r *Round) release(member, node int) (signed round.SignedRelease, ok bool, err error) {
	d, m := &r.Opening.Descriptor, &r.Closing.Manifest
	params, enc, err := r.sharing()
	if err != nil {
		return signed, false, err
	}
	keys := &r.Setup.Committee.Members[member-1]
	sum := make([]uint32, params.Groups(enc.N()))
	for _, u := range r.Uploads {
		c := &u.Submission.Signed.Contribution
		if at, released := m.NodeOf(c.Leaf); !released || at != node {
			continue
		}
		share, err := sharing.OpenEnvelope(params, keys.Envelope, sharing.Context{Descriptor: d.Digest(), Contributor: c.Contributor, Member: uint8(member), Leaf: uint32(c.Leaf)},
			u.Submission.Envelopes[member-1], enc.N())
		if err != nil {
			return signed, false, nil
		}
		sharing.SumInto(params, sum, share)
	}
	signed, err = r.SignRelease(member, node, sharing.EncodeShare(params, sum))
	return signed, true, err
}

func (r *Round) sharing() (sharing.Params, kahe.Params, error) {
	d := &r.Opening.Descriptor
	enc, _, err := d.Crypto()
	if err != nil {
		return sharing.Params{}, enc, err
	}
	params, err := d.Sharing()
	return params, enc, err
}

// SignRelease signs shares as a member's release of a node, whatever they are.
func (r *Round) SignRelease(member, node int, shares []byte) (round.SignedRelease, error) {
	d, m := &r.Opening.Descriptor, &r.Closing.Manifest
	return round.Release{Descriptor: d.Digest(), Manifest: m.Digest(), Round: d.Round, Epoch: d.Epoch, Member: uint8(member), Node: uint16(node), Shares: shares}.
		Sign(d.Domain(), r.Setup.Committee.Members[member-1].Identity)
}

// Lie replaces what a member has released of a node by something else that has the form of a release.
func (r *Round) Lie(member, node int) error {
	i := slices.IndexFunc(r.Releases, func(s round.SignedRelease) bool {
		return int(s.Release.Member) == member && int(s.Release.Node) == node
	})
	if i < 0 {
		return fmt.Errorf("member %d has released nothing of node %d", member, node)
	}
	params, enc, err := r.sharing()
	if err != nil {
		return err
	}
	values, err := sharing.DecodeShare(params, r.Releases[i].Release.Shares, enc.N())
	if err != nil {
		return err
	}
	for x := range values {
		values[x] = uint32((uint64(values[x]) + uint64(x)*7919 + 1) % params.Modulus())
	}
	r.Releases[i], err = r.SignRelease(member, node, sharing.EncodeShare(params, values))
	return err
}

// Input returns what the aggregator finishes the round from.
func (r *Round) Input() audit.Input {
	return audit.Input{Opening: r.Opening, Closing: r.Closing, Entries: r.Entries, DigitSums: r.DigitSums, Releases: r.Releases, Base: r.Setup.Model, Previous: r.Setup.Rewards}
}

// Finish opens the nodes and makes the transcript.
func (r *Round) Finish() (*audit.Outcome, error) { return audit.Finish(r.Input()) }

// Reference returns what the chain says of the time before the round, if that is now.
func (r *Round) Reference() (audit.Reference, error) {
	head, err := r.Setup.Chain.Head(context.Background())
	if err != nil {
		return audit.Reference{}, err
	}
	committee, err := r.Setup.Chain.Committee(context.Background(), head.Epoch)
	return audit.Reference{Domain: r.Setup.Chain.rounds, Head: head.Hash, LastRound: head.Round, Model: head.Model, RewardsRoot: head.RewardsRoot,
		Committee: committee, Registered: r.Registered}, err
}

// Certify puts the outcome's certificate on chain and makes its model and rewards the newest ones.
func (r *Round) Certify(o *audit.Outcome) (*round.CertifiedRound, error) {
	s := r.Setup
	certificate := &o.Transcript.Certificate
	signature, err := s.Committee.Sign(certificate.Message(s.Chain.rounds))
	if err != nil {
		return nil, err
	}
	if _, err := s.Chain.Finalize(context.Background(), nil, certificate, signature); err != nil {
		return nil, err
	}
	certified := &round.CertifiedRound{Transcript: *o.Transcript, Signature: signature}
	s.transcripts[certificate.Round], s.rewards[certificate.Round] = certified, o.Transcript.Rewards
	s.Model, s.Rewards = o.Model, o.Transcript.Rewards
	s.keep(s.Model)
	return certified, nil
}

// Play closes the round and takes it all the way to the chain, with the releases of all members.
func (r *Round) Play() (*audit.Outcome, *round.CertifiedRound, error) {
	if err := r.Close(); err != nil {
		return nil, nil, err
	}
	if err := r.ReleaseAll(); err != nil {
		return nil, nil, err
	}
	o, err := r.Finish()
	if err != nil {
		return nil, nil, err
	}
	certified, err := r.Certify(o)
	return o, certified, err
}
