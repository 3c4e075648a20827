# What conditions see: the request with stored properties, for one atom.
package lictor.environment

import data.lictor.request
import data.lictor.subject

# of is the input that conditions are evaluated with for an atom. What is missing has no member.
of(atom) := object.union(circumstances, {
	"action": named({"name": atom.parts[1]}, request.action_properties),
	"resource": named({"type": atom.parts[0], "id": atom.parts[2]}, resource_properties(atom)),
})

circumstances := {
	"subject": {"type": input.subject.type, "id": input.subject.id, "properties": subject_properties},
	"context": request.context,
	"organisation": request.organisation,
	"token": request.token,
	"now": request.now,
} if {
	request.organisation != ""
} else := {
	"subject": {"type": input.subject.type, "id": input.subject.id, "properties": subject_properties},
	"context": request.context,
	"token": request.token,
	"now": request.now,
}

# named adds the names that are not a wildcard to properties.
named(names, properties) := object.union({"properties": properties}, {key: name | some key, name in names; name != ""})

subject_properties := overlay(subject.stored.properties, request.subject_properties) if {
	subject.known
} else := request.subject_properties

resource_properties(atom) := properties if {
	stored := data.lictor.objects[atom.namespace][atom.parts[0]][atom.parts[2]]
	properties := overlay(stored, request.resource_properties)
} else := request.resource_properties

# overlay puts the request's properties over stored ones, member by member.
overlay(stored, given) := object.union(object.remove(stored, object.keys(given)), given)
