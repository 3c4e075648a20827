// Package table is the native engine: it answers requests from decision tables, in place and without
// allocating.
//
// Start reading at [Engine.Decide]. A request is resolved once ([query]): who asks, what they hold, in
// which organisation. Then each atom of the request is a handful of look-ups (plan.go), each cell found is
// intersected with what the subject holds (match.go), and the outcomes are tallied into a decision.
//
// Searches (search.go) enumerate by an index of their own, which the first one makes, and decide what the index
// does not answer as every other request.
package table

import (
	"sync"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// Engine is a [decision.Engine] over decision tables. It is immutable and safe for concurrent use.
type Engine struct {
	t          *tables.Tables
	grammar    permission.Grammar
	plan       plan
	conditions []condition
	rego       rego
	scopes     map[string]permission.Permission

	// What searches and explanations go through, made by the first one that needs it. It shares the tables' memory.
	people     func() *people
	objects    func() objects
	vocabulary func() vocabulary
	grants     func() *grants
}

var (
	_ decision.Engine  = (*Engine)(nil)
	_ decision.Weigher = (*Engine)(nil)
)

// New is [NewWith] for tables whose conditions need no Rego: it refuses others with a [*ConditionsError].
func New(t *tables.Tables) (*Engine, error) { return NewWith(t, nil) }

// NewWith prepares an engine for tables: it compiles their conditions and plans look-ups. What only Rego can evaluate
// it asks conditions for, which belong to the same bundle and may be nil where nothing does; then the error for tables
// that have such expressions is a [*ConditionsError].
func NewWith(t *tables.Tables, conditions decision.Conditions) (*Engine, error) {
	asked, err := newRego(t, conditions)
	if err != nil {
		return nil, err
	}
	e := &Engine{rego: asked, t: t, grammar: t.Grammar(), plan: newPlan(t.Shapes()), scopes: map[string]permission.Permission{}}
	e.people = sync.OnceValue(func() *people { return newPeople(t) })
	e.objects = sync.OnceValue(func() objects { return newObjects(t) })
	e.vocabulary = sync.OnceValue(func() vocabulary { return newVocabulary(t) })
	e.grants = sync.OnceValue(func() *grants { return newGrants(t) })
	c := compiler{numbers: map[string]int{}}
	for i, r := range t.Rego() {
		c.numbers[r.Text] = i
	}
	for _, written := range t.Conditions() {
		compiled, err := c.compile(written.Expr)
		if err != nil {
			return nil, &partError{"condition", written.Text, err}
		}
		e.conditions = append(e.conditions, compiled)
	}
	for _, s := range t.Scopes() {
		p, err := e.grammar.Parse(s.Permission)
		if err != nil {
			return nil, &partError{"scope", s.Name, err}
		}
		e.scopes[s.Name] = p
	}
	return e, nil
}

// Tables returns the tables the engine answers from.
func (e *Engine) Tables() *tables.Tables { return e.t }

// Grammar returns the grammar that requests must be parsed in.
func (e *Engine) Grammar() permission.Grammar { return e.grammar }

// SubjectType returns the type of a stored subject.
func (e *Engine) SubjectType(id string) (string, bool) {
	var s tables.Subject
	if !e.t.Subject(id, &s) {
		return "", false
	}
	return e.t.SubjectType(&s), true
}

// Decide implements [decision.Engine]. It allocates nothing, except where a condition maps the case of
// letters outside ASCII or reads a malformed address, and where a scope holds percent-escapes. The error
// is always nil.
func (e *Engine) Decide(r *decision.Request) (decision.Decision, error) {
	d, _ := e.decideCounting(r)
	return d, nil
}

// decideCounting also returns what asking Rego took, see regoEffort.
func (e *Engine) decideCounting(r *decision.Request) (decision.Decision, int) {
	e.Fetch(r)
	var q query
	if !e.resolve(&q, r) {
		return decision.Decision{Code: decision.SubjectInactive}, 0
	}
	v := e.decide(&q)
	q.release()
	return v, q.effort
}

// decide stops at the first DENY that applies and looks for no policy's id.
func (e *Engine) decide(q *query) decision.Decision {
	r := q.r
	v := verdict{code: startCode(r)}
	for i := range r.Permissions {
		p := &r.Permissions[i]
		for n := range p.Atoms() {
			p.Atom(n, &q.atom)
			q.denies = r.Strict || v.code != decision.Allowed
			e.match(q)
			if v.deny(&q.tally) {
				return v.decision()
			}
			if v.code == decision.Allowed && !r.Strict {
				v.code = e.atomCode(q)
			}
		}
		if r.Strict && v.code == decision.Allowed {
			v.code, _ = e.strict(q, p)
		}
	}
	return v.decision()
}

// Deciding implements [decision.Engine].
func (e *Engine) Deciding(r *decision.Request, dst []policy.ID) (decision.Decision, []policy.ID, error) {
	q := query{collect: true}
	if !e.resolve(&q, r) {
		return decision.Decision{Code: decision.SubjectInactive}, dst, nil
	}
	defer q.release()
	c := collector{verdict: verdict{code: startCode(r)}}
	for i := range r.Permissions {
		p := &r.Permissions[i]
		for n := range p.Atoms() {
			p.Atom(n, &q.atom)
			q.denies = r.Strict || c.code != decision.Allowed
			e.match(&q)
			c.deny(&q.tally)
			if c.code == decision.Allowed && !r.Strict {
				c.allow(e.atomCode(&q), &q.tally)
			}
		}
		if r.Strict && c.code == decision.Allowed {
			code, t := e.strict(&q, p)
			c.allow(code, &t)
		}
	}
	return c.finish(dst)
}

// HasRole implements [decision.Engine]. It allocates nothing. The error is always nil.
func (e *Engine) HasRole(r *decision.Request, role string) (bool, error) {
	var q query
	if !e.resolve(&q, r) {
		return false, nil
	}
	holders, ok := e.t.Role(role)
	return ok && q.holdsAny(holders), nil
}
