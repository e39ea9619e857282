package kahe

import (
	"math/big"

	"github.com/tuneinsight/lattigo/v5/ring"
)

// MaxPrimes, Rings, Cofactors and Modulus show the field of a set.
const MaxPrimes = maxPrimes

func Rings(p Params) []*ring.SubRing         { return p.field().rings }
func Cofactors(p Params) []*big.Int          { return p.field().cofactor }
func Modulus(p Params) *big.Int              { return new(big.Int).Set(p.field().q) }
func MaxWireBits(p Params) int               { return p.maxWireBits() }
func NoiseBound(p Params, m, k int) *big.Int { return noiseBound(p, m, k) }

// SeededSecret returns the secret, and by it all randomness of an encryption, that the given AES key makes.
func SeededSecret(p Params, key [32]byte) *Secret { return newSecret(p, &key) }

// CBD and Words fill dst from a stream of the private randomness.
func CBD(key [32]byte, stream uint64, dst []int32)    { newNoise(&key).samples(dst, stream) }
func Words(key [32]byte, stream uint64, dst []uint64) { newNoise(&key).words(dst, stream) }

// Round returns the wire coefficient of residues, an error, a fraction and packed slots.
func Round(p Params) func(z [MaxPrimes]uint64, e int32, u uint64, v *big.Int) *big.Int {
	r := newRounder(p)
	shift := uint(64*r.words - p.PlainBits())
	return func(z [MaxPrimes]uint64, e int32, u uint64, v *big.Int) *big.Int {
		message := toLimbs(new(big.Int).Lsh(v, shift))
		c := r.round(&z, e, u, &message)
		return fromLimbs(&c)
	}
}

// Pack returns the packed slots.
func Pack(values []uint32, lowest, width int) *big.Int {
	v := pack(values, lowest, width)
	return fromLimbs(&v)
}

func fromLimbs(l *limbs) *big.Int {
	x := new(big.Int)
	for i := len(l) - 1; i >= 0; i-- {
		x.Lsh(x, 64).Or(x, new(big.Int).SetUint64(l[i]))
	}
	return x
}
