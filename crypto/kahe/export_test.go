package kahe

import (
	"math/big"

	"github.com/tuneinsight/lattigo/v5/ring"

	"sotto/crypto/internal/keystream"
)

// MaxPrimes, Rings, Cofactors and Modulus show the field of a set.
const MaxPrimes = maxPrimes

func Cofactors(p Params) []*big.Int          { return p.field().cofactor }
func Modulus(p Params) *big.Int              { return new(big.Int).Set(p.field().q) }
func MaxWireBits(p Params) int               { return p.maxWireBits() }
func NoiseBound(p Params, m, k int) *big.Int { return noiseBound(p, m, k) }

// SeededSecret returns the secret, and by it all randomness of an encryption, that the given AES key makes.
func SeededSecret(p Params, key [32]byte) *Secret { return newSecret(p, &key) }

// PartBlocks returns how many blocks a part of a stream has.
func PartBlocks(p Params) int { return max(1, partValues/p.BlockParameters()) }

// Rings returns Lattigo's rings for the primes of a set.
func Rings(p Params) []*ring.SubRing {
	r, err := ring.NewRing(p.N(), primes[:len(p.field().rings)])
	if err != nil {
		panic(err)
	}
	return r.SubRings
}

// CBD and Words fill dst from a stream of the private randomness.
func CBD(key [32]byte, stream uint64, dst []int32)    { keystream.NewKey(&key).Samples(dst, stream) }
func Words(key [32]byte, stream uint64, dst []uint64) { keystream.NewKey(&key).Words(dst, stream) }

// Round returns the wire coefficient of residues, an error, a fraction and packed slots.
func Round(p Params) func(z [MaxPrimes]uint64, e int32, u uint64, v *big.Int) *big.Int {
	const count = 17 // one in each place of wide registers, and one outside
	r := newRounder(p)
	s := newScratch(p)
	columns := s.first(count)
	shift := uint(64*r.words - p.PlainBits())
	return func(z [MaxPrimes]uint64, e int32, u uint64, v *big.Int) *big.Int {
		message := toLimbs(new(big.Int).Lsh(v, shift))
		for x := range count {
			for i := range s.mask {
				s.mask[i][x] = z[i]
			}
			for i := range columns {
				columns[i][x] = message[i]
			}
			s.errors[x], s.dither[x] = e, u
		}
		r.round(columns, s.mask, s.errors, s.dither)
		for x := range count {
			if at(columns, x) != at(columns, 0) {
				panic("equal coefficients are rounded differently")
			}
		}
		c := at(columns, 0)
		return fromLimbs(&c)
	}
}

// Pack returns the packed slots.
func Pack(values []uint32, lowest, width int) *big.Int {
	columns := newRows(3, 1)
	newPacker(len(values), width, lowest).pack(columns, values)
	v := at(columns, 0)
	return fromLimbs(&v)
}

// A Path is one of the ways to the same numbers.
type Path struct {
	Name string
	wide bool
}

// Take makes what is made from now on take the path until the function it returns is called.
func (p Path) Take() (back func()) {
	was := useWide
	useWide = p.wide
	return func() { useWide = was }
}

// Paths returns the paths that this processor can take.
func Paths() []Path {
	paths := []Path{{"plain", false}}
	if useWide {
		paths = append(paths, Path{"wide", true})
	}
	return paths
}

// PackAll returns the columns of packed coefficients.
func PackAll(values []uint32, words, slots, width, lowest int) [][]uint64 {
	columns := newRows(words, ceilDiv(len(values), slots))
	newPacker(slots, width, lowest).pack(columns, values)
	return columns
}

func at(columns [][]uint64, x int) (l limbs) {
	for i, column := range columns {
		l[i] = column[x]
	}
	return l
}

func fromLimbs(l *limbs) *big.Int {
	x := new(big.Int)
	for i := len(l) - 1; i >= 0; i-- {
		x.Lsh(x, 64).Or(x, new(big.Int).SetUint64(l[i]))
	}
	return x
}
