package simulate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sotto/aggregator"
	"sotto/client"
	"sotto/committee"
	"sotto/crypto/kahe"
	"sotto/round"
	"sotto/update"
)

// Operation is one thing that happens to a network: what, to whom (from 1, 0 for nobody) and how much.
type Operation struct {
	What   string
	Who, N int
}

// String returns the operation as a failure prints it.
func (o Operation) String() string {
	switch {
	case o.Who == 0 && o.N == 0:
		return o.What
	case o.N == 0:
		return fmt.Sprintf("%s %d", o.What, o.Who)
	case o.Who == 0:
		return fmt.Sprintf("%s /%d", o.What, o.N)
	}
	return fmt.Sprintf("%s %d/%d", o.What, o.Who, o.N)
}

// Script is a run: who lies from the start, and what happens.
type Script struct {
	Seed       uint64
	Liars      []int
	Operations []Operation
}

// String returns the script as a failure prints it.
func (s Script) String() string {
	parts := make([]string, len(s.Operations))
	for i, o := range s.Operations {
		parts[i] = o.String()
	}
	return fmt.Sprintf("seed %d, members %v lie:\n%s", s.Seed, s.Liars, strings.Join(parts, ", "))
}

// NewScript returns the run of a seed in a committee of n members: up to two rounds, into which things break that may break.
func NewScript(seed uint64, n int) Script {
	rnd := rand.New(rand.NewPCG(seed, 0))
	s := Script{Seed: seed}
	f := (n - 1) / 3
	switch rnd.IntN(4) {
	case 0:
		s.Liars = pick(rnd, n, 1+rnd.IntN(f))
	case 1:
		s.add(Operation{What: "down", Who: 1 + rnd.IntN(n)})
	}
	for range 1 + rnd.IntN(2) {
		s.add(Operation{What: "settle"})
		s.contributions(rnd, n)
		s.add(Operation{What: "close"})
		s.ending(rnd, n)
	}
	return s
}

func (s *Script) add(o ...Operation) { s.Operations = append(s.Operations, o...) }

// pick draws count numbers from 1 to n.
func pick(rnd *rand.Rand, n, count int) []int {
	all := rnd.Perm(n)[:count]
	for i := range all {
		all[i]++
	}
	slices.Sort(all)
	return all
}

// contributions lets contributors take part, in ways of all sorts, while the network is disturbed.
func (s *Script) contributions(rnd *rand.Rand, n int) {
	var ops []Operation
	who := rnd.Perm(people)
	for _, i := range who[:4+rnd.IntN(people-4)] {
		o := Operation{What: weighted(rnd, "submit", 8, "contribute", 4, "spoil", 1), Who: i + 1}
		ops = append(ops, o)
		if rnd.IntN(3) == 0 {
			o.What, o.N = weighted(rnd, "resend", 3, "submit", 2, "cut", 3, "replay", 2, "steal", 1, "tell", 2, "contribute", 1), 1+rnd.IntN(3)
			ops = append(ops, o)
		}
	}
	for range rnd.IntN(5) {
		ops = append(ops, s.disturbance(rnd, n))
	}
	rnd.Shuffle(len(ops), func(i, j int) { ops[i], ops[j] = ops[j], ops[i] })
	s.add(ops...)
}

// ending lets a round be closed, released, finished and certified, with interruptions.
func (s *Script) ending(rnd *rand.Rand, n int) {
	for range 2 + rnd.IntN(7) {
		switch weighted(rnd, "scramble", 5, "disturb", 4, "settle", 1, "advance", 2) {
		case "scramble":
			s.add(Operation{What: "scramble", N: 1 + rnd.IntN(1000)})
		case "disturb":
			s.add(s.disturbance(rnd, n))
		case "settle":
			s.add(Operation{What: "settle"})
		case "advance":
			s.add(Operation{What: "advance", N: 1 + rnd.IntN(6)})
		}
	}
	s.add(Operation{What: "settle"}, Operation{What: "advance", N: 6}, Operation{What: "settle"})
	if rnd.IntN(4) == 0 {
		s.add(Operation{What: "expire"})
	}
}

