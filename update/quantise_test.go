package update_test

import (
	"crypto/sha256"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"sotto/update"
)

// seeded returns a reproducible stream for tests.
func seeded(label string) *rand.ChaCha8 {
	return rand.NewChaCha8(sha256.Sum256([]byte("sotto/v1 test vectors update" + label)))
}

func TestQuantiseNearest(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, row := range []struct {
		rule    string
		clip    float32
		bits    int
		x       float32
		want    uint32
		clipped int
	}{
		{"zero is the offset", 1, 16, 0, 32768, 0},
		{"minus zero is zero", 1, 16, float32(math.Copysign(0, -1)), 32768, 0},
		{"the clip is the last step", 1, 16, 1, 65535, 0},
		{"minus the clip is the first step, 1", 1, 16, -1, 1, 0},
		{"above the clip is clipped", 1, 16, 1.0001, 65535, 1},
		{"below minus the clip is clipped", 1, 16, -7, 1, 1},
		{"the largest float32", 0.1, 16, math.MaxFloat32, 65535, 1},
		{"the smallest float32", 0.1, 16, math.SmallestNonzeroFloat32, 32768, 0},
		{"the smallest clip", math.SmallestNonzeroFloat32, 16, -math.MaxFloat32, 1, 1},
		{"a half goes up", 127, 8, 0.5, 129, 0},
		{"minus a half goes up", 127, 8, -0.5, 128, 0},
		{"8 bits", 2, 8, -2, 1, 0},
		{"2 bits have one step", 4, 2, 3, 3, 0},
		{"the most bits", 1, update.MaxBits, 1, 1<<update.MaxBits - 1, 0},
	} {
		var got [1]uint32
		q := update.Quantiser{Clip: row.clip, Bits: row.bits, Nearest: true}
		clipped, err := q.Quantise(got[:], []float32{row.x}, nil)
		if err != nil || got[0] != row.want || clipped != row.clipped {
			t.Errorf("%s: got %d, %d clipped, %v; want %d, %d clipped", row.rule, got[0], clipped, err, row.want, row.clipped)
		}
	}
	for _, row := range []struct {
		rule string
		q    update.Quantiser
		x    []float32
		dst  int
		want string
	}{
		{"NaN", update.Quantiser{Clip: 1, Bits: 8}, []float32{0, inf - inf}, 2, "update is not finite at coordinate 1"},
		{"infinity", update.Quantiser{Clip: 1, Bits: 8}, []float32{-inf}, 1, "update is not finite at coordinate 0"},
		{"length", update.Quantiser{Clip: 1, Bits: 8}, []float32{0}, 2, "room for 2 quantised values, want 1"},
		{"clip zero", update.Quantiser{Bits: 8}, nil, 0, "clip is 0, want a finite value above 0"},
		{"clip infinite", update.Quantiser{Clip: inf, Bits: 8}, nil, 0, "clip is +Inf, want a finite value above 0"},
		{"clip not a number", update.Quantiser{Clip: inf - inf, Bits: 8}, nil, 0, "clip is NaN, want a finite value above 0"},
		{"one bit", update.Quantiser{Clip: 1, Bits: 1}, nil, 0, "1 bits a value, want 2 to 20"},
		{"too many bits", update.Quantiser{Clip: 1, Bits: 21}, nil, 0, "21 bits a value, want 2 to 20"},
	} {
		_, err := row.q.Quantise(make([]uint32, row.dst), row.x, func() uint64 { return 0 })
		if err == nil || err.Error() != row.want {
			t.Errorf("%s: got error %v, want %s", row.rule, err, row.want)
		}
	}
}

// The expected integer is the exact value: over n draws the mean lies within five standard errors.
func TestQuantiseWithoutBias(t *testing.T) {
	const n = 200_000
	q := update.Quantiser{Clip: 127, Bits: 8}
	rnd := seeded("bias").Uint64
	for _, x := range []float32{0.5, 0.001, -0.001, -0.75, 12.125, 126.9, -126.9, 3} {
		xs, us := slices.Repeat([]float32{x}, n), make([]uint32, n)
		if _, err := q.Quantise(us, xs, rnd); err != nil {
			t.Fatal(err)
		}
		var sum uint64
		lower := uint32(math.Floor(float64(x))) + 128
		for _, u := range us {
			if u != lower && u != lower+1 {
				t.Fatalf("%v became %d, want a neighbour", x, u)
			}
			sum += uint64(u)
		}
		got := q.Dequantise(sum, n) / n
		frac := float64(x) - math.Floor(float64(x))
		if bound := 5 * math.Sqrt(frac*(1-frac)/n); math.Abs(got-float64(x)) > bound+1e-9 {
			t.Errorf("mean of %v after rounding is off by %v, want at most %v", x, got-float64(x), bound)
		}
	}
}

func TestQuantiseExtremeRandomness(t *testing.T) {
	q := update.Quantiser{Clip: 1, Bits: 8}
	for _, r := range []uint64{0, math.MaxUint64} {
		var us [4]uint32
		if _, err := q.Quantise(us[:], []float32{1, -1, 0, 1e-9}, func() uint64 { return r }); err != nil {
			t.Fatal(err)
		}
		// Values on a step stay, whatever the source says.
		if us[0] != 255 || us[1] != 1 || us[2] != 128 {
			t.Errorf("random word %x moves values on a step: %v", r, us)
		}
	}
}

func TestNewSource(t *testing.T) {
	a, b := update.NewSource(), update.NewSource()
	if x, y := a(), b(); x == y || x == a() {
		t.Error("sources repeat")
	}
}

func TestClamp(t *testing.T) {
	q := update.Quantiser{Clip: 1, Bits: 8}
	sums := []uint64{0, 2, 3, 500, 765, 766, math.MaxUint64}
	if n := q.Clamp(sums, 3); n != 4 {
		t.Errorf("clamped %d, want 4", n)
	}
	if want := []uint64{3, 3, 3, 500, 765, 765, 765}; !slices.Equal(sums, want) {
		t.Errorf("got %v, want %v", sums, want)
	}
}

func TestEncodeByExamples(t *testing.T) {
	r := update.MeanRule{Weighting: update.WeightExamples, Examples: 100}
	q := update.Quantiser{Clip: 127, Bits: 8, Nearest: true}
	for _, row := range []struct {
		examples int
		want     []uint32
	}{
		{50, []uint32{128 + 32, 128 + 64, 128 - 63, 128, 128 + 64}}, // ties go up
		{100, []uint32{128 + 64, 255, 1, 128, 255}},
		{1 << 40, []uint32{128 + 64, 255, 1, 128, 255}},
		{1, []uint32{128 + 1, 128 + 1, 128 - 1, 128, 128 + 1}},
	} {
		u, clipped, err := r.Encode([]float32{64, 127, -1000, 0}, row.examples, q, nil)
		if err != nil || !slices.Equal(u, row.want) || clipped != 1 {
			t.Errorf("%d examples: got %v, %d clipped, %v; want %v, 1 clipped", row.examples, u, clipped, err, row.want)
		}
	}
	if _, _, err := r.Encode([]float32{0}, 0, q, nil); err == nil || !strings.Contains(err.Error(), "0 examples") {
		t.Errorf("0 examples: got %v", err)
	}
	if _, _, err := r.Encode([]float32{0, float32(math.Inf(-1))}, 9, q, nil); err == nil || err.Error() != "update is not finite at coordinate 1" {
		t.Errorf("infinite: got %v", err)
	}
}
