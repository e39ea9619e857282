package aggregator

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"sotto/aggregator/engine"
	"sotto/chain"
	"sotto/crypto/kahe"
	"sotto/crypto/tbls"
	"sotto/round"
)

// Chain is what the aggregator asks of the chain; [*chain.Client] answers it.
type Chain interface {
	Rounds() round.Domain
	Registry() round.Domain
	Head(ctx context.Context) (round.Head, error)
	Finalised(ctx context.Context) (round.Block, error)
	RegisteredAt(ctx context.Context, block round.Block) ([]common.Address, error)
	Nominees(ctx context.Context) ([]common.Address, error)
	Committee(ctx context.Context, epoch uint64) (round.Committee, error)
	Deposits(ctx context.Context, pool uint64) (round.Amount, error)
	InstallCommittee(ctx context.Context, from *chain.Account, committee round.Committee, e chain.Endorsement) (chain.Receipt, error)
	RotateCommittee(ctx context.Context, from *chain.Account, committee round.Committee, e chain.Endorsement, old tbls.Signature) (chain.Receipt, error)
	Finalize(ctx context.Context, from *chain.Account, certificate *round.Certificate, signature tbls.Signature) (chain.Receipt, error)
}

// Config says what an aggregator does.
type Config struct {
	Engine  engine.Backend // keeps the log and the sums; in memory if nil
	Account *chain.Account // signs receipts and pays for transactions
	Model   round.Hash     // id of the model
	Round   Rules          // of every round
	Rounds  int            // ends after so many certified rounds; 0 for never
	Aborts  uint32         // ends when more rounds in a row were given up; round.DefaultAborts if 0

	Timeouts Timeouts
	Limits   Limits
	Keep     uint32 // logs of at least so many newest rounds are kept; DefaultKeep if 0. Transcripts are kept for good

	Logger  *slog.Logger                                               // told of the engine's troubles; may be nil
	Now     func() time.Time                                           // time.Now if nil
	Observe func(Event)                                                // told what happens, one event at a time; may be nil
	Scheme  func(bits, kMax, values, members int) (kahe.Params, error) // kahe.Plan if nil
}

// DefaultKeep is how many rounds' logs are kept if the configuration does not say.
const DefaultKeep = 1024

// Rules are what the descriptors of all rounds have in common.
type Rules struct {
	Leaves uint16
	GMin   uint32
	Cohort uint32
	KMax   uint32
	Time   time.Duration // from proposing to the deadline
	Grace  time.Duration // after it, before the round may be skipped
	Bits   uint8
	Clip   float32
	Mean   round.Mean
	Reward round.Reward
}

// Timeouts say how long to wait for others. Zeros stand for the defaults.
type Timeouts struct {
	Phase        time.Duration // of a key generation; 20 s
	Release      time.Duration // after a quorum has released every node, for the others; 1 s
	ReleaseQuiet time.Duration // since the last release, before nodes without a quorum are given up; 5 s, on a shared engine 30 s, and 2 ms a contribution
	Poll         time.Duration // between looks at the chain; 1 s
	Chain        time.Duration // for the chain to take a transaction, before it is sent again; 2 min
	Spacing      time.Duration // between the beginnings of two commits of contributions; none
	Standby      time.Duration // that nothing has come into the log, before a replica does what another one seems not to do; 3 s
}

func (t Timeouts) withDefaults(shared bool) Timeouts {
	orDefault := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	orDefault(&t.Phase, 20*time.Second)
	orDefault(&t.Release, time.Second)
	if shared {
		orDefault(&t.ReleaseQuiet, 30*time.Second) // releases can't come in while the engine's nodes elect a leader
	}
	orDefault(&t.ReleaseQuiet, 5*time.Second)
	orDefault(&t.Poll, time.Second)
	orDefault(&t.Chain, 2*time.Minute)
	orDefault(&t.Standby, 3*time.Second)
	return t
}

// Limits bound memory and disk. Zeros stand for the defaults.
type Limits struct {
	Uploads     int   // under way at one time; 256
	UploadBytes int64 // memory that they may take together; 1 GiB
	// ScratchBytes is the disk that uploads may take for which there is no memory; 8 GiB. Below 0 for none.
	ScratchBytes int64
	SumBytes     int64 // that the sums of a round may take; 8 GiB
}

func (l Limits) withDefaults() Limits {
	if l.Uploads == 0 {
		l.Uploads = 256
	}
	if l.UploadBytes == 0 {
		l.UploadBytes = 1 << 30
	}
	if l.ScratchBytes == 0 {
		l.ScratchBytes = 8 << 30
	}
	if l.SumBytes == 0 {
		l.SumBytes = 8 << 30
	}
	return l
}

