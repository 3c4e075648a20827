package condition

import (
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
)

// maxDepth bounds how deep expressions nest, so that no engine runs out of stack.
const maxDepth = 32

// term translates one operand; nil for one that is not in the native subset.
func term(t *ast.Term) policy.Expr {
	switch v := t.Value.(type) {
	case ast.Null, ast.Boolean, ast.String:
		return scalar(v)
	case ast.Number:
		return number(string(v))
	case ast.Var:
		return name([]string{string(v)})
	case ast.Ref:
		return ref(v)
	case ast.Call:
		return call(v[0], v[1:], false)
	case *ast.Array:
		return array(v)
	case ast.Set:
		return set(v)
	case ast.Object:
		return object(v)
	default:
		return nil
	}
}

func scalar(v ast.Value) policy.Expr {
	var b []byte
	switch v := v.(type) {
	case ast.Null:
		b = value.AppendNull(nil)
	case ast.Boolean:
		b = value.AppendBool(nil, bool(v))
	case ast.String:
		b = value.AppendString(nil, string(v))
	}
	return policy.Literal{Value: b}
}

func number(text string) policy.Expr {
	b, err := value.AppendNumber(nil, text)
	if err != nil || value.Value(b).Kind() == value.Big {
		return nil
	}
	return policy.Literal{Value: b}
}

// array translates an array, into one literal when all its items are literals.
func array(a *ast.Array) policy.Expr {
	items := terms(a.Len(), a.Foreach)
	if items == nil {
		return nil
	}
	b := value.Begin(nil, value.Array)
	for _, x := range items {
		l, ok := x.(policy.Literal)
		if !ok {
			return policy.Call{Op: policy.MakeArray, Args: items}
		}
		b = append(b, l.Value...)
	}
	return policy.Literal{Value: value.End(b, 0, len(items))}
}

// terms translates all terms; nil when one is not in the native subset.
func terms(count int, foreach func(func(*ast.Term))) []policy.Expr {
	items := make([]policy.Expr, 0, count)
	foreach(func(t *ast.Term) {
		if x := term(t); x != nil {
			items = append(items, x)
		}
	})
	if len(items) < count {
		return nil
	}
	return items
}

// set translates a set. Its members are sorted by their text, so that order and repeats do not show.
func set(s ast.Set) policy.Expr {
	items := terms(s.Len(), s.Foreach)
	if items == nil {
		return nil
	}
	slices.SortFunc(items, func(a, b policy.Expr) int { return strings.Compare(Text(a), Text(b)) })
	items = slices.CompactFunc(items, func(a, b policy.Expr) bool { return Text(a) == Text(b) })
	return policy.Call{Op: policy.MakeSet, Args: items}
}

// object translates an object of constants.
func object(o ast.Object) policy.Expr {
	type member struct {
		name  string
		value value.Value
	}
	var members []member
	o.Foreach(func(key, item *ast.Term) {
		name, isText := key.Value.(ast.String)
		if literal, isLiteral := term(item).(policy.Literal); isText && isLiteral {
			members = append(members, member{string(name), literal.Value})
		}
	})
	if len(members) < o.Len() {
		return nil
	}
	slices.SortFunc(members, func(a, b member) int { return strings.Compare(a.name, b.name) })
	b := value.Begin(nil, value.Object)
	for _, m := range members {
		b = append(value.AppendKey(b, m.name), m.value...)
	}
	return policy.Literal{Value: value.End(b, 0, len(members))}
}

// ref translates a reference. Each step must be a constant string.
func ref(ref ast.Ref) policy.Expr {
	head, ok := ref[0].Value.(ast.Var)
	if !ok {
		return nil
	}
	path := []string{string(head)}
	for _, step := range ref[1:] {
		text, ok := step.Value.(ast.String)
		if !ok {
			return nil
		}
		path = append(path, string(text))
	}
	return name(path)
}
