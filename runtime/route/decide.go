package route

import (
	"slices"
	"sync"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// question is one request under decision, in reused storage.
type question struct {
	path    Path
	request decision.Request
	atom    permission.Atom
	asked   []permission.Permission
}

var questions = sync.Pool{New: func() any { return new(question) }}

// release forgets who asked and keeps the storage.
func (q *question) release() {
	clear(q.path.segments[:q.path.count])
	q.request, q.atom = decision.Request{}, permission.Atom{}
	questions.Put(q)
}

// Decide answers r by the rules, with an engine of the same bundle. It allocates nothing of its own, except where
// letters of a path are folded. Whatever fails forbids.
func (m *Matcher) Decide(e decision.Engine, r *Request) Outcome {
	if !isMethod(r.Method) {
		return Outcome{Reason: BadMethod}
	}
	q := questions.Get().(*question)
	defer q.release()
	if q.path.parse(r.Path) != noFault {
		return Outcome{Reason: BadPath}
	}
	rule := m.root.find(&q.path, r.Method)
	switch {
	case rule == nil:
		return m.unbound(q, r)
	case rule.Auth == policy.Anonymous:
		return Outcome{Allow, OpenRoute, rule}
	case !r.Authenticated:
		return Outcome{Unauthenticated, NotAuthenticated, rule}
	}
	q.request = decision.Request{
		Subject: r.Subject, Context: r.Context, Organisation: r.Organisation, Token: r.Token, Now: r.Now, Callers: r.Callers,
	}
	j := judge{m: m, e: e, q: q, rule: rule}
	return j.outcome()
}

// unbound answers a request that no rule binds. Requests are let through only where no rule binds the path for any method,
// with or without the slash at its end.
func (m *Matcher) unbound(q *question, r *Request) Outcome {
	if m.open {
		q.path.trailing = false
		if m.root.find(&q.path, "") == nil {
			return Outcome{Status: Allow, Reason: Unmatched}
		}
	}
	if r.Authenticated {
		return Outcome{Reason: NoRoute}
	}
	return Outcome{Status: Unauthenticated, Reason: NoRoute}
}

// isMethod reports whether text is a method as rules name them. Others are refused: a server might read "get" as GET.
func isMethod(text string) bool {
	for _, c := range []byte(text) {
		if (c < 'A' || c > 'Z') && c != '-' {
			return false
		}
	}
	return text != ""
}

// judge asks an engine for what a rule needs.
type judge struct {
	m      *Matcher
	e      decision.Engine
	q      *question
	rule   *policy.Route
	failed bool // the engine did, so nothing counts
}

func (j *judge) outcome() Outcome {
	satisfied, reason := false, NotSatisfied
	roles, permissions := len(j.rule.Roles) > 0, len(j.rule.Permissions) > 0
	switch {
	case !roles && !permissions:
		satisfied, reason = j.active(), NotActive
	case !permissions:
		satisfied = j.roles()
	case !roles:
		satisfied = j.permissions()
	case j.rule.Satisfy == policy.Both:
		satisfied = j.roles() && j.permissions()
	default:
		satisfied = j.roles() || j.permissions()
	}
	switch {
	case j.failed:
		return Outcome{Reason: Fault, Rule: j.rule}
	case !satisfied:
		return Outcome{Reason: reason, Rule: j.rule}
	default:
		return Outcome{Allow, Satisfied, j.rule}
	}
}

// active reports whether the subject is: engines say so before anything else, whatever they are asked for.
func (j *judge) active() bool {
	j.q.asked = slices.Grow(j.q.asked[:0], 1)[:1]
	j.q.atom = permission.Atom{Namespace: j.m.grammar.Namespace, Len: 1}
	j.q.asked[0].SetAtom(&j.q.atom)
	j.q.request.Permissions = j.q.asked
	d, err := j.e.Decide(&j.q.request)
	j.failed = j.failed || err != nil
	return err == nil && d.Code != decision.SubjectInactive
}

// roles reports whether all rules on roles hold.
func (j *judge) roles() bool {
	for i := range j.rule.Roles {
		if !j.role(&j.rule.Roles[i]) {
			return false
		}
	}
	return true
}

func (j *judge) role(rule *policy.RoleRule) bool {
	for _, h := range rule.Roles {
		held, err := j.e.HasRole(&j.q.request, j.m.t.Holder(uint32(h)).Name)
		if err != nil {
			j.failed = true
			return false
		}
		if held != rule.All {
			return held
		}
	}
	return rule.All
}

// permissions reports whether all permissions are allowed.
func (j *judge) permissions() bool {
	patterns := j.rule.Permissions
	j.q.asked = slices.Grow(j.q.asked[:0], len(patterns))[:len(patterns)]
	for i := range patterns {
		if !j.fill(&patterns[i]) {
			return false
		}
		j.q.asked[i].SetAtom(&j.q.atom)
	}
	j.q.request.Permissions = j.q.asked
	d, err := j.e.Decide(&j.q.request)
	j.failed = j.failed || err != nil
	return err == nil && d.Allowed
}

// fill makes the question's atom a pattern with the path's values in it. It reports whether they are values that a
// permission may hold.
func (j *judge) fill(p *policy.RoutePattern) bool {
	a := &j.q.atom
	*a = permission.Atom{Namespace: p.Namespace, Len: len(p.Parts)}
	for i, part := range p.Parts {
		switch part.Kind {
		case policy.LiteralValue:
			a.Parts[i] = part.Text
		case policy.Variable:
			segment := j.q.path.segments[part.Index]
			if !j.m.grammar.Folds(segment) {
				return false
			}
			a.Parts[i] = j.m.grammar.Fold(segment)
		case policy.Wildcard:
		}
	}
	return true
}
