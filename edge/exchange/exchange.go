// Package exchange is one question on its way through the edge: the parsed body, the generation that
// answers it, reused storage for the request, and the answer as it grows. Protocol packages beside it
// turn a body into an answer and know nothing of HTTP servers.
package exchange

import (
	"sync"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// keptBytes is the largest buffer that is kept for reuse, so that one huge body does not stay in
// memory for ever.
const keptBytes = 64 << 10

// Settings are what the operator decided for all exchanges.
type Settings struct {
	Callers decision.Callers // what properties in a request count for
	Explain bool             // callers may ask for explanations
}

// Exchange holds one question and its answer. It belongs to one goroutine between [Acquire] and
// [Exchange.Release]; everything in it shares its buffers and is overwritten afterwards.
type Exchange struct {
	Settings   Settings
	Generation *Generation // answers the whole exchange, even if another one takes over meanwhile
	Now        int64       // the edge's clock, seconds since 1970
	Body       value.Value // the parsed body

	Request decision.Request // storage for the question; see Exchange.Reset
	Answer  []byte           // JSON, appended to by the protocol
	Results []byte           // scratch for a part of the answer that is needed later than it is known

	parsed      []byte
	permissions [1]permission.Permission
}

var pool = sync.Pool{New: func() any { return new(Exchange) }}

// Acquire returns an empty exchange from the pool.
func Acquire() *Exchange { return pool.Get().(*Exchange) }

// Release returns x to the pool. An exchange in the middle of which something panicked must not be
// released.
func (x *Exchange) Release() {
	x.Generation, x.Body, x.Request = nil, nil, decision.Request{}
	x.parsed, x.Answer, x.Results = kept(x.parsed), kept(x.Answer), kept(x.Results)
	pool.Put(x)
}

func kept(b []byte) []byte {
	if cap(b) > keptBytes {
		return nil
	}
	return b[:0]
}

// Parse reads a body as one strict JSON text into x.Body. It does not keep text. The error is a
// [*Failure].
func (x *Exchange) Parse(text []byte) error {
	var err error
	if x.parsed, x.Body, err = value.Parse(x.parsed[:0], text); err != nil {
		return Malformed("the body is not acceptable JSON: %s", err)
	}
	return nil
}

// Reset prepares x.Request for the next question: one permission whose storage is reused, the edge's
// clock and settings, no token, and nothing else.
func (x *Exchange) Reset() {
	x.Request = decision.Request{Permissions: x.permissions[:], Now: x.Now, Callers: x.Settings.Callers}
}

// Permission returns the storage of the one permission that x.Request asks for.
func (x *Exchange) Permission() *permission.Permission { return &x.permissions[0] }

// Decide answers x.Request. Should an engine ever allow with a code that denies, or the other way
// round, the answer denies.
func (x *Exchange) Decide() (decision.Decision, error) {
	d, err := x.Generation.Engine.Decide(&x.Request)
	return sound(d, err)
}

// Explain answers x.Request with the reasons; the generation must have a catalog.
func (x *Exchange) Explain() (decision.Decision, decision.Explanation, error) {
	d, why, err := decision.Explain(x.Generation.Engine, x.Generation.Catalog, &x.Request)
	d, err = sound(d, err)
	return d, why, err
}

func sound(d decision.Decision, err error) (decision.Decision, error) {
	if err != nil || d.Allowed != (d.Code == decision.Allowed) {
		return decision.Decision{}, err
	}
	return d, nil
}
