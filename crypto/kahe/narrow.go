//go:build !amd64 || purego

package kahe

var useWide = false

type wideConstants struct{}

func newWideConstants(f *field, words int, wireBits uint) *wideConstants { return nil }

func (r *rounder) roundWide(columns, z [][]uint64, e []int32, u []uint64) int { return 0 }

func newWideTable(slots int) []uint64 { return nil }

func (p *packer) packWide(columns [][]uint64, values []uint32) int { return 0 }
