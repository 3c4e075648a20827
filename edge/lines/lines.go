// Package lines writes a log's lines off the path of those who have something to log. What a line needs is copied into a
// ring of fixed size, and one goroutine makes lines of it and writes them, many at once. When that cannot keep up, lines
// are dropped and counted; nobody waits, and nothing is allocated for them.
//
// [Log] is the ring and its writer, [File] a file that may be moved away, may be a pipe that nobody reads, and may be
// full. [Clock], [AppendText] and [Visible] write what lines have in common.
package lines

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/bits"
	"sync/atomic"
)

// DefaultCapacity is how many lines may wait to be written.
const DefaultCapacity = 8 << 10

// Options say where lines go.
type Options[R any] struct {
	// Name is what operators call the log, such as "access log".
	Name string
	// Writer receives whole lines, several at a time, from one goroutine. It may be slow and may fail.
	Writer io.Writer
	// Append appends the line of a record, with the newline that ends it and no other. It is called from one goroutine, and
	// keeps nothing of the record.
	Append func(dst []byte, record *R) []byte
	// Capacity is how many lines may wait; rounded up to a power of two, at least 2. 0: [DefaultCapacity].
	Capacity int
	// Log is told of lines that were lost: at the first loss, then once a minute while it lasts, and at the end; nil: nobody
	// is. It should not make anybody wait: the end waits for it.
	Log *slog.Logger
}

// Log writes a line for each record. It is safe for concurrent use.
type Log[R any] struct {
	options Options[R]
	ring    *ring[R]
	dropped atomic.Uint64
	written atomic.Uint64
	failed  atomic.Uint64
	asleep  atomic.Bool   // nobody will look at the ring unless woken
	wake    chan struct{} // holds at most one
	closing chan struct{}
	done    chan struct{}
	sink    sink[R]

	complaints complaints
}

// New returns a log that writes until [Log.Close].
func New[R any](o Options[R]) *Log[R] {
	l := newLog(o)
	go l.run()
	go l.complaints.run(l.done)
	return l
}

// newLog returns a log that writes nothing yet.
func newLog[R any](o Options[R]) *Log[R] {
	if o.Capacity <= 0 {
		o.Capacity = DefaultCapacity
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	l := &Log[R]{
		options: o,
		ring:    newRing[R](1 << bits.Len(uint(max(o.Capacity, 2)-1))),
		wake:    make(chan struct{}, 1),
		closing: make(chan struct{}),
		done:    make(chan struct{}),
	}
	l.complaints = complaints{
		log: o.Log, text: "lines of the " + o.Name + " were lost", counts: l.Counts, raised: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	l.sink = sink[R]{to: o.Writer, line: o.Append, written: &l.written, fail: l.fail}
	return l
}

// Claim returns a slot whose record is to be filled, whole, and then published; nil when the line is dropped. It waits
// for nothing and allocates nothing.
func (l *Log[R]) Claim() *Slot[R] {
	s := l.ring.claim()
	if s == nil {
		l.dropped.Add(1)
		l.complaints.raise()
	}
	return s
}

// fail counts lines that could not be written.
func (l *Log[R]) fail(lost uint64, err error) {
	l.complaints.cause.Store(&err)
	l.failed.Add(lost)
	l.complaints.raise()
}

// Publish hands a claimed slot over to be written. It waits for nothing and allocates nothing.
func (l *Log[R]) Publish(s *Slot[R]) {
	s.publish()
	if l.asleep.Load() && l.asleep.CompareAndSwap(true, false) {
		l.rouse()
	}
}

func (l *Log[R]) rouse() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Counts are how many lines came to what end. Each one is dropped or accepted, and each one accepted is in the end
// written or failed.
type Counts struct {
	Accepted uint64
	Dropped  uint64 // since too many waited, or since the log was closed
	Written  uint64
	Failed   uint64 // could not be written
}

// Counts returns the counts so far.
func (l *Log[R]) Counts() Counts {
	return Counts{Accepted: l.ring.accepted(), Dropped: l.dropped.Load(), Written: l.written.Load(), Failed: l.failed.Load()}
}

// Close accepts no more and returns when all that was accepted is written and the operator told of what was lost. When ctx is
// done before, it returns an error that says how much is not written, and leaves a writer that does not return alone. It is
// called once.
func (l *Log[R]) Close(ctx context.Context) error {
	l.ring.close()
	close(l.closing)
	select {
	case <-l.complaints.ended:
		return nil
	case <-ctx.Done():
	}
	l.complaints.tell(true)
	c := l.Counts()
	return fmt.Errorf("%d lines of the %s were not written: %w", c.Accepted-c.Written-c.Failed, l.options.Name, context.Cause(ctx))
}
