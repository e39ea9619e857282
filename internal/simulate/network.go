package simulate

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"sotto/aggregator"
	"sotto/aggregator/engine"
	"sotto/audit"
	"sotto/chain"
	"sotto/client"
	"sotto/committee"
	"sotto/crypto/kahe"
	"sotto/crypto/tbls"
	"sotto/proto"
	"sotto/round"
	"sotto/update"
)

// Sizes of a simulated network. There is one parameter for each contributor, so that contributor i can send the unit vector e_i.
const (
	people     = 12
	leaves     = 4
	smallest   = 2 // contributors of a leaf, and of a round
	largest    = 6 // contributors of a node
	payout     = 1000
	clip       = 1
	roundTime  = time.Minute
	roundGrace = time.Minute
)

// World is where simulated networks begin: a chain with a committee in office, and what its members and its aggregator have on disk. A
// network changes nothing of it.
type World struct {
	chain   *Chain
	members []*committee.Memory
	account *chain.Account
	people  []*ecdsa.PrivateKey
	disk    string         // the aggregator's folder
	engine  *engine.Memory // and its engine
}

// Network is a deployment in memory with all roles, without sockets and with a clock of its own. One operation runs at a time, so the same
// operations give the same run; only keys and encryption differ.
type Network struct {
	now   time.Time
	chain *Chain
	world *World
	dir   string

	aggregator *aggregator.Aggregator
	engine     *engine.Memory // outlives it
	server     *aggregator.Server
	loseAnswer bool // the answer to the next certificate is lost on its way from the chain

	members []*node
	people  []*person

	Trace []string // what happened
	wrong []string // what must not happen

	said      map[string]string // what each member has said, by what may be said once
	outcomes  map[uint64]*audit.Outcome
	certified map[uint64]bool
	spoiled   map[round.Hash]bool // contributions whose key shares are not those of their ciphertext
}

// node is a member of the committee and its place on the board.
type node struct {
	memory  *committee.Memory
	member  *committee.Member
	lies    bool
	down    bool
	next    uint64    // number of the next record
	since   time.Time // when the record at next was tried first
	outbox  []committee.Post
	stopped error
}

// person is a contributor.
type person struct {
	index   int
	key     *ecdsa.PrivateKey
	journal string
	uploads []*client.Upload // as they were sent, newest last
	// receipts are the aggregator's word for contributions.
	receipts []round.SignedReceipt
}

// fixedKey returns the key of a label, the same in every run.
func fixedKey(label string, i int) *ecdsa.PrivateKey {
	h := sha256.Sum256(fmt.Appendf(nil, "sotto/v1 simulated %s %d", label, i))
	key, err := crypto.ToECDSA(h[:])
	if err != nil {
		panic("simulate: internal error: " + err.Error())
	}
	return key
}

// newWorld returns a world with n members and no committee. dir is for the aggregator's files.
func newWorld(n int, dir string) (*World, error) {
	var file bytes.Buffer
	if err := update.WriteModel(&file, NewModel(people)); err != nil {
		return nil, err
	}
	w := &World{chain: NewChain(ModelID, sha256.Sum256(file.Bytes())), account: chain.NewAccount(fixedKey("aggregator", 0)), disk: dir, engine: engine.NewMemory()}
	store, err := aggregator.OpenStore(dir)
	if err != nil {
		return nil, err
	}
	if _, err := store.SaveModel(file.Bytes()); err != nil {
		return nil, err
	}
	for i := range people {
		w.people = append(w.people, fixedKey("contributor", i))
	}
	for i := range n {
		w.members = append(w.members, committee.NewMemory(fixedKey("member", i)))
	}
	w.chain.Deposit(1, amount(1_000_000))
	return w, nil
}

// identities returns the addresses of members, by number from 1.
func identities(numbers ...int) (accounts []common.Address) {
	for _, number := range numbers {
		accounts = append(accounts, crypto.PubkeyToAddress(fixedKey("member", number-1).PublicKey))
	}
	return accounts
}

// register registers all contributors.
func (c *Chain) register() {
	var accounts []common.Address
	for i := range people {
		accounts = append(accounts, fixedAddress(i))
	}
	c.Register(accounts...)
}

