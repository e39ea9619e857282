package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"time"

	"sotto/aggregator/engine"
	"sotto/benchmarks/measure"
	"sotto/benchmarks/peers"
	"sotto/benchmarks/process"
	"sotto/benchmarks/progress"
)

// bench is one run of the command.
type bench struct {
	options  *options
	progress *progress.Progress
	results  results
	emit     io.Writer // gets a line for every row; nil for none
	dir      string    // of everybody's files
	lanes    int       // started so far
}

func (b *bench) run(ctx context.Context) error {
	begun := time.Now()
	for _, part := range b.options.parts {
		switch part {
		case partThroughput:
			for _, mb := range b.options.megabytes {
				if err := b.throughput(ctx, mb); err != nil {
					return err
				}
			}
		case partMany:
			if err := b.many(ctx); err != nil {
				return err
			}
		case partSoak:
			if err := b.soak(ctx); err != nil {
				return err
			}
		}
	}
	b.results.Seconds = math.Round(time.Since(begun).Seconds())
	return ctx.Err()
}

func (b *bench) add(r *row) error {
	b.results.Rows = append(b.results.Rows, r)
	if b.emit == nil {
		return nil
	}
	return json.NewEncoder(b.emit).Encode(r)
}

// lane is an engine at work: an aggregator on it, its contributors, and the servers of a cluster.
type lane struct {
	load        Load
	contributor *process.Process
	aggregator  *process.Process
	cluster     *cluster // nil but for engineCluster

	acks  []Ack
	used  costs
	bytes int64
	wait  []float64
	took  []float64

	commits []engine.Committed
	peak    int64
}

// costs are what contributing took, all turns together.
type costs struct{ wall, cpu, servers float64 }

// start starts everybody, up to where contributions are taken.
func (b *bench) start(ctx context.Context, l Load) (_ *lane, err error) {
	b.lanes++
	l.Dir = filepath.Join(b.dir, fmt.Sprintf("%d-%s", b.lanes, l.Engine))
	if err := os.MkdirAll(l.Dir, 0o700); err != nil {
		return nil, err
	}
	if b.options.profile != "" {
		if err := os.MkdirAll(b.options.profile, 0o755); err != nil {
			return nil, err
		}
		if l.Profile, err = filepath.Abs(filepath.Join(b.options.profile, fmt.Sprintf("%s-%d.pprof", l.Engine, l.Parameters))); err != nil {
			return nil, err
		}
	}
	e := &lane{load: l}
	defer func() {
		if err != nil {
			e.stop()
			err = fmt.Errorf("%s: %w", l.Engine, err)
		}
	}()
	if l.Engine == engineCluster {
		if e.cluster, err = startCluster(ctx, l.Dir); err != nil {
			return nil, err
		}
		e.load.Cluster = e.cluster.reach
	}
	if e.contributor, err = process.Start(ctx); err != nil {
		return nil, err
	}
	if e.aggregator, err = process.Start(ctx); err != nil {
		return nil, err
	}
	begin := Begin{Load: e.load}
	if begin.Accounts, err = process.Call[[]byte](ctx, e.contributor, "Contribute", e.load); err != nil {
		return nil, err
	}
	inv, err := process.Call[peers.Invitation](ctx, e.aggregator, "Aggregate", begin)
	if err != nil {
		return nil, err
	}
	_, err = process.Call[struct{}](ctx, e.contributor, "Join", inv)
	return e, err
}

// stop ends all processes and removes their files.
func (e *lane) stop() {
	for _, p := range []*process.Process{e.contributor, e.aggregator} {
		if p != nil {
			p.Stop()
		}
	}
	if e.cluster != nil {
		e.cluster.stop()
	}
	os.RemoveAll(e.load.Dir) // what stays goes with the directory around it
}

// calm is how long an aggregator is left alone after the last answer, so that what it still does then counts.
const calm = 300 * time.Millisecond

