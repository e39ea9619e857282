//go:build unix

package aggregator

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/gob"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
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

	"google.golang.org/grpc/mem"

	"sotto/aggregator/engine"
	"sotto/audit"
	"sotto/chain"
	"sotto/crypto/sharing"
	"sotto/crypto/tbls"
	"sotto/round"
)

// The aggregator is killed at a write of a round: a process of its own, by SIGKILL. What it leaves is its directory with a real engine. What
// is not the aggregator's survives in files beside it: keys, the chain's head, and what contributors were told.

const (
	crashDir   = "SOTTO_CRASH_DIR"
	crashAt    = "SOTTO_CRASH_AT"    // the step at which the process ends; 0 for none
	crashFault = "SOTTO_CRASH_FAULT" // "early" or a check that is left out, to show what the test sees
)

const crashContributors = 6

// crashWorld is who takes part.
type crashWorld struct {
	Account    []byte
	Keys       [][]byte
	Members    []crashMember
	Group      []byte
	Committee  round.Committee
	Head       round.Head
	Registered []common.Address
}

type crashMember struct{ Identity, Envelope, Share []byte }

func save(t testing.TB, path string, v any) {
	t.Helper()
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(v); err != nil {
		t.Fatal(err)
	}
	saveBytes(t, path, b.Bytes())
}

// saveBytes writes a file as a whole or not at all.
func saveBytes(t testing.TB, path string, b []byte) {
	if err := errors.Join(os.WriteFile(path+unfinished, b, 0o600), os.Rename(path+unfinished, path)); err != nil {
		t.Error(err)
	}
}

func load[T any](t testing.TB, path string) (v T) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err == nil {
		err = gob.NewDecoder(bytes.NewReader(b)).Decode(&v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// newCrashWorld writes a world to a directory, in which no round was ever opened.
func newCrashWorld(t testing.TB) (dir string) {
	t.Helper()
	dir = t.TempDir()
	store, err := OpenStore(filepath.Join(dir, "data"))
	if err != nil {
		t.Fatal(err)
	}
	model, err := store.SaveModel(firstModel(t))
	if err != nil {
		t.Fatal(err)
	}
	members, committee, installed := newMembers(t)
	if err := store.save(numberFile(committees, 1), &installed); err != nil {
		t.Fatal(err)
	}
	l := newLedger(model)
	l.head.Epoch = 1
	w := crashWorld{Account: crypto.FromECDSA(newKey(t)), Committee: committee, Group: installed.Group, Head: l.head}
	for range crashContributors {
		k := newKey(t)
		w.Keys = append(w.Keys, crypto.FromECDSA(k))
		l.register(addressOf(k))
	}
	w.Registered = l.registered
	for _, m := range members {
		envelope, err := m.keys[1].envelope.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		w.Members = append(w.Members, crashMember{crypto.FromECDSA(m.identity), envelope, m.keys[1].share.Marshal()})
	}
	save(t, filepath.Join(dir, "world"), &w)
	save(t, filepath.Join(dir, "head"), &w.Head)
	return dir
}

// durableLedger is a chain that outlives the process.
type durableLedger struct {
	*ledger
	t     testing.TB
	dir   string
	cross func(string)
}

func (l *durableLedger) Finalize(ctx context.Context, from *chain.Account, c *round.Certificate, s tbls.Signature) (chain.Receipt, error) {
	l.cross("finalize: before")
	r, err := l.ledger.Finalize(ctx, from, c, s)
	if err == nil {
		save(l.t, filepath.Join(l.dir, "head"), &l.ledger.head)
	}
	l.cross("finalize: after")
	return r, err
}

// crossedFile tells of every step of writing a file.
type crossedFile struct {
	file
	cross func(string)
}

func (f crossedFile) Write(b []byte) (int, error) {
	f.cross("file: before a write")
	n, err := f.file.Write(b[:len(b)/2])
	f.cross("file: half written")
	if err == nil {
		var rest int
		rest, err = f.file.Write(b[len(b)/2:])
		n += rest
	}
	return n, err
}

func (f crossedFile) Sync() error { f.cross("file: before the sync"); return f.file.Sync() }
func (f crossedFile) Close() error {
	f.cross("file: before it is put in its place")
	return f.file.Close()
}

// openCrashBench returns the world as a process finds it.
func openCrashBench(t *testing.T, dir string, cross func(string)) *bench {
	t.Helper()
	w := load[crashWorld](t, filepath.Join(dir, "world"))
	secret := func(b []byte) *chain.Account {
		k, err := crypto.ToECDSA(b)
		if err != nil {
			t.Fatal(err)
		}
		return chain.NewAccount(k)
	}
	b := &bench{t: t, clock: &clock{now: time.UnixMilli(1_700_000_000_000)}, dir: filepath.Join(dir, "data"), account: secret(w.Account)}
	b.ledger = &ledger{head: load[round.Head](t, filepath.Join(dir, "head")), committees: map[uint64]round.Committee{1: w.Committee}, registered: w.Registered}
	for _, m := range w.Committee.Members {
		b.ledger.nominees = append(b.ledger.nominees, m.Identity)
	}
	group, err := tbls.ParseGroupKey(w.Group)
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range w.Members {
		k := &memberKeys{number: uint8(i + 1), group: group}
		if k.envelope, err = sharing.ParseEnvelopeKey(m.Envelope); err != nil {
			t.Fatal(err)
		}
		if k.share, err = tbls.ParseSecretShare(m.Share); err != nil {
			t.Fatal(err)
		}
		b.members = append(b.members, &member{t: t, identity: secret(m.Identity).Key(), keys: map[uint64]*memberKeys{1: k}})
	}
	for _, k := range w.Keys {
		b.keys = append(b.keys, secret(k).Key())
	}
	kept, err := engine.Open(t.Context(), engine.WithKill(engine.Config{Dir: filepath.Join(dir, "engine"), MaxStore: 1 << 30, Reserve: 1 << 20}, cross))
	if err != nil {
		t.Fatal(err)
	}
	b.config = Config{Engine: kept, Account: b.account, Model: modelID, Now: b.clock.Now, Scheme: testScheme, Rounds: 1,
		Round: Rules{Leaves: 2, GMin: 2, Cohort: 3, KMax: 128, Time: time.Minute, Grace: 30 * time.Second, Bits: 16, Clip: 1}}
	store, err := OpenStore(b.dir)
	if err != nil {
		t.Fatal(err)
	}
	create := store.create
	store.create = func(path string) (file, error) {
		cross("file: before it is made")
		f, err := create(path)
		return crossedFile{f, cross}, err
	}
	if b.Aggregator, err = New(t.Context(), b.config, &durableLedger{b.ledger, t, dir, cross}, store); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		b.Aggregator.Close()
		kept.Close()
	})
	return b
}

