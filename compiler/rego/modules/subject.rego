# The subject of the request: whether it is stored, and which roles and entitlements it holds.
package lictor.subject

import data.lictor.request

# inactive is true when the stored subject with the request's id, whatever its type, is denied everything.
inactive if data.lictor.subjects[input.subject.id].inactive

# stored is the stored subject that a given one is: one of another type is not.
stored(given) := subject if {
	subject := data.lictor.subjects[given.id]
	subject.type == given.type
}

# holdings lists everything the subject holds, in lists. Something may be in several of them.
holdings := including([assigned(subject, ""), here(subject), birthrights("known")]) if {
	subject := stored(input.subject)
} else := including([birthrights("unknown")])

# everywhere lists likewise what counts in every organisation and in none.
everywhere := including([assigned(subject, ""), birthrights("known")]) if {
	subject := stored(input.subject)
} else := including([birthrights("unknown")])

# here lists the roles and entitlements that count in the organisation asked for.
here(subject) := assigned(subject, request.organisation) if {
	request.organisation != ""
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

# birthrights lists what all subjects of this type hold that are known, or unknown.
birthrights(to) := holders if {
	holders := data.lictor.birthrights[to][input.subject.type]
} else := []

# including adds a list of what is included by what lists hold.
including(lists) := lists if {
	not data.lictor.includes
} else := array.concat(lists, [included]) if {
	includes := data.lictor.includes
	included := [role | some held in lists; some holder in held; some role in includes[holder]]
}

# live is true while something that may have bounds counts: from ≤ now < to.
live(bounded) if {
	not early(bounded)
	not late(bounded)
}

early(bounded) if bounded.from > request.now

late(bounded) if bounded.to <= request.now

# in_force is true when a policy that may be bound to an organisation and to dates counts.
in_force(entry) if {
	not elsewhere(entry)
	live(entry)
}

elsewhere(entry) if entry.organisation != request.organisation
