package sharing

import (
	"bytes"
	"crypto/hpke"
	"crypto/mlkem"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
)

// Sizes in bytes for the suite MLKEM768X25519 / HKDF-SHA256 / AES-256-GCM.
const (
	EnvelopePublicKeyBytes = mlkem.EncapsulationKeySize768 + pointBytes // 1,216
	EnvelopeKeyBytes       = 32
	EnvelopeOverhead       = mlkem.CiphertextSize768 + pointBytes + tagBytes // 1,136

	pointBytes = 32
	tagBytes   = 16
)

const envelopeLabel = "sotto/v1 envelope"

var (
	// ErrEnvelope says that an envelope is not what its contributor should have sent: it does not open in this context, or what
	// is inside is no share. A member that gets it abstains for the contributor's node.
	ErrEnvelope = errors.New("envelope does not open")

	// ErrDestroyed says that the member's key was destroyed with its epoch. Nothing is wrong with the envelope.
	ErrDestroyed = errors.New("envelope key was destroyed")
)

// A Context is all that a sealed share is bound to. An envelope opens in the context it was sealed in and in no other, so it can't
// be used again in another round, by another contributor, for another member or in another leaf.
type Context struct {
	Descriptor  [32]byte // hash of the round's descriptor
	Contributor [20]byte // address
	Member      uint8    // 1 … n
	Leaf        uint32
}

// info returns the HPKE info: label, descriptor, contributor, member, leaf, 75 bytes.
func (c Context) info() []byte {
	b := append([]byte{byte(len(envelopeLabel))}, envelopeLabel...)
	b = append(b, c.Descriptor[:]...)
	b = append(b, c.Contributor[:]...)
	b = append(b, c.Member)
	return binary.BigEndian.AppendUint32(b, c.Leaf)
}

// An EnvelopePublicKey is what shares are sealed to.
type EnvelopePublicKey struct {
	key     hpke.PublicKey
	encoded []byte
}

// ParseEnvelopePublicKey reads a key of [EnvelopePublicKeyBytes] bytes: the ML-KEM-768 encapsulation key, then the X25519 point. It
// refuses encapsulation keys with coefficients that are not reduced and points of low order; with those nobody could seal, so one
// member could keep every contributor out.
func ParseEnvelopePublicKey(b []byte) (*EnvelopePublicKey, error) {
	if len(b) != EnvelopePublicKeyBytes {
		return nil, fmt.Errorf("malformed envelope key: %d bytes, want %d", len(b), EnvelopePublicKeyBytes)
	}
	key, err := hpke.MLKEM768X25519().NewPublicKey(b)
	if err != nil {
		return nil, fmt.Errorf("malformed envelope key: %v", err)
	}
	if err := checkPoint(b[mlkem.EncapsulationKeySize768:]); err != nil {
		return nil, err
	}
	return &EnvelopePublicKey{key: key, encoded: bytes.Clone(b)}, nil
}

// lowOrder holds the X25519 points whose order divides 8, on the curve or on its twist, in all encodings below 2^255. Every scalar, a
// multiple of 8, takes them to zero (RFC 7748 §6.1; Bernstein, "Curve25519", 2006).
var lowOrder = [...][pointBytes]byte{
	{}, // 0, of order 2
	{1},
	littleEndian(0xec, 0xff, 0x7f), // p − 1
	{
		0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
		0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00,
	}, // of order 8
	{
		0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b,
		0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57,
	}, // of order 8
	littleEndian(0xed, 0xff, 0x7f), // p, that is 0
	littleEndian(0xee, 0xff, 0x7f), // p + 1
}

// littleEndian returns an encoding by its first byte, those between, and the last.
func littleEndian(first, between, last byte) (b [pointBytes]byte) {
	for i := range b {
		b[i] = between
	}
	b[0], b[pointBytes-1] = first, last
	return b
}

// checkPoint refuses points of low order. X25519 ignores the highest bit.
func checkPoint(b []byte) error {
	point := [pointBytes]byte(b)
	point[pointBytes-1] &= 0x7f
	if slices.Contains(lowOrder[:], point) {
		return errors.New("malformed envelope key: X25519 point of low order")
	}
	return nil
}

// Bytes returns the key's encoding, [EnvelopePublicKeyBytes] long.
func (k *EnvelopePublicKey) Bytes() []byte { return bytes.Clone(k.encoded) }

// An EnvelopeKey opens what was sealed to its public key. It is safe for concurrent use.
type EnvelopeKey struct {
	public *EnvelopePublicKey

	mu     sync.RWMutex
	secret hpke.PrivateKey // nil once destroyed
}

