package chain

import "errors"

// Error is an error that comes with a word on what to do about it, for the hint line of a command.
type Error struct {
	Err  error
	Hint string
}

func (e *Error) Error() string { return e.Err.Error() }

func (e *Error) Unwrap() error { return e.Err }

func hint(err error, text string) error { return &Error{err, text} }

// HintOf returns the hint that err carries, or "".
func HintOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Hint
	}
	var r *Revert
	if errors.As(err, &r) {
		return r.Hint
	}
	return ""
}

// Sentinels, with what a caller does about each.
var (
	ErrWrongChain   = errors.New("wrong chain")                 // operator corrects network.json
	ErrNoContract   = errors.New("no contract at this address") // operator corrects network.json, or deploys again on a fresh chain
	ErrReorg        = errors.New("block is not on the chain")   // caller asks again for a block that is
	ErrNotFinalized = errors.New("round is not finalised")      // caller waits, or asks for another round
	ErrNoCommittee  = errors.New("no such committee")           // caller waits for the epoch
	ErrFunds        = errors.New("account cannot pay for this") // operator sends it ether or tokens
	ErrNotLocal     = errors.New("not a development chain")     // caller waits for finality instead of asking for it

	// What contracts refuse.
	ErrAlreadyRegistered = errors.New("already registered")   // nothing to do
	ErrNotRegistered     = errors.New("not registered")       // caller registers first
	ErrRoundNotNew       = errors.New("round is not new")     // the certificate is on chain, or the round was overtaken
	ErrWrongHead         = errors.New("wrong head")           // caller fetches the head
	ErrWrongEpoch        = errors.New("wrong epoch")          // caller fetches the committee
	ErrSignature         = errors.New("invalid signature")    // the message, chain, contract or key differs from what was signed
	ErrPoolOverdrawn     = errors.New("pool is overdrawn")    // sponsor deposits more
	ErrNotInTree         = errors.New("claim is not in tree") // caller makes the proof from the newest transcript
	ErrNothingToClaim    = errors.New("nothing to claim")     // nothing to do
	ErrTooEarly          = errors.New("too early")            // caller waits for the time in the error
)
