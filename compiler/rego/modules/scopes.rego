package lictor.authz

import data.lictor.permission
import data.lictor.request
import data.lictor.scope
import data.lictor.subject

# scopes says which items of input.scope are granted, in the order asked for, and which are not: an
# item needs the allowance of the client, where input.client names one, and the permission of the
# subject, where the request has one. Undefined when the string is malformed or nothing is granted.
scopes := {"scope": concat(" ", granted_items), "scope_rejected": concat(" ", rejected_items)} if {
	count(granted_items) > 0
	count(rejected_items) > 0
} else := {"scope": concat(" ", granted_items)} if {
	count(granted_items) > 0
}

granted_items := [item | some item in asked_items; grants_item(item)] if not given_malformed

rejected_items := [item | some item in asked_items; not item in granted_items]

given_malformed if {
	given_subject
	not request.has_circumstances(input)
}

given_malformed if {
	given_subject
	subject.inactive(input.subject)
}

given_malformed if {
	given_subject
	not request.organisation(input)
}

given_subject if _ = input.subject

given_client if _ = input.client

# asked_items lists the items asked for without repeats; the client's own when none are.
asked_items := unique(items) if {
	items := [item | some item in split(asked_text, " "); item != ""]
	count(items) > 0
} else := unique(client.scopes) if {
	trim_space(asked_text) == ""
}

# asked_text is the string asked for, of the characters that RFC 6749, section 3.3, allows.
asked_text := text if {
	text := input.scope
	is_string(text)
	trim(text, concat("", [scope.item_characters, ", "])) == ""
} else := "" if {
	not given_scope
}

given_scope if _ = input.scope

unique(items) := [item | some i, item in items; not item in array.slice(items, 0, i)]

client := data.lictor.clients[input.client]

client_permissions := [allowed | some item in client.scopes; allowed := scope.meaning(item)]

grants_item(item) if {
	item in scope.protocol
	not data.lictor.scopes[item]
	item in client.scopes
} else if {
	meaning := scope.meaning(item)
	some_layer
	every atom in permission.atoms(meaning) {
		client_allows(atom)
		user_allows(atom)
	}
}

# some_layer is true when anybody's permission bounds what is granted.
some_layer if given_client

some_layer if given_subject

client_allows(_) if not given_client

client_allows(atom) if {
	some allowed in client_permissions
	permission.implies(allowed, atom)
}

user_allows(_) if not given_subject

user_allows(atom) if {
	organisation := request.organisation(input)
	permitted(atom, subject.holdings(input.subject, organisation), organisation)
}
