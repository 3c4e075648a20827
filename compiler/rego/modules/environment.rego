# What conditions see: the request with stored properties, for one atom.
package lictor.environment

import data.lictor.request
import data.lictor.subject
import data.lictor.views

# of is the input that a condition is evaluated with for an atom: what it reads, if all of that is there, else everything.
of(condition, atom, organisation) := view if {
	read := data.lictor.reads[condition]
	view := views.of(read, atom, organisation)
} else := everything(atom, organisation)

# everything is all that conditions can read. What is missing has no member.
everything(atom, organisation) := {
	"subject": {"type": input.subject.type, "id": input.subject.id, "properties": subject_properties},
	"action": action(atom[2]),
	"resource": resource(atom),
	"context": object.get(input, "context", {}),
	"organisation": organisation,
	"token": object.get(input, "token", {}),
	"now": request.now(input),
} if {
	organisation != ""
} else := {
	"subject": {"type": input.subject.type, "id": input.subject.id, "properties": subject_properties},
	"action": action(atom[2]),
	"resource": resource(atom),
	"context": object.get(input, "context", {}),
	"token": object.get(input, "token", {}),
	"now": request.now(input),
}

# action has no name where that is a wildcard.
action(name) := {"name": name, "properties": request.properties("action")} if {
	name != ""
} else := {"properties": request.properties("action")}

# resource has neither a type nor an id where that is a wildcard.
resource(atom) := {"type": type, "id": id, "properties": resource_properties(atom)} if {
	type := atom[1]
	type != ""
	id := atom[3]
	id != ""
} else := object.union({"properties": resource_properties(atom)}, names) if {
	names := {key: name | some key, name in {"type": atom[1], "id": atom[3]}; name != ""}
}

# subject_properties are merged only if both sides have some, as merging takes long; so are those of resources.
subject_properties := stored.properties if {
	stored := subject.stored(input.subject)
	not input.subject.properties
} else := overlay(stored.properties, input.subject.properties) if {
	stored := subject.stored(input.subject)
} else := request.properties("subject")

resource_properties(atom) := stored if {
	stored := data.lictor.objects[atom[0]][atom[1]][atom[3]]
	not input.resource.properties
} else := overlay(stored, input.resource.properties) if {
	stored := data.lictor.objects[atom[0]][atom[1]][atom[3]]
} else := request.properties("resource")

# overlay puts the request's properties over stored ones, member by member.
overlay(stored, given) := object.union(object.remove(stored, object.keys(given)), given)
