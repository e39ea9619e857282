package aggregator

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"sotto/aggregator/engine"
	"sotto/round"
)

// archiveSeries is the series of the archive's log, which is never dropped. Volumes have higher ones ([Aggregator.firstVolume]).
const archiveSeries = 0

const archiveName = "files"

// archive is the files of a [Store] in an engine that several aggregators share: a log that names segments, of which the newest of a name
// counts.
type archive struct {
	journal engine.Journal
	bulk    engine.Bulk

	mu    sync.Mutex
	head  engine.Head
	files map[string]engine.Segment
}

// archived is a record of the archive's log.
type archived struct {
	Name    string
	Content bulk
}

// Share keeps the store's files in the engine, too, so that others who share it find them: what is there already, and every file that is written
// from now on. A file that is not in the folder is looked for in the engine.
func (s *Store) Share(ctx context.Context, backend engine.Backend) error {
	journal, err := backend.Journal(ctx, archiveSeries, archiveName)
	if err != nil {
		return err
	}
	kept, err := backend.Bulk(archiveName)
	if err != nil {
		return err
	}
	a := &archive{journal: journal, bulk: kept, files: make(map[string]engine.Segment)}
	if err := a.catchUp(ctx); err != nil {
		return err
	}
	for _, folder := range folders {
		entries, err := os.ReadDir(filepath.Join(s.dir, folder))
		if err != nil {
			return fmt.Errorf("data folder: %w", err)
		}
		for _, e := range entries {
			name := filepath.Join(folder, e.Name())
			if _, ok := a.files[name]; ok || !e.Type().IsRegular() || strings.HasSuffix(name, unfinished) {
				continue
			}
			content, err := os.ReadFile(filepath.Join(s.dir, name))
			if err != nil {
				return fmt.Errorf("data folder: %w", err)
			}
			if err := a.put(ctx, name, content); err != nil {
				return fmt.Errorf("sharing %s: %w", name, err)
			}
		}
	}
	s.archive = a
	return nil
}

// catchUp reads what others have put.
func (a *archive) catchUp(ctx context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for e, err := range a.journal.Read(ctx, a.head) {
		if err != nil {
			return err
		}
		var r archived
		if err := round.Decode("archive record", e.Record, engine.MaxRecordBytes, &r); err != nil {
			return fmt.Errorf("record %d: %w: %w", e.Head.Sequence, engine.ErrViolation, err)
		}
		a.head, a.files[r.Name] = e.Head, r.Content.segment()
	}
	return nil
}

// find returns the segment of a file.
func (a *archive) find(ctx context.Context, name string) (engine.Segment, bool, error) {
	err := a.catchUp(ctx)
	a.mu.Lock()
	defer a.mu.Unlock()
	s, ok := a.files[name]
	return s, ok, err
}

// put keeps a file, unless the newest of its name has the same content.
func (a *archive) put(ctx context.Context, name string, content []byte) error {
	kept, ok, err := a.find(ctx, name)
	if err != nil {
		return err
	}
	if ok && kept.Size == int64(len(content)) && kept.SHA256 == sha256.Sum256(content) {
		return nil
	}
	s, err := writeBytes(ctx, a.bulk, content)
	if err != nil {
		return err
	}
	record := round.Encode(&archived{name, bulkOf(s)})
	for {
		a.mu.Lock()
		head := a.head
		a.mu.Unlock()
		_, err := a.journal.Append(ctx, head, record)
		if caught := a.catchUp(ctx); caught != nil {
			return caught
		}
		if !errors.Is(err, engine.ErrConflict) {
			return err
		}
	}
}

// fetch puts a file of the engine's into the folder. It reports whether there is one.
func (s *Store) fetch(ctx context.Context, name string) (bool, error) {
	kept, ok, err := s.archive.find(ctx, name)
	if err != nil || !ok {
		return false, err
	}
	return true, s.place(name, func(w file) error { return s.archive.bulk.Get(ctx, kept, w) })
}

// missing reports whether a file is not in the folder, after it was looked for in the engine.
func (s *Store) missing(name string) (bool, error) {
	_, err := os.Stat(filepath.Join(s.dir, name))
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	if s.archive == nil {
		return true, nil
	}
	found, err := s.fetch(context.Background(), name) // the engine has a time limit of its own
	return !found, err
}
