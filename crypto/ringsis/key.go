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
	return k.sum(func(dst []uint64, first, digit int) {
		k.params.digit(dst, packed[k.params.PackedBytes(first):], digit)
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
	return k.sum(func(dst []uint64, first, digit int) {
		for j, from := 0, digits[first*D+digit:]; j < len(dst); j++ {
			dst[j] = from[j*D]
		}
	}), nil
}

// Digits are cut for a stretch of coefficients at a time: one block or some.
const stretch = largeN

// A worker is the memory that one part of a hash is worked on in.
type worker struct {
	sum    *ntt.Sum
	factor []uint64
	digits [stretch]uint64
}

// newWorker returns a worker of the key's ring whose sum is 0.
func (k *Key) newWorker() *worker {
	w := k.params.ring().workers.Get().(*worker)
	w.sum.Reset()
	return w
}

// addStretch adds Σ b_x·digits_x over the polynomials that hold the coefficients from to to−1 of the stretch that begins with the coefficient
// first. fill writes a digit of the stretch's coefficients, zeros for those outside.
func (k *Key) addStretch(w *worker, first, from, to int, fill func(digits []uint64, digit int)) {
	r, N, D := k.params.ring(), k.params.N(), k.params.digits
	for i := range D {
		fill(w.digits[:], i)
		for at := from / N * N; at < to; at += N {
			digits := w.digits[at:][:N]
			r.Forward(digits)
			k.expand(w.factor, uint32((first+at)/N*D+i))
			w.sum.Add(digits, w.factor)
		}
	}
}

// addTo adds what w has summed up, a transform, to h.
func (w *worker) addTo(h *Hash) {
	for j, v := range w.sum.Values() {
		h.coefficients[j] = addMod(h.coefficients[j], v)
	}
}

// sum returns Σ b_x·digits_x, worked out on as many processors as there are. fill writes one digit of coefficients to dst, from first on.
func (k *Key) sum(fill func(dst []uint64, first, digit int)) *Hash {
	r := k.params.ring()
	h := Hash{n: k.params.N()}
	var next atomic.Int64
	var mu sync.Mutex
	line := func() {
		w := k.newWorker()
		defer r.workers.Put(w)
		for first := int(next.Add(stretch)) - stretch; first < k.coefficients; first = int(next.Add(stretch)) - stretch {
			count := min(stretch, k.coefficients-first)
			k.addStretch(w, first, 0, count, func(digits []uint64, digit int) {
				fill(digits[:count], first, digit)
				clear(digits[count:])
			})
		}
		mu.Lock()
		defer mu.Unlock()
		w.addTo(&h)
	}
	var others sync.WaitGroup
	for range min(ceilDiv(k.coefficients, stretch), runtime.GOMAXPROCS(0)) - 1 {
		others.Go(line)
	}
	line()
	others.Wait()
	r.Inverse(h.coefficients[:h.n])
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
