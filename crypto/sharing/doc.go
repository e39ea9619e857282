// Package sharing splits a contributor's one-time key over the committee and rebuilds the sum of many such keys
// (docs/protocol.md §4).
//
// A contributor calls [Split], encodes each member's share with [EncodeShare] and seals it to that member with [Seal]. A member opens
// what it received with [OpenEnvelope] and adds it up with [SumInto]; that sum is its release. Anybody who has 2f+1 releases of a node
// rebuilds the node's key sum with [Combine].
//
// The scheme is packed Shamir sharing (Franklin and Yung, STOC 1992): f+1 coefficients ride on one polynomial of degree 2f, over the
// field of 65,521 elements, or of 2^31−1 if sums may be too large for it. That any f members learn nothing holds over any field.
//
// It assumes that at most f of the n = 3f+1 members are malicious, and that crypto/rand and HPKE hold. Any f members together learn
// nothing of a secret; 2f+1 rebuild it; a number between learns part of it, which is why f and not 2f is the published threshold.
// Splitting, sealing, opening and adding take the same time for every secret of a length. An envelope's size tells the ring
// dimension, and that a share was refused tells that its contributor misbehaved. Releases and all that [Combine] computes are public.
//
// There is no verifiable-sharing layer on purpose. A contributor can always spoil the node it is in, by sharing, consistently and with
// a valid proof, another secret than the one it encrypted with. Proofs that shares are consistent would therefore add complaints,
// rounds and deadlocks and take no power from anybody. What decides is the check that the caller of [Combine] makes on the rebuilt
// sum: the residual noise of the opened aggregate, which only the right sum passes. For the same reason a release that is off the
// accepted polynomial is a hint and no evidence: a contributor who deals inconsistent shares makes honest members disagree.
package sharing
