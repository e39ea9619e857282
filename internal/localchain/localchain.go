// Package localchain is a whole Ethereum node in this process: one that nobody else joins, for the demo, for
// `sotto-demo devchain` and for tests (docs/protocol.md §9).
//
// It is built of go-ethereum's own packages (node, eth, catalyst), so contracts meet the same EVM, transaction pool and
// JSON-RPC server as on a public network. The rules are those of Osaka and of nothing later: go-ethereum's own developer
// chain also switches on a fork that has not been scheduled and that reprices storage, which would falsify every gas figure.
//
// The node listens on loopback only, speaks to no peer, and offers anybody on this machine free ether (see [Chain.Faucet])
// and blocks on demand, through two JSON-RPC methods beside the usual ones:
//
//	dev_mine(n)             mines n blocks, returns the number of the new head
//	dev_mineToFinality()    mines to the next multiple of 32 if the head is none, returns its number
//
// A block is final when its number is a multiple of 32, and so are all before it. Blocks carry the time of day, but never the
// same second twice: a chain that mines faster than that runs ahead of the clock. Never use one for anything of value.
package localchain

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/eth"
	"github.com/ethereum/go-ethereum/eth/catalyst"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/eth/filters"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/p2p"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/rpc"
)

const (
	// databaseCache (in MB) and databaseHandles do for a chain of a few thousand blocks.
	databaseCache   = 16
	databaseHandles = 64

	// DefaultChainID is the chain id used when [Config] names none: the one that development chains go by.
	DefaultChainID = 1337

	// EpochLength is the number of blocks that become final together.
	EpochLength = 32

	// maxMine bounds one request for blocks; 10,000 take about ten seconds.
	maxMine = 10_000

	faucetFile = "faucet.key"
)

// Config says how to start a chain. The zero value is a chain in memory that mines a block for every transaction and listens
// on a free port.
type Config struct {
	DataDir  string                      // holds blocks, state and the faucet's key between runs; empty: memory only
	HTTPPort int                         // JSON-RPC port on 127.0.0.1; 0: any free port
	ChainID  uint64                      // 0: DefaultChainID
	Alloc    map[common.Address]*big.Int // balances in wei at genesis, besides the faucet's; the same at every start
	Period   time.Duration               // time between blocks; 0: a block as soon as there is a transaction

	// FinalizeAfter makes the chain mine to the next multiple of 32 by itself once it has been quiet for this long with
	// blocks that are not final. 0: never; then somebody has to call MineToFinality.
	FinalizeAfter time.Duration

	Logger *slog.Logger // receives the node's warnings and errors; nil: nowhere. One logger a process: the last start's wins
}

// Chain is a running local chain. Its methods may be called concurrently.
type Chain struct {
	chainID *big.Int
	faucet  *ecdsa.PrivateKey
	stack   *node.Node
	backend *eth.Ethereum
	beacon  *catalyst.SimulatedBeacon

	sealing sync.Mutex // held while blocks are made: the simulated beacon allows one at a time
	closed  bool       // guarded by sealing

	rpc  *rpc.Server
	http *http.Server
	url  string

	quit    chan struct{}
	miners  sync.WaitGroup
	servers sync.WaitGroup
}

// ErrClosed is returned by a chain that was closed.
var ErrClosed = errors.New("local chain is closed")

// Start starts a chain, or continues the one in cfg.DataDir.
//
// On return the chain answers at [Chain.URL] and its head is final. Close the chain to stop it: with a data directory,
// everything mined is then on disk. A process that dies without closing loses the last blocks.
func Start(cfg Config) (_ *Chain, err error) {
	if cfg.HTTPPort < 0 || cfg.HTTPPort > 65535 {
		return nil, fmt.Errorf("http port is %d, want 0 to 65535", cfg.HTTPPort)
	}
	if cfg.ChainID == 0 {
		cfg.ChainID = DefaultChainID
	}
	setLogger(cfg.Logger)

	c := &Chain{chainID: new(big.Int).SetUint64(cfg.ChainID), quit: make(chan struct{})}
	if c.faucet, err = loadFaucet(cfg.DataDir); err != nil {
		return nil, err
	}
	// First, since a port in use is the failure to expect.
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(cfg.HTTPPort)))
	if err != nil {
		return nil, fmt.Errorf("json-rpc server: %w", err)
	}
	defer func() {
		if err != nil {
			listener.Close()
		}
	}()
	if err = c.startNode(cfg); err != nil {
		return nil, err
	}
	// The simulated beacon declares the head of a restarted chain final, whatever its number. Mining to where that is true,
	// before anybody can ask, keeps the finalised block from going backwards.
	if _, err = c.MineToFinality(context.Background()); err != nil {
		return nil, errors.Join(err, c.stack.Close())
	}
	if err = c.serve(listener); err != nil {
		return nil, errors.Join(err, c.stack.Close())
	}
	c.startMiner(cfg.Period, cfg.FinalizeAfter)
	return c, nil
}

