package live

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/store"
)

// shelf is the state as the loader uses it. What it cannot do is told and keeps nothing from running. A nil shelf does
// nothing. It belongs to the goroutine that loads.
type shelf struct {
	source   *store.Source
	stored   int
	presence *store.Presence // nil when it could not be shown
	standing map[bundles.Digest]*standby
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
	standing  task = "another generation could not be made ready for a quick return"
	reporting task = "what runs could not be written down"
	moving    task = "what runs stays in the memory of a file"
)

var tasks = []task{attending, keeping, pruning, restoring, standing, reporting, moving}

func newShelf(source *store.Source, stored int) *shelf {
	if source == nil {
		return nil
	}
	if stored <= 0 {
		stored = store.DefaultKeep
	}
	return &shelf{source: source, stored: stored, standing: map[bundles.Digest]*standby{}, troubles: map[task]string{}}
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
	s.clear()
	if s.presence != nil {
		_ = s.presence.Close() // the next edge tidies
	}
}

// clear gives up what stands by.
func (s *shelf) clear() {
	if s == nil {
		return
	}
	for _, b := range s.standing {
		b.close()
	}
	clear(s.standing)
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

// keep stores a verified bundle. For want of room it gives up old generations, so that it can be stored when it is read
// again.
func (s *shelf) keep(c *candidate, l *loader) {
	if s == nil || c.staged == nil {
		return
	}
	err := c.staged.Commit(c.ID, c.Manifest.Revision, c.Manifest.Epoch)
	if errors.Is(err, syscall.ENOSPC) {
		s.trouble(l, pruning, s.source.Prune(1, l.runs.ID))
	}
	s.trouble(l, keeping, err)
}

// tookOver notes that a stored generation takes over.
func (s *shelf) tookOver(id bundles.Digest, l *loader) {
	if s != nil && !s.troubled(keeping) {
		s.trouble(l, keeping, s.source.TookOver(id))
	}
}

// prune removes what is stored for nothing any more.
func (s *shelf) prune(l *loader, needed ...bundles.Digest) {
	if s != nil && !s.troubled(keeping) {
		s.trouble(l, pruning, s.source.Prune(s.stored, append(needed, l.runs.ID)...))
	}
}

// report writes down what runs, for those who wait for a pin to be obeyed.
func (s *shelf) report(l *loader) {
	if s == nil {
		return
	}
	if s.presence == nil {
		s.attend(l)
	}
	if s.presence == nil {
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
