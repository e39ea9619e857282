package tbls

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"go.dedis.ch/kyber/v4"
	"go.dedis.ch/kyber/v4/pairing/bls12381/gnark"
	"go.dedis.ch/kyber/v4/share"
)

// ErrInvalidSignature says that a well-formed signature or share does not belong to this key and message.
var ErrInvalidSignature = errors.New("invalid signature")

// ErrNotEnoughShares says that fewer than T members' shares verify: wait for more.
var ErrNotEnoughShares = errors.New("not enough valid signature shares")

// A SignatureShare is one member's part of a signature: the message, hashed to G1, times the member's secret.
type SignatureShare struct {
	Member    int // 1…n
	Signature Signature
}

// SignShare signs msg with one member's share. msg must begin with a type label (docs/protocol.md §6): whatever T members sign, the
// committee has signed. The duration depends on the secret (see the package comment).
func SignShare(s SecretShare, msg []byte) SignatureShare {
	if s.isZero() {
		panic("tbls: SignShare with the zero SecretShare")
	}
	return SignatureShare{s.member, Signature(must(blsScheme.Sign(s.scalar(), msg)))}
}

// VerifyShare returns an error unless s is its member's share of the signature over msg: [ErrInvalidSignature] when it is another's, of
// another message or of another committee.
func VerifyShare(group GroupKey, msg []byte, s SignatureShare) error {
	_, err := openShare(group, msg, s)
	return err
}

// openShare is VerifyShare and returns the share's point.
func openShare(group GroupKey, msg []byte, s SignatureShare) (kyber.Point, error) {
	public, err := group.member(s.Member)
	if err != nil {
		return nil, fmt.Errorf("signature share: %v", err)
	}
	point, err := parsePoint(gnark.G1, s.Signature[:])
	if err != nil {
		return nil, fmt.Errorf("malformed signature share of member %d: %v", s.Member, err)
	}
	if err := blsScheme.Verify(public, msg, s.Signature[:]); err != nil {
		return nil, fmt.Errorf("signature share of member %d: %w", s.Member, ErrInvalidSignature)
	}
	return point, nil
}

// Combine makes the committee's signature over msg from at least T members' shares, in any order. The result is the same whichever
// members signed, and is verified.
//
// bad lists, sorted and also beside an error, the members whose shares do not verify. Shares travel unsigned, so this accuses whoever
// delivered them, too. A member that has both a valid and an invalid share is not listed. Combine returns [ErrNotEnoughShares] with
// fewer than T valid shares of different members.
func Combine(group GroupKey, msg []byte, shares []SignatureShare) (sig Signature, bad []int, err error) {
	good := make(map[int]*share.PubShare) // kyber's Recover counts a repeated share twice
	for _, s := range shares {
		if good[s.Member] != nil {
			continue
		}
		point, err := openShare(group, msg, s)
		if err != nil {
			bad = append(bad, s.Member)
			continue
		}
		good[s.Member] = &share.PubShare{I: kyberIndex(s.Member), V: point}
	}
	slices.Sort(bad)
	bad = slices.DeleteFunc(slices.Compact(bad), func(j int) bool { return good[j] != nil })
	if group.Quorum() == 0 || len(good) < group.Quorum() {
		err := fmt.Errorf("%w: %d members', want %d", ErrNotEnoughShares, len(good), group.Quorum())
		if len(bad) > 0 {
			err = fmt.Errorf("%w; invalid: members %v", err, bad)
		}
		return Signature{}, bad, err
	}
	points := slices.Collect(maps.Values(good)) // of which RecoverCommit takes the T lowest
	point, err := share.RecoverCommit(gnark.G1, points, uint32(group.Quorum()), uint32(group.Members()))
	if err != nil {
		return Signature{}, bad, err
	}
	sig = Signature(pointBytes(point))
	if err := Verify(group.Public(), msg, sig); err != nil {
		return Signature{}, bad, fmt.Errorf("combined signature: %w", err)
	}
	return sig, bad, nil
}

// Verify returns an error unless sig is the signature over msg under public: [ErrInvalidSignature], or what is malformed. The identity
// is refused as key and as signature, as are points outside the subgroup.
func Verify(public PublicKey, msg []byte, sig Signature) error {
	key, err := parsePoint(gnark.G2, public[:])
	if err != nil {
		return fmt.Errorf("malformed public key: %v", err)
	}
	if _, err := parsePoint(gnark.G1, sig[:]); err != nil {
		return fmt.Errorf("malformed signature: %v", err)
	}
	if err := blsScheme.Verify(key, msg, sig[:]); err != nil {
		return ErrInvalidSignature
	}
	return nil
}
