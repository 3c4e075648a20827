package live

import (
	"fmt"
	"time"

	"github.com/lictor-dev/lictor/bundles"
)

// fetch opens a stored generation: the one that stands by if there is one, else what is on the disk.
func (l *loader) fetch(id bundles.Digest) (*candidate, error) {
	if c := l.shelf.take(id, l); c != nil {
		return c, nil
	}
	return l.readStored(id)
}

// readStored verifies a stored generation as if it had never been seen. Its epoch is the caller's affair.
func (l *loader) readStored(id bundles.Digest) (*candidate, error) {
	c := &candidate{path: l.shelf.source.Path(id), begun: time.Now()}
	file, err := l.shelf.source.Open(id)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	options := l.options
	options.HighestEpoch = 0
	c.Bundle, err = bundles.Open(file, options)
	l.sweeper.found.track(c.Bundle)
	l.sweeper.expect()
	if err != nil {
		return nil, err
	}
	if c.ID != id {
		return nil, fmt.Errorf("the file holds the generation %s", c.ID)
	}
	return c, nil
}

// restore has the stored generation run that took over last and may still run.
func (l *loader) restore(o *outcome) {
	if l.shelf == nil {
		return
	}
	list, err := l.shelf.source.Generations()
	l.shelf.trouble(l, restoring, err)
	for _, g := range list {
		if g.Epoch < l.options.HighestEpoch {
			continue
		}
		if l.runs.Generation != nil && l.runs.ID == g.ID {
			l.runs.pinned, l.runs.restored = false, true
			return
		}
		if err := l.restoreOne(g.ID, o); err != nil {
			o.refuse(l.shelf.source.Path(g.ID), err)
			continue
		}
		return
	}
}

func (l *loader) restoreOne(id bundles.Digest, o *outcome) error {
	c, err := l.fetch(id)
	if err != nil {
		return err
	}
	if c.Manifest.Epoch < l.options.HighestEpoch {
		return &bundles.EpochError{Got: c.Manifest.Epoch, Highest: l.options.HighestEpoch}
	}
	if err := l.ready(c); err != nil {
		return err
	}
	if err := l.record(c.Manifest.Epoch); err != nil {
		return err
	}
	l.activate(c, running{restored: true})
	o.add(Event{Kind: Restored, Path: c.path, Generation: l.runs.Generation, Took: time.Since(c.begun)})
	return nil
}

// resume has what the path gave take over again after a pin, when the path looks as it did. Where it gave nothing that may
// run it does not again, and nothing is read.
func (l *loader) resume(now snapshot, o *outcome) bool {
	if l.runs.pinned && l.best == nil && l.known(now) {
		o.refused = l.status.get().Refused
		return true
	}
	if !l.runs.pinned || l.best == nil || !l.best.seen.equal(now) || l.best.Epoch < l.options.HighestEpoch {
		return false
	}
	if l.best.ID == l.runs.ID {
		l.shelf.tookOver(l.runs.ID, l)
		l.runs.pinned = false
		o.good, o.refused = true, l.status.get().Refused
		return true
	}
	c := l.shelf.take(l.best.ID, l)
	if c == nil {
		return false
	}
	c.path = l.best.Path
	if err := l.takeUp(c, o); err != nil {
		return false
	}
	o.good, o.refused = true, l.status.get().Refused
	return true
}
