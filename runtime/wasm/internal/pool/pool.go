// Package pool lends a bounded number of things that are expensive to make and serve one caller at a time, such as
// instances of a WebAssembly module.
package pool

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// ErrBusy says that nothing became free in time.
var ErrBusy = errors.New("no instance became free in time")

// ErrClosed says that the pool was closed.
var ErrClosed = errors.New("the pool is closed")

// Source makes and drops what a pool lends. Its functions are called from several goroutines at a time.
type Source[T any] struct {
	Make func() (*T, error)
	Drop func(*T)
	Size int           // how many there are at most, at least 1
	Wait time.Duration // how long Get waits for one
}

// Pool is safe for concurrent use.
type Pool[T any] struct {
	source Source[T]
	recent atomic.Pointer[T] // the one that came back last, when nobody waited: lending it takes no lock
	idle   chan *T           // the others
	room   chan struct{}     // one for each that may still be made
	closed chan struct{}     // is closed with the pool

	waiting atomic.Int64 // how many look into idle, and not into recent
	mu      sync.Mutex   // orders keep and Close
	shut    atomic.Bool  // is set with mu
}

// New returns a pool with one thing in it, so that a source that cannot make any is known at once.
func New[T any](s Source[T]) (*Pool[T], error) {
	first, err := s.Make()
	if err != nil {
		return nil, err
	}
	p := &Pool[T]{source: s, idle: make(chan *T, s.Size), room: make(chan struct{}, s.Size), closed: make(chan struct{})}
	p.idle <- first
	for range s.Size - 1 {
		p.room <- struct{}{}
	}
	return p, nil
}

// Get lends one, which is to be given to [Pool.Put]. It makes one when none is idle and there may be more. The errors are
// [ErrBusy], [ErrClosed] and those of the source.
func (p *Pool[T]) Get() (*T, error) {
	if t := p.recent.Swap(nil); t != nil {
		return t, nil
	}
	select {
	case t := <-p.idle:
		return t, nil
	default:
	}
	p.waiting.Add(1)
	defer p.waiting.Add(-1)
	if t := p.recent.Swap(nil); t != nil { // it came back before anybody waited
		return t, nil
	}
	timer := time.NewTimer(p.source.Wait)
	defer timer.Stop()
	select {
	case <-p.closed:
		return nil, ErrClosed
	case t := <-p.idle:
		return t, nil
	case <-p.room:
		return p.more()
	case <-timer.C:
		return nil, ErrBusy
	}
}

// more makes one more, for which there is room.
func (p *Pool[T]) more() (t *T, err error) {
	select {
	case <-p.closed:
		err = ErrClosed
	default:
		t, err = p.source.Make()
	}
	if err != nil {
		p.room <- struct{}{}
	}
	return t, err
}

// Put takes one back, to lend it again if it is sound.
func (p *Pool[T]) Put(t *T, sound bool) {
	if !sound {
		p.drop(t)
		return
	}
	if !p.recent.CompareAndSwap(nil, t) {
		p.keep(t)
		return
	}
	// Who waits since then, or closes the pool, may not have seen it.
	if (p.waiting.Load() > 0 || p.shut.Load()) && p.recent.CompareAndSwap(t, nil) {
		p.keep(t)
	}
}

// keep puts one where those who wait find it.
func (p *Pool[T]) keep(t *T) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shut.Load() {
		p.drop(t)
		return
	}
	p.idle <- t
}

func (p *Pool[T]) drop(t *T) {
	p.source.Drop(t)
	p.room <- struct{}{}
}

// Close drops what is idle now, and what is lent when it comes back. Who waits gets [ErrClosed].
func (p *Pool[T]) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shut.Swap(true) {
		return
	}
	close(p.closed)
	if t := p.recent.Swap(nil); t != nil {
		p.drop(t)
	}
	for {
		select {
		case t := <-p.idle:
			p.drop(t)
		default:
			return
		}
	}
}

// Size returns how many there are now, lent ones included.
func (p *Pool[T]) Size() int { return cap(p.room) - len(p.room) }
