# Verdicts: what the condition of a policy says of an atom, "true", "false" or "unknown". What cannot be evaluated is
# unknown, and then lets nobody in: it holds back an ALLOW and lets a DENY apply.
package lictor.verdict

import data.lictor.environment

# holds is true when an entry has no condition or a true one.
holds(entry, atom, organisation) if {
	not entry.condition
} else if {
	value := data.lictor.conditions[entry.condition] with input as environment.of(entry.condition, atom, organisation)
	value == true
}

# refuted is true when the condition of an entry is false.
refuted(entry, atom, organisation) if {
	value := data.lictor.conditions[entry.condition] with input as environment.of(entry.condition, atom, organisation)
	value == false
}

verdict(entry, atom, organisation) := "true" if {
	not entry.condition
} else := word(value) if {
	value := data.lictor.conditions[entry.condition] with input as environment.of(entry.condition, atom, organisation)
} else := "unknown"

word(true) := "true"

word(false) := "false"
