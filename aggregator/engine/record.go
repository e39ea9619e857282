package engine

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// MaxRecordBytes bounds a record, without its header. Bulk goes into segments.
const MaxRecordBytes = 1 << 20

// A Head is a place in a log: the record that was seen last. The zero Head is before the first record.
type Head struct {
	Sequence uint64   // of the record in its log, from 1, without gaps
	Position uint64   // of the record in its stream, which the next append is compared with
	Hash     [32]byte // of the record and, by its chain, of all before it
}

func (h Head) String() string {
	return fmt.Sprintf("%d (position %d, %x…)", h.Sequence, h.Position, h.Hash[:4])
}

// An Entry is a record of a log with its place.
type Entry struct {
	Head   Head
	Record []byte
}

// labelRecord separates the hashes of records from all others.
const labelRecord = "\x0fsotto/v1 record"

// header precedes a record in its message: version ‖ nonce ‖ sequence ‖ previous hash ‖ SHA-256 of the record.
type header struct {
	nonce    [16]byte // of the append, by which a writer knows its own record from an equal one
	sequence uint64
	previous [32]byte
	digest   [32]byte
}

const (
	headerVersion = 1
	headerBytes   = 1 + 16 + 8 + 32 + 32
)

// seal puts the header before a record that follows head.
func seal(head Head, nonce [16]byte, record []byte) (header, []byte) {
	h := header{nonce: nonce, sequence: head.Sequence + 1, previous: head.Hash, digest: sha256.Sum256(record)}
	return h, append(h.encode(make([]byte, 0, headerBytes+len(record))), record...)
}

func (h *header) encode(to []byte) []byte {
	to = append(append(to, headerVersion), h.nonce[:]...)
	to = binary.BigEndian.AppendUint64(to, h.sequence)
	return append(append(to, h.previous[:]...), h.digest[:]...)
}

// open takes a message apart and checks the record against the header. The record shares the message's memory.
func open(message []byte) (h header, record []byte, err error) {
	if len(message) < headerBytes || len(message) > headerBytes+MaxRecordBytes {
		return h, nil, fmt.Errorf("%w record: %d bytes, want %d to %d", ErrCorrupt, len(message), headerBytes, headerBytes+MaxRecordBytes)
	}
	if message[0] != headerVersion {
		return h, nil, fmt.Errorf("%w record: version %d, want %d", ErrCorrupt, message[0], headerVersion)
	}
	copy(h.nonce[:], message[1:])
	h.sequence = binary.BigEndian.Uint64(message[17:])
	copy(h.previous[:], message[25:])
	copy(h.digest[:], message[57:])
	record = message[headerBytes:]
	if got := sha256.Sum256(record); got != h.digest {
		return h, nil, fmt.Errorf("%w record %d: its hash is %x…, its header says %x…", ErrCorrupt, h.sequence, got[:4], h.digest[:4])
	}
	return h, record, nil
}

// hash chains the record to all before it: SHA-256(label ‖ series ‖ length of name ‖ name ‖ header without version).
func (h *header) hash(series uint32, name string) [32]byte {
	b := binary.BigEndian.AppendUint32([]byte(labelRecord), series)
	b = append(append(b, byte(len(name))), name...)
	return sha256.Sum256(append(b, h.encode(nil)[1:]...))
}

// follows checks that the record comes right after head.
func (h *header) follows(head Head) error {
	if h.sequence != head.Sequence+1 {
		return fmt.Errorf("%w log: record %d follows record %d", ErrCorrupt, h.sequence, head.Sequence)
	}
	if h.previous != head.Hash {
		return fmt.Errorf("%w log: record %d follows a record with hash %x…, record %d has %x…", ErrCorrupt, h.sequence, h.previous[:4], head.Sequence, head.Hash[:4])
	}
	return nil
}