// TestCrashChild is the process that is killed.
func TestCrashChild(t *testing.T) {
	dir := os.Getenv(crashDir)
	if dir == "" {
		t.Skip("is run by TestKilledAtEveryWrite")
	}
	var at, steps atomic.Int64
	var n int64
	if _, err := fmt.Sscan(os.Getenv(crashAt), &n); err != nil {
		t.Fatal(err)
	}
	at.Store(n)
	b := openCrashBench(t, dir, func(crossing string) {
		if steps.Add(1) == at.Load() {
			os.Stderr.WriteString("killed at " + crossing + "\n")
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	})
	fault := os.Getenv(crashFault)
	if fault != "early" && fault != "" {
		b.Without(fault)
	}
	if b.Snapshot().Phase == PhaseCertified {
		return
	}
	if b.Snapshot().Phase < PhaseOpen {
		b.run()
	}
	// Contributors without a receipt come back before anything else is done: the log may have what they sent, and the round be frozen.
	b.contributeThroughCrashes(dir, fault == "early")
	b.run()
	if b.Snapshot().Phase == PhaseOpen { // somebody is content with a receipt that isn't worth anything
		b.clock.advance(b.config.Round.Time + time.Second)
		b.run()
	}
	b.phase(PhaseCertified)
	if fault == "" {
		b.fold()
	}
	fmt.Println("steps", steps.Load())
}

// contributeThroughCrashes has everybody contribute who has no receipt yet, four uploads at a time.
func (b *bench) contributeThroughCrashes(dir string, early bool) {
	o := b.Snapshot().Opening
	type sent struct {
		who    int
		upload *testUpload
	}
	var todo []sent
	for i, k := range b.keys {
		if _, err := os.Stat(filepath.Join(dir, fmt.Sprint("acked-", i))); err == nil {
			continue
		}
		for range 1 + i%2 { // every other one sends two different uploads
			u := b.seal(o, k)
			digest := u.submission.Signed.Contribution.Digest(roundsDomain)
			var values []byte
			for _, v := range u.values {
				values = binary.LittleEndian.AppendUint32(values, v)
			}
			saveBytes(b.t, filepath.Join(dir, "sent-"+hex.EncodeToString(digest[:])), values)
			todo = append(todo, sent{i, u})
		}
	}
	var mu sync.Mutex
	acked := map[int]round.Hash{}
	for wave := range slices.Chunk(todo, 4) {
		var group sync.WaitGroup
		for _, s := range wave {
			group.Go(func() {
				ack := func(digest round.Hash) {
					mu.Lock()
					defer mu.Unlock()
					if before, ok := acked[s.who]; ok && before != digest && !early {
						b.t.Errorf("contributor %d has receipts for %s and %s", s.who, before.Short(), digest.Short())
					}
					acked[s.who] = digest
					saveBytes(b.t, filepath.Join(dir, fmt.Sprint("acked-", s.who)), digest[:])
				}
				next := s.upload.chunks()
				receipt, err := b.Contribute(s.upload.header(), func() (mem.BufferSlice, error) {
					chunk, err := next()
					if err != nil && early {
						ack(s.upload.submission.Signed.Contribution.Digest(roundsDomain))
					}
					return chunk, err
				})
				if err != nil {
					b.t.Errorf("contributor %d: %v", s.who, err)
				} else if !early {
					ack(receipt.Receipt.Digest)
				}
			})
		}
		group.Wait()
	}
}

// checkCrashed returns what is wrong with the round that a directory holds.
func checkCrashed(t testing.TB, dir string) (wrong []string) {
	wrongf := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	w := load[crashWorld](t, filepath.Join(dir, "world"))
	head := load[round.Head](t, filepath.Join(dir, "head"))
	store, err := OpenStore(filepath.Join(dir, "data"))
	if err != nil {
		t.Fatal(err)
	}
	var certified round.CertifiedRound
	if err := store.load(numberFile(transcripts, 1), round.MaxTranscriptBytes, &certified); err != nil {
		wrongf("the round has no transcript: %v", err)
		return wrong
	}
	m, c := &certified.Transcript.Closing.Manifest, &certified.Transcript.Certificate
	if head.Round != 1 || head.Hash != c.Head(roundsDomain) || head.Count != 1 {
		wrongf("the chain's head is %+v, the certificate of round 1 leads to %s", head, c.Head(roundsDomain))
	}
	outcome, err := audit.Verify(audit.Reference{Domain: roundsDomain, Head: w.Head.Hash, Model: w.Head.Model, Committee: w.Committee, Registered: w.Registered},
		&certified.Transcript, firstModel(t), round.Rewards{})
	if err != nil {
		wrongf("the audit fails: %v", err)
		return wrong
	}
	counts := map[common.Address]int{}
	digests := map[common.Address]round.Hash{}
	sums := make([][]uint64, len(outcome.Nodes))
	for _, e := range m.Entries {
		counts[e.Contributor]++
		digests[e.Contributor] = e.Digest
		values, err := os.ReadFile(filepath.Join(dir, "sent-"+hex.EncodeToString(e.Digest[:])))
		if err != nil {
			wrongf("the manifest has what nobody has sent: %v", err)
			continue
		}
		node, ok := m.NodeOf(e.Leaf)
		if !ok {
			continue
		}
		if sums[node] == nil {
			sums[node] = make([]uint64, len(values)/4)
		}
		for i := range sums[node] {
			sums[node][i] += uint64(binary.LittleEndian.Uint32(values[4*i:]))
		}
	}
	for i, n := range outcome.Nodes {
		if !n.Opened || !slices.Equal(n.Sums, sums[i]) {
			wrongf("node %d opened: %t; its sum is not that of what the manifest's contributors have sent", i, n.Opened)
		}
	}
	for i, b := range w.Keys {
		k, err := crypto.ToECDSA(b)
		if err != nil {
			t.Fatal(err)
		}
		who := addressOf(k)
		digest, err := os.ReadFile(filepath.Join(dir, fmt.Sprint("acked-", i)))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			wrongf("contributor %d has no receipt", i)
		case counts[who] == 0:
			wrongf("contributor %d has a receipt and is lost", i)
		case counts[who] != 1 || digests[who] != round.Hash(digest):
			wrongf("contributor %d counts %d times, with %s; its receipt is for %x", i, counts[who], digests[who], digest)
		}
	}
	return wrong
}

