// Package decisionlog writes a line of JSON for each decision, off the path of the request, as package lines does: when
// that cannot keep up, lines are dropped and counted, and a request never waits. A batch has a line for each of its
// items that is decided, so none for a malformed one, and an answer that is an error has none.
//
// These are the members; those that are empty are left out, but for policies:
//
//	time           when the request had been read, UTC
//	level          INFO
//	msg            decision
//	request_id     as the caller sent it, at most 64 bytes; what is not visible ASCII is a question mark
//	caller         the operator's name for who asked
//	revision       of the bundle that decided
//	subject_type   of the subject that was asked about
//	subject_id     its id
//	organisation   code of the organisation that it was asked in
//	permission     the permission string as it was asked for; or
//	role           the role that was asked for; or
//	action         the name of the action, and with it
//	resource_type  the type of the resource, with its namespace where that is not the project's
//	resource_id    its id
//	attribute      the attribute, of either form
//	decision       allow or deny
//	code           the reason code
//	policies       ids of the policies that decided, sorted; a role has none
//	cut            the members that are longer than what is kept of them
//	took_ns        until the answer with this decision was complete, nanoseconds
//
// What names action and resource is there as the policy compares it: in lower case where that does not know upper case.
// Nothing else that a caller said is in it: no properties, no context, no header, no credentials.
package decisionlog

import (
	"context"
	"io"
	"log/slog"

	"github.com/lictor-dev/lictor/edge/lines"
	"github.com/lictor-dev/lictor/edge/observe"
)

// DefaultCapacity is how many lines may wait to be written: room for the largest answer that there is, so that nobody can push
// the line of one decision out with others that it asks for in the same question.
const DefaultCapacity = 16 << 10

// Options say where lines go.
type Options struct {
	// Writer receives whole lines, several at a time, from one goroutine. It may be slow and may fail.
	Writer io.Writer
	// Capacity is how many lines may wait, of some 1.5 KB each; rounded up to a power of two, at least 2. 0:
	// [DefaultCapacity].
	Capacity int
	// Log is told of lines that were lost, as [lines.Options] say; nil: nobody is.
	Log *slog.Logger
}

// Log is a decision log. It is an [observe.DecisionObserver] and safe for concurrent use.
type Log struct{ lines *lines.Log[record] }

// New returns a log that writes until [Log.Close].
func New(o Options) *Log {
	f := new(form)
	if o.Capacity <= 0 {
		o.Capacity = DefaultCapacity
	}
	return &Log{lines.New(lines.Options[record]{
		Name: "decision log", Writer: o.Writer, Append: f.append, Capacity: o.Capacity, Log: o.Log,
	})}
}

// ObserveDecisions accepts each decision for writing, or drops it. It waits for nothing and allocates nothing.
func (l *Log) ObserveDecisions(a *observe.Answered, made []observe.Decision) {
	for i := range made {
		if s := l.lines.Claim(); s != nil {
			s.Record.fill(a, &made[i])
			l.lines.Publish(s)
		}
	}
}

// Counts returns how many lines came to what end.
func (l *Log) Counts() lines.Counts { return l.lines.Counts() }

// Close accepts no more and returns when all that was accepted is written, or when ctx is done, as [lines.Log.Close] does.
// It is called once.
func (l *Log) Close(ctx context.Context) error { return l.lines.Close(ctx) }