// turn lets some contributors make and then send their uploads.
func (e *lane) turn(ctx context.Context, t Turn, streams int) error {
	total, err := process.Call[int64](ctx, e.contributor, "Make", t)
	if err != nil {
		return err
	}
	before, err := process.Call[Usage](ctx, e.aggregator, "Use", true)
	if err != nil {
		return err
	}
	servers := 0.
	if e.cluster != nil {
		servers, _ = e.cluster.cpu()
	}
	sent, err := process.Call[Sent](ctx, e.contributor, "Send", streams)
	if err != nil {
		return err
	}
	time.Sleep(calm)
	after, err := process.Call[Usage](ctx, e.aggregator, "Use", false)
	if err != nil {
		return err
	}
	if e.cluster != nil {
		if now, ok := e.cluster.cpu(); ok {
			e.used.servers += now - servers
		}
	}
	e.used.wall, e.used.cpu = e.used.wall+sent.Wall, e.used.cpu+after.CPU-before.CPU
	e.acks, e.bytes = append(e.acks, sent.Acks...), e.bytes+total
	e.wait, e.took = append(e.wait, sent.Wait...), append(e.took, after.Took...)
	e.commits, e.peak = append(e.commits, after.Commits...), max(e.peak, after.Memory.Peak)
	// Nothing may be fast by not being counted.
	items := 0
	for _, c := range e.commits {
		items += c.Items
	}
	if len(sent.Acks) != t.Count || items != len(e.acks) || len(e.took) != len(e.acks) {
		return fmt.Errorf("%d of %d uploads were acknowledged; so far %d, of which the aggregator answered %d and committed %d", len(sent.Acks), t.Count, len(e.acks), len(e.took), items)
	}
	return nil
}

// throughput measures contributions of one size. Engines take turns, so that what else the machine does hits all of them.
func (b *bench) throughput(ctx context.Context, mb float64) error {
	load, streams, uploads, turns := b.plan(mb)
	b.progress.Line("%s: ciphertexts of %s MB, %d contributions, %d at one time", partThroughput, figure(mb), uploads, streams)
	load.Contributors = uploads
	var lanes []*lane
	defer func() {
		for _, e := range lanes {
			e.stop()
		}
	}()
	for _, name := range b.options.engines {
		b.progress.Transient("  %s: starting", name)
		l := load
		l.Engine = name
		e, err := b.start(ctx, l)
		if err != nil {
			return err
		}
		lanes = append(lanes, e)
	}
	for t := range turns {
		for k := range lanes {
			e := lanes[(k+t)%len(lanes)]
			b.progress.Transient("  turn %d of %d: %s", t+1, turns, e.load.Engine)
			from, to := t*uploads/turns, (t+1)*uploads/turns
			if err := e.turn(ctx, Turn{from, to - from}, streams); err != nil {
				return fmt.Errorf("%s: %w", e.load.Engine, err)
			}
		}
	}
	var rows []*row
	for _, e := range lanes {
		b.progress.Transient("  checking the sum: %s", e.load.Engine)
		if _, err := process.Call[Closed](ctx, e.aggregator, "Finish", Closing{Acks: e.acks}); err != nil {
			return fmt.Errorf("%s: %w", e.load.Engine, err)
		}
		r, err := e.row(partThroughput, streams)
		if err != nil {
			return err
		}
		rows = append(rows, r)
		e.stop()
	}
	lanes = nil
	for _, r := range rows {
		if first := rows[0]; first.Engine == engineMemory {
			r.OfMemoryWall, r.OfMemoryCPU = measure.Significant(r.PerSecond/first.PerSecond), measure.Significant(r.PerCPU/first.PerCPU)
		}
		if err := b.add(r); err != nil {
			return err
		}
	}
	return nil
}

