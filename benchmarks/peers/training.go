package peers

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"sotto/aggregator"
	"sotto/benchmarks/measure"
	"sotto/client"
	"sotto/client/train"
	"sotto/client/train/datasets"
	"sotto/committee"
	"sotto/internal/edge"
	"sotto/internal/simulate"
	"sotto/round"
	"sotto/update"
)

// A Training is a whole federated training on this machine, everything in one process: real gradients on real models, every contributor
// with a slice of the data of its own, and either Sotto or plain averaging between them.
type Training struct {
	Task         string // a name in Tasks
	Private      bool   // through Sotto; otherwise plain averaging over gRPC
	Rounds       int
	Contributors int
	Members      int
	Seed         uint64
}

// Trained is what came of a training.
type Trained struct {
	Parameters int
	Cost       measure.Cost // of all rounds and all parties together, training included; without making keys, and without evaluation
	Upload     int          // bytes that one contributor sends in a round
	Accuracies []float64    // after each round, on data that nobody trains on
	Set        string       // Sotto's parameter set
}

// Tasks are what trainings are made of.
var Tasks = map[string]func() (datasets.Task, error){
	"digits":    datasets.Digits,
	"synthetic": syntheticTask,
}

// syntheticTask returns points around ten centres in 64 dimensions and a network of a million parameters to tell them apart. The network is
// far too large for that, which is the point: its size is what is measured.
func syntheticTask() (datasets.Task, error) {
	const features, classes, trained, tested = 64, 10, 768, 500
	spec := train.ModelSpec{
		Name: "synthetic-mlp", Layers: []int{features, 963, 963, classes}, Shift: []float32{0}, Scale: []float32{1},
		Training: train.Training{LearningRate: 0.001, Batch: 32, Epochs: 1},
	}
	rnd := rand.New(rand.NewChaCha8(sha256.Sum256([]byte("points around ten centres"))))
	var centres [classes][features]float64
	for c := range centres {
		for f := range centres[c] {
			centres[c][f] = rnd.NormFloat64() * 0.35
		}
	}
	data := train.Dataset{Features: features, Classes: classes}
	for i := range trained + tested {
		label := i % classes
		for f := range features {
			data.Values = append(data.Values, float32(centres[label][f]+rnd.NormFloat64()))
		}
		data.Labels = append(data.Labels, label)
	}
	first, rest := data.Split(trained)
	return datasets.Task{Spec: spec, Clip: 0.1, Train: first, Test: rest}, nil
}

// learners are the contributors of a training.
type learners struct {
	Training
	task    datasets.Task
	trainer *train.Trainer
	slices  []train.Dataset
	first   []byte // the first model's file
	working chan struct{}
}

// Run runs the training.
func (t Training) Run(ctx context.Context) (Trained, error) {
	task, ok := Tasks[t.Task]
	if !ok {
		return Trained{}, fmt.Errorf("unknown task %q", t.Task)
	}
	l := &learners{Training: t, working: make(chan struct{}, runtime.GOMAXPROCS(0))}
	var err error
	if l.task, err = task(); err != nil {
		return Trained{}, err
	}
	if l.slices, err = train.Dirichlet(l.task.Train, t.Seed, 1, t.Contributors, 8); err != nil {
		return Trained{}, err
	}
	if l.trainer, err = train.NewTrainer(l.task.Spec); err != nil {
		return Trained{}, err
	}
	first, err := train.InitialModel(l.task.Spec, t.Seed)
	if err != nil {
		return Trained{}, err
	}
	if l.first, err = encodeModel(first); err != nil {
		return Trained{}, err
	}
	result := Trained{Parameters: first.Parameters()}
	var models [][]byte
	if t.Private {
		models, err = l.private(ctx, &result)
	} else {
		models, err = l.plain(ctx, &result)
	}
	if err != nil {
		return Trained{}, err
	}
	for _, file := range models {
		model, err := decodeModel(file)
		if err != nil {
			return Trained{}, err
		}
		accuracy, err := train.Evaluate(ctx, l.task.Spec, model, l.task.Test)
		if err != nil {
			return Trained{}, err
		}
		result.Accuracies = append(result.Accuracies, accuracy)
	}
	return result, nil
}

