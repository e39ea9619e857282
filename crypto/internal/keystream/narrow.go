//go:build !amd64 || purego

package keystream

var useWide = false

func (k *Key) expand(key *[32]byte)                               {}
func (k *Key) wordsWide(dst []uint64, stream uint64)              {}
func (k *Key) samplesWide(dst []int32, stream uint64)             {}
func (u *Uniform) expand()                                        {}
func (u *Uniform) fillWide(dst []uint64, mask, bound uint64) bool { return false }
