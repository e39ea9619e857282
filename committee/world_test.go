package committee_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"sotto/audit"
	"sotto/committee"
	"sotto/crypto/kahe"
	"sotto/crypto/ringsis"
	"sotto/crypto/sharing"
	"sotto/crypto/tbls"
	"sotto/round"
	"sotto/update"
)

// world is a deployment in memory: a chain and a clock that tests set, members with directories of their own, and a board that is a list
// of records. Its rings are kahe.TestInsecure.
type world struct {
	t       testing.TB
	chain   chain
	clock   time.Time
	policy  committee.Policy
	disks   []*committee.Memory
	members []*committee.Member // nil for one that a test runs itself
	log     []round.Record
	model   []byte
	people  []*ecdsa.PrivateKey // contributors, by address
	fetch   fetcher
	alter   map[int]func(node int, shares []uint32)
	before  func(r round.Record) // called before a record is handed to a single member
}

const (
	parameters   = 24
	contributors = 6
)

var (
	roundsDomain   = round.Domain{ChainID: 1337, Contract: common.Address{1}}
	registryDomain = round.Domain{ChainID: 1337, Contract: common.Address{2}}
	modelID        = round.Hash{3}
	start          = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
)

// key returns an account's key for a label.
func key(label string, i int) *ecdsa.PrivateKey {
	h := sha256.Sum256(fmt.Appendf(nil, "sotto/v1 test account %s %d", label, i))
	k, err := crypto.ToECDSA(h[:])
	if err != nil {
		panic(err)
	}
	return k
}

func address(k *ecdsa.PrivateKey) common.Address { return crypto.PubkeyToAddress(k.PublicKey) }

var aggregatorKey = key("aggregator", 0)

// chain is the chain as tests set it. Block n has the hash of blockHash.
type chain struct {
	head       round.Head
	committees map[uint64]round.Committee
	nominees   []common.Address
	finalised  uint64
	registered []common.Address
	err        error
	mu         *sync.Mutex
}

func (c *chain) lock() func() {
	c.mu.Lock()
	return c.mu.Unlock
}

func blockHash(n uint64) round.Hash { return sha256.Sum256(binary.BigEndian.AppendUint64(nil, n)) }

func (c *chain) Head(context.Context) (round.Head, error) {
	defer c.lock()()
	return c.head, c.err
}
func (c *chain) Committee(_ context.Context, epoch uint64) (round.Committee, error) {
	defer c.lock()()
	committee, ok := c.committees[epoch]
	if !ok {
		return committee, fmt.Errorf("no committee of epoch %d", epoch)
	}
	return committee, c.err
}
func (c *chain) Nominees(context.Context) ([]common.Address, error) {
	defer c.lock()()
	return c.nominees, c.err
}
func (c *chain) Finalised(context.Context) (round.Block, error) {
	defer c.lock()()
	return round.Block{Number: c.finalised, Hash: blockHash(c.finalised)}, c.err
}
func (c *chain) BlockHash(_ context.Context, n uint64) (round.Hash, error) {
	return blockHash(n), c.err
}
func (c *chain) RegisteredAt(_ context.Context, b round.Block) ([]common.Address, error) {
	defer c.lock()()
	return c.registered, c.err
}

// fetcher holds what members fetch.
type fetcher struct {
	candidate []byte
	models    map[round.Hash][]byte
	rewards   map[uint64]round.Rewards
	err       error
}

func (f *fetcher) Candidate(context.Context, uint64, uint64) ([]byte, error) {
	return f.candidate, f.err
}
func (f *fetcher) Model(_ context.Context, h round.Hash, _ uint64) ([]byte, error) {
	if b, ok := f.models[h]; ok {
		return b, f.err
	}
	return nil, round.Refuse(round.ReasonNotFound, "no such model", "")
}
func (f *fetcher) Rewards(_ context.Context, n uint64) (round.Rewards, error) {
	return f.rewards[n], f.err
}

