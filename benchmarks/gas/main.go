// Command gas measures what Sotto's transactions cost, on a local chain under Osaka rules and with real signatures, and prints
// a page of Markdown.
//
//	go run ./benchmarks/gas -o docs/gas.md
//
// Gas depends on the contracts and on the data, not on the machine. Two runs differ by some tens of gas, because zero bytes of
// keys, signatures and hashes cost less than others.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
)

func main() {
	out := flag.String("o", "", "write the page to this file instead of to standard output")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *out); err != nil {
		fmt.Fprintf(os.Stderr, "gas: error: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out string) error {
	m, err := measure(ctx)
	if err != nil {
		return err
	}
	if out == "" {
		_, err = fmt.Print(m.markdown())
		return err
	}
	return os.WriteFile(out, []byte(m.markdown()), 0o644)
}

// markdown returns the measurements as a page.
func (m *measurements) markdown() string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p("# Gas")
	p("")
	p("What Sotto's transactions cost, in gas. Measured by `go run ./benchmarks/gas -o docs/gas.md` on the local chain")
	p("(go-ethereum %s, Osaka rules) with real keys, signatures and proofs. Two runs differ by some tens of gas: a zero byte", m.geth)
	p("of a key, signature or hash costs less than another.")
	p("")
	p("## Certificates")
	p("")
	p("One transaction a round, whatever the number of contributors: their list is not on the chain, a Merkle root of it is.")
	p("")
	p("| certificate | contributors | gas |")
	p("|---|--:|--:|")
	for i, row := range m.certificates {
		name := "later"
		if i == 0 {
			name = "first"
		}
		p("| %s | %s | %s |", name, number(row.size), number(row.gas))
	}
	p("")
	p("## Claims")
	p("")
	p("A claim covers all rounds since the last one. The proof has one hash for each doubling of the leaves of the reward tree.")
	p("An account's first claim fills two new slots, what it was paid and its balance of tokens; later ones overwrite them.")
	p("")
	p("| leaves | proof | first claim | later claim | more than at half the leaves | `claimMany`, first | `claimMany`, later |")
	p("|--:|--:|--:|--:|--:|--:|--:|")
	for i, row := range m.claims {
		more := ""
		if i > 0 && row.leaves == 2*m.claims[i-1].leaves {
			more = number(row.later - m.claims[i-1].later)
		}
		p("| %s | %d | %s | %s | %s | %s | %s |", number(row.leaves), row.proof, number(row.first), number(row.later), more, number(row.manyFirst), number(row.manyLater))
	}
	p("")
	p("`claimMany` is for each of %d claims in one transaction.", manyClaims)
	p("")
	p("## Committees")
	p("")
	p("| members | nominate | install the first | rotate |")
	p("|--:|--:|--:|--:|")
	for _, row := range m.committees {
		p("| %d | %s | %s | %s |", row.members, number(row.nominate), number(row.install), number(row.rotate))
	}
	p("")
	p("## Everything else")
	p("")
	p("| transaction | gas |")
	p("|---|--:|")
	for _, row := range m.others {
		p("| %s | %s |", row.name, number(row.gas))
	}
	return b.String()
}

// number writes v with a comma before every three digits.
func number[T int | uint64](v T) string {
	s := fmt.Sprint(v)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
