package tbls

import "fmt"

// MaxMembers is the size of the largest committee.
const MaxMembers = 10

// tolerated returns f for a committee of n = 3f+1 members. Only 4, 7 and 10 are committees; kyber would panic or choose a quorum of its
// own for a quorum of zero.
func tolerated(n int) (int, error) {
	switch n {
	case 4, 7, 10:
		return (n - 1) / 3, nil
	}
	return 0, fmt.Errorf("committee of %d members, want 4, 7 or 10", n)
}

// quorum returns T = 2f+1 for a committee of n members.
func quorum(n int) (int, error) {
	f, err := tolerated(n)
	return 2*f + 1, err
}

// kyberIndex is where members, numbered from 1, become kyber's indices, numbered from 0. kyber evaluates polynomials at index+1, so
// member j holds the value at j.
func kyberIndex(member int) uint32 { return uint32(member - 1) }

// memberOf is the inverse of kyberIndex.
func memberOf(index uint32) int { return int(index) + 1 }
