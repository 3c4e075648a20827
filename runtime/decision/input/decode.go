// Package input reads requests from JSON and writes them as JSON, in the two forms they come in: the
// input of a bundle's entrypoints, and the body of an AuthZEN access evaluation, which is the same
// without what a caller may not say.
//
// Both are objects with these members; others are ignored:
//
//	subject       {type, id, properties?}
//	action        {name, properties?}
//	resource      {type, id, properties?}; a type may carry a namespace, as "ns/type"
//	context       an object
//	attribute     a text, the fourth part of the permission
//	organisation  a code, which may stand in context instead
//
// The input of an entrypoint may also hold now (seconds since 1970, an integer) and token (an object of
// claims), and in the place of the names of action and resource, and of attribute, either permission (a
// string) or permissions (a list of strings, not empty).
package input

import (
	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// MemberError says which member of a request is not acceptable, and why.
type MemberError struct {
	Member string // its path, such as "subject.id"; empty for the body as a whole
	Reason string // to be read after the member: "is missing"
	Err    error  // a [*permission.SyntaxError] for a permission, otherwise nil
}

func (e *MemberError) Error() string {
	switch {
	case e.Err != nil:
		return e.Member + ": " + e.Err.Error()
	case e.Member == "":
		return "the body " + e.Reason
	default:
		return e.Member + " " + e.Reason
	}
}

// Unwrap returns Err.
func (e *MemberError) Unwrap() error { return e.Err }

const (
	missing     = "is missing"
	notObject   = "is not an object"
	notText     = "is not a string"
	emptyText   = "is empty"
	notInteger  = "is not an integer"
	notList     = "is not a list of strings"
	emptyList   = "is an empty list"
	contradicts = "contradicts context.organisation"
	besides     = "is given beside a permission string"
)

// Decode reads the input of an entrypoint into dst, whose storage it reuses and whose strings share
// the memory of body afterwards. It leaves Strict and Callers alone, and Now where body has no member
// now. The error is always a [*MemberError], and then dst is unspecified. It allocates only to grow
// dst and where [permission.Grammar.ParseInto] does.
func Decode(dst *decision.Request, body value.Value, g permission.Grammar) error {
	var m members
	if err := m.read(body); err != nil {
		return err
	}
	if err := m.decodeCircumstances(dst); err != nil {
		return err
	}
	switch one, several := m.permission.Kind() != value.Missing, m.permissions.Kind() != value.Missing; {
	case one && several:
		return &MemberError{Member: "permissions", Reason: besides}
	case one || several:
		return m.decodeStrings(dst, g)
	default:
		return m.decodeNames(dst, g)
	}
}

// DecodeEvaluation reads the body of an AuthZEN access evaluation (Authorization API 1.0, section 6.1)
// as [Decode] does, and takes nothing from it that only the server may say: it ignores now, token,
// permission and permissions, leaves dst.Now alone and clears dst.Token.
func DecodeEvaluation(dst *decision.Request, body value.Value, g permission.Grammar) error {
	var e Evaluation
	if err := e.Read(body); err != nil {
		return err
	}
	return e.Decode(dst, g)
}

// members holds the members of the input of an entrypoint.
type members struct {
	Evaluation
	now, token, permission, permissions value.Value
}

func (m *members) read(body value.Value) error {
	if body.Kind() != value.Object {
		return &MemberError{Reason: notObject}
	}
	for items := body.Items(); ; {
		name, member, ok := items.Next()
		switch {
		case !ok:
			return nil
		case m.set(name, member):
		case name == "now":
			m.now = member
		case name == "token":
			m.token = member
		case name == "permission":
			m.permission = member
		case name == "permissions":
			m.permissions = member
		}
	}
}

func decodeNow(dst *decision.Request, now value.Value) error {
	switch now.Kind() {
	case value.Missing:
		return nil
	case value.Integer:
		dst.Now = now.Int()
		return nil
	default:
		return &MemberError{Member: "now", Reason: notInteger}
	}
}

// decodeStrings reads the permission string, or the list of them.
func (m *members) decodeStrings(dst *decision.Request, g permission.Grammar) error {
	for _, name := range [...]struct {
		value value.Value
		path  string
	}{
		{m.action.name, "action.name"}, {m.resource.name, "resource.type"}, {m.resource.id, "resource.id"}, {m.attribute, "attribute"},
	} {
		if name.value.Kind() != value.Missing {
			return &MemberError{Member: name.path, Reason: besides}
		}
	}
	switch {
	case m.permission.Kind() != value.Missing:
		dst.Permissions = grown(dst.Permissions, 1)
		return parse(&dst.Permissions[0], m.permission, "permission", g)
	case m.permissions.Kind() != value.Array:
		return &MemberError{Member: "permissions", Reason: notList}
	case m.permissions.Len() == 0:
		return &MemberError{Member: "permissions", Reason: emptyList}
	}
	dst.Permissions = grown(dst.Permissions, m.permissions.Len())
	items := m.permissions.Items()
	for i := range dst.Permissions {
		_, item, _ := items.Next()
		if err := parse(&dst.Permissions[i], item, "permissions", g); err != nil {
			return err
		}
	}
	return nil
}

func parse(dst *permission.Permission, v value.Value, member string, g permission.Grammar) error {
	if v.Kind() != value.String {
		return &MemberError{Member: member, Reason: notText}
	}
	if err := g.ParseInto(dst, v.Text()); err != nil {
		return &MemberError{Member: member, Err: err}
	}
	return nil
}

// grown returns a slice of n permissions that keeps the storage of those it had room for.
func grown(ps []permission.Permission, n int) []permission.Permission {
	ps = ps[:cap(ps)]
	for len(ps) < n {
		ps = append(ps, permission.Permission{})
	}
	return ps[:n]
}
