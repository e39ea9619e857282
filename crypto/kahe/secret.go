package kahe

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
	"sync/atomic"
)

// A Secret is the one-time key of one contribution: a polynomial with N coefficients from CBD_128, and the randomness for its
// encryption. It is never stored; after a crash a new one is drawn. It prints as a placeholder.
type Secret struct {
	set          Set
	coefficients []int32
	noise        *noise
	used         atomic.Bool
}

// NewSecret draws a secret from crypto/rand. The error says that params were not made by [NewParams].
func NewSecret(params Params) (*Secret, error) {
	if params == (Params{}) {
		return nil, errNoParams
	}
	var key [32]byte
	rand.Read(key[:])
	defer clear(key[:])
	return newSecret(params, &key), nil
}

func newSecret(params Params, key *[32]byte) *Secret {
	s := &Secret{set: params.Set(), coefficients: make([]int32, params.N()), noise: newNoise(key)}
	s.noise.samples(s.coefficients, 0)
	return s
}

// Coefficients returns the N coefficients, each within ±[SecretBound], for sharing them with the committee. They are the secret's
// own memory, not to be changed, and become zero by [Secret.Wipe]. After that Coefficients returns nil.
func (s *Secret) Coefficients() []int32 { return s.coefficients }

// Wipe erases the coefficients. The secret cannot encrypt any more.
func (s *Secret) Wipe() {
	s.used.Store(true)
	clear(s.coefficients)
	s.coefficients, s.noise = nil, nil
}

// Format prints a placeholder for every verb.
func (s *Secret) Format(f fmt.State, _ rune) { io.WriteString(f, "kahe.Secret(hidden)") }

// take hands over the randomness for the encryption, once.
func (s *Secret) take(params Params) (*noise, error) {
	if params == (Params{}) {
		return nil, errNoParams
	}
	if s.set != params.Set() {
		return nil, fmt.Errorf("secret was made for set %v, want set %v", s.set, params.Set())
	}
	if s.used.Swap(true) {
		return nil, ErrSecretUsed
	}
	n := s.noise
	s.noise = nil
	return n, nil
}

// noise is the private randomness of one contribution: streams of AES-256-CTR, each from the counter block (number of the stream as
// 64 bits ‖ 0). Stream 0 makes the secret, streams 2j + 1 and 2j + 2 the errors and the message roundings of block j, so that
// blocks can be encrypted in any order.
type noise struct {
	block  cipher.Block
	buffer [4096]byte
}

// sampleBytes are the random bytes that a sample from CBD_128 takes.
const sampleBytes = 32

func newNoise(key *[32]byte) *noise {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic("kahe: internal error: " + err.Error())
	}
	return &noise{block: block}
}

func (n *noise) stream(number uint64) cipher.Stream {
	var counter [aes.BlockSize]byte
	binary.BigEndian.PutUint64(counter[:], number)
	return cipher.NewCTR(n.block, counter[:])
}

// next returns the next bytes of a stream, in the buffer.
func (n *noise) next(stream cipher.Stream, bytes int) []byte {
	random := n.buffer[:bytes]
	clear(random)
	stream.XORKeyStream(random, random)
	return random
}

// samples fills dst from CBD_128, standard deviation 8, absolute value at most 128: the ones among the first 128 bits of 32 bytes,
// less the ones among the last 128.
func (n *noise) samples(dst []int32, number uint64) {
	stream := n.stream(number)
	for len(dst) > 0 {
		count := min(len(dst), len(n.buffer)/sampleBytes)
		random := n.next(stream, count*sampleBytes)
		for x := range dst[:count] {
			r := random[x*sampleBytes:][:sampleBytes]
			ones := bits.OnesCount64(binary.LittleEndian.Uint64(r)) + bits.OnesCount64(binary.LittleEndian.Uint64(r[8:]))
			others := bits.OnesCount64(binary.LittleEndian.Uint64(r[16:])) + bits.OnesCount64(binary.LittleEndian.Uint64(r[24:]))
			dst[x] = int32(ones - others)
		}
		dst = dst[count:]
	}
	clear(n.buffer[:])
}

// words fills dst with random little-endian words.
func (n *noise) words(dst []uint64, number uint64) {
	stream := n.stream(number)
	for len(dst) > 0 {
		count := min(len(dst), len(n.buffer)/8)
		random := n.next(stream, count*8)
		for x := range dst[:count] {
			dst[x] = binary.LittleEndian.Uint64(random[8*x:])
		}
		dst = dst[count:]
	}
	clear(n.buffer[:])
}