// NewWorld returns a world with a committee of n members, which they have formed over the board. dir is for the aggregator's files.
func NewWorld(n int, dir string) (*World, error) {
	w, err := newWorld(n, dir)
	if err != nil {
		return nil, err
	}
	var all []int
	for i := range n {
		all = append(all, i+1)
	}
	w.chain.Nominate(identities(all...))
	net, err := w.network(dir)
	if err != nil {
		return nil, err
	}
	net.settle()
	if net.chain.head.Epoch != 1 || len(net.wrong) > 0 {
		return nil, fmt.Errorf("no committee was formed: %q, %q", net.wrong, net.Trace)
	}
	// Nobody was registered, so that no round could begin yet.
	net.chain.register()
	net.aggregator.Close()
	w.chain, w.engine = net.chain, net.engine
	for i, node := range net.members {
		w.members[i] = node.memory
	}
	return w, nil
}

// Network returns a network in which everybody is as the world has them. dir is an empty folder of its own.
func (w *World) Network(dir string) (*Network, error) {
	if err := os.CopyFS(dir, os.DirFS(w.disk)); err != nil {
		return nil, err
	}
	return w.network(dir)
}

func (w *World) network(dir string) (*Network, error) {
	n := &Network{now: Now, chain: w.chain.clone(), engine: w.engine.Clone(), world: w, dir: dir, said: map[string]string{}, outcomes: map[uint64]*audit.Outcome{},
		certified: map[uint64]bool{}, spoiled: map[round.Hash]bool{}}
	for i, key := range w.people {
		n.people = append(n.people, &person{index: i, key: key, journal: filepath.Join(dir, fmt.Sprintf("contributor-%d", i))})
	}
	for _, memory := range w.members {
		n.members = append(n.members, &node{memory: memory.Clone()})
	}
	if err := n.startAggregator(); err != nil {
		return nil, err
	}
	for i := range n.members {
		if err := n.startMember(i + 1); err != nil {
			return nil, err
		}
	}
	return n, nil
}

func (n *Network) tracef(format string, args ...any) {
	n.Trace = append(n.Trace, fmt.Sprintf(format, args...))
}

// wrongf notes that something has happened that must not.
func (n *Network) wrongf(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	n.wrong = append(n.wrong, text)
	n.tracef("WRONG: %s", text)
}

// simulatedScheme returns parameters of a ring with 256 coefficients, which keeps nothing secret.
func simulatedScheme(bits, kMax, _, _ int) (kahe.Params, error) {
	return Scheme(kahe.TestInsecure, bits, kMax, 1)
}

// startAggregator starts the aggregator, again after a crash, with what is in its folder and its engine.
func (n *Network) startAggregator() error {
	store, err := aggregator.OpenStore(n.dir)
	if err != nil {
		return err
	}
	if n.aggregator != nil {
		n.aggregator.Close()
	}
	config := aggregator.Config{
		Engine: n.engine, Account: n.world.account, Model: ModelID, Now: func() time.Time { return n.now }, Observe: n.observe, Scheme: simulatedScheme,
		Round: aggregator.Rules{Leaves: leaves, GMin: smallest, Cohort: smallest, KMax: largest, Time: roundTime, Grace: roundGrace, Bits: 8, Clip: clip,
			Reward: round.Reward{Rule: round.RewardEqual, Pool: 1, Share: amount(payout)}},
	}
	n.aggregator, err = aggregator.New(context.Background(), config, uncertainChain{n.chain, n}, store)
	if err != nil {
		return err
	}
	n.server = aggregator.NewServer(n.aggregator, tls.Certificate{})
	return nil
}

