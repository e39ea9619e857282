package aggregator

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"google.golang.org/grpc/mem"

	"sotto/aggregator/engine"
	"sotto/audit"
	"sotto/chain"
	"sotto/crypto/kahe"
	"sotto/crypto/ringsis"
	"sotto/crypto/sharing"
	"sotto/crypto/tbls"
	"sotto/proto"
	"sotto/round"
	"sotto/update"
)

// Everything here is real but the chain, the network and the size of the ring.

const parameters = 40

var (
	registryDomain = round.Domain{ChainID: 1337, Contract: common.Address{0xaa}}
	roundsDomain   = round.Domain{ChainID: 1337, Contract: common.Address{0xbb}}
	modelID        = round.Hash{0x4d}
)

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	k, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func addressOf(k *ecdsa.PrivateKey) common.Address { return crypto.PubkeyToAddress(k.PublicKey) }

// clock is a clock that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// testScheme is a ring too small to be safe: 256 coefficients, one value of 16 bits in each.
func testScheme(bits, kMax, values, members int) (kahe.Params, error) {
	return kahe.NewParams(kahe.ParamsLiteral{Set: kahe.TestInsecure, Bits: bits, KMax: kMax, Slots: 1, WireBits: 30})
}

// firstModel is a model file of 40 parameters.
func firstModel(t testing.TB) []byte {
	t.Helper()
	data := make([]float32, parameters)
	for i := range data {
		data[i] = float32(i) / 64
	}
	var file bytes.Buffer
	if err := update.WriteModel(&file, update.Model{Tensors: []update.Tensor{{Name: "w", Shape: []int{parameters}, Data: data}}}); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// ledger is a chain in memory that checks what the contracts check.
type ledger struct {
	mu         sync.Mutex
	head       round.Head
	committees map[uint64]round.Committee
	nominees   []common.Address
	registered []common.Address // sorted
	deposits   *round.Amount    // of every pool
	offline    error            // answers everything while it is set
	lost       error            // the answer to the next transaction, which is mined all the same
}

func newLedger(model round.Hash) *ledger {
	return &ledger{committees: map[uint64]round.Committee{},
		head: round.Head{Hash: round.GenesisHead(roundsDomain, modelID, model), Model: model, Block: round.Block{Number: 64, Hash: round.Hash{64}}}}
}

func (l *ledger) register(accounts ...common.Address) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.registered = append(l.registered, accounts...)
	slices.SortFunc(l.registered, common.Address.Cmp)
}

func (l *ledger) nominate(accounts ...common.Address) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.nominees = accounts
}

func (l *ledger) set(f func(l *ledger)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f(l)
}

func (l *ledger) Rounds() round.Domain   { return roundsDomain }
func (l *ledger) Registry() round.Domain { return registryDomain }

func (l *ledger) Head(context.Context) (round.Head, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.head, l.offline
}

func (l *ledger) Finalised(context.Context) (round.Block, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.head.Block, l.offline
}

func (l *ledger) RegisteredAt(_ context.Context, b round.Block) ([]common.Address, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.registered), l.offline
}

func (l *ledger) Nominees(context.Context) ([]common.Address, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.nominees), l.offline
}

func (l *ledger) Committee(_ context.Context, epoch uint64) (round.Committee, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c, ok := l.committees[epoch]
	if !ok {
		return c, chain.ErrNoCommittee
	}
	return c, l.offline
}

// Deposits are unlimited unless a test says otherwise.
func (l *ledger) Deposits(context.Context, uint64) (round.Amount, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.deposits != nil {
		return *l.deposits, l.offline
	}
	return round.Amount{0: 1}, l.offline
}

func (l *ledger) key() (tbls.PublicKey, error) {
	c := l.committees[l.head.Epoch]
	return tbls.ParseEVMPublicKey(c.Key[:])
}

