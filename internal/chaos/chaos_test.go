// Package chaos runs rounds with real processes while these are killed, paused and cut off from each other, and checks afterwards that
// nothing that was acknowledged is lost and nothing counts twice (docs/protocol.md, the engine).
//
// Three engine nodes of the module's nats-server, three replicas of the aggregator behind a TCP balancer and four members of the committee
// are processes of their own; contributors and the chain, which is simulated, are in the test. Faults are drawn from a seed; what the
// machine does in between is not, so a seed gives the same faults and not the same run.
//
//	go test ./internal/chaos                                       every fault once, about a minute and a half
//	go test ./internal/chaos -run TestChaos -seeds 5 -time 90s     five runs with random faults for a minute and a half each
//	go test ./internal/chaos -run TestChaos -seed 3 -time 10m      one long run
package chaos

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"google.golang.org/grpc"

	"sotto/aggregator/engine"
	"sotto/client"
	"sotto/committee"
	"sotto/internal/edge"
	"sotto/internal/simulate"
	"sotto/proto"
	"sotto/round"
	"sotto/update"
)

var (
	seeds = flag.Int("seeds", 1, "runs of TestChaos, each with the next seed")
	seed  = flag.Uint64("seed", 1, "of the first run's faults")
	long  = flag.Duration("time", 0, "how long each run has random faults; 0 for every fault once")
	keep  = flag.Bool("keep", false, "keep the processes' logs and files")
)

const (
	replicas     = 3
	members      = 4
	contributors = 24     // of each round
	parameters   = 60_000 // of the model
	uploadBytes  = 600_000

	roundTime = 3 * time.Minute  // to the deadline, which no round must reach
	spread    = 8 * time.Second  // over which a round's contributors come
	patience  = 20 * time.Second // of a contributor for an answer
	recovery  = 90 * time.Second // after the last fault, until the round in progress is certified
)

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		os.Exit(runRole(role))
	}
	code := m.Run()
	if binary, err := natsServer(); err == nil {
		os.RemoveAll(filepath.Dir(binary))
	}
	os.Exit(code)
}

// network is everybody of a run.
type network struct {
	t       testing.TB
	dir     string
	cluster *cluster
	chain   *simulate.Chain
	account common.Address // of the aggregator
	pin     [32]byte
	model   []byte

	balancer   *balancer
	direct     []*balancer // to one replica each
	replicas   []*process
	members    []*process
	namespaces []*namespace // of replicas, or nil
	people     []*ecdsa.PrivateKey

	engine *engine.Engine // of the checks

	mu       sync.Mutex
	alarms   []string
	attempts int
	double   int
}

// newNetwork starts everybody. without is a protection that replicas leave out.
func newNetwork(t testing.TB, without string) *network {
	t.Helper()
	dir, err := os.MkdirTemp("", "chaos-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if *keep {
			t.Logf("files are in %s", dir)
			return
		}
		os.RemoveAll(dir)
	})
	n := &network{t: t, dir: dir}
	if made, why := newNamespaces(t, replicas); made != nil {
		n.namespaces = made
	} else {
		t.Logf("replicas are not cut off from the engine: %s", why)
	}
	n.cluster = newCluster(t, dir)

	var file bytes.Buffer
	must(t, update.WriteModel(&file, simulate.NewModel(parameters)))
	n.model = file.Bytes()
	n.chain = simulate.NewChain(simulate.ModelID, sha256.Sum256(n.model))
	for range contributors {
		key := newKey(t)
		n.people = append(n.people, key)
		n.chain.Register(crypto.PubkeyToAddress(key.PublicKey))
	}
	key := newKey(t)
	n.account = crypto.PubkeyToAddress(key.PublicKey)
	shared := filepath.Join(dir, "shared")
	must(t, os.Mkdir(shared, 0o700))
	must(t, crypto.SaveECDSA(filepath.Join(shared, "key"), key))
	if _, n.pin, err = edge.LoadOrCreateTLS(shared); err != nil {
		t.Fatal(err)
	}
	var nominees []common.Address
	for i := range members {
		identity, err := committee.Init(n.memberDir(i), passphrase, true)
		if err != nil {
			t.Fatal(err)
		}
		nominees = append(nominees, identity)
	}
	n.chain.Nominate(nominees)
	socket := filepath.Join(dir, "chain")
	must(t, serveChain(n.chain, socket))

	var sockets []string
	for i := range replicas {
		name := fmt.Sprintf("replica-%d", i+1)
		c := replicaConfig{Dir: filepath.Join(dir, name), Chain: socket, Listen: filepath.Join(dir, name+".socket"), Key: filepath.Join(shared, "key"),
			Engine: n.cluster.engineAt("127.0.0.1"), Time: roundTime, Without: without}
		var in *namespace
		if n.namespaces != nil {
			in = n.namespaces[i]
			c.Engine = n.cluster.engineAt(in.host)
		}
		must(t, os.MkdirAll(filepath.Join(c.Dir, "models"), 0o755))
		if i == 0 { // the others get it from the engine, too, but want it at once
			must(t, os.WriteFile(filepath.Join(c.Dir, "models", fmt.Sprintf("%x", sha256.Sum256(n.model))), n.model, 0o644))
		}
		sockets = append(sockets, c.Listen)
		n.direct = append(n.direct, newBalancer(t, c.Listen))
		n.replicas = append(n.replicas, supervise(t, name, dir, in, "replica", c, n.alarm))
	}
	n.balancer = newBalancer(t, sockets...)
	n.balancer.cutting.Store(60)
	for i := range members {
		n.members = append(n.members, supervise(t, fmt.Sprintf("member-%d", i+1), dir, nil, "member",
			memberConfig{Dir: n.memberDir(i), Chain: socket, Aggregator: n.balancer.address(), Pin: n.pin, Account: n.account}, n.alarm))
	}
	if n.engine, err = engine.Open(t.Context(), n.cluster.engineAt("127.0.0.1").config()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.engine.Close() })
	return n
}

