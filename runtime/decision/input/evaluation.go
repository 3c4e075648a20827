package input

import (
	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// Evaluation holds the members of an AuthZEN access evaluation as one walk over a body found them, not yet judged.
// They share the memory of that body. The zero Evaluation has no members. It is a plain value: a copy can take over
// members from another body, as an item of a batch does from its defaults.
type Evaluation struct {
	subject, action, resource        entity
	context, organisation, attribute value.Value
	inner                            value.Value // context.organisation
}

// entity holds the members of a subject, an action or a resource.
type entity struct {
	whole      value.Value
	name       value.Value // type; of an action, its name
	id         value.Value
	properties value.Value
}

// Read takes over every member that body has, each as a whole, and leaves the others as they are. The error is a
// [*MemberError] for a body that is not an object.
func (e *Evaluation) Read(body value.Value) error {
	if body.Kind() != value.Object {
		return &MemberError{Reason: notObject}
	}
	for items := body.Items(); ; {
		name, member, ok := items.Next()
		if !ok {
			return nil
		}
		e.set(name, member)
	}
}

// set takes over one member. It reports whether the name means something in an evaluation.
func (e *Evaluation) set(name string, member value.Value) bool {
	switch name {
	case "subject":
		e.subject.read(member, "type")
	case "action":
		e.action.read(member, "name")
	case "resource":
		e.resource.read(member, "type")
	case "context":
		e.context, e.inner = member, member.Get("organisation")
	case "organisation":
		e.organisation = member
	case "attribute":
		e.attribute = member
	default:
		return false
	}
	return true
}

// read finds the members of an entity, whose kind has its name under the given key.
func (n *entity) read(v value.Value, key string) {
	*n = entity{whole: v}
	for items := v.Items(); ; {
		name, member, ok := items.Next()
		switch {
		case !ok:
			return
		case name == key:
			n.name = member
		case name == "id":
			n.id = member
		case name == "properties":
			n.properties = member
		}
	}
}

// Sought is what a search asks for.
type Sought uint8

// What a search can ask for.
const (
	Subjects Sought = iota
	Resources
	Actions
)

// placeholder is a text that stands for any other, nothing an object without members.
var (
	placeholder = value.AppendString(nil, "*")
	nothing     = value.End(value.Begin(nil, value.Object), 0, 0)
)

// Seek makes an evaluation the question of a search: of what is sought only the type counts, and of an action nothing.
// Where a decision would be made about its id or name, a placeholder stands.
func (e *Evaluation) Seek(sought Sought) {
	switch sought {
	case Subjects:
		e.subject.id, e.subject.properties = placeholder, nil
	case Resources:
		e.resource.id, e.resource.properties = placeholder, nil
	case Actions:
		e.action = entity{whole: nothing, name: placeholder}
	}
}

// ResourceType returns the type of the resource as the body has it, with its namespace; "" where that is no text.
func (e *Evaluation) ResourceType() string { return e.resource.name.Text() }

// Shape reports, as a [*MemberError], a member of a type that no evaluation could ever have. What is missing, in the
// body or in an entity, is not reported: defaults need not be complete.
func (e *Evaluation) Shape() error {
	for _, member := range [...]struct {
		value value.Value
		path  string
	}{
		{e.subject.whole, "subject"},
		{e.action.whole, "action"},
		{e.resource.whole, "resource"},
		{e.context, "context"},
	} {
		if err := object(member.value, member.path); err != nil {
			return err
		}
	}
	if _, err := optionalText(e.attribute, "attribute"); err != nil {
		return err
	}
	_, err := optionalText(e.organisation, "organisation")
	return err
}

// Decode judges the members and reads them into dst as [DecodeEvaluation] does.
func (e *Evaluation) Decode(dst *decision.Request, g permission.Grammar) error {
	dst.Token = nil
	if err := e.decodeCommon(dst); err != nil {
		return err
	}
	return e.decodeNames(dst, g)
}

// decodeCommon reads everything but what is asked for.
func (e *Evaluation) decodeCommon(dst *decision.Request) (err error) {
	if err = required(e.subject.whole, "subject"); err != nil {
		return err
	}
	if dst.Subject.Type, err = text(e.subject.name, "subject.type"); err != nil {
		return err
	}
	if dst.Subject.ID, err = text(e.subject.id, "subject.id"); err != nil {
		return err
	}
	if err = object(e.subject.properties, "subject.properties"); err != nil {
		return err
	}
	if err = object(e.action.whole, "action"); err != nil {
		return err
	}
	if err = object(e.action.properties, "action.properties"); err != nil {
		return err
	}
	if err = object(e.resource.whole, "resource"); err != nil {
		return err
	}
	if err = object(e.resource.properties, "resource.properties"); err != nil {
		return err
	}
	if err = object(e.context, "context"); err != nil {
		return err
	}
	dst.Subject.Properties, dst.ActionProperties = e.subject.properties, e.action.properties
	dst.ResourceProperties, dst.Context = e.resource.properties, e.context
	dst.Organisation, err = e.decodeOrganisation()
	return err
}

// decodeOrganisation returns the organisation asked for: the top-level member, or the one in the context, which must
// not differ.
func (e *Evaluation) decodeOrganisation() (string, error) {
	below, err := optionalText(e.inner, "context.organisation")
	if err != nil || e.organisation.Kind() == value.Missing {
		return below, err
	}
	code, err := text(e.organisation, "organisation")
	if err == nil && below != "" && below != code {
		err = &MemberError{Member: "organisation", Reason: contradicts}
	}
	return code, err
}

// decodeNames reads the permission that the names of action and resource stand for.
func (e *Evaluation) decodeNames(dst *decision.Request, g permission.Grammar) error {
	if err := required(e.action.whole, "action"); err != nil {
		return err
	}
	name, err := text(e.action.name, "action.name")
	if err != nil {
		return err
	}
	if err = required(e.resource.whole, "resource"); err != nil {
		return err
	}
	typ, err := text(e.resource.name, "resource.type")
	if err != nil {
		return err
	}
	id, err := text(e.resource.id, "resource.id")
	if err != nil {
		return err
	}
	attribute, err := optionalText(e.attribute, "attribute")
	if err != nil {
		return err
	}
	dst.Permissions = grown(dst.Permissions, 1)
	if err = g.SetLiteral(&dst.Permissions[0], typ, name, id, attribute); err != nil {
		member := "resource.type"
		switch {
		case !g.Folds(name):
			member = "action.name"
		case !g.Folds(id):
			member = "resource.id"
		case !g.Folds(attribute):
			member = "attribute"
		}
		return &MemberError{Member: member, Err: err}
	}
	return nil
}

// required reports a member that is not an object, or not there.
func required(v value.Value, path string) error {
	if v.Kind() == value.Missing {
		return &MemberError{Member: path, Reason: missing}
	}
	return object(v, path)
}

// object reports a member that is there and not an object.
func object(v value.Value, path string) error {
	if k := v.Kind(); k != value.Missing && k != value.Object {
		return &MemberError{Member: path, Reason: notObject}
	}
	return nil
}

// text returns a member that must be a string, not empty.
func text(v value.Value, path string) (string, error) {
	switch {
	case v.Kind() == value.Missing:
		return "", &MemberError{Member: path, Reason: missing}
	case v.Kind() != value.String:
		return "", &MemberError{Member: path, Reason: notText}
	case v.Text() == "":
		return "", &MemberError{Member: path, Reason: emptyText}
	}
	return v.Text(), nil
}

// optionalText is text for a member that may be missing, which then is "".
func optionalText(v value.Value, path string) (string, error) {
	if v.Kind() == value.Missing {
		return "", nil
	}
	return text(v, path)
}
