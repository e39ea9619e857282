//go:build !amd64 || purego

package bitpack

var useWide = false

func (l *Layout) makeTable() {}

func (l *Layout) writeWide(out []byte, columns [][]uint64) int { return 0 }
