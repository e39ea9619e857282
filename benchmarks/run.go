package main

import (
	"context"
	"fmt"

	"sotto/benchmarks/measure"
	"sotto/benchmarks/peers"
	"sotto/benchmarks/process"
	"sotto/benchmarks/progress"
)

// job is one workload for some systems, whose runs are interleaved: contributor by contributor, each system makes and sends its message, in
// an order that changes; then each opens its sum, again and again.
type job struct {
	part     string
	workload peers.Workload
	systems  []entrant
	openings int  // how often each sum is opened
	audit    bool // Sotto's round is audited, too
}

// entrant is a system in a job, Sotto with one parameter set.
type entrant struct {
	system *peers.System
	set    string
}

func (e entrant) title() string {
	if e.set != "" {
		return e.system.Title + " " + e.set
	}
	return e.system.Title
}

// lane is an entrant at work.
type lane struct {
	entrant
	workload    peers.Workload
	contributor *process.Process
	aggregator  *process.Process
	used        float64 // processor time of the aggregator when the last contribution began
	mean        []float64
	samples     samples
}

// run runs a job and returns a row for each entrant whose mean is right; a wrong one is an error.
func (j *job) run(ctx context.Context, p *progress.Progress) (rows []*row, err error) {
	what := fmt.Sprintf("%s: %s parameters, %d contributors", j.part, progress.Thousands(j.workload.Parameters), j.workload.Contributors)
	p.Line("%s", what)
	lanes := make([]*lane, 0, len(j.systems))
	defer func() {
		for _, l := range lanes {
			l.stop()
		}
	}()
	for _, e := range j.systems {
		p.Transient("  %s: starting", e.title())
		l := &lane{entrant: e, workload: j.workload}
		l.workload.Set = e.set
		lanes = append(lanes, l)
		if err := l.start(ctx); err != nil {
			return nil, fmt.Errorf("%s: %w", e.title(), err)
		}
	}
	for i := range j.workload.Contributors {
		for k := range lanes {
			l := lanes[(k+i)%len(lanes)]
			p.Transient("  contributor %d of %d: %s", i+1, j.workload.Contributors, l.title())
			if err := l.contribute(ctx, i); err != nil {
				return nil, fmt.Errorf("%s, contributor %d: %w", l.title(), i+1, err)
			}
		}
	}
	for _, l := range lanes {
		if err := l.lastContribution(ctx); err != nil {
			return nil, fmt.Errorf("%s: %w", l.title(), err)
		}
	}
	for n := range max(1, j.openings) {
		for k := range lanes {
			l := lanes[(k+n)%len(lanes)]
			p.Transient("  opening %d of %d: %s", n+1, max(1, j.openings), l.title())
			if err := l.open(ctx); err != nil {
				return nil, fmt.Errorf("%s: %w", l.title(), err)
			}
		}
	}
	if j.audit {
		for _, l := range lanes {
			if l.system.Name != "sotto" {
				continue
			}
			p.Transient("  audit: %s", l.title())
			a, err := process.Call[peers.Audit](ctx, l.aggregator, "Audit", struct{}{})
			if err != nil {
				return nil, fmt.Errorf("%s: %w", l.title(), err)
			}
			l.samples.audit = &a
		}
	}
	p.Transient("  checking the means")
	exact := j.workload.Mean()
	for _, l := range lanes {
		r, err := l.row(j, exact)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", l.title(), err)
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// start starts both sides, up to where contributions are taken.
func (l *lane) start(ctx context.Context) (err error) {
	if l.contributor, err = process.Start(ctx); err != nil {
		return err
	}
	if l.aggregator, err = process.Start(ctx); err != nil {
		return err
	}
	b := Begin{System: l.system.Name, Workload: l.workload}
	if b.Accounts, err = process.Call[[]byte](ctx, l.contributor, "Contribute", b); err != nil {
		return err
	}
	inv, err := process.Call[peers.Invitation](ctx, l.aggregator, "Aggregate", b)
	if err != nil {
		return err
	}
	if _, err := process.Call[struct{}](ctx, l.contributor, "Join", inv); err != nil {
		return err
	}
	warm, err := process.Call[Made](ctx, l.contributor, "Warm", 0)
	l.samples.peak = warm.Peak
	return err
}

func (l *lane) stop() {
	for _, p := range []*process.Process{l.contributor, l.aggregator} {
		if p != nil {
			p.Stop()
		}
	}
}

// contribute lets contributor i make and send its message. What the aggregator uses from here on until the next contribution begins is
// this one's, so that what is left to do after the answer counts.
func (l *lane) contribute(ctx context.Context, i int) error {
	made, err := process.Call[Made](ctx, l.contributor, "Make", i)
	if err != nil {
		return err
	}
	if err := l.account(ctx, i > 0); err != nil {
		return err
	}
	sent, err := process.Call[measure.Cost](ctx, l.contributor, "Send", struct{}{})
	if err != nil {
		return err
	}
	s := &l.samples
	s.bytes = made.Bytes
	s.clientCPU, s.clientWall = append(s.clientCPU, made.Cost.CPU), append(s.clientWall, made.Cost.Wall)
	s.sendCPU, s.sendWall = append(s.sendCPU, sent.CPU), append(s.sendWall, sent.Wall)
	return nil
}

// account looks at what the aggregator has used. counts says that it is a contribution's.
func (l *lane) account(ctx context.Context, counts bool) error {
	used, err := process.Call[float64](ctx, l.aggregator, "CPU", struct{}{})
	if err != nil {
		return err
	}
	if counts {
		l.samples.serverCPU = append(l.samples.serverCPU, used-l.used)
	}
	l.used = used
	return nil
}

func (l *lane) lastContribution(ctx context.Context) error { return l.account(ctx, true) }

func (l *lane) open(ctx context.Context) error {
	o, err := process.Call[peers.Opening](ctx, l.aggregator, "Open", struct{}{})
	if err != nil {
		return err
	}
	s := &l.samples
	s.openCPU, s.openWall, s.check = append(s.openCPU, o.Cost.CPU), append(s.openWall, o.Cost.Wall), append(s.check, o.Check)
	s.members, l.mean = o.Members, o.Mean
	return nil
}

// row returns what was measured, if the mean is right.
func (l *lane) row(j *job, exact []float64) (*row, error) {
	d, err := checkMean(l.system, l.workload, l.mean, exact)
	if err != nil {
		return nil, err
	}
	return newRow(j, l.system, l.workload, &l.samples, d)
}

// checkMean refuses a mean that is not the vectors'.
func checkMean(s *peers.System, w peers.Workload, got, exact []float64) (deviation, error) {
	if len(got) != len(exact) {
		return deviation{}, fmt.Errorf("mean of %d parameters, want %d", len(got), len(exact))
	}
	d := deviationOf(got, exact)
	most, usual := s.Allowed(w)
	if !(d.max <= most) {
		return d, fmt.Errorf("the mean is wrong by %.3g at one parameter or more, up to %.3g is rounding", d.max, most)
	}
	// Over a thousand parameters the mean of the squares is known well enough to see a small error in many of them.
	if w.Parameters >= 1000 && !(d.rms <= usual) {
		return d, fmt.Errorf("the mean is off by %.3g in the root mean square, up to %.3g is rounding", d.rms, usual)
	}
	return d, nil
}
