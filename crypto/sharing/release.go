package sharing

import (
	"errors"
	"fmt"
	"slices"
)

var (
	// ErrTooFewReleases says that a node has fewer releases than the quorum. The caller waits for more.
	ErrTooFewReleases = errors.New("too few releases")

	// ErrNodeFailed says that no quorum of the releases gives an acceptable sum. The node is dropped, unless further releases come.
	ErrNodeFailed = errors.New("node failed")
)

// A ReleaseError says that one release can't be used as it stands. The caller refuses it, and may go on without it.
type ReleaseError struct {
	Member int
	Reason string
}

func (e *ReleaseError) Error() string {
	return fmt.Sprintf("release of member %d: %s", e.Member, e.Reason)
}

// A Release is one member's sum of the shares of a node's contributors, ⌈N/ρ⌉ field elements.
type Release struct {
	Member int // 1 … n
	Values []uint32
}

// A Result is a node's key sum and how it came about.
type Result struct {
	S           []int64 // N coefficients
	Used        []int   // the quorum it was rebuilt from, ascending
	Disagreeing []int   // members whose release is off the accepted polynomials, ascending: a hint, not evidence
}

// Combine rebuilds the sum S of N coefficients from at least T releases.
//
// It takes the first T releases by member number, rebuilds the polynomials, and accepts S if |S_x| ≤ bound, the padding of the last
// group is zero and check(S) returns nil. bound is 128 times the number of contributors, and no more than the field holds. check
// decides whether S is the sum: it must be deterministic and fail for every S but the right one. It may keep S only if it returns nil.
//
// If S is refused, the other quorums are tried in lexicographic order of their members, 120 at most, leaving out those that lie on
// polynomials already refused. So up to f wrong releases are corrected and named, and if all releases agree, check runs once. None of
// this is a matter of chance or of the field's size: a quorum with 1 to f+1 wrong releases gives a wrong S, as a polynomial of degree
// 2f that vanishes at the f right points or more and at the ρ = f+1 of the coefficients is zero; and a wrong release is off the right
// polynomials for sure.
//
// The order of releases doesn't matter. Errors: a [*ReleaseError] for a duplicate or unknown member, a wrong length or a value that
// is not a field element; [ErrTooFewReleases]; and [ErrNodeFailed] if no quorum is accepted, wrapping the last error of check, if it
// was reached.
func Combine(p Params, releases []Release, N int, bound int64, check func(S []int64) error) (Result, error) {
	if err := checkCoefficients(N); err != nil {
		return Result{}, err
	}
	if bound < 0 || bound > p.field.most() {
		return Result{}, fmt.Errorf("bound %d on the key sum, want 0 to %d", bound, p.field.most())
	}
	releases, err := sortReleases(p, releases, N)
	if err != nil {
		return Result{}, err
	}
	if len(releases) < p.Quorum() {
		return Result{}, fmt.Errorf("%w: %d, want %d", ErrTooFewReleases, len(releases), p.Quorum())
	}

	var (
		refused           []uint // sets of releases on refused polynomials
		lastErr, checkErr error
		S                 = make([]int64, N)
	)
	for quorum := first(p.Quorum()); quorum != nil; quorum = next(quorum, len(releases)) {
		set := bitset(quorum)
		if slices.ContainsFunc(refused, func(r uint) bool { return set&^r == 0 }) {
			continue // the same polynomials, hence the same S
		}
		if lastErr = rebuild(p, releases, quorum, S, bound); lastErr == nil {
			if lastErr = check(S); lastErr == nil {
				return result(releases, quorum, S, agreeing(p, releases, quorum)), nil
			}
			checkErr = lastErr
		}
		refused = append(refused, agreeing(p, releases, quorum))
	}
	if checkErr != nil {
		lastErr = checkErr // it says more than that some quorum with a wrong release gave noise
	}
	return Result{}, fmt.Errorf("%w: %d releases, no quorum of %d is accepted: %w", ErrNodeFailed, len(releases), p.Quorum(), lastErr)
}