func (n *network) memberDir(i int) string { return filepath.Join(n.dir, fmt.Sprintf("member-%d", i+1)) }

func (n *network) alarm(text string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.alarms = append(n.alarms, text)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := crypto.GenerateKey()
	must(t, err)
	return key
}

// dial returns a client over a connection of its own.
func (n *network) dial(to *balancer) (*client.Client, *grpc.ClientConn, error) {
	conn, err := edge.Dial(to.address(), n.pin)
	if err != nil {
		return nil, nil, err
	}
	return client.New(conn, n.chain, client.Pins{}, nil), conn, nil
}

// state asks any replica where the round stands.
func (n *network) state(ctx context.Context) (*client.State, error) {
	c, conn, err := n.dial(n.balancer)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return c.State(ctx)
}

// awaitOpen waits until some replica has round number open.
func (n *network) awaitOpen(ctx context.Context, number uint64) (*client.State, error) {
	var s *client.State
	var err error
	for ; ctx.Err() == nil; time.Sleep(100 * time.Millisecond) {
		s, err = n.state(ctx)
		if err == nil && s.Round == number && s.Phase == proto.Phase_PHASE_OPEN {
			return s, nil
		}
		if err == nil && s.Round > number {
			return nil, fmt.Errorf("round %d is in progress, want round %d", s.Round, number)
		}
	}
	return nil, fmt.Errorf("round %d is not open: %+v, %v", number, s, err)
}

// told is what contributors were told in one round, and what they have sent.
type told struct {
	dir string // of the ciphertexts that were sent, by digest

	mu    sync.Mutex
	acked map[common.Address]round.Hash
	sent  map[round.Hash]common.Address
	wrong []string
	tried map[int][]string // what became of each contributor's attempts
}

func (c *told) bad(format string, v ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wrong = append(c.wrong, fmt.Sprintf(format, v...))
}

