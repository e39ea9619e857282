package train

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Dirichlet deals the rows of data out to parties whose mixtures of labels differ, as people's data do: each label's rows are
// shuffled and cut in proportions drawn from a symmetric Dirichlet distribution. A large alpha gives even slices, 1 uneven ones, 0.1
// slices of few labels. Every row goes to exactly one party; a party short of least rows is given rows of the one that has most.
//
// The result is a function of its arguments, up to the last bits of a CPU's logarithm.
func Dirichlet(data Dataset, seed uint64, alpha float64, parties, least int) ([]Dataset, error) {
	if !(alpha >= 0.01 && alpha <= 1e6) || parties < 1 || least < 1 {
		return nil, fmt.Errorf("alpha %v, %d parties, at least %d rows each; want alpha of 0.01 to 1e6, 1 party and 1 row or more", alpha, parties, least)
	}
	if parties > data.Rows()/least {
		return nil, fmt.Errorf("%d rows are too few for %d parties of at least %d", data.Rows(), parties, least)
	}
	rnd := rand.New(rand.NewChaCha8(seedKey("dirichlet", seed)))
	byLabel := make([][]int, data.Classes)
	for r, l := range data.Labels {
		byLabel[l] = append(byLabel[l], r)
	}
	dealt := make([][]int, parties)
	for _, rows := range byLabel {
		rnd.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		shares, sum := make([]float64, parties), 0.0
		for p := range shares {
			shares[p] = max(gamma(rnd, alpha), 1e-300) // not all zero
			sum += shares[p]
		}
		from, upTo := 0, 0.0
		for p, share := range shares {
			upTo += share
			to := int(math.Round(float64(len(rows)) * upTo / sum))
			if p == parties-1 {
				to = len(rows)
			}
			dealt[p] = append(dealt[p], rows[from:to]...)
			from = to
		}
	}
	for p := range dealt {
		for len(dealt[p]) < least {
			rich := 0
			for q := range dealt {
				if len(dealt[q]) > len(dealt[rich]) {
					rich = q
				}
			}
			i := rnd.IntN(len(dealt[rich]))
			dealt[p] = append(dealt[p], dealt[rich][i])
			dealt[rich] = slices.Delete(dealt[rich], i, i+1)
		}
	}
	parts := make([]Dataset, parties)
	for p, rows := range dealt {
		rnd.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		parts[p] = data.Select(rows)
	}
	return parts, nil
}

// gamma draws from the gamma distribution of shape alpha and scale 1 (Marsaglia and Tsang, 2000).
func gamma(rnd *rand.Rand, alpha float64) float64 {
	if alpha < 1 {
		return gamma(rnd, alpha+1) * math.Pow(1-rnd.Float64(), 1/alpha)
	}
	d := alpha - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := rnd.NormFloat64()
		v := (1 + c*x) * (1 + c*x) * (1 + c*x)
		if v <= 0 {
			continue
		}
		if math.Log(1-rnd.Float64()) < x*x/2+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}