func (l *ledger) install(c round.Committee, e chain.Endorsement) (chain.Receipt, error) {
	if c.Epoch != l.head.Epoch+1 {
		return chain.Receipt{}, chain.ErrWrongEpoch
	}
	key, err := tbls.ParseEVMPublicKey(c.Key[:])
	if err != nil {
		return chain.Receipt{}, err
	}
	if err := tbls.Verify(key, round.PossessionMessage(registryDomain, c.Epoch, c.Key), e.Possession); err != nil {
		return chain.Receipt{}, chain.ErrSignature
	}
	if round.KeyListHash(c.Members) != c.KeyList || len(e.Confirmations) != len(c.Members) {
		return chain.Receipt{}, errors.New("key list")
	}
	for i, m := range c.Members {
		s := round.SignedConfirmation{Confirmation: round.Confirmation{Epoch: c.Epoch, Member: uint8(i + 1), Transcript: c.DKG, Key: c.Key, KeyList: c.KeyList}, Signature: e.Confirmations[i]}
		if err := s.Verify(registryDomain, m.Identity); err != nil {
			return chain.Receipt{}, err
		}
	}
	l.committees[c.Epoch], l.head.Epoch = c, c.Epoch
	return chain.Receipt{GasUsed: 500_000}, nil
}

func (l *ledger) InstallCommittee(_ context.Context, _ *chain.Account, c round.Committee, e chain.Endorsement) (chain.Receipt, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.offline != nil {
		return chain.Receipt{}, l.offline
	}
	return l.install(c, e)
}

func (l *ledger) RotateCommittee(_ context.Context, _ *chain.Account, c round.Committee, e chain.Endorsement, old tbls.Signature) (chain.Receipt, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.offline != nil {
		return chain.Receipt{}, l.offline
	}
	key, err := l.key()
	if err != nil {
		return chain.Receipt{}, err
	}
	if err := tbls.Verify(key, round.RotationMessage(registryDomain, c.Epoch, l.head.Round, l.head.Hash, c.Key, c.KeyList), old); err != nil {
		return chain.Receipt{}, chain.ErrSignature
	}
	return l.install(c, e)
}

func (l *ledger) Finalize(_ context.Context, _ *chain.Account, c *round.Certificate, signature tbls.Signature) (chain.Receipt, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.offline != nil {
		return chain.Receipt{}, l.offline
	}
	key, err := l.key()
	switch {
	case err != nil:
		return chain.Receipt{}, err
	case c.Epoch != l.head.Epoch:
		return chain.Receipt{}, chain.ErrWrongEpoch
	case c.Round <= l.head.Round:
		return chain.Receipt{}, chain.ErrRoundNotNew
	case c.PreviousHead != l.head.Hash:
		return chain.Receipt{}, chain.ErrWrongHead
	}
	if err := tbls.Verify(key, c.Message(roundsDomain), signature); err != nil {
		return chain.Receipt{}, chain.ErrSignature
	}
	l.head.PreviousRoot, l.head.RewardsRoot = l.head.RewardsRoot, c.RewardsRoot
	l.head.Round, l.head.Hash, l.head.Model = c.Round, c.Head(roundsDomain), c.Model
	l.head.Count++
	l.head.Block.Number++
	l.head.Block.Hash = sha256.Sum256(l.head.Block.Hash[:])
	if err := l.lost; err != nil {
		l.lost = nil
		return chain.Receipt{}, err
	}
	return chain.Receipt{GasUsed: 190_000}, nil
}

// member is a committee member that does its part without a journal.
type member struct {
	t        testing.TB
	identity *ecdsa.PrivateKey
	keys     map[uint64]*memberKeys // by epoch
	at       uint64                 // next record

	down, lying, abstains bool // silent; releases garbage; releases nothing
	refuses               round.Purpose
	postErrors            []error
	board                 proto.BoardClient // posts go over it if it is set

	descriptor *round.Descriptor
	envelopes  map[common.Address]round.SealedShare
}

type memberKeys struct {
	number   uint8
	envelope *sharing.EnvelopeKey
	dkg      tbls.DKGSecret
	group    tbls.GroupKey
	share    tbls.SecretShare

	session *round.Session
	run     *tbls.DKG
	packets [3][][]byte
}

func newMember(t testing.TB) *member {
	return &member{t: t, identity: newKey(t), keys: map[uint64]*memberKeys{}}
}

func (m *member) address() common.Address { return addressOf(m.identity) }

// freshKeys returns the member's keys for an epoch as the number-th of a committee.
func (m *member) freshKeys(epoch uint64, number int) *memberKeys {
	if k := m.keys[epoch]; k != nil {
		return k
	}
	envelope, err := sharing.GenerateEnvelopeKey()
	if err != nil {
		m.t.Fatal(err)
	}
	secret, _ := tbls.GenerateDKGKey()
	m.keys[epoch] = &memberKeys{number: uint8(number), envelope: envelope, dkg: secret}
	return m.keys[epoch]
}

