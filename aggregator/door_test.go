package aggregator

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/mem"

	"sotto/aggregator/engine"
	"sotto/round"
	"sotto/update"
)

// Whatever is wrong with a contribution is refused with its reason, the value seen and the value wanted, and leaves nothing.
func TestDoorRefusals(t *testing.T) {
	b := newBench(t, 4, func(c *Config) { c.Round.Leaves = 2 })
	o := b.open()
	d := &o.Descriptor
	key, who := b.keys[0], addressOf(b.keys[0])
	other := round.Hash{5}
	leaf := round.LeafOf(o.Beacon(), who, d.Leaves)
	contribution := func(u *testUpload) *round.Contribution { return &u.submission.Signed.Contribution }
	stranger := newKey(t)
	digest := d.Digest()
	flipped := func(u *testUpload) []byte {
		c := slices.Clone(u.ciphertext)
		c[7] ^= 1
		return c
	}

	for _, c := range []struct {
		name   string
		change func(u *testUpload)        // before it is signed
		header func(u *testUpload) []byte // what is sent
		chunks func(u *testUpload) (c [][]byte)
		reason round.Reason
		text   string
		hint   string
	}{
		{name: "no header", header: func(*testUpload) []byte { return nil }, reason: round.ReasonMalformed, text: "malformed contribution: EOF"},
		{name: "trailing byte", header: func(u *testUpload) []byte { return append(u.header(), 0) }, reason: round.ReasonMalformed,
			text: "malformed contribution: rlp: input contains more than one value"},
		{name: "large header", header: func(u *testUpload) []byte { return make([]byte, round.MaxHeaderBytes+1) }, reason: round.ReasonTooLarge,
			text: "contribution of 196609 bytes is too large: at most 196608"},
		{name: "earlier round", change: func(u *testUpload) { contribution(u).Round = 0 }, reason: round.ReasonRoundClosed, text: "round 0 is closed", hint: "the open round is 1"},
		{name: "later round", change: func(u *testUpload) { contribution(u).Round = 2 }, reason: round.ReasonWrongRound, text: "round 2 is not open", hint: "the open round is 1"},
		{name: "another descriptor", change: func(u *testUpload) { contribution(u).Descriptor = other }, reason: round.ReasonWrongRound,
			text: fmt.Sprintf("contribution names descriptor %s, this round's is %s", other.Short(), digest.Short()), hint: "fetch the open round and encrypt anew for it"},
		{name: "another model", change: func(u *testUpload) { contribution(u).BaseModel = other }, reason: round.ReasonWrongModel,
			text: fmt.Sprintf("contribution was trained from model %s, this round's base model is %s", other.Short(), d.BaseModel.Short()), hint: "fetch the base model and train from it"},
		{name: "another leaf", change: func(u *testUpload) { contribution(u).Leaf ^= 1 }, reason: round.ReasonWrongLeaf,
			text: fmt.Sprintf("contribution of %s is in leaf %d, this round draws it into leaf %d", who, leaf^1, leaf), hint: "recompute the leaf from the round's beacon"},
		{name: "fewer envelopes", change: func(u *testUpload) { u.submission.Envelopes = u.submission.Envelopes[1:] }, reason: round.ReasonMalformed, text: "malformed contribution: 3 envelopes, want 4"},
		{name: "short envelope", change: func(u *testUpload) { u.submission.Envelopes[2] = u.submission.Envelopes[2][1:] }, reason: round.ReasonMalformed,
			text: "malformed contribution: envelope for member 3 has 1391 bytes, want 1392"},
		{name: "short hash", change: func(u *testUpload) { u.submission.RingHash = u.submission.RingHash[1:] }, reason: round.ReasonMalformed,
			text: "malformed contribution: homomorphic hash of 3839 bytes, want 3840"},
		{name: "altered after signing", header: func(u *testUpload) []byte {
			s := u.submission
			s.Signed.Contribution.CiphertextRoot[0] ^= 1
			return round.Encode(&s)
		},
			reason: round.ReasonBadSignature, text: fmt.Sprintf("contribution from %s: signature does not verify for %s", who, who), hint: "sign the EIP-712 digest with the contributor's own key"},
		{name: "another hash than signed", header: func(u *testUpload) []byte {
			s := u.submission
			s.RingHash = slices.Clone(s.RingHash)
			s.RingHash[0] ^= 1
			return round.Encode(&s)
		},
			reason: round.ReasonDoesNotVerify, text: fmt.Sprintf("contribution from %s: homomorphic hash is not the signed one", who)},
		{name: "other envelopes than signed", header: func(u *testUpload) []byte {
			s := u.submission
			s.Envelopes = slices.Clone(s.Envelopes)
			s.Envelopes[0], s.Envelopes[1] = s.Envelopes[1], s.Envelopes[0]
			return round.Encode(&s)
		},
			reason: round.ReasonDoesNotVerify, text: fmt.Sprintf("contribution from %s: envelopes are not the signed ones", who)},
		{name: "no ciphertext", chunks: func(*testUpload) [][]byte { return nil }, reason: round.ReasonCutOff, text: fmt.Sprintf("upload of %s ended after 0 bytes, want 150", who), hint: "send it again"},
		{name: "short chunk", chunks: func(u *testUpload) [][]byte { return [][]byte{u.ciphertext[1:]} }, reason: round.ReasonMalformed, text: "malformed contribution: chunk of 149 bytes after 0 of 150, want 150"},
		{name: "empty chunk", chunks: func(u *testUpload) [][]byte { return [][]byte{{}} }, reason: round.ReasonMalformed, text: "malformed contribution: chunk of 0 bytes after 0 of 150, want 150"},
		{name: "long chunk", chunks: func(u *testUpload) [][]byte { return [][]byte{make([]byte, 300<<10)} }, reason: round.ReasonMalformed, text: "malformed contribution: chunk of 307200 bytes after 0 of 150, want 150"},
		{name: "a chunk too many", chunks: func(u *testUpload) [][]byte { return [][]byte{u.ciphertext, {0}} }, reason: round.ReasonMalformed, text: "malformed contribution: ciphertext goes on after 150 bytes"},
		{name: "altered ciphertext", chunks: func(u *testUpload) [][]byte { return [][]byte{flipped(u)} }, reason: round.ReasonDoesNotVerify, hint: "send the ciphertext that was signed"},
		{name: "another hash than the ciphertext's", change: func(u *testUpload) { u.submission.RingHash[0] ^= 1 }, reason: round.ReasonDoesNotVerify,
			text: fmt.Sprintf("contribution from %s: hash does not match the ciphertext", who), hint: "hash and encrypt anew for this round"},
	} {
		t.Run(c.name, func(t *testing.T) {
			head := b.Log().Head()
			var changes []func(*testUpload)
			if c.change != nil {
				changes = append(changes, c.change)
			}
			u := b.seal(o, key, changes...)
			header, chunks := u.header(), u.chunks()
			if c.header != nil {
				header = c.header(u)
			}
			if c.chunks != nil {
				chunks = chunksOf(c.chunks(u)...)
			}
			if c.name == "altered ciphertext" {
				got, want := round.CiphertextRoot(flipped(u)), contribution(u).CiphertextRoot
				c.text = fmt.Sprintf("contribution from %s: chunks have root %s, the signed one is %s", who, got.Short(), want.Short())
			}
			_, err := b.Contribute(header, chunks)
			refusal(t, err, c.reason, c.text, c.hint)
			if b.Log().Head() != head || b.digits(leaf) != nil || b.uploads.count != 0 || b.uploads.bytes != 0 || len(b.uploads.by) != 0 {
				t.Fatal("a refused contribution has left something")
			}
		})
	}

	u := b.seal(o, stranger)
	_, err := b.Contribute(u.header(), u.chunks())
	refusal(t, err, round.ReasonNotRegistered, fmt.Sprintf("%s is not registered at block 64, which round 1 goes by", addressOf(stranger)),
		"register; a registration counts from the first round that opens after its block is final")

	// In the name of somebody else.
	u = b.seal(o, key, func(u *testUpload) { contribution(u).Contributor = addressOf(b.keys[1]) })
	contribution(u).Leaf = round.LeafOf(o.Beacon(), addressOf(b.keys[1]), d.Leaves)
	u.sign(t, key)
	if _, err := b.Contribute(u.header(), u.chunks()); round.ReasonOf(err) != round.ReasonBadSignature {
		t.Fatalf("got %v, want that the signature does not verify", err)
	}

	refused := map[round.Reason]int{}
	for _, e := range happened[Refused](b) {
		refused[e.Reason]++
	}
	if refused[round.ReasonNotRegistered] != 1 || refused[round.ReasonMalformed] != 9 {
		t.Fatalf("observed %v", refused)
	}
}