// contribute has everybody contribute to an open round, over some time, again and again until they have a receipt or the round is closed.
func (n *network) contribute(ctx context.Context, s *client.State, over time.Duration, doubles int) *told {
	c := &told{dir: filepath.Join(n.dir, fmt.Sprintf("payloads-%d", s.Round)), acked: map[common.Address]round.Hash{}, sent: map[round.Hash]common.Address{}, tried: map[int][]string{}}
	must(n.t, os.Mkdir(c.dir, 0o700))
	var all sync.WaitGroup
	for i := range n.people {
		all.Go(func() {
			if sleep(ctx, over*time.Duration(i)/time.Duration(len(n.people))) != nil {
				return
			}
			for attempt := uint32(0); ctx.Err() == nil; attempt += 2 {
				to := []*balancer{n.balancer}
				if i%doubles == 0 {
					first := (i/doubles + int(attempt)/2) % replicas
					to = []*balancer{n.direct[first], n.direct[(first+1)%replicas]}
				}
				n.mu.Lock()
				n.attempts += len(to)
				if len(to) > 1 {
					n.double++
				}
				n.mu.Unlock()
				var both sync.WaitGroup
				var done atomic.Bool
				for j, b := range to {
					both.Go(func() {
						begun := time.Now()
						err := n.upload(ctx, s, c, b, i, attempt+uint32(j))
						c.mu.Lock()
						c.tried[i] = append(c.tried[i], fmt.Sprintf("%s after %s: %v", begun.Format("15:04:05"), time.Since(begun).Round(10*time.Millisecond), err))
						c.mu.Unlock()
						switch reason := round.ReasonOf(err); {
						case err == nil, reason == round.ReasonRoundClosed, reason == round.ReasonDuplicate: // or an earlier attempt counts, which the checks see
							done.Store(true)
						case slices.Contains([]round.Reason{"", round.ReasonBusy, round.ReasonNoRound, round.ReasonCutOff, round.ReasonWrongRound}, reason):
						default:
							c.bad("contributor %d is refused: %v", i, err)
							done.Store(true)
						}
					})
				}
				both.Wait()
				if done.Load() {
					return
				}
				_ = sleep(ctx, 200*time.Millisecond)
			}
		})
	}
	all.Wait()
	return c
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// upload makes one attempt with bytes of its own.
func (n *network) upload(ctx context.Context, s *client.State, c *told, to *balancer, i int, attempt uint32) error {
	d := &s.Open.Descriptor
	values := make([]uint32, d.Values())
	for x := range values {
		values[x] = value(uint32(i), attempt)
	}
	u, err := client.Seal(s.Open, s.Keys, n.people[i], values)
	if err != nil {
		return err
	}
	digest, who := u.Digest(d.Domain()), crypto.PubkeyToAddress(n.people[i].PublicKey)
	if err := os.WriteFile(filepath.Join(c.dir, digest.String()), u.Ciphertext, 0o600); err != nil {
		return err
	}
	c.mu.Lock()
	c.sent[digest] = who
	c.mu.Unlock()
	cl, conn, err := n.dial(to)
	if err != nil {
		return err
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	receipt, err := cl.Submit(ctx, &u.Submission, bytes.NewReader(u.Ciphertext), nil)
	if err != nil {
		return err
	}
	if err := receipt.Verify(d.Domain(), n.account); err != nil || receipt.Receipt.Contributor != who || receipt.Receipt.Round != d.Round {
		c.bad("contributor %d got the receipt %+v: %v", i, receipt.Receipt, err)
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if before, ok := c.acked[who]; ok && before != receipt.Receipt.Digest {
		c.wrong = append(c.wrong, fmt.Sprintf("contributor %d was acknowledged as %s and as %s", i, before.Short(), receipt.Receipt.Digest.Short()))
	}
	c.acked[who] = receipt.Receipt.Digest
	return nil
}

// round takes one round from its opening to its certificate and returns what was told to contributors.
func (n *network) round(ctx context.Context, number uint64, over time.Duration, doubles int) (*told, error) {
	s, err := n.awaitOpen(ctx, number)
	if err != nil {
		return nil, err
	}
	c := n.contribute(ctx, s, over, doubles)
	for {
		_, err := n.chain.Certificate(ctx, number)
		if err == nil {
			return c, nil
		}
		if head, _ := n.chain.Head(ctx); head.Round > number {
			return c, fmt.Errorf("round %d was given up", number)
		}
		if sleep(ctx, 100*time.Millisecond) != nil {
			return c, fmt.Errorf("round %d is not certified: %w", number, err)
		}
	}
}

// report says what is wrong, but not all of it.
func report(t testing.TB, what string, wrong []string) {
	t.Helper()
	for i, w := range wrong {
		if i == 12 {
			t.Errorf("%s: and %d more", what, len(wrong)-i)
			return
		}
		t.Errorf("%s: %s", what, w)
	}
}

// TestChaos takes rounds from end to end while everything fails now and then.
func TestChaos(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes")
	}
	for s := *seed; s < *seed+uint64(*seeds); s++ {
		t.Run(fmt.Sprintf("seed %d", s), func(t *testing.T) { run(t, s) })
	}
}

func run(t *testing.T, seed uint64) {
	n := newNetwork(t, "")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last atomic.Int64 // fault ended, Unix time in ns
	faulting := make(chan struct{})
	var told []*told
	for number := uint64(1); ; number++ {
		if number == 2 { // the first round shows that all is well
			go func() {
				defer close(faulting)
				n.faults(seed, *long)
				last.Store(time.Now().UnixNano())
			}()
		}
		// No round may take longer than recovery after the last fault; the watch begins anew as long as there are faults.
		bounded, stop := context.WithCancel(ctx)
		go func() {
			for begun := time.Now(); bounded.Err() == nil; time.Sleep(200 * time.Millisecond) {
				if end := last.Load(); number < 2 && time.Since(begun) > recovery || end > 0 && time.Since(time.Unix(0, end)) > recovery && time.Since(begun) > recovery {
					stop()
				}
			}
		}()
		begun := time.Now()
		c, err := n.round(bounded, number, spread, 8)
		stop()
		if err != nil {
			n.explain(c)
			t.Fatalf("round %d after %s: %v", number, time.Since(begun).Round(time.Second), err)
		}
		t.Logf("round %d took %s", number, time.Since(begun).Round(100*time.Millisecond))
		told = append(told, c)
		checking, stop := context.WithTimeout(ctx, 2*time.Minute)
		k := n.check(checking, number, c)
		stop()
		report(t, fmt.Sprintf("round %d", number), k.wrong)
		os.RemoveAll(c.dir)
		if t.Failed() {
			n.explain(c)
			return
		}
		if end := last.Load(); end > 0 && begun.UnixNano() > end {
			testTampering(t, k)
			t.Logf("the first round after the last fault was certified %s after it", time.Since(time.Unix(0, end)).Round(time.Second))
			break
		}
	}
	<-faulting
	n.mu.Lock()
	defer n.mu.Unlock()
	report(t, "alarm", n.alarms)
	acked := 0
	for _, c := range told {
		acked += len(c.acked)
	}
	t.Logf("%d rounds, %d contributions, %d acknowledged, %d attempts, %d double uploads, %d connections cut in the middle",
		len(told), len(told)*contributors, acked, n.attempts, n.double, n.balancer.cuts.Load())
}

// explain logs the last words of everybody.
func (n *network) explain(c *told) {
	if c != nil {
		for i, tried := range c.tried {
			if len(tried) > 3 {
				n.t.Logf("contributor %d:\n%s", i, strings.Join(tried, "\n"))
			}
		}
	}
	for _, p := range slices.Concat(n.replicas, n.members) {
		n.t.Logf("%s:\n%s", p.name, p.tail(12))
	}
	s, err := n.state(context.Background())
	if err != nil {
		n.t.Logf("state: %v", err)
	} else {
		n.t.Logf("round %d is %s with %d contributions", s.Round, s.Phase, s.Accepted)
	}
	if *keep { // what they are at goes to their logs
		for _, p := range n.replicas {
			p.signal(syscall.SIGQUIT)
		}
		time.Sleep(time.Second)
	}
}

// A checker that can't fail shows nothing: replicas that leave out what the rules stand on are found out, without any other fault.
func TestWithoutProtection(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes")
	}
	for _, c := range []struct {
		without string
		doubles int // every so many-th contributor contributes to two replicas at once
		want    string
	}{
		{withoutCompare, 1, "counts again"},
		{withoutWaiting, contributors, "is not in the log"},
	} {
		t.Run(c.without, func(t *testing.T) {
			n := newNetwork(t, c.without)
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			s, err := n.awaitOpen(ctx, 1)
			if err != nil {
				n.explain(nil)
				t.Fatal(err)
			}
			short, stop := context.WithTimeout(ctx, 12*time.Second)
			defer stop()
			if c.without == withoutWaiting {
				go func() { // what is acknowledged and not yet in the log dies with the replica
					for i := 0; short.Err() == nil; i++ {
						_ = sleep(short, 700*time.Millisecond)
						n.replicas[i%replicas].kill(0)
					}
				}()
			}
			told := n.contribute(short, s, 4*time.Second, c.doubles)
			wrong := append(told.wrong, n.checkLog(ctx, 1, told).wrong...)
			if !slices.ContainsFunc(wrong, func(w string) bool { return strings.Contains(w, c.want) }) {
				t.Errorf("got %q, want that something %s", wrong, c.want)
			}
			t.Logf("%d violations, such as: %s", len(wrong), strings.Join(wrong[:min(3, len(wrong))], "; "))
		})
	}
}
