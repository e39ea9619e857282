package aggregator

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"google.golang.org/grpc/mem"

	"sotto/aggregator/engine"
	"sotto/crypto/kahe"
	"sotto/crypto/ringsis"
	"sotto/round"
)

// working is what the round in progress is worked on with, beside its state: parameters, who may contribute, and the sums.
type working struct {
	descriptor round.Descriptor
	enc        kahe.Params
	hash       ringsis.Params
	registered map[common.Address]bool
	base       []byte        // the base model's file
	previous   round.Rewards // before the round

	size          int // bytes of a ciphertext
	envelopeBytes int
	// buffers are *[]byte of that size which uploads have left. There are about as many as uploads have been under way at one time, whose
	// memory is bounded, and the collector takes those that nobody comes for.
	buffers *sync.Pool

	// From the opening on.
	opening    round.SignedDescriptor
	digest     round.Hash
	key        *ringsis.Key
	group      *engine.Group[*upload, *sums] // commits contributions
	stop       context.CancelFunc            // of the group
	committing map[engine.Item]*upload       // that wait for the group; guarded by the aggregator's lock
}

// newWorking prepares for a round that is about to be proposed.
func newWorking(d round.Descriptor, registered []common.Address, base []byte, previous round.Rewards) (*working, error) {
	enc, hash, err := d.Crypto()
	if err != nil {
		return nil, err
	}
	members, err := d.Sharing()
	if err != nil {
		return nil, err
	}
	w := &working{descriptor: d, enc: enc, hash: hash, base: base, previous: previous, registered: make(map[common.Address]bool, len(registered)), buffers: new(sync.Pool),
		size: enc.CiphertextBytes(d.Values()), envelopeBytes: members.EnvelopeBytes(enc.N())}
	for _, a := range registered {
		w.registered[a] = true
	}
	return w, nil
}

// sumBytes returns the memory that the sums of all leaves take.
func (w *working) sumBytes() int64 {
	return 8 * int64(w.descriptor.Leaves) * int64(w.enc.Coefficients(w.descriptor.Values())) * int64(w.hash.Digits())
}

// opened takes the committee's signature, from which the beacon comes.
func (w *working) opened(o round.SignedDescriptor) (err error) {
	w.opening, w.digest, w.committing = o, o.Descriptor.Digest(), make(map[engine.Item]*upload)
	w.key, err = ringsis.NewKey(o.Beacon(), w.hash, w.enc.Coefficients(w.descriptor.Values()))
	return err
}

// newSums returns sums of nothing.
func (w *working) newSums() *sums {
	return newSums(w.hash, w.enc.Coefficients(w.descriptor.Values()), int(w.descriptor.Leaves))
}

// end ends the committing of contributions.
func (w *working) end() {
	if w.stop != nil {
		w.stop()
	}
}

// buffer returns memory for a ciphertext, with nothing in it.
func (w *working) buffer() []byte {
	if b, ok := w.buffers.Get().(*[]byte); ok {
		return (*b)[:0]
	}
	return make([]byte, 0, w.size)
}

// release takes back what buffer has returned, or nothing. Nobody may look at it any more.
func (w *working) release(ciphertext []byte) {
	if ciphertext != nil {
		w.buffers.Put(&ciphertext)
	}
}

// upload is one contribution on its way through the door.
type upload struct {
	aggregator *Aggregator
	submission round.Submission
	digests    []round.Hash // of the envelopes
	ciphertext []byte
	root       round.Hash          // over the chunks received
	received   time.Time           // when all of it was there and checked; zero before
	counted    round.SignedReceipt // for when it is committed
	body       []byte              // accepted, in canonical bytes, for the log
	item       engine.Item         // how commits name it

	// What the state said when it was looked at last.
	now      time.Time
	last     uint64    // newest round
	round    *working  // the round in progress, or nil before it is open
	open     bool      // it takes contributions
	soon     bool      // the round that the contribution names is about to be open here
	ended    *progress // the round that the contribution counts in, if that is over
	leafSize uint32    // contributions in the upload's leaf
	entries  int       // contributions in the round
	receipt  *round.SignedReceipt
}

