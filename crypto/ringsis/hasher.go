package ringsis

import (
	"fmt"
	"sync"
)

// A Hasher makes the hash of a ciphertext that is never in memory as a whole. It holds a few polynomials for each call that is at work at
// the same time; key polynomials are expanded as they are needed.
type Hasher struct {
	key *Key

	mu    sync.Mutex
	idle  []*worker // with what they have summed up so far
	added int       // coefficients
}

// NewHasher returns a hasher of one ciphertext.
func (k *Key) NewHasher() *Hasher { return &Hasher{key: k} }

// AddAt adds a chunk of the ciphertext: it begins with the coefficient first, a multiple of 8, so that it begins at a byte, and ends either
// with the ciphertext or after a multiple of 8 coefficients. Every coefficient has to be added once; the chunks may come in any order,
// and several at a time. Chunks of a multiple of 2048 coefficients from a multiple of 2048 on take the least work. A refused chunk leaves the
// hasher as it was.
func (h *Hasher) AddAt(first int, chunk []byte) error {
	p := h.key.params
	count, err := p.checkChunk(h.key.coefficients, first, chunk)
	if err != nil {
		return err
	}
	w := h.take()
	for part := 0; part < count; {
		offset := (first + part) % stretch
		n := min(stretch-offset, count-part)
		h.key.addStretch(w, first+part-offset, offset, offset+n, func(digits []uint64, digit int) {
			clear(digits[:offset])
			p.digit(digits[offset:][:n], chunk[part/8*p.wireBits:], digit)
			clear(digits[offset+n:])
		})
		part += n
	}
	h.give(w, count)
	return nil
}

func (h *Hasher) take() *worker {
	h.mu.Lock()
	defer h.mu.Unlock()
	if n := len(h.idle); n > 0 {
		w := h.idle[n-1]
		h.idle = h.idle[:n-1]
		return w
	}
	return h.key.newWorker()
}

func (h *Hasher) give(w *worker, added int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.idle = append(h.idle, w)
	h.added += added
}

// Sum returns the hash, the one that [Key.SumPacked] gives of the whole. It returns an error if the coefficients that were added are not
// as many as the ciphertext has. The hasher is empty after that.
func (h *Hasher) Sum() (*Hash, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	added := h.added
	r, sum := h.key.params.ring(), Hash{n: h.key.params.N()}
	for _, w := range h.idle {
		w.addTo(&sum)
		r.workers.Put(w)
	}
	h.idle, h.added = nil, 0
	if added != h.key.coefficients {
		return nil, fmt.Errorf("hash of %d coefficients, want %d", added, h.key.coefficients)
	}
	r.Inverse(sum.coefficients[:sum.n])
	return &sum, nil
}
