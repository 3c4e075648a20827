package condition

import (
	"net/netip"
	"regexp"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/compiler/diag"
)

// operations maps what the parser calls an operator or a function to its operation.
var operations = func() map[string]policy.Op {
	m := map[string]policy.Op{
		ast.Equal.Name: policy.Equal, ast.NotEqual.Name: policy.NotEqual,
		ast.LessThan.Name: policy.Less, ast.LessThanEq.Name: policy.LessEqual,
		ast.GreaterThan.Name: policy.Greater, ast.GreaterThanEq.Name: policy.GreaterEqual,
		ast.Member.Name: policy.In, ast.Plus.Name: policy.Plus, ast.Minus.Name: policy.Minus,
		ast.Multiply.Name: policy.Times, ast.Rem.Name: policy.Rem,
		ast.And.Name: policy.Intersection, ast.Or.Name: policy.Union,
	}
	for op := policy.StartsWith; int(op) < policy.OpCount; op++ {
		m[policy.Ops[op].Rego] = op
	}
	return m
}()

func isComparison(op policy.Op) bool { return op >= policy.Equal && op <= policy.In }

func isArithmetic(op policy.Op) bool {
	return op >= policy.Plus && op <= policy.Rem || op == policy.Abs
}

// call translates an operator or a function with its operands. A comparison must be a statement, so
// top says whether it is one: Rego's formatter drops the parentheses that one within another needs.
func (r *reader) call(operator *ast.Term, operands []*ast.Term, loc *ast.Location, top bool) policy.Expr {
	name := operatorName(operator)
	if operator.Location == nil {
		operator = &ast.Term{Value: operator.Value, Location: loc}
	}
	op, ok := operations[name]
	if !ok {
		return r.unknownFunction(operator, name)
	}
	if isComparison(op) && !top {
		return r.unsupported(loc, "a comparison inside an expression", "write it as an expression of its own; \"not\" negates a whole expression")
	}
	if want := policy.Ops[op].Args; len(operands) != want {
		r.errorf(CodeArguments, loc, "%s takes %d arguments, not %d", name, want, len(operands))
		return nil
	}
	args := make([]policy.Expr, 0, len(operands))
	for i, t := range operands {
		x := r.term(t)
		if x != nil && r.constantFits(op, i, x, t) {
			args = append(args, x)
		}
	}
	if len(args) < len(operands) {
		return nil
	}
	out := fold(policy.Call{Op: op, Args: args})
	if depth(out) > maxDepth {
		return r.unsupported(loc, "an expression this deep", "split it into several")
	}
	return out
}

// operatorName returns the name of an operator, or the dotted name of a function.
func operatorName(t *ast.Term) string {
	switch v := t.Value.(type) {
	case ast.Var:
		return string(v)
	case ast.Ref:
		return v.String()
	}
	return ""
}

// constantFits checks an operand that is a constant where the operation wants a certain one.
func (r *reader) constantFits(op policy.Op, i int, x policy.Expr, t *ast.Term) bool {
	literal, ok := x.(policy.Literal)
	switch {
	case op == policy.RegexMatch && i == 0:
		return r.pattern(literal.Value, t)
	case op == policy.CIDRContains && i == 0:
		return r.prefix(literal.Value, t)
	case isArithmetic(op) && ok && literal.Value.Kind() != value.Integer:
		r.errorf(CodeLiteral, t.Location, "arithmetic takes integers only").Hint = "scale both sides, so that they are whole numbers"
		return false
	}
	return true
}

func (r *reader) pattern(v value.Value, t *ast.Term) bool {
	if v.Kind() != value.String {
		r.errorf(CodeLiteral, t.Location, "regex.match takes its pattern as a constant string").Hint = "write the pattern first, in quotes"
		return false
	}
	if _, err := regexp.Compile(v.Text()); err != nil {
		_, reason, _ := strings.Cut(err.Error(), ": ")
		r.errorf(CodeLiteral, t.Location, "pattern %s is not a regular expression: %s", diag.Quote(v.Text()), reason).Hint = "patterns are written in RE2 syntax"
		return false
	}
	if strings.Contains(v.Text(), "(?<") {
		r.errorf(CodeLiteral, t.Location, "pattern %s names a group with (?<", diag.Quote(v.Text())).Hint = "write (?P<name>…), which every engine knows"
		return false
	}
	return true
}

func (r *reader) prefix(v value.Value, t *ast.Term) bool {
	if v.Kind() != value.String {
		r.errorf(CodeLiteral, t.Location, "net.cidr_contains takes its network as a constant string").Hint = "write the network first, as in \"10.0.0.0/8\""
		return false
	}
	prefix, err := netip.ParsePrefix(v.Text())
	if err != nil {
		r.errorf(CodeLiteral, t.Location, "%s is not a network", diag.Quote(v.Text())).Hint = "write an address and the length of its prefix, as in \"10.0.0.0/8\""
		return false
	}
	if prefix.Addr().Is4In6() {
		r.errorf(CodeLiteral, t.Location, "%s is an IPv4 network in IPv6 form", diag.Quote(v.Text())).Hint = "write it as an IPv4 network"
		return false
	}
	return true
}

// fold computes arithmetic on constants whose result is an integer all engines agree on (X7).
func fold(c policy.Call) policy.Expr {
	if c.Op < policy.Plus || c.Op > policy.Times {
		return c
	}
	a, isA := c.Args[0].(policy.Literal)
	b, isB := c.Args[1].(policy.Literal)
	if !isA || !isB || a.Value.Kind() != value.Integer || b.Value.Kind() != value.Integer {
		return c
	}
	x, y := a.Value.Int(), b.Value.Int()
	n := x + y
	switch c.Op {
	case policy.Minus:
		n = x - y
	case policy.Times:
		n = x * y
		if x != 0 && (n/x != y || abs(x) > value.MaxInteger || abs(y) > value.MaxInteger) {
			return c
		}
	}
	if abs(n) > value.MaxInteger {
		return c
	}
	return policy.Literal{Value: value.AppendInt(nil, n)}
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}

func depth(e policy.Expr) int {
	c, ok := e.(policy.Call)
	if !ok {
		return 1
	}
	deepest := 0
	for _, a := range c.Args {
		deepest = max(deepest, depth(a))
	}
	return deepest + 1
}
