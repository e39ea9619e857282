// Package progress tells people at a terminal what a benchmark is doing, and writes its numbers.
package progress

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// Progress tells people what happens while it does.
type Progress struct {
	w       io.Writer
	live    bool // w is a terminal: lines may be replaced
	pending bool
}

// New returns progress that goes to w.
func New(w io.Writer) *Progress {
	p := &Progress{w: w}
	if f, ok := w.(*os.File); ok {
		p.live = term.IsTerminal(int(f.Fd()))
	}
	return p
}

// Line writes a line that stays.
func (p *Progress) Line(format string, args ...any) {
	p.Clear()
	fmt.Fprintf(p.w, format+"\n", args...)
}

// Transient shows a line that the next one replaces; a file or a pipe gets none of it.
func (p *Progress) Transient(format string, args ...any) {
	if !p.live {
		return
	}
	p.Clear()
	fmt.Fprintf(p.w, format, args...)
	p.pending = true
}

// Clear removes a transient line.
func (p *Progress) Clear() {
	if p.pending {
		fmt.Fprint(p.w, "\r\033[K")
		p.pending = false
	}
}

// Thousands writes n with a comma before every three digits.
func Thousands[T int | int64 | uint64](n T) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
