package operate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sotto/aggregator"
	"sotto/aggregator/engine"
	"sotto/round"
)

// Aggregator watches an aggregator.
type Aggregator struct {
	registry *prometheus.Registry
	disk     *disk

	accepted, repeated, failed prometheus.Counter
	refused                    *prometheus.CounterVec
	received                   prometheus.Counter
	commit                     prometheus.Histogram

	commits, committed, commitBytes          prometheus.Counter
	commitWaits, engine                      *prometheus.HistogramVec
	engineRepeats, engineBytes, engineErrors *prometheus.CounterVec

	posts, postsRefused, equivocations *prometheus.CounterVec

	certified, skipped                            prometheus.Counter
	nodesOpened, nodesFailed, leaves, disagreeing prometheus.Counter
	waiting                                       *prometheus.GaugeVec
	retries                                       prometheus.Counter
}

// What an aggregator waits for without being at fault.
const (
	forContributors = "contributors"
	forSponsor      = "sponsor"
)

// NewAggregator returns a watcher of an aggregator that keeps its files in dir.
func NewAggregator(registry *prometheus.Registry, dir string) *Aggregator {
	a := &Aggregator{registry: registry, disk: newDisk(dir),
		accepted: counter("sotto_aggregator_uploads_accepted_total", "Uploads that were received whole and have their receipt. Two at one time of one contributor both count here, its contribution counts once."),
		repeated: counter("sotto_aggregator_uploads_repeated_total", "Uploads that were answered with the receipt of an earlier one before their ciphertext was received."),
		refused:  counters("sotto_aggregator_uploads_refused_total", "Uploads that were refused, by reason.", "reason"),
		failed:   counter("sotto_aggregator_uploads_failed_total", "Uploads that failed through an error of the aggregator's own."),
		received: counter("sotto_aggregator_upload_received_bytes_total", "Bytes of contributions that were received, whatever became of them."),
		commit: histogram("sotto_aggregator_upload_commit_seconds", "Seconds from the last byte of an upload to its receipt.",
			.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60),
		commits:     counter("sotto_aggregator_commits_total", "Commits of contributions to the engine."),
		committed:   counter("sotto_aggregator_commit_contributions_total", "Contributions that were committed to the engine."),
		commitBytes: counter("sotto_aggregator_commit_written_bytes_total", "Bytes of sums and envelopes that were written to the engine by commits."),
		commitWaits: histograms("sotto_aggregator_commit_seconds", "Seconds that commits took, by part: of the longest wait of a contribution in them, of writing sums and envelopes, of appending the record.", "part",
			.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60),
		engine: histograms("sotto_aggregator_engine_seconds", "Seconds from a call of the engine to its answer, all attempts included, by operation.", "operation",
			.00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60),
		engineRepeats: counters("sotto_aggregator_engine_repeats_total", "Attempts of calls of the engine beyond the first, after time-outs, elections and refusals, by operation.", "operation"),
		engineBytes:   counters("sotto_aggregator_engine_bytes_total", "Bytes of records and segments that went to the engine or came from it, by operation.", "operation"),
		engineErrors:  counters("sotto_aggregator_engine_errors_total", "Calls of the engine that failed for good, by operation. Conflicts between replicas are none.", "operation"),
		posts:         counters("sotto_aggregator_posts_accepted_total", "Posts of members that stand on the board, repeats included, by kind.", "kind"),
		postsRefused:  counters("sotto_aggregator_posts_refused_total", "Posts that were refused, by kind and reason.", "kind", "reason"),
		equivocations: counters("sotto_aggregator_equivocations_total", "Second, different statements that members have signed, by kind. The evidence is in the data directory.", "kind"),
		certified:     counter("sotto_aggregator_rounds_certified_total", "Rounds whose certificate came on chain."),
		skipped:       counter("sotto_aggregator_rounds_skipped_total", "Rounds that were given up."),
		nodesOpened:   counter("sotto_aggregator_nodes_opened_total", "Nodes whose sum was opened."),
		nodesFailed:   counter("sotto_aggregator_nodes_failed_total", "Nodes whose sum could not be opened, or did not pass the residual-noise check."),
		leaves:        counter("sotto_aggregator_leaves_dropped_total", "Leaves that the merging rule left out, since they were too small."),
		disagreeing:   counter("sotto_aggregator_releases_disagreeing_total", "Releases that do not lie on the polynomial of the others: a hint at a faulty member, no evidence."),
		waiting:       prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "sotto_aggregator_waiting", Help: "Whether no round is proposed (1) for want of contributors or of a sponsor's deposit."}, []string{"for"}),
		retries:       counter("sotto_aggregator_retries_total", "Steps of the aggregator that failed and are tried again; the log says which and why."),
	}
	registry.MustRegister(a.accepted, a.repeated, a.refused, a.failed, a.received, a.commit, a.commits, a.committed, a.commitBytes,
		a.commitWaits, a.engine, a.engineRepeats, a.engineBytes, a.engineErrors, a.posts, a.postsRefused, a.equivocations,
		a.certified, a.skipped, a.nodesOpened, a.nodesFailed, a.leaves, a.disagreeing, a.waiting, a.retries, a.disk)
	// Values that are there from the start make rates right from the first event on.
	for _, reason := range uploadReasons {
		a.refused.WithLabelValues(string(reason))
	}
	for _, kind := range postKinds {
		a.posts.WithLabelValues(kind.String())
		a.equivocations.WithLabelValues(kind.String())
	}
	a.waiting.WithLabelValues(forContributors)
	a.waiting.WithLabelValues(forSponsor)
	for _, operation := range engineOperations {
		a.engine.WithLabelValues(operation)
		a.engineBytes.WithLabelValues(operation)
		a.engineErrors.WithLabelValues(operation)
	}
	return a
}