func (m *member) public(epoch uint64) round.MemberKeys {
	k := m.keys[epoch]
	return round.MemberKeys{Identity: m.address(), HPKE: k.envelope.Public().Bytes(), DKG: k.dkg.Public()}
}

func (m *member) hello(epoch uint64) *round.SignedHello {
	h, err := round.Hello{Epoch: epoch, Member: m.keys[epoch].number, Keys: m.public(epoch)}.Sign(registryDomain, m.identity)
	if err != nil {
		m.t.Fatal(err)
	}
	return &h
}

func (m *member) packet(epoch uint64, attempt uint32, phase uint8, data []byte) *round.SignedPacket {
	p, err := round.Packet{Epoch: epoch, Attempt: attempt, Phase: phase, Member: m.keys[epoch].number, Data: data}.Sign(registryDomain, m.identity)
	if err != nil {
		m.t.Fatal(err)
	}
	return &p
}

// share signs a message with the member's key of an epoch.
func (m *member) share(purpose round.Purpose, epoch, number uint64, message []byte) *round.SignatureShare {
	s := tbls.SignShare(m.keys[epoch].share, message)
	return &round.SignatureShare{Purpose: purpose, Epoch: epoch, Round: number, Member: uint8(s.Member), Signature: s.Signature}
}

func (m *member) release(d *round.Descriptor, manifest round.Hash, node int, values []uint32) *round.SignedRelease {
	params, err := d.Sharing()
	if err != nil {
		m.t.Fatal(err)
	}
	r, err := round.Release{Descriptor: d.Digest(), Manifest: manifest, Round: d.Round, Epoch: d.Epoch, Member: m.keys[d.Epoch].number, Node: uint16(node),
		Shares: sharing.EncodeShare(params, values)}.Sign(roundsDomain, m.identity)
	if err != nil {
		m.t.Fatal(err)
	}
	return &r
}

// bench is an aggregator with everybody around it.
type bench struct {
	t testing.TB
	*Aggregator
	clock   *clock
	ledger  *ledger
	members []*member
	keys    []*ecdsa.PrivateKey // contributors
	dir     string
	config  Config
	account *chain.Account

	mu     sync.Mutex
	events []Event
}

// dkg is a key generation made once for all tests that need no other.
var dkg = sync.OnceValues(func() ([]tbls.DKGSecret, []*tbls.Result) {
	secrets, publics := make([]tbls.DKGSecret, 4), make([]tbls.DKGPublic, 4)
	for i := range secrets {
		secrets[i], publics[i] = tbls.GenerateDKGKey()
	}
	must := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	session, err := tbls.NewDKGSession([32]byte{1}, publics)
	must(err)
	runs, results := make([]*tbls.DKG, 4), make([]*tbls.Result, 4)
	var deals, responses [][]byte
	for i := range runs {
		runs[i], err = tbls.NewDKG(session, i+1, secrets[i])
		must(err)
		d, err := runs[i].Deals()
		must(err)
		deals = append(deals, d)
	}
	for _, r := range runs {
		b, err := r.ProcessDeals(deals)
		must(err)
		responses = append(responses, b)
	}
	for i, r := range runs {
		results[i], _, err = r.ProcessResponses(responses)
		must(err)
	}
	return secrets, results
})

// newMembers returns the members of the committee of epoch 1 and what the chain and the store hold of it.
func newMembers(t testing.TB) ([]*member, round.Committee, round.Installed) {
	secrets, results := dkg()
	members := make([]*member, 4)
	var list round.KeyList
	for i := range members {
		members[i] = newMember(t)
		k := members[i].freshKeys(1, i+1)
		k.dkg, k.group, k.share = secrets[i], results[i].Group, results[i].Share
		list = append(list, members[i].public(1))
	}
	key, err := tbls.EVMPublicKey(results[0].Group.Public())
	if err != nil {
		t.Fatal(err)
	}
	return members, round.Committee{Epoch: 1, Key: key, KeyList: list.Hash(), Members: list.Hashes(), DKG: results[0].Transcript},
		round.Installed{Epoch: 1, Keys: list, Group: results[0].Group.Marshal()}
}

