package plugin

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/decision/input"
)

// Request asks whether a subject may do something: exactly one of Permission, Permissions, and the names of Action and
// Resource says what. It is only read.
type Request struct {
	Subject Subject

	Permission  string   // such as "shop/book:read:17"
	Permissions []string // all of them must be allowed

	Action    Action
	Resource  Resource
	Attribute string // of the resource; empty for none

	Organisation string         // code of the organisation asked for; empty for none
	Context      map[string]any // what else conditions may read
	Token        map[string]any // claims that the host has verified; nil when there is no token
	Now          time.Time      // to the second; zero for the time at which it is answered
	Strict       bool           // one policy must cover all values of a permission
}

// Subject is who asks. Type and ID are needed.
type Subject struct {
	Type, ID   string
	Properties map[string]any
}

// Action is what is to be done. Name is one literal value, never parsed.
type Action struct {
	Name       string
	Properties map[string]any
}

// Resource is what it is to be done with. Type, which may carry a namespace as "shop/book", and ID are literal values,
// never parsed.
type Resource struct {
	Type, ID   string
	Properties map[string]any
}

// RequestError says which member of a request is not acceptable.
type RequestError struct {
	Member string // such as "subject.id"
	Reason string // to be read after the member: "is empty"
	Err    error  // a [*permission.SyntaxError] for a permission; may be nil
}

func (e *RequestError) Error() string {
	if e.Err != nil {
		return e.Member + ": " + e.Err.Error()
	}
	return e.Member + " " + e.Reason
}

// Unwrap returns Err.
func (e *RequestError) Unwrap() error { return e.Err }

const (
	empty   = "is empty"
	besides = "is given beside a permission"
)

// decode returns the request as engines take it. The error is a [*RequestError].
func (r *Request) decode(g permission.Grammar) (*decision.Request, error) {
	d, err := r.circumstances()
	if err != nil {
		return nil, err
	}
	names := r.Action.Name != "" || r.Resource.Type != "" || r.Resource.ID != "" || r.Attribute != ""
	switch {
	case r.Permission != "" && len(r.Permissions) > 0:
		err = &RequestError{Member: "permissions", Reason: besides}
	case names && (r.Permission != "" || len(r.Permissions) > 0):
		err = &RequestError{Member: "action, resource or attribute", Reason: besides}
	case names:
		err = r.decodeNames(d, g)
	case r.Permission != "":
		err = decodeStrings(d, g, "permission", r.Permission)
	default:
		err = decodeStrings(d, g, "permissions", r.Permissions...)
	}
	return d, err
}

// circumstances decodes everything but what is asked for.
func (r *Request) circumstances() (*decision.Request, error) {
	d := &decision.Request{
		Subject:      decision.Subject{Type: r.Subject.Type, ID: r.Subject.ID},
		Organisation: r.Organisation, Now: r.Now.Unix(), Strict: r.Strict,
	}
	if r.Now.IsZero() {
		d.Now = time.Now().Unix()
	}
	switch {
	case r.Subject.Type == "":
		return nil, &RequestError{Member: "subject.type", Reason: empty}
	case r.Subject.ID == "":
		return nil, &RequestError{Member: "subject.id", Reason: empty}
	}
	for _, m := range []struct {
		name string
		from map[string]any
		to   *value.Value
	}{
		{"subject.properties", r.Subject.Properties, &d.Subject.Properties},
		{"action.properties", r.Action.Properties, &d.ActionProperties},
		{"resource.properties", r.Resource.Properties, &d.ResourceProperties},
		{"context", r.Context, &d.Context},
		{"token", r.Token, &d.Token},
	} {
		if m.from == nil {
			continue
		}
		text, err := json.Marshal(m.from)
		if err == nil {
			_, *m.to, err = value.Parse(nil, text)
		}
		if err != nil {
			return nil, &RequestError{Member: m.name, Reason: "is not what JSON can say: " + err.Error()}
		}
	}
	return d, r.organisation(d)
}

// organisation finds the one asked for, which may stand in the context.
func (r *Request) organisation(d *decision.Request) error {
	switch given := d.Context.Get("organisation"); {
	case given.Kind() == value.Missing:
		return nil
	case given.Kind() != value.String:
		return &RequestError{Member: "context.organisation", Reason: "is not a string"}
	case given.Text() == "":
		return &RequestError{Member: "context.organisation", Reason: empty}
	case r.Organisation != "" && r.Organisation != given.Text():
		return &RequestError{Member: "organisation", Reason: "contradicts context.organisation"}
	default:
		d.Organisation = given.Text()
		return nil
	}
}

func (r *Request) decodeNames(d *decision.Request, g permission.Grammar) error {
	for _, m := range []struct{ name, given string }{
		{"resource.type", r.Resource.Type}, {"action.name", r.Action.Name}, {"resource.id", r.Resource.ID},
	} {
		if m.given == "" {
			return &RequestError{Member: m.name, Reason: empty}
		}
	}
	d.Permissions = make([]permission.Permission, 1)
	if err := g.SetLiteral(&d.Permissions[0], r.Resource.Type, r.Action.Name, r.Resource.ID, r.Attribute); err != nil {
		return &RequestError{Member: "resource, action or attribute", Err: err}
	}
	return nil
}

func decodeStrings(d *decision.Request, g permission.Grammar, member string, texts ...string) error {
	if len(texts) == 0 {
		return &RequestError{Member: member, Reason: empty}
	}
	d.Permissions = make([]permission.Permission, len(texts))
	for i, text := range texts {
		if err := g.ParseInto(&d.Permissions[i], text); err != nil {
			if len(texts) > 1 {
				member = fmt.Sprintf("%s[%d]", member, i)
			}
			return &RequestError{Member: member, Err: err}
		}
	}
	return nil
}

// appendQuestion appends a decoded request as the evaluator reads it in JSON (rule J1).
func appendQuestion(dst []byte, d *decision.Request, g permission.Grammar) []byte {
	dst = input.Append(dst, d, g, input.Names)
	if d.Strict {
		dst = append(dst[:len(dst)-1], `,"strict":true}`...)
	}
	return dst
}
