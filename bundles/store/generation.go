package store

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/lictor-dev/lictor/bundles"
)

const (
	generationsFolder = "generations"
	bundleSuffix      = ".tar.gz"
	recordSuffix      = ".json"
)

// Generation is a stored bundle.
type Generation struct {
	ID       bundles.Digest
	Revision string
	Epoch    uint64
	Size     int64 // of the file, in bytes
	// Sequence orders generations by when each last took over from the source, 0 when it never has. That an
	// operator pinned it does not count.
	Sequence uint64
	At       time.Time // when it last took over, else when it was stored

	file bundles.Digest // of the bundle file's bytes
}

// recordText is the content of generations/<id>.json.
type recordText struct {
	header
	ID       string    `json:"id"`
	Revision string    `json:"revision"`
	Epoch    uint64    `json:"epoch"`
	Size     int64     `json:"size"`
	File     string    `json:"file"`
	Sequence uint64    `json:"sequence"`
	At       time.Time `json:"at"`
}

func (s *Source) path(id bundles.Digest, suffix string) string {
	return filepath.Join(s.dir, generationsFolder, id.String()+suffix)
}

// Open opens the file of a stored generation. Its user verifies what it reads.
func (s *Source) Open(id bundles.Digest) (*os.File, error) {
	path := s.path(id, bundleSuffix)
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &CorruptError{Path: path, Reason: "not a plain file"}
	}
	return os.Open(path)
}

// Path returns where the file of a generation is stored, if it is.
func (s *Source) Path(id bundles.Digest) string { return s.path(id, bundleSuffix) }

// Generations returns what is stored, what last took over first. The error joins a [*CorruptError] for each
// generation whose record is damaged; the others are returned beside it.
func (s *Source) Generations() ([]Generation, error) {
	entries, err := os.ReadDir(filepath.Join(s.dir, generationsFolder))
	if err != nil {
		return nil, ignoreMissing(err)
	}
	var list []Generation
	var errs []error
	for _, entry := range entries {
		name, isRecord := strings.CutSuffix(entry.Name(), recordSuffix)
		if id, ok := bundles.ParseDigest(name); ok && isRecord {
			g, err := s.generation(id)
			if errors.Is(err, os.ErrNotExist) {
				continue // removed meanwhile
			}
			if err != nil {
				errs = append(errs, err)
				continue
			}
			list = append(list, g)
		}
	}
	slices.SortFunc(list, func(a, b Generation) int {
		return cmp.Or(cmp.Compare(b.Sequence, a.Sequence), b.At.Compare(a.At), strings.Compare(a.ID.String(), b.ID.String()))
	})
	return list, errors.Join(errs...)
}

// Generation returns one stored generation. The error is a [*CorruptError] when its record is damaged, and
// [os.ErrNotExist] when it is not stored.
func (s *Source) Generation(id bundles.Digest) (Generation, error) { return s.generation(id) }

func (s *Source) generation(id bundles.Digest) (Generation, error) {
	path := s.path(id, recordSuffix)
	t, err := read[recordText](path, s.name)
	if err != nil {
		return Generation{}, err
	}
	file, ok := bundles.ParseDigest(t.File)
	if t.ID != id.String() || !ok {
		return Generation{}, &CorruptError{Path: path, Reason: "it is the record of another generation"}
	}
	return Generation{
		ID: id, Revision: t.Revision, Epoch: t.Epoch, Size: t.Size, Sequence: t.Sequence, At: t.At, file: file,
	}, nil
}

// record writes the record of a generation. The caller holds the lock.
func (s *Source) record(g Generation) error {
	return replace(s.path(g.ID, recordSuffix), seal(recordText{
		s.header(), g.ID.String(), g.Revision, g.Epoch, g.Size, g.file.String(), g.Sequence, g.At.UTC().Round(time.Microsecond),
	}))
}

// TookOver notes that a stored generation takes over from the source now.
func (s *Source) TookOver(id bundles.Digest) error {
	return s.locked(func() error {
		g, err := s.generation(id)
		if err != nil {
			return err
		}
		list, err := s.Generations()
		if len(list) == 0 {
			return err // nothing can be listed, not even this one
		}
		if list[0].ID == id && g.Sequence > 0 {
			return nil // a damaged record of another generation says nothing about this one
		}
		g.Sequence, g.At = list[0].Sequence+1, time.Now()
		return s.record(g)
	})
}

// Previous returns the stored generation that took over before the one with the given id did: what a rollback
// returns to. It is false when there is none. Of a generation that is not stored, or never took over, the previous
// one is what took over last.
func (s *Source) Previous(id bundles.Digest) (Generation, bool, error) {
	list, err := s.Generations()
	return previous(list, id), previous(list, id).Sequence > 0, err
}

// previous returns no sequence when there is no previous one.
func previous(list []Generation, id bundles.Digest) Generation {
	after := slices.IndexFunc(list, func(g Generation) bool { return g.ID == id && g.Sequence > 0 })
	for _, g := range list[after+1:] {
		if g.Sequence > 0 {
			return g
		}
	}
	return Generation{}
}

// DefaultKeep is how many generations are kept.
const DefaultKeep = 5

// Prune removes all but the generations that took over last. Of these it keeps as many as it is told, and in any
// case the ones it is given, those that rolling back from them returns to, and the pinned one.
func (s *Source) Prune(keep int, protected ...bundles.Digest) error {
	return s.locked(func() error {
		pin, err := s.Pin()
		if err != nil {
			return err
		}
		list, err := s.Generations()
		if err != nil {
			return err // what is damaged may be what is to be kept
		}
		kept := map[bundles.Digest]bool{pin.ID: true}
		for _, id := range append(protected, pin.ID) {
			kept[id], kept[previous(list, id).ID] = true, true
		}
		for _, g := range list[min(keep, len(list)):] {
			if !kept[g.ID] {
				err = errors.Join(err, s.remove(g.ID))
			}
		}
		return err
	})
}

// remove forgets a generation: first its record, so that what is left of it after a crash is an orphan.
func (s *Source) remove(id bundles.Digest) error {
	if err := os.Remove(s.path(id, recordSuffix)); err != nil {
		return err
	}
	return errors.Join(syncFolder(filepath.Join(s.dir, generationsFolder)), os.Remove(s.path(id, bundleSuffix)))
}

// removeOrphans removes bundles without a record, which never counted as stored, or no longer do.
func (s *Source) removeOrphans() error {
	entries, err := os.ReadDir(filepath.Join(s.dir, generationsFolder))
	if err != nil {
		return ignoreMissing(err)
	}
	var errs []error
	for _, entry := range entries {
		name, isBundle := strings.CutSuffix(entry.Name(), bundleSuffix)
		id, ok := bundles.ParseDigest(name)
		if !ok || !isBundle {
			continue
		}
		if _, err := os.Lstat(s.path(id, recordSuffix)); errors.Is(err, os.ErrNotExist) {
			errs = append(errs, os.Remove(s.path(id, bundleSuffix)))
		}
	}
	return errors.Join(errs...)
}
