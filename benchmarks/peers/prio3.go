package peers

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"sync"

	"github.com/cloudflare/circl/vdaf/prio3/sumvec"

	"sotto/benchmarks/measure"
)

// prio3 shares every update between two aggregators, with a proof that all of its values are in range (draft-irtf-cfrg-vdaf-14).
var prio3 = &System{
	Name: "prio3", Title: "Prio3SumVec",
	Gives: Gives{
		DropOuts:   "contributors may vanish, neither of the two aggregators may",
		KeyHolders: "private while one of the two aggregators is honest; either of them can falsify the sum",
		OneMessage: "yes",
		Check:      "nobody but the aggregators, of each contribution",
		Besides:    "proves that every single value is in range, which Sotto does not: there a contributor can spoil its leaf",
	},
	Settings: func(w Workload) (string, error) {
		return fmt.Sprintf("CIRCL v1.6.5, 2 aggregators, %d-bit values, chunks of %d, 128-bit field; the input shares are not encrypted to the aggregators", w.Bits, prioChunk(w)), nil
	},
	NewContributor: func(w Workload) (Contributor, error) {
		vdaf, err := newSumVec(w)
		return &prioContributor{w: w, vdaf: vdaf}, err
	},
	NewAggregator: func(_ context.Context, w Workload, _ []byte) (Aggregator, error) {
		vdaf, err := newSumVec(w)
		if err != nil {
			return nil, err
		}
		a := &prioAggregator{w: w, vdaf: vdaf}
		for j := range a.shares {
			a.shares[j] = vdaf.AggregateInit()
		}
		rand.Read(a.key[:])
		a.door, err = newDoor(a, nil)
		return a, err
	},
}

// prioChunk returns the chunk length that the draft recommends: the square root of the number of bits.
func prioChunk(w Workload) int { return max(1, int(math.Sqrt(float64(w.Parameters*w.Bits)))) }

func newSumVec(w Workload) (*sumvec.SumVec, error) {
	return sumvec.New(2, uint(w.Parameters), uint(w.Bits), uint(prioChunk(w)), []byte("sotto benchmark"))
}

type prioContributor struct {
	sender
	w    Workload
	vdaf *sumvec.SumVec
}

func (c *prioContributor) Join(_ context.Context, inv Invitation) error { return c.join(inv) }

// Make writes nonce, public share and the two input shares, each after its length.
func (c *prioContributor) Make(_ int, x []float32) (int, error) {
	values, err := c.w.quantise(x)
	if err != nil {
		return 0, err
	}
	measurement := make([]uint64, len(values))
	for j, v := range values {
		measurement[j] = uint64(v)
	}
	params := c.vdaf.Params()
	var nonce sumvec.Nonce
	rand.Read(nonce[:])
	random := make([]byte, params.RandSize())
	rand.Read(random)
	public, inputs, err := c.vdaf.Shard(measurement, &nonce, random)
	if err != nil {
		return 0, err
	}
	parts := [][]byte{nonce[:]}
	encoded, err := public.MarshalBinary()
	if err != nil {
		return 0, err
	}
	parts = append(parts, encoded)
	for i := range inputs {
		if encoded, err = inputs[i].MarshalBinary(); err != nil {
			return 0, err
		}
		parts = append(parts, encoded)
	}
	c.message = nil
	for _, p := range parts {
		c.message = append(binary.BigEndian.AppendUint32(c.message, uint32(len(p))), p...)
	}
	return len(c.message), nil
}

type prioAggregator struct {
	*door
	w    Workload
	vdaf *sumvec.SumVec
	key  sumvec.VerifyKey

	mu       sync.Mutex
	shares   [2]sumvec.AggShare
	count    int
	exchange int64 // bytes that each sent the other
}

// ingest does what both aggregators do, one after the other.
func (a *prioAggregator) ingest(r io.Reader) error {
	params := a.vdaf.Params()
	var parts [4][]byte
	for i := range parts {
		var size [4]byte
		if _, err := io.ReadFull(r, size[:]); err != nil {
			return err
		}
		// No share is longer than the leader's: a field element of 16 bytes for each bit, and the proof.
		n := binary.BigEndian.Uint32(size[:])
		if limit := 16*(params.MeasurementLength()+params.ProofLength()) + 1024; uint(n) > limit {
			return fmt.Errorf("part of %d bytes, at most %d", n, limit)
		}
		parts[i] = make([]byte, n)
		if _, err := io.ReadFull(r, parts[i]); err != nil {
			return err
		}
	}
	if len(parts[0]) != len(sumvec.Nonce{}) {
		return fmt.Errorf("nonce of %d bytes, want %d", len(parts[0]), len(sumvec.Nonce{}))
	}
	nonce := sumvec.Nonce(parts[0])
	var states [2]*sumvec.PrepState
	var prep []sumvec.PrepShare
	exchange := int64(0)
	for j := range states {
		public := new(sumvec.PublicShare).New(&params)
		if err := public.UnmarshalBinary(parts[1]); err != nil {
			return err
		}
		input := new(sumvec.InputShare).New(&params, uint(j))
		if err := input.UnmarshalBinary(parts[2+j]); err != nil {
			return err
		}
		state, share, err := a.vdaf.PrepInit(&a.key, &nonce, uint8(j), *public, *input)
		if err != nil {
			return err
		}
		encoded, err := share.MarshalBinary()
		if err != nil {
			return err
		}
		exchange += int64(len(encoded))
		states[j], prep = state, append(prep, *share)
	}
	message, err := a.vdaf.PrepSharesToPrep(prep)
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for j, state := range states {
		out, err := a.vdaf.PrepNext(state, message)
		if err != nil {
			return err
		}
		a.vdaf.AggregateUpdate(&a.shares[j], out)
	}
	a.count++
	a.exchange += exchange / 2
	return nil
}

func (a *prioAggregator) Open(context.Context) (*Opening, error) {
	o := &Opening{}
	for range a.shares {
		o.Members = append(o.Members, Member{In: a.exchange, Out: a.exchange, Carries: "each aggregator's part of the proofs' check; its work is in the aggregator's figures"})
	}
	span := measure.Begin()
	sums, err := a.vdaf.Unshard(a.shares[:], uint(a.count))
	if err != nil {
		return nil, err
	}
	o.Mean = a.w.meanOf(func(j int) uint64 { return (*sums)[j] })
	o.Cost = span.End()
	return o, nil
}
