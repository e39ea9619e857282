package round_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"sotto/round"
)

func TestRetryAfter(t *testing.T) {
	for hint, want := range map[string]time.Duration{
		"try again in 2 s": 2 * time.Second, "the disk is full: try again in 60 s or later": time.Minute, "try again in 0 s": 0,
		"": 0, "try again": 0, "try again in s": 0, "try again in 2 sacks": 0, "try again in -2 s": 0, "try again in 99999 s": 0, "retry again in 9999 s": 0,
		"try again in 9999 s": 9999 * time.Second,
	} {
		if got := round.RetryAfter(fmt.Errorf("wrapped: %w", round.Refuse(round.ReasonBusy, "try again in 7 s", hint))); got != want {
			t.Errorf("hint %q: %s, want %s", hint, got, want)
		}
	}
	if got := round.RetryAfter(errors.New("try again in 2 s")); got != 0 {
		t.Errorf("no refusal: %s, want 0", got)
	}
}
