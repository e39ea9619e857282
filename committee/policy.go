package committee

import (
	"fmt"
	"slices"
	"time"

	"sotto/crypto/kahe"
	"sotto/round"
)

// Policy is what a member accepts of a round, beyond what the protocol demands. A zero field takes the value of [DefaultPolicy].
type Policy struct {
	Sets       []kahe.Set    // parameter sets
	GMin       uint32        // fewest contributors of a released node
	Cohort     uint32        // fewest contributors of a round
	KMax       uint32        // most contributors of a node
	Parameters uint64        // largest model
	RoundTime  time.Duration // longest time until the deadline
	Aborts     uint32        // rounds skipped in a row before a person has to look
}

// DefaultPolicy returns what a member accepts whose operator has chosen nothing.
func DefaultPolicy() Policy {
	return Policy{
		Sets: []kahe.Set{kahe.A45, kahe.B90, kahe.C180}, GMin: 4, Cohort: 4, KMax: round.MaxNodeContributors,
		Parameters: round.MaxParameters, RoundTime: round.MaxRoundTime, Aborts: round.DefaultAborts,
	}
}

func (p Policy) withDefaults() Policy {
	d := DefaultPolicy()
	if p.Sets == nil {
		p.Sets = d.Sets
	}
	p.GMin = orDefault(p.GMin, d.GMin)
	p.Cohort = orDefault(p.Cohort, d.Cohort)
	p.KMax = orDefault(p.KMax, d.KMax)
	p.Parameters = orDefault(p.Parameters, d.Parameters)
	p.RoundTime = orDefault(p.RoundTime, d.RoundTime)
	p.Aborts = orDefault(p.Aborts, d.Aborts)
	return p
}

func orDefault[V comparable](v, otherwise V) V {
	var zero V
	if v == zero {
		return otherwise
	}
	return v
}

// check refuses a descriptor that this member wants no part in.
func (p *Policy) check(d *round.Descriptor) error {
	switch {
	case !slices.Contains(p.Sets, kahe.Set(d.Scheme.Set)):
		return fmt.Errorf("parameter set %v, this member allows %v", kahe.Set(d.Scheme.Set), p.Sets)
	case d.GMin < p.GMin:
		return fmt.Errorf("smallest node of %d contributors, this member wants at least %d", d.GMin, p.GMin)
	case d.Cohort < p.Cohort:
		return fmt.Errorf("smallest cohort of %d contributors, this member wants at least %d", d.Cohort, p.Cohort)
	case d.KMax > p.KMax:
		return fmt.Errorf("largest node of %d contributors, this member allows %d", d.KMax, p.KMax)
	case d.Parameters > p.Parameters:
		return fmt.Errorf("model of %d parameters, this member allows %d", d.Parameters, p.Parameters)
	}
	return nil
}
