package round

import (
	"errors"
	"regexp"
	"strconv"
	"time"
)

// Reason is the stable name of a refusal, which programs act on; the text beside it is for people.
type Reason string

// Reasons. Each says in its comment who acts on it and how.
const (
	ReasonMalformed     Reason = "MALFORMED"       // sender corrects its bytes
	ReasonTooLarge      Reason = "TOO_LARGE"       // sender sends less
	ReasonBadSignature  Reason = "BAD_SIGNATURE"   // sender signs with the right key
	ReasonDoesNotVerify Reason = "DOES_NOT_VERIFY" // sender encrypts anew; the bytes contradict each other
	ReasonNotRegistered Reason = "NOT_REGISTERED"  // contributor registers and waits for the next round
	ReasonWrongRound    Reason = "WRONG_ROUND"     // sender fetches the open round
	ReasonWrongLeaf     Reason = "WRONG_LEAF"      // sender recomputes its leaf
	ReasonWrongModel    Reason = "WRONG_MODEL"     // sender fetches the base model
	ReasonRoundClosed   Reason = "ROUND_CLOSED"    // sender fetches the open round
	ReasonNoRound       Reason = "NO_ROUND"        // sender waits for a round to open
	ReasonLeafFull      Reason = "LEAF_FULL"       // sender waits for the next round
	ReasonDuplicate     Reason = "DUPLICATE"       // sender has been heard already
	ReasonNotAMember    Reason = "NOT_A_MEMBER"    // sender is not in the committee
	ReasonBusy          Reason = "BUSY"            // sender tries again after a delay
	ReasonNotFound      Reason = "NOT_FOUND"       // what was asked for does not exist
	ReasonCutOff        Reason = "CUT_OFF"         // upload ended before it was complete; sender sends it again
)

// Refusal is an error that a party returns to another one: what is wrong with the value seen and the value wanted, and a hint what would
// be accepted. The gRPC edge turns it into a status with the stable reason; the command line prints the hint.
type Refusal struct {
	Reason Reason
	Text   string
	Hint   string
}

func (r *Refusal) Error() string { return r.Text }

func refuse(reason Reason, text, hint string) error { return &Refusal{reason, text, hint} }

// Refuse returns a refusal.
func Refuse(reason Reason, text, hint string) error { return refuse(reason, text, hint) }

// ReasonOf returns the stable reason of err, or "" if it is no refusal.
func ReasonOf(err error) Reason {
	if err == nil {
		return "" // without what errors.As allocates
	}
	var r *Refusal
	if errors.As(err, &r) {
		return r.Reason
	}
	return ""
}

// again is how the hint of a refusal says when to come back (docs/protocol.md, Refusals).
var again = regexp.MustCompile(`\btry again in ([0-9]{1,4}) s\b`)

// RetryAfter returns after what time a refused call is worth another attempt, or 0 if err does not say.
func RetryAfter(err error) time.Duration {
	var r *Refusal
	if !errors.As(err, &r) {
		return 0
	}
	found := again.FindStringSubmatch(r.Hint)
	if found == nil {
		return 0
	}
	seconds, _ := strconv.Atoi(found[1]) // at most four digits
	return time.Duration(seconds) * time.Second
}
