package lictor.authz

import data.lictor.request
import data.lictor.subject

# policies lists the subject's policies in force for the organisation asked for, whatever the request is
# about, sorted by id; undefined when the request is malformed.
policies := [policy | some id in sort(object.keys(in_force)); policy := in_force[id]] if {
	request.has_circumstances(input)
	request.organisation(input)
	not subject.inactive(input.subject)
} else := [] if {
	request.has_circumstances(input)
	request.organisation(input)
}

# in_force holds the policies by id. One that is held in the organisation only names it.
in_force[entry.id] := described(entry, organisation) if {
	some held in subject.holdings(input.subject, request.organisation(input))
	some holder in held
	some entry in data.lictor.policies[holder].entries
	subject.in_force(entry, request.organisation(input))
	organisation := bound_to(holder, entry)
}

# Each ALLOW without conditions is its permission alone, in runs whose ids follow one another.
in_force[id] := described({"id": id, "permission": permission}, organisation) if {
	some held in subject.holdings(input.subject, request.organisation(input))
	some holder in held
	some run in data.lictor.policies[holder].runs
	some i, permission in run.permissions
	id := run.first + i
	organisation := bound_to(holder, {})
}

bound_to(_, entry) := entry.organisation

bound_to(holder, entry) := request.organisation(input) if {
	not entry.organisation
	not unbound[holder]
}

bound_to(holder, entry) := null if {
	not entry.organisation
	unbound[holder]
}

# unbound holds what the subject holds in every organisation and in none.
unbound contains holder if {
	some held in subject.holdings(input.subject, "")
	some holder in held
}

unbound contains included if {
	some held in subject.holdings(input.subject, "")
	some holder in held
	some included in data.lictor.includes[holder]
}

described(entry, organisation) := {
	"id": entry.id,
	"permission": entry.permission,
	"decision": object.get(entry, "decision", "ALLOW"),
	"condition": condition_text(entry),
	"organisation": organisation,
}

condition_text(entry) := data.lictor.texts[entry.condition]

condition_text(entry) := null if not entry.condition
