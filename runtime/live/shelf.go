package live

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/store"
)

// shelf is the state as the loader uses it. What it cannot do is told and keeps nothing from running. A nil shelf does
// nothing. It belongs to the goroutine that loads.
type shelf struct {
	source   *store.Source
	stored   int
	presence *store.Presence // nil when it could not be shown
	parked   map[bundles.Digest]*bundles.Parked
	troubles map[task]string
	told     store.Report
}

// task is something the shelf does that may go wrong.
type task string

const (
	attending task = "the folder cannot be used in full"
	keeping   task = "the generation could not be stored"
	pruning   task = "old generations could not be removed"
	restoring task = "not every stored generation can be believed"
	parking   task = "no quick return to another generation"
	reporting task = "what runs could not be written down"
	moving    task = "what runs stays in the memory of a file"
)

var tasks = []task{attending, keeping, pruning, restoring, parking, reporting, moving}

func newShelf(source *store.Source, stored int) *shelf {
	if source == nil {
		return nil
	}
	if stored <= 0 {
		stored = store.DefaultKeep
	}
	return &shelf{source: source, stored: stored, parked: map[bundles.Digest]*bundles.Parked{}, troubles: map[task]string{}}
}

// trouble notes how a task went, and tells when that is news.
func (s *shelf) trouble(l *loader, t task, err error) {
	reason := ""
	if err != nil {
		err = fmt.Errorf("%s: %w", t, err)
		reason = newRefusal(s.source.Dir(), err).Reason
	}
	if s.troubles[t] == reason {
		return
	}
	s.troubles[t] = reason
	var all []string
	for _, t := range tasks {
		if s.troubles[t] != "" {
			all = append(all, s.troubles[t])
		}
	}
	l.status.set(func(st *Status) { st.StateTrouble = strings.Join(all, "; ") })
	if err != nil {
		l.tell(Event{Kind: StateFailed, Path: s.source.Dir(), Err: err})
	}
}

func (s *shelf) troubled(t task) bool { return s != nil && s.troubles[t] != "" }

// attend tidies the folder and shows that an edge runs on it.
func (s *shelf) attend(l *loader) {
	if s == nil {
		return
	}
	err := s.source.Tidy()
	presence, failed := s.source.Attend()
	s.presence = presence
	s.trouble(l, attending, errors.Join(err, failed))
}

func (s *shelf) close() {
	if s == nil {
		return
	}
	for _, p := range s.parked {
		_ = p.Close() // it has no name, so that nothing is left of it
	}
	if s.presence != nil {
		_ = s.presence.Close() // the next edge tidies
	}
}

func (s *shelf) pin() (store.Pin, error) {
	if s == nil {
		return store.Pin{}, nil
	}
	return s.source.Pin()
}

// pinPath returns where the pin stands, nothing when there is none.
func (s *shelf) pinPath() string {
	if s == nil {
		return ""
	}
	return s.source.PinPath()
}

func (s *shelf) statPin() fs.FileInfo {
	if s == nil {
		return nil
	}
	info, err := os.Stat(s.source.PinPath())
	if err != nil {
		return nil
	}
	return info
}

// stage begins a copy of a bundle; nil when there is nowhere to copy to.
func (s *shelf) stage(l *loader) *store.Staged {
	if s == nil {
		return nil
	}
	staged, err := s.source.Stage()
	if err != nil {
		s.trouble(l, keeping, err)
		return nil
	}
	return staged
}

// keep stores a verified bundle.
func (s *shelf) keep(c *candidate, l *loader) {
	if s != nil && c.staged != nil {
		s.trouble(l, keeping, c.staged.Commit(c.ID, c.Manifest.Revision, c.Manifest.Epoch))
	}
}

// tookOver notes that a stored generation takes over.
func (s *shelf) tookOver(id bundles.Digest, l *loader) {
	if s != nil && !s.troubled(keeping) {
		s.trouble(l, keeping, s.source.TookOver(id))
	}
}

func (s *shelf) prune(l *loader) {
	if s != nil && !s.troubled(keeping) {
		s.trouble(l, pruning, s.source.Prune(s.stored, l.runs.ID))
	}
}

// report writes down what runs, for those who wait for a pin to be obeyed.
func (s *shelf) report(l *loader) {
	if s == nil || s.presence == nil {
		return
	}
	r := store.Report{Request: l.pin.Request, Trouble: l.status.get().PinTrouble, Pinned: l.runs.pinned}
	if g := l.runs.Generation; g != nil {
		r.ID, r.Revision, r.Epoch, r.Since = g.ID, g.Revision, g.Epoch, g.LoadedAt
	}
	if r == s.told {
		return
	}
	err := s.presence.Tell(r)
	if err == nil {
		s.told = r
	}
	s.trouble(l, reporting, err)
}

// wanted returns the generations that may have to run at once: what a rollback returns to, and what an unpin does.
func (s *shelf) wanted(l *loader) ([]bundles.Digest, error) {
	var ids []bundles.Digest
	previous, ok, err := s.source.Previous(l.runs.ID)
	if ok {
		ids = append(ids, previous.ID)
	}
	if l.runs.pinned && l.best != nil && l.best.ID != l.runs.ID {
		ids = append(ids, l.best.ID)
	}
	return ids, err
}

// standBy puts aside what may have to run at once, and gives back what no longer may.
func (l *loader) standBy() {
	s := l.shelf
	if s == nil || l.runs.Generation == nil {
		return
	}
	ids, err := s.wanted(l)
	for id, parked := range s.parked {
		if !slices.Contains(ids, id) {
			_ = parked.Close()
			delete(s.parked, id)
		}
	}
	for _, id := range ids {
		if s.parked[id] == nil {
			err = errors.Join(err, l.park(id))
		}
	}
	s.trouble(l, parking, err)
}

func (l *loader) park(id bundles.Digest) error {
	b := l.outgoing
	if b == nil || b.ID != id {
		c, err := l.readStored(id)
		if err != nil {
			return err
		}
		b, l.swapped = c.Bundle, true
	}
	parked, err := b.Park(l.shelf.source.Dir())
	if err == nil {
		l.shelf.parked[id] = parked
	}
	return err
}

// solidify moves a generation that runs from the memory of a file into memory of its own, which no disk can take
// away. It is read from the store and verified again on the way.
func (l *loader) solidify() {
	if !l.runs.mapped {
		return
	}
	l.runs.mapped = false
	l.shelf.trouble(l, moving, l.replaceMemory())
}

func (l *loader) replaceMemory() error {
	c, err := l.readStored(l.runs.ID)
	if err != nil {
		return err
	}
	activate, err := l.prepare(c.Bundle)
	if err != nil {
		return err
	}
	activate()
	l.runs.bundle, l.swapped = c.Bundle, true
	return nil
}