// disturbance returns something that happens to a member, to the aggregator or to the time.
func (s *Script) disturbance(rnd *rand.Rand, n int) Operation {
	o := Operation{What: weighted(rnd, "restart", 6, "restart aggregator", 1, "reorder", 2, "reread", 2, "repeat", 1, "down", 2, "up", 3, "lose answer", 1, "advance", 2,
		"scramble", 3, "withhold", 1)}
	switch o.What {
	case "restart", "reorder", "reread", "down", "up", "withhold":
		o.Who = 1 + rnd.IntN(n)
	case "advance":
		o.N = 1 + rnd.IntN(20)
	case "scramble":
		o.N = 1 + rnd.IntN(1000)
	}
	return o
}

// weighted returns one of the names, each followed by its weight.
func weighted(rnd *rand.Rand, choices ...any) string {
	total := 0
	for i := 1; i < len(choices); i += 2 {
		total += choices[i].(int)
	}
	x := rnd.IntN(total)
	for i := 1; ; i += 2 {
		if x -= choices[i].(int); x < 0 {
			return choices[i-1].(string)
		}
	}
}

// Run does everything that a script says, and then brings the network back to order.
func (n *Network) Run(s Script) error {
	if err := n.runAll(s); err != nil {
		return err
	}
	n.tracef("> order")
	return n.order()
}

// runAll does everything that a script says.
func (n *Network) runAll(s Script) error {
	for _, number := range s.Liars {
		n.members[number-1].lies = true
		if err := n.startMember(number); err != nil {
			return err
		}
	}
	for _, o := range s.Operations {
		n.tracef("> %s", o)
		if err := n.do(o); err != nil {
			return fmt.Errorf("operation %s: %w", o, err)
		}
	}
	return nil
}

func (n *Network) do(o Operation) error {
	switch o.What {
	case "settle":
		n.settle()
	case "scramble":
		n.scramble(uint64(o.N))
	case "advance":
		n.now = n.now.Add(time.Duration(o.N) * time.Second)
	case "close":
		if s := n.aggregator.Snapshot(); s.Opening != nil && s.Opening.Descriptor.DeadlineTime().After(n.now) {
			n.now = s.Opening.Descriptor.DeadlineTime().Add(time.Millisecond)
		}
	case "expire":
		n.now = n.now.Add(roundTime + roundGrace)
	case "restart":
		if m := n.members[o.Who-1]; m.up() {
			return n.startMember(o.Who)
		}
	case "restart aggregator":
		return n.startAggregator()
	case "reread":
		n.members[o.Who-1].next = 0
	case "repeat":
		n.repeat()
	case "reorder":
		n.reorder(o.Who)
	case "withhold":
		if records := n.records(o.Who, 1); len(records) > 0 {
			n.members[o.Who-1].next = records[0].Sequence + 1
		}
	case "down":
		if n.faulty() < (len(n.members)-1)/3 {
			n.members[o.Who-1].down = true
		}
	case "up":
		// A member that was stopped starts with what it has on disk.
		if m := n.members[o.Who-1]; m.down {
			m.down = false
			return n.startMember(o.Who)
		}
	case "lose answer":
		n.loseAnswer = true
	default:
		n.contribution(n.people[o.Who-1], o)
	}
	return nil
}

// faulty returns how many members are down or lie.
func (n *Network) faulty() (count int) {
	for _, m := range n.members {
		if m.down || m.lies {
			count++
		}
	}
	return count
}

// scramble lets aggregator and members make single steps, in an order that is drawn.
func (n *Network) scramble(seed uint64) {
	rnd := rand.New(rand.NewPCG(seed, 1))
	for range 8 + rnd.IntN(40) {
		who := 1 + rnd.IntN(len(n.members))
		switch weighted(rnd, "deliver", 3, "post", 2, "step", 1) {
		case "deliver":
			n.deliver(who, 1+rnd.IntN(8))
		case "post":
			n.post(who, 1+rnd.IntN(2))
		case "step":
			n.step()
		}
	}
}

