// Package audit is the one verifier of a round (docs/protocol.md §2.5 to §2.6). The aggregator calls [Finish] to open the nodes of a
// closed round and make the new model; members call [Verify] before they certify; auditors call [Round] at any time after. All three
// recompute the same transcript from the same public data, so nobody has to believe anybody.
//
// Verify needs what the chain says of the time before the round ([Reference]), the transcript, the base model and the rewards before
// the round. It checks every signature, rebuilds every node's key sum, opens the sums, checks noise and homomorphic hash, makes the
// model, the rewards and the certificate again, and compares. The first check that fails is named by a [*CheckError].
package audit

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"sotto/crypto/kahe"
	"sotto/crypto/ringsis"
	"sotto/crypto/sharing"
	"sotto/crypto/tbls"
	"sotto/round"
	"sotto/update"
)

// Check names one check of a round.
type Check string

// Checks, in the order in which they are made.
const (
	CheckDescriptor          Check = "descriptor"           // well-formed, and for this deployment
	CheckHead                Check = "head"                 // follows the chain's head
	CheckCommittee           Check = "committee"            // names the chain's committee and keys
	CheckBaseModel           Check = "base model"           // is the chain's model, and the bytes are it
	CheckDescriptorSignature Check = "descriptor signature" // a quorum opened the round
	CheckManifest            Check = "manifest"             // entries and nodes follow the descriptor's rules
	CheckManifestSignature   Check = "manifest signature"   // a quorum closed the round
	CheckContributions       Check = "contributions"        // every entry is signed, registered and in its leaf
	CheckRingHashes          Check = "ring hashes"          // are those that the contributors signed
	CheckReleases            Check = "releases"             // are by members, for this manifest, one a node
	CheckPreviousRewards     Check = "previous rewards"     // are those under the chain's root
	CheckDigitSums           Check = "digit sums"           // in range for the number of contributors
	CheckHomomorphicHash     Check = "homomorphic hash"     // the sums are of exactly the listed contributions
	CheckOpening             Check = "opening"              // nodes open, fail and disagree as stated
	CheckAggregate           Check = "aggregate"            // the opened sums are as stated
	CheckModel               Check = "model"                // the new model is as stated
	CheckRewards             Check = "rewards"              // follow the descriptor's rule
	CheckCertificate         Check = "certificate"          // states all of this
	CheckTranscript          Check = "transcript"           // holds nothing else
	CheckChain               Check = "chain"                // the chain holds the certificate
)

// Checks lists all checks in the order in which they are made.
var Checks = []Check{
	CheckDescriptor, CheckHead, CheckCommittee, CheckBaseModel, CheckDescriptorSignature, CheckManifest, CheckManifestSignature,
	CheckContributions, CheckRingHashes, CheckReleases, CheckPreviousRewards, CheckDigitSums, CheckHomomorphicHash, CheckOpening,
	CheckAggregate, CheckModel, CheckRewards, CheckCertificate, CheckTranscript, CheckChain,
}

// CheckError says which check of a round failed and why.
type CheckError struct {
	Check Check
	Err   error
}

func (e *CheckError) Error() string { return fmt.Sprintf("%s: %v", e.Check, e.Err) }

// Unwrap returns the reason.
func (e *CheckError) Unwrap() error { return e.Err }

func failed(c Check, err error) error { return &CheckError{c, err} }

func failedf(c Check, format string, args ...any) error {
	return failed(c, fmt.Errorf(format, args...))
}

// Reference is what the chain says of the time before a round.
type Reference struct {
	Domain      round.Domain // of the contract Rounds
	Head        round.Hash   // before the round's certificate
	LastRound   uint64       // the round certified by Head, 0 for none
	Model       round.Hash
	RewardsRoot round.Hash
	Committee   round.Committee
	Registered  []common.Address // at the descriptor's registry block, sorted
}

// Input is what a round is finished from.
type Input struct {
	Opening   round.SignedDescriptor
	Closing   round.SignedManifest
	Entries   []round.TranscriptEntry // in the order of the manifest's entries
	DigitSums [][]byte                // of each released node
	Releases  []round.SignedRelease   // in any order, verified
	Base      []byte                  // the base model's file
	Previous  round.Rewards           // before the round
}

