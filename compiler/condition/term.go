package condition

import (
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/compiler/diag"
)

// maxDepth bounds how deep expressions nest, so that no engine runs out of stack.
const maxDepth = 32

// term translates one operand.
func (r *reader) term(t *ast.Term) policy.Expr {
	switch v := t.Value.(type) {
	case ast.Null, ast.Boolean, ast.String:
		return scalar(v)
	case ast.Number:
		return r.number(t, string(v))
	case ast.Var:
		return r.name(t, []string{string(v)})
	case ast.Ref:
		return r.ref(t, v)
	case ast.Call:
		return r.call(v[0], v[1:], t.Location, false)
	case *ast.Array:
		return r.array(v)
	case ast.Set:
		return r.set(v)
	case ast.Object:
		return r.object(t, v)
	case *ast.ArrayComprehension, *ast.SetComprehension, *ast.ObjectComprehension:
		return r.unsupported(t.Location, "a comprehension", "test membership with: value in list")
	case *ast.TemplateString:
		return r.unsupported(t.Location, "a template string", "compare the parts one by one")
	default:
		return r.unsupported(t.Location, "this construct", "")
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

func (r *reader) number(t *ast.Term, text string) policy.Expr {
	b, err := value.AppendNumber(nil, text)
	if err != nil || value.Value(b).Kind() == value.Big {
		r.errorf(CodeLiteral, t.Location, "number %s is too large", diag.Quote(text)).Hint = "engines agree on integers up to 9007199254740992"
		return nil
	}
	return policy.Literal{Value: b}
}

// array translates an array, into one literal when all its items are literals.
func (r *reader) array(a *ast.Array) policy.Expr {
	var items []policy.Expr
	a.Foreach(func(t *ast.Term) {
		if x := r.term(t); x != nil {
			items = append(items, x)
		}
	})
	if len(items) < a.Len() {
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

// set translates a set. Its members are sorted by their text, so that order and repeats do not show.
func (r *reader) set(s ast.Set) policy.Expr {
	var items []policy.Expr
	s.Foreach(func(t *ast.Term) {
		if x := r.term(t); x != nil {
			items = append(items, x)
		}
	})
	if len(items) < s.Len() {
		return nil
	}
	slices.SortFunc(items, func(a, b policy.Expr) int { return strings.Compare(Text(a), Text(b)) })
	items = slices.CompactFunc(items, func(a, b policy.Expr) bool { return Text(a) == Text(b) })
	return policy.Call{Op: policy.MakeSet, Args: items}
}

// object translates an object of constants.
func (r *reader) object(t *ast.Term, o ast.Object) policy.Expr {
	type member struct {
		name  string
		value value.Value
	}
	var members []member
	faults := len(*r.list)
	o.Foreach(func(key, item *ast.Term) {
		name, ok := key.Value.(ast.String)
		if !ok {
			r.unsupported(key.Location, "an object with a name that is not a string", "")
			return
		}
		switch x := r.term(item).(type) {
		case policy.Literal:
			members = append(members, member{string(name), x.Value})
		case nil:
		default:
			r.unsupported(item.Location, "an object of anything but constants", "compare the members one by one")
		}
	})
	if len(*r.list) > faults {
		return nil
	}
	slices.SortFunc(members, func(a, b member) int { return strings.Compare(a.name, b.name) })
	b := value.Begin(nil, value.Object)
	for i, m := range members {
		if i > 0 && members[i-1].name == m.name {
			r.errorf(CodeLiteral, t.Location, "object has the member %s twice", diag.Quote(m.name))
			return nil
		}
		b = append(value.AppendKey(b, m.name), m.value...)
	}
	return policy.Literal{Value: value.End(b, 0, len(members))}
}

// ref translates a reference. Each step must be a constant string.
func (r *reader) ref(t *ast.Term, ref ast.Ref) policy.Expr {
	head, ok := ref[0].Value.(ast.Var)
	if !ok {
		return r.unsupported(t.Location, "a reference into the result of a function", "")
	}
	path := []string{string(head)}
	for _, step := range ref[1:] {
		switch v := step.Value.(type) {
		case ast.String:
			path = append(path, string(v))
		case ast.Var:
			if v.IsWildcard() {
				return r.unsupported(step.Location, "the wildcard [_]", "test membership with: value in list")
			}
			return r.unsupported(step.Location, "a reference with the computed member ["+string(v)+"]", "name the member: members are constant strings")
		case ast.Number:
			return r.unsupported(step.Location, "an index into an array", "test membership with: value in list")
		default:
			return r.unsupported(step.Location, "a reference with a computed member", "name the member: members are constant strings")
		}
	}
	return r.name(t, path)
}
