package simulate

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"fmt"
	"math"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"sotto/crypto/kahe"
	"sotto/round"
	"sotto/update"
)

// ModelID is the model id of every simulated deployment.
var ModelID = round.Hash(sha256.Sum256([]byte("a simulated model")))

// Now is the time at which simulated rounds are opened.
var Now = time.UnixMilli(1_800_000_000_000)

// Setup is a deployment with everybody's secrets. It is also what the aggregator would serve of certified rounds, for audit.Round.
type Setup struct {
	Chain        *Chain
	Committee    *Committee
	Aggregator   *ecdsa.PrivateKey
	Contributors []*ecdsa.PrivateKey // registered

	Model   []byte        // the newest model's file
	Rewards round.Rewards // after the last certified round

	models      map[round.Hash][]byte
	transcripts map[uint64]*round.CertifiedRound
	rewards     map[uint64]round.Rewards
}

// NewSetup returns a deployment with a committee of epoch 1, registered contributors and the first model.
func NewSetup(members, contributors int, model update.Model) (*Setup, error) {
	var file bytes.Buffer
	if err := update.WriteModel(&file, model); err != nil {
		return nil, err
	}
	s := &Setup{Model: file.Bytes(), Rewards: round.Rewards{}, models: map[round.Hash][]byte{}, transcripts: map[uint64]*round.CertifiedRound{}, rewards: map[uint64]round.Rewards{}}
	first := s.keep(s.Model)
	s.Chain = NewChain(ModelID, first)
	var err error
	if s.Committee, err = CommitteeOf(members); err != nil {
		return nil, err
	}
	committee, err := s.Committee.OnChain()
	if err != nil {
		return nil, err
	}
	s.Chain.Appoint(committee)
	if s.Aggregator, err = crypto.GenerateKey(); err != nil {
		return nil, err
	}
	var accounts []common.Address
	for range contributors {
		key, err := crypto.GenerateKey()
		if err != nil {
			return nil, err
		}
		s.Contributors = append(s.Contributors, key)
		accounts = append(accounts, crypto.PubkeyToAddress(key.PublicKey))
	}
	s.Chain.Register(accounts...)
	return s, nil
}

// NewModel returns a model of two tensors with so many parameters in all.
func NewModel(parameters int) update.Model {
	values := make([]float32, parameters)
	for i := range values {
		values[i] = float32(i%17)/16 - 0.5
	}
	split := (parameters + 1) / 2
	m := update.Model{Tensors: []update.Tensor{{Name: "first", Shape: []int{split}, Data: values[:split]}}}
	if split < parameters {
		m.Tensors = append(m.Tensors, update.Tensor{Name: "second", Shape: []int{parameters - split}, Data: values[split:]})
	}
	return m
}

func (s *Setup) keep(model []byte) round.Hash {
	h := round.Hash(sha256.Sum256(model))
	s.Keep(h, model)
	return h
}

// Keep serves a model file under a hash, its own or not.
func (s *Setup) Keep(hash round.Hash, model []byte) {
	s.models[hash] = model
}

// FetchTranscript returns the transcript of a certified round.
func (s *Setup) FetchTranscript(_ context.Context, number uint64) (*round.CertifiedRound, error) {
	if t := s.transcripts[number]; t != nil {
		return t, nil
	}
	return nil, fmt.Errorf("no transcript of round %d", number)
}

// FetchModel returns a model file.
func (s *Setup) FetchModel(_ context.Context, hash round.Hash, _ uint64) ([]byte, error) {
	if m := s.models[hash]; m != nil {
		return m, nil
	}
	return nil, fmt.Errorf("no model %s", hash.Short())
}

// FetchRewards returns the rewards after a certified round.
func (s *Setup) FetchRewards(_ context.Context, number uint64) (round.Rewards, error) {
	if r, ok := s.rewards[number]; ok {
		return r, nil
	}
	return nil, fmt.Errorf("no rewards after round %d", number)
}

