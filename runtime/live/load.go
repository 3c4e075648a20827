package live

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/store"
)

// candidate is a verified bundle that may take over.
type candidate struct {
	*bundles.Bundle
	path   string
	staged *store.Staged // nil when it came from the store
	begun  time.Time
	mapped bool // see [running]

	activate func() // nil until it is prepared
}

// outcome gathers what a load finds, to be told when the status says the same.
type outcome struct {
	refused []Refusal
	events  []Event
	retry   bool
	good    bool // the path gave a bundle that runs, or may
}

func (o *outcome) refuse(path string, err error) {
	o.refused = append(o.refused, newRefusal(path, err))
	o.retry = o.retry || passing(err)
	o.add(Event{Kind: Refused, Path: path, Err: err})
}

func (o *outcome) add(e Event) { o.events = append(o.events, e) }

func (o *outcome) err() error {
	if len(o.refused) == 0 {
		return nil
	}
	return &RefusedError{Refused: o.refused}
}

// follow has the best bundle at the path run: it tries the candidates, best first, until one runs. What is worse
// than it is not looked at.
func (l *loader) follow() error {
	now, o := look(l.path), &outcome{}
	if !l.resume(now, o) {
		l.tryAll(now, o, l.takeUp)
	}
	if !o.good && (l.runs.Generation == nil || l.runs.pinned) {
		l.restore(o)
	}
	return l.finish(now, o)
}

// tryAll tries what stands at the path until use takes one.
func (l *loader) tryAll(now snapshot, o *outcome, use func(*candidate, *outcome) error) {
	l.best = nil
	for _, path := range rank(now, l.options, o.refuse) {
		c, err := l.read(path)
		if err == nil {
			err = use(c, o)
			c.discard()
		}
		if err != nil {
			o.refuse(path, err)
			continue
		}
		o.good, l.best = true, &best{describe(c), now}
		return
	}
}

// finish publishes what a load found.
func (l *loader) finish(now snapshot, o *outcome) error {
	l.mu.Lock()
	l.seen, l.retry = now, o.retry || l.shelf.troubled(keeping)
	l.mu.Unlock()
	l.status.set(func(s *Status) {
		s.Refused = o.refused[:min(len(o.refused), MaxRefusals)]
		s.SourceAway = !o.good
		s.PinTrouble = ""
	})
	l.publish(o)
	return o.err()
}

// publish makes the status say what runs, then tells what happened.
func (l *loader) publish(o *outcome) {
	l.status.set(func(s *Status) {
		s.Generation, s.Restored, s.Pinned, s.Waiting = l.runs.Generation, l.runs.restored, nil, nil
		if l.pin.Pinned() {
			s.Pinned = &Pin{ID: l.pin.ID, Revision: l.pin.Revision, At: l.pin.At}
			if l.best != nil && (l.runs.Generation == nil || l.best.ID != l.runs.ID) {
				s.Waiting = l.best.Generation
			}
		}
	})
	for _, event := range o.events {
		l.tell(event)
	}
	o.events = nil
	l.shelf.report(l)
}

// passing reports whether an error may pass although the bundle stays as it is.
func passing(err error) bool {
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return true
	}
	_, ok := errors.AsType[*recordError](err)
	return ok
}

type recordError struct{ err error }

func (e *recordError) Error() string {
	return "its epoch could not be recorded, so that going back to an older bundle could not be prevented: " + e.err.Error()
}

func (e *recordError) Unwrap() error { return e.err }

// takeUp lets a bundle of the path take over, unless it runs already.
func (l *loader) takeUp(c *candidate, o *outcome) error {
	if l.runs.Generation != nil && l.runs.ID == c.ID {
		l.shelf.keep(c, l)
		l.shelf.tookOver(c.ID, l)
		l.runs.pinned, l.runs.restored = false, false
		o.add(Event{Kind: Unchanged, Path: c.path})
		return nil
	}
	if err := l.ready(c); err != nil {
		return err
	}
	l.shelf.keep(c, l)
	if err := l.record(c.Manifest.Epoch); err != nil {
		return err
	}
	l.shelf.tookOver(c.ID, l) // before it answers: a later start must not go back behind it
	l.activate(c, running{})
	o.add(Event{Kind: Loaded, Path: c.path, Generation: l.runs.Generation, Took: time.Since(c.begun)})
	l.shelf.prune(l)
	return nil
}

// record has an epoch remembered before it runs.
func (l *loader) record(epoch uint64) error {
	if epoch <= l.options.HighestEpoch {
		return nil
	}
	if l.shelf != nil {
		if err := l.shelf.source.Record(epoch); err != nil {
			return &recordError{err}
		}
	}
	l.options.HighestEpoch = epoch
	return nil
}

// ready prepares a candidate, unless that was done before.
func (l *loader) ready(c *candidate) (err error) {
	if c.activate == nil {
		c.activate, err = l.prepare(c.Bundle)
	}
	return err
}

// activate makes a candidate that is ready the current generation, for the reason that runs gives.
func (l *loader) activate(c *candidate, runs running) {
	runs.Generation, runs.mapped, runs.size = describe(c), c.mapped, sizeOf(c.Bundle)
	if l.shelf != nil {
		l.outgoing, runs.bundle = l.runs.bundle, c.Bundle
	}
	c.activate()
	l.runs = runs
	l.sweeper.expect()
}

// read verifies the bundle at path while it is copied for the store.
func (l *loader) read(path string) (*candidate, error) {
	c := &candidate{path: path, begun: time.Now()}
	file, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	c.staged = l.shelf.stage(l)
	var from io.Reader = file
	if c.staged != nil {
		from = io.TeeReader(file, c.staged)
	}
	c.Bundle, err = bundles.Open(from, l.options)
	l.sweeper.found.track(c.Bundle)
	l.sweeper.expect() // whatever comes of it
	if err != nil {
		c.discard()
		return nil, err
	}
	return c, nil
}

// discard gives up the copy for the store, if it was not kept.
func (c *candidate) discard() {
	if c.staged != nil {
		_ = c.staged.Discard() // what is left behind is removed at the next start
	}
}

// openRegular refuses pipes and devices, which could block for ever.
func openRegular(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("not a plain file but %s", info.Mode().Type())
	}
	return os.Open(path)
}

func describe(c *candidate) *Generation {
	g := &Generation{
		Revision: c.Manifest.Revision, Epoch: c.Manifest.Epoch, ID: c.ID, Path: c.path, LoadedAt: time.Now(),
	}
	if c.Signature != nil {
		g.Signed, g.KeyID = true, c.Signature.KeyID
	}
	return g
}
