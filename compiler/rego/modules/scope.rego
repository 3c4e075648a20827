# Scopes: upper bounds that a token carries or asks for.
package lictor.scope

import data.lictor.permission

protocol := {"openid", "profile", "email", "phone", "address", "offline_access"}

# item_characters are those of RFC 6749, section 3.3, without a comma. A regular expression would say it too, and
# make policy.wasm three times as large.
item_characters := "!#$%&'()*+-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~"

# meaning is the permission that a scope item stands for: the declared one, or the one it spells as
# resource, resource:action or resource:instance:action in item_characters. Others and protocol scopes have none.
meaning(item) := declared if {
	declared := data.lictor.scopes[item]
} else := {"namespace": spelled.namespace, "parts": reordered(spelled.parts)} if {
	not item in protocol
	trim(item, item_characters) == ""
	not contains(split(item, ":")[0], "/")
	spelled := permission.parse(item, false)
}

reordered(parts) := parts if {
	count(parts) < 3
} else := [parts[0], parts[2], parts[1]] if {
	count(parts) == 3
}

# carried lists what the token's scope items stand for.
carried := [allowed |
	is_string(input.token.scope)
	some item in split(input.token.scope, " ")
	allowed := meaning(item)
]

# forbids is true when the token says what it is good for, if only with an empty claim, and an atom is not part of it.
forbids(atom) if {
	_ = input.token.scope
	not covers(atom)
}

covers(atom) if {
	some allowed in carried
	permission.implies(allowed, atom)
}