// uploadReasons are the reasons why uploads are refused.
var uploadReasons = []round.Reason{round.ReasonMalformed, round.ReasonTooLarge, round.ReasonBadSignature, round.ReasonDoesNotVerify, round.ReasonNotRegistered,
	round.ReasonWrongRound, round.ReasonWrongLeaf, round.ReasonWrongModel, round.ReasonRoundClosed, round.ReasonNoRound, round.ReasonLeafFull, round.ReasonBusy, round.ReasonCutOff}

// engineOperations are the calls of an engine ([engine.Operation]).
var engineOperations = []string{"append", "read", "put", "get", "drop"}

// ObserveEngine takes a call of the engine; it is an observer of [engine.Config].
func (a *Aggregator) ObserveEngine(o engine.Operation) {
	a.engine.WithLabelValues(o.Name).Observe(o.Duration.Seconds())
	a.engineRepeats.WithLabelValues(o.Name).Add(float64(max(o.Attempts-1, 0)))
	switch {
	case o.Err == nil:
		a.engineBytes.WithLabelValues(o.Name).Add(float64(o.Bytes))
	case !errors.Is(o.Err, engine.ErrConflict) && !errors.Is(o.Err, context.Canceled):
		a.engineErrors.WithLabelValues(o.Name).Inc()
	}
}

// Observe takes an event; it is an observer of [aggregator.Config].
func (a *Aggregator) Observe(e aggregator.Event) {
	switch e := e.(type) {
	case aggregator.Uploaded:
		a.received.Add(float64(e.Bytes))
		switch {
		case e.Receipt && e.Whole:
			a.accepted.Inc()
			a.commit.Observe(e.Took.Seconds())
		case e.Receipt:
			a.repeated.Inc()
		case e.Failed:
			a.failed.Inc()
		}
	case aggregator.Committed:
		c := &e.Commit
		a.commits.Inc()
		a.committed.Add(float64(c.Items))
		a.commitBytes.Add(float64(c.Bytes + c.SideBytes))
		a.commitWaits.WithLabelValues("wait").Observe(c.Waited.Seconds())
		a.commitWaits.WithLabelValues("write").Observe(c.Writing.Seconds())
		a.commitWaits.WithLabelValues("append").Observe(c.Appending.Seconds())
	case aggregator.Refused:
		if e.Kind == 0 {
			a.refused.WithLabelValues(string(e.Reason)).Inc()
		} else {
			a.postsRefused.WithLabelValues(kindLabel(e.Kind), string(e.Reason)).Inc()
		}
	case aggregator.Posted:
		a.posts.WithLabelValues(kindLabel(e.Kind)).Inc()
	case aggregator.Equivocated:
		a.equivocations.WithLabelValues(kindLabel(e.Evidence.Kind)).Inc()
	case aggregator.WaitingForContributors:
		a.waiting.WithLabelValues(forContributors).Set(1)
	case aggregator.WaitingForSponsor:
		a.waiting.WithLabelValues(forContributors).Set(0)
		a.waiting.WithLabelValues(forSponsor).Set(1)
	case aggregator.RoundProposed:
		a.waiting.WithLabelValues(forContributors).Set(0)
		a.waiting.WithLabelValues(forSponsor).Set(0)
	case aggregator.RoundClosed:
		a.leaves.Add(float64(len(e.Closing.Manifest.Dropped)))
	case aggregator.RoundFinished:
		for _, n := range e.Outcome.Nodes {
			if n.Opened {
				a.nodesOpened.Inc()
			} else {
				a.nodesFailed.Inc()
			}
			a.disagreeing.Add(float64(len(n.Disagreeing)))
		}
	case aggregator.RoundCertified:
		a.certified.Inc()
	case aggregator.RoundSkipped:
		a.skipped.Inc()
	case aggregator.Trouble:
		a.retries.Inc()
	}
}

// phases of a round, as values of a label.
var phases = []aggregator.Phase{aggregator.PhaseNone, aggregator.PhaseProposed, aggregator.PhaseOpen, aggregator.PhaseFrozen, aggregator.PhaseClosing,
	aggregator.PhaseReleasing, aggregator.PhaseFinished, aggregator.PhaseCertified, aggregator.PhaseSkipped}

// AggregatorRole is what the watcher asks for numbers.
type AggregatorRole interface {
	Measures() aggregator.Measures
	CheckLog(ctx context.Context) error
}

// Followed tells how many follow the board, and how many may.
type Followed interface{ Followers() (now, most int) }

