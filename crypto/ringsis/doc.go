// Package ringsis is the homomorphic hash that ties a published sum of ciphertexts to the ciphertexts that were signed
// (docs/protocol.md §5).
//
// The hash of a ciphertext is h = Σ_x b_x·digits_x in Z_Q[X]/(X^N+1), where the b_x come from the round's beacon and the digits
// are those of the ciphertext's coefficients. N is 512 for digits whose sums stay within 17 bits, which [Plan] chooses for small
// ciphertexts, else 2048. The hash is linear in the digits: a contributor hashes and signs its ciphertext with
// [Key.SumPacked], or with a [Hasher] as the ciphertext comes; the aggregator adds up digits with [Params.AddDigitsAt] and publishes the sums; anybody checks with
// [Params.CheckRange] that the sums can be sums of K contributions, with [Key.SumDigits] that they hash to the sum of the signed
// hashes, and gets the sum of the ciphertexts from [Params.Recompose].
//
// It proves the total: the published sum is what the listed contributors signed, nothing left out, added or altered. It doesn't
// prove that each signed hash belongs to a ciphertext. A contributor who signs another hash makes the total fail, which is why the
// aggregator makes the same check over small groups before it adds them for good. One in league with the aggregator can sign, as the
// last, the hash that makes the total come out as they like; it could as well have sent the ciphertext that does so.
//
// It assumes that ring-SIS is hard: two sets of digit sums that pass the range check differ by a nonzero vector with entries below
// 2^17 or 2^45, and finding one that hashes to zero has at least 158 bits of security (docs/parameters.md, TestSecurity). Without the
// range check a collision is a matter of one multiplication. Everything here is public, and nothing runs in constant time.
//
// Source: the hash is SWIFFT's (Lyubashevsky, Micciancio, Peikert and Rosen, FSE 2008) with larger digits and modulus.
package ringsis
