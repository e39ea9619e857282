package aggregator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"sotto/aggregator/engine"
	"sotto/round"
)

// several is an engine in memory that many use.
type several struct{ *engine.Memory }

func (several) Shared() bool { return true }

// twin starts a replica of b's aggregator, with a folder of its own on the same engine.
func (b *bench) twin() *bench {
	b.t.Helper()
	other := &bench{t: b.t, clock: b.clock, ledger: b.ledger, members: b.members, keys: b.keys, account: b.account, dir: b.t.TempDir(), config: b.config}
	other.config.Observe = other.note
	other.start()
	b.t.Cleanup(func() { other.Aggregator.Close() })
	return other
}

// drive runs a replica until the test ends or stop is called.
func (b *bench) drive() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	a := b.Aggregator
	go func() { ended <- a.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			b.t.Errorf("replica ended with %v", err)
		}
	})
	b.t.Cleanup(stop)
	return stop
}

// await waits until the replica sees a phase of a round, or a later round.
func (b *bench) await(number uint64, want Phase) Snapshot {
	b.t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		s := b.Snapshot()
		if s.Round == number && s.Phase >= want || s.Round > number {
			return s
		}
		if time.Now().After(end) {
			b.t.Fatalf("round %d is %s, want round %d %s; trouble: %v", s.Round, s.Phase, number, want, happened[Trouble](b))
		}
	}
}

