// Package condition reads the conditions of policies as the closed tree [policy.Expr]: Rego expressions from
// the subset that every engine evaluates natively, and items outside the subset as [policy.Rego], if they are
// portable. What is neither is a diagnostic that names the construct and what to write instead.
//
// Start reading at [Parse]; [Text] is its inverse.
package condition

import (
	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/portable"
	"github.com/lictor-dev/lictor/compiler/source"
)

// Parse reads the condition of one policy: the members of when are ANDed, those of whenAny are ORed,
// and the two together are ANDed. It returns nil for a condition that is always true, because nothing
// was written or what was written says so, and nil with diagnostics when a member is not portable.
//
// Constants are folded only where evaluation cannot fail, so the tree means what the text means by
// rules X1 to X14 of [policy.Expr].
func Parse(when, whenAny []source.Text) (policy.Expr, diag.List) {
	var list diag.List
	all := parseTexts(when, &list)
	anyOf := parseTexts(whenAny, &list)
	if list.HasErrors() {
		return nil, list
	}
	if len(anyOf) > 0 {
		all = append(all, join(policy.Or, anyOf))
	}
	if len(all) == 0 {
		return nil, list
	}
	e := join(policy.And, all)
	if isBool(e, true) {
		return nil, list
	}
	return e, list
}

func parseTexts(texts []source.Text, list *diag.List) []policy.Expr {
	var out []policy.Expr
	for _, text := range texts {
		if !text.Set() {
			continue // reported where it was read
		}
		body := portable.Parse(text, list)
		if body == nil {
			continue
		}
		if e := native(body); e != nil {
			out = append(out, e)
		} else if item := portable.Read(text, body, list); item != nil {
			out = append(out, item.Rego())
		}
	}
	return out
}

// join makes And or Or of its arguments, flattens nested ones of the same kind and drops constants
// that change nothing (X3).
func join(op policy.Op, args []policy.Expr) policy.Expr {
	neutral := op == policy.And
	var kept []policy.Expr
	for _, a := range args {
		switch call, nested := a.(policy.Call); {
		case isBool(a, neutral):
		case isBool(a, !neutral):
			return a
		case nested && call.Op == op:
			kept = append(kept, call.Args...)
		default:
			kept = append(kept, a)
		}
	}
	switch len(kept) {
	case 0:
		return policy.Literal{Value: value.AppendBool(nil, neutral)}
	case 1:
		return kept[0]
	}
	return policy.Call{Op: op, Args: kept}
}

func isBool(e policy.Expr, truth bool) bool {
	want := value.False
	if truth {
		want = value.True
	}
	l, ok := e.(policy.Literal)
	return ok && l.Value.Kind() == want
}

// native translates a body of the native subset; nil for any other.
func native(body ast.Body) policy.Expr {
	all := make([]policy.Expr, 0, len(body))
	for _, e := range body {
		x := statement(e)
		if x == nil {
			return nil
		}
		all = append(all, x)
	}
	return join(policy.And, all)
}

// statement translates one expression of a body, which must be able to be true or false.
func statement(e *ast.Expr) policy.Expr {
	var out policy.Expr
	switch terms := e.Terms.(type) {
	case *ast.Term:
		out = top(terms)
	case []*ast.Term:
		out = call(terms[0], terms[1:], true)
	}
	switch {
	case len(e.With) > 0 || out == nil || !mayBeBoolean(out):
		return nil
	case e.Negated:
		return policy.Call{Op: policy.Not, Args: []policy.Expr{out}}
	}
	return out
}

// top translates a statement that is a single term, which may be a comparison in parentheses.
func top(t *ast.Term) policy.Expr {
	if v, ok := t.Value.(ast.Call); ok {
		return call(v[0], v[1:], true)
	}
	return term(t)
}

func mayBeBoolean(e policy.Expr) bool {
	switch e := e.(type) {
	case policy.Literal:
		return e.Value.Kind() == value.True || e.Value.Kind() == value.False
	case policy.Ref:
		return e.Root.HasPath()
	case policy.Call:
		return portable.GivesBoolean(e.Op)
	case policy.Rego:
		panic("BUG: a part of an expression that is an item")
	}
	return true
}
