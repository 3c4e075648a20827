# The request, checked: what is malformed is not valid, and then nothing is allowed.
package lictor.request

import data.lictor.permission

# valid is true when every member that decisions read is well formed.
default valid := false

valid if {
	circumstances
	atoms
}

# circumstances is true when everything but what is asked for is well formed.
default circumstances := false

circumstances if {
	is_text(input.subject.type)
	is_text(input.subject.id)
	is_object(subject_properties)
	is_object(action)
	is_object(action_properties)
	is_object(resource)
	is_object(resource_properties)
	is_object(context)
	is_object(token)
	count(organisations) < 2
	every code in organisations {
		is_text(code)
	}
	is_number(now)
	floor(now) == now
	abs(now) <= 9007199254740992
}

default subject_properties := {}

subject_properties := input.subject.properties

default action := {}

action := input.action

default action_properties := {}

action_properties := input.action.properties

default resource := {}

resource := input.resource

default resource_properties := {}

resource_properties := input.resource.properties

default context := {}

context := input.context

default token := {}

token := input.token

organisations contains input.organisation

organisations contains input.context.organisation

# organisation is the code of the one asked for, "" for none.
organisation := code if {
	code := input.organisation
} else := code if {
	code := input.context.organisation
} else := ""

# now is the time in seconds since 1970.
now := seconds if {
	seconds := input.now
} else := floor(time.now_ns() / 1000000000)

# atoms lists what is asked for, one single-valued permission after the other.
atoms := [atom | some parsed in strings; some atom in permission.atoms(parsed)] if {
	not names_given
	strings
} else := [permission.literal(input.resource.type, input.action.name, input.resource.id, attribute)] if {
	not permission_given
	not permissions_given
	is_text(input.resource.type)
	is_text(input.action.name)
	is_text(input.resource.id)
	is_string(attribute)
	not attribute_empty
}

# strings lists the permissions that are given as strings, parsed; undefined unless all of them are well
# formed.
strings := [parsed] if {
	not permissions_given
	parsed := permission.parse(input.permission, permission.insensitive)
} else := parsed if {
	not permission_given
	is_array(input.permissions)
	parsed := [p | some text in input.permissions; p := permission.parse(text, permission.insensitive)]
	count(parsed) > 0
	count(parsed) == count(input.permissions)
}

# What is given may be anything, false and null included.
permission_given if _ = input.permission

permissions_given if _ = input.permissions

names_given if _ = input.action.name

names_given if _ = input.resource.type

names_given if _ = input.resource.id

names_given if _ = input.attribute

default attribute := ""

attribute := input.attribute

attribute_empty if input.attribute == ""

is_text(value) if {
	is_string(value)
	value != ""
}
