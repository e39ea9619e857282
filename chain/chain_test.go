package chain_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"

	"sotto/chain"
	"sotto/chain/chaintest"
	"sotto/internal/localchain"
	"sotto/round"
)

func deploy(t *testing.T) *chaintest.Deployment {
	t.Helper()
	d, err := chaintest.Deploy(t.Context(), localchain.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return d
}

// deployWithCommittee also installs a committee of four.
func deployWithCommittee(t *testing.T) (*chaintest.Deployment, *chaintest.Committee) {
	t.Helper()
	d := deploy(t)
	c := committee(t, 1, 4)
	if _, err := d.Install(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	return d, c
}

func committee(t *testing.T, epoch uint64, n int) *chaintest.Committee {
	t.Helper()
	c, err := chaintest.NewCommittee(epoch, n)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func account(t *testing.T, d *chaintest.Deployment, tokens uint64) *chain.Account {
	t.Helper()
	a, err := d.Account(t.Context(), tokens)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func certificate(t *testing.T, d *chaintest.Deployment) round.Certificate {
	t.Helper()
	c, err := d.Certificate(t.Context(), 24)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// refused checks that an error is the expected sentinel, that its text says what is expected, and that its hint is there.
func refused(t *testing.T, err, want error, text string) {
	t.Helper()
	switch {
	case err == nil:
		t.Errorf("accepted, want %v", want)
	case want != nil && !errors.Is(err, want):
		t.Errorf("got %q, want one that is %q", err, want)
	case !strings.Contains(err.Error(), text):
		t.Errorf("got %q, want one with %q", err, text)
	}
}

func hash(t *testing.T, v string) (h round.Hash) {
	t.Helper()
	return round.Hash(crypto.Keccak256Hash([]byte(v)))
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func units(n uint64) round.Amount { return round.AmountOf(uint256.NewInt(n)) }

func TestDial(t *testing.T) {
	d := deploy(t)
	network := d.Client.Network()
	for name, test := range map[string]struct {
		change func(*chain.Network)
		want   error
		text   string
	}{
		"nothing wrong":         {func(*chain.Network) {}, nil, ""},
		"no contracts":          {func(n *chain.Network) { n.Contracts, n.Model, n.DeployedAt = chain.Contracts{}, chain.Model{}, 0 }, chain.ErrNotDeployed, "no contracts"},
		"another chain":         {func(n *chain.Network) { n.ChainID++ }, chain.ErrWrongChain, "chain id 1337, want 1338"},
		"no code":               {func(n *chain.Network) { n.Contracts.Rounds[0]++ }, chain.ErrNoContract, "Rounds 0x"},
		"contracts exchanged":   {func(n *chain.Network) { n.Contracts.Rounds, n.Contracts.Token = n.Contracts.Token, n.Contracts.Rounds }, nil, "not Sotto's"},
		"another model":         {func(n *chain.Network) { n.Model.ID[0]++ }, nil, "train model"},
		"nobody at that port":   {func(n *chain.Network) { n.RPC = "http://127.0.0.1:1" }, nil, "no Ethereum node at http://127.0.0.1:1"},
		"an rpc that is no url": {func(n *chain.Network) { n.RPC = "localhost" }, nil, "want the URL of an Ethereum node"},
	} {
		t.Run(name, func(t *testing.T) {
			n := network
			test.change(&n)
			c, err := chain.Dial(t.Context(), n)
			if name == "nothing wrong" {
				if err != nil {
					t.Fatal(err)
				}
				c.Close()
				return
			}
			refused(t, err, test.want, test.text)
			if !strings.Contains(name, "url") && chain.HintOf(err) == "" {
				t.Errorf("%v has no hint", err)
			}
		})
	}
}

// TestDialDeployments checks that contracts of two deployments cannot be mixed.
func TestDialDeployments(t *testing.T) {
	d := deploy(t)
	network := d.Client.Network()
	second, _, err := chain.Deploy(t.Context(), network, d.Owner, chain.DeployConfig{Stake: units(1), Model: network.Model, FirstModel: hash(t, "first")})
	if err != nil {
		t.Fatal(err)
	}
	if second.Contracts == network.Contracts || second.DeployedAt <= network.DeployedAt {
		t.Fatalf("deployed %+v after %+v", second, network)
	}
	network.Contracts.Rewards = second.Contracts.Rewards
	_, err = chain.Dial(t.Context(), network)
	refused(t, err, nil, "different deployments")
}

func TestDeployRefuses(t *testing.T) {
	d := deploy(t)
	poor := chain.NewAccount(must[*chain.Account](t)(chain.NewKeystoreFile(t.TempDir()+"/poor.json", "", true)).Key())
	good := chain.DeployConfig{Stake: units(1), Model: d.Client.Network().Model, FirstModel: hash(t, "first")}
	for name, test := range map[string]struct {
		from   *chain.Account
		change func(*chain.DeployConfig)
		want   error
		text   string
	}{
		"no model":       {d.Owner, func(c *chain.DeployConfig) { c.Model = chain.Model{} }, nil, "model id"},
		"no first model": {d.Owner, func(c *chain.DeployConfig) { c.FirstModel = round.Hash{} }, nil, "first model"},
		"negative delay": {d.Owner, func(c *chain.DeployConfig) { c.ExitDelay = -1 }, nil, "negative"},
		"no ether":       {poor, func(*chain.DeployConfig) {}, chain.ErrFunds, "has 0 ether"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := good
			test.change(&cfg)
			_, _, err := chain.Deploy(t.Context(), d.Client.Network(), test.from, cfg)
			refused(t, err, test.want, test.text)
		})
	}
}

// TestConcurrentSends sends from one account through one client, and through another client, all at once.
func TestConcurrentSends(t *testing.T) {
	d := deploy(t)
	other := must[*chain.Client](t)(chain.Dial(t.Context(), d.Client.Network()))
	defer other.Close()
	to := must[*chain.Account](t)(chain.NewKeystoreFile(t.TempDir()+"/to.json", "", true)).Address()
	const n = 30
	errs := make(chan error)
	for i := range n {
		client := d.Client
		if i%3 == 0 {
			client = other
		}
		go func() {
			_, err := client.Transfer(t.Context(), d.Owner, to, units(1))
			errs <- err
		}()
	}
	for range n {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if got := must[round.Amount](t)(d.Client.Balance(t.Context(), to)); got != units(n) {
		t.Errorf("balance %v, want %d", got, n)
	}
}

func TestSendWithoutEther(t *testing.T) {
	d := deploy(t)
	poor := must[*chain.Account](t)(chain.NewKeystoreFile(t.TempDir()+"/poor.json", "", true))
	_, err := d.Client.Transfer(t.Context(), poor, d.Owner.Address(), units(1))
	refused(t, err, chain.ErrFunds, "has 0 ether")
	if chain.HintOf(err) == "" {
		t.Errorf("%v has no hint", err)
	}
	_, err = d.Client.RequestExit(t.Context(), poor)
	refused(t, err, chain.ErrNotRegistered, "is not registered")
}

// TestCancelledWait checks that a write returns when its context ends while it waits for a block that does not come.
func TestCancelledWait(t *testing.T) {
	d := deploy(t)
	var coming atomic.Bool
	client := through(t, d, func(method string, _ json.RawMessage, answer func() string) string {
		if method == "eth_getTransactionReceipt" && !coming.Load() {
			return `"result":null`
		}
		return answer()
	})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := client.Transfer(ctx, d.Owner, d.Owner.Address(), units(1))
	refused(t, err, context.DeadlineExceeded, "")
	// The account is not stuck: its next transaction gets the right number.
	coming.Store(true)
	if _, err := client.Transfer(t.Context(), d.Owner, d.Owner.Address(), units(1)); err != nil {
		t.Error(err)
	}
}

func TestFinality(t *testing.T) {
	d := deploy(t)
	a := account(t, d, 100)
	r := must[chain.Receipt](t)(d.Client.Register(t.Context(), a))
	if final := must[round.Block](t)(d.Client.Finalised(t.Context())); final.Number != 0 {
		t.Errorf("finalised block %d, want 0", final.Number)
	}
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	refused(t, d.Client.WaitFinal(short, r.Block), context.DeadlineExceeded, "to be final")
	if got := must[uint64](t)(d.Client.MineToFinality(t.Context())); got != 32 {
		t.Errorf("mined to block %d, want 32", got)
	}
	if err := d.Client.WaitFinal(t.Context(), r.Block); err != nil {
		t.Error(err)
	}
	final := must[round.Block](t)(d.Client.Finalised(t.Context()))
	if h := must[round.Hash](t)(d.Client.BlockHash(t.Context(), 32)); final != (round.Block{Number: 32, Hash: h}) {
		t.Errorf("finalised block %v, want 32 with hash %v", final, h)
	}
	_, err := d.Client.BlockHash(t.Context(), 33)
	refused(t, err, chain.ErrReorg, "block 33")
}
