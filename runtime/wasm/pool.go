package wasm

import (
	"sync"
	"time"
)

// pool lends instances of one policy. It is safe for concurrent use.
type pool struct {
	policy  *program
	options Options
	data    *document
	idle    chan *instance // has room for all

	mu     sync.Mutex
	made   int // idle, lent or being made
	closed bool
	gone   sync.WaitGroup // those being made
}

// newPool returns a pool with warm instances.
func newPool(p *program, o Options, data *document) (*pool, error) {
	l := &pool{policy: p, options: o, data: data, idle: make(chan *instance, o.Instances)}
	for range o.Warm {
		i, err := newInstance(p, &l.options, data)
		if err != nil {
			l.close()
			return nil, err
		}
		l.made++
		l.idle <- i
	}
	return l, nil
}

// acquire lends an instance with a deadline for its evaluation, which is to be released.
func (l *pool) acquire() (*instance, error) {
	now := time.Now()
	select {
	case i := <-l.idle:
		return i.lent(now, l)
	default:
	}
	if !l.more() {
		return nil, &EvaluationError{Failure: Closed}
	}
	timer := time.NewTimer(l.options.Deadline)
	defer timer.Stop()
	select {
	case i := <-l.idle:
		return i.lent(now, l)
	case <-timer.C:
		return nil, &EvaluationError{Failure: Busy}
	}
}

// lent sets the deadline. A pool that was closed has nil instances only.
func (i *instance) lent(now time.Time, l *pool) (*instance, error) {
	if i == nil {
		return nil, &EvaluationError{Failure: Closed}
	}
	i.deadline = now.Add(l.options.Deadline)
	return i, nil
}

// release takes an instance back. One that is spoilt is thrown away.
func (l *pool) release(i *instance) {
	i.count()
	l.mu.Lock()
	keep := !i.spoilt && !l.closed
	if keep {
		l.idle <- i
	} else {
		l.made--
	}
	replace := !l.closed && l.made < l.options.Warm
	l.mu.Unlock()
	if !keep {
		i.close()
	}
	if replace {
		l.more()
	}
}

// more makes another instance, unless there are enough, for whoever waits. It reports whether the pool is open.
func (l *pool) more() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || l.made >= l.options.Instances {
		return !l.closed
	}
	l.made++
	l.gone.Go(func() {
		i, err := newInstance(l.policy, &l.options, l.data)
		l.mu.Lock()
		defer l.mu.Unlock()
		switch {
		case err != nil:
			l.made-- // the next who misses one tries again
		case l.closed:
			i.close()
		default:
			l.idle <- i
		}
	})
	return true
}

// close throws away what is idle now, and what is lent when it comes back.
func (l *pool) close() {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return
	}
	l.closed = true
	close(l.idle)
	for i := range l.idle {
		i.close()
	}
	l.mu.Unlock()
	l.gone.Wait()
	l.policy.release()
}

// abandon closes a pool that nobody can use any more. Others must not wait for it.
func (l *pool) abandon() { go l.close() }