// An Aggregator is the whole role but for its gRPC edge. Its methods are safe for concurrent use, but for [Aggregator.Step] and
// [Aggregator.Run], of which one call may run at a time.
type Aggregator struct {
	config  Config
	chain   Chain
	engine  engine.Backend
	store   *Store
	log     *Log
	uploads *uploads
	replica engine.Incarnation

	closing context.Context // ends when the aggregator is closed, or can't go on; its cause says why
	fail    context.CancelCauseFunc
	running sync.WaitGroup

	writing sync.Mutex // one append of this replica at a time
	folding sync.Mutex // one record at a time is taken from the engine

	mu        sync.Mutex // guards what follows
	state     *State
	volume    *volume                 // whose records come next
	at        engine.Head             // of the newest record that was taken from it
	counted   engine.Fold             // what the volume's records up to at say of contributions and sums
	driver    engine.Incarnation      // the replica that has appended it
	grown     time.Time               // when it was taken
	used      bool                    // the volume has had a round
	reading   bool                    // the log is being read for the first time
	done      int                     // rounds that were certified since then
	working   *working                // the round in progress, or nil
	candidate []byte                  // the encoded transcript of the round that waits for its certificate, or nil
	opening   *round.SignedDescriptor // the newest round that was opened
	ended     *progress               // digest, opening and entries of the round that is over, if it was certified, or nil

	watching sync.Mutex // one event at a time

	coordinator
	without string // a check that is left out, by tests only
}

// New returns an aggregator that works on the chain's deployment, keeps its log in the engine and its files in store. The model file that the
// chain's head names must be there. [Aggregator.Close] must be called at the end.
//
// It goes on where the log ends. If there is none, it begins one with what the chain says.
func New(ctx context.Context, config Config, c Chain, store *Store) (*Aggregator, error) {
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Scheme == nil {
		config.Scheme = kahe.Plan
	}
	if config.Aborts == 0 {
		config.Aborts = round.DefaultAborts
	}
	if config.Keep == 0 {
		config.Keep = DefaultKeep
	}
	if config.Engine == nil {
		config.Engine = engine.NewMemory()
	}
	if config.Account == nil {
		return nil, errors.New("aggregator needs an account")
	}
	config.Timeouts, config.Limits = config.Timeouts.withDefaults(config.Engine.Shared()), config.Limits.withDefaults()
	if err := config.Round.validate(); err != nil {
		return nil, err
	}
	a := &Aggregator{config: config, chain: c, engine: config.Engine, store: store, state: NewState(c.Registry(), c.Rounds()), uploads: newUploads(config.Limits), reading: true}
	rand.Read(a.replica[:])
	a.closing, a.fail = context.WithCancelCause(context.Background())
	var err error
	if a.volume, err = a.newestVolume(ctx); err != nil {
		return nil, err
	}
	a.log = NewLog(a.volume.before())
	if err := a.begin(ctx); err != nil {
		a.Close()
		return nil, err
	}
	a.mu.Lock()
	a.reading = false
	a.mu.Unlock()
	// Whoever comes as soon as the server is up finds the round open. What goes wrong with it, the first step says and tries again.
	_ = a.equip(ctx)
	return a, nil
}

// Close ends what is under way: uploads that wait to be committed are refused. What was acknowledged is in the engine.
func (a *Aggregator) Close() {
	a.fail(engine.ErrClosed)
	a.running.Wait()
}

// validate refuses rules that no descriptor could have.
func (r *Rules) validate() error {
	if r.Time <= 0 || r.Time > round.MaxRoundTime || r.Grace < 0 || r.Grace > round.MaxGrace {
		return fmt.Errorf("rounds of %s with a grace of %s, want up to %s and %s", r.Time, r.Grace, round.MaxRoundTime, round.MaxGrace)
	}
	d := r.descriptor()
	d.Version, d.Round, d.Epoch, d.Parameters, d.Members = round.Version, 1, 1, 1, 4
	// Scheme and committee come later; kahe.B90 with one slot fits whatever the other rules allow.
	enc, err := kahe.Plan(int(r.Bits), int(r.KMax), 1, 4)
	if err != nil {
		return err
	}
	if d.Scheme, err = round.NewScheme(enc, d.Values()); err != nil {
		return err
	}
	return d.Validate()
}

// descriptor returns a descriptor with what the rules say.
func (r *Rules) descriptor() round.Descriptor {
	return round.Descriptor{Leaves: r.Leaves, GMin: r.GMin, Cohort: r.Cohort, KMax: r.KMax, Clip: math.Float32bits(r.Clip),
		Mean: r.Mean, Reward: r.Reward, Grace: uint64(r.Grace.Milliseconds())}
}

// observe reports an event. It must not be called with the lock held.
func (a *Aggregator) observe(e Event) {
	if a.config.Observe == nil {
		return
	}
	a.watching.Lock()
	defer a.watching.Unlock()
	a.config.Observe(e)
}

// Log returns the log, for followers.
func (a *Aggregator) Log() *Log { return a.log }

// Snapshot is where the newest round stands, as [Aggregator.Snapshot] saw it.
type Snapshot struct {
	Phase    Phase
	Round    uint64                  // 0 if none was proposed
	Opening  *round.SignedDescriptor // nil before the round is open
	Keys     round.KeyList           // of the committee in office
	Accepted int                     // contributions in the sum
}

// Snapshot returns where the newest round stands.
func (a *Aggregator) Snapshot() Snapshot {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := Snapshot{Phase: a.state.over, Round: a.state.last}
	if a.state.committee != nil {
		s.Keys = a.state.committee.keys
	}
	if p := a.state.round; p != nil {
		s.Phase, s.Accepted = p.phase, len(p.entries)
		if s.Phase == PhaseOpen && (a.working == nil || a.working.group == nil) {
			s.Phase = PhaseProposed // open, and in a moment here, too
		}
	}
	if a.opening != nil && a.opening.Descriptor.Round == s.Round {
		s.Opening = a.opening
	}
	return s
}
