// Package accesslog writes a line for each request, off the path of the request, as package lines does: when that
// cannot keep up, lines are dropped and counted, and a request never waits.
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
	"io"
	"log/slog"

	"github.com/lictor-dev/lictor/edge/lines"
	"github.com/lictor-dev/lictor/edge/observe"
)

// Options say where lines go.
type Options struct {
	// Writer receives whole lines, several at a time, from one goroutine. It may be slow and may fail.
	Writer io.Writer
	// Text writes lines as a [slog.TextHandler] does; otherwise they are JSON.
	Text bool
	// Capacity is how many lines may wait; rounded up to a power of two, at least 2. 0: [lines.DefaultCapacity].
	Capacity int
	// Log is told of lines that were lost, as [lines.Options] say; nil: nobody is.
	Log *slog.Logger
}

// Log is an access log. It is an [observe.Observer] and safe for concurrent use.
type Log struct{ lines *lines.Log[record] }

// New returns a log that writes until [Log.Close].
func New(o Options) *Log {
	f := form{text: o.Text}
	return &Log{lines.New(lines.Options[record]{
		Name: "access log", Writer: o.Writer, Append: f.append, Capacity: o.Capacity, Log: o.Log,
	})}
}

// Observe accepts one request for writing, or drops it. It waits for nothing and allocates nothing.
func (l *Log) Observe(a *observe.Answered) {
	if s := l.lines.Claim(); s != nil {
		s.Record.fill(a)
		l.lines.Publish(s)
	}
}

// Counts returns how many lines came to what end.
func (l *Log) Counts() lines.Counts { return l.lines.Counts() }

// Close accepts no more and returns when all that was accepted is written, or when ctx is done, as [lines.Log.Close] does.
// It is called once.
func (l *Log) Close(ctx context.Context) error { return l.lines.Close(ctx) }
