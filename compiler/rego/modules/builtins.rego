# The built-ins of conditions that only Rego can evaluate, guarded: a wrong type, and what engines would answer
# differently, gives no value, which means that the condition cannot be evaluated.
package lictor.builtins

import data.lictor.operators

# collection is an array, an object or a set itself.
collection(a) := a if is_array(a)

collection(a) := a if is_object(a)

collection(a) := a if is_set(a)

# sequence is what a collection holds as an array, in the order of its keys, and pairs are keys and values.
sequence(a) := a if is_array(a)

sequence(a) := sort(a) if is_set(a)

sequence(a) := [a[key] | some key in sort(object.keys(a))] if is_object(a)

pairs(a) := [[key, value] | some key, value in a] if is_array(a)

pairs(a) := [[value, value] | some value in sort(a)] if is_set(a)

pairs(a) := [[key, a[key]] | some key in sort(object.keys(a))] if is_object(a)

# array_of is an array itself that has a number of items, and object_with an object that has certain members
# and no others.
array_of(a, size) := a if {
	is_array(a)
	count(a) == size
}

object_with(a, names) := a if {
	is_object(a)
	object.keys(a) == names
}

# text is a string itself.
text(a) := a if is_string(a)

# member is what stands in a collection under a key: the item of an array, the member of an object, the item of
# a set itself.
member(items, key) := items[floor(key)] if {
	is_array(items)
	operators.integer(key)
}

member(items, key) := items[key] if {
	is_object(items)
	is_string(key)
}

member(items, key) := key if {
	is_set(items)
	operators.exact(key) in items
}

# object_of is the object of pairs, in which no name may have two values.
object_of(pairs) := {pair[0]: pair[1] | some pair in pairs} if {
	count({pair[0] | some pair in pairs}) == count(pairs)
}

# has_pair is true when a collection holds a value under a key.
has_pair(key, value, items) if {
	collection(items) == items
	member(items, key) == operators.exact(value)
} else := false if {
	collection(items) == items
	_ = operators.exact(key)
	_ = operators.exact(value)
}

arrays(a, b) if {
	is_array(a)
	is_array(b)
}

objects(a, b) if {
	is_object(a)
	is_object(b)
}

array_concat(a, b) := array.concat(a, b) if arrays(a, b)

array_reverse(a) := array.reverse(a) if is_array(a)

array_slice(a, from, to) := array.slice(a, floor(from), floor(to)) if {
	is_array(a)
	operators.integer(from)
	operators.integer(to)
}

base64_encode(a) := base64.encode(a) if is_string(a)

base64url_encode(a) := base64url.encode(a) if is_string(a)

# patterns is true for two integers that have a bit pattern of 31 bits.
patterns(a, b) if {
	natural(a)
	natural(b)
}

natural(a) if {
	operators.integer(a)
	a >= 0
	a <= 2147483647
}

bits_and(a, b) := bits.and(floor(a), floor(b)) if patterns(a, b)

bits_or(a, b) := bits.or(floor(a), floor(b)) if patterns(a, b)

bits_xor(a, b) := bits.xor(floor(a), floor(b)) if patterns(a, b)

# whole is an integer itself: engines round fractions differently.
whole(a) := floor(a) if operators.integer(a)

# texts is true for an array or a set of strings.
texts(items) if {
	is_array(items)
	every item in items {
		is_string(item)
	}
}

texts(items) if {
	is_set(items)
	every item in items {
		is_string(item)
	}
}

# concatenated takes the items of a set in their order.
concatenated(between, items) := concat(between, items) if {
	is_string(between)
	is_array(items)
	texts(items)
}

concatenated(between, items) := concat(between, sort(items)) if {
	is_string(between)
	is_set(items)
	texts(items)
}

# format_integer takes no base 2: the digits of large integers do not fit what OPA's wasm has for them.
format_integer(a, base) := format_int(floor(a), floor(base)) if {
	operators.integer(a)
	abs(a) <= 2147483647
	operators.integer(base)
	base in {8, 10, 16}
}

index_of(a, part) := indexof(a, part) if {
	operators.strings(a, part)
	part != ""
}

# sets is true for a set of sets.
sets(items) if {
	is_set(items)
	every item in items {
		is_set(item)
	}
}

intersection_of(items) := intersection(items) if {
	sets(items)
	count(items) > 0
}

union_of_all(items) := union(items) if sets(items)

set_value(a) := is_set(operators.exact(a))

# integers is true for an array or a set of integers.
integers(items) if {
	is_array(items)
	every item in items {
		operators.integer(item)
	}
}

integers(items) if {
	is_set(items)
	every item in items {
		operators.integer(item)
	}
}

# ordered is true for an array or a set of integers, or of strings.
ordered(items) if integers(items)

ordered(items) if texts(items)

maximum(items) := max(items) if {
	ordered(items)
	count(items) > 0
}

minimum(items) := min(items) if {
	ordered(items)
	count(items) > 0
}

sorted(items) := sort(items) if ordered(items)

sum_of(items) := operators.limited(sum(items)) if {
	integers(items)
	count(items) <= 1000
}

product_of(items) := operators.limited(product(items)) if {
	integers(items)
	count(items) <= 16
}

networks_intersect(a, b) := net.cidr_intersects(a, b) if {
	network(a)
	network(b)
}

# network is true for a network in CIDR form that is not an IPv4 one in IPv6 form.
network(a) if {
	is_string(a)
	regex.match(`^[0-9a-fA-F.:]+/[0-9]+$`, a)
	not operators.mapped(a)
}

numbers_range(a, b) := numbers.range(floor(a), floor(b)) if {
	operators.integer(a)
	operators.integer(b)
	abs(a - b) <= 1000
}

# names is true for an array or a set of strings, and for an object.
names(items) if texts(items)

names(items) if is_object(items)

object_filter(a, keys) := object.filter(a, keys) if {
	is_object(a)
	names(keys)
}

# object_get is a member, or another value where there is none.
object_get(a, key, other) := object.get(a, key, other) if {
	is_object(a)
	is_string(key)
}

object_keys(a) := object.keys(a) if is_object(a)

object_remove(a, keys) := object.remove(a, keys) if {
	is_object(a)
	names(keys)
}

object_union(a, b) := object.union(a, b) if objects(a, b)

replaced(a, old, new) := replace(a, old, new) if {
	operators.strings(a, old)
	is_string(new)
	old != ""
}

pieces(a, between) := split(a, between) if operators.strings(a, between)

reversed(a) := strings.reverse(a) if is_string(a)

substring_of(a, from, length) := substring(a, floor(from), floor(length)) if {
	is_string(a)
	operators.integer(from)
	from >= 0
	operators.integer(length)
}

# number is an integer that is written with up to 15 digits, or a number itself.
number(a) := to_number(a) if {
	is_string(a)
	regex.match(`^-?(0|[1-9][0-9]{0,14})$`, a)
}

number(a) := operators.exact(a) if is_number(a)

trimmed_of(a, characters) := trim(a, characters) if operators.strings(a, characters)

left_trimmed_of(a, characters) := trim_left(a, characters) if operators.strings(a, characters)

right_trimmed_of(a, characters) := trim_right(a, characters) if operators.strings(a, characters)

type_of(a) := type_name(operators.exact(a))