func (u *upload) contribution() *round.Contribution { return &u.submission.Signed.Contribution }

// look refreshes what the upload knows of the state. The caller holds the aggregator's lock.
func (u *upload) look() {
	a, c := u.aggregator, u.contribution()
	u.now, u.last, u.round, u.open, u.soon, u.ended, u.receipt = a.config.Now(), a.state.last, nil, false, false, nil, nil
	if !u.received.IsZero() {
		u.now = u.received // it was in time if that was, however long the commit takes
	}
	if p := a.ended; p != nil && p.digest == c.Descriptor && p.entries[c.Contributor] != nil {
		u.ended, u.receipt = p, &p.entries[c.Contributor].receipt
	}
	p := a.state.round
	u.soon = p != nil && p.phase <= PhaseOpen && p.descriptor.Round == c.Round
	if p == nil || p.phase < PhaseOpen || a.working == nil || a.working.group == nil || a.working.digest != p.digest {
		return
	}
	u.round, u.open, u.entries, u.leafSize = a.working, p.phase == PhaseOpen || a.without == checkFrozen, len(p.entries), 0
	if int(c.Leaf) < len(p.leaves) {
		u.leafSize = p.leaves[c.Leaf]
	}
	if e := p.entries[c.Contributor]; e != nil && c.Descriptor == p.digest && a.without != checkOnce {
		u.receipt = &e.receipt
	}
}

// check is one condition that an upload must meet.
type check struct {
	name   string
	broken func(u *upload) error
}

// Checks that are made by the state, too: a contributor counts once, and nothing counts after the freeze.
const (
	checkOnce   = "once"
	checkFrozen = "frozen"
)

// headerChecks are made before anything but the header is received, cheap ones first.
var headerChecks = []check{
	{"open", (*upload).checkOpen},
	{"deadline", (*upload).checkDeadline},
	{"registered", (*upload).checkRegistered},
	{"signed", (*upload).checkSigned},
	{"leaf", (*upload).checkLeaf},
}

// ciphertextChecks are made of a ciphertext that was received whole.
var ciphertextChecks = []check{
	{"chunk root", (*upload).checkRoot},
	{"ciphertext", (*upload).checkCiphertext},
	{"ring hash", (*upload).checkRingHash},
}

// countChecks are made at the moment when the contribution is counted.
var countChecks = []check{
	{checkFrozen, (*upload).checkOpen},
	{"deadline", (*upload).checkDeadline},
	{"leaf", (*upload).checkLeaf},
}

// run makes checks, but for the one that a test leaves out to show what it keeps out.
func (u *upload) run(checks []check) error {
	for _, c := range checks {
		if c.name == u.aggregator.without {
			continue
		}
		if err := c.broken(u); err != nil {
			return err
		}
	}
	return nil
}

// Contribute takes one contribution: the header is a round.Submission, next returns the chunks of the ciphertext in their order and
// io.EOF after the last; a chunk is lent until next is called again. When it returns a receipt, the contribution is in the round's sum and
// in the log, and the engine has both. An upload that ends early or fails a check leaves nothing. A contributor whose contribution is in
// the sum already gets its receipt again, whatever it sends, also when the round has just ended.
//
// Errors that are the sender's doing are a [*round.Refusal].
func (a *Aggregator) Contribute(header []byte, next func() (mem.BufferSlice, error)) (round.SignedReceipt, error) {
	m := newMeter(header, next)
	receipt, err := a.contribute(header, m.chunk)
	a.observe(m.uploaded(err))
	if reason := round.ReasonOf(err); reason != "" {
		a.observe(Refused{Reason: reason})
	}
	return receipt, err
}

