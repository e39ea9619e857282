// Package crypto is the guide to the cryptography of a round; it exports nothing.
//
//	kahe     encrypts an update under a one-time key so that ciphertexts and keys add up      docs/protocol.md §3
//	sharing  splits that key over the committee and rebuilds the sum of many keys             docs/protocol.md §4
//	ringsis  ties the published sum of ciphertexts to the ciphertexts that were signed        docs/protocol.md §5
//	tbls     generates the committee's key and signs with a quorum of it                      docs/protocol.md §6
//
// A contributor encrypts its update with kahe, hashes the ciphertext with ringsis, splits the key with sharing, and seals each share to
// its member. The aggregator adds up ciphertexts and their digits and learns nothing else. A committee member opens its envelopes,
// adds up its shares and releases the sum. Anybody rebuilds the sum of the keys from 2f+1 releases, opens the sum of the ciphertexts
// with it, and checks the residual noise and the hash: the noise shows that the key sum belongs to this sum of ciphertexts, the hash
// that this sum is made of the contributions listed. With tbls the committee opens rounds, whose signature is the beacon from which the
// public polynomials of kahe and ringsis are drawn, and certifies their results.
//
// Beside them sha256x2 is SHA-256 of two strings at a time, which the chunk trees of uploads are made with (docs/protocol.md §1).
//
// The subpackages don't know one another; the beacon reaches them as 32 bytes and the check as a function. None does any I/O. Members
// are numbered 1 … n in all of them.
package crypto