// Health adds the numbers of a running aggregator and its server, and returns whether they are ready.
func (a *Aggregator) Health(role AggregatorRole, server Followed, chain *Chain) *Health {
	type measures = aggregator.Measures
	a.registry.MustRegister(&gauges[measures]{read: role.Measures, rows: []row[measures]{
		{prometheus.NewDesc("sotto_aggregator_phase", "The newest round's phase: 1 for the one that it is in, 0 for the others.", []string{"phase"}, nil), func(m measures, emit func(float64, ...string)) {
			for _, p := range phases {
				emit(number(m.Phase == p), p.String())
			}
		}},
		gauge("sotto_aggregator_round", "Number of the newest round, 0 before the first.", func(m measures) float64 { return float64(m.Round) }),
		gauge("sotto_aggregator_round_deadline_timestamp_seconds", "Unix time in seconds until which the round in progress takes contributions, 0 if none is.", func(m measures) float64 { return unix(m.Deadline) }),
		gauge("sotto_aggregator_contributors_registered", "Contributors who may take part in the round in progress.", func(m measures) float64 { return float64(m.Registered) }),
		gauge("sotto_aggregator_contributors_accepted", "Contributions in the sum of the round in progress.", func(m measures) float64 { return float64(m.Accepted) }),
		gauge("sotto_aggregator_rounds_skipped_in_a_row", "Rounds that were given up since the last certificate.", func(m measures) float64 { return float64(m.Skipped) }),
		gauge("sotto_aggregator_rounds_skipped_limit", "Rounds given up in a row, above which the aggregator stops for a person to look (--aborts).", func(m measures) float64 { return float64(m.Aborts) }),
		gauge("sotto_aggregator_epoch", "Epoch of the committee in office, 0 before the first.", func(m measures) float64 { return float64(m.Epoch) }),
		gauge("sotto_aggregator_committee_members", "Members of the committee in office.", func(m measures) float64 { return float64(m.Members) }),
		gauge("sotto_aggregator_committee_forming", "Whether the next committee is being formed (1) or not (0).", func(m measures) float64 { return number(m.Forming) }),
		gauge("sotto_aggregator_board_record", "Number of the newest record of the board.", func(m measures) float64 { return float64(m.Record) }),
		gauge("sotto_aggregator_uploads_open", "Uploads that are under way at the moment.", func(m measures) float64 { return float64(m.Uploads) }),
		gauge("sotto_aggregator_uploads_limit", "Uploads that may be under way at one time (--max-uploads).", func(m measures) float64 { return float64(m.Limits.Uploads) }),
		gauge("sotto_aggregator_upload_memory_bytes", "Bytes of memory that the uploads under way may take.", func(m measures) float64 { return float64(m.UploadBytes) }),
		gauge("sotto_aggregator_upload_memory_limit_bytes", "Bytes of memory that uploads may take together (--max-upload-memory).", func(m measures) float64 { return float64(m.Limits.UploadBytes) }),
		gauge("sotto_aggregator_upload_disk_bytes", "Bytes of disk that uploads take for which there is no memory.", func(m measures) float64 { return float64(m.ScratchBytes) }),
		gauge("sotto_aggregator_upload_disk_limit_bytes", "Bytes of disk that uploads may take together (--max-upload-disk).", func(m measures) float64 { return float64(max(m.Limits.ScratchBytes, 0)) }),
		gauge("sotto_aggregator_sum_memory_bytes", "Bytes of memory that the sums of the round in progress take once every leaf has a contribution.", func(m measures) float64 { return float64(m.SumBytes) }),
		gauge("sotto_aggregator_sum_memory_limit_bytes", "Bytes of memory that the sums of a round may take (--max-sum-memory).", func(m measures) float64 { return float64(m.Limits.SumBytes) }),
	}})
	type streams struct{ now, most int }
	a.registry.MustRegister(&gauges[streams]{read: func() streams { now, most := server.Followers(); return streams{now, most} }, rows: []row[streams]{
		gauge("sotto_aggregator_followers", "Streams that follow the board: members, and whoever watches.", func(s streams) float64 { return float64(s.now) }),
		gauge("sotto_aggregator_followers_limit", "Streams that may follow the board at one time.", func(s streams) float64 { return float64(s.most) }),
	}})
	return NewHealth(func() { role.Measures() }, chain.Check(), inOffice(role), Check{"log", func() (string, error) {
		if err := role.CheckLog(context.Background()); err != nil {
			return "", err
		}
		return fmt.Sprintf("at record %d", role.Measures().Record), nil
	}}, a.disk.check())
}

// inOffice is whether there is a committee, or one on its way.
func inOffice(role AggregatorRole) Check {
	return Check{"committee", func() (string, error) {
		switch m := role.Measures(); {
		case m.Epoch > 0:
			return fmt.Sprintf("%d members in office in epoch %d", m.Members, m.Epoch), nil
		case m.Forming:
			return "the first committee is being formed", nil
		}
		return "", errors.New("no committee, and none is nominated: sottod nominate names one")
	}}
}

// DefaultPatience is how long chain and board may be away before a daemon calls itself unready.
const DefaultPatience = 30 * time.Second
