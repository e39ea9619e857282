package ringsis

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"sotto/crypto/internal/keystream"
	"sotto/crypto/internal/ntt"
)

const keyLabel = "sotto/v1 hash key"

// A Key hashes the ciphertexts of one shape in one round. It holds no more than its parameters: a key polynomial is expanded each time
// it is used, for a third of what the transform of its digits costs. A Key is safe for concurrent use.
type Key struct {
	beacon       [32]byte
	params       Params
	coefficients int
}

// NewKey returns the key for ciphertexts of so many coefficients. It fails if their number is not between 1 and [MaxCoefficients].
func NewKey(beacon [32]byte, params Params, coefficients int) (*Key, error) {
	if params.digits == 0 {
		return nil, fmt.Errorf("hash parameters are not set")
	}
	if err := checkCoefficients(coefficients); err != nil {
		return nil, err
	}
	return &Key{beacon: beacon, params: params, coefficients: coefficients}, nil
}

// SumPacked returns the hash of a ciphertext: its coefficients of p bits, bit-packed (docs/protocol.md §1). It refuses a wrong
// length and set padding bits.
func (k *Key) SumPacked(packed []byte) (*Hash, error) {
	if err := k.params.checkPacked(packed, k.coefficients); err != nil {
		return nil, err
	}
	blockBytes := k.params.PackedBytes(N)
	return k.sum(func(dst []uint64, block, digit int) {
		k.params.digit(dst, packed[block*blockBytes:], digit)
	}), nil
}

// SumDigits returns the hash of digit sums, digit i of coefficient y at index y·D+i. It equals the sum of the hashes of the
// ciphertexts that were added up. It refuses a wrong length and values not below [Q]; that sums are in range is for
// [Params.CheckRange] to say.
func (k *Key) SumDigits(digits []uint64) (*Hash, error) {
	D := k.params.digits
	if len(digits) != k.coefficients*D {
		return nil, fmt.Errorf("%d digit sums, want %d", len(digits), k.coefficients*D)
	}
	for x, d := range digits {
		if d >= Q {
			return nil, fmt.Errorf("digit sum %d of coefficient %d is %d, want less than %d", x%D, x/D, d, uint64(Q))
		}
	}
	return k.sum(func(dst []uint64, block, digit int) {
		for j, from := 0, digits[block*N*D+digit:]; j < len(dst); j++ {
			dst[j] = from[j*D]
		}
	}), nil
}

// A worker is the memory that one part of a hash is worked on in.
type worker struct {
	sum            *ntt.Sum
	digits, factor [N]uint64
}

var workers = sync.Pool{New: func() any { return &worker{sum: theRing().NewSum()} }}

// newWorker returns a worker whose sum is 0.
func newWorker() *worker {
	w := workers.Get().(*worker)
	w.sum.Reset()
	return w
}

// addBlock adds Σ b_x·digits_x over the polynomials of a block. fill writes N values, one digit of the block's coefficients.
func (k *Key) addBlock(w *worker, block int, fill func(digits []uint64, digit int)) {
	for i := range k.params.digits {
		fill(w.digits[:], i)
		theRing().Forward(w.digits[:])
		k.expand(w.factor[:], uint32(block*k.params.digits+i))
		w.sum.Add(w.digits[:], w.factor[:])
	}
}

// addTo adds what w has summed up, a transform, to h.
func (w *worker) addTo(h *Hash) {
	for j, v := range w.sum.Values() {
		h.coefficients[j] = addMod(h.coefficients[j], v)
	}
}

// sum returns Σ b_x·digits_x, worked out on as many processors as there are. fill writes one digit of a block's coefficients, at most N,
// to dst.
func (k *Key) sum(fill func(dst []uint64, block, digit int)) *Hash {
	var h Hash
	var next atomic.Int64
	var mu sync.Mutex
	line := func() {
		w := newWorker()
		defer workers.Put(w)
		for block := int(next.Add(1)) - 1; block*N < k.coefficients; block = int(next.Add(1)) - 1 {
			count := min(N, k.coefficients-block*N)
			k.addBlock(w, block, func(digits []uint64, digit int) {
				fill(digits[:count], block, digit)
				clear(digits[count:])
			})
		}
		mu.Lock()
		defer mu.Unlock()
		w.addTo(&h)
	}
	var others sync.WaitGroup
	for range min(ceilDiv(k.coefficients, N), runtime.GOMAXPROCS(0)) - 1 {
		others.Go(line)
	}
	line()
	others.Wait()
	theRing().Inverse(h.coefficients[:])
	return &h
}

// expand fills b with the key polynomial b_x, in the transformed domain, off the key stream of SHA-256(label ‖ beacon ‖ x).
func (k *Key) expand(b []uint64, x uint32) {
	seed := make([]byte, 0, 1+len(keyLabel)+len(k.beacon)+4)
	seed = append(seed, byte(len(keyLabel)))
	seed = append(seed, keyLabel...)
	seed = append(seed, k.beacon[:]...)
	digest := sha256.Sum256(binary.BigEndian.AppendUint32(seed, x))
	stream := keystream.NewUniform(&digest)
	stream.Fill(b, Q)
}
