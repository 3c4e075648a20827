package value

import (
	"slices"
	"strings"
)

// AppendCanonical appends v as JSON in canonical form (rule C1 of bundles/FORMAT.md): members sorted by name, and no more
// escapes than needed. A Set becomes an array; Missing becomes null.
func AppendCanonical(dst []byte, v Value) []byte {
	switch v.Kind() {
	case String:
		return appendCanonicalText(dst, v.Text())
	case Object:
		return appendCanonicalObject(dst, v)
	case Array, Set:
		dst = append(dst, '[')
		for items, first := v.Items(), true; ; first = false {
			_, item, ok := items.Next()
			if !ok {
				return append(dst, ']')
			}
			if !first {
				dst = append(dst, ',')
			}
			dst = AppendCanonical(dst, item)
		}
	default:
		return AppendJSON(dst, v)
	}
}

func appendCanonicalObject(dst []byte, v Value) []byte {
	type member struct {
		name  string
		value Value
	}
	members := make([]member, 0, v.Len())
	items := v.Items()
	for name, item, ok := items.Next(); ok; name, item, ok = items.Next() {
		members = append(members, member{name, item})
	}
	slices.SortFunc(members, func(a, b member) int { return strings.Compare(a.name, b.name) })
	dst = append(dst, '{')
	for i, m := range members {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendCanonicalText(dst, m.name), ':')
		dst = AppendCanonical(dst, m.value)
	}
	return append(dst, '}')
}

// appendCanonicalText is AppendQuoted without what is escaped for HTML only.
func appendCanonicalText(dst []byte, s string) []byte {
	start := len(dst)
	dst = AppendQuoted(dst, s)
	if !strings.ContainsAny(s, "<>&") {
		return dst
	}
	text := slices.Clone(dst[start:])
	dst = dst[:start]
	for len(text) > 0 {
		switch {
		case len(text) >= 6 && text[0] == '\\' && isHTML(string(text[:6])):
			dst, text = append(dst, htmlCharacters[text[5]]), text[6:]
		case text[0] == '\\':
			dst, text = append(dst, text[:2]...), text[2:]
		default:
			dst, text = append(dst, text[0]), text[1:]
		}
	}
	return dst
}

// htmlCharacters are what is escaped for HTML, by the last digit of their code.
var htmlCharacters = [256]byte{'c': '<', 'e': '>', '6': '&'}

func isHTML(escape string) bool {
	return escape == `\u003c` || escape == `\u003e` || escape == `\u0026`
}