func (a *Aggregator) contribute(header []byte, next func() (mem.BufferSlice, error)) (round.SignedReceipt, error) {
	u, err := a.admit(header)
	if err != nil {
		return round.SignedReceipt{}, err
	}
	if u.receipt != nil {
		return *u.receipt, nil
	}
	onDisk, done, err := a.uploads.begin(u.contribution().Contributor, int64(u.round.size))
	if err != nil {
		return round.SignedReceipt{}, err
	}
	defer done()
	w := u.round // another one may be in progress when this ends
	if onDisk {
		if u.ciphertext, err = newScratch(a.store.scratch(), w.size); err != nil {
			return round.SignedReceipt{}, errors.Join(err, round.Refuse(round.ReasonBusy, "the aggregator has no room on its disk", "try again in 60 s"))
		}
		defer func() { freeScratch(u.ciphertext) }()
	} else {
		defer func() { w.release(u.ciphertext) }()
	}
	if err := u.receive(next); err != nil {
		return round.SignedReceipt{}, err
	}
	if err := u.run(ciphertextChecks); err != nil {
		return round.SignedReceipt{}, err
	}
	return a.count(u)
}

// admit decides by the header whether the ciphertext is wanted. It is not if the upload comes back with a receipt.
func (a *Aggregator) admit(header []byte) (*upload, error) {
	u := &upload{aggregator: a}
	if err := round.Decode("contribution", header, round.MaxHeaderBytes, &u.submission); err != nil {
		reason := round.ReasonMalformed
		if errors.Is(err, round.ErrTooLarge) {
			reason = round.ReasonTooLarge
		}
		return nil, round.Refuse(reason, err.Error(), "")
	}
	a.mu.Lock()
	u.look()
	a.mu.Unlock()
	if u.receipt != nil && u.checkKnown() == nil {
		return u, nil
	}
	if err := u.run(headerChecks); err != nil {
		return nil, err
	}
	u.digests = round.EnvelopeDigests(u.submission.Envelopes)
	return u, nil
}

// receive takes the ciphertext, chunk by chunk. Memory is taken for a ciphertext of the right size and no other.
func (u *upload) receive(next func() (mem.BufferSlice, error)) error {
	size, who := u.round.size, u.contribution().Contributor
	var root round.ChunkRoot
	for len(u.ciphertext) < size {
		chunk, err := next()
		if round.ReasonOf(err) != "" {
			return err
		}
		if err != nil {
			return round.Refuse(round.ReasonCutOff, fmt.Sprintf("upload of %s ended after %d bytes, want %d", who, len(u.ciphertext), size), "send it again")
		}
		at := len(u.ciphertext)
		if n, want := chunk.Len(), min(round.ChunkBytes, size-at); n != want {
			return round.Refuse(round.ReasonMalformed, fmt.Sprintf("malformed contribution: chunk of %d bytes after %d of %d, want %d", n, at, size, want), "")
		}
		if u.ciphertext == nil {
			u.ciphertext = u.round.buffer()
		}
		u.ciphertext = u.ciphertext[:at+chunk.Len()]
		chunk.CopyTo(u.ciphertext[at:])
		root.Add(u.ciphertext[at:])
	}
	u.root = root.Root()
	switch _, err := next(); {
	case err == nil:
		return round.Refuse(round.ReasonMalformed, fmt.Sprintf("malformed contribution: ciphertext goes on after %d bytes", size), "")
	case round.ReasonOf(err) != "":
		return err
	case !errors.Is(err, io.EOF):
		return round.Refuse(round.ReasonCutOff, fmt.Sprintf("upload of %s ended before it was completed", who), "send it again")
	}
	return nil
}

// checkOpen: the round that the contribution names takes contributions.
func (u *upload) checkOpen() error {
	number := u.contribution().Round
	if u.round == nil || !u.open {
		if u.soon { // this replica has just started, or another one is ahead of it
			return round.Refuse(round.ReasonBusy, fmt.Sprintf("round %d is being taken up here", number), "try again in 1 s")
		}
		if u.last == 0 || number > u.last {
			return round.Refuse(round.ReasonNoRound, "no round is open", "ask again until one is")
		}
		return round.Refuse(round.ReasonRoundClosed, fmt.Sprintf("round %d is closed", number), "no round is open; wait for the next one")
	}
	hint := fmt.Sprintf("the open round is %d", u.round.descriptor.Round)
	switch open := u.round.descriptor.Round; {
	case number < open:
		return round.Refuse(round.ReasonRoundClosed, fmt.Sprintf("round %d is closed", number), hint)
	case number > open:
		return round.Refuse(round.ReasonWrongRound, fmt.Sprintf("round %d is not open", number), hint)
	}
	return nil
}

