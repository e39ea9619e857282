package client

import (
	"context"
	"errors"
	"fmt"
	"os"

	"sotto/chain"
	"sotto/round"
)

// SaveReceipt writes a receipt to path, which must not exist.
func SaveReceipt(path string, r *round.SignedReceipt) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if _, err = f.Write(round.FormatReceipt(r)); err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		os.Remove(path)
		return fmt.Errorf("writing the receipt: %v", err)
	}
	return nil
}

// ErrNotInManifest says that a certified round does not list the contribution of a valid receipt: the aggregator broke its word.
var ErrNotInManifest = errors.New("the certified round does not list this contribution")

// Inclusion is what a receipt is worth on chain.
type Inclusion struct {
	Certificate *round.Certificate
	InModel     bool // the contribution's leaf was opened; otherwise its node was dropped
	Proof       []round.Hash
}

// CertificateSource reads certificates from the chain.
type CertificateSource interface {
	Certificate(ctx context.Context, number uint64) (chain.Finalized, error)
}

// CheckReceipt checks a receipt against the chain: the aggregator's signature, then the contribution's place under the participation
// root of the round's certificate. The manifest comes from the aggregator and must be the certified one.
func (c *Client) CheckReceipt(ctx context.Context, source CertificateSource, s *round.SignedReceipt) (*Inclusion, error) {
	if err := s.Verify(c.Pins.Domain, c.Pins.Aggregator); err != nil {
		return nil, err
	}
	finalized, err := source.Certificate(ctx, s.Receipt.Round)
	if err != nil {
		return nil, err
	}
	certificate := &finalized.Certificate
	if certificate.Descriptor != s.Receipt.Descriptor {
		return nil, fmt.Errorf("receipt names descriptor %s, round %d was certified with %s", s.Receipt.Descriptor.Short(), s.Receipt.Round, certificate.Descriptor.Short())
	}
	m, err := c.FetchManifest(ctx, s.Receipt.Round)
	if err != nil {
		return nil, err
	}
	if got := m.Manifest.Digest(); got != certificate.Manifest {
		return nil, fmt.Errorf("the aggregator sent a manifest with digest %s, the chain says %s", got.Short(), certificate.Manifest.Short())
	}
	proof, err := m.Manifest.ProveParticipation(&s.Receipt)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrNotInManifest, err)
	}
	if !round.CheckParticipation(certificate.ParticipationRoot, &s.Receipt, proof) {
		return nil, fmt.Errorf("%w: its proof does not lead to the participation root on chain", ErrNotInManifest)
	}
	in := &Inclusion{Certificate: certificate, InModel: true, Proof: proof}
	for _, leaf := range certificate.Dropped() {
		if leaf == s.Receipt.Leaf {
			in.InModel = false
		}
	}
	return in, nil
}
