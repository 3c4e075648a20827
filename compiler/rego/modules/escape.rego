package lictor.permission

# unescape replaces each %XX by the byte it names; undefined when the digits are missing or the bytes are
# not UTF-8.
unescape(text) := text if {
	not contains(text, "%")
} else := concat("", array.concat([pieces[0]], decoded)) if {
	pieces := split(text, "%")
	escapes := [escape | some i, piece in pieces; i > 0; escape := {"byte": byte(piece), "tail": substring(piece, 2, -1)}]
	count(escapes) == count(pieces) - 1
	decoded := [characters | some i, _ in escapes; characters := decode(escapes, i)]
	count(decoded) == count(escapes)
}

digits := {
	"0": 0, "1": 1, "2": 2, "3": 3, "4": 4, "5": 5, "6": 6, "7": 7, "8": 8, "9": 9,
	"A": 10, "B": 11, "C": 12, "D": 13, "E": 14, "F": 15,
	"a": 10, "b": 11, "c": 12, "d": 13, "e": 14, "f": 15,
}

byte(piece) := (digits[substring(piece, 0, 1)] * 16) + digits[substring(piece, 1, 1)]

# decode is the character that starts at escape i with the text behind it; the text alone where the
# escape continues a character (RFC 3629).
decode(escapes, i) := concat("", [character(code_point(escapes, i)), escapes[i].tail]) if {
	not continues(escapes[i].byte)
} else := escapes[i].tail if {
	some k in [1, 2, 3]
	j := i - k
	j >= 0
	length(escapes[j].byte) > k
	adjacent(escapes, j, k)
}

continues(n) if {
	n >= 128
	n < 192
}

# length is how many bytes the character has that starts with byte n.
length(n) := 1 if {
	n < 128
} else := 2 if {
	n >= 194
	n < 224
} else := 3 if {
	n >= 224
	n < 240
} else := 4 if {
	n >= 240
	n < 245
}

# adjacent is true when no text stands between escape i and the k after it.
adjacent(escapes, i, k) if {
	every between in array.slice(escapes, i, i + k) {
		between.tail == ""
	}
}

# following holds the low six bits of the k-th byte after escape i.
following(escapes, i, k) := escapes[i + k].byte - 128 if {
	continues(escapes[i + k].byte)
	adjacent(escapes, i, k)
}

code_point(escapes, i) := escapes[i].byte if {
	length(escapes[i].byte) == 1
} else := point if {
	length(escapes[i].byte) == 2
	point := ((escapes[i].byte - 192) * 64) + following(escapes, i, 1)
} else := point if {
	length(escapes[i].byte) == 3
	high := ((escapes[i].byte - 224) * 4096) + (following(escapes, i, 1) * 64)
	point := high + following(escapes, i, 2)
	point >= 2048
	not surrogate(point)
} else := point if {
	length(escapes[i].byte) == 4
	high := ((escapes[i].byte - 240) * 262144) + (following(escapes, i, 1) * 4096)
	point := (high + (following(escapes, i, 2) * 64)) + following(escapes, i, 3)
	point >= 65536
	point < 1114112
}

surrogate(point) if {
	point >= 55296
	point < 57344
}

# character is the text of a code point, which JSON can write: a pair of surrogates beyond 65,535.
character(point) := json.unmarshal(concat("", ["\"\\u", hexadecimal(point), "\""])) if {
	point < 65536
} else := json.unmarshal(concat("", ["\"\\u", hexadecimal(high), "\\u", hexadecimal(low), "\""])) if {
	offset := point - 65536
	low := 56320 + (offset % 1024)
	high := 55296 + ((offset - (offset % 1024)) / 1024)
}

# hexadecimal writes a number below 65,536 with four digits.
hexadecimal(n) := concat("", [digit |
	some unit in [4096, 256, 16, 1]
	digit := substring("0123456789abcdef", ((n - (n % unit)) / unit) % 16, 1)
])
