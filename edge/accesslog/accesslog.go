// Package accesslog writes a line for each request, off the path of the request: what is to be written is copied into
// a ring, and one goroutine writes lines from there. When that cannot keep up, lines are dropped and counted; a
// request never waits.
//
// A line is what a [log/slog.JSONHandler] or a [log/slog.TextHandler] writes, with these members; those that are
// empty are left out:
//
//	time        when the request had been read, UTC
//	level       INFO
//	msg         request
//	route       of the routing table, never the path that was asked for
//	method      of HTTP
//	status      of HTTP
//	took_ns     until the answer was complete, nanoseconds
//	request_id  as the caller sent it, at most 64 bytes; what is not visible ASCII is a question mark
//	caller      the operator's name for who asked
//	allowed     how many decisions allowed; there when there were any decisions
//	denied      how many denied; likewise
//	code        the reason code, when there was exactly one decision
//	revision    of the bundle that decided
//	received    bytes of the request's body
//	sent        bytes of the answer's body
//
// Nothing else that a caller said is in it: no path, no query, no header, no body.
package accesslog

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/bits"
	"sync/atomic"
	"time"

	"github.com/lictor-dev/lictor/edge/observe"
)

// DefaultCapacity is how many lines may wait to be written.
const DefaultCapacity = 8 << 10

// complaintInterval is how often at most the log for the operator says that lines were lost.
const complaintInterval = time.Minute

// Options say where lines go.
type Options struct {
	// Writer receives whole lines, several at a time, from one goroutine. It may be slow and may fail.
	Writer io.Writer
	// Text writes lines as a [slog.TextHandler] does; otherwise they are JSON.
	Text bool
	// Capacity is how many lines may wait; rounded up to a power of two, at least 2. 0: [DefaultCapacity].
	Capacity int
	// Log is told once in a while of lines that were lost; nil: nobody is.
	Log *slog.Logger
}

// Log is an access log. It is an [observe.Observer] and safe for concurrent use.
type Log struct {
	options Options
	ring    *ring
	dropped atomic.Uint64
	written atomic.Uint64
	failed  atomic.Uint64
	asleep  atomic.Bool   // nobody will look at the ring unless woken
	wake    chan struct{} // holds at most one
	closing chan struct{}
	done    chan struct{}
	sink    sink
}

// New returns a log that writes until [Log.Close].
func New(o Options) *Log {
	if o.Capacity <= 0 {
		o.Capacity = DefaultCapacity
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	l := &Log{
		options: o,
		ring:    newRing(1 << bits.Len(uint(max(o.Capacity, 2)-1))),
		wake:    make(chan struct{}, 1),
		closing: make(chan struct{}),
		done:    make(chan struct{}),
	}
	l.sink = sink{to: o.Writer, form: form{text: o.Text}, written: &l.written, failed: &l.failed}
	go l.run()
	go l.complain()
	return l
}

// Observe accepts one request for writing, or drops it. It waits for nothing and allocates nothing.
func (l *Log) Observe(a *observe.Answered) {
	s, position := l.ring.claim()
	if s == nil {
		l.dropped.Add(1)
		return
	}
	s.record.fill(a)
	s.publish(position)
	if l.asleep.Load() && l.asleep.CompareAndSwap(true, false) {
		l.rouse()
	}
}

func (l *Log) rouse() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Counts are how many requests came to what end. Each one observed is dropped or accepted, and each one accepted is
// in the end written or failed.
type Counts struct {
	Accepted uint64
	Dropped  uint64 // since too many waited, or since the log was closed
	Written  uint64
	Failed   uint64 // could not be written
}

// Counts returns the counts so far.
func (l *Log) Counts() Counts {
	return Counts{Accepted: l.ring.accepted(), Dropped: l.dropped.Load(), Written: l.written.Load(), Failed: l.failed.Load()}
}

// Close accepts no more and returns when all that was accepted is written. When ctx is done before, it returns an
// error that says how much is not, and leaves a writer that does not return alone. It is called once.
func (l *Log) Close(ctx context.Context) error {
	l.ring.close()
	close(l.closing)
	select {
	case <-l.done:
		return nil
	case <-ctx.Done():
	}
	c := l.Counts()
	return fmt.Errorf("%d lines of the access log were not written: %w", c.Accepted-c.Written-c.Failed, context.Cause(ctx))
}

// complain tells the operator of lines that were lost, once in a while.
func (l *Log) complain() {
	ticker := time.NewTicker(complaintInterval)
	defer ticker.Stop()
	var told Counts
	for {
		select {
		case <-l.done:
			return
		case <-ticker.C:
		}
		c := l.Counts()
		if c.Dropped != told.Dropped || c.Failed != told.Failed {
			l.options.Log.Warn("lines of the access log were lost", "dropped", c.Dropped-told.Dropped, "failed", c.Failed-told.Failed)
		}
		told = c
	}
}
