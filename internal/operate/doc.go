// Package operate is what an operator sees of the two daemons, served over HTTP on a loopback port: Prometheus metrics at /metrics, whether
// the process lives at /healthz, whether it can do its work at /readyz with the reason as JSON, and profiles at /debug/pprof/ where they
// are wanted (docs/operations.md).
//
// Nothing here decides anything: the package watches what roles and chain tell, and asks them for their numbers at the scrape. It leaks what
// metrics say: how many take part, when, how much they send, and what is refused for which reason. No label or text ever holds an address,
// an identity, a digest or the chain's URL; the values of every label come from a fixed list.
//
// Start with [NewAggregator] or [NewMember], hand the watchers to the role, then [Listen].
package operate