// NodeOutcome is what became of a released node.
type NodeOutcome struct {
	Node        round.Node
	Opened      bool
	Err         error    // why the node failed
	Sums        []uint64 // opened slot sums, offset included
	Residual    kahe.Residual
	Disagreeing []int // members off the accepted polynomial
}

// Outcome is a finished round.
type Outcome struct {
	Transcript *round.Transcript
	Model      []byte // the new model's file
	Nodes      []NodeOutcome
	Clamped    int    // opened sums that no honest contributors can have
	Rule       string // what the rule for the mean did to single nodes
}

// Finish opens the released nodes and makes the model, the rewards and the certificate. A node whose releases open no sum is reported
// as failed and is no error; wrong digit sums, base model or previous rewards are.
func Finish(in Input) (*Outcome, error) { return finish(in, nil) }

func finish(in Input, without checkSet) (*Outcome, error) {
	d := &in.Opening.Descriptor
	m := &in.Closing.Manifest
	enc, hash, err := d.Crypto()
	if err != nil {
		return nil, failed(CheckDescriptor, err)
	}
	base, err := readBase(d, in.Base, without)
	if err != nil {
		return nil, failed(CheckBaseModel, err)
	}
	if len(in.DigitSums) != len(m.Released) {
		return nil, failedf(CheckDigitSums, "digit sums of %d nodes, want %d", len(in.DigitSums), len(m.Released))
	}
	if len(in.Entries) != len(m.Entries) {
		return nil, failedf(CheckContributions, "%d contributions, the manifest lists %d", len(in.Entries), len(m.Entries))
	}
	releases := sortedReleases(in.Releases)
	o := &Outcome{Transcript: &round.Transcript{
		Opening: in.Opening, Closing: in.Closing, Entries: in.Entries, DigitSums: in.DigitSums, Releases: releases,
		Failed: []uint16{}, Disagreements: []round.Disagreement{},
	}}
	beacon := in.Opening.Beacon()
	key, err := ringsis.NewKey(beacon, hash, enc.Coefficients(d.Values()))
	if err != nil {
		return nil, failed(CheckHomomorphicHash, err)
	}
	hashes, err := nodeHashes(hash, m, in.Entries)
	if err != nil {
		return nil, err
	}
	for i := range m.Released {
		node := opener{d: d, enc: enc, hash: hash, key: key, beacon: beacon, without: without}
		outcome, err := node.open(m.Released[i], uint16(i), in.DigitSums[i], hashes[i], releases)
		if err != nil {
			return nil, err
		}
		o.Nodes = append(o.Nodes, outcome)
	}
	o.recordOpening(releases)
	if err := o.combine(d, base); err != nil {
		return nil, err
	}
	if err := o.reward(d, m, in.Previous); err != nil {
		return nil, err
	}
	o.certify(d, m)
	return o, nil
}

func readBase(d *round.Descriptor, file []byte, without checkSet) (update.Model, error) {
	if got := round.Hash(sha256.Sum256(file)); got != d.BaseModel && !without.has(CheckBaseModel) {
		return update.Model{}, fmt.Errorf("model file has hash %s, want %s", got, d.BaseModel)
	}
	base, err := update.ReadModel(bytes.NewReader(file), update.DefaultLimits())
	if err != nil {
		return update.Model{}, err
	}
	if n := base.Parameters(); uint64(n) != d.Parameters {
		return update.Model{}, fmt.Errorf("model has %d parameters, the descriptor says %d", n, d.Parameters)
	}
	return base, nil
}

func sortedReleases(releases []round.SignedRelease) []round.SignedRelease {
	sorted := slices.Clone(releases)
	slices.SortStableFunc(sorted, func(a, b round.SignedRelease) int {
		if a.Release.Node != b.Release.Node {
			return int(a.Release.Node) - int(b.Release.Node)
		}
		return int(a.Release.Member) - int(b.Release.Member)
	})
	return sorted
}

