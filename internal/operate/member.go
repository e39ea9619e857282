package operate

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sotto/committee"
)

// Member watches a committee member.
type Member struct {
	registry *prometheus.Registry
	disk     *disk

	refusals *prometheus.CounterVec
	syncs    prometheus.Histogram
	failures prometheus.Counter

	mu     sync.Mutex
	broken bool // the newest write to the journal failed
}

// NewMember returns a watcher of a member that keeps its files in dir.
func NewMember(registry *prometheus.Registry, dir string) *Member {
	m := &Member{registry: registry, disk: newDisk(dir),
		refusals: counters("sotto_member_refusals_total", "Refusals to act on what the board shows, by what would have been done and by the rule of docs/protocol.md that is broken.", "what", "rule"),
		syncs:    histogram("sotto_member_journal_sync_seconds", "Seconds that it took to bring a journal entry to disk.", .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10),
		failures: counter("sotto_member_journal_failures_total", "Journal entries that could not be brought to disk, after which the member stops."),
	}
	registry.MustRegister(m.refusals, m.syncs, m.failures, m.disk)
	// There from the start, so that the first one shows as an increase.
	m.refusals.WithLabelValues("manifest", "no receipt missing")
	return m
}

// Refused takes a refusal; it is for [committee.Config].
func (m *Member) Refused(r *committee.Refused) { m.refusals.WithLabelValues(r.What, r.Rule).Inc() }

// Synced takes what became of a write to the journal; it is for [committee.Directory.WatchJournal].
func (m *Member) Synced(took time.Duration, err error) {
	m.mu.Lock()
	m.broken = err != nil
	m.mu.Unlock()
	if err != nil {
		m.failures.Inc()
		return
	}
	m.syncs.Observe(took.Seconds())
}

func (m *Member) journal() Check {
	return Check{"journal", func() (string, error) {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.broken {
			return "", errors.New("the journal cannot be written")
		}
		return "no write has failed", nil
	}}
}

// MemberRole is what the watcher asks for numbers.
type MemberRole interface{ Status() committee.Status }

// Health adds the numbers of a running member, and returns whether it is ready.
func (m *Member) Health(role MemberRole, board *Board, chain *Chain) *Health {
	type status = committee.Status
	m.registry.MustRegister(&gauges[status]{read: role.Status, rows: []row[status]{
		gauge("sotto_member_epoch", "Epoch of the committee in office, 0 before the first.", func(s status) float64 { return float64(s.Epoch) }),
		gauge("sotto_member_number", "This member's number in the committee in office, 0 if it is not in it.", func(s status) float64 { return float64(s.Member) }),
		gauge("sotto_member_signs", "Whether this member signs in the epoch in office (1), or does not (0): it is not in the committee, or its keys or journal are lost.", func(s status) float64 { return number(s.Member > 0 && s.Mute == nil) }),
		gauge("sotto_member_generating_epoch", "Epoch that a key generation is under way for, 0 if none is.", func(s status) float64 { return float64(s.Generating) }),
		gauge("sotto_member_round", "Number of the round that this member takes part in, 0 if none.", func(s status) float64 { return float64(s.Round) }),
		gauge("sotto_member_round_closed", "Whether the manifest of that round is signed (1) or not (0).", func(s status) float64 { return number(s.Closed) }),
		gauge("sotto_member_envelopes", "Sealed key shares that this member holds of that round.", func(s status) float64 { return float64(s.Envelopes) }),
		gauge("sotto_member_board_record", "Number of the newest record of the board that this member has handled.", func(s status) float64 { return float64(s.Sequence) }),
	}})
	return NewHealth(func() { role.Status() }, board.Check(), chain.Check(), m.journal(), signing(role), m.disk.check())
}

// signing is whether a member that is in office can do its part.
func signing(role MemberRole) Check {
	return Check{"committee", func() (string, error) {
		switch s := role.Status(); {
		case s.Mute != nil:
			return "", fmt.Errorf("member %d signs nothing: %v", s.Member, s.Mute)
		case s.Member > 0:
			return fmt.Sprintf("in office as member %d in epoch %d", s.Member, s.Epoch), nil
		case s.Generating > 0:
			return fmt.Sprintf("making the key of epoch %d with the others", s.Generating), nil
		}
		return "not in the committee, waiting to be nominated", nil
	}}
}
