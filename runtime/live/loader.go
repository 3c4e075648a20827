package live

import (
	"context"
	"io/fs"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/sign"
	"github.com/lictor-dev/lictor/bundles/store"
)

// loader decides what runs, one load at a time.
type loader struct {
	path    string
	options bundles.Options // HighestEpoch rises as bundles run
	prepare func(*bundles.Bundle) (activate func(), err error)
	shelf   *shelf // nil without a state
	notify  func(Event)
	log     *slog.Logger

	// These belong to the goroutine that loads.
	runs     running
	outgoing *bundles.Bundle // what ran before, until it is put aside or given back
	later    bool            // something of [loader.settle] waits for memory to be given back
	since    time.Time       // when it began to wait; zero where nothing does
	patience time.Duration   // how long it does at most
	sweeper  sweeper
	best     *best // what the path gave when it was last read; nil when that was nothing
	pin      store.Pin

	keys     atomic.Pointer[sign.KeySet] // to be used instead of those in options; nil: none
	status   board
	wake     chan struct{}   // something changed; one pending is enough
	requests chan chan error // somebody wants to know the outcome
	closed   chan struct{}

	mu      sync.Mutex // guards notify and what follows
	seen    snapshot   // what the last load looked at
	seenPin fs.FileInfo
	retry   bool // the last load failed for a reason that may pass by itself
}

// running is what runs, and why.
type running struct {
	*Generation
	bundle   *bundles.Bundle
	size     int64 // bytes off the heap
	mapped   bool  // its memory belongs to a file
	pinned   bool  // it took over, or stayed, because of a pin
	restored bool  // it came from the store because the path gave nothing
}

// best is what the path gave when it was last read.
type best struct {
	*Generation
	seen snapshot
}

func newLoader[T any](path string, o Options[T], prepare func(*bundles.Bundle) (func(), error), f *found) *loader {
	keep := o.Keep
	if keep == nil {
		keep = bundles.Serving
	}
	return &loader{
		path:    path,
		prepare: prepare,
		shelf:   newShelf(o.State, o.Stored),
		notify:  o.Notify,
		log:     o.Log,
		options: bundles.Options{
			Keys: o.Keys, AllowUnsigned: o.AllowUnsigned, Limits: o.Limits, Keep: keep, OffHeap: true,
		},
		wake:     make(chan struct{}, 1),
		requests: make(chan chan error),
		sweeper:  newSweeper(f),
		patience: longestWait,
		closed:   make(chan struct{}),
	}
}

// recall asks which epoch has run before, here or on another edge that has the same state.
func (l *loader) recall() error {
	if l.shelf == nil {
		return nil
	}
	highest, err := l.shelf.source.Highest()
	l.options.HighestEpoch = max(l.options.HighestEpoch, highest)
	return err
}

func (l *loader) run(ctx context.Context) {
	defer close(l.closed)
	l.settle()
	for {
		select {
		case <-ctx.Done():
			l.sweeper.finish(l.kept())
			return
		case <-l.wake:
			_ = l.load() // the status tells
		case answer := <-l.requests:
			answer <- l.load()
		case <-l.sweeper.timer.C:
			if !l.later || l.crowded() {
				l.sweeper.settle(l.kept())
				continue
			}
		case <-l.sweeper.found.wake:
			l.sweeper.hear()
			if !l.later || l.crowded() {
				l.sweeper.settle(l.kept())
				continue
			}
		}
		l.settle()
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

// renew takes up other keys. What was verified with those before, and does not run, counts no more.
func (l *loader) renew() {
	keys := l.keys.Load()
	if keys == nil || keys == l.options.Keys {
		return
	}
	l.options.Keys, l.best = keys, nil
	l.shelf.clear()
	l.mu.Lock()
	l.seen = snapshot{}
	l.mu.Unlock()
}

// load makes what is to run run.
func (l *loader) load() error {
	l.renew()
	seenPin := l.shelf.statPin() // before it is read, so that no change falls between
	pin, err := l.shelf.pin()
	l.mu.Lock()
	l.seenPin = seenPin
	l.mu.Unlock()
	if err != nil {
		return l.hold(err)
	}
	l.pin = pin
	_ = l.recall() // what cannot be read is told as soon as something is to be recorded
	if pin.Pinned() {
		return l.obey()
	}
	return l.follow()
}

// settle does what can wait until the new generation answers: it puts aside what may have to come back soon, and has the
// memory of old generations and refused bundles given back. It makes way for what was asked for meanwhile, and what needs
// memory waits until that of others has been given back, so that there are no more than two generations at a time; but not for a
// request that seems to have no end.
func (l *loader) settle() {
	l.later = false
	for _, step := range []func(){l.standBy, l.solidify} {
		if len(l.wake) == 0 {
			step()
		}
	}
	l.outgoing = nil
	switch {
	case !l.later:
		l.since = time.Time{}
	case l.since.IsZero():
		l.since = time.Now()
	}
	l.sweeper.settle(l.kept())
}

// kept returns how many bytes off the heap are wanted.
func (l *loader) kept() int64 { return l.runs.size + l.shelf.size() }

// crowded reports whether much memory is yet to be given back, and worth waiting for.
func (l *loader) crowded() bool {
	waited := !l.since.IsZero() && time.Since(l.since) >= l.patience
	return !waited && l.sweeper.spare(l.kept()) >= sweepAtOnce
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

// stale reports whether the path or the pin looks different from what the last load saw, or the load is worth
// repeating.
func (l *loader) stale() bool {
	l.mu.Lock()
	seen, seenPin, retry := l.seen, l.seenPin, l.retry
	l.mu.Unlock()
	return retry || !sameInfo(seenPin, l.shelf.statPin()) || !seen.equal(look(l.path))
}
