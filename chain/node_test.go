package chain_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"sotto/chain"
	"sotto/chain/chaintest"
	"sotto/round"
)

// through returns a client that reaches the chain through a node that answers as it likes. answer asks the chain; both return
// the member "result" or "error" of a JSON-RPC answer.
func through(t *testing.T, d *chaintest.Deployment, like func(method string, params json.RawMessage, answer func() string) string) *chain.Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		var request struct {
			ID     json.RawMessage
			Method string
			Params json.RawMessage
		}
		if err := json.Unmarshal(body, &request); err != nil {
			t.Error(err)
		}
		reply := like(request.Method, request.Params, func() string {
			response, err := http.Post(d.Local.URL(), "application/json", bytes.NewReader(body))
			if err != nil {
				t.Error(err)
				return `"error":{"code":1,"message":"no chain"}`
			}
			defer response.Body.Close()
			text, err := io.ReadAll(response.Body)
			if err != nil {
				t.Error(err)
			}
			_, member, _ := strings.Cut(string(text), fmt.Sprintf(`"id":%s,`, request.ID))
			return strings.TrimSuffix(strings.TrimSpace(member), "}")
		})
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,%s}`, request.ID, reply)
	}))
	t.Cleanup(server.Close)
	network := d.Client.Network()
	network.RPC = server.URL
	client, err := chain.Dial(t.Context(), network)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

var logData = regexp.MustCompile(`"data":"0x([0-9a-f]*)"`)

// TestLyingNode changes each 32-byte word of an event in turn, and its length: what a client can check, it checks, and nothing
// makes it panic.
func TestLyingNode(t *testing.T) {
	d, c := deployWithCommittee(t)
	cert := certificate(t, d)
	must[chain.Receipt](t)(d.Finalize(t.Context(), c, &cert))
	wantCommittee := must[round.Committee](t)(d.Client.Committee(t.Context(), 1))
	wantCertificate := must[chain.Finalized](t)(d.Client.Certificate(t.Context(), 1))

	edit := func(data string) string { return data }
	client := through(t, d, func(method string, _ json.RawMessage, answer func() string) string {
		reply := answer()
		if method == "eth_getLogs" {
			reply = logData.ReplaceAllStringFunc(reply, func(member string) string {
				return `"data":"0x` + edit(logData.FindStringSubmatch(member)[1]) + `"`
			})
		}
		return reply
	})
	// Whatever the node does to the data, the client returns the truth or an error. Words that nobody signed, such as the
	// signature itself, are for the verifier.
	read := func(what string) (accepted int) {
		t.Helper()
		if got, err := client.Committee(t.Context(), 1); err == nil {
			accepted++
			got.DKG = wantCommittee.DKG // bound by the members' confirmations, which are not in the event
			if fmt.Sprint(got) != fmt.Sprint(wantCommittee) {
				t.Errorf("%s: committee %+v", what, got)
			}
		}
		if got, err := client.Certificate(t.Context(), 1); err == nil {
			accepted++
			got.Signature = wantCertificate.Signature
			if got != wantCertificate {
				t.Errorf("%s: certificate %+v", what, got)
			}
		}
		return accepted
	}
	if got := read("nothing changed"); got != 2 {
		t.Fatalf("%d of 2 read through an honest node", got)
	}
	const words = 40 // a committee of four has 31, a certificate 23
	for i := range words {
		for _, digit := range []int{0, 62} {
			at := 64*i + digit
			edit = func(data string) string {
				if at >= len(data) {
					return data
				}
				changed := "0"
				if data[at] == '0' {
					changed = "7"
				}
				return data[:at] + changed + data[at+1:]
			}
			read(fmt.Sprintf("digit %d changed", at))
		}
		edit = func(data string) string { return data[:min(len(data), 64*i)] }
		read(fmt.Sprintf("cut to %d words", i))
	}
	edit = func(string) string { return "" }
	if got := read("no data"); got != 0 {
		t.Errorf("%d of 2 accepted without data", got)
	}
}

// TestFlakyNode answers every third question about a receipt only.
func TestFlakyNode(t *testing.T) {
	d := deploy(t)
	asked := 0
	client := through(t, d, func(method string, _ json.RawMessage, answer func() string) string {
		if method == "eth_getTransactionReceipt" {
			if asked++; asked%3 != 0 {
				return `"error":{"code":-32000,"message":"try again"}`
			}
		}
		return answer()
	})
	r, err := client.Transfer(t.Context(), d.Owner, d.Owner.Address(), units(1))
	if err != nil || r.Block == 0 || asked < 3 {
		t.Errorf("receipt %+v after %d questions, %v", r, asked, err)
	}
	broken := through(t, d, func(method string, _ json.RawMessage, answer func() string) string {
		if method == "eth_getTransactionReceipt" {
			return `"error":{"code":-32000,"message":"out of order"}`
		}
		return answer()
	})
	_, err = broken.Transfer(t.Context(), d.Owner, d.Owner.Address(), units(1))
	refused(t, err, nil, "out of order")
}

// TestLaggingPool has a node whose pool does not know yet what the account was sent, and one whose count of the account's
// transactions is behind.
func TestLaggingPool(t *testing.T) {
	d := deploy(t)
	refusals := map[string]int{}
	client := through(t, d, func(method string, _ json.RawMessage, answer func() string) string {
		if method == "eth_sendRawTransaction" {
			for _, text := range []string{"insufficient funds for gas * price + value", "nonce too low"} {
				if refusals[text]++; refusals[text] == 1 {
					if text == "nonce too low" { // somebody else sends for the account
						if _, err := d.Client.Transfer(t.Context(), d.Owner, d.Owner.Address(), units(1)); err != nil {
							t.Error(err)
						}
					}
					return `"error":{"code":-32000,"message":"` + text + `"}`
				}
			}
		}
		return answer()
	})
	if _, err := client.Transfer(t.Context(), d.Owner, d.Owner.Address(), units(1)); err != nil {
		t.Error(err)
	}
	if len(refusals) != 2 {
		t.Errorf("refused for %v, want both reasons", refusals)
	}
}

func TestNoDevelopmentChain(t *testing.T) {
	d := deploy(t)
	client := through(t, d, func(method string, _ json.RawMessage, answer func() string) string {
		if method == "dev_mineToFinality" {
			return `"error":{"code":-32601,"message":"the method dev_mineToFinality does not exist/is not available"}`
		}
		return answer()
	})
	_, err := client.MineToFinality(t.Context())
	refused(t, err, chain.ErrNotLocal, "chain 1337")
}
