// Package kahe is key-additive homomorphic encryption of quantised model updates, over rings of learning with errors (RLWE):
// the sum of ciphertexts opens under the sum of their one-time keys, and under nothing less (docs/protocol.md §3).
//
// A contributor packs k values into each polynomial coefficient, masks them with a·s + e and rounds the result to p bits:
//
//	y = a·s + e + floor(q·V/2^t + u)   mod q
//	c = floor(y·2^p/q + 1/2)           mod 2^p
//
// with u random in [0, 1), so that the message is rounded without a bias. Rounding it to the nearest would err the same way for all
// contributors that send the same values, up to K/2^(d+1) together (d = log2 q − p), where the noise grows only as the square root
// of K; and the noise of a sum would tell more of its messages than their sum.
//
// The aggregator adds packed ciphertexts modulo 2^p and needs no ring for it. Who learns the sum S of the contributors' secrets s
// opens the sum of their values with [Open], which also checks that the noise left over is what that many contributions leave:
// this proves that S belongs to the sum. It does not show that nobody changed a whole slot; the hash of crypto/ringsis does.
//
// A round goes: [Plan] or [NewParams], [NewSecret], [EncryptStream] (or [Encrypt], all in memory), share [Secret.Coefficients],
// [Secret.Wipe]; later [Check] and [Add]; and at the end [Open].
//
// # What it assumes
//
// RLWE over Z[X]/(X^N+1) with secrets and errors from CBD_128 (standard deviation 8), a public polynomial that nobody chose
// (it is expanded from the round's beacon), and at least two honest contributors in every sum whose S is published (Hint-RLWE).
// A secret encrypts one contribution: two ciphertexts under one secret give away the difference of their messages, so [Secret]
// refuses a second use.
//
// # What it leaks
//
// The sum and S are public by design. Sampling, packing, the ring product and every rounding of secret data run without branches
// or memory addresses that depend on it. Where the assembly for AES does not run, this rests on the standard library, whose AES is
// constant time if the processor has instructions for it. Erasing is best effort: what the standard library makes of an AES key is
// left to the garbage collector.
//
// # Speed
//
// On amd64 there is assembly for AVX-512 and, for the ring product, AVX2, chosen when the program starts; elsewhere all is plain Go.
// Ciphertexts are the same on each path, byte by byte. [Encrypt] and [Open] use all processors, [EncryptStream] up to 16.
package kahe

import "errors"

const (
	// SecretBound is the largest absolute value of a coefficient of a secret. A key sum over K contributions stays within K times it.
	SecretBound = 128

	// MaxParameters is the largest number of model parameters in one contribution.
	MaxParameters = 1 << 31

	publicPolynomialLabel = "sotto/v1 public polynomial"
)

// ErrSecretUsed says that a secret has encrypted before, or was wiped. The caller draws a new one.
var ErrSecretUsed = errors.New("secret was used before")

// ErrNoise says that the residual noise of a sum is larger than honest contributions leave: the key sum does not belong to this sum,
// or a contribution is garbage. A caller that has other candidates for the key sum tries those; otherwise the node has failed.
var ErrNoise = errors.New("residual noise is too large")

// ErrKeySum says that a key sum has a coefficient that no sum of that many secrets has. Callers act as for [ErrNoise].
var ErrKeySum = errors.New("key sum is out of range")

// ErrUnusedSlot says that the slots after the last parameter do not open to zero although the noise is right: a contributor put
// something there. The node has failed.
var ErrUnusedSlot = errors.New("unused slots are not zero")

var errNoParams = errors.New("parameters were not made by NewParams")
