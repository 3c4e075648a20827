package input

import (
	"strconv"
	"strings"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// Form says how a written request names what it asks for.
type Form uint8

// The forms of a request.
const (
	Strings Form = iota // permission strings
	Names               // the names of action and resource, where the request can be said so
)

// Append appends r as the input of an entrypoint: what [Decode] reads back to the same request. It
// leaves out Strict and Callers, which such an input cannot say.
func Append(dst []byte, r *decision.Request, g permission.Grammar, form Form) []byte {
	dst = AppendTimeless(dst, r, g, form)
	dst = append(dst[:len(dst)-1], `,"now":`...)
	dst = strconv.AppendInt(dst, r.Now, 10)
	return append(dst, '}')
}

// AppendTimeless does what [Append] does, and leaves out Now too: for those whose clock tells it.
func AppendTimeless(dst []byte, r *decision.Request, g permission.Grammar, form Form) []byte {
	names := form == Names && named(r)
	dst = append(dst, `{"subject":{"type":`...)
	dst = appendText(dst, r.Subject.Type)
	dst = append(dst, `,"id":`...)
	dst = appendText(dst, r.Subject.ID)
	dst = appendMember(dst, "properties", r.Subject.Properties)
	dst = append(dst, '}')
	if names {
		dst = appendNames(dst, r, g)
	} else {
		dst = appendStrings(dst, r, g)
	}
	dst = appendMember(dst, "context", r.Context)
	if r.Organisation != "" && r.Context.Get("organisation").Text() != r.Organisation {
		dst = append(dst, `,"organisation":`...)
		dst = appendText(dst, r.Organisation)
	}
	dst = appendMember(dst, "token", r.Token)
	return append(dst, '}')
}

// named reports whether r can be said by the names of action and resource: it asks for one permission
// of three or four single values.
func named(r *decision.Request) bool {
	if len(r.Permissions) != 1 {
		return false
	}
	p := &r.Permissions[0]
	for i := range p.Len() {
		if len(p.Values(i)) != 1 {
			return false
		}
	}
	return (p.Len() == 3 || p.Len() == 4) && p.Values(0)[0] != "" && !strings.Contains(p.Namespace(), "/")
}

func appendNames(dst []byte, r *decision.Request, g permission.Grammar) []byte {
	p := &r.Permissions[0]
	typ := p.Values(0)[0]
	if p.Namespace() != g.Namespace || strings.Contains(typ, "/") {
		typ = p.Namespace() + "/" + typ
	}
	dst = append(dst, `,"action":{"name":`...)
	dst = appendText(dst, p.Values(1)[0])
	dst = appendMember(dst, "properties", r.ActionProperties)
	dst = append(dst, `},"resource":{"type":`...)
	dst = appendText(dst, typ)
	dst = append(dst, `,"id":`...)
	dst = appendText(dst, p.Values(2)[0])
	dst = appendMember(dst, "properties", r.ResourceProperties)
	dst = append(dst, '}')
	if p.Len() == 4 {
		dst = append(dst, `,"attribute":`...)
		dst = appendText(dst, p.Values(3)[0])
	}
	return dst
}

func appendStrings(dst []byte, r *decision.Request, g permission.Grammar) []byte {
	if len(r.Permissions) == 1 {
		dst = append(dst, `,"permission":`...)
		dst = appendText(dst, g.Format(&r.Permissions[0]))
	} else {
		dst = append(dst, `,"permissions":[`...)
		for i := range r.Permissions {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendText(dst, g.Format(&r.Permissions[i]))
		}
		dst = append(dst, ']')
	}
	for _, side := range [...]struct {
		name       string
		properties value.Value
	}{{"action", r.ActionProperties}, {"resource", r.ResourceProperties}} {
		if side.properties.Kind() == value.Missing {
			continue
		}
		dst = append(append(append(dst, `,"`...), side.name...), `":{"properties":`...)
		dst = value.AppendJSON(dst, side.properties)
		dst = append(dst, '}')
	}
	return dst
}

// appendMember appends a member, with a comma before it, unless it is missing.
func appendMember(dst []byte, name string, v value.Value) []byte {
	if v.Kind() == value.Missing {
		return dst
	}
	dst = append(append(append(dst, `,"`...), name...), `":`...)
	return value.AppendJSON(dst, v)
}

func appendText(dst []byte, s string) []byte { return value.AppendQuoted(dst, s) }
