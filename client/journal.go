package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"sotto/round"
)

// Journal remembers which contributions left this machine, so that a contributor does not give away two updates from one base model: the
// difference of two sums that hold them would be smaller than a node. It is a text file with one JSON object a line, written and synced
// before the first byte of an upload is sent.
type Journal struct {
	path    string
	entries []journalEntry
}

type journalEntry struct {
	Time        time.Time      `json:"time"`
	Contributor common.Address `json:"contributor"`
	Contract    common.Address `json:"contract"`
	ChainID     uint64         `json:"chain_id"`
	Epoch       uint64         `json:"epoch"`
	Round       uint64         `json:"round"`
	Descriptor  round.Hash     `json:"descriptor"`
	BaseModel   round.Hash     `json:"base_model"`
	Again       bool           `json:"again,omitempty"` // the person asked for it in spite of an earlier one
}

// maxJournalBytes bounds the file; a contribution takes about 300 bytes.
const maxJournalBytes = 64 << 20

// OpenJournal reads the journal at path; a file that does not exist is an empty journal. A last line that was cut off by a crash is
// dropped: it was not synced, so nothing was sent for it.
func OpenJournal(path string) (*Journal, error) {
	j := &Journal{path: path}
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return j, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxJournalBytes+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxJournalBytes {
		return nil, fmt.Errorf("journal %s has more than %d bytes", path, maxJournalBytes)
	}
	whole := b[:bytes.LastIndexByte(b, '\n')+1]
	for n, line := range bytes.Split(bytes.TrimSuffix(whole, []byte{'\n'}), []byte{'\n'}) {
		if len(line) == 0 {
			continue
		}
		var e journalEntry
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, fmt.Errorf("journal %s, line %d: %v", path, n+1, err)
		}
		j.entries = append(j.entries, e)
	}
	if len(whole) < len(b) {
		return j, os.Truncate(path, int64(len(whole)))
	}
	return j, nil
}

// add appends an entry and syncs the file.
func (j *Journal) add(e journalEntry) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(j.path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(j.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if _, err = f.Write(append(line, '\n')); err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("writing the journal: %v", err)
	}
	j.entries = append(j.entries, e)
	return nil
}

// AgainError says that an update from the same base model may be known already as part of a sum.
type AgainError struct {
	Round     uint64 // the earlier contribution's
	BaseModel round.Hash
	Why       string
}

func (e *AgainError) Error() string {
	return fmt.Sprintf("already contributed an update of model %s in round %d: %s", e.BaseModel.Short(), e.Round, e.Why)
}

// entryFor returns the entry of a contribution to the round of d.
func entryFor(d *round.Descriptor, who common.Address, now time.Time, again bool) journalEntry {
	return journalEntry{Time: now.UTC(), Contributor: who, Contract: d.Contract, ChainID: d.ChainID, Epoch: d.Epoch, Round: d.Round,
		Descriptor: d.Digest(), BaseModel: d.BaseModel, Again: again}
}

// mayContribute decides whether a contribution from the round's base model may leave this machine. In one round only one contribution
// counts, so sending again is safe. One to an earlier round counts as disclosed once its manifest is signed. That is so if its round is
// certified, and if the committee says so of a skipped round: a member that signed a manifest never signs a later descriptor that denies
// it. The members of a later epoch may know nothing of it, so a contribution in an earlier epoch counts as disclosed, too.
func (j *Journal) mayContribute(d *round.Descriptor, who common.Address, lastCertified uint64) error {
	for _, e := range j.entries {
		if e.Contributor != who || e.Contract != d.Contract || e.ChainID != d.ChainID || e.BaseModel != d.BaseModel || e.Descriptor == d.Digest() {
			continue
		}
		switch {
		case e.Round <= lastCertified:
			return &AgainError{e.Round, e.BaseModel, "that round is certified and left the model as it was"}
		case e.Epoch != d.Epoch || e.Round >= d.Round:
			return &AgainError{e.Round, e.BaseModel, "another committee opened that round, so its sums may be known"}
		case d.Disclosed:
			return &AgainError{e.Round, e.BaseModel, "that round was skipped after it had closed, so its sums may be known"}
		}
	}
	return nil
}
