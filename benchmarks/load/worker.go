package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"google.golang.org/grpc"

	"sotto/aggregator"
	"sotto/aggregator/engine"
	"sotto/benchmarks/measure"
	"sotto/benchmarks/peers"
	"sotto/chain"
	"sotto/client"
	"sotto/crypto/kahe"
	"sotto/internal/edge"
	"sotto/internal/simulate"
	"sotto/round"
	"sotto/update"
)

// Worker is the service of a worker process: an aggregator with its committee and a chain, or all contributors.
type Worker struct {
	load Load

	aggregating
	contributing
}

// A Load is what an aggregator is to take.
type Load struct {
	Engine       string // engineMemory, engineEmbedded or engineCluster
	Cluster      reach  // of engineCluster
	Dir          string // of the aggregator's files
	Parameters   int
	Contributors int
	KMax         int
	Leaves       int
	Rounds       int    // 0 for no end
	Profile      string // file for the aggregator's processor profile; "" for none
}

// What all loads have in common.
const (
	members = 4
	bits    = 16
	clip    = 1
)

// scheme returns the parameters that the planner chooses.
func (l *Load) scheme() (kahe.Params, error) {
	return kahe.Plan(bits, l.KMax, l.Parameters, members)
}

// fill writes the integers of contributor i to values. They follow from i, so that whoever knows who has contributed knows the sum.
func fill(values []uint32, i int) {
	var seed [32]byte
	copy(seed[:], "load of contributor "+strconv.Itoa(i))
	rnd, u := rand.NewChaCha8(seed), uint64(0)
	for j := range values {
		if j%4 == 0 {
			u = rnd.Uint64()
		}
		values[j], u = 1+uint32(u%(1<<15)), u>>16
	}
}

// aggregating is what the aggregator's process holds.
type aggregating struct {
	chain      *simulate.Chain
	engine     *engine.Engine // nil in memory
	aggregator *aggregator.Aggregator
	server     *aggregator.Server
	committee  *peers.Committee
	accounts   []common.Address
	profile    *os.File
	stop       func() // ends Run

	mu      sync.Mutex
	commits []engine.Committed
	took    []float64 // from an upload's end to its answer
	trouble error
	outcome *aggregator.RoundFinished
}

// Aggregate starts the aggregator and takes its round to where contributions are taken.
func (w *Worker) Aggregate(b Begin, inv *peers.Invitation) (err error) {
	w.load = b.Load
	for a := range slices.Chunk(b.Accounts, common.AddressLength) {
		w.accounts = append(w.accounts, common.BytesToAddress(a))
	}
	if *inv, err = w.aggregate(context.Background()); err != nil {
		return err
	}
	return w.Open(struct{}{}, nil)
}

// Begin is a load and who is to be its contributors.
type Begin struct {
	Load     Load
	Accounts []byte
}

var modelID = round.Hash(sha256.Sum256([]byte("a load's model")))

func (w *Worker) aggregate(ctx context.Context) (inv peers.Invitation, err error) {
	var model bytes.Buffer
	if err := update.WriteModel(&model, simulate.NewModel(w.load.Parameters)); err != nil {
		return inv, err
	}
	w.chain = simulate.NewChain(modelID, sha256.Sum256(model.Bytes()))
	w.chain.Register(w.accounts...)
	key, err := crypto.GenerateKey()
	if err != nil {
		return inv, err
	}
	account := chain.NewAccount(key)
	store, err := aggregator.OpenStore(filepath.Join(w.load.Dir, "aggregator"))
	if err != nil {
		return inv, err
	}
	if _, err := store.SaveModel(model.Bytes()); err != nil {
		return inv, err
	}
	if w.committee, err = peers.NewCommittee(w.chain, account.Address(), modelID, members); err != nil {
		return inv, err
	}
	backend, err := w.backend(ctx)
	if err != nil {
		return inv, err
	}
	enc, err := w.load.scheme()
	if err != nil {
		return inv, err
	}
	w.aggregator, err = aggregator.New(ctx, aggregator.Config{
		Engine: backend, Account: account, Model: modelID, Rounds: w.load.Rounds, Keep: 1, Observe: w.observe,
		Round: aggregator.Rules{Leaves: uint16(w.load.Leaves), GMin: 2, Cohort: 2, KMax: uint32(w.load.KMax), Time: 24 * time.Hour, Grace: time.Hour, Bits: bits, Clip: clip},
		// Nobody is turned away: what is measured is what the machine can do.
		Limits: aggregator.Limits{UploadBytes: 8 << 30, SumBytes: 16 << 30},
		Scheme: func(int, int, int, int) (kahe.Params, error) { return enc, nil },
	}, w.chain, store)
	if err != nil {
		return inv, err
	}
	certificate, pin, err := edge.LoadOrCreateTLS(filepath.Join(w.load.Dir, "aggregator"))
	if err != nil {
		return inv, err
	}
	w.server = aggregator.NewServer(w.aggregator, certificate)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return inv, err
	}
	go w.server.Serve(l) // ends with Stop
	inv = peers.Invitation{Address: l.Addr().String(), Pin: pin}
	if err := w.committee.Connect(inv); err != nil {
		return inv, err
	}
	if w.load.Profile != "" {
		if w.profile, err = os.Create(w.load.Profile); err != nil {
			return inv, err
		}
	}
	return inv, nil
}

