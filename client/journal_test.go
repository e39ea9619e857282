package client_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"

	"sotto/client"
	"sotto/round"
)

func journal(t *testing.T, path string) *client.Journal {
	t.Helper()
	j, err := client.OpenJournal(path)
	check(t, err)
	return j
}

// TestJournalRefusesSecondContribution decides, after one contribution to round 5 from a base model, whether another may leave.
func TestJournalRefusesSecondContribution(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sub", "journal")
	me := common.Address{1}
	first := round.Descriptor{ChainID: 1, Contract: common.Address{2}, Round: 5, BaseModel: round.Hash{3}}
	for _, c := range []struct {
		name      string
		who       common.Address
		change    func(d *round.Descriptor)
		certified uint64 // last certified round
		refused   bool
	}{
		{"to the same round again", me, func(d *round.Descriptor) { d.Round = 5 }, 4, false},
		{"after the round was certified without changing the model", me, func(d *round.Descriptor) {}, 5, true},
		{"after later rounds were certified without changing the model", me, func(d *round.Descriptor) { d.Round = 9 }, 8, true},
		{"after the round was skipped before it closed", me, func(d *round.Descriptor) { d.Aborted = 1 }, 4, false},
		{"after the round was skipped when it had closed", me, func(d *round.Descriptor) { d.Aborted, d.Disclosed = 1, true }, 4, true},
		{"from another model", me, func(d *round.Descriptor) { d.BaseModel[0]++ }, 5, false},
		{"for another contract", me, func(d *round.Descriptor) { d.Contract[0]++ }, 5, false},
		{"on another chain", me, func(d *round.Descriptor) { d.ChainID++ }, 5, false},
		{"by somebody else", common.Address{9}, func(d *round.Descriptor) {}, 5, false},
	} {
		os.Remove(path)
		d := first
		d.Round = 6
		c.change(&d)
		if err := journal(t, path).MayContribute(&d, c.who, c.certified); err != nil {
			t.Errorf("%s, with an empty journal: %v", c.name, err)
		}
		check(t, journal(t, path).Note(&first, me))
		// Opened anew, as after a restart.
		err := journal(t, path).MayContribute(&d, c.who, c.certified)
		var again *client.AgainError
		if errors.As(err, &again) != c.refused {
			t.Errorf("%s: got %v, refused %t is wanted", c.name, err, c.refused)
		}
		if c.refused && (again.Round != 5 || again.BaseModel != first.BaseModel || again.Why == "") {
			t.Errorf("%s: the refusal names round %d and model %s", c.name, again.Round, again.BaseModel.Short())
		}
	}
}

func TestJournalSurvivesCrashes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	d := round.Descriptor{ChainID: 1, Round: 5, BaseModel: round.Hash{3}}
	me := common.Address{1}
	j := journal(t, path)
	for range 2 {
		check(t, j.Note(&d, me))
		d.Round++
	}
	whole, err := os.ReadFile(path)
	check(t, err)
	if info, err := os.Stat(path); err != nil || info.Mode() != fs.FileMode(0o600) {
		t.Errorf("the journal's mode is %v (%v)", info.Mode(), err)
	}
	second := bytes.IndexByte(whole, '\n') + 1
	// The second line is cut off anywhere: it was not synced, and nothing was sent for it.
	for _, size := range []int{len(whole) - 1, second + 1, second, second - 1, 1, 0} {
		check(t, os.WriteFile(path, whole[:size], 0o600))
		j := journal(t, path)
		lines := bytes.Count(whole[:size], []byte{'\n'})
		if j.Entries() != lines {
			t.Errorf("cut off after %d bytes: %d entries, want %d", size, j.Entries(), lines)
		}
		check(t, j.Note(&d, me))
		if got := journal(t, path).Entries(); got != lines+1 {
			t.Errorf("cut off after %d bytes and written on: %d entries, want %d", size, got, lines+1)
		}
	}
	// A line that was changed is not passed over.
	check(t, os.WriteFile(path, append([]byte("{\"round\":\n"), whole...), 0o600))
	if _, err := client.OpenJournal(path); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("a journal with a broken line was opened (%v)", err)
	}
	// Neither is one that can't be written.
	folder := filepath.Join(t.TempDir(), "folder")
	j = journal(t, filepath.Join(folder, "journal"))
	check(t, os.WriteFile(folder, nil, 0o600))
	if j.Note(&d, me) == nil || j.Entries() != 0 {
		t.Errorf("a journal below a file took %d entries", j.Entries())
	}
}