// newBench returns an aggregator with a committee in office and so many registered contributors.
func newBench(t testing.TB, contributors int, change ...func(*Config)) *bench {
	t.Helper()
	b := newBareBench(t, contributors, change...)
	var c round.Committee
	var i round.Installed
	b.members, c, i = newMembers(t)
	b.ledger.committees[1], b.ledger.head.Epoch = c, 1
	b.ledger.nominate(round.KeyList(i.Keys).Identities()...)
	store, err := OpenStore(b.dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.save(numberFile(committees, 1), &i); err != nil {
		t.Fatal(err)
	}
	// The log has seen the committee form.
	before := b.replica()
	before.state.head, before.state.model = b.ledger.head.Hash, b.ledger.head.Model
	if before.state.committee, err = committeeOf(&i); err != nil {
		t.Fatal(err)
	}
	if err := before.beginVolume(context.Background()); err != nil {
		t.Fatal(err)
	}
	b.start()
	return b
}

// newBareBench returns everything but the committee and the aggregator.
func newBareBench(t testing.TB, contributors int, change ...func(*Config)) *bench {
	t.Helper()
	b := &bench{t: t, clock: &clock{now: time.UnixMilli(1_700_000_000_000)}, dir: t.TempDir(), account: chain.NewAccount(newKey(t))}
	store, err := OpenStore(b.dir)
	if err != nil {
		t.Fatal(err)
	}
	model, err := store.SaveModel(firstModel(t))
	if err != nil {
		t.Fatal(err)
	}
	b.ledger = newLedger(model)
	for range contributors {
		k := newKey(t)
		b.keys = append(b.keys, k)
		b.ledger.register(addressOf(k))
	}
	b.config = Config{Engine: engine.NewMemory(), Account: b.account, Model: modelID, Now: b.clock.Now, Scheme: testScheme, Observe: b.note,
		Round: Rules{Leaves: 1, GMin: 2, Cohort: 3, KMax: 128, Time: time.Minute, Grace: 30 * time.Second, Bits: 16, Clip: 1}}
	for _, f := range change {
		f(&b.config)
	}
	t.Cleanup(func() {
		if b.Aggregator != nil {
			if b.without == "" {
				b.fold()
			}
			b.Aggregator.Close()
		}
	})
	return b
}

// fold checks that another replica, which reads the engine's log, comes to the state that the aggregator has.
func (b *bench) fold() {
	b.t.Helper()
	if b.engine.Shared() {
		b.read()
	}
	other := b.replica()
	if err := other.catchUpLog(context.Background()); err != nil {
		b.t.Fatalf("reading the log: %v", err)
	}
	b.Aggregator.mu.Lock()
	defer b.Aggregator.mu.Unlock()
	if !reflect.DeepEqual(other.state, b.state) || other.at != b.at {
		b.t.Fatalf("the log folds to\n%+v at %s, want\n%+v at %s", other.state, other.at, b.state, b.at)
	}
}

// digits returns a leaf's digit sums of the contributions that count, or nil if there is none.
func (b *bench) digits(leaf uint16) []uint64 {
	b.t.Helper()
	total, err := b.sum(context.Background(), b.working, b.volume)
	if err != nil {
		b.t.Fatal(err)
	}
	return total.leaves[leaf].digits
}

// replica returns an aggregator on the same engine that has read nothing yet.
func (b *bench) replica() *Aggregator {
	b.t.Helper()
	a := &Aggregator{config: b.config, chain: b.ledger, engine: b.config.Engine, state: NewState(registryDomain, roundsDomain), reading: true}
	a.closing, a.fail = context.WithCancelCause(context.Background())
	var err error
	if a.volume, err = a.newestVolume(context.Background()); err != nil {
		b.t.Fatal(err)
	}
	a.log = NewLog(a.volume.before())
	return a
}

// start starts the aggregator, or another one on the same files.
func (b *bench) start() {
	b.t.Helper()
	if b.Aggregator != nil {
		b.Aggregator.Close()
	}
	store, err := OpenStore(b.dir)
	if err != nil {
		b.t.Fatal(err)
	}
	if b.config.Engine.Shared() {
		if err := store.Share(context.Background(), b.config.Engine); err != nil {
			b.t.Fatal(err)
		}
	}
	if b.Aggregator, err = New(context.Background(), b.config, b.ledger, store); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) note(e Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events = append(b.events, e)
}

// happened returns the events of one type.
func happened[E Event](b *bench) (events []E) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.events {
		if e, ok := e.(E); ok {
			events = append(events, e)
		}
	}
	return events
}