// Before, between and after rounds.
func TestDoorWithoutRound(t *testing.T) {
	b := newBench(t, 3)
	early := &testUpload{}
	early.submission.Signed.Contribution.Round = 1
	_, err := b.Contribute(early.header(), early.chunks())
	refusal(t, err, round.ReasonNoRound, "no round is open", "ask again until one is")
	o := b.open()
	u := b.contribute(o, b.keys[:2]...)[0]
	late := b.seal(o, b.keys[2])
	b.clock.advance(time.Minute + time.Second)
	_, err = b.Contribute(late.header(), late.chunks())
	refusal(t, err, round.ReasonRoundClosed, "round 1 is closed: its deadline was 1s ago", "no round is open; wait for the next one")
	b.members[0].refuses, b.members[1].refuses = round.PurposeManifest, round.PurposeManifest
	if _, _, err := b.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.phase(PhaseSkipped) // two contributors are no cohort
	_, err = b.Contribute(late.header(), late.chunks())
	refusal(t, err, round.ReasonRoundClosed, "round 1 is closed", "no round is open; wait for the next one")
	b.clock.advance(time.Minute)
	b.open()
	_, err = b.Contribute(u.header(), u.chunks())
	refusal(t, err, round.ReasonRoundClosed, "round 1 is closed", "the open round is 2")
	// The next round's contribution with the last round's leaf, descriptor and beacon.
	u.submission.Signed.Contribution.Round = 2
	u.sign(t, b.keys[0])
	if _, err = b.Contribute(u.header(), u.chunks()); round.ReasonOf(err) != round.ReasonWrongRound {
		t.Fatalf("got %v, want that the descriptor is another one", err)
	}
}

