package ringsis_test

import (
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"sotto/crypto/ringsis"
)

// This file estimates what it costs to find a collision of the hash: a nonzero vector of differences of digit sums, all below 2^bits in
// absolute value, that hashes to zero. The ring's structure is not known to help (it gives no more than a factor N), so that it is a
// short vector of a random lattice of dimension m and volume Q^N, m columns being the attacker's choice (SIS).
//
// Formulas and their sources:
//
//   - root Hermite factor δ of BKZ with blocks of b: ((π·b)^(1/b)·b/(2πe))^(1/(2(b−1))); the shortest vector found has δ^m·Q^(N/m)
//     (Chen, thesis, 2013; Micciancio and Regev, "Lattice-based cryptography", 2009, for the best m).
//   - core-SVP: one sieve in dimension b, 2^(0.292·b) (Becker, Ducas, Gama, Laarhoven, SODA 2016; Alkim et al., USENIX Security 2016);
//     with a quantum computer 2^(0.257·b) (Chailloux, Loyer, ASIACRYPT 2021).
//   - gates, "MATZOV": C²·(m − b)·2^(0.2961·b' + 20.39), C = 5.46 for progressive sieving, b' = b − b·ln(4/3)/ln(b/(2πe)) for the
//     dimensions that come free (Ducas, EUROCRYPT 2018; Albrecht et al., ASIACRYPT 2020; MATZOV, "Report on the security of LWE", 2022;
//     Kyber's round 3 document for the number of sieves).
//   - generalised birthdays: 2^k lists of 2^(60·N/(k+1)) hashes, from different columns (Wagner, CRYPTO 2002).
//
// That they are put in right is shown by the figures of the encryption sets, which were made with another program.

// Bits of security.
type estimate struct {
	columns, block            int
	gates, classical, quantum float64
}

// logDelta returns log2 δ.
func logDelta(b int) float64 {
	x := float64(b)
	return (math.Log2(math.Pi*x)/x + math.Log2(x/(2*math.Pi*math.E))) / (2 * (x - 1))
}

// blockFor returns the smallest block that reaches log2 δ.
func blockFor(log float64) int {
	b := 50
	for logDelta(b) > log {
		b++
	}
	return b
}

func costs(m, b int) estimate {
	x := float64(b)
	sieved := x - x*math.Log(4./3)/math.Log(x/(2*math.Pi*math.E))
	return estimate{m, b, 0.29613500308205365*sieved + 20.387885985467914 + 2*math.Log2(5.46) + math.Log2(float64(m-b)), 0.292 * x, 0.257 * x}
}

var logQ = math.Log2(ringsis.Q)

// euclidean is the attack that wants no more than a vector of length 2^bits·√m, the longest that a collision can be.
func euclidean(N, bits int) estimate {
	best, columns := 0., 0
	for m := N + 1; m < 20*N; m++ {
		if log := (float64(bits) + math.Log2(float64(m))/2 - float64(N)*logQ/float64(m)) / float64(m); log > best {
			best, columns = log, m
		}
	}
	return costs(columns, blockFor(best))
}

// infinity is the attack that looks among the vectors which a sieve leaves for one whose entries are all below 2^bits, as if they were
// normally distributed. It returns the core-SVP cost.
func infinity(N, bits int) float64 {
	best := math.Inf(1)
	for b := 100; b < 1500; b += 2 {
		for m := 2 * N; m < 10*N; m += N / 32 {
			length := logDelta(b)*float64(m) + float64(N)*logQ/float64(m)
			deviation := length - math.Log2(float64(m))/2
			outside := math.Erfc(math.Exp2(float64(bits) - deviation - 0.5))
			short := -float64(m) * math.Log1p(-outside) / math.Ln2 // −log2 of the probability that all are
			best = min(best, 0.292*float64(b)+max(0, short-0.2075*float64(b)))
		}
	}
	return best
}