// run lets aggregator and members act until none of them has anything to do at this time.
func (b *bench) run() (done bool) {
	b.t.Helper()
	done, err := b.tryRun()
	if err != nil {
		b.t.Fatal(err)
	}
	return done
}

func (b *bench) tryRun() (done bool, err error) {
	for {
		seen := b.Log().Head()
		if _, done, err = b.Step(context.Background()); err != nil || done {
			return done, err
		}
		for _, m := range b.members {
			if !m.down {
				m.follow(b)
			}
		}
		if b.Log().Head() == seen {
			return false, nil
		}
	}
}

// open runs until a round is open.
func (b *bench) open() *round.SignedDescriptor {
	b.t.Helper()
	b.run()
	s := b.Snapshot()
	if s.Phase != PhaseOpen {
		b.t.Fatalf("round %d is %s, want open", s.Round, s.Phase)
	}
	return s.Opening
}

func (b *bench) phase(want Phase) {
	b.t.Helper()
	if s := b.Snapshot(); s.Phase != want {
		b.t.Fatalf("round %d is %s, want %s", s.Round, s.Phase, want)
	}
}

// testUpload is a sealed contribution.
type testUpload struct {
	submission round.Submission
	ciphertext []byte
	values     []uint32
}

func (u *testUpload) header() []byte { return round.Encode(&u.submission) }

// chunks returns the ciphertext as the door receives it.
func (u *testUpload) chunks() func() (mem.BufferSlice, error) {
	return chunksOf(slices.Collect(slices.Chunk(u.ciphertext, round.ChunkBytes))...)
}

// chunksOf returns chunks as gRPC does: in pieces, and lent until the next one is asked for.
func chunksOf(chunks ...[]byte) func() (mem.BufferSlice, error) {
	var lent []byte
	return func() (mem.BufferSlice, error) {
		clear(lent)
		if len(chunks) == 0 {
			return nil, io.EOF
		}
		lent, chunks = slices.Clone(chunks[0]), chunks[1:]
		var pieces mem.BufferSlice
		for p := range slices.Chunk(lent, 16<<10-9) {
			pieces = append(pieces, mem.SliceBuffer(p))
		}
		return pieces, nil
	}
}

// seal makes a contribution. change may spoil it before it is signed.
func (b *bench) seal(o *round.SignedDescriptor, key *ecdsa.PrivateKey, change ...func(u *testUpload)) *testUpload {
	b.t.Helper()
	d := &o.Descriptor
	enc, hash, err := d.Crypto()
	if err != nil {
		b.t.Fatal(err)
	}
	u := &testUpload{values: make([]uint32, d.Values())}
	for i := range u.values {
		u.values[i] = rand.Uint32N(1 << d.Scheme.Bits)
	}
	secret, err := kahe.NewSecret(enc)
	if err != nil {
		b.t.Fatal(err)
	}
	c := round.Contribution{Descriptor: d.Digest(), Round: d.Round, Contributor: addressOf(key), BaseModel: d.BaseModel}
	c.Leaf = round.LeafOf(o.Beacon(), c.Contributor, d.Leaves)
	params, err := d.Sharing()
	if err != nil {
		b.t.Fatal(err)
	}
	shares, err := sharing.Split(params, secret.Coefficients())
	if err != nil {
		b.t.Fatal(err)
	}
	for i, k := range b.Snapshot().Keys {
		public, err := sharing.ParseEnvelopePublicKey(k.HPKE)
		if err != nil {
			b.t.Fatal(err)
		}
		e, err := sharing.Seal(public, sharing.Context{Descriptor: c.Descriptor, Contributor: c.Contributor, Member: uint8(i + 1), Leaf: uint32(c.Leaf)}, sharing.EncodeShare(params, shares[i]))
		if err != nil {
			b.t.Fatal(err)
		}
		u.submission.Envelopes = append(u.submission.Envelopes, e)
	}
	if u.ciphertext, err = kahe.Encrypt(enc, o.Beacon(), secret, u.values); err != nil {
		b.t.Fatal(err)
	}
	ring, err := ringsis.NewKey(o.Beacon(), hash, enc.Coefficients(d.Values()))
	if err != nil {
		b.t.Fatal(err)
	}
	sum, err := ring.SumPacked(u.ciphertext)
	if err != nil {
		b.t.Fatal(err)
	}
	u.submission.RingHash = sum.Bytes()
	u.submission.Signed.Contribution = c
	for _, f := range change {
		f(u)
	}
	u.sign(b.t, key)
	return u
}