// backend opens the engine.
func (w *Worker) backend(ctx context.Context) (_ engine.Backend, err error) {
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	switch w.load.Engine {
	case engineMemory:
		memory := engine.NewMemory()
		memory.Volatile = true
		return memory, nil
	case engineEmbedded:
		w.engine, err = engine.Open(ctx, engine.Config{Dir: filepath.Join(w.load.Dir, "engine"), Logger: logger})
	case engineCluster:
		c := w.load.Cluster
		w.engine, err = engine.Open(ctx, engine.Config{Servers: c.Servers, Monitors: c.Monitors, TLS: c.TLS, Logger: logger})
	default:
		return nil, fmt.Errorf("unknown engine %q", w.load.Engine)
	}
	return w.engine, err
}

// observe keeps what the aggregator tells.
func (w *Worker) observe(e aggregator.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := e.(type) {
	case aggregator.Committed:
		w.commits = append(w.commits, e.Commit)
	case aggregator.Uploaded:
		if e.Receipt {
			w.took = append(w.took, e.Took.Seconds())
		}
	case aggregator.RoundFinished:
		w.outcome = &e
	case aggregator.Trouble:
		w.trouble = errors.Join(w.trouble, e.Err)
	}
}

// Open takes the aggregator's next round to where contributions are taken. From then on it runs by itself.
func (w *Worker) Open(struct{}, *struct{}) error {
	if err := w.drive(func(s aggregator.Snapshot) bool { return s.Phase == aggregator.PhaseOpen }); err != nil {
		return err
	}
	if w.profile != nil {
		if err := pprof.StartCPUProfile(w.profile); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.aggregator.Run(ctx) }()
	w.stop = func() {
		cancel()
		if err := <-done; err != nil {
			w.observe(aggregator.Trouble{Err: err})
		}
	}
	return nil
}

// drive lets the aggregator and its members act in turns until the round stands where it should.
func (w *Worker) drive(done func(s aggregator.Snapshot) bool) error {
	return w.committee.Drive(context.Background(), w.aggregator, func() bool { return done(w.aggregator.Snapshot()) })
}

// Usage is what an aggregator has used so far, and what it has told since it was asked last.
type Usage struct {
	CPU     float64
	Memory  measure.Memory
	Commits []engine.Committed
	Took    []float64 // seconds from an upload's end, as the server received it, to its answer
}

// Use returns what was used. With clean, memory that is not in use goes back to the system first, and a new peak is looked for.
func (w *Worker) Use(clean bool, u *Usage) error {
	w.mu.Lock()
	u.Commits, u.Took, w.commits, w.took = w.commits, w.took, nil, nil
	err := w.trouble
	w.mu.Unlock()
	if err != nil {
		return err
	}
	u.Memory, _ = measure.MemoryOf()
	if clean {
		measure.ResetPeak()
	}
	u.CPU = measure.CPU()
	return nil
}

// Ack is what a contributor was told to be in the sum.
type Ack struct {
	Contributor int
	Digest      round.Hash
}

// Held gives unused memory back and returns what the process holds.
func (w *Worker) Held(_ struct{}, m *measure.Memory) error {
	debug.FreeOSMemory()
	var ok bool
	if *m, ok = measure.MemoryOf(); !ok {
		return errors.New("the system does not say what memory a process holds")
	}
	return nil
}

// Closing says how far to take a round, and what was acknowledged.
type Closing struct {
	Acks    []Ack
	Certify bool
}

// Closed is what closing took.
type Closed struct {
	Cost    measure.Cost // of aggregator and members
	Members float64      // of which processor time of the members
	Memory  measure.Memory
	Engine  int64 // bytes in the embedded engine's directory
	Files   int64 // bytes of the aggregator's other files
}

