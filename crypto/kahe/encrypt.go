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
	e, err := NewEncryptor(params, beacon, secret)
	if err != nil {
		return nil, err
	}
	defer e.Wipe()
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

// An Encryptor encrypts one contribution, block by block, in memory for one block. It is not safe for concurrent use.
type Encryptor struct {
	params  Params
	field   *field
	rounder *rounder
	packer  *packer
	layout  *bitpack.Layout
	beacon  [32]byte
	key     key
	random  *keystream.Key // nil after Wipe
	scratch *scratch       // of EncryptBlock
	block   int            // the next one
	short   bool           // the last block was not full
}

// NewEncryptor uses up the secret. It returns [ErrSecretUsed] if that has happened before.
func NewEncryptor(params Params, beacon [32]byte, secret *Secret) (*Encryptor, error) {
	random, err := secret.take(params)
	if err != nil {
		return nil, err
	}
	f := params.field()
	return &Encryptor{
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

// EncryptBlock encrypts the next N·k values, each below 2^b, appends the packed block to dst and returns it. Only the last block may
// have fewer values. Full blocks are whole bytes, so the blocks one after the other are the packed ciphertext.
//
// Nothing is used up when the values are refused.
func (e *Encryptor) EncryptBlock(dst []byte, values []uint32) ([]byte, error) {
	full := e.params.BlockParameters()
	switch {
	case e.random == nil:
		return nil, fmt.Errorf("block %d: %w", e.block, ErrSecretUsed)
	case e.short:
		return nil, fmt.Errorf("block %d after a short one: only the last block may have fewer than %d values", e.block, full)
	case len(values) < 1 || len(values) > full:
		return nil, fmt.Errorf("block %d has %d values, want 1 to %d", e.block, len(values), full)
	case e.block*full+len(values) > MaxParameters:
		return nil, fmt.Errorf("more than %d model parameters in one contribution", MaxParameters)
	}
	if err := e.params.checkValues(e.block, values); err != nil {
		return nil, err
	}
	if e.scratch == nil {
		e.scratch = newScratch(e.params)
	}
	dst = e.encrypt(e.scratch, dst, e.block, values)
	e.block++
	e.short = len(values) < full
	return dst, nil
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

// encrypt appends a block to dst. Blocks may be encrypted in any order, each with a scratch of its own.
func (e *Encryptor) encrypt(s *scratch, dst []byte, block int, values []uint32) []byte {
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

// Wipe erases what the encryptor knows of the secret. It encrypts nothing after that.
func (e *Encryptor) Wipe() {
	e.key.wipe()
	if e.scratch != nil {
		e.scratch.wipe()
	}
	if e.random != nil {
		e.random.Wipe()
	}
	e.random = nil
}
