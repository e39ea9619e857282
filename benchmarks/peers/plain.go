package peers

import (
	"context"
	"encoding/binary"
	"io"
	"math"
	"sync"

	"sotto/benchmarks/measure"
)

// plain is federated averaging as it is: float32 numbers in the clear.
var plain = &System{
	Name: "plain", Title: "plain averaging",
	Gives: Gives{
		DropOuts:   "whoever vanishes is left out",
		KeyHolders: "no keys: the aggregator sees every update",
		OneMessage: "yes",
		Check:      "nobody",
		Besides:    "no rounding of values",
	},
	Unquantised: true, Tolerance: 1e-6,
	Settings: func(Workload) (string, error) {
		return "float32, little-endian, in raw frames of 256 KiB; sums in float32", nil
	},
	NewContributor: func(Workload) (Contributor, error) { return new(plainContributor), nil },
	NewAggregator: func(_ context.Context, w Workload, _ []byte) (Aggregator, error) {
		a := &plainAggregator{w: w, sums: make([]float32, w.Parameters)}
		var err error
		a.door, err = newDoor(a, nil)
		return a, err
	},
}

type plainContributor struct{ sender }

func (c *plainContributor) Join(_ context.Context, inv Invitation) error { return c.join(inv) }

func (c *plainContributor) Make(_ int, x []float32) (int, error) {
	c.message = appendFloats(make([]byte, 0, 4*len(x)), x)
	return len(c.message), nil
}

func appendFloats(dst []byte, x []float32) []byte {
	for _, v := range x {
		dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(v))
	}
	return dst
}

type plainAggregator struct {
	*door
	w Workload

	mu   sync.Mutex
	sums []float32
}

// ingest adds as it reads. A contribution that is cut off leaves a part of it in the sum, which no serious server would put up with: the
// floor is a little lower than what people have.
func (a *plainAggregator) ingest(r io.Reader) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return addFloats(a.sums, r)
}

func addFloats(sums []float32, r io.Reader) error {
	buffer := make([]byte, min(chunkBytes, 4*len(sums)))
	for len(sums) > 0 {
		chunk := buffer[:min(len(buffer), 4*len(sums))]
		if _, err := io.ReadFull(r, chunk); err != nil {
			return err
		}
		part := sums[:len(chunk)/4]
		for j := range part {
			part[j] += math.Float32frombits(binary.LittleEndian.Uint32(chunk[4*j:]))
		}
		sums = sums[len(part):]
	}
	return nil
}

func (a *plainAggregator) Open(context.Context) (*Opening, error) {
	span := measure.Begin()
	mean := make([]float64, len(a.sums))
	for j, s := range a.sums {
		mean[j] = float64(s) / float64(a.w.Contributors)
	}
	return &Opening{Mean: mean, Cost: span.End()}, nil
}
