package condition

import (
	"strings"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/compiler/portable"
)

// Text returns the canonical text of a condition in the notation of definitions: what is ANDed is
// separated by "; ", what is ORed stands in "when_any: […]" separated by ", ", and an item that only Rego can
// evaluate in braces, unless it is the whole condition. [Parse] reads each item back to an equal one, so equal
// texts are equal conditions.
func Text(e policy.Expr) string {
	var b strings.Builder
	write(&b, e, false)
	return b.String()
}

// write appends e; nested says that it is an operand, so that operators need parentheses.
func write(b *strings.Builder, e policy.Expr, nested bool) {
	switch e := e.(type) {
	case policy.Literal:
		b.WriteString(literalText(e.Value))
	case policy.Rego:
		b.WriteString(e.Text)
	case policy.Ref:
		b.WriteString(portable.RefText(e.Root.String(), e.Path))
	case policy.Call:
		writeCall(b, e, nested)
	}
}

func writeCall(b *strings.Builder, c policy.Call, nested bool) {
	open, separator, shut := "", " "+policy.Ops[c.Op].Rego+" ", ""
	switch {
	case c.Op == policy.And && nested:
		open, separator, shut = "all: [", "; ", "]"
	case c.Op == policy.And:
		separator = "; "
	case c.Op == policy.Or:
		open, separator, shut = "when_any: [", ", ", "]"
	case c.Op == policy.Not:
		open = "not "
	case c.Op == policy.MakeArray:
		open, separator, shut = "[", ", ", "]"
	case c.Op == policy.MakeSet && len(c.Args) == 0:
		open, separator, shut = "set(", "", ")"
	case c.Op == policy.MakeSet:
		open, separator, shut = "{", ", ", "}"
	case c.Op >= policy.StartsWith:
		open, separator, shut = policy.Ops[c.Op].Rego+"(", ", ", ")"
	}
	if nested && (c.Op == policy.Not || separator == " "+policy.Ops[c.Op].Rego+" ") {
		open, shut = "("+open, shut+")"
	}
	b.WriteString(open)
	for i, a := range c.Args {
		if i > 0 {
			b.WriteString(separator)
		}
		if leaf, ok := a.(policy.Rego); ok {
			b.WriteString("{" + leaf.Text + "}")
			continue
		}
		write(b, a, c.Op > policy.Not || c.Op == policy.Not && isAnd(a))
	}
	b.WriteString(shut)
}

func isAnd(e policy.Expr) bool {
	c, ok := e.(policy.Call)
	return ok && c.Op == policy.And
}

// literalText returns a constant as Rego and JSON write it.
func literalText(v value.Value) string {
	switch v.Kind() {
	case value.String:
		return portable.QuoteText(v.Text())
	case value.Array, value.Object:
		var b strings.Builder
		open, shut := "[", "]"
		if v.Kind() == value.Object {
			open, shut = "{", "}"
		}
		b.WriteString(open)
		items := v.Items()
		for first := true; ; first = false {
			name, item, ok := items.Next()
			if !ok {
				b.WriteString(shut)
				return b.String()
			}
			if !first {
				b.WriteString(", ")
			}
			if v.Kind() == value.Object {
				b.WriteString(portable.QuoteText(name) + ": ")
			}
			b.WriteString(literalText(item))
		}
	default:
		return string(value.AppendJSON(nil, v))
	}
}
