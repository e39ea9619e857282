package peers

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
	"sync"

	"sotto/benchmarks/measure"
)

// masking hides every update under masks that cancel in the sum: each contributor agrees on a key with some others, and of two who share
// one the first adds and the second subtracts the key stream (Bonawitz et al., CCS 2017; the sparse graph is that of Bell et al., CCS
// 2020).
//
// Left out is what makes it survive drop-outs: a second mask on every update, secret shares of all keys, and two more exchanges in which
// the masks of whoever has vanished are rebuilt and taken off. Their cost comes on top of what is measured here.
var masking = &System{
	Name: "masking", Title: "pairwise masking",
	Gives: Gives{
		DropOuts:   "none: one missing contributor spoils the sum. SecAgg repairs this with two more exchanges, not measured here",
		KeyHolders: "no key holders; the aggregator hands out the contributors' public keys and has to be believed about them",
		OneMessage: "no: keys first, then the masked update; with repair two more",
		Check:      "nobody",
		Besides:    "needs nobody but contributors and aggregator",
	},
	Settings: func(w Workload) (string, error) {
		if w.SumBits() > 32 {
			return "", fmt.Errorf("masked sums of %d bits, at most 32 fit a word", w.SumBits())
		}
		return fmt.Sprintf("%d-bit values in words of %d bytes, X25519 with %d neighbours each, HKDF-SHA256, AES-128-CTR masks; no second mask, no shares, no repair",
			w.Bits, maskBytes(w), len(neighbours(0, w.Contributors))), nil
	},
	NewContributor: newMaskingContributor,
	NewAggregator: func(_ context.Context, w Workload, accounts []byte) (Aggregator, error) {
		a := &maskingAggregator{w: w, sums: make([]uint32, w.Parameters)}
		var err error
		a.door, err = newDoor(a, accounts) // the aggregator hands out the public keys
		return a, err
	},
}

const publicKeyBytes = 32

// maskBytes returns the bytes of a masked value: whole ones, so that masks need no unpacking.
func maskBytes(w Workload) int { return (w.SumBits() + 7) / 8 }

// padding lets values of fewer bytes be read as words of four. What is read too much changes only bits that are not sent.
const padding = 3

// neighbours returns whom contributor i shares keys with: 2·⌈log2 K⌉ on a ring, or everybody if there are not so many.
func neighbours(i, count int) []int {
	side := min(bits.Len(uint(count-1)), count/2)
	var all []int
	for d := 1; d <= side; d++ {
		all = append(all, (i+d)%count)
		if 2*d != count { // across the ring there is only one
			all = append(all, (i+count-d)%count)
		}
	}
	return all
}

type maskingContributor struct {
	sender
	w    Workload
	keys []*ecdh.PrivateKey
	all  []*ecdh.PublicKey
}

func newMaskingContributor(w Workload) (Contributor, error) {
	c := &maskingContributor{w: w, keys: make([]*ecdh.PrivateKey, w.Contributors)}
	for i := range c.keys {
		var err error
		if c.keys[i], err = ecdh.X25519().GenerateKey(rand.Reader); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (c *maskingContributor) Accounts() []byte {
	var b []byte
	for _, k := range c.keys {
		b = append(b, k.PublicKey().Bytes()...)
	}
	return b
}

func (c *maskingContributor) Join(_ context.Context, inv Invitation) error {
	for key := range bytesChunks(inv.Public, publicKeyBytes) {
		k, err := ecdh.X25519().NewPublicKey(key)
		if err != nil {
			return err
		}
		c.all = append(c.all, k)
	}
	if len(c.all) != c.w.Contributors {
		return fmt.Errorf("%d public keys, want %d", len(c.all), c.w.Contributors)
	}
	return c.join(inv)
}

func bytesChunks(b []byte, n int) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for ; len(b) >= n; b = b[n:] {
			if !yield(b[:n]) {
				return
			}
		}
	}
}

func (c *maskingContributor) Make(i int, x []float32) (int, error) {
	values, err := c.w.quantise(x)
	if err != nil {
		return 0, err
	}
	width := maskBytes(c.w)
	buffer := make([]byte, 64<<10/width*width+padding)
	for _, j := range neighbours(i, c.w.Contributors) {
		mask, err := maskStream(c.keys[i], c.all[j])
		if err != nil {
			return 0, err
		}
		for rest := values; len(rest) > 0; {
			n := min(len(rest), (len(buffer)-padding)/width)
			clear(buffer[:n*width])
			mask.XORKeyStream(buffer[:n*width], buffer[:n*width])
			if i < j {
				for k := range n {
					rest[k] += binary.LittleEndian.Uint32(buffer[k*width:])
				}
			} else {
				for k := range n {
					rest[k] -= binary.LittleEndian.Uint32(buffer[k*width:])
				}
			}
			rest = rest[n:]
		}
	}
	c.message = make([]byte, width*len(values))
	for k, v := range values {
		putWord(c.message[k*width:], v, width)
	}
	return len(c.message) + publicKeyBytes, nil
}

// maskStream returns the key stream that two contributors share.
func maskStream(own *ecdh.PrivateKey, other *ecdh.PublicKey) (cipher.Stream, error) {
	shared, err := own.ECDH(other)
	if err != nil {
		return nil, err
	}
	// Both must get the same, whichever of them asks.
	a, b := own.PublicKey().Bytes(), other.Bytes()
	if bytes.Compare(a, b) > 0 {
		a, b = b, a
	}
	key, err := hkdf.Key(sha256.New, shared, nil, "sotto benchmark masks"+string(a)+string(b), 16)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewCTR(block, make([]byte, aes.BlockSize)), nil
}

func putWord(b []byte, v uint32, width int) {
	for k := range width {
		b[k] = byte(v >> (8 * k))
	}
}

type maskingAggregator struct {
	*door
	w Workload

	mu   sync.Mutex
	sums []uint32 // modulo 2^32, and so modulo the masks' width
}

func (a *maskingAggregator) ingest(r io.Reader) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	width := maskBytes(a.w)
	buffer := make([]byte, min(chunkBytes/width, len(a.sums))*width+padding)
	for sums := a.sums; len(sums) > 0; {
		n := min(len(sums), (len(buffer)-padding)/width)
		if _, err := io.ReadFull(r, buffer[:n*width]); err != nil {
			return err
		}
		for k := range n {
			sums[k] += binary.LittleEndian.Uint32(buffer[k*width:])
		}
		sums = sums[n:]
	}
	return nil
}

func (a *maskingAggregator) Open(context.Context) (*Opening, error) {
	span := measure.Begin()
	mask := uint32(1<<(8*maskBytes(a.w)) - 1)
	mean := a.w.meanOf(func(j int) uint64 { return uint64(a.sums[j] & mask) })
	return &Opening{Mean: mean, Cost: span.End()}, nil
}
