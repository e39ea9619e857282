package kahe

import (
	"fmt"

	"sotto/crypto/internal/bitpack"
)

// Encrypt encrypts the quantised values of a whole model, each below 2^b, and returns the packed ciphertext: the coefficients of
// all blocks in order, p bits each, as many as the values need.
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
	packed := make([]byte, 0, params.CiphertextBytes(len(values)))
	for len(values) > 0 {
		block := values[:min(len(values), params.BlockParameters())]
		if packed, err = e.EncryptBlock(packed, block); err != nil {
			return nil, err
		}
		values = values[len(block):]
	}
	return packed, nil
}

// An Encryptor encrypts one contribution, block by block, in memory for one block. It is not safe for concurrent use.
type Encryptor struct {
	params  Params
	field   *field
	rounder *rounder
	beacon  [32]byte
	key     [][]uint64 // see field.key
	noise   *noise
	mask    [][]uint64 // of one block: the public polynomial, then its product with the secret
	errors  []int32    // of one block
	dither  []uint64   // of one block: what the message is rounded by, in units of 2^−64
	block   int        // the next one
	short   bool       // the last block was not full
}

// NewEncryptor uses up the secret. It returns [ErrSecretUsed] if that has happened before.
func NewEncryptor(params Params, beacon [32]byte, secret *Secret) (*Encryptor, error) {
	noise, err := secret.take(params)
	if err != nil {
		return nil, err
	}
	f := params.field()
	return &Encryptor{
		params:  params,
		field:   f,
		rounder: newRounder(params),
		beacon:  beacon,
		key:     f.key(func(x int) int64 { return int64(secret.coefficients[x]) }),
		noise:   noise,
		mask:    f.newPolynomial(),
		errors:  make([]int32, f.n),
		dither:  make([]uint64, f.n),
	}, nil
}

// EncryptBlock encrypts the next N·k values, each below 2^b, appends the packed block to dst and returns it. Only the last block may
// have fewer values. Full blocks are whole bytes, so the blocks one after the other are the packed ciphertext.
//
// Nothing is used up when the values are refused.
func (e *Encryptor) EncryptBlock(dst []byte, values []uint32) ([]byte, error) {
	full := e.params.BlockParameters()
	switch {
	case e.noise == nil:
		return nil, fmt.Errorf("block %d: %w", e.block, ErrSecretUsed)
	case e.short:
		return nil, fmt.Errorf("block %d after a short one: only the last block may have fewer than %d values", e.block, full)
	case len(values) < 1 || len(values) > full:
		return nil, fmt.Errorf("block %d has %d values, want 1 to %d", e.block, len(values), full)
	case e.block*full+len(values) > MaxParameters:
		return nil, fmt.Errorf("more than %d model parameters in one contribution", MaxParameters)
	}
	var all uint32
	for _, u := range values {
		all |= u
	}
	if all>>e.params.Bits() != 0 {
		return nil, fmt.Errorf("block %d has a value of more than %d bits", e.block, e.params.Bits())
	}

	coefficients := ceilDiv(len(values), e.params.Slots())
	e.field.expand(e.mask, &e.beacon, uint32(e.block))
	e.field.mask(e.mask, e.key)
	e.noise.samples(e.errors[:coefficients], 2*uint64(e.block)+1)
	e.noise.words(e.dither[:coefficients], 2*uint64(e.block)+2)
	e.block++
	e.short = len(values) < full

	out := bitpack.NewWriter(dst)
	slots, width := e.params.Slots(), e.params.SlotWidth()
	lowest := 64*e.rounder.words - e.params.PlainBits()
	var z [maxPrimes]uint64
	for x := range coefficients {
		for i := range e.mask {
			z[i] = e.mask[i][x]
		}
		message := pack(values[x*slots:min((x+1)*slots, len(values))], lowest, width)
		c := e.rounder.round(&z, e.errors[x], e.dither[x], &message)
		writeCoefficient(out, &c, e.params.WireBits())
	}
	return out.Bytes(), nil
}

// Wipe erases what the encryptor knows of the secret. It encrypts nothing after that.
func (e *Encryptor) Wipe() {
	for i := range e.key {
		clear(e.key[i])
		clear(e.mask[i])
	}
	clear(e.errors)
	clear(e.dither)
	e.noise = nil
}

// pack returns the values as slots of that many bits, the first from bit lowest on. They must fit.
func pack(values []uint32, lowest, width int) limbs {
	var v [len(limbs{}) + 1]uint64 // one more, for the empty upper part of a slot that ends with the last word
	for _, u := range values {
		word, bit := lowest>>6, uint(lowest)&63
		v[word] |= uint64(u) << bit
		v[word+1] |= uint64(u) >> (64 - bit)
		lowest += width
	}
	return limbs(v[:])
}
