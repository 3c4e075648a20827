// Package exchange is one question on its way through the edge: the parsed body, the generation that
// answers it, reused storage for the request, and the answer as it grows. Protocol packages beside it
// turn a body into an answer and know nothing of HTTP servers.
package exchange

import (
	"errors"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/edge/observe"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/decision/input"
)

// keptBytes is the largest buffer that is kept for reuse, so that one huge body does not stay in
// memory for ever.
const keptBytes = 64 << 10

// MaxEffort bounds what all decisions of one exchange may have to look through, so that no body costs time out of
// proportion to its size: the bytes of properties and context, as package value encodes them, and atomBytes, for each atom
// of each decision. One decision about one atom is never beyond it.
const MaxEffort = 64 << 20

// atomBytes is how many bytes of a context can be looked through in about the time that an atom takes without any.
const atomBytes = 64

// Settings are what the operator decided for all exchanges.
type Settings struct {
	Callers decision.Callers // what properties in a request count for
	Explain bool             // callers may ask for explanations
	// ExplainAll gives explanations whether or not the question asks for them; it needs Explain.
	ExplainAll bool
	// Record keeps each decision in Exchange.Made.
	Record bool
}

// Exchange holds one question and its answer. It belongs to one goroutine at a time; everything in it shares its
// buffers and is overwritten by the next question after [Exchange.Clear].
type Exchange struct {
	Settings   Settings
	Generation *Generation // answers the whole exchange, even if another one takes over meanwhile
	Now        int64       // the edge's clock, seconds since 1970
	Body       value.Value // the parsed body

	Request decision.Request // storage for the question; see Exchange.Reset
	Next    decision.Request // storage for the one after it; see Exchange.Prepare
	Answer  []byte           // JSON, appended to by the protocol
	Whole   []byte           // set instead of Answer where the answer is one that was prepared, with its newline; nobody changes it
	Results []byte           // scratch for a part of the answer that is needed later than it is known

	Decided [decision.CodeCount]uint32 // how many decisions were made so far, by code
	Made    []observe.Decision         // those decisions, where Settings.Record wants them; see Exchange.Forget
	Asked   Asked                      // how the question says what x.Request asks for

	policies    []policy.ID // of what Made holds
	effort      decision.Effort
	parsed      []byte
	permissions [2]permission.Permission
	turn        int // which of permissions is x.Request's
}

// Clear forgets the question and its answer and keeps buffers for the next one.
func (x *Exchange) Clear() {
	x.Settings, x.Generation, x.Body = Settings{}, nil, nil
	x.Request, x.Next = decision.Request{}, decision.Request{}
	x.Decided, x.effort = [decision.CodeCount]uint32{}, decision.Effort{}
	x.Asked, x.Whole = Asked{}, nil
	if len(x.Made)+len(x.policies) > 0 { // what was recorded may be forgotten by now, but for its policies
		x.clearRecord()
	}
	x.parsed, x.Answer, x.Results = kept(x.parsed), kept(x.Answer), kept(x.Results)
}

func kept(b []byte) []byte {
	if cap(b) > keptBytes {
		return nil
	}
	return b[:0]
}

// Parse reads a body as one strict JSON text into x.Body. It does not keep text. The error is a [*Failure].
func (x *Exchange) Parse(text []byte) (err error) {
	x.parsed, x.Body, err = value.Parse(x.parsed[:0], text)
	return understood(err)
}

// ReadEvaluation reads a body that is an AuthZEN access evaluation into x.Request, which shares the memory of text
// from then on. The error is a [*Failure].
func (x *Exchange) ReadEvaluation(text []byte) (err error) {
	r := &x.Request // reading sets the rest
	r.Permissions, r.Now, r.Callers, r.Strict = x.storage(x.turn), x.Now, x.Settings.Callers, false
	x.parsed, err = input.ReadEvaluation(&x.Request, x.parsed[:0], text, x.Generation.Grammar)
	return understood(err)
}

// understood makes an error in a body a [*Failure].
func understood(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*value.SyntaxError](err); ok {
		return Malformed("the body is not acceptable JSON: %s", err)
	}
	return Malformed("%s", err)
}

