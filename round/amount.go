package round

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/holiman/uint256"
)

// Amount is a number of the token's smallest units, a big-endian 256-bit integer as the contracts hold it.
type Amount [32]byte

// AmountOf returns v as an Amount.
func AmountOf(v *uint256.Int) Amount { return v.Bytes32() }

// ParseAmount reads a decimal number of smallest units.
func ParseAmount(s string) (Amount, error) {
	v, err := uint256.FromDecimal(s)
	if err != nil {
		return Amount{}, fmt.Errorf("malformed amount %q: want a decimal number below 2^256", s)
	}
	return v.Bytes32(), nil
}

// Int returns the amount as a number.
func (a Amount) Int() *uint256.Int { return new(uint256.Int).SetBytes32(a[:]) }

// Big returns the amount as a big.Int, which the contract bindings take.
func (a Amount) Big() *big.Int { return new(big.Int).SetBytes(a[:]) }

// String returns the amount in decimal smallest units.
func (a Amount) String() string { return a.Int().Dec() }

// MarshalText implements encoding.TextMarshaler.
func (a Amount) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (a *Amount) UnmarshalText(text []byte) (err error) {
	*a, err = ParseAmount(string(text))
	return err
}

// Tokens returns the amount in whole tokens of 18 decimals, with at most four digits after the point, for people to read.
func (a Amount) Tokens() string {
	unit := uint256.NewInt(1e14)
	q := new(uint256.Int).Div(a.Int(), unit)
	whole, part := new(uint256.Int), new(uint256.Int)
	whole.DivMod(q, uint256.NewInt(1e4), part)
	s := fmt.Sprintf("%s.%04d", whole.Dec(), part.Uint64())
	for s[len(s)-1] == '0' {
		s = s[:len(s)-1]
	}
	if s[len(s)-1] == '.' {
		s = s[:len(s)-1]
	}
	return s
}

// ParseTokens reads a decimal number of whole tokens of 18 decimals, like "12.5".
func ParseTokens(s string) (Amount, error) {
	whole, fraction, _ := strings.Cut(s, ".")
	if len(fraction) > 18 {
		return Amount{}, fmt.Errorf("malformed number of tokens %q: %d decimals, at most 18", s, len(fraction))
	}
	return ParseAmount(whole + fraction + strings.Repeat("0", 18-len(fraction)))
}