// repeat posts again what members have posted, which is no error.
func (n *Network) repeat() {
	for _, r := range n.aggregator.Log().Read(0, 1<<20) {
		if r.Kind == round.KindShare || r.Kind == round.KindRelease {
			if err := n.aggregator.Post(context.Background(), r.Kind, r.Body); err != nil && round.ReasonOf(err) != round.ReasonRoundClosed {
				n.wrongf("a repeated %s is refused: %v", r.Kind, err)
			}
		}
	}
}

// reorder hands a member its next two records in the wrong order, and then again in the right one.
func (n *Network) reorder(number int) {
	m := n.members[number-1]
	if records := n.records(number, 2); m.up() && len(records) == 2 {
		n.handle(number, records[1])
		n.handle(number, records[0])
		m.since = time.Time{}
	}
}

// client returns a contributor's end of the wire.
func (n *Network) client(p *person, w wire) (*client.Client, error) {
	journal, err := client.OpenJournal(p.journal)
	if err != nil {
		return nil, err
	}
	c := client.New(w, n.chain, client.Pins{Domain: n.chain.Rounds(), Model: ModelID, Aggregator: n.world.account.Address()}, journal)
	c.Clock = func() time.Time { return n.now }
	c.Patience = 0 // operations try again, and nothing waits
	c.Policy.GMin, c.Policy.Cohort, c.Policy.Sets = smallest, smallest, append(c.Policy.Sets, uint8(kahe.TestInsecure))
	return c, nil
}

// contribution is what contributors do, rightly and wrongly.
func (n *Network) contribution(p *person, o Operation) {
	w := n.wire()
	if o.What == "cut" {
		w.cut = o.N
	}
	c, err := n.client(p, w)
	if err != nil {
		n.wrongf("contributor %d: %v", o.Who, err)
		return
	}
	ctx := context.Background()
	if o.What == "contribute" {
		n.contribute(ctx, c, p)
		return
	}
	var u *client.Upload
	valid := true // it may be accepted
	switch o.What {
	case "submit", "cut", "spoil", "steal":
		if u = n.seal(p); u == nil {
			return
		}
		valid = o.What == "submit" || o.What == "spoil"
	case "resend":
		if len(p.uploads) > 0 {
			u = p.uploads[len(p.uploads)-1]
		}
	case "replay":
		// From an earlier round, if there is one.
		if len(p.uploads) > 0 {
			u = p.uploads[0]
		}
	case "tell":
		n.tell(p)
		return
	}
	if u == nil {
		return
	}
	switch o.What {
	case "spoil":
		n.spoil(p, u)
	case "steal":
		u.Submission.Signed.Contribution.Contributor = fixedAddress((p.index + 1) % people)
	}
	before := len(p.receipts) > 0 && n.current(p.receipts[len(p.receipts)-1].Receipt.Round)
	receipt, err := c.Submit(ctx, &u.Submission, bytes.NewReader(u.Ciphertext), nil)
	n.tracef("contributor %d: %s", p.index+1, outcome(&receipt, err))
	if err != nil {
		// One that was cut off is the contributor's to send again.
		if !expected(err) {
			n.wrongf("contributor %d, %s: %v", p.index+1, o.What, err)
		}
		return
	}
	if !valid && !before {
		n.wrongf("contributor %d, %s: accepted", p.index+1, o.What)
		return
	}
	if o.What == "submit" || o.What == "spoil" {
		p.uploads = append(p.uploads, u)
	}
	n.receive(p, receipt)
}

// current reports whether a round is the newest one.
func (n *Network) current(number uint64) bool { return n.aggregator.Snapshot().Round == number }

// expected reports whether an honest contributor may be told that.
func expected(err error) bool {
	if status.Code(err) == codes.Canceled {
		return true
	}
	return slices.Contains([]round.Reason{round.ReasonRoundClosed, round.ReasonNoRound, round.ReasonLeafFull, round.ReasonCutOff, round.ReasonWrongRound, round.ReasonBadSignature,
		round.ReasonWrongLeaf, round.ReasonBusy}, round.ReasonOf(err))
}

