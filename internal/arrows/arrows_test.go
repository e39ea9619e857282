// Package arrows keeps the imports of the repository pointing one way:
//
//	cmd → client, aggregator, committee → audit, chain → round, update → crypto/* → lattigo, kyber
package arrows

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// forbidden lists imports that must not be, direct or through others, each with the reason.
var forbidden = []struct{ from, to, why string }{
	{"sotto/crypto", "sotto/round", "cryptography knows nothing of rounds, so that it can be reviewed alone"},
	{"sotto/crypto", "google.golang.org/grpc", "cryptography does no input or output"},
	{"sotto/crypto", "github.com/ethereum/go-ethereum", "cryptography is the same on every chain"},
	{"sotto/round", "google.golang.org/grpc", "round holds messages, not their transport"},
	{"sotto/round", "sotto/proto", "signed bytes are not protobuf's"},
	{"sotto/round", "sotto/chain", "round does no input or output"},
	{"sotto/round", "sotto/update", "messages are checked without knowing what is in an update"},
	{"sotto/update", "sotto/round", "updates are vectors, whoever sends them"},
	{"sotto/update", "google.golang.org/grpc", "update does no input or output"},
	{"sotto/audit", "sotto/aggregator", "the verifier shares nothing with those whom it verifies"},
	{"sotto/audit", "sotto/committee", "the verifier shares nothing with those whom it verifies"},
	{"sotto/audit", "sotto/client", "the verifier shares nothing with those whom it verifies"},
	{"sotto/audit", "google.golang.org/grpc", "what is audited is brought by the caller"},
	{"sotto/chain", "sotto/audit", "chain reads and sends; what it means is for others"},
	{"sotto/chain", "google.golang.org/grpc", "the chain is reached by JSON-RPC"},
	{"sotto/client", "sotto/aggregator", "roles meet on the wire only"},
	{"sotto/client", "sotto/committee", "roles meet on the wire only"},
	{"sotto/aggregator", "sotto/client", "roles meet on the wire only"},
	{"sotto/aggregator", "sotto/committee", "roles meet on the wire only"},
	{"sotto/committee", "sotto/client", "roles meet on the wire only"},
	{"sotto/committee", "sotto/aggregator", "roles meet on the wire only"},
	{"sotto/cmd/sotto", "github.com/ethereum/go-ethereum/eth", "a whole Ethereum node does not belong on a contributor's laptop"},
	{"sotto/cmd/sotto", "sotto/aggregator", "contributors do not carry the aggregator"},
	{"sotto/cmd/sotto", "sotto/committee", "contributors do not carry the committee"},
	{"sotto/cmd/sottod", "github.com/ethereum/go-ethereum/eth", "a daemon speaks to a node and is none"},
	{"sotto/cmd/sottod", "github.com/gomlx/gomlx", "aggregator and members never train"},
}

func within(pkg, prefix string) bool { return pkg == prefix || strings.HasPrefix(pkg, prefix+"/") }

func TestImportsPointOneWay(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Deps " "}}`, "sotto/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	checked := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		for _, f := range forbidden {
			// go-ethereum/eth is a prefix of packages that are no node; only itself counts.
			if !within(fields[0], f.from) {
				continue
			}
			checked[f.from] = true
			if i := slices.IndexFunc(fields[1:], func(dep string) bool {
				return dep == f.to || !strings.HasSuffix(f.to, "/eth") && within(dep, f.to)
			}); i >= 0 {
				t.Errorf("%s imports %s: %s", fields[0], fields[1+i], f.why)
			}
		}
	}
	for _, f := range forbidden {
		if !checked[f.from] {
			t.Errorf("no package %s to check", f.from)
		}
	}
}
