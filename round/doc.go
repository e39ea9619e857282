// Package round defines what the parties of a Sotto round say to each other: [Descriptor], [Contribution], [Receipt], [Manifest],
// [Release], [Certificate] and [Transcript], with their validation, canonical bytes, labels and limits. It does no input or output and
// holds no state (docs/protocol.md §2).
//
// # Canonical bytes
//
// Every object that is hashed, signed or sent is encoded with RLP, Ethereum's recursive length prefix encoding: a struct is the list
// of its fields in order, integers are unsigned, big-endian and without leading zeros, byte arrays are strings of exactly their length.
// RLP has one encoding per value, and the decoder refuses every other, trailing bytes included, so accepted bytes re-encode to
// themselves. [Encode] and [Decode] are the only way in and out; Decode takes the limit that belongs to the type (limits.go).
//
// What is signed always begins with a label, the chain id, a contract and the epoch and round (labels.go), so that no signature means
// anything on another chain, for another deployment or in another round.
package round

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/rlp"
)

// Hash is a SHA-256 or Keccak-256 digest.
type Hash [32]byte

// String returns the digest in hexadecimal with the prefix 0x.
func (h Hash) String() string { return "0x" + hex.EncodeToString(h[:]) }

// Short returns the first four bytes in hexadecimal, for progress lines.
func (h Hash) Short() string { return "0x" + hex.EncodeToString(h[:4]) + "…" }

// MarshalText implements encoding.TextMarshaler.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler: 64 hexadecimal digits after 0x.
func (h *Hash) UnmarshalText(text []byte) error {
	if len(text) != 66 || text[0] != '0' || text[1] != 'x' {
		return fmt.Errorf("malformed hash: %d characters, want 0x and 64 hexadecimal digits", len(text))
	}
	_, err := hex.Decode(h[:], text[2:])
	return err
}

// Encode returns the canonical bytes of v, a value of one of this package's types. It panics on other types, which is a mistake in the
// program: no value of this package's types fails to encode.
func Encode(v any) []byte {
	b, err := rlp.EncodeToBytes(v)
	if err != nil {
		panic(fmt.Sprintf("round: internal error: encoding %T: %v", v, err))
	}
	return b
}

// ErrTooLarge says that bytes were refused before decoding because of their number.
var ErrTooLarge = errors.New("too large")

// Decode fills v from its canonical bytes. At most limit bytes are looked at; the memory taken is bounded by a small multiple of the
// bytes given. what names the object in errors.
func Decode(what string, b []byte, limit int, v any) error {
	if len(b) > limit {
		return fmt.Errorf("%s of %d bytes is %w: at most %d", what, len(b), ErrTooLarge, limit)
	}
	if err := rlp.DecodeBytes(b, v); err != nil {
		return fmt.Errorf("malformed %s: %v", what, err)
	}
	return nil
}

// Digest returns the SHA-256 of the canonical bytes of v.
func Digest(v any) Hash { return sha256.Sum256(Encode(v)) }
