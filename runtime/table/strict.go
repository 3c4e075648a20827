package table

import (
	"sync"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// reusable holds permissions to parse grants into.
var reusable = sync.Pool{New: func() any { return new(permission.Permission) }}

// strict decides a permission that one policy must cover as a whole, as Shiro does. It goes through
// every policy the subject holds: tables are keyed by atom and do not know lists.
func (e *Engine) strict(q *query, p *permission.Permission) (decision.Code, tally) {
	var t tally
	grant := reusable.Get().(*permission.Permission)
	defer reusable.Put(grant)
	consider := func(id policy.ID) {
		row := e.t.Policy(id)
		if row.Effect != policy.Allow || !row.Validity.Holds(q.organisation, q.r.Now) {
			return
		}
		if e.t.PolicyPermission(id, e.grammar, grant) && permission.Implies(grant, p) {
			t.add(e.holdsForAll(q, row.Condition, p), id)
		}
	}
	e.eachPolicy(q, consider)
	code := t.allowCode()
	if code == decision.Allowed && q.scoped && !e.allInScope(q, p) {
		code = decision.ScopeInsufficient
	}
	return code, t
}

// eachPolicy calls f with every policy of the subject: those it holds here and now, and all of its own, whether
// they are valid or not. A policy may come several times.
func (e *Engine) eachPolicy(q *query, f func(id policy.ID)) {
	q.eachHolder(func(h uint32) bool {
		closure := e.t.HolderClosure(h)
		for i := range closure.Len() {
			owned := e.t.HolderPolicies(closure.At(i))
			for n := range owned.Len() {
				f(policy.ID(owned.At(n)))
			}
		}
		return true
	})
	q.subject.EachPolicy(f)
}

// holdsForAll evaluates a condition for every atom of p and ANDs the results.
func (e *Engine) holdsForAll(q *query, c policy.ConditionID, p *permission.Permission) outcome {
	result := allowTrue
	if c == 0 {
		return result
	}
	for n := range p.Atoms() {
		p.Atom(n, &q.atom)
		q.nextAtom()
		switch e.holds(q, c) {
		case no:
			return allowFalse
		case unknown:
			result = allowUnknown
		}
	}
	return result
}

func (e *Engine) allInScope(q *query, p *permission.Permission) bool {
	for n := range p.Atoms() {
		p.Atom(n, &q.atom)
		if !e.inScope(q) {
			return false
		}
	}
	return true
}
