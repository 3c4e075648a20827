// Package live keeps the current generation: the bundle that answers now, as its user opened it.
//
// [Start] reads the best bundle at a path and goes on watching the path. When something changes there, a new
// bundle is verified and opened beside the running one, and takes over with one atomic store; whatever is
// wrong with it, the running generation stays and [Live.Status] says why. A request takes [Live.Current] once
// and keeps what it got; a generation is garbage when the last request that holds it has ended.
//
// The path is a file, or a folder whose newest *.tar.gz counts: by epoch, then by name. It may appear
// later, vanish, be written in place, be replaced by renaming, or be reached over links that are swapped,
// as Kubernetes does. A slow poll backs the watch up.
//
// With a [store.Source], what ran is kept on disk. When the path gives nothing at the start, the stored generation
// that took over last is restored. An operator can pin a stored generation: it runs, and nothing at the path takes over
// until it is unpinned. Whatever comes from the store is verified again, signature included.
package live

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/sign"
	"github.com/lictor-dev/lictor/bundles/store"
)

// DefaultPoll is how often the path is looked at when no change was reported.
const DefaultPoll = 10 * time.Second

// Options say what to serve, and how to open it.
type Options[T any] struct {
	// Path is the bundle's file, or a folder of bundles. It need not exist yet.
	Path string
	// Keys and AllowUnsigned are those of [bundles.Options]: exactly one of them must be given.
	Keys          *sign.KeySet
	AllowUnsigned bool
	Limits        bundles.Limits
	// Keep says which members Open needs beside the manifest; default [bundles.Serving].
	Keep func(name string) bool
	// Open makes a generation of a verified bundle, in which the tables are off the heap. It must prove
	// whatever it relies on: once it returns nil, the generation takes over. The bundle's memory stays valid for
	// as long as the returned *T is reachable, whether or not T refers to the bundle.
	Open func(*bundles.Bundle) (*T, error)
	// State outlives the process: the highest epoch that has run, the generations that ran, and which one an operator
	// pins. nil remembers the highest epoch only while the process runs. The caller must not change it meanwhile
	// but by [store.Source.SetPin] and [store.Source.Unpin].
	State *store.Source
	// Stored is how many generations State keeps; default [store.DefaultKeep].
	Stored int
	// Poll is how often to look without being told of a change; default [DefaultPoll].
	Poll time.Duration
	// PollOnly leaves out the watch: for file systems that report no changes.
	PollOnly bool
	// Notify is told of every [Event], one at a time. It must return soon and not call back.
	Notify func(Event)
	// Log receives the same events; nil logs nothing.
	Log *slog.Logger
}

// Live is the current generation and what keeps it current. It is safe for concurrent use.
type Live[T any] struct {
	current atomic.Pointer[T]
	loader  *loader
	cancel  context.CancelFunc
	done    sync.WaitGroup
}

// Start loads what is to run: the pinned generation, else the best bundle at the path, else the stored generation
// that took over last. It watches the path and the pin until ctx is done or [Live.Close] is called. That nothing can
// run yet is no error. The errors are those of unusable options, and of a state that cannot say which epoch has run.
func Start[T any](ctx context.Context, options Options[T]) (*Live[T], error) {
	if (options.Keys == nil) == !options.AllowUnsigned {
		return nil, bundles.ErrNoVerification
	}
	path, err := filepath.Abs(options.Path)
	if err != nil {
		return nil, err
	}
	l := &Live[T]{}
	f := newFound()
	l.loader = newLoader(path, options, l.prepare(options.Open, f), f)
	if err := l.loader.recall(); err != nil {
		return nil, err
	}
	ctx, l.cancel = context.WithCancel(ctx)
	l.loader.shelf.attend(l.loader)
	w := newWatch(path, l.loader, options.PollOnly)
	w.refresh()         // before the first load, so that no change falls between
	_ = l.loader.load() // the status tells
	l.done.Go(func() {
		defer l.loader.shelf.close()
		l.loader.run(ctx)
	})
	poll := options.Poll
	if poll <= 0 {
		poll = DefaultPoll
	}
	l.done.Go(func() { w.run(ctx, poll) })
	return l, nil
}

// prepare opens a bundle and returns what makes it the current generation.
func (l *Live[T]) prepare(open func(*bundles.Bundle) (*T, error), f *found) func(*bundles.Bundle) (func(), error) {
	return func(b *bundles.Bundle) (func(), error) {
		generation, err := open(b)
		if err != nil {
			return nil, err
		}
		if generation == nil {
			return nil, errors.New("the bundle was opened to nothing")
		}
		runtime.AddCleanup(generation, (*held).release, &held{b, f})
		return func() { l.current.Store(generation) }, nil
	}
}

// Current returns the current generation, nil when there is none yet: one atomic load. The caller must keep the
// pointer as long as it uses anything it got through it, strings included, since the tables' memory goes with
// it: keep it in something that lives as long, or end with runtime.KeepAlive.
func (l *Live[T]) Current() *T { return l.current.Load() }

// Status returns what runs, and what was refused and why.
func (l *Live[T]) Status() Status { return l.loader.status.get() }

// Reload reads the pin and the path now, whether or not something changed, and returns when that is done: nil when
// the best bundle at the path runs, or waits for the pinned generation that runs, else a [*RefusedError] or the error
// of ctx. It returns [ErrClosed] after Close.
func (l *Live[T]) Reload(ctx context.Context) error { return l.loader.request(ctx) }

// Trust has bundles verified with other keys from now on, instead of those of [Options], and looks at the path again.
// What runs stays until a bundle takes over; what is stored returns only if one of the new keys signed it. It must not be
// called where unsigned bundles are allowed.
func (l *Live[T]) Trust(keys *sign.KeySet) {
	l.loader.keys.Store(keys)
	l.loader.poke()
}

// Close ends the watch and returns when nothing of it runs any more. The current generation stays usable.
func (l *Live[T]) Close() {
	l.cancel()
	l.done.Wait()
}

// ErrClosed says that nothing is loaded any more.
var ErrClosed = errors.New("closed")
