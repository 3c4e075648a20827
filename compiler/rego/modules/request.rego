# The request, checked: what is malformed is not valid, and then nothing is allowed.
package lictor.request

import data.lictor.permission

# valid is true when every member that decisions read is well formed.
default valid := false

valid if {
	has_circumstances(input)
	atoms(input)
}

# has_circumstances is true when everything in a request but what it asks for is well formed. Like others below it is
# a function since wasm takes longer to keep the value of a rule than to find it.
has_circumstances(request) if {
	is_text(request.subject.type)
	is_text(request.subject.id)
	is_side(request.subject)
	is_side(object.get(request, "action", {}))
	is_side(object.get(request, "resource", {}))
	is_object(object.get(request, "context", {}))
	is_object(object.get(request, "token", {}))
	organisation
	is_timed(request)
}

# is_side is true for an object whose properties are an object or missing.
is_side(side) if is_object(object.get(side, "properties", side))

# is_timed is true when the time is an integer that every engine counts exactly, or not given.
is_timed(request) if {
	is_number(request.now)
	request.now <= 9007199254740992
	request.now >= -9007199254740992
	floor(request.now) == request.now
} else if {
	not given("now")
}

# properties are those that the request gives to its subject, action or resource.
properties(side) := members if {
	members := input[side].properties
} else := {}

# organisation is the code of the one asked for, "" for none; undefined when it is malformed.
organisation := code if {
	code := input.organisation
	is_text(code)
	not contradicted(code)
} else := code if {
	not given("organisation")
	code := input.context.organisation
	is_text(code)
} else := "" if {
	not given("organisation")
	not given_within("context", "organisation")
}

contradicted(code) if input.context.organisation != code

# now is the time in seconds since 1970.
now := seconds if {
	seconds := input.now
} else := floor(time.now_ns() / 1000000000)

# atoms lists what is asked for, one single-valued permission after the other.
atoms(request) := [permission.literal(request.resource.type, request.action.name, request.resource.id, attribute)] if {
	is_text(request.resource.type)
	is_text(request.action.name)
	is_text(request.resource.id)
	attribute := object.get(request, "attribute", "")
	is_string(attribute)
	not request.attribute == ""
	not given("permission")
	not given("permissions")
} else := [atom | some parsed in strings; some atom in permission.atoms(parsed)] if {
	not given_within("action", "name")
	not given_within("resource", "type")
	not given_within("resource", "id")
	not given("attribute")
	strings
}

# strings lists the permissions that are given as strings, parsed; undefined unless all of them are well
# formed.
strings := [parsed] if {
	not given("permissions")
	parsed := permission.parse(input.permission, permission.insensitive)
} else := parsed if {
	not given("permission")
	is_array(input.permissions)
	parsed := [p | some text in input.permissions; p := permission.parse(text, permission.insensitive)]
	count(parsed) > 0
	count(parsed) == count(input.permissions)
}

# given is true for a member that is there, whatever it is, false and null included.
given(name) if _ = input[name]

given_within(side, name) if _ = input[side][name]

is_text(value) if {
	is_string(value)
	value != ""
}