// runCrashChild runs the aggregator on dir until it is done or killed.
func runCrashChild(t *testing.T, dir string, at int, fault string) (killed bool, out string) {
	t.Helper()
	c := exec.Command(os.Args[0], "-test.run=^TestCrashChild$", "-test.timeout=120s")
	c.Env = append(os.Environ(), crashDir+"="+dir, fmt.Sprint(crashAt, "=", at), crashFault+"="+fault, "GOCOVERDIR="+t.TempDir())
	b, err := c.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL {
		return true, string(b)
	}
	if err != nil && fault == "" {
		t.Fatalf("step %d: %v\n%s", at, err, b)
	}
	return false, string(b)
}

// crashSteps returns how many steps a round takes, about: what is done in the background makes one run longer than another.
func crashSteps(t *testing.T, world string) (steps int) {
	t.Helper()
	dir := copyWorld(t, world)
	_, out := runCrashChild(t, dir, 0, "")
	i := strings.Index(out, "steps ")
	if i < 0 {
		t.Fatalf("no count of steps in\n%s", out)
	}
	if _, err := fmt.Sscan(out[i+len("steps "):], &steps); err != nil {
		t.Fatal(err)
	}
	if wrong := checkCrashed(t, dir); len(wrong) > 0 {
		t.Fatalf("without a kill: %s", strings.Join(wrong, "; "))
	}
	return steps
}

