package peers

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"google.golang.org/grpc"

	"sotto/aggregator"
	"sotto/aggregator/engine"
	"sotto/audit"
	"sotto/benchmarks/measure"
	"sotto/chain"
	"sotto/client"
	"sotto/crypto/kahe"
	"sotto/crypto/ringsis"
	"sotto/crypto/sharing"
	"sotto/internal/edge"
	"sotto/internal/simulate"
	"sotto/round"
	"sotto/update"
)

// sotto is the real thing but for the chain, which is simulated: the client's calls, the aggregator's door over gRPC with TLS, members
// that sign, release and verify.
var sotto = &System{
	Name: "sotto", Title: "Sotto",
	Gives: Gives{
		DropOuts:   "contributors may vanish, and f of the n = 3f + 1 members",
		KeyHolders: "private and right with f malicious members; no key outlives its round",
		OneMessage: "yes",
		Check:      "anybody, from public data, against a certificate on chain",
		Besides:    "opens only sums of enough contributors; needs two honest ones in each; one contributor can spoil its leaf, which shows",
	},
	Settings: func(w Workload) (string, error) {
		p, err := Scheme(w)
		if err != nil {
			return "", err
		}
		h, err := ringsis.Plan(p.WireBits(), w.KMax, p.Coefficients(w.Parameters))
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("%v: N = %d, log2 q = %d, %d slots of %d bits and %d guard bits in %d wire bits a coefficient; hash of %d digits of %d bits in dimension %d; %d members; one leaf",
			p.Set(), p.N(), p.LogQ(), p.Slots(), p.SlotWidth(), p.GuardBits(), p.WireBits(), h.Digits(), h.DigitBits(), h.N(), w.Members), nil
	},
	NewContributor: newSottoContributor,
	NewAggregator:  newSottoAggregator,
}

// Scheme returns the parameters that a workload names, those of the planner or the ones with most slots of a set.
func Scheme(w Workload) (kahe.Params, error) {
	if w.Set == "" {
		return kahe.Plan(w.Bits, w.KMax, w.Parameters, w.Members)
	}
	set, err := kahe.ParseSet(w.Set)
	if err != nil {
		return kahe.Params{}, err
	}
	return simulate.Scheme(set, w.Bits, w.KMax, 0)
}

type sottoContributor struct {
	w      Workload
	keys   []*ecdsa.PrivateKey
	conn   *grpc.ClientConn
	client *client.Client
	state  *client.State

	// Made last.
	submission *round.Submission
	ciphertext *client.Spool
}

