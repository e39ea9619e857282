package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"sotto/committee"
	"sotto/internal/cli"
	"sotto/round"
)

// receiptPoll is how often the directory of receipts is read.
const receiptPoll = 5 * time.Second

// receiver is what receipts are handed to.
type receiver interface {
	AddReceipt(round.SignedReceipt) error
	Status() committee.Status
}

// receipts hands the receipts of a directory to a member: each as it appears or changes, and again with every round that the member takes
// part in, until the member has said that it is of no use any more.
type receipts struct {
	dir    string
	member receiver
	log    *slog.Logger
	known  map[string]*receiptFile
}

// receiptFile is what is known of a file.
type receiptFile struct {
	size     int64
	modified time.Time
	receipt  *round.SignedReceipt // nil if the file holds none, or not yet
	final    bool                 // there is no use in handing it over again
	handed   bool
	round    uint64 // of the member, when it was handed over
	told     string // what was said of it in the log
}

func watchReceipts(ctx context.Context, logger *slog.Logger, m *committee.Member, dir string) {
	r := &receipts{dir: dir, member: m, log: logger, known: map[string]*receiptFile{}}
	for {
		r.look()
		select {
		case <-ctx.Done():
			return
		case <-time.After(receiptPoll):
		}
	}
}

// look reads the directory once.
func (r *receipts) look() {
	paths, err := filepath.Glob(filepath.Join(r.dir, "*.receipt"))
	if err != nil {
		r.log.Warn("receipts cannot be listed", "err", err)
		return
	}
	there := make(map[string]*receiptFile, len(paths))
	for _, path := range paths {
		f := r.known[path]
		info, err := os.Stat(path)
		if err != nil {
			continue // it went between the listing and here
		}
		if f == nil || f.size != info.Size() || !f.modified.Equal(info.ModTime()) {
			f = &receiptFile{size: info.Size(), modified: info.ModTime()}
		}
		there[path] = f
		r.hand(path, f)
	}
	r.known = there
}

// hand gives the member a receipt that it may have use for.
func (r *receipts) hand(path string, f *receiptFile) {
	if f.final {
		return
	}
	if f.receipt == nil {
		// Whoever writes the file may not be done. One that is done changes when it is written again.
		receipt, err := readReceipt(path)
		if err != nil {
			r.tell(slog.LevelWarn, path, f, err)
			return
		}
		f.receipt = receipt
	}
	at := r.member.Status().Round
	if f.handed && f.round == at {
		return
	}
	err := r.member.AddReceipt(*f.receipt)
	f.handed, f.round = err == nil, at
	var refused *committee.Refused
	switch {
	case err == nil:
	case errors.Is(err, committee.ErrOver):
		f.final = true
		r.tell(slog.LevelDebug, path, f, err)
	case errors.Is(err, committee.ErrOmitted):
		f.final = true
		r.tell(slog.LevelError, path, f, err)
	case errors.As(err, &refused) && refused.Rule != "room":
		f.final = true
		r.tell(slog.LevelWarn, path, f, err)
	default:
		r.tell(slog.LevelWarn, path, f, err)
	}
}

// tell logs an error once.
func (r *receipts) tell(level slog.Level, path string, f *receiptFile, err error) {
	if text := err.Error(); f.told != text {
		f.told = text
		r.log.Log(context.Background(), level, "receipt is not used", "file", path, "err", err)
	}
}

func readReceipt(path string) (*round.SignedReceipt, error) {
	text, err := cli.ReadFile(path, round.MaxReceiptBytes)
	if err != nil {
		return nil, err
	}
	return round.ParseReceipt(text)
}