// train trains contributor i's own model in a round. As many train at once as there are processors.
func (l *learners) train(ctx context.Context, i, round int, base update.Model) (update.Model, int, error) {
	l.working <- struct{}{}
	defer func() { <-l.working }()
	trained, stats, err := l.trainer.Train(ctx, base, l.slices[i], train.Options{Seed: l.Seed<<32 + uint64(round)<<16 + uint64(i)})
	return trained, stats.Rows, err
}

// all lets all contributors do something at one time.
func (l *learners) all(do func(i int) error) error {
	errs := make([]error, l.Contributors)
	var group sync.WaitGroup
	for i := range errs {
		group.Go(func() { errs[i] = do(i) })
	}
	group.Wait()
	return errors.Join(errs...)
}

func encodeModel(m update.Model) ([]byte, error) {
	var b bytes.Buffer
	err := update.WriteModel(&b, m)
	return b.Bytes(), err
}

func decodeModel(file []byte) (update.Model, error) {
	return update.ReadModel(bytes.NewReader(file), update.DefaultLimits())
}

// plain runs the rounds with plain averaging and returns the models after each.
func (l *learners) plain(ctx context.Context, result *Trained) (models [][]byte, err error) {
	a := &plainAggregator{sums: make([]float32, result.Parameters)}
	if a.door, err = newDoor(a, nil); err != nil {
		return nil, err
	}
	defer a.Close()
	senders := make([]plainContributor, l.Contributors)
	for i := range senders {
		if err := senders[i].join(a.Invitation()); err != nil {
			return nil, err
		}
		defer senders[i].Close()
	}
	file := l.first
	result.Upload = 4 * result.Parameters
	span := measure.Begin()
	for number := range l.Rounds {
		a.serve(file)
		clear(a.sums)
		if err := l.all(func(i int) error {
			file, err := senders[i].fetch(ctx)
			if err != nil {
				return err
			}
			base, err := decodeModel(file)
			if err != nil {
				return err
			}
			trained, _, err := l.train(ctx, i, number, base)
			if err != nil {
				return err
			}
			change, err := update.Difference(trained, base)
			if err != nil {
				return err
			}
			if _, err := senders[i].Make(i, change); err != nil {
				return err
			}
			return senders[i].Send(ctx)
		}); err != nil {
			return nil, err
		}
		mean := make([]float32, len(a.sums))
		for j, s := range a.sums {
			mean[j] = s / float32(l.Contributors)
		}
		base, err := decodeModel(file)
		if err != nil {
			return nil, err
		}
		next, err := update.Apply(base, mean)
		if err != nil {
			return nil, err
		}
		if file, err = encodeModel(next); err != nil {
			return nil, err
		}
		models = append(models, file)
	}
	result.Cost = span.End()
	return models, nil
}

