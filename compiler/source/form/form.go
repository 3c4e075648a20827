// Package form describes shapes of YAML in one value each that both reads a node into a Go value and
// says the same as a JSON Schema, so that the two cannot drift apart. It reads YAML as JSON: no tags, no
// merge keys, keys as they are written, no implicit times, numbers as exact
// as their text. Anchors work within a file, bounded.
//
// [Form] is one shape, [Object] a mapping with known keys, [Read] reads a file. Every mistake becomes a
// diagnostic with its place; reading goes on after it.
package form

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/lictor-dev/lictor/compiler/diag"
)

// Form is one shape that a YAML node may have: how it is read into a T, and how a JSON Schema says
// the same. Both live in one value so that they cannot drift apart.
type Form[T any] struct {
	Schema Schema
	Read   func(r *Reader, n *yaml.Node, into *T)
}

// Then returns the form with one more step of reading after a node of the right kind was read.
func (f Form[T]) Then(step func(r *Reader, n *yaml.Node, into *T)) Form[T] {
	return Form[T]{f.Schema, func(r *Reader, n *yaml.Node, into *T) {
		f.Read(r, n, into)
		step(r, n, into)
	}}
}

// Sound is Then for a step that is left out when reading the node found a mistake.
func (f Form[T]) Sound(step func(r *Reader, n *yaml.Node, into *T)) Form[T] {
	return Form[T]{f.Schema, func(r *Reader, n *yaml.Node, into *T) {
		before := len(*r.List)
		f.Read(r, n, into)
		if len(*r.List) == before {
			step(r, n, into)
		}
	}}
}

// Plain reads text that may be empty.
var Plain = Form[Text]{Schema{"type": "string"}, func(r *Reader, n *yaml.Node, into *Text) {
	*into, _ = r.text(n, "text")
}}

// Filled reads text that is not empty.
var Filled = Form[Text]{Schema{"type": "string", "pattern": `\S`}, func(r *Reader, n *yaml.Node, into *Text) {
	*into, _ = r.filled(n, "text")
}}

// text returns text that may be empty, and reports anything else.
func (r *Reader) text(n *yaml.Node, want string) (Text, bool) {
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

// Filled returns text that is not empty, and reports anything else.
func (r *Reader) filled(n *yaml.Node, want string) (Text, bool) {
	t, ok := r.text(n, want)
	if ok && strings.TrimSpace(t.Value) == "" {
		t.Errorf(r.List, badName, "expected %s, got an empty string", want)
		return Text{}, false
	}
	return t, ok
}

// Word reads one of a closed set of words.
func Word(words ...string) Form[Text] {
	names := diag.NewNames(words)
	return Form[Text]{Schema{"enum": words}, func(r *Reader, n *yaml.Node, into *Text) {
		want := oneOf(words)
		t, ok := r.text(n, want)
		switch {
		case !ok:
		case !slices.Contains(words, n.Value):
			r.Errorf(n, unknownWord, "%s is not known here: expected %s", diag.Quote(n.Value), want).Hint = names.Hint(n.Value, "")
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

// Flag reads true or false.
var Flag = Form[bool]{Schema{"type": "boolean"}, func(r *Reader, n *yaml.Node, into *bool) {
	kind, ok := r.scalar(n, "true or false")
	if ok && kind != boolean {
		r.expected(n, "true or false")
		ok = false
	}
	if ok {
		*into = n.Value == "true"
	}
}}

// List reads a list of items. A list that is written is never nil.
func List[T any](item Form[T]) Form[[]T] {
	return Form[[]T]{Schema{"type": "array", "items": item.Schema}, func(r *Reader, n *yaml.Node, into *[]T) {
		if n.Kind != yaml.SequenceNode {
			r.expected(n, "a list")
			return
		}
		items := make([]T, len(n.Content))
		for i, child := range n.Content {
			if child, ok := r.node(child, n); ok {
				item.Read(r, child, &items[i])
			}
		}
		*into = items
	}}
}

// AtLeastOne is List without the empty list.
func AtLeastOne[T any](item Form[T]) Form[[]T] {
	some := List(item).Then(func(r *Reader, n *yaml.Node, _ *[]T) {
		if n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
			r.Errorf(n, wrongType, "expected at least one item, got an empty list")
		}
	})
	some.Schema = Schema{"type": "array", "items": item.Schema, "minItems": 1}
	return some
}

// OneOrMore reads an item that stands alone, or a list of at least one.
func OneOrMore(item Form[Text]) Form[[]Text] {
	many := AtLeastOne(item)
	return Form[[]Text]{anyOf(item.Schema, many.Schema), func(r *Reader, n *yaml.Node, into *[]Text) {
		if n.Kind == yaml.SequenceNode {
			many.Read(r, n, into)
			return
		}
		var one Text
		item.Read(r, n, &one)
		if one.Set() {
			*into = []Text{one}
		}
	}}
}

// NameOr reads either a bare name or the long form as a mapping.
func NameOr[T any](long Form[T], short func(name Text, into *T)) Form[T] {
	return Form[T]{anyOf(Filled.Schema, long.Schema), func(r *Reader, n *yaml.Node, into *T) {
		if n.Kind == yaml.MappingNode {
			long.Read(r, n, into)
			return
		}
		var name Text
		Filled.Read(r, n, &name)
		short(name, into)
	}}
}

// Pointer reads into a value that is nil where the key is not written.
func Pointer[T any](f Form[T]) Form[*T] {
	return Form[*T]{f.Schema, func(r *Reader, n *yaml.Node, into **T) {
		*into = new(T)
		f.Read(r, n, *into)
	}}
}

// Later refers to a form of the given name that is defined further on and holds itself.
func Later[T any](name string, f *Form[T]) Form[T] {
	return Form[T]{Schema{"$ref": "#/$defs/" + name}, func(r *Reader, n *yaml.Node, into *T) { f.Read(r, n, into) }}
}