func (n *Network) observe(e aggregator.Event) {
	switch e := e.(type) {
	case aggregator.CommitteeInstalled:
		n.tracef("committee of epoch %d is in office", e.Epoch)
	case aggregator.RoundProposed:
		n.tracef("round %d is proposed after %d skipped ones, disclosed %t", e.Descriptor.Round, e.Descriptor.Aborted, e.Descriptor.Disclosed)
	case aggregator.RoundOpened:
		n.tracef("round %d is open", e.Opening.Descriptor.Round)
	case aggregator.RoundClosed:
		n.tracef("round %d is closed with %d contributors in nodes %v without leaves %v", e.Closing.Manifest.Round, len(e.Closing.Manifest.Entries), e.Closing.Manifest.Released, e.Closing.Manifest.Dropped)
	case aggregator.RoundFinished:
		t := e.Outcome.Transcript
		n.tracef("round %d is finished, failed nodes %v, disagreements %v", e.Round, t.Failed, t.Disagreements)
		n.outcomes[e.Round] = e.Outcome
	case aggregator.RoundCertified:
		n.tracef("round %d is certified", e.Certificate.Round)
		n.certified[e.Certificate.Round] = true
	case aggregator.RoundSkipped:
		n.tracef("round %d is skipped: %s", e.Round, e.Reason)
	case aggregator.Equivocated:
		n.wrongf("member %d has made two %s statements in round %d", e.Evidence.Member, e.Evidence.Kind, e.Evidence.Round)
	case aggregator.Trouble:
		n.tracef("aggregator: %v", e.Err)
	}
}

// uncertainChain is the chain as the aggregator reaches it.
type uncertainChain struct {
	*Chain
	network *Network
}

var errLost = errors.New("the answer of the chain's node was lost")

// Finalize loses the answer if an operation has said so.
func (c uncertainChain) Finalize(ctx context.Context, from *chain.Account, certificate *round.Certificate, signature tbls.Signature) (chain.Receipt, error) {
	receipt, err := c.Chain.Finalize(ctx, from, certificate, signature)
	if c.network.loseAnswer && err == nil {
		c.network.loseAnswer = false
		return chain.Receipt{}, errLost
	}
	return receipt, err
}

// startMember starts a member, again after a crash: what was not synced is gone, and what it was about to post.
func (n *Network) startMember(number int) error {
	m := n.members[number-1]
	dir, err := m.memory.Open()
	if err != nil {
		return err
	}
	config := committee.Config{
		Directory: dir, Chain: n.chain, Fetcher: fetcher{proto.NewAggregatorClient(n.wire())}, Clock: func() time.Time { return n.now },
		Policy: committee.Policy{Sets: []kahe.Set{kahe.TestInsecure}, GMin: smallest, Cohort: smallest},
		Rounds: n.chain.Rounds(), Registry: n.chain.Registry(), Model: ModelID, Aggregator: n.world.account.Address(),
	}
	if m.lies {
		config.AlterRelease = func(node int, shares []uint32) {
			for i := range shares {
				shares[i] += uint32(node+i)*7919%32749 + 1 // below 65,521, so that the sum is another element of either field
			}
		}
	}
	m.member, err = committee.New(config)
	m.next, m.outbox, m.stopped = 0, nil, err
	if err != nil {
		return err
	}
	n.poll(number)
	return nil
}

func (n *Network) wire() wire {
	return wire{server: func() *aggregator.Server { return n.server }}
}

// poll lets a member look at the chain.
func (n *Network) poll(number int) {
	m := n.members[number-1]
	posts, err := m.member.Poll(context.Background())
	n.say(number, posts)
	n.refusal(number, "poll", err)
}

// say puts what a member posts into its outbox, and holds it against what it has said before.
func (n *Network) say(number int, posts []committee.Post) {
	m := n.members[number-1]
	for _, p := range posts {
		n.once(number, p)
		if !slices.ContainsFunc(m.outbox, func(q committee.Post) bool { return p.Kind == q.Kind && bytes.Equal(p.Body, q.Body) }) {
			m.outbox = append(m.outbox, p)
		}
	}
}

// once notes what a member says where it may say one thing only: a signature share is unique to its message, and a release is known by its
// shares.
func (n *Network) once(number int, p committee.Post) {
	var place, what string
	switch p.Kind {
	case round.KindShare:
		var s round.SignatureShare
		if err := round.Decode("share", p.Body, round.MaxRecordBytes, &s); err != nil {
			n.wrongf("member %d posts %v", number, err)
			return
		}
		if s.Purpose == round.PurposeRotation || s.Purpose == round.PurposePossession {
			return // at each head, and in each attempt at a key, another one
		}
		place, what = fmt.Sprintf("member %d %s epoch %d round %d", number, s.Purpose, s.Epoch, s.Round), string(s.Signature[:])
	case round.KindRelease:
		var s round.SignedRelease
		if err := round.Decode("release", p.Body, round.MaxReleaseBytes, &s); err != nil {
			n.wrongf("member %d posts %v", number, err)
			return
		}
		digest := round.Digest(&s.Release)
		place, what = fmt.Sprintf("member %d release round %d node %d", number, s.Release.Round, s.Release.Node), string(digest[:])
	default:
		return
	}
	if before, ok := n.said[place]; ok && before != what {
		n.wrongf("two statements: %s", place)
	}
	n.said[place] = what
}

