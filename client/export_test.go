package client

import (
	"time"

	"github.com/ethereum/go-ethereum/common"

	"sotto/round"
)

// RoundCheck is what the checks of an open round look at.
type RoundCheck struct {
	Pins    Pins
	Policy  Policy
	Address common.Address
	Now     time.Time

	Open       round.SignedDescriptor
	Keys       round.KeyList
	Head       round.Head
	Committee  round.Committee
	Registered []common.Address
	Deposits   round.Amount
	Awarded    round.Amount
}

// Run makes all checks but those named.
func (c RoundCheck) Run(except ...string) error {
	r := &roundCheck{c.Pins, c.Policy, c.Address, c.Now, &c.Open, c.Keys, c.Head, c.Committee, c.Registered, c.Deposits, c.Awarded}
	return r.run(except...)
}

// CheckNames lists the checks in the order in which they are made.
func CheckNames() (names []string) {
	for _, c := range checks {
		names = append(names, c.name)
	}
	return names
}

// MayContribute asks the journal.
func (j *Journal) MayContribute(d *round.Descriptor, who common.Address, lastCertified uint64) error {
	return j.mayContribute(d, who, lastCertified)
}

// Note writes down that a contribution leaves the machine.
func (j *Journal) Note(d *round.Descriptor, who common.Address) error {
	return j.add(entryFor(d, who, time.Unix(0, 0), false))
}

// Entries is the number of contributions that the journal knows.
func (j *Journal) Entries() int { return len(j.entries) }
