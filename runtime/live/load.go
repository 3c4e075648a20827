package live

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/lictor-dev/lictor/bundles"
)

// loader loads the best candidate, one load at a time.
type loader struct {
	path    string
	options bundles.Options // HighestEpoch rises as bundles run
	prepare func(*bundles.Bundle) (activate func(), err error)
	epochs  Epochs
	notify  func(Event)
	log     *slog.Logger

	swapped bool // a generation took over since the last giveBack

	status   board
	wake     chan struct{}   // something changed; one pending is enough
	requests chan chan error // somebody wants to know the outcome
	closed   chan struct{}

	mu    sync.Mutex // guards notify, seen and retry
	seen  snapshot   // what the last load looked at
	retry bool       // the last load failed for a reason that may pass by itself
}

func newLoader[T any](path string, o Options[T], prepare func(*bundles.Bundle) (func(), error)) *loader {
	keep := o.Keep
	if keep == nil {
		keep = bundles.Serving
	}
	return &loader{
		path:    path,
		prepare: prepare,
		epochs:  o.Epochs,
		notify:  o.Notify,
		log:     o.Log,
		options: bundles.Options{
			Keys: o.Keys, AllowUnsigned: o.AllowUnsigned, Limits: o.Limits, Keep: keep, OffHeap: true,
		},
		wake:     make(chan struct{}, 1),
		requests: make(chan chan error),
		closed:   make(chan struct{}),
	}
}

// recall asks which epoch has run before.
func (l *loader) recall() error {
	if l.epochs == nil {
		return nil
	}
	var err error
	l.options.HighestEpoch, err = l.epochs.Highest()
	return err
}

func (l *loader) run(ctx context.Context) {
	defer close(l.closed)
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.wake:
			_ = l.load() // the status tells
		case answer := <-l.requests:
			answer <- l.load()
		}
		l.giveBack()
	}
}

// poke asks for a load soon.
func (l *loader) poke() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// request loads now and returns the outcome.
func (l *loader) request(ctx context.Context) error {
	answer := make(chan error, 1)
	select {
	case l.requests <- answer:
	case <-l.closed:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// load tries the candidates, best first, until one runs. What is worse than it is not looked at. The events are told
// when the status already says the same.
func (l *loader) load() error {
	now := look(l.path)
	var refused []Refusal
	var events []Event
	retry := false
	refuse := func(path string, err error) {
		refused = append(refused, newRefusal(path, err))
		retry = retry || passing(err)
		events = append(events, Event{Kind: Refused, Path: path, Err: err})
	}
	var runs *Generation
	for _, path := range rank(now, l.options, refuse) {
		event, err := l.try(path)
		if err != nil {
			refuse(path, err)
			continue
		}
		runs, events = event.Generation, append(events, event)
		break
	}
	l.note(now, retry)
	l.status.set(func(s *Status) {
		s.Refused = refused[:min(len(refused), MaxRefusals)]
		if runs != nil {
			s.Generation = runs
		}
	})
	for _, event := range events {
		l.tell(event)
	}
	if len(refused) > 0 {
		return &RefusedError{Refused: refused}
	}
	return nil
}

// note keeps what a load looked at.
func (l *loader) note(seen snapshot, retry bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen, l.retry = seen, retry
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

// try lets the bundle at path take over, unless it runs already.
func (l *loader) try(path string) (Event, error) {
	start := time.Now()
	b, err := l.open(path)
	if err != nil {
		return Event{}, err
	}
	if running := l.status.get().Generation; running != nil && running.ID == b.ID {
		return Event{Kind: Unchanged, Path: path}, nil
	}
	activate, err := l.prepare(b)
	if err != nil {
		return Event{}, err
	}
	if l.epochs != nil && b.Manifest.Epoch > l.options.HighestEpoch {
		if err := l.epochs.Record(b.Manifest.Epoch); err != nil {
			return Event{}, &recordError{err}
		}
	}
	l.options.HighestEpoch = max(l.options.HighestEpoch, b.Manifest.Epoch)
	activate()
	l.swapped = true
	return Event{Kind: Loaded, Path: path, Generation: describe(b, path), Took: time.Since(start)}, nil
}

// giveBack has the collector find an old generation soon, since tables off the heap do not make it run. One
// round finds the generation, the next one its memory.
func (l *loader) giveBack() {
	if l.swapped {
		l.swapped = false
		runtime.GC()
		runtime.GC()
	}
}

func (l *loader) open(path string) (*bundles.Bundle, error) {
	file, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return bundles.Open(file, l.options)
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

func describe(b *bundles.Bundle, path string) *Generation {
	g := &Generation{
		Revision: b.Manifest.Revision, Epoch: b.Manifest.Epoch, ID: b.ID, Path: path, LoadedAt: time.Now(),
	}
	if b.Signature != nil {
		g.Signed, g.KeyID = true, b.Signature.KeyID
	}
	return g
}

func (l *loader) tell(e Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.log != nil {
		e.record(l.log)
	}
	if l.notify != nil {
		l.notify(e)
	}
}

// stale reports whether the path looks different from what the last load saw, or the load is worth repeating.
func (l *loader) stale() bool {
	l.mu.Lock()
	seen, retry := l.seen, l.retry
	l.mu.Unlock()
	return retry || !seen.equal(look(l.path))
}
