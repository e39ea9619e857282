package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"sotto/benchmarks/measure"
	"sotto/benchmarks/peers"
	"sotto/benchmarks/process"
	"sotto/benchmarks/progress"
)

// benchmark is one run of the command.
type benchmark struct {
	options  *options
	progress *progress.Progress
	results  *results
	emit     io.Writer // gets a line for every row; nil for none
}

// seed is of the vectors and of what trainings begin with.
const seed = 1

// run measures part after part.
func (b *benchmark) run(ctx context.Context) error {
	begun := time.Now()
	for _, part := range []struct {
		name string
		run  func(context.Context) error
	}{
		{partComparison, b.comparison},
		{partSmall, b.small},
		{partParams, b.params},
		{partStreamed, b.streamed},
		{partContributors, b.contributors},
		{partMembers, b.members},
		{partBits, b.bits},
		{partAudit, b.audit},
		{partTraining, b.training},
	} {
		if !b.options.has(part.name) {
			continue
		}
		if part.name != partComparison && !b.options.hasSystem("sotto") {
			continue // the others' sizes and times are in proportion to the model's
		}
		if err := part.run(ctx); err != nil {
			return err
		}
	}
	b.results.Seconds = time.Since(begun).Seconds()
	return ctx.Err()
}

// workload is the one of the comparison.
func (b *benchmark) workload() peers.Workload {
	o := b.options
	k := orDefault(o.contributors, 10)[0]
	return peers.Workload{Parameters: orDefault(o.params, 1_000_000)[0], Contributors: k, KMax: kMaxFor(k),
		Bits: orDefault(o.bits, 16)[0], Members: orDefault(o.members, 4)[0], Seed: seed}
}