// startNode builds the node and starts it, without a server. On an error it leaves nothing running.
func (c *Chain) startNode(cfg Config) (err error) {
	nodeKey, err := crypto.GenerateKey()
	if err != nil {
		return err
	}
	c.stack, err = node.New(&node.Config{
		Name:     "localchain",
		DataDir:  cfg.DataDir,
		P2P:      p2p.Config{PrivateKey: nodeKey, NoDiscovery: true, NoDial: true}, // no listen address: no listener
		DBEngine: node.DefaultConfig.DBEngine,
	})
	if errors.Is(err, node.ErrDatadirUsed) {
		return fmt.Errorf("data directory %q is in use by another process", cfg.DataDir)
	}
	if err != nil {
		return fmt.Errorf("starting the node: %w", err)
	}
	defer func() {
		if err != nil {
			c.stack.Close() // the first error tells more
		}
	}()
	genesis := c.genesis(cfg.Alloc)
	if cfg.DataDir != "" {
		if err = c.checkGenesis(genesis, cfg.DataDir); err != nil {
			return err
		}
	}
	if c.backend, err = eth.New(c.stack, ethConfig(genesis)); err != nil {
		return fmt.Errorf("starting the node: %w", err)
	}
	if c.beacon, err = catalyst.NewSimulatedBeacon(0, common.Address{}, c.backend); err != nil {
		return fmt.Errorf("starting the simulated beacon: %w", err)
	}
	if err = c.stack.Start(); err != nil {
		return fmt.Errorf("starting the node: %w", err)
	}
	return nil
}

// checkGenesis refuses a data directory that another chain was made in. The node would notice too, but leave its files locked.
func (c *Chain) checkGenesis(genesis *core.Genesis, dir string) error {
	db, err := c.stack.OpenDatabaseWithOptions("chaindata", node.DatabaseOptions{Cache: databaseCache, Handles: databaseHandles})
	if err != nil {
		return fmt.Errorf("data directory %q: %w", dir, err)
	}
	defer db.Close()
	if stored := rawdb.ReadCanonicalHash(db, 0); stored != (common.Hash{}) && stored != genesis.ToBlock().Hash() {
		return fmt.Errorf("data directory %q holds another chain: start it with the chain id and balances that it was made with, or use an empty directory", dir)
	}
	return nil
}

// serve answers JSON-RPC on listener: the public namespaces and "dev", to callers who name the machine "localhost" or by
// its address, so that no web page can reach the server under a name of its own.
func (c *Chain) serve(listener net.Listener) error {
	c.rpc = rpc.NewServer()
	c.rpc.SetBatchLimits(node.DefaultConfig.BatchRequestLimit, node.DefaultConfig.BatchResponseMaxSize)
	apis := append(c.backend.APIs(),
		rpc.API{Namespace: "eth", Service: filters.NewFilterAPI(filters.NewFilterSystem(c.backend.APIBackend, filters.Config{}))},
		rpc.API{Namespace: "dev", Service: &devAPI{c}},
	)
	for _, api := range apis {
		switch api.Namespace {
		case "eth", "net", "dev":
			if err := c.rpc.RegisterName(api.Namespace, api.Service); err != nil {
				return err
			}
		}
	}
	c.url = "http://" + listener.Addr().String()
	timeouts := rpc.DefaultHTTPTimeouts
	c.http = &http.Server{
		Handler:           node.NewHTTPHandlerStack(c.rpc, nil, []string{"localhost"}, nil, true),
		ReadTimeout:       timeouts.ReadTimeout,
		ReadHeaderTimeout: timeouts.ReadHeaderTimeout,
		WriteTimeout:      timeouts.WriteTimeout,
		IdleTimeout:       timeouts.IdleTimeout,
	}
	c.servers.Go(func() {
		if err := c.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			c.report(err)
		}
	})
	return nil
}