// newWorld returns a world before its first committee.
func newWorld(t testing.TB, n int) *world {
	w := &world{t: t, clock: start, policy: committee.Policy{Sets: []kahe.Set{kahe.TestInsecure}, GMin: 2, Cohort: 2}}
	for i := range contributors {
		w.people = append(w.people, key("contributor", i))
	}
	slices.SortFunc(w.people, func(a, b *ecdsa.PrivateKey) int { return address(a).Cmp(address(b)) })
	m := update.Model{Tensors: []update.Tensor{{Name: "w", Shape: []int{parameters}, Data: make([]float32, parameters)}}}
	var file bytes.Buffer
	if err := update.WriteModel(&file, m); err != nil {
		t.Fatal(err)
	}
	w.model = file.Bytes()
	hash := round.Hash(sha256.Sum256(w.model))
	w.chain = chain{
		head:       round.Head{Hash: round.GenesisHead(roundsDomain, modelID, hash), Model: hash, Block: round.Block{Number: 70, Hash: blockHash(70)}},
		committees: map[uint64]round.Committee{}, finalised: 64, mu: new(sync.Mutex),
	}
	for _, k := range w.people {
		w.chain.registered = append(w.chain.registered, address(k))
	}
	w.fetch = fetcher{models: map[round.Hash][]byte{hash: w.model}, rewards: map[uint64]round.Rewards{}}
	for i := range n {
		w.disks = append(w.disks, committee.NewMemory(key("member", i+1)))
		w.chain.nominees = append(w.chain.nominees, address(key("member", i+1)))
		w.members = append(w.members, nil)
		w.restart(i + 1)
	}
	return w
}

