package generate

import "github.com/lictor-dev/lictor/bundles/policy"

// leaves are expressions that only Rego can evaluate, over the members of the vocabulary.
var leaves = []policy.Expr{
	rego(`subject.properties.tags[_] == "a"`, policy.SubjectProperties),
	rego(`some tag in context.tags; tag in resource.properties.tags`, policy.Context, policy.ResourceProperties),
	rego(`not resource.properties.tags[_] == "doc"`, policy.ResourceProperties),
	rego(`every tag in context.tags { is_string(tag) }`, policy.Context),
	rego(`count([x | some x in token.tags; x != "b"]) > 0`, policy.Token),
	rego(`(subject.properties.level > 3) == resource.properties.locked`, policy.SubjectProperties, policy.ResourceProperties),
	rego(`x := context.meta; x.x + 1 > 3`, policy.Context),
	rego(`context.meta[k] == 7; k == "x"`, policy.Context),
	rego(`resource.id in {subject.id, context.owner}; resource == {"id": resource.id, "type": resource.type, "properties": resource.properties}`,
		policy.ResourceType, policy.ResourceID, policy.ResourceProperties, policy.SubjectID, policy.Context),
	rego(`count(subject) == 3; subject.type != action.name`, policy.SubjectType, policy.SubjectID, policy.SubjectProperties, policy.ActionName),
	rego(`concat("/", [resource.type, action.name]) in {"doc/read", "book/write"}`, policy.ResourceType, policy.ActionName),
	rego(`{"a": organisation, "b": now}.b > 1800000000`, policy.RequestOrganisation, policy.Now),
	rego(`context == {}`, policy.Context),
	rego(`action.properties.tags[0] == "a"`, policy.ActionProperties),
	rego(`some k, v in subject.properties; k == v`, policy.SubjectProperties),
}

func rego(text string, roots ...policy.Root) policy.Expr {
	e := policy.Rego{Text: text}
	for _, r := range roots {
		e.Reads = e.Reads.With(r)
	}
	return e
}
