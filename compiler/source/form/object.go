package form

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/lictor-dev/lictor/compiler/diag"
)

// Key is one key of an object: its name, its form and where what is read goes.
type Key[T any] struct {
	name     string
	about    string
	required bool
	schema   Schema
	read     func(r *Reader, n *yaml.Node, into *T)
}

// Member returns a key that is read into the field of T that at points to. The text says in the
// schema what the key means.
func Member[T, F any](name string, f Form[F], at func(*T) *F, about string) Key[T] {
	return Key[T]{
		name:   name,
		about:  about,
		schema: f.Schema.with("description", about),
		read:   func(r *Reader, n *yaml.Node, into *T) { f.Read(r, n, at(into)) },
	}
}

// Required is Member for a key that must be written.
func Required[T, F any](name string, f Form[F], at func(*T) *F, about string) Key[T] {
	k := Member(name, f, at, about)
	k.required = true
	return k
}

// Object is a mapping with a closed set of keys.
type Object[T any] struct {
	Name    string        // in the schema's $defs
	Defines bool          // a key that cannot be read may define names that are referred to
	Start   func(into *T) // sets what counts where keys are not written; may be nil
	Keys    []Key[T]
}

// Form returns how the object is read.
func (o Object[T]) Form() Form[T] {
	index := make(map[string]int, len(o.Keys))
	names := make([]string, len(o.Keys))
	for i, k := range o.Keys {
		index[k.name], names[i] = i, k.name
	}
	return Form[T]{objectSchema(o.Name, o.Keys), func(r *Reader, n *yaml.Node, into *T) {
		if o.Start != nil {
			o.Start(into)
		}
		whole := r.pairs(n, func(name, value *yaml.Node) {
			if i, known := index[name.Value]; known {
				o.Keys[i].read(r, value, into)
			} else {
				r.unknownKey(name, names)
				r.Incomplete = r.Incomplete || o.Defines
			}
		})
		r.Incomplete = r.Incomplete || o.Defines && !whole
		for _, k := range o.Keys {
			if k.required && n.Kind == yaml.MappingNode && Child(n, k.name) == nil {
				r.Errorf(n, missingKey, "key %q is missing", k.name).Hint = k.name + ": " + k.about
			}
		}
	}}
}

// Child returns the value of a mapping's key, nil when it is not there.
func Child(n *yaml.Node, name string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i+1]
		}
	}
	return nil
}

func (r *Reader) unknownKey(name *yaml.Node, known []string) {
	d := r.Errorf(name, unknownKey, "key %s is not known here", diag.Quote(name.Value))
	d.Hint = diag.NewNames(known).Hint(name.Value, "known keys: "+strings.Join(known, ", "))
}

// pairs calls visit for each key of a mapping that is written properly, and reports the others. It
// returns whether there are no others.
func (r *Reader) pairs(n *yaml.Node, visit func(name, value *yaml.Node)) bool {
	if n.Kind != yaml.MappingNode {
		r.expected(n, "a mapping")
		return false
	}
	whole := true
	seen := make(map[string]*yaml.Node, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		name := n.Content[i]
		if !r.checkKey(name, seen) {
			whole = false
			continue
		}
		if value, ok := r.node(n.Content[i+1], name); ok {
			visit(name, value)
		} else {
			whole = false
		}
	}
	return whole
}

// checkKey reports a key that JSON cannot have, and one that was there before.
func (r *Reader) checkKey(name *yaml.Node, seen map[string]*yaml.Node) bool {
	switch {
	case name.Kind == yaml.AliasNode:
		r.Errorf(name, notPlainYAML, "an alias cannot be a key")
		return false
	case name.Kind != yaml.ScalarNode:
		r.Errorf(name, notPlainYAML, "a key must be text, not %s", describe(name))
		return false
	case name.Tag == "!!merge" && name.Style&quotedStyles == 0:
		r.Errorf(name, notPlainYAML, "merge keys are not read").Hint = "write the keys out"
		return false
	case tagged(name):
		r.Errorf(name, notPlainYAML, "tags are not read: %s", diag.Quote(name.Tag))
		return false
	}
	if first, ok := seen[name.Value]; ok {
		d := r.Errorf(name, repeatedKey, "key %s is repeated", diag.Quote(name.Value))
		d.Related = []diag.Related{{Pos: r.At(first), Message: "first written here"}}
		return false
	}
	seen[name.Value] = name
	return true
}

// Named is a mapping whose keys are names of the author's own. Each pair becomes one item.
func Named[T any](item Form[T], at func(*T) *Text) Form[[]T] {
	s := Schema{"type": "object", "additionalProperties": item.Schema, "propertyNames": Schema{"minLength": 1}}
	return Form[[]T]{s, func(r *Reader, n *yaml.Node, into *[]T) {
		items := make([]T, 0, len(n.Content)/2)
		whole := r.pairs(n, func(name, value *yaml.Node) {
			label := r.textOf(name)
			good := r.checkName(label)
			var one T
			item.Read(r, value, &one)
			if good {
				*at(&one) = label
				items = append(items, one)
			}
			r.Incomplete = r.Incomplete || !good
		})
		r.Incomplete = r.Incomplete || !whole
		*into = items
	}}
}

// maxName bounds the bytes of a name.
const maxName = 1024

// checkName reports a name that nobody can refer to safely.
func (r *Reader) checkName(name Text) bool {
	problem := ""
	switch {
	case name.Value == "":
		problem = "is empty"
	case len(name.Value) > maxName:
		problem = "is longer than 1024 bytes"
	case strings.TrimSpace(name.Value) != name.Value:
		problem = "starts or ends with white space"
	case strings.ContainsFunc(name.Value, unicode.IsControl) || strings.ContainsRune(name.Value, utf8.RuneError):
		problem = "holds a control character"
	default:
		return true
	}
	name.Errorf(r.List, badName, "name %s %s", diag.Quote(name.Value), problem)
	return false
}
