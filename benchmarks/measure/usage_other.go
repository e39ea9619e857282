//go:build !unix

package measure

// CPU has no answer where there is no getrusage.
func CPU() float64 { panic("measure: processor time is measured on Unix systems only") }
