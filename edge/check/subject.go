package check

import (
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/edge/exchange"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// checkSubject reports a subject of the wrong type.
func checkSubject(v value.Value) error {
	switch v.Kind() {
	case value.String, value.Missing, value.Object:
		return nil
	default:
		return exchange.Malformed("subject is neither a string nor an object")
	}
}

// fillSubject reads a subject: a string is the id of a stored subject with its stored type, or of a
// user; an object names its type. It is of a type that it may be of.
func fillSubject(x *exchange.Exchange, v value.Value, s *decision.Subject) error {
	switch v.Kind() {
	case value.String:
		return fillSubjectID(x, v, s)
	case value.Object:
		return fillSubjectObject(v, s)
	default:
		return exchange.Malformed("subject is missing")
	}
}

func fillSubjectID(x *exchange.Exchange, v value.Value, s *decision.Subject) (err error) {
	if s.ID, err = exchange.Text(v, "subject"); err != nil {
		return err
	}
	s.Type = "user"
	if x.Generation.Subjects == nil {
		return nil
	}
	if stored, ok := x.Generation.Subjects.SubjectType(s.ID); ok {
		s.Type = stored
	}
	return nil
}

func fillSubjectObject(v value.Value, s *decision.Subject) (err error) {
	var id, kind, properties value.Value
	for items := v.Items(); ; {
		name, member, ok := items.Next()
		if !ok {
			break
		}
		switch name {
		case "type":
			kind = member
		case "id":
			id = member
		case "properties":
			properties = member
		default:
			return exchange.Malformed("subject has an unknown member %s", exchange.Quote(name))
		}
	}
	if s.Type, err = exchange.Text(kind, "subject.type"); err != nil {
		return err
	}
	if s.ID, err = exchange.Text(id, "subject.id"); err != nil {
		return err
	}
	s.Properties, err = exchange.OptionalObject(properties, "subject.properties")
	return err
}
