package peers

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"google.golang.org/grpc"

	"sotto/aggregator"
	"sotto/benchmarks/measure"
	"sotto/committee"
	"sotto/internal/edge"
	"sotto/internal/simulate"
	"sotto/proto"
	"sotto/round"
)

// A Committee drives an aggregator and the members of its committee in turns, in one goroutine, and notes what each member uses. The
// Members are real; what they post and read does not pass a socket, what they fetch does.
type Committee struct {
	runs  []*memberRun
	fetch *fetcher
	conn  *grpc.ClientConn
}

// memberRun is a member and what it has done.
type memberRun struct {
	member *committee.Member
	number uint8
	at     uint64 // next record
	done   Member
}

// newCommittee nominates n members on the chain. They make their key when they are driven.
func NewCommittee(chain *simulate.Chain, aggregator common.Address, model round.Hash, n int) (*Committee, error) {
	c := &Committee{fetch: &fetcher{cache: map[string][]byte{}}}
	var nominees []common.Address
	for j := range n {
		identity, err := crypto.GenerateKey()
		if err != nil {
			return nil, err
		}
		directory, err := committee.NewMemory(identity).Open()
		if err != nil {
			return nil, err
		}
		member, err := committee.New(committee.Config{
			Directory: directory, Chain: chain, Fetcher: c.fetch, Policy: committee.Policy{GMin: 2, Cohort: 2},
			Rounds: chain.Rounds(), Registry: chain.Registry(), Model: model, Aggregator: aggregator,
		})
		if err != nil {
			return nil, err
		}
		nominees = append(nominees, crypto.PubkeyToAddress(identity.PublicKey))
		c.runs = append(c.runs, &memberRun{member: member, number: uint8(j + 1), done: Member{Carries: "one sealed key share a contribution, a release a node, signatures; and the transcript and the model, which a member checks before it signs"}})
	}
	chain.Nominate(nominees)
	return c, nil
}

// Connect says where members fetch transcripts and models.
func (c *Committee) Connect(inv Invitation) (err error) {
	c.conn, err = edge.Dial(inv.Address, inv.Pin)
	if err == nil {
		c.fetch.aggregator = proto.NewAggregatorClient(c.conn)
	}
	return err
}

// Close hangs up.
func (c *Committee) Close() {
	if c.conn != nil {
		c.conn.Close()
	}
}

// Drive lets everybody act until done, and fails if nobody has anything to do before.
func (c *Committee) Drive(ctx context.Context, a *aggregator.Aggregator, done func() bool) error {
	for !done() {
		seen := a.Log().Head()
		if _, _, err := a.Step(ctx); err != nil {
			return err
		}
		for _, r := range c.runs {
			if err := r.follow(ctx, a, c.fetch); err != nil {
				return fmt.Errorf("member %d: %w", r.number, err)
			}
		}
		if !done() && a.Log().Head() == seen {
			return fmt.Errorf("nobody has anything to do, the round is %s", a.Snapshot().Phase)
		}
	}
	return nil
}

// follow reads what is new on the board and answers it.
func (r *memberRun) follow(ctx context.Context, a *aggregator.Aggregator, fetch *fetcher) error {
	posts, err := r.member.Poll(ctx)
	if err != nil {
		return err
	}
	for {
		for _, p := range posts {
			if err := a.Post(context.Background(), p.Kind, p.Body); err != nil {
				return err
			}
			r.done.Out += int64(len(p.Body))
		}
		posts = nil
		records := a.Log().Read(r.at, 1)
		if len(records) == 0 {
			return nil
		}
		r.at = records[0].Sequence + 1
		record, ok := aggregator.Relayed(records[0], r.number)
		if !ok {
			continue
		}
		if record.Kind == round.KindPropose {
			r.done.CPU, r.done.PerShare, r.done.Audit, r.done.In, r.done.Out = 0, 0, 0, 0, 0 // making the key is not part of a round
		}
		r.done.In += int64(len(round.Encode(&record)))
		if posts, err = r.handle(ctx, record, fetch); err != nil {
			return fmt.Errorf("%s record: %w", record.Kind, err)
		}
	}
}

// handle measures what the member makes of a record. What it would fetch is fetched before, so that serving it is not counted as its work.
func (r *memberRun) handle(ctx context.Context, record round.Record, fetch *fetcher) ([]committee.Post, error) {
	if record.Kind == round.KindPropose {
		clear(fetch.cache) // of the round before
	}
	if record.Kind == round.KindFinish {
		n, err := fetch.prefetch(ctx, record)
		if err != nil {
			return nil, err
		}
		r.done.In += n
	}
	span := measure.Begin()
	posts, err := r.member.Handle(ctx, record)
	cpu := span.End().CPU
	r.done.CPU += cpu
	switch record.Kind {
	case round.KindEnvelope, round.KindClosed: // keeping shares, and opening and adding them
		r.done.PerShare += cpu
	case round.KindFinish:
		r.done.Audit += cpu
	}
	return posts, err
}

// Members returns what each member has used since the round was proposed.
func (c *Committee) Members() []Member {
	var all []Member
	for _, r := range c.runs {
		all = append(all, r.done)
	}
	return all
}

// fetcher fetches from the aggregator over gRPC, everything once.
type fetcher struct {
	aggregator proto.AggregatorClient
	cache      map[string][]byte
}

func (f *fetcher) get(ctx context.Context, request *proto.FetchRequest, limit uint64) ([]byte, error) {
	key := request.String()
	if b, ok := f.cache[key]; ok {
		return b, nil
	}
	b, err := edge.Fetch(ctx, f.aggregator, request, limit)
	if err == nil {
		f.cache[key] = b
	}
	return b, err
}

// prefetch gets what a member needs to check the outcome of a round, and returns its bytes.
func (f *fetcher) prefetch(ctx context.Context, finish round.Record) (int64, error) {
	candidate, err := f.Candidate(ctx, finish.Round, round.MaxTranscriptBytes)
	if err != nil {
		return 0, err
	}
	t := new(round.Transcript)
	if err := round.Decode("transcript", candidate, round.MaxTranscriptBytes, t); err != nil {
		return 0, err
	}
	model, err := f.Model(ctx, t.Opening.Descriptor.BaseModel, round.MaxModelBytes)
	return int64(len(candidate) + len(model)), err
}

// Candidate implements committee.Fetcher.
func (f *fetcher) Candidate(ctx context.Context, number, limit uint64) ([]byte, error) {
	return f.get(ctx, &proto.FetchRequest{Object: &proto.FetchRequest_Candidate{Candidate: number}}, limit)
}

// Model implements committee.Fetcher.
func (f *fetcher) Model(ctx context.Context, hash round.Hash, limit uint64) ([]byte, error) {
	b, err := f.get(ctx, &proto.FetchRequest{Object: &proto.FetchRequest_Model{Model: hash[:]}}, limit)
	if err == nil && round.Hash(sha256.Sum256(b)) != hash {
		return nil, fmt.Errorf("the aggregator sent another model than %s", hash.Short())
	}
	return b, err
}

// Rewards implements committee.Fetcher. Benchmarks pay none and have one round.
func (f *fetcher) Rewards(context.Context, uint64) (round.Rewards, error) {
	return round.Rewards{}, nil
}

// transcript returns the encoded transcript of a certified round.
func (f *fetcher) transcript(ctx context.Context, number uint64) ([]byte, error) {
	clear(f.cache)
	return edge.Fetch(ctx, f.aggregator, &proto.FetchRequest{Object: &proto.FetchRequest_Transcript{Transcript: number}}, round.MaxTranscriptBytes)
}
