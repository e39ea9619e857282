package peers

import (
	"crypto/ecdsa"
	"path/filepath"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"google.golang.org/grpc"

	"sotto/client"
	"sotto/internal/edge"
	"sotto/internal/simulate"
	"sotto/round"
)

// learner is one contributor to a training through Sotto, with its account, its journal and its connection.
type learner struct {
	account *ecdsa.PrivateKey
	chain   *simulate.Chain
	pins    client.Pins
	journal *client.Journal
	conn    *grpc.ClientConn
	client  *client.Client
}

func newLearner(dir string, chain *simulate.Chain, aggregator common.Address, model round.Hash) (*learner, error) {
	l := &learner{chain: chain, pins: client.Pins{Domain: chain.Rounds(), Model: model, Aggregator: aggregator}}
	var err error
	if l.account, err = crypto.GenerateKey(); err != nil {
		return nil, err
	}
	l.journal, err = client.OpenJournal(filepath.Join(dir, "journal"))
	return l, err
}

func (l *learner) connect(address string, pin [32]byte) (err error) {
	if l.conn, err = edge.Dial(address, pin); err == nil {
		l.client = client.New(l.conn, l.chain, l.pins, l.journal)
	}
	return err
}
