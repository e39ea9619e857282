package aggregator

import (
	"context"
	"log/slog"

	"sotto/aggregator/engine"
	"sotto/audit"
	"sotto/crypto/tbls"
	"sotto/round"
)

// Event is something that happened: one of the types below.
type Event interface {
	// describe returns the event as a line of a log.
	describe() (slog.Level, string, []slog.Attr)
}

type (
	// CommitteeInstalled says that a committee is in office.
	CommitteeInstalled struct {
		Epoch   uint64
		Members int
		Gas     uint64 // 0 if it was installed before, or by somebody else
	}
	// WaitingForContributors says that no round is proposed since too few are registered.
	WaitingForContributors struct{ Registered, Want int }
	// WaitingForSponsor says that no round is proposed since its pool does not hold what the round pays out.
	WaitingForSponsor struct {
		Pool           uint64
		Deposits, Owed round.Amount // what was ever paid in, and what the pool would have awarded after the round
	}
	// RoundProposed says that a descriptor is with the committee.
	RoundProposed struct{ Descriptor round.Descriptor }
	// RoundOpened says that contributions are taken.
	RoundOpened struct{ Opening round.SignedDescriptor }
	// RoundClosed says that the manifest is signed.
	RoundClosed struct{ Closing round.SignedManifest }
	// RoundFinished says what became of the round's nodes.
	RoundFinished struct {
		Round   uint64
		Outcome *audit.Outcome
	}
	// RoundCertified says that the certificate is on chain.
	RoundCertified struct {
		Certificate round.Certificate
		Signature   tbls.Signature
		Gas         uint64 // 0 if somebody else has sent it
	}
	// RoundSkipped says that a round was given up.
	RoundSkipped struct {
		Round  uint64
		Reason string
	}
	// Committed says that contributions were committed to the engine together.
	Committed struct{ Commit engine.Committed }
	// Refused says that an upload, or a post of some kind, was refused.
	Refused struct {
		Reason round.Reason
		Kind   round.Kind // 0 for an upload
	}
	// Equivocated says that a member has signed two different statements where it may sign one. They are kept.
	Equivocated struct{ Evidence *Equivocation }
	// Trouble says that something did not work and is tried again.
	Trouble struct{ Err error }
)

// LogTo returns an observer that writes events to a log, without addresses and digests of contributors.
func LogTo(logger *slog.Logger) func(Event) {
	return func(e Event) {
		level, message, attributes := e.describe()
		logger.LogAttrs(context.Background(), level, message, attributes...)
	}
}

func (e CommitteeInstalled) describe() (slog.Level, string, []slog.Attr) {
	return slog.LevelInfo, "committee is in office", []slog.Attr{slog.Uint64("epoch", e.Epoch), slog.Int("members", e.Members)}
}

func (e WaitingForSponsor) describe() (slog.Level, string, []slog.Attr) {
	return slog.LevelWarn, "waiting for a sponsor: the pool does not hold what the next round pays out",
		[]slog.Attr{slog.Uint64("pool", e.Pool), slog.String("deposits", e.Deposits.Tokens()), slog.String("want", e.Owed.Tokens())}
}

func (e WaitingForContributors) describe() (slog.Level, string, []slog.Attr) {
	return slog.LevelInfo, "waiting for contributors to register", []slog.Attr{slog.Int("registered", e.Registered), slog.Int("want", e.Want)}
}

func (e RoundProposed) describe() (slog.Level, string, []slog.Attr) {
	return slog.LevelInfo, "round is proposed", []slog.Attr{slog.Uint64("round", e.Descriptor.Round), slog.Time("deadline", e.Descriptor.DeadlineTime())}
}

func (e RoundOpened) describe() (slog.Level, string, []slog.Attr) {
	return slog.LevelInfo, "round is open", []slog.Attr{slog.Uint64("round", e.Opening.Descriptor.Round)}
}

func (e RoundClosed) describe() (slog.Level, string, []slog.Attr) {
	m := &e.Closing.Manifest
	return slog.LevelInfo, "round is closed", []slog.Attr{slog.Uint64("round", m.Round), slog.Int("contributors", len(m.Entries)),
		slog.Int("nodes", len(m.Released)), slog.Int("leaves dropped", len(m.Dropped))}
}

func (e RoundFinished) describe() (slog.Level, string, []slog.Attr) {
	level, attributes := slog.LevelInfo, []slog.Attr{slog.Uint64("round", e.Round)}
	for _, n := range e.Outcome.Nodes {
		if !n.Opened {
			level, attributes = slog.LevelWarn, append(attributes, slog.String("failed", n.Node.String()), slog.Any("reason", n.Err))
		}
		if len(n.Disagreeing) > 0 {
			level, attributes = slog.LevelWarn, append(attributes, slog.String("disagreement", n.Node.String()), slog.Any("members", n.Disagreeing))
		}
	}
	return level, "round is finished", attributes
}

func (e RoundCertified) describe() (slog.Level, string, []slog.Attr) {
	c := &e.Certificate
	return slog.LevelInfo, "round is certified", []slog.Attr{slog.Uint64("round", c.Round), slog.Uint64("contributors", uint64(c.Contributors)),
		slog.Uint64("nodes", uint64(c.NodesOpened)), slog.Uint64("dropped", uint64(c.NodesDropped)), slog.Uint64("gas", e.Gas)}
}

func (e RoundSkipped) describe() (slog.Level, string, []slog.Attr) {
	return slog.LevelWarn, "round is skipped", []slog.Attr{slog.Uint64("round", e.Round), slog.String("reason", e.Reason)}
}

func (e Committed) describe() (slog.Level, string, []slog.Attr) {
	c := &e.Commit
	return slog.LevelDebug, "contributions are committed", []slog.Attr{slog.Int("contributions", c.Items), slog.Int64("bytes", c.Bytes+c.SideBytes),
		slog.Duration("waited", c.Waited), slog.Duration("writing", c.Writing), slog.Duration("appending", c.Appending)}
}

func (e Refused) describe() (slog.Level, string, []slog.Attr) {
	what := "upload"
	if e.Kind != 0 {
		what = kindName(e.Kind)
	}
	return slog.LevelDebug, "refused", []slog.Attr{slog.String("what", what), slog.String("reason", string(e.Reason))}
}

func (e Equivocated) describe() (slog.Level, string, []slog.Attr) {
	return slog.LevelWarn, "member has signed two different statements", []slog.Attr{slog.Uint64("member", uint64(e.Evidence.Member)),
		slog.String("kind", kindName(e.Evidence.Kind)), slog.Uint64("round", e.Evidence.Round)}
}

func (e Trouble) describe() (slog.Level, string, []slog.Attr) {
	return slog.LevelError, "trying again", []slog.Attr{slog.Any("error", e.Err)}
}
