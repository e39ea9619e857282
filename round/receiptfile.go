package round

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// receiptFile is a receipt as text: the canonical bytes that count, and beside them what they say, for people.
type receiptFile struct {
	Round       uint64 `json:"round"`
	Leaf        uint16 `json:"leaf"`
	Contributor string `json:"contributor"`
	Digest      Hash   `json:"digest"`
	Receipt     string `json:"receipt"`
}

// MaxReceiptBytes bounds the text of a receipt; one takes about 900 bytes.
const MaxReceiptBytes = 16 << 10

// FormatReceipt returns a receipt as text, for a file.
func FormatReceipt(r *SignedReceipt) []byte {
	text, err := json.MarshalIndent(receiptFile{r.Receipt.Round, r.Receipt.Leaf, r.Receipt.Contributor.Hex(), r.Receipt.Digest,
		"0x" + hex.EncodeToString(Encode(r))}, "", "  ")
	if err != nil {
		panic("round: internal error: " + err.Error())
	}
	return append(text, '\n')
}

// ParseReceipt reads the text of a receipt. The fields beside the receipt must be its own.
func ParseReceipt(text []byte) (*SignedReceipt, error) {
	if len(text) > MaxReceiptBytes {
		return nil, fmt.Errorf("receipt file is %w: more than %d bytes", ErrTooLarge, MaxReceiptBytes)
	}
	var f receiptFile
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, fmt.Errorf("malformed receipt file: %v", err)
	}
	digits, ok := strings.CutPrefix(f.Receipt, "0x")
	raw, err := hex.DecodeString(digits)
	if !ok || err != nil {
		return nil, errors.New("malformed receipt file: field receipt is not hexadecimal after 0x")
	}
	s := new(SignedReceipt)
	if err := Decode("receipt", raw, MaxReceiptBytes, s); err != nil {
		return nil, err
	}
	if f.Round != s.Receipt.Round || f.Contributor != s.Receipt.Contributor.Hex() || f.Digest != s.Receipt.Digest || f.Leaf != s.Receipt.Leaf {
		return nil, errors.New("receipt file contradicts itself: the fields beside the receipt are not its own")
	}
	return s, nil
}
