package kahe

import (
	"crypto/rand"
	"fmt"
	"io"
	"sync/atomic"

	"sotto/crypto/internal/keystream"
)

// A Secret is the one-time key of one contribution: a polynomial with N coefficients from CBD_128, and the randomness for its
// encryption. It is never stored; after a crash a new one is drawn. It prints as a placeholder.
type Secret struct {
	set          Set
	coefficients []int32
	randomness   *keystream.Key // see newSecret
	used         atomic.Bool
}

// NewSecret draws a secret from crypto/rand. The error says that params were not made by [NewParams].
func NewSecret(params Params) (*Secret, error) {
	if params == (Params{}) {
		return nil, errNoParams
	}
	var key [32]byte
	rand.Read(key[:])
	defer clear(key[:])
	return newSecret(params, &key), nil
}

// newSecret makes a secret of an AES key, off its key stream 0. Streams 2j + 1 and 2j + 2 are for the errors and the message roundings
// of block j, so that blocks can be encrypted in any order, and several at a time.
func newSecret(params Params, key *[32]byte) *Secret {
	s := &Secret{set: params.Set(), coefficients: make([]int32, params.N()), randomness: keystream.NewKey(key)}
	s.randomness.Samples(s.coefficients, 0)
	return s
}

// Coefficients returns the N coefficients, each within ±[SecretBound], for sharing them with the committee. They are the secret's
// own memory, not to be changed, and become zero by [Secret.Wipe]. After that Coefficients returns nil.
func (s *Secret) Coefficients() []int32 { return s.coefficients }

// Wipe erases the coefficients. The secret cannot encrypt any more.
func (s *Secret) Wipe() {
	s.used.Store(true)
	clear(s.coefficients)
	if s.randomness != nil {
		s.randomness.Wipe()
	}
	s.coefficients, s.randomness = nil, nil
}

// Format prints a placeholder for every verb.
func (s *Secret) Format(f fmt.State, _ rune) { io.WriteString(f, "kahe.Secret(hidden)") }

// take hands over the randomness for the encryption, once.
func (s *Secret) take(params Params) (*keystream.Key, error) {
	if params == (Params{}) {
		return nil, errNoParams
	}
	if s.set != params.Set() {
		return nil, fmt.Errorf("secret was made for set %v, want set %v", s.set, params.Set())
	}
	if s.used.Swap(true) {
		return nil, ErrSecretUsed
	}
	k := s.randomness
	s.randomness = nil
	return k, nil
}
