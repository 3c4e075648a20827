package source

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/lictor-dev/lictor/compiler/diag"
)

// form is one shape that a YAML node may have: how it is read into a T, and how a JSON Schema says
// the same. Both live in one value so that they cannot drift apart.
type form[T any] struct {
	schema schema
	read   func(r *reader, n *yaml.Node, into *T)
}

// then returns the form with one more step of reading after a node of the right kind was read.
func (f form[T]) then(step func(r *reader, n *yaml.Node, into *T)) form[T] {
	return form[T]{f.schema, func(r *reader, n *yaml.Node, into *T) {
		f.read(r, n, into)
		step(r, n, into)
	}}
}

// sound is then for a step that is left out when reading the node found a mistake.
func (f form[T]) sound(step func(r *reader, n *yaml.Node, into *T)) form[T] {
	return form[T]{f.schema, func(r *reader, n *yaml.Node, into *T) {
		before := len(*r.list)
		f.read(r, n, into)
		if len(*r.list) == before {
			step(r, n, into)
		}
	}}
}

// plain reads text that may be empty.
var plain = form[Text]{schema{"type": "string"}, func(r *reader, n *yaml.Node, into *Text) {
	*into, _ = r.text(n, "text")
}}

// filled reads text that is not empty.
var filled = form[Text]{schema{"type": "string", "pattern": `\S`}, func(r *reader, n *yaml.Node, into *Text) {
	*into, _ = r.filled(n, "text")
}}

// text returns text that may be empty, and reports anything else.
func (r *reader) text(n *yaml.Node, want string) (Text, bool) {
	kind, ok := r.scalar(n, want)
	if ok && kind != text {
		r.expected(n, want)
		ok = false
	}
	if !ok {
		return Text{}, false
	}
	return r.textOf(n), true
}

// filled returns text that is not empty, and reports anything else.
func (r *reader) filled(n *yaml.Node, want string) (Text, bool) {
	t, ok := r.text(n, want)
	if ok && strings.TrimSpace(t.Value) == "" {
		t.Errorf(r.list, badName, "expected %s, got an empty string", want)
		return Text{}, false
	}
	return t, ok
}

// word reads one of a closed set of words.
func word(words ...string) form[Text] {
	names := diag.NewNames(words)
	return form[Text]{schema{"enum": words}, func(r *reader, n *yaml.Node, into *Text) {
		want := oneOf(words)
		t, ok := r.text(n, want)
		switch {
		case !ok:
		case !slices.Contains(words, n.Value):
			r.errorf(n, unknownWord, "%s is not known here: expected %s", diag.Quote(n.Value), want).Hint = names.Hint(n.Value, "")
		default:
			*into = t
		}
	}}
}

func oneOf(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// flag reads true or false.
var flag = form[bool]{schema{"type": "boolean"}, func(r *reader, n *yaml.Node, into *bool) {
	kind, ok := r.scalar(n, "true or false")
	if ok && kind != boolean {
		r.expected(n, "true or false")
		ok = false
	}
	if ok {
		*into = n.Value == "true"
	}
}}

// list reads a list of items. A list that is written is never nil.
func list[T any](item form[T]) form[[]T] {
	return form[[]T]{schema{"type": "array", "items": item.schema}, func(r *reader, n *yaml.Node, into *[]T) {
		if n.Kind != yaml.SequenceNode {
			r.expected(n, "a list")
			return
		}
		items := make([]T, len(n.Content))
		for i, child := range n.Content {
			if child, ok := r.node(child, n); ok {
				item.read(r, child, &items[i])
			}
		}
		*into = items
	}}
}

// atLeastOne is list without the empty list.
func atLeastOne[T any](item form[T]) form[[]T] {
	some := list(item).then(func(r *reader, n *yaml.Node, _ *[]T) {
		if n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
			r.errorf(n, wrongType, "expected at least one item, got an empty list")
		}
	})
	some.schema = schema{"type": "array", "items": item.schema, "minItems": 1}
	return some
}

// oneOrMore reads an item that stands alone, or a list of at least one.
func oneOrMore(item form[Text]) form[[]Text] {
	many := atLeastOne(item)
	return form[[]Text]{anyOf(item.schema, many.schema), func(r *reader, n *yaml.Node, into *[]Text) {
		if n.Kind == yaml.SequenceNode {
			many.read(r, n, into)
			return
		}
		var one Text
		item.read(r, n, &one)
		if one.Set() {
			*into = []Text{one}
		}
	}}
}

// nameOr reads either a bare name or the long form as a mapping.
func nameOr[T any](long form[T], short func(name Text, into *T)) form[T] {
	return form[T]{anyOf(filled.schema, long.schema), func(r *reader, n *yaml.Node, into *T) {
		if n.Kind == yaml.MappingNode {
			long.read(r, n, into)
			return
		}
		var name Text
		filled.read(r, n, &name)
		short(name, into)
	}}
}

// pointer reads into a value that is nil where the key is not written.
func pointer[T any](f form[T]) form[*T] {
	return form[*T]{f.schema, func(r *reader, n *yaml.Node, into **T) {
		*into = new(T)
		f.read(r, n, *into)
	}}
}

// later refers to a form of the given name that is defined further on and holds itself.
func later[T any](name string, f *form[T]) form[T] {
	return form[T]{schema{"$ref": "#/$defs/" + name}, func(r *reader, n *yaml.Node, into *T) { f.read(r, n, into) }}
}
