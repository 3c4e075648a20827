package input

import (
	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// ReadEvaluation is [value.Parse] and [DecodeEvaluation] at once: it reads the body of an AuthZEN access evaluation into
// dst, whose strings share the memory of text and of buf afterwards. The request and the errors are the same, a
// [*value.SyntaxError] before any [*MemberError].
//
// A body without escapes, and with no members but those that count, is read in one go.
func ReadEvaluation(dst *decision.Request, buf, text []byte, g permission.Grammar) ([]byte, error) {
	q := quick{Scanner: value.NewScanner(text), dst: dst, buf: buf}
	if q.read(g) {
		return q.buf, nil
	}
	buf, body, err := value.Parse(buf, text)
	if err != nil {
		return buf, err
	}
	return buf, DecodeEvaluation(dst, body, g)
}

// quick reads an evaluation that is as it should be, and refuses every other.
type quick struct {
	value.Scanner
	dst  *decision.Request
	buf  []byte
	seen member

	typ, action, id, attribute       string
	subject, deed, resource, context span
}

// member is a set of members that were there.
type member uint8

const (
	subject member = 1 << iota
	action
	resource
)

// span is where a value stands in the buffer, which may move while it grows; the zero span is of none.
type span struct{ start, end int }

func (q *quick) read(g permission.Grammar) bool {
	r := q.dst
	r.Subject.Type, r.Subject.ID, r.Organisation, r.Token = "", "", "", nil
	for name, more := q.start(); more; name, more = q.Next() {
		switch name {
		case "subject":
			q.once(subject)
			q.entity(&r.Subject.Type, nil, &r.Subject.ID, &q.subject)
		case "action":
			q.once(action)
			q.entity(nil, &q.action, nil, &q.deed)
		case "resource":
			q.once(resource)
			q.entity(&q.typ, nil, &q.id, &q.resource)
		case "context":
			q.object(&q.context, 1)
		case "organisation":
			q.text(&r.Organisation)
		case "attribute":
			q.text(&q.attribute)
		default:
			q.Refuse()
		}
	}
	if !q.Done() || r.Subject.ID == "" || q.action == "" || q.id == "" {
		return false
	}
	if !q.objects() {
		return false
	}
	if len(r.Permissions) != 1 {
		r.Permissions = grown(r.Permissions, 1)
	}
	p := &r.Permissions[0]
	return g.SetPlain(p, q.typ, q.action, q.id, q.attribute) || g.SetLiteral(p, q.typ, q.action, q.id, q.attribute) == nil
}

// objects hands over the properties and the context, and reports whether the context names no other organisation.
func (q *quick) objects() bool {
	r := q.dst
	if q.subject.end|q.deed.end|q.resource.end|q.context.end == 0 { // nearly always
		r.Subject.Properties, r.ActionProperties, r.ResourceProperties, r.Context = nil, nil, nil, nil
		return true
	}
	r.Subject.Properties, r.ActionProperties = q.value(q.subject), q.value(q.deed)
	r.ResourceProperties, r.Context = q.value(q.resource), q.value(q.context)
	return q.agreed()
}

// start reads what nearly every body starts with, in the order and the spelling in which nearly every program writes it,
// and returns the name of the next member; of any other body, that of its first.
func (q *quick) start() (name string, more bool) {
	r, begin := q.dst, q.Scanner
	if q.take(`{"subject":{"type":"`, &r.Subject.Type) && q.take(`,"id":"`, &r.Subject.ID) && q.take(`},"action":{"name":"`, &q.action) &&
		q.take(`},"resource":{"type":"`, &q.typ) && q.take(`,"id":"`, &q.id) && q.Skip(`}`) {
		q.seen = subject | action | resource
		q.take(`,"organisation":"`, &r.Organisation)
		return q.Next()
	}
	q.Scanner, q.action, q.typ, q.id = begin, "", "", ""
	r.Subject.Type, r.Subject.ID = "", ""
	return q.First()
}

// once refuses a member that is there twice.
func (q *quick) once(m member) {
	if q.seen&m != 0 {
		q.Refuse()
	}
	q.seen |= m
}

// take reads a text behind what must come first, and reports whether it was there and is not empty.
func (q *quick) take(behind string, dst *string) bool {
	*dst = q.TextBehind(behind)
	return *dst != ""
}

// entity reads a subject, an action or a resource: the texts that it has, all of which must be there, and its properties.
func (q *quick) entity(typ, name, id *string, properties *span) {
	for member, more := q.First(); more; member, more = q.Next() {
		switch member {
		case "type":
			q.text(typ)
		case "name":
			q.text(name)
		case "id":
			q.text(id)
		case "properties":
			q.object(properties, 2)
		default:
			q.Refuse()
		}
	}
	if typ != nil && *typ == "" || name != nil && *name == "" || id != nil && *id == "" {
		q.Refuse()
	}
}

// text reads a text that must not be empty, nor be there twice; nil for one that means nothing here.
func (q *quick) text(dst *string) {
	if dst == nil || *dst != "" {
		q.Refuse()
		return
	}
	if *dst = q.Text(); *dst == "" {
		q.Refuse()
	}
}

// object reads an object that must not be there twice.
func (q *quick) object(dst *span, depth int) {
	if dst.end != 0 {
		q.Refuse()
	}
	start := len(q.buf)
	q.buf = q.AppendObject(q.buf, depth)
	*dst = span{start, len(q.buf)}
}

func (q *quick) value(s span) value.Value {
	if s.end == 0 {
		return nil
	}
	return value.Value(q.buf[s.start:s.end:s.end])
}

// agreed takes over the organisation that the context may name, and reports whether it is the only one.
func (q *quick) agreed() bool {
	r := q.dst
	switch inner := r.Context.Get("organisation"); {
	case inner.Kind() == value.Missing:
		return true
	case inner.Text() == "":
		return false
	case r.Organisation == "":
		r.Organisation = inner.Text()
		return true
	default:
		return r.Organisation == inner.Text()
	}
}
