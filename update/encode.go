package update

import (
	"errors"
	"fmt"
)

// An Encoder quantises a contributor's update as it is read.
type Encoder struct {
	rule                 MeanRule
	quantiser            Quantiser
	random               Source
	read                 func([]float32) error
	parameters, examples int
	at, clipped          int
	buffer               []float32
}

// NewEncoder returns an encoder of an update with so many parameters, of which read fills its argument with the next ones. examples is
// the number of rows trained on and at least 1 under [WeightExamples]; random is as for [Quantiser.Quantise].
//
// With WeightExamples the update, clipped, is scaled by z = min(1, examples/Examples) and z·Clip follows as the last coordinate.
func (r MeanRule) NewEncoder(parameters int, read func([]float32) error, examples int, q Quantiser, random Source) (*Encoder, error) {
	if err := errors.Join(r.Validate(), q.Validate()); err != nil {
		return nil, err
	}
	if r.Weighting == WeightExamples && examples < 1 {
		return nil, fmt.Errorf("update from %d examples, want at least 1", examples)
	}
	return &Encoder{rule: r, quantiser: q, random: random, read: read, parameters: parameters, examples: examples,
		buffer: make([]float32, min(r.Coordinates(parameters), chunkValues))}, nil
}

// Clipped returns how many coordinates had to be clipped so far.
func (e *Encoder) Clipped() int { return e.clipped }

// Read fills dst with the next integers below 2^Bits, of [MeanRule.Coordinates] in all. After an error dst and the encoder are of no use.
func (e *Encoder) Read(dst []uint32) error {
	if left := e.rule.Coordinates(e.parameters) - e.at; len(dst) > left {
		return fmt.Errorf("%d quantised values are asked for, %d are left", len(dst), left)
	}
	for len(dst) > 0 {
		part := e.buffer[:min(len(dst), len(e.buffer))]
		values := part[:min(len(part), e.parameters-e.at)]
		if err := e.read(values); err != nil {
			return err
		}
		if e.rule.Weighting == WeightExamples {
			if err := e.weigh(part, len(values)); err != nil {
				return err
			}
		}
		clipped, err := e.quantiser.quantise(dst[:len(part)], part, e.at, e.random)
		if err != nil {
			return err
		}
		e.clipped += clipped
		e.at += len(part)
		dst = dst[len(part):]
	}
	return nil
}

// weigh clips and scales the first values of part; the weight itself follows.
func (e *Encoder) weigh(part []float32, values int) error {
	z, clip := e.rule.weight(e.examples), e.quantiser.Clip
	for i, x := range part[:values] {
		if !finite(x) {
			return notFinite(e.at + i)
		}
		// Before scaling: a coordinate may exceed the clip no more than that of a contributor with full weight.
		kept := max(-clip, min(clip, x))
		if kept != x {
			e.clipped++
		}
		part[i] = float32(z * float64(kept))
	}
	for i := range part[values:] {
		part[values+i] = float32(z * float64(clip))
	}
	return nil
}

// Wipe erases the values that the encoder has worked on last.
func (e *Encoder) Wipe() { clear(e.buffer) }

// Encode is a whole [Encoder]'s work on an update in memory: the integers and the number of coordinates that were clipped.
func (r MeanRule) Encode(update []float32, examples int, q Quantiser, random Source) (u []uint32, clipped int, err error) {
	rest := update
	e, err := r.NewEncoder(len(update), func(dst []float32) error {
		rest = rest[copy(dst, rest):]
		return nil
	}, examples, q, random)
	if err != nil {
		return nil, 0, err
	}
	defer e.Wipe()
	u = make([]uint32, r.Coordinates(len(update)))
	if err := e.Read(u); err != nil {
		return nil, 0, err
	}
	return u, e.clipped, nil
}
