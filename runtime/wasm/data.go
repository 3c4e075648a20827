package wasm

import (
	"bytes"
	"slices"
)

// listings are the members of data.json that only the entrypoint lictor/authz/policies reads. An engine does not ask
// it, and they are larger than all others together.
var listings = []string{"policies", "texts"}

// without returns an object, which is a JSON text, without some members. It reports whether the text looks like one;
// whether it is one is for the policy to say, which parses it.
func without(text []byte, names []string) (rest []byte, ok bool) {
	text = bytes.TrimSpace(text)
	if len(text) < 2 || text[0] != '{' || text[len(text)-1] != '}' {
		return nil, false
	}
	text = text[1 : len(text)-1]
	rest = append(make([]byte, 0, len(text)+2), '{')
	for len(text) > 0 {
		end := member(text)
		name, _, found := bytes.Cut(text[:end], []byte{':'})
		if !found {
			return nil, false
		}
		if !slices.Contains(names, string(bytes.Trim(name, "\" \t\r\n"))) {
			if len(rest) > 1 {
				rest = append(rest, ',')
			}
			rest = append(rest, text[:end]...)
		}
		if end == len(text) {
			break
		}
		text = text[end+1:]
	}
	return append(rest, '}'), true
}

// member returns where the first member of an object ends: at the comma behind it, or with the text.
func member(text []byte) int {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch b := text[i]; {
		case quoted && b == '\\':
			i++
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '{', b == '[':
			depth++
		case b == '}', b == ']':
			depth--
		case b == ',' && depth == 0:
			return i
		}
	}
	return len(text)
}
