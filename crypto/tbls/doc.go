// Package tbls makes and checks the committee's signatures: threshold BLS over BLS12-381, signatures in G1, keys in G2, with the
// key drawn by a distributed key generation (docs/protocol.md §6; Boldyreva, PKC 2003; Gennaro, Jarecki, Krawczyk and Rabin, 2007).
//
// A committee has n = 3f+1 members (4, 7 or 10), numbered 1…n, of which at most f may be malicious. Any T = 2f+1 of them sign; fewer
// cannot. A BLS signature is unique: whichever T members sign, the signature has the same 48 bytes, and nobody can tell them before T
// members have spoken. Contracts verify it with the precompiles of EIP-2537 ([EVMPublicKey], [EVMSignature]).
//
// Signed messages are hashed to G1 with the domain BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_, which kyber's gnark back end fixes.
// The package adds nothing to a message: domains are separated by its first bytes, a type label (docs/protocol.md §6).
//
// # Key generation
//
// Members speak over a bulletin board ([DKGSession], [DKG]): each posts a deal, then a response, and only if somebody complained, a
// justification. The board is not trusted: it may drop, repeat and reorder packets and show members different ones. It cannot forge
// them, because every packet is signed under its member's long-term key and carries the session value. What each member accepted is
// hashed into [Result.Transcript]. A key counts only when all n members have confirmed one and the same transcript, so a board that
// showed different packets to different members costs a run and nothing else; a member that stays away does the same, and
// governance replaces it.
//
// A committee changes by a fresh key generation, its key signed by the old committee. There is no resharing here: in kyber's, a dealer
// that leaves cannot answer a complaint, so a single false complaint spoils its part.
//
// # What it assumes and leaks
//
// Randomness is crypto/rand's. The packets are public. A justification publishes one share that a member said it had not received; a
// dealer never publishes more than f of them, so that with the f shares of malicious members 2f are known, one short of T.
//
// Scalar multiplication in the curve library (gnark-crypto) is not constant time: its duration depends on the secret scalar. Who can
// time a member's signatures finely, on the same machine say, may learn about its share; keep a member's machine to itself.
package tbls
