package ringsis

import (
	"fmt"
	"sync"

	"sotto/crypto/internal/bitpack"
	"sotto/crypto/internal/ntt"
)

const (
	// Q is the modulus of the rings Z_Q[X]/(X^N+1), the prime 2^60 − 3·2^15 + 1.
	Q = 1152921504606748673

	hashBits = 60

	// The dimensions N of the two rings, and the bits that digit sums may have in them: the norms that security was estimated for
	// (TestSecurity).
	smallN, smallSumBits = 512, 17
	largeN, largeSumBits = 2048, 45
)

// rings holds the two rings with their number-theoretic transforms, made when first asked for.
//
// Value j of a transform is the polynomial at ψ^(2·r(j)+1), where r(j) is j with its log2 N bits reversed and
// ψ = 3^((Q−1)/2N) mod Q.
var rings = map[int]func() *ring{smallN: newRing(smallN), largeN: newRing(largeN)}

// A ring has memory to work in.
type ring struct {
	*ntt.Ring
	workers sync.Pool // of *worker
}

func newRing(n int) func() *ring {
	return sync.OnceValue(func() *ring {
		r := &ring{Ring: ntt.New(n, Q)}
		r.workers.New = func() any { return &worker{r.NewSum(), make([]uint64, n), [stretch]uint64{}} }
		return r
	})
}

func (p Params) ring() *ring { return rings[p.N()]() }

// A Hash is an element of one of the rings: coefficient j of X^j, each below [Q]. The zero value is the hash of nothing, in either.
type Hash struct {
	n            int // 0: of nothing
	coefficients [largeN]uint64
}

// ParseHash reads [Params.HashBytes] bytes: the coefficients, 60 bits each. It refuses coefficients that are not below [Q].
func (p Params) ParseHash(b []byte) (*Hash, error) {
	if len(b) != p.HashBytes() {
		return nil, fmt.Errorf("malformed hash: %d bytes, want %d", len(b), p.HashBytes())
	}
	h := Hash{n: p.N()}
	if err := bitpack.Unpack(h.coefficients[:h.n], b, hashBits); err != nil {
		return nil, fmt.Errorf("malformed hash: %w", err)
	}
	for j, c := range h.coefficients[:h.n] {
		if c >= Q {
			return nil, fmt.Errorf("malformed hash: coefficient %d is %d, want less than %d", j, c, uint64(Q))
		}
	}
	return &h, nil
}

// Bytes returns the encoding that [Params.ParseHash] reads. That of nothing is empty.
func (h *Hash) Bytes() []byte {
	return bitpack.Append(make([]byte, 0, bitpack.Size(h.n, hashBits)), h.coefficients[:h.n], hashBits)
}

// Add adds other to h. It panics if they are of different rings, which hashes of one round never are.
func (h *Hash) Add(other *Hash) {
	if h.n == 0 {
		h.n = other.n
	}
	if other.n != h.n && other.n != 0 {
		panic(fmt.Sprintf("ringsis: internal error: hash of dimension %d added to one of dimension %d", other.n, h.n))
	}
	for j, c := range other.coefficients[:other.n] {
		h.coefficients[j] = addMod(h.coefficients[j], c)
	}
}

func addMod(a, b uint64) uint64 {
	s := a + b
	if s >= Q {
		s -= Q
	}
	return s
}

// Equal reports whether h and other, hashes of one round, are the same.
func (h *Hash) Equal(other *Hash) bool { return h.coefficients == other.coefficients }
