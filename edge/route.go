package edge

import (
	"bytes"
	"errors"
	"net"
	"runtime/debug"
	"strings"

	"github.com/valyala/fasthttp"

	"github.com/lictor-dev/lictor/edge/authzen"
	"github.com/lictor-dev/lictor/edge/check"
	"github.com/lictor-dev/lictor/edge/exchange"
)

// route is one line of a routing table. Paths are compared as they arrive, undecoded and whole: what a
// proxy in front let through under another spelling is not found.
type route struct {
	path    string
	methods string // separated by ", ", as the Allow header has them
	serve   func(*Server, *fasthttp.RequestCtx, *exchange.Generation)
}

var dataRoutes = []route{
	{"/access/v1/evaluation", "POST", question{true, authzen.Evaluate, authzen.AppendError}.serve},
	{"/v1/check", "POST", question{false, check.Answer, check.AppendError}.serve},
}

var adminRoutes = []route{
	{"/healthz", "GET, HEAD", (*Server).health},
	{"/readyz", "GET, HEAD", (*Server).readiness},
	{"/v1/generation", "GET, HEAD", (*Server).generation},
}

// HandleData answers one request of the data listener.
func (s *Server) HandleData(ctx *fasthttp.RequestCtx) { s.handle(ctx, dataRoutes) }

// HandleAdmin answers one request of the admin listener.
func (s *Server) HandleAdmin(ctx *fasthttp.RequestCtx) { s.handle(ctx, adminRoutes) }

func (s *Server) handle(ctx *fasthttp.RequestCtx, routes []route) {
	defer s.survive(ctx)
	g := s.options.Source.Current()
	sign(ctx, g)
	if ambiguous(&ctx.Request.Header) {
		ctx.SetConnectionClose()
		fail(ctx, fasthttp.StatusBadRequest, "both Content-Length and Transfer-Encoding")
		return
	}
	path := ctx.Request.URI().PathOriginal()
	for i := range routes {
		r := &routes[i]
		if string(path) != r.path {
			continue
		}
		if !r.allows(ctx.Method()) {
			ctx.Response.Header.Set(fasthttp.HeaderAllow, r.methods)
			fail(ctx, fasthttp.StatusMethodNotAllowed, "method not allowed")
			return
		}
		r.serve(s, ctx, g)
		return
	}
	fail(ctx, fasthttp.StatusNotFound, "not found")
}

// chunked is what the HTTP library calls the length of a body that comes in chunks.
const chunked = -1

// ambiguous reports whether a request gives the length of its body in two ways. A proxy in front may believe the
// other one and take the rest of the body for a request of somebody else (RFC 9112 section 6.3).
func ambiguous(h *fasthttp.RequestHeader) bool {
	if h.ContentLength() != chunked {
		return false
	}
	for line := range bytes.SplitSeq(h.RawHeaders(), []byte{'\n'}) {
		name, _, _ := bytes.Cut(line, []byte{':'})
		if bytes.EqualFold(bytes.TrimSpace(name), contentLength) {
			return true
		}
	}
	return false
}

func (r *route) allows(method []byte) bool {
	for rest, more := r.methods, true; more; {
		var m string
		if m, rest, more = strings.Cut(rest, ", "); m == string(method) {
			return true
		}
	}
	return false
}

const (
	headerRevision  = "Lictor-Revision"
	headerRequestID = "X-Request-ID"
	contentJSON     = "application/json"
)

var (
	headerRevisionBytes  = []byte(headerRevision)
	headerRequestIDBytes = []byte(headerRequestID)
	contentLength        = []byte(fasthttp.HeaderContentLength)
)

// sign sets the headers of every answer: the generation, and the caller's request id as it came.
func sign(ctx *fasthttp.RequestCtx, g *exchange.Generation) {
	if g != nil {
		ctx.Response.Header.SetCanonical(headerRevisionBytes, revisionBytes(g))
	}
	if id := ctx.Request.Header.Peek(headerRequestID); len(id) > 0 {
		ctx.Response.Header.SetCanonical(headerRequestIDBytes, id)
	}
}

// fail answers with an error that belongs to no protocol.
func fail(ctx *fasthttp.RequestCtx, status int, message string) {
	ctx.Response.ResetBody()
	ctx.SetStatusCode(status)
	ctx.Response.Header.SetContentType(contentJSON)
	ctx.Response.SetBody(append(check.AppendError(nil, message), '\n'))
}

// survive turns a panic into a 500, so that one question cannot end the service for all.
func (s *Server) survive(ctx *fasthttp.RequestCtx) {
	if p := recover(); p != nil {
		s.options.Log.Error("a request panicked", "panic", p, "stack", string(debug.Stack()))
		fail(ctx, fasthttp.StatusInternalServerError, "internal error")
	}
}

// refuse answers what never became a request.
func (s *Server) refuse(ctx *fasthttp.RequestCtx, err error) {
	sign(ctx, s.options.Source.Current())
	timeout, isNet := errors.AsType[net.Error](err)
	_, isHead := errors.AsType[*fasthttp.ErrSmallBuffer](err)
	switch {
	case isHead:
		fail(ctx, fasthttp.StatusRequestHeaderFieldsTooLarge, "request head too large")
	case errors.Is(err, fasthttp.ErrBodyTooLarge):
		fail(ctx, fasthttp.StatusRequestEntityTooLarge, "body too large")
	case isNet && timeout.Timeout():
		fail(ctx, fasthttp.StatusRequestTimeout, "request not received in time")
	default:
		fail(ctx, fasthttp.StatusBadRequest, "malformed request")
	}
}
