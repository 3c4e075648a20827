package table

import (
	"strconv"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// environment appends the input that conditions see in Rego, as the bundle's own Rego makes it (package
// lictor.environment): what is missing has no member, but properties, context and token are there when they
// are empty. It holds what a set of roots does.
func (e *Engine) environment(dst []byte, q *query, reads policy.RootSet) []byte {
	r, a, w := q.r, &q.atom, writer{dst}
	w.open()
	if reads.Has(policy.SubjectType) || reads.Has(policy.SubjectID) || reads.Has(policy.SubjectProperties) {
		w.entity("subject")
		w.text(reads.Has(policy.SubjectType), "type", r.Subject.Type)
		w.text(reads.Has(policy.SubjectID), "id", r.Subject.ID)
		if reads.Has(policy.SubjectProperties) {
			w.overlay(q.properties(r.Subject.Properties, e.t.Properties(&q.subject)))
		}
		w.close()
	}
	if reads.Has(policy.ActionName) || reads.Has(policy.ActionProperties) {
		w.entity("action")
		w.text(reads.Has(policy.ActionName), "name", a.Parts[actionPart])
		w.object(reads.Has(policy.ActionProperties), "properties", r.ActionProperties)
		w.close()
	}
	if reads.Has(policy.ResourceType) || reads.Has(policy.ResourceID) || reads.Has(policy.ResourceProperties) {
		w.entity("resource")
		w.text(reads.Has(policy.ResourceType), "type", a.Parts[typePart])
		w.text(reads.Has(policy.ResourceID), "id", a.Parts[idPart])
		if reads.Has(policy.ResourceProperties) {
			w.overlay(q.properties(r.ResourceProperties, e.objectProperties(q)))
		}
		w.close()
	}
	w.object(reads.Has(policy.Context), "context", r.Context)
	w.text(reads.Has(policy.RequestOrganisation), "organisation", r.Organisation)
	w.object(reads.Has(policy.Token), "token", r.Token)
	w.now(reads.Has(policy.Now), r.Now)
	w.close()
	return w.dst
}

// properties returns whose properties count first and whose behind them.
func (q *query) properties(requested, stored value.Value) (first, second value.Value) {
	switch q.r.Callers {
	case decision.Stored:
		return stored, requested
	case decision.Ignore:
		return nil, stored
	}
	return requested, stored
}

// writer writes an environment as JSON.
type writer struct{ dst []byte }

func (w *writer) open()  { w.dst = append(w.dst, '{') }
func (w *writer) close() { w.dst = append(w.dst, '}') }

// name starts a member.
func (w *writer) name(name string) {
	if w.dst[len(w.dst)-1] != '{' {
		w.dst = append(w.dst, ',')
	}
	w.dst = append(value.AppendQuoted(w.dst, name), ':')
}

func (w *writer) entity(name string) {
	w.name(name)
	w.open()
}

// text adds a text, unless it is empty, which stands for one that is missing.
func (w *writer) text(reads bool, name, text string) {
	if reads && text != "" {
		w.name(name)
		w.dst = value.AppendQuoted(w.dst, text)
	}
}

// object adds an object, an empty one for whatever else there is.
func (w *writer) object(reads bool, name string, object value.Value) {
	if !reads {
		return
	}
	w.name(name)
	if object.Kind() != value.Object {
		w.dst = append(w.dst, "{}"...)
		return
	}
	w.dst = value.AppendJSON(w.dst, object)
}

// now adds the time, unless conditions cannot be evaluated with it.
func (w *writer) now(reads bool, now int64) {
	if reads && now >= -value.MaxInteger && now <= value.MaxInteger {
		w.name("now")
		w.dst = strconv.AppendInt(w.dst, now, 10)
	}
}

// overlay adds properties, member by member: what the first object lacks comes from the second.
func (w *writer) overlay(first, second value.Value) {
	w.entity("properties")
	w.members(first, nil)
	w.members(second, first)
	w.close()
}

// members adds the members of an object that another one does not have.
func (w *writer) members(object, but value.Value) {
	if object.Kind() != value.Object {
		return
	}
	for items := object.Items(); ; {
		name, item, ok := items.Next()
		if !ok {
			return
		}
		if but.Get(name).Kind() == value.Missing {
			w.name(name)
			w.dst = value.AppendJSON(w.dst, item)
		}
	}
}
