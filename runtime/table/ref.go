package table

import (
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// ref says what a condition reads: a root, and below those that have properties the names of members.
type ref struct {
	root   policy.Root
	stored bool // it may be stored beside what the request says
	name   string
	more   bool // there is a rest:
	rest   []string
}

func newRef(r policy.Ref) ref {
	if len(r.Path) == 0 {
		return ref{root: r.Root}
	}
	stored := r.Root == policy.SubjectProperties || r.Root == policy.ResourceProperties
	return ref{r.Root, stored, r.Path[0], len(r.Path) > 1, r.Path[1:]}
}

// read reads what a reference points to into the zero operand o; Missing when there is nothing.
func (e *Engine) read(q *query, at *ref, o *operand) {
	switch {
	case at.root.HasPath():
		o.set(e.property(q, at))
	case at.root == policy.Now:
		o.setInt(q.r.Now)
	default:
		if text, ok := e.part(q, at.root); ok {
			o.setText(text)
		}
	}
}

// part returns a text that every request has, or may have.
func (e *Engine) part(q *query, root policy.Root) (text string, ok bool) {
	switch root {
	case policy.SubjectType:
		return q.r.Subject.Type, true
	case policy.SubjectID:
		return q.r.Subject.ID, true
	case policy.ActionName:
		text = q.atom.Parts[actionPart]
	case policy.ResourceType:
		text = q.atom.Parts[typePart]
	case policy.ResourceID:
		text = q.atom.Parts[idPart]
	case policy.RequestOrganisation:
		text = q.r.Organisation
	}
	return text, text != ""
}

// property returns a member of properties, context or token; Missing when there is none.
func (e *Engine) property(q *query, at *ref) value.Value {
	v := at.object(q.r).Get(at.name)
	if at.more || len(v) == 0 {
		v = e.further(q, at, v)
	}
	return v
}

// object returns what r has to say about a reference first: nothing, where properties of the request do not come first.
func (at *ref) object(r *decision.Request) value.Value {
	switch {
	case at.stored && r.Callers != decision.Overlay:
		return nil
	case at.root == policy.ResourceProperties:
		return r.ResourceProperties
	case at.root == policy.Context:
		return r.Context
	case at.root == policy.SubjectProperties:
		return r.Subject.Properties
	case at.root == policy.Token:
		return r.Token
	}
	return r.ActionProperties
}

// further returns what a reference points to where the first member, v, is not all, or nothing.
func (e *Engine) further(q *query, at *ref, v value.Value) value.Value {
	if at.stored && len(v) == 0 {
		v = e.overlaid(q, at)
	}
	for _, name := range at.rest {
		v = v.Get(name)
	}
	return v
}

// overlaid returns a member of properties that may be stored, as r.Callers says; in an overlay the request does not have it.
func (e *Engine) overlaid(q *query, at *ref) value.Value {
	requested, stored := q.r.Subject.Properties, value.Value(nil)
	if at.root == policy.ResourceProperties {
		requested, stored = q.r.ResourceProperties, e.objectProperties(q)
	} else {
		stored = e.t.Properties(&q.subject)
	}
	if q.r.Callers == decision.Overlay {
		return stored.Get(at.name)
	}
	first, second := q.properties(requested, stored)
	if v := first.Get(at.name); v.Kind() != value.Missing {
		return v
	}
	return second.Get(at.name)
}

// objectProperties returns the stored properties of the atom's resource.
func (e *Engine) objectProperties(q *query) value.Value {
	if !q.looked {
		q.looked = true
		if q.atom.Parts[typePart] != "" && q.atom.Parts[idPart] != "" {
			q.object = e.t.Object(q.atom.Namespace, q.atom.Parts[typePart], q.atom.Parts[idPart])
		}
	}
	return q.object
}