// sign fills in the digests and signs.
func (u *testUpload) sign(t testing.TB, key *ecdsa.PrivateKey) {
	c := &u.submission.Signed.Contribution
	if c.CiphertextRoot == (round.Hash{}) {
		c.CiphertextRoot = round.CiphertextRoot(u.ciphertext)
	}
	c.RingHash = sha256.Sum256(u.submission.RingHash)
	c.Envelopes = round.EnvelopesDigest(round.EnvelopeDigests(u.submission.Envelopes))
	var err error
	if u.submission.Signed.Signature, err = c.Sign(roundsDomain, key); err != nil {
		t.Fatal(err)
	}
}

// contribute has contributors send honest contributions, which it returns.
func (b *bench) contribute(o *round.SignedDescriptor, keys ...*ecdsa.PrivateKey) []*testUpload {
	b.t.Helper()
	var uploads []*testUpload
	for _, k := range keys {
		u := b.seal(o, k)
		receipt, err := b.Contribute(u.header(), u.chunks())
		if err != nil {
			b.t.Fatal(err)
		}
		if err := receipt.Verify(roundsDomain, b.account.Address()); err != nil {
			b.t.Fatal(err)
		}
		if want := u.submission.Signed.Contribution.Digest(roundsDomain); receipt.Receipt.Digest != want {
			b.t.Fatalf("receipt for digest %s, want %s", receipt.Receipt.Digest, want)
		}
		uploads = append(uploads, u)
	}
	return uploads
}

// follow reads what is new on the board and answers it.
func (m *member) follow(b *bench) {
	for {
		records := b.Log().Read(m.at, 10)
		if len(records) == 0 {
			break
		}
		for _, r := range records {
			m.at = r.Sequence + 1
			if relayed, ok := Relayed(r, 0); ok {
				m.handle(b, relayed)
				continue
			}
			for epoch, k := range m.keys {
				// A member of the next committee follows under a number that somebody else has in this one.
				if relayed, ok := Relayed(r, k.number); ok && m.descriptor != nil && m.descriptor.Epoch == epoch {
					m.handle(b, relayed)
				}
			}
		}
	}
	m.greet(b)
}

// greet says hello if the chain names the member for the next epoch.
func (m *member) greet(b *bench) {
	head, _ := b.ledger.Head(context.Background())
	nominees, _ := b.ledger.Nominees(context.Background())
	number := slices.Index(nominees, m.address()) + 1
	current := b.ledger.committees[head.Epoch]
	if number == 0 || m.keys[head.Epoch+1] != nil || slices.EqualFunc(current.Members, nominees, func(k round.MemberKeyHashes, a common.Address) bool { return k.Identity == a }) {
		return
	}
	m.freshKeys(head.Epoch+1, number)
	if err := b.Post(context.Background(), round.KindHello, round.Encode(m.hello(head.Epoch+1))); err != nil {
		delete(m.keys, head.Epoch+1) // not yet: try again
		if round.ReasonOf(err) != round.ReasonBusy {
			b.t.Fatal(err)
		}
	}
}

func mustDecode[T any](t testing.TB, r round.Record) *T {
	t.Helper()
	v := new(T)
	if err := round.Decode(r.Kind.String(), r.Body, round.MaxManifestBytes, v); err != nil {
		t.Fatal(err)
	}
	return v
}

func (m *member) post(b *bench, kind round.Kind, body any) {
	if s, ok := body.(*round.SignatureShare); ok && s.Purpose == m.refuses {
		return
	}
	var err error
	if m.board == nil {
		err = b.Post(context.Background(), kind, round.Encode(body))
	} else {
		_, err = m.board.Post(context.Background(), &proto.PostRequest{Kind: uint32(kind), CanonicalBody: round.Encode(body)})
	}
	if err != nil {
		m.postErrors = append(m.postErrors, err)
	}
}

