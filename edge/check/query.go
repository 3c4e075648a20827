package check

import (
	"strconv"
	"strings"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/edge/exchange"
)

// query is one question as read, before it meets a generation.
type query struct {
	subject value.Value
	asked   asked

	action, resource, context value.Value // properties and context: Objects, or Missing
	organisation, attribute   string
	any, strict, explain      bool
}

// members are the members of a question, by name.
type members struct {
	subject, permission, permissions, roles, mode      value.Value
	organisation, attribute, action, resource, context value.Value
	strict, explain                                    value.Value
}

// member returns where the named member is kept, nil when the name means nothing.
func (m *members) member(name string) *value.Value {
	switch name {
	case "subject":
		return &m.subject
	case "permission":
		return &m.permission
	case "permissions":
		return &m.permissions
	case "roles":
		return &m.roles
	case "mode":
		return &m.mode
	case "organisation":
		return &m.organisation
	case "attribute":
		return &m.attribute
	case "action":
		return &m.action
	case "resource":
		return &m.resource
	case "context":
		return &m.context
	case "strict":
		return &m.strict
	case "explain":
		return &m.explain
	}
	return nil
}

// read reads one question; unknown members are refused.
func read(body value.Value) (q query, err error) {
	if body.Kind() != value.Object {
		return q, exchange.Malformed("the question is not an object")
	}
	var m members
	for items := body.Items(); ; {
		name, v, ok := items.Next()
		if !ok {
			break
		}
		at := m.member(name)
		if at == nil {
			return q, exchange.Malformed("unknown member %s", exchange.Quote(name))
		}
		*at = v
	}
	q.subject = m.subject
	if err = checkSubject(m.subject); err != nil {
		return q, err
	}
	if err = q.readOptions(&m); err != nil {
		return q, err
	}
	q.asked, err = ask(&m)
	return q, err
}

func (q *query) readOptions(m *members) (err error) {
	if q.any, err = readMode(m.mode); err != nil {
		return err
	}
	if q.strict, err = exchange.OptionalBool(m.strict, "strict"); err != nil {
		return err
	}
	if q.explain, err = exchange.OptionalBool(m.explain, "explain"); err != nil {
		return err
	}
	if q.action, err = properties(m.action, "action"); err != nil {
		return err
	}
	if q.resource, err = properties(m.resource, "resource"); err != nil {
		return err
	}
	if q.context, err = exchange.OptionalObject(m.context, "context"); err != nil {
		return err
	}
	if q.attribute, err = exchange.OptionalText(m.attribute, "attribute"); err != nil {
		return err
	}
	q.organisation, err = exchange.Organisation(m.organisation, q.context)
	return err
}

func readMode(v value.Value) (anyOf bool, err error) {
	mode, err := exchange.OptionalText(v, "mode")
	switch {
	case err != nil:
		return false, err
	case mode == "any":
		return true, nil
	case mode == "" || mode == "all":
		return false, nil
	default:
		return false, exchange.Malformed("mode is %s, neither \"all\" nor \"any\"", exchange.Quote(mode))
	}
}

// properties reads {"properties": {…}}, the only member of action and resource: what they are called
// is in the permission.
func properties(v value.Value, name string) (value.Value, error) {
	if v.Kind() == value.Missing {
		return nil, nil
	}
	if v.Kind() != value.Object {
		return nil, exchange.Malformed("%s is not an object", name)
	}
	var inner value.Value
	for items := v.Items(); ; {
		key, member, ok := items.Next()
		if !ok {
			return exchange.OptionalObject(inner, name+".properties")
		}
		if key != "properties" {
			return nil, exchange.Malformed("%s has an unknown member %s", name, exchange.Quote(key))
		}
		inner = member
	}
}

// fill sets everything in x.Request but the permission.
func (q *query) fill(x *exchange.Exchange) error {
	x.Reset()
	r := &x.Request
	r.ActionProperties, r.ResourceProperties, r.Context = q.action, q.resource, q.context
	r.Organisation, r.Strict = q.organisation, q.strict
	return fillSubject(x, q.subject, &r.Subject)
}

// parse reads the permission with the given index into the storage of x, with the attribute of the
// question as its fourth part.
func (q *query) parse(x *exchange.Exchange, text string, index int) error {
	g, p := x.Generation.Grammar, x.Permission()
	err := g.ParseInto(p, text)
	if err == nil && q.attribute != "" {
		if p.Len() > 3 {
			return exchange.Malformed("%s names an attribute of its own", q.asked.name(index))
		}
		err = g.ParseInto(p, withAttribute(text, p, q.attribute))
	}
	if err != nil {
		return exchange.Malformed("%s: %s", q.asked.name(index), err)
	}
	return nil
}

// withAttribute returns the text of a permission with a literal fourth part.
func withAttribute(text string, p *permission.Permission, attribute string) string {
	var b strings.Builder
	b.WriteString(text)
	for range 3 - p.Len() {
		b.WriteString(":*")
	}
	b.WriteByte(':')
	for _, c := range []byte(attribute) {
		const hex = "0123456789ABCDEF"
		b.Write([]byte{'%', hex[c>>4], hex[c&15]})
	}
	return b.String()
}

// name returns how a message calls the given string of the question.
func (a *asked) name(index int) string {
	if a.list {
		return a.kind.String() + "[" + strconv.Itoa(index) + "]"
	}
	return a.kind.String()
}