// Finish ends the round, whose contributors must all have contributed, opens its sum and checks it against what was acknowledged; then, if it
// is to be certified, it is.
func (w *Worker) Finish(c Closing, closed *Closed) error {
	if w.profile != nil {
		pprof.StopCPUProfile()
		if err := w.profile.Close(); err != nil {
			return err
		}
		w.profile = nil
	}
	measure.ResetPeak()
	span := measure.Begin()
	for deadline := time.Now().Add(time.Minute); w.aggregator.Snapshot().Phase != aggregator.PhaseClosing; time.Sleep(time.Millisecond) {
		if s := w.aggregator.Snapshot(); time.Now().After(deadline) {
			return fmt.Errorf("round %d is %s with %d contributions", s.Round, s.Phase, s.Accepted)
		}
	}
	w.stop()
	w.stop = nil
	before := w.membersCPU()
	number := w.aggregator.Snapshot().Round
	if err := w.drive(func(s aggregator.Snapshot) bool {
		// Where rounds go on, the next one is proposed as soon as this one is certified.
		return s.Phase == aggregator.PhaseCertified || s.Round > number || !c.Certify && s.Phase == aggregator.PhaseFinished
	}); err != nil {
		return err
	}
	closed.Cost, closed.Members = span.End(), w.membersCPU()-before
	if head, err := w.chain.Head(context.Background()); err != nil || c.Certify && head.Round != number {
		return fmt.Errorf("the chain is at round %d, want %d: %w", head.Round, number, err)
	}
	closed.Memory, _ = measure.MemoryOf()
	var err error
	if closed.Engine, err = bytesIn(filepath.Join(w.load.Dir, "engine")); err != nil {
		return err
	}
	if closed.Files, err = bytesIn(filepath.Join(w.load.Dir, "aggregator")); err != nil {
		return err
	}
	w.mu.Lock()
	outcome := w.outcome
	w.outcome = nil
	w.mu.Unlock()
	if outcome == nil {
		return errors.New("round is finished without an outcome")
	}
	return checkSum(outcome, c.Acks, w.accounts)
}

func (w *Worker) membersCPU() (seconds float64) {
	for _, m := range w.committee.Members() {
		seconds += m.CPU
	}
	return seconds
}

// checkSum holds a round's outcome against what was acknowledged: the same contributions, each once, and the exact sum of their integers.
func checkSum(f *aggregator.RoundFinished, acks []Ack, accounts []common.Address) error {
	t := f.Outcome.Transcript
	entries := make(map[common.Address]round.Hash)
	for _, e := range t.Closing.Manifest.Entries {
		entries[e.Contributor] = e.Digest
	}
	if n := len(t.Closing.Manifest.Entries); n != len(acks) || n != len(entries) {
		return fmt.Errorf("manifest has %d entries of %d contributors, %d were acknowledged", n, len(entries), len(acks))
	}
	var sums []uint64
	contributors := 0
	for _, n := range f.Outcome.Nodes {
		if !n.Opened {
			return fmt.Errorf("node %s does not open: %w", n.Node, n.Err)
		}
		if sums == nil {
			sums = make([]uint64, len(n.Sums))
		}
		for j, s := range n.Sums {
			sums[j] += s
		}
		contributors += int(n.Node.Contributors)
	}
	if contributors != len(acks) {
		return fmt.Errorf("sums of %d contributors, %d were acknowledged", contributors, len(acks))
	}
	values := make([]uint32, len(sums))
	for _, a := range acks {
		if a.Contributor < 0 || a.Contributor >= len(accounts) || entries[accounts[a.Contributor]] != a.Digest {
			return fmt.Errorf("the contribution of %d that was acknowledged is not in the manifest", a.Contributor)
		}
		fill(values, a.Contributor)
		for j, v := range values {
			sums[j] -= uint64(v)
		}
	}
	for j, s := range sums {
		if s != 0 {
			return fmt.Errorf("the sum is wrong at parameter %d, by %d", j, int64(s))
		}
	}
	return nil
}

// bytesIn adds up the files below dir, which need not be there.
func bytesIn(dir string) (total int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil {
			total += info.Size()
		}
		return err
	})
	return total, err
}

// contributing is what the contributors' process holds.
type contributing struct {
	keys    []*ecdsa.PrivateKey
	inv     peers.Invitation
	state   *client.State
	first   int // contributor of the first upload
	uploads []*client.Upload
}

// Contribute makes the worker all contributors, and returns their accounts.
func (w *Worker) Contribute(l Load, accounts *[]byte) error {
	w.load = l
	for range l.Contributors {
		key, err := crypto.GenerateKey()
		if err != nil {
			return err
		}
		address := crypto.PubkeyToAddress(key.PublicKey)
		w.keys, *accounts = append(w.keys, key), append(*accounts, address[:]...)
	}
	return nil
}

