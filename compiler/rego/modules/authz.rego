# The entrypoints. Everything else serves them.
package lictor.authz

import data.lictor.grants
import data.lictor.request
import data.lictor.scope
import data.lictor.subject
import data.lictor.verdict

# allow is true when the request is allowed. It looks for existence only and is the fast one.
default allow := false

allow if {
	request.has_circumstances(input)
	organisation := request.organisation(input)
	held := subject.holdings(input.subject, organisation)
	everything_permitted(held, organisation)
}

# everything_permitted is true when each atom of the request is. Nearly all ask for one, by names.
everything_permitted(held, organisation) if {
	permitted(request.named(input), held, organisation)
} else if {
	every atom in request.spelled_atoms {
		permitted(atom, held, organisation)
	}
}

# permitted is true when what the subject holds and the token's scope allow an atom.
permitted(atom, held, organisation) if {
	grants.allows(atom, held, organisation)
	not grants.denies(atom, held, organisation)
	not scope.forbids(atom)
}

# decision is the answer with its reason and the policies that brought it about; undefined for a
# malformed request.
decision := answer("subject_inactive", []) if {
	request.valid
	subject.inactive(input.subject)
} else := answer("denied_by_policy", sort(denying)) if {
	request.valid
	denying := {min(finding.deny["true"]) | some finding in findings; count(finding.deny["true"]) > 0}
	count(denying) > 0
} else := answer("denied_condition_unknown", sort(denying)) if {
	request.valid
	denying := {min(finding.deny.unknown) | some finding in findings; count(finding.deny.unknown) > 0}
	count(denying) > 0
} else := [outcome | some outcome in outcomes; outcome.code != "allowed"][0] if {
	request.valid
} else := answer("allowed", sort({id | some outcome in outcomes; some id in outcome.policies})) if {
	request.valid
}

answer("allowed", policies) := {"decision": "ALLOW", "code": "allowed", "policies": policies}

answer(code, policies) := {"decision": "DENY", "code": code, "policies": policies} if code != "allowed"

# findings tells for each atom what the subject's policies say about it.
findings := [finding |
	organisation := request.organisation(input)
	held := subject.holdings(input.subject, organisation)
	some atom in request.atoms(input)
	finding := {
		"allow": by_verdict(grants.allow_ids(atom, held, organisation), grants.allow_entries(atom, held, organisation), atom, organisation),
		"deny": by_verdict(grants.deny_ids(atom, held, organisation), grants.deny_entries(atom, held, organisation), atom, organisation),
		"atom": atom,
	}
]

# by_verdict sorts policy ids by what their conditions say; those in ids have none.
by_verdict(ids, entries, atom, organisation) := {"true": ids, "false": set(), "unknown": set()} if {
	count(entries) == 0
} else := {
	"true": (ids | {id | some id, "true" in verdicts}),
	"false": {id | some id, "false" in verdicts},
	"unknown": {id | some id, "unknown" in verdicts},
} if {
	verdicts := {entry.id: verdict.verdict(entry, atom, organisation) | some entry in entries}
}

outcomes := [outcome(finding) | some finding in findings]

outcome(finding) := answer("allowed", [min(finding.allow["true"])]) if {
	count(finding.allow["true"]) > 0
	not scope.forbids(finding.atom)
} else := answer("scope_insufficient", []) if {
	count(finding.allow["true"]) > 0
} else := answer("condition_unknown", [min(finding.allow.unknown)]) if {
	count(finding.allow.unknown) > 0
} else := answer("condition_false", [min(finding.allow["false"])]) if {
	count(finding.allow["false"]) > 0
} else := answer("no_grant", [])

# conditions holds the values of the conditions that input.conditions names, evaluated with
# input.environment; those that cannot be evaluated are left out.
conditions := {name: value |
	some name in input.conditions
	value := data.lictor.conditions[name] with input as input.environment
}
