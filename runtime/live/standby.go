package live

import (
	"errors"
	"slices"
	"time"

	"github.com/lictor-dev/lictor/bundles"
)

// standby is a verified generation that can run at once. Where the system maps files it is prepared already and takes
// next to no memory; elsewhere it is a file that is yet to be read.
type standby struct {
	parked *bundles.Parked
	ready  *candidate // nil when it is not prepared
	cold   bool       // it cannot be prepared: the system does not map files
}

func (b *standby) close() { _ = b.parked.Close() } // the file has no name, so that nothing is left of it

// take returns the generation that stands by, nil when it does not. It stands by no more then.
func (s *shelf) take(id bundles.Digest, l *loader) *candidate {
	b := s.standing[id]
	if b == nil {
		return nil
	}
	delete(s.standing, id)
	defer b.close()
	begun := time.Now()
	l.sweeper.expect() // it may not run after all
	c := b.ready
	if c == nil {
		reopened, err := b.parked.Open()
		if err != nil {
			return nil
		}
		l.sweeper.found.track(reopened)
		c = &candidate{Bundle: reopened, path: s.source.Path(id), mapped: true}
	}
	c.begun = begun
	return c
}

// size returns how many bytes off the heap belong to what stands by.
func (s *shelf) size() (sum int64) {
	if s == nil {
		return 0
	}
	for _, b := range s.standing {
		if b.ready != nil {
			sum += sizeOf(b.ready.Bundle)
		}
	}
	return sum
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

// standBy makes ready what may have to run at once, and gives up what no longer may.
func (l *loader) standBy() {
	s := l.shelf
	if s == nil || l.runs.Generation == nil {
		return
	}
	ids, err := s.wanted(l)
	for id, b := range s.standing {
		if !slices.Contains(ids, id) {
			b.close()
			delete(s.standing, id)
			l.sweeper.expect()
		}
	}
	for _, id := range ids {
		err = errors.Join(err, l.park(id))
	}
	for _, id := range ids {
		if failed := l.rest(s.standing[id]); failed != nil {
			err = errors.Join(err, failed, s.standing[id].parked.Close())
			delete(s.standing, id)
		}
	}
	if err != nil {
		l.later = false // it is not tried again before the next load
	}
	if !l.later {
		s.trouble(l, standing, err)
	}
}

// park puts a generation aside: the outgoing one out of memory, another one from the store.
func (l *loader) park(id bundles.Digest) error {
	if l.shelf.standing[id] != nil {
		return nil
	}
	b, err := l.toPark(id)
	if b == nil || err != nil {
		return err
	}
	parked, err := b.Park(l.shelf.source.Dir())
	if err != nil {
		return err
	}
	l.shelf.standing[id] = &standby{parked: parked}
	l.sweeper.expect()
	return nil
}

// toPark returns a generation with its memory; nil when that has to wait.
func (l *loader) toPark(id bundles.Digest) (*bundles.Bundle, error) {
	if b := l.outgoing; b != nil && b.ID == id {
		l.outgoing = nil
		return b, nil
	}
	if l.crowded() {
		l.later = true
		return nil, nil
	}
	c, err := l.readStored(id)
	if err != nil {
		return nil, err
	}
	return c.Bundle, nil
}

// rest prepares what was put aside, if that takes no memory for long.
func (l *loader) rest(b *standby) error {
	if b == nil || b.ready != nil || b.cold {
		return nil
	}
	if l.crowded() {
		l.later = true
		return nil
	}
	opened, err := b.parked.Open()
	if err != nil {
		return err
	}
	l.sweeper.found.track(opened)
	if !opened.Tables().Rest() {
		b.cold = true
		return nil
	}
	c := &candidate{Bundle: opened, path: l.shelf.source.Path(opened.ID), mapped: true}
	if err := l.ready(c); err != nil {
		return err
	}
	opened.Tables().Rest()
	b.ready = c
	return nil
}

// solidify moves a generation that runs from the memory of a file into memory of its own, which no disk can take
// away. It is read from the store and verified again on the way.
func (l *loader) solidify() {
	switch {
	case !l.runs.mapped:
	case l.crowded():
		l.later = true
	default:
		l.runs.mapped = false
		l.shelf.trouble(l, moving, l.replaceMemory())
	}
}

func (l *loader) replaceMemory() error {
	c, err := l.readStored(l.runs.ID)
	if err != nil {
		return err
	}
	if err := l.ready(c); err != nil {
		return err
	}
	c.activate()
	l.runs.bundle, l.runs.size = c.Bundle, sizeOf(c.Bundle)
	return nil
}
