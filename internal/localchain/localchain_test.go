package localchain_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient"
	gethlog "github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/rpc"

	"sotto/internal/localchain"
)

func start(t *testing.T, cfg localchain.Config) (*localchain.Chain, *ethclient.Client) {
	t.Helper()
	c, err := localchain.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	client, err := ethclient.DialContext(t.Context(), c.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return c, client
}

// send signs a transaction from the faucet, sends it and waits for its receipt.
func send(t *testing.T, c *localchain.Chain, client *ethclient.Client, to *common.Address, wei int64, data []byte) *types.Receipt {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	nonce, err := client.PendingNonceAt(ctx, crypto.PubkeyToAddress(c.Faucet().PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	tx, err := types.SignNewTx(c.Faucet(), types.LatestSignerForChainID(c.ChainID()), &types.DynamicFeeTx{
		Nonce: nonce, To: to, Value: big.NewInt(wei), Gas: 200_000, Data: data,
		GasFeeCap: big.NewInt(1e10), GasTipCap: big.NewInt(1),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := client.SendTransaction(ctx, tx); err != nil {
		t.Fatal(err)
	}
	for {
		receipt, err := client.TransactionReceipt(ctx, tx.Hash())
		if err == nil {
			return receipt
		}
		if !errors.Is(err, ethereum.NotFound) && !strings.Contains(err.Error(), "indexing") {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func finalized(t *testing.T, client *ethclient.Client) uint64 {
	t.Helper()
	header, err := client.HeaderByNumber(t.Context(), big.NewInt(int64(rpc.FinalizedBlockNumber)))
	if err != nil {
		t.Fatal(err)
	}
	return header.Number.Uint64()
}

func TestOsakaRules(t *testing.T) {
	c, client := start(t, localchain.Config{})

	// EIP-7910: the node's own account of the rules in force, and of those to come.
	var config struct {
		Current struct{ Precompiles map[string]common.Address }
		Next    json.RawMessage
	}
	if err := client.Client().CallContext(t.Context(), &config, "eth_config"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"BLS12_G1ADD", "BLS12_PAIRING_CHECK", "P256VERIFY"} {
		if _, ok := config.Current.Precompiles[name]; !ok {
			t.Errorf("no precompile %s among %v", name, config.Current.Precompiles)
		}
	}
	if s := string(config.Next); s != "" && s != "null" {
		t.Errorf("a fork is scheduled after Osaka: %s", s)
	}

	call := func(to *common.Address, code []byte) ([]byte, error) {
		return client.CallContract(t.Context(), ethereum.CallMsg{To: to, Data: code}, nil)
	}
	t.Run("CLZ exists", func(t *testing.T) { // EIP-7939, new in Osaka
		got, err := call(nil, common.FromHex("6001"+"1e"+"5f52"+"60205ff3")) // return clz(1)
		if err != nil || new(big.Int).SetBytes(got).Int64() != 255 {
			t.Errorf("got %x, %v, want 255", got, err)
		}
	})
	t.Run("BLS12-381 pairing precompile", func(t *testing.T) { // EIP-2537
		pairing := common.BytesToAddress([]byte{0x0f})
		got, err := call(&pairing, make([]byte, 384)) // e(0, 0) = 1
		if err != nil || new(big.Int).SetBytes(got).Int64() != 1 {
			t.Errorf("got %x, %v, want 1", got, err)
		}
	})
	t.Run("storage costs", func(t *testing.T) {
		code := common.FromHex("60015f55" + "00") // sstore(0, 1); stop
		const (
			create   = 21_000 + 32_000 + 2        // transaction, creation, one word of code (EIP-3860)
			calldata = 4*16 + 1*4                 // four bytes that are not zero, one that is
			sstore   = 22_100 + 3 + 2             // a new slot (EIP-2929), push1, push0
			want     = create + calldata + sstore // Osaka; the unscheduled fork asks for more
		)
		receipt := send(t, c, client, nil, 0, code)
		if receipt.Status != types.ReceiptStatusSuccessful || receipt.GasUsed != want {
			t.Errorf("a new storage slot: status %d, gas %d, want 1, %d", receipt.Status, receipt.GasUsed, want)
		}
	})
	t.Run("cap on a transaction's gas", func(t *testing.T) { // EIP-7825
		tx, err := types.SignNewTx(c.Faucet(), types.LatestSignerForChainID(c.ChainID()), &types.DynamicFeeTx{
			Nonce: 1, To: &common.Address{1}, Gas: 1<<24 + 1,
			GasFeeCap: big.NewInt(1e10), GasTipCap: big.NewInt(1),
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := client.SendTransaction(t.Context(), tx); err == nil || !strings.Contains(err.Error(), "gas limit too high") {
			t.Errorf("transaction with 2^24+1 gas: %v", err)
		}
	})
}

func TestMinesOnTransaction(t *testing.T) {
	rich := common.Address{7}
	c, client := start(t, localchain.Config{ChainID: 4242, Alloc: map[common.Address]*big.Int{rich: big.NewInt(99)}})
	if id, err := client.ChainID(t.Context()); err != nil || id.Uint64() != 4242 {
		t.Errorf("chain id %v, %v", id, err)
	}
	if b, err := client.BalanceAt(t.Context(), rich, nil); err != nil || b.Int64() != 99 {
		t.Errorf("balance of a prefunded account %v, %v", b, err)
	}
	to := common.Address{9}
	for range 3 {
		send(t, c, client, &to, 5, nil)
	}
	if b, _ := client.BalanceAt(t.Context(), to, nil); b.Int64() != 15 {
		t.Errorf("balance %v, want 15", b)
	}
	if got := finalized(t, client); got != 0 {
		t.Errorf("finalised block %d after 3 blocks, want 0", got)
	}
}

func TestManySendersAtOnce(t *testing.T) {
	c, client := start(t, localchain.Config{})
	signer := types.LatestSignerForChainID(c.ChainID())
	var wg sync.WaitGroup
	const n = 200
	for i := range n {
		tx, err := types.SignNewTx(c.Faucet(), signer, &types.DynamicFeeTx{
			Nonce: uint64(i), To: &common.Address{1}, Value: big.NewInt(1), Gas: 21_000,
			GasFeeCap: big.NewInt(1e10), GasTipCap: big.NewInt(1),
		})
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			if err := client.SendTransaction(t.Context(), tx); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	deadline := time.Now().Add(10 * time.Second)
	for {
		b, err := client.BalanceAt(t.Context(), common.Address{1}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if b.Int64() == n {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%v of %d transactions mined", b, n)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func TestFinality(t *testing.T) {
	c, client := start(t, localchain.Config{})
	for _, step := range []struct{ mine, head, final uint64 }{{0, 0, 0}, {1, 32, 32}, {31, 64, 64}, {32, 96, 96}, {33, 160, 160}} {
		if _, err := c.Mine(t.Context(), int(step.mine)); err != nil {
			t.Fatal(err)
		}
		got, err := c.MineToFinality(t.Context())
		if err != nil || got != step.head {
			t.Errorf("after %d blocks: mined to %d, %v, want %d", step.mine, got, err, step.head)
		}
		if got := finalized(t, client); got != step.final {
			t.Errorf("finalised block %d, want %d", got, step.final)
		}
	}
	if _, err := c.Mine(t.Context(), 10_001); err == nil {
		t.Error("mined 10,001 blocks at once")
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Mine(cancelled, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("mining with a cancelled context: %v", err)
	}
}

func TestFinalizesByItself(t *testing.T) {
	c, client := start(t, localchain.Config{FinalizeAfter: 20 * time.Millisecond})
	receipt := send(t, c, client, &common.Address{1}, 1, nil)
	deadline := time.Now().Add(10 * time.Second)
	for finalized(t, client) < receipt.BlockNumber.Uint64() {
		if time.Now().After(deadline) {
			t.Fatalf("block %v is not final", receipt.BlockNumber)
		}
		time.Sleep(5 * time.Millisecond)
	}
	time.Sleep(60 * time.Millisecond)
	if n, err := client.BlockNumber(t.Context()); err != nil || n != 32 {
		t.Errorf("a quiet chain is at block %d, %v, want 32", n, err)
	}
}

func TestPeriod(t *testing.T) {
	_, client := start(t, localchain.Config{Period: 10 * time.Millisecond})
	deadline := time.Now().Add(10 * time.Second)
	for {
		n, err := client.BlockNumber(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n >= 3 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d blocks after 10 s", n)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func TestSkip(t *testing.T) {
	c, client := start(t, localchain.Config{})
	if _, err := c.Mine(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	before, err := client.HeaderByNumber(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Skip(48 * time.Hour); err != nil {
		t.Fatal(err)
	}
	after, err := client.HeaderByNumber(t.Context(), nil)
	if err != nil || after.Time-before.Time != 48*3600 {
		t.Errorf("block times %d and %d, %v", before.Time, after.Time, err)
	}
}

func TestRewind(t *testing.T) {
	c, client := start(t, localchain.Config{})
	to := common.Address{9}
	first := send(t, c, client, &to, 5, nil)
	second := send(t, c, client, &to, 7, nil)
	if err := c.Rewind(first.BlockNumber.Uint64()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Mine(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	if b, err := client.BalanceAt(t.Context(), to, nil); err != nil || b.Int64() != 5 {
		t.Errorf("balance %v, %v, want 5", b, err)
	}
	header, err := client.HeaderByNumber(t.Context(), second.BlockNumber)
	if err != nil || header.Hash() == second.BlockHash {
		t.Errorf("block %v is still %v, %v", second.BlockNumber, second.BlockHash, err)
	}
	if err := c.Rewind(99); err == nil {
		t.Error("rewound to a block to come")
	}
}

// TestRemoteControl drives the chain as another process would.
func TestRemoteControl(t *testing.T) {
	c, client := start(t, localchain.Config{})
	var head uint64
	if err := client.Client().CallContext(t.Context(), &head, "dev_mine", 3); err != nil || head != 3 {
		t.Errorf("dev_mine: %d, %v", head, err)
	}
	if err := client.Client().CallContext(t.Context(), &head, "dev_mineToFinality"); err != nil || head != 32 {
		t.Errorf("dev_mineToFinality: %d, %v", head, err)
	}
	if got := finalized(t, client); got != 32 {
		t.Errorf("finalised block %d, want 32", got)
	}
	for _, n := range []int{-1, 10_001} {
		if err := client.Client().CallContext(t.Context(), &head, "dev_mine", n); err == nil {
			t.Errorf("dev_mine(%d) accepted", n)
		}
	}
	// What the node offers to itself is not offered to the machine.
	for _, method := range []string{"admin_nodeInfo", "debug_chaindbProperty", "miner_setExtra", "txpool_status", "engine_exchangeCapabilities"} {
		if err := client.Client().CallContext(t.Context(), nil, method); err == nil || !strings.Contains(err.Error(), "does not exist") {
			t.Errorf("%s over HTTP: %v", method, err)
		}
	}
	u, err := url.Parse(c.URL())
	if err != nil || !net.ParseIP(u.Hostname()).IsLoopback() {
		t.Errorf("the server's address is %s, want a loopback address", c.URL())
	}
	inside := c.RPC()
	defer inside.Close()
	if err := inside.CallContext(t.Context(), &head, "dev_mine", 1); err != nil || head != 33 {
		t.Errorf("dev_mine inside the process: %d, %v", head, err)
	}
}

// TestLoopbackOnly looks at the sockets on which this process listens while a chain runs.
func TestLoopbackOnly(t *testing.T) {
	fds, err := filepath.Glob("/proc/self/fd/*")
	if err != nil || len(fds) == 0 {
		t.Skip("needs /proc")
	}
	start(t, localchain.Config{})
	fds, _ = filepath.Glob("/proc/self/fd/*")
	ours := map[string]bool{}
	for _, fd := range fds {
		if target, err := os.Readlink(fd); err == nil && strings.HasPrefix(target, "socket:[") {
			ours[strings.Trim(target, "socket:[]")] = true
		}
	}
	listeners := 0
	for _, table := range []string{"tcp", "tcp6", "udp", "udp6"} {
		lines, err := os.ReadFile("/proc/self/net/" + table)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(lines)) {
			field := strings.Fields(line) // number, local address, remote address, state, …, inode
			const listening, datagram = "0A", "07"
			if len(field) < 10 || !ours[field[9]] || field[3] != listening && field[3] != datagram {
				continue
			}
			listeners++
			if !strings.HasPrefix(field[1], "0100007F:") { // 127.0.0.1, as Linux writes it
				t.Errorf("listens on %s %s", table, field[1])
			}
		}
	}
	if listeners != 1 {
		t.Errorf("%d listening sockets, want 1", listeners)
	}
}

func TestRestartContinues(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "chain")
	cfg := localchain.Config{DataDir: dir, ChainID: 77}
	c, client := start(t, cfg)
	to := common.Address{9}
	receipt := send(t, c, client, &to, 5, nil)
	if _, err := c.Mine(t.Context(), 34); err != nil {
		t.Fatal(err)
	}
	key := c.Faucet()

	if _, err := localchain.Start(cfg); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("a second chain in the same directory: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
	if _, err := c.Mine(t.Context(), 1); !errors.Is(err, localchain.ErrClosed) {
		t.Errorf("mining on a closed chain: %v", err)
	}
	info, err := os.Stat(filepath.Join(dir, "faucet.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("faucet key: %v, %v, want mode 0600", info, err)
	}
	if _, err := localchain.Start(localchain.Config{DataDir: dir, ChainID: 78}); err == nil || !strings.Contains(err.Error(), "another chain") {
		t.Errorf("the directory under another chain id: %v", err)
	}

	c, client = start(t, cfg)
	if !c.Faucet().Equal(key) {
		t.Error("the faucet's key changed")
	}
	if b, err := client.BalanceAt(t.Context(), to, nil); err != nil || b.Int64() != 5 {
		t.Errorf("balance after the restart %v, %v, want 5", b, err)
	}
	header, err := client.HeaderByNumber(t.Context(), receipt.BlockNumber)
	if err != nil || header.Hash() != receipt.BlockHash {
		t.Errorf("block %v after the restart: %v, want hash %v", receipt.BlockNumber, err, receipt.BlockHash)
	}
	if got := finalized(t, client); got != 64 {
		t.Errorf("finalised block %d after a restart at block 35, want 64", got)
	}
	send(t, c, client, &to, 5, nil)
	if b, err := client.BalanceAt(t.Context(), to, nil); err != nil || b.Int64() != 10 {
		t.Errorf("balance %v, %v, want 10", b, err)
	}
}

// TestLog checks that warnings, and only warnings, reach the given logger, and that slog's default stays the caller's.
func TestLog(t *testing.T) {
	var out bytes.Buffer
	before := slog.Default()
	c, _ := start(t, localchain.Config{Logger: slog.New(slog.NewTextHandler(&out, nil))})
	if slog.Default() != before {
		t.Error("slog's default logger was replaced")
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if out.Len() > 0 {
		t.Errorf("the log of an uneventful run: %s", out.String())
	}
	gethlog.Info("chatter")
	gethlog.Warn("trouble", "answer", 42)
	if got := out.String(); strings.Contains(got, "chatter") || !strings.Contains(got, "trouble") || !strings.Contains(got, "from=localchain") {
		t.Errorf("logged %q, want the warning alone", got)
	}
}

func TestBadConfig(t *testing.T) {
	if _, err := localchain.Start(localchain.Config{HTTPPort: 65536}); err == nil {
		t.Error("port 65536 accepted")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "faucet.key"), []byte("not a key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := localchain.Start(localchain.Config{DataDir: dir}); err == nil || !strings.Contains(err.Error(), "faucet") {
		t.Errorf("a broken faucet key: %v", err)
	}
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	if _, err := localchain.Start(localchain.Config{HTTPPort: busy.Addr().(*net.TCPAddr).Port}); err == nil {
		t.Error("started on a port in use")
	}
}
