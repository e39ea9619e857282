package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"sotto/aggregator"
	"sotto/chain"
	"sotto/internal/cli"
	"sotto/internal/edge"
	"sotto/internal/operate"
	"sotto/round"
	"sotto/update"
)

const deployUsage = `sottod deploy --key FILE --model FILE --first-model FILE --aggregator HOST:PORT --data DIR [flags]

Deploys a network's contracts from the account of --key, which gets all tokens, nominates committees, and is the aggregator's account.
Makes the aggregator's directory with its TLS key and the first model, and completes network.json, which everybody else needs.

  --key FILE              keystore file; the account needs ether
  --model FILE            the model's description (JSON)
  --first-model FILE      the model that the first round starts from (safetensors)
  --aggregator HOST:PORT  where contributors and members will reach the aggregator
  --data DIR              the aggregator's directory
  --stake TOKENS          what a contributor puts down (default 10)
  --exit-delay DURATION   between leaving and getting the stake back (default 168h)
  --replace-delay DURATION  between announcing and installing a committee without the old one's signature (default 168h)
  --passphrase-file FILE  take the passphrase from FILE instead of asking
  --network FILE          names the chain, and is completed (default network.json, or $SOTTO_NETWORK)

Example:

  $ sottod deploy --key owner.json --model model/model.json --first-model model/first.safetensors --aggregator 127.0.0.1:7070 --data aggregator
  deployed digits-mlp for 6,243,807 gas; network.json is complete
`

// maxDescriptionBytes bounds a model's description.
const maxDescriptionBytes = 4 << 20

func deploy(ctx context.Context, env *cli.Env, args []string) error {
	f := env.Flags()
	path, key := cli.NetworkFlag(f), cli.AddKeyFlags(f)
	model, first := f.String("model", "", ""), f.String("first-model", "", "")
	address, data, stake := f.String("aggregator", "", ""), f.String("data", "", ""), f.String("stake", "10", "")
	exitDelay, replaceDelay := f.Duration("exit-delay", 7*24*time.Hour, ""), f.Duration("replace-delay", 7*24*time.Hour, "")
	if err := env.Parse(f, args, 0); err != nil {
		return err
	}
	if *model == "" || *first == "" || *address == "" || *data == "" {
		return cli.Usagef("--model, --first-model, --aggregator and --data are needed")
	}
	amount, err := round.ParseTokens(*stake)
	if err != nil {
		return cli.Usagef("--stake: %v", err)
	}
	network, err := chain.LoadNetwork(*path)
	if err != nil {
		return err
	}
	if network.RequireContracts() == nil {
		return cli.Hint(fmt.Errorf("%s names a deployment already", *path), "take a network file without one for a new deployment")
	}
	description, name, err := readDescription(*model)
	if err != nil {
		return err
	}
	weights, err := readFirstModel(*first)
	if err != nil {
		return err
	}
	account, err := key.Load(ctx, env)
	if err != nil {
		return err
	}
	store, err := aggregator.OpenStore(*data)
	if err != nil {
		return err
	}
	id := round.Hash(sha256.Sum256(description))
	if err := store.SaveDescription(id, description); err != nil {
		return err
	}
	firstHash, err := store.SaveModel(weights)
	if err != nil {
		return err
	}
	_, pin, err := edge.LoadOrCreateTLS(*data)
	if err != nil {
		return err
	}
	deployed, gas, err := chain.Deploy(ctx, network, account, chain.DeployConfig{
		Stake: amount, Model: chain.Model{ID: id, Name: name}, FirstModel: firstHash, ExitDelay: *exitDelay, ReplacementDelay: *replaceDelay,
	})
	if err != nil {
		return err
	}
	deployed.Aggregator = chain.Aggregator{Address: *address, TLSKeyHash: pin, Identity: account.Address()}
	if err := chain.SaveNetwork(*path, deployed); err != nil {
		return err
	}
	env.Printf("deployed %s for %d gas; %s is complete\n", name, gas, *path)
	return nil
}

// readDescription returns a model's description without white space, which is what the model id is the hash of, and the model's name.
func readDescription(path string) ([]byte, string, error) {
	text, err := cli.ReadFile(path, maxDescriptionBytes)
	if err != nil {
		return nil, "", err
	}
	var compact bytes.Buffer
	var d struct {
		Name string `json:"name"`
	}
	if err := json.Compact(&compact, text); err != nil {
		return nil, "", fmt.Errorf("%s is not JSON: %v", path, err)
	}
	if err := json.Unmarshal(compact.Bytes(), &d); err != nil || d.Name == "" {
		return nil, "", fmt.Errorf("%s has no model name: %v", path, err)
	}
	return compact.Bytes(), d.Name, nil
}

// readFirstModel returns a model file in canonical form.
func readFirstModel(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := update.ReadModel(f, update.DefaultLimits())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var b bytes.Buffer
	err = update.WriteModel(&b, m)
	return b.Bytes(), err
}

const nominateUsage = `sottod nominate --key FILE [--passphrase-file FILE] [--network FILE] ADDRESS…

Names the members of the next committee, in order: 4, 7 or 10 of them. For the first committee this is all that is needed; a later one
takes office when the committee before it has signed for it.

  --key FILE              keystore file of the account that deployed
  --passphrase-file FILE  take the passphrase from FILE instead of asking
  --network FILE          the deployment (default network.json, or $SOTTO_NETWORK)

Example:

  $ sottod nominate --key owner.json 0x1f3a… 0x77c2… 0x9b04… 0xe210…
  nominated 4 members for epoch 1
`

func nominate(ctx context.Context, env *cli.Env, args []string) error {
	f := env.Flags()
	path, key := cli.NetworkFlag(f), cli.AddKeyFlags(f)
	if err := env.Parse(f, args, 10); err != nil {
		return err
	}
	if n := f.NArg(); n != 4 && n != 7 && n != 10 {
		return cli.Usagef("%d addresses, want 4, 7 or 10", n)
	}
	var members []common.Address
	for _, a := range f.Args() {
		if !common.IsHexAddress(a) {
			return cli.Usagef("address %q, want 0x and 40 hexadecimal digits", a)
		}
		members = append(members, common.HexToAddress(a))
	}
	c, err := dialChain(ctx, *path)
	if err != nil {
		return err
	}
	defer c.Close()
	account, err := key.Load(ctx, env)
	if err != nil {
		return err
	}
	if _, err := c.Nominate(ctx, account, members); err != nil {
		return err
	}
	head, err := c.Head(ctx)
	if err != nil {
		return err
	}
	env.Printf("nominated %d members for epoch %d\n", len(members), head.Epoch+1)
	if _, err := c.MineToFinality(ctx); err != nil && !errors.Is(err, chain.ErrNotLocal) {
		return err
	}
	return nil
}

func dialChain(ctx context.Context, path string) (*chain.Client, error) {
	network, err := chain.LoadNetwork(path)
	if err != nil {
		return nil, err
	}
	c, err := chain.Dial(ctx, network)
	return c, operate.WithoutURL(err)
}
