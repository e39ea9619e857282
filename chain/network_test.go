package chain_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"

	"sotto/chain"
	"sotto/round"
)

var whole = chain.Network{
	RPC:        "http://127.0.0.1:8545",
	ChainID:    1337,
	Contracts:  chain.Contracts{Token: common.Address{1}, Registry: common.Address{2}, Rounds: common.Address{3}, Rewards: common.Address{4}},
	DeployedAt: 7,
	Model:      chain.Model{ID: round.Hash{5}, Name: "digits-mlp"},
	Aggregator: chain.Aggregator{Address: "127.0.0.1:7070", TLSKeyHash: round.Hash{6}, Identity: common.Address{7}},
}

func TestNetworkFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "network.json")
	chainOnly := chain.Network{RPC: whole.RPC, ChainID: whole.ChainID}
	deployed := whole
	deployed.Aggregator = chain.Aggregator{}
	for _, n := range []chain.Network{chainOnly, deployed, whole} { // as the file grows
		if err := chain.SaveNetwork(path, n); err != nil {
			t.Fatal(err)
		}
		got, err := chain.LoadNetwork(path)
		if err != nil || got != n {
			t.Errorf("got %+v, %v, want %+v", got, err, n)
		}
	}
	if err := chainOnly.RequireContracts(); !errors.Is(err, chain.ErrNotDeployed) || chain.HintOf(err) == "" {
		t.Errorf("no contracts: %v", err)
	}
	if err := deployed.RequireAggregator(); !errors.Is(err, chain.ErrNoAggregator) || chain.HintOf(err) == "" {
		t.Errorf("no aggregator: %v", err)
	}
	if err := errors.Join(whole.RequireContracts(), whole.RequireAggregator()); err != nil {
		t.Error(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"rpc": "http://127.0.0.1:8545"`, `"chainId": 1337`, `"rounds": "0x0300000000000000000000000000000000000000"`, `"tlsKeyHash": "0x06`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("saving left %d files, want 1", len(entries))
	}
	bad := whole
	bad.ChainID = 0
	if err := chain.SaveNetwork(path, bad); err == nil {
		t.Error("saved a network without chain id")
	}
	if got, err := chain.LoadNetwork(path); err != nil || got != whole {
		t.Errorf("a refused save left %+v, %v", got, err)
	}
}

func TestNetworkRefuses(t *testing.T) {
	text, err := json.Marshal(whole)
	if err != nil {
		t.Fatal(err)
	}
	replace := func(old, new string) string {
		t.Helper()
		if !strings.Contains(string(text), old) {
			t.Fatalf("no %s in %s", old, text)
		}
		return strings.Replace(string(text), old, new, 1)
	}
	for name, test := range map[string]struct{ text, want string }{
		"empty":               {"", "malformed"},
		"no json":             {"network", "malformed"},
		"unknown field":       {replace(`"chainId"`, `"colour":1,"chainId"`), "unknown field"},
		"unknown inner field": {replace(`"token"`, `"colour":1,"token"`), "unknown field"},
		"text after it":       {string(text) + "{}", "after the object"},
		"too long":            {string(text) + strings.Repeat(" ", 64<<10), "more than 65536 bytes"},
		"no chain id":         {replace(`"chainId":1337`, `"chainId":0`), "chainId"},
		"negative chain id":   {replace(`"chainId":1337`, `"chainId":-1`), "malformed"},
		"no url":              {replace(whole.RPC, "127.0.0.1:8545"), "want the URL"},
		"a file url":          {replace(whole.RPC, "file://host/etc/passwd"), "scheme"},
		"short address":       {replace(`"0x0300`, `"0x03`), "malformed"},
		"zero address":        {replace(`"0x03`, `"0x00`), "contracts.rounds"},
		"zero model":          {replace(`"0x05`, `"0x00`), "model.id"},
		"long name":           {replace(`digits-mlp`, strings.Repeat("x", 101)), "101 bytes, want at most 100"},
		"short hash":          {replace(`"0x0600`, `"0x06`), "malformed"},
		"no tls key":          {replace(`"0x06`, `"0x00`), "tlsKeyHash"},
		"no port":             {replace(`127.0.0.1:7070`, `127.0.0.1`), "host:port"},
		"no host":             {replace(`127.0.0.1:7070`, `:7070`), "host:port"},
		"port 0":              {replace(`127.0.0.1:7070`, `127.0.0.1:0`), "the port"},
		"port 65536":          {replace(`127.0.0.1:7070`, `127.0.0.1:65536`), "the port"},
		"model only":          {`{"rpc":"http://h","chainId":1,"model":{"id":"0x` + strings.Repeat("01", 32) + `","name":""}}`, "contracts are missing"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "network.json")
			if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := chain.LoadNetwork(path)
			refused(t, err, nil, test.want)
			if chain.HintOf(err) == "" {
				t.Error("no hint")
			}
		})
	}
	_, err = chain.LoadNetwork(filepath.Join(t.TempDir(), "none.json"))
	refused(t, err, os.ErrNotExist, "none.json")
}

// FuzzParseNetwork checks that what is accepted is valid and comes back the same.
func FuzzParseNetwork(f *testing.F) {
	text, err := json.Marshal(whole)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"rpc":"https://node.example/v1","chainId":1}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		n, err := chain.ParseNetwork(text)
		if err != nil {
			return
		}
		again, err := json.Marshal(n)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := chain.ParseNetwork(again); err != nil || got != n {
			t.Errorf("%s comes back as %s: %v", text, bytes.TrimSpace(again), err)
		}
	})
}
