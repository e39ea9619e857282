// Package sha256x2 is SHA-256 (FIPS 180-4) of two strings at a time.
//
// The instructions that processors have for SHA-256 wait for each other within one string. Two strings side by side take little longer
// than one. The digests are those of crypto/sha256, which does the work where there is nothing to gain. Lengths are public; time does not
// depend on what is hashed.
package sha256x2

import "crypto/sha256"

// Size is the length of a digest.
const Size = sha256.Size

// Sum returns the digests of prefix ‖ a and of prefix ‖ b. It is fast when a and b have the same length.
func Sum(prefix byte, a, b []byte) (x, y [Size]byte) {
	if len(a) == len(b) && useWide {
		return sumWide(prefix, a, b)
	}
	return Sum1(prefix, a), Sum1(prefix, b)
}

// Sum1 returns the digest of prefix ‖ a.
func Sum1(prefix byte, a []byte) (x [Size]byte) {
	h := sha256.New()
	h.Write([]byte{prefix})
	h.Write(a)
	h.Sum(x[:0])
	return x
}
