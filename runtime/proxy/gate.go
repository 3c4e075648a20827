// Package proxy decides requests inside a reverse proxy: by the route rules of a bundle (DESIGN 2.6), behind a
// middleware that has said who is authenticated. [Gate.Handle] is the whole of it. The package knows no host: module is the
// module that proxies with WebAssembly load.
//
// Everything fails closed. Without a usable configuration, a good bundle or a clock, and after any fault, a
// request is answered 503 and does not pass.
package proxy

import (
	"fmt"
	"runtime"
	"strconv"
	"time"
)

// Exchange is one request as a proxy shows it, and the proxy's answer.
type Exchange interface {
	Method() (string, error)
	// URI returns path and query, as they were sent.
	URI() (string, error)
	// Header returns the values of a request header, one for each time it is there.
	Header(name string) ([]string, error)
	// SetHeader replaces a request header for whoever comes after, RemoveHeader takes it away.
	SetHeader(name, value string)
	RemoveHeader(name string)
	// Refuse answers the request with a status and, when challenge is not empty, a WWW-Authenticate.
	Refuse(status int, challenge string)
}

// Level says how much a line of the log matters.
type Level uint8

// The levels.
const (
	Info Level = iota
	Error
)

// Environment is what a gate needs of the world.
type Environment struct {
	Log func(level Level, text string) // nil: nothing is logged
	Now func() time.Time               // wall clock; nil: the system's
}

// Gate lets requests pass, or not. It is for one goroutine at a time. The zero Gate refuses everything.
type Gate struct {
	config *Config
	source *source
	log    func(Level, string)
	now    func() time.Time
}

// New returns a gate for a configuration (see [ParseConfig]) and loads its bundle. The gate is never nil: with an error,
// which is that of ParseConfig, it refuses everything. That no bundle could be loaded is no error: it may come.
func New(configuration []byte, e Environment) (*Gate, error) {
	g := &Gate{log: e.Log, now: e.Now}
	if g.log == nil {
		g.log = func(Level, string) {}
	}
	if g.now == nil {
		g.now = time.Now
	}
	c, err := ParseConfig(configuration)
	if err != nil {
		return g, err
	}
	g.config, g.source = c, newSource(c, g.log)
	g.ready()
	return g, nil
}

// earliest is when this package was written. A clock that shows less stands still, as it does where a host gives none, and
// would let in those whose time is over.
var earliest = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// ready returns what decides now, and the time. There is nothing when the clock cannot be believed.
func (g *Gate) ready() (*generation, time.Time) {
	now := g.now().Round(0) // the wall clock: some hosts' monotonic clock only counts how often it is asked
	if now.Before(earliest) {
		return nil, now
	}
	return g.source.current(now), now
}

// Handle reports whether the request may pass. When it may, its headers are those that upstream is to see; else it has been
// answered: 401 when nobody is authenticated, 403 when they may not, 503 when there is nothing to decide by. Handle
// does not panic, unless the exchange does while it refuses.
func (g *Gate) Handle(x Exchange) (pass bool) {
	if g.config == nil {
		x.Refuse(unavailable, "")
		return false
	}
	defer func() {
		if fault := recover(); fault != nil {
			pass = false
			g.log(Error, "BUG: "+describe(fault))
			x.Refuse(unavailable, "")
		}
	}()
	v := g.judge(x)
	if v.status != allowed {
		g.refuse(x, v)
		return false
	}
	g.forward(x, v)
	return true
}

// describe says what a panic was about, and nothing that a request may have said.
func describe(fault any) string {
	if err, ok := fault.(runtime.Error); ok {
		return capped(err.Error())
	}
	return fmt.Sprintf("panic with %T", fault)
}

// The statuses of a verdict.
const (
	allowed         = 200
	unauthenticated = 401
	forbidden       = 403
	unavailable     = 503
)

// verdict is what becomes of a request. The zero verdict refuses it.
type verdict struct {
	status int
	rule   string // place of the route rule; empty when there is none
	reason string // a code, never a value of the request
	who    who
	by     *generation
}

func (g *Gate) refuse(x Exchange, v verdict) {
	if v.status != unauthenticated && v.status != forbidden {
		v.status = unavailable
	}
	challenge, at := "", ""
	if v.status == unauthenticated {
		challenge = g.config.Challenge
	}
	if v.rule != "" {
		at = " by the rule at " + oneLine(v.rule)
	}
	g.log(Info, fmt.Sprintf("refused with %d%s: %s", v.status, at, v.reason))
	x.Refuse(v.status, challenge)
}

// forward gives upstream the headers of the configuration. What the client sent under these names does not get there.
func (g *Gate) forward(x Exchange, v verdict) {
	for _, f := range g.config.Upstream {
		if text := v.fact(f.Value); isPlain(text) { // the names of files and types may be anything
			x.SetHeader(f.Name, text)
		} else {
			x.RemoveHeader(f.Name)
		}
	}
}

// oneLine returns text as the log can have it, quoted where it is not plain.
func oneLine(text string) string {
	if isPlain(text) {
		return text
	}
	return strconv.Quote(text)
}

func (v *verdict) fact(f Fact) string {
	switch f {
	case Revision:
		return v.by.revision
	case Rule:
		return v.rule
	case Subject:
		return v.who.id
	case SubjectType:
		return v.who.kind
	case Organisation:
		return v.who.organisation
	default:
		return ""
	}
}
