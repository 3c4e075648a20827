// Package edge is the server that answers "may this subject do this?" over HTTP, from the generation of
// a bundle that runs at the moment. It has two listeners: one for questions, one for operators.
//
// Start reading at [Server.HandleData]. Each protocol is a package beside this one that turns a body into
// an answer; what is HTTP stays here.
package edge

import (
	"context"
	"errors"
	"net"
	"sync/atomic"

	"github.com/valyala/fasthttp"

	"github.com/lictor-dev/lictor/edge/deadline"
	"github.com/lictor-dev/lictor/edge/exchange"
	"github.com/lictor-dev/lictor/edge/listen"
	"github.com/lictor-dev/lictor/edge/socket"
)

// Server answers questions and tells operators how it is. It is safe for concurrent use.
type Server struct {
	options  Options
	settings exchange.Settings
	data     *fasthttp.Server
	admin    *fasthttp.Server
	draining atomic.Bool

	libraryClock bool // the HTTP library's clock is as good as the options'
	adminRoutes  []route
}

// New returns a server that listens nowhere yet. It panics without [Options.Source].
func New(options Options) *Server {
	if options.Source == nil {
		panic("BUG: edge.New without a source")
	}
	s := &Server{options: options.withDefaults(), libraryClock: options.Clock == nil}
	s.settings = exchange.Settings{Callers: options.Callers, Explain: options.Explain, Record: len(options.DecisionObservers) > 0}
	s.adminRoutes = administration(&s.options)
	s.data = s.listener(s.HandleData, s.refuseData)
	if s.options.Authenticate != nil && s.options.MaxBody > strangersBody {
		s.data.HeaderReceived = s.admitBody
	}
	s.admin = s.listener(s.HandleAdmin, s.refuseAdmin)
	return s
}

func (s *Server) listener(handler fasthttp.RequestHandler, refuse func(*fasthttp.RequestCtx, error)) *fasthttp.Server {
	return &fasthttp.Server{
		Handler:                      handler,
		ErrorHandler:                 refuse,
		Logger:                       silent{},
		NoDefaultServerHeader:        true,
		NoDefaultContentType:         true,
		SecureErrorLogMessage:        true,
		DisablePreParseMultipartForm: true,
		CloseOnShutdown:              true,
		ReadBufferSize:               s.options.MaxHeader,
		MaxRequestBodySize:           s.options.MaxBody,
		ConnState:                    bound,
		// The listener bounds connections. The library's own bound counts some that have ended, and turning them away
		// would hold up those that wait to be accepted.
		Concurrency: 2*s.options.MaxConnections + 64,
	}
}

// strangersBody is how many bytes of a body are read of those who do not prove who they are. Memory is set aside for a body
// before any of it has come, so a few bytes of each of many strangers could take all there is.
const strangersBody = 64 << 10

// admitBody says how large the body of a request may be, when its head was read.
func (s *Server) admitBody(h *fasthttp.RequestHeader) (c fasthttp.RequestConfig) {
	if n := h.ContentLength(); (n < 0 || n > strangersBody) && authenticate(s.options.Authenticate, h) == nil {
		c.MaxRequestBodySize = strangersBody
	}
	return c
}

// silent drops what the HTTP library would log: its lines quote requests, and requests hold secrets.
type silent struct{}

// Printf drops a line.
func (silent) Printf(string, ...any) {}

// bound tells the connections which limit counts. The library's own timeouts would ask for the time and move a deadline
// several times in every request.
func bound(c net.Conn, state fasthttp.ConnState) {
	switch state {
	case fasthttp.StateActive:
		deadline.Active(listen.Raw(c))
	case fasthttp.StateIdle:
		deadline.Idle(listen.Raw(c))
	}
}

// bounded returns ln with connections that are within the limits of the options, and cheap to read from and write to.
func (s *Server) bounded(ln net.Listener) net.Listener {
	o := &s.options
	return deadline.Listener(socket.Listener(ln), deadline.Limits{Read: o.ReadTimeout, Write: o.WriteTimeout, Idle: o.IdleTimeout})
}

// ServeData answers questions on ln until [Server.Shutdown], which makes it return nil. It owns ln.
func (s *Server) ServeData(ln net.Listener) error {
	return s.data.Serve(listen.New(s.bounded(ln), listen.Options{
		Max: s.options.MaxConnections, MaxPerClient: s.options.MaxConnectionsPerClient, TLS: s.options.TLS, Log: s.options.Log,
	}))
}

// ServeAdmin answers operators on ln until [Server.Shutdown], which makes it return nil. It owns ln.
func (s *Server) ServeAdmin(ln net.Listener) error {
	return s.admin.Serve(listen.New(s.bounded(ln), listen.Options{Max: s.options.MaxConnections, TLS: s.options.AdminTLS, Log: s.options.Log}))
}

// Ready reports whether questions are answered: there is a generation to answer from, and the server is not draining.
func (s *Server) Ready() bool { return !s.draining.Load() && s.options.Source.Current() != nil }

// Connections returns how many connections each listener has open.
func (s *Server) Connections() (data, admin int) {
	return max(0, int(s.data.GetOpenConnectionsCount())), max(0, int(s.admin.GetOpenConnectionsCount()))
}

// Drain reports not ready from now on and goes on answering, so that those who look at readiness stop asking first.
func (s *Server) Drain() { s.draining.Store(true) }

// Shutdown reports not ready from now on, stops accepting questions, answers those that have begun and
// then closes the admin listener too. It returns when all is done, or with the error of ctx. Call it
// after Serve of each listener has begun.
func (s *Server) Shutdown(ctx context.Context) error {
	s.Drain()
	err := s.data.ShutdownWithContext(ctx)
	return errors.Join(err, s.admin.ShutdownWithContext(ctx))
}
