package edge

import (
	"crypto/tls"
	"log/slog"
	"net/http"
	"time"

	"github.com/lictor-dev/lictor/edge/caller"
	"github.com/lictor-dev/lictor/edge/exchange"
	"github.com/lictor-dev/lictor/edge/observe"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/live"
)

// The limits that apply where [Options] sets none.
const (
	DefaultMaxBody      = 1 << 20 // bytes
	DefaultMaxHeader    = 16 << 10
	DefaultReadTimeout  = 5 * time.Second
	DefaultWriteTimeout = 5 * time.Second
	DefaultIdleTimeout  = 60 * time.Second

	DefaultMaxConnections = 16 << 10
)

// Options are the settings of a [Server]. Only Source is required.
type Options struct {
	Source  exchange.Source
	Callers decision.Callers // what subject and resource properties in a request count for
	// Explain lets callers of the data listener ask for explanations. They tell how the policy is
	// written, so without it such a question is refused.
	Explain bool
	// Metadata is the answer at AuthZEN's well-known path, made by [authzen.Metadata]; nil: there is none, 404.
	Metadata []byte
	// Authenticate makes callers of the data listener prove who they are; nil asks nobody.
	Authenticate Authenticator
	// Observers are told of every request that the data listener answered.
	Observers []observe.Observer
	// DecisionObservers are told of every decision in an answer of the data listener. With any of them the policies behind
	// each decision are looked for.
	DecisionObservers []observe.DecisionObserver
	// Metrics answers /metrics of the admin listener; nil: there is no such route.
	Metrics http.Handler
	// Profiling answers /debug/pprof/ of the admin listener. A profile tells what the program does, not what it is asked.
	Profiling bool
	// Status tells what runs and what was refused, for the admin listener; nil: only what Source says.
	Status func() live.Status

	Clock func() time.Time // nil: time.Now
	Log   *slog.Logger     // for the server's life, never for single requests; nil: no log

	MaxBody   int // bytes of a body; 0: DefaultMaxBody
	MaxHeader int // bytes of a request's head; 0: DefaultMaxHeader
	// The timeouts may come late, by an eighth of the shortest of them.
	ReadTimeout  time.Duration // for one whole request; 0: DefaultReadTimeout
	WriteTimeout time.Duration // for one whole answer; 0: DefaultWriteTimeout
	IdleTimeout  time.Duration // between requests of a connection; 0: DefaultIdleTimeout

	// MaxConnections bounds the connections to each listener; 0: DefaultMaxConnections.
	MaxConnections int
	// MaxConnectionsPerClient bounds those from one client's address to the data listener; 0: no such bound.
	MaxConnectionsPerClient int
	// TLS and AdminTLS are how the listeners prove who they are; nil: they speak plain HTTP. A client that shows a
	// certificate which the configuration accepts is a caller by that name.
	TLS, AdminTLS *tls.Config
}

// Authenticator tells who asks. Implementations are safe for concurrent use and allocate nothing.
type Authenticator interface {
	// Authenticate returns the caller whose credentials stand in the header Authorization, nil when they are nobody's.
	// It does not keep credentials.
	Authenticate(authorization []byte) *caller.Caller
}

func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.MaxBody <= 0 {
		o.MaxBody = DefaultMaxBody
	}
	if o.MaxHeader <= 0 {
		o.MaxHeader = DefaultMaxHeader
	}
	if o.Status == nil {
		o.Status = func() live.Status { return live.Status{} }
	}
	if o.MaxConnections <= 0 {
		o.MaxConnections = DefaultMaxConnections
	}
	o.ReadTimeout = positive(o.ReadTimeout, DefaultReadTimeout)
	o.WriteTimeout = positive(o.WriteTimeout, DefaultWriteTimeout)
	o.IdleTimeout = positive(o.IdleTimeout, DefaultIdleTimeout)
	return o
}

func positive(d, otherwise time.Duration) time.Duration {
	if d <= 0 {
		return otherwise
	}
	return d
}
