package generate

import (
	"slices"
	"strings"
)

// tree is a JSON object under construction: each member is JSON text or a tree.
type tree map[string]any

// put sets the member at path to JSON text. A later text replaces what is in its way.
func (t tree) put(path []string, text string) {
	for _, name := range path[:len(path)-1] {
		next, ok := t[name].(tree)
		if !ok {
			next = tree{}
			t[name] = next
		}
		t = next
	}
	t[path[len(path)-1]] = text
}

// json returns the object's text, members sorted.
func (t tree) json() string {
	names := make([]string, 0, len(t))
	for name := range t {
		names = append(names, name)
	}
	slices.Sort(names)
	var b strings.Builder
	b.WriteByte('{')
	for i, name := range names {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(quote(name) + ":")
		switch v := t[name].(type) {
		case tree:
			b.WriteString(v.json())
		case string:
			b.WriteString(v)
		}
	}
	b.WriteByte('}')
	return b.String()
}