// Rules are what a test chooses of a round. Zero fields take the value in the comment.
type Rules struct {
	Set     kahe.Set // testInsecure, whose ring has 256 coefficients and no security
	Bits    int      // 8
	Slots   int      // as many as fit
	Leaves  int      // 1
	GMin    int      // 2
	Cohort  int      // GMin
	KMax    int      // 128
	Clip    float32  // 1
	Mean    round.Mean
	Reward  round.Reward
	Aborted uint32
}

func (r Rules) withDefaults() Rules {
	number := func(v *int, otherwise int) {
		if *v == 0 {
			*v = otherwise
		}
	}
	if r.Set == 0 {
		r.Set = kahe.TestInsecure
	}
	if r.Clip == 0 {
		r.Clip = 1
	}
	number(&r.Bits, 8)
	number(&r.Leaves, 1)
	number(&r.GMin, 2)
	number(&r.Cohort, r.GMin)
	number(&r.KMax, 128)
	return r
}

// Scheme returns parameters of one set with the fewest guard bits, with so many slots or, for 0, as many as fit.
func Scheme(set kahe.Set, bits, kMax, slots int) (kahe.Params, error) {
	for k := max(1, slots); ; k++ {
		params, err := leastGuard(set, bits, kMax, k)
		if err != nil || k == slots {
			return params, err
		}
		if _, err := leastGuard(set, bits, kMax, k+1); err != nil {
			return params, nil
		}
	}
}

func leastGuard(set kahe.Set, bits, kMax, slots int) (params kahe.Params, err error) {
	lit := kahe.ParamsLiteral{Set: set, Bits: bits, KMax: kMax, Slots: slots}
	width := bits
	for 1<<(width-bits) < kMax {
		width++
	}
	for guard := range 33 {
		lit.WireBits = slots*width + guard
		if params, err = kahe.NewParams(lit); err == nil {
			return params, nil
		}
	}
	return params, err
}

// Describe returns the descriptor that follows the chain's head under the rules.
func (s *Setup) Describe(rules Rules) (round.Descriptor, error) {
	rules = rules.withDefaults()
	enc, err := Scheme(rules.Set, rules.Bits, rules.KMax, rules.Slots)
	if err != nil {
		return round.Descriptor{}, err
	}
	model, err := update.ReadModel(bytes.NewReader(s.Model), update.DefaultLimits())
	if err != nil {
		return round.Descriptor{}, err
	}
	head := s.Chain.head
	d := round.Descriptor{
		Version: round.Version, ChainID: s.Chain.rounds.ChainID, Contract: s.Chain.rounds.Contract,
		Round: head.Round + uint64(rules.Aborted) + 1, Epoch: s.Committee.Epoch, PreviousHead: head.Hash, Aborted: rules.Aborted,
		Model: ModelID, BaseModel: head.Model, Parameters: uint64(model.Parameters()),
		Clip: math.Float32bits(rules.Clip), Mean: rules.Mean, Reward: rules.Reward,
		Leaves: uint16(rules.Leaves), GMin: uint32(rules.GMin), Cohort: uint32(rules.Cohort), KMax: uint32(rules.KMax),
		Members: uint8(len(s.Committee.Members)), KeyList: s.Committee.Keys.Hash(), Registry: head.Block,
		Aggregator: crypto.PubkeyToAddress(s.Aggregator.PublicKey),
		Deadline:   uint64(Now.Add(time.Hour).UnixMilli()), Grace: uint64(time.Hour.Milliseconds()),
	}
	d.Scheme, err = round.NewScheme(enc, d.Values())
	return d, err
}

// Begin opens a round under the rules.
func (s *Setup) Begin(rules Rules) (*Round, error) {
	d, err := s.Describe(rules)
	if err != nil {
		return nil, err
	}
	return s.Open(d)
}

// Open opens a round with the committee's signature of the descriptor, whatever it says.
func (s *Setup) Open(d round.Descriptor) (*Round, error) {
	signature, err := s.Committee.Sign(d.Message())
	if err != nil {
		return nil, err
	}
	r := &Round{Setup: s, Opening: round.SignedDescriptor{Descriptor: d, Signature: signature}}
	r.Registered, err = s.Chain.RegisteredAt(context.Background(), d.Registry)
	return r, err
}
