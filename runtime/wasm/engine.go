package wasm

import (
	"bytes"
	"math"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/decision/input"
)

// Engine answers requests from a bundle's policy.wasm and data.json. It agrees with the table engine in decision, code and
// policy ids; what the input of the entrypoints cannot say is an [*InexpressibleError]. Any other error is an
// [*EvaluationError]; a caller must deny then. It is safe for concurrent use.
//
// Each instance has a copy of the data in its memory, and the engine keeps their text to make others.
type Engine struct {
	pool    *pool
	grammar permission.Grammar
	timed   atomic.Bool // an evaluation asked for the time
}

var _ decision.Engine = (*Engine)(nil)

// Engine returns an engine for a bundle's members policy.wasm and lictor/data.json, and the grammar of the policy's
// permissions. The errors are those of package guard, [*StartError], and [ErrClosed].
// The engine is closed when it is garbage, at the latest.
func (r *Runtime) Engine(module, data []byte, g permission.Grammar, o Options) (*Engine, error) {
	needed, ok := without(data, listings)
	if !ok {
		return nil, &StartError{"data", &EvaluationError{Malformed, "the data are no JSON object"}}
	}
	p, err := r.newPool(module, &document{[3]string{`{"lictor":`, string(needed), `}`}}, o.withDefaults(forEngine))
	if err != nil {
		return nil, err
	}
	e := &Engine{pool: p, grammar: g}
	if err := e.try(); err != nil {
		p.close()
		return nil, err
	}
	runtime.AddCleanup(e, (*pool).abandon, p)
	return e, nil
}

// newPool returns a pool of instances of a policy.
func (r *Runtime) newPool(module []byte, data *document, o Options) (*pool, error) {
	p, err := r.program(module, o.Pages)
	if err != nil {
		return nil, err
	}
	l, err := newPool(p, o, data)
	if err != nil {
		return nil, err // the pool released the policy
	}
	return l, nil
}

// try asks each entrypoint something, so that a policy whose list of entrypoints is wrong does not start.
func (e *Engine) try() error {
	r := &decision.Request{Subject: decision.Subject{Type: "user", ID: "nobody"}}
	p, err := e.grammar.Parse("nothing")
	if err != nil {
		panic("BUG: a plain permission is none: " + err.Error())
	}
	r.Permissions = []permission.Permission{p}
	if _, err := e.Allow(r); err != nil {
		return &EntrypointError{"lictor/authz/allow", err.Error()}
	}
	if _, err := e.Decide(r); err != nil {
		return &EntrypointError{"lictor/authz/decision", err.Error()}
	}
	return nil
}

// Close gives the instances back. Whoever asks the engine from now on gets an [*EvaluationError].
func (e *Engine) Close() { e.pool.close() }

// Decide implements [decision.Engine].
func (e *Engine) Decide(r *decision.Request) (decision.Decision, error) {
	d, _, err := e.decide(r, nil, false)
	return d, err
}

// Deciding implements [decision.Engine].
func (e *Engine) Deciding(r *decision.Request, dst []policy.ID) (decision.Decision, []policy.ID, error) {
	return e.decide(r, dst, true)
}

// HasRole implements [decision.Engine]. No entrypoint knows about roles: the error is an [*InexpressibleError].
func (e *Engine) HasRole(*decision.Request, string) (bool, error) {
	return false, &InexpressibleError{"roles"}
}

// The answers to Allow.
var (
	yes = []byte(`[{"result":true}]`)
	no  = []byte(`[{"result":false}]`)
)

// Allow reports whether r is allowed. It takes less time than Decide, and has the same errors.
func (e *Engine) Allow(r *decision.Request) (bool, error) {
	defer runtime.KeepAlive(e)
	i, err := e.ask(r)
	if err != nil {
		return false, err
	}
	defer e.pool.release(i)
	switch answer, err := e.answer(i, i.entries.allow); {
	case err != nil:
		return false, err
	case bytes.Equal(answer, yes):
		return true, nil
	case bytes.Equal(answer, no):
		return false, nil
	default:
		return false, i.malformed("no truth value")
	}
}

