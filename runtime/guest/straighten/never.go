package straighten

import (
	"slices"
	"strings"
)

// panics are beginnings of the names of functions that panic, end the program or begin their caller anew, and so never return to where
// they were called. Others that return only by unwinding, such as runtime.mcall, are resumed behind their call.
var panics = []string{
	"runtime.goPanic", "runtime.panic", "runtime.gopanic", "runtime.sigpanic", "runtime.throw", "runtime.fatal", "runtime.morestack",
}

// neverReturns reports whether a function is one of panics, and has no place where it would return but by unwinding.
func (m *module) neverReturns(n int64) bool {
	if n < m.imported || m.types[n-m.imported] != m.goType ||
		!slices.ContainsFunc(panics, func(prefix string) bool { return strings.HasPrefix(m.names[n], prefix) }) {
		return false
	}
	never, known := m.never[n]
	if !known {
		never = m.leavesOnly(m.code[n-m.imported].code)
		m.never[n] = never
	}
	return never
}

// leavesOnly reports whether code returns nothing but 1, or what a function that never returns does.
func (m *module) leavesOnly(code []instruction) bool {
	for at := range code {
		if code[at].op != opReturn || at > 0 && code[at-1].is(opI32Const, 1) {
			continue
		}
		if at < 4 || code[at-3].op != opCall || !code[at-4].is(opI32Const, 0) || !m.neverReturns(code[at-3].n) ||
			!code[at-2].is(opGlobalGet, globalSP) || !code[at-1].is(opLocalSet, localSP) {
			return false
		}
	}
	return true
}

// ended returns a segment that ends where it calls what never returns, with the 1 that such a call returns.
func (m *module) ended(s segment) segment {
	out := make(segment, 0, len(s))
	for at := 0; at < len(s); at++ {
		out = append(out, s[at])
		if at > 0 && at+3 < len(s) && s[at].op == opCall && s[at-1].is(opI32Const, 0) && s[at+1].is(opGlobalGet, globalSP) &&
			s[at+2].is(opLocalSet, localSP) && s[at+3].op == opUnwindIf && m.neverReturns(s[at].n) {
			out = append(out, instruction{op: opReturn})
			at += 3
		}
	}
	return out
}
