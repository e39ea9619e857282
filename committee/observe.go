package committee

import (
	"errors"
	"time"
)

// tell hands a refusal to whoever counts them.
func (m *Member) tell(err error) {
	var refused *Refused
	if m.cfg.Refusal != nil && errors.As(err, &refused) && !errors.Is(err, ErrOver) {
		m.cfg.Refusal(refused)
	}
}

// WatchJournal has f told how long each sync of the journal took and whether it failed. It must be called before the member starts; f must
// return at once.
func (d *Directory) WatchJournal(f func(took time.Duration, err error)) {
	d.journal.mu.Lock()
	defer d.journal.mu.Unlock()
	d.journal.file = watched{d.journal.file, f}
}

type watched struct {
	storage
	tell func(took time.Duration, err error)
}

func (w watched) sync() error {
	begun := time.Now()
	err := w.storage.sync()
	w.tell(time.Since(begun), err)
	return err
}

func (w watched) write(b []byte) error {
	err := w.storage.write(b)
	if err != nil {
		w.tell(0, err) // no sync follows
	}
	return err
}