// do runs a job and takes its rows into the results.
func (b *benchmark) do(ctx context.Context, j *job) ([]*row, error) {
	if err := j.workload.Validate(); err != nil {
		return nil, err
	}
	rows, err := j.run(ctx, b.progress)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", j.part, err)
	}
	b.results.Rows = append(b.results.Rows, rows...)
	for _, r := range rows {
		if err := b.print(r); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

func (b *benchmark) print(v any) error {
	if b.emit == nil {
		return nil
	}
	return json.NewEncoder(b.emit).Encode(v)
}

// sottoWith returns Sotto with each of the parameter sets that can carry the workload; "" stands for the planner's choice. Each set comes once.
func sottoWith(w peers.Workload, sets ...string) (all []entrant) {
	s, err := peers.Lookup("sotto")
	if err != nil {
		panic("benchmarks: internal error: " + err.Error())
	}
	for _, set := range sets {
		w.Set = set
		p, err := peers.Scheme(w)
		if err != nil {
			continue
		}
		e := entrant{s, p.Set().String()}
		if !slices.Contains(all, e) {
			all = append(all, e)
		}
	}
	return all
}

// comparison measures all systems beside each other.
func (b *benchmark) comparison(ctx context.Context) error {
	w := b.workload()
	sizes := []int{w.Parameters}
	if b.options.mode == full {
		sizes = orDefault(b.options.params, 1_000_000, 100_000, 10_000_000)
	}
	for _, p := range sizes {
		w.Parameters = p
		if err := b.compare(ctx, w); err != nil {
			return err
		}
	}
	if !b.options.hasSystem("prio3") {
		return nil
	}
	w.Parameters = sizes[0]
	return b.prio(ctx, w)
}

// compare measures all systems but Prio3, whose models have to be smaller.
func (b *benchmark) compare(ctx context.Context, w peers.Workload) error {
	j := &job{part: partComparison, workload: w, openings: 5, audit: true}
	if b.options.mode == quick {
		j.openings = 3
	}
	for _, s := range b.options.systems {
		if _, err := s.Settings(w); err != nil {
			b.progress.Line("without %s: %v", s.Title, err)
			continue
		}
		switch s.Name {
		case "sotto":
			sets := []string{"B90", ""}
			if b.options.mode != quick {
				sets = []string{"A45", "B90", "C180", ""}
			}
			j.systems = append(j.systems, sottoWith(w, sets...)...)
		case "prio3":
		default:
			j.systems = append(j.systems, entrant{system: s})
		}
	}
	if len(j.systems) == 0 {
		return nil
	}
	_, err := b.do(ctx, j)
	return err
}

// prio measures Prio3 with the largest model that fits its share of the time, and Sotto with the same.
func (b *benchmark) prio(ctx context.Context, w peers.Workload) error {
	share := map[mode]float64{quick: 6, standard: 25, full: 300}[b.options.mode]
	s, err := peers.Lookup("prio3")
	if err != nil {
		return err
	}
	trial := w
	trial.Parameters, trial.Contributors = min(500, w.Parameters), 2
	rows, err := (&job{part: "trying Prio3", workload: trial, systems: []entrant{{system: s}}}).run(ctx, b.progress)
	if err != nil {
		return err
	}
	// One more is made than is sent, to warm up.
	each := rows[0].ClientCPU*float64(w.Contributors+1) + (rows[0].ServerCPU+rows[0].SendCPU)*float64(w.Contributors)
	w.Parameters = min(w.Parameters, roundDown(share/each*1e6))
	b.progress.Line("Prio3 fits its share of %.0f s with %s parameters", share, progress.Thousands(w.Parameters))
	j := &job{part: partComparison, workload: w, systems: []entrant{{system: s}}, openings: 3}
	if b.options.hasSystem("sotto") {
		j.systems = append(j.systems, sottoWith(w, "")...)
	}
	_, err = b.do(ctx, j)
	return err
}

// roundDown returns the largest number of one digit and zeros up to x.
func roundDown(x float64) int {
	if x < 10 {
		return max(1, int(x))
	}
	power := math.Pow(10, math.Floor(math.Log10(x)))
	return int(math.Floor(x/power) * power)
}

// few is how many contributors take part where their number does not matter.
const few = 3

// small measures models that are dominated by what every contribution costs, whatever its size.
func (b *benchmark) small(ctx context.Context) error {
	w := b.workload()
	w.Contributors, w.KMax = 5, kMaxFor(5)
	for _, p := range []int{1, 4_810, 10_000} {
		w.Parameters = p
		if _, err := b.do(ctx, &job{part: partSmall, workload: w, systems: sottoWith(w, "A45", "B90", "C180"), openings: 3}); err != nil {
			return err
		}
	}
	return nil
}

// params measures Sotto against the size of the model.
func (b *benchmark) params(ctx context.Context) error {
	w := b.workload()
	w.Contributors, w.KMax = few, kMaxFor(few)
	for _, p := range orDefault(b.options.params, 10_000, 100_000, 1_000_000, 10_000_000) {
		w.Parameters = p
		if _, err := b.do(ctx, &job{part: partParams, workload: w, systems: sottoWith(w, "B90", ""), openings: 3}); err != nil {
			return err
		}
	}
	return nil
}

// streaming is a row of JSON about one contribution of a model that is in a file, with everything from the look at the round to the receipt.
type streaming struct {
	Row     string  `json:"row"`
	System  string  `json:"system"`
	Set     string  `json:"set"`
	Params  int     `json:"params"`
	KMax    int     `json:"k_max"`
	Bits    int     `json:"bits"`
	Members int     `json:"members"`
	Peak    int64   `json:"client_peak_bytes,omitempty"` // of the whole process, files' pages left out
	Upload  int     `json:"upload_bytes"`
	Seal    float64 `json:"seal_cpu_s_per_1m"` // from files to a file: reading, quantising, encrypting, hashing, sharing, writing
	Wall    float64 `json:"wall_s"`
	CPU     float64 `json:"cpu_s"`
	SealCPU float64 `json:"seal_cpu_s"`
	SealSec float64 `json:"seal_wall_s"`
}

// streamed measures one contribution of a model that is read from a file.
func (b *benchmark) streamed(ctx context.Context) error {
	w := b.workload()
	w.Contributors, w.KMax = few, kMaxFor(few)
	size := 10_000_000
	if b.options.mode == full {
		size = 100_000_000
	}
	for _, w.Parameters = range orDefault(b.options.params, size) {
		b.progress.Line("%s: %s parameters", partStreamed, progress.Thousands(w.Parameters))
		r, err := b.stream(ctx, w)
		if err != nil {
			return fmt.Errorf("%s: %w", partStreamed, err)
		}
		b.results.Streamed = append(b.results.Streamed, r)
		if err := b.print(r); err != nil {
			return err
		}
	}
	return nil
}

// stream lets a process of its own contribute, and opens what it has sent.
func (b *benchmark) stream(ctx context.Context, w peers.Workload) (_ *streaming, err error) {
	enc, err := peers.Scheme(w)
	if err != nil {
		return nil, err
	}
	b.progress.Transient("  writing the models")
	s, err := peers.NewStreamedRound(w)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	p, err := process.Start(ctx)
	if err != nil {
		return nil, err
	}
	defer p.Stop()
	b.progress.Transient("  contributing")
	took, err := process.Call[peers.Streamed](ctx, p, "Stream", s.Contribution)
	if err != nil {
		return nil, err
	}
	b.progress.Transient("  opening what was sent")
	if err := s.Check(); err != nil {
		return nil, err
	}
	digits := measure.Significant
	return &streaming{Row: partStreamed, System: "sotto", Set: enc.Set().String(), Params: w.Parameters, KMax: w.KMax, Bits: w.Bits, Members: w.Members,
		Peak: took.Peak, Upload: took.Bytes, Seal: digits(took.Seal.CPU / float64(w.Parameters) * 1e6), Wall: digits(took.Whole.Wall), CPU: digits(took.Whole.CPU),
		SealCPU: digits(took.Seal.CPU), SealSec: digits(took.Seal.Wall)}, nil
}

// contributors measures Sotto against the number of contributors, all of whom are in one sum.
func (b *benchmark) contributors(ctx context.Context) error {
	w := b.workload()
	w.Parameters = min(w.Parameters, 10_000)
	counts := []int{10, 100, 1_000}
	if b.options.mode == full {
		counts = append(counts, 10_000)
	}
	for _, k := range orDefault(b.options.contributors, counts...) {
		w.Contributors, w.KMax = k, kMaxFor(k)
		if _, err := b.do(ctx, &job{part: partContributors, workload: w, systems: sottoWith(w, ""), openings: 3, audit: true}); err != nil {
			return err
		}
	}
	return nil
}

// members measures Sotto against the size of the committee.
func (b *benchmark) members(ctx context.Context) error {
	w := b.workload()
	w.Parameters, w.Contributors, w.KMax = min(w.Parameters, 100_000), 5, kMaxFor(5)
	for _, n := range orDefault(b.options.members, 4, 7, 10) {
		w.Members = n
		if _, err := b.do(ctx, &job{part: partMembers, workload: w, systems: sottoWith(w, "B90"), openings: 3}); err != nil {
			return err
		}
	}
	return nil
}

// bits measures Sotto against the bits of a value.
func (b *benchmark) bits(ctx context.Context) error {
	w := b.workload()
	w.Contributors, w.KMax = few, kMaxFor(few)
	for _, bits := range orDefault(b.options.bits, 8, 12, 16) {
		w.Bits = bits
		if _, err := b.do(ctx, &job{part: partBits, workload: w, systems: sottoWith(w, "B90", "C180"), openings: 3}); err != nil {
			return err
		}
	}
	return nil
}

// audit measures the check of a round with a large model and many contributors. Other parts audit their rounds, too.
func (b *benchmark) audit(ctx context.Context) error {
	w := b.workload()
	if b.options.contributors == nil {
		w.Contributors = 1_000
		if b.options.mode == quick {
			w.Contributors = 32
		}
	}
	w.KMax = kMaxFor(w.Contributors)
	_, err := b.do(ctx, &job{part: partAudit, workload: w, systems: sottoWith(w, "B90"), openings: 3, audit: true})
	return err
}

// training is a row of JSON about a whole training.
type training struct {
	Row          string    `json:"row"`
	System       string    `json:"system"`
	Set          string    `json:"set,omitempty"`
	Task         string    `json:"task"`
	Params       int       `json:"params"`
	Contributors int       `json:"contributors"`
	Members      int       `json:"members,omitempty"`
	Rounds       int       `json:"rounds"`
	Wall         float64   `json:"wall_s"`
	CPU          float64   `json:"cpu_s"`
	Upload       int       `json:"upload_bytes"` // a contributor and round
	Accuracies   []float64 `json:"accuracies"`   // after each round

	Walls measure.Stat `json:"walls"`
	CPUs  measure.Stat `json:"cpus"`
}

// training runs whole trainings with and without Sotto, in turns.
func (b *benchmark) training(ctx context.Context) error {
	runs := map[mode]int{quick: 1, standard: 3, full: 5}[b.options.mode]
	for _, t := range []peers.Training{
		{Task: "digits", Rounds: 5, Contributors: 24},
		{Task: "synthetic", Rounds: 3, Contributors: 8},
	} {
		t.Members, t.Seed = b.workload().Members, seed
		b.progress.Line("%s: %s, %d rounds of %d contributors", partTraining, t.Task, t.Rounds, t.Contributors)
		var walls, cpus [2][]float64
		var last [2]peers.Trained
		for range runs {
			for i := range last {
				t.Private = i == 1
				b.progress.Transient("  %s", throughWhat(t.Private))
				trained, err := trainApart(ctx, t)
				if err != nil {
					return fmt.Errorf("%s: %w", t.Task, err)
				}
				last[i] = trained
				walls[i], cpus[i] = append(walls[i], trained.Cost.Wall), append(cpus[i], trained.Cost.CPU)
			}
		}
		for i, trained := range last {
			r := &training{Row: partTraining, System: "plain", Task: t.Task, Params: trained.Parameters, Contributors: t.Contributors, Rounds: t.Rounds,
				Upload: trained.Upload, Accuracies: trained.Accuracies, Walls: measure.Summarise(walls[i]), CPUs: measure.Summarise(cpus[i])}
			if i == 1 {
				r.System, r.Set, r.Members = "sotto", trained.Set, t.Members
			}
			r.Wall, r.CPU = r.Walls.Median, r.CPUs.Median
			b.results.Trainings = append(b.results.Trainings, r)
			if err := b.print(r); err != nil {
				return err
			}
		}
	}
	return nil
}

func throughWhat(private bool) string {
	if private {
		return "Sotto"
	}
	return "plain averaging"
}

// trainApart runs a training in a process of its own.
func trainApart(ctx context.Context, t peers.Training) (peers.Trained, error) {
	p, err := process.Start(ctx)
	if err != nil {
		return peers.Trained{}, err
	}
	defer p.Stop()
	return process.Call[peers.Trained](ctx, p, "Train", t)
}
