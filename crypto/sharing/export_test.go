package sharing

import mathrand "math/rand/v2"

const Modulus = modulus

var (
	Reduce     = reduce
	Lift       = lift
	Inverse    = inverse
	DealMatrix = dealMatrix
	SealInfo   = seal
	OpenInfo   = open
	CheckPoint = checkPoint
	LowOrder   = lowOrder[:]
)

func (c Context) Info() []byte { return c.info() }

// SplitWith is Split with randomness that the test chooses: it draws, per polynomial, the shares of members 1 … f, each the top 31
// bits of a word.
func SplitWith(p Params, secret []int32, random mathrand.Source) [][]uint32 {
	return split(p, secret, random)
}
