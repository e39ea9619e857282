package kahe

import (
	"crypto/sha256"
	"encoding/binary"

	"sotto/crypto/internal/keystream"
)

// PublicPolynomial returns the polynomial a of a block: for each prime of the set N residues, in the NTT domain and in the order
// of Lattigo's ring package (docs/protocol.md §3 spells it out: value i is a at psi^(2·reverse(i)+1)).
//
// They come off the AES-128-CTR stream with key and initial counter block SHA-256(label ‖ beacon ‖ block as uint32), as
// little-endian uint64s masked to the bits of the prime and dropped when not below it, prime after prime.
func PublicPolynomial(params Params, beacon [32]byte, block uint32) ([][]uint64, error) {
	if params == (Params{}) {
		return nil, errNoParams
	}
	a := params.field().newPolynomial()
	params.field().expand(a, &beacon, block)
	return a, nil
}

// expand fills a with the public polynomial of a block.
func (f *field) expand(a [][]uint64, beacon *[32]byte, block uint32) {
	input := append(make([]byte, 0, 1+len(publicPolynomialLabel)+len(beacon)+4), byte(len(publicPolynomialLabel)))
	input = append(append(input, publicPolynomialLabel...), beacon[:]...)
	digest := sha256.Sum256(binary.BigEndian.AppendUint32(input, block))
	stream := keystream.NewUniform(&digest)
	for i, r := range f.rings {
		stream.Fill(a[i], r.Q())
	}
}