// private runs the rounds through Sotto: the client's whole contribution, the aggregator, members over gRPC, and a simulated chain.
func (l *learners) private(ctx context.Context, result *Trained) (models [][]byte, err error) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	dir, err := os.MkdirTemp("", "sotto-benchmark-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)

	model := round.Hash(l.task.Spec.ID())
	chain := simulate.NewChain(model, sha256.Sum256(l.first))
	account, err := newAccount()
	if err != nil {
		return nil, err
	}
	store, err := aggregator.OpenStore(dir)
	if err != nil {
		return nil, err
	}
	if _, err := store.SaveModel(l.first); err != nil {
		return nil, err
	}
	// Nothing may wait for whoever reads the events.
	events := make(chan aggregator.Event, 1<<16)
	const gMin = 4
	config := aggregator.Config{
		Account: account, Model: model, Rounds: l.Rounds,
		Round: aggregator.Rules{Leaves: 1, GMin: gMin, Cohort: gMin, KMax: 128, Time: time.Hour, Grace: time.Minute, Bits: 16, Clip: l.task.Clip,
			Mean: round.Mean{Robust: uint8(update.RobustNorm)}},
		Timeouts: aggregator.Timeouts{Poll: 50 * time.Millisecond},
		Observe:  func(e aggregator.Event) { events <- e },
	}
	contributors := make([]*learner, l.Contributors)
	var accounts []common.Address
	for i := range contributors {
		if contributors[i], err = newLearner(filepath.Join(dir, fmt.Sprintf("contributor-%d", i)), chain, account.Address(), model); err != nil {
			return nil, err
		}
		accounts = append(accounts, crypto.PubkeyToAddress(contributors[i].account.PublicKey))
	}
	chain.Register(accounts...)
	a, err := aggregator.New(ctx, config, chain, store)
	if err != nil {
		return nil, err
	}
	certificate, pin, err := edge.LoadOrCreateTLS(dir)
	if err != nil {
		return nil, err
	}
	server := aggregator.NewServer(a, certificate)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	go server.Serve(listener) // ends with Stop
	defer func() {
		cancel()
		stopping, done := context.WithTimeout(context.Background(), time.Second)
		defer done()
		server.Stop(stopping)
	}()
	failed := make(chan error, l.Members+1)
	if err := runMembers(ctx, &running, failed, chain, l.Members, account.Address(), model, listener.Addr().String(), pin); err != nil {
		return nil, err
	}
	for _, c := range contributors {
		if err := c.connect(listener.Addr().String(), pin); err != nil {
			return nil, err
		}
		defer c.conn.Close()
	}
	running.Go(func() {
		if err := a.Run(ctx); err != nil {
			failed <- fmt.Errorf("aggregator: %w", err)
		}
	})

	var span measure.Span
	for number := range l.Rounds {
		opened, err := until[aggregator.RoundOpened](ctx, events, failed)
		if err != nil {
			return nil, err
		}
		if number == 0 {
			span = measure.Begin()
		}
		result.Set = setName(&opened.Opening.Descriptor)
		sizes := make([]int, l.Contributors)
		if err := l.all(func(i int) error {
			r, err := contributors[i].client.Contribute(ctx, contributors[i].account, client.InMemory(func(ctx context.Context, base update.Model) (update.Model, int, error) {
				return l.train(ctx, i, number, base)
			}), client.Options{Round: opened.Opening.Descriptor.Round})
			if err == nil {
				sizes[i] = r.Sent
			}
			return err
		}); err != nil {
			return nil, err
		}
		result.Upload = slices.Max(sizes)
		finished, err := until[aggregator.RoundFinished](ctx, events, failed)
		if err != nil {
			return nil, err
		}
		if _, err := until[aggregator.RoundCertified](ctx, events, failed); err != nil {
			return nil, err
		}
		models = append(models, finished.Outcome.Model)
	}
	result.Cost = span.End()
	return models, nil
}

func setName(d *round.Descriptor) string {
	enc, _, err := d.Crypto()
	if err != nil {
		return ""
	}
	return enc.Set().String()
}

// until waits for an event.
func until[E aggregator.Event](ctx context.Context, events <-chan aggregator.Event, failed <-chan error) (e E, err error) {
	for {
		select {
		case <-ctx.Done():
			return e, ctx.Err()
		case err := <-failed:
			return e, err
		case event := <-events:
			switch event := event.(type) {
			case E:
				return event, nil
			case aggregator.RoundSkipped:
				return e, fmt.Errorf("round %d was given up: %s", event.Round, event.Reason)
			case aggregator.Trouble:
				return e, event.Err
			}
		}
	}
}

// runMembers nominates n members on the chain and lets them run, over sockets, until ctx ends.
func runMembers(ctx context.Context, running *sync.WaitGroup, failed chan<- error, chain *simulate.Chain, n int, aggregator common.Address, model round.Hash, address string, pin [32]byte) error {
	var nominees []common.Address
	for j := range n {
		identity, err := crypto.GenerateKey()
		if err != nil {
			return err
		}
		directory, err := committee.NewMemory(identity).Open()
		if err != nil {
			return err
		}
		member, err := committee.New(committee.Config{Directory: directory, Chain: chain, Rounds: chain.Rounds(), Registry: chain.Registry(),
			Model: model, Aggregator: aggregator, Poll: 100 * time.Millisecond})
		if err != nil {
			return err
		}
		conn, err := edge.Dial(address, pin)
		if err != nil {
			return err
		}
		nominees = append(nominees, crypto.PubkeyToAddress(identity.PublicKey))
		running.Go(func() {
			defer conn.Close()
			if err := member.Run(ctx, conn); err != nil {
				failed <- fmt.Errorf("member %d: %w", j+1, err)
			}
		})
	}
	chain.Nominate(nominees)
	return nil
}
