package committee

import (
	"errors"
	"fmt"
	"time"
)

// Refused is a member's refusal to act on a record. It is no failure of the member: the next record may be fine.
type Refused struct {
	Round uint64    // 0 in what is about committees
	What  string    // what would have been signed, taken or released
	Rule  string    // the name of the rule that is broken, as in docs/protocol.md; fit for logs
	Err   error     // the value seen and the value wanted
	Again time.Time // when the same record may pass, zero if never
}

func (r *Refused) Error() string { return fmt.Sprintf("%s refused: %s: %v", r.What, r.Rule, r.Err) }

// Unwrap returns the reason.
func (r *Refused) Unwrap() error { return r.Err }

var (
	// ErrOver says that a round is certified, or was skipped in favour of a later one. It is what reading an old board again gives.
	ErrOver = errors.New("round is over")

	// ErrJournalLost says that this member has said things that its journal does not know: the journal is gone, or older than that. The
	// member signs nothing until the next epoch.
	ErrJournalLost = errors.New("journal is lost or older than what this member has said")

	// ErrNoShare says that the member's keys for the epoch in office are gone. It signs nothing until the next epoch.
	ErrNoShare = errors.New("member has no key share for this epoch")
)

// notYet is the reason of a refusal that time heals.
type notYet struct {
	error
	at time.Time
}

func (e notYet) Unwrap() error { return e.error }

// check is one rule about a subject. Its name is what refusals, docs/protocol.md and tests call it.
type check[S any] struct {
	name string
	fail func(S) error
}

// pass returns the refusal of the first rule that s breaks.
func pass[S any](m *Member, what string, number uint64, checks []check[S], s S) error {
	for _, c := range checks {
		if m.without[what+": "+c.name] {
			continue
		}
		if err := c.fail(s); err != nil {
			return refuse(what, number, c.name, err)
		}
	}
	return nil
}

func refuse(what string, number uint64, rule string, err error) error {
	r := &Refused{Round: number, What: what, Rule: rule, Err: err}
	var later notYet
	if errors.As(err, &later) {
		r.Again = later.at
	}
	return r
}