func outcome(r *round.SignedReceipt, err error) string {
	if err == nil {
		return fmt.Sprintf("accepted in leaf %d of round %d", r.Receipt.Leaf, r.Receipt.Round)
	}
	if reason := round.ReasonOf(err); reason != "" {
		return "refused: " + string(reason)
	}
	return err.Error()
}

// contribute lets a contributor do all that its program does.
func (n *Network) contribute(ctx context.Context, c *client.Client, p *person) {
	result, err := c.Contribute(ctx, p.key, client.InMemory(func(_ context.Context, base update.Model) (update.Model, int, error) {
		values := base.Flatten()
		values[p.index] += 3 * clip // is clipped, whatever the rounding of the difference does
		m, err := base.WithValues(values)
		return m, 1, err
	}), client.Options{})
	var again *client.AgainError
	var checked *client.CheckError
	switch {
	case err == nil:
		n.tracef("contributor %d: %s", p.index+1, outcome(&result.Receipt, nil))
		n.receive(p, result.Receipt)
	case errors.As(err, &again):
		n.tracef("contributor %d: %v", p.index+1, err)
	case errors.As(err, &checked) && (checked.Check == "deadline" || checked.Check == "head"):
		// A round that is past its deadline and not frozen yet, or certified on chain and not on the board.
		n.tracef("contributor %d: %v", p.index+1, err)
	case expected(err):
		n.tracef("contributor %d: %s", p.index+1, outcome(nil, err))
	default:
		n.wrongf("contributor %d: %v", p.index+1, err)
	}
}

// seal encrypts the unit vector of a contributor for the open round, if one is open. It looks at nothing; see [Network.contribute].
func (n *Network) seal(p *person) *client.Upload {
	s := n.aggregator.Snapshot()
	if s.Opening == nil || s.Phase != aggregator.PhaseOpen {
		return nil
	}
	u, err := client.Seal(s.Opening, s.Keys, p.key, unit(p.index, 1))
	if err != nil {
		n.wrongf("contributor %d: %v", p.index+1, err)
	}
	return u
}

// unit returns the quantised unit vector with a one at index: zero is 2^7 and one 2^7 + 127.
func unit(index int, length uint32) []uint32 {
	values := make([]uint32, people)
	for i := range values {
		values[i] = 128
	}
	values[index] += 127 * length
	return values
}

// spoil gives an upload the key shares of another secret.
func (n *Network) spoil(p *person, u *client.Upload) {
	s := n.aggregator.Snapshot()
	other, err := client.Seal(s.Opening, s.Keys, p.key, unit(p.index, 0))
	if err == nil {
		u.Submission.Envelopes = other.Submission.Envelopes
		err = Sign(&s.Opening.Descriptor, u, p.key)
	}
	if err != nil {
		n.wrongf("contributor %d: %v", p.index+1, err)
	}
	n.spoiled[u.Digest(n.chain.Rounds())] = true
}

// receive keeps a receipt.
func (n *Network) receive(p *person, r round.SignedReceipt) {
	if err := r.Verify(n.chain.Rounds(), n.world.account.Address()); err != nil {
		n.wrongf("contributor %d: %v", p.index+1, err)
	}
	for _, before := range p.receipts {
		if before.Receipt.Round == r.Receipt.Round && before != r {
			n.wrongf("contributor %d has two receipts for round %d", p.index+1, r.Receipt.Round)
		}
	}
	if !slices.Contains(p.receipts, r) {
		p.receipts = append(p.receipts, r)
	}
}

// tell shows all members the newest receipt of a contributor. One that the signed manifest omits would be a breach.
func (n *Network) tell(p *person) {
	if len(p.receipts) == 0 {
		return
	}
	for i, m := range n.members {
		if m.up() {
			err := m.member.AddReceipt(p.receipts[len(p.receipts)-1])
			if errors.Is(err, committee.ErrOmitted) {
				n.wrongf("member %d: %v", i+1, err)
			}
			n.refusal(i+1, "receipt", err)
		}
	}
}
