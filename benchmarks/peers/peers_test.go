package peers_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"sotto/benchmarks/peers"
)

// mean averages the vectors of a workload, by its own means.
func mean(w peers.Workload) []float64 {
	sum := make([]float64, w.Parameters)
	for i := range w.Contributors {
		for j, x := range w.Vector(i) {
			sum[j] += float64(x)
		}
	}
	for j := range sum {
		sum[j] /= float64(w.Contributors)
	}
	return sum
}

// open takes a workload through a system, from the vectors to the mean.
func open(t *testing.T, s *peers.System, w peers.Workload, skip int) (*peers.Opening, peers.Aggregator, error) {
	t.Helper()
	ctx := t.Context()
	c, err := s.NewContributor(w)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	a, err := s.NewAggregator(ctx, w, c.Accounts())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	if err := c.Join(ctx, a.Invitation()); err != nil {
		t.Fatal(err)
	}
	for i := range w.Contributors {
		n, err := c.Make(i, w.Vector(i))
		if err != nil || n <= 0 {
			t.Fatalf("contributor %d makes %d bytes: %v", i, n, err)
		}
		if i == skip {
			continue
		}
		if err := c.Send(ctx); err != nil {
			t.Fatalf("contributor %d: %v", i, err)
		}
	}
	o, err := a.Open(ctx)
	return o, a, err
}

func workload(parameters, contributors, bits, members int, set string) peers.Workload {
	return peers.Workload{Parameters: parameters, Contributors: contributors, KMax: 128, Bits: bits, Members: members, Set: set, Seed: 7}
}

func TestEveryMeanIsRight(t *testing.T) {
	for _, s := range peers.Systems {
		workloads := []peers.Workload{workload(1, 2, 16, 4, ""), workload(1500, 7, 16, 4, ""), workload(4099, 3, 12, 7, "")}
		if s.Name == "sotto" {
			workloads = append(workloads, workload(2050, 5, 16, 4, "A45"), workload(2050, 5, 8, 4, "B90"), workload(2050, 5, 16, 10, "C180"))
		}
		if s.Name == "lattigo-bgv" { // more contributors need more flooding, and that a larger ring
			workloads = append(workloads, workload(300, 60, 16, 4, ""))
		}
		for _, w := range workloads {
			t.Run(fmt.Sprintf("%s/%dx%d/b=%d/n=%d%s", s.Name, w.Parameters, w.Contributors, w.Bits, w.Members, w.Set), func(t *testing.T) {
				t.Parallel()
				o, a, err := open(t, s, w, -1)
				if err != nil {
					t.Fatal(err)
				}
				want := mean(w)
				check(t, s, w, o.Mean, want)
				// Opening it again gives the same: that is how openings are measured more than once.
				again, err := a.Open(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				for j, x := range again.Mean {
					if x != o.Mean[j] {
						t.Fatalf("parameter %d opens to %v and then to %v", j, o.Mean[j], x)
					}
				}
				if auditor, ok := a.(peers.Auditor); ok {
					if audit, err := auditor.Audit(t.Context()); err != nil || audit.Bytes <= 0 {
						t.Errorf("audit: %v", err)
					}
					if len(o.Members) != w.Members {
						t.Errorf("%d members, want %d", len(o.Members), w.Members)
					}
				}
				if settings, err := s.Settings(w); err != nil || settings == "" {
					t.Errorf("settings %q, %v", settings, err)
				}
			})
		}
	}
}

// check holds a mean against the exact one: each coordinate, and for quantised systems the error that rounding at random has.
func check(t *testing.T, s *peers.System, w peers.Workload, got, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("mean of %d parameters, want %d", len(got), len(want))
	}
	most, _ := s.Allowed(w)
	squares := 0.0
	for j := range want {
		if e := math.Abs(got[j] - want[j]); !(e <= most) {
			t.Fatalf("mean of parameter %d is %v, want %v to within %v", j, got[j], want[j], most)
		}
		squares += (got[j] - want[j]) * (got[j] - want[j])
	}
	rms := math.Sqrt(squares / float64(len(want)))
	if s.Unquantised {
		if rms > 1e-6 {
			t.Errorf("error of %v in the root mean square", rms)
		}
		return
	}
	if expected := w.Step() / math.Sqrt(6*float64(w.Contributors)); w.Parameters > 1000 && math.Abs(rms/expected-1) > 0.1 {
		t.Errorf("error of %v in the root mean square, rounding at random has %v", rms, expected)
	}
}

// A contribution that is made and not sent shows in the mean, or the system says that it is missing.
func TestAMissingContributionShows(t *testing.T) {
	w := workload(1000, 4, 16, 4, "")
	want := mean(w)
	for _, s := range peers.Systems {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			o, _, err := open(t, s, w, 2)
			if err != nil {
				return
			}
			most, _ := s.Allowed(w)
			for j := range want {
				if math.Abs(o.Mean[j]-want[j]) > most {
					return
				}
			}
			t.Error("the mean is right without one of the contributions")
		})
	}
}

func TestTrainingWithAndWithoutSotto(t *testing.T) {
	training := peers.Training{Task: "digits", Rounds: 2, Contributors: 8, Members: 4, Seed: 3}
	var last [2]peers.Trained
	for i := range last {
		training.Private = i == 1
		trained, err := training.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(trained.Accuracies) != 2 || trained.Accuracies[1] < 0.5 || trained.Upload <= 0 || trained.Cost.CPU <= 0 || trained.Cost.Wall <= 0 {
			t.Errorf("private %v: %+v", training.Private, trained)
		}
		last[i] = trained
	}
	for r := range last[0].Accuracies {
		if d := math.Abs(last[0].Accuracies[r] - last[1].Accuracies[r]); d > 0.01 {
			t.Errorf("round %d: accuracy %.3f with plain averaging, %.3f with Sotto", r+1, last[0].Accuracies[r], last[1].Accuracies[r])
		}
	}
	if last[0].Parameters != last[1].Parameters || last[1].Set == "" {
		t.Errorf("%+v and %+v", last[0], last[1])
	}
	if _, err := (peers.Training{Task: "poems"}).Run(context.Background()); err == nil || !strings.Contains(err.Error(), "poems") {
		t.Errorf("unknown task: %v", err)
	}
}

// The synthetic task can be learned, so that its accuracy says something.
func TestSyntheticTask(t *testing.T) {
	task, err := peers.Tasks["synthetic"]()
	if err != nil {
		t.Fatal(err)
	}
	if err := task.Spec.Validate(); err != nil {
		t.Fatal(err)
	}
	if p := task.Spec.Parameters(); p < 1_000_000 || p > 1_010_000 {
		t.Errorf("%d parameters, want a million", p)
	}
	if task.Train.Rows() != 768 || task.Test.Rows() != 500 {
		t.Errorf("%d and %d rows", task.Train.Rows(), task.Test.Rows())
	}
}