// Reset prepares x.Request for the next question: one permission whose storage is reused, the edge's
// clock and settings, no token, and nothing else.
func (x *Exchange) Reset() { x.Request = x.empty(x.turn) }

// Prepare prepares x.Next as [Exchange.Reset] does x.Request, which it leaves alone.
func (x *Exchange) Prepare() { x.Next = x.empty(1 - x.turn) }

// Fetch tells an engine that wants to know early what it will be asked.
func (x *Exchange) Fetch() {
	if f, ok := x.Generation.Engine.(decision.Fetcher); ok {
		f.Fetch(&x.Next)
	}
}

// Advance makes x.Next x.Request.
func (x *Exchange) Advance() { x.Request, x.turn = x.Next, 1-x.turn }

func (x *Exchange) empty(turn int) decision.Request {
	return decision.Request{Permissions: x.storage(turn), Now: x.Now, Callers: x.Settings.Callers}
}

func (x *Exchange) storage(turn int) []permission.Permission {
	return x.permissions[turn : turn+1 : turn+1]
}

// Permission returns the storage of the one permission that x.Request asks for.
func (x *Exchange) Permission() *permission.Permission { return &x.permissions[x.turn] }

// ErrTooMuch is the failure of an exchange beyond [MaxEffort]: 400 for all of it.
var ErrTooMuch = Malformed("too many decisions for properties and context of that size")

// exert adds what deciding x.Request takes to what the exchange took so far; the error is [ErrTooMuch].
func (x *Exchange) exert() error {
	atoms := 0
	for i := range x.Request.Permissions {
		atoms += x.Request.Permissions[i].Atoms()
	}
	bytes := atomBytes + x.Request.Bytes()
	if w, ok := x.Generation.Engine.(decision.Weigher); ok {
		bytes += w.Weight(&x.Request)
	}
	if !x.effort.Add(atoms, bytes, MaxEffort) {
		return ErrTooMuch
	}
	return nil
}

// Decide answers x.Request; the error is [ErrTooMuch] or the engine's. Should an engine ever allow with a code that denies, or
// the other way round, the answer denies.
func (x *Exchange) Decide() (decision.Decision, error) {
	if err := x.exert(); err != nil {
		return decision.Decision{}, err
	}
	return x.DecideAlone()
}

// DecideAlone is [Exchange.Decide] for a question about one atom that is the only one of the exchange, and so never too much.
func (x *Exchange) DecideAlone() (decision.Decision, error) {
	if x.Settings.Record {
		return x.decideRecording()
	}
	return x.count(x.Generation.Engine.Decide(&x.Request))
}

// HasRole answers whether the subject of x.Request holds a role, as a decision. The error is [ErrTooMuch] or the engine's.
func (x *Exchange) HasRole(role string) (decision.Decision, error) {
	if !x.effort.Add(1, x.Request.NameBytes(), MaxEffort) {
		return decision.Decision{}, ErrTooMuch
	}
	held, err := x.Generation.Engine.HasRole(&x.Request, role)
	d := decision.Decision{}
	if held && err == nil {
		d = decision.Decision{Allowed: true, Code: decision.Allowed}
	}
	if d, err = x.count(d, err); err == nil && x.Settings.Record {
		x.recordRole(d, role)
	}
	return d, err
}

// Explain answers x.Request with the reasons; the generation must have a catalog. Errors are those of [Exchange.Decide].
func (x *Exchange) Explain() (decision.Decision, decision.Explanation, error) {
	if err := x.exert(); err != nil {
		return decision.Decision{}, decision.Explanation{}, err
	}
	d, why, err := decision.Explain(x.Generation.Engine, x.Generation.Catalog, &x.Request)
	if d, err = x.count(d, err); err == nil && x.Settings.Record {
		x.recordExplained(d, &why)
	}
	return d, why, err
}

// count counts a decision, or denies where there is none to be trusted.
func (x *Exchange) count(d decision.Decision, err error) (decision.Decision, error) {
	if err != nil {
		return decision.Decision{}, err
	}
	if d.Allowed != (d.Code == decision.Allowed) {
		d = decision.Decision{}
	}
	x.Decided[d.Code]++
	return d, nil
}
