# The grammar of permission strings: [namespace/]resource:action:instance:…, each part a comma list or "*".
# A parsed permission is {namespace, parts}: each part a sorted array of values, empty for "*". An atom is
# {namespace, parts} with four parts at least: each a value, or "" for "*" and for what is absent.
package lictor.permission

import data.lictor.project

# parse reads a permission string; undefined when it is malformed.
parse(text, fold) := {"namespace": namespace, "parts": parts} if {
	is_string(text)
	is_short(text)
	body := trim_space(text)
	body != ""
	first := split(body, ":")[0]
	namespace := namespace_of(first)
	texts := split(path_of(body, first), ":")
	count(texts) <= 16
	parts := [part | some part_text in texts; part := parse_part(part_text, fold)]
	count(parts) == count(texts)
	product([max([1, count(part)]) | some part in parts]) <= 1024
}

# is_short is true for texts of at most 4,096 bytes.
is_short(text) if {
	count(text) <= 1024
} else if {
	encoded := base64.encode(text)
	padding := count(encoded) - count(trim_right(encoded, "="))
	((count(encoded) / 4) * 3) - padding <= 4096
}

namespace_of(first) := unescape(name) if {
	contains(first, "/")
	name := trim_space(split(first, "/")[0])
	name != ""
	not contains(name, "*")
	not contains(name, ",")
} else := project.namespace(first) if {
	not contains(first, "/")
}

path_of(body, first) := substring(body, indexof(body, "/") + 1, -1) if {
	contains(first, "/")
} else := body

parse_part(text, fold) := values if {
	items := [item | some raw in split(text, ","); item := trim_space(raw); item != ""]
	count(items) > 0
	count(items) <= 64
	literals := [value | some item in items; item != "*"; value := parse_value(item, fold)]
	stars := [item | some item in items; item == "*"]
	count(literals) + count(stars) == count(items)
	is_foldable(literals, fold)
	values := sort({value | some value in literals; count(stars) == 0})
}

parse_value(text, fold) := folded(unescape(text), fold) if not contains(text, "*")

folded(value, true) := lower(value)

folded(value, false) := value

# is_foldable is true for values that every engine folds alike: without letters of new_case.
is_foldable(_, false)

is_foldable(values, true) if not has_new_case(concat("", values))

# new_case holds the first and the last of letters whose case Unicode got after version 11: OPA's wasm does not know it.
# They are those of operators.has_old_case, whose regular expression would make every policy.wasm twice as large.
new_case := [
	["\u2c2f", "\u2c2f"], ["\u2c5f", "\u2c5f"], ["\ua7c0", "\ua7c1"], ["\ua7c7", "\ua7ca"], ["\ua7d0", "\ua7d1"],
	["\ua7d6", "\ua7d9"], ["\ua7f5", "\ua7f6"], ["\ud801\udd70", "\ud801\uddbc"],
]

# has_new_case looks at no letter of an ASCII text, which three times over takes four characters of base64 each.
has_new_case(text) if {
	count(base64.encode(concat("", [text, text, text]))) != count(text) * 4
	some letter in split(text, "")
	letter >= "\u2c2f"
	some [first, last] in new_case
	letter >= first
	letter <= last
}

# literal is the atom of an AuthZEN request, whose names are single values and never parsed; undefined unless they are
# strings, and all but the attribute have something in them. The first clause serves nearly all requests.
literal(type, action, id, attribute) := atom if {
	not contains(type, "/")
	type != ""
	action != ""
	id != ""
	project.folds(type) == false
	atom := [project.namespace(type), type, action, id, attribute]
	count(concat("", atom)) <= 1024 # characters; concat takes nothing but strings
} else := folded_atom([name.namespace, name.type, action, id, attribute]) if {
	name := qualified(type)
	action != ""
	id != ""
	is_short(concat("", [name.namespace, name.type, action, id, attribute]))
}

qualified(type) := {"namespace": project.namespace(type), "type": type} if {
	not contains(type, "/")
	type != ""
} else := {"namespace": namespace, "type": rest} if {
	slash := indexof(type, "/")
	namespace := substring(type, 0, slash)
	rest := substring(type, slash + 1, -1)
	namespace != ""
	rest != ""
}

folded_atom(atom) := atom if {
	project.folds(atom[1]) == false
} else := array.concat([atom[0]], [lower(part) | some part in parts]) if {
	parts := array.slice(atom, 1, count(atom))
	is_foldable(parts, true)
}

padding := ["", "", "", ""]

# atoms splits a parsed permission into its atoms, the last part changing fastest.
atoms(permission) := [atom |
	sizes := [max([1, count(values)]) | some values in permission.parts]
	strides := [product(array.slice(sizes, k + 1, count(sizes))) | some k, _ in sizes]
	some i in numbers.range(0, product(sizes) - 1)
	parts := [value | some k, values in permission.parts; value := nth(values, i, strides[k])]
	atom := array.concat(array.concat([permission.namespace], parts), array.slice(padding, count(parts), 4))
]

nth(values, i, stride) := values[((i - (i % stride)) / stride) % count(values)] if {
	count(values) > 0
} else := ""

# part is the value of an atom's part, counted from 0.
part(atom, i) := value if {
	value := atom[i + 1]
} else := ""

# implies is true when a permission covers an atom.
implies(permission, atom) if {
	permission.namespace == atom[0]
	every i, values in permission.parts {
		covers(values, part(atom, i))
	}
}

covers(values, value) if {
	count(values) == 0
} else if {
	value in values
}
