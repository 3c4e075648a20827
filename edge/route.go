package edge

import (
	"bytes"
	"errors"
	"net"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/valyala/fasthttp"

	"github.com/lictor-dev/lictor/edge/authzen"
	"github.com/lictor-dev/lictor/edge/caller"
	"github.com/lictor-dev/lictor/edge/check"
	"github.com/lictor-dev/lictor/edge/exchange"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// route is one line of a routing table. Paths are compared as they arrive, undecoded and whole: what a
// proxy in front let through under another spelling is not found.
type route struct {
	path        string
	methods     string                                  // separated by ", ", as the Allow header has them
	open        bool                                    // anybody may ask, also where callers must prove who they are
	appendError func(dst []byte, message string) []byte // how the protocol writes an error; nil: as most do
	serve       func(*Server, *visit)
}

var dataRoutes = []route{
	{path: authzen.EvaluationPath, methods: "POST", appendError: authzen.AppendError, serve: question{true, (*exchange.Exchange).ReadEvaluation, authzen.Evaluate}.serve},
	{path: authzen.EvaluationsPath, methods: "POST", appendError: authzen.AppendError, serve: question{true, (*exchange.Exchange).Parse, authzen.EvaluateAll}.serve},
	{path: authzen.SearchSubjectPath, methods: "POST", appendError: authzen.AppendError, serve: question{true, (*exchange.Exchange).Parse, authzen.SearchSubjects}.serve},
	{path: authzen.SearchResourcePath, methods: "POST", appendError: authzen.AppendError, serve: question{true, (*exchange.Exchange).Parse, authzen.SearchResources}.serve},
	{path: authzen.SearchActionPath, methods: "POST", appendError: authzen.AppendError, serve: question{true, (*exchange.Exchange).Parse, authzen.SearchActions}.serve},
	{path: authzen.MetadataPath, methods: "GET, HEAD", open: true, serve: (*Server).metadata},
	{path: "/v1/check", methods: "POST", serve: question{false, (*exchange.Exchange).Parse, check.Answer}.serve},
}

var adminRoutes = []route{
	{path: "/healthz", methods: "GET, HEAD", serve: (*Server).health},
	{path: "/readyz", methods: "GET, HEAD", serve: (*Server).readiness},
	{path: "/v1/generation", methods: "GET, HEAD", serve: (*Server).generation},
	{path: "/v1/explain", methods: "POST", serve: question{false, (*exchange.Exchange).Parse, explain}.serve},
}

// administration returns the routing table of the admin listener.
func administration(o *Options) []route {
	routes := slices.Clone(adminRoutes)
	if o.Metrics != nil {
		routes = append(routes, foreign("/metrics", "GET, HEAD", o.Metrics))
	}
	if o.Profiling {
		routes = append(routes, profilingRoutes()...)
	}
	return routes
}

// DataPaths returns the paths that the data listener answers, the only ones that observers are told of.
func DataPaths() []string {
	paths := make([]string, len(dataRoutes))
	for i := range dataRoutes {
		paths[i] = dataRoutes[i].path
	}
	return paths
}

// appendError writes an error that belongs to no protocol.
func appendError(dst []byte, message string) []byte { return check.AppendError(dst, message) }

// HandleData answers one request of the data listener.
func (s *Server) HandleData(ctx *fasthttp.RequestCtx) {
	v := s.begin(ctx, s.startOf(ctx))
	defer s.survive(v)
	s.dispatch(v, dataRoutes, s.options.Authenticate)
	s.end(v)
}

// HandleAdmin answers one request of the admin listener. It is nobody's business but the operator's: no observer is told,
// and no caller has to say who it is.
func (s *Server) HandleAdmin(ctx *fasthttp.RequestCtx) {
	v := s.begin(ctx, s.startOf(ctx))
	v.unobserved = true
	defer s.survive(v)
	s.dispatch(v, s.adminRoutes, nil)
}

// dispatch finds the route and answers. With callers, they must prove who they are before anything of the body is looked at.
func (s *Server) dispatch(v *visit, routes []route, callers Authenticator) {
	if ambiguous(&v.ctx.Request.Header) {
		v.ctx.SetConnectionClose()
		v.fail(fasthttp.StatusBadRequest, "Transfer-Encoding beside Content-Length, or other than chunked")
		return
	}
	path := v.ctx.Request.URI().PathOriginal()
	for i := range routes {
		if string(path) == routes[i].path {
			v.route = &routes[i]
			if v.allows(callers) {
				v.route.serve(s, v)
			}
			return
		}
	}
	v.fail(fasthttp.StatusNotFound, "not found")
}

// allows reports whether the method is one of the route's and the caller one who may ask; else it answers.
func (v *visit) allows(callers Authenticator) bool {
	if v.route.method(v.ctx.Method()) == "" {
		v.ctx.Response.Header.Set(fasthttp.HeaderAllow, v.route.methods)
		v.fail(fasthttp.StatusMethodNotAllowed, "method not allowed")
		return false
	}
	if callers == nil || v.route.open {
		return true
	}
	if v.caller = authenticate(callers, &v.ctx.Request.Header); v.caller == nil {
		v.ctx.Response.Header.Set(fasthttp.HeaderWWWAuthenticate, `Bearer realm="lictor"`)
		v.fail(fasthttp.StatusUnauthorized, "no valid credentials")
		return false
	}
	return true
}

// authenticate returns who sends a request, nil when nobody can tell.
func authenticate(callers Authenticator, h *fasthttp.RequestHeader) *caller.Caller {
	all := h.PeekAll(fasthttp.HeaderAuthorization)
	if len(all) != 1 {
		return nil // of several, a proxy in front may have looked at another one
	}
	return callers.Authenticate(all[0])
}

// ambiguous reports whether a request says how long its body is in two ways, or in one that nobody understands. A proxy
// in front may believe otherwise and take the rest of the body for a request of somebody else (RFC 9112 section 6.3).
func ambiguous(h *fasthttp.RequestHeader) bool {
	if h.ContentLength() > 0 {
		return false // where the HTTP library went by chunks, or by nothing, it has no length or 0
	}
	length, encoding, other := false, false, false
	for line := range bytes.SplitSeq(h.RawHeaders(), []byte{'\n'}) {
		name, text, _ := bytes.Cut(line, []byte{':'})
		switch name = bytes.TrimSpace(name); {
		case bytes.EqualFold(name, contentLength):
			length = true
		case bytes.EqualFold(name, transferEncoding):
			encoding, other = true, !bytes.EqualFold(bytes.TrimSpace(text), chunked)
		}
	}
	return encoding && (length || other)
}

// method returns the route's own spelling of a method, empty when the route does not have it.
func (r *route) method(method []byte) string {
	if string(method) == r.methods {
		return r.methods
	}
	for rest, more := r.methods, true; more; {
		var m string
		if m, rest, more = strings.Cut(rest, ", "); m == string(method) {
			return m
		}
	}
	return ""
}

const (
	headerRevision  = "Lictor-Revision"
	headerRequestID = "X-Request-ID"
	// headerTiming asks for the header Server-Timing in the answer, whatever its value.
	headerTiming       = "Lictor-Timing"
	headerServerTiming = "Server-Timing"
	contentJSON        = "application/json"
)

// Names of request headers are in the library's spelling.
var (
	headerRevisionBytes  = []byte(headerRevision)
	headerRequestIDBytes = []byte(headerRequestID)
	headerRequestIDAsked = []byte("X-Request-Id")
	headerTimingBytes    = []byte(headerTiming)
	contentLength        = []byte(fasthttp.HeaderContentLength)
	transferEncoding     = []byte(fasthttp.HeaderTransferEncoding)
	chunked              = []byte("chunked")
)

// survive turns a panic into a 500, so that one question cannot end the service for all.
func (s *Server) survive(v *visit) {
	if p := recover(); p != nil {
		s.options.Log.Error("a request panicked", "panic", p, "stack", string(debug.Stack()))
		v.fail(fasthttp.StatusInternalServerError, "internal error")
		v.exchange.Decided = [decision.CodeCount]uint32{} // nobody is told of those that were made
		s.tell(v)
	}
}

// refuseData answers what never became a request on the data listener.
func (s *Server) refuseData(ctx *fasthttp.RequestCtx, err error) {
	v := s.begin(ctx, s.options.Clock())
	v.refuse(err)
	s.end(v)
}

// refuseAdmin is refuseData for the admin listener.
func (s *Server) refuseAdmin(ctx *fasthttp.RequestCtx, err error) {
	s.begin(ctx, s.options.Clock()).refuse(err)
}

func (v *visit) refuse(err error) {
	timeout, isNet := errors.AsType[net.Error](err)
	_, isHead := errors.AsType[*fasthttp.ErrSmallBuffer](err)
	switch {
	case isHead:
		v.fail(fasthttp.StatusRequestHeaderFieldsTooLarge, "request head too large")
	case errors.Is(err, fasthttp.ErrBodyTooLarge):
		v.fail(fasthttp.StatusRequestEntityTooLarge, "body too large")
	case isNet && timeout.Timeout():
		v.fail(fasthttp.StatusRequestTimeout, "request not received in time")
	default:
		v.fail(fasthttp.StatusBadRequest, "malformed request")
	}
}
