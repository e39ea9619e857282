package client

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"fmt"
	"io"

	"github.com/ethereum/go-ethereum/crypto"

	"sotto/crypto/kahe"
	"sotto/crypto/ringsis"
	"sotto/crypto/sharing"
	"sotto/round"
)

// Upload is a contribution as it is sent, all of it in memory: one message of bounded size and the ciphertext.
type Upload struct {
	Submission round.Submission
	Ciphertext []byte
}

// Digest names the upload among all others.
func (u *Upload) Digest(d round.Domain) round.Hash { return u.Submission.Signed.Contribution.Digest(d) }

// Seal is [SealStream] in memory.
func Seal(open *round.SignedDescriptor, keys round.KeyList, key *ecdsa.PrivateKey, values []uint32) (*Upload, error) {
	if want := open.Descriptor.Values(); len(values) != want {
		return nil, fmt.Errorf("%d values to encrypt, want %d", len(values), want)
	}
	var ciphertext bytes.Buffer
	submission, err := SealStream(open, keys, key, func(part []uint32) error {
		values = values[copy(part, values):]
		return nil
	}, &ciphertext)
	if err != nil {
		return nil, err
	}
	return &Upload{*submission, ciphertext.Bytes()}, nil
}

// SealStream turns quantised values into a contribution to an open round: encrypted under a fresh one-time key, hashed, the key shared
// with the members of keys, everything bound to the round and signed with the contributor's key. It has a few blocks of the model in
// memory at a time, and writes the ciphertext to w from the first byte to the last.
//
// read fills its argument with the next values, Descriptor.Values() integers below 2^b in all. It and w are not used at the same time
// by several, but not by the caller's goroutine alone. An error of either ends everything, and what was written is of no use.
//
// The one-time key exists only during the call: sealing the same values again gives an unrelated upload, and the round counts one of them.
func SealStream(open *round.SignedDescriptor, keys round.KeyList, key *ecdsa.PrivateKey, read func(values []uint32) error, w io.Writer) (*round.Submission, error) {
	d := &open.Descriptor
	enc, hash, err := d.Crypto()
	if err != nil {
		return nil, err
	}
	if got := keys.Hash(); got != d.KeyList || len(keys) != int(d.Members) {
		return nil, fmt.Errorf("key list has hash %s and %d members, the descriptor says %s and %d", got.Short(), len(keys), d.KeyList.Short(), d.Members)
	}
	beacon := open.Beacon()
	secret, err := kahe.NewSecret(enc)
	if err != nil {
		return nil, err
	}
	defer secret.Wipe()

	c := round.Contribution{
		Descriptor: d.Digest(), Round: d.Round, Contributor: crypto.PubkeyToAddress(key.PublicKey), BaseModel: d.BaseModel,
	}
	c.Leaf = round.LeafOf(beacon, c.Contributor, d.Leaves)

	envelopes, err := shareSecret(d, keys, secret, &c, enc.N())
	if err != nil {
		return nil, err
	}
	ringKey, err := ringsis.NewKey(beacon, hash, enc.Coefficients(d.Values()))
	if err != nil {
		return nil, err
	}
	hasher, root := ringKey.NewHasher(), new(round.RootWriter)
	ciphertext := io.MultiWriter(root, w)
	err = kahe.EncryptStream(enc, beacon, secret, d.Values(), kahe.Stream{
		Read: read, Part: hasher.AddAt,
		Write: func(packed []byte) error {
			_, err := ciphertext.Write(packed)
			return err
		},
	})
	if err != nil {
		return nil, err
	}
	sum, err := hasher.Sum()
	if err != nil {
		return nil, err
	}
	ringHash := sum.Bytes()

	c.CiphertextRoot = root.Root()
	c.RingHash = sha256.Sum256(ringHash)
	c.Envelopes = round.EnvelopesDigest(round.EnvelopeDigests(envelopes))
	signature, err := c.Sign(d.Domain(), key)
	if err != nil {
		return nil, err
	}
	return &round.Submission{Signed: round.SignedContribution{Contribution: c, Signature: signature}, RingHash: ringHash, Envelopes: envelopes}, nil
}

// shareSecret shares the one-time key among the members and seals each share to its member, for this contributor, leaf and round only.
func shareSecret(d *round.Descriptor, keys round.KeyList, secret *kahe.Secret, c *round.Contribution, n int) ([][]byte, error) {
	params, err := d.Sharing()
	if err != nil {
		return nil, err
	}
	coefficients := secret.Coefficients()
	shares, err := sharing.Split(params, coefficients)
	if err != nil {
		return nil, err
	}
	envelopes := make([][]byte, len(keys))
	for i, member := range keys {
		public, err := sharing.ParseEnvelopePublicKey(member.HPKE)
		if err != nil {
			return nil, fmt.Errorf("key of member %d: %v", i+1, err)
		}
		encoded := sharing.EncodeShare(params, shares[i])
		clear(shares[i])
		envelopes[i], err = sharing.Seal(public, sharing.Context{
			Descriptor: c.Descriptor, Contributor: c.Contributor, Member: uint8(i + 1), Leaf: uint32(c.Leaf),
		}, encoded)
		clear(encoded)
		if err != nil {
			return nil, fmt.Errorf("sealing the share of member %d: %v", i+1, err)
		}
	}
	return envelopes, nil
}