// refusal traces why a member did not act. It returns whether the record may be handed over again, from the given time on.
func (n *Network) refusal(number int, what string, err error) (again bool) {
	if err == nil {
		return false
	}
	m := n.members[number-1]
	var refused *committee.Refused
	switch {
	case errors.Is(err, committee.ErrJournal):
		n.wrongf("member %d, %s: %v", number, what, err)
		m.stopped = err
		return false
	case errors.Is(err, committee.ErrJournalLost):
		n.wrongf("member %d, whose journal is complete, %s: %v", number, what, err)
		return false
	case errors.Is(err, committee.ErrOver):
		return false
	case errors.Is(err, committee.ErrOmitted):
		n.wrongf("member %d, %s: %v", number, what, err)
		return false
	case errors.As(err, &refused):
		const patience = 10 * time.Second // as Member.Run has it
		again := !refused.Again.IsZero() && refused.Again.Sub(n.now) <= patience && n.now.Sub(m.since) <= patience
		n.tracef("member %d refuses %s of round %d: %s", number, refused.What, refused.Round, refused.Rule)
		return again
	default:
		n.tracef("member %d, %s: %v", number, what, err)
		return true
	}
}

// up reports whether a member takes part.
func (m *node) up() bool { return !m.down && m.stopped == nil }

// records returns at most so many of the records that a member has not handled.
func (n *Network) records(number, most int) (records []round.Record) {
	m := n.members[number-1]
	for _, r := range n.aggregator.Log().Read(m.next, 1<<20) {
		if relayed, ok := aggregator.Relayed(r, uint8(m.member.Status().Member)); ok && len(records) < most {
			records = append(records, relayed)
		}
	}
	return records
}

// deliver hands a member at most so many records. It returns how many it has handled.
func (n *Network) deliver(number, most int) (handled int) {
	m := n.members[number-1]
	if !m.up() {
		return 0
	}
	for _, r := range n.records(number, most) {
		if !n.handle(number, r) {
			break
		}
		m.next, m.since = r.Sequence+1, time.Time{}
		handled++
	}
	return handled
}

// handle hands a member a record. It returns false if the record has to be handed over again later.
func (n *Network) handle(number int, r round.Record) bool {
	m := n.members[number-1]
	if m.since.IsZero() {
		m.since = n.now
	}
	posts, err := m.member.Handle(context.Background(), r)
	n.say(number, posts)
	return !n.refusal(number, r.Kind.String(), err)
}

// post posts at most so many of what a member has to say. It returns how many.
func (n *Network) post(number, most int) (posted int) {
	m := n.members[number-1]
	for m.up() && n.server != nil && posted < most && len(m.outbox) > 0 {
		p := m.outbox[0]
		if err := n.aggregator.Post(context.Background(), p.Kind, p.Body); err != nil {
			n.tracef("the board refuses a %s of member %d: %v", p.Kind, number, round.ReasonOf(err))
		}
		m.outbox = m.outbox[1:]
		posted++
	}
	return posted
}

// step lets the aggregator do what is due.
func (n *Network) step() (wake time.Time, err error) {
	wake, _, err = n.aggregator.Step(context.Background())
	if err != nil {
		n.tracef("aggregator: %v", err)
	}
	return wake, err
}

// settle lets everybody who is up go on until nothing moves at this time.
func (n *Network) settle() {
	for range 1000 {
		before, handled := n.aggregator.Log().Head(), 0
		if _, err := n.step(); err != nil {
			return
		}
		for i := range n.members {
			if m := n.members[i]; m.up() {
				n.poll(i + 1)
				handled += n.deliver(i+1, 1<<20)
				n.post(i+1, 1<<20)
			}
		}
		// What the board refuses moves nothing: members say their hello again at every look until it stands there.
		if handled == 0 && n.aggregator.Log().Head() == before {
			return
		}
	}
	n.wrongf("the network does not come to rest")
}