// A contributor that sends twice gets the first receipt, also while the round is being closed, and counts once.
func TestDoorRepeat(t *testing.T) {
	b := newBench(t, 4)
	o := b.open()
	first := b.seal(o, b.keys[0])
	want, err := b.Contribute(first.header(), first.chunks())
	if err != nil {
		t.Fatal(err)
	}
	sums := slices.Clone(b.digits(want.Receipt.Leaf))
	second := b.seal(o, b.keys[0])
	for _, u := range []*testUpload{first, second} {
		got, err := b.Contribute(u.header(), func() (mem.BufferSlice, error) { t.Fatal("the ciphertext was asked for"); return nil, nil })
		if err != nil || got != want {
			t.Fatalf("got %+v (%v), want the first receipt", got, err)
		}
	}
	if !slices.Equal(b.digits(want.Receipt.Leaf), sums) {
		t.Fatal("the sum has changed")
	}
	// Nobody else gets it.
	forged := b.seal(o, b.keys[0])
	forged.sign(t, b.keys[1])
	if _, err := b.Contribute(forged.header(), forged.chunks()); round.ReasonOf(err) != round.ReasonBadSignature {
		t.Fatalf("got %v, want that the signature does not verify", err)
	}
	b.contribute(o, b.keys[1:3]...)
	for _, m := range b.members {
		m.refuses = round.PurposeManifest
	}
	b.clock.advance(time.Minute + time.Second)
	b.run()
	b.phase(PhaseClosing)
	if got, err := b.Contribute(first.header(), first.chunks()); err != nil || got != want {
		t.Fatalf("got %+v (%v), want the first receipt", got, err)
	}
}

