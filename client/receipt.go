package client

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"sotto/chain"
	"sotto/round"
)

// receiptFile is a receipt as it is saved: the canonical bytes that count, and beside them what they say, for people.
type receiptFile struct {
	Round       uint64     `json:"round"`
	Leaf        uint16     `json:"leaf"`
	Contributor string     `json:"contributor"`
	Digest      round.Hash `json:"digest"`
	Receipt     string     `json:"receipt"`
}

const maxReceiptBytes = 16 << 10

// SaveReceipt writes a receipt to path, which must not exist.
func SaveReceipt(path string, r *round.SignedReceipt) error {
	b, err := json.MarshalIndent(receiptFile{r.Receipt.Round, r.Receipt.Leaf, r.Receipt.Contributor.Hex(), r.Receipt.Digest, "0x" + hex.EncodeToString(round.Encode(r))}, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if _, err = f.Write(append(b, '\n')); err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		os.Remove(path)
		return fmt.Errorf("writing the receipt: %v", err)
	}
	return nil
}

// ParseReceipt reads a receipt file.
func ParseReceipt(r io.Reader) (*round.SignedReceipt, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxReceiptBytes+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxReceiptBytes {
		return nil, fmt.Errorf("receipt file is %w: more than %d bytes", round.ErrTooLarge, maxReceiptBytes)
	}
	var f receiptFile
	if err := json.Unmarshal(b, &f); err != nil {
		return nil, fmt.Errorf("malformed receipt file: %v", err)
	}
	text, ok := strings.CutPrefix(f.Receipt, "0x")
	raw, err := hex.DecodeString(text)
	if !ok || err != nil {
		return nil, errors.New("malformed receipt file: field receipt is not hexadecimal after 0x")
	}
	s := new(round.SignedReceipt)
	if err := round.Decode("receipt", raw, maxReceiptBytes, s); err != nil {
		return nil, err
	}
	if f.Round != s.Receipt.Round || f.Contributor != s.Receipt.Contributor.Hex() || f.Digest != s.Receipt.Digest || f.Leaf != s.Receipt.Leaf {
		return nil, errors.New("receipt file contradicts itself: the fields beside the receipt are not its own")
	}
	return s, nil
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
