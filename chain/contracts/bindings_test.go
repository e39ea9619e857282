package contracts_test

import (
	"bytes"
	"encoding/json"
	"go/format"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi/abigen"
)

// TestBindings makes the bindings again from the compiled contracts. That those belong to their sources takes a compiler to see:
// check.sh does both.
func TestBindings(t *testing.T) {
	for _, contract := range []string{"SottoToken", "Registry", "Rounds", "Rewards"} {
		t.Run(contract, func(t *testing.T) {
			folder := strings.ToLower(contract)
			file, err := os.ReadFile(filepath.Join(folder, contract+".json"))
			if err != nil {
				t.Fatal(err)
			}
			var compiled struct {
				ABI      json.RawMessage
				Bytecode string
			}
			if err := json.Unmarshal(file, &compiled); err != nil {
				t.Fatal(err)
			}
			var abi bytes.Buffer
			if err := json.Compact(&abi, compiled.ABI); err != nil {
				t.Fatal(err)
			}
			source, err := abigen.BindV2([]string{contract}, []string{abi.String()}, []string{compiled.Bytecode}, folder, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			want, err := format.Source([]byte(source))
			if err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(filepath.Join(folder, "bindings.go"))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s/bindings.go is not what abigen makes of %s.json; ./generate.sh writes it", folder, contract)
			}
		})
	}
}
