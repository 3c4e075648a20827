package form

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/compiler/diag"
)

// Properties reads a mapping of any JSON values. Its keys are sorted at every level; numbers are kept
// as exactly as they are written.
var Properties = Form[value.Value]{
	Schema{"type": "object"},
	func(r *Reader, n *yaml.Node, into *value.Value) {
		if n.Kind != yaml.MappingNode {
			r.expected(n, "a mapping")
			return
		}
		before := len(*r.List)
		encoded := r.appendValue(nil, n, 0)
		if len(*r.List) == before {
			*into = encoded
		}
	},
}

// appendValue appends the JSON value a node stands for. After a mistake what it appends is of no use.
func (r *Reader) appendValue(dst []byte, n *yaml.Node, depth int) []byte {
	if depth >= value.MaxDepth && n.Kind != yaml.ScalarNode {
		r.Errorf(n, tooLarge, "lists and mappings are nested more than %d deep", value.MaxDepth)
		return dst
	}
	switch n.Kind {
	case yaml.MappingNode:
		return r.appendMembers(dst, n, depth)
	case yaml.SequenceNode:
		start := len(dst)
		dst = value.Begin(dst, value.Array)
		for _, child := range n.Content {
			if child, ok := r.node(child, n); ok {
				dst = r.appendValue(dst, child, depth+1)
			}
		}
		return value.End(dst, start, len(n.Content))
	default:
		return r.appendScalar(dst, n)
	}
}

func (r *Reader) appendMembers(dst []byte, n *yaml.Node, depth int) []byte {
	type pair struct{ name, value *yaml.Node }
	pairs := make([]pair, 0, len(n.Content)/2)
	r.pairs(n, func(name, value *yaml.Node) { pairs = append(pairs, pair{name, value}) })
	slices.SortFunc(pairs, func(a, b pair) int { return strings.Compare(a.name.Value, b.name.Value) })
	start := len(dst)
	dst = value.Begin(dst, value.Object)
	for _, p := range pairs {
		dst = r.appendValue(value.AppendKey(dst, p.name.Value), p.value, depth+1)
	}
	return value.End(dst, start, len(pairs))
}

func (r *Reader) appendScalar(dst []byte, n *yaml.Node) []byte {
	kind, ok := r.scalar(n, "a JSON value")
	if !ok {
		return dst
	}
	switch kind {
	case null:
		return value.AppendNull(dst)
	case boolean:
		return value.AppendBool(dst, n.Value == "true")
	case number:
		out, err := value.AppendNumber(dst, n.Value)
		if err != nil {
			r.Errorf(n, numberRange, "%s has more than 400 digits or an exponent beyond ±400", diag.Quote(n.Value))
		}
		return out
	default:
		return value.AppendString(dst, n.Value)
	}
}
