package lines

import (
	"bytes"
	"io"
	"sync/atomic"
	"time"
)

// linger is how long lines are left to gather after some were written, so that the writer is woken once for many.
const linger = 10 * time.Millisecond

// run writes lines until the log is closed and all are written.
func (l *Log[R]) run() {
	defer close(l.done)
	timer := time.NewTimer(linger)
	defer timer.Stop()
	for {
		wrote := l.drain()
		if l.ring.ended() {
			return
		}
		if !wrote {
			l.sleep()
		}
		timer.Reset(linger)
		select {
		case <-timer.C:
		case <-l.closing:
		}
	}
}

// sleep returns when there is something to do. A producer publishes before it looks whether to wake, and sleep looks
// for what is published after it said that it sleeps, so that nothing is left lying.
func (l *Log[R]) sleep() {
	l.asleep.Store(true)
	if l.ring.next() == nil {
		select {
		case <-l.wake:
		case <-l.closing:
		}
	}
	l.asleep.Store(false)
}

// drain writes all that is there and reports whether that was anything.
func (l *Log[R]) drain() (wrote bool) {
	for s := l.ring.next(); s != nil; s = l.ring.next() {
		l.sink.add(&s.Record)
		l.ring.release(s)
		wrote = true
	}
	l.sink.flush()
	return wrote
}

// sink gathers lines and writes many at once.
type sink[R any] struct {
	to      io.Writer
	line    func([]byte, *R) []byte
	lines   []byte
	count   uint64
	torn    bool // what was written so far ends within a line
	written *atomic.Uint64
	fail    func(lost uint64, err error)
}

// batchBytes is how much is written at once.
const batchBytes = 32 << 10

func (k *sink[R]) add(r *R) {
	if k.torn && k.count == 0 {
		k.lines = append(k.lines, '\n')
	}
	k.lines = k.line(k.lines, r)
	k.count++
	if len(k.lines) >= batchBytes {
		k.flush()
	}
}

// flush writes what was gathered. Lines that cannot be written are counted and gone: to keep them would only drop
// others.
func (k *sink[R]) flush() {
	if k.count == 0 {
		return
	}
	var lost uint64
	n, err := k.to.Write(k.lines)
	n = min(max(n, 0), len(k.lines))
	if err != nil {
		lost = min(k.count, uint64(bytes.Count(k.lines[n:], []byte{'\n'})))
	}
	if n > 0 {
		k.torn = k.lines[n-1] != '\n'
	}
	k.written.Add(k.count - lost)
	if lost > 0 {
		k.fail(lost, err)
	}
	k.lines, k.count = k.lines[:0], 0
}
