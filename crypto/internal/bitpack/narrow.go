//go:build !amd64 || purego

package bitpack

var useWide = false

// wideLayout is empty where there is no assembly.
type wideLayout struct{}

func newWideLayout(width int) wideLayout { return wideLayout{} }

func (l *wideLayout) write(out []byte, columns [][]uint64) int { return 0 }