// nodeHashes adds up the homomorphic hashes of each released node's contributions.
func nodeHashes(hash ringsis.Params, m *round.Manifest, entries []round.TranscriptEntry) ([]ringsis.Hash, error) {
	sums := make([]ringsis.Hash, len(m.Released))
	for i := range entries {
		node, released := m.NodeOf(m.Entries[i].Leaf)
		h, err := hash.ParseHash(entries[i].RingHash)
		if err != nil {
			return nil, failedf(CheckRingHashes, "contribution of %s: %v", m.Entries[i].Contributor, err)
		}
		if released {
			sums[node].Add(h)
		}
	}
	return sums, nil
}

type opener struct {
	d      *round.Descriptor
	enc    kahe.Params
	hash   ringsis.Params
	key    *ringsis.Key
	beacon [32]byte

	without checkSet
}

// open checks a node's digit sums and opens them with its releases.
func (o *opener) open(node round.Node, index uint16, encoded []byte, want ringsis.Hash, releases []round.SignedRelease) (NodeOutcome, error) {
	values := o.d.Values()
	coefficients := o.enc.Coefficients(values)
	digits, err := o.hash.DecodeSums(encoded, coefficients)
	if err != nil {
		return NodeOutcome{}, failedf(CheckDigitSums, "%s: %v", node, err)
	}
	if err := o.hash.CheckRange(digits, int(node.Contributors)); err != nil && !o.without.has(CheckDigitSums) {
		return NodeOutcome{}, failedf(CheckDigitSums, "%s: %v", node, err)
	}
	got, err := o.key.SumDigits(digits)
	if err != nil {
		return NodeOutcome{}, failedf(CheckHomomorphicHash, "%s: %v", node, err)
	}
	if !got.Equal(&want) && !o.without.has(CheckHomomorphicHash) {
		return NodeOutcome{}, failedf(CheckHomomorphicHash, "%s: the sums are not of the listed contributions", node)
	}
	sum, err := o.hash.Recompose(digits)
	if err != nil {
		return NodeOutcome{}, failedf(CheckDigitSums, "%s: %v", node, err)
	}
	outcome := NodeOutcome{Node: node}
	share, err := o.d.Sharing()
	if err != nil {
		return NodeOutcome{}, failed(CheckCommittee, err)
	}
	var given []sharing.Release
	for i := range releases {
		r := &releases[i].Release
		if r.Node != index {
			continue
		}
		values, err := sharing.DecodeShare(share, r.Shares, o.enc.N())
		if err != nil {
			return NodeOutcome{}, failedf(CheckReleases, "member %d, %s: %v", r.Member, node, err)
		}
		given = append(given, sharing.Release{Member: int(r.Member), Values: values})
	}
	result, err := sharing.Combine(share, given, o.enc.N(), kahe.SecretBound*int64(node.Contributors), func(S []int64) (err error) {
		outcome.Sums, outcome.Residual, err = kahe.Open(o.enc, o.beacon, S, sum, values, int(node.Contributors))
		return err
	})
	var release *sharing.ReleaseError
	switch {
	case errors.As(err, &release):
		return NodeOutcome{}, failedf(CheckReleases, "%s: %v", node, err)
	case err != nil:
		outcome.Sums, outcome.Err = nil, err
		return outcome, nil
	}
	outcome.Opened, outcome.Disagreeing = true, result.Disagreeing
	return outcome, nil
}

// recordOpening writes down which nodes opened, from which releases, and who disagreed.
func (o *Outcome) recordOpening(releases []round.SignedRelease) {
	t := o.Transcript
	t.Aggregate = round.Aggregate{Descriptor: t.Opening.Descriptor.Digest(), Manifest: t.Closing.Manifest.Digest(), Nodes: []round.NodeResult{}}
	for i, n := range o.Nodes {
		result := round.NodeResult{Opened: n.Opened, Releases: []round.Hash{}}
		if n.Opened {
			result.Sums = round.SumsDigest(n.Sums)
		} else {
			t.Failed = append(t.Failed, uint16(i))
		}
		for j := range releases {
			if int(releases[j].Release.Node) == i {
				result.Releases = append(result.Releases, round.Digest(&releases[j]))
			}
		}
		for _, member := range n.Disagreeing {
			t.Disagreements = append(t.Disagreements, round.Disagreement{Node: uint16(i), Member: uint8(member)})
		}
		t.Aggregate.Nodes = append(t.Aggregate.Nodes, result)
	}
}

