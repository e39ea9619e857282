package audit

import "sotto/round"

// VerifyWithout is [Verify] but for some checks, to show what they keep from passing.
func VerifyWithout(ref Reference, t *round.Transcript, base []byte, previous round.Rewards, without ...Check) (*Outcome, error) {
	return verify(ref, t, base, previous, without)
}

// FinishWithout is [Finish] as somebody would run it who wants to get past everybody but the given checks.
func FinishWithout(in Input, without ...Check) (*Outcome, error) { return finish(in, without) }
