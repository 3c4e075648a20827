package portable

import (
	"net/netip"
	"regexp"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/diag"
)

// Operations maps what the parser calls an operator or a function to its operation.
var Operations = func() map[string]policy.Op {
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

// Guards are the functions of modules/operators.rego that stand for operations.
var Guards = [policy.OpCount]string{
	policy.Not: "negate", policy.Equal: "equals", policy.NotEqual: "differs",
	policy.Less: "less", policy.LessEqual: "less_equal", policy.Greater: "greater", policy.GreaterEqual: "greater_equal",
	policy.In: "has", policy.Plus: "add", policy.Minus: "subtract", policy.Times: "multiply", policy.Rem: "remainder",
	policy.Intersection: "common", policy.Union: "union_of",
	policy.StartsWith: "starts_with", policy.EndsWith: "ends_with", policy.ContainsText: "contains_text",
	policy.Lower: "lower_case", policy.Upper: "upper_case", policy.TrimSpace: "trimmed",
	policy.TrimPrefix: "without_prefix", policy.TrimSuffix: "without_suffix",
	policy.Count: "size", policy.Abs: "absolute", policy.RegexMatch: "matches", policy.CIDRContains: "in_network",
	policy.IsNull: "null_value", policy.IsBoolean: "boolean_value", policy.IsNumber: "number_value",
	policy.IsString: "string_value", policy.IsArray: "array_value", policy.IsObject: "object_value",
}

// GivesBoolean reports whether an operation never gives anything but true or false.
func GivesBoolean(op policy.Op) bool {
	return op >= policy.And && op <= policy.In || op >= policy.StartsWith && op <= policy.ContainsText ||
		op >= policy.RegexMatch
}

func isArithmetic(op policy.Op) bool {
	return op >= policy.Plus && op <= policy.Rem || op == policy.Abs
}

// call reads an operator or a function with its operands.
func (r *reader) call(s *scope, operator *ast.Term, operands []*ast.Term, loc *ast.Location) (expr, bool) {
	name := OperatorName(operator)
	if operator.Location == nil {
		operator = &ast.Term{Value: operator.Value, Location: loc}
	}
	if strings.HasPrefix(name, "data.") {
		return r.function(s, operator, operands)
	}
	op, native := Operations[name]
	guard, known := builtins[name]
	want := guard.args
	if native {
		want, known = policy.Ops[op].Args, true
	}
	if !known {
		r.unknownFunction(operator, name)
		return expr{}, false
	}
	if len(operands) != want {
		r.errorf(CodeArguments, loc, "%s takes %d arguments, not %d", name, want, len(operands))
		return expr{}, false
	}
	args, ok := r.operands(s, operands)
	switch {
	case !ok || native && !r.constantsFit(op, operands):
		return expr{}, false
	case !native:
		return r.apply(s, "builtins."+guard.function, guard.truth, args...), true
	case op == policy.In: // the function takes the items first
		args[0], args[1] = args[1], args[0]
	}
	t := never
	if GivesBoolean(op) {
		t = always
	}
	return r.apply(s, "operators."+Guards[op], t, args...), true
}

func (r *reader) operands(s *scope, terms []*ast.Term) ([]expr, bool) {
	p := parts{reader: r, scope: s}
	for _, t := range terms {
		p.add(r.term(s, t))
	}
	if p.bad {
		return nil, false
	}
	return p.settled(), true
}

// function reads a call of a function of the project's own.
func (r *reader) function(s *scope, operator *ast.Term, operands []*ast.Term) (expr, bool) {
	ref, _ := operator.Value.(ast.Ref)
	path := constantPath("data", ref[1:])
	if !r.callable(operator, path) {
		return expr{}, false
	}
	args, ok := r.operands(s, operands)
	if !ok {
		return expr{}, false
	}
	r.refer(operator, path, len(args))
	x := r.apply(s, dotted(path), perhaps, args...)
	x.typed = true
	return x, true
}

// OperatorName returns the name of an operator, or the dotted name of a function.
func OperatorName(t *ast.Term) string {
	switch v := t.Value.(type) {
	case ast.Var:
		return string(v)
	case ast.Ref:
		return v.String()
	}
	return ""
}

// constantsFit checks operands where an operation wants certain constants.
func (r *reader) constantsFit(op policy.Op, operands []*ast.Term) bool {
	switch {
	case op == policy.RegexMatch:
		return r.pattern(operands[0])
	case op == policy.CIDRContains:
		return r.network(operands[0])
	case !isArithmetic(op):
		return true
	}
	for _, t := range operands {
		n, isNumber := t.Value.(ast.Number)
		if _, whole := n.Int64(); isNumber && !whole || ast.IsConstant(t.Value) && !isNumber && !isSetOperand(op, t) {
			r.errorf(CodeLiteral, t.Location, "arithmetic takes integers only").Hint = "scale both sides, so that they are whole numbers"
			return false
		}
	}
	return true
}

func isSetOperand(op policy.Op, t *ast.Term) bool {
	_, isSet := t.Value.(ast.Set)
	return isSet && op == policy.Minus
}

func (r *reader) pattern(t *ast.Term) bool {
	text, isText := t.Value.(ast.String)
	if !isText {
		r.errorf(CodeLiteral, t.Location, "regex.match takes its pattern as a constant string").Hint = "write the pattern first, in quotes"
		return false
	}
	if _, err := regexp.Compile(string(text)); err != nil {
		_, reason, _ := strings.Cut(err.Error(), ": ")
		r.errorf(CodeLiteral, t.Location, "pattern %s is not a regular expression: %s", diag.Quote(string(text)), reason).Hint = "patterns are written in RE2 syntax"
		return false
	}
	if strings.Contains(string(text), "(?<") {
		r.errorf(CodeLiteral, t.Location, "pattern %s names a group with (?<", diag.Quote(string(text))).Hint = "write (?P<name>…), which every engine knows"
		return false
	}
	return true
}

func (r *reader) network(t *ast.Term) bool {
	text, isText := t.Value.(ast.String)
	if !isText {
		r.errorf(CodeLiteral, t.Location, "net.cidr_contains takes its network as a constant string").Hint = "write the network first, as in \"10.0.0.0/8\""
		return false
	}
	prefix, err := netip.ParsePrefix(string(text))
	if err != nil {
		r.errorf(CodeLiteral, t.Location, "%s is not a network", diag.Quote(string(text))).Hint = "write an address and the length of its prefix, as in \"10.0.0.0/8\""
		return false
	}
	if prefix.Addr().Is4In6() {
		r.errorf(CodeLiteral, t.Location, "%s is an IPv4 network in IPv6 form", diag.Quote(string(text))).Hint = "write it as an IPv4 network"
		return false
	}
	return true
}
