package condition

import (
	"net/netip"
	"regexp"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/compiler/portable"
)

func isComparison(op policy.Op) bool { return op >= policy.Equal && op <= policy.In }

func isArithmetic(op policy.Op) bool {
	return op >= policy.Plus && op <= policy.Rem || op == policy.Abs
}

// call translates an operator or a function with its operands. A comparison must be a statement, so
// top says whether it is one: Rego's formatter drops the parentheses that one within another needs.
func call(operator *ast.Term, operands []*ast.Term, top bool) policy.Expr {
	op, ok := portable.Operations[portable.OperatorName(operator)]
	if !ok || isComparison(op) && !top || len(operands) != policy.Ops[op].Args {
		return nil
	}
	args := make([]policy.Expr, 0, len(operands))
	for i, t := range operands {
		x := term(t)
		if x == nil || !constantFits(op, i, x) {
			return nil
		}
		args = append(args, x)
	}
	out := fold(policy.Call{Op: op, Args: args})
	if depth(out) > maxDepth {
		return nil
	}
	return out
}

// constantFits checks an operand that is a constant where the operation wants a certain one.
func constantFits(op policy.Op, i int, x policy.Expr) bool {
	literal, ok := x.(policy.Literal)
	switch {
	case op == policy.RegexMatch && i == 0:
		_, err := regexp.Compile(literal.Value.Text())
		return literal.Value.Kind() == value.String && err == nil && !strings.Contains(literal.Value.Text(), "(?<")
	case op == policy.CIDRContains && i == 0:
		prefix, err := netip.ParsePrefix(literal.Value.Text())
		return literal.Value.Kind() == value.String && err == nil && !prefix.Addr().Is4In6()
	case isArithmetic(op) && ok:
		return literal.Value.Kind() == value.Integer
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