// ethConfig returns settings for a chain of a few thousand blocks: caches of a few megabytes, all history kept.
func ethConfig(genesis *core.Genesis) *ethconfig.Config {
	c := ethconfig.Defaults
	c.Genesis = genesis
	c.SyncMode = ethconfig.FullSync
	c.DatabaseCache, c.DatabaseHandles = databaseCache, databaseHandles
	c.TrieCleanCache, c.TrieDirtyCache, c.SnapshotCache = 16, 16, 16
	c.TransactionHistory, c.LogHistory, c.StateHistory = 0, 0, 0 // all of it
	c.LogNoHistory = true                                        // logs are searched without the index, which lags behind the head
	c.Miner.GasPrice = big.NewInt(1)                             // what the pool accepts is mined
	c.TxPool.PriceLimit = 1
	c.TxPool.NoLocals = true
	c.TxPool.AccountSlots, c.TxPool.GlobalSlots = 1024, 16384 // a faucet pays many accounts at once
	c.TxPool.AccountQueue, c.TxPool.GlobalQueue = 1024, 4096
	return &c
}

// genesis returns the first block: Osaka from the start, the faucet rich. It depends on nothing else, so that the same
// data directory is recognised at the next start.
func (c *Chain) genesis(alloc map[common.Address]*big.Int) *core.Genesis {
	config := *params.AllDevChainProtocolChanges
	config.ChainID = c.chainID
	config.BogotaTime = nil // not scheduled on any public network, and it reprices storage up to 3.5 times
	accounts := make(types.GenesisAlloc, len(alloc)+8)
	maps.Copy(accounts, core.SystemContractAllocs())
	for address, wei := range alloc {
		accounts[address] = types.Account{Balance: new(big.Int).Set(wei)}
	}
	accounts[crypto.PubkeyToAddress(c.faucet.PublicKey)] = types.Account{Balance: new(big.Int).Lsh(big.NewInt(1), 128)}
	return &core.Genesis{
		Config:     &config,
		GasLimit:   ethconfig.Defaults.Miner.GasCeil,
		BaseFee:    big.NewInt(params.InitialBaseFee),
		Difficulty: new(big.Int),
		ExtraData:  c.chainID.Bytes(), // makes the first block's hash depend on the chain id, as it does not otherwise
		Alloc:      accounts,
	}
}

// loadFaucet returns the key in dir, or a new one that it leaves there as 64 hexadecimal digits, mode 0600.
func loadFaucet(dir string) (*ecdsa.PrivateKey, error) {
	if dir == "" {
		return crypto.GenerateKey()
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, faucetFile)
	key, err := crypto.LoadECDSA(path)
	if err == nil {
		return key, nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("faucet key %q: %w", path, err)
	}
	if key, err = crypto.GenerateKey(); err != nil {
		return nil, err
	}
	return key, crypto.SaveECDSA(path, key)
}

// URL returns the address of the JSON-RPC server, http://127.0.0.1:PORT.
func (c *Chain) URL() string { return c.url }

// RPC returns a client of the same server that needs no socket.
func (c *Chain) RPC() *rpc.Client { return rpc.DialInProc(c.rpc) }

// ChainID returns the chain id.
func (c *Chain) ChainID() *big.Int { return new(big.Int).Set(c.chainID) }

// Faucet returns the key of an account with 2^128 wei. With a data directory it is also in faucet.key there.
func (c *Chain) Faucet() *ecdsa.PrivateKey { return c.faucet }

// Close stops mining and the server and writes everything to the data directory. Later calls do nothing.
func (c *Chain) Close() error {
	c.sealing.Lock()
	if c.closed {
		c.sealing.Unlock()
		return nil
	}
	c.closed = true
	close(c.quit)
	c.sealing.Unlock()

	err := c.http.Close()
	c.rpc.Stop()
	c.servers.Wait()
	c.miners.Wait()
	return errors.Join(err, c.stack.Close())
}