func (m *member) handle(b *bench, r round.Record) {
	switch r.Kind {
	case round.KindSession, round.KindPacket, round.KindPhase:
		m.generate(b, r)
	case round.KindConfirmation:
		m.handOver(b)
	case round.KindPropose:
		d := mustDecode[round.Descriptor](b.t, r)
		m.descriptor, m.envelopes = d, map[common.Address]round.SealedShare{}
		if m.keys[d.Epoch] != nil {
			m.post(b, round.KindShare, m.share(round.PurposeDescriptor, d.Epoch, d.Round, d.Message()))
		}
	case round.KindEnvelope:
		s := mustDecode[round.SealedShare](b.t, r)
		m.envelopes[s.Signed.Contribution.Contributor] = *s
	case round.KindClose:
		if k := m.keys[m.descriptor.Epoch]; k != nil {
			m.post(b, round.KindShare, m.share(round.PurposeManifest, m.descriptor.Epoch, r.Round, mustDecode[round.Manifest](b.t, r).Message(m.descriptor)))
		}
	case round.KindClosed:
		if k := m.keys[m.descriptor.Epoch]; k != nil && !m.abstains {
			m.releaseNodes(b, &mustDecode[round.SignedManifest](b.t, r).Manifest)
		}
	case round.KindFinish:
		if k := m.keys[m.descriptor.Epoch]; k != nil {
			m.certify(b, mustDecode[round.Finished](b.t, r))
		}
	}
}

func (m *member) releaseNodes(b *bench, manifest *round.Manifest) {
	d, k := m.descriptor, m.keys[m.descriptor.Epoch]
	params, _ := d.Sharing()
	enc, _, _ := d.Crypto()
	sums := make([][]uint32, len(manifest.Released))
	spoiled := make([]bool, len(sums))
	for i := range sums {
		sums[i] = make([]uint32, params.Groups(enc.N()))
	}
	for _, e := range manifest.Entries {
		node, ok := manifest.NodeOf(e.Leaf)
		if !ok {
			continue
		}
		s := m.envelopes[e.Contributor]
		share, err := sharing.OpenEnvelope(params, k.envelope, sharing.Context{Descriptor: d.Digest(), Contributor: e.Contributor, Member: k.number, Leaf: uint32(e.Leaf)}, s.Envelope, enc.N())
		if err != nil {
			spoiled[node] = true
			continue
		}
		sharing.SumInto(params, sums[node], share)
	}
	for i := range sums {
		if spoiled[i] {
			continue
		}
		if m.lying {
			sums[i][0] = uint32(uint64(sums[i][0]+1) % params.Modulus())
		}
		m.post(b, round.KindRelease, m.release(d, manifest.Digest(), i, sums[i]))
	}
}

func (m *member) certify(b *bench, f *round.Finished) {
	if head, _ := b.ledger.Head(context.Background()); head.Round >= f.Round {
		return // the board is read again, after the certificate
	}
	object, size, err := b.object(context.Background(), &proto.FetchRequest{Object: &proto.FetchRequest_Candidate{Candidate: f.Round}})
	if err != nil {
		b.t.Fatal(err)
	}
	content, err := io.ReadAll(object)
	if err != nil || int64(len(content)) != size || round.Hash(sha256.Sum256(content)) != f.Transcript {
		b.t.Fatalf("candidate of %d bytes, want %d (%v)", len(content), size, err)
	}
	var transcript round.Transcript
	if err := round.Decode("transcript", content, round.MaxTranscriptBytes, &transcript); err != nil {
		b.t.Fatal(err)
	}
	base, err := b.store.Model(m.descriptor.BaseModel)
	if err != nil {
		b.t.Fatal(err)
	}
	head, _ := b.ledger.Head(context.Background())
	previous := round.Rewards{}
	if head.Round > 0 {
		if err := b.store.load(numberFile(rewards, head.Round), round.MaxManifestBytes, &previous); err != nil {
			b.t.Fatal(err)
		}
	}
	reference := audit.Reference{Domain: roundsDomain, Head: head.Hash, LastRound: head.Round, Model: head.Model, RewardsRoot: head.RewardsRoot,
		Committee: b.ledger.committees[head.Epoch], Registered: b.ledger.registered}
	if _, err := audit.Verify(reference, &transcript, base, previous); err != nil {
		b.t.Fatalf("member %d: %v", m.keys[m.descriptor.Epoch].number, err)
	}
	m.post(b, round.KindShare, m.share(round.PurposeCertificate, m.descriptor.Epoch, f.Round, transcript.Certificate.Message(roundsDomain)))
}

