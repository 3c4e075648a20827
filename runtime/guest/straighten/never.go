package straighten

import (
	"slices"
	"strings"
)

// panics are beginnings of the names of functions that may panic or end the program, and then never return. Others that return only
// by unwinding, such as runtime.mcall, are resumed behind their call.
var panics = []string{"runtime.goPanic", "runtime.panic", "runtime.gopanic", "runtime.sigpanic", "runtime.throw", "runtime.fatal"}

// neverReturns reports whether a function never returns to its caller: it is one of panics, and has no place where it would.
func (m *module) neverReturns(n int64) bool {
	if n < m.imported || !slices.ContainsFunc(panics, func(prefix string) bool { return strings.HasPrefix(m.names[n], prefix) }) {
		return false
	}
	code := m.code[n-m.imported].code
	for at := range code {
		if code[at].op == opReturn && (at == 0 || !code[at-1].is(opI32Const, 1)) {
			return false
		}
	}
	return true
}

// ended returns a segment in which nothing goes on behind calls that never return.
func (m *module) ended(s segment) segment {
	out := make(segment, 0, len(s))
	never := false
	for at, i := range s {
		out = append(out, i)
		switch {
		case i.op == opCall:
			never = at > 0 && s[at-1].is(opI32Const, 0) && m.neverReturns(i.n)
		case i.op == opUnwindIf && never:
			out = append(out, instruction{op: opUnreachable})
			never = false
		case i.op != opGlobalGet && i.op != opLocalSet:
			never = false
		}
	}
	return out
}