// sortReleases returns the releases by member number, each of which it has checked.
func sortReleases(p Params, releases []Release, N int) ([]Release, error) {
	seen := make([]bool, p.n+1)
	for _, r := range releases {
		switch {
		case r.Member < 1 || r.Member > p.n:
			return nil, &ReleaseError{r.Member, fmt.Sprintf("no such member, want 1 to %d", p.n)}
		case seen[r.Member]:
			return nil, &ReleaseError{r.Member, "given twice"}
		case len(r.Values) != p.Groups(N):
			return nil, &ReleaseError{r.Member, fmt.Sprintf("%d values, want %d", len(r.Values), p.Groups(N))}
		}
		if i := slices.IndexFunc(r.Values, func(v uint32) bool { return uint64(v) >= p.field.modulus }); i >= 0 {
			return nil, &ReleaseError{r.Member, fmt.Sprintf("value %d is %d, want less than %d", i, r.Values[i], p.field.modulus)}
		}
		seen[r.Member] = true
	}
	sorted := slices.Clone(releases)
	slices.SortFunc(sorted, func(a, b Release) int { return a.Member - b.Member })
	return sorted, nil
}

// rebuild fills S from the releases of the quorum, or says what rules it out.
func rebuild(p Params, releases []Release, quorum []int, S []int64, bound int64) error {
	rho := p.Rho()
	rows := make([][]uint64, rho)
	xs := points(releases, quorum)
	for i := range rows {
		rows[i] = p.field.lagrange(xs, uint64(p.n+1+i))
	}
	var at [maxQuorum]uint64
	for g := range p.Groups(len(S)) {
		gather(&at, releases, quorum, g)
		for i, row := range rows {
			x, s := g*rho+i, p.field.lift(p.field.dot(row, at[:]))
			switch {
			case x >= len(S):
				if s != 0 {
					return fmt.Errorf("padding of the last group is %d, want 0", s)
				}
			case s < -bound || s > bound:
				return fmt.Errorf("coefficient %d of the key sum is %d, want at most %d in absolute value", x, s, bound)
			default:
				S[x] = s
			}
		}
	}
	return nil
}

// agreeing returns the set of releases that lie on the polynomials of the quorum.
func agreeing(p Params, releases []Release, quorum []int) uint {
	set := bitset(quorum)
	xs := points(releases, quorum)
	for k, r := range releases {
		if set&(1<<k) == 0 && onPolynomials(p, releases, quorum, p.field.lagrange(xs, uint64(r.Member)), r.Values) {
			set |= 1 << k
		}
	}
	return set
}

func onPolynomials(p Params, releases []Release, quorum []int, row []uint64, values []uint32) bool {
	var at [maxQuorum]uint64
	for g, v := range values {
		gather(&at, releases, quorum, g)
		if p.field.dot(row, at[:]) != uint64(v) {
			return false
		}
	}
	return true
}

// gather copies the quorum's values of polynomial g.
func gather(at *[maxQuorum]uint64, releases []Release, quorum []int, g int) {
	for i, k := range quorum {
		at[i] = uint64(releases[k].Values[g])
	}
}

func points(releases []Release, quorum []int) []uint64 {
	xs := make([]uint64, len(quorum))
	for i, k := range quorum {
		xs[i] = uint64(releases[k].Member)
	}
	return xs
}

func result(releases []Release, quorum []int, S []int64, agree uint) Result {
	r := Result{S: S}
	for _, k := range quorum {
		r.Used = append(r.Used, releases[k].Member)
	}
	for k := range releases {
		if agree&(1<<k) == 0 {
			r.Disagreeing = append(r.Disagreeing, releases[k].Member)
		}
	}
	return r
}

// first returns the indexes 0 … size−1, and next the combination after c of indexes below n, or nil.
func first(size int) []int {
	c := make([]int, size)
	for i := range c {
		c[i] = i
	}
	return c
}

func next(c []int, n int) []int {
	for i := len(c) - 1; i >= 0; i-- {
		if c[i] < n-len(c)+i {
			c[i]++
			for j := i + 1; j < len(c); j++ {
				c[j] = c[j-1] + 1
			}
			return c
		}
	}
	return nil
}

func bitset(indexes []int) (set uint) {
	for _, i := range indexes {
		set |= 1 << i
	}
	return set
}