// generate takes part in a key generation.
func (m *member) generate(b *bench, r round.Record) {
	fail := func(err error) {
		if err != nil {
			b.t.Fatal(err)
		}
	}
	switch r.Kind {
	case round.KindSession:
		s := mustDecode[round.Session](b.t, r)
		k := m.keys[s.Epoch]
		if k == nil {
			return
		}
		publics := make([]tbls.DKGPublic, len(s.Hellos))
		for i, h := range s.Hellos {
			publics[i] = h.Hello.Keys.DKG
		}
		list := s.KeyList()
		session, err := tbls.NewDKGSession(round.SessionNonce(registryDomain, s.Epoch, s.Attempt, list.Hash()), publics)
		fail(err)
		k.session, k.packets = s, [3][][]byte{}
		k.run, err = tbls.NewDKG(session, int(k.number), k.dkg)
		fail(err)
		deal, err := k.run.Deals()
		fail(err)
		m.post(b, round.KindPacket, m.packet(s.Epoch, s.Attempt, round.PhaseDeal, deal))
	case round.KindPacket:
		p := mustDecode[round.SignedPacket](b.t, r).Packet
		if k := m.keys[p.Epoch]; k != nil && k.session != nil && p.Attempt == k.session.Attempt {
			k.packets[p.Phase-1] = append(k.packets[p.Phase-1], p.Data)
		}
	case round.KindPhase:
		e := mustDecode[round.PhaseEnd](b.t, r)
		k := m.keys[e.Epoch]
		if k == nil || k.session == nil || e.Attempt != k.session.Attempt {
			return
		}
		switch e.Phase {
		case round.PhaseDeal:
			response, err := k.run.ProcessDeals(k.packets[0])
			fail(err)
			m.post(b, round.KindPacket, m.packet(e.Epoch, e.Attempt, round.PhaseResponse, response))
		case round.PhaseResponse:
			result, _, err := k.run.ProcessResponses(k.packets[1])
			fail(err)
			k.group, k.share = result.Group, result.Share
			key, err := tbls.EVMPublicKey(result.Group.Public())
			fail(err)
			list := k.session.KeyList()
			c, err := round.Confirmation{Epoch: e.Epoch, Attempt: e.Attempt, Member: k.number, Transcript: result.Transcript, Key: key, KeyList: list.Hash()}.
				Sign(registryDomain, m.identity, result.Group.Marshal())
			fail(err)
			m.post(b, round.KindConfirmation, &c)
			m.post(b, round.KindShare, m.share(round.PurposePossession, e.Epoch, 0, round.PossessionMessage(registryDomain, e.Epoch, key)))
		}
	}
}

// handOver signs the rotation once all new members have confirmed.
func (m *member) handOver(b *bench) {
	b.Aggregator.mu.Lock()
	message, committee := b.state.rotationMessage(), b.state.committee
	b.Aggregator.mu.Unlock()
	if message == nil || m.keys[committee.epoch] == nil || m.keys[committee.epoch].share.Member() == 0 {
		return
	}
	m.post(b, round.KindShare, m.share(round.PurposeRotation, committee.epoch, 0, message))
}

// refusal checks the reason, text and hint of a refusal.
func refusal(t testing.TB, err error, reason round.Reason, text, hint string) {
	t.Helper()
	var r *round.Refusal
	if !errors.As(err, &r) {
		t.Fatalf("got error %v, want refusal %s: %s", err, reason, text)
	}
	if r.Reason != reason || r.Text != text || r.Hint != hint {
		t.Fatalf("got refusal\n%s: %s (%s), want\n%s: %s (%s)", r.Reason, r.Text, r.Hint, reason, text, hint)
	}
}

func wantError(t testing.TB, err error, want string) {
	t.Helper()
	if got := fmt.Sprint(err); got != want {
		t.Fatalf("got error\n%s, want\n%s", got, want)
	}
}
