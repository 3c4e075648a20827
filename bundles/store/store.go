// Package store is what an edge keeps on disk between runs. A [Store] is a folder; in it every source of
// bundles has a folder of its own:
//
//	DIR/sources/<digest of the source's name>/
//	    epoch.json              the highest epoch that has run
//	    pin.json                which generation an operator holds on to
//	    generations/<id>.tar.gz a bundle, byte by byte as it was verified
//	    generations/<id>.json   which bundle it is, and when it last took over
//	    edges/                  the edges that run on the folder, and what they do
//
// Every file is replaced as a whole: written beside its place, synced, renamed, and the folder synced. A file
// that cannot be believed is an error and never counts as absent. What is stored was verified once, and whoever
// opens it verifies it again: the folder may have been written to by others.
package store

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

const (
	folderMode = 0o700
	fileMode   = 0o600
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
	dir, err := filepath.Abs(filepath.Join(s.dir, "sources", hex.EncodeToString(sum[:16])))
	if err != nil {
		return nil, err
	}
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

// Dir returns the source's folder, as an absolute path.
func (s *Source) Dir() string { return s.dir }

func (s *Source) header() header { return header{Format: textFormat, Source: s.name} }

// patience is how long a process waits for another one that changes the folder, which takes milliseconds, before
// it takes it for stuck.
const patience = 5 * time.Second

// locked does what changes the folder, while nobody else changes it.
func (s *Source) locked(change func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	file, err := lock(filepath.Join(s.dir, lockFile))
	if err != nil {
		return err
	}
	defer file.Close()
	return change()
}

const lockFile = "lock"

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
	switch {
	case filepath.Base(e.Path) == epochFile:
		return "restore the file from a copy; removing it forgets which epochs have run, so that an older bundle would be accepted"
	case filepath.Base(e.Path) == pinFile:
		return "pin a generation anew, or unpin"
	}
	return "remove the file and its neighbour of the same name; that generation is lost then"
}

// Tidy removes what a process that ended too early has left behind. Files that somebody still writes stay.
func (s *Source) Tidy() error {
	return s.locked(func() error {
		var errs []error
		for _, dir := range []string{s.dir, filepath.Join(s.dir, generationsFolder)} {
			errs = append(errs, tidy(dir))
		}
		return errors.Join(append(errs, s.removeOrphans())...)
	})
}

// tidy removes temporaries: hidden files that nobody holds.
func tidy(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return ignoreMissing(err)
	}
	var errs []error
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		if strings.HasPrefix(entry.Name(), ".") && entry.Type().IsRegular() && !held(path) {
			errs = append(errs, ignoreMissing(os.Remove(path)))
		}
	}
	return errors.Join(errs...)
}

// readBounded reads a text of the store. What is no plain file is none: a pipe could block for ever.
func readBounded(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &CorruptError{Path: path, Reason: "not a plain file"}
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxFile+1))
}
