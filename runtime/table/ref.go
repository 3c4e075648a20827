package table

import (
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// ref says what a condition reads: a root, and below those that have properties the names of members.
type ref struct {
	root policy.Root
	name string
	rest []string
}

func newRef(r policy.Ref) ref {
	if len(r.Path) == 0 {
		return ref{root: r.Root}
	}
	return ref{r.Root, r.Path[0], r.Path[1:]}
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
	var v value.Value
	switch r := q.r; at.root {
	case policy.ResourceProperties:
		v = e.resourceProperty(q, at.name)
	case policy.SubjectProperties:
		v = e.subjectProperty(q, at.name)
	case policy.Context:
		v = r.Context.Get(at.name)
	case policy.Token:
		v = r.Token.Get(at.name)
	case policy.ActionProperties:
		v = r.ActionProperties.Get(at.name)
	}
	for _, name := range at.rest {
		v = v.Get(name)
	}
	return v
}

// resourceProperty returns one member of the resource's properties. Stored ones are looked up only where
// they can matter.
func (e *Engine) resourceProperty(q *query, name string) value.Value {
	if q.r.Callers == decision.Overlay {
		if v := q.r.ResourceProperties.Get(name); v.Kind() != value.Missing {
			return v
		}
		return e.objectProperties(q).Get(name)
	}
	return q.overlay(q.r.ResourceProperties, e.objectProperties(q), name)
}

// subjectProperty is resourceProperty for the subject's properties.
func (e *Engine) subjectProperty(q *query, name string) value.Value {
	if q.r.Callers == decision.Overlay {
		if v := q.r.Subject.Properties.Get(name); v.Kind() != value.Missing {
			return v
		}
		return e.t.Properties(&q.subject).Get(name)
	}
	return q.overlay(q.r.Subject.Properties, e.t.Properties(&q.subject), name)
}

// overlay returns one member of the request's or the stored properties, as r.Callers says.
func (q *query) overlay(requested, stored value.Value, name string) value.Value {
	first, second := q.properties(requested, stored)
	if v := first.Get(name); v.Kind() != value.Missing {
		return v
	}
	return second.Get(name)
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
