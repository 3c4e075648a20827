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
}

func (b *standby) close() { _ = b.parked.Close() } // the file has no name, so that nothing is left of it

// take returns the generation that stands by, nil when it does not. It stands by no more then.
func (s *shelf) take(id bundles.Digest) *candidate {
	b := s.standing[id]
	if b == nil {
		return nil
	}
	delete(s.standing, id)
	defer b.close()
	begun := time.Now()
	c := b.ready
	if c == nil {
		reopened, err := b.parked.Open()
		if err != nil {
			return nil
		}
		c = &candidate{Bundle: reopened, path: s.source.Path(id), mapped: true}
	}
	c.begun = begun
	return c
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
		}
	}
	for _, id := range ids {
		if s.standing[id] == nil {
			err = errors.Join(err, l.park(id))
		}
	}
	s.trouble(l, standing, err)
}

// park puts a generation aside: the outgoing one out of memory, another one from the store.
func (l *loader) park(id bundles.Digest) error {
	b := l.outgoing
	if b == nil || b.ID != id {
		c, err := l.readStored(id)
		if err != nil {
			return err
		}
		b = c.Bundle
	}
	l.sweeper.expect(b)
	parked, err := b.Park(l.shelf.source.Dir())
	if err != nil {
		return err
	}
	ready, err := l.rest(parked)
	if err != nil {
		return errors.Join(err, parked.Close())
	}
	l.shelf.standing[id] = &standby{parked, ready}
	return nil
}

// rest prepares what was put aside, if that takes no memory for long.
func (l *loader) rest(parked *bundles.Parked) (*candidate, error) {
	b, err := parked.Open()
	if err != nil {
		return nil, err
	}
	if !b.Tables().Rest() {
		return nil, nil
	}
	c := &candidate{Bundle: b, path: l.shelf.source.Path(b.ID), mapped: true}
	if err := l.ready(c); err != nil {
		return nil, err
	}
	b.Tables().Rest()
	return c, nil
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
	if err := l.ready(c); err != nil {
		return err
	}
	c.activate()
	l.runs.bundle = c.Bundle
	l.sweeper.expect(c.Bundle)
	return nil
}