// combine makes the new model of the opened nodes. Without any, or without weight in them, the model stays as it is.
func (o *Outcome) combine(d *round.Descriptor, base update.Model) error {
	var nodes []update.NodeSum
	for _, n := range o.Nodes {
		if n.Opened {
			nodes = append(nodes, update.NodeSum{Sums: n.Sums, Count: int(n.Node.Contributors)})
		}
	}
	mean, err := MeanRule(d).Mean(nodes, Quantiser(d))
	next := base
	switch {
	case errors.Is(err, update.ErrNoWeight):
	case err != nil:
		return failed(CheckModel, err)
	default:
		o.Clamped = mean.Clamped
		if next, err = update.Apply(base, mean.Values); err != nil {
			return failed(CheckModel, err)
		}
	}
	var file bytes.Buffer
	if err := update.WriteModel(&file, next); err != nil {
		return failed(CheckModel, err)
	}
	o.Model = file.Bytes()
	o.Transcript.Model = sha256.Sum256(o.Model)
	return nil
}

// MeanRule returns the descriptor's rule for the mean.
func MeanRule(d *round.Descriptor) update.MeanRule {
	return update.MeanRule{Weighting: update.Weighting(d.Mean.Weighting), Examples: d.Mean.Examples, Robust: update.Robust(d.Mean.Robust), Trim: d.Mean.Trim}
}

// Quantiser returns the descriptor's quantiser.
func Quantiser(d *round.Descriptor) update.Quantiser {
	return update.Quantiser{Clip: d.ClipValue(), Bits: int(d.Scheme.Bits)}
}

// reward pays the contributors of opened nodes.
func (o *Outcome) reward(d *round.Descriptor, m *round.Manifest, previous round.Rewards) error {
	if err := previous.Validate(); err != nil {
		return failed(CheckPreviousRewards, err)
	}
	var accounts []common.Address
	for _, e := range m.Entries {
		if node, released := m.NodeOf(e.Leaf); released && o.Nodes[node].Opened {
			accounts = append(accounts, e.Contributor)
		}
	}
	rewards, err := previous.Award(d.Reward, accounts)
	if err != nil {
		return failed(CheckRewards, err)
	}
	if rewards == nil {
		rewards = round.Rewards{}
	}
	o.Transcript.Rewards = rewards
	return nil
}

// certify fills in the certificate.
func (o *Outcome) certify(d *round.Descriptor, m *round.Manifest) {
	t := o.Transcript
	c := &t.Certificate
	*c = round.Certificate{
		Epoch: d.Epoch, Round: d.Round, PreviousHead: d.PreviousHead, Descriptor: t.Aggregate.Descriptor, Manifest: t.Aggregate.Manifest,
		ParticipationRoot: m.Participation().Root(), DroppedLeaves: m.DroppedLeaves(t.Failed), Aggregate: t.Aggregate.Digest(),
		Model: t.Model, RewardsRoot: t.Rewards.Root(), NodesDropped: uint32(len(t.Failed)),
	}
	if d.Reward.Rule != round.RewardNone {
		c.Pool, c.PoolTotal = d.Reward.Pool, t.Rewards.Total(d.Reward.Pool)
	}
	for _, n := range o.Nodes {
		if n.Opened {
			c.NodesOpened++
			c.Contributors += n.Node.Contributors
		}
	}
}

// Verify checks a transcript against the chain, the base model's file and the rewards before the round, and returns what it recomputed.
func Verify(ref Reference, t *round.Transcript, base []byte, previous round.Rewards) (*Outcome, error) {
	return verify(ref, t, base, previous, nil)
}

