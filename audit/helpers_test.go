package audit_test

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/holiman/uint256"

	"sotto/audit"
	"sotto/internal/simulate"
	"sotto/round"
	"sotto/update"
)

func must[V any](v V, err error) func(testing.TB) V {
	return func(t testing.TB) V {
		t.Helper()
		check(t, err)
		return v
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// seeded returns a source of numbers that is the same in every run of a test.
func seeded(t testing.TB) *rand.Rand {
	var seed [32]byte
	copy(seed[:], t.Name())
	return rand.New(rand.NewChaCha8(seed))
}

// numbers returns n values that the quantiser can make, 1 to 2^bits − 1.
func numbers(rnd *rand.Rand, n, bits int) []uint32 {
	values := make([]uint32, n)
	for i := range values {
		values[i] = 1 + rnd.Uint32N(1<<bits-1)
	}
	return values
}

// wantCheck fails the test unless err names the check.
func wantCheck(t testing.TB, what string, err error, want audit.Check) {
	t.Helper()
	if got := checkOf(err); got != want {
		t.Errorf("%s: got %q (%v), want %q", what, got, err, want)
	}
}

func checkOf(err error) audit.Check {
	var e *audit.CheckError
	if errors.As(err, &e) {
		return e.Check
	}
	return ""
}

// clone copies a value of package round's types or made of them.
func clone[V any](t testing.TB, v *V) *V {
	t.Helper()
	c := new(V)
	check(t, round.Decode("copy", round.Encode(v), 1<<30, c))
	return c
}

func amount(v uint64) round.Amount { return round.AmountOf(uint256.NewInt(v)) }

const parameters = 600 // two blocks of testInsecure's ring

// setup returns a deployment after one certified round, so that there are rewards and a previous round to change.
func setup(t testing.TB, members, contributors int) *simulate.Setup {
	t.Helper()
	s := must(simulate.NewSetup(members, contributors, simulate.NewModel(parameters)))(t)
	s.Chain.Deposit(1, amount(1_000_000))
	r := must(s.Begin(simulate.Rules{Reward: reward}))(t)
	rnd := seeded(t)
	check(t, r.Fill([]int{5}, func(int) []uint32 { return numbers(rnd, parameters, 8) }))
	_, _, err := r.Play()
	check(t, err)
	return s
}

var reward = round.Reward{Rule: round.RewardEqual, Pool: 1, Share: amount(1000)}

// eventful returns a finished round in which everything has happened that may: a round before it and a skipped one, merged leaves, a
// dropped leaf, a node that failed, a member that lied and one that was down, weights, rewards. Its leaves: 0, 1 and 3 are nodes, 2 is
// dropped, 4 and 5 are joined, 6 and 7 are nodes; node 1 fails, of node 0 member 4 disagrees.
func eventful(t testing.TB) (*simulate.Round, *audit.Outcome) {
	t.Helper()
	s := setup(t, 4, 200)
	rnd := seeded(t)
	r := must(s.Begin(simulate.Rules{
		Leaves: 8, GMin: 2, Cohort: 5, KMax: 6, Aborted: 1, Reward: reward,
		Mean: round.Mean{Weighting: uint8(update.WeightExamples), Examples: 10, Robust: uint8(update.RobustNorm), Trim: 1},
	}))(t)
	weights := func(i int) []uint32 { return append(numbers(rnd, parameters, 8), uint32(160+i)) }
	check(t, r.Fill([]int{3, 2, 1, 6, 1, 3, 2, 2}, weights))
	spoil(t, r, 1)
	check(t, r.Close())
	check(t, r.Release(1, 2, 3, 4))
	check(t, r.Lie(4, 0))
	return r, must(r.Finish())(t)
}

// spoil gives a contributor of a leaf key shares of another secret than the one that it has encrypted with.
func spoil(t testing.TB, r *simulate.Round, leaf int) {
	t.Helper()
	for _, u := range r.Uploads {
		if c := u.Submission.Signed.Contribution; int(c.Leaf) == leaf {
			key := r.Drawn(leaf)[0]
			other := must(r.Contribute(key, make([]uint32, r.Opening.Descriptor.Values())))(t)
			r.Uploads = r.Uploads[:len(r.Uploads)-1]
			u.Submission.Envelopes = other.Submission.Envelopes
			check(t, simulate.Sign(&r.Opening.Descriptor, u, key))
			return
		}
	}
	t.Fatalf("nobody in leaf %d", leaf)
}

// verify verifies a transcript of the round with everything beside it as it should be.
func verify(t testing.TB, r *simulate.Round, transcript *round.Transcript) error {
	t.Helper()
	_, err := audit.Verify(must(r.Reference())(t), transcript, r.Setup.Model, r.Setup.Rewards)
	return err
}