// Join learns of the open round.
func (w *Worker) Join(inv peers.Invitation, _ *struct{}) error {
	conn, err := edge.Dial(inv.Address, inv.Pin)
	if err != nil {
		return err
	}
	defer conn.Close()
	w.inv = inv
	w.state, err = client.New(conn, nil, client.Pins{}, nil).State(context.Background())
	if err == nil && w.state.Open == nil {
		err = errors.New("no round is open")
	}
	return err
}

// Rejoin learns of the next round.
func (w *Worker) Rejoin(struct{}, *struct{}) error { return w.Join(w.inv, nil) }

// Turn is some contributors, one after the other.
type Turn struct{ First, Count int }

// Make makes their uploads and returns the bytes of all, headers included.
func (w *Worker) Make(t Turn, total *int64) error {
	w.first, w.uploads = t.First, make([]*client.Upload, t.Count)
	next := make(chan int)
	errs := make(chan error, 2)
	for range cap(errs) {
		go func() {
			var err error
			for i := range next {
				if err != nil {
					continue
				}
				values := make([]uint32, w.state.Open.Descriptor.Values())
				fill(values, t.First+i)
				w.uploads[i], err = client.Seal(w.state.Open, w.state.Keys, w.keys[t.First+i], values)
			}
			errs <- err
		}()
	}
	for i := range t.Count {
		next <- i
	}
	close(next)
	if err := errors.Join(<-errs, <-errs); err != nil {
		return err
	}
	for _, u := range w.uploads {
		*total += int64(len(round.Encode(&u.Submission)) + len(u.Ciphertext))
	}
	return nil
}

// Sent is what came of sending.
type Sent struct {
	Wall float64
	CPU  float64
	Acks []Ack
	Wait []float64 // seconds from handing the last byte to gRPC to the acknowledgement
}

// Send sends what was made last over so many connections at one time, each of which takes the next upload when it is done with one.
func (w *Worker) Send(streams int, sent *Sent) error {
	ctx, d := context.Background(), &w.state.Open.Descriptor
	clients := make([]*client.Client, min(streams, len(w.uploads)))
	for i := range clients {
		conn, err := edge.Dial(w.inv.Address, w.inv.Pin)
		if err != nil {
			return err
		}
		defer conn.Close()
		if clients[i], err = dialled(ctx, conn); err != nil {
			return err
		}
	}
	debug.FreeOSMemory()
	var mu sync.Mutex
	var running sync.WaitGroup
	var failed error
	at := 0
	take := func() (i int, ok bool) {
		mu.Lock()
		defer mu.Unlock()
		i, at = at, at+1
		return i, i < len(w.uploads) && failed == nil
	}
	span := measure.Begin()
	for _, c := range clients {
		running.Go(func() {
			for i, ok := take(); ok; i, ok = take() {
				u := w.uploads[i]
				last := time.Now()
				receipt, err := c.Submit(ctx, &u.Submission, bytes.NewReader(u.Ciphertext), func(int) { last = time.Now() })
				wait := time.Since(last).Seconds()
				if err == nil {
					err = receipt.Verify(d.Domain(), d.Aggregator)
				}
				if err == nil && receipt.Receipt.Digest != u.Digest(d.Domain()) {
					err = errors.New("receipt is for another upload")
				}
				mu.Lock()
				if err != nil {
					failed = errors.Join(failed, fmt.Errorf("contributor %d: %w", w.first+i, err))
				} else {
					sent.Acks, sent.Wait = append(sent.Acks, Ack{w.first + i, receipt.Receipt.Digest}), append(sent.Wait, wait)
				}
				mu.Unlock()
			}
		})
	}
	running.Wait()
	cost := span.End()
	sent.Wall, sent.CPU = cost.Wall, cost.CPU
	w.uploads = nil
	debug.FreeOSMemory()
	return failed
}

// dialled returns a client once its connection is made, so that the handshake is not measured.
func dialled(ctx context.Context, conn *grpc.ClientConn) (*client.Client, error) {
	c := client.New(conn, nil, client.Pins{}, nil)
	_, err := c.State(ctx)
	return c, err
}

// Close implements process.Worker.
func (w *Worker) Close() {
	if w.committee != nil {
		w.committee.Close()
	}
	if w.server != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		w.server.Stop(ctx)
	}
	if w.stop != nil {
		w.stop()
	}
	if w.aggregator != nil {
		w.aggregator.Close()
	}
	if w.engine != nil {
		w.engine.Close()
	}
}
