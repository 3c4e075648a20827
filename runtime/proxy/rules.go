package proxy

import (
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/route"
)

// question is what the rules are asked.
type question struct {
	method, path string
	who          who
	now          int64 // seconds since 1970
}

// decide asks the route rules. Nobody said anything about the subject but who it is, so stored properties count alone.
func (g *generation) decide(q question) verdict {
	out := g.rules.Decide(g.engine, &route.Request{
		Method:        q.method,
		Path:          q.path,
		Authenticated: q.who.id != "",
		Subject:       decision.Subject{Type: q.who.kind, ID: q.who.id},
		Organisation:  q.who.organisation,
		Now:           q.now,
		Callers:       decision.Ignore,
	})
	v := verdict{status: out.Status.HTTP(), reason: out.Reason.String()}
	if out.Rule != nil {
		v.rule = g.rules.Source(out.Rule)
	}
	return v
}
