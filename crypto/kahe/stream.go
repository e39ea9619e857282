package kahe

import (
	"runtime"
	"sync"

	"sotto/crypto/internal/bitpack"
)

const (
	// maxLines bounds how many parts of a stream are in memory at a time, a megabyte or so each. The values come one after the other and
	// the ciphertext goes so, which takes as long as encrypting on a few processors.
	maxLines = 16

	// partValues is about how many values a part has, in whole blocks: parts that are much shorter would often wait for one another.
	partValues = 1 << 16
)

// A Stream is where the values of a contribution come from and where its ciphertext goes, in parts of one or more blocks. No function is
// called after one has returned an error, but those that are at work then go on to their end.
type Stream struct {
	// Read fills values with the next ones, each below 2^b: a part or, at last, what is left.
	Read func(values []uint32) error

	// Part, if it is not nil, is given every packed part with the number of its first coefficient before Write is. It is called for
	// several parts at a time and in any order.
	Part func(first int, packed []byte) error

	// Write takes the next packed part. Full blocks are whole bytes, so the parts one after the other are the packed ciphertext.
	Write func(packed []byte) error
}

// EncryptStream is [Encrypt] for a model of any size: it has as many parts in memory as there are processors, at most 16. What Part and
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
	f := &flow{encryptor: e, stream: stream, left: parameters, blocks: max(1, partValues/params.BlockParameters())}
	f.turn.L = &f.mu
	var others sync.WaitGroup
	for range min(ceilDiv(params.Blocks(parameters), f.blocks), runtime.GOMAXPROCS(0), maxLines) - 1 {
		others.Go(f.line)
	}
	f.line()
	others.Wait()
	return f.err
}

// A flow is a stream at work. Each of its lines takes a part, encrypts it and waits for the turn to write it.
type flow struct {
	*encryptor
	stream Stream
	blocks int // in a part

	reading sync.Mutex // held while a part is read; guards what follows
	left    int        // values to be read
	next    int        // part to be read

	mu      sync.Mutex
	turn    sync.Cond // written or err has changed
	written int       // parts
	err     error     // the first one
}

func (f *flow) line() {
	s := newScratch(f.params)
	defer s.wipe()
	var values []uint32
	var packed []byte
	defer func() { clear(values) }()
	for {
		part, count, err := f.read(&values)
		if err == nil && count > 0 {
			if packed, err = f.encryptPart(s, packed[:0], part, values[:count]); err == nil {
				err = f.write(part, packed)
			}
		}
		if err != nil {
			f.fail(err)
		}
		if err != nil || count == 0 {
			return
		}
	}
}

// read reads the next part, makes room for it if there is none, and returns its number and how many values it has: 0 after the last one
// and after an error of another line.
func (f *flow) read(values *[]uint32) (part, count int, err error) {
	f.reading.Lock()
	defer f.reading.Unlock()
	part, count = f.next, min(f.left, f.blocks*f.params.BlockParameters())
	if count == 0 || f.failed() {
		return part, 0, nil
	}
	if *values == nil {
		*values = make([]uint32, count) // no later part has more
	}
	f.next++
	f.left -= count
	return part, count, f.stream.Read((*values)[:count])
}

// encryptPart appends the blocks of a part to packed, or returns an error if values do not fit into b bits.
func (f *flow) encryptPart(s *scratch, packed []byte, part int, values []uint32) ([]byte, error) {
	if packed == nil {
		packed = make([]byte, 0, bitpack.Size(f.params.Coefficients(len(values)), f.params.WireBits()))
	}
	full := f.params.BlockParameters()
	for block := part * f.blocks; len(values) > 0; block++ {
		n := min(full, len(values))
		if err := f.params.checkValues(block, values[:n]); err != nil {
			return nil, err
		}
		packed = f.encrypt(s, packed, block, values[:n])
		values = values[n:]
	}
	return packed, nil
}

// write hands a part on, in its turn. It does nothing after an error of another line.
func (f *flow) write(part int, packed []byte) error {
	if f.stream.Part != nil {
		if err := f.stream.Part(part*f.blocks*f.params.N(), packed); err != nil {
			return err
		}
	}
	f.mu.Lock()
	for f.written != part && f.err == nil {
		f.turn.Wait()
	}
	failed := f.err != nil
	f.mu.Unlock()
	if failed {
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

func (f *flow) failed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err != nil
}

func (f *flow) fail(err error) {
	f.mu.Lock()
	if f.err == nil {
		f.err = err
	}
	f.mu.Unlock()
	f.turn.Broadcast()
}
