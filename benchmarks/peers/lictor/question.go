package lictor

import (
	"github.com/lictor-dev/lictor/benchmarks/workload"
	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// now is when every request is made: 12:00 on 1 July 2026.
const now = 1782907200

// question is a request in memory that is used again for the next one.
type question struct {
	grammar           permission.Grammar
	request           decision.Request
	resource, context []byte
}

func newQuestion(g permission.Grammar) question {
	return question{grammar: g, request: decision.Request{
		Subject: decision.Subject{Type: "user"}, Permissions: make([]permission.Permission, 1), Now: now,
	}}
}

// set makes the question of the texts of r.
func (q *question) set(r *workload.Request) error {
	q.request.Subject.ID, q.request.Organisation = r.Subject, r.Organisation
	if x := r.Properties; x != nil {
		q.setProperties(x)
	}
	return q.grammar.SetLiteral(&q.request.Permissions[0], r.Resource, r.Action, r.Instance, "")
}

func (q *question) setProperties(x *workload.Properties) {
	b := value.Begin(q.resource[:0], value.Object)
	b = value.AppendString(value.AppendKey(b, "owner"), x.Owner)
	b = value.AppendString(value.AppendKey(b, "status"), x.Status)
	b = value.AppendString(value.AppendKey(b, "path"), x.Path)
	q.resource = value.End(b, 0, 3)
	b = value.Begin(q.context[:0], value.Object)
	b = value.AppendString(value.AppendKey(b, "region"), x.Region)
	b = value.AppendInt(value.AppendKey(b, "level"), int64(x.Level))
	q.context = value.End(b, 0, 2)
	q.request.ResourceProperties, q.request.Context = q.resource, q.context
}

// prepare returns a request that shares no memory with the next one.
func prepare(g permission.Grammar, r *workload.Request) (*decision.Request, error) {
	q := newQuestion(g)
	err := q.set(r)
	return &q.request, err
}
