package aggregator

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"sotto/round"
)

// A Store holds the few files that outlive the process. A file is written beside its place, synced, and put there in one step, so that
// a crash or a full disk leaves the old file or the new one and never half of one. Files under a hash are never changed.
//
//	models/<hash>              model files (safetensors), by SHA-256
//	descriptions/<model id>    descriptions of models (JSON)
//	transcripts/<round>        round.CertifiedRound
//	manifests/<round>          round.SignedManifest, of rounds that were skipped later, too
//	rewards/<round>            round.Rewards after the round
//	committees/<epoch>         round.Installed
//	evidence/…                 two records that a member should not have signed both of
//	scratch/                   uploads for which there is no memory, in files without names
type Store struct {
	dir     string
	archive *archive                        // of an engine that is shared with others, or nil
	create  func(path string) (file, error) // os.Create, but in tests
	placing sync.Mutex                      // one file at a time is put in its place
}

// file is what writing needs of an *os.File.
type file interface {
	io.Writer
	Sync() error
	Close() error
}

// Folders of a store.
const (
	models       = "models"
	descriptions = "descriptions"
	transcripts  = "transcripts"
	manifests    = "manifests"
	rewards      = "rewards"
	committees   = "committees"
	evidence     = "evidence"

	unfinished = ".part" // ends the name of a file that is being written
)

var folders = []string{models, descriptions, transcripts, manifests, rewards, committees, evidence}

// OpenStore opens the store in dir, which it makes if it is not there, and removes what a crash has left half-written.
func OpenStore(dir string) (*Store, error) {
	s := &Store{dir: dir, create: func(path string) (file, error) {
		return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	}}
	if err := os.MkdirAll(s.scratch(), 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	for _, folder := range append([]string{"."}, folders...) {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o755); err != nil {
			return nil, fmt.Errorf("data folder: %w", err)
		}
		left, err := filepath.Glob(filepath.Join(dir, folder, "*"+unfinished))
		if err != nil {
			return nil, fmt.Errorf("data folder: %w", err)
		}
		for _, path := range left {
			if err := os.Remove(path); err != nil {
				return nil, fmt.Errorf("data folder: %w", err)
			}
		}
	}
	return s, nil
}

// scratch returns the folder for uploads for which there is no memory.
func (s *Store) scratch() string { return filepath.Join(s.dir, "scratch") }

// write puts content at name in one step, in a shared engine first.
func (s *Store) write(name string, content []byte) error {
	if s.archive != nil {
		if err := s.archive.put(context.Background(), name, content); err != nil { // the engine has a time limit of its own
			return fmt.Errorf("sharing %s: %w", name, err)
		}
	}
	return s.place(name, func(w file) error { _, err := w.Write(content); return err })
}

// place puts what fill writes at name in one step.
func (s *Store) place(name string, fill func(w file) error) error {
	s.placing.Lock()
	defer s.placing.Unlock()
	path := filepath.Join(s.dir, name)
	temporary := path + unfinished
	f, err := s.create(temporary)
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	err = fill(f)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(temporary, path)
	}
	if err != nil {
		os.Remove(temporary) // it may be what fills the disk
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes renames in a folder durable.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// read returns the file at name, which has at most limit bytes. An absent file is a [round.Refusal] with the text missing.
func (s *Store) read(name string, limit int64, missing string) ([]byte, error) {
	f, size, err := s.open(name, missing)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if size > limit {
		return nil, fmt.Errorf("reading %s: %d bytes are %w: at most %d", name, size, round.ErrTooLarge, limit)
	}
	content := make([]byte, size)
	if _, err := io.ReadFull(f, content); err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return content, nil
}

// open opens the file at name for reading and returns its size.
func (s *Store) open(name, missing string) (*os.File, int64, error) {
	if gone, err := s.missing(name); err != nil {
		return nil, 0, fmt.Errorf("reading %s: %w", name, err)
	} else if gone {
		return nil, 0, round.Refuse(round.ReasonNotFound, missing, "")
	}
	f, err := os.Open(filepath.Join(s.dir, name))
	if err != nil {
		return nil, 0, fmt.Errorf("reading %s: %w", name, err)
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, 0, fmt.Errorf("reading %s: %w", name, err)
	}
	return f, info.Size(), nil
}

// has reports whether there is a file at name.
func (s *Store) has(name string) bool {
	gone, err := s.missing(name)
	return err == nil && !gone
}

func hashFile(folder string, h round.Hash) string {
	return filepath.Join(folder, strings.TrimPrefix(h.String(), "0x"))
}

func numberFile(folder string, number uint64) string {
	return filepath.Join(folder, fmt.Sprint(number))
}

// SaveModel keeps a model file and returns its hash.
func (s *Store) SaveModel(content []byte) (round.Hash, error) {
	h := round.Hash(sha256.Sum256(content))
	if s.has(hashFile(models, h)) {
		return h, nil
	}
	return h, s.write(hashFile(models, h), content)
}

// Model returns the model file with the given hash.
func (s *Store) Model(h round.Hash) ([]byte, error) {
	content, err := s.read(hashFile(models, h), round.MaxModelBytes, fmt.Sprintf("no model %s", h))
	if err != nil {
		return nil, err
	}
	if got := round.Hash(sha256.Sum256(content)); got != h {
		return nil, fmt.Errorf("model file %s is damaged: its hash is %s", h, got)
	}
	return content, nil
}

// SaveDescription keeps the description of a model under its id.
func (s *Store) SaveDescription(id round.Hash, content []byte) error {
	return s.write(hashFile(descriptions, id), content)
}

// encoded files of this package's and of package round's types.

func (s *Store) save(name string, v any) error { return s.write(name, round.Encode(v)) }

func (s *Store) load(name string, limit int, v any) error {
	content, err := s.read(name, int64(limit), name+" is missing")
	if err != nil {
		return err
	}
	return round.Decode(name, content, limit, v)
}

// savedEvidence is what is kept of an [Equivocation].
type savedEvidence struct {
	Kind          round.Kind
	Round         uint64
	Member        uint8
	First, Second []byte
}

// saveEvidence keeps an equivocation, the first of its kind, round and member.
func (s *Store) saveEvidence(e *Equivocation) error {
	name := filepath.Join(evidence, fmt.Sprintf("%s-round-%d-member-%d", kindName(e.Kind), e.Round, e.Member))
	if s.has(name) {
		return nil
	}
	return s.save(name, &savedEvidence{e.Kind, e.Round, e.Member, e.First, e.Second})
}
