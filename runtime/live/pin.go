package live

import (
	"fmt"
	"time"
)

// pinError says why a pin is not obeyed.
type pinError struct{ err error }

func (e *pinError) Error() string { return "the pinned generation cannot run: " + e.err.Error() }

func (e *pinError) Unwrap() error { return e.err }

// hold leaves everything as it is, since nobody knows what is to run.
func (l *loader) hold(err error) error {
	err = fmt.Errorf("the pin cannot be read, so that nothing takes over: %w", err)
	return l.disobey(err, &outcome{})
}

// disobey says why the pin is not obeyed.
func (l *loader) disobey(err error, o *outcome) error {
	path := l.shelf.source.PinPath()
	refusal := newRefusal(path, err)
	if l.status.get().PinTrouble != refusal.Reason {
		o.add(Event{Kind: PinFailed, Path: path, Err: err})
	}
	l.mu.Lock()
	l.retry = true
	l.mu.Unlock()
	l.status.set(func(s *Status) { s.PinTrouble = refusal.Reason })
	l.publish(o)
	return &RefusedError{Refused: []Refusal{refusal}}
}

// obey has the pinned generation run, then looks at what waits at the path.
func (l *loader) obey() error {
	o := &outcome{}
	if err := l.runPinned(o); err != nil {
		return l.disobey(&pinError{err}, o)
	}
	l.status.set(func(s *Status) { s.PinTrouble = "" })
	l.publish(o)
	return l.await()
}

func (l *loader) runPinned(o *outcome) error {
	if l.runs.Generation != nil && l.runs.ID == l.pin.ID {
		if !l.runs.pinned {
			o.add(Event{Kind: Pinned, Path: l.runs.Path, Generation: l.runs.Generation})
		}
		l.runs.pinned, l.runs.restored = true, false
		return nil
	}
	c, err := l.fetch(l.pin.ID)
	if err != nil {
		return err
	}
	if err := l.ready(c); err != nil {
		return err
	}
	if err := l.record(c.Manifest.Epoch); err != nil {
		return err
	}
	l.activate(c, running{pinned: true})
	o.add(Event{Kind: Pinned, Path: c.path, Generation: l.runs.Generation, Took: time.Since(c.begun)})
	return nil
}

// known reports whether the path looks as the last load saw it, and reading it again would tell nothing else.
func (l *loader) known(now snapshot) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.retry && l.seen.equal(now)
}

// await looks at the path while a generation is pinned. What is best there is verified, stored and put aside, so
// that it can take over as soon as the pin is gone, and what is bad is told; nothing takes over.
func (l *loader) await() error {
	now, o := look(l.path), &outcome{}
	if l.known(now) {
		return (&outcome{refused: l.status.get().Refused}).err()
	}
	before := l.best
	l.tryAll(now, o, func(c *candidate, o *outcome) error {
		if c.ID == l.runs.ID || before != nil && before.ID == c.ID {
			return nil
		}
		if err := l.ready(c); err != nil {
			return err
		}
		l.shelf.keep(c, l)
		l.outgoing = c.Bundle // to be put aside
		o.add(Event{Kind: Waiting, Path: c.path, Generation: describe(c)})
		return nil
	})
	if l.best != nil {
		l.shelf.prune(l, l.best.ID)
	}
	return l.finish(now, o)
}
