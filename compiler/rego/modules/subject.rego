# The subject of the request: whether it is stored, and which roles and entitlements it holds.
package lictor.subject

import data.lictor.request

# stored is the stored subject with the request's id, whatever its type.
stored := data.lictor.subjects[input.subject.id]

# inactive is true when the stored subject is denied everything.
default inactive := false

inactive if stored.inactive

# known is true when the stored subject is the one that asks: one of another type is not.
known if stored.type == input.subject.type

# everywhere holds the roles that count in every organisation and in none.
everywhere contains holder if {
	known
	some holder in stored.held[""]
}

everywhere contains assignment.holder if {
	known
	some assignment in stored.bounded[""]
	live(assignment)
}

everywhere contains holder if {
	some holder in data.lictor.birthrights.all[input.subject.type]
}

everywhere contains holder if {
	known
	some holder in data.lictor.birthrights.known[input.subject.type]
}

everywhere contains own if known

# here holds the roles and entitlements that count in the organisation asked for.
here contains holder if {
	known
	request.organisation != ""
	some holder in stored.held[request.organisation]
}

here contains assignment.holder if {
	known
	request.organisation != ""
	some assignment in stored.bounded[request.organisation]
	live(assignment)
}

# own is the holder of the subject's direct policies.
own := concat("", ["@", input.subject.id])

# holders holds everything the subject holds, with what that includes.
holders contains holder if some holder in everywhere

holders contains holder if some holder in here

holders contains included if {
	some holder in everywhere
	some included in data.lictor.includes[holder]
}

holders contains included if {
	some holder in here
	some included in data.lictor.includes[holder]
}

# live is true while something that may have bounds counts: from ≤ now < to.
live(bounded) if {
	object.get(bounded, "from", request.now) <= request.now
	request.now < object.get(bounded, "to", request.now + 1)
}

# in_force is true when a policy that may be bound to an organisation and to dates counts.
in_force(entry) if {
	object.get(entry, "organisation", "") in {"", request.organisation}
	live(entry)
}
