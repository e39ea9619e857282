package peers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"google.golang.org/grpc"

	"sotto/benchmarks/measure"
	"sotto/client"
	"sotto/crypto/kahe"
	"sotto/crypto/ringsis"
	"sotto/crypto/sharing"
	"sotto/internal/edge"
	"sotto/internal/simulate"
	"sotto/proto"
	"sotto/round"
	"sotto/update"
)

// A StreamedRound is a round for one contributor whose model is in a file, and everybody else in it. The aggregator takes the upload, checks
// it and opens it again: its memory is not what is measured.
type StreamedRound struct {
	Contribution StreamedContribution

	w       Workload
	folder  string
	setup   *simulate.Setup
	opening round.SignedDescriptor
	server  *grpc.Server
	upload  client.Upload
	proto.UnimplementedAggregatorServer
}

// A StreamedContribution is what a process needs to make and send it: [client.Client.Contribute] with a model that is trained already.
type StreamedContribution struct {
	Invitation Invitation
	Folder     string // for whatever the contributor keeps
	Trained    string // the model's file
	Key        []byte // the account's

	// What the chain says.
	Domain     round.Domain
	Aggregator common.Address
	Head       round.Head
	Committee  round.Committee
	Registered []common.Address
}

// Streamed is what a contribution took.
type Streamed struct {
	Whole measure.Cost // from the look at the round to the receipt
	Seal  measure.Cost // of which from the models' files to the ciphertext's
	Bytes int
	Peak  int64 // most bytes of physical memory, files' pages left out; 0 if the system does not say
}

