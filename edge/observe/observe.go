// Package observe is what the edge tells of each request it has answered to whoever looks on: metrics, an access log.
// It holds nothing that a caller said but its request id.
package observe

import (
	"time"

	"github.com/lictor-dev/lictor/runtime/decision"
)

// Answered is one request after its answer is complete. It is reused as soon as [Observer.Observe] returns.
type Answered struct {
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
	// Decided counts the decisions in the answer by their code.
	Decided [decision.CodeCount]uint32
}

// Observer is told of every request that was answered. Implementations are safe for concurrent use, return at once, keep
// nothing of a, and allocate nothing.
type Observer interface {
	Observe(a *Answered)
}
