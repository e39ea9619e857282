package main

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/crypto"

	"sotto/committee"
	"sotto/round"
)

// taker is a member that answers receipts by their round's number.
type taker struct {
	round   uint64
	answers map[uint64]error
	taken   []uint64
}

func (m *taker) AddReceipt(r round.SignedReceipt) error {
	m.taken = append(m.taken, r.Receipt.Round)
	return m.answers[r.Receipt.Round]
}

func (m *taker) Status() committee.Status { return committee.Status{Round: m.round} }

func receiptText(t *testing.T, number uint64) []byte {
	t.Helper()
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	r, err := round.Receipt{Round: number, Contributor: crypto.PubkeyToAddress(key.PublicKey)}.Sign(round.Domain{ChainID: 1337}, key)
	if err != nil {
		t.Fatal(err)
	}
	return round.FormatReceipt(&r)
}

// Receipts that may be of use later are handed over again, those that never will be are not, and each trouble is told once.
func TestReceipts(t *testing.T) {
	dir := t.TempDir()
	refuse := func(rule string, err error) error { return &committee.Refused{What: "receipt", Rule: rule, Err: err} }
	m := &taker{round: 1, answers: map[uint64]error{
		2: refuse("round open", fmt.Errorf("%w: round 2", committee.ErrOver)),
		3: refuse("signature", errors.New("not the aggregator's")),
		4: refuse("room", errors.New("16384 wait already")),
		5: fmt.Errorf("%w: x", committee.ErrOmitted),
	}}
	var log bytes.Buffer
	r := &receipts{dir: dir, member: m, log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})), known: map[string]*receiptFile{}}
	write := func(name string, b []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	look := func(what, want string) {
		t.Helper()
		m.taken = nil
		r.look()
		if got := fmt.Sprint(m.taken); got != want {
			t.Errorf("%s: handed over %s, want %s", what, got, want)
		}
	}
	for n := uint64(1); n <= 5; n++ {
		write(fmt.Sprintf("%d.receipt", n), receiptText(t, n))
	}
	write("notes.txt", []byte("no receipt"))
	late := receiptText(t, 6)
	write("6.receipt", late[:len(late)/2]) // whoever writes it is not done
	look("first", "[1 2 3 4 5]")
	look("nothing new", "[4]") // for which there was no room
	m.answers[4] = nil
	look("room", "[4]")
	look("nothing new", "[]")
	write("6.receipt", late)
	look("written to its end", "[6]")
	m.round = 2
	look("another round", "[1 4 6]")
	look("the same round", "[]")
	m.round = 0
	look("between rounds", "[1 4 6]")
	m.answers[1] = refuse("round open", committee.ErrOver)
	m.round = 3
	look("the round after", "[1 4 6]")
	m.round = 4
	look("and the one after that", "[4 6]")
	if err := os.Remove(filepath.Join(dir, "4.receipt")); err != nil {
		t.Fatal(err)
	}
	m.round = 5
	look("one is gone", "[6]")
	if len(r.known) != 5 {
		t.Errorf("%d files are known, want the five that are there", len(r.known))
	}
	// A file that is written anew may hold another receipt.
	m.answers[30] = nil
	write("3.receipt", receiptText(t, 30))
	look("another one", "[30]")
	for text, want := range map[string]int{"level=DEBUG": 2, "level=ERROR": 1, "3.receipt": 1, "6.receipt": 1, "4.receipt": 1, "notes.txt": 0} {
		if got := strings.Count(log.String(), text); got != want {
			t.Errorf("%s stands %d times in the log, want %d:\n%s", text, got, want, log.String())
		}
	}
}
