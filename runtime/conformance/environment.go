package conformance

import (
	"encoding/json"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// ask is rule X14: the value of an expression that only Rego can evaluate, nil when it cannot be evaluated.
func (s *situation) ask(e policy.Rego) datum {
	if s.conditions == nil {
		panic("BUG: a reference engine without conditions for a policy that needs them")
	}
	for i, leaf := range s.model.Rego() {
		if leaf.Text != e.Text {
			continue
		}
		switch s.conditions.Condition(policy.RegoName(i+1), s.environment()) {
		case decision.True:
			return true
		case decision.False:
			return false
		}
	}
	return nil
}

// environment returns all that conditions can see, as JSON. What is missing has no member.
func (s *situation) environment() []byte {
	r := s.request
	var known value.Value
	if s.stored != nil {
		known = s.stored.Properties
	}
	subject := map[string]any{"type": r.Subject.Type, "id": r.Subject.ID, "properties": s.overlay(r.Subject.Properties, known)}
	action := map[string]any{"properties": members(r.ActionProperties)}
	resource := map[string]any{"properties": s.overlay(r.ResourceProperties, s.storedObject())}
	all := map[string]any{
		"subject": subject, "action": action, "resource": resource,
		"context": members(r.Context), "token": members(r.Token), "now": r.Now,
	}
	put := func(object map[string]any, name, text string) {
		if text != "" {
			object[name] = text
		}
	}
	put(action, "name", s.atom.Parts[1])
	put(resource, "type", s.atom.Parts[0])
	put(resource, "id", s.atom.Parts[2])
	put(all, "organisation", r.Organisation)
	text, err := json.Marshal(all)
	if err != nil {
		panic("BUG: an environment that does not marshal: " + err.Error())
	}
	return text
}

// overlay returns properties of the request and stored ones, which combine member by member.
func (s *situation) overlay(asked, stored value.Value) map[string]json.RawMessage {
	below, above := members(stored), members(asked)
	switch s.request.Callers {
	case decision.Stored:
		below, above = above, below
	case decision.Ignore:
		above = nil
	}
	for name, item := range above {
		below[name] = item
	}
	return below
}

// members returns the members of an object; none for anything else.
func members(v value.Value) map[string]json.RawMessage {
	all := map[string]json.RawMessage{}
	if v.Kind() != value.Object {
		return all
	}
	for items := v.Items(); ; {
		name, item, ok := items.Next()
		if !ok {
			return all
		}
		all[name] = value.AppendJSON(nil, item)
	}
}
