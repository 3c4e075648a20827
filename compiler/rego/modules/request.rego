# The request, checked: what is malformed is not valid, and then nothing is allowed.
package lictor.request

import data.lictor.permission
import data.lictor.project

# valid is true when every member that decisions read is well formed.
default valid := false

valid if {
	has_circumstances(input)
	organisation(input)
	atoms(input)
}

# has_circumstances is true when everything in a request but what it asks for and its organisation is well formed. Like
# others below it is a function since wasm takes longer to keep the value of a rule than to find it.
has_circumstances(request) if {
	subject := request.subject
	type := subject.type
	is_string(type)
	type != ""
	id := subject.id
	is_string(id)
	id != ""
	not malformed(subject, "properties")
	not malformed_side(request, "action")
	not malformed_side(request, "resource")
	not malformed(request, "context")
	not malformed(request, "token")
	not malformed_now(request)
}

# malformed is true for a member that is there and is no object.
malformed(holder, name) if {
	member := holder[name]
	not is_object(member)
}

# malformed_side is likewise true for an action and for a resource, and for the properties of one.
malformed_side(request, name) if {
	side := request[name]
	not is_side(side)
}

is_side(side) if {
	is_object(side)
	not malformed(side, "properties")
}

# malformed_now is true for a time that is given and is no integer of at most 2⁵³ either way.
malformed_now(request) if {
	now := request.now
	not is_time(now)
}

is_time(now) if {
	now <= 9007199254740992
	now >= -9007199254740992
	is_whole(now)
}

# is_whole is true for integers. Nearly all are written without fraction and exponent, and nothing else tells them as fast
# as substring does, which takes no other length.
is_whole(number) if {
	substring("", 0, number) == ""
} else if {
	floor(number) == number
}

# properties are those that the request gives to its subject, action or resource.
properties(side) := members if {
	members := input[side].properties
} else := {}

# organisation is the code of the one asked for, "" for none; undefined when it is malformed.
organisation(request) := code if {
	code := request.organisation
	is_string(code)
	code != ""
	not contradicted(request, code)
} else := code if {
	code := request.context.organisation
	is_string(code)
	code != ""
	not given("organisation")
} else := "" if {
	not given("organisation")
	not given_within("context", "organisation")
}

contradicted(request, code) if request.context.organisation != code

# now is the time in seconds since 1970.
now(request) := seconds if {
	seconds := request.now
} else := clock

clock := floor(time.now_ns() / 1000000000)

# atoms lists what is asked for, one single-valued permission after the other.
atoms(request) := [atom] if {
	atom := named(request)
} else := spelled_atoms

# named is the atom that is asked for by the names of action and resource; undefined where that is not so.
named(request) := permission.literal(resource.type, request.action.name, resource.id, attribute(request)) if {
	resource := request.resource
	not spelled(request)
}

# attribute is the fourth name, "" for none.
attribute(request) := "" if {
	not has_attribute(request)
} else := text if {
	text := request.attribute
	text != ""
}

has_attribute(request) if _ = request.attribute

# spelled_atoms lists what is asked for by strings; undefined where that is not so.
spelled_atoms := [atom | some parsed in strings; some atom in permission.atoms(parsed)] if {
	not given_within("action", "name")
	not given_within("resource", "type")
	not given_within("resource", "id")
	not given("attribute")
	strings
}

spelled(request) if _ = request.permission

spelled(request) if _ = request.permissions

# strings lists the permissions that are given as strings, parsed; undefined unless all of them are well
# formed.
strings := [parsed] if {
	not given("permissions")
	parsed := permission.parse(input.permission, project.folds(input))
} else := parsed if {
	not given("permission")
	is_array(input.permissions)
	parsed := [p | some text in input.permissions; p := permission.parse(text, project.folds(text))]
	count(parsed) > 0
	count(parsed) == count(input.permissions)
}

# given is true for a member that is there, whatever it is, false and null included.
given(name) if _ = input[name]

given_within(side, name) if _ = input[side][name]
