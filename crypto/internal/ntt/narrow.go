//go:build !amd64 || purego

package ntt

var useWide, useDouble = false, false

// vectors and wideSum are empty where there is no assembly.
type (
	vectors struct{}
	wideSum struct{}
)

func (r *Ring) newVectors() vectors                             { return vectors{} }
func (r *Ring) forwardVector(p []uint64) bool                   { return false }
func (r *Ring) inverseVector(p []uint64) bool                   { return false }
func (r *Ring) inverseProductVector(p []uint64, f *Factor) bool { return false }

func (r *Ring) newWideSum() *wideSum            { return nil }
func (s *wideSum) reset()                       {}
func (s *wideSum) add(r *Ring, x, y []uint64)   {}
func (s *wideSum) values(r *Ring, dst []uint64) {}