func newSottoContributor(w Workload) (Contributor, error) {
	c := &sottoContributor{w: w, keys: make([]*ecdsa.PrivateKey, w.Contributors)}
	for i := range c.keys {
		var err error
		if c.keys[i], err = crypto.GenerateKey(); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (c *sottoContributor) Accounts() []byte {
	var b []byte
	for _, k := range c.keys {
		address := crypto.PubkeyToAddress(k.PublicKey)
		b = append(b, address[:]...)
	}
	return b
}

// Join learns of the open round. What a contributor checks of it before it trains takes a few milliseconds and is not measured here.
func (c *sottoContributor) Join(ctx context.Context, inv Invitation) (err error) {
	if c.conn, err = edge.Dial(inv.Address, inv.Pin); err != nil {
		return err
	}
	c.client = client.New(c.conn, nil, client.Pins{}, nil)
	if c.state, err = c.client.State(ctx); err == nil && c.state.Open == nil {
		err = errors.New("no round is open")
	}
	return err
}

// Make is what [client.Client.Contribute] does between training and sending.
func (c *sottoContributor) Make(i int, x []float32) (int, error) {
	d := &c.state.Open.Descriptor
	enc, _, err := d.Crypto()
	if err != nil {
		return 0, err
	}
	encoder, err := audit.MeanRule(d).NewEncoder(len(x), func(part []float32) error {
		x = x[copy(part, x):]
		return nil
	}, 1, audit.Quantiser(d), update.NewSource())
	if err != nil {
		return 0, err
	}
	// Let go of the last one first, as a process that contributes once has none.
	if err := c.drop(); err != nil {
		return 0, err
	}
	if c.ciphertext, err = client.NewSpool(context.Background(), os.TempDir(), int64(enc.CiphertextBytes(d.Values()))); err != nil {
		return 0, err
	}
	if c.submission, err = client.SealStream(c.state.Open, c.state.Keys, c.keys[i], encoder.Read, c.ciphertext); err != nil {
		return 0, err
	}
	return len(round.Encode(c.submission)) + int(c.ciphertext.Size()), nil
}

func (c *sottoContributor) drop() error {
	if c.ciphertext == nil {
		return nil
	}
	err := c.ciphertext.Close()
	c.submission, c.ciphertext = nil, nil
	return err
}

func (c *sottoContributor) Send(ctx context.Context) error {
	_, err := c.client.Submit(ctx, c.submission, io.NewSectionReader(c.ciphertext, 0, c.ciphertext.Size()), nil)
	return err
}

func (c *sottoContributor) Close() error {
	err := c.drop()
	if c.conn != nil {
		err = errors.Join(err, c.conn.Close())
	}
	return err
}

// sottoAggregator is the aggregator, the committee and the chain of one round.
type sottoAggregator struct {
	w          Workload
	dir        string
	chain      *simulate.Chain
	aggregator *aggregator.Aggregator
	server     *aggregator.Server
	committee  *Committee
	invitation Invitation
	model      []byte // the base model's file
	transcript []byte // of the certified round, as auditors fetch it
}

// modelID is the model id of every benchmark.
var modelID = round.Hash(sha256.Sum256([]byte("a benchmark's model")))

// newSottoAggregator returns when the committee has its key and the round is open. No member looks at the board again before Open, so that
// what contributing costs the aggregator is measured alone.
func newSottoAggregator(ctx context.Context, w Workload, accounts []byte) (_ Aggregator, err error) {
	enc, err := Scheme(w)
	if err != nil {
		return nil, err
	}
	s := &sottoAggregator{w: w}
	if s.dir, err = os.MkdirTemp("", "sotto-benchmark-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	var file bytes.Buffer
	if err := update.WriteModel(&file, simulate.NewModel(w.Parameters)); err != nil {
		return nil, err
	}
	s.model = file.Bytes()
	var registered []common.Address
	for a := range bytesChunks(accounts, common.AddressLength) {
		registered = append(registered, common.BytesToAddress(a))
	}
	s.chain = simulate.NewChain(modelID, sha256.Sum256(s.model))
	s.chain.Register(registered...)
	account, err := newAccount()
	if err != nil {
		return nil, err
	}
	store, err := aggregator.OpenStore(s.dir)
	if err != nil {
		return nil, err
	}
	if _, err := store.SaveModel(s.model); err != nil {
		return nil, err
	}
	if s.committee, err = NewCommittee(s.chain, account.Address(), modelID, w.Members); err != nil {
		return nil, err
	}
	// The peers keep nothing on disk either; what durable commits cost is measured by itself.
	kept := engine.NewMemory()
	kept.Volatile = true
	config := aggregator.Config{
		Engine: kept, Account: account, Model: modelID, Rounds: 1,
		Round: aggregator.Rules{Leaves: 1, GMin: 2, Cohort: 2, KMax: uint32(w.KMax), Time: 24 * time.Hour, Grace: time.Hour, Bits: uint8(w.Bits), Clip: clip},
		// Uploads come one after the other, each as large as the workload says.
		Limits: aggregator.Limits{UploadBytes: 4 << 30, SumBytes: 16 << 30},
		Scheme: func(int, int, int, int) (kahe.Params, error) { return enc, nil },
	}
	if s.aggregator, err = aggregator.New(ctx, config, s.chain, store); err != nil {
		return nil, err
	}
	certificate, pin, err := edge.LoadOrCreateTLS(s.dir)
	if err != nil {
		return nil, err
	}
	s.server = aggregator.NewServer(s.aggregator, certificate)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	go s.server.Serve(l) // ends with Stop
	s.invitation = Invitation{Address: l.Addr().String(), Pin: pin}
	if err := s.committee.Connect(s.invitation); err != nil {
		return nil, err
	}
	return s, s.committee.Drive(ctx, s.aggregator, func() bool { return s.aggregator.Snapshot().Phase == aggregator.PhaseOpen })
}

func newAccount() (*chain.Account, error) {
	key, err := crypto.GenerateKey()
	if err != nil {
		return nil, err
	}
	return chain.NewAccount(key), nil
}

func (s *sottoAggregator) Invitation() Invitation { return s.invitation }

func (s *sottoAggregator) Close() error {
	if s.committee != nil {
		s.committee.Close()
	}
	if s.server != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		s.server.Stop(ctx)
	}
	return os.RemoveAll(s.dir)
}

// Open takes the round to its certificate on the simulated chain, if it is not there, and then opens it again from the transcript to
// measure that alone.
func (s *sottoAggregator) Open(ctx context.Context) (*Opening, error) {
	if s.transcript == nil {
		if err := s.committee.Drive(ctx, s.aggregator, func() bool { return s.aggregator.Snapshot().Phase == aggregator.PhaseCertified }); err != nil {
			return nil, err
		}
		var err error
		if s.transcript, err = s.committee.fetch.transcript(ctx, 1); err != nil {
			return nil, err
		}
	}
	certified, err := s.certified()
	if err != nil {
		return nil, err
	}
	t := &certified.Transcript
	if len(t.Failed) > 0 || len(t.Closing.Manifest.Entries) != s.w.Contributors {
		return nil, fmt.Errorf("round with %d contributions and %d failed nodes, want %d and none", len(t.Closing.Manifest.Entries), len(t.Failed), s.w.Contributors)
	}
	o := &Opening{Members: s.committee.Members()}
	span := measure.Begin()
	nodes, check, err := openNodes(t)
	if err != nil {
		return nil, err
	}
	mean, err := audit.MeanRule(&t.Opening.Descriptor).Mean(nodes, audit.Quantiser(&t.Opening.Descriptor))
	if err != nil {
		return nil, err
	}
	o.Cost, o.Check = span.End(), check
	for _, v := range mean.Values {
		o.Mean = append(o.Mean, float64(v))
	}
	return o, nil
}

func (s *sottoAggregator) certified() (*round.CertifiedRound, error) {
	c := new(round.CertifiedRound)
	return c, round.Decode("transcript", s.transcript, round.MaxTranscriptBytes, c)
}

// openNodes opens the sums of all released nodes from digit sums and releases, with every check that package audit makes of them. check is
// the processor time of the homomorphic hash and of what leads to it.
func openNodes(t *round.Transcript) (nodes []update.NodeSum, check float64, err error) {
	d, m := &t.Opening.Descriptor, &t.Closing.Manifest
	enc, hash, err := d.Crypto()
	if err != nil {
		return nil, 0, err
	}
	shares, err := d.Sharing()
	if err != nil {
		return nil, 0, err
	}
	beacon, coefficients := t.Opening.Beacon(), enc.Coefficients(d.Values())
	for i, node := range m.Released {
		span := measure.Begin()
		sum, err := checkedSum(t, hash, beacon, i, coefficients)
		if err != nil {
			return nil, 0, err
		}
		check += span.End().CPU
		var releases []sharing.Release
		for _, r := range t.Releases {
			if int(r.Release.Node) != i {
				continue
			}
			values, err := sharing.DecodeShare(shares, r.Release.Shares, enc.N())
			if err != nil {
				return nil, 0, err
			}
			releases = append(releases, sharing.Release{Member: int(r.Release.Member), Values: values})
		}
		opened := update.NodeSum{Count: int(node.Contributors)}
		if _, err := sharing.Combine(shares, releases, enc.N(), kahe.SecretBound*int64(node.Contributors), func(S []int64) (err error) {
			opened.Sums, _, err = kahe.Open(enc, beacon, S, sum, d.Values(), int(node.Contributors))
			return err
		}); err != nil {
			return nil, 0, err
		}
		nodes = append(nodes, opened)
	}
	return nodes, check, nil
}

// checkedSum returns the sum of a node's ciphertexts after holding it against the hashes that the contributors signed.
func checkedSum(t *round.Transcript, hash ringsis.Params, beacon [32]byte, node, coefficients int) ([]byte, error) {
	m := &t.Closing.Manifest
	key, err := ringsis.NewKey(beacon, hash, coefficients)
	if err != nil {
		return nil, err
	}
	digits, err := hash.DecodeSums(t.DigitSums[node], coefficients)
	if err != nil {
		return nil, err
	}
	if err := hash.CheckRange(digits, int(m.Released[node].Contributors)); err != nil {
		return nil, err
	}
	got, err := key.SumDigits(digits)
	if err != nil {
		return nil, err
	}
	var want ringsis.Hash
	for i, e := range m.Entries {
		if at, released := m.NodeOf(e.Leaf); !released || at != node {
			continue
		}
		h, err := hash.ParseHash(t.Entries[i].RingHash)
		if err != nil {
			return nil, err
		}
		want.Add(h)
	}
	if !got.Equal(&want) {
		return nil, errors.New("sums are not of the listed contributions")
	}
	return hash.Recompose(digits)
}

// Audit checks the round from the chain and what the aggregator serves.
func (s *sottoAggregator) Audit(ctx context.Context) (*Audit, error) {
	if s.transcript == nil {
		return nil, errors.New("round is not certified")
	}
	cost, err := measure.Of(func() error {
		_, err := audit.Round(ctx, s.chain, s, modelID, 1)
		return err
	})
	return &Audit{Cost: cost, Bytes: int64(len(s.transcript) + len(s.model))}, err
}

// FetchTranscript implements audit.Source.
func (s *sottoAggregator) FetchTranscript(context.Context, uint64) (*round.CertifiedRound, error) {
	return s.certified()
}

// FetchModel implements audit.Source.
func (s *sottoAggregator) FetchModel(context.Context, round.Hash, uint64) ([]byte, error) {
	return s.model, nil
}

// FetchRewards implements audit.Source. It is not asked for the first round's predecessor.
func (s *sottoAggregator) FetchRewards(context.Context, uint64) (round.Rewards, error) {
	return nil, errors.New("no rewards before the first round")
}
