package store

import (
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/lictor-dev/lictor/bundles"
)

// Staged is a copy of a bundle that is being read. It becomes a stored generation when it is committed. It is for
// one goroutine.
type Staged struct {
	source *Source
	file   *os.File // nil once it is committed or discarded
	sum    hash.Hash
	size   int64
	err    error // why it can never be committed
}

// Stage begins a copy. The caller ends it with Commit or Discard.
func (s *Source) Stage() (*Staged, error) {
	staged := &Staged{source: s, sum: sha256.New()}
	dir := filepath.Join(s.dir, generationsFolder)
	err := s.locked(func() (err error) {
		if err = makeFolder(dir); err != nil {
			return err
		}
		if staged.file, err = os.CreateTemp(dir, ".staged-*"); err != nil {
			return err
		}
		return grab(staged.file) // so that nobody takes it for left behind
	})
	if err != nil {
		return nil, errors.Join(err, staged.Discard())
	}
	return staged, nil
}

// Write appends to the copy. It never fails: what goes wrong is what Commit returns, so that reading a bundle does not
// depend on whether it can be copied.
func (c *Staged) Write(p []byte) (int, error) {
	if c.err == nil {
		_, c.err = c.file.Write(p)
		c.sum.Write(p)
		c.size += int64(len(p))
	}
	return len(p), nil
}

// Commit stores the copy as the generation that was verified while it was written. A generation that is stored
// already, byte by byte, stays as it is; one with other bytes, such as of another signature, is replaced and keeps
// its place among the others.
func (c *Staged) Commit(id bundles.Digest, revision string, epoch uint64) error {
	if c.err != nil {
		return errors.Join(c.err, c.Discard())
	}
	s, g := c.source, Generation{ID: id, Revision: revision, Epoch: epoch, Size: c.size, At: time.Now()}
	c.sum.Sum(g.file[:0])
	return errors.Join(s.locked(func() error {
		before, err := s.generation(id)
		if err == nil {
			if before.file == g.file && s.whole(before) {
				return nil
			}
			g.Sequence, g.At = before.Sequence, before.At
		}
		file := c.file
		c.file = nil
		if err := settle(file, s.path(id, bundleSuffix), nil); err != nil {
			return err
		}
		return s.record(g)
	}), c.Discard())
}

// whole reports whether the file of a generation is there as it was stored, byte by byte.
func (s *Source) whole(g Generation) bool {
	file, err := s.Open(g.ID)
	if err != nil {
		return false
	}
	defer file.Close()
	sum := sha256.New()
	_, err = io.Copy(sum, io.LimitReader(file, g.Size+1))
	return err == nil && g.file == bundles.Digest(sum.Sum(nil))
}

// Discard gives the copy up, if it was not committed.
func (c *Staged) Discard() error {
	if c.file == nil {
		return nil
	}
	file := c.file
	c.file = nil
	return errors.Join(ignoreMissing(os.Remove(file.Name())), file.Close())
}
