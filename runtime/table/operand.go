package table

import (
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
)

// operand is a value under evaluation. Integers and strings are held unpacked; v is the encoding, which
// computed integers, strings and booleans lack. The zero operand is missing.
type operand struct {
	kind value.Kind
	n    int64
	text string
	v    value.Value
}

func textOperand(s string) operand { return operand{kind: value.String, text: s} }

// partOperand is textOperand for a text that is missing when it is empty.
func partOperand(s string) operand {
	if s == "" {
		return operand{}
	}
	return textOperand(s)
}

func boolOperand(t truth) operand {
	switch t {
	case yes:
		return operand{kind: value.True}
	case no:
		return operand{kind: value.False}
	}
	return operand{}
}

// intOperand returns an integer, or Missing where it is beyond 2⁵³ and cannot be evaluated.
func intOperand(n int64) operand {
	if n > value.MaxInteger || n < -value.MaxInteger {
		return operand{}
	}
	return operand{kind: value.Integer, n: n}
}

func operandOf(v value.Value) operand {
	o := operand{kind: v.Kind(), v: v}
	switch o.kind {
	case value.Integer:
		o.n = v.Int()
	case value.String:
		o.text = v.Text()
	}
	return o
}

// truth returns the operand as a boolean.
func (o operand) truth() truth {
	switch o.kind {
	case value.True:
		return yes
	case value.False:
		return no
	}
	return unknown
}

// equal reports whether two operands that are not missing are the same value (rule X4).
func equal(a, b operand) bool {
	switch {
	case a.kind != b.kind:
		return false // an Integer, a Decimal and a Big are never equal to one another
	case a.kind == value.Integer:
		return a.n == b.n
	case a.kind == value.String:
		return a.text == b.text
	case a.kind <= value.True:
		return true
	}
	return value.Equal(a.v, b.v)
}

// equalValue is equal where one side is still encoded.
func equalValue(a operand, v value.Value) bool { return equal(a, operandOf(v)) }

// operand evaluates a node as a value. ok is false when it cannot be evaluated.
func (e *Engine) operand(q *query, c *condition) (o operand, ok bool) {
	switch c.kind {
	case literalNode:
		o = c.literal
	case refNode:
		o = e.ref(q, c)
	default:
		o = e.result(q, c)
	}
	return o, o.kind != value.Missing && o.kind != value.Big
}

// pair evaluates the two arguments of a call.
func (e *Engine) pair(q *query, c *condition) (a, b operand, ok bool) {
	a, ok = e.operand(q, &c.args[0])
	if !ok {
		return a, b, false
	}
	b, ok = e.operand(q, &c.args[1])
	return a, b, ok
}

// result evaluates a call as a value, Missing when it cannot be evaluated.
func (e *Engine) result(q *query, c *condition) operand {
	switch c.op {
	case policy.Plus, policy.Times, policy.Rem, policy.Minus, policy.Abs:
		return e.number(q, c)
	case policy.Count:
		return e.length(q, c)
	case policy.Lower, policy.Upper, policy.TrimSpace, policy.TrimPrefix, policy.TrimSuffix:
		return e.text(q, c)
	case policy.MakeArray, policy.MakeSet, policy.Intersection, policy.Union:
		return e.collection(q, c)
	default:
		return boolOperand(e.truth(q, c))
	}
}
