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

// record is what is kept of a request, of a fixed size and without memory of the request. What most requests fill is
// at its beginning, in few lines of the cache.
type record struct {
	start     time.Time
	took      time.Duration
	route     string
	method    string
	caller    string
	received  int
	sent      int
	allowed   uint32
	denied    uint32
	status    uint16
	code      decision.Code // of the one decision
	revision  uint8         // how many of texts are the revision
	requestID uint8         // how many after it are the request id
	texts     [maxRevision + maxRequestID]byte
}

func (r *record) fill(a *observe.Answered) {
	r.start, r.took = a.Start, a.Took
	r.route, r.method, r.caller = a.Route, a.Method, a.Caller
	r.status, r.received, r.sent = uint16(a.Status), a.BodyBytes, a.SentBytes
	r.revision = uint8(copy(r.texts[:maxRevision], a.Revision))
	r.requestID = uint8(copy(r.texts[r.revision:][:maxRequestID], a.RequestID))
	r.allowed, r.denied = a.Decided[decision.Allowed], 0
	r.code = decision.Allowed
	for code, n := range a.Decided[:decision.Allowed] {
		if n > 0 {
			r.denied += n
			r.code = decision.Code(code)
		}
	}
}

// revisionText and requestIDText return what was kept.
func (r *record) revisionText() []byte  { return r.texts[:r.revision] }
func (r *record) requestIDText() []byte { return r.texts[r.revision:][:r.requestID] }