// birthdays is the attack with as many lists as there can be columns for.
func birthdays(N, bits int) float64 {
	best := math.Inf(1)
	for k := 1; k < 64; k++ {
		list := float64(N) * logQ / float64(k+1)
		if columns := math.Exp2(float64(k)) * math.Ceil(list/float64(bits+1)); columns <= ringsis.MaxCoefficients*ringsis.MaxWireBits {
			best = min(best, list)
		}
	}
	return best
}

// primal is the attack on RLWE with secrets and errors of a standard deviation: embedding, m samples of dimension N
// (Alkim et al., USENIX Security 2016).
func primal(N int, logQ, deviation float64) estimate {
	for b := 100; ; b++ {
		for m := N / 4; m < 2*N; m += 8 {
			d := float64(N + m + 1)
			if math.Log2(float64(b))/2+math.Log2(deviation) <= (2*float64(b)-d-1)*logDelta(b)+float64(m)/d*logQ {
				return costs(int(d), b)
			}
		}
	}
}

// TestSecurity holds the digit sums that each ring is used for against the level of the encryption sets.
func TestSecurity(t *testing.T) {
	// docs/parameters.md: MATZOV, core-SVP, quantum.
	level := estimate{gates: math.Inf(1), classical: math.Inf(1), quantum: math.Inf(1)}
	for _, set := range []struct {
		name                      string
		N                         int
		logQ                      float64
		gates, classical, quantum float64
	}{{"A45", 2048, 45, 164, 138, 122}, {"B90", 4096, 90, 159, 131, 115}, {"C180", 8192, 180, 157, 128, 113}} {
		e := primal(set.N, set.logQ, 4)
		if math.Abs(e.gates-set.gates) > 1.5 || math.Abs(e.classical-set.classical) > 0.5 || math.Abs(e.quantum-set.quantum) > 0.5 {
			t.Errorf("%s: %.1f / %.1f / %.1f bits, want %v / %v / %v", set.name, e.gates, e.classical, e.quantum, set.gates, set.classical, set.quantum)
		}
		level.gates, level.classical, level.quantum = min(level.gates, set.gates), min(level.classical, set.classical), min(level.quantum, set.quantum)
	}
	reaches := func(e estimate) bool {
		return e.gates >= level.gates && e.classical >= level.classical && e.quantum >= level.quantum
	}

	doc, err := os.ReadFile("../../docs/parameters.md")
	if err != nil {
		t.Fatal(err)
	}
	rings := ringsis.Rings()
	if len(rings) != 2 {
		t.Fatalf("%d rings", len(rings))
	}
	for _, ring := range rings {
		e, entries, lists := euclidean(ring.N, ring.SumBits), infinity(ring.N, ring.SumBits), birthdays(ring.N, ring.SumBits)
		room := logQ - float64(ring.SumBits) - math.Log2(float64(e.columns))/2
		row := fmt.Sprintf("| %d | %d | %d | %d | %.0f / %.0f / %.0f | %.0f | %.0f | 2^%.0f |",
			ring.N, ring.SumBits, e.columns, e.block, e.gates, e.classical, e.quantum, entries, lists, room)
		t.Log(row)
		if !strings.Contains(string(doc), row) {
			t.Errorf("docs/parameters.md has no row %q", row)
		}
		switch {
		case !reaches(e):
			t.Errorf("N = %d: collisions take %.1f / %.1f / %.1f bits, less than the encryption", ring.N, e.gates, e.classical, e.quantum)
		case entries < level.classical:
			t.Errorf("N = %d: a vector of small entries takes %.1f bits, want %v", ring.N, entries, level.classical)
		case lists < 2*level.gates:
			t.Errorf("N = %d: generalised birthdays take %.1f bits", ring.N, lists)
		case room < 8: // a vector as long as Q is there for nothing
			t.Errorf("N = %d: collisions may be 2^%.1f times shorter than Q only", ring.N, room)
		}
		// The estimate would notice sums that are too large.
		if wide := euclidean(ring.N, ring.SumBits+5); reaches(wide) {
			t.Errorf("N = %d: sums of %d bits would do as well: %+v", ring.N, ring.SumBits+5, wide)
		}
	}
}
