package chaos

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/rpc"
	"strings"
	"sync"

	"github.com/ethereum/go-ethereum/common"

	"sotto/chain"
	"sotto/crypto/tbls"
	"sotto/internal/simulate"
	"sotto/round"
)

// The chain is simulated in the test's process; replicas and members, which are other processes, reach it over a socket that no fault
// touches.

// ledger serves a chain.
type ledger struct{ chain *simulate.Chain }

func serveChain(c *simulate.Chain, socket string) error {
	server := rpc.NewServer()
	if err := server.RegisterName("Chain", &ledger{c}); err != nil {
		return err
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	go server.Accept(l) // ends with the process
	return nil
}

// What calls take; package net/rpc wants the types exported.
type (
	None       struct{}
	Domains    struct{ Rounds, Registry round.Domain }
	Installing struct {
		Committee   round.Committee
		Endorsement chain.Endorsement
		Old         *tbls.Signature
	}
	Finalising struct {
		Certificate round.Certificate
		Signature   tbls.Signature
	}
)

func answer[T any](to *T) func(v T, err error) error {
	return func(v T, err error) error {
		*to = v
		return err
	}
}

func (l *ledger) Domains(_ None, to *Domains) error {
	*to = Domains{l.chain.Rounds(), l.chain.Registry()}
	return nil
}

func (l *ledger) Head(_ None, to *round.Head) error {
	return answer(to)(l.chain.Head(context.Background()))
}

func (l *ledger) Finalised(_ None, to *round.Block) error {
	return answer(to)(l.chain.Finalised(context.Background()))
}

func (l *ledger) BlockHash(number uint64, to *round.Hash) error {
	return answer(to)(l.chain.BlockHash(context.Background(), number))
}

func (l *ledger) RegisteredAt(b round.Block, to *[]common.Address) error {
	return answer(to)(l.chain.RegisteredAt(context.Background(), b))
}

func (l *ledger) Nominees(_ None, to *[]common.Address) error {
	return answer(to)(l.chain.Nominees(context.Background()))
}

func (l *ledger) Committee(epoch uint64, to *round.Committee) error {
	return answer(to)(l.chain.Committee(context.Background(), epoch))
}

func (l *ledger) Deposits(pool uint64, to *round.Amount) error {
	return answer(to)(l.chain.Deposits(context.Background(), pool))
}

func (l *ledger) Install(i Installing, to *chain.Receipt) error {
	if i.Old == nil {
		return answer(to)(l.chain.InstallCommittee(context.Background(), nil, i.Committee, i.Endorsement))
	}
	return answer(to)(l.chain.RotateCommittee(context.Background(), nil, i.Committee, i.Endorsement, *i.Old))
}

func (l *ledger) Finalize(f Finalising, to *chain.Receipt) error {
	return answer(to)(l.chain.Finalize(context.Background(), nil, &f.Certificate, f.Signature))
}

// remoteChain is the chain as other processes see it.
type remoteChain struct {
	socket  string
	domains Domains

	mu     sync.Mutex
	client *rpc.Client
}

func dialChain(socket string) (*remoteChain, error) {
	c := &remoteChain{socket: socket}
	var err error
	c.domains, err = call[Domains](c, "Domains", None{})
	return c, err
}

// sentinels are errors that callers of the chain ask for. They come over as text.
var sentinels = []error{chain.ErrReorg, chain.ErrNoCommittee, chain.ErrWrongEpoch, chain.ErrSignature, chain.ErrRoundNotNew, chain.ErrWrongHead, chain.ErrPoolOverdrawn}

func call[T, A any](c *remoteChain, method string, argument A) (v T, err error) {
	c.mu.Lock()
	if c.client == nil {
		c.client, err = rpc.Dial("unix", c.socket)
	}
	client := c.client
	c.mu.Unlock()
	if err != nil {
		return v, err
	}
	err = client.Call("Chain."+method, argument, &v)
	var answered rpc.ServerError
	if err == nil || !errors.As(err, &answered) {
		return v, err
	}
	for _, s := range sentinels {
		if strings.Contains(err.Error(), s.Error()) {
			return v, fmt.Errorf("%w: %v", s, err)
		}
	}
	return v, err
}

func (c *remoteChain) Rounds() round.Domain   { return c.domains.Rounds }
func (c *remoteChain) Registry() round.Domain { return c.domains.Registry }

func (c *remoteChain) Head(context.Context) (round.Head, error) {
	return call[round.Head](c, "Head", None{})
}

func (c *remoteChain) Finalised(context.Context) (round.Block, error) {
	return call[round.Block](c, "Finalised", None{})
}

func (c *remoteChain) BlockHash(_ context.Context, number uint64) (round.Hash, error) {
	return call[round.Hash](c, "BlockHash", number)
}

func (c *remoteChain) RegisteredAt(_ context.Context, b round.Block) ([]common.Address, error) {
	return call[[]common.Address](c, "RegisteredAt", b)
}

func (c *remoteChain) Nominees(context.Context) ([]common.Address, error) {
	return call[[]common.Address](c, "Nominees", None{})
}

func (c *remoteChain) Committee(_ context.Context, epoch uint64) (round.Committee, error) {
	return call[round.Committee](c, "Committee", epoch)
}

func (c *remoteChain) Deposits(_ context.Context, pool uint64) (round.Amount, error) {
	return call[round.Amount](c, "Deposits", pool)
}

func (c *remoteChain) InstallCommittee(_ context.Context, _ *chain.Account, committee round.Committee, e chain.Endorsement) (chain.Receipt, error) {
	return call[chain.Receipt](c, "Install", Installing{committee, e, nil})
}

func (c *remoteChain) RotateCommittee(_ context.Context, _ *chain.Account, committee round.Committee, e chain.Endorsement, old tbls.Signature) (chain.Receipt, error) {
	return call[chain.Receipt](c, "Install", Installing{committee, e, &old})
}

func (c *remoteChain) Finalize(_ context.Context, _ *chain.Account, certificate *round.Certificate, signature tbls.Signature) (chain.Receipt, error) {
	return call[chain.Receipt](c, "Finalize", Finalising{*certificate, signature})
}
