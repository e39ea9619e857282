package ringsis

import (
	"fmt"
	"sync"

	"sotto/crypto/internal/bitpack"
	"sotto/crypto/internal/ntt"
)

const (
	// N is the dimension of the ring Z_Q[X]/(X^N+1).
	N = 2048

	// Q is the modulus of the ring, the prime 2^60 − 3·2^15 + 1.
	Q = 1152921504606748673

	// HashBytes is the length of an encoded [Hash].
	HashBytes = N * hashBits / 8 // 15,360

	hashBits = 60
)

// theRing returns the ring with its number-theoretic transform, made when first asked for.
//
// Value j of a transform is the polynomial at ψ^(2·r(j)+1), where r(j) is j with its 11 bits reversed and
// ψ = 3^((Q−1)/4096) mod Q = 450403267947766299.
var theRing = sync.OnceValue(func() *ntt.Ring { return ntt.New(N, Q) })

// A Hash is an element of the ring: coefficient j of X^j, each below [Q]. The zero value is the hash of nothing.
type Hash struct {
	coefficients [N]uint64
}

// ParseHash reads [HashBytes] bytes: the coefficients, 60 bits each. It refuses coefficients that are not below [Q].
func ParseHash(b []byte) (*Hash, error) {
	if len(b) != HashBytes {
		return nil, fmt.Errorf("malformed hash: %d bytes, want %d", len(b), HashBytes)
	}
	var h Hash
	if err := bitpack.Unpack(h.coefficients[:], b, hashBits); err != nil {
		return nil, fmt.Errorf("malformed hash: %w", err)
	}
	for j, c := range h.coefficients {
		if c >= Q {
			return nil, fmt.Errorf("malformed hash: coefficient %d is %d, want less than %d", j, c, uint64(Q))
		}
	}
	return &h, nil
}

// Bytes returns the encoding that [ParseHash] reads.
func (h *Hash) Bytes() []byte {
	return bitpack.Append(make([]byte, 0, HashBytes), h.coefficients[:], hashBits)
}

// Add adds other to h.
func (h *Hash) Add(other *Hash) {
	for j, c := range other.coefficients {
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

// Equal reports whether h and other are the same.
func (h *Hash) Equal(other *Hash) bool { return h.coefficients == other.coefficients }
