// Package pool lends a bounded number of things that are expensive to make and serve one caller at a time, such as
// instances of a WebAssembly module.
package pool

import (
	"errors"
	"sync"
	"time"
)

// ErrBusy says that nothing became free in time.
var ErrBusy = errors.New("no instance became free in time")

// ErrClosed says that the pool was closed.
var ErrClosed = errors.New("the pool is closed")

// Source makes and drops what a pool lends. Its functions are called from several goroutines at a time.
type Source[T any] struct {
	Make func() (T, error)
	Drop func(T)
	Size int           // how many there are at most, at least 1
	Wait time.Duration // how long Get waits for one
}

// Pool is safe for concurrent use.
type Pool[T any] struct {
	source Source[T]
	idle   chan T        // has room for all
	closed chan struct{} // is closed with the pool

	mu   sync.Mutex
	made int // idle, lent or being made
	shut bool
}

// New returns a pool with one thing in it, so that a source that cannot make any is known at once.
func New[T any](s Source[T]) (*Pool[T], error) {
	p := &Pool[T]{source: s, idle: make(chan T, s.Size), closed: make(chan struct{}), made: 1}
	first, err := s.Make()
	if err != nil {
		return nil, err
	}
	p.idle <- first
	return p, nil
}

// Get lends one, which is to be given to [Pool.Put]. It makes one when none is idle and there may be more. The errors are
// [ErrBusy], [ErrClosed] and those of the source.
func (p *Pool[T]) Get() (T, error) {
	select {
	case t := <-p.idle:
		return t, nil
	default:
	}
	if p.reserve() {
		t, err := p.source.Make()
		if err != nil {
			p.forget()
		}
		return t, err
	}
	return p.wait()
}

func (p *Pool[T]) wait() (none T, err error) {
	timer := time.NewTimer(p.source.Wait)
	defer timer.Stop()
	select {
	case t := <-p.idle:
		return t, nil
	case <-p.closed:
		return none, ErrClosed
	case <-timer.C:
		return none, ErrBusy
	}
}

// reserve reports whether the caller may make one more.
func (p *Pool[T]) reserve() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shut || p.made == p.source.Size {
		return false
	}
	p.made++
	return true
}

func (p *Pool[T]) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.made--
}

// Put takes one back, to lend it again if it is sound.
func (p *Pool[T]) Put(t T, sound bool) {
	p.mu.Lock()
	keep := sound && !p.shut
	if keep {
		p.idle <- t
	} else {
		p.made--
	}
	p.mu.Unlock()
	if !keep {
		p.source.Drop(t)
	}
}

// Close drops what is idle now, and what is lent when it comes back. Who waits gets [ErrClosed].
func (p *Pool[T]) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shut {
		return
	}
	p.shut = true
	close(p.closed)
	for {
		select {
		case t := <-p.idle:
			p.made--
			p.source.Drop(t)
		default:
			return
		}
	}
}

// Size returns how many there are, lent or idle.
func (p *Pool[T]) Size() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.made
}