func (e *Engine) decide(r *decision.Request, dst []policy.ID, ids bool) (decision.Decision, []policy.ID, error) {
	defer runtime.KeepAlive(e) // its pool is closed when it is garbage
	i, err := e.ask(r)
	if err != nil {
		return decision.Decision{}, dst, err
	}
	defer e.pool.release(i)
	answer, err := e.answer(i, i.entries.decision)
	if err != nil {
		return decision.Decision{}, dst, err
	}
	d, policies, ok := i.readDecision(answer)
	if !ok {
		return decision.Decision{}, dst, i.malformed("no decision")
	}
	if ids {
		items := policies.Items()
		for _, id, more := items.Next(); more; _, id, more = items.Next() {
			dst = append(dst, policy.ID(id.Int()))
		}
	}
	return d, dst, nil
}

// ask lends an instance whose input is r.
func (e *Engine) ask(r *decision.Request) (*instance, error) {
	switch {
	case r.Strict:
		return nil, &InexpressibleError{"strict decisions"}
	case r.Callers != decision.Overlay:
		return nil, &InexpressibleError{"properties of callers that do not count first"}
	case r.Now > value.MaxInteger || r.Now < -value.MaxInteger:
		return nil, &InexpressibleError{"a time beyond 2⁵³"}
	}
	i, err := e.pool.acquire()
	if err != nil {
		return nil, err
	}
	i.clock.set = !e.timed.Load() && r.Now >= minClock && r.Now <= maxClock
	if i.clock.set {
		i.clock.told = r.Now * int64(time.Second)
		i.input = input.AppendTimeless(i.input[:0], r, e.grammar, input.Names)
	} else {
		i.input = input.Append(i.input[:0], r, e.grammar, input.Names)
	}
	return i, nil
}

// Between these seconds a clock of nanoseconds tells the time of a request.
const (
	minClock = math.MinInt64 / int64(time.Second)
	maxClock = math.MaxInt64 / int64(time.Second)
)

// answer evaluates i's input at an entrypoint. Most decisions hang on no time, and reading one from the input takes long, so that
// the clock tells it; asking the clock takes longer, so that where one evaluation does the next find it in their input.
func (e *Engine) answer(i *instance, entry uint32) ([]byte, error) {
	answer, err := i.evaluate(entry)
	if i.clock.asked {
		e.timed.Store(true)
	}
	return answer, err
}

// readDecision reads an answer such as [{"result": {"code": "allowed", "decision": "ALLOW", "policies": [1, 2]}}].
func (i *instance) readDecision(answer []byte) (d decision.Decision, policies value.Value, ok bool) {
	v, ok := i.result(answer)
	if !ok || v.Kind() != value.Object || v.Len() != 3 {
		return d, nil, false
	}
	code, known := decision.ParseCode(v.Get("code").Text())
	d = decision.Decision{Allowed: code == decision.Allowed, Code: code}
	effect := "DENY"
	if d.Allowed {
		effect = "ALLOW"
	}
	policies = v.Get("policies")
	return d, policies, known && v.Get("decision").Text() == effect && ascending(policies)
}

// result returns the value of the one result of an answer.
func (i *instance) result(answer []byte) (value.Value, bool) {
	body, v, err := value.Parse(i.body[:0], answer)
	if err != nil || v.Kind() != value.Array || v.Len() != 1 {
		return nil, false
	}
	i.body = body
	items := v.Items()
	_, only, _ := items.Next()
	return only.Get("result"), only.Kind() == value.Object && only.Len() == 1
}

// ascending reports whether v is an array of policy ids, each larger than the one before.
func ascending(v value.Value) bool {
	last := int64(-1)
	items := v.Items()
	for _, id, more := items.Next(); more; _, id, more = items.Next() {
		n := id.Int()
		if id.Kind() != value.Integer || n <= last || n >= 1<<32 {
			return false
		}
		last = n
	}
	return v.Kind() == value.Array
}
