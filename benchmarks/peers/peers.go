// Package peers computes the mean of model updates in the ways that the benchmark compares: Sotto, plain averaging, and the schemes that
// people would otherwise pick, each through its real library.
//
// All of them quantise with the same code, speak gRPC over TLS with the same options, and answer with the mean itself, so that a caller can
// check it: a way that is fast by being wrong is of no use to anybody. What one of them does not give is said in its [System.Gives], and
// what a comparison of such different things shows stands in benchmarks/README.md.
//
// A [Contributor] plays all contributors of a workload, one after the other; an [Aggregator] is everybody else. The two are meant to run
// in processes of their own, so that the operating system can tell what each of them uses.
package peers

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"

	"sotto/benchmarks/measure"
	"sotto/update"
)

// A Workload is what is to be averaged, and by how many.
type Workload struct {
	Parameters   int
	Contributors int    // K
	KMax         int    // most contributors of a sum, which slots, moduli and masks are sized for
	Bits         int    // b, of a quantised value
	Members      int    // n, of the committee or of whoever holds key shares
	Set          string // Sotto's parameter set; "" for the planner's choice
	Seed         uint64 // of the vectors, never of secrets
}

// clip is C. The coordinates of a workload's vectors lie within a quarter of it and have a standard deviation of a tenth.
const clip = 1

// Validate refuses workloads that not all systems can be asked for.
func (w Workload) Validate() error {
	switch {
	case w.Parameters < 1 || w.Parameters > 1<<28:
		return fmt.Errorf("%d parameters, want 1 to %d", w.Parameters, 1<<28)
	case w.Contributors < 2 || w.Contributors > w.KMax:
		return fmt.Errorf("%d contributors, want 2 to %d", w.Contributors, w.KMax)
	case w.KMax < 2 || w.KMax > 1<<17:
		return fmt.Errorf("sums of at most %d contributors, want 2 to %d", w.KMax, 1<<17)
	case w.Bits < 2 || w.Bits > 20:
		return fmt.Errorf("values of %d bits, want 2 to 20", w.Bits)
	case w.Members != 4 && w.Members != 7 && w.Members != 10:
		return fmt.Errorf("committee of %d members, want 4, 7 or 10", w.Members)
	}
	return nil
}

// Vector returns the update of contributor i, the same for every system.
func (w Workload) Vector(i int) []float32 {
	var seed [32]byte
	binary.LittleEndian.PutUint64(seed[:], w.Seed)
	binary.LittleEndian.PutUint64(seed[8:], uint64(i))
	rnd := rand.NewChaCha8(seed)
	x := make([]float32, w.Parameters)
	for j := range x {
		// The sum of two numbers that are uniform in ±1/8, of 24 bits each.
		u := rnd.Uint64()
		x[j] = (float32(u>>40) + float32(u<<24>>40) - 1<<24) * (clip / 4. / (1 << 24))
	}
	return x
}

// Mean returns the exact mean of all contributors' updates.
func (w Workload) Mean() []float64 {
	mean := make([]float64, w.Parameters)
	for i := range w.Contributors {
		for j, x := range w.Vector(i) {
			mean[j] += float64(x)
		}
	}
	for j := range mean {
		mean[j] /= float64(w.Contributors)
	}
	return mean
}

// Quantiser returns what all systems that work on integers quantise with.
func (w Workload) Quantiser() update.Quantiser { return update.Quantiser{Clip: clip, Bits: w.Bits} }

// Step returns the distance of two neighbouring quantised values.
func (w Workload) Step() float64 { return clip / float64(w.Quantiser().Steps()) }

// SumBits returns b + ⌈log2 K_max⌉, the bits that a sum of K_max values needs.
func (w Workload) SumBits() int { return w.Bits + bits.Len(uint(w.KMax-1)) }

// quantise returns the update's integers, rounded at random as a contributor to Sotto does it.
func (w Workload) quantise(x []float32) ([]uint32, error) {
	values := make([]uint32, len(x))
	_, err := w.Quantiser().Quantise(values, x, update.NewSource())
	return values, err
}

