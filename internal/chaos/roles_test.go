package chaos

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"google.golang.org/grpc"
	"google.golang.org/grpc/mem"

	"sotto/aggregator"
	"sotto/aggregator/engine"
	"sotto/chain"
	"sotto/committee"
	"sotto/crypto/kahe"
	"sotto/internal/edge"
	"sotto/internal/simulate"
	"sotto/proto"
	"sotto/round"
)

// The test's binary is the other processes, too: a replica of the aggregator or a member of the committee, as the variable says.
const (
	roleVariable = "SOTTO_CHAOS_ROLE"
	roleConfig   = "SOTTO_CHAOS_CONFIG"
)

// Exit codes of roles.
const (
	exitTrouble = 1 // to be started again, as whoever runs it would
	exitAlarm   = 2 // a person has to look
)

// runRole runs a role until a signal comes.
func runRole(role string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	err := errors.New("no such role")
	switch role {
	case "replica":
		err = runReplica(ctx)
	case "member":
		err = runMember(ctx)
	}
	if err == nil {
		return 0
	}
	slog.Error("ended", "error", err)
	for _, alarm := range []error{engine.ErrHeadWentBack, engine.ErrCorrupt, engine.ErrViolation, aggregator.ErrAborts, committee.ErrJournal, committee.ErrJournalCorrupt} {
		if errors.Is(err, alarm) {
			return exitAlarm
		}
	}
	return exitTrouble
}

// Protections that a negative control leaves out of replicas.
const (
	withoutCompare = "compare" // an append does not depend on the head that the writer has seen
	withoutWaiting = "waiting" // a contribution is acknowledged before it is in the log
)

// replicaConfig is what a replica is told.
type replicaConfig struct {
	Dir, Chain, Listen string
	Key                string // file
	Engine             engineConfig
	Time               time.Duration // of a round
	Without            string
}

const leaves = 2

// scheme is a small ring, which keeps nothing secret, with uploads of several chunks.
func scheme(bits, kMax, _, _ int) (kahe.Params, error) {
	return simulate.Scheme(kahe.TestInsecure, bits, kMax, 1)
}

func runReplica(ctx context.Context) error {
	var c replicaConfig
	if err := json.Unmarshal([]byte(os.Getenv(roleConfig)), &c); err != nil {
		return err
	}
	key, err := crypto.LoadECDSA(c.Key)
	if err != nil {
		return err
	}
	ledger, err := dialChain(c.Chain)
	if err != nil {
		return err
	}
	store, err := aggregator.OpenStore(c.Dir)
	if err != nil {
		return err
	}
	kept, err := engine.Open(ctx, c.Engine.config())
	if err != nil {
		return err
	}
	if err := store.Share(ctx, kept); err != nil {
		return err
	}
	backend := engine.Backend(kept)
	if c.Without == withoutCompare {
		backend = careless{kept}
	}
	timeouts := aggregator.Timeouts{Poll: 200 * time.Millisecond, Standby: time.Second, Release: 300 * time.Millisecond}
	if c.Without == withoutWaiting {
		timeouts.Spacing = 500 * time.Millisecond // between the acknowledgement and the commit
	}
	account := chain.NewAccount(key)
	a, err := aggregator.New(ctx, aggregator.Config{
		Engine: backend, Account: account, Model: simulate.ModelID, Logger: slog.Default(), Observe: aggregator.LogTo(slog.Default()), Scheme: scheme,
		Round:    aggregator.Rules{Leaves: leaves, GMin: 2, Cohort: 2, KMax: 1024, Time: c.Time, Grace: time.Minute, Bits: 8, Clip: 1},
		Timeouts: timeouts,
	}, ledger, store)
	if err != nil {
		return err
	}
	certificate, _, err := edge.LoadOrCreateTLS(filepath.Dir(c.Key))
	if err != nil {
		return err
	}
	os.Remove(c.Listen) // of the process before, which was killed
	l, err := net.Listen("unix", c.Listen)
	if err != nil {
		return err
	}
	server := aggregator.NewServer(a, certificate)
	if c.Without == withoutWaiting {
		early := grpc.NewServer(edge.ServerOptions(certificate, round.MaxMessageBytes)...)
		proto.RegisterAggregatorServer(early, &hasty{server, a, account})
		proto.RegisterBoardServer(early, server)
		go early.Serve(l)
	} else {
		go server.Serve(l)
	}
	return a.Run(ctx)
}

