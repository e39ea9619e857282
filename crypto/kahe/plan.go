package kahe

import "fmt"

// Plan returns the parameters that make the fewest upload bytes for values of that many bits, kMax contributions, and a model with
// that many parameters, when the secret is shared among 4, 7 or 10 committee members.
//
// What it counts is the ciphertext and the key shares (16 or 31 bits for each group of f+1 coefficients of the secret, to each member).
// Envelopes take the same bytes in all sets; the hash is planned for the ciphertext that this makes. The guard bits are the fewest
// allowed; between equals the smaller ring wins, then fewer slots.
func Plan(bits, kMax, parameters, members int) (Params, error) {
	if parameters < 1 || parameters > MaxParameters {
		return Params{}, fmt.Errorf("%d model parameters, want 1 to %d", parameters, MaxParameters)
	}
	if members != 4 && members != 7 && members != 10 {
		return Params{}, fmt.Errorf("%d committee members, want 4, 7 or 10", members)
	}
	var best Params
	var fewest int
	var refused error
	for _, set := range []Set{A45, B90, C180} {
		for slots := 1; ; slots++ {
			p, err := planned(set, bits, kMax, slots)
			if err != nil {
				refused = err
				break
			}
			if size := p.CiphertextBytes(parameters) + keyShareBytes(p, members); fewest == 0 || size < fewest {
				best, fewest = p, size
			}
		}
	}
	if fewest == 0 {
		return Params{}, refused
	}
	return best, nil
}

// planned returns the parameters with the fewest guard bits for a number of slots.
func planned(set Set, bits, kMax, slots int) (Params, error) {
	lit := ParamsLiteral{Set: set, Bits: bits, KMax: kMax, Slots: slots}
	if kMax >= minKMax && kMax <= maxKMax {
		lit.WireBits = Params{lit}.PlainBits() + guardFor(kMax)
	}
	return NewParams(lit)
}

// keyShareBytes returns the bytes of all members' shares of one secret: in the field of 65,521 elements as long as that holds the sum of
// K_max secrets (docs/protocol.md §4).
func keyShareBytes(p Params, members int) int {
	f, bits := (members-1)/3, 31
	if SecretBound*p.KMax() <= (65521-1)/2 {
		bits = 16
	}
	return members * ceilDiv(ceilDiv(p.N(), f+1)*bits, 8)
}
