package table

import (
	"math/bits"
	"net/netip"
	"strings"
	"unicode/utf8"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
)

// comparison evaluates the six comparisons (rules X4 and X5).
func (e *Engine) comparison(q *query, c *condition) truth {
	var sides [2]operand
	a, b := &sides[0], &sides[1]
	if !e.pair(q, c, a, b) {
		return unknown
	}
	switch c.op {
	case policy.Equal:
		return truthOf(equal(a, b))
	case policy.NotEqual:
		return truthOf(!equal(a, b))
	}
	order, ok := q.compare(a, b)
	if !ok {
		return unknown
	}
	return ordered(c.op, int64(order), 0)
}

// compare orders two numbers or two strings.
func (q *query) compare(a, b *operand) (order int, ok bool) {
	switch {
	case a.kind == value.String && b.kind == value.String:
		return strings.Compare(a.text, b.text), true
	case a.kind == value.Integer && b.kind == value.Integer:
		switch {
		case a.n < b.n:
			return -1, true
		case a.n > b.n:
			return 1, true
		}
		return 0, true
	}
	return value.Order(q.encoded(a), q.encoded(b))
}

// encoded returns the encoding of an operand. A computed string has none; it has no order with anything
// that is not a string.
func (q *query) encoded(o *operand) value.Value {
	if o.kind != value.Integer || len(o.v) > 0 {
		return o.v
	}
	w := q.workspace()
	start := len(w.bytes)
	w.bytes = value.AppendInt(w.bytes, o.n)
	return w.bytes[start:]
}

// member evaluates In (rule X6). An array or set that the condition writes out is not built.
func (e *Engine) member(q *query, c *condition) truth {
	var x, boxed operand
	if !e.operand(q, &c.args[0], &x) {
		return unknown
	}
	if box := &c.args[1]; box.kind == callNode && (box.op == policy.MakeArray || box.op == policy.MakeSet) {
		return e.listed(q, &x, box.args)
	}
	if !e.operand(q, &c.args[1], &boxed) || boxed.kind != value.Array && boxed.kind != value.Set {
		return unknown
	}
	for items := boxed.v.Items(); ; {
		_, item, ok := items.Next()
		if !ok {
			return no
		}
		if equalValue(&x, item) {
			return yes
		}
	}
}

// listed reports whether x equals one of the nodes' values; every node must have one.
func (e *Engine) listed(q *query, x *operand, nodes []condition) truth {
	found := no
	for i := range nodes {
		var item operand
		if !e.operand(q, &nodes[i], &item) {
			return unknown
		}
		if equal(x, &item) {
			found = yes
		}
	}
	return found
}

// textTest evaluates operations on strings that give a boolean (rules X9 to X11).
func (e *Engine) textTest(q *query, c *condition) truth {
	var a, b operand
	if !e.pair(q, c, &a, &b) || a.kind != value.String || b.kind != value.String {
		return unknown
	}
	switch c.op {
	case policy.StartsWith:
		return truthOf(strings.HasPrefix(a.text, b.text))
	case policy.EndsWith:
		return truthOf(strings.HasSuffix(a.text, b.text))
	case policy.ContainsText:
		return truthOf(strings.Contains(a.text, b.text))
	case policy.RegexMatch:
		return truthOf(c.pattern.MatchString(b.text))
	default:
		return inPrefix(c.prefix, b.text)
	}
}

// inPrefix evaluates CIDRContains (rule X11).
func inPrefix(prefix netip.Prefix, text string) truth {
	if strings.ContainsRune(text, ':') && strings.ContainsRune(text, '.') {
		return unknown
	}
	address, err := netip.ParseAddr(text)
	if err != nil || address.Zone() != "" || address.Is4In6() {
		return unknown
	}
	return truthOf(prefix.Contains(address))
}

// typeTest evaluates IsString and its kin (rule X12).
func (e *Engine) typeTest(q *query, c *condition) truth {
	var o operand
	if !e.operand(q, &c.args[0], &o) {
		return unknown
	}
	switch c.op {
	case policy.IsNull:
		return truthOf(o.kind == value.Null)
	case policy.IsBoolean:
		return truthOf(o.kind == value.True || o.kind == value.False)
	case policy.IsNumber:
		return truthOf(o.kind == value.Integer || o.kind == value.Decimal)
	case policy.IsString:
		return truthOf(o.kind == value.String)
	case policy.IsArray:
		return truthOf(o.kind == value.Array)
	default:
		return truthOf(o.kind == value.Object)
	}
}

// number evaluates arithmetic (rule X7), and Minus of two sets (rule X8).
func (e *Engine) number(q *query, c *condition) operand {
	var a, b operand
	if c.op == policy.Abs {
		if !e.operand(q, &c.args[0], &a) || a.kind != value.Integer {
			return operand{}
		}
		return intOperand(max(a.n, -a.n))
	}
	ok := e.pair(q, c, &a, &b)
	switch {
	case ok && c.op == policy.Minus && a.kind == value.Set && b.kind == value.Set:
		return q.difference(&a, &b)
	case !ok || a.kind != value.Integer || b.kind != value.Integer:
		return operand{}
	}
	switch c.op {
	case policy.Plus:
		return intOperand(a.n + b.n)
	case policy.Minus:
		return intOperand(a.n - b.n)
	case policy.Times:
		return product(a.n, b.n)
	default:
		if b.n == 0 {
			return operand{}
		}
		return intOperand(a.n % b.n)
	}
}

// product multiplies two integers of at most 2⁵³ in magnitude.
func product(a, b int64) operand {
	high, low := bits.Mul64(uint64(max(a, -a)), uint64(max(b, -b)))
	if high != 0 || low > value.MaxInteger {
		return operand{}
	}
	return intOperand(a * b)
}

// length evaluates Count (rule X9).
func (e *Engine) length(q *query, c *condition) operand {
	var o operand
	switch {
	case !e.operand(q, &c.args[0], &o):
		return operand{}
	case o.kind == value.String:
		return intOperand(int64(utf8.RuneCountInString(o.text)))
	case o.kind >= value.Array:
		return intOperand(int64(o.v.Len()))
	}
	return operand{}
}

// text evaluates operations that give a string (rule X9).
func (e *Engine) text(q *query, c *condition) operand {
	if len(c.args) == 2 {
		var a, b operand
		switch {
		case !e.pair(q, c, &a, &b) || a.kind != value.String || b.kind != value.String:
			return operand{}
		case c.op == policy.TrimPrefix:
			return textOperand(strings.TrimPrefix(a.text, b.text))
		}
		return textOperand(strings.TrimSuffix(a.text, b.text))
	}
	var o operand
	if !e.operand(q, &c.args[0], &o) || o.kind != value.String {
		return operand{}
	}
	switch c.op {
	case policy.Lower:
		return q.lower(o.text)
	case policy.Upper:
		return q.upper(o.text)
	default:
		return textOperand(strings.TrimSpace(o.text))
	}
}
