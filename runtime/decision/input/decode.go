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
	"fmt"

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
		return fmt.Sprintf("%s: %v", e.Member, e.Err)
	case e.Member == "":
		return "the body " + e.Reason
	default:
		return fmt.Sprintf("%s %s", e.Member, e.Reason)
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
	if err := decodeCommon(dst, body); err != nil {
		return err
	}
	if err := decodeNow(dst, body.Get("now")); err != nil {
		return err
	}
	token, err := object(body, "token", "token")
	if err != nil {
		return err
	}
	dst.Token = token
	one, several := body.Get("permission"), body.Get("permissions")
	switch {
	case one.Kind() != value.Missing && several.Kind() != value.Missing:
		return &MemberError{Member: "permissions", Reason: besides}
	case one.Kind() != value.Missing:
		return decodeStrings(dst, body, g, one)
	case several.Kind() != value.Missing:
		return decodeStrings(dst, body, g, several)
	default:
		return decodeNames(dst, body, g)
	}
}

// DecodeEvaluation reads the body of an AuthZEN access evaluation (Authorization API 1.0, section 6.1)
// as [Decode] does, and takes nothing from it that only the server may say: it ignores now, token,
// permission and permissions, leaves dst.Now alone and clears dst.Token.
func DecodeEvaluation(dst *decision.Request, body value.Value, g permission.Grammar) error {
	dst.Token = nil
	if err := decodeCommon(dst, body); err != nil {
		return err
	}
	return decodeNames(dst, body, g)
}

// decodeCommon reads everything but what is asked for.
func decodeCommon(dst *decision.Request, body value.Value) (err error) {
	if body.Kind() != value.Object {
		return &MemberError{Reason: notObject}
	}
	subject, err := required(body, "subject")
	if err != nil {
		return err
	}
	if dst.Subject.Type, err = text(subject, "type", "subject.type"); err != nil {
		return err
	}
	if dst.Subject.ID, err = text(subject, "id", "subject.id"); err != nil {
		return err
	}
	if dst.Subject.Properties, err = object(subject, "properties", "subject.properties"); err != nil {
		return err
	}
	action, err := object(body, "action", "action")
	if err != nil {
		return err
	}
	if dst.ActionProperties, err = object(action, "properties", "action.properties"); err != nil {
		return err
	}
	resource, err := object(body, "resource", "resource")
	if err != nil {
		return err
	}
	if dst.ResourceProperties, err = object(resource, "properties", "resource.properties"); err != nil {
		return err
	}
	if dst.Context, err = object(body, "context", "context"); err != nil {
		return err
	}
	dst.Organisation, err = organisation(body, dst.Context)
	return err
}

// organisation returns the one asked for: the top-level member, or the one in context, which must not
// differ.
func organisation(body, context value.Value) (string, error) {
	top, below := body.Get("organisation"), context.Get("organisation")
	if below.Kind() != value.Missing {
		code, err := text(context, "organisation", "context.organisation")
		if err != nil {
			return "", err
		}
		if top.Kind() == value.Missing {
			return code, nil
		}
	}
	if top.Kind() == value.Missing {
		return "", nil
	}
	code, err := text(body, "organisation", "organisation")
	if err == nil && below.Kind() != value.Missing && below.Text() != code {
		err = &MemberError{Member: "organisation", Reason: contradicts}
	}
	return code, err
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

// decodeNames reads the permission that the names of action and resource stand for.
func decodeNames(dst *decision.Request, body value.Value, g permission.Grammar) error {
	action, err := required(body, "action")
	if err != nil {
		return err
	}
	name, err := text(action, "name", "action.name")
	if err != nil {
		return err
	}
	resource, err := required(body, "resource")
	if err != nil {
		return err
	}
	typ, err := text(resource, "type", "resource.type")
	if err != nil {
		return err
	}
	id, err := text(resource, "id", "resource.id")
	if err != nil {
		return err
	}
	attribute := ""
	if body.Get("attribute").Kind() != value.Missing {
		if attribute, err = text(body, "attribute", "attribute"); err != nil {
			return err
		}
	}
	dst.Permissions = grown(dst.Permissions, 1)
	if err := g.SetLiteral(&dst.Permissions[0], typ, name, id, attribute); err != nil {
		return &MemberError{Member: "resource.type", Err: err}
	}
	return nil
}

// decodeStrings reads one permission string, or a list of them.
func decodeStrings(dst *decision.Request, body value.Value, g permission.Grammar, given value.Value) error {
	for _, name := range [...]struct{ parent, name, path string }{
		{"action", "name", "action.name"}, {"resource", "type", "resource.type"}, {"resource", "id", "resource.id"},
	} {
		if body.Get(name.parent).Get(name.name).Kind() != value.Missing {
			return &MemberError{Member: name.path, Reason: besides}
		}
	}
	switch {
	case body.Get("attribute").Kind() != value.Missing:
		return &MemberError{Member: "attribute", Reason: besides}
	case body.Get("permission").Kind() != value.Missing:
		dst.Permissions = grown(dst.Permissions, 1)
		return parse(&dst.Permissions[0], given, "permission", g)
	case given.Kind() != value.Array:
		return &MemberError{Member: "permissions", Reason: notList}
	case given.Len() == 0:
		return &MemberError{Member: "permissions", Reason: emptyList}
	}
	dst.Permissions = grown(dst.Permissions, given.Len())
	items := given.Items()
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

// required returns a member that must be an object.
func required(v value.Value, name string) (value.Value, error) {
	if v.Get(name).Kind() == value.Missing {
		return nil, &MemberError{Member: name, Reason: missing}
	}
	return object(v, name, name)
}

// object returns a member that must be an object if it is there.
func object(v value.Value, name, path string) (value.Value, error) {
	member := v.Get(name)
	if k := member.Kind(); k != value.Missing && k != value.Object {
		return nil, &MemberError{Member: path, Reason: notObject}
	}
	return member, nil
}

// text returns a member that must be a string, not empty.
func text(v value.Value, name, path string) (string, error) {
	member := v.Get(name)
	switch {
	case member.Kind() == value.Missing:
		return "", &MemberError{Member: path, Reason: missing}
	case member.Kind() != value.String:
		return "", &MemberError{Member: path, Reason: notText}
	case member.Text() == "":
		return "", &MemberError{Member: path, Reason: emptyText}
	}
	return member.Text(), nil
}
