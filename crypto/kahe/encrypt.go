package kahe

import (
	"fmt"

	"sotto/crypto/internal/bitpack"
	"sotto/crypto/internal/keystream"
)

// Encrypt encrypts the quantised values of a whole model, each below 2^b, and returns the packed ciphertext: the coefficients of
// all blocks in order, p bits each, as many as the values need. It works on as many blocks at a time as there are processors.
//
// It uses up the secret, also when it fails; [Secret.Coefficients] remain for sharing. beacon is the round's. Errors: values that
// are too many, none, or out of range; a secret made for another set; [ErrSecretUsed].
func Encrypt(params Params, beacon [32]byte, secret *Secret, values []uint32) ([]byte, error) {
	if err := params.CheckParameters(len(values)); err != nil {
		return nil, err
	}
	e, err := newEncryptor(params, beacon, secret)
	if err != nil {
		return nil, err
	}
	defer e.wipe()
	full := params.BlockParameters()
	blocks := params.Blocks(len(values))
	part := func(block int) []uint32 { return values[block*full : min((block+1)*full, len(values))] }
	for block := range blocks {
		if err := params.checkValues(block, part(block)); err != nil {
			return nil, err
		}
	}
	packed := make([]byte, params.CiphertextBytes(len(values)))
	blockBytes := bitpack.Size(params.N(), params.WireBits())
	inParallel(params, blocks, func(s *scratch, block int) {
		at := block * blockBytes
		e.encrypt(s, packed[at:at], block, part(block))
	})
	return packed, nil
}

// An encryptor encrypts one contribution.
type encryptor struct {
	params  Params
	field   *field
	rounder *rounder
	packer  *packer
	layout  *bitpack.Layout
	beacon  [32]byte
	key     key
	random  *keystream.Key
}

// newEncryptor uses up the secret. It returns [ErrSecretUsed] if that has happened before.
func newEncryptor(params Params, beacon [32]byte, secret *Secret) (*encryptor, error) {
	random, err := secret.take(params)
	if err != nil {
		return nil, err
	}
	f := params.field()
	return &encryptor{
		params:  params,
		field:   f,
		rounder: newRounder(params),
		packer:  newPacker(params.Slots(), params.SlotWidth(), 64*params.words()-params.PlainBits()),
		layout:  bitpack.NewLayout(params.WireBits()),
		beacon:  beacon,
		key:     f.key(func(x int) int64 { return int64(secret.coefficients[x]) }),
		random:  random,
	}, nil
}

// checkValues returns an error if values do not fit into b bits.
func (p Params) checkValues(block int, values []uint32) error {
	var all uint32
	for ; len(values) >= 8; values = values[8:] {
		v := (*[8]uint32)(values)
		all |= v[0] | v[1] | v[2] | v[3] | v[4] | v[5] | v[6] | v[7]
	}
	for _, u := range values {
		all |= u
	}
	if all>>p.Bits() != 0 {
		return fmt.Errorf("block %d has a value of more than %d bits", block, p.Bits())
	}
	return nil
}

// encrypt appends a block to dst. Blocks may be encrypted in any order, each with a scratch of its own, and each once: a block's errors are
// always the same.
func (e *encryptor) encrypt(s *scratch, dst []byte, block int, values []uint32) []byte {
	e.field.expand(s.mask, &e.beacon, uint32(block))
	e.field.mask(s.mask, e.key)
	coefficients := ceilDiv(len(values), e.params.Slots())
	columns := s.first(coefficients)
	e.random.Samples(s.errors[:coefficients], 2*uint64(block)+1)
	e.random.Words(s.dither[:coefficients], 2*uint64(block)+2)
	e.packer.pack(columns, values)
	e.rounder.round(columns, s.mask, s.errors, s.dither)
	return e.layout.Append(dst, columns)
}

// wipe erases what the encryptor knows of the secret. It encrypts nothing after that.
func (e *encryptor) wipe() {
	e.key.wipe()
	e.random.Wipe()
}