// plan returns what a round with ciphertexts of that size looks like.
func (b *bench) plan(mb float64) (l Load, streams, uploads, turns int) {
	switch streams = 8; {
	case mb < 8:
		uploads, turns, streams = 512, 4, 32
	case mb < 64:
		uploads, turns = 72, 3
	default:
		uploads, turns = 16, 2
	}
	if b.options.quick {
		uploads, turns = uploads/4, max(1, turns/2)
	}
	uploads = cmp.Or(b.options.uploads, uploads)
	turns = min(turns, uploads)
	l = Load{KMax: kMaxFor(uploads), Leaves: 1, Rounds: 1}
	l.Parameters = parametersFor(l.KMax, int(mb*1e6))
	return l, streams, uploads, turns
}

// kMaxFor returns the most contributors of a sum that a round for that many would be opened with: rows of the table of guard bits.
func kMaxFor(contributors int) int {
	for _, k := range []int{1 << 7, 1 << 10, 1 << 14} {
		if contributors <= k {
			return k
		}
	}
	return 1 << 17
}

// parametersFor returns the size of a model whose ciphertexts have about that many bytes: not more, unless with one parameter.
func parametersFor(kMax, size int) int {
	return max(1, sort.Search(size, func(n int) bool {
		l := Load{KMax: kMax, Parameters: n + 1}
		p, err := l.scheme()
		return err != nil || p.CiphertextBytes(n+1) > size
	}))
}

// row sums up what a lane has measured.
func (e *lane) row(part string, streams int) (*row, error) {
	enc, err := e.load.scheme()
	if err != nil {
		return nil, err
	}
	digits, n, mb := measure.Significant, float64(len(e.acks)), float64(e.bytes)/1e6
	r := &row{Row: part, Engine: e.load.Engine, Set: enc.Set().String(), Params: e.load.Parameters, KMax: e.load.KMax, CiphertextBytes: enc.CiphertextBytes(e.load.Parameters),
		UploadBytes: e.bytes / int64(len(e.acks)), Uploads: len(e.acks), Streams: streams, Wall: digits(e.used.wall), CPU: digits(e.used.cpu), ServersCPU: digits(e.used.servers),
		PerSecond: digits(n / e.used.wall), PerCPU: digits(n / e.used.cpu), MBPerSecond: digits(mb / e.used.wall), MBPerCPU: digits(mb / e.used.cpu), Peak: e.peak}
	r.Wait50, r.Wait95 = percentiles(e.wait)
	r.Took50, r.Took95 = percentiles(e.took)
	var segments int64
	var writing, appending []float64
	for _, c := range e.commits {
		segments += c.Bytes + c.SideBytes
		writing, appending = append(writing, c.Writing.Seconds()), append(appending, c.Appending.Seconds())
		r.Rewritten += c.Segments
	}
	r.Commits, r.PerCommit = len(e.commits), digits(n/float64(len(e.commits)))
	r.SegmentBytes, r.Writing, r.Appending = segments, measure.Summarise(writing), measure.Summarise(appending)
	const segmentsOfCommit = 2
	r.Rewritten = max(0, r.Rewritten-segmentsOfCommit*r.Commits)
	return r, nil
}

// percentiles returns the smallest values that are not below half and 95 % of all.
func percentiles(seconds []float64) (p50, p95 float64) {
	if len(seconds) == 0 {
		return 0, 0
	}
	sorted := slices.Sorted(slices.Values(seconds))
	at := func(p float64) float64 {
		return measure.Significant(sorted[max(0, int(math.Ceil(p*float64(len(sorted))))-1)])
	}
	return at(0.5), at(0.95)
}

