package kahe

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// A scratch is the memory that one block is worked on in.
type scratch struct {
	mask    [][]uint64 // a row for each prime: the public polynomial, then its product with the key
	errors  []int32
	dither  []uint64   // what messages are rounded by, in units of 2^−64
	columns [][]uint64 // a row for each word: of packed messages, then of wire coefficients
	part    [][]uint64 // see first
}

func newScratch(params Params) *scratch {
	n, words := params.N(), params.words()
	return &scratch{
		mask:    params.field().newPolynomial(),
		errors:  make([]int32, n),
		dither:  make([]uint64, n),
		columns: newRows(words, n),
		part:    make([][]uint64, words),
	}
}

// first returns the columns of the first coefficients.
func (s *scratch) first(coefficients int) [][]uint64 {
	for i, column := range s.columns {
		s.part[i] = column[:coefficients]
	}
	return s.part
}

func (s *scratch) wipe() {
	for _, row := range s.mask {
		clear(row)
	}
	for _, row := range s.columns {
		clear(row)
	}
	clear(s.errors)
	clear(s.dither)
}

// inParallel does the work on every block, on as many blocks at a time as there are processors, each in a scratch that is wiped at
// the end.
func inParallel(params Params, blocks int, work func(s *scratch, block int)) {
	var next atomic.Int64
	line := func() {
		s := newScratch(params)
		defer s.wipe()
		for block := int(next.Add(1)) - 1; block < blocks; block = int(next.Add(1)) - 1 {
			work(s, block)
		}
	}
	var others sync.WaitGroup
	for range min(blocks, runtime.GOMAXPROCS(0)) - 1 {
		others.Go(line)
	}
	line()
	others.Wait()
}
