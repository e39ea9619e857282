package aggregator

// Without leaves one check of the door out, so that a test can show what the check keeps out; "" makes all checks again.
func (a *Aggregator) Without(check string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.without, a.state.without = check, check
}

// Checks are the names that [Aggregator.Without] takes.
func Checks() []string {
	var names []string
	for _, list := range [][]check{headerChecks, ciphertextChecks, countChecks} {
		for _, c := range list {
			names = append(names, c.name)
		}
	}
	return append(names, checkOnce)
}