// Uploads at the same time: the first complete one counts, and both get its receipt.
func TestDoorRace(t *testing.T) {
	b := newBench(t, 3)
	o := b.open()
	slow, fast := b.seal(o, b.keys[0]), b.seal(o, b.keys[0])
	var fastReceipt round.SignedReceipt
	chunks := slow.chunks()
	slowReceipt, err := b.Contribute(slow.header(), func() (mem.BufferSlice, error) {
		if fastReceipt == (round.SignedReceipt{}) {
			var err error
			if fastReceipt, err = b.Contribute(fast.header(), fast.chunks()); err != nil {
				t.Fatal(err)
			}
		}
		return chunks()
	})
	if err != nil || slowReceipt != fastReceipt {
		t.Fatalf("got %+v (%v), want %+v", slowReceipt, err, fastReceipt)
	}
	if want := fast.submission.Signed.Contribution.Digest(roundsDomain); slowReceipt.Receipt.Digest != want {
		t.Fatalf("receipt is for %s, want %s", slowReceipt.Receipt.Digest, want)
	}
	sums := make([]uint64, len(b.digits(fastReceipt.Receipt.Leaf)))
	if err := b.working.hash.AddDigits(sums, fast.ciphertext); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(b.digits(fastReceipt.Receipt.Leaf), sums) {
		t.Fatal("the sum is not of the upload that counts")
	}
	b.contribute(o, b.keys[1:]...)
	b.run()
	if len(happened[RoundCertified](b)) != 1 {
		t.Fatal("the round is not certified")
	}
}

