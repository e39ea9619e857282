//go:build !amd64 || purego

package ringsis

var useWide = false

func (p Params) addDigitsWide(acc []uint64, packed []byte) int        { return 0 }
func (p Params) digitWide(dst []uint64, packed []byte, digit int) int { return 0 }