// NewStreamedRound writes the files and opens the round.
func NewStreamedRound(w Workload) (_ *StreamedRound, err error) {
	enc, err := Scheme(w)
	if err != nil {
		return nil, err
	}
	s := &StreamedRound{w: w}
	if s.folder, err = os.MkdirTemp("", "sotto-benchmark-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	base := simulate.NewModel(w.Parameters)
	trained := filepath.Join(s.folder, "trained.safetensors")
	if err := writeTrained(trained, base, w.Vector(0)); err != nil {
		return nil, err
	}
	const others = 2 // are registered and do not come
	if s.setup, err = simulate.NewSetup(w.Members, 1+others, base); err != nil {
		return nil, err
	}
	r, err := s.setup.Begin(simulate.Rules{Set: enc.Set(), Bits: w.Bits, Slots: enc.Slots(), GMin: 3, KMax: w.KMax, Clip: clip})
	if err != nil {
		return nil, err
	}
	s.opening = r.Opening
	c := &s.Contribution
	if c.Invitation, err = s.serve(); err != nil {
		return nil, err
	}
	c.Folder, c.Trained = filepath.Join(s.folder, "contributor"), trained
	c.Key = crypto.FromECDSA(s.setup.Contributors[0])
	c.Domain, c.Aggregator, c.Registered = s.setup.Chain.Rounds(), crypto.PubkeyToAddress(s.setup.Aggregator.PublicKey), r.Registered
	if c.Head, err = s.setup.Chain.Head(context.Background()); err != nil {
		return nil, err
	}
	c.Committee, err = s.setup.Chain.Committee(context.Background(), c.Head.Epoch)
	return s, err
}

func writeTrained(path string, base update.Model, change []float32) error {
	trained, err := update.Apply(base, change)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(update.WriteModel(f, trained), f.Close())
}

func (s *StreamedRound) serve() (inv Invitation, err error) {
	certificate, pin, err := edge.LoadOrCreateTLS(s.folder)
	if err != nil {
		return inv, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return inv, err
	}
	s.server = grpc.NewServer(edge.ServerOptions(certificate, round.MaxMessageBytes)...)
	proto.RegisterAggregatorServer(s.server, s)
	go s.server.Serve(l) // ends with Close
	return Invitation{Address: l.Addr().String(), Pin: pin}, nil
}

// Close ends the round and removes its files.
func (s *StreamedRound) Close() error {
	if s.server != nil {
		s.server.Stop()
	}
	return os.RemoveAll(s.folder)
}

// State implements proto.AggregatorServer.
func (s *StreamedRound) State(context.Context, *proto.StateRequest) (*proto.StateResponse, error) {
	return &proto.StateResponse{Phase: proto.Phase_PHASE_OPEN, Round: s.opening.Descriptor.Round, CanonicalDescriptor: round.Encode(&s.opening),
		CanonicalKeyList: round.Encode(s.setup.Committee.Keys)}, nil
}

// Fetch implements proto.AggregatorServer.
func (s *StreamedRound) Fetch(_ *proto.FetchRequest, stream grpc.ServerStreamingServer[proto.FetchResponse]) error {
	return edge.Send(stream, s.setup.Model)
}

// Contribute implements proto.AggregatorServer.
func (s *StreamedRound) Contribute(stream grpc.ClientStreamingServer[proto.ContributeRequest, proto.ContributeResponse]) error {
	m, err := stream.Recv()
	if err != nil {
		return err
	}
	s.upload = client.Upload{}
	if err := round.Decode("submission", m.GetCanonicalSubmission(), round.MaxHeaderBytes, &s.upload.Submission); err != nil {
		return err
	}
	for {
		if m, err = stream.Recv(); errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		s.upload.Ciphertext = append(s.upload.Ciphertext, m.GetChunk()...)
	}
	d, c := &s.opening.Descriptor, s.upload.Submission.Signed.Contribution
	receipt, err := round.Receipt{Descriptor: c.Descriptor, Round: c.Round, Leaf: c.Leaf, Contributor: c.Contributor, Digest: c.Digest(d.Domain()), AcceptedAt: 1}.
		Sign(d.Domain(), s.setup.Aggregator)
	if err != nil {
		return err
	}
	return stream.SendAndClose(&proto.ContributeResponse{CanonicalReceipt: round.Encode(&receipt)})
}

// Check checks what was uploaded: signature, root and hash, and that the ciphertext opens with the key that the members got, to the values
// of the update.
func (s *StreamedRound) Check() error {
	d, submission, ciphertext := &s.opening.Descriptor, &s.upload.Submission, s.upload.Ciphertext
	enc, hash, err := d.Crypto()
	if err != nil {
		return err
	}
	shares, err := d.Sharing()
	if err != nil {
		return err
	}
	if len(submission.Envelopes) == 0 {
		return errors.New("nothing was uploaded")
	}
	if err := submission.Check(&s.opening, d.Digest(), len(submission.Envelopes[0]), hash.HashBytes()); err != nil {
		return err
	}
	c := &submission.Signed.Contribution
	if got := round.CiphertextRoot(ciphertext); got != c.CiphertextRoot {
		return fmt.Errorf("upload with root %s, signed is %s", got.Short(), c.CiphertextRoot.Short())
	}
	key, err := ringsis.NewKey(s.opening.Beacon(), hash, enc.Coefficients(d.Values()))
	if err != nil {
		return err
	}
	h, err := key.SumPacked(ciphertext)
	if err != nil {
		return err
	}
	if !bytes.Equal(h.Bytes(), submission.RingHash) {
		return errors.New("upload with another homomorphic hash than the signed one")
	}
	var releases []sharing.Release
	for i, m := range s.setup.Committee.Members {
		values, err := sharing.OpenEnvelope(shares, m.Envelope, sharing.Context{Descriptor: c.Descriptor, Contributor: c.Contributor, Member: uint8(i + 1), Leaf: uint32(c.Leaf)},
			submission.Envelopes[i], enc.N())
		if err != nil {
			return fmt.Errorf("member %d: %w", i+1, err)
		}
		releases = append(releases, sharing.Release{Member: i + 1, Values: values})
	}
	var values []uint64
	if _, err := sharing.Combine(shares, releases, enc.N(), kahe.SecretBound, func(S []int64) (err error) {
		values, _, err = kahe.Open(enc, s.opening.Beacon(), S, ciphertext, d.Values(), 1)
		return err
	}); err != nil {
		return err
	}
	return s.checkValues(values)
}

// checkValues holds opened values against the update: each is one of the two neighbours of the exact one, and rounding is without bias.
func (s *StreamedRound) checkValues(values []uint64) error {
	q, change := s.w.Quantiser(), s.w.Vector(0)
	base := simulate.NewModel(s.w.Parameters).Flatten()
	var bias float64
	for i, b := range base {
		x := float32(float32(b+change[i]) - b)
		off := float64(values[i]) - float64(q.Offset()) - float64(x)/clip*float64(q.Steps())
		if !(math.Abs(off) < 1+1e-3) {
			return fmt.Errorf("value %d is off by %.3g steps, rounding is less than 1", i, off)
		}
		bias += off
	}
	// Each is off by a variance of at most 1/4.
	if n := float64(len(base)); math.Abs(bias) > 3*math.Sqrt(n)+1e-3*n {
		return fmt.Errorf("values are off by %.3g steps on average", bias/n)
	}
	return nil
}

// staticChain is a chain on which nothing happens.
type staticChain struct{ c *StreamedContribution }

func (s staticChain) Head(context.Context) (round.Head, error) { return s.c.Head, nil }

func (s staticChain) Committee(context.Context, uint64) (round.Committee, error) {
	return s.c.Committee, nil
}

func (s staticChain) RegisteredAt(context.Context, round.Block) ([]common.Address, error) {
	return s.c.Registered, nil
}

func (s staticChain) Deposits(context.Context, uint64) (round.Amount, error) {
	return round.Amount{}, nil
}

// Run makes and sends the contribution.
func (c *StreamedContribution) Run(ctx context.Context) (s Streamed, err error) {
	if debug.SetMemoryLimit(-1) != math.MaxInt64 {
		return s, errors.New("GOMEMLIMIT is set, and the peak of memory would be what it says")
	}
	key, err := crypto.ToECDSA(c.Key)
	if err != nil {
		return s, err
	}
	reset := measure.ResetPeak()
	before, ok := measure.MemoryOf()
	if s.Whole, err = measure.Of(func() error {
		conn, err := edge.Dial(c.Invitation.Address, c.Invitation.Pin)
		if err != nil {
			return err
		}
		defer conn.Close()
		journal, err := client.OpenJournal(filepath.Join(c.Folder, "journal"))
		if err != nil {
			return err
		}
		contributor := client.New(conn, staticChain{c}, client.Pins{Domain: c.Domain, Model: simulate.ModelID, Aggregator: c.Aggregator}, journal)
		contributor.Clock = func() time.Time { return simulate.Now }
		contributor.Policy.MaxBits = 20
		f, err := os.Open(c.Trained)
		if err != nil {
			return err
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return err
		}
		trained, err := update.OpenFile(f, info.Size(), update.DefaultLimits())
		if err != nil {
			return err
		}
		var sealing measure.Span
		result, err := contributor.Contribute(ctx, key, func(context.Context, *update.File) (update.Values, int, error) { return trained, 1, nil },
			client.Options{Progress: func(step client.Step, _ client.Result) {
				switch step {
				case client.StepTrained:
					sealing = measure.Begin()
				case client.StepSealed:
					s.Seal = sealing.End()
				}
			}})
		if err == nil {
			s.Bytes = result.Sent
		}
		return err
	}); err != nil {
		return s, err
	}
	if after, still := measure.MemoryOf(); reset && ok && still {
		// Files' pages may be mapped meanwhile, which makes the figure larger than what is meant, never smaller.
		s.Peak = after.Peak - before.Files
	}
	return s, nil
}
