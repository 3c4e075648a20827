// Package store is what an edge keeps on disk between runs. A [Store] is a folder; in it every source of
// bundles has a folder of its own, which holds the highest epoch that has run.
//
//	DIR/sources/<digest of the source's name>/epoch.json
//
// Every file is replaced as a whole: written beside its place, synced, renamed, and the folder synced. A file
// that cannot be believed is an error and never counts as absent.
package store

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

const (
	folderMode = 0o700
	fileMode   = 0o600
	epochFile  = "epoch.json"
)

// Store is a state folder.
type Store struct{ dir string }

// Open returns the store in dir, and makes the folder if need be.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(filepath.Join(dir, "sources"), folderMode); err != nil {
		return nil, err
	}
	return &Store{dir: dir}, nil
}

// Source returns what the store keeps about one source of bundles, which its user names, such as by the
// absolute path that bundles come from. It makes the source's folder if need be.
func (s *Store) Source(name string) (*Source, error) {
	sum := sha256.Sum256([]byte(name))
	dir := filepath.Join(s.dir, "sources", hex.EncodeToString(sum[:16]))
	if err := os.MkdirAll(dir, folderMode); err != nil {
		return nil, err
	}
	return &Source{name: name, dir: dir}, nil
}

// Source is what a store keeps about one source of bundles. It is safe for concurrent use by one
// process, and by several on systems with file locks.
type Source struct {
	name string
	dir  string
	mu   sync.Mutex
}

// CorruptError says that a file of the store cannot be believed.
type CorruptError struct {
	Path   string
	Reason string
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("state file %q cannot be believed: %s", e.Path, e.Reason)
}

// Hint returns what an operator can do about it.
func (e *CorruptError) Hint() string {
	return "restore the file from a copy; removing it forgets which epochs have run, so that an older bundle would be accepted"
}

// Highest returns the highest epoch that has run, 0 when none has. The error is a [*CorruptError] when the
// file is damaged.
func (s *Source) Highest() (uint64, error) {
	path := filepath.Join(s.dir, epochFile)
	text, err := readBounded(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	epoch, err := decodeEpoch(text, s.name)
	if err != nil {
		return 0, &CorruptError{Path: path, Reason: err.Error()}
	}
	return epoch, nil
}

// Record notes that epoch has run. When it returns nil, the disk holds this epoch or a higher one; a lower
// epoch than the one recorded changes nothing. A damaged file is not overwritten.
func (s *Source) Record(epoch uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	unlock, err := lock(s.dir)
	if err != nil {
		return err
	}
	defer unlock()
	highest, err := s.Highest()
	if err != nil {
		return err
	}
	if epoch <= highest {
		return nil
	}
	return replace(filepath.Join(s.dir, epochFile), encodeEpoch(epoch, s.name))
}