// meanOf returns the mean that the sums of all contributors' integers stand for.
func (w Workload) meanOf(sums func(j int) uint64) []float64 {
	q, mean := w.Quantiser(), make([]float64, w.Parameters)
	for j := range mean {
		mean[j] = q.Dequantise(sums(j), w.Contributors) / float64(w.Contributors)
	}
	return mean
}

// An Invitation is what a contributor has to know of the others.
type Invitation struct {
	Address string   // of the aggregator
	Pin     [32]byte // hash of its TLS key
	Public  []byte   // keys and the like, in the system's own form
}

// A Contributor is all contributors of a workload.
type Contributor interface {
	// Accounts returns what the aggregator has to know of the contributors beforehand.
	Accounts() []byte
	// Join takes part in what the aggregator has opened.
	Join(ctx context.Context, inv Invitation) error
	// Make turns the update of contributor i into what is sent, and returns its bytes without the framing of gRPC.
	Make(i int, x []float32) (int, error)
	// Send sends what was made last, and returns when it is in the sum.
	Send(ctx context.Context) error
	// Close hangs up.
	Close() error
}

// An Aggregator is everybody but the contributors. It counts contributions as soon as it exists.
type Aggregator interface {
	Invitation() Invitation
	// Open turns the sum into the mean. It may be called again, to measure it again.
	Open(ctx context.Context) (*Opening, error)
	Close() error
}

// An Auditor is an aggregator whose result anybody can check.
type Auditor interface {
	// Audit checks the opened round from public data, as an auditor does. It may be called again.
	Audit(ctx context.Context) (*Audit, error)
}

// An Opening is what came of a workload.
type Opening struct {
	Mean []float64 // of all contributors, one a parameter

	Cost    measure.Cost // from the sum, and what the key holders said of it, to the mean
	Check   float64      // of which processor time for checks that nobody else makes
	Members []Member     // what each key holder did
}

// A Member is what one holder of a key, or of a share of it, did in a workload.
type Member struct {
	CPU      float64 // seconds, in all
	PerShare float64 // of which for each contribution's key share, all together
	Audit    float64 // of which for checking the outcome before it signed it
	In, Out  int64   // bytes
	Carries  string  // what these bytes are
}

// An Audit is the check of a round by somebody who has only public data.
type Audit struct {
	Cost  measure.Cost
	Bytes int64 // that were read
}

// Gives says in a few words what a system gives beside the mean.
type Gives struct {
	DropOuts   string // contributors and key holders that vanish
	KeyHolders string // key holders that do what they should not
	OneMessage string // whether a contributor is done after one message
	Check      string // who can check the result, and against what
	Besides    string // what it gives that others do not
}

// A System is one way to a mean.
type System struct {
	Name  string // as in JSON
	Title string
	Gives Gives

	// Unquantised systems work on floating-point numbers and may err by Tolerance; the others by one step.
	Unquantised bool
	Tolerance   float64

	Settings       func(w Workload) (string, error)
	NewContributor func(w Workload) (Contributor, error)
	NewAggregator  func(ctx context.Context, w Workload, accounts []byte) (Aggregator, error)
}

// Systems are all ways there are, in the order of reports.
var Systems = []*System{plain, masking, latticeBGV, latticeCKKS, prio3, sotto}

// Lookup returns the system with that name.
func Lookup(name string) (*System, error) {
	var names []string
	for _, s := range Systems {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return nil, fmt.Errorf("unknown system %q, want one of %v", name, names)
}

// Allowed returns by how much a coordinate of the mean may be off, and by how much all of them in the root mean square.
func (s *System) Allowed(w Workload) (most, usual float64) {
	const float = 1e-6 * clip // what float32 may cost on the way
	if s.Unquantised {
		return s.Tolerance, s.Tolerance / 4
	}
	// Every contributor's value goes to one of the two steps beside it, at random: the error of one has a variance of a sixth of a step's
	// square on average.
	return w.Step() + float, 1.2*w.Step()/math.Sqrt(6*float64(w.Contributors)) + float
}
