package condition

import (
	"slices"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
)

// CodeTextAsTime is the code of the warning that [TextAsTime] gives cause for.
const CodeTextAsTime = "W0603"

// TextAsTime looks for now, or a number computed from it, that an expression puts into an order with a constant
// text. The two have no order (rule X5), so that the comparison is always unknown. It returns the text, and
// false when there is none.
func TextAsTime(e policy.Expr) (text string, found bool) {
	call, ok := e.(policy.Call)
	if !ok {
		return "", false
	}
	if call.Op >= policy.Less && call.Op <= policy.GreaterEqual {
		for i := range call.Args {
			l, ok := call.Args[1-i].(policy.Literal)
			if ok && l.Value.Kind() == value.String && isTime(call.Args[i]) {
				return l.Value.Text(), true
			}
		}
	}
	for _, arg := range call.Args {
		if text, found = TextAsTime(arg); found {
			return text, true
		}
	}
	return "", false
}

// isTime reports whether an expression is now, or arithmetic on it.
func isTime(e policy.Expr) bool {
	switch e := e.(type) {
	case policy.Ref:
		return e.Root == policy.Now
	case policy.Call:
		switch e.Op {
		case policy.Plus, policy.Minus, policy.Times, policy.Rem, policy.Abs:
			return slices.ContainsFunc(e.Args, isTime)
		}
	case policy.Literal, policy.Rego:
	}
	return false
}
