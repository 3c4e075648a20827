// Package condition reads the conditions of policies: Rego expressions from the subset that every
// engine evaluates natively, as the closed tree [policy.Expr]. Everything outside the subset is a
// diagnostic that names the construct and what to write instead.
//
// Start reading at [Parse]; [Text] is its inverse.
package condition

import (
	"errors"
	"regexp"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/source"
)

// Codes of the diagnostics about conditions.
const (
	CodeSyntax      = "E0601" // not a Rego expression
	CodeUnsupported = "E0602" // a construct outside the subset
	CodeUnknownName = "E0603" // a name that is not in scope
	CodeBuiltin     = "E0604" // a function outside the subset
	CodeArguments   = "E0605" // the wrong number of arguments
	CodeLiteral     = "E0606" // a constant that cannot be used where it stands
	CodeNotBoolean  = "E0607" // an expression that can be neither true nor false
)

// Parse reads the condition of one policy: the members of when are ANDed, those of whenAny are ORed,
// and the two together are ANDed. It returns nil for a condition that is always true, because nothing
// was written or what was written says so, and nil with diagnostics when a member is outside the subset.
//
// Constants are folded only where evaluation cannot fail, so the tree means what the text means by
// rules X1 to X13 of [policy.Expr].
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
		r := reader{text: text, list: list}
		if e := r.parse(); e != nil {
			out = append(out, e)
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

// reader translates one text. A method that returns nil has added a diagnostic.
type reader struct {
	text source.Text
	list *diag.List
}

func (r *reader) parse() policy.Expr {
	body, err := ast.ParseBodyWithOpts(r.text.Value, ast.ParserOptions{SkipRules: true, RegoVersion: ast.RegoV1})
	if err != nil {
		r.syntax(err)
		return nil
	}
	if len(body) == 0 {
		r.errorAt(CodeSyntax, 0, "condition is empty").Hint = "leave it out where it is always true"
		return nil
	}
	var all []policy.Expr
	for i, e := range body {
		if i > 0 && !r.separated(body[i-1], e) {
			r.errorf(CodeSyntax, e.Location, "expression follows another without a separator").Hint = "separate expressions with ';' or a line break"
			return nil
		}
		if x := r.statement(e); x != nil {
			all = append(all, x)
		}
	}
	if len(all) < len(body) {
		return nil
	}
	return join(policy.And, all)
}

var betweenExpressions = regexp.MustCompile(`[;\n][\s(]*$`)

// separated reports whether a separator stands before e: the parser does without one.
func (r *reader) separated(before, e *ast.Expr) bool {
	return betweenExpressions.MatchString(r.text.Value[before.Location.Offset:e.Location.Offset])
}

func (r *reader) syntax(err error) {
	var errs ast.Errors
	if !errors.As(err, &errs) || len(errs) == 0 || errs[0].Location == nil {
		r.errorAt(CodeSyntax, 0, "condition is not a Rego expression")
		return
	}
	first := errs[0]
	message, _, _ := strings.Cut(first.Message, "\n")
	r.errorAt(CodeSyntax, offsetOf(r.text.Value, first.Location.Row, first.Location.Col),
		"condition is not a Rego expression: %s", message)
}

// statement translates one expression of a body, which must be able to be true or false.
func (r *reader) statement(e *ast.Expr) policy.Expr {
	if len(e.With) > 0 {
		return r.unsupported(e.With[0].Location, "the modifier \"with\"", "")
	}
	var out policy.Expr
	switch terms := e.Terms.(type) {
	case *ast.Term:
		out = r.top(terms)
	case []*ast.Term:
		out = r.call(terms[0], terms[1:], e.Location, true)
	case *ast.SomeDecl:
		return r.unsupported(terms.Location, "\"some\"", "test membership with: value in list")
	case *ast.Every:
		return r.unsupported(terms.Location, "\"every\"", "write one expression for each value")
	default:
		return r.unsupported(e.Location, "this expression", "")
	}
	if out == nil {
		return nil
	}
	if !mayBeBoolean(out) {
		r.errorf(CodeNotBoolean, e.Location, "expression is never true or false").Hint = "compare it with something"
		return nil
	}
	if e.Negated {
		return policy.Call{Op: policy.Not, Args: []policy.Expr{out}}
	}
	return out
}

// top translates a statement that is a single term, which may be a comparison in parentheses.
func (r *reader) top(t *ast.Term) policy.Expr {
	if call, ok := t.Value.(ast.Call); ok {
		return r.call(call[0], call[1:], t.Location, true)
	}
	return r.term(t)
}

func mayBeBoolean(e policy.Expr) bool {
	switch e := e.(type) {
	case policy.Literal:
		return e.Value.Kind() == value.True || e.Value.Kind() == value.False
	case policy.Ref:
		return e.Root.HasPath()
	case policy.Call:
		switch e.Op {
		case policy.MakeArray, policy.MakeSet, policy.Plus, policy.Minus, policy.Times, policy.Rem,
			policy.Intersection, policy.Union, policy.Lower, policy.Upper, policy.TrimSpace,
			policy.TrimPrefix, policy.TrimSuffix, policy.Count, policy.Abs:
			return false
		}
	}
	return true
}
