package operate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"sotto/aggregator"
	"sotto/aggregator/engine"
	"sotto/audit"
	"sotto/committee"
	"sotto/round"
)

// gather returns all samples of collectors by name and labels: name{label="value"} is the key; of histograms, name_count and name_sum.
func gather(t *testing.T, collectors ...prometheus.Collector) map[string]float64 {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors...)
	return samples(t, registry)
}

func samples(t *testing.T, registry *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, fmt.Sprintf("%s=%q", l.GetName(), l.GetValue()))
			}
			name := f.GetName()
			if len(labels) > 0 {
				name += "{" + strings.Join(labels, ",") + "}"
			}
			switch {
			case m.GetCounter() != nil:
				found[name] = m.GetCounter().GetValue()
			case m.GetGauge() != nil:
				found[name] = m.GetGauge().GetValue()
			case m.GetHistogram() != nil:
				found[name+"_count"], found[name+"_sum"] = float64(m.GetHistogram().GetSampleCount()), m.GetHistogram().GetSampleSum()
			default:
				t.Fatalf("%s is of an unknown type", name)
			}
		}
	}
	return found
}

// role is an aggregator and a member with numbers that tests choose.
type role struct {
	measures aggregator.Measures
	log      error
	status   committee.Status
}

func (r *role) Measures() aggregator.Measures  { return r.measures }
func (r *role) CheckLog(context.Context) error { return r.log }
func (r *role) Followers() (now, most int)     { return 5, 64 }
func (r *role) Status() committee.Status       { return r.status }

// daemons are the two registries as the daemons fill them, with every metric there once.
func daemons(t *testing.T) (a *Aggregator, ofAggregator *Health, m *Member, ofMember *Health, r *role, all []*prometheus.Registry) {
	t.Helper()
	r = &role{}
	first, second := prometheus.NewRegistry(), prometheus.NewRegistry()
	a, m = NewAggregator(first, t.TempDir()), NewMember(second, t.TempDir())
	ofAggregator = a.Health(r, r, NewChain(first, &fakeChain{}, time.Minute))
	ofMember = m.Health(r, NewBoard(second, &fakeConn{}, time.Minute), NewChain(second, &fakeChain{}, time.Minute))
	first.MustRegister(ofAggregator)
	second.MustRegister(ofMember)
	return a, ofAggregator, m, ofMember, r, []*prometheus.Registry{first, second}
}

// labels that metrics may have, with what they name. Anything that names a person, a machine or bytes is not among them.
var labels = []string{"check", "operation", "part", "reason", "kind", "for", "phase", "call", "result", "what", "rule"}