func verify(ref Reference, t *round.Transcript, base []byte, previous round.Rewards, without checkSet) (*Outcome, error) {
	key, err := groupKey(ref)
	if err != nil {
		return nil, err
	}
	v := &verifier{Reference: ref, Transcript: t, key: key, previous: previous}
	if err := v.run(statedChecks, without); err != nil {
		return nil, err
	}
	o, err := finish(Input{t.Opening, t.Closing, t.Entries, t.DigitSums, t.Releases, base, previous}, without)
	if err != nil {
		return nil, err
	}
	v.want = o.Transcript
	return o, v.run(recomputedChecks, without)
}

func groupKey(ref Reference) (tbls.PublicKey, error) {
	key, err := tbls.ParseEVMPublicKey(ref.Committee.Key[:])
	if err != nil {
		return tbls.PublicKey{}, failedf(CheckCommittee, "the chain's key: %v", err)
	}
	return key, nil
}

// checkSet names checks that are left out. Only tests leave any out, to show what each of them keeps from passing.
type checkSet []Check

func (s checkSet) has(c Check) bool { return slices.Contains(s, c) }

// verifier is a transcript and what it is held against.
type verifier struct {
	Reference
	*round.Transcript
	key      tbls.PublicKey
	previous round.Rewards
	want     *round.Transcript // as it was recomputed
}

// verifierCheck is one named check of a transcript.
type verifierCheck struct {
	name   Check
	broken func(v *verifier) error
}

func (v *verifier) run(checks []verifierCheck, without checkSet) error {
	for _, c := range checks {
		if without.has(c.name) {
			continue
		}
		if err := c.broken(v); err != nil {
			return failed(c.name, err)
		}
	}
	return nil
}

func (v *verifier) descriptor() *round.Descriptor { return &v.Opening.Descriptor }

func (v *verifier) manifest() *round.Manifest { return &v.Closing.Manifest }

// statedChecks are made of what the transcript states, before anything is recomputed.
var statedChecks = []verifierCheck{
	{CheckDescriptor, (*verifier).checkDescriptor},
	{CheckHead, (*verifier).checkHead},
	{CheckCommittee, (*verifier).checkCommittee},
	{CheckBaseModel, (*verifier).checkBaseModel},
	{CheckDescriptorSignature, func(v *verifier) error {
		return tbls.Verify(v.key, v.descriptor().Message(), tbls.Signature(v.Opening.Signature))
	}},
	{CheckManifest, func(v *verifier) error { return v.manifest().Validate(v.descriptor()) }},
	{CheckManifestSignature, func(v *verifier) error {
		return tbls.Verify(v.key, v.manifest().Message(v.descriptor()), tbls.Signature(v.Closing.Signature))
	}},
	{CheckContributions, (*verifier).checkContributions},
	{CheckRingHashes, (*verifier).checkRingHashes},
	{CheckReleases, (*verifier).checkReleases},
	{CheckPreviousRewards, (*verifier).checkPreviousRewards},
}

func (v *verifier) checkDescriptor() error {
	d := v.descriptor()
	if err := d.Validate(); err != nil {
		return err
	}
	if d.Domain() != v.Domain {
		return fmt.Errorf("for chain %d and contract %s, want %d and %s", d.ChainID, d.Contract, v.Domain.ChainID, v.Domain.Contract)
	}
	return nil
}

func (v *verifier) checkHead() error {
	d := v.descriptor()
	if d.PreviousHead != v.Head {
		return fmt.Errorf("follows head %s, the chain's is %s", d.PreviousHead.Short(), v.Head.Short())
	}
	if d.Round != v.LastRound+uint64(d.Aborted)+1 {
		return fmt.Errorf("round %d with %d skipped after round %d", d.Round, d.Aborted, v.LastRound)
	}
	return nil
}

func (v *verifier) checkCommittee() error {
	d, c := v.descriptor(), &v.Committee
	if d.Epoch != c.Epoch || d.KeyList != c.KeyList || int(d.Members) != len(c.Members) {
		return fmt.Errorf("epoch %d, %d members and key list %s, the chain says epoch %d, %d members and %s",
			d.Epoch, d.Members, d.KeyList.Short(), c.Epoch, len(c.Members), c.KeyList.Short())
	}
	return nil
}

