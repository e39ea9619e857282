package kahe

import (
	"runtime"
	"sync"

	"sotto/crypto/internal/bitpack"
)

// maxLines bounds how many blocks of a stream are in memory at a time, a megabyte or so each. The values come one after the other and
// the ciphertext goes so, which takes as long as encrypting on a few processors.
const maxLines = 16

// A Stream is where the values of a contribution come from and where its ciphertext goes. No function is called after one has returned
// an error, but those that are at work then go on to their end.
type Stream struct {
	// Read fills values with the next ones, each below 2^b: a whole block or, at last, what is left.
	Read func(values []uint32) error

	// Block, if it is not nil, is given every packed block with the number of its first coefficient before Write is. It is called for
	// several blocks at a time and in any order.
	Block func(first int, packed []byte) error

	// Write takes the next packed block. Full blocks are whole bytes, so the blocks one after the other are the packed ciphertext.
	Write func(packed []byte) error
}

// EncryptStream is [Encrypt] for a model of any size: it has as many blocks in memory as there are processors, at most 16. What Block and
// Write are given is theirs until they return.
//
// It uses up the secret, also when it fails; what was written before an error is of no use. Errors are those of [Encrypt] and of the
// stream's functions.
func EncryptStream(params Params, beacon [32]byte, secret *Secret, parameters int, stream Stream) error {
	if err := params.CheckParameters(parameters); err != nil {
		return err
	}
	e, err := newEncryptor(params, beacon, secret)
	if err != nil {
		return err
	}
	defer e.wipe()
	f := &flow{encryptor: e, stream: stream, parameters: parameters}
	f.turn.L = &f.mu
	var others sync.WaitGroup
	for range min(params.Blocks(parameters), runtime.GOMAXPROCS(0), maxLines) - 1 {
		others.Go(f.line)
	}
	f.line()
	others.Wait()
	return f.err
}

// A flow is a stream at work. Each of its lines takes a block, encrypts it and waits for the turn to write it.
type flow struct {
	*encryptor
	stream     Stream
	parameters int

	reading sync.Mutex // held while a block is read; guards next
	next    int        // block to be read

	mu      sync.Mutex
	turn    sync.Cond // written or err has changed
	written int       // blocks
	err     error     // the first one
}

func (f *flow) line() {
	s := newScratch(f.params)
	defer s.wipe()
	full := min(f.params.BlockParameters(), f.parameters)
	values := make([]uint32, full)
	defer clear(values)
	packed := make([]byte, 0, bitpack.Size(f.params.Coefficients(full), f.params.WireBits()))
	for {
		block, part, err := f.read(values)
		if err == nil && len(part) > 0 {
			packed = f.encrypt(s, packed[:0], block, part)
			err = f.write(block, packed)
		}
		if err != nil {
			f.fail(err)
		}
		if err != nil || len(part) == 0 {
			return
		}
	}
}

// read returns the number of the next block and its values, none after the last block or an error of another line.
func (f *flow) read(values []uint32) (block int, part []uint32, err error) {
	f.reading.Lock()
	defer f.reading.Unlock()
	block = f.next
	part = values[:max(0, min(len(values), f.parameters-block*f.params.BlockParameters()))]
	if len(part) == 0 || f.failed() != nil {
		return block, nil, nil
	}
	f.next++
	if err := f.stream.Read(part); err != nil {
		return block, nil, err
	}
	return block, part, f.params.checkValues(block, part)
}

// write hands a block on, in its turn. It does nothing after an error of another line.
func (f *flow) write(block int, packed []byte) error {
	if f.stream.Block != nil {
		if err := f.stream.Block(block*f.params.N(), packed); err != nil {
			return err
		}
	}
	f.mu.Lock()
	for f.written != block && f.err == nil {
		f.turn.Wait()
	}
	err := f.err
	f.mu.Unlock()
	if err != nil {
		return nil
	}
	// Nobody else's turn comes before written is larger.
	if err := f.stream.Write(packed); err != nil {
		return err
	}
	f.mu.Lock()
	f.written++
	f.mu.Unlock()
	f.turn.Broadcast()
	return nil
}

func (f *flow) failed() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

func (f *flow) fail(err error) {
	f.mu.Lock()
	if f.err == nil {
		f.err = err
	}
	f.mu.Unlock()
	f.turn.Broadcast()
}