// checkDeadline: contributing ends with the deadline, even if nobody has frozen the round yet.
func (u *upload) checkDeadline() error {
	if d := &u.round.descriptor; u.now.After(d.DeadlineTime()) {
		return round.Refuse(round.ReasonRoundClosed, fmt.Sprintf("round %d is closed: its deadline was %s ago", d.Round, u.now.Sub(d.DeadlineTime()).Round(time.Millisecond)),
			"no round is open; wait for the next one")
	}
	return nil
}

// checkSigned: the header is signed for this round, model and leaf, and its hash and envelopes are the signed ones.
func (u *upload) checkSigned() error {
	return u.submission.Check(&u.round.opening, u.round.digest, u.round.envelopeBytes, u.round.hash.HashBytes())
}

// checkKnown: who asks for a receipt again has signed for the round that it is of.
func (u *upload) checkKnown() error {
	if u.ended != nil {
		return u.submission.Signed.VerifyAs(&u.ended.opening, u.ended.digest)
	}
	return u.checkSigned()
}

// checkRegistered: the contributor is registered at the registry block.
func (u *upload) checkRegistered() error {
	c := u.contribution()
	if !u.round.registered[c.Contributor] {
		return round.Refuse(round.ReasonNotRegistered,
			fmt.Sprintf("%s is not registered at block %d, which round %d goes by", c.Contributor, u.round.descriptor.Registry.Number, c.Round),
			"register; a registration counts from the first round that opens after its block is final")
	}
	return nil
}

// checkLeaf: there is room in the leaf.
func (u *upload) checkLeaf() error {
	c, d := u.contribution(), &u.round.descriptor
	if u.leafSize >= d.KMax {
		return round.Refuse(round.ReasonLeafFull, fmt.Sprintf("leaf %d of round %d has %d contributions, which is all it takes", c.Leaf, c.Round, u.leafSize), "wait for the next round")
	}
	if u.entries >= round.MaxEntries {
		return round.Refuse(round.ReasonLeafFull, fmt.Sprintf("round %d has %d contributions, which is all it takes", c.Round, u.entries), "wait for the next round")
	}
	return nil
}

// checkRoot: the chunks are the signed ones.
func (u *upload) checkRoot() error {
	if c := u.contribution(); u.root != c.CiphertextRoot {
		return round.Refuse(round.ReasonDoesNotVerify, fmt.Sprintf("contribution from %s: chunks have root %s, the signed one is %s", c.Contributor, u.root.Short(), c.CiphertextRoot.Short()), "send the ciphertext that was signed")
	}
	return nil
}

// checkCiphertext: the bytes are a ciphertext of this round.
func (u *upload) checkCiphertext() error {
	if err := kahe.Check(u.round.enc, u.round.descriptor.Values(), u.ciphertext); err != nil {
		return round.Refuse(round.ReasonMalformed, fmt.Sprintf("malformed contribution: %v", err), "")
	}
	return nil
}

// checkRingHash: the homomorphic hash that the contributor signed is that of the ciphertext.
func (u *upload) checkRingHash() error {
	h, err := u.round.key.SumPacked(u.ciphertext)
	if err != nil {
		return round.Refuse(round.ReasonMalformed, fmt.Sprintf("malformed contribution: %v", err), "")
	}
	if !bytes.Equal(h.Bytes(), u.submission.RingHash) {
		return round.Refuse(round.ReasonDoesNotVerify, fmt.Sprintf("contribution from %s: hash does not match the ciphertext", u.contribution().Contributor), "hash and encrypt anew for this round")
	}
	return nil
}