// Many contributors, each twice, all at once: everybody counts once, and the committee opens exactly their sum.
func TestDoorConcurrent(t *testing.T) {
	b := newBench(t, 24, func(c *Config) { c.Round.Leaves = 4 })
	o := b.open()
	uploads := make([]*testUpload, 2*len(b.keys))
	for i := range uploads {
		uploads[i] = b.seal(o, b.keys[i/2])
	}
	receipts := make([]round.SignedReceipt, len(uploads))
	var wg sync.WaitGroup
	for _, i := range rand.Perm(len(uploads)) {
		wg.Go(func() {
			var err error
			if receipts[i], err = b.Contribute(uploads[i].header(), uploads[i].chunks()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	want := make([]uint64, parameters)
	for i, u := range uploads {
		if receipts[i] != receipts[i^1] {
			t.Fatalf("contributor %d has two receipts", i/2)
		}
		if u.submission.Signed.Contribution.Digest(roundsDomain) == receipts[i].Receipt.Digest {
			for j, v := range u.values {
				want[j] += uint64(v)
			}
		}
	}
	b.fold()
	b.run()
	outcome := happened[RoundFinished](b)[0].Outcome
	got := make([]uint64, parameters)
	for _, n := range outcome.Nodes {
		for j, s := range n.Sums {
			got[j] += s
		}
	}
	if !slices.Equal(got, want) {
		t.Fatalf("got sums %v, want %v", got, want)
	}
}

// largeModel makes a ciphertext of three chunks.
func largeModel(t testing.TB, b *bench) {
	t.Helper()
	var file bytes.Buffer
	model := update.Model{Tensors: []update.Tensor{{Name: "w", Shape: []int{150_000}, Data: make([]float32, 150_000)}}}
	if err := update.WriteModel(&file, model); err != nil {
		t.Fatal(err)
	}
	h, err := b.store.SaveModel(file.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	b.ledger.set(func(l *ledger) { l.head.Model, l.head.Hash = h, round.GenesisHead(roundsDomain, modelID, h) })
	b.config.Engine = engine.NewMemory()
	b.start()
}

// An upload that breaks at any chunk leaves nothing.
func TestDoorCutOff(t *testing.T) {
	b := newBench(t, 3)
	largeModel(t, b)
	o := b.open()
	u := b.seal(o, b.keys[0])
	chunks := slices.Collect(slices.Chunk(u.ciphertext, round.ChunkBytes))
	if len(chunks) != 3 {
		t.Fatalf("ciphertext of %d chunks, want 3", len(chunks))
	}
	who, head := addressOf(b.keys[0]), b.Log().Head()
	for n := range len(chunks) + 1 {
		sent := 0
		_, err := b.Contribute(u.header(), func() (mem.BufferSlice, error) {
			if sent == n {
				return nil, errors.New("connection reset")
			}
			sent++
			return mem.BufferSlice{mem.SliceBuffer(chunks[sent-1])}, nil
		})
		text := fmt.Sprintf("upload of %s ended after %d bytes, want %d", who, n*round.ChunkBytes, len(u.ciphertext))
		if n == len(chunks) {
			text = fmt.Sprintf("upload of %s ended before it was completed", who)
		}
		refusal(t, err, round.ReasonCutOff, text, "send it again")
		if b.Log().Head() != head || b.uploads.count != 0 || b.uploads.bytes != 0 {
			t.Fatal("an upload that was cut off has left something")
		}
		for i := range b.working.descriptor.Leaves {
			if b.digits(i) != nil {
				t.Fatal("an upload that was cut off is in a sum")
			}
		}
	}
	// Chunks in another order are not what was signed.
	_, err := b.Contribute(u.header(), chunksOf(chunks[1], chunks[0], chunks[2]))
	if round.ReasonOf(err) != round.ReasonDoesNotVerify {
		t.Fatalf("got %v, want that the root does not verify", err)
	}
	// A chunk of the wrong size in the middle.
	_, err = b.Contribute(u.header(), chunksOf(chunks[0], chunks[2]))
	refusal(t, err, round.ReasonMalformed, fmt.Sprintf("malformed contribution: chunk of %d bytes after 262144 of %d, want 262144", len(chunks[2]), len(u.ciphertext)), "")
	b.contribute(o, b.keys...)
	b.run()
	if len(happened[RoundCertified](b)) != 1 {
		t.Fatal("the round is not certified")
	}
}

// The aggregator keeps sums, not ciphertexts.
func TestDoorMemory(t *testing.T) {
	const contributors = 24
	b := newBench(t, contributors)
	largeModel(t, b)
	o := b.open()
	heap := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	b.contribute(o, b.keys[0], b.keys[1], b.keys[2], b.keys[3]) // the leaf has its sums now
	before, bytes := heap(), int64(0)
	for _, k := range b.keys[4:] {
		bytes += int64(len(b.contribute(o, k)[0].ciphertext))
	}
	if grown := heap() - before; grown > bytes/4 {
		t.Fatalf("%d bytes of ciphertexts have left %d bytes in memory", bytes, grown)
	}
	// And the log lets go of the envelopes when the round is over.
	b.run()
	for _, r := range b.Log().Read(0, 1000) {
		if len(r.Body) > 8<<10 {
			t.Fatalf("a %s record of %d bytes has outlived its round", kindName(r.Kind), len(r.Body))
		}
	}
}

// A freeze in the middle of an upload keeps it out.
func TestDoorFreeze(t *testing.T) {
	for _, without := range []string{"", checkFrozen} {
		t.Run("without "+without, func(t *testing.T) {
			b := newBench(t, 4)
			o := b.open()
			b.contribute(o, b.keys[:3]...)
			b.Without(without)
			u := b.seal(o, b.keys[3])
			chunks := u.chunks()
			_, err := b.Contribute(u.header(), func() (mem.BufferSlice, error) {
				chunk, err := chunks()
				if errors.Is(err, io.EOF) { // all but the end has arrived
					if err := b.say(t.Context(), kindFrozen, 1, &frozen{1}); err != nil {
						t.Fatal(err)
					}
				}
				return chunk, err
			})
			if without == "" {
				refusal(t, err, round.ReasonRoundClosed, "round 1 is closed", "no round is open; wait for the next one")
				b.run()
				if c := happened[RoundCertified](b); len(c) != 1 || c[0].Certificate.Contributors != 3 {
					t.Fatalf("got %+v", c)
				}
				return
			}
			// Without the check the contribution counts after the set was closed.
			if err != nil || len(b.state.round.entries) != 4 {
				t.Fatalf("got %v and %d contributions; the check kept nothing out", err, len(b.state.round.entries))
			}
		})
	}
}

// Each check keeps something out that gets in without it.
func TestDoorChecks(t *testing.T) {
	forge := func(u *testUpload) { u.submission.RingHash[3] ^= 1 }
	outsider := newKey(t)
	for _, c := range []struct {
		check  string
		upload func(b *bench, o *round.SignedDescriptor) *testUpload
		reason round.Reason
		// after says what has become worse.
		after func(t *testing.T, b *bench)
	}{
		{"deadline", func(b *bench, o *round.SignedDescriptor) *testUpload {
			u := b.seal(o, b.keys[3])
			b.clock.advance(time.Minute + time.Second)
			return u
		}, round.ReasonRoundClosed, nil},
		{"registered", func(b *bench, o *round.SignedDescriptor) *testUpload { return b.seal(o, outsider) }, round.ReasonNotRegistered, nil},
		{"signed", func(b *bench, o *round.SignedDescriptor) *testUpload {
			u := b.seal(o, b.keys[3])
			u.sign(t, outsider) // in the name of another
			return u
		}, round.ReasonBadSignature, nil},
		{"chunk root", func(b *bench, o *round.SignedDescriptor) *testUpload {
			return b.seal(o, b.keys[3], func(u *testUpload) { u.submission.Signed.Contribution.CiphertextRoot = round.Hash{8} })
		}, round.ReasonDoesNotVerify, nil},
		{"ring hash", func(b *bench, o *round.SignedDescriptor) *testUpload { return b.seal(o, b.keys[3], forge) }, round.ReasonDoesNotVerify, func(t *testing.T, b *bench) {
			b.run()
			if s := happened[RoundSkipped](b); len(s) != 1 || s[0].Reason != "it could not be finished" {
				t.Fatalf("got %v, want that one contributor has cost the whole round", s)
			}
		}},
		{checkOnce, func(b *bench, o *round.SignedDescriptor) *testUpload { return b.seal(o, b.keys[0]) }, "", func(t *testing.T, b *bench) {
			if n := b.state.round.leaves[0]; n != 4 {
				t.Fatalf("%d contributions of 3 contributors, want that one counts twice", n)
			}
			b.clock.advance(time.Minute + time.Second)
			b.run()
			if s := happened[RoundSkipped](b); len(s) != 1 || s[0].Reason != "it could not be finished" {
				t.Fatalf("got %v, want that the sum is not that of the manifest", s)
			}
		}},
	} {
		t.Run(c.check, func(t *testing.T) {
			if !slices.Contains(Checks(), c.check) {
				t.Fatalf("there is no check %q", c.check)
			}
			for _, without := range []string{"", c.check} {
				b := newBench(t, 4)
				o := b.open()
				b.contribute(o, b.keys[:3]...)
				b.Without(without)
				u := c.upload(b, o)
				receipt, err := b.Contribute(u.header(), u.chunks())
				counted := receipt.Receipt.Digest == u.submission.Signed.Contribution.Digest(roundsDomain)
				switch {
				case without == "" && (round.ReasonOf(err) != c.reason || counted):
					t.Fatalf("with the check: got %v and %t, want %s", err, counted, c.reason)
				case without != "" && (err != nil || !counted):
					t.Fatalf("without the check: got %v, want that it gets in", err)
				case without != "" && c.after != nil:
					c.after(t, b)
				}
			}
		})
	}
}

// A ciphertext must be of exactly the round's shape, padding included.
func TestDoorPadding(t *testing.T) {
	b := newBench(t, 3, func(c *Config) { c.Round.Mean = round.Mean{Weighting: 1, Examples: 10} }) // 41 values, 1,230 bits
	o := b.open()
	spoil := func(u *testUpload) { u.ciphertext[len(u.ciphertext)-1] |= 0x80 }
	u := b.seal(o, b.keys[0], spoil)
	_, err := b.Contribute(u.header(), u.chunks())
	refusal(t, err, round.ReasonMalformed, "malformed contribution: ciphertext: padding bits are not zero", "")
}

// Leaves take as many as may be opened together.
func TestDoorLeafFull(t *testing.T) {
	b := newBench(t, 5, func(c *Config) { c.Round.Leaves, c.Round.KMax = 1, 4 })
	o := b.open()
	b.contribute(o, b.keys[:4]...)
	u := b.seal(o, b.keys[4])
	_, err := b.Contribute(u.header(), u.chunks())
	refusal(t, err, round.ReasonLeafFull, "leaf 0 of round 1 has 4 contributions, which is all it takes", "wait for the next round")
}

// Two uploads race for the last place of a leaf.
func TestDoorLeafRace(t *testing.T) {
	b := newBench(t, 5, func(c *Config) { c.Round.Leaves, c.Round.KMax = 1, 4 })
	o := b.open()
	b.contribute(o, b.keys[:3]...)
	slow, fast := b.seal(o, b.keys[3]), b.seal(o, b.keys[4])
	chunks := slow.chunks()
	var once sync.Once
	_, err := b.Contribute(slow.header(), func() (mem.BufferSlice, error) {
		once.Do(func() {
			if _, err := b.Contribute(fast.header(), fast.chunks()); err != nil {
				t.Fatal(err)
			}
		})
		return chunks()
	})
	refusal(t, err, round.ReasonLeafFull, "leaf 0 of round 1 has 4 contributions, which is all it takes", "wait for the next round")
}

// Beyond the memory for uploads, contributors are told to come back.
func TestDoorBusy(t *testing.T) {
	b := newBench(t, 4, func(c *Config) { c.Limits = Limits{Uploads: 3, UploadBytes: 500, ScratchBytes: -1} })
	o := b.open()
	uploads := make([]*testUpload, 4)
	for i := range uploads {
		uploads[i] = b.seal(o, b.keys[i])
	}
	// Each upload begins while the one before it is under way.
	var errs [4]error
	var begin func(i int)
	begin = func(i int) {
		if i == len(uploads) {
			return
		}
		var once sync.Once
		chunks := uploads[i].chunks()
		_, errs[i] = b.Contribute(uploads[i].header(), func() (mem.BufferSlice, error) {
			once.Do(func() { begin(i + 1) })
			return chunks()
		})
	}
	begin(0)
	if errs[0] != nil || errs[1] != nil || errs[2] != nil {
		t.Fatalf("got %v", errs)
	}
	refusal(t, errs[3], round.ReasonBusy, "3 uploads are under way, at most 3", "try again in 2 s")
	if _, err := b.Contribute(uploads[3].header(), uploads[3].chunks()); err != nil {
		t.Fatalf("after a while: %v", err)
	}

	limited := newUploads(b.uploads.limits)
	who := addressOf(b.keys[0])
	var done []func()
	for range 2 {
		_, d, err := limited.begin(who, 10)
		if err != nil {
			t.Fatal(err)
		}
		done = append(done, d)
	}
	_, _, err := limited.begin(who, 10)
	refusal(t, err, round.ReasonBusy, fmt.Sprintf("2 uploads of %s are under way", who), "try again in 2 s")
	_, _, err = limited.begin(addressOf(b.keys[1]), 481)
	refusal(t, err, round.ReasonBusy, "uploads of 20 bytes are under way, at most 500", "try again in 2 s")
	done[0]()
	done[1]()
	if limited.count != 0 || limited.bytes != 0 || len(limited.by) != 0 {
		t.Fatalf("got %+v, want that all is given back", limited)
	}
}

// The upload's digest enters its root chunk by chunk as it enters whole.
func TestDoorRoot(t *testing.T) {
	ciphertext := make([]byte, 2*round.ChunkBytes+100)
	var root round.ChunkRoot
	for c := range slices.Chunk(ciphertext, round.ChunkBytes) {
		root.Add(c)
	}
	if got, want := root.Root(), round.CiphertextRoot(ciphertext); got != want || got == round.Hash(sha256.Sum256(ciphertext)) {
		t.Fatalf("got %s, want %s", got, want)
	}
}

// A replica that knows of the round and isn't ready for it, after a restart or behind another one, tells contributors to come back; that the
// round is closed would be a lie. A restarted one is ready as soon as it is there.
func TestContributorsAreToldToComeBack(t *testing.T) {
	b := newBench(t, 3)
	o := b.open()
	u := b.seal(o, b.keys[0])
	b.Aggregator.mu.Lock()
	ready := b.working
	b.working = nil
	b.Aggregator.mu.Unlock()
	_, err := b.Contribute(u.header(), u.chunks())
	refusal(t, err, round.ReasonBusy, "round 1 is being taken up here", "try again in 1 s")
	ready.end()
	b.start()
	if _, err := b.Contribute(u.header(), u.chunks()); err != nil {
		t.Errorf("right after a restart: %v", err)
	}
}

// A contributor whose receipt was lost on its way asks again, and gets it also when the round is over meanwhile, and after a restart. Others
// get none, and who has signed for nothing gets none.
func TestReceiptOfARoundThatIsOver(t *testing.T) {
	b := newBench(t, 4, func(c *Config) { c.Rounds = 1 })
	o := b.open()
	uploads := b.contribute(o, b.keys[:3]...)
	late := b.seal(o, b.keys[3])
	other := b.seal(o, b.keys[0])
	forged := b.seal(o, b.keys[0])
	forged.submission.Signed.Signature[7] ^= 1
	b.clock.advance(b.config.Round.Time + time.Second)
	b.run()
	b.phase(PhaseCertified)
	for _, when := range []string{"after the round", "after a restart"} {
		for _, u := range []*testUpload{uploads[0], other} {
			receipt, err := b.Contribute(u.header(), u.chunks())
			if err != nil || receipt.Receipt.Digest != uploads[0].submission.Signed.Contribution.Digest(roundsDomain) {
				t.Errorf("%s: receipt for %s, %v; want the one for the first upload", when, receipt.Receipt.Digest, err)
			}
		}
		for _, u := range []*testUpload{late, forged} {
			_, err := b.Contribute(u.header(), u.chunks())
			refusal(t, err, round.ReasonRoundClosed, "round 1 is closed", "no round is open; wait for the next one")
		}
		b.start()
	}
	// In the next round, too.
	b.open()
	if receipt, err := b.Contribute(other.header(), other.chunks()); err != nil || receipt.Receipt.Round != 1 {
		t.Errorf("in the next round: receipt of round %d, %v", receipt.Receipt.Round, err)
	}
	_, err := b.Contribute(late.header(), late.chunks())
	refusal(t, err, round.ReasonRoundClosed, "round 1 is closed", "the open round is 2")
}

// What was received in time counts, though its commit ends after the deadline: the round stays open for it, a little while.
func TestDoorDeadlineCommit(t *testing.T) {
	b := newBench(t, 5)
	o := b.open()
	b.contribute(o, b.keys[:3]...)
	waiting := &upload{aggregator: b.Aggregator, submission: b.seal(o, b.keys[3]).submission, received: o.Descriptor.DeadlineTime()}
	b.clock.advance(time.Minute + time.Second)
	b.Aggregator.mu.Lock()
	b.working.committing[waiting.item] = waiting
	waiting.look()
	b.Aggregator.mu.Unlock()
	if err := waiting.run(countChecks); err != nil {
		t.Fatalf("received in time: %v", err)
	}
	late := b.seal(o, b.keys[4])
	if _, err := b.Contribute(late.header(), late.chunks()); round.ReasonOf(err) != round.ReasonRoundClosed {
		t.Fatalf("after the deadline: %v", err)
	}
	if moved, err := b.step1(); moved || err != nil {
		t.Fatalf("the round goes on without what waits for its commit (%v)", err)
	}
	b.phase(PhaseOpen)
	b.clock.advance(flushTime)
	if moved, err := b.step1(); !moved || err != nil {
		t.Fatalf("the round does not go on after %s (%v)", flushTime, err)
	}
	b.phase(PhaseFrozen)
}
