// Package authzen is the OpenID AuthZEN Authorization API 1.0 as the edge speaks it. It turns the body
// of a request into an answer; methods, headers and status codes are the server's.
package authzen

import (
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/edge/exchange"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// Evaluate answers an access evaluation request (section 6 of the specification). An error that is an
// [*exchange.Failure] is the caller's fault.
//
// A decision is the permission resource.type : action.name : resource.id [: attribute], each exactly
// one literal value. Besides the members of the specification, "organisation" (or the same in the
// context) and "attribute" are read; all others are ignored.
func Evaluate(x *exchange.Exchange) error {
	if err := decode(x); err != nil {
		return err
	}
	d, err := x.Decide()
	if err != nil {
		return err
	}
	x.Answer = appendDecision(x.Answer, d.Code, x.Generation.Revision)
	return nil
}

// decode fills x.Request from x.Body.
func decode(x *exchange.Exchange) error {
	x.Reset()
	if x.Body.Kind() != value.Object {
		return exchange.Malformed("body: not an object")
	}
	var m members
	m.read(x.Body)
	r := &x.Request
	if err := decodeSubject(m.subject, &r.Subject); err != nil {
		return err
	}
	var err error
	if r.Context, err = exchange.OptionalObject(m.context, "context"); err != nil {
		return err
	}
	if r.Organisation, err = exchange.Organisation(m.organisation, r.Context); err != nil {
		return err
	}
	return decodePermission(x, &m)
}

// members are the members of a request that mean something.
type members struct {
	subject, action, resource, context, organisation, attribute value.Value
}

func (m *members) read(body value.Value) {
	for items := body.Items(); ; {
		name, v, ok := items.Next()
		if !ok {
			return
		}
		switch name {
		case "subject":
			m.subject = v
		case "action":
			m.action = v
		case "resource":
			m.resource = v
		case "context":
			m.context = v
		case "organisation":
			m.organisation = v
		case "attribute":
			m.attribute = v
		}
	}
}

func decodeSubject(v value.Value, s *decision.Subject) error {
	v, err := exchange.Object(v, "subject")
	if err != nil {
		return err
	}
	if s.Type, err = exchange.Text(v.Get("type"), "subject.type"); err != nil {
		return err
	}
	if s.ID, err = exchange.Text(v.Get("id"), "subject.id"); err != nil {
		return err
	}
	s.Properties, err = exchange.OptionalObject(v.Get("properties"), "subject.properties")
	return err
}

func decodePermission(x *exchange.Exchange, m *members) error {
	action, err := exchange.Object(m.action, "action")
	if err != nil {
		return err
	}
	resource, err := exchange.Object(m.resource, "resource")
	if err != nil {
		return err
	}
	name, err := exchange.Text(action.Get("name"), "action.name")
	if err != nil {
		return err
	}
	kind, err := exchange.Text(resource.Get("type"), "resource.type")
	if err != nil {
		return err
	}
	id, err := exchange.Text(resource.Get("id"), "resource.id")
	if err != nil {
		return err
	}
	attribute, err := exchange.OptionalText(m.attribute, "attribute")
	if err != nil {
		return err
	}
	r := &x.Request
	if r.ActionProperties, err = exchange.OptionalObject(action.Get("properties"), "action.properties"); err != nil {
		return err
	}
	if r.ResourceProperties, err = exchange.OptionalObject(resource.Get("properties"), "resource.properties"); err != nil {
		return err
	}
	if err := x.Generation.Grammar.SetLiteral(x.Permission(), kind, name, id, attribute); err != nil {
		return exchange.Malformed("resource and action: %s", err)
	}
	return nil
}

// AppendError appends an error as the specification has it (section 10.1.1): a message string.
func AppendError(dst []byte, message string) []byte {
	return exchange.AppendQuoted(dst, message)
}
