//go:build !amd64 || purego

package keystream

var useWide = false

// wideKey is empty where there is no assembly.
type wideKey struct{}

func (k *wideKey) expand128(key *[16]byte)                                {}
func (k *wideKey) expand256(key *[32]byte)                                {}
func (k *wideKey) words(dst []uint64, stream uint64)                      {}
func (k *wideKey) samples(dst []int32, stream uint64)                     {}
func (k *wideKey) below(dst []uint64, high, low, mask, bound uint64) bool { return false }