// many takes one round of many small contributors to its certificate.
func (b *bench) many(ctx context.Context) error {
	const parameters, streams = 4_810, 64
	n := b.options.many
	b.progress.Line("%s: %s contributors with %s parameters, %d at one time", partMany, progress.Thousands(n), progress.Thousands(parameters), streams)
	e, err := b.start(ctx, Load{Engine: b.options.durable(), Parameters: parameters, Contributors: n, KMax: kMaxFor(n), Leaves: 1, Rounds: 1})
	if err != nil {
		return err
	}
	defer e.stop()
	const atOnce = 1000 // that are in the contributors' memory
	for first := 0; first < n; first += atOnce {
		b.progress.Transient("  contributor %s of %s", progress.Thousands(first+1), progress.Thousands(n))
		if err := e.turn(ctx, Turn{first, min(atOnce, n-first)}, streams); err != nil {
			return fmt.Errorf("%s: %w", e.load.Engine, err)
		}
	}
	b.progress.Transient("  closing, releasing, certifying")
	closed, err := process.Call[Closed](ctx, e.aggregator, "Finish", Closing{Acks: e.acks, Certify: true})
	if err != nil {
		return fmt.Errorf("%s: %w", e.load.Engine, err)
	}
	r, err := e.row(partMany, streams)
	if err != nil {
		return err
	}
	digits := measure.Significant
	r.CloseWall, r.CloseCPU, r.MembersCPU, r.ClosePeak = digits(closed.Cost.Wall), digits(closed.Cost.CPU), digits(closed.Members), closed.Memory.Peak
	r.EngineBytes, r.FileBytes = closed.Engine, closed.Files
	return b.add(r)
}

// soak contributes round after round and looks at the aggregator's memory.
func (b *bench) soak(ctx context.Context) error {
	const contributors, streams = 32, 8
	b.progress.Line("%s: rounds of %d contributors for %s", partSoak, contributors, b.options.soak)
	load := Load{Engine: b.options.durable(), Contributors: contributors, KMax: kMaxFor(contributors), Leaves: 1}
	load.Parameters = parametersFor(load.KMax, 1e6)
	e, err := b.start(ctx, load)
	if err != nil {
		return err
	}
	defer e.stop()
	begun, rounds := time.Now(), 0
	var curve []sample
	for time.Since(begun) < b.options.soak {
		if rounds > 0 {
			if _, err := process.Call[struct{}](ctx, e.aggregator, "Open", struct{}{}); err != nil {
				return err
			}
			if _, err := process.Call[struct{}](ctx, e.contributor, "Rejoin", struct{}{}); err != nil {
				return err
			}
		}
		e.acks, e.wait, e.took, e.commits = nil, nil, nil, nil
		if err := e.turn(ctx, Turn{0, contributors}, streams); err != nil {
			return fmt.Errorf("round %d: %w", rounds+1, err)
		}
		if _, err := process.Call[Closed](ctx, e.aggregator, "Finish", Closing{Acks: e.acks, Certify: true}); err != nil {
			return fmt.Errorf("round %d: %w", rounds+1, err)
		}
		rounds++
		m, err := process.Call[measure.Memory](ctx, e.aggregator, "Held", struct{}{})
		if err != nil {
			return err
		}
		curve = append(curve, sample{measure.Significant(time.Since(begun).Seconds()), rounds, m.Resident})
		b.progress.Transient("  %s: round %d, %d MB", time.Since(begun).Round(time.Second), rounds, m.Resident>>20)
	}
	enc, err := load.scheme()
	if err != nil {
		return err
	}
	r := &row{Row: partSoak, Engine: load.Engine, Set: enc.Set().String(), Params: load.Parameters, KMax: load.KMax, CiphertextBytes: enc.CiphertextBytes(load.Parameters), Uploads: rounds * contributors,
		Streams: streams, Rounds: rounds, Wall: measure.Significant(time.Since(begun).Seconds()), Memory: curve}
	r.Thirds = thirds(curve)
	return b.add(r)
}

// A sample is what an aggregator's process held after a round.
type sample struct {
	Seconds  float64 `json:"s"`
	Round    int     `json:"round"`
	Resident int64   `json:"resident_bytes"`
}

// thirds returns the mean memory in each third of the time.
func thirds(curve []sample) (means [3]int64) {
	if len(curve) == 0 {
		return means
	}
	whole := curve[len(curve)-1].Seconds
	var sums, counts [3]int64
	for _, s := range curve {
		i := min(2, int(3*s.Seconds/whole))
		sums[i], counts[i] = sums[i]+s.Resident, counts[i]+1
	}
	for i := range means {
		if counts[i] > 0 {
			means[i] = sums[i] / counts[i]
		}
	}
	return means
}