// Every metric has a name by the usual rules, a unit, a description, and labels from the list.
func TestMetricsAreWellFormed(t *testing.T) {
	for name, d := range described(t) {
		if !strings.HasPrefix(name, "sotto_") || len(d.help) < 20 || !strings.HasSuffix(d.help, ".") {
			t.Errorf("%s: %q", name, d.help)
		}
		for _, l := range d.labels {
			if !slices.Contains(labels, l) {
				t.Errorf("%s has label %s, want one of %v", name, l, labels)
			}
		}
		for _, unit := range []string{"bytes", "seconds"} {
			if strings.Contains(strings.ToLower(d.help), unit) && !strings.HasSuffix(strings.TrimSuffix(name, "_total"), unit) {
				t.Errorf("%s does not end in its unit: %q", name, d.help)
			}
		}
	}
	_, _, _, _, _, all := daemons(t)
	for _, registry := range all {
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		problems, err := promlint.NewWithMetricFamilies(families).Lint()
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range problems {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

// desc is a metric as it is declared.
type desc struct {
	help   string
	labels []string
}

// described returns everything that the daemons declare of this package's metrics, also of those that have no value yet.
func described(t *testing.T) map[string]desc {
	t.Helper()
	_, _, _, _, _, all := daemons(t)
	found := map[string]desc{}
	for _, registry := range all {
		described := make(chan *prometheus.Desc)
		go func() {
			registry.Describe(described)
			close(described)
		}()
		for d := range described {
			var name, help, of string
			s := d.String() // Desc{fqName: "…", help: "…", constLabels: {}, variableLabels: {a,b}}
			if _, err := fmt.Sscanf(s, "Desc{fqName: %q, help: %q,", &name, &help); err != nil {
				t.Fatalf("%s: %v", s, err)
			}
			if i := strings.Index(s, "variableLabels: {"); i >= 0 {
				of = strings.Trim(s[i+len("variableLabels: {"):], "}")
			}
			e := desc{help: help}
			if of != "" {
				e.labels = strings.Split(of, ",")
			}
			found[name] = e
		}
	}
	if len(found) < 50 {
		t.Fatalf("%d metrics, want more", len(found))
	}
	return found
}

// What an aggregator tells moves the numbers that it should, and no others.
func TestAggregatorEvents(t *testing.T) {
	descriptor := round.Descriptor{Round: 3}
	opened, failed := audit.NodeOutcome{Opened: true}, audit.NodeOutcome{Disagreeing: []int{2, 3}}
	for _, c := range []struct {
		event aggregator.Event
		want  map[string]float64
	}{
		{aggregator.Uploaded{Bytes: 100, Receipt: true, Whole: true, Took: 3 * time.Second}, map[string]float64{"sotto_aggregator_uploads_accepted_total": 1,
			"sotto_aggregator_upload_received_bytes_total": 100, "sotto_aggregator_upload_commit_seconds_count": 1, "sotto_aggregator_upload_commit_seconds_sum": 3}},
		{aggregator.Uploaded{Bytes: 7, Receipt: true}, map[string]float64{"sotto_aggregator_uploads_repeated_total": 1, "sotto_aggregator_upload_received_bytes_total": 7}},
		{aggregator.Uploaded{Bytes: 7, Whole: true, Took: time.Second}, map[string]float64{"sotto_aggregator_upload_received_bytes_total": 7}},
		{aggregator.Uploaded{Bytes: 7, Failed: true}, map[string]float64{"sotto_aggregator_uploads_failed_total": 1, "sotto_aggregator_upload_received_bytes_total": 7}},
		{aggregator.Refused{Reason: round.ReasonBusy}, map[string]float64{`sotto_aggregator_uploads_refused_total{reason="BUSY"}`: 1}},
		{aggregator.Refused{Reason: round.ReasonDuplicate, Kind: round.KindRelease}, map[string]float64{`sotto_aggregator_posts_refused_total{kind="release",reason="DUPLICATE"}`: 1}},
		{aggregator.Refused{Reason: round.ReasonMalformed, Kind: 99}, map[string]float64{`sotto_aggregator_posts_refused_total{kind="other",reason="MALFORMED"}`: 1}},
		{aggregator.Posted{Kind: round.KindHello}, map[string]float64{`sotto_aggregator_posts_accepted_total{kind="hello"}`: 1}},
		{aggregator.Equivocated{Evidence: &aggregator.Equivocation{Kind: round.KindRelease}}, map[string]float64{`sotto_aggregator_equivocations_total{kind="release"}`: 1}},
		{aggregator.WaitingForContributors{Registered: 1, Want: 3}, map[string]float64{`sotto_aggregator_waiting{for="contributors"}`: 1}},
		{aggregator.WaitingForSponsor{}, map[string]float64{`sotto_aggregator_waiting{for="sponsor"}`: 1}},
		{aggregator.RoundClosed{Closing: round.SignedManifest{Manifest: round.Manifest{Dropped: []uint16{1, 2}}}}, map[string]float64{"sotto_aggregator_leaves_dropped_total": 2}},
		{aggregator.RoundFinished{Outcome: &audit.Outcome{Nodes: []audit.NodeOutcome{opened, failed, opened}}}, map[string]float64{"sotto_aggregator_nodes_opened_total": 2,
			"sotto_aggregator_nodes_failed_total": 1, "sotto_aggregator_releases_disagreeing_total": 2}},
		{aggregator.RoundCertified{}, map[string]float64{"sotto_aggregator_rounds_certified_total": 1}},
		{aggregator.RoundSkipped{}, map[string]float64{"sotto_aggregator_rounds_skipped_total": 1}},
		{aggregator.Trouble{Err: errors.New("chain is away")}, map[string]float64{"sotto_aggregator_retries_total": 1}},
		{aggregator.Committed{Commit: engine.Committed{Items: 3, Bytes: 40, SideBytes: 2, Waited: time.Second}}, map[string]float64{"sotto_aggregator_commits_total": 1,
			"sotto_aggregator_commit_contributions_total": 3, "sotto_aggregator_commit_written_bytes_total": 42, `sotto_aggregator_commit_seconds{part="wait"}_count`: 1,
			`sotto_aggregator_commit_seconds{part="wait"}_sum`: 1, `sotto_aggregator_commit_seconds{part="write"}_count`: 1, `sotto_aggregator_commit_seconds{part="append"}_count`: 1}},
		{aggregator.RoundOpened{}, nil},
		{aggregator.CommitteeInstalled{}, nil},
	} {
		registry := prometheus.NewRegistry()
		a := NewAggregator(registry, t.TempDir())
		a.disk.free = func(string) (uint64, bool) { return 0, false }
		before := samples(t, registry)
		a.Observe(c.event)
		after := samples(t, registry)
		for name, v := range after {
			if v != before[name]+c.want[name] {
				t.Errorf("%T: %s is %v, want %v", c.event, name, v, before[name]+c.want[name])
			}
		}
		for name := range c.want {
			if _, ok := after[name]; !ok {
				t.Errorf("%T: no %s", c.event, name)
			}
		}
		// A round that is proposed waits for nobody.
		a.Observe(aggregator.RoundProposed{Descriptor: descriptor})
		if s := samples(t, registry); s[`sotto_aggregator_waiting{for="contributors"}`]+s[`sotto_aggregator_waiting{for="sponsor"}`] != 0 {
			t.Error("waiting after a round was proposed")
		}
	}
}

// The numbers of an aggregator and a member at the scrape are those of the role.
func TestGauges(t *testing.T) {
	_, _, _, _, r, all := daemons(t)
	r.measures = aggregator.Measures{Phase: aggregator.PhaseReleasing, Round: 7, Deadline: time.UnixMilli(1_700_000_000_500), Registered: 9, Accepted: 8, Skipped: 2, Aborts: 3,
		Epoch: 4, Members: 10, Forming: true, Record: 1<<32 + 5, Uploads: 6, UploadBytes: 600, SumBytes: 1000, Limits: aggregator.Limits{Uploads: 11, UploadBytes: 1200, SumBytes: 1300}}
	r.status = committee.Status{Epoch: 4, Member: 3, Generating: 5, Round: 7, Closed: true, Envelopes: 8, Sequence: 99}
	got := samples(t, all[0])
	for name, want := range map[string]float64{
		"round": 7, "round_deadline_timestamp_seconds": 1_700_000_000.5, "contributors_registered": 9, "contributors_accepted": 8, "rounds_skipped_in_a_row": 2, "rounds_skipped_limit": 3,
		"epoch": 4, "committee_members": 10, "committee_forming": 1, "board_record": 1<<32 + 5, "uploads_open": 6, "uploads_limit": 11, "upload_memory_bytes": 600, "upload_memory_limit_bytes": 1200,
		"sum_memory_bytes": 1000, "sum_memory_limit_bytes": 1300, "followers": 5, "followers_limit": 64, `phase{phase="releasing"}`: 1, `phase{phase="open"}`: 0, `phase{phase="none"}`: 0,
	} {
		if v, ok := got["sotto_aggregator_"+name]; !ok || v != want {
			t.Errorf("%s is %v, want %v", name, v, want)
		}
	}
	sum := 0.0
	for name, v := range got {
		if strings.HasPrefix(name, "sotto_aggregator_phase{") {
			sum += v
		}
	}
	if sum != 1 {
		t.Errorf("%v phases at one time", sum)
	}
	got = samples(t, all[1])
	for name, want := range map[string]float64{"epoch": 4, "number": 3, "signs": 1, "generating_epoch": 5, "round": 7, "round_closed": 1, "envelopes": 8, "board_record": 99, "board_connected": 0} {
		if v, ok := got["sotto_member_"+name]; !ok || v != want {
			t.Errorf("%s is %v, want %v", name, v, want)
		}
	}
	for _, s := range []committee.Status{{Member: 3, Mute: committee.ErrJournalLost}, {Member: 0}} {
		r.status = s
		if got := samples(t, all[1]); got["sotto_member_signs"] != 0 {
			t.Errorf("%+v signs", s)
		}
	}
}

// An aggregator is ready with a committee in office or forming and a log that is its own.
func TestAggregatorReady(t *testing.T) {
	_, h, _, _, r, _ := daemons(t)
	for _, c := range []struct {
		name         string
		measures     aggregator.Measures
		log          error
		check, words string
		ready        bool
	}{
		{"nobody nominated", aggregator.Measures{}, nil, "committee", "none is nominated", false},
		{"forming", aggregator.Measures{Forming: true}, nil, "committee", "being formed", true},
		{"in office", aggregator.Measures{Epoch: 2, Members: 4, Record: 12}, nil, "log", "at record 12", true},
		{"rotation", aggregator.Measures{Epoch: 2, Members: 4, Forming: true}, nil, "committee", "4 members in office in epoch 2", true},
		{"log of somebody else", aggregator.Measures{Epoch: 2}, errors.New("log is at record 9, this aggregator has read 8"), "log", "log is at record 9", false},
	} {
		r.measures, r.log = c.measures, c.log
		state := h.Look()
		var said string
		for _, s := range state.Checks {
			if s.Name == c.check {
				said = s.Reason
				if s.OK != c.ready {
					t.Errorf("%s: check %s is %t", c.name, c.check, s.OK)
				}
			}
		}
		if state.Ready != c.ready || !strings.Contains(said, c.words) {
			t.Errorf("%s: %+v, want %q", c.name, state, c.words)
		}
	}
	var names []string
	for _, s := range h.Look().Checks {
		names = append(names, s.Name)
	}
	if want := []string{"serving", "chain", "committee", "log", "disk"}; !slices.Equal(names, want) {
		t.Errorf("checks %v, want %v", names, want)
	}
}

// A member is ready in office, waiting, or at a key generation, and not if it should sign and cannot.
func TestMemberReady(t *testing.T) {
	_, _, m, h, r, all := daemons(t)
	for _, c := range []struct {
		name, words string
		status      committee.Status
		broken      bool
		ready       bool
	}{
		{"waiting", "waiting to be nominated", committee.Status{}, false, true},
		{"forming", "making the key of epoch 1", committee.Status{Generating: 1}, false, true},
		{"in office", "as member 3 in epoch 2", committee.Status{Member: 3, Epoch: 2}, false, true},
		{"keys lost", "member 3 signs nothing: epoch 2: member has no key share", committee.Status{Member: 3, Epoch: 2, Mute: fmt.Errorf("epoch 2: %w", committee.ErrNoShare)}, false, false},
		{"disk broken", "journal cannot be written", committee.Status{Member: 3, Epoch: 2}, true, false},
	} {
		r.status = c.status
		var failure error
		if c.broken {
			failure = errors.New("input/output error on /secret/path")
		}
		m.Synced(2*time.Millisecond, failure)
		state := h.Look()
		if state.Ready != c.ready || !strings.Contains(fmt.Sprint(state), c.words) || strings.Contains(fmt.Sprint(state), "secret") {
			t.Errorf("%s: %+v, want %q", c.name, state, c.words)
		}
	}
	m.Refused(&committee.Refused{What: "manifest", Rule: "no receipt missing", Err: errors.New("0xabcdef")})
	got := samples(t, all[1])
	for name, want := range map[string]float64{`sotto_member_refusals_total{rule="no receipt missing",what="manifest"}`: 1, "sotto_member_journal_failures_total": 1, "sotto_member_journal_sync_seconds_count": 4} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	var text bytes.Buffer
	fmt.Fprint(&text, got)
	if strings.Contains(text.String(), "0xabcdef") {
		t.Error("metrics hold what was refused")
	}
}
