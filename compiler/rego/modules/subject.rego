# The subject of the request: whether it is stored, and which roles and entitlements it holds.
package lictor.subject

import data.lictor.request

# inactive is true when the stored subject with a given one's id, whatever its type, is denied everything.
inactive(given) if data.lictor.subjects[given.id].inactive

# stored is the stored subject that a given one is: one of another type is not.
stored(given) := subject if {
	subject := data.lictor.subjects[given.id]
	subject.type == given.type
}

# holdings lists everything that a given subject holds in an organisation, "" for none, in lists. Something may be in
# several of them. It is undefined for a subject that is inactive.
holdings(given, organisation) := lists if {
	type := given.type
	subject := data.lictor.subjects[given.id]
	subject.type == type
	not subject.inactive
	here := assigned_here(subject, organisation)
	lists := nested(subject, [assigned(subject, ""), here, birthrights("known", type)])
} else := including([birthrights("unknown", given.type)]) if {
	not stored(given)
	not inactive(given)
}

# assigned_here lists what is assigned in an organisation; nothing in none.
assigned_here(subject, organisation) := assigned(subject, organisation) if {
	organisation != ""
} else := []

# assigned lists what is assigned to a stored subject in an organisation and counts by now. What is assigned in none
# holds the subject itself, if it has policies of its own.
assigned(subject, organisation) := array.concat(undated, dated) if {
	bounded := subject.bounded[organisation]
	undated := [holder | some holder in subject.held[organisation]]
	dated := [assignment.holder | some assignment in bounded; live(assignment)]
} else := holders if {
	holders := subject.held[organisation]
} else := []

# birthrights lists what all subjects of a type hold that are known, or unknown.
birthrights(to, type) := holders if {
	holders := data.lictor.birthrights[to][type]
} else := []

# nested adds a list of what is included, unless nothing that a stored subject holds includes anything.
nested(subject, lists) := lists if {
	not subject.nested
} else := including(lists)

# including adds a list of what is included by what lists hold.
including(lists) := array.concat(lists, [included]) if {
	includes := data.lictor.includes
	included := [role | some held in lists; some holder in held; some role in includes[holder]]
} else := lists

# live is true while something that may have bounds counts: from ≤ now < to.
live(bounded) if {
	not early(bounded)
	not late(bounded)
}

early(bounded) if {
	from := bounded.from
	from > request.now(input)
}

late(bounded) if {
	to := bounded.to
	to <= request.now(input)
}

# in_force is true when a policy that may be bound to an organisation and to dates counts in an organisation.
in_force(entry, organisation) if {
	not elsewhere(entry, organisation)
	live(entry)
}

elsewhere(entry, organisation) if entry.organisation != organisation
