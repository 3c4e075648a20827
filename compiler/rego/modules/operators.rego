# The operations of conditions, guarded: a wrong type or an integer beyond 2⁵³ gives no value, which means
# that the condition cannot be evaluated. Arguments are missing or evaluated before; rules X1 to X13 are
# numbered as in the compiler.
package lictor.operators

# exact is a value itself, unless it is an integer beyond 2⁵³ or a fraction of more than 18 digits (X2).
exact(value) := value if {
	not is_number(value)
} else := value if {
	not is_large(value)
}

integer(value) if {
	small(value)
	floor(value) == value
}

# truth is a boolean itself (X13).
truth(value) := value if is_boolean(value)

# negate is the other boolean (X3).
negate(value) if {
	is_boolean(value)
	not value
} else := false if {
	is_boolean(value)
}

# equals and differs are definite for any two values (X4).
equals(a, b) := exact(a) == exact(b)

differs(a, b) := exact(a) != exact(b)

# ordered is true for two numbers and for two strings (X5).
ordered(a, b) if {
	small(a)
	small(b)
} else if {
	is_string(a)
	is_string(b)
}

# small is true for a number that is neither an integer beyond 2⁵³ nor a fraction of more than 18 digits.
small(a) if {
	is_number(a)
	not is_large(a)
}

# is_large is true for an integer beyond 2⁵³, and for a fraction of more digits than OPA tells apart, which its
# text shows. Beyond 2⁶⁴ floor is not exact, and whatever is there counts.
is_large(a) if {
	abs(a) > 9007199254740992
	not fractional(a)
} else if {
	text := json.marshal(a)
	count(text) > 18
	mantissa := split(lower(text), "e")[0]
	count(trim(concat("", split(mantissa, ".")), "-0")) > 18
}

# fractional is true for a number beyond 2⁵³ with a fraction. From 2⁶³ on OPA's own arithmetic rounds, so
# there only the number's text tells.
fractional(a) if {
	abs(a) < 9223372036854775808
	floor(a) != a
} else if {
	text := json.marshal(a)
	not contains(lower(text), "e")
	trim(split(text, ".")[1], "0") != ""
}

less(a, b) := a < b if ordered(a, b)

less_equal(a, b) := a <= b if ordered(a, b)

greater(a, b) := a > b if ordered(a, b)

greater_equal(a, b) := a >= b if ordered(a, b)

# has is definite for an array and for a set (X6).
has(items, item) := exact(item) in items if is_array(items)

has(items, item) := exact(item) in items if is_set(items)

# limited is an integer itself, unless it is beyond 2⁵³ (X7).
limited(n) := n if abs(n) <= 9007199254740992

add(a, b) := limited(a + b) if {
	integer(a)
	integer(b)
}

subtract(a, b) := limited(a - b) if {
	integer(a)
	integer(b)
} else := a - b if {
	is_set(a)
	is_set(b)
}

multiply(a, b) := limited(a * b) if {
	integer(a)
	integer(b)
}

remainder(a, b) := a % b if {
	integer(a)
	integer(b)
	b != 0
}

absolute(a) := abs(a) if integer(a)

# common and union_of take sets (X8).
common(a, b) := a & b if {
	is_set(a)
	is_set(b)
}

union_of(a, b) := a | b if {
	is_set(a)
	is_set(b)
}

strings(a, b) if {
	is_string(a)
	is_string(b)
}

# String operations take strings (X9).
starts_with(a, b) := startswith(a, b) if strings(a, b)

ends_with(a, b) := endswith(a, b) if strings(a, b)

contains_text(a, b) := contains(a, b) if strings(a, b)

lower_case(a) := lower(a) if has_old_case(a)

upper_case(a) := upper(a) if has_old_case(a)

# has_old_case is true for a text without letters whose case Unicode got after version 11: OPA's wasm does not know
# it. ASCII texts, which three times over take four characters of base64 each, and short ones below these
# letters need no pattern.
has_old_case(a) if {
	is_string(a)
	count(base64.encode(concat("", [a, a, a]))) == count(a) * 4
} else if {
	is_string(a)
	count(a) <= 100
	every letter in split(a, "") {
		letter < "\u2c2f"
	}
} else if {
	is_string(a)
	not regex.match(`[\x{2c2f}\x{2c5f}\x{a7c0}\x{a7c1}\x{a7c7}-\x{a7ca}\x{a7d0}\x{a7d1}\x{a7d6}-\x{a7d9}\x{a7f5}\x{a7f6}\x{10570}-\x{105bc}]`, a)
}

trimmed(a) := trim_space(a) if is_string(a)

without_prefix(a, b) := trim_prefix(a, b) if strings(a, b)

without_suffix(a, b) := trim_suffix(a, b) if strings(a, b)

size(a) := count(a) if {
	not is_number(a)
	not is_boolean(a)
	not is_null(a)
}

# matches takes a constant pattern and a string (X10).
matches(pattern, a) := regex.match(pattern, a) if is_string(a)

# in_network takes a constant network and the text of one address (X11).
in_network(network, a) := net.cidr_contains(network, a) if {
	is_string(a)
	trim(a, "0123456789abcdefABCDEF:.") == ""
	not mapped(a)
}

# mapped is true for an IPv6 address in dotted form and for one that is IPv4-mapped.
mapped(a) if {
	contains(a, ":")
	contains(a, ".")
} else if {
	contains(a, ":")
	net.cidr_contains("::ffff:0:0/96", a)
}

# The tests of types are definite for every value (X12).
null_value(a) := is_null(exact(a))

boolean_value(a) := is_boolean(exact(a))

number_value(a) := is_number(exact(a))

string_value(a) := is_string(exact(a))

array_value(a) := is_array(exact(a))

object_value(a) := is_object(exact(a))