func copyWorld(t *testing.T, world string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "world")
	if err := os.CopyFS(dir, os.DirFS(world)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestKilledAtEveryWrite kills the aggregator at every step of every write of a round: to the log, to segments, to files, to the chain. It is
// started again on what is there, in every third run killed once more soon after, contributors without a receipt come again, and the round ends
// right. With -short a sample of the steps is taken that changes from run to run.
func TestKilledAtEveryWrite(t *testing.T) {
	world := newCrashWorld(t)
	steps := crashSteps(t, world)
	if steps < 100 {
		t.Fatalf("a round of %d steps, want 100 at least", steps)
	}
	stride, first := 1, 1
	if testing.Short() {
		stride = steps / 8
		first = 1 + int(time.Now().UnixNano()%int64(stride))
	}
	kills, promised := 0, 0
	where := map[string]int{}
	for at := first; at <= steps; at += stride {
		dir := copyWorld(t, world)
		killed, out := runCrashChild(t, dir, at, "")
		acked, err := filepath.Glob(filepath.Join(dir, "acked-?"))
		if err != nil {
			t.Fatal(err)
		}
		promised += len(acked)
		if killed {
			kills++
			_, crossing, _ := strings.Cut(out, "killed at ")
			what, _, _ := strings.Cut(crossing, ":")
			where[what]++
			if at%3 == 0 {
				if again, _ := runCrashChild(t, dir, 1+at%17, ""); again {
					kills++
				}
			}
			if again, out := runCrashChild(t, dir, 0, ""); again {
				t.Fatalf("killed without being told to\n%s", out)
			}
		}
		if wrong := checkCrashed(t, dir); len(wrong) > 0 {
			t.Fatalf("killed at step %d of %d, %s%s", at, steps, out, strings.Join(wrong, "; "))
		}
		os.RemoveAll(dir)
	}
	if kills < 5 || promised == 0 {
		t.Errorf("%d kills, %d receipts before them", kills, promised)
	}
	t.Logf("%d kills in rounds of about %d steps, the first of a round at %v; %d receipts before it, 0 lost", kills, steps, where, promised)
}

// A receipt that is given before its commit, and a contributor who counts as often as it sends, do not pass.
func TestCrashCheckBites(t *testing.T) {
	world := newCrashWorld(t)
	steps := crashSteps(t, world)
	found := false
	for at := steps / 8; at < steps && !found; at += max(1, steps/24) {
		dir := copyWorld(t, world)
		if killed, _ := runCrashChild(t, dir, at, "early"); killed {
			runCrashChild(t, dir, 0, "early")
		}
		wrong := strings.Join(checkCrashed(t, dir), "; ")
		found = strings.Contains(wrong, "has a receipt and is lost") || strings.Contains(wrong, "its receipt is for")
	}
	if !found {
		t.Error("receipts were given before the commit, a kill followed, and all of them were found")
	}
	dir := copyWorld(t, world)
	_, out := runCrashChild(t, dir, 0, checkOnce)
	if wrong := checkCrashed(t, dir); len(wrong) == 0 || !strings.Contains(out, "has receipts for") {
		t.Errorf("contributors counted as often as they sent, and nothing is wrong: %s\n%s", wrong, out)
	}
}