// careless is an engine whose logs take commits after whatever is there.
type careless struct{ *engine.Engine }

type carelessLog struct{ engine.Journal }

// Journal implements engine.Backend.
func (e careless) Journal(ctx context.Context, series uint32, name string) (engine.Journal, error) {
	l, err := e.Engine.Journal(ctx, series, name)
	return carelessLog{l}, err
}

// Append appends a commit without reading what has come since its writer has decided.
func (l carelessLog) Append(ctx context.Context, expected engine.Head, record []byte) (engine.Head, error) {
	var w written
	if err := round.Decode("record", record, engine.MaxRecordBytes, &w); err != nil || w.Kind != kindCommitted {
		return l.Journal.Append(ctx, expected, record)
	}
	for {
		head, err := l.Head(ctx)
		if err != nil {
			return engine.Head{}, err
		}
		head, err = l.Journal.Append(ctx, head, record)
		if !errors.Is(err, engine.ErrConflict) {
			return head, err
		}
	}
}

// hasty answers contributions when they have come in, and counts them later.
type hasty struct {
	*aggregator.Server
	aggregator *aggregator.Aggregator
	account    *chain.Account
}

func (h *hasty) Contribute(stream grpc.ClientStreamingServer[proto.ContributeRequest, proto.ContributeResponse]) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	var s round.Submission
	header := first.GetCanonicalSubmission()
	if err := round.Decode("contribution", header, round.MaxHeaderBytes, &s); err != nil {
		return edge.Status(err)
	}
	var chunks [][]byte
	for {
		m, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		chunks = append(chunks, bytes.Clone(m.GetChunk()))
	}
	at := h.aggregator.Snapshot()
	if at.Opening == nil || at.Phase != aggregator.PhaseOpen {
		return edge.Status(round.Refuse(round.ReasonNoRound, "no round is open", ""))
	}
	d, c := &at.Opening.Descriptor, &s.Signed.Contribution
	receipt, err := round.Receipt{Descriptor: c.Descriptor, Round: c.Round, Leaf: c.Leaf, Contributor: c.Contributor, Digest: c.Digest(d.Domain()),
		AcceptedAt: uint64(time.Now().UnixMilli())}.Sign(d.Domain(), h.account.Key())
	if err != nil {
		return err
	}
	go h.aggregator.Contribute(header, func() (mem.BufferSlice, error) {
		if len(chunks) == 0 {
			return nil, io.EOF
		}
		next := chunks[0]
		chunks = chunks[1:]
		return mem.BufferSlice{mem.SliceBuffer(next)}, nil
	})
	return stream.SendAndClose(&proto.ContributeResponse{CanonicalReceipt: round.Encode(&receipt)})
}

// memberConfig is what a member is told.
type memberConfig struct {
	Dir, Chain, Aggregator string
	Pin                    [32]byte
	Account                common.Address // of the aggregator
}

const passphrase = "words of a test"

func runMember(ctx context.Context) error {
	var c memberConfig
	if err := json.Unmarshal([]byte(os.Getenv(roleConfig)), &c); err != nil {
		return err
	}
	ledger, err := dialChain(c.Chain)
	if err != nil {
		return err
	}
	directory, err := committee.Open(c.Dir, passphrase)
	if err != nil {
		return err
	}
	defer directory.Close()
	conn, err := edge.Dial(c.Aggregator, c.Pin)
	if err != nil {
		return err
	}
	m, err := committee.New(committee.Config{
		Directory: directory, Chain: ledger, Policy: committee.Policy{Sets: []kahe.Set{kahe.TestInsecure}, GMin: 2, Cohort: 2},
		Rounds: ledger.Rounds(), Registry: ledger.Registry(), Model: simulate.ModelID, Aggregator: c.Account, Log: slog.Default(), Poll: 500 * time.Millisecond,
	})
	if err != nil {
		return err
	}
	return m.Run(ctx, conn)
}

// value is what the i-th contributor's n-th attempt adds to every parameter, so that attempts differ in what they say and not only in how it
// is encrypted.
func value(contributor, attempt uint32) uint32 {
	var b [8]byte
	binary.BigEndian.PutUint32(b[:4], contributor)
	binary.BigEndian.PutUint32(b[4:], attempt)
	return uint32(crypto.Keccak256(b[:])[0])
}
