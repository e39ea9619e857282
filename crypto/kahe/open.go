package kahe

import (
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"sync"

	"sotto/crypto/internal/bitpack"
)

// A Residual is the noise that a sum leaves in its used coefficients, against the most that is accepted (docs/protocol.md §3).
type Residual struct {
	Used       int      // M, the used coefficients
	Sum        int64    // Σ r; of no consequence, near 0 for honest contributions
	SumSquares *big.Int // Σ r²
	Bound      *big.Int // the most that Σ r² may be
}

// Open opens the sum of the ciphertexts of contributors contributions to a model with that many parameters.
//
// keySum is the sum of their secrets, N coefficients. sum is packed like a ciphertext, added up modulo 2^p. The result has one sum
// for each parameter, below 2^w, with the offset contributors·2^(b−1) of signed values still in it. A sum of more than
// contributors·(2^b − 1) is possible if contributors misbehave.
//
// Besides malformed arguments, errors are [ErrKeySum], [ErrNoise] and [ErrUnusedSlot]; the residual is returned with the last two.
func Open(params Params, beacon [32]byte, keySum []int64, sum []byte, parameters, contributors int) ([]uint64, Residual, error) {
	if err := Check(params, parameters, sum); err != nil {
		return nil, Residual{}, fmt.Errorf("sum: %w", err)
	}
	if contributors < 1 || contributors > params.KMax() {
		return nil, Residual{}, fmt.Errorf("sum of %d contributions, want 1 to %d", contributors, params.KMax())
	}
	if len(keySum) != params.N() {
		return nil, Residual{}, fmt.Errorf("key sum has %d coefficients, want %d", len(keySum), params.N())
	}
	limit := int64(SecretBound) * int64(contributors)
	for x, s := range keySum {
		if s < -limit || s > limit {
			return nil, Residual{}, fmt.Errorf("%w: coefficient %d is %d, want at most %d for %d contributions",
				ErrKeySum, x, s, limit, contributors)
		}
	}

	o := newOpener(params, beacon, keySum)
	values := make([]uint64, params.Coefficients(parameters)*params.Slots())
	residual := Residual{Used: params.Coefficients(parameters)}
	var squares [2]uint64
	var mu sync.Mutex
	inParallel(params, params.Blocks(parameters), func(s *scratch, block int) {
		first := block * params.N()
		count := min(params.N(), residual.Used-first)
		packed := sum[first/8*params.WireBits():] // N is a multiple of 8
		noise, hi, lo := o.open(s, values[first*params.Slots():][:count*params.Slots()], block, packed)
		mu.Lock()
		defer mu.Unlock()
		residual.Sum += noise
		var carry uint64
		squares[0], carry = bits.Add64(squares[0], lo, 0)
		squares[1] += hi + carry
	})

	residual.SumSquares = new(big.Int).SetUint64(squares[1])
	residual.SumSquares.Lsh(residual.SumSquares, 64).Add(residual.SumSquares, new(big.Int).SetUint64(squares[0]))
	residual.Bound = noiseBound(params, residual.Used, contributors)
	if residual.SumSquares.Cmp(residual.Bound) > 0 {
		return nil, residual, fmt.Errorf("%w: squares add up to %v over %d coefficients, want at most %v for %d contributions",
			ErrNoise, residual.SumSquares, residual.Used, residual.Bound, contributors)
	}
	for _, v := range values[parameters:] {
		if v != 0 {
			return nil, residual, ErrUnusedSlot
		}
	}
	return values[:parameters:parameters], residual, nil
}

// An opener takes the mask off sums. Nothing of it is secret.
type opener struct {
	params  Params
	field   *field
	rounder *rounder
	beacon  [32]byte
	key     key
}

func newOpener(params Params, beacon [32]byte, keySum []int64) *opener {
	f := params.field()
	return &opener{params, f, newRounder(params), beacon, f.key(func(x int) int64 { return keySum[x] })}
}

