# Verdicts: what the condition of a policy says, "true", "false" or "unknown". What cannot be evaluated is
# unknown, and then lets nobody in: it holds back an ALLOW and lets a DENY apply.
package lictor.verdict

# holds is true when an entry has no condition or a true one.
holds(entry, env) if {
	not entry.condition
} else if {
	value := data.lictor.conditions[entry.condition] with input as env
	value == true
}

verdict(entry, env) := "true" if {
	holds(entry, env)
} else := "false" if {
	refuted(entry, env)
} else := "unknown"

# refuted is true when the condition of an entry is false.
refuted(entry, env) if {
	value := data.lictor.conditions[entry.condition] with input as env
	value == false
}