// GenerateEnvelopeKey draws a key for one member and one epoch.
func GenerateEnvelopeKey() (*EnvelopeKey, error) {
	secret, err := hpke.MLKEM768X25519().GenerateKey()
	if err != nil {
		return nil, fmt.Errorf("generating an envelope key: %w", err)
	}
	return newEnvelopeKey(secret)
}

// ParseEnvelopeKey reads what [EnvelopeKey.Bytes] returned. It copies b, which the caller should clear.
func ParseEnvelopeKey(b []byte) (*EnvelopeKey, error) {
	if len(b) != EnvelopeKeyBytes {
		return nil, fmt.Errorf("malformed envelope key: %d bytes, want %d", len(b), EnvelopeKeyBytes)
	}
	secret, err := hpke.MLKEM768X25519().NewPrivateKey(b)
	if err != nil {
		return nil, errors.New("malformed envelope key: the library refused it")
	}
	return newEnvelopeKey(secret)
}

func newEnvelopeKey(secret hpke.PrivateKey) (*EnvelopeKey, error) {
	public, err := ParseEnvelopePublicKey(secret.PublicKey().Bytes())
	if err != nil {
		return nil, err
	}
	return &EnvelopeKey{secret: secret, public: public}, nil
}

// Public returns the key to publish. It stays available after [EnvelopeKey.Destroy].
func (k *EnvelopeKey) Public() *EnvelopePublicKey { return k.public }

// Bytes returns the secret for the member's key file, [EnvelopeKeyBytes] long, or [ErrDestroyed]. The caller clears it.
func (k *EnvelopeKey) Bytes() ([]byte, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if k.secret == nil {
		return nil, ErrDestroyed
	}
	seed, err := k.secret.Bytes()
	return bytes.Clone(seed), err
}

// Destroy makes the key unusable. It waits for openings that are under way.
//
// The seed that the key was made from is overwritten; what the standard library derived from it (the ML-KEM and X25519 keys) can't
// be reached and lies in memory until the garbage collector reuses it. Key files are the caller's to delete.
func (k *EnvelopeKey) Destroy() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.secret == nil {
		return
	}
	if seed, err := k.secret.Bytes(); err == nil {
		clear(seed) // the library hands out its own slice; if it ever copies, this does no harm
	}
	k.secret = nil
}

// Format keeps the secret out of whatever prints the key.
func (k *EnvelopeKey) Format(s fmt.State, _ rune) { io.WriteString(s, "envelope key (secret)") }

// LogValue keeps the secret out of logs.
func (k *EnvelopeKey) LogValue() slog.Value { return slog.StringValue("envelope key (secret)") }

// Seal encrypts one member's encoded share to that member, bound to ctx. The result has [Params.EnvelopeBytes] bytes: the
// encapsulated key (1,120), then the ciphertext with its tag.
func Seal(public *EnvelopePublicKey, ctx Context, share []byte) ([]byte, error) {
	return seal(public, ctx.info(), share)
}

func seal(public *EnvelopePublicKey, info, share []byte) ([]byte, error) {
	sealed, err := hpke.Seal(public.key, hpke.HKDFSHA256(), hpke.AES256GCM(), info, share)
	if err != nil {
		return nil, fmt.Errorf("sealing a share: %w", err)
	}
	return sealed, nil
}

// OpenEnvelope returns the share of N coefficients that was sealed to key in ctx. Whatever is wrong with the envelope is an
// [ErrEnvelope]; its length is checked before anything is computed.
func OpenEnvelope(p Params, key *EnvelopeKey, ctx Context, sealed []byte, N int) ([]uint32, error) {
	return open(p, key, ctx.info(), sealed, N)
}

func open(p Params, key *EnvelopeKey, info, sealed []byte, N int) ([]uint32, error) {
	if err := checkCoefficients(N); err != nil {
		return nil, err
	}
	if want := p.EnvelopeBytes(N); len(sealed) != want {
		return nil, fmt.Errorf("%w: %d bytes, want %d", ErrEnvelope, len(sealed), want)
	}
	key.mu.RLock()
	defer key.mu.RUnlock()
	if key.secret == nil {
		return nil, ErrDestroyed
	}
	encoded, err := hpke.Open(key.secret, hpke.HKDFSHA256(), hpke.AES256GCM(), info, sealed)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrEnvelope, err)
	}
	defer clear(encoded)
	share, err := DecodeShare(p, encoded, N)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrEnvelope, err)
	}
	return share, nil
}
