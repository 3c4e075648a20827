package edge

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/lictor-dev/lictor/edge/caller"
	"github.com/lictor-dev/lictor/edge/exchange"
	"github.com/lictor-dev/lictor/edge/listen"
	"github.com/lictor-dev/lictor/edge/observe"
)

// visit is one request on its way through the server. It belongs to one goroutine and is reused.
type visit struct {
	ctx        *fasthttp.RequestCtx
	route      *route // nil until found
	generation *exchange.Generation
	caller     *caller.Caller // nil where nobody has to say who asks
	unobserved bool           // the admin listener's: it is never given back either
	exchange   exchange.Exchange
	answered   observe.Answered
	lane       uint32
}

// visits keeps those that are not in use, which a core mostly finds where it left them; hence each has a lane of its own.
var (
	visits = sync.Pool{New: func() any { return &visit{lane: lanes.Add(1)} }}
	lanes  atomic.Uint32
)

// begin starts a visit with what every answer carries: the generation, and the caller's request id as it came.
func (s *Server) begin(ctx *fasthttp.RequestCtx, start time.Time) *visit {
	v := visits.Get().(*visit)
	v.ctx, v.generation = ctx, s.options.Source.Current()
	a := &v.answered
	a.Start, a.Lane = start, v.lane
	if g := v.generation; g != nil {
		a.Revision = g.Revision
		ctx.Response.Header.SetCanonical(headerRevisionBytes, revisionBytes(g))
	}
	if a.RequestID = ctx.Request.Header.PeekCanonical(headerRequestIDAsked); len(a.RequestID) > 0 {
		ctx.Response.Header.SetCanonical(headerRequestIDBytes, a.RequestID)
	}
	return v
}

// startOf returns when a request had been read, which the HTTP library knows when it is what calls.
func (s *Server) startOf(ctx *fasthttp.RequestCtx) time.Time {
	if start := ctx.Time(); s.libraryClock && !start.IsZero() {
		return start
	}
	return s.options.Clock()
}

// since returns how long ago start was. The clock of the options is asked only when it may be another than the system's.
func (s *Server) since(start time.Time) time.Duration {
	if s.libraryClock {
		return time.Since(start)
	}
	return s.options.Clock().Sub(start)
}

// end tells the observers of the answer and gives the visit back. A visit in the middle of which something panicked must
// not come here: it is in no known state and is left to the collector.
func (s *Server) end(v *visit) {
	s.tell(v)
	v.exchange.Clear()
	v.ctx, v.route, v.generation, v.caller, v.answered = nil, nil, nil, nil, observe.Answered{}
	visits.Put(v)
}

// tell tells the observers of the answer.
func (s *Server) tell(v *visit) {
	if v.unobserved || len(s.options.Observers) == 0 && len(s.options.DecisionObservers) == 0 {
		return
	}
	a := &v.answered
	if v.route != nil {
		a.Route = v.route.path
		a.Method = v.route.method(v.ctx.Method())
	}
	switch {
	case v.caller != nil:
		a.Caller = v.caller.Name
	case s.options.TLS != nil:
		a.Caller = listen.Caller(v.ctx.Conn())
	}
	a.Status = v.ctx.Response.StatusCode()
	a.BodyBytes = len(v.ctx.Request.Body())
	a.SentBytes = len(v.ctx.Response.Body())
	a.Decided = v.exchange.Decided
	a.Took = s.since(a.Start)
	for _, o := range s.options.Observers {
		o.Observe(a)
	}
	if made := v.exchange.Made; len(made) > 0 && a.Status == fasthttp.StatusOK {
		for _, o := range s.options.DecisionObservers {
			o.ObserveDecisions(a, made)
		}
	}
}

// fail answers with an error, as the protocol of the route writes one.
func (v *visit) fail(status int, message string) {
	write := appendError
	if v.route != nil && v.route.appendError != nil {
		write = v.route.appendError
	}
	v.ctx.SetStatusCode(status)
	v.ctx.Response.Header.SetContentType(contentJSON)
	v.ctx.Response.SetBody(append(write(nil, message), '\n'))
}
