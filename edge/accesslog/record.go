package accesslog

import (
	"time"

	"github.com/lictor-dev/lictor/edge/observe"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// The most bytes that are kept of a request id and of a revision; no revision is longer.
const (
	maxRequestID = 64
	maxRevision  = 128
)

// record is what is kept of a request, of a fixed size and without memory of the request.
type record struct {
	start    time.Time
	took     time.Duration
	route    string
	method   string
	caller   string
	status   int
	received int
	sent     int
	allowed  uint32
	denied   uint32
	code     decision.Code // of the one decision

	revisionLen, requestIDLen uint8

	revision  [maxRevision]byte
	requestID [maxRequestID]byte
}

func (r *record) fill(a *observe.Answered) {
	r.start, r.took = a.Start, a.Took
	r.route, r.method, r.caller = a.Route, a.Method, a.Caller
	r.status, r.received, r.sent = a.Status, a.BodyBytes, a.SentBytes
	r.revisionLen = uint8(copy(r.revision[:], a.Revision))
	r.requestIDLen = uint8(copy(r.requestID[:], a.RequestID))
	r.allowed, r.denied = a.Decided[decision.Allowed], 0
	r.code = decision.Allowed
	for code, n := range a.Decided[:decision.Allowed] {
		if n > 0 {
			r.denied += n
			r.code = decision.Code(code)
		}
	}
}
