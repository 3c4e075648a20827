package source

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/lictor-dev/lictor/compiler/diag"
)

// key is one key of an object: its name, its form and where what is read goes.
type key[T any] struct {
	name     string
	about    string
	required bool
	schema   schema
	read     func(r *reader, n *yaml.Node, into *T)
}

// member returns a key that is read into the field of T that at points to. The text says in the
// schema what the key means.
func member[T, F any](name string, f form[F], at func(*T) *F, about string) key[T] {
	return key[T]{
		name:   name,
		about:  about,
		schema: f.schema.with("description", about),
		read:   func(r *reader, n *yaml.Node, into *T) { f.read(r, n, at(into)) },
	}
}

// required is member for a key that must be written.
func required[T, F any](name string, f form[F], at func(*T) *F, about string) key[T] {
	k := member(name, f, at, about)
	k.required = true
	return k
}

// object is a mapping with a closed set of keys.
type object[T any] struct {
	name    string // in the schema's $defs
	defines bool   // a key that cannot be read may define names that are referred to
	start   func(into *T)
	keys    []key[T]
}

// form returns how the object is read. Before its keys are, start sets what counts where they are not
// written.
func (o object[T]) form() form[T] {
	index := make(map[string]int, len(o.keys))
	names := make([]string, len(o.keys))
	for i, k := range o.keys {
		index[k.name], names[i] = i, k.name
	}
	return form[T]{objectSchema(o.name, o.keys), func(r *reader, n *yaml.Node, into *T) {
		if o.start != nil {
			o.start(into)
		}
		whole := r.pairs(n, func(name, value *yaml.Node) {
			if i, known := index[name.Value]; known {
				o.keys[i].read(r, value, into)
			} else {
				r.unknownKey(name, names)
				r.incomplete = r.incomplete || o.defines
			}
		})
		r.incomplete = r.incomplete || o.defines && !whole
		for _, k := range o.keys {
			if k.required && n.Kind == yaml.MappingNode && child(n, k.name) == nil {
				r.errorf(n, missingKey, "key %q is missing", k.name).Hint = k.name + ": " + k.about
			}
		}
	}}
}

// child returns the value of a mapping's key, nil when it is not there.
func child(n *yaml.Node, name string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i+1]
		}
	}
	return nil
}

func (r *reader) unknownKey(name *yaml.Node, known []string) {
	d := r.errorf(name, unknownKey, "key %s is not known here", diag.Quote(name.Value))
	d.Hint = diag.NewNames(known).Hint(name.Value, "known keys: "+strings.Join(known, ", "))
}

// pairs calls visit for each key of a mapping that is written properly, and reports the others. It
// returns whether there are no others.
func (r *reader) pairs(n *yaml.Node, visit func(name, value *yaml.Node)) bool {
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
func (r *reader) checkKey(name *yaml.Node, seen map[string]*yaml.Node) bool {
	switch {
	case name.Kind == yaml.AliasNode:
		r.errorf(name, notPlainYAML, "an alias cannot be a key")
		return false
	case name.Kind != yaml.ScalarNode:
		r.errorf(name, notPlainYAML, "a key must be text, not %s", describe(name))
		return false
	case name.Tag == "!!merge" && name.Style&quotedStyles == 0:
		r.errorf(name, notPlainYAML, "merge keys are not read").Hint = "write the keys out"
		return false
	case tagged(name):
		r.errorf(name, notPlainYAML, "tags are not read: %s", diag.Quote(name.Tag))
		return false
	}
	if first, ok := seen[name.Value]; ok {
		d := r.errorf(name, repeatedKey, "key %s is repeated", diag.Quote(name.Value))
		d.Related = []diag.Related{{Pos: r.at(first), Message: "first written here"}}
		return false
	}
	seen[name.Value] = name
	return true
}

// named is a mapping whose keys are names of the author's own. Each pair becomes one item.
func named[T any](item form[T], at func(*T) *Text) form[[]T] {
	s := schema{"type": "object", "additionalProperties": item.schema, "propertyNames": schema{"minLength": 1}}
	return form[[]T]{s, func(r *reader, n *yaml.Node, into *[]T) {
		items := make([]T, 0, len(n.Content)/2)
		whole := r.pairs(n, func(name, value *yaml.Node) {
			label := r.textOf(name)
			good := r.checkName(label)
			var one T
			item.read(r, value, &one)
			if good {
				*at(&one) = label
				items = append(items, one)
			}
			r.incomplete = r.incomplete || !good
		})
		r.incomplete = r.incomplete || !whole
		*into = items
	}}
}

// maxName bounds the bytes of a name.
const maxName = 1024

// checkName reports a name that nobody can refer to safely.
func (r *reader) checkName(name Text) bool {
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
	name.Errorf(r.list, badName, "name %s %s", diag.Quote(name.Value), problem)
	return false
}
