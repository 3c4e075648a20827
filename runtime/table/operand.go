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

// setText makes the zero operand o a text. An operand that is copied costs more than all else here where a copy is a call,
// as in WebAssembly.
func (o *operand) setText(s string) { o.kind, o.text = value.String, s }

// setInt makes the zero operand o an integer, or leaves it where the integer cannot be evaluated.
func (o *operand) setInt(n int64) {
	if n <= value.MaxInteger && n >= -value.MaxInteger {
		o.kind, o.n = value.Integer, n
	}
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

func operandOf(v value.Value) (o operand) {
	o.set(v)
	return o
}

// set makes the zero operand o the value v.
func (o *operand) set(v value.Value) {
	o.kind, o.v = v.Kind(), v
	switch o.kind {
	case value.Integer:
		o.n = v.Int()
	case value.String:
		o.text = v.Text()
	}
}

// truth returns the operand as a boolean.
func (o *operand) truth() truth { return kindTruth(o.kind) }

// kindTruth returns a value of a kind as a boolean.
func kindTruth(k value.Kind) truth {
	switch k {
	case value.True:
		return yes
	case value.False:
		return no
	}
	return unknown
}

// equal reports whether two operands that are not missing are the same value (rule X4).
func equal(a, b *operand) bool {
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
func equalValue(a *operand, v value.Value) bool {
	if a.kind == value.String {
		return v.Kind() == value.String && v.Text() == a.text
	}
	b := operandOf(v)
	return equal(a, &b)
}

// operand evaluates a node as a value into o. It returns false when the node cannot be evaluated.
func (e *Engine) operand(q *query, c *condition, o *operand) bool {
	switch c.kind {
	case literalNode:
		*o = c.literal
	case refNode:
		e.read(q, &c.ref, o)
	case regoNode:
		*o = boolOperand(e.ask(q, c.number))
	default:
		*o = e.result(q, c)
	}
	return o.kind != value.Missing && o.kind != value.Big
}

// pair evaluates the two arguments of a call.
func (e *Engine) pair(q *query, c *condition, a, b *operand) bool {
	return e.operand(q, &c.args[0], a) && e.operand(q, &c.args[1], b)
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