func (v *verifier) checkBaseModel() error {
	// v.Transcript has a model, too: the new one.
	if d := v.descriptor(); d.BaseModel != v.Reference.Model {
		return fmt.Errorf("%s, the chain's is %s", d.BaseModel.Short(), v.Reference.Model.Short())
	}
	return nil
}

func (v *verifier) checkContributions() error {
	d, m := v.descriptor(), v.manifest()
	if len(v.Entries) != len(m.Entries) {
		return fmt.Errorf("%d contributions, the manifest lists %d", len(v.Entries), len(m.Entries))
	}
	digest := d.Digest()
	for i := range v.Entries {
		s, e := &v.Entries[i].Signed, m.Entries[i]
		if c := &s.Contribution; c.Contributor != e.Contributor || c.Leaf != e.Leaf || c.Digest(d.Domain()) != e.Digest {
			return fmt.Errorf("contribution %d is not the one that the manifest lists", i)
		}
		if err := s.VerifyAs(&v.Opening, digest); err != nil {
			return err
		}
		if _, found := slices.BinarySearchFunc(v.Registered, e.Contributor, common.Address.Cmp); !found {
			return fmt.Errorf("%s is not registered at block %d", e.Contributor, d.Registry.Number)
		}
	}
	return nil
}

func (v *verifier) checkRingHashes() error {
	for i := range v.Entries {
		if c := &v.Entries[i].Signed.Contribution; round.Hash(sha256.Sum256(v.Entries[i].RingHash)) != c.RingHash {
			return fmt.Errorf("contribution of %s: not the signed one", c.Contributor)
		}
	}
	return nil
}

func (v *verifier) checkReleases() error {
	d, m, members := v.descriptor(), v.manifest(), v.Committee.Members
	descriptor, manifest := d.Digest(), m.Digest()
	for i := range v.Releases {
		r := &v.Releases[i]
		if r.Release.Member < 1 || int(r.Release.Member) > len(members) {
			return fmt.Errorf("release of member %d of %d", r.Release.Member, len(members))
		}
		if i > 0 {
			if p := &v.Releases[i-1].Release; p.Node > r.Release.Node || p.Node == r.Release.Node && p.Member >= r.Release.Member {
				return fmt.Errorf("release %d is not after the one before it", i)
			}
		}
		if err := r.Verify(d, descriptor, manifest, len(m.Released), members[r.Release.Member-1].Identity); err != nil {
			return err
		}
	}
	return nil
}

func (v *verifier) checkPreviousRewards() error {
	if got := v.previous.Root(); got != v.RewardsRoot {
		return fmt.Errorf("root %s, the chain says %s", got, v.RewardsRoot)
	}
	return nil
}

// recomputedChecks name what of a transcript differs from what was recomputed.
var recomputedChecks = []verifierCheck{
	{CheckOpening, func(v *verifier) error {
		if !slices.Equal(v.Failed, v.want.Failed) {
			return fmt.Errorf("nodes %v failed, the transcript says %v", v.want.Failed, v.Failed)
		}
		if !slices.Equal(v.Disagreements, v.want.Disagreements) {
			return fmt.Errorf("disagreements are %v, the transcript says %v", v.want.Disagreements, v.Disagreements)
		}
		return nil
	}},
	{CheckAggregate, func(v *verifier) error { return recomputed(v.Aggregate.Digest(), v.want.Aggregate.Digest()) }},
	{CheckModel, func(v *verifier) error { return recomputed(v.Transcript.Model, v.want.Model) }},
	{CheckRewards, func(v *verifier) error {
		if !slices.Equal(v.Rewards, v.want.Rewards) {
			return fmt.Errorf("root %s, the transcript says %s", v.want.Rewards.Root().Short(), v.Rewards.Root().Short())
		}
		return nil
	}},
	{CheckCertificate, func(v *verifier) error {
		if v.Certificate != v.want.Certificate {
			return errors.New("the transcript states another one")
		}
		return nil
	}},
	{CheckTranscript, func(v *verifier) error { return recomputed(v.Digest(), v.want.Digest()) }},
}

func recomputed(stated, want round.Hash) error {
	if stated != want {
		return fmt.Errorf("%s, the transcript says %s", want.Short(), stated.Short())
	}
	return nil
}
