package round

// A RootWriter takes a ciphertext in pieces of any length and accumulates the root over it, cut into chunks of [ChunkBytes].
type RootWriter struct {
	root   ChunkRoot
	chunks [2][]byte // filled in turns: the last chunk is left as it was while the next one comes
	turn   int
	some   bool // chunks were added
}

// Write takes the next bytes. It returns no error.
func (w *RootWriter) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		chunk := &w.chunks[w.turn]
		n := min(len(rest), ChunkBytes-len(*chunk))
		*chunk = append(*chunk, rest[:n]...)
		if len(*chunk) == ChunkBytes {
			w.add()
		}
		rest = rest[n:]
	}
	return len(p), nil
}

func (w *RootWriter) add() {
	w.root.Add(w.chunks[w.turn])
	w.turn, w.some = 1-w.turn, true
	w.chunks[w.turn] = w.chunks[w.turn][:0]
}

// Root returns the root over everything written, what [CiphertextRoot] returns of the whole, and resets w.
func (w *RootWriter) Root() Hash {
	if len(w.chunks[w.turn]) > 0 || !w.some {
		w.add()
	}
	w.some = false
	return w.root.Root()
}
