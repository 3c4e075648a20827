// Package observe is what the edge tells of what it has answered, and to whom: of each request, for metrics and an access
// log, and of each decision, for a decision log. The first holds nothing that a caller said but its request id, the second
// what was decided about.
//
// A trace would add the caller's trace context (the headers traceparent and tracestate, W3C Trace Context) to [Answered],
// and be an Observer that makes a span of Start and Took.
package observe

import (
	"time"

	"github.com/lictor-dev/lictor/runtime/decision"
)

// Answered is one request after its answer is complete. It is reused as soon as [Observer.Observe] returns.
type Answered struct {
	// Route, Method and Caller are texts of the program and of its configuration, which may be kept; RequestID and
	// Revision are only lent.
	Route     string    // the path of the routing table; empty when none was found
	Method    string    // of HTTP; empty when the request was not understood or its method is unknown
	Status    int       // of HTTP
	Caller    string    // who asked, by the operator's name for it; empty where nobody has to say
	Revision  string    // of the generation that answered; empty without one
	RequestID []byte    // as the caller sent it: any bytes that a header may hold
	Start     time.Time // when the request had been read
	Took      time.Duration
	BodyBytes int // of the request
	SentBytes int // of the answer's body
	// Lane is a number that requests which are answered at the same time seldom share. It keeps the cores that count them apart.
	Lane uint32
	// Decided counts the decisions in the answer by their code.
	Decided [decision.CodeCount]uint32
}

// Observer is told of every request that was answered. Implementations are safe for concurrent use, return at once, keep
// nothing of a but what [Answered] lets them, and allocate nothing.
type Observer interface {
	Observe(a *Answered)
}
