package chain

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"

	"github.com/ethereum/go-ethereum/common"

	"sotto/round"
)

// Limits of network.json: it is a page of text that people pass around.
const (
	maxNetworkBytes = 64 << 10
	maxModelName    = 100
)

// Network says where a deployment is and by what to recognise it. A part that is not there yet is all zeros and missing in the
// file: devchain writes the chain, deploy adds the contracts and the model, the aggregator adds itself.
type Network struct {
	RPC        string     `json:"rpc"`     // URL of an Ethereum node's JSON-RPC
	ChainID    uint64     `json:"chainId"` // what the node must answer to eth_chainId
	Contracts  Contracts  `json:"contracts,omitzero"`
	DeployedAt uint64     `json:"deployedAt,omitzero"` // block of the first contract, before which there are no events
	Model      Model      `json:"model,omitzero"`
	Aggregator Aggregator `json:"aggregator,omitzero"`
}

// Contracts are the addresses of a deployment.
type Contracts struct {
	Token    common.Address `json:"token"`
	Registry common.Address `json:"registry"`
	Rounds   common.Address `json:"rounds"`
	Rewards  common.Address `json:"rewards"`
}

// Model names the model that a deployment trains.
type Model struct {
	ID   round.Hash `json:"id"`   // digest of the model's description
	Name string     `json:"name"` // for people
}

// Aggregator says how to reach the aggregator and by what to recognise it.
type Aggregator struct {
	Address    string         `json:"address"`    // host:port
	TLSKeyHash round.Hash     `json:"tlsKeyHash"` // SHA-256 of the certificate's SubjectPublicKeyInfo, which clients pin
	Identity   common.Address `json:"identity"`   // signs receipts
}

// Sentinels of an incomplete network.json; both come with a hint.
var (
	ErrNotDeployed  = errors.New("network has no contracts")
	ErrNoAggregator = errors.New("network has no aggregator")
)

// LoadNetwork reads and validates network.json. Unknown fields, trailing text and more than 64 KiB are refused.
func LoadNetwork(path string) (Network, error) {
	f, err := os.Open(path)
	if err != nil {
		return Network{}, hint(fmt.Errorf("network file: %w", err), "name the deployment's network.json with --network")
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxNetworkBytes+1))
	if err != nil {
		return Network{}, fmt.Errorf("network file: %w", err)
	}
	n, err := ParseNetwork(text)
	if err != nil {
		return Network{}, hint(fmt.Errorf("network file %q: %w", path, err), "ask whoever runs the deployment for its network.json")
	}
	return n, nil
}

// ParseNetwork validates the text of a network.json.
func ParseNetwork(text []byte) (Network, error) {
	if len(text) > maxNetworkBytes {
		return Network{}, fmt.Errorf("more than %d bytes", maxNetworkBytes)
	}
	var n Network
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&n); err != nil {
		return Network{}, fmt.Errorf("malformed: %v", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Network{}, errors.New("malformed: text after the object")
	}
	return n, n.Validate()
}

// SaveNetwork validates n and writes it to path in one step, over what was there.
func SaveNetwork(path string, n Network) error {
	if err := n.Validate(); err != nil {
		return fmt.Errorf("network: %w", err)
	}
	text, err := json.MarshalIndent(n, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".network-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails once it is renamed
	_, err = f.Write(append(text, '\n'))
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// Validate checks what is there: every part must be complete or missing.
func (n *Network) Validate() error {
	u, err := url.Parse(n.RPC)
	if err != nil || u.Host == "" {
		return fmt.Errorf("rpc is %q, want the URL of an Ethereum node such as http://127.0.0.1:8545", n.RPC)
	}
	switch u.Scheme {
	case "http", "https", "ws", "wss":
	default:
		return fmt.Errorf("rpc has the scheme %q, want http, https, ws or wss", u.Scheme)
	}
	if n.ChainID == 0 {
		return errors.New("chainId is missing or 0")
	}
	if n.Contracts != (Contracts{}) {
		for name, address := range map[string]common.Address{
			"token": n.Contracts.Token, "registry": n.Contracts.Registry, "rounds": n.Contracts.Rounds, "rewards": n.Contracts.Rewards,
		} {
			if address == (common.Address{}) {
				return fmt.Errorf("contracts.%s is missing or zero", name)
			}
		}
		if n.Model.ID == (round.Hash{}) {
			return errors.New("model.id is missing or zero")
		}
	} else if n.DeployedAt != 0 || n.Model != (Model{}) {
		return errors.New("contracts are missing, but deployedAt or model is there")
	}
	if len(n.Model.Name) > maxModelName {
		return fmt.Errorf("model.name has %d bytes, want at most %d", len(n.Model.Name), maxModelName)
	}
	if a := n.Aggregator; a != (Aggregator{}) {
		if err := validateHostPort(a.Address); err != nil {
			return fmt.Errorf("aggregator.address is %q: %v", a.Address, err)
		}
		if a.TLSKeyHash == (round.Hash{}) || a.Identity == (common.Address{}) {
			return errors.New("aggregator.tlsKeyHash or aggregator.identity is missing or zero")
		}
	}
	return nil
}

func validateHostPort(s string) error {
	host, port, err := net.SplitHostPort(s)
	if err != nil || host == "" {
		return errors.New("want host:port")
	}
	if p, err := strconv.ParseUint(port, 10, 16); err != nil || p == 0 {
		return fmt.Errorf("the port is %q, want 1 to 65535", port)
	}
	return nil
}

// RequireContracts returns [ErrNotDeployed] with a hint unless n has contracts.
func (n *Network) RequireContracts() error {
	if n.Contracts == (Contracts{}) {
		return hint(ErrNotDeployed, "run `sottod deploy`, which adds them to network.json")
	}
	return nil
}

// RequireAggregator returns [ErrNoAggregator] with a hint unless n names one.
func (n *Network) RequireAggregator() error {
	if n.Aggregator == (Aggregator{}) {
		return hint(ErrNoAggregator, "start `sottod aggregator`, which adds itself to network.json, or ask for a newer file")
	}
	return nil
}

// Rounds returns the domain that everything about rounds is signed for.
func (n *Network) Rounds() round.Domain {
	return round.Domain{ChainID: n.ChainID, Contract: n.Contracts.Rounds}
}

// Registry returns the domain that everything about committees is signed for.
func (n *Network) Registry() round.Domain {
	return round.Domain{ChainID: n.ChainID, Contract: n.Contracts.Registry}
}
