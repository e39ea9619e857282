package sharing

import mathrand "math/rand/v2"

var (
	SealInfo   = seal
	OpenInfo   = open
	CheckPoint = checkPoint
	LowOrder   = lowOrder[:]
)

func (p Params) Reduce(x uint64) uint64           { return p.field.reduce(x) }
func (p Params) Lift(x uint64) int64              { return p.field.lift(x) }
func (p Params) Inverse(x uint64) uint64          { return p.field.inverse(x) }
func (p Params) Dot(row, vec []uint64) uint64     { return p.field.dot(row, vec) }
func (p Params) DealMatrix(random int) [][]uint64 { return p.field.dealMatrix(p.n, p.Rho(), random) }
func (p Params) Most() int64                      { return p.field.most() }
func (p Params) ValueBits() uint                  { return p.field.bits }

func (c Context) Info() []byte { return c.info() }

// SplitWith is Split with randomness that the test chooses: it draws, per polynomial, the shares of members 1 … f, each the top
// bits of a word.
func SplitWith(p Params, secret []int32, random mathrand.Source) [][]uint32 {
	return split(p, secret, random)
}