// open fills values with the slots of a block's coefficients, of which packed begins with the sum, and returns the sum of their
// residuals and, in two words, of the squares of these.
func (o *opener) open(s *scratch, values []uint64, block int, packed []byte) (sum int64, hi, lo uint64) {
	slots, width, guard := o.params.Slots(), uint(o.params.SlotWidth()), uint(o.params.GuardBits())
	masks := s.first(len(values) / slots)
	o.field.expand(s.mask, &o.beacon, uint32(block))
	o.field.mask(s.mask, o.key)
	for _, column := range masks {
		clear(column)
	}
	// The scratch has no errors and nothing to round by: its zeros were never written to.
	o.rounder.round(masks, s.mask, s.errors, s.dither)

	// c = V·2^(p−t) + r, V taken so that −2^(p−t−1) ≤ r < 2^(p−t−1). The residues are not needed any more; their memory is.
	var rows [len(limbs{})][]uint64
	columns := rows[:len(masks)]
	for i := range columns {
		columns[i] = s.mask[i][:len(masks[i])]
	}
	bitpack.UnpackWide(columns, packed, o.params.WireBits())
	half := uint64(1) << (guard - 1)
	o.rounder.add(columns, masks, ^uint64(0), half+1) // + half − mask
	for _, c := range columns[0] {
		noise := int64(c&(1<<guard-1)) - int64(half)
		sum += noise
		squareHi, squareLo := bits.Mul64(uint64(max(noise, -noise)), uint64(max(noise, -noise)))
		var carry uint64
		lo, carry = bits.Add64(lo, squareLo, 0)
		hi += squareHi + carry
	}
	for l := range slots {
		from := guard + uint(l)*width
		low := columns[from/64]
		high := low // counts only if the slot ends in the next word
		if from/64+1 < uint(len(columns)) {
			high = columns[from/64+1]
		}
		high = high[:len(low)]
		at, mask := from%64, uint64(1)<<width-1
		for x, c := range low {
			values[x*slots+l] = (c>>at | high[x]<<1<<(^at&63)) & mask
		}
	}
	return sum, hi, lo
}

// noiseBound returns the most that the squared residuals of M used coefficients and K contributions may add up to, rounded up:
//
//	x · (K·(σ²·(2^p/q)² + 1/12) + 1/12)    σ = 8,    x = max(2M, M + ceil(sqrt(180M)) + 90)
//
// The second factor is the variance of an honest residual: errors and roundings of K contributions, and the rounding of the mask
// that is taken off, without which K = 1 would fail half the time. The first factor is 2M from M = 336 on. Below, twice the mean is
// too little for so few squares: the tail of a sum of M squares of subgaussian variables beyond M + 2·sqrt(M·y) + 2y times their
// variance weighs at most e^−y (Hsu, Kakade and Zhang 2012), here y = 45, less than 2^−64.
func noiseBound(params Params, used, contributors int) *big.Int {
	m := int64(used)
	factor := max(2*m, m+ceilSqrt(180*m)+90)
	q2 := new(big.Int).Mul(params.field().q, params.field().q)
	k := big.NewInt(int64(contributors))

	// The variance is (K·(12·64·4^p + q²) + q²) / 12q².
	bound := new(big.Int).Lsh(big.NewInt(12*64), uint(2*params.WireBits()))
	bound.Add(bound, q2).Mul(bound, k).Add(bound, q2)
	bound.Mul(bound, big.NewInt(factor))
	divisor := q2.Mul(q2, big.NewInt(12))
	bound.Add(bound, divisor).Sub(bound, big.NewInt(1))
	return bound.Quo(bound, divisor)
}

// ceilSqrt returns the square root of x ≥ 0, rounded up.
func ceilSqrt(x int64) int64 {
	r := int64(math.Sqrt(float64(x)))
	for r*r > x {
		r--
	}
	for r*r < x {
		r++
	}
	return r
}