// restart starts member j, again if it runs.
func (w *world) restart(j int) {
	w.t.Helper()
	dir, err := w.disks[j-1].Open()
	if err != nil {
		w.t.Fatal(err)
	}
	w.members[j-1], err = committee.New(committee.Config{
		Directory: dir, Chain: &w.chain, Fetcher: &w.fetch, Clock: func() time.Time { return w.clock },
		Policy: w.policy, Rounds: roundsDomain, Registry: registryDomain, Model: modelID,
		Aggregator: address(aggregatorKey), AlterRelease: w.alter[j],
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) member(j int) *committee.Member { return w.members[j-1] }

// replay hands the whole board to member j, which was started anew, and returns what it says. Refusals are of no interest.
func (w *world) replay(j int) (posts []committee.Post) {
	w.t.Helper()
	for _, r := range w.log {
		if r.To != 0 && int(r.To) != j {
			continue
		}
		p, err := w.member(j).Handle(w.t.Context(), r)
		if refused := new(committee.Refused); err != nil && !errors.As(err, &refused) {
			w.t.Fatalf("replaying %v: %v", r.Kind, err)
		}
		posts = append(posts, p...)
	}
	return posts
}

// append puts a record on the board.
func (w *world) append(kind round.Kind, to uint8, number uint64, body any) round.Record {
	b, ok := body.([]byte)
	if !ok {
		b = round.Encode(body)
	}
	r := round.Record{Sequence: uint64(len(w.log) + 1), Kind: kind, To: to, Round: number, Body: b}
	w.log = append(w.log, r)
	return r
}

// tell appends a record and hands it to all members that it is for. It fails the test if one refuses.
func (w *world) tell(kind round.Kind, to uint8, number uint64, body any) []committee.Post {
	w.t.Helper()
	r := w.append(kind, to, number, body)
	var posts []committee.Post
	for j, m := range w.members {
		if m == nil || to != 0 && int(to) != j+1 {
			continue
		}
		p, err := m.Handle(w.t.Context(), r)
		if err != nil {
			w.t.Fatalf("member %d, %v: %v", j+1, kind, err)
		}
		posts = append(posts, p...)
	}
	return posts
}

// relay appends what members have posted.
func (w *world) relay(posts []committee.Post, number uint64) (answers []committee.Post) {
	w.t.Helper()
	for _, p := range posts {
		answers = append(answers, w.tell(p.Kind, 0, number, p.Body)...)
	}
	return answers
}

// hellos polls all members, and the ones that are to join, for their hellos.
func (w *world) hellos() []round.SignedHello {
	w.t.Helper()
	for _, m := range w.members {
		if m == nil {
			continue
		}
		posts, err := m.Poll(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		for _, p := range posts {
			if p.Kind == round.KindHello {
				w.tell(p.Kind, 0, 0, p.Body)
			}
		}
	}
	hellos := make([]round.SignedHello, len(w.chain.nominees))
	for _, r := range w.log {
		if r.Kind != round.KindHello {
			continue
		}
		if h := decode[round.SignedHello](w.t, committee.Post{Body: r.Body}); h.Hello.Epoch == w.chain.head.Epoch+1 {
			hellos[h.Hello.Member-1] = h
		}
	}
	return hellos
}

func decode[T any](t testing.TB, p committee.Post) (v T) {
	t.Helper()
	if err := round.Decode("post", p.Body, round.MaxManifestBytes, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// generate runs a key generation for the chain's nominees up to the confirmations, and returns what to put on chain.
func (w *world) generate(attempt uint32) (c round.Committee, installed round.Installed, confirmations []committee.Post) {
	w.t.Helper()
	s := round.Session{Epoch: w.chain.head.Epoch + 1, Attempt: attempt, Hellos: w.hellos()}
	deals := w.tell(round.KindSession, 0, 0, &s)
	w.relay(deals, 0)
	responses := w.tell(round.KindPhase, 0, 0, &round.PhaseEnd{Epoch: s.Epoch, Attempt: attempt, Phase: round.PhaseDeal})
	w.relay(responses, 0)
	confirmations = w.tell(round.KindPhase, 0, 0, &round.PhaseEnd{Epoch: s.Epoch, Attempt: attempt, Phase: round.PhaseResponse})
	if want := 2 * len(s.Hellos); len(confirmations) != want {
		w.t.Fatalf("%d posts after the responses, want %d", len(confirmations), want)
	}
	first := decode[round.SignedConfirmation](w.t, confirmations[0])
	list := s.KeyList()
	c = round.Committee{Epoch: s.Epoch, Key: first.Confirmation.Key, KeyList: list.Hash(), Members: list.Hashes(), DKG: first.Confirmation.Transcript}
	return c, round.Installed{Epoch: s.Epoch, Keys: list, Group: first.Group}, confirmations
}

// install puts a committee on the chain and says so.
func (w *world) install(c round.Committee, i round.Installed) {
	w.t.Helper()
	unlock := w.chain.lock()
	w.chain.committees[c.Epoch] = c
	w.chain.head.Epoch = c.Epoch
	w.chain.head.Block = round.Block{Number: w.chain.head.Block.Number + 1, Hash: blockHash(w.chain.head.Block.Number + 1)}
	unlock()
	w.tell(round.KindInstalled, 0, 0, &i)
}

// snapshot is a world with its first committee, which takes a while to make.
type snapshot struct {
	disks []*committee.Memory
	chain chain
	log   []round.Record
}

var snapshots = map[int]func() snapshot{}

func init() {
	for _, n := range []int{4, 7} {
		snapshots[n] = sync.OnceValue(func() snapshot {
			w := newWorld(setup{}, n)
			c, i, confirmations := w.generate(1)
			w.relay(confirmations, 0)
			w.install(c, i)
			return snapshot{w.disks, w.chain, w.log}
		})
	}
}

// setup is a testing.TB that panics, for what is made once and used by many tests.
type setup struct{ testing.TB }

func (setup) Helper()                           {}
func (setup) Fatal(args ...any)                 { panic(fmt.Sprint(args...)) }
func (setup) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (setup) Context() context.Context          { return context.Background() }

// newCommittee returns a world whose committee of n members is in office.
func newCommittee(t testing.TB, n int) *world {
	w := newWorld(t, n)
	s := snapshots[n]()
	w.chain, w.log = s.chain, slices.Clone(s.log)
	w.chain.mu, w.chain.committees = new(sync.Mutex), maps.Clone(s.chain.committees)
	w.chain.registered = slices.Clone(s.chain.registered)
	for j := range n {
		w.disks[j] = s.disks[j].Clone()
		w.restart(j + 1)
		if _, err := w.members[j].Poll(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// descriptor returns a descriptor of the next round that members sign.
func (w *world) descriptor() *round.Descriptor {
	h := w.chain.head
	c := w.chain.committees[h.Epoch]
	enc, err := kahe.NewParams(kahe.ParamsLiteral{Set: kahe.TestInsecure, Bits: 8, KMax: 16, Slots: 1, WireBits: 8 + 4 + 7})
	if err != nil {
		w.t.Fatal(err)
	}
	scheme, err := round.NewScheme(enc, parameters)
	if err != nil {
		w.t.Fatal(err)
	}
	return &round.Descriptor{
		Version: round.Version, ChainID: roundsDomain.ChainID, Contract: roundsDomain.Contract, Round: h.Round + 1, Epoch: h.Epoch, PreviousHead: h.Hash,
		Model: modelID, BaseModel: h.Model, Parameters: parameters,
		Scheme: scheme,
		Clip:   math.Float32bits(1), Leaves: 2, GMin: 2, Cohort: 2, KMax: 16, Members: uint8(len(c.Members)), KeyList: c.KeyList,
		Registry: round.Block{Number: w.chain.finalised, Hash: blockHash(w.chain.finalised)}, Aggregator: address(aggregatorKey),
		Deadline: uint64(w.clock.Add(time.Minute).UnixMilli()), Grace: uint64(time.Minute.Milliseconds()),
	}
}

// sign returns the committee's signature, made with the shares of others than member 1 and without asking them.
func (w *world) sign(message []byte) [48]byte {
	w.t.Helper()
	var shares []tbls.SignatureShare
	for _, m := range w.members[1 : 1+round.Quorum(len(w.chain.committees[w.chain.head.Epoch].Members))] {
		shares = append(shares, tbls.SignShare(m.Share(), message))
	}
	s, bad, err := tbls.Combine(w.members[1].Group(), message, shares)
	if err != nil || len(bad) > 0 {
		w.t.Fatalf("combining: %v, bad %v", err, bad)
	}
	return s
}

// opening signs a descriptor.
func (w *world) opening(d *round.Descriptor) *round.SignedDescriptor {
	return &round.SignedDescriptor{Descriptor: *d, Signature: w.sign(d.Message())}
}

// open lets all members propose and open a round.
func (w *world) open(d *round.Descriptor) *round.SignedDescriptor {
	w.t.Helper()
	w.tell(round.KindPropose, 0, d.Round, d)
	s := w.opening(d)
	w.tell(round.KindOpen, 0, d.Round, s)
	return s
}

// upload is a contribution as the aggregator has it.
type upload struct {
	signed     round.SignedContribution
	ciphertext []byte
	ringHash   []byte
	envelopes  [][]byte
	digests    []round.Hash
	opening    *round.SignedDescriptor
}

// contribute makes the contribution of person i. edit, if not nil, may change it before it is signed.
func (w *world) contribute(s *round.SignedDescriptor, i int, edit func(u *upload)) *upload {
	w.t.Helper()
	check := func(err error) {
		if err != nil {
			w.t.Helper()
			w.t.Fatal(err)
		}
	}
	d := &s.Descriptor
	enc, hash, err := d.Crypto()
	check(err)
	values := make([]uint32, d.Values())
	for x := range values {
		values[x] = 128 // zero
	}
	values[i] = 255
	secret, err := kahe.NewSecret(enc)
	check(err)
	params, err := d.Sharing()
	check(err)
	shares, err := sharing.Split(params, secret.Coefficients())
	check(err)
	u := &upload{opening: s}
	u.ciphertext, err = kahe.Encrypt(enc, s.Beacon(), secret, values)
	check(err)
	ring, err := ringsis.NewKey(s.Beacon(), hash, enc.Coefficients(d.Values()))
	check(err)
	h, err := ring.SumPacked(u.ciphertext)
	check(err)
	u.ringHash = h.Bytes()
	who := address(w.people[i])
	leaf := round.LeafOf(s.Beacon(), who, d.Leaves)
	for j, k := range w.members[1].KeyList() {
		public, err := sharing.ParseEnvelopePublicKey(k.HPKE)
		check(err)
		sealed, err := sharing.Seal(public, sharing.Context{Descriptor: d.Digest(), Contributor: who, Member: uint8(j + 1), Leaf: uint32(leaf)}, sharing.EncodeShare(params, shares[j]))
		check(err)
		u.envelopes = append(u.envelopes, sealed)
	}
	u.signed.Contribution = round.Contribution{Descriptor: d.Digest(), Round: d.Round, Leaf: leaf, Contributor: who, BaseModel: d.BaseModel,
		CiphertextRoot: round.CiphertextRoot(u.ciphertext), RingHash: sha256.Sum256(u.ringHash)}
	if edit != nil {
		edit(u)
	}
	u.digests = round.EnvelopeDigests(u.envelopes)
	u.signed.Contribution.Envelopes = round.EnvelopesDigest(u.digests)
	w.resign(u, i)
	return u
}

// resign signs a contribution with person i's key.
func (w *world) resign(u *upload, i int) {
	var err error
	if u.signed.Signature, err = u.signed.Contribution.Sign(roundsDomain, w.people[i]); err != nil {
		w.t.Fatal(err)
	}
}

func (u *upload) digest() round.Hash { return u.signed.Contribution.Digest(roundsDomain) }

func (u *upload) entry() round.Entry {
	c := u.signed.Contribution
	return round.Entry{Leaf: c.Leaf, Contributor: c.Contributor, Digest: u.digest()}
}

// sealed returns the record body that brings member j its envelope.
func (u *upload) sealed(j int) *round.SealedShare {
	return &round.SealedShare{Signed: u.signed, Digests: u.digests, Envelope: u.envelopes[j-1]}
}

// receipt returns the aggregator's receipt.
func (u *upload) receipt(t testing.TB) round.SignedReceipt {
	c := u.signed.Contribution
	r, err := round.Receipt{Descriptor: c.Descriptor, Round: c.Round, Leaf: c.Leaf, Contributor: c.Contributor, Digest: u.digest(), AcceptedAt: 1}.Sign(roundsDomain, aggregatorKey)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// deliver brings all members their envelopes.
func (w *world) deliver(uploads ...*upload) {
	w.t.Helper()
	for _, u := range uploads {
		for j := range w.members {
			w.tell(round.KindEnvelope, uint8(j+1), u.signed.Contribution.Round, u.sealed(j+1))
		}
	}
}

// contributions makes and delivers the contributions of all.
func (w *world) contributions(s *round.SignedDescriptor) (all []*upload) {
	w.t.Helper()
	for i := range w.people {
		u := w.contribute(s, i, nil)
		w.deliver(u)
		all = append(all, u)
	}
	return all
}

func (w *world) manifest(s *round.SignedDescriptor, uploads []*upload) *round.Manifest {
	var entries []round.Entry
	for _, u := range uploads {
		entries = append(entries, u.entry())
	}
	return round.NewManifest(&s.Descriptor, entries)
}

func (w *world) closing(s *round.SignedDescriptor, m *round.Manifest) *round.SignedManifest {
	return &round.SignedManifest{Manifest: *m, Signature: w.sign(m.Message(&s.Descriptor))}
}

// finish makes the transcript of a round and lays it out for fetching.
func (w *world) finish(s *round.SignedDescriptor, c *round.SignedManifest, uploads []*upload, releases []round.SignedRelease) *audit.Outcome {
	w.t.Helper()
	o, err := audit.Finish(w.input(s, c, uploads, releases))
	if err != nil {
		w.t.Fatal(err)
	}
	w.lay(o.Transcript)
	return o
}

func (w *world) lay(t *round.Transcript) *round.Finished {
	w.fetch.candidate = round.Encode(t)
	return &round.Finished{Round: t.Opening.Descriptor.Round, Transcript: t.Digest()}
}

func (w *world) input(s *round.SignedDescriptor, c *round.SignedManifest, uploads []*upload, releases []round.SignedRelease) audit.Input {
	w.t.Helper()
	d, m := &s.Descriptor, &c.Manifest
	enc, hash, err := d.Crypto()
	if err != nil {
		w.t.Fatal(err)
	}
	in := audit.Input{Opening: *s, Closing: *c, Releases: releases, Base: w.model, Previous: w.fetch.rewards[w.chain.head.Round]}
	sums := make([][]uint64, len(m.Released))
	for i := range sums {
		sums[i] = make([]uint64, enc.Coefficients(d.Values())*hash.Digits())
	}
	byContributor := map[common.Address]*upload{}
	for _, u := range uploads {
		byContributor[u.signed.Contribution.Contributor] = u
	}
	for _, e := range m.Entries {
		u := byContributor[e.Contributor]
		in.Entries = append(in.Entries, round.TranscriptEntry{Signed: u.signed, RingHash: u.ringHash})
		if node, ok := m.NodeOf(e.Leaf); ok {
			if err := hash.AddDigits(sums[node], u.ciphertext); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	for _, s := range sums {
		encoded, err := hash.EncodeSums(s)
		if err != nil {
			w.t.Fatal(err)
		}
		in.DigitSums = append(in.DigitSums, encoded)
	}
	return in
}

// certify puts a certificate on the chain.
func (w *world) certify(o *audit.Outcome) {
	w.t.Helper()
	c := &o.Transcript.Certificate
	w.chain.head.Round, w.chain.head.Hash, w.chain.head.Model, w.chain.head.RewardsRoot = c.Round, c.Head(roundsDomain), c.Model, c.RewardsRoot
	w.fetch.models[c.Model], w.model = o.Model, o.Model
	w.fetch.rewards[c.Round] = o.Transcript.Rewards
	w.tell(round.KindCertified, 0, c.Round, &round.Certified{Round: c.Round})
}

func releasesOf(t testing.TB, posts []committee.Post) (all []round.SignedRelease) {
	for _, p := range posts {
		if p.Kind == round.KindRelease {
			all = append(all, decode[round.SignedRelease](t, p))
		}
	}
	return all
}
