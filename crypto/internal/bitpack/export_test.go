package bitpack

// A Path is one of the ways to the same bytes.
type Path struct {
	Name string
	wide bool
}

// Take makes NewLayout take the path until the function it returns is called.
func (p Path) Take() (back func()) {
	was := useWide
	useWide = p.wide
	return func() { useWide = was }
}

// Paths returns the paths that this processor can take.
func Paths() []Path {
	paths := []Path{{"plain", false}}
	if useWide {
		paths = append(paths, Path{"wide", true})
	}
	return paths
}
