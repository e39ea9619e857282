package main

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// progress tells people what happens while it does.
type progress struct {
	w       io.Writer
	live    bool // w is a terminal: lines may be replaced
	pending bool
}

func newProgress(w io.Writer) *progress {
	p := &progress{w: w}
	if f, ok := w.(*os.File); ok {
		p.live = term.IsTerminal(int(f.Fd()))
	}
	return p
}

func (p *progress) line(format string, args ...any) {
	p.clear()
	fmt.Fprintf(p.w, format+"\n", args...)
}

// transient shows a line that the next one replaces; a file or a pipe gets none of it.
func (p *progress) transient(format string, args ...any) {
	if !p.live {
		return
	}
	p.clear()
	fmt.Fprintf(p.w, format, args...)
	p.pending = true
}

func (p *progress) clear() {
	if p.pending {
		fmt.Fprint(p.w, "\r\033[K")
		p.pending = false
	}
}

// thousands writes n with a comma before every three digits.
func thousands[T int | int64 | uint64](n T) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