// Replicas on one engine take contributions side by side, some of them the same contributor's with different bytes, and any of them may be
// gone at any time. Each round ends once and holds everybody once.
func TestReplicas(t *testing.T) {
	const contributors, rounds = 8, 4
	b := newBench(t, contributors, func(c *Config) {
		c.Engine, c.Now, c.Round.Time = several{engine.NewMemory()}, time.Now, 20*time.Second
		c.Timeouts = Timeouts{Poll: 10 * time.Millisecond, Standby: 50 * time.Millisecond}
	})
	replicas := []*bench{b, b.twin(), b.twin()}
	stops := make([]func(), len(replicas))
	for i, r := range replicas {
		stops[i] = r.drive()
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var following sync.WaitGroup
	for i, m := range b.members {
		at := replicas[i%len(replicas)]
		following.Go(func() {
			for ctx.Err() == nil {
				m.follow(at)
				_ = at.Log().Wait(ctx, m.at)
			}
		})
	}
	for number := uint64(1); number <= rounds; number++ {
		var both sync.WaitGroup
		var mu sync.Mutex
		receipts := map[common.Address]round.Receipt{}
		for i, key := range b.keys {
			to := []*bench{replicas[i%len(replicas)]}
			if i%3 == 0 {
				to = replicas
			}
			for _, r := range to {
				s := r.await(number, PhaseOpen)
				both.Go(func() {
					u := r.seal(s.Opening, key)
					receipt, err := r.Contribute(u.header(), u.chunks())
					if err != nil {
						t.Errorf("round %d, contributor %d: %v", number, i, err)
						return
					}
					mu.Lock()
					defer mu.Unlock()
					who := receipt.Receipt.Contributor
					if before, ok := receipts[who]; ok && before != receipt.Receipt {
						t.Errorf("round %d: contributor %d has two receipts:\n%+v\n%+v", number, i, before, receipt.Receipt)
					}
					receipts[who] = receipt.Receipt
				})
			}
		}
		both.Wait()
		for _, r := range replicas {
			r.await(number, PhaseCertified)
		}
		certified := new(round.CertifiedRound)
		if err := replicas[number%3].store.load(fmt.Sprintf("transcripts/%d", number), round.MaxTranscriptBytes, certified); err != nil {
			t.Fatal(err)
		}
		entries := certified.Transcript.Closing.Manifest.Entries
		if len(entries) != contributors || len(certified.Transcript.Failed) > 0 {
			t.Fatalf("round %d has %d entries and failed nodes %v", number, len(entries), certified.Transcript.Failed)
		}
		for _, e := range entries {
			if receipts[e.Contributor].Digest != e.Digest {
				t.Errorf("round %d: %s counts with %s, its receipt says %s", number, e.Contributor, e.Digest, receipts[e.Contributor].Digest)
			}
		}
	}
	var skipped []string
	for _, r := range replicas {
		for _, e := range happened[RoundSkipped](r) {
			skipped = append(skipped, e.Reason)
		}
	}
	if len(skipped) > 0 {
		t.Errorf("rounds were skipped: %q", slices.Compact(skipped))
	}
	cancel()
	following.Wait()
	for _, stop := range stops {
		stop()
	}
	if err := b.catchUpLog(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// A replica that leaves the driving to another one takes contributions all the same.
func TestStandbyTakesContributions(t *testing.T) {
	b := newBench(t, 3, func(c *Config) { c.Engine = several{engine.NewMemory()} })
	other := b.twin()
	b.clock.advance(4 * time.Second)
	o := b.open()
	other.read()
	if wake, _, err := other.Step(t.Context()); err != nil || wake.IsZero() {
		t.Fatalf("got %s, %v", wake, err)
	}
	if other.standby().IsZero() {
		t.Fatal("the other replica drives, too")
	}
	other.phase(PhaseOpen)
	other.contribute(o, other.keys[0])
}

// A replica that has committed nothing since finishes a round whose contributions another one has taken.
func TestAnotherFinishes(t *testing.T) {
	b := newBench(t, 3, func(c *Config) { c.Engine = several{engine.NewMemory()} })
	other := b.twin()
	b.clock.advance(4 * time.Second)
	o := b.open()
	other.read()
	if _, _, err := other.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	other.contribute(o, other.keys[0])
	b.read()
	b.contribute(o, b.keys[1:]...)
	b.Aggregator.Close()
	b.Aggregator = nil
	other.read()
	other.clock.advance(4 * time.Second)
	if other.run(); other.Snapshot().Round != 2 {
		t.Fatalf("round %d is %s; skipped %v, trouble %v", other.Snapshot().Round, other.Snapshot().Phase, happened[RoundSkipped](other), happened[Trouble](other))
	}
	if c := happened[RoundCertified](other); len(c) != 1 || c[0].Certificate.Contributors != 3 {
		t.Fatalf("certified %+v", c)
	}
}

// read lets a replica that nobody drives read what others have appended.
func (b *bench) read() {
	b.t.Helper()
	if err := b.catchUpLog(context.Background()); err != nil {
		b.t.Fatal(err)
	}
}

// A replica that has slept through rounds whose bulk is gone says so, and begins with the newest volume when it is started anew.
func TestLeftBehind(t *testing.T) {
	b := newBench(t, 3, func(c *Config) { c.Engine = several{engine.NewMemory()} })
	other := b.twin()
	b.clock.advance(4 * time.Second)
	for range 4 {
		b.certifyRound(3)
	}
	if err := b.retire(t.Context(), b.volume.number); err != nil { // what goes on in the background, now
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := other.Run(ctx); !errors.Is(err, ErrLeftBehind) {
		t.Fatalf("got %v, want %v", err, ErrLeftBehind)
	}
	other.start()
	if got := other.Snapshot(); got.Round != 5 || other.volume.number != b.volume.number {
		t.Fatalf("round %d of volume %d, want round 5 of volume %d", got.Round, other.volume.number, b.volume.number)
	}
}

// Replicas that find an engine without volumes at one time begin with one and the same, whatever their clocks say.
func TestFirstVolume(t *testing.T) {
	b := newBareBench(t, 3)
	first, second := b.replica(), b.replica()
	second.config.Now = func() time.Time { return b.clock.Now().Add(time.Hour) }
	v, err := second.newestVolume(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if v.number != first.volume.number || v.number%volumesPerSeries != 0 || v.number == 0 {
		t.Fatalf("volume %d after volume %d", v.number, first.volume.number)
	}
}

// Of uploads of the same bytes at one time, one is what is committed: its receipt is everybody's, here and in the engine.
func TestSameBytesTwice(t *testing.T) {
	b := newBench(t, 3)
	u := b.seal(b.open(), b.keys[0])
	item := engine.Item{ID: engine.ItemID(u.submission.Signed.Contribution.Contributor), Digest: engine.Digest(u.submission.Signed.Contribution.Digest(roundsDomain))}
	slow := &upload{aggregator: b.Aggregator, submission: u.submission, item: item, body: []byte("with another receipt")}
	b.Aggregator.mu.Lock()
	b.working.committing[item] = slow // is on its way into the group, and another one is faster
	b.Aggregator.mu.Unlock()
	receipt, err := b.Contribute(u.header(), u.chunks())
	if err != nil {
		t.Fatal(err)
	}
	b.fold()
	if e := b.state.round.entries[u.submission.Signed.Contribution.Contributor]; e == nil || e.receipt != receipt {
		t.Fatalf("got %+v, want the receipt that was given", e)
	}
}
