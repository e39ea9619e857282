package ntt

// A Path is one of the ways to the same numbers.
type Path struct {
	Name         string
	wide, double bool
}

// Take makes New take the path until the function it returns is called.
func (p Path) Take() (back func()) {
	wide, double := useWide, useDouble
	useWide, useDouble = p.wide, p.double
	return func() { useWide, useDouble = wide, double }
}

// Paths returns the paths that this processor can take.
func Paths() []Path {
	paths := []Path{{"plain", false, false}}
	if useDouble {
		paths = append(paths, Path{"AVX2", false, true})
	}
	if useWide {
		paths = append(paths, Path{"AVX-512", true, false})
	}
	return paths
}
