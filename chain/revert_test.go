package chain_test

import (
	"math/big"
	"regexp"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"

	"sotto/chain"
)

// sample returns a value of a Solidity type.
func sample(t *testing.T, typ abi.Type) any {
	t.Helper()
	switch typ.String() {
	case "address":
		return common.Address{0xab}
	case "bytes32":
		return [32]byte{0xcd}
	case "uint8":
		return uint8(8)
	case "uint48":
		return big.NewInt(48)
	case "uint64":
		return uint64(64)
	case "uint256":
		return new(big.Int).Mul(big.NewInt(25), big.NewInt(1e17))
	case "string":
		return "text"
	default:
		t.Fatalf("no sample of type %v", typ)
		return nil
	}
}

// TestRefusalTexts decodes every error that the contracts declare and looks at what becomes of it.
func TestRefusalTexts(t *testing.T) {
	texts := chain.Refusals()
	seen := map[string]bool{}
	for selector, e := range chain.ContractErrors() {
		args := make([]any, len(e.Inputs))
		for i, input := range e.Inputs {
			args[i] = sample(t, input.Type)
		}
		packed, err := e.Inputs.Pack(args...)
		if err != nil {
			t.Fatal(err)
		}
		r := chain.NewRevert(append(selector[:], packed...))
		seen[e.Name] = true
		if r.Name != e.Name || strings.ContainsAny(r.Text, "{}") {
			t.Errorf("%s: %q by the name of %q", e.Sig, r.Text, r.Name)
		}
		for _, word := range regexp.MustCompile(`\{\w+`).FindAllString(texts[e.Name], -1) {
			if _, ok := r.Args[word[1:]]; !ok {
				t.Errorf("%s: the text names %s}, which is no argument", e.Sig, word)
			}
		}
		// Cut short or too long, it is still an error and no panic.
		if len(packed) > 0 {
			if r := chain.NewRevert(append(selector[:], packed[:len(packed)-1]...)); r.Text == "" {
				t.Errorf("%s cut short has no text", e.Sig)
			}
		}
	}
	for name := range texts {
		if !seen[name] {
			t.Errorf("no contract declares %s", name)
		}
	}
	for _, name := range []string{"PoolOverdrawn", "RoundNotNew", "NotInTree", "AlreadyRegistered", "InvalidSignature", "WrongHead", "ERC20InsufficientBalance"} {
		if texts[name] == "" {
			t.Errorf("%s has no text", name)
		}
	}
}

func TestRevert(t *testing.T) {
	pool := chain.ContractErrors()
	for selector, e := range pool {
		if e.Name != "PoolOverdrawn" {
			continue
		}
		packed, err := e.Inputs.Pack(uint64(3), new(big.Int).Mul(big.NewInt(25), big.NewInt(1e17)), big.NewInt(0))
		if err != nil {
			t.Fatal(err)
		}
		r := chain.NewRevert(append(selector[:], packed...))
		if want := "pool 3 has awarded 2.5 tokens in all, but only 0 were deposited"; r.Error() != want || !r.Is(chain.ErrPoolOverdrawn) || r.Is(chain.ErrNotInTree) {
			t.Errorf("got %q, want %q", r, want)
		}
	}
	for want, data := range map[string]string{
		"without a reason":                 "",
		"unknown error 0xdeadbeef":         "deadbeef",
		"the contract refused: no":         "08c379a0" + strings.Repeat("0", 62) + "20" + strings.Repeat("0", 62) + "02" + "6e6f" + strings.Repeat("0", 60), // Error("no")
		"arithmetic underflow or overflow": "4e487b71" + strings.Repeat("0", 62) + "11",
	} {
		if got := chain.NewRevert(common.FromHex(data)); !strings.Contains(got.Error(), want) {
			t.Errorf("%s: %q, want %q", data, got, want)
		}
	}
}

// FuzzRevert checks that nothing a node answers ends the program.
func FuzzRevert(f *testing.F) {
	for selector := range chain.ContractErrors() {
		f.Add(append(selector[:], make([]byte, 96)...))
	}
	f.Add(common.FromHex("08c379a0"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if r := chain.NewRevert(data); r.Error() == "" {
			t.Errorf("%x has no text", data)
		}
	})
}
